"""Opening a Parquet file of the lake: damage is named, and never read as if it were sound."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterator

import pyarrow as pa
import pyarrow.parquet as pq

from feedlake.pipeline.lake.journal_entry import LakeError, VanishedError
from feedlake.pipeline.lake.lake import Lake
from feedlake.transforms.normalize import storage
from feedlake.transforms.records.documents import StagedFile


@contextlib.contextmanager
def open_file(path: str) -> Iterator[pq.ParquetFile]:
    """Opens a file to read what is needed of it; the pages that are read are checked.

    Files that feedlake wrote before schema version 3 have no checksums of pages.

    Args:
        path: The file.

    Raises:
        VanishedError: The file is not there.
        LakeError: The file is damaged; whatever that makes of its reading, the message names it.
    """
    try:
        with storage.open_read(path) as stream:
            yield pq.ParquetFile(stream, page_checksum_verification=True)
    except FileNotFoundError as error:
        raise VanishedError(f"the lake's file {path} is missing") from error
    except (pa.ArrowException, OSError, ValueError, KeyError) as error:
        raise LakeError(f"the lake's file {path} cannot be read: {error}") from error


@contextlib.contextmanager
def open_whole(lake: Lake, file: StagedFile) -> Iterator[pq.ParquetFile]:
    """Opens a file to write its rows anew: its bytes are read once, and are those of the journal.

    A file that is rewritten gets a new checksum. Damage in the old one would be sound from then on.

    Args:
        lake: The lake.
        file: The file, as the journal has it.

    Raises:
        LakeError: The file is not as it was published, or cannot be read; the message names it.
    """
    path = storage.join(lake.path, file.path)
    try:
        content = storage.read_bytes(path)
    except OSError as error:
        raise LakeError(f"the lake's file {path} cannot be read: {error}") from error
    if len(content) != file.size_bytes or hashlib.sha256(content).hexdigest() != file.sha256:
        raise LakeError(
            f"the lake's file {path} is damaged: its bytes are not those that the journal names. "
            f"feedlake compact --quarantine --lake {lake.path} sets it aside"
        )
    try:
        yield pq.ParquetFile(pa.BufferReader(content))
    except (pa.ArrowException, OSError, ValueError, KeyError) as error:
        raise LakeError(f"the lake's file {path} cannot be read: {error}") from error
