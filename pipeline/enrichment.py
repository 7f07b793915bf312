"""From what the operator decides about enrichment to what the steps are told."""

from __future__ import annotations

from pipeline.enrich_options import EnrichmentOptions
from pipeline.options import UsageError
from transforms import storage
from transforms.enrichers import DEFAULTS, ENRICHERS, EnrichOptions, in_order
from transforms.entities import has_entity_model

_BY_LANGUAGE = frozenset({"places", "entities", "keywords", "tone", "quality"})
"""Enrichers whose result depends on the language."""

_MISSING = "needs the packages of the extra nlp: pip install 'feedlake[nlp]'"


def choose_enrichers(options: EnrichmentOptions, *, lake: str) -> EnrichOptions:
    """Returns the enrichers to run, and how.

    Args:
        options: What the operator decides.
        lake: Path of the lake, beside whose tables indexes may lie.

    Raises:
        UsageError: Entities are asked for by name, and cannot be had.
    """
    wanted = _named(options.enrich)
    if options.entities != "off":
        wanted = wanted | {"entities"}
    if "entities" in wanted and not has_entity_model():
        if options.enrich == "all" and options.entities == "off":
            wanted = wanted - {"entities"}
        elif options.entities != "off":
            raise UsageError(f"--entities {options.entities}: {_MISSING}")
        else:
            raise UsageError(f"--enrich {options.enrich}: entities {_MISSING}")
    if wanted & _BY_LANGUAGE:
        wanted = wanted | {"language"}
    return EnrichOptions(
        in_order(wanted), "full" if options.entities == "full" else "lead", index_folder(lake)
    )


def index_folder(lake: str) -> str | None:
    """Returns where indexes go that can go nowhere else: beside the tables, on this machine."""
    return storage.join(lake, "_cache") if storage.is_local(lake) else None


def _named(text: str) -> frozenset[str]:
    if text == "none":
        return frozenset()
    if text == "all":
        return frozenset(ENRICHERS)
    return frozenset(DEFAULTS if text == "default" else text.split(","))
