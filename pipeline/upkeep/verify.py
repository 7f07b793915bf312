"""Checking a lake: journal against files, checksums, identities, sums."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.parquet as pq

from feedlake.pipeline.lake.lake import JournalEntry, Lake
from feedlake.pipeline.lake.query import connect
from feedlake.pipeline.lake.url_rule import IDENTITY_TABLES, read_rule
from feedlake.transforms.normalize import storage
from feedlake.transforms.records.documents import StagedFile
from feedlake.transforms.write.schema import TABLES

_LAWS = {
    "an id is twice in articles": "SELECT article_id FROM articles GROUP BY 1 HAVING count(*) > 1",
    "a text is in articles under two ids": """
        SELECT text_sha256::VARCHAR FROM articles GROUP BY text_sha256 HAVING count(*) > 1
    """,
    "a version is twice in revisions": """
        SELECT article_id FROM revisions GROUP BY article_id, revision HAVING count(*) > 1
    """,
    "revisions refers to an article that doesn't exist": """
        SELECT article_id FROM revisions WHERE article_id NOT IN (SELECT article_id FROM articles)
    """,
    "duplicates refers to an original that doesn't exist": """
        SELECT original_id FROM duplicates
        WHERE original_id NOT IN (SELECT article_id FROM articles)
    """,
    "an id is twice in rejects": "SELECT reject_id FROM rejects GROUP BY 1 HAVING count(*) > 1",
    "the sums of a run don't add up": """
        SELECT run_id FROM runs WHERE documents <>
            articles + revisions + duplicates + rejects + already_in_lake
    """,
}
"""What never holds in a sound lake: the law broken → SQL that gives the ids that break it."""

_COUNTED = ("articles", "revisions", "duplicates", "rejects")


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong with a lake.

    Attributes:
        path: The file, below the lake; None if no single file is at fault.
        is_damaged: Whether the file's content is at fault, so that it could be set aside.
        message: What is wrong, in one sentence.
    """

    path: str | None
    is_damaged: bool
    message: str


def verify(lake: Lake) -> list[Fault]:
    """Returns what is wrong with the lake; nothing if it is sound.

    Files are checked against the journal (size and SHA-256), files that the journal does not
    know are named; then, if all files can be read, identities and sums.

    Raises:
        LakeError: A journal entry is damaged.
    """
    entries = lake.entries()
    faults = list(_check_files(lake, entries))
    if not faults:
        faults += _check_rules(lake, entries)
        faults += _check_laws(lake, _count_set_aside(entries))
    return faults


def current_files(entries: list[JournalEntry]) -> dict[str, StagedFile]:
    """Returns the files that the journal says are in the lake, by path below it."""
    removed = {path for entry in entries for path in entry.remove}
    return {file.path: file for entry in entries for file in entry.add if file.path not in removed}


def _check_files(lake: Lake, entries: list[JournalEntry]) -> Iterator[Fault]:
    expected = current_files(entries)
    for path, file in sorted(expected.items()):
        message = _check_file(storage.join(lake.path, path), file)
        if message is not None:
            yield Fault(path, "missing" not in message, f"{path}: {message}")
    for table in TABLES:
        for path in storage.list_files(storage.join(lake.path, table)):
            below = path[len(lake.path.rstrip("/")) + 1 :]
            if below not in expected:
                yield Fault(below, False, f"{below}: the journal doesn't name this file")


def _check_file(path: str, file: StagedFile) -> str | None:
    if not storage.exists(path):
        return "the file is missing"
    digest, size = hashlib.sha256(), 0
    try:
        with storage.open_read(path) as stream:
            while part := stream.read(1 << 20):
                digest.update(part)
                size += len(part)
    except OSError as error:
        return f"the file cannot be read: {error.strerror}"
    if size != file.size_bytes:
        return f"the file has {size} bytes, the journal says {file.size_bytes}"
    if digest.hexdigest() != file.sha256:
        return "the file's checksum differs from the journal's"
    try:
        with storage.open_read(path) as stream:
            rows = pq.ParquetFile(stream).metadata.num_rows
    except (pa.ArrowException, OSError) as error:
        return f"the file isn't valid Parquet: {error}"
    return None if rows == file.rows else f"the file has {rows} rows, the journal says {file.rows}"


def _check_rules(lake: Lake, entries: list[JournalEntry]) -> Iterator[Fault]:
    """One rule for addresses made all ids: under two of them one address could be two articles."""
    rules = {
        read_rule(storage.join(lake.path, path))
        for path, file in current_files(entries).items()
        if file.table in IDENTITY_TABLES
    }
    if len(rules) > 1:
        found = ", ".join(map(str, sorted(rules)))
        message = f"ids follow different versions of the rule for addresses ({found})"
        yield Fault(None, False, f"{message}: feedlake upgrade makes them one")


def _count_set_aside(entries: list[JournalEntry]) -> Counter[str]:
    """Rows that left the lake with damaged files, or their table in an upgrade, by table."""
    files = {file.path: file for entry in entries for file in entry.add}
    rows = Counter[str]()
    for entry in entries:
        if entry.remove and not entry.is_rewrite:
            for path in entry.remove:
                rows[files[path].table] += files[path].rows
            for file in entry.add:
                rows[file.table] -= file.rows
    return rows


def _check_laws(lake: Lake, set_aside: Counter[str]) -> Iterator[Fault]:
    with connect(lake.path) as connection:
        for law, sql in _LAWS.items():
            found = [str(row[0]) for row in connection.execute(f"{sql} LIMIT 4").fetchall()]
            if found:
                more = ", …" if len(found) > 3 else ""
                yield Fault(None, False, f"{law}: {', '.join(found[:3])}{more}")
        for table in _COUNTED:
            sql = f"SELECT (SELECT count(*) FROM {table}), (SELECT sum({table}) FROM runs)"
            [(rows, added)] = connection.execute(sql).fetchall()
            due = (added or 0) - set_aside[table]
            if rows != due:
                message = (
                    f"{table} has {rows} rows, but the runs added {due}, without those set aside"
                )
                yield Fault(None, False, message)
