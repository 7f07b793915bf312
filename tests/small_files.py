"""A lake of made-up articles in many small files, as runs over years leave it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pyarrow as pa

from feedlake.pipeline.lake.journal_entry import JournalEntry
from feedlake.pipeline.lake.lake import Lake
from feedlake.transforms.normalize import storage
from feedlake.transforms.records.documents import StagedFile
from feedlake.transforms.write.parquet_files import hive_path, schema_in, sort_rows, write_file
from feedlake.transforms.write.schema import TABLES

FIRST = date(2024, 3, 1)


def url_of(number: int) -> str:
    return f"https://a.example/news/{number}"


def id_of(number: int) -> str:
    return hashlib.sha256(url_of(number).encode()).hexdigest()[:32]


def row_of(number: int, run_id: str) -> dict[str, Any]:
    """Two articles a day; every fifth has no date of publication."""
    day = FIRST + timedelta(days=number // 2)
    moment = datetime(day.year, day.month, day.day, 6 + number % 2, 30, tzinfo=UTC)
    return {
        "article_id": id_of(number),
        "url": url_of(number),
        "canonical_url": url_of(number),
        "title": f"It's {number}",
        "source": "https://a.example/feed",
        "site": f"site{number % 3}.example",
        "language": "en" if number % 2 else "de",
        "published_at": None if number % 5 == 0 else moment,
        "fetched_at": moment + timedelta(hours=2),
        "date": day,
        "run_id": run_id,
        "schema_version": 3,
    }


def write_articles(
    lake: Lake, run_id: str, numbers: Sequence[int], *, layout: Sequence[str] = ("date",)
) -> list[StagedFile]:
    """Stages articles, one file a partition."""
    rows = [row_of(number, run_id) for number in numbers]
    by_path: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        by_path.setdefault(hive_path(row, tuple(layout)), []).append(row)
    files = []
    for partition, held in by_path.items():
        schema = schema_in(partition, table=TABLES["articles"])
        columns = [
            pa.array([row.get(field.name, filler(field)) for row in held], field.type)
            for field in schema
        ]
        data = pa.Table.from_arrays(columns, schema=schema)
        path = f"articles/{partition}/{run_id}-0000.parquet"
        target = storage.join(lake.staging_folder(run_id), path)
        data = sort_rows(data, table=TABLES["articles"])
        files.append(write_file(target, data, path=path, table=TABLES["articles"]))
    return files


def filler(field: pa.Field) -> object:
    """A value for a column that may not be null."""
    if field.nullable:
        return None
    if pa.types.is_list(field.type):
        return []
    if pa.types.is_fixed_size_binary(field.type):
        return bytes(field.type.byte_width)
    return "x" if pa.types.is_string(field.type) else 1


def publish_articles(
    lake: Lake, run_id: str, numbers: Sequence[int], *, layout: Sequence[str] = ("date",)
) -> None:
    """Publishes articles as one run; needs no lock held."""
    with lake.writing():
        files = write_articles(lake, run_id, numbers, layout=layout)
        lake.publish(JournalEntry(run_id, partition_by=tuple(layout), add=tuple(files)))
