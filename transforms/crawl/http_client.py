"""One hop of HTTP: a request to an allowed address, and its response as bytes.

No redirects, no robots.txt, no delays, no repetition of what failed: those are the caller's. The
file is long, but one idea: what may be asked, how it is asked, and what can go wrong on the way.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import socket
import ssl
from collections.abc import Callable, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field
from functools import lru_cache, partial
from typing import Literal, Self

import aiohttp
from yarl import URL

from feedlake.transforms.crawl.addresses import AddressRule, Network, literal_address
from feedlake.transforms.crawl.connections import (
    ForbiddenAddressError,
    GuardedConnections,
    Resolve,
    look_up,
)
from feedlake.transforms.crawl.content_encoding import ACCEPT_ENCODING, Decoder, DecodingError
from feedlake.transforms.normalize.urls import canonicalize_url, resolve_url

FailureReason = Literal[
    "forbidden_address",
    "bad_url",
    "dns",
    "connect",
    "tls",
    "timeout",
    "too_large",
    "truncated",
    "bad_encoding",
    "bad_response",
]

MAX_ERROR_BODY_BYTES = 1 << 16
"""Body that is kept of a response other than 2xx: enough to recognise a challenge page."""

# News sites send content policies and preload links of 16 kB, and more than the 100 headers at
# which Python's own client gives up.
_MAX_HEADER_BYTES = 1 << 16
_MAX_HEADERS = 500

# As most addresses are: ASCII, lower-case, nothing to repair. Others take ten times as long.
_PLAIN_URL = re.compile(r"(https?://[a-z0-9.-]+(?::[0-9]+)?)(/[!$-;=?-\[\]-_a-~]*)")
_SPLIT_URL = re.compile(r"\s*(https?:[/\\]*[^/\\?#]*)([^#]*)", re.IGNORECASE | re.DOTALL)
# What WHATWG URL percent-encodes in paths and queries alike; all else is sent as it is written.
_UNSAFE = re.compile(r"[^!#-;=?-_a-~]|[\"<>`]")
_PORT = re.compile(r":[0-9]*\Z")
_PORT_0 = re.compile(r"[^:]:0\Z")

_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110, section 5.6.2
_HEADER_VALUE = re.compile("[^\x00-\x08\x0a-\x1f\x7f\ud800-\udfff]*")  # section 5.5

_MAX_ORIGINS = 4096  # How many verdicts on origins are remembered; a few hundred bytes each.

# What OpenSSL calls a first answer that is no TLS, release by release; most often it is plain HTTP.
_NOT_TLS = frozenset(
    {
        *("WRONG_VERSION_NUMBER", "UNKNOWN_PROTOCOL", "RECORD_LAYER_FAILURE"),
        *("PACKET_LENGTH_TOO_LONG", "HTTP_REQUEST"),
    }
)

# Worth another try: the name servers did not answer, or had no memory.
_DNS_MAY_RECOVER = frozenset({socket.EAI_AGAIN, socket.EAI_SYSTEM, socket.EAI_MEMORY})


@dataclass(frozen=True)
class HttpOptions:
    """How a client behaves.

    Attributes:
        user_agent: Value of that header.
        connect_s: Time for name look-up, TCP and TLS together, in seconds.
        read_s: Longest silence of a server while it is to answer, in seconds.
        total_s: Time for everything, in seconds; waiting for other requests does not count.
        max_bytes: Largest body, as it comes over the wire and after decompression.
        allow_networks: Networks that are open although they are not public.
        in_flight: Requests under way at one time; more wait.
    """

    user_agent: str
    _: KW_ONLY
    connect_s: float = 10.0
    read_s: float = 20.0
    total_s: float = 60.0
    max_bytes: int = 10 << 20
    allow_networks: tuple[Network, ...] = ()
    in_flight: int = 64


@dataclass(frozen=True)
class Response:
    """What a server answered.

    Attributes:
        url: Address that was asked, without credentials and fragment.
        status: Status code.
        headers: By lower-case name; values of repeated ones are joined by `, `.
        body: Body without Content-Encoding. If the status is not 2xx, at most its first
            64 kB, and what arrived of it before a fault.
        wire_bytes: Bytes of the body as they came, before decompression.
        head: Headers as they came, in their order.
        protocol: Version of the protocol, such as `HTTP/1.1`.
        reason: The words behind the status code.
        is_cut: Whether there may be more of the body.
    """

    url: str
    _: KW_ONLY
    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    wire_bytes: int
    head: tuple[tuple[bytes, bytes], ...] = field(default=(), compare=False, repr=False)
    protocol: str = field(default="HTTP/1.1", compare=False)
    reason: str = field(default="", compare=False)
    is_cut: bool = False


@dataclass(frozen=True)
class HttpFailure:
    """Why there is no response.

    Attributes:
        reason: Stable word.
        detail: Half a sentence for people; neither the address nor credentials.
        is_transient: Whether the same request may succeed later.
        is_settled: Whether it would most likely fail again soon, and cost as much time.
        is_stale: Whether the server closed a connection that had been kept alive just when the
            request set out on it (RFC 9112, section 9.3.1): the next one has a new connection.
    """

    reason: FailureReason
    _: KW_ONLY
    detail: str
    is_transient: bool
    is_settled: bool = False
    is_stale: bool = False


class HttpClient:
    """Sends requests over connections that it keeps alive; an async context manager.

    Cookies, proxies and credentials of the environment are not used; TLS certificates are
    verified.
    """

    def __init__(self, options: HttpOptions, *, resolve: Resolve = look_up) -> None:
        """Notes the options.

        Args:
            options: Deadlines and limits.
            resolve: Looks host names up; called in a thread.
        """
        self._options = options
        self._rule = AddressRule(options.allow_networks)
        self._judge = lru_cache(_MAX_ORIGINS)(partial(_judge_origin, rule=self._rule))
        self._resolve = resolve
        self._headers = {
            "User-Agent": options.user_agent,
            "Accept": "*/*",
            "Accept-Encoding": ACCEPT_ENCODING,
        }
        _check_headers(self._headers)

    async def __aenter__(self) -> Self:
        """Opens the client in the running loop."""
        options = self._options
        self._slots = asyncio.Semaphore(options.in_flight)
        self._connections = GuardedConnections(
            self._rule, resolve=self._resolve, in_flight=options.in_flight
        )
        self._session = aiohttp.ClientSession(
            connector=self._connections.make_connector(tls=ssl.create_default_context()),
            headers=self._headers,
            cookie_jar=_NoCookies(),
            auto_decompress=False,
            trust_env=False,
            timeout=aiohttp.ClientTimeout(
                total=options.total_s, connect=options.connect_s, sock_read=options.read_s
            ),
            max_line_size=_MAX_HEADER_BYTES,
            max_field_size=_MAX_HEADER_BYTES,
            max_headers=_MAX_HEADERS,
            middlewares=(self._send_once,),
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        """Closes all connections."""
        await self._session.close()

    def own_headers(self) -> Mapping[str, str]:
        """Returns the headers that it sends with each request."""
        return self._headers

    async def send(
        self, url: str, *, headers: Mapping[str, str] | None = None, head_bytes: int | None = None
    ) -> Response | HttpFailure:
        """Returns the response to a GET request, or why there is none.

        Args:
            url: Absolute http(s) address; sent as it is written, but for blanks and characters
                outside ASCII. Credentials in it are not sent.
            headers: Sent beside or instead of the client's own.
            head_bytes: Of a longer body, that much is read; None: it is a failure beyond
                `HttpOptions.max_bytes`.

        Raises:
            ValueError: A header is none that may be sent.
        """
        if headers:
            _check_headers(headers)
        target = _read_url(url, self._judge)
        if isinstance(target, HttpFailure):
            return target
        async with self._slots:
            try:
                return await self._exchange(target, headers, head_bytes)
            except DecodingError as error:
                return HttpFailure(
                    error.reason, detail=error.detail, is_transient=error.reason == "truncated"
                )
            except (aiohttp.ClientError, OSError) as error:
                return self._explain(error)

    async def _exchange(
        self, target: URL, headers: Mapping[str, str] | None, head_bytes: int | None
    ) -> Response:
        if self._connections.are_many():
            headers = {**(headers or {}), "Connection": "close"}
        answer = await self._session.get(target, headers=headers, allow_redirects=False)
        try:
            decoder = await self._read_body(answer, head_bytes)
        finally:
            answer.close()  # Nothing happens to a connection whose response was read to its end.
        body, version = decoder.body(), answer.version or aiohttp.HttpVersion11
        is_error = not 200 <= answer.status < 300
        max_bytes = MAX_ERROR_BODY_BYTES if is_error else head_bytes
        return Response(
            url=str(target),
            status=answer.status,
            headers=_join_headers(answer.headers),
            body=body,
            wire_bytes=decoder.wire_bytes,
            head=answer.raw_headers,
            protocol=f"HTTP/{version.major}.{version.minor}",
            reason=answer.reason or "",
            is_cut=max_bytes is not None and len(body) >= max_bytes,
        )

    async def _read_body(self, answer: aiohttp.ClientResponse, head_bytes: int | None) -> Decoder:
        declared = ",".join(answer.headers.getall("Content-Encoding", ()))
        if 200 <= answer.status < 300:
            decoder = Decoder(declared, max_bytes=head_bytes or self._options.max_bytes)
            try:
                while part := await answer.content.readany():
                    decoder.feed(part)
                decoder.finish()
            except DecodingError as error:
                if head_bytes is None or error.reason != "too_large":
                    raise
            return decoder
        # The status is worth more than the body: faults of it only end it.
        decoder = Decoder("", max_bytes=MAX_ERROR_BODY_BYTES)
        with contextlib.suppress(DecodingError, aiohttp.ClientError, TimeoutError):
            decoder = Decoder(declared, max_bytes=MAX_ERROR_BODY_BYTES)
            async with asyncio.timeout(self._options.read_s):
                while part := await answer.content.readany():
                    decoder.feed(part)
                decoder.finish()
        return decoder

    async def _send_once(
        self, request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
    ) -> aiohttp.ClientResponse:
        """Keeps aiohttp from sending again what failed.

        Not even if the server closed a connection just when the next request set out on it: it
        may have seen that request, and whoever is to be polite waits before the next.
        """
        made = self._connections.watch()
        try:
            return await handler(request)
        except aiohttp.ClientConnectorError:
            raise
        except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
            raise (_NoAnswerError if made else _StaleError) from error

    def _explain(self, error: aiohttp.ClientError | OSError) -> HttpFailure:
        """Returns what went wrong on the way, in our words: theirs would show the address."""
        options = self._options
        if isinstance(error, aiohttp.ClientConnectorCertificateError):
            return HttpFailure("tls", detail=_describe(error.certificate_error), is_transient=False)
        if isinstance(error, aiohttp.ClientConnectorError):
            return _explain_connect(error)
        if isinstance(error, aiohttp.ConnectionTimeoutError):
            return HttpFailure(
                "timeout", detail=f"no connection within {options.connect_s:g} s", is_transient=True
            )
        if isinstance(error, aiohttp.ServerTimeoutError):
            return HttpFailure(
                "timeout", detail=f"nothing came for {options.read_s:g} s", is_transient=True
            )
        if isinstance(error, TimeoutError):
            return HttpFailure(
                "timeout",
                detail=f"not complete after {options.total_s:g} s",
                is_transient=True,
                is_settled=True,
            )
        if isinstance(error, _NoAnswerError):
            is_stale = isinstance(error, _StaleError)
            return HttpFailure(
                "connect",
                detail="connection closed without an answer",
                is_transient=True,
                is_stale=is_stale,
            )
        if isinstance(
            error, aiohttp.ClientPayloadError | aiohttp.ServerDisconnectedError | OSError
        ):
            return HttpFailure(
                "truncated",
                detail="connection closed before the end of the body",
                is_transient=True,
            )
        return HttpFailure("bad_response", detail="answer is not HTTP/1.1", is_transient=False)


class _NoAnswerError(aiohttp.ClientError):
    """The connection broke before the head of a response."""


class _StaleError(_NoAnswerError):
    """The connection broke before the head of a response, and had been kept alive until then."""


class _NoCookies(aiohttp.DummyCookieJar):
    """Does not even read cookies."""

    def update_cookies_from_headers(self, headers: Sequence[str], response_url: URL) -> None:
        """Does nothing."""


def _explain_connect(error: aiohttp.ClientConnectorError) -> HttpFailure:
    """Returns why there was no connection."""
    cause = error.os_error
    if isinstance(cause, ForbiddenAddressError):
        return HttpFailure("forbidden_address", detail=str(cause), is_transient=False)
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        is_final = isinstance(cause, socket.gaierror) and cause.errno not in _DNS_MAY_RECOVER
        return HttpFailure("dns", detail=_describe(cause), is_transient=not is_final)
    if isinstance(cause, ssl.SSLError):
        return HttpFailure("tls", detail=_describe(cause), is_transient=True)
    return HttpFailure("connect", detail=_describe(cause), is_transient=True)


def _describe(error: BaseException) -> str:
    """Returns what the system or OpenSSL calls the error."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return error.verify_message
    if isinstance(error, ssl.SSLError):
        words = error.reason.lower().replace("_", " ") if error.reason else "handshake failed"
        return f"the port doesn't speak TLS ({words})" if error.reason in _NOT_TLS else words
    if isinstance(error, socket.gaierror) or not isinstance(error, OSError) or not error.errno:
        return getattr(error, "strerror", None) or type(error).__name__
    return os.strerror(error.errno)  # asyncio's own words would show the address.


def _read_url(url: str, judge: Callable[[str], str | HttpFailure | None]) -> URL | HttpFailure:
    """Returns the address to ask for, all ASCII and without credentials and fragment.

    Args:
        url: The address as the caller has it.
        judge: `_judge_origin`, remembering.
    """
    plain = _PLAIN_URL.fullmatch(url)
    if plain is not None and isinstance(origin := judge(plain[1]), str):
        return URL(f"{origin}{plain[2]}", encoded=True)
    written = resolve_url(url, None)
    match = _SPLIT_URL.match(written or url)
    origin = judge(match[1]) if match is not None else None
    if isinstance(origin, HttpFailure):
        return origin
    if match is None or origin is None or written is None:
        return HttpFailure(
            "bad_url", detail="no http(s) address with a valid host and port", is_transient=False
        )
    tail = match[2] if match[2].startswith("/") else f"/{match[2]}"
    if _UNSAFE.search(tail):
        tail = _UNSAFE.sub(_quote, tail)
    return URL(origin + tail, encoded=True)


def _judge_origin(written: str, rule: AddressRule) -> str | HttpFailure | None:
    """Returns scheme, host and port in ASCII, or why nothing is to be asked for there.

    Args:
        written: The beginning of an address, up to its path.
        rule: Which addresses are open; a host name is judged when it is looked up.
    """
    canonical = canonicalize_url(f"{written}/")
    origin = None if canonical is None else canonical.rstrip("/")
    authority = (origin or written).partition(":")[2].lstrip("/\\")
    host = _PORT.sub("", authority.rpartition("@")[2])
    address = literal_address(host)
    reason = rule.refuses(str(address)) if address is not None else None
    if reason is not None:
        return HttpFailure("forbidden_address", detail=reason, is_transient=False)
    return None if origin is None or _PORT_0.search(origin) else origin


def _quote(match: re.Match[str]) -> str:
    """Returns a character percent-encoded."""
    return "".join(f"%{octet:02X}" for octet in match[0].encode("utf-8", "replace"))


def _check_headers(headers: Mapping[str, str]) -> None:
    """Raises `ValueError` if a header may not be sent; the message keeps its value secret."""
    for name, value in headers.items():
        if not _HEADER_NAME.fullmatch(name):
            raise ValueError(f"{name!r} is no header name")
        if not _HEADER_VALUE.fullmatch(value):
            raise ValueError(f"the value of header {name} holds control characters")


def _join_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Returns the headers by lower-case name, as text that can be stored."""
    joined: dict[str, str] = {}
    for name, value in headers.items():
        key = name.lower()
        text = value if value.isascii() else _make_legible(value)
        joined[key] = f"{joined[key]}, {text}" if key in joined else text
    return joined


def _make_legible(value: str) -> str:
    """Returns a header's value in which aiohttp left bytes that are no UTF-8."""
    octets = value.encode("utf-8", "surrogateescape")
    try:
        return octets.decode("utf-8")
    except UnicodeDecodeError:
        return octets.decode("latin-1")
