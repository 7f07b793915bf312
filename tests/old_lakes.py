"""Lakes as an older feedlake left them: files without the columns that are younger."""

import hashlib
import json
from collections.abc import Collection
from pathlib import Path

import pyarrow.parquet as pq


def forget_columns(lake: Path, names: Collection[str], *, table: str = "articles") -> None:
    """Takes columns out of a table's files, and corrects the journal's sizes and checksums."""
    sizes = {}
    for path in lake.glob(f"{table}/**/*.parquet"):
        data = pq.ParquetFile(path).read()
        younger = [name for name in names if name in data.schema.names]
        pq.write_table(data.drop_columns(younger), path)
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        sizes[str(path.relative_to(lake))] = (path.stat().st_size, digest)
    for journal in (lake / "_journal").glob("*.json"):
        said = json.loads(journal.read_text(encoding="utf-8"))
        for file in said["add"]:
            if file["path"] in sizes:
                file["size_bytes"], file["sha256"] = sizes[file["path"]]
        journal.write_text(json.dumps(said), encoding="utf-8")
