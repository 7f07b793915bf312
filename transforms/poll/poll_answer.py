"""The rule for what a poll comes to: its row, its news, and the state for the next one."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal
from urllib.parse import urljoin

from feedlake.transforms.blocked_pages.find_blocked_page import find_challenge
from feedlake.transforms.crawl.crawl_records import CrawlOptions, Fetched, NotFetched
from feedlake.transforms.feeds.entry_fingerprints import find_news, marks_to_keep, with_options
from feedlake.transforms.normalize.charset import decode_body
from feedlake.transforms.normalize.urls import resolve_url
from feedlake.transforms.poll.autodiscovery import WELL_KNOWN_PATHS
from feedlake.transforms.poll.interpret import CHALLENGE_CHARS, Interpretation, InterpretOptions
from feedlake.transforms.poll.poll_interval import PollOptions
from feedlake.transforms.poll.polling import after, kind_of
from feedlake.transforms.process.sandbox import Limits
from feedlake.transforms.records.documents import Document, Entry, Rejection, SourceReport
from feedlake.transforms.records.polls import (
    Answer,
    Child,
    Poll,
    PollHints,
    SourceOptions,
    WebSource,
)

SITE_INTERVAL = timedelta(days=7)
"""How long the feeds that a site names are taken to be its feeds."""

MAX_DEPTH = 5
"""How far from an address that was given others may lie that it leads to: lists may include each
other, and a server may invent a further one each time."""

_NOT_ASKED = ("host_closed", "no_time")


@dataclass(frozen=True)
class PollRules:
    """What the operator decides about what comes of an answer.

    Attributes:
        options: When to poll again.
        fetches_pages: Whether the pages of entries are fetched.
    """

    options: PollOptions = field(default_factory=PollOptions)
    fetches_pages: bool = True


@dataclass(frozen=True)
class PollingOptions:
    """What the operator decides about polling.

    Attributes:
        crawl: About all requests.
        rules: About what comes of an answer.
        interpret: What bounds one source.
        limits: What reading one body may use.
        chunk_documents: Entries that one bundle reads at the most; the others wait for the next.
        given: Addresses that are polled anyway, so that no list leads to them once more.
        own: Options of single sources, by address.
    """

    crawl: CrawlOptions
    rules: PollRules
    interpret: InterpretOptions
    limits: Limits
    chunk_documents: int
    given: frozenset[str]
    own: Mapping[str, SourceOptions] = field(default_factory=dict)


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
    documents: tuple[Document, ...] = ()
    entries: tuple[Entry, ...] = ()
    rejected: tuple[Rejection, ...] = ()
    known: int = 0
    children: tuple[Child, ...] = ()
    guesses: tuple[str, ...] = ()
    if_found: SourceReport | None = None


def read_answer(
    source: WebSource, outcome: Fetched | NotFetched, *, was_conditional: bool
) -> Answer:
    """Returns what came back, before its body is read."""
    if isinstance(outcome, NotFetched):
        waits = outcome.reason in _NOT_ASKED
        seconds = outcome.retry_after_s
        return Answer(
            "waiting" if waits else "failed",
            retry_after=str(round(seconds)) if seconds else None,
            was_conditional=was_conditional,
            error=outcome.reason,
        )
    response, headers = outcome.response, outcome.response.headers
    body_sha256 = hashlib.sha256(response.body).digest()
    kind = kind_of(
        response.status,
        retry_after=headers.get("retry-after"),
        body_sha256=body_sha256,
        state=source.state,
    )
    if kind == "not_modified" and not was_conditional:
        kind = "failed"  # Whatever it means, there is nothing to read.
    return Answer(
        kind,
        http_status=response.status,
        etag=headers.get("etag"),
        last_modified=headers.get("last-modified"),
        body_sha256=body_sha256 if response.body else None,
        cache_control=headers.get("cache-control"),
        expires=headers.get("expires"),
        date=headers.get("date"),
        retry_after=headers.get("retry-after"),
        permanent_target=_without_credentials(outcome.permanent_url),
        was_conditional=was_conditional,
        error="http_error" if kind in ("failed", "gone", "waiting") else None,
    )


def judge_answer(
    source: WebSource,
    answer: Answer,
    outcome: Fetched | NotFetched,
    found: Interpretation | None,
    *,
    rules: PollRules,
    now: datetime,
) -> Polled:
    """Returns what a poll comes to.

    Args:
        source: What was polled.
        answer: What came back.
        outcome: The same, with its body.
        found: What the body holds; None if it was not read.
        rules: What the operator decides.
        now: The time, UTC.
    """
    error, detail = _refusal(outcome, answer)
    answer = replace(answer, error=error)
    if found is not None and (wrong := _what_is_wrong(source, found)) is not None:
        error, detail = wrong
        answer = replace(answer, kind="failed", error=error)
        found = None
    if found is None:
        report = _report(source, answer, outcome, None, rules=rules, now=now, detail=detail)
        return Polled(report)
    if found.is_bare_site:
        read = replace(found, children=source.feeds)
        is_site = _report(source, answer, outcome, read, rules=rules, now=now, detail=None)
        if source.feeds:
            return Polled(is_site, children=source.feeds)
        guesses = tuple(urljoin(outcome_url(outcome, source), path) for path in WELL_KNOWN_PATHS)
        answer = replace(answer, kind="failed", error="no_feed_found")
        detail = "the site names no feed, and none is at the usual places"
        report = _report(source, answer, outcome, None, rules=rules, now=now, detail=detail)
        return Polled(replace(report, source_kind="site"), guesses=guesses, if_found=is_site)
    if source.depth >= MAX_DEPTH and found.children:
        detail = f"{len(found.children)} addresses not followed, {MAX_DEPTH} others lead here"
        left_out = found.left_out + len(found.children)
        found = replace(found, children=(), left_out=left_out, detail=detail)
    news = find_news(found.marks, source.entry_marks)
    is_list = found.kind in ("feed", "sitemap")
    numbers = (*news.new, *news.changed) if is_list else range(len(found.entries))
    answer = replace(
        answer,
        hints=_hints(found),
        entries=len(found.entries),
        new_entries=len(numbers) if is_list else 0,
    )
    changed = frozenset(news.changed)
    documents, entries, rejected, skipped = [], [], [], 0
    for number in numbers:
        entry = _read_entry(found.entries[number], source, fetched_at=now)
        if isinstance(entry, Rejection):
            rejected.append(entry)
        elif found.kind == "page":
            documents.append(entry)
        elif entry.url and not entry.has_shared_url and _fetches(source, rules):
            entries.append(Entry(entry, source.options, is_changed=number in changed))
        elif entry.body:
            documents.append(entry)
        elif found.kind == "feed":
            rejected.append(_without_text(entry))
        else:
            skipped += 1
    known = len(news.same) if is_list else 0
    count = len(documents) + len(entries) + len(rejected) + known
    report = _report(source, answer, outcome, found, rules=rules, now=now, detail=found.detail)
    not_fetched = (("not_fetched", skipped),) if skipped else ()
    report = replace(report, documents=count, skipped=not_fetched)
    if skipped and report.poll is not None:
        # A later run may fetch what this one was not to.
        report = replace(report, poll=replace(report.poll, entry_marks=None))
    return Polled(report, tuple(documents), tuple(entries), tuple(rejected), known, found.children)


def outcome_url(outcome: Fetched | NotFetched, source: WebSource) -> str:
    """Returns where an answer came from in the end."""
    return outcome.response.url if isinstance(outcome, Fetched) else source.url


def _what_is_wrong(source: WebSource, found: Interpretation) -> tuple[str, str] | None:
    """Why the body of a good answer is a failure: error and sentence; None if it is none."""
    if found.kind is None:
        return found.error or "corrupt", found.detail or "nothing could be read in it"
    if source.kind in ("feed", "sitemap") and found.kind != source.kind:
        what = "a web page" if found.kind in ("page", "site") else found.kind
        return f"not_a_{source.kind}", f"{what} where a {source.kind} should be"
    return None


def _report(
    source: WebSource,
    answer: Answer,
    outcome: Fetched | NotFetched,
    found: Interpretation | None,
    *,
    rules: PollRules,
    now: datetime,
    detail: str | None,
) -> SourceReport:
    options = rules.options
    if source.options.interval_s is not None:
        least_s = source.options.interval_s
        options = replace(
            options,
            min_interval_s=least_s,
            max_interval_s=max(options.max_interval_s, least_s),
            max_backoff_s=max(options.max_backoff_s, least_s),
        )
    state = after(
        source.state, answer, address=source.url, now=now, options=options, chance=_chance(source)
    )
    kind = found.kind if found else source.last_kind or source.kind
    if kind == "site" and state.failures == 0 and answer.kind != "waiting":
        state = replace(state, next_due=now + SITE_INTERVAL)
    if isinstance(outcome, NotFetched) and outcome.reason == "no_time":
        # Nobody asks to wait: the next run takes it up where this one was told to end.
        state = replace(state, next_due=source.state.next_due if source.state else None)
    response = outcome.response if isinstance(outcome, Fetched) else None
    redirect = response.url if response is not None else None
    asked = source.state.address if source.state else source.url
    is_list = found is not None and found.kind in ("feed", "sitemap")
    poll = Poll(
        state,
        http_status=answer.http_status,
        was_conditional=answer.was_conditional,
        entries=answer.entries,
        new_entries=answer.new_entries,
        left_out=found.left_out if found else 0,
        error=answer.error or (found.error if found else None),
        redirect=_without_credentials(redirect) if redirect != asked else None,
        title=found.title if found else None,
        entry_marks=marks_to_keep(found.marks, source.entry_marks) if found and is_list else None,
        children=found.children if found is not None else None,
    )
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
        duration_ms=round(outcome.duration_s * 1000) if isinstance(outcome, Fetched) else 0,
        poll=poll,
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


def _refusal(outcome: Fetched | NotFetched, answer: Answer) -> tuple[str, str] | tuple[None, None]:
    """Why nothing came, as a stable word and a sentence."""
    if isinstance(outcome, NotFetched):
        return outcome.reason, outcome.detail
    if answer.kind not in ("failed", "gone", "waiting"):
        return None, None
    response = outcome.response
    wall = find_challenge(
        status=response.status,
        headers=response.headers,
        html=decode_body(response.body[:CHALLENGE_CHARS], is_html=True),
        asked_url=response.url,
        url=response.url,
    )
    if wall is not None:
        return wall.reason, f"the site answered {response.status}: {wall.detail}"
    return "http_error", f"the site answered {response.status}"


def _read_entry(
    entry: Document | Rejection, source: WebSource, *, fetched_at: datetime
) -> Document | Rejection:
    """The entry by itself: its number in the feed is another one at the next poll."""
    url = _without_credentials(entry.url)
    if isinstance(entry, Rejection):
        return replace(entry, source_record=None, url=url)
    entry = replace(entry, source_record=None, url=url, fetched_at=fetched_at)
    return with_options(entry, source.options)


def _without_credentials(url: str | None) -> str | None:
    return resolve_url(url, None) if url is not None and "@" in url else url


def _without_text(entry: Document) -> Rejection:
    detail = "The entry has neither content nor summary, and no page of its own."
    return Rejection(
        entry.source, "feed", None, entry.url, entry.title, "extract", "no_main_text", detail
    )


def _fetches(source: WebSource, rules: PollRules) -> bool:
    return rules.fetches_pages and source.options.fetches_pages


def _hints(found: Interpretation) -> PollHints:
    hints = found.hints
    return PollHints(
        ttl_s=hints.ttl_s,
        update_interval_s=hints.update_interval_s,
        skip_hours=tuple(sorted(hints.skip_hours)),
        skip_days=tuple(sorted(hints.skip_days)),
    )


def _chance(source: WebSource) -> float:
    """From 0 to below 1: the same for a source at each poll, so that jitter spreads the sources."""
    digest = hashlib.blake2b(source.url.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest) / 2**64
