"""Rules of polling a feed: how it is asked, what is remembered of the answer, when it is due."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from feedlake.transforms.normalize.date_bounds import is_ahead
from feedlake.transforms.normalize.hosts import origin_of
from feedlake.transforms.poll import poll_interval
from feedlake.transforms.poll.poll_interval import PollIntervals
from feedlake.transforms.records.polls import (
    Answer,
    AnswerKind,
    Child,
    PollState,
    SourceOptions,
    WebSource,
)

FALL_BACK_FAILURES = 10
"""Failures in a row after which a feed that moved is looked for at its own address again: ten
tries, as story-indexer has for a page. The address may have been a mistake of its publisher."""

STOP_GONE = 2
"""Answers 410 in a row after which a feed is left alone: it is the only status that means for
ever, and one may be a slip. Everything else comes back (Media Cloud's 180,000 feeds)."""

ADOPT_MOVES = 2
"""Polls in a row that must lead to the same address before it is adopted: hotel networks and
misconfigured servers send 301, too."""

_UNCONDITIONAL_EVERY = 20
"""One in so many polls asks for the body unconditionally: some servers answer 304 for ever."""

_MAX_NOT_MODIFIED = 40
_MAX_NOT_MODIFIED_S = 7 * 24 * 3_600.0
"""Polls in a row that may come to 304, and the time that they may take, before one is made
without conditions whatever chance says."""

MAX_CHILDREN = 100_000
"""Most addresses that all lists, sites and sitemaps of a run may lead to."""

NEW_OF_SOURCE, NEW_OF_RUN = 5_000, 10_000
"""Most addresses that a run polls for the first time since one list leads to them, and all lists,
sites and sitemaps together; others wait for later runs."""

_MAX_VALIDATOR_CHARS = 1_024  # Apache's and nginx' ETags have under 40.
_MAX_ADDRESS_CHARS = 2_048  # Longer ones are traps, not addresses of feeds.

_OVERFLOW_MEMORY = timedelta(days=30)
"""How long after a feed has dropped entries between two polls its `ttl` counts only as far as it
doesn't do that again."""


def classify_status(
    status: int, *, has_retry_after: bool, body_sha256: bytes, state: PollState | None
) -> AnswerKind:
    """Returns what an answer is by its status; `changed` holds if its body proves to be a feed.

    Args:
        status: Of the last hop.
        has_retry_after: Whether the header was sent; without it, 503 is a failure like others.
        body_sha256: Of the body. A hash is only remembered of a feed, so an equal one is a feed.
        state: What was remembered before the poll.
    """
    if status in (200, 203):  # 203: the same, through a proxy that changed something.
        is_same = state is not None and state.body_sha256 == body_sha256
        return "same" if is_same else "changed"
    if status == 304:
        return "not_modified"
    if status == 410:
        return "gone"
    if status == 429 or (status == 503 and has_retry_after):
        return "waiting"
    return "failed"


def is_due(state: PollState | None, *, now: datetime) -> bool:
    """Returns whether a feed is to be polled.

    Args:
        state: What is remembered of it, None if it was never polled.
        now: The present, UTC.
    """
    if state is None:
        return True
    if state.is_stopped:
        return False
    if state.next_due is None or now >= state.next_due:
        return True
    return state.polled_at is not None and is_ahead(state.polled_at, now=now)


def resume(state: PollState) -> PollState:
    """Returns the state of a feed that a person asks to be polled again: due at once.

    Args:
        state: Of a feed that is stopped, or waits.
    """
    return replace(state, gone=0, is_stopped=False, next_due=None)


def conditional_headers(state: PollState | None, *, chance: float) -> dict[str, str]:
    """Returns the headers that ask for a body only if it is another than the last one.

    None are sent by one poll in twenty, after many answers 304, and to feeds whose validators
    have lied.

    Args:
        state: What is remembered of the feed, None if it was never polled.
        chance: From 0 to below 1, evenly distributed over feeds; whether it is always the same
            for one feed or new at each poll, one poll in twenty is chosen.
    """
    if state is None or state.has_lying_validators:
        return {}
    is_enough = (
        int(state.polls + chance * _UNCONDITIONAL_EVERY) % _UNCONDITIONAL_EVERY == 0
        or state.not_modified_polls >= _MAX_NOT_MODIFIED
        or state.not_modified_polls * state.interval_s >= _MAX_NOT_MODIFIED_S
    )
    if is_enough and not state.has_doubtful_validators:
        return {}
    headers = {"If-None-Match": state.etag, "If-Modified-Since": state.last_modified}
    return {name: value for name, value in headers.items() if value is not None}


def after(
    state: PollState | None,
    answer: Answer,
    *,
    address: str,
    now: datetime,
    options: PollIntervals,
    chance: float,
) -> PollState:
    """Returns what is remembered of a feed after a poll; its `next_due` is later than `now`.

    Args:
        state: What was remembered before, None if it was never polled.
        answer: What the poll came to.
        address: The source's own address.
        now: Time of the poll, UTC.
        options: Bounds of the waits.
        chance: From 0 to below 1, evenly distributed over feeds: where in its jitter a wait lies.
    """
    before = state or PollState(address)
    kind = answer.kind
    if kind == "not_modified" and not answer.was_conditional:
        kind = "failed"  # Nothing was compared: a cache on the way is broken.
    if kind == "waiting" and answer.http_status is None:
        wait_s = max(options.min_interval_s, _asked_patience_s(answer, options=options))
        due = now + timedelta(seconds=_longer(wait_s, chance=chance))
        return replace(before, polled_at=now, next_due=due)
    polled = replace(before, polled_at=now, polls=before.polls + 1)
    if kind in ("changed", "same", "not_modified"):
        return _after_success(polled, answer, now=now, options=options, chance=chance)
    return _after_failure(
        polled, answer, kind=kind, address=address, now=now, options=options, chance=chance
    )


def _after_success(
    before: PollState, answer: Answer, *, now: datetime, options: PollIntervals, chance: float
) -> PollState:
    has_body, is_read = answer.kind != "not_modified", answer.kind == "changed"
    new_entries = max(answer.new_entries, 0) if has_body else 0
    state = _after_body(before, answer, options=options) if has_body else _after_304(before, answer)
    state = _after_redirects(state, answer)
    rate, observed_s = before.new_per_day, before.observed_s
    if before.succeeded_at is not None:
        elapsed_s = (now - before.succeeded_at).total_seconds()
        rate, observed_s = poll_interval.update_rate(
            rate, observed_s=observed_s, elapsed_s=elapsed_s, new_entries=new_entries
        )
    fresh_s = poll_interval.header_interval_s(
        cache_control=answer.cache_control,
        expires=answer.expires,
        date=answer.date,
        now=now,
        longest_s=options.max_interval_s,
    )
    overflowed_at = now if has_body and answer.missed_entries > 0 else before.overflowed_at
    wish_s = min(max(fresh_s, state.hinted_interval_s), options.max_interval_s)
    if overflowed_at is not None and now - overflowed_at < _OVERFLOW_MEMORY:
        wish_s = poll_interval.bounded_wish_s(
            wish_s,
            previous_s=before.interval_s,
            new_per_day=rate,
            new_entries=new_entries,
            entries=answer.entries,
        )
    interval_s = poll_interval.usual_interval_s(
        before.interval_s,
        new_per_day=rate,
        new_entries=new_entries,
        entries=answer.entries,
        wish_s=wish_s,
        options=options,
    )
    # Jitter must not ask again while the feed calls itself fresh: the answer would be the same.
    wait_s = max(poll_interval.spread(interval_s, chance=chance), wish_s)
    return replace(
        state,
        succeeded_at=now,
        changed_at=now if new_entries else before.changed_at,
        next_due=_due(state, wait_s, now=now, chance=chance),
        interval_s=interval_s,
        failures=0,
        failing_since=None,
        gone=0,
        is_stopped=False,
        new_per_day=rate,
        observed_s=observed_s,
        newest_entry_at=answer.newest_entry_at if is_read else before.newest_entry_at,
        ahead_from=answer.ahead_from if is_read else before.ahead_from,
        overflowed_at=overflowed_at,
    )


def _after_304(before: PollState, answer: Answer) -> PollState:
    """Returns the state with the validators of a 304, the old ones where it brings none."""
    if before.has_doubtful_validators:
        return replace(
            before,
            has_doubtful_validators=False,
            has_lying_validators=True,
            not_modified_polls=before.not_modified_polls + 1,
        )
    return replace(
        before,
        etag=_usable(answer.etag) or before.etag,
        last_modified=_usable(answer.last_modified) or before.last_modified,
        not_modified_polls=before.not_modified_polls + 1,
    )


def _after_body(before: PollState, answer: Answer, *, options: PollIntervals) -> PollState:
    """Returns the state with the validators, the hash and the hints of a body.

    News under validators that are equal is a lie. A body alone is none: WordPress counts
    comments in its feeds and leaves the validators as they are.
    """
    etag, last_modified = _usable(answer.etag), _usable(answer.last_modified)
    has_news = answer.new_entries > 0 and before.succeeded_at is not None
    is_lie = has_news and _are_same(before, etag=etag, last_modified=last_modified)
    # After nothing but 304, news that only an unconditional poll sees may be a coincidence. The
    # next poll tells: it asks with the old validators, which an honest server calls outdated.
    is_doubtful = (
        has_news
        and not answer.was_conditional
        and before.not_modified_polls > 0
        and (etag is not None or last_modified is not None)
        and not (is_lie or before.has_lying_validators or before.has_doubtful_validators)
    )
    state = before
    if answer.kind == "changed":
        longest_s = options.max_interval_s
        state = replace(
            before,
            hinted_interval_s=poll_interval.hinted_interval_s(answer.hints, longest_s=longest_s),
            skip_hours=poll_interval.to_mask(answer.hints.skip_hours, size=24),
            skip_days=poll_interval.to_mask(answer.hints.skip_days, size=7),
        )
    return replace(
        state,
        etag=before.etag if is_doubtful else etag,
        last_modified=before.last_modified if is_doubtful else last_modified,
        body_sha256=answer.body_sha256 or before.body_sha256,
        not_modified_polls=0,
        has_doubtful_validators=is_doubtful,
        has_lying_validators=before.has_lying_validators or is_lie,
    )


def _after_redirects(before: PollState, answer: Answer) -> PollState:
    """Returns the state with the address that permanent redirects to a feed have confirmed."""
    target = answer.permanent_target
    if target is None or target == before.address or not _is_address(target):
        return replace(before, moved_to=None, moved_count=0)
    count = before.moved_count + 1 if target == before.moved_to else 1
    if count < ADOPT_MOVES:
        return replace(before, moved_to=target, moved_count=count)
    return replace(before, address=target, moved_to=None, moved_count=0)


def _after_failure(
    before: PollState,
    answer: Answer,
    *,
    kind: AnswerKind,
    address: str,
    now: datetime,
    options: PollIntervals,
    chance: float,
) -> PollState:
    failures = before.failures + 1
    gone = before.gone + 1 if kind == "gone" else before.gone if before.is_stopped else 0
    # A server that asks for patience is alive, and so is the address.
    is_lost = gone >= STOP_GONE if kind == "gone" else failures >= FALL_BACK_FAILURES
    state = replace(before, moved_to=None, moved_count=0)
    if is_lost and kind != "waiting" and before.address != address:
        gone = 0
        state = replace(
            state,
            address=address,
            etag=None,
            last_modified=None,
            not_modified_polls=0,
            has_doubtful_validators=False,
        )
    interval_s = max(options.min_interval_s, before.interval_s)
    wait_s = poll_interval.failure_wait_s(failures, interval_s=interval_s, options=options)
    wait_s = min(poll_interval.spread(wait_s, chance=chance), options.max_backoff_s)
    patience_s = _asked_patience_s(answer, options=options)
    wait_s = max(wait_s, _longer(patience_s, chance=chance))
    return replace(
        state,
        next_due=_due(state, wait_s, now=now, chance=chance),
        failures=failures,
        failing_since=before.failing_since or now,
        gone=gone,
        is_stopped=gone >= STOP_GONE,
    )


def _due(state: PollState, wait_s: float, *, now: datetime, chance: float) -> datetime:
    due = now + timedelta(seconds=wait_s)
    return poll_interval.avoid_skipped(
        due, hours=state.skip_hours, days=state.skip_days, chance=chance
    )


def _asked_patience_s(answer: Answer, *, options: PollIntervals) -> float:
    """Returns how long the server asks to wait after a failure, within bounds; 0 if it does not."""
    return min(max(answer.retry_after_s or 0.0, 0.0), options.retry_after_cap_s)


def _longer(wait_s: float, *, chance: float) -> float:
    """Returns the wait with jitter that never shortens it."""
    return max(wait_s, poll_interval.spread(wait_s, chance=(1 + chance) / 2))


def _are_same(before: PollState, *, etag: str | None, last_modified: str | None) -> bool:
    """Whether a server with these validators would have answered 304 (RFC 9110, section 13.2.2)."""
    if before.etag is not None:
        return etag is not None and before.etag.removeprefix("W/") == etag.removeprefix("W/")
    return last_modified is not None and last_modified == before.last_modified


def _usable(validator: str | None) -> str | None:
    """Returns a validator that can be stored and sent as it is, else None."""
    if not validator or len(validator) > _MAX_VALIDATOR_CHARS or not validator.isprintable():
        return None
    return validator


def _is_address(target: str) -> bool:
    is_http = target.startswith(("http://", "https://"))
    return is_http and len(target) <= _MAX_ADDRESS_CHARS and target.isprintable()


def child_source(child: Child, parent: WebSource, *, own: Mapping[str, SourceOptions]) -> WebSource:
    """Returns the source that another one leads to, with the operator's options.

    Args:
        child: Where it leads to.
        parent: The other one, whose options it has where it has none itself.
        own: The operator's options of single sources, by address.
    """
    options = own.get(child.url, parent.options)
    tags = tuple(dict.fromkeys((*child.tags, *options.tags, *parent.options.tags)))
    options = replace(options, tags=tags)
    is_own = origin_of(child.url) == origin_of(parent.url)
    if not is_own and child.url not in own:
        # Headers and secrets are meant for the parent's site; no other one may see them.
        options = replace(options, headers=(), auth_env=None, cookies_env=None)
    kind = "feed" if child.is_feed else None
    return WebSource(
        child.url,
        options=options,
        credentials=parent.credentials if is_own else None,
        kind=kind,
        is_child=True,
        depth=parent.depth + 1,
    )


def import_answer_readers() -> None:
    """Imports what reads feeds, lists and sitemaps: once, for all children."""
    from feedlake.transforms.poll import interpret  # noqa: F401
