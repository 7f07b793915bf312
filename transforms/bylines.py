"""Rules for authors: which names a byline holds, and what stands in bylines but is no name."""

from __future__ import annotations

import re
from collections.abc import Iterable

from transforms.text import normalize_line

MAX_AUTHORS = 50
"""Most names kept of one article."""

_MAX_NAME_CHARS = 100
_SPLIT = re.compile(r"\s*[;,|/&\u00b7\u2022]\s*|\s+(?:and|und|et|y|e|with)\s+", re.I)
_INTRODUCTION = re.compile(
    r"^(?:(?:analysis|article|commentary|interview|news|opinion|posted|published|report|reported|"
    r"review|story|text|words|written)\s+)?(?:by|von|par|por|door)\b:?\s+"
    r"|^(?:author|authors|autor|autore|auteur|byline|\u0430\u0432\u0442\u043e\u0440|"
    r"\u0442\u0435\u043a\u0441\u0442)(?:\s*:\s*|\s+)",
    re.I,
)
_ADDRESS = re.compile(r"\bhttps?:\S*|\bwww\.\S*|[^\s@]+@[^\s@]+\.\w+", re.I)
_HANDLE = re.compile(r"(?<!\w)@\w+")
_PARENTHESES = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
_DATE_WORDS = re.compile(
    r"(?:\s+|^)(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day|january|february|march|july|"
    r"september|october|november|december|\d.*)$",
    re.I,
)
# What a post holds, not who: "AP Auto Writer", "CNN Editor-at-large".
_ROLE = re.compile(
    r"\b(?:analyst|columnist|contributor|correspondent|critic|editor|editor-at-large|journalist|"
    r"photographer|producer|reporter|writer)$",
    re.I,
)
# Letters after a name: degrees and generations.
_LETTERS = re.compile(r"(?:[A-Z]{2,5}|[A-Z][a-z]?\.?[A-Z]\.?[A-Z]?\.?|[JjSs]r\.?)")
_NO_NAMES = frozenset({
    "admin", "administrator", "anonymous", "author", "by", "contributor", "desk", "editor",
    "editors", "guest", "none", "null", "redaction", "root", "staff", "support", "undefined",
    "unknown", "user", "webmaster",
})  # fmt: skip


def find_names(bylines: Iterable[str], *, site_names: Iterable[str] = ()) -> tuple[str, ...]:
    """Returns the names in the bylines, each once, in their order.

    Args:
        bylines: Text such as `By Ann Lee and Bo Ek, staff writer`.
        site_names: What the site is called, which is nobody's name.
    """
    names: dict[str, str] = {}
    sites = {comparable(name) for name in site_names}
    for byline in bylines:
        line = _ADDRESS.sub(" ", _PARENTHESES.sub(" ", normalize_line(byline) or ""))
        for place, piece in enumerate(_SPLIT.split(line)):
            name = _clean(piece)
            is_suffix = place > 0 and (_LETTERS.fullmatch(name) or _ROLE.search(name))
            if name and not is_suffix and name.lower() not in _NO_NAMES:
                names.setdefault(comparable(name), name)
    return tuple(name for key, name in names.items() if key not in sites)[:MAX_AUTHORS]


def comparable(text: str) -> str:
    """Returns the text's letters and digits, case-folded."""
    return "".join(filter(str.isalnum, text.casefold()))


def _clean(piece: str) -> str:
    name = _HANDLE.sub("", piece).strip(" -\u2013\u2014:*\"'\u201c\u201d.")
    name = _INTRODUCTION.sub("", f"{name} ").strip()
    while (shorter := _DATE_WORDS.sub("", name)) != name:
        name = shorter
    if not any(map(str.isalpha, name)) or len(name) > _MAX_NAME_CHARS:
        return ""
    return name
