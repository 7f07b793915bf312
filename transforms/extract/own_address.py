"""Which address a page is known by: the one it came from, or one that it claims for itself.

A claim is what the page says of its own address: its canonical link, its `og:url`, its JSON-LD.
All are often wrong in the same few ways: templates fill them in once for a whole section, leave out
the parameter that says which story it is, or name the developer's machine. So where the page came
from a known address, a claim needs a witness in it. The cases stand in `docs/duplicates.md`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import ip_address
from typing import Literal, NamedTuple
from urllib.parse import unquote_plus

from feedlake.transforms.normalize.urls import canonicalize_url, registered_domain

Agreement = Literal["same", "likely", "none"]
"""How far a claim agrees with where the page came from. `same`: it is that address, in this form or
another. `likely`: something else speaks for it, or nothing is known that speaks against it; so it
counts until a document with another text claims it too. `none`: it does not count."""

MIN_SLUG_WORDS = 3
"""Words from which the last part of a path names one story, as sections do not."""

MIN_ID_DIGITS = 5
"""Digits from which a number in an address names one story; fewer are years, pages and sections."""

# Hosts and parts of paths that say in which form a page is shown, not which page it is.
_FORM_HOSTS = frozenset({"www", "m", "amp", "mobile", "mobil", "touch", "wap", "print"})
_FORM_SEGMENTS = frozenset({"print", "m", "mobile", "drucken"})
_FORM_PARAMETERS = frozenset({"amp", "print", "printable", "mobile", "m", "outputtype", "output"})
_FORM_VALUES = frozenset({"", "1", "true", "yes", "amp", "print", "mobile", "html"})
_ID_PARAMETERS = re.compile(
    r"p|v|n|a|s|q|t|no|nr|num|idx|doc|key|uid|art|item|post|node|news|story|article|artikel|entry"
    r"|.*_?id|id_?.*|.*(?:no|nr|num)",
)
_PAGE_PARAMETERS = frozenset(
    {"page", "pg", "pagenum", "paged", "seite", "pagina", "pageno", "start", "offset"}
)
_SUFFIX = r"(?:[.-]amp|\.(?:print|s?html?+|xhtml|php\d?+|aspx?+|jspx?+|cfm))++"
_SUFFIX_AT_END = re.compile(rf"({_SUFFIX}(?!$))|{_SUFFIX}")  # One that isn't there is kept as \1.
_INDEX = re.compile(r"(?:index|default|home)(?:\.\w{2,5})?")
_LANGUAGE = re.compile(r"[a-z]{2}(?:[-_][a-z]{2,4})?")
_PAGE_SEGMENT = re.compile(r"(?:page|p|seite|pagina|teil|part)?[-_]?\d{1,3}")
_PAGE_TAIL = re.compile(r"[-_,;.](?:page|p|seite|teil|part)?[-_]?\d{1,2}")

_PLACEHOLDER = re.compile(
    r"\{\{|\}\}|\{%|<%|%>|\$\{|\[\[|\{\s*[A-Za-z_][\w. ]*\}|\[object \w+\]"
    r"|/(?:undefined|null|NaN)/?$"
)
_PRIVATE_SUFFIXES = (".localhost", ".local", ".internal", ".intranet", ".lan", ".home", ".corp")

_PORT = re.compile(r":\d+$")
_WORD = re.compile(r"[^\W_]+")
_APOSTROPHES = re.compile("['\u2018\u2019\u02bc]")
_SMALL_NUMBER = re.compile(r"\d{1,3}")
_NUMBER = re.compile(r"\d+")
# An id with letters in it, `ard8wm`; not a word with a number before or after it, `covid19`.
_MARK = re.compile(r"(?![a-z]+\d{1,4}$|\d+[a-z]*$|[a-z]+$)[a-z\d]{6,40}")
_DAY_OR_MONTH = re.compile(r"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:[0-3]\d(?:\d\d)*)?")
_SPELLINGS = str.maketrans({
    "ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "ø": "oe", "å": "aa", "æ": "ae", "œ": "oe",
})  # fmt: skip
_PLAIN = str.maketrans({"ß": "ss", "ø": "o", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d"})


@dataclass(frozen=True)
class Claim:
    """The address that a page claims.

    Attributes:
        url: The address, absolute.
        agreement: How far it agrees with where the page came from.
    """

    url: str
    agreement: Agreement


class _Form(NamedTuple):
    """A page's address without what only says in which form the page is shown."""

    host: str
    segments: tuple[str, ...]
    parameters: frozenset[tuple[str, str]]


def judge_claims(claims: Sequence[str], *, own: str | None, title: str | None) -> Claim | None:
    """Returns the claim that fits best, or the one that would have been preferred if none does.

    Args:
        claims: The addresses that the page names as its own, absolute, in the order of preference.
        own: The address it came from, absolute; None if that is not known.
        title: Its title.
    """
    valid = [claim for claim in dict.fromkeys(claims) if _canonical(claim)]
    if not valid:
        return None
    usable = [claim for claim in valid if names_a_page(claim, own=own)]
    if own is None or _canonical(own) is None:
        if usable:
            return Claim(_most_specific(usable), "likely")
        return Claim(valid[0], "none")
    for same in valid:
        if _canonical(same) == _canonical(own):
            return Claim(same, "same")
    found = [Claim(claim, _agreement(claim, own=own, title=title)) for claim in usable]
    for wanted in ("same", "likely"):
        for claim in found:
            if claim.agreement == wanted:
                return claim
    return Claim(_most_specific(usable or valid), "none")


def names_a_page(claim: str, *, own: str | None) -> bool:
    """Returns whether an address can be that of one published page.

    It cannot if it is the root of a site or of one of its languages, a template that was never
    filled in, or on a host that the public cannot reach; unless the page came from that host.

    Args:
        claim: An absolute address.
        own: The address that the page came from; None if that is not known.
    """
    canonical = _canonical(claim)
    if canonical is None or _PLACEHOLDER.search(unquote_plus(claim)):
        return False
    form = _form(canonical)
    is_short = len(form.segments) <= 2 and not form.parameters
    if is_short and all(map(_LANGUAGE.fullmatch, form.segments)):
        return False
    if own is not None and _host(canonical) == _host(_canonical(own) or ""):
        return True
    return is_public_address(canonical)


def is_public_address(url: str) -> bool:
    """Returns whether an address is on a host that the public may be able to reach."""
    name = _PORT.sub("", _host(_canonical(url) or ""))
    if name.endswith("]") or name[-1:].isdigit():  # In a canonical one no other is a number.
        with suppress(ValueError):
            return ip_address(name.strip("[]")).is_global
    return "." in name and not name.endswith(_PRIVATE_SUFFIXES)


def _most_specific(claims: Sequence[str]) -> str:
    """The first claim that is not the folder of another one."""
    forms = [_form(_canonical(claim) or "") for claim in claims]
    for claim, form in zip(claims, forms, strict=True):
        if not any(_is_above(form, other) for other in forms):
            return claim
    return claims[0]


def _is_above(form: _Form, other: _Form) -> bool:
    """Whether an address is a folder that the other one lies in, or lacks the other one's id."""
    if form.host != other.host or form.parameters - other.parameters:
        return False
    if form.segments == other.segments:
        return bool(_ids_in_query(other.parameters - form.parameters))
    return form.segments == other.segments[: len(form.segments)]


def _agreement(claim: str, *, own: str, title: str | None) -> Agreement:
    own_url, claimed_url = _canonical(own) or "", _canonical(claim) or ""
    came_from, claimed = _form(own_url), _form(claimed_url)
    if came_from == claimed or _is_cached(own_url, claimed_url):
        return "same"
    if registered_domain(own_url) != registered_domain(claimed_url):
        return "none"
    if _is_other_page(came_from, claimed):
        return "none"
    is_same_path = came_from[:2] == claimed[:2]
    is_titled = _is_made_of(_slug(claimed), title)
    ids = _ids_in_query(came_from.parameters - claimed.parameters) - _tokens(claimed)
    if is_same_path:
        return _agreement_in_query(came_from, claimed, ids)
    if ids and not is_titled:
        return "none"
    has_same_slug = _slug(came_from) == _slug(claimed) and _is_specific(_slug(claimed))
    has_same_id = bool(_ids(came_from) & _ids(claimed))
    return "likely" if has_same_slug or has_same_id or is_titled else "none"


def _agreement_in_query(came_from: _Form, claimed: _Form, lost_ids: set[str]) -> Agreement:
    """How far two addresses agree that differ in nothing but their parameters."""
    is_specific = _is_specific(_slug(claimed))
    if lost_ids:
        # On a path that names the story it may be a session's; a small number is a page.
        is_session = is_specific and not any(map(_SMALL_NUMBER.fullmatch, lost_ids))
        return "likely" if is_session else "none"
    is_longer = bool(claimed.parameters - came_from.parameters)
    has_id = is_specific or bool(_ids_in_query(claimed.parameters))
    return "same" if has_id and not is_longer else "likely"


def _is_other_page(came_from: _Form, claimed: _Form) -> bool:
    """Whether they are two of the pages that one article is spread over."""
    numbers = [
        {pair for pair in form.parameters if pair[0] in _PAGE_PARAMETERS}
        for form in (came_from, claimed)
    ]
    if numbers[0] - numbers[1]:
        return True
    own, other = came_from.segments, claimed.segments
    if own == other or not own:
        return False
    if own[: len(other)] == other:
        return all(_PAGE_SEGMENT.fullmatch(part) or part == "page" for part in own[len(other) :])
    if len(own) != len(other) or own[:-1] != other[:-1] or not own[-1].startswith(other[-1]):
        return False
    return _PAGE_TAIL.fullmatch(own[-1].removeprefix(other[-1])) is not None


def _is_cached(own_url: str, claimed_url: str) -> bool:
    """Whether the page came from a cache or an archive, which has the claimed address in its own.

    Such as `web.archive.org/web/2020…/https://…` and `…cdn.ampproject.org/c/s/…`.
    """
    address = claimed_url.partition("://")[2]
    return address.count("/") > 0 and own_url.partition("://")[2].endswith(f"/{address}")


@lru_cache(maxsize=64)
def _canonical(url: str) -> str | None:
    """The canonical URL: of each address of a page it is asked for some eight times."""
    return canonicalize_url(url)


def _form(canonical: str) -> _Form:
    """The form of a canonical URL."""
    host, _, rest = canonical.partition("://")[2].partition("/")
    path, _, query = rest.partition("?")
    labels = host.split(".")
    while len(labels) > 2 and labels[0] in _FORM_HOSTS:
        del labels[0]
    segments = [segment for segment in path.lower().split("/") if segment]
    if segments and _INDEX.fullmatch(segments[-1]):
        del segments[-1]
    if segments:
        segments[-1] = _SUFFIX_AT_END.sub(r"\1", segments[-1]) or segments[-1]
    segments = [segment for segment in segments if segment != "amp"] or segments[:1]
    for place in (-1, 0):
        if len(segments) > 1 and segments[place] in _FORM_SEGMENTS:
            del segments[place]
    pairs = (piece.partition("=")[::2] for piece in query.lower().split("&") if piece)
    kept = frozenset(
        (name, value)
        for name, value in pairs
        if not (name in _FORM_PARAMETERS and value in _FORM_VALUES)
        and not (name in _PAGE_PARAMETERS and value in ("", "0", "1"))
    )
    return _Form(".".join(labels), tuple(segments), kept)


def _host(canonical: str) -> str:
    return canonical.partition("://")[2].partition("/")[0]


def _slug(form: _Form) -> str:
    """The last part of the path."""
    return form.segments[-1] if form.segments else ""


def _is_specific(slug: str) -> bool:
    words = _WORD.findall(unquote_plus(slug))
    return len(words) >= MIN_SLUG_WORDS or any(map(_is_id, _NUMBER.findall(slug)))


def _is_id(number: str) -> bool:
    return len(number) >= MIN_ID_DIGITS and not _DAY_OR_MONTH.fullmatch(number)


def _ids(form: _Form) -> set[str]:
    """The numbers and marks of an address that name one story."""
    values = [*form.segments, *(value for _, value in form.parameters)]
    numbers = {number for value in values for number in _NUMBER.findall(value) if _is_id(number)}
    return numbers | set(filter(_MARK.fullmatch, values))


def _ids_in_query(parameters: frozenset[tuple[str, str]]) -> set[str]:
    """The values of those parameters that say which story it is."""
    return {value for name, value in parameters if value and _ID_PARAMETERS.fullmatch(name)}


def _tokens(form: _Form) -> set[str]:
    """All words and numbers of an address."""
    values = [*form.segments, *(value for _, value in form.parameters)]
    return {word for value in values for word in (value, *_WORD.findall(value))}


def _is_made_of(slug: str, title: str | None) -> bool:
    """Whether the words of the slug, at least three, are those of the title; one may be another."""
    words = [word for word in _WORD.findall(unquote_plus(slug)) if not _NUMBER.fullmatch(word)]
    if title is None or len(words) < MIN_SLUG_WORDS:
        return False
    known = _spellings(title)
    missing = sum(word not in known for word in words)
    return missing <= (1 if len(words) > MIN_SLUG_WORDS + 1 else 0)


def _spellings(title: str) -> set[str]:
    """The title's words as addresses write them: with accents, without, and as two letters."""
    title = unicodedata.normalize("NFC", title).lower()
    joined = _APOSTROPHES.sub("", title)
    written = [form for text in (title, joined) for form in (text, text.translate(_SPELLINGS))]
    plain = [
        "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
        for text in (title.translate(_PLAIN), joined.translate(_PLAIN))
    ]
    return {word for text in (*written, *plain) for word in _WORD.findall(text)}
