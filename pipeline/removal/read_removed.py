"""What was removed from a lake, as the steps of a run look it up."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from typing import Any

import pyarrow.parquet as pq

from feedlake.pipeline.lake.lake import Lake
from feedlake.pipeline.lake.lake_file import open_file
from feedlake.transforms.normalize.microseconds import from_microseconds
from feedlake.transforms.removal.removed_keys import RemovedKeys
from feedlake.transforms.removal.tombstone import Tombstone
from feedlake.transforms.stores.store_settings import StoreSettings
from feedlake.transforms.stores.stores import use_stores

_COLUMNS = (
    *("kind", "article_id", "cause", "reason", "removed_at", "address_ids", "text_sha256"),
    *("content_sha256", "guid_key", "title_key", "published_at", "entry_mark"),
)
_BATCH_ROWS = 10_000


def removed_opener(
    lake: Lake, *, stores: StoreSettings | None = None
) -> Callable[[], RemovedKeys] | None:
    """Returns what gives a worker all that was removed from a lake; None: nothing was.

    Args:
        lake: The lake, whose lock this process holds.
        stores: How workers elsewhere reach object stores; None: as this process does.

    Raises:
        LakeError: The journal is damaged.
    """
    files = tuple(lake.files("removals"))
    return functools.partial(_open, files, stores) if files else None


@functools.lru_cache(maxsize=1)
def _open(files: tuple[str, ...], stores: StoreSettings | None) -> RemovedKeys:
    """Once in each process: files of a lake never change."""
    use_stores(stores)
    return RemovedKeys(one for path in files for one in read_tombstones(path))


def read_tombstones(path: str) -> Iterator[Tombstone]:
    """Yields the rows of a file of `removals`, some thousand of which are in memory at a time.

    Raises:
        LakeError: The file is damaged.
    """
    with open_file(path) as file:
        yield from _read(file)


def _read(file: pq.ParquetFile) -> Iterator[Tombstone]:
    for batch in file.iter_batches(_BATCH_ROWS, columns=list(_COLUMNS)):
        # Times as numbers: see `read_rows`.
        names = batch.schema.names
        columns = [
            column.cast("int64") if name in ("removed_at", "published_at") else column
            for name, column in zip(names, batch.columns, strict=True)
        ]
        lists: list[list[Any]] = [column.to_pylist() for column in columns]
        for values in zip(*lists, strict=True):
            row = dict(zip(names, values, strict=True))
            published = row["published_at"]
            yield Tombstone(
                **{
                    **row,
                    "removed_at": from_microseconds(row["removed_at"]),
                    "published_at": None if published is None else from_microseconds(published),
                    "address_ids": tuple(row["address_ids"]),
                }
            )
