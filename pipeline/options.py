"""The options of a run: what the flags became, once, at the border."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from transforms.read_text import TextMode
from transforms.sandbox import Limits


class UsageError(Exception):
    """The operator's mistake: one sentence with name, value and what is allowed (exit code 2)."""


@dataclass(frozen=True)
class IngestOptions:
    """All that decides what one run does.

    Attributes:
        sources: Files, folders and globs, as given.
        lake: Folder of the lake, absolute, or a URL of a filesystem that Beam knows.
        text_mode: Whether a plain text file is one article or each line of it.
        fields: Own names of JSON and Parquet fields (`text` → `body`).
        min_chars: Shortest main text of a page to keep, in code points.
        earliest_date: Dates before this day are not trusted.
        partition_by: What `articles` is partitioned by; None: as the lake is, or by `date`.
        max_document_bytes: Largest document, decompressed.
        limits: What reading one document may use.
        workers: Processes that extract, per Beam worker.
        runner: Beam runner by its usual name.
        chunk_documents: Documents that are published at a time.
        near_duplicates: Whether near-duplicates are dropped or kept as articles.
        near_threshold: Jaccard similarity from which texts count as near-duplicates.
        reread: Whether to read files that an earlier run has read as they are now.
        history: How the lake's keys are looked up: in an index on this machine's disk, or by a
            join with the lake's files.
        beam_flags: Beam's own flags, as given after `--`.
    """

    sources: tuple[str, ...]
    lake: str
    text_mode: TextMode
    fields: Mapping[str, str]
    min_chars: int
    earliest_date: date
    partition_by: tuple[str, ...] | None
    max_document_bytes: int
    workers: int
    runner: str
    chunk_documents: int = 5_000
    near_duplicates: Literal["drop", "keep"] = "drop"
    near_threshold: float = 0.8
    reread: bool = False
    history: Literal["index", "join"] = "index"
    limits: Limits = field(default_factory=Limits)
    beam_flags: tuple[str, ...] = ()

    def to_json(self) -> str:
        """Returns the options as a JSON object, for the table `runs`."""
        return json.dumps(
            dataclasses.asdict(dataclasses.replace(self, fields=dict(self.fields))), default=str
        )
