"""The server on a socket: requests that no browser makes."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from time import monotonic

import pytest
from asgi_client import serving_app
from starlette.responses import PlainTextResponse, Response

from feedlake.pipeline.options.failures import UsageError
from feedlake.pipeline.serve.listening import open_socket

LARGE = b"x" * 40_000_000


def answers(scope: object) -> Response:
    assert isinstance(scope, dict)
    if scope["path"] == "/large":
        return Response(LARGE)
    return PlainTextResponse(f"{scope['method']} {scope['path']} {scope['query_string'].decode()}")


async def small_app(scope, receive, send) -> None:
    await answers(scope)(scope, receive, send)


@pytest.fixture
def port(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    monkeypatch.setattr("feedlake.pipeline.serve.listening.HEAD_S", 0.5)
    monkeypatch.setattr("feedlake.pipeline.serve.listening.TAKING_S", 0.5)
    with open_socket(0) as opened, serving_app(small_app, opened):
        yield opened.getsockname()[1]


def converse(port: int, *parts: bytes, wait: Callable[[], None] | None = None) -> bytes:
    """Sends bytes and returns all that comes until the server ends the connection."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        for part in parts:
            connection.sendall(part)
        received = b""
        try:
            while part := connection.recv(1 << 16):
                received += part
        except ConnectionResetError:
            pass
        return received


HOST = b"Host: 127.0.0.1\r\n"
CLOSE = HOST + b"Connection: close\r\n\r\n"


def test_requests_of_one_connection_are_answered_in_turn(port):
    received = converse(port, b"GET /a?b HTTP/1.1\r\n" + HOST + b"\r\nGET /c HTTP/1.1\r\n" + CLOSE)

    assert received.count(b"HTTP/1.1 200") == 2
    assert received.index(b"GET /a b") < received.index(b"GET /c")


def test_head_has_the_length_and_no_body(port):
    received = converse(port, b"HEAD /abc HTTP/1.1\r\n" + CLOSE)

    assert b"content-length: 10\r\n" in received
    assert received.endswith(b"\r\n\r\n")


def test_a_body_is_not_read_and_ends_the_connection(port):
    head = b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 50000000\r\n\r\n"
    received = converse(port, head, b"x" * 30_000)

    assert received.startswith(b"HTTP/1.1 200")
    assert b"connection: close" in received


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"GET / HTTP/1.1\r\nX: " + b"a" * 100_000, b"431"),
        (b"GET /" + b"a" * 100_000, b"431"),
        (b"GET / HTTP/1.1\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\n" + HOST + HOST + b"\r\n", b"400"),
        (b"GET /\xff HTTP/1.1\r\n" + CLOSE, b"400"),
        (b"GET / HTTP/1.1\r\nHost : a\r\n\r\n", b"400"),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", b"400"),
        (b"nonsense\r\n\r\n", b"400"),
    ],
)
def test_what_is_no_request_is_refused(port, request_, status):
    assert converse(port, request_).startswith(b"HTTP/1.1 " + status)
    assert b"200" in converse(port, b"GET / HTTP/1.1\r\n" + CLOSE)


def test_a_request_that_does_not_come_is_waited_for_only_so_long(port):
    for sent in (b"", b"GET / HTTP/1.1\r\nX: "):
        began = monotonic()
        assert converse(port, sent) == b""
        assert monotonic() - began < 10


def test_a_request_that_drips_is_waited_for_only_so_long(port):
    began = monotonic()
    with (
        socket.create_connection(("127.0.0.1", port), timeout=20) as connection,
        contextlib.suppress(BrokenPipeError, ConnectionResetError),
    ):
        connection.sendall(b"GET / HTTP/1.1\r\nX: ")
        while monotonic() - began < 15:
            connection.sendall(b"a")
            threading.Event().wait(0.02)

    assert monotonic() - began < 10


def test_an_answer_that_nobody_takes_is_given_up(port):
    received = 0
    with (
        socket.create_connection(("127.0.0.1", port), timeout=20) as connection,
        contextlib.suppress(ConnectionResetError),
    ):
        connection.sendall(b"GET /large HTTP/1.1\r\n" + CLOSE)
        threading.Event().wait(1.5)
        while part := connection.recv(1 << 20):
            received += len(part)

    assert received < len(LARGE)


def test_too_many_connections_are_told_so(port, monkeypatch):
    monkeypatch.setattr("feedlake.pipeline.serve.listening.MAX_CONNECTIONS", 2)
    with (
        socket.create_connection(("127.0.0.1", port)),
        socket.create_connection(("127.0.0.1", port)),
    ):
        assert converse(port, b"").startswith(b"HTTP/1.1 503")


def test_the_port_is_of_the_loopback_address_and_only_one_process_s():
    with open_socket(0) as opened:
        address, port = opened.getsockname()
        assert address == "127.0.0.1"
        with pytest.raises(UsageError, match=f"--port {port}: Address already in use"):
            open_socket(port)
