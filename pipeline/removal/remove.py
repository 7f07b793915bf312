"""Taking rows out of a lake for good: the rows, what tells of them, and the bytes they were in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import KW_ONLY, dataclass, field
from datetime import datetime
from typing import Any, Literal

import numpy as np
import pyarrow as pa

from feedlake.pipeline.archive.drop_records import (
    Leaving,
    find_addresses,
    find_records,
    quarantined_archives,
    write_without,
)
from feedlake.pipeline.lake.journal_entry import CACHE, JournalEntry
from feedlake.pipeline.lake.lake import Lake
from feedlake.pipeline.lake.lake_file import open_file
from feedlake.pipeline.lake.read_rows import read_rows_where
from feedlake.pipeline.lake.run_ids import new_command_id
from feedlake.pipeline.lake.snapshot import Snapshot
from feedlake.pipeline.removal.chosen_rows import KINDS, Chosen, Mask, Selection, choose
from feedlake.pipeline.removal.quarantined_files import find_quarantined
from feedlake.pipeline.removal.read_removed import read_tombstones
from feedlake.pipeline.removal.told_rows import Telling
from feedlake.pipeline.terminal import interrupts
from feedlake.pipeline.upkeep.merged_file import read_file, read_schema, version_of, write_merged
from feedlake.transforms.records.documents import StagedFile
from feedlake.transforms.removal.removed_keys import RemovedKeys
from feedlake.transforms.removal.tombstone import Tombstone, address_ids, as_rows
from feedlake.transforms.write.parquet_files import WriteOptions, write_rows
from feedlake.transforms.write.schema import TABLES

MAX_EXAMPLES = 20
"""Rows that are named; of more, only the numbers are told."""


@dataclass(frozen=True)
class Removed:
    """What a removal came to, or would.

    Attributes:
        reason: Why, in the operator's words.
        is_dry_run: Whether nothing was changed.
        run_id: Of the removal in `removals` and in the journal; None if nothing was changed.
        rows: How many rows went, by table.
        examples: Table, id, address and title of the first of them.
        files: Files that were written anew or deleted.
        quarantined: Files of the quarantine that were deleted, by their paths below the lake.
        archived: Records of the archive that went: pages, what became of them, feeds that told.
        kept_keys: Addresses and texts that rows which stay have as well: no document is left out
            by these.
        forgotten: Rows of `removals` that were dropped, since they were old and by age.
        removed_before: When what was asked for was removed by an earlier command, UTC, in ISO 8601;
            None if it was not.
    """

    reason: str
    _: KW_ONLY
    is_dry_run: bool = False
    run_id: str | None = None
    rows: Mapping[str, int] = field(default_factory=dict)
    examples: tuple[dict[str, Any], ...] = ()
    files: int = 0
    quarantined: tuple[str, ...] = ()
    archived: int = 0
    kept_keys: int = 0
    forgotten: int = 0
    removed_before: str | None = None

    @property
    def is_found(self) -> bool:
        """Whether there was anything to remove."""
        return bool(self.rows or self.quarantined or self.archived)


@dataclass(frozen=True)
class _Plan:
    """What has to be done.

    Attributes:
        masks: Which rows go, by the paths of the files that have some.
        tombstones: What is kept of them.
        quarantined: Files of the quarantine that go.
        leaving: Records of the archive that go.
        examples: See `Removed`.
        kept_keys: See `Removed`.
        removed_before: See `Removed`.
    """

    masks: Mapping[str, Mask]
    tombstones: tuple[Tombstone, ...]
    quarantined: tuple[str, ...]
    leaving: Leaving
    examples: tuple[dict[str, Any], ...]
    kept_keys: int
    removed_before: datetime | None

    @property
    def is_needed(self) -> bool:
        """Whether anything goes."""
        return bool(self.masks or self.quarantined or self.leaving.count)

    def rows(self, snapshot: Snapshot) -> dict[str, int]:
        """How many rows go, by table."""
        counts = Counter[str]()
        for path, mask in self.masks.items():
            counts[snapshot.state.files[path].table] += int(mask.sum())
        return {name: counts[name] for name in TABLES if counts[name]}


def remove(
    lake: Lake,
    selection: Selection,
    *,
    reason: str,
    now: datetime,
    cause: Literal["remove", "retain"] = "remove",
    is_dry_run: bool = False,
    forget_before: datetime | None = None,
) -> Removed:
    """Takes rows out of a lake, and keeps a tombstone of each; needs its lock, unless it is dry.

    All files are replaced in one journal entry: who reads through it sees the lake before or after,
    whatever ends the process. With the old files go the index and those files of the quarantine
    that hold the rows, or may. One file is in memory at a time, and 2 kB of each row.

    Args:
        lake: The lake, whose lock this process holds.
        selection: What to remove.
        reason: Why, in the operator's words.
        now: The time, UTC.
        cause: Which command asks for it.
        is_dry_run: Whether to change nothing.
        forget_before: Tombstones of `retain` from before this are dropped; None: none are.

    Raises:
        UsageError: The selection makes no sense.
        LakeError: The journal or a file is damaged.
        KeyboardInterrupt: A signal asked for the end; the lake is as it was.
    """
    if is_dry_run:
        return lake.ask(
            lambda snapshot: _told(
                snapshot,
                _plan(snapshot, selection, reason, now, cause),
                reason,
                is_dry_run=True,
            )
        )
    snapshot = lake.snapshot()
    plan = _plan(snapshot, selection, reason, now, cause)
    old = dict(_find_old(snapshot, forget_before)) if forget_before else {}
    masks = {**plan.masks, **old}
    if not old and not plan.is_needed:
        return _told(snapshot, plan, reason)
    run_id = f"{new_command_id(now)}-{cause}"
    try:
        add = [*_write_rest(lake, run_id, snapshot, masks)]
        add += _write_tombstones(lake, run_id, plan.tombstones, now)
        rest, gone = write_without(lake, plan.leaving, snapshot=snapshot, run_id=run_id)
        # Not `is_rewrite`: rows leave, and the journal counts how many.
        entry = JournalEntry(
            run_id,
            partition_by=lake.partition_by() or ("date",),
            add=(*add, *rest),
            remove=tuple(sorted([*masks, *gone])),
            purge=(CACHE, *plan.quarantined) if plan.is_needed else (),
        )
        with interrupts.undisturbed():
            lake.publish(entry)
    finally:
        if not lake.holds(run_id):
            lake.abandon(run_id)
    return _told(
        snapshot,
        plan,
        reason,
        run_id=run_id,
        forgotten=sum(int(mask.sum()) for mask in old.values()),
    )


def _told(
    snapshot: Snapshot,
    plan: _Plan,
    reason: str,
    *,
    is_dry_run: bool = False,
    run_id: str | None = None,
    forgotten: int = 0,
) -> Removed:
    before = plan.removed_before
    return Removed(
        reason,
        is_dry_run=run_id is None,
        run_id=run_id,
        rows=plan.rows(snapshot),
        examples=plan.examples,
        files=len(plan.masks),
        quarantined=plan.quarantined,
        archived=plan.leaving.count,
        kept_keys=plan.kept_keys,
        forgotten=forgotten,
        removed_before=before.isoformat(timespec="seconds") if before else None,
    )


def _plan(
    snapshot: Snapshot,
    selection: Selection,
    reason: str,
    now: datetime,
    cause: Literal["remove", "retain"],
) -> _Plan:
    selection = _resolve(snapshot, selection)
    stated = selection.stated_id()
    chosen = choose(snapshot, selection, cause=cause, reason=reason, now=now, examples=MAX_EXAMPLES)
    tombstones = list(chosen.tombstones)
    if selection.url is not None and stated:
        ids = tuple(dict.fromkeys([stated, *address_ids(selection.url)]))
        tombstones.append(_tombstone("address", stated, ids, cause, reason, now))
    telling = Telling(RemovedKeys(tombstones))
    masks = {**dict(_find_documents(snapshot, chosen)), **telling.find(snapshot)}
    quarantined = tuple(
        find_quarantined(
            snapshot.lake, chosen, telling, takes_unreadable=bool(masks) and cause == "remove"
        )
    )
    addresses, moments = find_addresses(snapshot, masks)
    named = [] if selection.url is None else [selection.url]
    urls = {*addresses, *telling.links, *named}
    leaving = find_records(snapshot, urls=urls, fetched_at=moments)
    if masks and cause == "remove":  # Nobody can say what a damaged archive holds.
        quarantined += tuple(quarantined_archives(snapshot.lake))
    before = None
    if not masks and not quarantined and not leaving.count and stated:
        before = _removed_before(snapshot, stated)
    if links := _free(snapshot, chosen, dict.fromkeys(address_ids(*sorted(telling.links)))):
        tombstones.append(_tombstone("entry", links[0], links, cause, reason, now))
    return _Plan(
        masks, tuple(tombstones), quarantined, leaving, chosen.examples, chosen.kept, before
    )


def _resolve(snapshot: Snapshot, selection: Selection) -> Selection:
    """The selection; of the id of a reject or of an entry that waits, its address instead."""
    if selection.id is None:
        return selection
    wanted = selection.stated_id()
    for table, column in (("rejects", "reject_id"), ("deferred", "deferred_id")):
        for file in snapshot.held(table):
            found = read_rows_where(snapshot.places[file.path], ["url"], {column: [wanted]})
            for url in (value for data in found for value in data.column("url").to_pylist()):
                if url:
                    return Selection(url=url)
    return selection


def _tombstone(
    kind: Literal["address", "entry"],
    name: str,
    ids: tuple[str, ...],
    cause: Literal["remove", "retain"],
    reason: str,
    now: datetime,
) -> Tombstone:
    return Tombstone(
        kind, article_id=name, cause=cause, reason=reason, removed_at=now, address_ids=ids
    )


def _find_documents(snapshot: Snapshot, chosen: Chosen) -> Iterator[tuple[str, Mask]]:
    """Which rows go of the files of documents that have some."""
    if not chosen.tombstones:
        return
    for table in (*KINDS, "amendments"):
        columns = ["article_id", *(["original_id"] if table == "duplicates" else [])]
        for file in snapshot.held(table):
            with open_file(snapshot.places[file.path]) as parquet:
                mask = chosen.mask(table, parquet.read(columns=columns))
            if mask.any():
                yield file.path, mask


def _free(snapshot: Snapshot, chosen: Chosen, ids: Iterable[str]) -> tuple[str, ...]:
    """Those of the ids that no row which stays has."""
    wanted = frozenset(ids)
    held: set[str] = set()
    for table in KINDS if wanted else ():
        columns = ["article_id", *(["original_id"] if table == "duplicates" else [])]
        for file in snapshot.held(table):
            with open_file(snapshot.places[file.path]) as parquet:
                data = parquet.read(columns=columns)
            staying = data.filter(pa.array(~chosen.mask(table, data)))
            held |= wanted.intersection(staying.column("article_id").to_pylist())
    return tuple(sorted(wanted - held))


def _removed_before(snapshot: Snapshot, stated: str) -> datetime | None:
    """When an earlier command removed it."""
    times = [
        one.removed_at
        for file in snapshot.held("removals")
        for one in read_tombstones(snapshot.places[file.path])
        if stated in (one.article_id, *one.address_ids)
    ]
    return max(times, default=None)


def _find_old(snapshot: Snapshot, before: datetime) -> Iterator[tuple[str, Mask]]:
    """Tombstones of `retain` that are that old."""
    for file in snapshot.held("removals"):
        tombstones = read_tombstones(snapshot.places[file.path])
        flags = [one.cause == "retain" and one.removed_at < before for one in tombstones]
        if any(flags):
            yield file.path, np.array(flags)


def _write_rest(
    lake: Lake, run_id: str, snapshot: Snapshot, masks: Mapping[str, Mask]
) -> Iterator[StagedFile]:
    """Writes the rows that stay of each file."""
    for number, (path, mask) in enumerate(sorted(masks.items())):
        if mask.all():
            continue
        file = snapshot.state.files[path]
        version = version_of(read_schema(lake, path))
        rest = read_file(lake, file).filter(pa.array(~mask))
        target = f"{path.rpartition('/')[0]}/{run_id}-{number:04d}.parquet"
        yield write_merged(lake, [rest], run_id=run_id, path=target, version=version)


def _write_tombstones(
    lake: Lake, run_id: str, tombstones: tuple[Tombstone, ...], now: datetime
) -> Iterator[StagedFile]:
    if tombstones:
        options = WriteOptions(lake.staging_folder(run_id), run_id=run_id, started_at=now)
        yield from write_rows(
            as_rows(tombstones),
            table=TABLES["removals"],
            partition=f"run_date={now:%Y-%m-%d}",
            options=options,
            part="tombstones",
        )
