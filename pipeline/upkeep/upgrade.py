"""Bringing the ids in a lake up to date with the rule for addresses."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import KW_ONLY, dataclass
from datetime import UTC, datetime

import pyarrow as pa

from feedlake.pipeline.lake.journal_entry import JournalEntry
from feedlake.pipeline.lake.lake import Lake
from feedlake.pipeline.lake.run_ids import new_command_id
from feedlake.pipeline.lake.url_rule import IDENTITY_TABLES
from feedlake.pipeline.terminal import interrupts
from feedlake.pipeline.upkeep.identity_file import IdentityFile, Row
from feedlake.pipeline.upkeep.merged_file import TODAY, read_file
from feedlake.pipeline.upkeep.new_identities import NewIdentities, plan_identities
from feedlake.transforms.normalize import storage, urls
from feedlake.transforms.records.documents import StagedFile
from feedlake.transforms.write.parquet_files import (
    complete,
    day_of,
    schema_in,
    sort_rows,
    write_file,
)
from feedlake.transforms.write.schema import TABLES


@dataclass(frozen=True)
class Upgraded:
    """What an upgrade did.

    Attributes:
        rule: The version of the rule for addresses that the lake follows now.
        former: Those that its files followed before; empty if there was nothing to do.
        files: Files written in place of others.
        renamed: Articles that have another id now.
        joined: One sentence about each article that became a part of another one.
        parted: One sentence about each revision that left its article.
    """

    rule: int
    _: KW_ONLY
    former: tuple[int, ...] = ()
    files: int = 0
    renamed: int = 0
    joined: tuple[str, ...] = ()
    parted: tuple[str, ...] = ()


def upgrade(lake: Lake) -> Upgraded:
    """Makes all ids of a lake anew from its addresses; needs the lake's lock.

    The files concerned are replaced in one journal entry: a lake follows the old rule or the new
    one, whatever ends the process. One file is in memory at a time, and the rows that move.

    Args:
        lake: The lake, whose lock this process holds.

    Raises:
        UsageError: The lake follows a newer rule than this feedlake does.
        LakeError: The journal or a file is damaged.
    """
    files = [
        IdentityFile(lake, file)
        for _, file in sorted(lake.state().files.items())
        if file.table in IDENTITY_TABLES
    ]
    former = {file.rule for file in files if file.is_older}
    if not former:
        return Upgraded(urls.URL_RULE_VERSION)
    plan, copies = _plan(files)
    run_id = f"{new_command_id(datetime.now(UTC))}-upgrade"
    try:
        add, remove = _rewrite(lake, run_id, files, plan, copies)
        # Not `is_rewrite`: rows may leave their table, and the journal counts how many.
        entry = JournalEntry(
            run_id,
            partition_by=lake.partition_by() or ("date",),
            add=tuple(add),
            remove=tuple(remove),
        )
        with interrupts.undisturbed():
            lake.publish(entry)
    finally:
        if not lake.holds(run_id):
            lake.abandon(run_id)
    return Upgraded(
        rule=urls.URL_RULE_VERSION,
        former=tuple(sorted(former)),
        files=len(add),
        renamed=plan.renamed,
        joined=tuple(plan.joined),
        parted=tuple(plan.parted),
    )


def _plan(files: Sequence[IdentityFile]) -> tuple[NewIdentities, dict[str, str]]:
    """What becomes of all versions, and the new ids of duplicates by the old ones."""
    ids, copies = set[str](), dict[str, str]()
    for file in files:
        for renamed in file.rename():
            if file.table.name != "duplicates":
                ids |= {renamed.article_id, renamed.own_id}
            elif renamed.is_own:
                copies[renamed.article_id] = renamed.own_id
    versioned = [file for file in files if file.table.name in ("articles", "revisions")]
    versions = [version for file in versioned for version in file.versions(ids, ())]
    places = {version.place for version in versions}
    texts = {version.row.text_hash for version in versions if version.row.kind == "revision"}
    for file in versioned if texts else ():
        versions += [one for one in file.versions((), texts) if one.place not in places]
    return plan_identities(versions), copies


def _rewrite(
    lake: Lake,
    run_id: str,
    files: Sequence[IdentityFile],
    plan: NewIdentities,
    copies: dict[str, str],
) -> tuple[list[StagedFile], list[str]]:
    """Writes what the files' rows become; returns the new files and the paths of the old."""
    writer = _Writer(lake, run_id)
    add, remove = list[StagedFile](), list[str]()
    moved: dict[tuple[str, str, bytes], list[Row]] = defaultdict(list)
    for file in files:
        rewritten = file.rewrite(plan, copies)
        if not (file.is_older or rewritten.is_changed):
            continue
        remove.append(file.path)
        for table, partition, row in rewritten.moved:
            moved[table, partition, file.minhash_version].append(row)
        if len(rewritten.data):
            add.append(writer.write(rewritten.data, file.folder, file.minhash_version))
    for (table, partition, minhash_version), rows in sorted(moved.items()):
        schema = schema_in(partition, table=TABLES[table])
        columns = [
            pa.array(
                [day_of(row) if field.name == "date" else row.get(field.name) for row in rows],
                field.type,
            )
            for field in schema
        ]
        data = pa.Table.from_arrays(columns, schema=schema)
        add.append(writer.write(data, f"{table}/{partition}", minhash_version))
    for path, data in _amendments(lake, plan):
        remove.append(path)
        add.append(writer.write(data, path.rpartition("/")[0], TODAY.minhash))
    return add, remove


def _amendments(lake: Lake, plan: NewIdentities) -> Iterator[tuple[str, pa.Table]]:
    """The files of amendments whose articles have other ids now, and what their rows become."""
    for path, file in sorted(lake.state().files.items()):
        if file.table == "amendments":
            data = read_file(lake, file)
            place = data.schema.get_field_index("article_id")
            former = data.column(place).to_pylist()
            ids = [plan.article_id(name) for name in former]
            if ids != former:
                yield path, data.set_column(place, "article_id", pa.array(ids, pa.string()))


class _Writer:
    """Writes files to a run's staging, each under a number of its own."""

    def __init__(self, lake: Lake, run_id: str) -> None:
        self._lake, self._run_id = lake, run_id
        self._written = 0

    def write(self, data: pa.Table, folder: str, minhash_version: bytes) -> StagedFile:
        """Writes rows that belong into this folder of the lake."""
        table = TABLES[folder.partition("/")[0]]
        path = f"{folder}/{self._run_id}-{self._written:04d}.parquet"
        self._written += 1
        return write_file(
            storage.join(self._lake.staging_folder(self._run_id), path),
            sort_rows(complete(data, path=folder, table=table), table=table),
            path=path,
            table=table,
            minhash_version=minhash_version,
        )
