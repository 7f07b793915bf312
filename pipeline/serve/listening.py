"""The server: HTTP 1.1 on the loopback address, and limits on how long and how much one may ask.

h11 reads and writes HTTP. Of ASGI there is what this application needs: requests without bodies.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from typing import Any
from urllib.parse import unquote

import h11
from starlette.types import ASGIApp, Message, Scope

from feedlake.pipeline.options.failures import UsageError

MAX_HEAD_BYTES = 32 * 1024
"""Of the first line and the headers of a request; SQL is in the first line."""

MAX_CONNECTIONS = 64
"""At a time. A browser opens six."""

HEAD_S = 10.0
"""How long the head of a request may take to come, from the connection or the answer before on."""

TAKING_S = 30.0
"""How long a client may leave an answer that waits for it."""

_LEFT_BYTES = 1 << 16
_LEFT_S = 1.0
"""How much of a body that nobody reads is taken, and for how long, so that the client gets the
answer rather than a broken connection."""


def open_socket(port: int) -> socket.socket:
    """Returns a socket of the loopback address; port 0 takes a free one.

    Args:
        port: The port.

    Raises:
        UsageError: Another process has it, or it needs rights that this one lacks.
    """
    opened = socket.socket()
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        opened.bind(("127.0.0.1", port))
        opened.listen(MAX_CONNECTIONS)
    except OSError as error:
        opened.close()
        raise UsageError(f"--port {port}: {os.strerror(error.errno or 0)}") from error
    return opened


async def serve_app(app: ASGIApp, opened: socket.socket) -> None:
    """Answers requests until it is cancelled.

    Args:
        app: The application.
        opened: A socket that listens.
    """
    server = _Server(app)
    listening = await asyncio.start_server(server.converse, sock=opened)
    async with listening:
        await listening.serve_forever()


class _Server:
    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._connections = 0

    async def converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answers the requests of one connection."""
        self._connections += 1
        conversation = _Conversation(self._app, reader, writer)
        try:
            if self._connections > MAX_CONNECTIONS:
                await conversation.refuse(503, "Too many connections.")
            else:
                await conversation.run()
        except (OSError, TimeoutError):
            writer.transport.abort()  # The client has gone, or takes too long.
        except asyncio.CancelledError:
            writer.transport.abort()  # The server ends; asyncio would report that as a fault.
        finally:
            self._connections -= 1
            writer.close()


class _Conversation:
    """One connection."""

    def __init__(
        self, app: ASGIApp, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._app = app
        self._reader = reader
        self._writer = writer
        self._http = h11.Connection(h11.SERVER, max_incomplete_event_size=MAX_HEAD_BYTES)

    async def run(self) -> None:
        while True:
            try:
                request = await asyncio.wait_for(self._read_head(), HEAD_S)
            except h11.RemoteProtocolError as error:
                await self.refuse(error.error_status_hint, "This is no request.")
                return
            if request is None:
                return
            has_body = any(
                name == b"transfer-encoding" or (name == b"content-length" and value != b"0")
                for name, value in request.headers
            )
            if not has_body:
                self._http.next_event()  # The end of the request, which is there already.
            await _Exchange(self._http, self._writer, request).answer(self._app, is_last=has_body)
            if has_body:
                await self._leave_rest()
                return
            if self._http.our_state is not h11.DONE:
                return
            self._http.start_next_cycle()

    async def refuse(self, status: int, sentence: str) -> None:
        """Answers that there is no answer, and ends the connection."""
        if self._http.our_state not in (h11.IDLE, h11.SEND_RESPONSE):
            return
        body = f"{sentence}\n".encode()
        headers = [
            ("content-type", "text/plain; charset=utf-8"),
            ("content-length", str(len(body))),
            ("connection", "close"),
        ]
        head = self._http.send(h11.Response(status_code=status, headers=headers, reason=b""))
        self._writer.write((head or b"") + body)
        await asyncio.wait_for(self._writer.drain(), TAKING_S)
        await self._leave_rest()

    async def _read_head(self) -> h11.Request | None:
        """The next request; None if none comes any more."""
        while True:
            event = self._http.next_event()
            if isinstance(event, h11.Request):
                return event
            if isinstance(event, h11.ConnectionClosed):
                return None
            if event is h11.NEED_DATA:
                self._http.receive_data(await self._reader.read(MAX_HEAD_BYTES))

    async def _leave_rest(self) -> None:
        with contextlib.suppress(TimeoutError, OSError):
            if self._writer.can_write_eof():
                self._writer.write_eof()
            async with asyncio.timeout(_LEFT_S):
                left = _LEFT_BYTES
                while left > 0 and (taken := await self._reader.read(left)):
                    left -= len(taken)


class _Exchange:
    """One request and its answer."""

    def __init__(
        self, http: h11.Connection, writer: asyncio.StreamWriter, request: h11.Request
    ) -> None:
        self._http = http
        self._writer = writer
        self._request = request
        self._is_last = False

    async def answer(self, app: ASGIApp, *, is_last: bool) -> None:
        """Has the application answer.

        Args:
            app: The application.
            is_last: Whether the connection ends with the answer.
        """
        self._is_last = is_last
        await app(self._scope(), _nothing_more, self._send)

    def _scope(self) -> Scope:
        path, _, query = self._request.target.partition(b"?")
        return {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.4"},
            "http_version": self._request.http_version.decode(),
            "scheme": "http",
            "method": self._request.method.decode(),
            "path": unquote(path.decode("ascii"), errors="replace"),
            "raw_path": path,
            "root_path": "",
            "query_string": query,
            "headers": [*self._request.headers],
            "server": self._writer.get_extra_info("sockname"),
            "client": self._writer.get_extra_info("peername"),
        }

    async def _send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = [*message["headers"]]
            if self._is_last:
                headers.append((b"connection", b"close"))
            self._write(h11.Response(status_code=message["status"], headers=headers, reason=b""))
            return
        body = message.get("body", b"")
        if body and self._request.method != b"HEAD":
            self._write(h11.Data(data=body))
        if not message.get("more_body", False):
            self._write(h11.EndOfMessage())
        await asyncio.wait_for(self._writer.drain(), TAKING_S)

    def _write(self, event: Any) -> None:
        self._writer.write(self._http.send(event) or b"")


async def _nothing_more() -> Message:
    return {"type": "http.request", "body": b"", "more_body": False}
