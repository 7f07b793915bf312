"""Which date a page's `meta` element states, by the name of the element.

There are hundreds of such names, since each publishing system has its own. But they are a few words
for the date behind one of a few dozen prefixes, so the words and the prefixes are listed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Literal, NamedTuple

DateKind = Literal["published", "updated"]


class _Meaning(NamedTuple):
    """What a name says of the date: the kind, and how surely, 0 the most."""

    kind: DateKind
    rank: int


_MAX_NAME_CHARS = 60
_SIGNS = re.compile(r"[\W_]+")

# Vocabularies (Dublin Core, PRISM, schema.org, rNews), publishing systems, programs that count
# readers or search sites, and words for a page.
_PREFIXES = (
    r"(?:analytics(?:attributes)?|article|bepress|blog|bt|citation|cms|content|cxense(?:parse)?"
    r"|dcsext|dcterms?|dc|doc(?:ument)?|eomportal|eprints|item|mediator|meta(?:data)?|news|og"
    r"|originaldc|page|parsely|post|prism|question|rb|recs|rnews|sailthru|schema|shareaholic|skd|sn"
    r"|story|swiftype|tmg|twitter|twt|vr|web|wp){0,4}?"
)
_AT = r"(?:date|time|day|datetime|dt|on|at|ts|timestamp)(?:iso(?:8601)?|utc|gmt|telegram)?"
_FIRST = r"(?:first|original(?:ly)?|initial(?:ly)?)?"
_LAST = r"(?:last|latest|most(?:recently)?)?"

# Best first. Of publication: what says so; what some systems call it; the making of the page, which
# comes before it as a rule; a date of nothing. Of change: what says so; what servers say as well.
_WORDS: dict[DateKind, tuple[str, ...]] = {
    "published": (
        rf"{_FIRST}(?:published(?:{_AT})?|(?:publish|publication|pub){_AT})|issued(?:{_AT})?"
        r"|(?:date|time)(?:of)?(?:first)?(?:publish(?:ed)?|publication|pub|issued)|issuedate",
        rf"posted(?:{_AT})?|postdate|dateposted|(?:online|display|article|story|release){_AT}"
        r"|date(?:online|display|release|original)|originaldate|pdate|ptime",
        rf"created(?:{_AT})?|(?:create|creation){_AT}|date(?:created?|creation|submitted)"
        rf"|submitted(?:{_AT})?|regdate|gentime",
        r"date",
    ),
    "updated": (
        rf"modified(?:{_AT})?|{_LAST}(?:updated?|edited|changed|revised)(?:{_AT})?"
        rf"|{_LAST}(?:update|edit|change|modification|revision){_AT}|mod{_AT}"
        r"|(?:date|time)(?:last)?(?:modified|updated?|revised|edited|modification)",
        rf"{_LAST}mod(?:ified)?(?:{_AT})?|lastdate|utime|datelastpub(?:bed|lished)?"
        rf"|(?:lastpublish(?:ed)?|republished)(?:{_AT})?",
    ),
}
_RULES = [
    (kind, rank, re.compile(_PREFIXES + f"(?:{words})"), re.compile(words))
    for kind, ranked in _WORDS.items()
    for rank, words in enumerate(ranked)
]
# What else on a page may have dates. Behind any other first word, as behind the name of a
# publisher, the words for publication and for a change mean the page.
_OF_OTHERS = re.compile(
    r"ads?|album|app|author|book|comments?|event|expir\w*|gallery|image|music|photo|podcast|product"
    r"|profile|site|user|video"
)

_BEST: dict[str, _Meaning] = {
    "articlepublishedtime": _Meaning("published", 0),
    "datepublished": _Meaning("published", 1),
    "parselypubdate": _Meaning("published", 2),
    "articlemodifiedtime": _Meaning("updated", 0),
    "ogupdatedtime": _Meaning("updated", 1),
    "datemodified": _Meaning("updated", 2),
}
"""Names that come before others of their rank: many programs read them, so they are right."""


def date_rank(name: str, kind: DateKind) -> int | None:
    """Returns how surely a date of that name is of that kind, 0 the most; None if it is not.

    Args:
        name: Of a `meta` element, or of a property in the page's body.
        kind: Of publication, or of the last change.
    """
    meaning = _meaning(name.lower())
    return meaning.rank if meaning is not None and meaning.kind == kind else None


def read_meta_dates(meta: Mapping[str, tuple[str, ...]], kind: DateKind) -> Iterator[str]:
    """Yields the values of the elements whose names mean a date of that kind, best first.

    Args:
        meta: Values of the page's `meta` elements by lower-case name.
        kind: Of publication, or of the last change.
    """
    ranked = [(rank, name) for name in meta if (rank := date_rank(name, kind)) is not None]
    for _, name in sorted(ranked, key=lambda pair: pair[0]):
        yield from meta[name]


@lru_cache(maxsize=4096)  # Sites share a few dozen names.
def _meaning(name: str) -> _Meaning | None:
    if len(name) > _MAX_NAME_CHARS:
        return None
    parts = [part for part in _SIGNS.split(name) if part]
    letters = "".join(parts)
    if letters in _BEST:
        return _BEST[letters]
    for kind, rank, known, _ in _RULES:
        if known.fullmatch(letters):
            return _Meaning(kind, 10 * (rank + 1))
    if any(map(_OF_OTHERS.fullmatch, parts)):
        return None
    for kind, rank, _, words in _RULES:
        if rank == 0 and any(words.fullmatch("".join(parts[n:])) for n in range(1, len(parts))):
            return _Meaning(kind, 15)
    return None
