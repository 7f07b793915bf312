"""An internet of scripted web sites on this machine's loopback addresses, for tests."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

_HOSTS_PER_SUBNET = 250
_MAX_HEAD_BYTES = 1 << 20


@dataclass(frozen=True)
class Request:
    """What a site was asked.

    Attributes:
        at: When the head had arrived, by `time.monotonic`.
        address: IP address that the client connected to.
        method: Such as `GET`.
        target: Path and query, as sent.
        headers: By lower-case name; those sent twice are joined by `, `.
        connection: Number of the connection, counted over the whole internet.
        body: What was sent after the head.
    """

    at: float
    address: str
    method: str
    target: str
    headers: Mapping[str, str]
    connection: int
    body: bytes = b""

    @property
    def path(self) -> str:
        """The target without its query."""
        return self.target.partition("?")[0]

    @property
    def host(self) -> str:
        """The name that the client asked for, without port."""
        host = self.headers.get("host", "")
        return host.rpartition("]")[0][1:] if host[:1] == "[" else host.partition(":")[0]


@dataclass(frozen=True)
class Reply:
    """What a site answers, faults included.

    Attributes:
        body: The body before `gzip`.
        status: Status code.
        headers: Header lines; `Content-Length` is added unless it is given or makes no sense.
        content_type: Value of that header; None for none.
        reason: Reason phrase.
        gzip: Whether the body is compressed, and declared so.
        gzip_cut: Bytes that the compressed body lacks at its end; its length is declared right.
        chunked: Whether it is sent in chunks.
        cut_at: Bytes of the body that are sent before the connection is closed.
        endless: Whether the body is repeated for ever.
        delay_s: Time before the first byte.
        drip_s: Time after each `drip_bytes` of the body.
        drip_bytes: Size of one drop.
        hang: Whether no byte is ever sent.
        drop: Whether the connection is closed instead of an answer.
        reset: Whether the connection is reset instead of an answer, or after `cut_at` bytes.
        close: Whether the connection is closed after it, and the reply says so.
        raw: Bytes that are sent instead of all this; then the connection is closed.
    """

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] | Sequence[tuple[str, str]] = field(default_factory=dict)
    content_type: str | None = "text/html; charset=utf-8"
    reason: str = "Scripted"
    gzip: bool = False
    gzip_cut: int = 0
    chunked: bool = False
    cut_at: int | None = None
    endless: bool = False
    delay_s: float = 0.0
    drip_s: float = 0.0
    drip_bytes: int = 1
    hang: bool = False
    drop: bool = False
    reset: bool = False
    close: bool = False
    raw: bytes | None = None


Answer = Reply | Callable[[Request], Reply]

NOT_FOUND = Reply(b"<h1>Not found</h1>", status=404)


class Site:
    """One address of the internet, its routes, and what it was asked.

    Attributes:
        name: Host name that `Internet.resolve` knows.
        address: Its IP address.
        requests: What it was asked so far, in order of arrival; added to by another thread.
        routes: What each path answers: the next request of it, and those after.
        fallback: Answer to paths without a route; `/robots.txt` is 404 all the same.
        latency_s: Time that passes before each answer begins.
        at_once: Requests that are being answered.
        most_at_once: Largest number of these so far.
    """

    def __init__(self, name: str, address: str, port: int, *, scheme: str = "http") -> None:
        self.name, self.address = name, address
        self.requests: list[Request] = []
        self.fallback: Answer = NOT_FOUND
        self.latency_s = 0.0
        self.most_at_once = self.at_once = 0
        self._origin = f"{scheme}://{name}:{port}"
        self._address_origin = f"{scheme}://{address}:{port}"
        self.routes: dict[str, list[Answer]] = {}

    def url(self, path: str = "/", *, by_address: bool = False) -> str:
        """Returns the URL of a path of this site, by name or by IP address."""
        return f"{self._address_origin if by_address else self._origin}{path}"

    def add(self, path: str, answer: Answer | Sequence[Answer]) -> str:
        """Scripts a path, in place of what it was before, and returns its URL.

        Args:
            path: With a query: just that target. Without: the path with any query.
            answer: A reply, a function that makes one, or several of these, of which each
                request takes the next; the last one stays.
        """
        self.routes[path] = list(answer) if isinstance(answer, Sequence) else [answer]
        return self.url(path)

    def asked(self, path: str | None = None) -> list[str]:
        """Returns the targets asked so far; with a path: those of that path."""
        return [r.target for r in list(self.requests) if path is None or r.path == path]

    def answer(self, request: Request) -> Reply:
        """Returns the scripted reply."""
        route = self.routes.get(request.target) or self.routes.get(request.path)
        if route is None:
            chosen = NOT_FOUND if request.path == "/robots.txt" else self.fallback
        else:
            chosen = route.pop(0) if len(route) > 1 else route[0]
        return chosen(request) if callable(chosen) else chosen


class Internet:
    """Sites on 127.1.0.0/16 and one shared port, served by a thread while the block runs.

    The port is open on all IPv4 loopback addresses and on `::1`, so that a request that goes
    astray is in the log as well; nobody else's connections are served.

    Attributes:
        port: Port of all sites.
        closed_port: Port that refuses connections.
        connections: Local address of each connection so far, requests or not.
        requests: What all sites and stray addresses were asked, in order of arrival.
        names: Addresses of each host name; tests may change them.
        at_once: Requests that are being answered.
        most_at_once: Largest number of these so far.
        resolved: Names that `resolve` was asked for.
        sites: All that were added, in order.
    """

    def __init__(self, sites: int = 0, *, tls: ssl.SSLContext | None = None) -> None:
        self.most_at_once = self.at_once = 0
        self._tls = tls
        self.connections: list[str] = []
        self.requests: list[Request] = []
        self.names: dict[str, list[str]] = {}
        self.resolved: list[str] = []
        self._by_address: dict[str, Site] = {}
        self._tasks: set[asyncio.Task[Any]] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._sockets = _listen()
        self.port = self._sockets[0].getsockname()[1]
        self._closed = socket.socket()
        self._closed.bind(("127.0.0.1", 0))  # Bound, but it does not listen.
        self.closed_port = self._closed.getsockname()[1]
        self._arrival = threading.Condition()
        self.sites: list[Site] = []
        for _ in range(sites):
            self.add_site()

    def __enter__(self) -> Self:
        self._thread.start()
        self._run(self._start())
        return self

    def __exit__(self, *_: object) -> None:
        self._run(self._stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        self._closed.close()

    def add_site(self, name: str | None = None, *, address: str | None = None) -> Site:
        """Returns a new site.

        Args:
            name: Host name; `site-0.test`, `site-1.test` … without one.
            address: Loopback address; the next free one of 127.1.0.0/16 without one.
        """
        number = len(self._by_address)
        subnet, host = divmod(number, _HOSTS_PER_SUBNET)
        address = address or f"127.1.{subnet}.{host + 1}"
        name = name or f"site-{number}.test"
        site = Site(name, address, self.port, scheme="https" if self._tls else "http")
        self._by_address[address] = site
        self.sites.append(site)
        self.names[name] = [address]
        return site

    def wait_until(self, is_true: Callable[[], object], *, within_s: float = 60.0) -> None:
        """Returns as soon as something is true, which the next request may make it.

        Args:
            is_true: Asked after each request, and every 50 ms for what no request changes.
            within_s: How long it may take.

        Raises:
            TimeoutError: It took longer.
        """
        until_s = time.monotonic() + within_s
        with self._arrival:
            while not is_true():
                if time.monotonic() > until_s:
                    raise TimeoutError(f"not true after {within_s:g} s")
                self._arrival.wait(0.05)

    def resolve(self, name: str) -> list[str]:
        """Returns the addresses of a host name, as `socket.getaddrinfo` would.

        Raises:
            socket.gaierror: There is no such name.
        """
        self.resolved.append(name)
        try:
            return list(self.names[name])
        except KeyError:
            raise socket.gaierror(socket.EAI_NONAME, f"no such name: {name}") from None

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout=30)

    async def _start(self) -> None:
        self._servers = [
            await asyncio.start_server(
                self._serve, sock=sock, limit=_MAX_HEAD_BYTES, ssl=self._tls, backlog=1024
            )
            for sock in self._sockets
        ]

    async def _stop(self) -> None:
        for server in self._servers:
            server.close()
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.sleep(0)  # Transports close in the loop's next turn.

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            peer, local = (writer.get_extra_info(n)[0] for n in ("peername", "sockname"))
            if peer == "::1" or peer.startswith("127."):
                self.connections.append(local)
                await self._converse(reader, writer, local, len(self.connections))
        except (OSError, EOFError, asyncio.LimitOverrunError):
            pass  # The client went away, or spoke no HTTP.
        except asyncio.CancelledError:
            pass  # The internet ends.
        finally:
            self._tasks.discard(task)
            writer.transport.abort() if task.cancelling() else writer.close()

    async def _converse(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, local: str, number: int
    ) -> None:
        """Answers the requests of one connection."""
        is_open = True
        while is_open:
            request = await _read_request(reader, local, number)
            site = self._by_address.get(local) or Site("stray", local, self.port)
            site.requests.append(request)
            self.requests.append(request)
            with self._arrival:
                self._arrival.notify_all()
            with _counting(site), _counting(self):
                if site.latency_s:
                    await asyncio.sleep(site.latency_s)
                is_open = await _send_reply(site.answer(request), request, writer)


@contextlib.contextmanager
def _counting(asked: Site | Internet) -> Iterator[None]:
    """Counts a request that is answered in the block."""
    asked.at_once += 1
    asked.most_at_once = max(asked.most_at_once, asked.at_once)
    try:
        yield
    finally:
        asked.at_once -= 1


def _listen() -> list[socket.socket]:
    """Returns sockets on one port: all of IPv4 and, where there is IPv6, its loopback."""
    v4 = socket.socket()
    v4.bind(("0.0.0.0", 0))
    port = v4.getsockname()[1]
    sockets = [v4]
    v6 = socket.socket(socket.AF_INET6)
    try:
        v6.bind(("::1", port))
        sockets.append(v6)
    except OSError:
        v6.close()
    return sockets


async def _read_request(reader: asyncio.StreamReader, address: str, connection: int) -> Request:
    """Returns the next request.

    Raises:
        EOFError: The client closed the connection.
    """
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head[:-4].split("\r\n")
    method, target, _ = first.split(" ", 2)
    headers: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(":")
        key = name.lower()
        value = value.strip()
        headers[key] = f"{headers[key]}, {value}" if key in headers else value
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return Request(time.monotonic(), address, method, target, headers, connection, body)


async def _send_reply(reply: Reply, request: Request, writer: asyncio.StreamWriter) -> bool:
    """Sends the reply and returns whether the connection stays open."""
    if reply.delay_s:
        await asyncio.sleep(reply.delay_s)
    if reply.hang:
        await asyncio.Event().wait()
    if reply.raw is not None:
        writer.write(reply.raw)
        await writer.drain()
        return False
    if not reply.drop and not (reply.reset and reply.cut_at is None):
        body = reply.body
        if reply.gzip or reply.gzip_cut:
            body = gzip.compress(body, mtime=0)
            body = body[: len(body) - reply.gzip_cut]
        head = _head(reply, len(body))
        if request.method == "HEAD" or reply.status in (204, 304):
            writer.write(head)
        elif reply.chunked or reply.endless or reply.drip_s:
            writer.write(head)
            await _send_body(reply, body, writer)
        else:
            # In one piece: some kernels let a small first segment wait 40 ms for its receipt.
            writer.write(head + body[: reply.cut_at])
        await writer.drain()
    if reply.reset:
        linger = struct.pack("ii", 1, 0)
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        writer.transport.abort()
    is_whole = reply.cut_at is None and not reply.endless
    wants_close = request.headers.get("connection", "").lower() == "close"
    return is_whole and not (reply.drop or reply.reset or reply.close or wants_close)


def _head(reply: Reply, body_bytes: int) -> bytes:
    """Returns the status line and headers."""
    headers = reply.headers
    pairs = list(headers.items()) if isinstance(headers, Mapping) else list(headers)
    given = {name.lower() for name, _ in pairs}
    added = []
    if reply.content_type is not None and "content-type" not in given:
        added.append(("Content-Type", reply.content_type))
    if reply.gzip or reply.gzip_cut:
        added.append(("Content-Encoding", "gzip"))
    if reply.chunked:
        added.append(("Transfer-Encoding", "chunked"))
    elif not reply.endless and reply.status not in (204, 304) and "content-length" not in given:
        added.append(("Content-Length", str(body_bytes)))
    if reply.close or reply.endless:
        added.append(("Connection", "close"))
    lines = [f"HTTP/1.1 {reply.status} {reply.reason}"]
    lines += [f"{name}: {value}" for name, value in [*added, *pairs]]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("utf-8")


async def _send_body(reply: Reply, body: bytes, writer: asyncio.StreamWriter) -> None:
    """Sends the body in the parts that the reply scripts."""
    data = body if reply.cut_at is None else body[: reply.cut_at]
    size = reply.drip_bytes if reply.drip_s else max(1, min(len(data), 1 << 16))
    if reply.endless:
        data = data or b"endless "
        size = reply.drip_bytes if reply.drip_s else len(data)
    while True:
        for start in range(0, len(data), size):
            part = data[start : start + size]
            writer.write(b"%x\r\n%s\r\n" % (len(part), part) if reply.chunked else part)
            await writer.drain()
            if reply.drip_s:
                await asyncio.sleep(reply.drip_s)
        if not reply.endless:
            break
        await asyncio.sleep(0)
    if reply.chunked and reply.cut_at is None:
        writer.write(b"0\r\n\r\n")
