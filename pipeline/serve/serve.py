"""What `feedlake serve` does: serves a lake until a signal comes."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable

from feedlake.pipeline.lake.lake import Lake
from feedlake.pipeline.serve.app import make_app, make_desk
from feedlake.pipeline.serve.listening import open_socket, serve_app
from feedlake.pipeline.views.desk import Desk


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
    try:
        await serve_app(make_app(desk, port=port), opened)
    finally:
        # First of all: threads wait for them, and asyncio for the threads.
        desk.sql.close()
        desk.searcher.close()
