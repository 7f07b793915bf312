"""What `feedlake serve` does: serves a lake until a signal comes."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
from collections.abc import Callable, Iterator

from feedlake.pipeline.lake.lake import Lake
from feedlake.pipeline.serve.app import import_views, make_app, make_desk
from feedlake.pipeline.serve.listening import open_socket, serve_app
from feedlake.pipeline.views.desk import Desk

_QUIET_S = 2.0
"""Time after the start that the first page gets for itself."""

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def serve(lake: str, *, port: int, tell: Callable[[str], None]) -> None:
    """Serves a lake on the loopback address; returns after a signal that asks for the end.

    Args:
        lake: Path of the lake.
        port: At which port; 0 takes a free one.
        tell: Is told the address, once it can be asked.

    Raises:
        UsageError: There is no lake, or the port can't be had.
    """
    Lake(lake).check_exists()
    with open_socket(port) as opened:
        port = opened.getsockname()[1]
        desk = make_desk(lake)
        tell(f"http://127.0.0.1:{port}/")
        asyncio.run(_serve(desk, port, opened))


async def _serve(desk: Desk, port: int, opened: socket.socket) -> None:
    serving = asyncio.ensure_future(serve_app(make_app(desk, port=port), opened))
    loop = asyncio.get_running_loop()
    loop.call_later(_QUIET_S, lambda: loop.run_in_executor(None, import_views))
    with _ended_by_signals(serving):
        try:
            with contextlib.suppress(asyncio.CancelledError):
                await serving
        finally:
            # First of all: threads wait for them, and asyncio for the threads.
            desk.sql.close()
            desk.searcher.close()


@contextlib.contextmanager
def _ended_by_signals(serving: asyncio.Future[None]) -> Iterator[None]:
    """Has signals end what is served, between two steps of the loop and not in the midst of one."""
    loop = asyncio.get_running_loop()
    before = {number: signal.getsignal(number) for number in _SIGNALS}
    for number in _SIGNALS:
        loop.add_signal_handler(number, serving.cancel)
    try:
        yield
    finally:
        for number, handler in before.items():
            loop.remove_signal_handler(number)
            signal.signal(number, handler)
