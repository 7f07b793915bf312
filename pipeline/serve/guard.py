"""What stands before each request: who may ask, how, and what browsers may do with the answer."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from feedlake.pipeline.views.desk import fetch_headers, is_foreign

_ALLOWED = "GET, HEAD, OPTIONS"

_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)

HEADERS = {
    "content-security-policy": _POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}
"""What each answer carries."""


class Guard:
    """An application behind another: answers by itself what must not come through.

    A page of another site can make a browser ask this server. It is told apart by the Host header,
    as such a page's own name may lead to this machine, and by Sec-Fetch-Site: other sites may lead
    a person here, but not ask for anything behind their back.
    """

    def __init__(self, app: ASGIApp, *, port: int) -> None:
        self._app = app
        names = ("127.0.0.1", "localhost", "[::1]")
        self._hosts = {f"{name}:{port}" for name in names}
        if port == 80:
            self._hosts |= set(names)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers, or hands the request on."""
        if scope["type"] != "http":
            return  # Nothing else is served; the server then closes the connection.

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                held = [(name, value) for name, value in message["headers"]]
                given = {name for name, _ in held}
                held += [
                    (name.encode(), value.encode())
                    for name, value in HEADERS.items()
                    if name.encode() not in given
                ]
                message = {**message, "headers": held}
            await send(message)

        refusal = self._refusal(scope)
        await (refusal or self._app)(scope, receive, send_guarded)

    def _refusal(self, scope: Scope) -> PlainTextResponse | None:
        hosts = [value for name, value in scope["headers"] if name == b"host"]
        if len(hosts) != 1 or hosts[0].decode("latin-1").lower() not in self._hosts:
            return PlainTextResponse("This host name isn't served here.\n", 400)
        if scope["method"] == "OPTIONS":
            return PlainTextResponse("", 204, {"allow": _ALLOWED})
        if scope["method"] not in ("GET", "HEAD"):
            return PlainTextResponse("Nothing can be changed here.\n", 405, {"allow": _ALLOWED})
        if is_foreign(scope) and not _is_navigation(fetch_headers(scope)):
            return PlainTextResponse("Other sites may not ask for this.\n", 403)
        return None


def _is_navigation(headers: Mapping[str, str]) -> bool:
    """Whether a person follows a link, in a window of its own."""
    return (
        headers.get("sec-fetch-mode") == "navigate" and headers.get("sec-fetch-dest") == "document"
    )
