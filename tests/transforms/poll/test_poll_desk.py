"""What a desk hands over for an address that has its turn."""

from __future__ import annotations

from typing import Any, cast

from feedlake.transforms.archives.archive_writer import NoArchive
from feedlake.transforms.crawl.crawl_records import Request
from feedlake.transforms.crawl.network_watch import NetworkWatch
from feedlake.transforms.poll.poll_desk import PollDesk
from feedlake.transforms.records.polls import SourceOptions, WebSource


class Pending:
    """Takes requests, and sends none."""

    def __init__(self) -> None:
        self.requests: list[Request] = []

    def submit(self, token: object, request: Request) -> None:
        self.requests.append(request)


def test_request_says_that_it_is_a_poll():
    pending, unused = Pending(), cast(Any, None)
    desk = PollDesk(
        unused,
        pending=cast(Any, pending),
        sandbox=unused,
        archive=NoArchive(),
        watch=NetworkWatch(),
        asked=set(),
    )

    heard = list(desk.ask(WebSource("https://a.example/feed.xml", options=SourceOptions())))

    assert heard == []
    assert [(one.url, one.is_poll) for one in pending.requests] == [
        ("https://a.example/feed.xml", True)
    ]
