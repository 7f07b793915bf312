"""The rule for what becomes of an entry whose page was asked for."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from feedlake.transforms.blocked_pages.find_blocked_page import find_blocked_page
from feedlake.transforms.blocked_pages.page_traits import strip_tags
from feedlake.transforms.crawl.crawl_records import (
    ASKS_TO_WAIT,
    CrawlOptions,
    Fetched,
    NotFetched,
    read_content_type,
    retry_after_s,
)
from feedlake.transforms.crawl.politeness import MAX_CLOSED_S
from feedlake.transforms.normalize.charset import decode_body
from feedlake.transforms.normalize.hosts import host_of
from feedlake.transforms.normalize.text import normalize_line
from feedlake.transforms.read.kinds import HEAD_BYTES, Unknown, detect_kind
from feedlake.transforms.records.documents import Deferral, Document, Entry, FeedText, Rejection

MIN_ATTEMPTS = 10
"""Attempts before a page is given up: story-indexer tries ten times, an hour apart."""

MIN_PATIENCE = timedelta(hours=24)
"""Time from the first attempt before a page is given up, however close the attempts were: most
servers that are down are back within a day."""

_MAX_ATTEMPTS = 100
"""Attempts after which a page is given up whatever the clock says: it may have been set back to
before the first one, and would never show a day to have passed."""

_MAX_WAIT_S = 24 * 3_600.0


def next_try(
    attempts: int, *, first_tried_at: datetime, now: datetime, min_interval_s: float
) -> datetime | None:
    """Returns when to fetch a page again that failed for a reason that may pass, None for never.

    The waits grow evenly: one interval after the first attempt, two after the second, at most a
    day. Doubling them would leave a server that is down for an hour alone for many.

    Args:
        attempts: How often the page was tried so far, this time included.
        first_tried_at: Start of the first attempt.
        now: The present.
        min_interval_s: Wait after the first attempt, above 0.
    """
    is_patient = now - first_tried_at >= MIN_PATIENCE
    if attempts >= _MAX_ATTEMPTS or (attempts >= MIN_ATTEMPTS and is_patient):
        return None
    wait_s = max(attempts, 1) * min_interval_s
    return now + timedelta(seconds=min(wait_s, _MAX_WAIT_S))


MAX_WAIT = timedelta(days=60)
"""How long a page waits at the most, whatever keeps it from being asked for, such as a host that
wants to be left alone again and again."""

_TRANSIENT = (408, 425, 429)
_BLOCKED_PAGE_BYTES = 1 << 18


@dataclass(frozen=True)
class PageOptions:
    """What the operator decides about pages.

    Attributes:
        min_interval_s: Least time between two attempts in scheduled runs.
        min_chars: Shortest text of a feed that can stand for a page that cannot be had.
    """

    min_interval_s: float = 900.0
    min_chars: int = 200


@dataclass(frozen=True)
class FetchOptions:
    """What the operator decides about fetching pages.

    Attributes:
        crawl: About all requests.
        page: About what comes of a page.
        host_pages: Pages of one host in a chunk, at the most.
    """

    crawl: CrawlOptions
    page: PageOptions
    host_pages: int = 100


def judge_page(
    entry: Entry, result: Fetched | NotFetched, *, now: datetime, options: PageOptions
) -> Document | Rejection | Deferral:
    """Returns the page as a document, or what becomes of the entry without it.

    Without its page, an entry that the feed gives in full is a document all the same, and says
    why in `text_note`; one that may be had later waits; any other is rejected.

    Args:
        entry: What the feed says.
        result: What asking for the page came to.
        now: The time, UTC.
        options: What the operator decides.
    """
    if isinstance(result, NotFetched):
        if result.is_transient:
            return _wait(entry, result, now=now, options=options)
        return without_page(entry, result.reason, result.detail, options=options)
    response = result.response
    status = response.status
    url = response.url
    content_type, charset = read_content_type(response.headers.get("content-type"))
    if status >= 500 or status in _TRANSIENT:
        refusal = NotFetched(
            "http_error",
            detail=f"the site answered {status}",
            is_transient=True,
            retry_after_s=retry_after_s(response, now=now),
            host=host_of(url) if status in ASKS_TO_WAIT else None,
        )
        return _wait(entry, refusal, now=now, options=options)
    head = decode_body(response.body[:_BLOCKED_PAGE_BYTES], declared=charset, is_html=True)
    blocked = find_blocked_page(
        status=status,
        headers=response.headers,
        html=head,
        asked_url=entry.document.url or url,
        url=url,
    )
    if blocked is not None:
        return without_page(entry, blocked.reason, blocked.detail, options=options)
    if not 200 <= status < 300:
        return without_page(entry, "http_error", f"the site answered {status}", options=options)
    kind = detect_kind(response.body[:HEAD_BYTES], path="")
    if kind == "html" or (kind == "text" and content_type in _HTML):
        return _page(entry, result, charset=charset)
    if kind == "text" and content_type in ("", "text/plain"):
        return replace(_page(entry, result, charset=charset), is_html=False, text_source="text")
    what = kind.name if isinstance(kind, Unknown) else kind
    if what == "PDF" or content_type == "application/pdf":
        return without_page(entry, "pdf", "a PDF, not a web page", options=options)
    detail = f"not a web page but {content_type or what}"
    return without_page(entry, "content_type", detail, options=options)


_HTML = ("text/html", "application/xhtml+xml")


def without_page(
    entry: Entry, reason: str, detail: str, *, options: PageOptions
) -> Document | Rejection:
    """Returns what an entry is worth whose page is not to be had."""
    document = entry.document
    if document.text_source == "feed" and _count_chars(document) >= options.min_chars:
        return replace(document, text_note=f"{reason}: {detail}")
    return Rejection(
        source=document.source,
        source_kind=document.source_kind,
        source_record=document.source_record,
        url=normalize_line(document.url),
        title=normalize_line(document.title),
        step="fetch",
        reason=reason,
        detail=detail,
    )


def _wait(
    entry: Entry, result: NotFetched, *, now: datetime, options: PageOptions
) -> Document | Rejection | Deferral:
    """The entry for a later run, unless it has waited long enough."""
    attempts = entry.attempts + result.was_tried
    first = entry.first_tried_at or now
    tried = replace(entry, attempts=attempts, first_tried_at=first, is_deferred=True)
    next_at = next_try(
        attempts,
        first_tried_at=first,
        now=now,
        min_interval_s=options.min_interval_s,
    )
    if next_at is None or now - first >= MAX_WAIT:
        detail = f"{result.detail}; tried {attempts} times since {first:%Y-%m-%d %H:%M} UTC"
        return without_page(entry, result.reason, detail, options=options)
    asked_until = asked_by = None
    if result.retry_after_s:
        asked_until = now + timedelta(seconds=min(result.retry_after_s, MAX_CLOSED_S))
        asked_by = result.host
        next_at = max(next_at, asked_until)
    return Deferral(
        tried,
        status="waiting",
        reason=result.reason,
        detail=result.detail,
        tried_at=now,
        next_try_at=next_at,
        asked_until=asked_until,
        asked_by=asked_by,
    )


def _count_chars(document: Document) -> int:
    """Length of the text that a feed gives, without markup."""
    body = document.body
    text = body if isinstance(body, str) else body.decode("utf-8", "replace")
    return len(strip_tags(text) if document.is_html else text.strip())


def _page(entry: Entry, result: Fetched, *, charset: str | None) -> Document:
    document = entry.document
    given = None
    if document.body and isinstance(document.body, str):
        given = FeedText(document.body, document.is_html, document.text_source)
    return replace(
        document,
        body=result.response.body,
        is_html=True,
        text_source="page",
        charset=charset,
        url=result.response.url,
        fetched_at=result.fetched_at,
        feed_text=given,
    )
