"""Sends requests of one HTTP client to the internet of a test."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from ipaddress import ip_network
from typing import Any

from internet import Internet

from feedlake.transforms.crawl.http_client import HttpClient, HttpFailure, HttpOptions, Response

LOOPBACK = (ip_network("127.0.0.0/8"), ip_network("::1"))


def options(**changes: Any) -> HttpOptions:
    return HttpOptions(**{"user_agent": "feedlake/0 test", "allow_networks": LOOPBACK, **changes})


def send_all(
    internet: Internet,
    *urls: str,
    headers: dict[str, str] | None = None,
    resolve: Callable[[str], Sequence[str]] | None = None,
    **changes: Any,
) -> list[Response | HttpFailure]:
    """Sends requests one after another through one client."""

    async def work() -> list[Response | HttpFailure]:
        async with HttpClient(options(**changes), resolve=resolve or internet.resolve) as client:
            return [await client.send(url, headers=headers) for url in urls]

    return asyncio.run(work())


def send(internet: Internet, url: str, **changes: Any) -> Response | HttpFailure:
    return send_all(internet, url, **changes)[0]


def send_well(internet: Internet, url: str, **changes: Any) -> Response:
    answer = send(internet, url, **changes)
    assert isinstance(answer, Response), answer
    return answer


def fail(internet: Internet, url: str, **changes: Any) -> tuple[str, bool]:
    answer = send(internet, url, **changes)
    assert isinstance(answer, HttpFailure), answer
    assert "secret" not in answer.detail
    assert answer.detail
    return answer.reason, answer.is_transient
