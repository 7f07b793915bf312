"""The records about addresses that are polled: what they are, and what a poll came to."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass, field
from datetime import datetime
from typing import Literal


@dataclass(frozen=True)
class PollHints:
    """When a feed's body asks to be polled.

    Attributes:
        ttl_s: RSS `ttl`, in seconds.
        update_interval_s: `sy:updatePeriod` divided by `sy:updateFrequency`, in seconds.
        skip_hours: RSS `skipHours`, 0 to 23 in UTC; 24 stands for 0, others are ignored.
        skip_days: RSS `skipDays` in UTC, Monday is 0; others than 0 to 6 are ignored.
    """

    ttl_s: float | None = None
    _: KW_ONLY
    update_interval_s: float | None = None
    skip_hours: tuple[int, ...] = ()
    skip_days: tuple[int, ...] = ()


NO_HINTS = PollHints()


AnswerKind = Literal["changed", "same", "not_modified", "failed", "gone", "waiting"]


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
        newest_entry_at: Latest date of publication among the entries of the last body, UTC; None
            if they have none.
        overflowed_at: Last poll that found nothing but new entries, so that some had left the feed
            unseen, UTC.
        ahead_from: Earliest date of publication among the entries of the last body that lay too far
            ahead of the clock to be believed, UTC; None if none did.
    """

    address: str
    _: KW_ONLY
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
    newest_entry_at: datetime | None = None
    overflowed_at: datetime | None = None
    ahead_from: datetime | None = None


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
        retry_after_s: How long the server asks to be left alone; None if it does not.
        permanent_target: Where an unbroken chain of 301 and 308 from the state's address led:
            up to the first temporary redirect; None if there was none.
        hints: When the body asks to be polled; read only of a changed one.
        entries: Entries in the body.
        new_entries: Those of them that are new or have changed since earlier polls.
        missed_entries: Entries that came and went since the poll before, at least.
        newest_entry_at: Latest date of publication among the entries, UTC.
        ahead_from: Earliest date among them that lies too far ahead of the clock to be believed.
        was_conditional: Whether the request carried validators.
        error: Why it failed, for people.
    """

    kind: AnswerKind
    _: KW_ONLY
    http_status: int | None = None
    etag: str | None = None
    last_modified: str | None = None
    body_sha256: bytes | None = None
    cache_control: str | None = None
    expires: str | None = None
    date: str | None = None
    retry_after_s: float | None = None
    permanent_target: str | None = None
    hints: PollHints = NO_HINTS
    entries: int = 0
    new_entries: int = 0
    missed_entries: int = 0
    newest_entry_at: datetime | None = None
    ahead_from: datetime | None = None
    was_conditional: bool = False
    error: str | None = None


@dataclass(frozen=True)
class SourceOptions:
    """What the operator decides about one address; the defaults leave all as it is.

    Attributes:
        tags: Added to the tags of its articles.
        language: Of its articles, where the source names none.
        interval_s: Least time between two polls; None: the general one.
        max_interval_s: Longest wait after a poll that succeeded, whatever the source asks for;
            None: the general one.
        delay_s: Pause between requests to its host; None: the general one.
        headers: Sent with its requests.
        auth_env: Environment variable that holds `user:password` for basic authentication.
        cookies_env: Environment variable that holds the value of the Cookie header.
        fetches_pages: Whether the pages of its entries are fetched.
        obeys_robots: Whether robots.txt counts.
    """

    tags: tuple[str, ...] = ()
    _: KW_ONLY
    language: str | None = None
    interval_s: float | None = None
    max_interval_s: float | None = None
    delay_s: float | None = None
    headers: tuple[tuple[str, str], ...] = ()
    auth_env: str | None = None
    cookies_env: str | None = None
    fetches_pages: bool = True
    obeys_robots: bool = True


@dataclass(frozen=True)
class WebSource:
    """One address to poll.

    Attributes:
        url: The address as the operator or a list gave it, without credentials: its identity.
        state: What earlier polls have found; None before the first.
        options: What the operator decides about it.
        credentials: `user:password` of the address as given; never stored.
        entry_fingerprints: See `Poll`, of the last poll that has them.
        kind: The kind that it must have: the one it had before, or the one that its list declares;
            None if any will do.
        last_kind: The kind that it had when it was last read; None if it never was.
        feeds: For a site that names no feed: those that an earlier poll found there.
        is_child: Whether a list or another source led to it; if not, the operator named it.
        depth: How many addresses this run followed to get here; 0 if the operator named it.
    """

    url: str
    _: KW_ONLY
    state: PollState | None = None
    options: SourceOptions = field(default_factory=SourceOptions)
    credentials: str | None = field(default=None, repr=False)
    entry_fingerprints: tuple[bytes, ...] = ()
    kind: str | None = None
    last_kind: str | None = None
    feeds: tuple[Child, ...] = ()
    is_child: bool = False
    depth: int = 0


@dataclass(frozen=True)
class Child:
    """An address that a source leads to.

    Attributes:
        url: The address.
        tags: Categories that it is filed under.
        is_feed: Whether the source says that it is a feed; then anything else is an error.
    """

    url: str
    tags: tuple[str, ...] = ()
    is_feed: bool = False


@dataclass(frozen=True)
class Poll:
    """What asking one address came to: further columns of the table `sources`.

    Attributes:
        state: What the next poll has to know.
        http_status: Of the last hop; None if there was no answer.
        was_conditional: Whether the request named a version that is known.
        entries: Entries that it holds.
        new_entries: Entries that the poll before did not hold, as far as they are known.
        missed_entries: Entries that came and went since the poll before, at least.
        left_out: Entries beyond the limits on number and age, which were not read.
        error: Stable word for what went wrong.
        redirect: Where it was redirected to.
        title: The feed's name.
        entry_fingerprints: One for each entry, then those of entries that it held lately (see
            `fingerprints_to_keep`); None if it was not read. The column is called `entry_marks`.
        children: Where it leads to; None if it was not read.
        robots_txt: Content of a robots.txt file.
    """

    state: PollState
    _: KW_ONLY
    http_status: int | None = None
    was_conditional: bool = False
    entries: int = 0
    new_entries: int = 0
    missed_entries: int = 0
    left_out: int = 0
    error: str | None = None
    redirect: str | None = None
    title: str | None = None
    entry_fingerprints: tuple[bytes, ...] | None = None
    children: tuple[Child, ...] | None = None
    robots_txt: str | None = None
