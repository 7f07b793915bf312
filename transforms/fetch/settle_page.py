"""What becomes of an entry whose page was asked for, as a publication and the archive take it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from feedlake.transforms.crawl.crawl_records import Deadline, Fetched, NotFetched, Request
from feedlake.transforms.crawl.host_shards import Shard
from feedlake.transforms.crawl.politeness import HostTimes
from feedlake.transforms.crawl.source_requests import PAGE_TYPES, own_headers
from feedlake.transforms.fetch.fetched_page import PageOptions, judge_page
from feedlake.transforms.fetch.recheck import after_check, after_page, conditions_of
from feedlake.transforms.normalize.hosts import origin_of
from feedlake.transforms.normalize.urls import canonicalize_url
from feedlake.transforms.records.documents import BACKLOG, Deferral, Document, Entry, Rejection
from feedlake.transforms.records.outcome import Outcome, Reply
from feedlake.transforms.records.polls import SourceOptions
from feedlake.transforms.records.ready import Settled


def page_of(entry: Entry) -> str:
    """Returns what entries share that lead to one page: its address, without what trackers read."""
    url = entry.document.url or ""
    return canonicalize_url(url) or url


def page_request(
    wanted: list[Entry],
    *,
    host_times: HostTimes | None = None,
    deadline: Deadline | None = None,
    shard: Shard | None = None,
) -> Request:
    """Returns how a page is asked for.

    Args:
        wanted: Entries that lead to it, at least one.
        host_times: Since when each host is asked; None: a host may take all the time.
        deadline: When to ask for nothing more; None: never.
        shard: The hosts that may be asked; None: all.

    Raises:
        MissingSecretError: An environment variable that the source's options name is not set.
    """
    entry = wanted[0]
    options, url = entry.options, entry.document.url or ""
    is_own_site = origin_of(url) == origin_of(entry.document.source)
    return Request(
        url,
        headers={
            **own_headers(options if is_own_site else SourceOptions(), accept=PAGE_TYPES),
            **(conditions_of(entry) if all(one.is_recheck for one in wanted) else {}),
        },
        delay_s=options.delay_s if is_own_site else None,
        obeys_robots=options.obeys_robots or not is_own_site,
        failures=max(0 if one.is_recheck else one.attempts for one in wanted),
        host_times=host_times,
        deadline=deadline,
        shard=shard,
    )


def oldest_first(entry: Entry) -> tuple[object, ...]:
    """Returns a key by which entries have their turn: those that have waited, then the newest.

    What a feed drops soon comes first. Articles whose pages are asked for again come last.
    """
    published = entry.document.published_at
    age = -published.timestamp() if published else 0.0
    return (
        entry.is_recheck,
        not entry.is_deferred,
        age,
        entry.document.source,
        entry.document.url or "",
    )


def settle_page(
    entry: Entry, result: Fetched | NotFetched, *, now: datetime, options: PageOptions
) -> Settled:
    """Returns what becomes of an entry, given what asking for its page came to.

    Args:
        entry: The entry.
        result: What came back.
        now: The time, UTC.
        options: What the operator decides.
    """
    if entry.is_recheck:
        return _settle_again(entry, result, now=now, options=options)
    read = judge_page(entry, result, now=now, options=options)
    if isinstance(read, Deferral):
        return Settled(entry, deferral=read)
    again: Deferral | None = None
    if options.recheck_s and isinstance(result, Fetched) and is_page(read):
        ended = after_page(entry, result, now=now, options=options)
        again = ended if ended.status == "recheck" else None
    if isinstance(read, Rejection):
        return Settled(entry, rejection=read, deferral=again)
    return Settled(entry, document=read, deferral=again)


def put_off(entry: Entry, reason: str, detail: str, *, now: datetime) -> Settled:
    """Returns that no attempt was made at a page: the next chunk or run makes one.

    Args:
        entry: The entry.
        reason: Why, as a stable word.
        detail: The same as a sentence.
        now: The time, UTC.
    """
    if entry.is_recheck:
        return Settled(entry, known="known_by_entry")  # It stays due, as it is.
    waiting = replace(entry, is_deferred=True)
    return Settled(
        entry,
        deferral=Deferral(
            waiting,
            status="waiting",
            reason=reason,
            detail=detail,
            tried_at=now,
            next_try_at=now,
        ),
    )


def ended(entry: Entry, *, now: datetime, reason: str | None = None) -> Deferral:
    """Returns the row of an entry that waits no more.

    Args:
        entry: The entry.
        now: The time, UTC.
        reason: Why, as a stable word; None: its page was read.
    """
    return Deferral(
        entry, status="done", reason=reason, detail=None, tried_at=now, next_try_at=None
    )


def settle_all(
    entries: Iterable[Entry],
    result: Fetched | NotFetched,
    *,
    now: datetime,
    options: PageOptions,
) -> list[Settled]:
    """Returns what becomes of all entries that lead to one page: see `settle_page`."""
    if isinstance(result, NotFetched) and result.reason == BACKLOG:
        return [put_off(entry, BACKLOG, result.detail, now=now) for entry in entries]
    return [settle_page(entry, result, now=now, options=options) for entry in entries]


def outcome_of(
    settled: Settled,
    result: Fetched | NotFetched,
    *,
    read_at: datetime,
    now: datetime,
    options: PageOptions,
) -> Outcome | None:
    """Returns what the archive keeps of an entry; None if its page gave nothing to read.

    Args:
        settled: What became of it.
        result: What came back.
        read_at: Start of the run, UTC.
        now: When it was settled, UTC.
        options: What the operator decides.
    """
    read = settled.document or settled.rejection
    if not isinstance(read, Document | Rejection):
        return None
    reply = refusal = None
    if isinstance(result, Fetched):
        reply = Reply(
            result.response.url,
            status=result.response.status,
            headers=result.response.headers,
            body=result.response.body,
            fetched_at=result.fetched_at,
        )
    else:
        refusal = (result.reason, result.detail, result.is_transient, result.was_tried)
    own = read.fetched_at if isinstance(read, Document) else None
    return Outcome(
        read_at,
        judged_at=now,
        url=read.url or "",
        fetched_at=own or now,
        entry=settled.entry,
        min_chars=options.min_chars,
        reply=reply,
        not_fetched=refusal,
    )


def is_page(read: object) -> bool:
    """Returns whether it is the page itself, not what the feed gives in its place."""
    return isinstance(read, Document) and read.text_source in ("page", "text")


def _settle_again(
    entry: Entry, result: Fetched | NotFetched, *, now: datetime, options: PageOptions
) -> Settled:
    """An article's page if it may have changed; the article stays whatever came."""
    row: Deferral | None = None
    if not (isinstance(result, NotFetched) and not result.was_tried):
        row = after_check(entry, result, now=now, options=options)
    read = None
    if isinstance(result, Fetched) and 200 <= result.response.status < 300:
        read = judge_page(entry, result, now=now, options=options)
    if isinstance(read, Document) and is_page(read):
        # The feed said no such thing now.
        return Settled(entry, document=replace(read, entry_mark=None), deferral=row)
    name = "known_by_text" if isinstance(result, Fetched) else "known_by_entry"
    return Settled(entry, known=name, deferral=row)
