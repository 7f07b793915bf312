"""The rule for what a poll comes to: its row, its news, and the state for the next one."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field, replace
from datetime import datetime
from math import inf
from urllib.parse import urljoin

from feedlake.transforms.archives.archive_writer import ArchiveOptions
from feedlake.transforms.blocked_pages.find_blocked_page import find_blocked_page
from feedlake.transforms.crawl.crawl_records import (
    CrawlOptions,
    Fetched,
    NotFetched,
    describe_status,
)
from feedlake.transforms.crawl.network_watch import NO_NETWORK
from feedlake.transforms.crawl.politeness import parse_retry_after
from feedlake.transforms.feeds.entry_fingerprints import News, find_news, mark_of, with_options
from feedlake.transforms.normalize.charset import decode_body
from feedlake.transforms.poll.autodiscovery import WELL_KNOWN_PATHS, is_called_feed
from feedlake.transforms.poll.interpret import BLOCKED_PAGE_CHARS, Interpretation, InterpretOptions
from feedlake.transforms.poll.overflow import count_missed, newest_date
from feedlake.transforms.poll.poll_interval import PollIntervals
from feedlake.transforms.poll.poll_report import Exchange, make_report, without_credentials
from feedlake.transforms.poll.polling import classify_status
from feedlake.transforms.poll.wrong_clocks import came_true, first_ahead
from feedlake.transforms.process.sandbox import Limits
from feedlake.transforms.records.documents import Document, Entry, Rejection, SourceReport
from feedlake.transforms.records.polls import Answer, Child, PollHints, SourceOptions, WebSource

MAX_DEPTH = 3
"""How far from an address that was given others may lie that it leads to: lists may include each
other, and a server may invent a further one each time."""

_NOT_ASKED = ("host_closed", "no_time", NO_NETWORK)
_REFUSALS = ("failed", "gone", "waiting")


@dataclass(frozen=True)
class PollOptions:
    """What the operator decides about polling.

    Attributes:
        crawl: About all requests.
        intervals: When to poll again.
        fetches_pages: Whether the pages of entries are fetched.
        interpret: What bounds one source.
        limits: What reading one body may use.
        chunk_documents: Entries that one bundle reads at the most; the others wait for the next.
        given: Addresses that are polled anyway, so that no list leads to them once more.
        own: Options of single sources, by address.
        run: Name of the run, whose time for each host all its chunks share.
        within_s: How long a chunk may begin polls; the run's next chunk begins the others.
        archive: Where what is asked and answered is kept; None: nowhere.
    """

    crawl: CrawlOptions
    _: KW_ONLY
    intervals: PollIntervals
    fetches_pages: bool
    interpret: InterpretOptions
    limits: Limits
    chunk_documents: int
    given: frozenset[str]
    own: Mapping[str, SourceOptions] = field(default_factory=dict)
    run: str = ""
    within_s: float = inf
    archive: ArchiveOptions | None = None


@dataclass(frozen=True)
class Polled:
    """What a poll came to.

    Attributes:
        report: Its row.
        documents: Pages, and entries whose pages are not asked for.
        entries: Entries whose pages may be fetched.
        rejected: Entries that hold nothing.
        known: Entries that were there before as they are.
        children: Where it leads to.
        guesses: Of a site that names no feed: where one may be.
        if_found: Of such a site: its row if one of them is a feed.
    """

    report: SourceReport
    _: KW_ONLY
    documents: tuple[Document, ...] = ()
    entries: tuple[Entry, ...] = ()
    rejected: tuple[Rejection, ...] = ()
    known: int = 0
    children: tuple[Child, ...] = ()
    guesses: tuple[str, ...] = ()
    if_found: SourceReport | None = None


@dataclass
class _SortedEntries:
    """Entries by what becomes of them.

    Attributes:
        documents: Those that are articles as they are.
        entries: Those whose pages may be fetched.
        rejected: Those that hold nothing.
        not_fetched: How many hold nothing but a link that is not to be followed.
    """

    documents: list[Document] = field(default_factory=list)
    _: KW_ONLY
    entries: list[Entry] = field(default_factory=list)
    rejected: list[Rejection] = field(default_factory=list)
    not_fetched: int = 0


def read_answer(
    source: WebSource, result: Fetched | NotFetched, *, was_conditional: bool, now: datetime
) -> Answer:
    """Returns what came back, before its body is read.

    Args:
        source: What was polled.
        result: What came back.
        was_conditional: Whether the request named a version that is known.
        now: The time, UTC: what a date in `Retry-After` counts from.
    """
    if isinstance(result, NotFetched):
        return Answer(
            "waiting" if result.reason in _NOT_ASKED else "failed",
            retry_after_s=result.retry_after_s,
            was_conditional=was_conditional,
            error=result.reason,
        )
    response, headers = result.response, result.response.headers
    body_sha256 = hashlib.sha256(response.body).digest()
    kind = classify_status(
        response.status,
        has_retry_after="retry-after" in headers,
        body_sha256=body_sha256,
        state=source.state,
    )
    if kind == "not_modified" and not was_conditional:
        kind = "failed"  # Nothing was compared, and there is no body to read.
    return Answer(
        kind,
        http_status=response.status,
        etag=headers.get("etag"),
        last_modified=headers.get("last-modified"),
        body_sha256=body_sha256 if response.body else None,
        cache_control=headers.get("cache-control"),
        expires=headers.get("expires"),
        date=headers.get("date"),
        retry_after_s=parse_retry_after(headers.get("retry-after"), now=now),
        permanent_target=without_credentials(result.permanent_url),
        was_conditional=was_conditional,
        error="http_error" if kind in _REFUSALS else None,
    )


def judge_answer(
    source: WebSource,
    answer: Answer,
    result: Fetched | NotFetched,
    found: Interpretation | None,
    *,
    intervals: PollIntervals,
    fetches_pages: bool,
    now: datetime,
) -> Polled:
    """Returns what a poll comes to.

    Args:
        source: What was polled.
        answer: What came back.
        result: The same, with its body.
        found: What the body holds; None if it was not read.
        intervals: When to poll again.
        fetches_pages: Whether the pages of entries are fetched.
        now: The time, UTC.
    """
    exchange = Exchange(source, result=result, options=intervals, now=now)
    if found is None:
        return _judge_unread(exchange, answer)
    if (wrong := _what_is_wrong(source, found)) is not None:
        error, detail = wrong
        return _judge_failed(exchange, answer, error=error, detail=detail)
    if found.is_bare_site:
        return _judge_bare_site(exchange, answer, found)
    found = _without_far_children(source, found)
    if found.kind in ("feed", "sitemap"):
        fetches = fetches_pages and source.options.fetches_pages
        return _judge_entries(exchange, answer, found, fetches_pages=fetches)
    return _judge_page_or_list(exchange, answer, found)


def _judge_unread(exchange: Exchange, answer: Answer) -> Polled:
    """Judges an answer without a body, or with one that is refused or known already."""
    error, detail = _refusal(exchange.result, answer)
    return Polled(make_report(exchange, replace(answer, error=error), None, detail=detail))


def _judge_failed(exchange: Exchange, answer: Answer, *, error: str, detail: str) -> Polled:
    """Judges a body that is not what it should be."""
    answer = replace(answer, kind="failed", error=error)
    return Polled(make_report(exchange, answer, None, detail=detail))


def _judge_bare_site(exchange: Exchange, answer: Answer, found: Interpretation) -> Polled:
    """Judges the front page of a site that names no feed.

    It leads to the feeds that an earlier poll has found there. If none did, the site counts as
    failed unless a feed is found at one of the usual places.
    """
    known = exchange.source.feeds
    is_site = make_report(exchange, answer, replace(found, children=known), detail=None)
    if known:
        return Polled(is_site, children=known)
    detail = "the site names no feed, and there is none in the usual places"
    failed = _judge_failed(exchange, answer, error="no_feed_found", detail=detail)
    base_url = exchange.response.url if exchange.response else exchange.source.url
    return Polled(
        replace(failed.report, source_kind="site"),
        guesses=tuple(urljoin(base_url, path) for path in WELL_KNOWN_PATHS),
        if_found=is_site,
    )


def _judge_entries(
    exchange: Exchange, answer: Answer, found: Interpretation, *, fetches_pages: bool
) -> Polled:
    """Judges a feed or a sitemap: of its entries those count that are new or have changed."""
    news = find_news(found.fingerprints, exchange.source.entry_fingerprints)
    again = tuple(
        number
        for number in news.same
        if came_true(found.entries[number], state=exchange.source.state, now=exchange.now)
    )
    numbers, changed = (*news.new, *news.changed, *again), frozenset((*news.changed, *again))
    held = _SortedEntries()
    for number in numbers:
        entry = _read_entry(found.entries[number], exchange.source, fetched_at=exchange.now)
        if not isinstance(entry, Rejection):
            entry = replace(entry, entry_mark=mark_of(found.fingerprints[number]))
        if isinstance(entry, Rejection):
            held.rejected.append(entry)
        elif fetches_pages and entry.url and not entry.has_shared_url and not entry.is_media_url:
            held.entries.append(
                Entry(
                    entry,
                    options=exchange.source.options,
                    is_changed=number in changed,
                    restless_mark=news.restless.get(number),
                )
            )
        elif entry.body:
            held.documents.append(entry)
        elif found.kind == "feed":
            held.rejected.append(_without_text(entry))
        else:
            held.not_fetched += 1
    answer = replace(
        answer,
        hints=_hints(found),
        entries=len(found.entries),
        new_entries=len(numbers) - len(again),
        missed_entries=_missed_entries(exchange.source, found, news),
        newest_entry_at=newest_date(_dates(found), now=exchange.now),
        ahead_from=first_ahead(_dates(found), now=exchange.now),
    )
    return _polled(exchange, answer, found, held, known=len(news.same) - len(again))


def _missed_entries(source: WebSource, found: Interpretation, news: News) -> int:
    """Returns how many entries a feed has dropped unseen since the last poll, at least."""
    if found.kind != "feed" or source.state is None or not source.entry_fingerprints:
        return 0
    if news.same or news.changed or source.state.succeeded_at is None:
        return 0
    return count_missed(
        _dates(found), entries=len(news.new), newest_before=source.state.newest_entry_at
    )


def _dates(found: Interpretation) -> list[datetime]:
    entries = (entry for entry in found.entries if isinstance(entry, Document))
    return [entry.published_at for entry in entries if entry.published_at is not None]


def _judge_page_or_list(exchange: Exchange, answer: Answer, found: Interpretation) -> Polled:
    """Judges a page, or what holds addresses only: a list of feeds, a site that names its feeds."""
    held = _SortedEntries()
    for item in found.entries:
        entry = _read_entry(item, exchange.source, fetched_at=exchange.now)
        if isinstance(entry, Rejection):
            held.rejected.append(entry)
        else:
            held.documents.append(entry)
    answer = replace(answer, entries=len(found.entries))
    return _polled(exchange, answer, found, held, known=0)


def _polled(
    exchange: Exchange, answer: Answer, found: Interpretation, held: _SortedEntries, *, known: int
) -> Polled:
    """Returns what a poll comes to whose body could be read."""
    report = make_report(exchange, answer, found, detail=found.detail)
    count = len(held.documents) + len(held.entries) + len(held.rejected) + known
    report = replace(report, documents=count)
    if held.not_fetched and report.poll is not None:
        # Without fingerprints, a later run that may fetch their pages takes these entries for new.
        poll = replace(report.poll, entry_fingerprints=None)
        report = replace(report, skipped=(("not_fetched", held.not_fetched),), poll=poll)
    return Polled(
        report,
        documents=tuple(held.documents),
        entries=tuple(held.entries),
        rejected=tuple(held.rejected),
        known=known,
        children=found.children,
    )


def _what_is_wrong(source: WebSource, found: Interpretation) -> tuple[str, str] | None:
    """Returns why the body of a good answer is a failure, as error and sentence, or None."""
    if found.kind is None:
        return found.error or "corrupt", found.detail or "nothing could be read in it"
    if source.kind in ("feed", "sitemap") and found.kind != source.kind:
        what = "a web page" if found.kind in ("page", "site") else found.kind
        return f"not_a_{source.kind}", f"{what} where a {source.kind} should be"
    if source.last_kind == "opml" and found.kind == "page":
        return "bad_list", "a page where a list of feeds was before"
    if found.kind == "page" and is_called_feed(source.url):
        return "not_a_feed", "a web page where a feed should be"
    return None


def _without_far_children(source: WebSource, found: Interpretation) -> Interpretation:
    """Returns what was found, without children if the source lies too far from a given one."""
    if source.depth < MAX_DEPTH or not found.children:
        return found
    count = len(found.children)
    detail = f"{count} addresses not followed, {MAX_DEPTH} others lead here"
    return replace(found, children=(), left_out=found.left_out + count, detail=detail)


def _refusal(result: Fetched | NotFetched, answer: Answer) -> tuple[str, str] | tuple[None, None]:
    """Returns why nothing came, as a stable word and a sentence; None twice if something did."""
    if isinstance(result, NotFetched):
        return result.reason, result.detail
    if answer.kind not in _REFUSALS:
        return None, None
    response = result.response
    blocked = find_blocked_page(
        status=response.status,
        headers=response.headers,
        html=decode_body(response.body[:BLOCKED_PAGE_CHARS], is_html=True),
        asked_url=response.url,
        url=response.url,
    )
    if blocked is not None:
        return blocked.reason, f"the site answered {response.status}: {blocked.detail}"
    return "http_error", describe_status(response)


def _read_entry(
    entry: Document | Rejection, source: WebSource, *, fetched_at: datetime
) -> Document | Rejection:
    """The entry by itself: its number in the feed is another one at the next poll."""
    url = without_credentials(entry.url)
    if isinstance(entry, Rejection):
        return replace(entry, source_record=None, url=url)
    entry = replace(entry, source_record=None, url=url, fetched_at=fetched_at)
    return with_options(entry, source.options)


def _without_text(entry: Document) -> Rejection:
    detail = "The entry has neither content nor summary, and no page of its own."
    return Rejection(
        entry.source,
        source_kind="feed",
        source_record=None,
        url=entry.url,
        title=entry.title,
        step="extract",
        reason="no_main_text",
        detail=detail,
    )


def _hints(found: Interpretation) -> PollHints:
    hints = found.hints
    return PollHints(
        ttl_s=hints.ttl_s,
        update_interval_s=hints.update_interval_s,
        skip_hours=tuple(sorted(hints.skip_hours)),
        skip_days=tuple(sorted(hints.skip_days)),
    )
