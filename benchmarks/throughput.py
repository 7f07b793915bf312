"""Whole runs of the command: documents per CPU-second, memory, and what a second run costs.

    python benchmarks/throughput.py [--texts 10000]

The texts are made of random words, 3 kB each, spread over a year of days. CPU time and peak memory
are the kernel's figures for the command and its children; ratios are between runs of one call.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

VOCABULARY = [a + b + c for a in "bdfgklmnprst" for b in "aeiou" for c in ("n", "ra", "st", "lo")]
WORDS = 580  # about 3 kB


@dataclass(frozen=True)
class Cost:
    """What one run of the command took.

    Attributes:
        wall_s: Seconds.
        cpu_s: CPU seconds, children included.
        peak_bytes: Largest resident size of one process.
    """

    wall_s: float
    cpu_s: float
    peak_bytes: int


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--texts", type=int, default=10_000)
    count = parser.parse_args().texts
    with tempfile.TemporaryDirectory() as folder:
        texts, few, lake = Path(folder, "texts"), Path(folder, "few"), Path(folder, "lake")
        write_texts(texts, count)
        write_texts(few, count // 10)
        one = ingest(next(few.iterdir()), Path(folder, "one"))
        print(f"start-up: one text in {one.wall_s:.2f} s wall, {one.cpu_s:.2f} CPU-s")
        tenth = ingest(few, Path(folder, "tenth"))
        first = ingest(texts, lake)
        rate = count / (first.cpu_s - one.cpu_s)
        print(f"texts: {rate:.0f} documents per CPU-second, start-up taken off ({count} of 3 kB)")
        growth = first.peak_bytes / tenth.peak_bytes
        print(f"memory: {first.peak_bytes >> 20} MB at the peak, {growth:.2f} of a tenth's")
        again = ingest(texts, lake)
        print(f"second run, all unchanged: {first.wall_s / again.wall_s:.0f} times as fast")


def write_texts(folder: Path, count: int) -> None:
    folder.mkdir()
    chance = random.Random(count)
    for number in range(count):
        day = date(2019, 1, 1) + timedelta(days=number % 365)
        text = " ".join(chance.choices(VOCABULARY, k=WORDS))
        (folder / f"{number:06}.txt").write_text(f"date {day}\n{text}\n")


def ingest(source: Path, lake: Path) -> Cost:
    started = time.monotonic()
    command = [sys.executable, "-m", "pipeline", "ingest", str(source), "--lake", str(lake)]
    process = subprocess.Popen([*command, "--quiet"])
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"feedlake ended with {os.waitstatus_to_exitcode(status)}")
    return Cost(time.monotonic() - started, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024)


if __name__ == "__main__":
    main()
