"""What an export holds: counts, rights, sources, runs and versions, all read from its own rows."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass
from datetime import date, datetime
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from feedlake import __version__
from feedlake.pipeline.export.article_files import connect_bounded
from feedlake.pipeline.lake.snapshot import Snapshot
from feedlake.pipeline.query.views import quote
from feedlake.transforms.normalize.text import normalize_line
from feedlake.transforms.write.schema import SCHEMA_VERSION

MAX_LISTED = 1_000
"""Sources, runs and licences that are listed, those with most articles first; the others are
counted. An export of a large lake has a hundred thousand files as sources."""

_READ_BYTES = 1 << 20


@dataclass(frozen=True)
class DataFile:
    """A file of the export.

    Attributes:
        name: Its name in the folder.
        size_bytes: Its length.
        sha256: Hex digest of its bytes.
    """

    name: str
    size_bytes: int
    sha256: str


@dataclass(frozen=True)
class Listed:
    """Values with the number of articles of each, the largest number first.

    Attributes:
        counts: The first `MAX_LISTED`.
        others: How many there are beyond.
        other_articles: Articles of these.
    """

    counts: tuple[tuple[str, int], ...]
    others: int = 0
    other_articles: int = 0

    @property
    def total(self) -> int:
        """How many values there are."""
        return len(self.counts) + self.others


@dataclass(frozen=True)
class Run:
    """A run that wrote some of the articles.

    Attributes:
        run_id: Its id.
        started_at: Start, UTC; `finished_at` likewise.
        articles: How many of them.
    """

    run_id: str
    started_at: datetime
    finished_at: datetime
    articles: int


@dataclass(frozen=True)
class Described:
    """What is said of an export.

    Attributes:
        lake: The lake's name, without the folders around it.
        condition: What the articles had to match; None: nothing.
        articles: How many there are.
        revised: How many of them are later versions.
        sites: Their sites.
        languages: Their languages.
        text_sources: Where their texts come from.
        first_day: Day of the first; `last_day` of the last.
        licenses: Licences that sources and pages state, as they write them.
        copyrights: Notices and holders, likewise.
        with_license: Articles of which a licence is stated.
        reserved: Articles that are reserved from text and data mining.
        unlooked: Articles of older feedlakes, which did not look for rights.
        sources: Where they were read.
        extractors: What found their texts.
        runs: The runs that wrote them, the newest `MAX_LISTED`, newest first.
        older_runs: How many there are beyond.
        versions: Versions of feedlake and its libraries in these runs: by name, each once.
        publication: Place of the lake's newest run among all.
        as_of: End of that run, UTC.
        schema: The columns.
        made_with: The feedlake that exports.
        schema_version: Its version of the columns.
    """

    lake: str
    _: KW_ONLY
    condition: str | None
    articles: int
    revised: int
    sites: Listed
    languages: Listed
    text_sources: Listed
    first_day: date
    last_day: date
    licenses: Listed
    copyrights: Listed
    with_license: int
    reserved: int
    unlooked: int
    sources: Listed
    extractors: Listed
    runs: tuple[Run, ...]
    older_runs: int
    versions: dict[str, tuple[str, ...]]
    publication: int
    as_of: datetime | None
    schema: pa.Schema
    made_with: str = __version__
    schema_version: int = SCHEMA_VERSION


def describe_file(path: str) -> DataFile:
    """Returns name, length and checksum of a file."""
    digest = hashlib.sha256()
    with open(path, "rb") as stream:
        while part := stream.read(_READ_BYTES):
            digest.update(part)
        return DataFile(os.path.basename(path), stream.tell(), digest.hexdigest())


_RUNS = "SELECT run_id, publication, started_at, finished_at, versions FROM runs"


def describe(snapshot: Snapshot, parquet: str, *, condition: str | None, spill: str) -> Described:
    """Returns what is said of articles in a file.

    Args:
        snapshot: The lake that they are from.
        parquet: The file.
        condition: What they had to match.
        spill: Folder for what finds no room in memory.
    """
    with contextlib.ExitStack() as keep:
        of_lake = connect_bounded(snapshot, spill=spill, keep=keep, sql=_RUNS)
        all_runs = of_lake.execute(_RUNS).fetchall()
    with contextlib.ExitStack() as keep:
        connection = connect_bounded(None, spill=spill, keep=keep)
        connection.execute(f"CREATE VIEW exported AS FROM read_parquet({quote(parquet)})")
        connection.execute(
            "CREATE VIEW said AS SELECT article_id, one.kind, one.value "
            "FROM (SELECT article_id, unnest(rights) AS one FROM exported)"
        )
        counts = connection.execute(
            "SELECT count(*), count(*) FILTER (revision > 0), min(date), max(date), "
            "count(*) FILTER (rights_reserved), count(*) FILTER (rights IS NULL) FROM exported"
        ).fetchone()
        assert counts is not None
        licensed = connection.execute(
            "SELECT count(DISTINCT article_id) FROM said WHERE kind = 'license'"
        ).fetchone()
        assert licensed is not None
        written = dict(
            connection.execute("SELECT run_id, count(*) FROM exported GROUP BY 1").fetchall()
        )
        listed = {
            name: _list(connection, f"SELECT {column} AS name FROM exported")
            for name, column in (
                ("sites", "site"),
                ("languages", "language"),
                ("text_sources", "text_source"),
                ("sources", "source"),
                ("extractors", "extractor"),
            )
        }
        said = {
            name: _list(
                connection,
                f"SELECT DISTINCT article_id, value AS name FROM said WHERE kind = '{kind}'",
            )
            for name, kind in (("licenses", "license"), ("copyrights", "copyright"))
        }
    runs = sorted(
        (
            Run(run_id, started_at, finished_at, written[run_id])
            for run_id, _, started_at, finished_at, _ in all_runs
            if run_id in written
        ),
        key=lambda run: run.run_id,
        reverse=True,
    )
    newest = max(all_runs, key=lambda row: (row[1] or 0, row[3]), default=None)
    articles, revised, first_day, last_day, reserved, unlooked = counts
    return Described(
        normalize_line(os.path.basename(snapshot.lake.rstrip("/"))) or "lake",
        condition=condition,
        articles=articles,
        revised=revised,
        first_day=first_day,
        last_day=last_day,
        with_license=licensed[0],
        reserved=reserved,
        unlooked=unlooked,
        runs=tuple(runs[:MAX_LISTED]),
        older_runs=max(0, len(runs) - MAX_LISTED),
        versions=_versions(row[4] for row in all_runs if row[0] in written),
        publication=(newest[1] or 0) if newest else 0,
        as_of=newest[3] if newest else None,
        schema=pq.read_schema(parquet),
        sites=listed["sites"],
        languages=listed["languages"],
        text_sources=listed["text_sources"],
        sources=listed["sources"],
        extractors=listed["extractors"],
        licenses=said["licenses"],
        copyrights=said["copyrights"],
    )


def _list(connection: duckdb.DuckDBPyConnection, names: str) -> Listed:
    """Counts the names that a statement gives, nulls left out."""
    counted = f"SELECT name, count(*) AS n FROM ({names}) WHERE name IS NOT NULL GROUP BY name"
    first = connection.execute(f"{counted} ORDER BY n DESC, name LIMIT {MAX_LISTED}").fetchall()
    total = connection.execute(f"SELECT count(*), sum(n) FROM ({counted})").fetchone()
    assert total is not None
    shown = sum(count for _, count in first)
    return Listed(tuple(first), total[0] - len(first), int(total[1] or 0) - shown)


def _versions(texts: Any) -> dict[str, tuple[str, ...]]:
    found: dict[str, set[str]] = {}
    for text in texts:
        for name, version in json.loads(text).items():
            found.setdefault(name, set()).add(str(version))
    return {name: tuple(sorted(versions)) for name, versions in sorted(found.items())}


def cite(described: Described) -> str:
    """Returns a BibTeX entry for the export.

    Args:
        described: The export.
    """
    year = described.as_of.year if described.as_of else described.last_day.year
    key = f"feedlake{year}publication{described.publication}"
    fields: Sequence[tuple[str, str]] = (
        ("title", f"{{{title_of(described)}}}"),
        ("year", f"{{{year}}}"),
        ("note", f"{{{_note(described)}}}"),
    )
    return f"@misc{{{key}, " + ", ".join(f"{name} = {value}" for name, value in fields) + "}"


def title_of(described: Described) -> str:
    """Returns what the export is called."""
    return f"{described.articles:,} articles, {described.first_day} to {described.last_day}"


def version_of(described: Described) -> str:
    """Returns the export's version: that of the columns, the lake's newest run, and 0."""
    return f"{described.schema_version}.{described.publication}.0"


def _note(described: Described) -> str:
    return f"Version {version_of(described)}. Exported with feedlake {described.made_with}"
