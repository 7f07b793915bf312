"""How the feeds of a lake are, and lists of them as OPML."""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import KW_ONLY, dataclass
from datetime import UTC, date, datetime, timedelta

from feedlake.pipeline.lake.lake import Lake
from feedlake.pipeline.lake.query import connect
from feedlake.pipeline.options.failures import UsageError
from feedlake.pipeline.web.feed_lists import MAX_LIST_BYTES
from feedlake.pipeline.web.web_history import KnownAddress, read_web_history
from feedlake.pipeline.web.web_sources import read_arguments
from feedlake.transforms.feeds.opml import BadOpml, Outline, read_opml, write_opml
from feedlake.transforms.normalize.urls import canonicalize_url
from feedlake.transforms.poll.feed_health import (
    HISTORY_DAYS,
    FeedFacts,
    FeedHealth,
    judge_feed,
    needs_a_look,
)
from feedlake.transforms.records.polls import SourceOptions

_KEPT_OUT = ("robots_txt", "challenge", "blocked", "login_wall", "consent_wall")
_RECENT_DAYS = 7
_LISTS = ("site", "opml", "page", "html")

_DROPPED_AFTER = timedelta(days=2)
"""How long an address may be overdue, while others are polled, before it counts as dropped."""

# What a terminal would obey, and XML allows; as a reference it means the same.
_UNPRINTABLE = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")


@dataclass(frozen=True)
class FeedStatus:
    """One polled address.

    Attributes:
        source: Its own address.
        address: Where it is polled now.
        title: Its name.
        kind: `feed`, `sitemap`, `site`, `opml` or `page`.
        health: One word: see `feed_health.FeedHealth`.
        sentence: The same for people.
        needs_a_look: Whether a person should look.
        is_dropped: Whether runs that poll others no longer include it.
        last_success: ISO 8601, UTC; None if there was none.
        failures: In a row.
        next_due: ISO 8601, UTC.
        entries_a_day: Mean of new entries a day over the last week.
        articles_a_day: Mean of new articles a day over the last week.
        usual_entries_a_day: Mean of new entries a day, as far as the feed is known.
    """

    source: str
    _: KW_ONLY
    address: str
    title: str | None
    kind: str | None
    health: str
    sentence: str
    needs_a_look: bool
    is_dropped: bool
    last_success: str | None
    failures: int
    next_due: str | None
    entries_a_day: float
    articles_a_day: float
    usual_entries_a_day: float | None


def read_feeds(lake_path: str, *, now: datetime) -> list[FeedStatus]:
    """Returns how each polled address of a lake is, those that need a look first.

    Args:
        lake_path: Of a lake on this machine.
        now: The time, UTC.

    Raises:
        UsageError: The path is no lake.
        LakeError: A file of the lake is damaged.
    """
    lake = Lake(lake_path)
    lake.check_exists()
    known = read_web_history(lake, now=now).addresses
    last = _last_polls(lake_path)
    news = _news_by_day(lake_path, since=now - timedelta(days=HISTORY_DAYS))
    articles = _articles(lake_path, since=now - timedelta(days=_RECENT_DAYS))
    dropped = _dropped(known)
    found = [
        _judge(
            source,
            address,
            last=last.get(source, _Last()),
            news=news[source],
            articles=articles.get(source, 0),
            is_dropped=source in dropped,
            now=now,
        )
        for source, address in known.items()
    ]
    return sorted(found, key=lambda feed: (not feed.needs_a_look, feed.source))


def export_opml(lake_path: str, *, now: datetime) -> bytes:
    """Returns the feeds of a lake as OPML.

    Left out are addresses that led to others, and feeds that are polled no more.

    Raises:
        UsageError: The path is no lake.
        LakeError: A file of the lake is damaged.
    """
    lake = Lake(lake_path)
    lake.check_exists()
    known = read_web_history(lake, now=now).addresses
    tags: defaultdict[str, dict[str, None]] = defaultdict(dict)
    for address in known.values():
        for child in address.children:
            tags[child.url].update(dict.fromkeys(child.tags))
    last = _last_polls(lake_path)
    dropped = _dropped(known)
    outlines = [
        Outline(
            address.state.address,
            title=last.get(source, _Last()).title,
            tags=tuple(tags[source]),
            site_url=None,
        )
        for source, address in known.items()
        if address.kind in ("feed", None) and not address.state.is_stopped and source not in dropped
    ]
    return _write(outlines, title="Feeds of a feedlake", now=now)


@dataclass(frozen=True)
class Imported:
    """A list of feeds that was read.

    Attributes:
        body: It as OPML.
        feeds: Addresses in it.
        left_out: Lists that it includes, which are sources of their own.
    """

    body: bytes
    feeds: int
    left_out: int


def import_list(path: str, *, now: datetime) -> Imported:
    """Returns a list of feeds as OPML.

    Args:
        path: OPML, or a text with one address a line.
        now: The time, UTC.

    Raises:
        UsageError: The file is no list of feeds.
    """
    options: dict[str, SourceOptions] = {}
    read = read_arguments([path], options=options)
    if read.files or not read.sources:
        raise UsageError(
            f"{path}: not a list of feeds; must be OPML, or a text with one http(s) address a line"
        )
    described, includes = _read_outlines(path)
    outlines = [
        Outline(feed.url, title=named.title, tags=feed.options.tags, site_url=named.site_url)
        for feed in read.sources
        if (key := canonicalize_url(feed.url)) not in includes
        for named in [described.get(key or "", Outline(feed.url))]
    ]
    body = _write(outlines, title="Feeds", now=now)
    return Imported(body, len(outlines), len(read.sources) - len(outlines))


def _read_outlines(path: str) -> tuple[dict[str, Outline], frozenset[str]]:
    """The feeds of an OPML file and the lists that it includes, by canonical address."""
    with open(os.path.expanduser(path), "rb") as stream:
        opml = read_opml(stream.read(MAX_LIST_BYTES))
    if isinstance(opml, BadOpml):
        return {}, frozenset()
    feeds = {canonicalize_url(feed.url) or "": feed for feed in opml.outlines}
    includes = {canonicalize_url(include.url) or "" for include in opml.includes}
    return feeds, frozenset(includes - feeds.keys())


def _write(outlines: Iterable[Outline], *, title: str, now: datetime) -> bytes:
    """OPML that a terminal may show."""
    ordered = sorted(outlines, key=lambda outline: (outline.tags, outline.url))
    text = write_opml(ordered, title=title, created_at=now).decode()
    return _UNPRINTABLE.sub(lambda found: f"&#x{ord(found[0]):x};", text).encode()


def _dropped(known: dict[str, KnownAddress]) -> frozenset[str]:
    """The addresses that were long overdue when others were polled last."""
    polled = [address.state.polled_at for address in known.values()]
    newest = max((at for at in polled if at is not None), default=None)
    return frozenset(
        source
        for source, address in known.items()
        if newest is not None
        and address.state.next_due is not None
        and not address.state.is_stopped
        and newest - address.state.next_due > _DROPPED_AFTER
    )


@dataclass(frozen=True)
class _Last:
    """What the last polls of an address came to.

    Attributes:
        title: The last name that was read.
        http_status: Of the last poll.
        error: Of the last poll, as a stable word.
        detail: The same as a sentence.
    """

    title: str | None = None
    http_status: int | None = None
    error: str | None = None
    detail: str | None = None


def _last_polls(lake: str) -> dict[str, _Last]:
    with connect(lake) as connection:
        rows = connection.execute(
            "SELECT source, max_by(title, polled_at) FILTER (title IS NOT NULL), "
            "max_by([http_status], polled_at)[1], max_by([error], polled_at)[1], "
            "max_by([detail], polled_at)[1] "
            "FROM sources WHERE polled_at IS NOT NULL AND source_kind IS DISTINCT FROM 'robots' "
            "GROUP BY source"
        ).fetchall()
    return {source: _Last(*columns) for source, *columns in rows}


def _news_by_day(lake: str, *, since: datetime) -> defaultdict[str, list[tuple[date, int]]]:
    """New entries by source and day; those of the first poll are no news of that day."""
    with connect(lake) as connection:
        rows = connection.execute(
            "SELECT source, CAST(polled_at AT TIME ZONE 'UTC' AS DATE), sum(new_entries) "
            "FROM sources WHERE polled_at >= ? AND new_entries > 0 AND polls > 1 GROUP BY 1, 2",
            [since],
        ).fetchall()
    news: defaultdict[str, list[tuple[date, int]]] = defaultdict(list)
    for source, day, count in rows:
        news[source].append((day, int(count)))
    return news


def _articles(lake: str, *, since: datetime) -> dict[str, int]:
    with connect(lake) as connection:
        rows = connection.execute(
            "SELECT source, count(*) FROM articles WHERE fetched_at >= ? GROUP BY 1", [since]
        ).fetchall()
    return dict(rows)


def _judge(
    source: str,
    address: KnownAddress,
    *,
    last: _Last,
    news: list[tuple[date, int]],
    articles: int,
    is_dropped: bool,
    now: datetime,
) -> FeedStatus:
    state = address.state
    health = judge_feed(
        FeedFacts(
            source,
            state=state,
            http_status=last.http_status,
            error=last.detail or last.error,
            is_kept_out=last.error in _KEPT_OUT,
            new_by_day=news,
        ),
        now=now,
    )
    if health.word in ("silent", "new") and (address.children or address.kind in _LISTS):
        count = len(address.children)
        leads = f" It leads to {count:,} address{'' if count == 1 else 'es'}." if count else ""
        health = FeedHealth("ok", f"It answers.{leads}")
    if is_dropped:
        health = FeedHealth(health.word, "No run includes it any more.")
    recent = (now - timedelta(days=_RECENT_DAYS)).astimezone(UTC).date()
    return FeedStatus(
        source=source,
        address=state.address,
        title=last.title,
        kind=address.kind,
        health=health.word,
        sentence=health.sentence,
        needs_a_look=needs_a_look(health) and not is_dropped,
        is_dropped=is_dropped,
        last_success=state.succeeded_at.isoformat() if state.succeeded_at else None,
        failures=state.failures,
        next_due=state.next_due.isoformat() if state.next_due and not state.is_stopped else None,
        entries_a_day=sum(count for day, count in news if day >= recent) / _RECENT_DAYS,
        articles_a_day=articles / _RECENT_DAYS,
        usual_entries_a_day=state.new_per_day,
    )
