"""What `feedlake reextract` does: chooses options, and brings a lake's texts up to date."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from typing import Any

from feedlake.pipeline.lake.lake import Lake
from feedlake.pipeline.options.run_options import ingest_options
from feedlake.pipeline.renewal.reextract import Reextracted, reextract
from feedlake.pipeline.run import collector


def renew(values: Mapping[str, Any], *, lake: str) -> str:
    """Brings the texts of a lake up to date and returns what is to be printed.

    Args:
        values: By the names of options.
        lake: Path of the lake.
    """
    given = {name: value for name, value in values.items() if name not in ("where", "lake")}
    options = ingest_options({**given, "lake": lake, "sources": ()})
    with collector.paused():
        done = reextract(Lake(lake), options, where=values["where"])
    if values["json"]:
        return json.dumps(_shown(done), indent=2)
    return "" if values["quiet"] else reextracted_text(done)


def reextracted_text(done: Reextracted) -> str:
    """Returns what bringing texts up to date came to."""
    count = done.account.revisions
    texts = "1 text" if count == 1 else f"{count:,} texts"
    lines = [f"{texts} of {done.articles:,} brought up to date; {done.pages:,} are in the archive"]
    if done.account.rejects:
        said = ", ".join(f"{name} {n:,}" for name, n in done.account.reject_reasons.items())
        lines.append(f"  would be rejected today, and stay as they are: {said} (see rejects)")
    if others := done.account.articles + done.account.duplicates:
        lines.append(f"  taken for other articles or copies today: {others:,}")
    return "\n".join(lines)


def _shown(done: Reextracted) -> dict[str, Any]:
    account = dataclasses.asdict(done.account)
    names = ("runs", "revisions", "rejects", "articles", "duplicates", "reject_reasons")
    return {
        "articles": done.articles,
        "archived": done.pages,
        "written": {name: account[name] for name in names},
    }
