"""Whether two checkouts make the same lake, row for row and column for column.

    python benchmarks/compare_checkouts.py OLD NEW SOURCE… [-- FLAG…]

Each checkout ingests the sources twice, with the command in its own `.venv` (`make run` makes one);
the second time must add nothing. Columns that say when or by which run a row was written are left
out. Prints the rows that only one of the lakes has, and ends with 1 if there are any.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

TABLES = ("articles", "revisions", "duplicates", "rejects", "sources", "deferred")
OF_THE_RUN = {"run_id", "run_date", "rejected_at", "duration_ms"}
SHOWN = 10


def main() -> None:
    arguments = sys.argv[1:]
    flags = arguments[arguments.index("--") + 1 :] if "--" in arguments else []
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("old", type=Path, metavar="OLD")
    parser.add_argument("new", type=Path, metavar="NEW")
    parser.add_argument("sources", nargs="+", metavar="SOURCE")
    given = parser.parse_args(arguments[: len(arguments) - len(flags) - bool(flags)])
    with tempfile.TemporaryDirectory() as folder:
        lakes = [Path(folder, "old"), Path(folder, "new")]
        for checkout, lake in zip((given.old, given.new), lakes, strict=True):
            ingest(checkout, [str(Path(source).resolve()) for source in given.sources], flags, lake)
        differing = [table for table in TABLES if not compare(table, *lakes)]
    sys.exit(1 if differing else 0)


def ingest(checkout: Path, sources: list[str], flags: list[str], lake: Path) -> None:
    """Ingests the sources twice; what the second run adds counts as a difference."""
    command = [str(checkout.resolve() / ".venv/bin/feedlake"), "ingest", *sources, *flags]
    command += ["--lake", str(lake), "--quiet"]
    for _ in range(2):
        done = subprocess.run(command, cwd=lake.parent, check=False)  # Not in either checkout.
        if done.returncode not in (0, 3):
            sys.exit(f"{' '.join(command)} ended with {done.returncode}")


def compare(table: str, old: Path, new: Path) -> bool:
    """Prints how a table of the two lakes differs; returns whether it does not."""
    before, after = read_rows(old, table), read_rows(new, table)
    gone, come = before - after, after - before
    print(f"{table}: {before.total():,} rows, {after.total():,} in the other lake", end="")
    print("; the same" if not gone and not come else f"; {gone.total()} differ")
    for sign, rows in (("-", gone), ("+", come)):
        for row in sorted(rows)[:SHOWN]:
            print(f"  {sign} {row}")
    return not gone and not come


def read_rows(lake: Path, table: str) -> Counter[str]:
    """Returns the rows of a table, each as text, and how often each is there.

    A column without a value counts as none, so that a new column alone makes no difference.
    """
    rows: Counter[str] = Counter()
    for path in sorted((lake / table).glob("**/*.parquet")):
        parts = [part for part in path.relative_to(lake / table).parts if "=" in part]
        in_path = dict(part.split("=", 1) for part in parts)
        read: pa.Table = pq.ParquetFile(path).read()
        for row in read.to_pylist():
            rows[repr(sorted(kept_of({**in_path, **row}).items()))] += 1
    return rows


def kept_of(row: dict[str, Any]) -> dict[str, Any]:
    """Returns what must be the same in both lakes."""
    kept = {
        name: value for name, value in row.items() if name not in OF_THE_RUN and value is not None
    }
    if row.get("source_kind") != "warc":
        kept.pop("fetched_at", None)  # Files are fetched when the run starts.
    if row.get("date_source") == "fetched":
        kept.pop("date", None)
    return kept


if __name__ == "__main__":
    main()
