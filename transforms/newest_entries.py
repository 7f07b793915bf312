"""Which entries of a feed that has too many are its newest."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from transforms.parsed_feed import Fields, string_in


def newest_entries(entries: Sequence[Fields], *, max_entries: int) -> list[int]:
    """Returns the positions of the newest entries, in the feed's order.

    Dates decide, not places: most feeds begin with their newest entry, those that only append end
    with it, and of the first 2,000 of such a feed not one would ever be new. Where fewer than half
    of the entries are dated, the first count as the newest; among equals, too.

    Args:
        entries: As in `ParsedFeed`.
        max_entries: How many to keep.
    """
    if len(entries) <= max_entries:
        return list(range(len(entries)))
    moments = [_moment(entry) for entry in entries]
    dated = [position for position, moment in enumerate(moments) if moment is not None]
    if 2 * len(dated) < len(entries):
        return list(range(max_entries))
    order = sorted(range(len(entries)), key=lambda position: -(moments[position] or 0.0))
    return sorted(order[:max_entries])


def _moment(entry: Fields) -> float | None:
    """Returns the entry's date in seconds since 1970, if it is written as formats of feeds demand.

    Not `parse_date`: it asks a library about what it does not know, which takes up to 50 ms, and
    here are entries by the ten thousand.
    """
    for key in ("published", "updated", "created"):
        text = (string_in(entry, key) or "").strip()
        for read in (datetime.fromisoformat, parsedate_to_datetime):
            try:
                moment = read(text)
                return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
            # The last two: what parsers of the standard library let slip on odd texts.
            except (ValueError, OverflowError, TypeError, LookupError):
                continue
    return None
