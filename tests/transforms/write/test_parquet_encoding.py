"""Small files say the same of their columns as large ones, in fewer bytes."""

from __future__ import annotations

import io

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from feedlake.transforms.write import parquet_encoding
from feedlake.transforms.write.parquet_files import schema_in
from feedlake.transforms.write.schema import TABLES


def encode(data: pa.Table) -> pq.ParquetFile:
    stream = io.BytesIO()
    parquet_encoding.encoder(data)(stream)
    return pq.ParquetFile(stream)


@pytest.mark.parametrize("name", TABLES)
def test_small_file_has_the_columns_and_the_metadata_of_a_large_one(monkeypatch, name):
    in_path = "date=2026-03-14" if name in ("articles", "revisions") else "run_date=2026-03-14"
    schema = schema_in(in_path, table=TABLES[name]).with_metadata({"feedlake.table": name})

    small = encode(schema.empty_table())
    monkeypatch.setattr(parquet_encoding, "SMALL_BYTES", -1)
    large = encode(schema.empty_table())

    assert small.schema_arrow.equals(schema)
    assert small.schema_arrow.metadata == large.schema_arrow.metadata == schema.metadata
    assert small.schema == large.schema
    assert [*small.metadata.metadata] == [b"feedlake.table"]


def test_small_file_says_what_values_are_compared_with():
    texts = [{"canonical": "Idlib"}]
    data = pa.table(
        {
            "url": ["https://a.example/1", "https://a.example/2", None],
            "text": ["One.", "Two.", "Three."],
            "minhash": [b"1", b"2", b"3"],
            "places": [texts, texts, []],
        }
    )

    group = encode(data).metadata.row_group(0)

    said = {group.column(n).path_in_schema: group.column(n).statistics for n in range(4)}
    assert (said["url"].min, said["url"].max) == ("https://a.example/1", "https://a.example/2")
    assert said["url"].null_count == 1
    assert [name for name, values in said.items() if values is not None] == ["url"]
