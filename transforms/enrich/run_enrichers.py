"""What each enricher does, as children run it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from feedlake.transforms.enrich.counts import count_text
from feedlake.transforms.enrich.enrichers import EnrichOptions
from feedlake.transforms.enrich.entities import find_entities
from feedlake.transforms.enrich.keywords import find_keywords
from feedlake.transforms.enrich.quality import rate_quality
from feedlake.transforms.enrich.tone import rate_tone
from feedlake.transforms.language.detect_language import identify_language
from feedlake.transforms.places.find_places import find_places
from feedlake.transforms.places.gazetteer import open_checked_gazetteer
from feedlake.transforms.records.subject import Subject

Run = Callable[[Subject, EnrichOptions], dict[str, Any]]
"""Values of an enricher's columns for an article. It may raise: its columns are null then."""


def _language(subject: Subject, _: EnrichOptions) -> dict[str, Any]:
    found = identify_language(subject.title, subject.text, declared=subject.declared_language)
    return {"language": found.tag, "language_score": found.score}


def _places(subject: Subject, options: EnrichOptions) -> dict[str, Any]:
    assert options.cache is not None
    gazetteer = open_checked_gazetteer(Path(options.cache))
    found = find_places(subject.title, subject.text, language=subject.language, gazetteer=gazetteer)
    return {
        "places": [vars(place) for place in found.places],
        "countries": list(found.countries),
        "country_weights": list(found.country_weights),
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
    # Imported here, as it imports pyarrow, which no other enricher needs (0.05 s, 30 MB).
    from feedlake.transforms.enrich.embeddings import embed_text

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


def run_of(name: str) -> Run:
    """Returns what does the work of an enricher, ours or a plugin's.

    Args:
        name: Its name.
    """
    if name in RUNS:
        return RUNS[name]
    # It imports pyarrow, which no other enricher but one needs (0.05 s, 30 MB).
    from feedlake.transforms.plugins.run_plugins import run_enricher

    return lambda subject, _: run_enricher(name, subject)


RUNS: Mapping[str, Run] = {
    "language": _language,
    "places": _places,
    "entities": _entities,
    "keywords": _keywords,
    "embedding": _embedding,
    "tone": _tone,
    "quality": _quality,
    "counts": _counts,
}
"""What does the work of each of `ENRICHERS`, by its name."""
