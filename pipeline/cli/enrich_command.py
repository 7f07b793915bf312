"""What `feedlake enrich` does: chooses enrichers, and brings a lake up to date with them."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from typing import Any

from feedlake.pipeline.cli import reports
from feedlake.pipeline.lake.lake import Lake
from feedlake.pipeline.options.failures import UsageError
from feedlake.pipeline.options.run_options import EnrichmentChoice
from feedlake.pipeline.run.enrichment import choose_enrichers, with_all_plugins
from feedlake.pipeline.terminal import console
from feedlake.pipeline.upkeep.enrich_lake import Wish, enrich_lake
from feedlake.transforms.enrich.places_index import prepare
from feedlake.transforms.plugins import find_plugins
from feedlake.transforms.process import library_shortcuts
from feedlake.transforms.process.process_wide import process_wide
from feedlake.transforms.process.sandbox import Limits
from feedlake.transforms.process.tally import Tally


def enrich(values: Mapping[str, Any], *, lake: str) -> str:
    """Enriches a lake anew and returns what is to be printed.

    Args:
        values: By the names of options.
        lake: Path of the lake.
    """
    only, entities = values["only"], values["entities"]
    if only == "none":
        raise UsageError("--only none: must name what is to be enriched")
    asked = only or ("entities" if entities != "off" else "default")
    options = choose_enrichers(EnrichmentChoice(asked, entities), lake=lake)
    if only and only not in ("default", "all"):
        # Other enrichers use the language that a row has; to identify it anew, it must be named.
        named = {*only.split(","), *(["entities"] if entities != "off" else [])}
        names = tuple(name for name in options.names if name in named)
        options = dataclasses.replace(options, names=names)
    if not only:  # Rows keep up with what filled them once.
        options = with_all_plugins(options)
    for sentence in find_plugins.describe_faults():
        console.notify(sentence)
    opened = Lake(lake)
    opened.check_exists()
    process_wide(Tally).reset()
    process_wide(Tally).enter("enriching")
    for sentence in library_shortcuts.describe_left_out():
        console.notify(sentence)
    with opened.writing(wait_s=values["wait"], is_unlocked=values["unlocked"]):
        wish = Wish(prepare(options, tell=console.notify), is_all=values["all"], keeps_up=not only)
        done = enrich_lake(opened, wish, workers=values["workers"], limits=Limits())
    if values["json"]:
        return json.dumps(dataclasses.asdict(done), indent=2)
    return "" if values["quiet"] else reports.enriched_text(done)
