"""What passes between the tasks of a Flink cluster for each page, and what a lake's rows take up.

    python benchmarks/cluster.py [--pages 600]

Reads generated pages of 300 words on the cluster of `make flink-test`, which must run here. Prints
the graph's vertices, what the tasks write for each other, and bytes of the lake and of its key
columns. Texts are of random words, which compress badly; take bytes of texts from a lake of yours
(`--lake`).
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

import pyarrow.parquet as pq

from feedlake.pipeline.history import key_columns

PROJECT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(PROJECT / "tests"), str(PROJECT / "tests" / "clusters")]

from cluster_runs import write_corpus  # noqa: E402
from flink_cluster import FlinkCluster  # noqa: E402


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--pages", type=int, default=600)
    parser.add_argument("--lake", type=Path, help="measure the files of this lake, and run nothing")
    given = parser.parse_args()
    if given.lake:
        describe(given.lake)
        return
    with tempfile.TemporaryDirectory() as folder:
        measure(Path(folder), pages=given.pages)


def measure(folder: Path, *, pages: int) -> None:
    source = write_corpus(folder / "pages", texts=0, pages=pages)
    read = sum(path.stat().st_size for path in source.iterdir())
    with FlinkCluster(folder / "flink") as cluster:
        words = ("ingest", source, "--lake", folder / "lake", "--workers", "1", *cluster.flags())
        subprocess.run(
            [sys.executable, "-m", "feedlake", *map(str, words)],
            cwd=PROJECT,
            stdout=subprocess.DEVNULL,
            check=True,
        )
        vertices = cluster.vertices()
    passed = sum(vertex["metrics"]["write-bytes"] for vertex in vertices)
    print(f"Flink: {len(vertices)} vertices")
    print(f"Flink: tasks write {passed / pages:.0f} bytes for a page of {read // pages}")
    describe(folder / "lake")


def describe(lake: Path) -> None:
    """Prints what the articles of a lake take up on disk."""
    rows, files, size = 0, 0, 0
    columns: Counter[str] = Counter()
    for path in (lake / "articles").rglob("*.parquet"):
        metadata = pq.ParquetFile(path).metadata
        rows, files, size = rows + metadata.num_rows, files + 1, size + path.stat().st_size
        for group in range(metadata.num_row_groups):
            for place in range(metadata.num_columns):
                column = metadata.row_group(group).column(place)
                columns[column.path_in_schema.partition(".")[0]] += column.total_compressed_size
    keys = sum(columns[name] for name in key_columns._COLUMNS)
    print(f"lake: {rows} articles in {files} files, {size / rows:.0f} bytes each")
    print(f"lake: {keys / rows:.0f} bytes of key columns an article")


if __name__ == "__main__":
    main()
