"""A lake's first year: what it weighs, and what its commands cost, at the end of each month.

    python benchmarks/long_life.py FOLDER [--days 365] [--feeds 500] [--per-day 96]
        [--every-days 30] [--index-every 4] [--compact-files 500] [--no-merging]

FOLDER must not exist. The lake's runs are simulated: `simulated_lake.py` says what is real in them
and what is made up. The commands are real, each in a process of its own, whose clock the tests'
`shim.c` (built with `cc`, for Linux) sets to half a minute after the lake's last run. CPU is user
and system time of the process and its children, memory the kernel's peak of the largest of them.

| column | what it says |
|---|---|
| `files` | current files of all tables; `folders`: the fewest that there can be |
| `MB` | their size; `journal`: size of `_journal` in kB, and its files |
| `index` | bytes of the index for each row that has keys; `kept`: newest rows in `_cache`, in kB |
| `ratio` | bytes that compactions wrote, for each byte that runs published |
| `idle` | `schedule --runs 1` with no address due |
| `count`, `glob` | `query "SELECT count(*) FROM articles"`, and DuckDB on the folders, alone |
| `one` | `query` for one article by its id |
| `feeds`, `verify` | `feeds --all`, `compact --verify` |

The last line divides the last month's figures by the first's.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

SHIM = Path(__file__).resolve().parent.parent / "tests" / "shim.c"
GLOB = """
import duckdb, sys
print(duckdb.sql(f"SELECT count(*) FROM read_parquet('{sys.argv[1]}/articles/*/*.parquet')"))
"""


@dataclass
class Month:
    """What a lake is after so many days; CPU in seconds, memory in MB."""

    day: int
    articles: int
    files: int
    folders: int
    mb: float
    journal_kb: float
    journal_files: int
    index_bytes: float
    kept_kb: float
    ratio: float
    idle_s: float
    idle_mb: float
    count_s: float
    count_mb: float
    glob_s: float
    one_s: float
    one_mb: float
    feeds_s: float
    feeds_mb: float
    verify_s: float
    verify_mb: float


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--feeds", type=int, default=500)
    parser.add_argument("--per-day", type=int, default=96, help="runs a day")
    parser.add_argument("--every-days", type=int, default=30, help="days between two measurements")
    parser.add_argument("--index-every", type=int, default=4, help="runs between two catch-ups")
    parser.add_argument("--compact-files", type=int, default=500)
    parser.add_argument("--no-merging", action="store_true", help="what it is without")
    parser.add_argument("--simulate", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.simulate:
        simulate(given)
        return
    if given.folder.exists():
        parser.error(f"{given.folder} exists")
    months: list[Month] = []
    # The simulation has much in memory, which a process that it started would be born with.
    with tempfile.TemporaryDirectory() as folder, start(sys.argv[1:]) as simulation:
        shim = build_shim(Path(folder))
        feeds = Path(folder, "feeds.txt")
        assert simulation.stdout is not None
        for line in simulation.stdout:
            state = json.loads(line)
            feeds.write_text("\n".join(state["addresses"]))
            months.append(measure(state, lake=given.folder, feeds=feeds, shim=shim))
            print(json.dumps(asdict(months[-1])), flush=True)
            go_on(simulation)
    print_table(months)


def start(arguments: list[str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, __file__, *arguments, "--simulate"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def go_on(simulation: subprocess.Popen[str]) -> None:
    assert simulation.stdin is not None
    simulation.stdin.write("\n")
    simulation.stdin.flush()


def simulate(given: argparse.Namespace) -> None:
    """Lets the lake grow; tells of it, and waits for a line, after each month."""
    from simulated_lake import SimulatedLake

    grown = SimulatedLake(
        str(given.folder),
        feeds=given.feeds,
        per_day=given.per_day,
        start=datetime.now(UTC),
        compact_files=None if given.no_merging else given.compact_files,
        index_every=given.index_every,
    )
    for day in range(given.every_days, given.days + 1, given.every_days):
        grown.run_days(given.every_days)
        with grown.lake.writing():
            grown.catch_up()
        state = grown.lake.state()
        rows = ("articles", "revisions", "duplicates")
        told = {
            "day": day,
            "addresses": grown.idle_addresses(),
            "articles": grown.articles,
            "article_id": grown.last_article_id,
            "files": len(state.files),
            "folders": len({os.path.dirname(path) for path in state.files}),
            "bytes": sum(file.size_bytes for file in state.files.values()),
            "rows": sum(file.rows for file in state.files.values() if file.table in rows),
            "ratio": grown.lake.sizes.rewritten / grown.lake.sizes.came,
            "now": (grown.last_run_at + timedelta(seconds=30)).isoformat(),
        }
        print(json.dumps(told), flush=True)
        sys.stdin.readline()


def build_shim(folder: Path) -> Path:
    library = folder / "shim.so"
    command = ["cc", "-O1", "-shared", "-fPIC", "-o", library, SHIM, "-ldl", "-lpthread"]
    subprocess.run(command, check=True)
    return library


def measure(state: dict[str, Any], *, lake: Path, feeds: Path, shim: Path) -> Month:
    ahead = datetime.fromisoformat(state["now"]) - datetime.now(UTC)
    clock = {
        "LD_PRELOAD": str(shim),
        "SHIM_NTH": "0",
        "SHIM_JUMP_S": str(int(ahead.total_seconds())),
    }

    def feedlake(*arguments: str, code: int = 0) -> tuple[float, float]:
        command = [sys.executable, "-m", "feedlake", *arguments, "--lake", str(lake)]
        return cost(command, os.environ | clock, code)

    idle = feedlake("schedule", str(feeds), "--runs", "1", "--json")
    count = feedlake("query", "SELECT count(*) FROM articles")
    one = feedlake("query", f"SELECT title FROM articles WHERE article_id='{state['article_id']}'")
    all_feeds = feedlake("feeds", "--all", code=3)
    verify = feedlake("compact", "--verify")
    glob = cost([sys.executable, "-c", GLOB, str(lake)], dict(os.environ), 0)
    journal, cache = sizes_below(lake / "_journal"), lake / "_cache"
    return Month(
        day=state["day"],
        articles=state["articles"],
        files=state["files"],
        folders=state["folders"],
        mb=state["bytes"] / 1e6,
        journal_kb=sum(journal) / 1e3,
        journal_files=len(journal),
        index_bytes=sum(size for at in cache.glob("index-*") for size in sizes_below(at))
        / state["rows"],
        kept_kb=sum(size for at in cache.glob("newest-*") for size in sizes_below(at)) / 1e3,
        ratio=state["ratio"],
        idle_s=idle[0],
        idle_mb=idle[1],
        count_s=count[0],
        count_mb=count[1],
        glob_s=glob[0],
        one_s=one[0],
        one_mb=one[1],
        feeds_s=all_feeds[0],
        feeds_mb=all_feeds[1],
        verify_s=verify[0],
        verify_mb=verify[1],
    )


def cost(command: list[str], environment: dict[str, str], code: int) -> tuple[float, float]:
    """Returns CPU-seconds and peak memory in MB of a command that may end with this code, too."""
    process = subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert process.stdout is not None
    said = process.stdout.read()
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in (0, code):
        sys.exit(f"{' '.join(command)}: exit code {process.returncode}\n{said[-2_000:]}")
    if "--json" in command and json.loads(said.splitlines()[-1])["account"]["polls"]:
        sys.exit(f"a run that should be idle polled something:\n{said}")
    return used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def sizes_below(folder: Path) -> list[int]:
    return [path.stat().st_size for path in folder.rglob("*") if path.is_file()]


def print_table(months: list[Month]) -> None:
    names = list(asdict(months[0]))
    print("| " + " | ".join(names) + " |")
    print("|" + "---|" * len(names))
    for month in months:
        print("| " + " | ".join(f"{value:,.4g}" for value in asdict(month).values()) + " |")
    first, last = asdict(months[0]), asdict(months[-1])
    ratios = [f"{last[name] / first[name]:.2f}" if first[name] else "-" for name in names]
    print("| " + " | ".join(ratios) + " |")
    print(f"this process: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


if __name__ == "__main__":
    main()
