"""What one round over many feeds costs if most have nothing new, as most polls do.

    python benchmarks/fleet.py [--feeds 1000] [--rounds 3]

Serves feeds of one entry each at sites of their own, on the loopback, and runs the command over
their list: the first round reads all of them, each later one is answered 304. Prints for each round
the CPU and the peak memory of the command's process (the server has its own), and the bytes that a
poll leaves in the lake. What a poll costs is the difference to a round over one feed.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(PROJECT / "tests")]

from internet import Internet  # noqa: E402
from newspapers import FLAGS, open_paper  # noqa: E402


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--feeds", type=int, default=1_000)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, Internet() as net:
        feeds = [open_paper(net, 1)[1] for _ in range(given.feeds)]
        outlines = "".join(f'<outline type="rss" text="x" xmlUrl="{feed}"/>' for feed in feeds)
        listed, lake = Path(folder, "list.opml"), Path(folder, "lake")
        listed.write_text(f'<opml version="2.0"><body>{outlines}</body></opml>', encoding="utf-8")
        size = 0
        for number in range(given.rounds):
            time.sleep(1)  # `--min-interval 1s`: everything is due again.
            asked = len(net.requests)
            print(f"round {number + 1}: {run(listed, lake)}, {len(net.requests) - asked} requests")
            before, size = size, bytes_of(lake / "sources")
            print(
                f"round {number + 1}: {(size - before) / given.feeds:.0f} bytes a poll in the lake"
            )


def run(source: Path, lake: Path) -> str:
    words = ("ingest", source, "--lake", lake, "--no-fetch", "--quiet", *FLAGS)
    started = time.monotonic()
    process = subprocess.Popen([sys.executable, "-m", "feedlake", *map(str, words)], cwd=PROJECT)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode in (0, 3), process.returncode
    cpu_s, wall_s = used.ru_utime + used.ru_stime, time.monotonic() - started
    return f"{cpu_s:.1f} CPU-s, {wall_s:.1f} s, peak {used.ru_maxrss / 1024:.0f} MiB"


def bytes_of(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*.parquet"))


if __name__ == "__main__":
    main()
