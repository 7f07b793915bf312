"""Files beyond this machine as one table; here they are on it, read by the same verb."""

from __future__ import annotations

import io
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from feedlake.pipeline.query.remote_tables import dataset_of
from feedlake.transforms.normalize import storage
from feedlake.transforms.write.schema import TABLES


def test_columns_of_plugins_are_there_and_those_that_files_lack_are_null(tmp_path, monkeypatch):
    # As streams of stores are, these need not be closed.
    monkeypatch.setattr(storage, "open_read", lambda path: io.BytesIO(Path(path).read_bytes()))
    paths = []
    for day, voice in (("2026-03-14", "loud"), ("2026-03-15", "soft")):
        path = tmp_path / "articles" / f"date={day}" / "run.parquet"
        path.parent.mkdir(parents=True)
        voices = pa.array([{"voice": voice}])
        pq.write_table(pa.table({"article_id": [day], "x_voices": voices}), path)
        paths.append(str(path))

    articles = dataset_of(paths, table="articles")

    assert {*TABLES["articles"].schema.names, "x_voices", "date"} <= {*articles.schema.names}
    sql = "SELECT date::TEXT, article_id, x_voices.voice, title FROM articles ORDER BY ALL"
    assert duckdb.sql(sql).fetchall() == [
        ("2026-03-14", "2026-03-14", "loud", None),
        ("2026-03-15", "2026-03-15", "soft", None),
    ]
