"""What is remembered of a feed between polls, and what one poll came to.

A `PollState` is flat, so that it fits into a row of the table `sources`: the newest row of a feed
is all that the next poll knows of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from transforms.poll_interval import NO_HINTS, PollHints

Kind = Literal["changed", "same", "not_modified", "failed", "gone", "waiting"]


@dataclass(frozen=True)
class PollState:
    """What is remembered of a feed; one with nothing but an address was never polled.

    Attributes:
        address: Where it is fetched from; not the source's own after a permanent move.
        etag: The header as it was; None if there was none.
        last_modified: The header as it was; None if there was none.
        body_sha256: Of the last body that was read as a feed.
        polled_at: When its turn last came, UTC: it was polled, or its host asked for patience.
        succeeded_at: Last poll that succeeded, 304 included, UTC; None if none did.
        changed_at: Last poll that found new entries, UTC.
        next_due: When it is to be polled again, UTC; None: at once.
        interval_s: Usual wait between polls, before jitter; 0 before the first success.
        failures: Polls in a row that failed.
        failing_since: First of those polls, UTC.
        gone: Answers 410 in a row.
        is_stopped: Whether it is polled no more, since it was gone twice.
        moved_to: Where a chain of permanent redirects led, not confirmed yet.
        moved_count: Polls in a row that led there.
        not_modified_polls: Answers 304 since the last body.
        has_doubtful_validators: Whether the validators are those of the body before the last
            one, kept for one poll: a server that still calls them current lies.
        has_lying_validators: Whether they were equal while there was news: never sent again.
        hinted_interval_s: Wait that the last body asked for, 0 for none.
        skip_hours: Bit h is set if the last body asks not to be polled in hour h, UTC.
        skip_days: Bit d likewise for days of the week, UTC, Monday is 0.
        new_per_day: Mean of new entries a day; None before the second success.
        observed_s: Seconds that it is a mean over.
        polls: Polls in all.
    """

    address: str
    etag: str | None = None
    last_modified: str | None = None
    body_sha256: bytes | None = None
    polled_at: datetime | None = None
    succeeded_at: datetime | None = None
    changed_at: datetime | None = None
    next_due: datetime | None = None
    interval_s: float = 0.0
    failures: int = 0
    failing_since: datetime | None = None
    gone: int = 0
    is_stopped: bool = False
    moved_to: str | None = None
    moved_count: int = 0
    not_modified_polls: int = 0
    has_doubtful_validators: bool = False
    has_lying_validators: bool = False
    hinted_interval_s: float = 0.0
    skip_hours: int = 0
    skip_days: int = 0
    new_per_day: float | None = None
    observed_s: float = 0.0
    polls: int = 0


@dataclass(frozen=True)
class Answer:
    """What one poll came to.

    Attributes:
        kind: `changed`: a feed with another body; `same`: with the same body; `not_modified`:
            304; `gone`: 410; `waiting`: the server asks for patience, or did so before and the
            feed was not asked at all (then without a status); `failed`: anything else.
        http_status: Of the last hop; None if there was no answer.
        etag: The header as it was.
        last_modified: The header as it was.
        body_sha256: Of the body.
        cache_control: The header's value, all its lines joined by commas.
        expires: The header's value.
        date: The header's value.
        retry_after: The header's value.
        permanent_target: Where an unbroken chain of 301 and 308 from the state's address led:
            up to the first temporary redirect; None if there was none.
        hints: When the body asks to be polled; read only of a changed one.
        entries: Entries in the body.
        new_entries: Those of them that are new or have changed since earlier polls.
        was_conditional: Whether the request carried validators.
        error: Why it failed, for people.
    """

    kind: Kind
    http_status: int | None = None
    etag: str | None = None
    last_modified: str | None = None
    body_sha256: bytes | None = None
    cache_control: str | None = None
    expires: str | None = None
    date: str | None = None
    retry_after: str | None = None
    permanent_target: str | None = None
    hints: PollHints = NO_HINTS
    entries: int = 0
    new_entries: int = 0
    was_conditional: bool = False
    error: str | None = None
