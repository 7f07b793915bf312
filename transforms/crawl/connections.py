"""Connections that lead only where an `AddressRule` lets them, whatever DNS answers."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Sequence
from contextvars import ContextVar

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from feedlake.transforms.crawl.addresses import AddressRule

Resolve = Callable[[str], Sequence[str]]
"""Returns the IP addresses of a host name; may block, and raise `OSError`."""

# What a connector remembers is judged again for each connection, so this only saves look-ups.
_DNS_CACHE_S = 60
# glibc gives up on dead servers after two rounds of 5 s with up to three servers (resolv.conf(5)),
# three times as long as a connection may take by default: so many look-ups may wait for nobody.
_LOOKUPS_PER_REQUEST = 4
# Sockets that stay open for the next request to their host. Together with those in use they
# have to stay below 1,024, the usual limit of open files.
_MAX_OPEN_SOCKETS = 400
# Idle connections are closed then; longer than the delay between two requests to a host.
_KEEP_ALIVE_S = 10.0


_new_sockets: ContextVar[list[socket.socket]] = ContextVar("new_sockets")


class ForbiddenAddressError(OSError):
    """The rule refuses all addresses of a host; the message says why."""


def look_up(name: str) -> list[str]:
    """Returns the IP addresses of a host name, as the system knows them.

    Raises:
        socket.gaierror: There are none, or the name servers do not answer.
    """
    try:
        found = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG)
    except UnicodeError:  # Python refuses names by itself that no server could know.
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known") from None
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


class GuardedConnections:
    """Makes the sockets of one client.

    Both the addresses of a name and the address that a socket is about to connect to are
    judged: the first so that only allowed ones are tried, the second because nothing that
    happens between the two may matter.
    """

    def __init__(self, rule: AddressRule, *, resolve: Resolve, in_flight: int) -> None:
        """Notes the rule.

        Args:
            rule: Which addresses may be connected to.
            resolve: Looks host names up; called in a thread.
            in_flight: Requests under way at one time.
        """
        self._rule = rule
        self._resolver = _GuardedResolver(rule, resolve, _LOOKUPS_PER_REQUEST * in_flight)
        self._open: set[socket.socket] = set()
        self._max_open = _MAX_OPEN_SOCKETS + in_flight

    def make_connector(self, *, tls: ssl.SSLContext) -> aiohttp.TCPConnector:
        """Returns aiohttp's connector; to be called inside the loop.

        Args:
            tls: How certificates are verified.
        """
        return aiohttp.TCPConnector(
            limit=0,  # The client counts its requests itself.
            ssl=tls,
            resolver=self._resolver,
            ttl_dns_cache=_DNS_CACHE_S,
            socket_factory=self._make_socket,
            keepalive_timeout=_KEEP_ALIVE_S,
        )

    def are_many(self) -> bool:
        """Returns whether so many sockets are open that none should wait for more requests."""
        if len(self._open) >= self._max_open:
            self._open = {other for other in self._open if other.fileno() != -1}
        return len(self._open) >= self._max_open

    def watch(self) -> list[socket.socket]:
        """Returns a list that grows with each socket that is made for the running task."""
        made: list[socket.socket] = []
        _new_sockets.set(made)
        return made

    def _make_socket(self, info: tuple[int, int, int, str, tuple[object, ...]]) -> socket.socket:
        """Returns the socket that is to be connected to this address at once.

        Raises:
            ForbiddenAddressError: The rule refuses it.
        """
        family, kind, protocol, _, address = info
        reason = self._rule.refuses(str(address[0]))
        if reason is not None:
            raise ForbiddenAddressError(reason)
        made = socket.socket(family, kind, protocol)
        self._open.add(made)
        _new_sockets.get([]).append(made)
        return made


class _GuardedResolver(AbstractResolver):
    """Looks names up in threads of its own, and leaves out what the rule refuses.

    A thread for each look-up, and none that Python waits for at its end: a name whose servers
    are dead must hold up neither the others nor the exit.
    """

    def __init__(self, rule: AddressRule, resolve: Resolve, max_lookups: int) -> None:
        self._rule, self._resolve = rule, resolve
        self._slots = asyncio.Semaphore(max_lookups)

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Returns the allowed addresses of a host name.

        Raises:
            ForbiddenAddressError: None of its addresses is allowed.
            OSError: It has none, or they could not be found out.
        """
        async with self._slots:
            addresses = await self._look_up(host)
        if not addresses:
            raise socket.gaierror(socket.EAI_NONAME, "No address associated with hostname")
        refused = {address: self._rule.refuses(address) for address in addresses}
        allowed = [address for address, reason in refused.items() if reason is None]
        if not allowed:
            raise ForbiddenAddressError("; ".join(filter(None, refused.values())))
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=socket.IPPROTO_TCP,
                flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
            )
            for address in allowed
        ]

    async def close(self) -> None:
        """Does nothing: threads end with their look-up."""

    async def _look_up(self, host: str) -> Sequence[str]:
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Sequence[str]] = loop.create_future()

        def tell(addresses: Sequence[str], error: BaseException | None) -> None:
            if answer.done():  # Cancelled: the client was closed.
                return
            if error is None:
                answer.set_result(addresses)
            else:
                answer.set_exception(error)

        def work() -> None:
            addresses: Sequence[str] = ()
            error: BaseException | None = None
            try:
                addresses = self._resolve(host)
            except BaseException as raised:  # Raised again in the loop, where it was asked for.
                error = raised
            with contextlib.suppress(RuntimeError):  # The loop is closed: nobody waits.
                loop.call_soon_threadsafe(tell, addresses, error)

        threading.Thread(target=work, name=f"resolve {host}", daemon=True).start()
        return await answer
