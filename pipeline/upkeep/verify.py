"""Checking a lake: journal against files, checksums, identities, sums."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import pyarrow as pa
import pyarrow.parquet as pq

from feedlake.pipeline.lake.lake import Lake
from feedlake.pipeline.lake.snapshot import MISSING, Snapshot
from feedlake.pipeline.lake.url_rule import IDENTITY_TABLES, rule_of_file
from feedlake.pipeline.query.views import connect
from feedlake.transforms.archives.archive_writer import ARCHIVE
from feedlake.transforms.normalize import storage
from feedlake.transforms.records.documents import StagedFile
from feedlake.transforms.write.schema import TABLES

_IDS = "CREATE TEMP TABLE ids AS SELECT article_id, hash(text_sha256) AS text FROM articles"
"""What several laws ask of articles, read once: in small files, to open them is what takes time."""

_LAWS = {
    "an id is twice in articles": "SELECT article_id FROM ids GROUP BY 1 HAVING count(*) > 1",
    "a text is in articles under two ids": """
        SELECT text_sha256::VARCHAR FROM articles
        GROUP BY text_sha256 HAVING count(*) > 1
    """,
    "a version is twice in revisions": """
        SELECT article_id FROM revisions GROUP BY article_id, revision HAVING count(*) > 1
    """,
    "revisions refers to an article that doesn't exist": """
        SELECT article_id FROM revisions WHERE article_id NOT IN (SELECT article_id FROM ids)
    """,
    "duplicates refers to an original that doesn't exist": """
        SELECT original_id FROM duplicates
        WHERE original_id NOT IN (SELECT article_id FROM ids)
    """,
    "an id is twice in rejects": "SELECT reject_id FROM rejects GROUP BY 1 HAVING count(*) > 1",
    "what was removed is there again": """
        SELECT article_id FROM (
            SELECT article_id, text_sha256 FROM articles
            UNION ALL SELECT article_id, text_sha256 FROM revisions
            UNION ALL SELECT article_id, text_sha256 FROM duplicates
        )
        WHERE article_id IN (SELECT unnest(address_ids) FROM removals)
            OR text_sha256 IN (SELECT text_sha256 FROM removals)
    """,
    "the sums of a run don't add up": """
        SELECT run_id FROM runs WHERE documents <>
            articles + revisions + duplicates + rejects + already_in_lake
    """,
}
"""What never holds in a sound lake: the law broken → SQL that gives the ids that break it."""

_SUSPICIONS = {
    "a text is in articles under two ids": "FROM ids GROUP BY text HAVING count(*) > 1",
    "what was removed is there again": "FROM removals",
}
"""Cheaper SQL for some of the laws, that gives rows if one is broken, and may if none is."""

_ATTEMPTS = 5

_COUNTED = ("articles", "revisions", "duplicates", "rejects")


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong with a lake.

    Attributes:
        path: The file, below the lake; None if no single file is at fault.
        kind: What is wrong with the file: it is `missing`, its content is `damaged`, or it is
            `unknown` to the journal; `rows` if no single file is at fault.
        message: The same, in one sentence.
    """

    path: str | None
    kind: Literal["missing", "damaged", "unknown", "rows"]
    message: str


def verify(lake: Lake) -> list[Fault]:
    """Returns what is wrong with the lake; nothing if it is sound.

    Files are checked against the journal (size and SHA-256; of those that an older feedlake wrote,
    also how many rows they have), files that the journal does not know are named; then, if all
    files can be read, identities and sums. Needs no lock: what another
    process publishes or compacts meanwhile is no fault, nor is what a dead one left to be finished.

    Raises:
        LakeError: A journal entry is damaged.
    """
    faults = list(_check_again(lake, _check_files(lake)))
    if faults:
        return faults
    for _ in range(_ATTEMPTS):
        runs, faults = lake.ask(_check_rows)
        if not faults or lake.run_ids() == runs:
            break  # Sound, or at fault although nothing was published while we looked.
    return faults


def _check_files(lake: Lake) -> Iterator[Fault]:
    snapshot = lake.snapshot(is_partial=True)
    expected = snapshot.state.files
    leaving = {path for entry in snapshot.state.pending for path in entry.remove}
    for _, file in sorted(expected.items()):
        yield from _check_file(snapshot, file)
    for table in (*TABLES, ARCHIVE):
        for path in storage.list_files(storage.join(lake.path, table)):
            below = path[len(lake.path.rstrip("/")) + 1 :]
            if below not in expected and below not in leaving:
                yield Fault(below, "unknown", f"{below}: the journal doesn't name this file")


def _check_again(lake: Lake, faults: Iterator[Fault]) -> Iterator[Fault]:
    """Those of the faults that are still there when the journal has been read once more."""
    found = list(faults)
    if not found:
        return
    snapshot = lake.snapshot(is_partial=True)
    for fault in found:
        file = snapshot.state.files.get(fault.path or "")
        if file is not None:
            yield from _check_file(snapshot, file)
        elif fault.kind == "unknown" and storage.exists(storage.join(lake.path, fault.path or "")):
            yield fault


def _check_file(snapshot: Snapshot, file: StagedFile) -> Iterator[Fault]:
    if what := snapshot.faults.get(file.path):
        kind: Literal["missing", "damaged"] = "missing" if what == MISSING else "damaged"
        yield Fault(file.path, kind, f"{file.path}: the file {what}")
    elif message := _check_content(snapshot.places[file.path], file):
        yield Fault(file.path, "damaged", f"{file.path}: {message}")


def _check_content(path: str, file: StagedFile) -> str | None:
    digest, size = hashlib.sha256(), 0
    try:
        with storage.open_read(path) as stream:
            while part := stream.read(1 << 20):
                digest.update(part)
                size += len(part)
    except OSError as error:
        if storage.is_exhausted(error):
            raise  # To set the file aside would take sound rows out of the lake.
        return f"the file cannot be read: {error.strerror}"
    if size != file.size_bytes:
        return f"the file has {size} bytes, the journal says {file.size_bytes}"
    if digest.hexdigest() != file.sha256:
        return "the file's checksum differs from the journal's"
    if file.facts is not None or file.table == ARCHIVE:
        return None  # The same writer counted its rows, and looked at them.
    try:
        with storage.open_read(path) as stream:
            rows = pq.ParquetFile(stream).metadata.num_rows
    except (pa.ArrowException, OSError) as error:
        if storage.is_exhausted(error):
            raise
        return f"the file isn't valid Parquet: {error}"
    return None if rows == file.rows else f"the file has {rows} rows, the journal says {file.rows}"


def _check_rows(snapshot: Snapshot) -> tuple[frozenset[str], list[Fault]]:
    """The runs whose rows were looked at, and what is wrong with the rows."""
    return frozenset(snapshot.state.runs), [*_check_rules(snapshot), *_check_laws(snapshot)]


def _check_rules(snapshot: Snapshot) -> Iterator[Fault]:
    """One rule for addresses made all ids: under two of them one address could be two articles."""
    rules = {
        rule_of_file(snapshot, file) for table in IDENTITY_TABLES for file in snapshot.held(table)
    }
    if len(rules) > 1:
        found = ", ".join(map(str, sorted(rules)))
        message = f"ids follow different versions of the rule for addresses ({found})"
        yield Fault(None, "rows", f"{message}: feedlake upgrade makes them one")


def _check_laws(snapshot: Snapshot) -> Iterator[Fault]:
    files = {name: snapshot.held(name) for name in (*_COUNTED, "runs", "removals")}
    with connect(snapshot.lake, snapshot, files=files) as connection:
        connection.execute(_IDS)
        for law, sql in _LAWS.items():
            suspicion = _SUSPICIONS.get(law)
            if suspicion and not connection.execute(f"SELECT 1 {suspicion} LIMIT 1").fetchall():
                continue
            found = [str(row[0]) for row in connection.execute(f"{sql} LIMIT 4").fetchall()]
            if found:
                more = ", …" if len(found) > 3 else ""
                yield Fault(None, "rows", f"{law}: {', '.join(found[:3])}{more}")
        for table in _COUNTED:
            counted = "ids" if table == "articles" else table
            sql = f"SELECT (SELECT count(*) FROM {counted}), (SELECT sum({table}) FROM runs)"
            [(rows, added)] = connection.execute(sql).fetchall()
            due = (added or 0) - snapshot.state.set_aside.get(table, 0)
            if rows != due:
                message = (
                    f"{table} has {rows} rows, but the runs added {due}, without those set aside "
                    "or removed"
                )
                yield Fault(None, "rows", message)
