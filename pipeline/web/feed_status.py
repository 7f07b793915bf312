"""How the feeds of a lake are."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass, field
from datetime import UTC, datetime, timedelta

from feedlake.pipeline.lake.lake import Lake
from feedlake.pipeline.lake.snapshot import Snapshot
from feedlake.pipeline.web.feed_outcomes import Lately, read_lately
from feedlake.pipeline.web.web_history import KnownAddress, read_web_history
from feedlake.transforms.crawl.network_watch import NO_NETWORK
from feedlake.transforms.poll.feed_health import (
    HISTORY_DAYS,
    FeedFacts,
    FeedHealth,
    judge_feed,
    needs_a_look,
)

_KEPT_OUT = ("robots_txt", "challenge", "blocked", "login_wall", "consent_wall")
_NOT_A_FEED = ("not_a_feed", "not_a_sitemap", "bad_list", "content_type", "soft_404", "bad_json")
_RECENT_DAYS = 7
_LISTS = ("site", "opml", "page", "html")

_DROPPED_AFTER = timedelta(days=2)
"""How long an address may be overdue, while others are polled, before it counts as dropped."""


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
        articles_a_day: Mean of new articles a day over the last week.
        usual_articles_a_day: The same over the weeks before; None if the feed is too young.
        entries_a_day: Mean of new entries a day over the last week.
        usual_entries_a_day: Mean of new entries a day, as far as the feed is known.
        missed_entries: Entries of the last week that it dropped between two polls, at least.
        is_out_of_reach: Whether its last poll failed together with most others, which is no fault
            of its site.
        lost: Entries since the last that was kept that gave no article, by reason.
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
    articles_a_day: float
    usual_articles_a_day: float | None
    entries_a_day: float
    usual_entries_a_day: float | None
    missed_entries: int = 0
    is_out_of_reach: bool = False
    lost: dict[str, int] = field(default_factory=dict)


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
    return _judge_all(*lake.ask(lambda snapshot: _read_both(snapshot, now=now)), now=now)


def feeds_at(snapshot: Snapshot, *, now: datetime) -> list[FeedStatus]:
    """Returns the same of a lake at one instant.

    Args:
        snapshot: The lake.
        now: The time, UTC.

    Raises:
        LakeError: A file of the lake is damaged.
        VanishedError: A writer has moved or replaced files meanwhile.
    """
    return _judge_all(*_read_both(snapshot, now=now), now=now)


def _judge_all(
    known: dict[str, KnownAddress], lately: dict[str, Lately], *, now: datetime
) -> list[FeedStatus]:
    dropped = find_dropped(known)
    found = [
        _judge(
            source,
            address,
            lately=lately.get(source, Lately()),
            is_dropped=source in dropped,
            now=now,
        )
        for source, address in known.items()
    ]
    return sorted(found, key=lambda feed: (not feed.needs_a_look, feed.source))


def _read_both(
    snapshot: Snapshot, *, now: datetime
) -> tuple[dict[str, KnownAddress], dict[str, Lately]]:
    known = read_web_history(snapshot, now=now).addresses
    return known, read_lately(snapshot, now=now, span=timedelta(days=HISTORY_DAYS))


def find_dropped(known: dict[str, KnownAddress]) -> frozenset[str]:
    """Returns the addresses that were long overdue when others were polled last."""
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


def _has_no_entries(address: KnownAddress) -> bool:
    """Whether its last answer held nothing: no body, or a feed without entries. Of a sitemap, the
    old entries aren't read, so one that has no new ones seems empty."""
    if address.state.failures:
        return address.error == "empty"
    return address.entries == 0 and address.kind == "feed"


def _cut_off(address: KnownAddress, lately: Lately) -> int:
    """Polls in a row that got only a part: of the feed, or of what its server sent."""
    failures = address.state.failures
    return lately.cut_off if not failures else failures if address.error == "truncated" else 0


def _judge(
    source: str, address: KnownAddress, *, lately: Lately, is_dropped: bool, now: datetime
) -> FeedStatus:
    state = address.state
    is_list = bool(address.children) or address.kind in _LISTS
    health = judge_feed(
        FeedFacts(
            source,
            state=state,
            http_status=address.http_status,
            error=None if address.error == NO_NETWORK else address.detail or address.error,
            is_not_a_feed=address.error in _NOT_A_FEED and address.kind != "page",
            is_kept_out=address.error in _KEPT_OUT,
            has_no_entries=_has_no_entries(address) and not is_list,
            cut_off=_cut_off(address, lately),
            marks=len(address.entry_fingerprints),
            outcome=lately.outcome,
            missed_entries=lately.missed_entries,
            new_by_day=lately.news,
        ),
        now=now,
    )
    if health.word in ("silent", "new") and is_list:
        count = len(address.children)
        leads = f" It leads to {count:,} address{'' if count == 1 else 'es'}." if count else ""
        health = FeedHealth("ok", f"It answers.{leads}")
    if is_dropped:
        health = FeedHealth(health.word, "No run includes it any more.")
    recent = (now - timedelta(days=_RECENT_DAYS)).astimezone(UTC).date()
    return FeedStatus(
        source=source,
        address=state.address,
        title=address.title,
        kind=address.kind,
        health=health.word,
        sentence=health.sentence,
        needs_a_look=needs_a_look(health) and not is_dropped,
        is_dropped=is_dropped,
        last_success=state.succeeded_at.isoformat() if state.succeeded_at else None,
        failures=state.failures,
        next_due=state.next_due.isoformat() if state.next_due and not state.is_stopped else None,
        articles_a_day=lately.articles_a_day,
        usual_articles_a_day=lately.usual_articles_a_day,
        entries_a_day=sum(count for day, count in lately.news if day >= recent) / _RECENT_DAYS,
        usual_entries_a_day=state.new_per_day,
        missed_entries=lately.missed_entries,
        is_out_of_reach=address.error == NO_NETWORK,
        lost=dict(lately.outcome.lost),
    )
