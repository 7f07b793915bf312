"""Lakes as an older feedlake left them: files without what is younger than they."""

import hashlib
import json
from collections.abc import Callable, Collection
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq


def rewrite_files(lake: Path, pattern: str, change: Callable[[pa.Table], pa.Table]) -> None:
    """Changes files, and corrects the journal's sizes and checksums."""
    sizes = {}
    for path in lake.glob(pattern):
        pq.write_table(change(pq.ParquetFile(path).read()), path)
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        sizes[str(path.relative_to(lake))] = (path.stat().st_size, digest)
    for journal in (lake / "_journal").glob("*.json"):
        said = json.loads(journal.read_text(encoding="utf-8"))
        for file in said["add"]:
            if file["path"] in sizes:
                file["size_bytes"], file["sha256"] = sizes[file["path"]]
                file.pop("facts", None)
        journal.write_text(json.dumps(said), encoding="utf-8")


def forget_columns(lake: Path, names: Collection[str], *, table: str = "articles") -> None:
    """Takes columns out of a table's files."""

    def forget(data: pa.Table) -> pa.Table:
        return data.drop_columns([name for name in names if name in data.schema.names])

    rewrite_files(lake, f"{table}/**/*.parquet", forget)
