"""What questions to a lake cost, beside DuckDB's plain glob over the same files.

    python benchmarks/lake.py FOLDER [--articles 1000000]

FOLDER must not exist, and is left as it is made: it gets two lakes of made-up articles, written
through the lake's own writer, and what runs keep beside them. One has 3,000 dates, so 3,000 small
files, the other 1,000,000 articles of 1,000 dates. Each question runs in a process of its own,
whose CPU and peak memory, start-up included, are the kernel's figures. The plain glob is DuckDB's
`read_parquet` with `hive_partitioning`, without `union_by_name` and without any check of what it
reads.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any, NamedTuple

DATES = 3_000
SMALL_ARTICLES = 200_000
FEEDS = 500
WORDS = 40
SIGNATURE_BYTES = 244

_GLOB = """
import sys, duckdb
lake, sql = sys.argv[1:]
with duckdb.connect() as connection:
    connection.execute(
        "CREATE VIEW articles AS FROM read_parquet("
        f"'{lake}/articles/**/*.parquet', hive_partitioning = true)"
    )
    print(len(connection.execute(sql).fetchall()))
"""

_FEEDLAKE = """
import sys

class WithoutPandas:  # Only tests need it, so users need not have it; pyarrow would import it.
    def find_spec(self, name, path=None, target=None):
        if name == "pandas":
            raise ImportError(name)

sys.meta_path.insert(0, WithoutPandas())
from feedlake.pipeline.cli.main import main
sys.exit(main())
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--articles", type=int, default=1_000_000)
    given = parser.parse_args()
    sizes = {
        "3,000 dates": (given.folder / "dates", DATES, SMALL_ARTICLES, 150),
        f"{given.articles:,} articles": (given.folder / "articles", 1_000, given.articles, 50),
    }
    given.folder.mkdir()
    for name, (path, dates, articles, runs) in sizes.items():
        # In a process of its own: what this one holds would be in the peaks of those it starts.
        given_to = f"{str(path.resolve())!r}, {dates}, {articles}, {runs}"
        make = f"from lake import make_lake; make_lake({given_to})"
        folder = os.path.dirname(os.path.abspath(__file__))
        subprocess.run([sys.executable, "-c", make], check=True, cwd=folder)
        print(f"{name}: {sum(1 for _ in path.glob('articles/**/*.parquet')):,} files")
        for line in figures(str(path), articles=articles, dates=dates):
            print(f"  {line}", flush=True)


class Cost(NamedTuple):
    """CPU of a process in seconds, and its peak memory in MB."""

    cpu_s: float
    peak_mb: int


def figures(lake: str, *, articles: int, dates: int) -> Iterator[str]:
    """Yields a line for each question."""
    middle = url_of(articles // 2)
    day = (date.today() - timedelta(days=dates // 2)).isoformat()
    questions = {
        "count": "SELECT count(*) FROM articles",
        "languages": "SELECT language, count(*), avg(word_count) FROM articles GROUP BY 1",
        "one day": f"SELECT title, url FROM articles WHERE date = '{day}'",
        "a week": f"SELECT title FROM articles WHERE published_at >= '{day}'::TIMESTAMP "
        f"AND published_at < '{day}'::TIMESTAMP + INTERVAL 7 DAY",
        "one id": f"SELECT * FROM articles WHERE article_id = '{id_of(middle)}'",
        "one url": f"SELECT * FROM articles WHERE url = '{middle}'",
    }
    feedlake = [sys.executable, "-c", _FEEDLAKE]
    for name, sql in questions.items():
        glob = measure([sys.executable, "-c", _GLOB, lake, sql])
        own = measure([*feedlake, "query", sql, "--lake", lake, "--format", "csv"])
        yield (
            f"{name}: {own.cpu_s:.2f} CPU-s, {own.peak_mb} MB; glob {glob.cpu_s:.2f} CPU-s, "
            f"{glob.peak_mb} MB; {own.cpu_s / glob.cpu_s:.2f} times"
        )
    for words in (["feeds"], ["compact", "--verify"]):
        own = measure([*feedlake, *words, "--lake", lake])
        yield f"{' '.join(words)}: {own.cpu_s:.2f} CPU-s, {own.peak_mb} MB"


def measure(command: list[str]) -> Cost:
    """Runs a command to its end; one that fails ends the benchmark."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{command}: exit code {process.returncode}")
    return Cost(used.ru_utime + used.ru_stime, used.ru_maxrss // 1024)


def url_of(number: int) -> str:
    """Returns the address of an article."""
    return f"https://site{number % FEEDS}.example/news/{number}"


def id_of(url: str) -> str:
    """Returns the id of the article at an address."""
    return hashlib.sha256(url.encode()).hexdigest()[:32]


def make_lake(
    path: str,
    dates: int,
    articles: int,
    runs: int,
    more: Callable[[int], dict[str, Any]] = lambda number: {},
    text_of: Callable[[int], str] | None = None,
) -> None:
    """Publishes articles of so many dates, as so many runs, the last of which is of today.

    Args:
        path: The lake's.
        dates: Days.
        articles: Articles, as many on each day.
        runs: Runs, of as many days each.
        more: Further columns of an article, by its number.
        text_of: Gives the text of an article by its number; None: 40 words.
    """
    from feedlake.pipeline.lake.journal_entry import JournalEntry
    from feedlake.pipeline.lake.lake import Lake
    from feedlake.pipeline.web.web_history import read_web_history

    lake = Lake(path)
    first = date.today() - timedelta(days=dates - 1)
    a_day, days = articles // dates, dates // runs
    with lake.writing():
        for run in range(runs):
            start = first + timedelta(days=run * days)
            at = datetime.combine(start + timedelta(days=days - 1), time(1), UTC)
            run_id = f"{at:%Y%m%dT%H%M%SZ}-{run:06x}-0000"
            files = []
            for day in range(days):
                number = (run * days + day) * a_day
                rows = [
                    _article(
                        one, start + timedelta(days=day), at=at, run_id=run_id, text_of=text_of
                    )
                    | more(one)
                    for one in range(number, number + a_day)
                ]
                partition = f"date={start + timedelta(days=day)}"
                files.append(_write(lake, "articles", partition, rows, run_id=run_id))
            by_run = f"run_date={at:%Y-%m-%d}"
            for table, rows in _others(days * a_day, at=at, run_id=run_id).items():
                files.append(_write(lake, table, by_run, rows, run_id=run_id))
            lake.publish(JournalEntry(run_id, partition_by=("date",), add=tuple(files)))
        # As each run begins that polls: it keeps what it finds.
        read_web_history(lake.snapshot(), now=datetime.now(UTC), may_write=True)


def _article(
    number: int,
    day: date,
    *,
    at: datetime,
    run_id: str,
    text_of: Callable[[int], str] | None,
) -> dict[str, Any]:
    pick = random.Random(number)
    own = " ".join(map("w{:x}".format, pick.choices(range(20_000), k=WORDS)))
    text = own if text_of is None else text_of(number)
    url = url_of(number)
    digest = hashlib.sha256(text.encode()).digest()
    return {
        "article_id": id_of(url),
        "url": url,
        "canonical_url": url,
        "source": f"https://site{number % FEEDS}.example/feed",
        "source_kind": "feed",
        "site": f"site{number % FEEDS}.example",
        "title": f"Title {number}" if text_of is None else text[:60].rpartition(" ")[0],
        "text": text,
        "text_sha256": digest,
        "content_sha256": digest,
        "minhash": pick.randbytes(SIGNATURE_BYTES),
        "cluster_id": id_of(url),
        "published_at": datetime.combine(day, time(0), UTC) + timedelta(seconds=number % 3600),
        "fetched_at": at,
        "date": day,
        "date_source": "feed",
        "text_source": "page",
        "language": ("en", "de", "fr", "und")[number % 4],
        "word_count": len(text.split()),
        "char_count": len(text),
        "extractor": "made up",
        "run_id": run_id,
        "schema_version": 3,
    }


def _others(articles: int, *, at: datetime, run_id: str) -> dict[str, list[dict[str, Any]]]:
    """The rows of the tables beside `articles` that a run writes, by table."""
    common = {"run_id": run_id, "schema_version": 3}
    counts = ("revisions", "duplicates", "already_in_lake", "unchanged_sources")
    run = {
        **dict.fromkeys(counts, 0),
        **{"started_at": at, "finished_at": at, "chunk": 1, "options": "{}", "versions": "{}"},
        **{"sources": FEEDS, "documents": articles + 20, "articles": articles, "rejects": 20},
    }
    feed = {
        **{
            "source_kind": "feed",
            "status": "read",
            "address": "https://a.example/feed",
            "size_bytes": 20_000,
            "documents": 20,
        },
        **{"duration_ms": 100, "polled_at": at, "next_due": at + timedelta(hours=1)},
        **{"polls": 2, "http_status": 200, "entries": 20, "new_entries": 3, "failures": 0},
        **{"gone": 0, "is_stopped": False, "moved_count": 0, "not_modified_polls": 0},
        **{"succeeded_at": at, "changed_at": at, "new_per_day": 3.0, "observed_s": 86400.0},
    }
    rejects = [
        {"reject_id": id_of(f"{run_id}{number}"), "source": f"https://site{number}.example/feed"}
        | {"step": "extract", "reason": "too_short", "rejected_at": at, "url": url_of(number)}
        for number in range(20)
    ]
    return {
        "runs": [common | run],
        "sources": [
            common | feed | {"source": f"https://site{number}.example/feed"}
            for number in range(FEEDS)
        ],
        "rejects": [common | row for row in rejects],
    }


def _write(lake: Any, name: str, partition: str, rows: list[dict[str, Any]], *, run_id: str) -> Any:
    import pyarrow as pa

    from feedlake.transforms.write.parquet_files import schema_in, sort_rows, write_file
    from feedlake.transforms.write.schema import TABLES

    table = TABLES[name]
    schema = schema_in(partition, table=table)
    columns = [
        pa.array(
            [row.get(field.name, [] if pa.types.is_list(field.type) else None) for row in rows],
            field.type,
        )
        for field in schema
    ]
    data = sort_rows(pa.Table.from_arrays(columns, schema=schema), table=table)
    path = f"{name}/{partition}/{run_id}-0000.parquet"
    target = os.path.join(lake.staging_folder(run_id), path)
    return write_file(target, data, path=path, table=table)


if __name__ == "__main__":
    main()
