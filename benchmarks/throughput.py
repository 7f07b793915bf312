"""Whole runs of the command: start-up, documents per CPU-second, peak memory, and how both grow.

    python benchmarks/throughput.py [--texts 10000] [--pages DIR] [--page-count 2000]
        [--sizes 1000 2000 …] [--parts startup rates memory pages growth] [--figures FILE]
        [--truth TRUTH_JSON…]

Texts are random words, English and made up, 3 kB each, of 365 or of 12 days (each chunk writes a
file a day). With `--truth`, they are sentences of the `articleBody` of `{"<id>": {"articleBody":
…}}`, mixed anew for each text, so that words come as often as in news and no text comes twice.
Pages are copies of `DIR/*.html.gz`, each with its own address, and its paragraphs
twice as long by such words, so that they are no duplicates. The parts can be run alone (`--parts`),
since they take long. `--figures` keeps the results as JSON for `plot.py`; others in it stay.

All is read from Linux's /proc, each quarter of a second, for the command and its descendants. CPU
is user and system time of each process, as read last before it ended; the command's own, and that
of children that outlive it, is read when they have ended and wait to be reaped. So up to a quarter
of a second of a worker is not seen, in small runs as in large ones: differences between sizes lose
nothing. The kernel's sums over children (RUSAGE_CHILDREN) are not used: with orphans that are
handed on they are too large on some machines. Memory is the sum of proportional set sizes: a shared
page counts once. Wall time on a busy machine says little; CPU time is what to compare.
"""

from __future__ import annotations

import argparse
import ctypes
import gzip
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from statistics import median

# Frequent words, without which a text is of no language, and that is dear to find out.
ENGLISH = """
the of and to in a is that for it on was with as be by at have are this from not but they had his an
will which has its who been their more after said one would about when also two new could into than
up some first last over years out because people while before during against under between market
city report week government minister police company court country""".split()
MADE_UP = [a + b + c for a in "bdfgklmnprst" for b in "aeiou" for c in ("n", "ra", "st", "lo")]
VOCABULARY = MADE_UP + 2 * ENGLISH
WORDS = 600  # about 3 kB
MIXED_CHARS = 3_000
SENTENCES: list[str] = []  # of real texts, if there are any
DAYS = (365, 12)
PARTS = ("startup", "rates", "memory", "pages", "growth")
ROUNDS = 5  # medians of start-up, rates and small sizes, which a busy machine disturbs most
SMALL = 2_000
RATE_TEXTS = 10_000  # the default chunk
LOOK_S = 0.25
_TICKS = os.sysconf("SC_CLK_TCK")
_SUBREAPER = 36  # PR_SET_CHILD_SUBREAPER of prctl(2): orphans, such as fork servers, become ours.
_HEAD = re.compile(rb"<head(?:\s[^>]*)?>", re.IGNORECASE)
_PARAGRAPH = re.compile(rb">[^<>{}]{60,}")  # or what looks like one: no script
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+|\n+")
_EMPTY_PIPELINE = """
import logging
logging.disable(logging.CRITICAL)
import apache_beam
with apache_beam.Pipeline(runner="FnApiRunner") as pipeline:
    pipeline | apache_beam.Create([1]) | apache_beam.Map(str)
"""


@dataclass(frozen=True)
class Cost:
    """What one run of the command took.

    Attributes:
        wall_s: Seconds.
        cpu_s: CPU seconds of all processes.
        peak_bytes: Largest sum of the proportional set sizes of all processes.
        largest_bytes: Largest resident size of one process.
    """

    wall_s: float
    cpu_s: float
    peak_bytes: int
    largest_bytes: int


@dataclass(eq=False)
class Tree:
    """A process and its descendants, as /proc shows them.

    Attributes:
        root: Process id.
        cpu_s: CPU seconds by process id and start time.
        peak_bytes, largest_bytes: As in `Cost`.
    """

    root: int
    cpu_s: dict[tuple[int, str], float] = field(default_factory=dict)
    peak_bytes: int = 0
    largest_bytes: int = 0

    def look(self) -> None:
        """Reads times and sizes of all that live; those that have ended keep the last ones."""
        parents, members = {}, {}
        for pid in (int(name) for name in os.listdir("/proc") if name.isdigit()):
            with suppress(FileNotFoundError, ProcessLookupError):
                parents[pid], started, cpu_s = read_stat(pid)
                members[pid] = (pid, started), cpu_s
        ours = {self.root} | {pid for pid, (key, _) in members.items() if key in self.cpu_s}
        while found := {pid for pid, parent in parents.items() if parent in ours} - ours:
            ours |= found
        self.cpu_s |= dict(members[pid] for pid in ours & members.keys())
        sizes = [read_sizes(pid) for pid in ours]
        self.peak_bytes = max(self.peak_bytes, sum(shared for _, shared in sizes))
        self.largest_bytes = max(self.largest_bytes, *(resident for resident, _ in sizes), 0)

    def see_last(self, pid: int) -> int:
        """Reads the times of a process that has ended, reaps it, and returns its exit code."""
        _, started, cpu_s = read_stat(pid)
        self.cpu_s[pid, started] = cpu_s
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


@dataclass(frozen=True)
class Report:
    """Prints figures, and keeps them for the plots.

    Attributes:
        command: What was run, without paths of this machine.
        path: JSON file of figures by name; None to print only.
    """

    command: str
    path: Path | None

    def tell(self, name: str, sentence: str, **values: object) -> None:
        """Prints the sentence, and keeps the values under the name, beside those of other names."""
        print(sentence, flush=True)
        if self.path:
            known = json.loads(self.path.read_text()) if self.path.exists() else {}
            known[name] = {"command": self.command, **values}
            self.path.write_text(json.dumps(known, indent=1, sort_keys=True) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--texts", type=int, default=10_000)
    parser.add_argument("--pages", type=Path, help="folder of *.html.gz")
    parser.add_argument("--page-count", type=int, default=2_000)
    parser.add_argument("--sizes", type=int, nargs="+", help="default: 1000, doubled up to --texts")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--truth", type=Path, nargs="+", default=[], help="texts to mix")
    parser.add_argument("--figures", type=Path, help="JSON file to keep the figures in")
    given = parser.parse_args()
    ctypes.CDLL(None).prctl(_SUBREAPER, 1, 0, 0, 0)
    SENTENCES.extend(read_sentences(given.truth))
    command = " ".join(["throughput.py", *shown_arguments(sys.argv[1:])])
    report = Report(command, given.figures)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        ingest(write_texts(folder / "one", 1), folder)  # compiles modules, indexes the places
        if "startup" in given.parts:
            measure_startup(folder, report)
        if "rates" in given.parts:
            measure_rates(folder, report, count=min(given.texts, RATE_TEXTS))
        if "memory" in given.parts:
            measure_memory(folder, report, count=given.texts)
        if "pages" in given.parts and given.pages:
            measure_pages(folder, report, pages=given.pages, count=given.page_count)
        if "growth" in given.parts:
            sizes = given.sizes or [1_000 << n for n in range(20) if 1_000 << n <= given.texts]
            measure_growth(folder, report, sizes=sorted(sizes))


def measure_startup(folder: Path, report: Report) -> None:
    """One text from start to published, and how much of that Beam takes by itself."""
    command = [sys.executable, "-c", _EMPTY_PIPELINE]
    runs = [(ingest(folder / "one", folder), run_command(command)) for _ in range(ROUNDS)]
    one, beam_s = middle([own for own, _ in runs]), median(beam.wall_s for _, beam in runs)
    report.tell(
        "startup",
        f"start-up: one text in {one.wall_s:.2f} s wall, {one.cpu_s:.2f} CPU-s; importing Beam and "
        f"running an empty pipeline takes {beam_s:.2f} s, {beam_s / one.wall_s:.0%} of it",
        wall_s=round(one.wall_s, 2),
        cpu_s=round(one.cpu_s, 2),
        beam_wall_s=round(beam_s, 2),
    )


def measure_rates(folder: Path, report: Report, *, count: int) -> None:
    """Documents per CPU-second between two sizes, so that start-up is no part of it."""
    few = count // 10
    for days in DAYS:
        sources = write_texts(folder / "few", few, days), write_texts(folder / "all", count, days)
        for enrich in ("none", "default"):
            runs = [
                [ingest(path, folder, "--enrich", enrich).cpu_s for path in sources]
                for _ in range(ROUNDS)
            ]
            rate = median((count - few) / (large_s - small_s) for small_s, large_s in runs)
            report.tell(
                f"rate of {days} days, enrichment {enrich}",
                f"texts of {days} days, enrichment {enrich}: {rate:.0f} documents per CPU-second "
                f"({few} to {count} of 3 kB, start-up taken off)",
                documents_per_cpu_s=round(rate),
            )
        remove(folder / "few", folder / "all")


def measure_memory(folder: Path, report: Report, *, count: int) -> None:
    """Peak memory against that of a tenth, and what a second run over the same files takes."""
    days = DAYS[0]
    tenth = ingest(write_texts(folder / "few", count // 10, days), folder, "--workers", "2")
    texts = write_texts(folder / "all", count, days)
    first, again = (ingest_into(folder / "lake", texts, "--workers", "2") for _ in range(2))
    tell_memory(report, f"{count} texts", first, tenth)
    report.tell(
        "second run",
        f"second run, all unchanged: {first.wall_s / again.wall_s:.0f} times as fast "
        f"({again.wall_s:.1f} s, {again.cpu_s:.1f} CPU-s)",
        times_as_fast=round(first.wall_s / again.wall_s),
    )
    remove(folder / "few", folder / "all", folder / "lake")


def measure_pages(folder: Path, report: Report, *, pages: Path, count: int) -> None:
    """The same for pages; how many a CPU-second there are, `pages.py` says of distinct ones."""
    tenth = ingest(write_pages(folder / "few", pages, count // 10), folder, "--workers", "2")
    large = ingest(write_pages(folder / "all", pages, count), folder, "--workers", "2")
    tell_memory(report, f"{count} pages", large, tenth)
    remove(folder / "few", folder / "all")


def tell_memory(report: Report, what: str, large: Cost, tenth: Cost) -> None:
    ratio = large.peak_bytes / tenth.peak_bytes
    report.tell(
        f"memory of {what.split()[1]}",
        f"memory, {what}: {large.peak_bytes >> 20} MiB at the peak in all processes, {ratio:.2f} "
        f"of a tenth's; {large.largest_bytes >> 20} MiB in the largest process",
        what=what,
        peak_mib=large.peak_bytes >> 20,
        largest_mib=large.largest_bytes >> 20,
        of_a_tenth=round(ratio, 2),
    )


def measure_growth(folder: Path, report: Report, *, sizes: list[int]) -> None:
    """Rates at each size, start-up taken off, on texts of 12 days.

    With 365 days the files of a first chunk are a large part of a small run, and the rate seems to
    grow with the size. Start-up and small sizes are measured before and after the large ones, which
    take minutes: others on the machine come and go meanwhile.
    """
    starts: list[Cost] = []
    costs: dict[int, list[Cost]] = {size: [] for size in sizes}
    small = [size for size in sizes if size <= SMALL]
    for measured in (small, [size for size in sizes if size > SMALL], small):
        starts += [ingest(folder / "one", folder) for _ in range(ROUNDS)]
        for size in measured:
            texts = write_texts(folder / "texts", size, DAYS[1])
            costs[size] += [ingest(texts, folder) for _ in range(ROUNDS if size <= SMALL else 1)]
            remove(texts)
    start = middle(starts)
    per_s, per_cpu_s = [], []
    for size in sizes:
        cost = middle(costs[size])
        per_s.append((size - 1) / (cost.wall_s - start.wall_s))
        per_cpu_s.append((size - 1) / (cost.cpu_s - start.cpu_s))
        print(
            f"growth: {size} texts, {per_cpu_s[-1]:.0f} documents per CPU-second, "
            f"{per_s[-1]:.0f} per second; peak {cost.peak_bytes >> 20} MiB",
            flush=True,
        )
    report.tell(
        "growth",
        f"growth: {sizes[-1]} texts at {per_cpu_s[-1] / per_cpu_s[0]:.2f} times the rate of "
        f"{sizes[0]} per CPU-second, {per_s[-1] / per_s[0]:.2f} times per second",
        sizes=sizes,
        documents_per_cpu_s=[round(rate) for rate in per_cpu_s],
        documents_per_s=[round(rate) for rate in per_s],
    )


def middle(runs: list[Cost]) -> Cost:
    """Returns the median of each figure."""
    return Cost(
        wall_s=median(run.wall_s for run in runs),
        cpu_s=median(run.cpu_s for run in runs),
        peak_bytes=round(median(run.peak_bytes for run in runs)),
        largest_bytes=round(median(run.largest_bytes for run in runs)),
    )


def shown_arguments(arguments: list[str]) -> list[str]:
    """Returns the arguments that change figures; the folder of pages is shown as PAGES."""
    shown = list(arguments)
    if "--pages" in shown:
        shown[shown.index("--pages") + 1] = "PAGES"
    if "--truth" in shown:
        place = shown.index("--truth") + 1
        while place < len(shown) and not shown[place].startswith("--"):
            del shown[place]
        shown.insert(place, "TRUTH")
    if "--figures" in shown:
        place = shown.index("--figures")
        del shown[place : place + 2]
    return shown


def read_sentences(paths: list[Path]) -> list[str]:
    """Returns the sentences of all texts, but for very short and very long ones."""
    texts = [
        record["articleBody"]
        for path in paths
        for _, record in sorted(json.loads(path.read_text(encoding="utf-8")).items())
    ]
    found = (part for text in texts for part in _SENTENCE_END.split(text))
    return [sentence for sentence in found if 20 < len(sentence) < 500]


def mix_sentences(chance: random.Random) -> str:
    """Returns a text of 3 kB, or up to a sentence more."""
    text = ""
    while len(text) < MIXED_CHARS:
        text += " " + chance.choice(SENTENCES)
    return text.strip()


def write_texts(folder: Path, count: int, days: int = DAYS[0]) -> Path:
    folder.mkdir()
    chance = random.Random(count)
    for number in range(count):
        day = date(2019, 1, 1) + timedelta(days=number % days)
        text = mix_sentences(chance) if SENTENCES else " ".join(chance.choices(VOCABULARY, k=WORDS))
        (folder / f"{number:06}.txt").write_text(f"date {day}\n{text}\n")
    return folder


def write_pages(folder: Path, source: Path, count: int) -> Path:
    folder.mkdir()
    chance = random.Random(count)
    paths = sorted(source.glob("*.html.gz"))
    pages = [gzip.decompress(path.read_bytes()) for path in paths[:count]]
    for number in range(count):
        page = change_page(pages[number % len(pages)], chance, number)
        path = folder / f"{number:06}.html.gz"
        path.write_bytes(gzip.compress(page, compresslevel=1))
    return folder


def change_page(page: bytes, chance: random.Random, number: int) -> bytes:
    """Returns the page with an address of its own, and its paragraphs twice as long."""

    def lengthen(found: re.Match[bytes]) -> bytes:
        added = chance.choices(VOCABULARY, k=len(found[0].split()))
        return found[0] + " ".join(["", *added, ""]).encode()

    page = _PARAGRAPH.sub(lengthen, page)
    head = _HEAD.search(page)
    place = 0 if head is None else head.end()
    link = f'<link rel="canonical" href="https://paper{number % 97}.example/news/{number}.html">'
    return page[:place] + link.encode() + page[place:]


def ingest(source: Path, folder: Path, *flags: str) -> Cost:
    """Returns what a run into a new lake takes; the lake is removed."""
    lake = folder / "lake"
    cost = ingest_into(lake, source, *flags)
    remove(lake)
    return cost


def ingest_into(lake: Path, source: Path, *flags: str) -> Cost:
    command = [sys.executable, "-m", "feedlake", "ingest", str(source), "--lake", str(lake)]
    return run_command([*command, "--quiet", *flags])


def run_command(command: list[str]) -> Cost:
    """Returns what a command and all that it starts take."""
    started = time.monotonic()
    process = subprocess.Popen(command)
    tree, next_look = Tree(process.pid), started
    while not os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT | os.WNOHANG):
        if time.monotonic() >= next_look:
            tree.look()
            next_look = time.monotonic() + LOOK_S
        time.sleep(0.01)
    wall_s = time.monotonic() - started
    if exit_code := tree.see_last(process.pid):
        sys.exit(f"{command[1:4]} ended with {exit_code}")
    with suppress(ChildProcessError):  # no more orphans
        while ended := os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOWAIT):
            tree.see_last(ended.si_pid)
    return Cost(wall_s, sum(tree.cpu_s.values()), tree.peak_bytes, tree.largest_bytes)


def read_stat(pid: int) -> tuple[int, str, float]:
    """Returns parent, start time and CPU seconds of a process (proc_pid_stat(5))."""
    # The name, in brackets, may hold anything.
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[1]), fields[19], (int(fields[11]) + int(fields[12])) / _TICKS


def read_sizes(pid: int) -> tuple[int, int]:
    """Returns resident and proportional set size of a process, in bytes; zeros if it has ended."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0, 0
    kib = {
        name: int(rest.split()[0]) for name, _, rest in (line.partition(":") for line in lines[1:])
    }
    return kib["Rss"] * 1024, kib["Pss"] * 1024


def remove(*folders: Path) -> None:
    for folder in folders:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
