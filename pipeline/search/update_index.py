"""Bringing a search index up to date: which rows it lacks, and which it holds too many.

Each article is in it once, in its newest version. Files that came are read, and the rows of files
that left are deleted. If the newest version of an article left, the one before comes back.
"""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import tantivy
from tantivy import Query

from feedlake.pipeline.lake.lake_file import open_file
from feedlake.pipeline.lake.pruning import prune
from feedlake.pipeline.lake.read_rows import read_columns, read_rows_where
from feedlake.pipeline.lake.snapshot import Snapshot
from feedlake.pipeline.options.failures import out_of_room
from feedlake.pipeline.search import engine
from feedlake.pipeline.search.index_folder import (
    Manifest,
    begin_generation,
    publish_generation,
)
from feedlake.transforms.records.documents import StagedFile
from feedlake.transforms.write.parquet_files import values_in

_TABLES = ("articles", "revisions")
_MARK_DIGITS = 12
"""Of a file's SHA-256."""

_BATCH_ROWS = 200_000
"""Rows after which the index is published while it is built: who stops it loses no more."""

_READ_ROWS = 500
"""Rows that are in memory at once."""

_HEAP_BYTES = 64_000_000
"""What Tantivy collects before it writes a segment."""

Tell = Callable[[int, int], None]
"""Is told how many of how many rows have been indexed."""

Keys = npt.NDArray[np.uint64]


_WRITER_IS_DEAD = "index writer was killed"
"""What Tantivy says, and no more, if one of its threads could not write."""


@contextlib.contextmanager
def _refusals_told(folder: str) -> Iterator[None]:
    try:
        yield
    except ValueError as error:
        why = out_of_room(str(error))
        if why is None and _WRITER_IS_DEAD in str(error):
            why = "the disk may be full"
        if why is None:
            raise
        raise OSError(errno.EIO, f"the search index cannot be written: {why}", folder) from error


class IndexUpdate:
    """Brings an index up to date, one generation after the other; needs the index's lock."""

    def __init__(self, schema: tantivy.Schema, folder: str, snapshot: Snapshot, tell: Tell) -> None:
        """
        Args:
            schema: The fields of the index.
            folder: The index's.
            snapshot: The lake at the instant that the index is to be of.
            tell: Is told about progress.
        """
        self._schema, self._folder, self._snapshot, self._tell = schema, folder, snapshot, tell
        self._wanted = searched_files(snapshot)
        self._newest = _newest_revisions(snapshot, self._wanted)
        self._documents = engine.Documents()

    def run(self, manifest: Manifest | None) -> None:
        """Makes the index hold what the lake holds.

        Args:
            manifest: The index as it is; None: there is none that can be used. Its `unchecked` is
            carried on.

        Raises:
            LakeError: A file of the lake is missing or damaged.
            OSError: The index can't be written.
        """
        with _refusals_told(self._folder):
            self._run(manifest)

    def _run(self, manifest: Manifest | None) -> None:
        held = manifest.files if manifest else frozenset[str]()
        left = held - self._wanted.keys()
        came = sorted(self._wanted.keys() - held)
        total = sum(self._wanted[name].rows for name in came)
        done = 0
        searcher = None
        orphans = _Orphans.none()
        if left and manifest is not None:
            path = os.path.join(self._folder, manifest.generation)
            searcher = engine.open_engine(self._schema, path).searcher()
            orphans = _Orphans.of(searcher, self._schema, left)
        batches = [*_batches(came, self._wanted)] or [[]]
        for number, batch in enumerate(batches):
            path = begin_generation(self._folder, manifest)
            writer = engine.open_engine(self._schema, path).writer(_HEAP_BYTES, 1)
            for name in batch:
                for keys in self._add_file(writer, name):
                    orphans.found(keys)
                    done += len(keys)
                    self._tell(done, total)
            if number == len(batches) - 1 and searcher is not None:
                # Last: who is stopped before still finds what left, and so what comes back.
                for name in sorted(left):
                    writer.delete_documents_by_term("file", name)
                self._add_orphans(writer, orphans.ids(searcher))
                held -= left
            writer.commit()
            writer.wait_merging_threads()
            held |= frozenset(batch)
            rows = sum(self._wanted[name].rows for name in batch)
            manifest = publish_generation(
                self._folder,
                path,
                files=held,
                before=manifest,
                unchecked=rows + (manifest.unchecked if manifest else 0),
            )

    def _add_file(self, writer: tantivy.IndexWriter, name: str) -> Iterator[Keys]:
        """Adds the articles whose newest versions are in a file; yields the keys of its rows that
        were added, and zeros for the others."""
        file = self._wanted[name]
        number = 0
        for rows in _read(self._snapshot.places[file.path], file):
            keys = np.zeros(len(rows), dtype=np.uint64)
            for place, row in enumerate(rows):
                article_id = row["article_id"]
                newest = self._newest.get(article_id)
                if newest is None or newest[1:] == (name, number):
                    if newest is not None:
                        writer.delete_documents_by_term("id", article_id)
                    writer.add_document(self._documents.make(row, file=name))
                    keys[place] = int(article_id[:16], 16)
                number += 1
            yield keys

    def _add_orphans(self, writer: tantivy.IndexWriter, ids: frozenset[str]) -> None:
        """Adds articles whose newest version has left the lake, in the version before."""
        if not ids:
            return
        for table in _TABLES:
            files = prune(self._snapshot.held(table), ids=ids)
            for file in files:
                name = _name_of(file)
                place = self._snapshot.places[file.path]
                for part in read_rows_where(
                    place, [*engine.COLUMNS, "revision"], {"article_id": ids}
                ):
                    for row in part.to_pylist():
                        newest = self._newest.get(row["article_id"])
                        if newest is None or newest[:2] == (row.get("revision"), name):
                            writer.delete_documents_by_term("id", row["article_id"])
                            full = {**values_in(file.path), **row}
                            writer.add_document(self._documents.make(full, file=name))


@dataclass
class _Orphans:
    """Articles whose rows left with files, and have not come back in others so far.

    Attributes:
        keys: The first 64 bits of their ids, in order.
        addresses: Where each was in the index.
    """

    keys: Keys
    addresses: list[tantivy.DocAddress]
    gone: npt.NDArray[np.bool_]

    @classmethod
    def none(cls) -> _Orphans:
        return cls(np.empty(0, dtype=np.uint64), [], np.empty(0, dtype=np.bool_))

    @classmethod
    def of(
        cls, searcher: tantivy.Searcher, schema: tantivy.Schema, files: frozenset[str]
    ) -> _Orphans:
        addresses: list[tantivy.DocAddress] = []
        most = max(searcher.num_docs, 1)
        for name in sorted(files):
            query = Query.const_score_query(Query.term_query(schema, "file", name, "basic"), 1.0)
            addresses += [address for _, address in searcher.search(query, most).hits]
        keys = np.array(searcher.fast_field_values("key", addresses), dtype=np.uint64)
        order = np.argsort(keys, kind="stable")
        return cls(
            keys[order], [addresses[place] for place in order], np.ones(len(keys), dtype=np.bool_)
        )

    def found(self, keys: Keys) -> None:
        """Takes out those that came back."""
        if len(self.keys):
            places = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
            self.gone[places[self.keys[places] == keys]] = False

    def ids(self, searcher: tantivy.Searcher) -> frozenset[str]:
        """Returns the ids of those that did not."""
        return frozenset(
            engine.read_shown(searcher.doc(self.addresses[place])["shown"][0]).article_id
            for place in np.flatnonzero(self.gone)
        )


def searched_files(snapshot: Snapshot) -> dict[str, StagedFile]:
    """Returns the lake's files whose rows are searched, by name and checksum."""
    return {_name_of(file): file for table in _TABLES for file in snapshot.held(table)}


def _name_of(file: StagedFile) -> str:
    """What a file is told apart by, also from one that had its path before."""
    return f"{file.path} {file.sha256[:_MARK_DIGITS]}"


def _newest_revisions(
    snapshot: Snapshot, files: Mapping[str, StagedFile]
) -> dict[str, tuple[int, str, int]]:
    """The newest revision of each article that has any: its number, file, and row there."""
    newest: dict[str, tuple[int, str, int]] = {}
    for name, file in files.items():
        if file.table != "revisions":
            continue
        table = read_columns(snapshot.places[file.path], ["article_id", "revision"])
        ids, numbers = table["article_id"].to_pylist(), table["revision"].to_pylist()
        for row, (article_id, number) in enumerate(zip(ids, numbers, strict=True)):
            candidate = (number, name, row)
            if article_id not in newest or candidate > newest[article_id]:
                newest[article_id] = candidate
    return newest


def _read(path: str, file: StagedFile) -> Iterator[list[dict[str, Any]]]:
    """The rows of a file, some at a time, times as microseconds."""
    in_path = values_in(file.path)
    with open_file(path) as opened:
        names = set(opened.schema_arrow.names)
        columns = [name for name in engine.COLUMNS if name in names]
        for batch in opened.iter_batches(batch_size=_READ_ROWS, columns=columns):
            table = pa.Table.from_batches([batch])
            for number, column in enumerate(table.schema):
                if pa.types.is_timestamp(column.type):
                    table = table.set_column(number, column.name, table[number].cast(pa.int64()))
            yield [{**in_path, **row} for row in table.to_pylist()]


def _batches(names: list[str], files: Mapping[str, StagedFile]) -> Iterator[list[str]]:
    batch: list[str] = []
    rows = 0
    for name in names:
        batch.append(name)
        rows += files[name].rows
        if rows >= _BATCH_ROWS:
            yield batch
            batch, rows = [], 0
    if batch:
        yield batch
