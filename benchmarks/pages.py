"""HTML pages to lake against bare loops of other extractors over the same bytes, in CPU seconds.

    python benchmarks/pages.py FOLDER… [--limit N] [--rounds 3] [--workers]

The pages are `*.html.gz` in the folders, each read once: what a page repeats, and a site's pages
have in common, is remembered, so pages of many sites say most. The whole command with all its
children is measured, as the kernel counts them (Linux), start-up included, without and with its
default enrichment. So are the loops, each in a process of its own: trafilatura with metadata,
rs-trafilatura and resiliparse, the latter two in environments of their own in the cache folder. A
loop keeps nothing: it neither looks for copies nor writes. All take turns, once a round.

`--workers` measures wall time and CPU with 1 and 2 workers, without what a run over one page takes.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from statistics import median

from distinct_pages import read_distinct, write_pages
from environments import make_environment, plain_variables
from process_tree import Cost, measure

_TOOLS = {"trafilatura": "", "rs-trafilatura": "0.1.1", "resiliparse": "2.0.1"}
"""Those that are measured, each with its release; trafilatura is feedlake's."""

# Each reads pages from the folder, and prints how many gave a text.
_LOOP = """
import sys, logging
from pathlib import Path
logging.disable(logging.CRITICAL)
{setup}
count = 0
for path in sorted(Path(sys.argv[1]).iterdir()):
    page = path.read_bytes()
    count += bool({call})
print(count)
"""
_LOOPS = {
    "trafilatura": _LOOP.format(
        setup="import trafilatura",
        call="trafilatura.bare_extraction(page, with_metadata=True)",
    ),
    "rs-trafilatura": _LOOP.format(
        setup="import rs_trafilatura",
        call="rs_trafilatura.extract_bytes(page).main_content",
    ),
    "resiliparse": _LOOP.format(
        setup="from resiliparse.parse.encoding import detect_encoding\n"
        "from resiliparse.parse.html import HTMLTree\n"
        "from resiliparse.extract.html2text import extract_plain_text",
        call="extract_plain_text("
        "HTMLTree.parse_from_bytes(page, detect_encoding(page)), main_content=True)",
    ),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folders", nargs="+", type=Path, help="folders of *.html.gz")
    parser.add_argument("--limit", type=int, help="take only so many pages")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--workers", action="store_true")
    given = parser.parse_args()
    pages = read_distinct(given.folders)[: given.limit]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        many = write_pages(pages, folder / "many")
        one = write_pages(pages[:1], folder / "one")
        if given.workers:
            compare_workers(one, many, folder, rounds=given.rounds)
        else:
            compare_tools(one, many, folder, rounds=given.rounds)


def compare_tools(one: Path, many: Path, folder: Path, *, rounds: int) -> None:
    """Prints what feedlake and each loop cost, and the ratios within a round."""
    pythons = {
        tool: make_environment(f"{tool}-{version}", (f"{tool}=={version}",)) if version else None
        for tool, version in _TOOLS.items()
    }
    enrichments = {"feedlake without enrichment": ("--enrich", "none"), "feedlake": ()}
    costs_s: dict[str, list[float]] = {name: [] for name in (*enrichments, *_LOOPS)}
    starts_s: dict[str, list[float]] = {name: [] for name in costs_s}
    ingest(one, folder / "first", ())  # It compiles modules, and may index the places.
    for number in range(rounds):
        for source, costs in ((many, costs_s), (one, starts_s)):
            for name, flags in enrichments.items():
                lake = folder / f"{name} {number} {source.name}"
                costs[name].append(ingest(source, lake, flags).cpu_s)
            for name, loop in _LOOPS.items():
                command = [str(pythons[name] or sys.executable), "-c", loop, str(source)]
                costs[name].append(measure(command, plain_variables()).cpu_s)
    count = len(list(many.iterdir()))
    print(f"{count} distinct pages, CPU of all processes, start-up included; {rounds} rounds")
    for name, spent_s in costs_s.items():
        shares = [own / loop for own, loop in zip(spent_s, costs_s["trafilatura"], strict=True)]
        print(
            f"{name:28} {median(spent_s):6.1f} s ({min(spent_s):.1f} to {max(spent_s):.1f}), "
            f"{1000 * median(spent_s) / count:5.1f} ms a page, {median(starts_s[name]):.1f} s for "
            f"one page, {(count - 1) / (median(spent_s) - median(starts_s[name])):.1f} pages per "
            f"CPU-second without that; {median(shares):.2f} of the bare loop's of trafilatura"
        )


def compare_workers(one: Path, many: Path, folder: Path, *, rounds: int) -> None:
    """Prints how much faster two workers are than one, and what that costs."""
    gains: list[float] = []
    costs: list[float] = []
    for number in range(rounds):
        walls_s, cpus_s = [], []
        for workers in ("1", "2"):
            lakes, flags = folder / f"{number} by {workers}", ("--workers", workers)
            few = ingest(one, lakes / "few", flags)
            all_ = ingest(many, lakes / "many", flags)
            walls_s.append(all_.wall_s - few.wall_s)
            cpus_s.append(all_.cpu_s - few.cpu_s)
        gains.append(walls_s[0] / walls_s[1])
        costs.append(cpus_s[0] / cpus_s[1])
    shown = ", ".join(f"{gain:.2f}" for gain in sorted(gains))
    print(
        f"2 workers: {median(gains):.2f} times as fast as 1 ({shown}); 1 worker takes "
        f"{median(costs):.2f} times the CPU of 2"
    )


def ingest(source: Path, lake: Path, flags: tuple[str, ...]) -> Cost:
    """Returns what a run of the command over the folder costs."""
    command = [sys.executable, "-m", "feedlake", "ingest", str(source), "--lake", str(lake)]
    return measure([*command, "--quiet", *flags])


if __name__ == "__main__":
    main()
