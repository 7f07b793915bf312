"""HTML pages to lake against a bare loop of trafilatura over the same bytes, in CPU seconds.

    python benchmarks/pages.py PAGES_DIR [--times 4] [--rounds 5] [--workers]

The pages are `PAGES_DIR/*.html.gz`. The whole command with all its children is measured, as the
kernel counts them (Linux); one run over the pages once and one over them `--times` give what
start-up costs. Enrichment is off: the bare loop has none. With `--workers`, wall time with 1 and 2.
"""

from __future__ import annotations

import argparse
import ctypes
import gzip
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

_SUBREAPER = 36  # PR_SET_CHILD_SUBREAPER of prctl(2): orphans, such as fork servers, become ours.
_BARE = """
import sys, logging, trafilatura
from pathlib import Path
from time import process_time
logging.disable(logging.CRITICAL)
pages = [path.read_bytes() for path in sorted(Path(sys.argv[1]).iterdir())]
for page in pages[:20]:
    trafilatura.bare_extraction(page, with_metadata=True)
started_s = process_time()
for page in pages:
    trafilatura.bare_extraction(page, with_metadata=True)
print(process_time() - started_s)
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("pages", type=Path, help="folder of *.html.gz")
    parser.add_argument("--times", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--workers", action="store_true")
    arguments = parser.parse_args()
    ctypes.CDLL(None).prctl(_SUBREAPER, 1, 0, 0, 0)
    with tempfile.TemporaryDirectory() as folder:
        once, many = Path(folder, "once"), Path(folder, "many")
        count = write_pages(arguments.pages, once, times=1)
        total = write_pages(arguments.pages, many, times=arguments.times)
        ratios, own_ms, bare_ms, starts_s = [], [], [], []
        for number in range(arguments.rounds):
            few_s = ingest(once, Path(folder, f"few {number}"))[0]
            all_s = ingest(many, Path(folder, f"all {number}"))[0]
            command = [sys.executable, "-c", _BARE, str(once)]
            bare_s = float(subprocess.run(command, capture_output=True, check=True).stdout)
            own_ms.append(1000 * (all_s - few_s) / (total - count))
            bare_ms.append(1000 * bare_s / count)
            ratios.append(bare_ms[-1] / own_ms[-1])
            starts_s.append(few_s - count * own_ms[-1] / 1000)
        print(
            f"pages to lake: {median(own_ms):.1f} CPU-ms each, a bare loop of trafilatura "
            f"{median(bare_ms):.1f}: {median(ratios):.2f} times its documents per CPU-second "
            f"(start-up, {median(starts_s):.1f} CPU-s, taken off)"
        )
        if arguments.workers:
            gains = []
            for number in range(arguments.rounds):
                walls_s = []
                for workers in ("1", "2"):
                    lakes, flags = Path(folder, f"{number} by {workers}"), ["--workers", workers]
                    few_s = ingest(once, lakes / "few", flags)[1]
                    walls_s.append(ingest(many, lakes / "many", flags)[1] - few_s)
                gains.append(walls_s[0] / walls_s[1])
            shown = ", ".join(f"{gain:.2f}" for gain in sorted(gains))
            print(f"2 workers: {median(gains):.2f} times as fast as 1 ({shown})")


def write_pages(source: Path, target: Path, *, times: int) -> int:
    target.mkdir()
    for path in source.glob("*.html.gz"):
        body = gzip.decompress(path.read_bytes())
        for number in range(times):
            (target / f"{number}-{path.name.removesuffix('.gz')}").write_bytes(body)
    return len(list(target.iterdir()))


def ingest(source: Path, lake: Path, flags: list[str] | None = None) -> tuple[float, float]:
    """Returns the CPU and the wall seconds of a run."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.monotonic()
    command = [sys.executable, "-m", "feedlake", "ingest", str(source), "--lake", str(lake)]
    subprocess.run([*command, "--enrich", "none", "--quiet", *(flags or [])], check=True)
    wall_s = time.monotonic() - started
    while True:
        try:
            os.wait()
        except ChildProcessError:
            break
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return cpu_s, wall_s


if __name__ == "__main__":
    main()
