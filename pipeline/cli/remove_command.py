"""What `feedlake remove` does, and what it prints."""

from __future__ import annotations

import contextlib
import dataclasses
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from feedlake.pipeline.lake.lake import Lake
from feedlake.pipeline.options.failures import UsageError
from feedlake.pipeline.removal.chosen_rows import Selection
from feedlake.pipeline.removal.remove import Removed, remove
from feedlake.pipeline.search.index_folder import drop_index
from feedlake.pipeline.terminal.console import amount, printable

_SELECTORS = ("url", "id", "where")

LEAST_REMEMBERED_DAYS = 365
"""How long tombstones of articles that were removed by age are kept at least. Sitemaps go on
naming articles for months, and evergreens stand in feeds for years."""


def remove_rows(values: Mapping[str, Any], *, lake: str) -> Removed:
    """Removes rows from a lake, or only says which it would.

    Args:
        values: By the names of options.
        lake: Path of the lake.

    Raises:
        UsageError: Not exactly one thing is to be removed, or the path is no lake.
        LakeError: The lake is damaged.
    """
    given = {name: values[name] for name in _SELECTORS if values[name] is not None}
    if len(given) != 1:
        raise UsageError("one of --url, --id and --where must say what to remove, and no other")
    now = datetime.now(UTC)
    with _opened(lake, values) as opened:
        removed = remove(
            opened,
            Selection(**given),
            reason=values["reason"],
            now=now,
            is_dry_run=values["dry-run"],
        )
    return _without_index(removed, lake)


def retain_rows(values: Mapping[str, Any], *, lake: str) -> Removed:
    """Removes articles that are older than the operator wants to keep them, or says which.

    Args:
        values: By the names of options.
        lake: Path of the lake.

    Raises:
        UsageError: The condition is none, or the path is no lake.
        LakeError: The lake is damaged.
    """
    now, days = datetime.now(UTC), values["days"]
    with _opened(lake, values) as opened:
        removed = remove(
            opened,
            Selection(before=now.date() - timedelta(days=days), where=values["where"]),
            reason=f"older than {amount(days, 'day')}",
            now=now,
            cause="retain",
            is_dry_run=values["dry-run"],
            forget_before=now - timedelta(days=max(days, LEAST_REMEMBERED_DAYS)),
        )
    return _without_index(removed, lake)


def _without_index(removed: Removed, lake: str) -> Removed:
    """What was removed, whose texts no search index has any more, not even the user's own."""
    if removed.is_found and not removed.is_dry_run:
        drop_index(lake)
    return removed


@contextlib.contextmanager
def _opened(lake: str, values: Mapping[str, Any]) -> Iterator[Lake]:
    """The lake, locked unless nothing is to be changed."""
    opened = Lake(lake)
    opened.check_exists()
    if values["dry-run"]:
        yield opened
        return
    with opened.writing(wait_s=values["wait"], is_unlocked=values["unlocked"]):
        yield opened


def removed_json(removed: Removed) -> str:
    """Returns what a removal came to, as a JSON object."""
    return json.dumps(dataclasses.asdict(removed), indent=2)


def removed_text(removed: Removed) -> str:
    """Returns what a removal came to: the first rows one by one, the sums, what else went."""
    if not removed.is_found:
        if removed.removed_before:
            return f"nothing to do: it was removed on {removed.removed_before[:10]}"
        if removed.forgotten:
            return _forgotten(removed)
        return "nothing to remove"
    lines = [
        f"{row['table']} {row['article_id']}: {printable(_name(row))}" for row in removed.examples
    ]
    documents = sum(removed.rows.get(table, 0) for table in _DOCUMENTS)
    if documents > len(removed.examples):
        lines.append(f"and {documents - len(removed.examples):,} more")
    counts = [f"{name} {count:,}" for name, count in removed.rows.items()]
    verb = "would be removed" if removed.is_dry_run else "removed"
    total = amount(sum(removed.rows.values()), "row")
    lines.append(f"{verb}: {total} ({', '.join(counts)}), from {amount(removed.files, 'file')}")
    if removed.quarantined:
        files = amount(len(removed.quarantined), "file")
        lines.append(f"  {files} of _quarantine that held some, or that nobody can read:")
        lines += [f"    {printable(path)}" for path in removed.quarantined]
    if removed.archived:
        records = amount(removed.archived, "record")
        lines.append(f"  {records} of the archive: pages, and feeds and lists that name them")
    if removed.kept_keys:
        keys = amount(removed.kept_keys, "hash", "es")
        lines.append(f"  {keys} not kept: rows that stay have the same address or text")
    if removed.forgotten:
        lines.append(f"  {_forgotten(removed)}")
    if not removed.is_dry_run:
        lines.append("  deleted with the old files: the index in _cache; runs make it anew")
        lines.append("  backups and copies of the lake still have them")
    return "\n".join(lines)


_DOCUMENTS = ("articles", "revisions", "duplicates")


def _forgotten(removed: Removed) -> str:
    rows = amount(removed.forgotten, "row")
    return f"{rows} of removals dropped: feedlake no longer knows what was removed by age then"


def _name(row: Mapping[str, Any]) -> str:
    return ", ".join(filter(None, (row["title"], row["url"]))) or "without title and address"
