"""A checkpoint: what many entries of a journal come to, in one file that is known to be whole.

It is named after its own checksum, so that damage is seen before anything is read. A lake may come
from elsewhere, so the files that it names are checked as those of an entry are.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import defaultdict
from typing import Any

from feedlake.pipeline.lake.journal_entry import LakeError, check_path
from feedlake.pipeline.lake.lake_state import LakeState
from feedlake.transforms.records.documents import StagedFile
from feedlake.transforms.records.file_facts import read_facts

CHECKPOINT = ".checkpoint"
"""How the name of one ends. Those of entries end otherwise: an older feedlake passes it over."""

_VERSION = 1
_NAME = re.compile(r"(?P<number>\d{8,})-(?P<sha256>[0-9a-f]{64})\.checkpoint")


def name_checkpoint(number: int, content: bytes) -> str:
    """Returns the name of a checkpoint: later ones sort behind earlier ones."""
    return f"{number:08d}-{hashlib.sha256(content).hexdigest()}{CHECKPOINT}"


def number_of(name: str) -> int:
    """Returns the number in the name of a checkpoint; 0 if it has none."""
    match = _NAME.fullmatch(name)
    return int(match["number"]) if match else 0


def is_whole(name: str, content: bytes) -> bool:
    """Returns whether a file holds the bytes that were written under its name."""
    match = _NAME.fullmatch(name)
    return match is not None and hashlib.sha256(content).hexdigest() == match["sha256"]


def write_checkpoint(state: LakeState) -> bytes:
    """Returns a state, in which nothing is pending, as JSON."""
    tables: dict[str, list[tuple[str, int, int, str]]] = defaultdict(list)
    for path, file in sorted(state.files.items()):
        tables[file.table].append((path, file.rows, file.size_bytes, file.sha256))
    content = {
        "version": _VERSION,
        "partition_by": state.partition_by,
        "set_aside": state.set_aside,
        "files": tables,
        # Beside the files: an older feedlake reads those, and passes this over.
        "facts": {path: vars(file.facts) for path, file in state.files.items() if file.facts},
        "runs": sorted(state.runs, key=lambda run: state.runs[run]),  # As they were published.
    }
    return json.dumps(content, separators=(",", ":")).encode()


def read_checkpoint(content: bytes, *, path: str) -> LakeState:
    """Returns the state in a checkpoint that is whole.

    Args:
        content: The file's bytes.
        path: The file, for messages.

    Raises:
        LakeError: A newer feedlake wrote it, it makes no sense, or it names what is no data file of
            its own lake.
    """
    try:
        said = json.loads(content)
        if said["version"] > _VERSION:
            raise LakeError(f"{path}: a newer feedlake wrote this lake; install it to go on")
        facts = said.get("facts", {})
        files = {
            row[0]: _file_of(row, table=table, facts=facts.get(row[0]))
            for table, rows in said["files"].items()
            for row in rows
        }
        layout = said["partition_by"]
        state = LakeState(
            {_text(run): place for place, run in enumerate(said["runs"], start=1)},
            files,
            None if layout is None else tuple(map(_text, layout)),
            {_text(table): int(rows) for table, rows in said["set_aside"].items()},
        )
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError) as error:
        raise LakeError(f"the checkpoint {path} makes no sense: {error}") from error
    for file in files.values():
        check_path(file.path, table=file.table, named_by=f"the checkpoint {path}")
    return state


def _file_of(row: list[Any], *, table: str, facts: Any) -> StagedFile:
    path, rows, size_bytes, sha256 = row
    return StagedFile(
        _text(path),
        table=table,
        rows=int(rows),
        size_bytes=int(size_bytes),
        sha256=_text(sha256),
        facts=read_facts(facts),
    )


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r:.100} is no text")
    return value
