"""The names of people in a line that tells who wrote something."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable

from feedlake.transforms.normalize.text import normalize_line

MAX_AUTHORS = 50
"""Most names kept of one article."""

_MAX_NAME_CHARS = 100
_MAX_PIECE_CHARS = 1_000  # A name, and a day and a post beside it.
_SPLIT = re.compile(
    r"(?:(?<!\s)\s+)?([;,|/&\u00b7\u2022\u3001\uff0c])\s*(?:(?:and|und|et|og|och)\s+)?"
    r"|(?<!\s)\s+(?:and|und|et|y|e|og|och|oraz|with)\s+",
    re.I,
)
_BEFORE_AFFILIATIONS = frozenset(",|/\u00b7\u2022")
_INTRODUCTION = re.compile(
    r"^(?:(?:analysis|article|authored|commentary|interview|news|opinion|posted|published|report|"
    r"reported|review|reviewed|story|submitted|text|words|written)\s+)?(?:by|von|par|por|door)\b:?\s+"
    r"|^(?:guest author|gastautor|text|words)\s*:\s*"
    r"|^(?:author|authors|autor|autore|auteur|byline|\u0430\u0432\u0442\u043e\u0440|"
    r"\u0442\u0435\u043a\u0441\u0442|\u4f5c\u8005|\u8bb0\u8005|\u8a18\u8005|\u64b0\u6587)"
    r"(?:\s*[:\uff1a]\s*|\s+)",
    re.I,
)
_ADDRESS = re.compile(r"\bhttps?:\S*|\bwww\.\S*|[^\s@]{1,64}@[^\s@]+\.\w+", re.I)
_HANDLE = re.compile(r"(?<!\w)@\w+")
_PARENTHESES = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
_DATE_WORDS = re.compile(
    r"(?:(?<!\s)\s+|^)(?:(?:on|at)\s+)?(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day|january|february|"
    r"march|july|september|october|november|december|published|updated|posted|"
    r"(?:jan|feb|mar|apr(?:il)?|may|june?|jul|aug(?:ust)?|sept?|oct|nov|dec)\.?\s+\d.*|\d.*)$",
    re.I,
)
_WEEKDAY = re.compile(r"(?:mon|tues?|wed|thu|thurs|fri|sat|sun)\.?", re.I)
_POSTS = (
    r"(?:analyst|columnist|contributor|correspondent|critic|editor|editor-at-large|journalist|"
    r"photographer|producer|reporter|writer)$"
)
# What somebody is where: "Attorney at Lee Ltd", "Head of Sports".
_POST_AT = re.compile(r"\S\s+(?:at|of|for)\s+\S")
# Job titles, which name nobody: "AP Auto Writer", "CNN Editor-at-large".
_ROLE = re.compile(rf"\b{_POSTS}", re.I)
_OCCUPATION = re.compile(
    r"\b(?:advis[eo]r|attorney|consultant|dietitian|director|economist|expert|founder|historian|"
    r"lawyer|manager|nutritionist|officer|physician|president|professor|researcher|specialist|"
    r"strategist)$",
    re.I,
)
# A job title or an agency right after a name, without a comma: the markup between them is lost.
_POST_BEHIND = re.compile(
    r"(?<!\s)\s+(?:(?:assistant|business|chief|city|crime|culture|deputy|economics|education|"
    r"entertainment|environment|features?|foreign|health|investigative|international|national|"
    r"news|opinion|political|politics|science|senior|special|sports?|staff|tech|technology|us|"
    rf"world)\s+){{0,3}}{_POSTS}",
    re.I,
)
_REPORTER_BEHIND = re.compile(r"(?<=\w)\s+\uae30\uc790$")  # Korean
_AGENCY_BEHIND = re.compile(
    r"(?<!\s)\s+(?:(?:the )?associated press|agence france-presse|press association|AP|AFP|reuters|"
    r"usa today(?: network)?|special to .+)$",
    re.I,
)
_MAX_PLAIN_WORDS = 2
"""Most words of a name that may end in a small letter where others don't: `bell hooks`."""

_SIGNS = " -\u2013\u2014:*\"'\u201c\u201d."
_LINK_WORDS = re.compile(r"(?:\s+(?:at|for|from|of|the))*[\s.:\u2013\u2014-]*$", re.I)
_NAME_WORDS = re.compile(r"\S+\s+\S")
# Letters after a name: degrees and generations.
_LETTERS = re.compile(r"(?:[A-Z]{2,5}|[A-Z][a-z]?\.?[A-Z]\.?[A-Z]?\.?|[JjSs]r\.?)")
# How tables write that a value is missing: pandas, R, Excel. The stroke would make it two names.
_MISSING = re.compile(r"#?n[/.]a\.?", re.I)
_NO_NAMES = frozenset({
    "admin", "administrator", "anonymous", "author", "by", "contributor", "desk", "editor",
    "editors", "guest", "name", "nan", "none", "null", "redaction", "root", "site admin", "staff",
    "submitted", "super user", "support", "undefined", "unknown", "user", "webmaster", "wpadmin",
    "your name",
})  # fmt: skip


# Words of publications and teams, which may sign as authors but are nobody's name.
_ORGANISATION = re.compile(
    r"^(?:the|le|la|les|el|los|il|die|der|das|het)\s|\b(?:agency|blog|channel|club|company|council|"
    r"daily|desk|diario|editorial|editors?|foundation|gazette|giornale|group|herald|inc|institute|"
    r"journal|llc|ltd|magazine|media|nachrichten|network|news|newsroom|noticias|online|post|"
    r"press|presse|radio|redaktion|review|staff|studio|team|television|times|tribune|tv|university|"
    r"weekly|zeitung)\b",
    re.I,
)
_PERSON_WORDS = (2, 3)

_PERSONS = re.compile(
    r"(?:(?<!\s)\s+)?[;|\u00b7\u2022&]\s*|(?<!\s)\s+(?:and|und|et|y|e|og|och|oraz)\s+", re.I
)
"""What stands between persons whose names are turned round: their commas stand within."""

_INITIALS = re.compile(r"(?:[^\W\d_a-z]\.?[ -]?){1,4}")
# Words that begin surnames, as written before them.
_PARTICLES = (
    r"(?:(?:af|al|ap|bin|da|das|de|del|della|den|der|des|di|do|dos|du|el|la|le|st\.?|te|ten|ter|"
    r"van|von|zu|zum|zur)\s+){0,3}"
)
_SURNAME = re.compile(rf"{_PARTICLES}[^\W\d_][\w'\u2019-]*", re.I)
_GIVEN = re.compile(r"[^\W\d_][\w'\u2019.-]*(?:\s+[^\W\d_][\w'\u2019.-]*){0,2}")
_AGENCIES = frozenset({
    "afp", "ansa", "ap", "apa", "bloomberg", "dpa", "efe", "interfax", "pa", "pti", "reuters",
    "tass", "upi", "xinhua",
})  # fmt: skip


def find_names(bylines: Iterable[str], *, site_names: Iterable[str] = ()) -> tuple[str, ...]:
    """Returns the names in the bylines, each once, in their order.

    Args:
        bylines: Text such as `By Ann Lee and Bo Ek, staff writer`.
        site_names: What the site is called, which is nobody's name.
    """
    names: dict[str, str] = {}
    sites = {comparable(name): name.casefold() for name in site_names if len(name) > 1}
    desks = tuple(f"{site} " for site in sites.values())
    for byline in bylines:
        line = _ADDRESS.sub(" ", _PARENTHESES.sub(" ", normalize_line(byline) or ""))
        line = "" if _MISSING.fullmatch(line.strip()) else _turn_round(line)
        pieces = _SPLIT.split(line)
        has_capitals = not _clean(pieces[0])[:1].islower()
        # Pieces and the separators between them alternate; each piece goes with the one before it.
        was_suffix, last = False, ""
        for place, (sign, piece) in enumerate(zip(["", *pieces[1::2]], pieces[::2], strict=True)):
            name = _clean(piece)
            is_post_of = place > 0 and _is_occupation(name, sign)
            alone = _without_post(name)
            person = _without_site(alone, sites)
            is_suffix = is_post_of or (place > 0 and bool(_LETTERS.fullmatch(name)))
            is_suffix |= sign in _BEFORE_AFFILIATIONS and has_capitals and _is_title(name)
            is_word = " " not in name
            # "Ann Lee, attorney at Ek & Ek" and "Ann Lee, home and garden expert".
            is_suffix |= was_suffix and is_word and sign not in _BEFORE_AFFILIATIONS
            if is_post_of and sign is None and last and " " not in names[last]:
                del names[last]
            was_suffix, last = is_suffix, ""
            is_desk = person != alone or name.casefold().startswith(desks)
            if is_desk and sign in _BEFORE_AFFILIATIONS:
                continue  # "Ann Lee, Harbour Times Business".
            if person and not is_suffix and person.lower() not in _NO_NAMES:
                last = comparable(person) if comparable(person) not in names and place else ""
                names.setdefault(comparable(person), person)
    return tuple(name for key, name in names.items() if key not in sites)[:MAX_AUTHORS]


def _is_occupation(name: str, sign: str | None) -> bool:
    """Whether a piece behind a name is what somebody is; `sign` is what stands before it."""
    if _ROLE.search(name) or _OCCUPATION.search(name):
        return True
    return sign in _BEFORE_AFFILIATIONS and _POST_AT.search(name) is not None


def is_post(text: str) -> bool:
    """Returns whether a text is a job title: `Senior writer`."""
    return _ROLE.search(text) is not None


def may_be_person(name: str) -> bool:
    """Returns whether the name could be a person's rather than a publication's."""
    return len(name.split()) in _PERSON_WORDS and not _ORGANISATION.search(name)


def _turn_round(line: str) -> str:
    """The line with `First Last` for `Last, First`, if that is how all of its names are written."""
    persons = _PERSONS.split(line.strip())
    if _turn_name(persons[0]) is None:  # "von der Leyen, Ursula" begins with no introduction.
        persons[0] = _INTRODUCTION.sub("", persons[0])
    turned = [_turn_name(person) for person in persons]
    if len(persons) == 1 and turned == [None]:
        turned = _turn_pairs(persons[0].split(","))
    whole = [name for name in turned if name is not None]
    return "; ".join(whole) if len(whole) == len(turned) > 0 else line


def _turn_name(person: str) -> str | None:
    last, comma, first = (part.strip() for part in person.partition(","))
    is_name = _SURNAME.fullmatch(last) and _GIVEN.fullmatch(first) and not first.islower()
    if not comma or not is_name or last.lower() in _AGENCIES or first.lower() in _AGENCIES:
        return None
    if last.lower() in _NO_NAMES or first.lower() in _NO_NAMES or _ROLE.search(first):
        return None
    is_letters = _LETTERS.fullmatch(first) and not _INITIALS.fullmatch(first)
    return None if is_letters else f"{first} {last}"


def _turn_pairs(parts: list[str]) -> list[str | None]:
    """The names of `Lee, A., Ek, B.`; none unless initials stand in every second place."""
    lasts, firsts = parts[::2], parts[1::2]
    if len(lasts) != len(firsts) or not all(_INITIALS.fullmatch(first.strip()) for first in firsts):
        return []
    return [_turn_name(f"{last},{first}") for last, first in zip(lasts, firsts, strict=True)]


def comparable(text: str) -> str:
    """Returns the text's letters and digits, case-folded."""
    return "".join(filter(str.isalnum, text.casefold()))


def _clean(piece: str) -> str:
    if len(piece) > _MAX_PIECE_CHARS:
        return ""  # One word is taken off at a time: of a long piece that would take long.
    name = _HANDLE.sub("", piece).strip(_SIGNS)
    name = _INTRODUCTION.sub("", f"{name} ").strip()
    while (shorter := _DATE_WORDS.sub("", name)) != name:
        name = shorter.rstrip(_SIGNS)
    if not any(map(str.isalpha, name)) or len(name) > _MAX_NAME_CHARS:
        return ""
    return "" if _WEEKDAY.fullmatch(name) else name


def _is_title(name: str) -> bool:
    """Whether it is what somebody is: `Harbour university professor of rivers`."""
    words = name.split()
    return len(words) > _MAX_PLAIN_WORDS and words[-1][0].islower()


def _without_post(name: str) -> str:
    """The name without a post or an agency behind it: `Ann Lee news reporter`."""
    name = _REPORTER_BEHIND.sub("", name)
    for behind in (_AGENCY_BEHIND, _POST_BEHIND):
        person = behind.sub("", name)
        name = person if _NAME_WORDS.match(person) else name
    return name


def _without_site(name: str, sites: Container[str]) -> str:
    """The name without a site's behind it: `Ann Lee. Harbour Times`, `Bo Ek of Harbour Times`."""
    words = name.split()
    for place in range(2, len(words)):
        if comparable("".join(words[place:])) in sites:
            return _LINK_WORDS.sub("", " ".join(words[:place]))
    return name
