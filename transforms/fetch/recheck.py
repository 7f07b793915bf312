"""Pages of young articles that are asked for again: not every correction shows in a feed."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from feedlake.transforms.crawl.crawl_records import Fetched, NotFetched
from feedlake.transforms.fetch.fetched_page import PageOptions
from feedlake.transforms.records.documents import Deferral, Entry

FIRST_INTERVALS = 4
"""Least intervals before the first check: an hour of quarters of an hour. Each further wait is
twice as long, since most corrections come soon."""

LONGEST_S = 86_400.0
"""Longest wait between two checks."""

UNCONDITIONAL_EVERY = 4
"""One check in so many asks for the whole page: some servers answer 304 although it has changed."""

_MAX_VALIDATOR_CHARS = 1_024


def next_recheck(
    checks: int, *, born_at: datetime, now: datetime, options: PageOptions
) -> datetime | None:
    """Returns when to ask for an article's page again; None if it is old enough to be left alone.

    Args:
        checks: How often that was done so far.
        born_at: When the article was published, or its page first fetched.
        now: The time, UTC.
        options: What the operator decides.
    """
    wait_s = FIRST_INTERVALS * options.min_interval_s * 2.0 ** min(checks, 30)
    next_at = now + timedelta(seconds=min(wait_s, LONGEST_S))
    return next_at if (next_at - born_at).total_seconds() <= options.recheck_s else None


def conditions_of(entry: Entry) -> dict[str, str]:
    """Returns the headers that ask for an article's page only if it has changed."""
    if entry.attempts % UNCONDITIONAL_EVERY == UNCONDITIONAL_EVERY - 1:
        return {}
    headers = {"If-None-Match": entry.etag, "If-Modified-Since": entry.last_modified}
    return {name: value for name, value in headers.items() if value is not None}


def after_page(entry: Entry, result: Fetched, *, now: datetime, options: PageOptions) -> Deferral:
    """Returns the row of an entry whose page has just become an article: its first check, or none.

    Args:
        entry: What the feed says.
        result: The page.
        now: The time, UTC.
        options: What the operator decides.
    """
    watched = replace(entry, attempts=0, first_tried_at=now, is_recheck=True, is_deferred=True)
    return _row(_with_validators(watched, result), now=now, options=options)


def after_check(
    entry: Entry, result: Fetched | NotFetched, *, now: datetime, options: PageOptions
) -> Deferral:
    """Returns the row of an article after a check of its page, whatever that came to.

    Args:
        entry: What the feed said.
        result: What came back.
        now: The time, UTC.
        options: What the operator decides.
    """
    checked = replace(entry, attempts=entry.attempts + 1)
    if isinstance(result, Fetched) and result.response.status == 200:
        checked = _with_validators(checked, result)
    return _row(checked, now=now, options=options)


def _row(entry: Entry, *, now: datetime, options: PageOptions) -> Deferral:
    first = entry.first_tried_at or now
    born_at = min(entry.document.published_at or first, first)
    next_at = next_recheck(entry.attempts, born_at=born_at, now=now, options=options)
    return Deferral(
        entry,
        status="recheck" if next_at else "done",
        reason=None,
        detail=None,
        tried_at=now,
        next_try_at=next_at,
    )


def _with_validators(entry: Entry, result: Fetched) -> Entry:
    headers = result.response.headers
    etag, modified = _usable(headers.get("etag")), _usable(headers.get("last-modified"))
    return replace(entry, etag=etag, last_modified=modified)


def _usable(validator: str | None) -> str | None:
    """A validator that can be stored and sent as it is, else None."""
    if not validator or len(validator) > _MAX_VALIDATOR_CHARS or not validator.isprintable():
        return None
    return validator
