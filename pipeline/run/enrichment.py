"""From what the operator decides about enrichment to what the steps are told."""

from __future__ import annotations

from dataclasses import replace

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
from feedlake.transforms.plugins import find_plugins

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
    plugins = find_plugins.enrichers() if wanted - ENRICHERS.keys() else {}
    if missing := sorted(wanted - ENRICHERS.keys() - plugins.keys()):
        raise UsageError(f"--enrich {options.enrich}: {missing[0]}: {_why_missing(missing[0])}")
    own = tuple((name, str(plugins[name].version)) for name in sorted(wanted & plugins.keys()))
    if wanted & _BY_LANGUAGE or own:
        wanted = wanted | {"language"}
    return EnrichOptions(
        in_order(wanted),
        "full" if options.entities == "full" else "lead",
        index_folder(lake),
        own,
    )


def with_all_plugins(options: EnrichOptions) -> EnrichOptions:
    """Returns the options with the versions of all plugins' enrichers, those not run too."""
    own = tuple((name, str(one.version)) for name, one in find_plugins.enrichers().items())
    return replace(options, plugins=own)


def _why_missing(name: str) -> str:
    for plugin in find_plugins.find_plugins("enricher"):
        if find_plugins.PREFIX + plugin.name == name and plugin.fault is not None:
            return f"isn't used: {plugin.fault}"
    return "no plugin of this name is installed"


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
    if text not in ("all", "default"):
        return frozenset(text.split(","))
    plugins = find_plugins.enrichers()
    if text == "all":
        return frozenset((*ENRICHERS, *plugins))
    return frozenset((*DEFAULTS, *(name for name, own in plugins.items() if own.is_default)))
