"""Asking an ASGI application, in process or from a thread that serves it."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections.abc import Iterator
from typing import Any, NamedTuple
from urllib.parse import unquote

from starlette.types import ASGIApp

from feedlake.pipeline.serve.listening import serve_app


class Answered(NamedTuple):
    """What an application answered."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()


def ask(
    app: ASGIApp,
    target: str,
    *,
    method: str = "GET",
    headers: dict[str, str] | None = None,
    host: str = "127.0.0.1:8200",
) -> Answered:
    """Returns the answer to one request.

    Args:
        app: The application.
        target: Path and query, as they stand in the request.
        method: Of HTTP.
        headers: Beside Host.
        host: The Host header.
    """
    path, _, query = target.partition("?")
    given = {"host": host, **(headers or {})}
    scope: dict[str, Any] = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "scheme": "http",
        "server": ("127.0.0.1", 8200),
        "client": ("127.0.0.1", 50000),
        "method": method,
        "path": unquote(path),
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": query.encode(),
        "headers": [(name.lower().encode(), value.encode()) for name, value in given.items()],
    }
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(app(scope, receive, send))
    start, *rest = sent
    return Answered(
        start["status"],
        {name.decode().lower(): value.decode() for name, value in start["headers"]},
        b"".join(message.get("body", b"") for message in rest),
    )


@contextlib.contextmanager
def serving_app(app: ASGIApp, opened: socket.socket) -> Iterator[None]:
    """Serves an application from a thread.

    Args:
        app: The application.
        opened: A socket that listens.
    """
    started = threading.Event()
    running: list[tuple[asyncio.AbstractEventLoop, asyncio.Task[None]]] = []

    async def serve() -> None:
        task = asyncio.create_task(serve_app(app, opened))
        running.append((asyncio.get_running_loop(), task))
        started.set()
        with contextlib.suppress(asyncio.CancelledError):
            await task

    thread = threading.Thread(target=asyncio.run, args=(serve(),))
    thread.start()
    started.wait()
    try:
        yield
    finally:
        [(loop, task)] = running
        loop.call_soon_threadsafe(task.cancel)
        thread.join()
