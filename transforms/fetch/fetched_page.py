"""The rule for what becomes of an entry whose page was asked for."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import inf

from feedlake.transforms.archives.archive_writer import ArchiveOptions
from feedlake.transforms.blocked_pages.find_blocked_page import find_blocked_page
from feedlake.transforms.blocked_pages.page_traits import strip_tags
from feedlake.transforms.crawl.crawl_records import (
    ASKS_TO_WAIT,
    CrawlOptions,
    Fetched,
    NotFetched,
    clean_url,
    describe_status,
    read_content_type,
    shown_url,
    wanted_rest_s,
)
from feedlake.transforms.crawl.politeness import MAX_CLOSED_S
from feedlake.transforms.normalize.charset import decode_body
from feedlake.transforms.normalize.hosts import host_of
from feedlake.transforms.normalize.urls import canonicalize_url
from feedlake.transforms.read.kinds import HEAD_BYTES, Unknown, detect_kind
from feedlake.transforms.records.documents import Deferral, Document, Entry, FeedText, Rejection
from feedlake.transforms.records.reject_document import reject_document
from feedlake.transforms.rights.http_rights import rights_of_headers
from feedlake.transforms.rights.statements import join_statements

MIN_ATTEMPTS = 10
"""Attempts before a page is given up: story-indexer tries ten times, an hour apart."""

MIN_PATIENCE = timedelta(hours=24)
"""Time from the first attempt before a page is given up, however close the attempts were: most
servers that are down are back within a day."""

_MAX_ATTEMPTS = 100
"""Attempts after which a page is given up whatever the clock says: it may have been set back to
before the first one, and would never show a day to have passed."""

_MAX_WAIT_S = 24 * 3_600.0

YOUNG = timedelta(days=1)
"""Age up to which an entry may be ahead of its page: feeds name pages that are not public yet, or
not on all of a site's servers, and filters let in later whom they kept out."""

REFUSED_ATTEMPTS = 5
"""Attempts at the page of a young entry that the site refuses or does not have."""

_REFUSED_INTERVALS = 10
"""Least intervals between the first and the last of them: after each attempt the wait is one
interval longer, which makes two and a half hours of quarters of an hour."""


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


def next_try_if_refused(
    attempts: int,
    *,
    first_tried_at: datetime,
    published_at: datetime | None,
    now: datetime,
    min_interval_s: float,
) -> datetime | None:
    """Returns when to ask again for a page that the site refuses or does not have, None for never.

    Args:
        attempts: How often the page was tried so far, this time included.
        first_tried_at: Start of the first attempt.
        published_at: What the feed says; None if nothing.
        now: The present.
        min_interval_s: Wait after the first attempt, above 0.
    """
    born_at = min(published_at or first_tried_at, first_tried_at)
    wait_s = max(attempts, 1) * min_interval_s
    is_patient = (now - first_tried_at).total_seconds() >= _REFUSED_INTERVALS * min_interval_s
    if now - born_at >= YOUNG or (attempts >= REFUSED_ATTEMPTS and is_patient):
        return None
    return now + timedelta(seconds=min(wait_s, _MAX_WAIT_S))


MAX_WAIT = timedelta(days=60)
"""How long a page waits at the most, whatever keeps it from being asked for, such as a host that
wants to be left alone again and again."""

_TRANSIENT = (408, 425, 429)
_REFUSED = (401, 403, 404, 410)
_BLOCKED_PAGE_BYTES = 1 << 18


@dataclass(frozen=True)
class PageOptions:
    """What the operator decides about pages.

    Attributes:
        min_interval_s: Least time between two attempts in scheduled runs.
        min_chars: Shortest text of a feed that can stand for a page that cannot be had.
        recheck_s: Age up to which an article's page is asked for again; 0: never.
    """

    min_interval_s: float = 900.0
    min_chars: int = 200
    recheck_s: float = 0.0


@dataclass(frozen=True)
class FetchOptions:
    """What the operator decides about fetching pages.

    Attributes:
        crawl: About all requests.
        page: About what comes of a page.
        host_pages: Pages of one host in a chunk, at the most.
        run: Name of the run, whose time for each host all its chunks share.
        within_s: How long a chunk may ask for pages before it publishes what it has.
        archive: Where what is asked and answered is kept; None: nowhere.
    """

    crawl: CrawlOptions
    page: PageOptions
    host_pages: int = 100
    run: str = ""
    within_s: float = inf
    archive: ArchiveOptions | None = None


def judge_page(
    entry: Entry, result: Fetched | NotFetched, *, now: datetime, options: PageOptions
) -> Document | Rejection | Deferral:
    """Returns the page as a document, or what becomes of the entry without it.

    Without its page, an entry that the feed gives in full is a document all the same, and says
    why in `text_note`; one that may be had later waits; any other is rejected. If the site refuses
    the page or does not have it, an entry in full does not wait, and a young one does.

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
            detail=_answered(entry, result),
            is_transient=True,
            retry_after_s=wanted_rest_s(response, failures=entry.attempts, now=now),
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
    if blocked is not None or not 200 <= status < 300:
        reason = blocked.reason if blocked else "http_error"
        detail = blocked.detail if blocked else _answered(entry, result)
        if status in _REFUSED or reason == "challenge":
            refusal = NotFetched(reason, detail=detail, is_transient=True)
            return _wait_if_young(entry, refusal, now=now, options=options)
        return without_page(entry, reason, detail, options=options)
    kind = detect_kind(response.body[:HEAD_BYTES], path="")
    if kind == "html" or (kind == "text" and content_type in _HTML):
        return _page(entry, result, charset=charset)
    if kind == "text" and content_type in ("", "text/plain"):
        return replace(_page(entry, result, charset=charset), is_html=False, text_source="text")
    what = kind.name if isinstance(kind, Unknown) else _NAMES.get(kind, kind)
    is_pdf = what == "PDF" or content_type == "application/pdf"
    detail = f"not a web page: {what}, served as {content_type or 'nothing in particular'}"
    detail += _place(entry, result)
    return without_page(entry, "pdf" if is_pdf else "content_type", detail, options=options)


_HTML = ("text/html", "application/xhtml+xml")
_NAMES = {
    "jsonl": "JSON",
    "parquet": "Parquet",
    "warc": "WARC",
    "arc": "ARC",
    "zip": "ZIP archive",
    "tar": "tar archive",
}


def without_page(
    entry: Entry, reason: str, detail: str, *, options: PageOptions
) -> Document | Rejection:
    """Returns what an entry is worth whose page is not to be had."""
    document = entry.document
    if _is_in_full(document, options):
        return replace(document, text_note=f"{reason}: {detail}")
    return reject_document(document, step="fetch", reason=reason, detail=detail)


def _wait(
    entry: Entry, result: NotFetched, *, now: datetime, options: PageOptions
) -> Document | Rejection | Deferral:
    """The entry for a later run, unless it has waited long enough."""
    tried = _count(entry, result, now=now)
    first = tried.first_tried_at or now
    next_at = next_try(
        tried.attempts,
        first_tried_at=first,
        now=now,
        min_interval_s=options.min_interval_s,
    )
    if next_at is None or now - first >= MAX_WAIT:
        return _give_up(tried, result, now=now, options=options)
    return _defer(tried, result, next_at=next_at, now=now)


def _wait_if_young(
    entry: Entry, refusal: NotFetched, *, now: datetime, options: PageOptions
) -> Document | Rejection | Deferral:
    """The entry for a later run if its page may still come, unless the feed gives it in full."""
    tried = _count(entry, refusal, now=now)
    next_at = next_try_if_refused(
        tried.attempts,
        first_tried_at=tried.first_tried_at or now,
        published_at=entry.document.published_at,
        now=now,
        min_interval_s=options.min_interval_s,
    )
    if next_at is None or _is_in_full(entry.document, options):
        return _give_up(tried, refusal, now=now, options=options)
    return _defer(tried, refusal, next_at=next_at, now=now)


def _count(entry: Entry, result: NotFetched, *, now: datetime) -> Entry:
    """The entry as one that waits, after one more attempt if it was one."""
    return replace(
        entry,
        attempts=entry.attempts + result.was_tried,
        first_tried_at=entry.first_tried_at or now,
        is_deferred=True,
    )


def _give_up(
    tried: Entry, result: NotFetched, *, now: datetime, options: PageOptions
) -> Document | Rejection:
    """What the entry is worth without its page; and how long that was tried."""
    detail, first = result.detail, tried.first_tried_at or now
    if first < now:
        detail = f"{detail}; tried {tried.attempts} times since {first:%Y-%m-%d %H:%M} UTC"
    return without_page(tried, result.reason, detail, options=options)


def _defer(tried: Entry, result: NotFetched, *, next_at: datetime, now: datetime) -> Deferral:
    """The entry for a later run, and which host it is kept waiting by."""
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


def _is_in_full(document: Document, options: PageOptions) -> bool:
    """Whether the feed's own text can stand for the page."""
    if document.text_source != "feed":
        return False
    body = document.body
    text = body if isinstance(body, str) else body.decode("utf-8", "replace")
    plain = strip_tags(text) if document.is_html else text.strip()
    return len(plain) >= options.min_chars


def _answered(entry: Entry, result: Fetched) -> str:
    """What the site answered, and where if that is not the address that was asked for."""
    return describe_status(result.response) + _place(entry, result)


def _place(entry: Entry, result: Fetched) -> str:
    """Where the answer came from, after redirects; empty if from the entry's own address."""
    asked, url = clean_url(entry.document.url or ""), result.response.url
    if (canonicalize_url(asked) or asked) == (canonicalize_url(url) or url):
        return ""
    return f" at {shown_url(url)}, to which it redirects"


def _page(entry: Entry, result: Fetched, *, charset: str | None) -> Document:
    document, response = entry.document, result.response
    rights = rights_of_headers(response.headers, origin="page_header", url=response.url)
    given = None
    if document.body and isinstance(document.body, str):
        given = FeedText(document.body, document.is_html, document.text_source)
    return replace(
        document,
        body=response.body,
        is_html=True,
        text_source="page",
        charset=charset,
        url=response.url,
        fetched_at=result.fetched_at,
        feed_text=given,
        rights=join_statements(rights, document.rights),
    )
