"""From what the operator decides about enrichment to what the steps are told."""

from __future__ import annotations

from feedlake.pipeline.options.failures import UsageError
from feedlake.pipeline.options.run_options import EnrichmentChoice
from feedlake.transforms.enrich.enrichers import (
    DEFAULTS,
    ENRICHERS,
    EXTRAS,
    EnrichOptions,
    in_order,
)
from feedlake.transforms.normalize import storage

_BY_LANGUAGE = frozenset({"places", "entities", "keywords", "tone", "quality"})
"""Enrichers whose result depends on the language."""

_EXTRA_OF = {"entities": "nlp", "embedding": "embeddings"}


def choose_enrichers(options: EnrichmentChoice, *, lake: str) -> EnrichOptions:
    """Returns the enrichers to run, and how.

    Args:
        options: What the operator decides.
        lake: Path of the lake, beside whose tables indexes may lie.

    Raises:
        UsageError: An enricher is asked for by name whose extra is not installed.
    """
    wanted = _named(options.enrich)
    if options.entities != "off":
        wanted = wanted | {"entities"}
    for name in in_order(wanted & EXTRAS):
        if _is_installed(name):
            continue
        extra = _EXTRA_OF[name]
        needs = f"needs the extra {extra}; in a checkout of feedlake, run: pip install '.[{extra}]'"
        if name == "entities" and options.entities != "off":
            raise UsageError(f"--entities {options.entities}: {needs}")
        if options.enrich != "all":
            raise UsageError(f"--enrich {options.enrich}: {name} {needs}")
        wanted = wanted - {name}
    if wanted & _BY_LANGUAGE:
        wanted = wanted | {"language"}
    return EnrichOptions(
        in_order(wanted), "full" if options.entities == "full" else "lead", index_folder(lake)
    )


def index_folder(lake: str) -> str | None:
    """Returns where indexes go that can go nowhere else: beside the tables, on this machine."""
    return storage.join(lake, "_cache") if storage.is_local(lake) else None


def _is_installed(name: str) -> bool:
    # Few runs ask for either, and the modules take longer to import than all that is here.
    if name == "entities":
        from feedlake.transforms.enrich.entities import has_entity_model

        return has_entity_model()
    from feedlake.transforms.enrich.embeddings import has_embedding_model

    return has_embedding_model()


def _named(text: str) -> frozenset[str]:
    if text == "none":
        return frozenset()
    if text == "all":
        return frozenset(ENRICHERS)
    return frozenset(DEFAULTS if text == "default" else text.split(","))
