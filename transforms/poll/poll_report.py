"""The row of a poll, and with it what the next poll has to know."""

from __future__ import annotations

import hashlib
from dataclasses import KW_ONLY, dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from feedlake.transforms.crawl.crawl_records import Fetched, NotFetched
from feedlake.transforms.crawl.http_client import Response
from feedlake.transforms.crawl.network_watch import NO_NETWORK
from feedlake.transforms.feeds.entry_fingerprints import fingerprints_to_keep
from feedlake.transforms.normalize.urls import resolve_url
from feedlake.transforms.poll.interpret import Interpretation
from feedlake.transforms.poll.poll_interval import PollIntervals
from feedlake.transforms.poll.polling import after
from feedlake.transforms.records.documents import SourceReport
from feedlake.transforms.records.polls import Answer, Poll, PollState, SourceOptions, WebSource

SITE_INTERVAL = timedelta(days=7)
"""How long the feeds that a site names are taken to be its feeds."""


@dataclass(frozen=True)
class Exchange:
    """A request and what came of it.

    Attributes:
        source: What was polled.
        result: What came back.
        options: When to poll again, for sources that have no interval of their own.
        now: The time, UTC.
    """

    source: WebSource
    _: KW_ONLY
    result: Fetched | NotFetched
    options: PollIntervals
    now: datetime

    @property
    def response(self) -> Response | None:
        """Returns the answer, if there was one."""
        return self.result.response if isinstance(self.result, Fetched) else None


def make_report(
    exchange: Exchange, answer: Answer, found: Interpretation | None, *, detail: str | None
) -> SourceReport:
    """Returns the row of a poll, as yet without a count of documents.

    Args:
        exchange: The poll.
        answer: What came back.
        found: What its body holds; None if it was not read, or is not what it should be.
        detail: A sentence on what went wrong, or was left out.
    """
    source, result, response = exchange.source, exchange.result, exchange.response
    kind = found.kind if found else source.last_kind or source.kind
    return SourceReport(
        source=source.url,
        source_kind=kind,  # type: ignore[arg-type]
        status=_status(answer, found),
        size_bytes=response.wire_bytes if response is not None else 0,
        modified_at=None,
        checksum=None,
        next_record=None,
        documents=0,
        skipped=(),
        detail=detail,
        duration_ms=round(result.duration_s * 1000) if isinstance(result, Fetched) else 0,
        poll=_poll(exchange, answer, found, state=_next_state(exchange, answer, kind=kind)),
    )


def without_credentials(url: str | None) -> str | None:
    """Returns the address without user and password."""
    return resolve_url(url, None) if url is not None and "@" in url else url


def _next_state(exchange: Exchange, answer: Answer, *, kind: str | None) -> PollState:
    """Returns what is remembered for the next poll of a source of this kind."""
    source, result, now = exchange.source, exchange.result, exchange.now
    state = after(
        source.state,
        answer,
        address=source.url,
        now=now,
        options=_own_intervals(exchange.options, source.options),
        chance=_chance(source),
    )
    if isinstance(result, NotFetched) and result.reason == "no_time":
        # No server asked for a wait: the next run goes on where this one was told to end.
        return replace(state, next_due=source.state.next_due if source.state else None)
    if isinstance(result, NotFetched) and result.reason == NO_NETWORK:
        return replace(state, next_due=now)
    if kind == "site" and state.failures == 0 and answer.kind != "waiting":
        return replace(state, next_due=now + SITE_INTERVAL)
    return state


def _own_intervals(options: PollIntervals, own: SourceOptions) -> PollIntervals:
    """Returns the intervals of a source, those of its own before the general ones."""
    least_s = own.interval_s if own.interval_s is not None else options.min_interval_s
    most_s = own.max_interval_s
    if most_s is None:
        most_s = max(options.max_interval_s, least_s)
    else:
        least_s = min(least_s, most_s)
    return replace(
        options,
        min_interval_s=least_s,
        max_interval_s=most_s,
        max_backoff_s=max(options.max_backoff_s, least_s),
    )


def _poll(
    exchange: Exchange, answer: Answer, found: Interpretation | None, *, state: PollState
) -> Poll:
    """Returns the columns that only rows of polled addresses have."""
    source, response = exchange.source, exchange.response
    asked = source.state.address if source.state else source.url
    url = response.url if response is not None else None
    fingerprints = None
    if found is not None and found.kind in ("feed", "sitemap"):
        fingerprints = fingerprints_to_keep(found.fingerprints, source.entry_fingerprints)
    return Poll(
        state,
        http_status=answer.http_status,
        was_conditional=answer.was_conditional,
        entries=answer.entries,
        new_entries=answer.new_entries,
        missed_entries=answer.missed_entries,
        left_out=found.left_out if found else 0,
        error=answer.error or (found.error if found else None),
        redirect=without_credentials(url) if url != asked else None,
        title=found.title if found else None,
        entry_fingerprints=fingerprints,
        children=found.children if found is not None else None,
    )


def _status(
    answer: Answer, found: Interpretation | None
) -> Literal["read", "partial", "failed", "unchanged", "waiting"]:
    if answer.kind in ("same", "not_modified"):
        return "unchanged"
    if answer.kind == "waiting":
        return "waiting"
    if found is None:
        return "failed"
    return "partial" if found.error else "read"


def _chance(source: WebSource) -> float:
    """From 0 to below 1: the same for a source at each poll, so that jitter spreads the sources."""
    digest = hashlib.blake2b(source.url.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest) / 2**64
