"""The columns of `sources` that tell of polls, and how they become a state again."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from feedlake.transforms.records.polls import Poll, PollState

_TIME = pa.timestamp("us", tz="UTC")
_CHILDREN = pa.list_(
    pa.struct([("url", pa.string()), ("tags", pa.list_(pa.string())), ("is_feed", pa.bool_())])
)


def _column(name: str, kind: pa.DataType, meaning: str) -> pa.Field:
    return pa.field(name, kind, metadata={"meaning": meaning})


STATE_COLUMNS = (
    _column("address", pa.string(), "For a polled address: where it is polled now; differs from `source` after a permanent move."),
    _column("etag", pa.string(), "ETag of its last answer, sent with the next poll."),
    _column("last_modified", pa.string(), "Last-Modified of its last answer, sent with the next poll."),
    _column("body_sha256", pa.binary(32), "SHA-256 of the last body that was read."),
    _column("polled_at", _TIME, "When it was polled, UTC; for robots.txt, when it was fetched."),
    _column("succeeded_at", _TIME, "Last poll that succeeded, UTC."),
    _column("changed_at", _TIME, "Last poll that found new entries, UTC."),
    _column("next_due", _TIME, "When a scheduled run will poll it again, UTC."),
    _column("interval_s", pa.float64(), "Usual wait between its polls, in seconds."),
    _column("failures", pa.int32(), "Failed polls in a row."),
    _column("failing_since", _TIME, "The first of those polls, UTC."),
    _column("gone", pa.int32(), "Answers with status 410 in a row."),
    _column("is_stopped", pa.bool_(), "Whether feedlake has stopped polling it, because it answered 410 twice."),
    _column("moved_to", pa.string(), "Where a permanent redirect led that isn't confirmed yet."),
    _column("moved_count", pa.int32(), "Polls in a row that led there."),
    _column("not_modified_polls", pa.int32(), "Answers 304 since the last body."),
    _column("has_doubtful_validators", pa.bool_(), "Whether ETag and Last-Modified are on trial, because they may have stayed the same while there was news."),
    _column("has_lying_validators", pa.bool_(), "Whether they did stay the same while there was news; then feedlake doesn't send them any more."),
    _column("hinted_interval_s", pa.float64(), "Time between polls that the feed asks for, in seconds."),
    _column("skip_hours", pa.int64(), "Bit h is set if the feed asks not to be polled in hour h, UTC."),
    _column("skip_days", pa.int64(), "Bit d is set if the feed asks not to be polled on day d of the week, UTC; Monday is 0."),
    _column("new_per_day", pa.float64(), "Mean number of new entries a day."),
    _column("observed_s", pa.float64(), "Seconds over which that mean is taken."),
    _column("polls", pa.int64(), "Polls in all."),
    _column("newest_entry_at", _TIME, "Latest date of publication among the entries of its last body, UTC."),
    _column("overflowed_at", _TIME, "Last poll at which all of its entries were new, so that others had come and gone unseen, UTC."),
    _column("ahead_from", _TIME, "Earliest date of publication among the entries of its last body that lay more than 48 hours ahead of the clock, so that it wasn't believed, UTC; null if none did. Once it no longer does, these entries are read again."),
)  # fmt: skip
"""What the next poll has to know: the fields of `PollState`, by the same names."""

POLL_COLUMNS = (
    *STATE_COLUMNS,
    _column("http_status", pa.int32(), "HTTP status of the poll; null if there was no answer."),
    _column("was_conditional", pa.bool_(), "Whether the poll asked for a body only if it had changed."),
    _column("entries", pa.int32(), "Entries in the body."),
    _column("new_entries", pa.int32(), "Those of them that are new or changed since the poll before."),
    _column("missed_entries", pa.int32(), "How many entries had come and gone since the poll before, at the least: above 0 only if all entries were new. Reckoned by the dates of the entries; 1 if they have none."),
    _column("left_out", pa.int32(), "Entries that weren't read, because of the limits on number and age."),
    _column("error", pa.string(), "Stable word for what went wrong: see the list of reasons."),
    _column("redirect", pa.string(), "Where the poll was redirected to."),
    _column("title", pa.string(), "The feed's or list's own name."),
    _column("entry_marks", pa.list_(pa.binary()), "Entry fingerprints: for each entry, 8 bytes that identify it and 16 that change when the feed says something else about it, the last 8 of which are its `entry_mark`; a further byte counts how often in a row it has changed nothing but dates and figures; then those of entries that have left the feed lately. The next poll compares them to see what is new. Null if the body wasn't read."),
    _column("children", _CHILDREN, "Addresses that a site, a list of feeds or an index of sitemaps leads to. Null if the body wasn't read."),
    _column("robots_txt", pa.string(), "Content of a robots.txt file."),
)  # fmt: skip

_NO_POLL: dict[str, Any] = dict.fromkeys(column.name for column in POLL_COLUMNS)
_OWN = [column.name for column in POLL_COLUMNS[len(STATE_COLUMNS) :]]
_ATTRIBUTES = {"entry_marks": "entry_fingerprints"}  # Columns that `Poll` calls otherwise.


def poll_row(poll: Poll | None) -> dict[str, Any]:
    """Returns the values of `POLL_COLUMNS` by name; all None for what is no poll."""
    if poll is None:
        return _NO_POLL
    children = None
    if poll.children is not None:
        children = [dataclasses.asdict(child) for child in poll.children]
    own = {name: getattr(poll, _ATTRIBUTES.get(name, name)) for name in _OWN}
    return {**vars(poll.state), **own, "children": children}


def read_state(row: Mapping[str, Any]) -> PollState | None:
    """Returns the state that a row holds; None if it tells of no poll."""
    if row["address"] is None:
        return None
    names = [column.name for column in STATE_COLUMNS]
    # Files of older versions lack columns, for which the defaults stand.
    return PollState(**{name: row[name] for name in names if row.get(name) is not None})
