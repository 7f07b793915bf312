"""Enriching anew what a lake holds, file by file, without reading its sources again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import KW_ONLY, dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, unquote

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from feedlake.pipeline.lake.journal_entry import JournalEntry
from feedlake.pipeline.lake.lake import Lake
from feedlake.pipeline.lake.lake_file import open_file, open_whole
from feedlake.pipeline.lake.run_ids import new_command_id
from feedlake.pipeline.lake.url_rule import rule_of
from feedlake.pipeline.terminal import interrupts
from feedlake.transforms.enrich.enrich_article import Enrichment
from feedlake.transforms.enrich.enrich_pool import EnrichPool
from feedlake.transforms.enrich.enrichers import (
    ENRICHERS,
    EXTRAS,
    EnrichOptions,
    in_order,
    read_description,
    version_of,
)
from feedlake.transforms.enrich.enrichment_columns import ENRICHMENT
from feedlake.transforms.normalize import storage
from feedlake.transforms.plugins.find_plugins import columns_of
from feedlake.transforms.process.process_wide import process_wide
from feedlake.transforms.process.sandbox import Limits
from feedlake.transforms.process.tally import Tally
from feedlake.transforms.records.documents import StagedFile
from feedlake.transforms.records.subject import Subject
from feedlake.transforms.write.parquet_files import complete, sort_rows, write_file
from feedlake.transforms.write.schema import MINHASH_KEY, TABLES

_SLICE_ROWS = 2_000
"""Rows that are Python objects at a time; the others stay in Arrow's memory."""

_FILLED = ("language", *(column.name for column in ENRICHMENT))
_IN_PATH = "language="


@dataclass(frozen=True)
class Wish:
    """What is to be enriched anew.

    Attributes:
        options: The enrichers, and how they work.
        is_all: Whether also rows that are up to date.
        keeps_up: Whether the options' names are the least: a row also gets new results of other
            enrichers that filled it once, but for those of extras, and all of them with a new
            language.
    """

    options: EnrichOptions
    is_all: bool = False
    keeps_up: bool = False


class LakeFile:
    """A file of a lake: its rows are read, enriched, and written to staging."""

    def __init__(self, lake: Lake, file: StagedFile) -> None:
        self._lake, self._file = lake, file
        self._folder = file.path.rpartition("/")[0]
        self._table = TABLES[file.table]
        parts = self._folder.split("/")
        named = [part for part in parts if part.startswith(_IN_PATH)]
        self._in_path = unquote(named[0].removeprefix(_IN_PATH)) if named else None
        self._minhash_version, self._url_rule = b"", 0
        with open_file(storage.join(lake.path, file.path)) as parquet:
            self._data = self._read(parquet, ["enrichers"])
        self.rows = len(self._data)
        self.failures = Counter[str]()

    def enrich(self, pool: EnrichPool[int], wish: Wish) -> int:
        """Enriches the rows that need it, and returns how many have changed.

        Args:
            pool: Children that enrich.
            wish: What to do.
        """
        labels = self._labels(self._data)
        needs = [_missing(read_description(label), wish) for label in labels]
        if not any(needs):
            return 0
        with open_whole(self._lake, self._file) as parquet:
            self._data = self._read(parquet, None)
        changed = 0
        slices = []
        for start in range(0, self.rows, _SLICE_ROWS):
            part = self._data.slice(start, _SLICE_ROWS)
            new, count = self._enrich_slice(part, needs[start : start + len(part)], pool, wish)
            slices.append(new)
            changed += count
        self._data = pa.concat_tables(slices)
        return changed

    def write(self, run_id: str, *, first: int) -> Iterator[StagedFile]:
        """Writes the rows, those that have moved to another partition by language there.

        Args:
            run_id: Whose staging takes the files.
            first: Number of the first file.
        """
        languages = [None]
        if self._in_path is not None:
            languages = sorted(pc.unique(self._data.column("language")).to_pylist())
        for number, language in enumerate(languages, start=first):
            folder, data = self._folder, self._data
            if language is not None:
                data = data.filter(pc.equal(data.column("language"), language))
                data = data.drop_columns(["language"])
                folder = "/".join(
                    _IN_PATH + quote(language, safe="") if part.startswith(_IN_PATH) else part
                    for part in folder.split("/")
                )
            path = f"{folder}/{run_id}-{number:04d}.parquet"
            target = storage.join(self._lake.staging_folder(run_id), path)
            yield write_file(
                target,
                sort_rows(data, table=self._table),
                path=path,
                table=self._table,
                minhash_version=self._minhash_version,
                url_rule=self._url_rule,
            )

    def _read(self, file: pq.ParquetFile, columns: list[str] | None) -> pa.Table:
        """Returns the file's columns, without those that are younger than the file."""
        self._minhash_version = (file.schema_arrow.metadata or {}).get(MINHASH_KEY, b"")
        self._url_rule = rule_of(file.schema_arrow)
        data = file.read(columns=columns)
        if columns and not data.num_columns:  # It has rows all the same.
            return pa.table({columns[0]: pa.nulls(file.metadata.num_rows, pa.string())})
        return data.replace_schema_metadata(None)

    def _labels(self, data: pa.Table) -> list[str | None]:
        labels: list[str | None] = data.column("enrichers").to_pylist()
        return labels

    def _enrich_slice(
        self, data: pa.Table, needs: list[tuple[str, ...]], pool: EnrichPool[int], wish: Wish
    ) -> tuple[pa.Table, int]:
        own = columns_of(
            name
            for name, _ in wish.options.plugins
            if name in wish.options.names or name in data.column_names
        )
        rows = self._filled_columns(data, [column.name for column in own])
        texts = data.select(["title", "text"]).to_pylist()
        for number, names in enumerate(needs):
            if names:
                pool.submit(number, _subject(rows[number], texts[number]), names)
        changed = 0
        for number, enrichment in pool.drain():
            self.failures.update(failing.enricher for failing in enrichment.failures)
            changed += _update(rows[number], enrichment, wish.options)
            process_wide(Tally).count("documents")
        return self._replace(data, rows, own), changed

    def _filled_columns(self, data: pa.Table, own: list[str]) -> list[dict[str, Any]]:
        """What enrichers have filled, row by row; the declared language, wherever it stands."""
        filling = (*_FILLED, *own)
        held = data.select([name for name in filling if name in data.column_names]).to_pylist()
        rows = []
        for filled in held:
            row = {**dict.fromkeys(filling), **filled}
            if self._in_path is not None:
                row["language"] = self._in_path
            if row["declared_language"] is None:  # The file is older than that column.
                row["declared_language"] = row["language"]
            rows.append(row)
        return rows

    def _replace(
        self, data: pa.Table, rows: list[dict[str, Any]], own: tuple[pa.Field, ...]
    ) -> pa.Table:
        """The rows in the table's columns, and what columns the file has beside those."""
        in_path = self._table.schema.field("language")
        data = complete(data, path=self._folder, table=self._table)
        if self._in_path is not None:
            data = data.append_column(in_path.remove_metadata(), pa.nulls(len(data), pa.string()))
        for name in _FILLED:
            place = data.schema.get_field_index(name)
            field = self._table.schema.field(name).remove_metadata()
            column = pa.array([row[name] for row in rows], field.type)
            data = data.set_column(place, field, column)
        for field in own:  # Of plugins: the file may lack it, or have it with other fields.
            if field.name in data.column_names:
                data = data.drop_columns([field.name])
            values = [_fitting(row, field) for row in rows]
            data = data.append_column(field, pa.array(values, field.type))
        return data


def _fitting(row: dict[str, Any], field: pa.Field) -> Any:
    """A row's value of a plugin's column; None if an older version gave what no longer fits.

    Then the row says no more that it has been filled.
    """
    try:
        pa.array([row[field.name]], field.type)
    except (pa.ArrowInvalid, pa.ArrowTypeError, TypeError):
        labels = read_description(row["enrichers"])
        labels.pop(field.name, None)
        row["enrichers"] = ", ".join(f"{name} {labels[name]}" for name in in_order(labels))
        return None
    return row[field.name]


def _missing(labels: dict[str, str], wish: Wish) -> tuple[str, ...]:
    """The enrichers whose results a row lacks."""
    wanted = wish.options.names
    if wish.keeps_up:
        kept = {*(ENRICHERS.keys() - EXTRAS), *(name for name, _ in wish.options.plugins)}
        wanted = in_order({*wanted, *(labels.keys() & kept)})
    if wish.is_all:
        return wanted
    missing = tuple(name for name in wanted if labels.get(name) != version_of(name, wish.options))
    return wanted if wish.keeps_up and "language" in missing else missing


def _subject(row: dict[str, Any], texts: dict[str, Any]) -> Subject:
    return Subject(
        title=texts["title"],
        text=texts["text"],
        declared_language=row["declared_language"],
        language=row["language"],
        place_names=tuple(place["name"] for place in row["places"] or ()),
    )


def _update(row: dict[str, Any], enrichment: Enrichment, options: EnrichOptions) -> bool:
    """Puts what was found into a row; returns whether anything was."""
    if not enrichment.done:
        return False
    labels = read_description(row["enrichers"])
    labels |= {name: version_of(name, options) for name in enrichment.done}
    row |= enrichment.columns
    row["enrichers"] = ", ".join(f"{name} {labels[name]}" for name in in_order(labels))
    return True


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
    _: KW_ONLY
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
    files = [
        file
        for _, file in sorted(lake.state().files.items())
        if file.table in ("articles", "revisions")
    ]
    process_wide(Tally).count("sources to read", len(files))
    pool: EnrichPool[int] = EnrichPool(wish.options, workers=workers, limits=limits)
    rows = enriched = written = 0
    failures = Counter[str]()
    run_ids = _run_ids()
    run_id, add, remove = next(run_ids), list[StagedFile](), list[str]()
    try:
        for held in files:
            file = LakeFile(lake, held)
            changed = file.enrich(pool, wish)
            rows += file.rows
            failures.update(file.failures)
            if changed:
                enriched += changed
                add += file.write(run_id, first=len(add))
                remove.append(held.path)
            process_wide(Tally).count("sources")
            size = sum(staged.size_bytes for staged in add)
            if size >= ENTRY_BYTES or len(add) >= ENTRY_FILES:
                written += _publish(lake, run_id, add, remove)
                run_id, add, remove = next(run_ids), [], []
        written += _publish(lake, run_id, add, remove)
    finally:
        pool.close()
        if not lake.holds(run_id):
            storage.delete_folder(lake.staging_folder(run_id))
    return Reenriched(rows, enriched=enriched, files=written, failures=dict(failures.most_common()))


def _publish(lake: Lake, run_id: str, add: list[StagedFile], remove: list[str]) -> int:
    if add:
        partition_by = lake.partition_by() or ("date",)
        entry = JournalEntry(
            run_id, partition_by=partition_by, add=tuple(add), remove=tuple(remove), is_rewrite=True
        )
        with interrupts.undisturbed():
            lake.publish(entry)
    if interrupts.has_come():
        raise KeyboardInterrupt
    return len(add)


def _run_ids() -> Iterator[str]:
    begun = f"{new_command_id(datetime.now(UTC))}-enrich"
    number = 0
    while True:
        number += 1
        yield f"{begun}-{number:04d}"
