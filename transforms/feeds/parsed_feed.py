"""A feed as read, whatever its format, and the newest of too many entries."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass
from typing import Any

from feedlake.transforms.normalize.dates import parse_usual_date

XHTML = "application/xhtml+xml"
"""Kind of a text whose markup was elements of the feed itself."""

# Named and nested as feedparser does it, so that what it reads needs no other shape. A field of
# its dictionaries may be of any type, for it takes an element of any name for a field.
Fields = dict[str, Any]


@dataclass(frozen=True)
class ParsedFeed:
    """A feed as read, before its entries are made documents.

    Attributes:
        version: Word for the format: feedparser's, such as `atom10`; `json` for a JSON Feed.
        fields: What the feed says about itself: `title`, `link`, `links`, `language`, `authors`,
            `notices`, `licenses`, and the hints (`ttl`, `sy_updateperiod`,
            `sy_updatefrequency`; lists of str as `skiphours` and `skipdays`).
        entries: The fields of each entry, in the feed's order: feedparser's, but for `content`,
            `summaries` and `media_texts`, which are lists of `{"type", "value", "language"}`:
            texts made to be whole, all others, and those about a film that comes with it; and
            but for `notices` and `licenses`, lists of str (what feedparser has is `rights`, and
            links whose `rel` is `license`).
        is_truncated: Whether it ends before its root element does.
        is_last_entry_cut: Whether it ends within its last entry.
    """

    version: str
    _: KW_ONLY
    fields: Fields
    entries: Sequence[Fields]
    is_truncated: bool = False
    is_last_entry_cut: bool = False

    @property
    def is_rss(self) -> bool:
        """Whether it is RSS of any version, RDF included."""
        return self.version.startswith("rss")


@dataclass(frozen=True)
class BadFeed(Exception):
    """Nothing could be read from a body.

    Attributes:
        reason: `not_a_feed`, `corrupt_feed` or `bad_json`.
        detail: One sentence for people.
    """

    reason: str
    detail: str


_IMAGE_FILE = re.compile(r"\.(?:jpe?g|png|webp|gif|avif)(?:\?|$)", re.IGNORECASE)


# `dict.get`, because feedparser's own `get` answers for `updated` with `published`, and warns.


def string_in(fields: Fields, key: str) -> str | None:
    """Returns the field if it is a text and not blank."""
    value = dict.get(fields, key)
    return value if isinstance(value, str) and value and not value.isspace() else None


def fields_in(fields: Fields, key: str) -> Fields:
    """Returns the field if it has fields itself, else none."""
    value = dict.get(fields, key)
    return value if isinstance(value, dict) else {}


def dicts_in(fields: Fields, key: str) -> list[Fields]:
    """Returns those items of a list that have fields."""
    value = dict.get(fields, key)
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def strings_in(fields: Fields, key: str) -> list[str]:
    """Returns those items of a list that are texts."""
    value = dict.get(fields, key)
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def media_type_of(detail: Fields) -> str:
    """Returns the media type of a text or link, plain text if it names none."""
    return (string_in(detail, "type") or "text/plain").partition(";")[0].strip().lower()


def is_image(media: Fields) -> bool:
    """Returns whether a link to a file that belongs to an entry leads to a picture."""
    kind = string_in(media, "type") or string_in(media, "medium")
    if kind:
        return kind.lower().startswith("image")
    return bool(_IMAGE_FILE.search(string_in(media, "url") or string_in(media, "href") or ""))


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
    """Returns the entry's date in seconds since 1970, if it has one in a usual form.

    Not by `parse_date`: it asks a library about what it does not know, which takes up to 50 ms,
    and here are entries by the ten thousand.
    """
    for key in ("published", "updated", "created"):
        moment = parse_usual_date(string_in(entry, key) or "")
        if moment is not None:
            return moment.timestamp()
    return None
