"""The rule for whether a document is a version of an article whose guid or address it has.

A guid or an address alone is one witness: feeds give both to other stories, a day or years later.
So a second one has to agree, and what speaks against it counts as well: the text, the title and
the date of publication. In doubt it is an article of its own, since a story that is taken for a
version of another one is lost. The cases stand in `docs/duplicates.md`.
"""

from __future__ import annotations

import re
import zlib
from typing import Literal, NamedTuple

from feedlake.transforms.dedup.text_words import tokenize

TextKinship = Literal["same", "akin", "other", "unknown"]
"""How alike two texts are. `same`: the same text, or a near-duplicate. `akin`: one may be a version
of the other. `other`: neither. `unknown`: they are not akin, but one is too short, or a summary, so
that this says nothing."""

TitleKinship = Literal["same", "similar", "other", "unknown"]
"""How alike two titles are; `unknown` if one of them is missing."""

DateKinship = Literal["same", "near", "far", "unknown"]
"""How close two times of publication are; `unknown` if one of them is missing."""

FAR_DAYS, FAR_DAYS_AT_ADDRESS = 3, 30
"""Days above which two times of publication are far apart: for one guid, and for one address, which
is the better witness."""

TITLE_WORDS = 16
"""Words of a title that are compared, at most; of a longer one, those with the smallest hashes."""

SIMILAR_TITLE = 0.6
"""Above which part of the words of two titles has to be in both. `Weather for Monday` and `Weather
for Tuesday` must not reach it, nor `Daily weather for Monday` and its like."""

MIN_TITLE_WORDS = 3
"""Words of a title from which another one that has all of them is similar."""

_DAY_S = 24 * 3_600
_MICROSECONDS = 1_000_000
_NUMBER = re.compile(r"\d+(?:[.,:/-]\d+)*")


class Evidence(NamedTuple):
    """What a document and the versions of an article have in common; of each, what is most alike.

    Attributes:
        text: Of the texts.
        title: Of the titles.
        apart_s: Seconds between the times of publication; None if one is unknown.
        is_timed: Whether the times that are closest have a time of day.
        is_renamed: Whether the feed that the article came from gives the document another guid.
    """

    text: TextKinship
    title: TitleKinship
    apart_s: float | None
    is_timed: bool
    is_renamed: bool = False

    def date(self, far_days: int) -> DateKinship:
        """Returns how close the times of publication are.

        Args:
            far_days: Days above which they are far apart.
        """
        if self.apart_s is None:
            return "unknown"
        if self.apart_s == 0:
            return "same"
        return "far" if self.apart_s > far_days * _DAY_S else "near"


def follows_by_guid(found: Evidence) -> bool:
    """Returns whether a document under another address is a version, since it has the guid."""
    date = found.date(FAR_DAYS)
    is_titled = found.title in ("same", "similar")
    match found.text:
        case "same":
            return True
        case "akin":
            return date == "same" or (found.title != "other" and date != "far")
        case "unknown":
            is_stated = is_titled and date in ("same", "unknown")
            return is_stated or (date == "same" and found.title != "other")
    return False


def follows_by_address(found: Evidence) -> bool:
    """Returns whether a document is a version, since it came from the article's address.

    A guid of its own and another date, in the same feed, make it another entry: then text and
    title have to agree, or one of them and the date.
    """
    date = found.date(FAR_DAYS_AT_ADDRESS)
    is_titled = found.title in ("same", "similar")
    is_entry = found.is_renamed and date != "same"
    match found.text:
        case "same":
            return True
        case "akin":
            return not (found.title == "other" and (date == "far" or is_entry))
        case "unknown":
            if found.title == "unknown":
                return date in ("same", "unknown") and not is_entry
            return (is_titled and not is_entry) or date == "same"
    if is_titled:
        return date in ("same", "unknown") and not is_entry
    return date == "same" and (found.title == "unknown" or found.is_timed)


def strength(found: Evidence) -> int:
    """Returns how much speaks for one of several articles that a document may be a version of."""
    return {"same": 2, "akin": 1}.get(found.text, 0)


def sketch_title(title: str | None) -> bytes:
    """Returns what a title's words are compared by: two bytes a word, none without a title.

    A number is one word, as in `1.0` or `3/9/2026`; the lowest bit says that it is one.
    """
    if not title:
        return b""
    numbers = _NUMBER.findall(title)
    words = {_hash(number) | 1 for number in numbers}
    rest = _NUMBER.sub(" ", title) if numbers else title
    words |= {_hash(word) & 0xFFFE or 2 for word in tokenize(rest)}
    return b"".join(word.to_bytes(2, "big") for word in sorted(words)[:TITLE_WORDS])


def compare_titles(first: bytes, second: bytes) -> TitleKinship:
    """Returns how alike two titles are, by their sketches.

    Titles with other numbers are other titles, as of two releases or two years.
    """
    if not first or not second:
        return "unknown"
    if first == second:
        return "same"
    one, other = _words(first), _words(second)
    numbers = [{word for word in words if word & 1} for words in (one, other)]
    if numbers[0] - numbers[1] and numbers[1] - numbers[0]:
        return "other"
    union = one | other
    if max(len(one), len(other)) == TITLE_WORDS:
        union = set(sorted(union)[:TITLE_WORDS])
    shared = len(one & other & union)
    is_within = min(len(one), len(other)) >= MIN_TITLE_WORDS and (one <= other or other <= one)
    return "similar" if is_within or shared > SIMILAR_TITLE * len(union) else "other"


def has_time_of_day(microseconds: int) -> bool:
    """Returns whether a time is more than a day alone, which is noted as its midnight."""
    return microseconds % (_DAY_S * _MICROSECONDS) != 0


def _words(sketch: bytes) -> set[int]:
    return {int.from_bytes(sketch[start : start + 2], "big") for start in range(0, len(sketch), 2)}


def _hash(word: str) -> int:
    return zlib.crc32(word.encode("utf-8", "surrogatepass")) & 0xFFFF
