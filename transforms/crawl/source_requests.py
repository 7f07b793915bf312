"""What is sent with requests to a source, and the rows that tell of robots.txt files."""

from __future__ import annotations

import base64
import os

from feedlake.transforms.crawl.crawl_records import RobotsText
from feedlake.transforms.normalize.charset import decode_body
from feedlake.transforms.records.documents import SourceReport
from feedlake.transforms.records.polls import Poll, PollState, SourceOptions

FEED_TYPES = (
    "application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml;q=0.9, "
    "application/xml;q=0.9, text/xml;q=0.9, text/html;q=0.7, application/json;q=0.6, */*;q=0.5"
)
"""The Accept header of polls."""

PAGE_TYPES = "text/html, application/xhtml+xml;q=0.9, */*;q=0.5"
"""The Accept header of pages."""


class MissingSecretError(Exception):
    """An environment variable that a source's options name is not set, or cannot be sent."""


def own_headers(
    options: SourceOptions, *, accept: str, credentials: str | None = None
) -> dict[str, str]:
    """Returns the headers of a request to a source's own site.

    Args:
        options: Of the source; the environment is read where they name a variable.
        accept: The Accept header.
        credentials: `user:password`, if its address held them.

    Raises:
        MissingSecretError: A variable is not set, or holds what no header may.
    """
    headers = {"Accept": accept, **dict(options.headers)}
    if options.auth_env:
        credentials = _secret(options.auth_env)
    if credentials:
        token = base64.b64encode(credentials.encode("utf-8", "surrogateescape")).decode()
        headers["Authorization"] = f"Basic {token}"
    if options.cookies_env:
        headers["Cookie"] = _secret(options.cookies_env)
    return headers


def robots_report(robots: RobotsText) -> SourceReport:
    """Returns the row of `sources` that tells of a robots.txt file, and keeps it."""
    is_answer = robots.is_fresh(robots.fetched_at)
    return SourceReport(
        source=robots.url,
        source_kind="robots",
        status="read" if is_answer else "failed",
        size_bytes=len(robots.body),
        modified_at=None,
        checksum=None,
        next_record=None,
        documents=0,
        skipped=(),
        detail=None if is_answer else f"the site answered {robots.status}",
        duration_ms=robots.duration_ms,
        poll=Poll(
            PollState(robots.url, polled_at=robots.fetched_at),
            http_status=robots.status,
            error=None if is_answer else "http_error",
            robots_txt=decode_body(robots.body),
        ),
    )


def _secret(name: str) -> str:
    value = os.environ.get(name, "").strip()
    if not value:
        raise MissingSecretError(f"the environment variable {name} is not set")
    if not value.isprintable():
        raise MissingSecretError(f"the environment variable {name} holds control characters")
    return value
