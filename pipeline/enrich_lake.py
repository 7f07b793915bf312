"""Enriching anew what a lake holds, file by file, without reading its sources again."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from pipeline import interrupts
from pipeline.enrich_file import LakeFile, Wish
from pipeline.lake import Entry, Lake
from pipeline.verify import current_files
from transforms import storage, tally
from transforms.enrich_pool import EnrichPool
from transforms.records import StagedFile
from transforms.sandbox import Limits

ENTRY_BYTES, ENTRY_FILES = 32 << 20, 100
"""Size and number of written files at which they are published: what a crash can cost."""


@dataclass(frozen=True)
class Reenriched:
    """What enriching a lake anew came to.

    Attributes:
        rows: Rows of `articles` and `revisions`.
        enriched: Those of them that were changed.
        files: Files written in place of others.
        failures: Articles that an enricher failed on, by its name.
    """

    rows: int
    enriched: int
    files: int
    failures: dict[str, int]


def enrich_lake(lake: Lake, wish: Wish, *, workers: int, limits: Limits) -> Reenriched:
    """Brings the enrichment of a lake's articles and revisions up to date; needs its lock.

    Files are replaced by new ones through the journal, some at a time: whoever reads through it
    sees each row once, before or after. What ends the process costs the files not yet published,
    and the same command goes on with them. One file is in memory at a time.

    Args:
        lake: The lake, whose lock this process holds.
        wish: What to do.
        workers: Child processes.
        limits: What one article may use.

    Raises:
        LakeError: The journal or a file is damaged.
        KeyboardInterrupt: A signal asked for the end; what is published stays.
    """
    paths = sorted(
        file.path
        for file in current_files(lake.entries()).values()
        if file.table in ("articles", "revisions")
    )
    tally.count("sources to read", len(paths))
    pool: EnrichPool[int] = EnrichPool(wish.options, workers=workers, limits=limits)
    rows = enriched = written = 0
    failures = Counter[str]()
    run_ids = _run_ids()
    run_id, add, remove = next(run_ids), list[StagedFile](), list[str]()
    try:
        for path in paths:
            file = LakeFile(lake, path)
            changed = file.enrich(pool, wish)
            rows += file.rows
            failures.update(file.failures)
            if changed:
                enriched += changed
                add += file.write(run_id, first=len(add))
                remove.append(path)
            tally.count("sources")
            size = sum(staged.size_bytes for staged in add)
            if size >= ENTRY_BYTES or len(add) >= ENTRY_FILES:
                written += _publish(lake, run_id, add, remove)
                run_id, add, remove = next(run_ids), [], []
        written += _publish(lake, run_id, add, remove)
    finally:
        pool.close()
        if not lake.holds(run_id):
            storage.delete_folder(lake.staging_folder(run_id))
    return Reenriched(rows, enriched, written, dict(failures.most_common()))


def _publish(lake: Lake, run_id: str, add: list[StagedFile], remove: list[str]) -> int:
    if add:
        partition_by = lake.partition_by() or ("date",)
        entry = Entry(run_id, partition_by, tuple(add), tuple(remove), is_rewrite=True)
        with interrupts.undisturbed():
            lake.publish(entry)
    if interrupts.has_come():
        raise KeyboardInterrupt
    return len(add)


def _run_ids() -> Iterator[str]:
    begun = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}-enrich"
    number = 0
    while True:
        number += 1
        yield f"{begun}-{number:04d}"
