"""Rules for how a feed is doing, so that none dies unnoticed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Literal

from feedlake.transforms.records.polls import PollState

HealthWord = Literal[
    "ok",
    "new",
    "moved",
    "silent",
    "barren",
    "overflowing",
    "truncated",
    "empty",
    "not_a_feed",
    "failing",
    "blocked",
    "never",
    "gone",
    "stopped",
]

HISTORY_DAYS = 60
"""Days of news to judge by. The usual gap is that of the month before the last news, so two
months of news keep a feed's verdict steady through its first month of silence."""

FAILING_AFTER = 3
"""Failures in a row from which a feed that used to answer counts as failing: one or two are
everyday. Unlike in readers that stop there, it is still polled."""

MIN_CUT_OFF = 2
"""Polls in a row that must get a part only: one may be a line that broke."""

_REFUSALS = (401, 403, 451)
"""Statuses of a server that is there and does not let us in (RFC 9110; 451: RFC 7725)."""

_USUAL_DAYS = 30
_MIN_NEWS_DAYS = 3
"""Days with news, within a month, from which a gap between them is called usual: two gaps."""

_SILENT_FACTOR = 4
_MIN_SILENT_GAP = timedelta(days=3)
"""Silent is what has nothing new for four times its usual gap, and for longer than a weekend with
a holiday beside it."""

_MAX_SILENT_GAP = timedelta(days=30)
"""Silent is what has nothing new for a month, whatever was usual."""

_MIN_OBSERVED_S = 3 * 24 * 3_600.0
"""Time that a feed without a single entry is given before it is called silent."""

_LATE = timedelta(days=2)
"""How long a poll may be overdue before the verdict says so: runs may be a day apart."""


MIN_LOST = 3
"""Entries that must have given nothing before a feed is called barren, or as many polls: two may
be chance, but a feed of two entries is asked again and again."""

MIN_LOST_AFTER_KEPT = 10
"""The same for a feed that used to give articles: if half of its entries are rejected anyway, ten
in a row come with a chance of one in a thousand."""

_MIN_LOST_SHARE = 0.5
"""Share of a feed's entries that must have given nothing; others may be in the lake already, by way
of another feed."""

_TOLD_REASONS = 3


@dataclass(frozen=True)
class FeedOutcome:
    """What became of a feed's entries since the last one that was kept.

    Attributes:
        kept: Articles, revisions and duplicates within the time that is looked at.
        lost: Entries since then that are rejects, or wait after several attempts, by reason; the
            most frequent first.
        polls: Answers since then.
        entries: New and changed entries in them.
    """

    kept: int = 0
    _: KW_ONLY
    lost: Mapping[str, int] = field(default_factory=dict)
    polls: int = 0
    entries: int = 0


@dataclass(frozen=True)
class FeedFacts:
    """What a feed is judged by.

    Attributes:
        address: The source's own address.
        state: What is remembered of it; None if it was never polled.
        http_status: Of its last poll; None if there was no answer.
        error: Why its last poll failed, for people; None if it did not.
        is_not_a_feed: Whether its last poll brought something else, such as a web page.
        is_kept_out: Whether robots.txt or a challenge to prove oneself human stopped it.
        has_no_entries: Whether its last body held none.
        cut_off: Polls in a row that got only a part of the feed.
        marks: Entries of which fingerprints are kept.
        outcome: What became of its entries.
        missed_entries: Entries of the last week that it dropped between two polls, at least.
        new_by_day: Days (UTC) of the last `HISTORY_DAYS` and how many new entries each brought;
            days without news may be missing, fewer days make the usual gap less certain.
    """

    address: str
    _: KW_ONLY
    state: PollState | None
    http_status: int | None = None
    error: str | None = None
    is_not_a_feed: bool = False
    is_kept_out: bool = False
    has_no_entries: bool = False
    cut_off: int = 0
    marks: int = 0
    outcome: FeedOutcome = field(default_factory=FeedOutcome)
    missed_entries: int = 0
    new_by_day: Sequence[tuple[date, int]] = ()


@dataclass(frozen=True)
class FeedHealth:
    """The verdict on a feed.

    Attributes:
        word: `ok`; `new`: nothing is usual yet; `moved`: polled at another address than the
            source's; `silent`: it answers, with nothing new for much longer than usual;
            `barren`: its entries give no articles; `overflowing`: it drops entries between two
            polls; `truncated`: it is cut off at every poll; `empty`: it has lost its entries;
            `not_a_feed`: it answers with something else, such as a web page;
            `failing`: it used to answer; `blocked`: it is not allowed to us; `never`: it has
            not answered yet; `gone`: 410 once; `stopped`: 410 again, and polled no more.
        sentence: What a person should know.
    """

    word: HealthWord
    sentence: str


def needs_a_look(health: FeedHealth) -> bool:
    """Returns whether a person should look at the feed: it brings nothing, and may not recover.

    Args:
        health: The verdict.
    """
    return health.word not in ("ok", "new", "moved")


def judge_feed(facts: FeedFacts, *, now: datetime) -> FeedHealth:
    """Returns how a feed is doing.

    A day with news is one that brought an entry. The usual gap is the mean of the gaps between
    such days in the month before the last of them; a mean, since sites publish in bursts.

    Args:
        facts: What it is judged by.
        now: The present, UTC.
    """
    state = facts.state
    if state is None or state.polls == 0:
        return FeedHealth("new", "Not polled yet.")
    health = (
        _judge_answers(facts, state)
        or _judge_body(facts, state)
        or _judge_outcome(facts)
        or _judge_overflow(facts, state)
        or _judge_news(facts, state, now=now)
    )
    if state.is_stopped or state.next_due is None or now - state.next_due <= _LATE:
        return health
    late = f"It should have been polled on {_day(state.next_due)}: do runs still include it?"
    return FeedHealth(health.word, f"{health.sentence} {late}")


def _judge_answers(facts: FeedFacts, state: PollState) -> FeedHealth | None:
    """Returns the verdict on a feed that does not answer, None if it does."""
    if state.is_stopped:
        return FeedHealth(
            "stopped",
            f"It answered 410 (gone) {_in_a_row(max(state.gone, 2))}, so feedlake polls it no "
            "more until you give its address to ingest.",
        )
    if state.gone > 0:
        return FeedHealth(
            "gone", "It answered 410 (gone); if it does that again, feedlake stops polling it."
        )
    if state.failures == 0:
        return None
    last = _last_answer(state)
    if facts.is_not_a_feed:
        tries = f"{_in_a_row(state.failures)}{_reason(facts)}"
        return FeedHealth("not_a_feed", f"It answers, but not with a feed, {tries}; {last}.")
    if facts.has_no_entries:
        return FeedHealth(
            "empty", f"It answers with nothing at all, {_in_a_row(state.failures)}; {last}."
        )
    if facts.cut_off >= MIN_CUT_OFF or (facts.cut_off and state.succeeded_at is None):
        return FeedHealth("truncated", f"It was cut off {_in_a_row(facts.cut_off)}; {last}.")
    if state.succeeded_at is not None and state.failures < FAILING_AFTER:
        return None
    tries = f"{_in_a_row(state.failures)}{_reason(facts)}"
    if facts.is_kept_out or facts.http_status in _REFUSALS:
        return FeedHealth("blocked", f"It didn't let feedlake in {tries}; {_last_answer(state)}.")
    if state.succeeded_at is None:
        return FeedHealth("never", f"It has never answered with a feed; polls failed {tries}.")
    since = f" since {_moment(state.failing_since)}" if state.failing_since is not None else ""
    return FeedHealth("failing", f"Polls failed {tries}{since}; {_last_answer(state)}.")


def _judge_body(facts: FeedFacts, state: PollState) -> FeedHealth | None:
    """Returns the verdict on a feed whose last body lacks something, None if it does not."""
    if state.failures:
        return None
    if facts.cut_off and (facts.cut_off >= MIN_CUT_OFF or facts.cut_off >= state.polls):
        return FeedHealth(
            "truncated",
            f"It was cut off {_in_a_row(facts.cut_off)}; feedlake read what came before the cut.",
        )
    if facts.has_no_entries and state.changed_at is not None:
        last = _day(state.changed_at)
        return FeedHealth("empty", f"It answers, but holds no entry any more; the last: {last}.")
    return None


def _judge_overflow(facts: FeedFacts, state: PollState) -> FeedHealth | None:
    """Returns the verdict on a feed that drops entries between two polls, None if it does not."""
    if state.overflowed_at is None or state.overflowed_at != state.succeeded_at:
        return None
    missed = _count(max(facts.missed_entries, 1), "entry", "entries")
    return FeedHealth(
        "overflowing",
        f"All its entries were new, so others had come and gone: at least {missed} missed in the "
        f"last week. feedlake asks every {_in_time(state.interval_s)} now.",
    )


def _judge_outcome(facts: FeedFacts) -> FeedHealth | None:
    """Returns the verdict on a feed whose entries give nothing, None if they do."""
    outcome = facts.outcome
    lost = sum(outcome.lost.values())
    entries = min(outcome.entries, facts.marks) if facts.marks else outcome.entries
    if outcome.kept:
        is_enough = lost >= MIN_LOST_AFTER_KEPT
    else:
        is_enough = lost >= MIN_LOST or (lost > 0 and outcome.polls >= MIN_LOST)
    if not is_enough or lost < entries * _MIN_LOST_SHARE:
        return None
    told = list(outcome.lost.items())
    reasons = ", ".join(f"{reason} {count:,}" for reason, count in told[:_TOLD_REASONS])
    more = ", \u2026" if len(told) > _TOLD_REASONS else ""
    since = " since its last article" if outcome.kept else ""
    return FeedHealth(
        "barren",
        f"{_count(lost, 'entry', 'entries')} in {_count(outcome.polls, 'poll', 'polls')}{since}, "
        f"0 articles; {reasons}{more}.",
    )


def _judge_news(facts: FeedFacts, state: PollState, *, now: datetime) -> FeedHealth:
    """Returns the verdict on a feed that answers."""
    answered_at = min(state.succeeded_at or now, now)
    days = sorted({day for day, new in facts.new_by_day if new > 0 and day <= answered_at.date()})
    usual = _usual_gap(days)
    last = _last_news(state, days, answered_at=answered_at)
    blip = f" The last poll failed{_reason(facts)}." if state.failures else ""
    if last is None:
        if state.observed_s >= _MIN_OBSERVED_S:
            return FeedHealth("silent", f"It answers, but has never had an entry.{blip}")
        return FeedHealth("new", f"It answers, but hasn't had an entry yet.{blip}")
    limit = _MAX_SILENT_GAP
    if usual is not None:
        limit = min(limit, max(usual * _SILENT_FACTOR, _MIN_SILENT_GAP))
    if answered_at - last > limit:
        known = f"; its usual gap is {_in_days(usual)}" if usual is not None else ""
        gap = f"nothing new for {_in_days(answered_at - last)}"
        return FeedHealth("silent", f"It answers, but has had {gap}{known}.{blip}")
    news = f"Last news on {_day(last)}"
    if state.address != facts.address:
        return FeedHealth("moved", f"It has moved for good to {state.address}. {news}.{blip}")
    if usual is None:
        return FeedHealth("new", f"{news}; it's too early to say what is usual.{blip}")
    gap = _in_days(usual).removeprefix("1 ")
    return FeedHealth("ok", f"{news}; it usually has news every {gap}.{blip}")


def _usual_gap(days: Sequence[date]) -> timedelta | None:
    """Returns the mean gap between days with news, in order; None if they are too few."""
    if not days:
        return None
    first = days[-1] - timedelta(days=_USUAL_DAYS)
    recent = [day for day in days if day >= first]
    if len(recent) < _MIN_NEWS_DAYS:
        return None
    return (recent[-1] - recent[0]) / (len(recent) - 1)


def _last_news(state: PollState, days: Sequence[date], *, answered_at: datetime) -> datetime | None:
    """Returns when there was news last, at the latest when the feed last answered."""
    ends = [datetime(day.year, day.month, day.day, 23, 59, 59, tzinfo=UTC) for day in days[-1:]]
    if state.changed_at is not None and (state.changed_at <= answered_at or not ends):
        ends = [state.changed_at]  # To the second, where the day is all that the list says.
    return min(*ends, answered_at) if ends else None


def _reason(facts: FeedFacts) -> str:
    if facts.error:
        return f" ({facts.error.rstrip('.')})"
    return f" (status {facts.http_status})" if facts.http_status is not None else ""


def _last_answer(state: PollState) -> str:
    if state.succeeded_at is None:
        return "it has never answered with a feed"
    return f"it last answered on {_moment(state.succeeded_at)}"


def _count(number: int, one: str, more: str) -> str:
    return f"{number:,} {one if number == 1 else more}"


def _in_a_row(count: int) -> str:
    return "once" if count == 1 else f"{count} times in a row"


def _in_days(gap: timedelta) -> str:
    days = gap.total_seconds() / 86_400
    text = f"{days:.1f}" if days < 9.95 else f"{days:.0f}"
    text = text.removesuffix(".0")
    return "1 day" if text == "1" else f"{text} days"


def _in_time(seconds: float) -> str:
    if seconds < 5_400:
        return _count(max(round(seconds / 60), 1), "minute", "minutes")
    return _count(round(seconds / 3_600), "hour", "hours")


def _day(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d}"


def _moment(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
