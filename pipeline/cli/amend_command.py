"""What `feedlake amend` does, and what it prints."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from feedlake.pipeline.lake.lake import Lake
from feedlake.pipeline.removal.amend import Amended, amend, read_settings
from feedlake.pipeline.terminal.console import printable


def amend_article(values: Mapping[str, Any], *, lake: str) -> Amended:
    """Amends an article of a lake.

    Args:
        values: By the names of options.
        lake: Path of the lake.

    Raises:
        UsageError: There is no such lake, article or column, or the column can't say that.
        LakeError: The lake is damaged.
    """
    read_settings(values["set"])  # Before the lock is waited for.
    opened = Lake(lake)
    opened.check_exists()
    with opened.writing(wait_s=values["wait"], is_unlocked=values["unlocked"]):
        return amend(
            opened, values["id"], values["set"], reason=values["reason"], now=datetime.now(UTC)
        )


def amended_json(amended: Amended) -> str:
    """Returns what amending came to, as a JSON object."""
    return json.dumps(dataclasses.asdict(amended), indent=2)


def amended_text(amended: Amended) -> str:
    """Returns what amending came to, a line for each column."""
    if not amended.changes:
        return "nothing to do: the view latest says that already"
    lines = [f"article {amended.article_id}, in the view latest:"]
    lines += [
        f"  {change.column}: {_shown(change.before)} -> {_shown(change.after)}"
        for change in amended.changes
    ]
    return "\n".join(lines)


def _shown(value: str | list[str] | None) -> str:
    text = ", ".join(value) if isinstance(value, list) else value
    return printable(text) if text else "nothing"
