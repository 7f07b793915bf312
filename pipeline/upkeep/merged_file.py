"""Rows of several files of a lake as one file, whatever feedlake wrote them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import pyarrow as pa

from feedlake.pipeline.history.key_columns import sign_anew
from feedlake.pipeline.lake.lake import Lake
from feedlake.pipeline.lake.lake_file import open_file, open_whole
from feedlake.pipeline.lake.url_rule import rule_of
from feedlake.pipeline.upkeep.unite_tables import unite
from feedlake.transforms.dedup.minhash import MINHASH_VERSION
from feedlake.transforms.normalize import storage, urls
from feedlake.transforms.records.documents import StagedFile
from feedlake.transforms.write.parquet_files import complete, sort_rows, write_file
from feedlake.transforms.write.schema import MINHASH_KEY, TABLES


class FileVersion(NamedTuple):
    """What the rows of files must have in common to stand in one file.

    Attributes:
        url_rule: Version of the rule for addresses that made the ids.
        minhash: Version of the signatures.
    """

    url_rule: int
    minhash: bytes


TODAY = FileVersion(urls.URL_RULE_VERSION, str(MINHASH_VERSION).encode())
"""What this feedlake writes."""


def read_schema(lake: Lake, path: str) -> pa.Schema:
    """Returns the schema of a file, with its metadata.

    Args:
        lake: The lake.
        path: The file's path below it.

    Raises:
        LakeError: The file is damaged; its name is in the message.
    """
    with open_file(storage.join(lake.path, path)) as parquet:
        return parquet.schema_arrow


def version_of(schema: pa.Schema) -> FileVersion:
    """Returns the versions that a file's metadata states."""
    return FileVersion(rule_of(schema), (schema.metadata or {}).get(MINHASH_KEY, b""))


def read_file(lake: Lake, file: StagedFile) -> pa.Table:
    """Returns the rows of a file, with all columns that it has.

    Args:
        lake: The lake.
        file: The file, as the journal has it.

    Raises:
        LakeError: The file is not as it was published; its name is in the message.
    """
    with open_whole(lake, file) as parquet:
        return parquet.read().replace_schema_metadata(None)


def read_signed(lake: Lake, file: StagedFile) -> pa.Table:
    """Returns the rows of a file as `read_file` does, those signed as today that are signed at all.

    Raises:
        LakeError: The file is not as it was published; its name is in the message.
    """
    data = read_file(lake, file)
    is_old = has_older_signatures(version_of(read_schema(lake, file.path)))
    return sign_anew(data) if is_old and "minhash" in data.schema.names else data


def has_older_signatures(version: FileVersion) -> bool:
    """Returns whether an older feedlake made the signatures of a file, if it has any."""
    return version.minhash.isdigit() and int(version.minhash) < MINHASH_VERSION


def write_merged(
    lake: Lake, parts: Iterable[pa.Table], *, run_id: str, path: str, version: FileVersion
) -> StagedFile:
    """Writes rows as one file into staging, with all the columns that files have today.

    Args:
        lake: The lake.
        parts: The rows of several files.
        run_id: Whose staging takes the file.
        path: The file's path below the lake.
        version: That of all the rows.
    """
    table = TABLES[path.partition("/")[0]]
    whole = [complete(part, path=path, table=table) for part in parts]
    data = sort_rows(unite(whole), table=table)
    return write_file(
        storage.join(lake.staging_folder(run_id), path),
        data,
        path=path,
        table=table,
        minhash_version=version.minhash,
        url_rule=version.url_rule,
    )
