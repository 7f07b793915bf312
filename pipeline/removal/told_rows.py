"""Rows of other tables that tell of what is removed: rejects, waiting pages, recognised entries."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from feedlake.pipeline.lake.lake_file import open_file
from feedlake.pipeline.lake.snapshot import Snapshot
from feedlake.transforms.records.documents import Document
from feedlake.transforms.records.entry_json import read_entry_json
from feedlake.transforms.removal.removed_keys import RemovedKeys

Mask = npt.NDArray[np.bool_]

TOLD = ("rejects", "deferred", "known")
"""The tables, beside those of documents, that have titles, addresses and excerpts."""

COLUMNS = {
    "rejects": ("url",),
    "deferred": ("deferred_id", "url", "entry"),
    "known": ("source", "url", "guid", "title", "entry_mark"),
}
"""What tells whether a row of these tables is about something that was removed."""

_REMEMBERED = 4_096


class Telling:
    """Whether rows tell of what was removed; also by other links that led there.

    Attributes:
        links: Addresses of entries that were found by something else than their address: what a
            feed links to may redirect to the article.
    """

    def __init__(self, removed: RemovedKeys) -> None:
        self.links: set[str] = set()
        self._removed = removed
        self._is_at = functools.lru_cache(_REMEMBERED)(self._find_address)

    def find(self, snapshot: Snapshot) -> dict[str, Mask]:
        """Returns which rows go of the files that have some, by the paths of the files.

        Raises:
            LakeError: A file is damaged.
        """
        waiting = self._find_waiting(snapshot)
        tests: Mapping[str, Callable[[dict[str, Any]], bool]] = {
            "rejects": lambda row: self._is_at(row["url"]),
            "deferred": lambda row: row["deferred_id"] in waiting,
            "known": self._is_known,
        }
        found = {}
        for table, test in tests.items():
            for file in snapshot.held(table):
                data = read_told(snapshot.places[file.path], table)
                mask = np.fromiter(map(test, rows_of(data)), np.bool_, len(data))
                if mask.any():
                    found[file.path] = mask
        return found

    def tells(self, table: str, row: dict[str, Any]) -> bool:
        """Returns whether a single row does; of entries that wait, by itself alone."""
        if table == "deferred":
            return self._is_waiting(row)
        return self._is_known(row) if table == "known" else self._is_at(row["url"])

    def _find_waiting(self, snapshot: Snapshot) -> frozenset[str]:
        """Ids of the entries of which any row tells of it: all of their rows go."""
        return frozenset(
            row["deferred_id"]
            for file in snapshot.held("deferred")
            for row in rows_of(read_told(snapshot.places[file.path], "deferred"))
            if self._is_waiting(row)
        )

    def _is_waiting(self, row: dict[str, Any]) -> bool:
        if self._is_at(row["url"]):
            return True
        document = _document_of(row["entry"])
        if document is None or not self._removed.find_entry(document):
            return False
        if not document.has_shared_url:
            self.links.add(row["url"])
        return True

    def _is_known(self, row: dict[str, Any]) -> bool:
        return self._is_at(row["url"]) or bool(
            self._removed.find_known(
                source=row["source"],
                url=None,
                guid=row["guid"],
                title=row["title"],
                mark=row["entry_mark"],
            )
        )

    def _find_address(self, url: str | None) -> bool:
        return bool(self._removed.find_address(url))


def read_told(path: str, table: str) -> pa.Table:
    """Returns the columns of `COLUMNS` of a file; those that it doesn't have are null.

    Raises:
        LakeError: The file is damaged.
    """
    with open_file(path) as file:
        data = file.read(columns=list(COLUMNS[table]))
        rows = file.metadata.num_rows
    for name in COLUMNS[table]:
        if name not in data.column_names:
            data = data.append_column(name, pa.nulls(rows, pa.string()))
    return data


def rows_of(data: pa.Table) -> Iterator[dict[str, Any]]:
    """Yields the rows of a table, a part of them in memory at a time."""
    for batch in data.to_batches(max_chunksize=_REMEMBERED):
        yield from batch.to_pylist()


def _document_of(entry: str | None) -> Document | None:
    return read_entry_json(entry).document if entry else None
