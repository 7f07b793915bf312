"""A lake that is served from a thread, at a time that is always the same."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import NamedTuple

from asgi_client import serving_app
from shown_lake import NOON

from feedlake.pipeline.serve.app import make_app, make_desk
from feedlake.pipeline.serve.listening import open_socket


class Served(NamedTuple):
    """A lake that is served.

    Attributes:
        address: What addresses of views begin with.
        lake: Path of the lake.
    """

    address: str
    lake: str


@contextlib.contextmanager
def serving(lake: str) -> Iterator[Served]:
    """Serves a lake from a thread, at a time that is always the same."""
    with open_socket(0) as opened:
        port = opened.getsockname()[1]
        desk = make_desk(lake, now=lambda: NOON)
        try:
            with serving_app(make_app(desk, port=port), opened):
                yield Served(f"http://127.0.0.1:{port}", lake)
        finally:
            desk.sql.close()
            desk.searcher.close()
