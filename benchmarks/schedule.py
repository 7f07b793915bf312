"""Memory and time of scheduled runs, one after the other in one process.

    PYTHONPATH=. python benchmarks/schedule.py [--runs 60] [--feeds 20] [--news 2]

The feeds are one server on many loopback addresses; at each poll a feed has some entries more,
whose pages are fetched. The resident size of the scheduling process is read when a run is told, the
children's apart: they end with the run. What matters is that the last third of the runs needs no
more than the second, and no longer.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

WORDS = [a + b + c for a in "bdfgklmnprst" for b in "aeiou" for c in ("n", "ra", "st", "lo")]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--runs", type=int, default=60)
    parser.add_argument("--feeds", type=int, default=20)
    parser.add_argument("--news", type=int, default=2, help="new entries of a feed at each poll")
    given = parser.parse_args()
    Paper.news = given.news
    with Server(("", 0), Paper) as server, tempfile.TemporaryDirectory() as folder:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        listed = Path(folder, "feeds.txt")
        port = server.server_port
        listed.write_text("\n".join(f"http://127.1.0.{n + 1}:{port}/f" for n in range(given.feeds)))
        measure(listed, Path(folder, "lake"), given.runs)
        server.shutdown()


def measure(listed: Path, lake: Path, runs: int) -> None:
    """Prints what each run comes to, then the thirds."""
    command = [
        sys.executable, "-m", "feedlake", "schedule", str(listed), "--lake", str(lake), "--json",
        "--quiet", "--runs", str(runs), "--every", "1s", "--min-interval", "1s",
        "--allow-network", "127.0.0.0/8", "--host-delay", "0s",
    ]  # fmt: skip
    sizes: list[float] = []
    times: list[float] = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            tick = json.loads(line)
            if tick["failure"]:
                raise SystemExit(tick["failure"])
            sizes.append(resident_mb(process.pid))
            times.append(tick["account"]["elapsed_s"])
            articles, merged = tick["account"]["articles"], tick["merged_files"]
            what = f"{articles} articles, {merged} files merged"
            print(
                f"run {tick['number']}: {sizes[-1]:.1f} MB, {times[-1]:.2f} s, {what}", flush=True
            )
    third = runs // 3
    show("MB", [sizes[:third], sizes[third : 2 * third], sizes[2 * third :]])
    show("s", [times[:third], times[third : 2 * third], times[2 * third :]])


def show(unit: str, thirds: Sequence[Sequence[float]]) -> None:
    """Prints the medians of the thirds."""
    medians = [statistics.median(third) for third in thirds]
    print(f"median of the thirds: {', '.join(f'{value:.2f}' for value in medians)} {unit}")


def resident_mb(pid: int) -> float:
    """Returns the resident size of a process."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    [line] = [line for line in status.splitlines() if line.startswith("VmRSS:")]
    return int(line.split()[1]) / 1024


class Server(ThreadingHTTPServer):
    """Answers on all loopback addresses."""

    daemon_threads = True
    request_queue_size = 256


class Paper(BaseHTTPRequestHandler):
    """A feed at each address, and its pages."""

    protocol_version = "HTTP/1.1"
    news = 2
    polls: ClassVar[Counter[str]] = Counter()

    def do_GET(self) -> None:
        """Answers a request."""
        if self.path == "/robots.txt":
            self.answer(b"", status=404)
        elif self.path == "/f":
            place = self.headers["host"]
            self.polls[place] += 1
            newest = self.polls[place] * self.news
            items = "".join(
                f"<item><title>Story {n}</title><link>http://{place}/{n}</link></item>"
                for n in range(max(0, newest - 30), newest)
            )
            body = f"<rss version='2.0'><channel><title>Paper</title>{items}</channel></rss>"
            self.answer(body.encode(), kind="application/rss+xml")
        else:
            dice = random.Random(self.headers["host"] + self.path)
            text = "".join(f"<p>{' '.join(dice.choices(WORDS, k=60))}.</p>" for _ in range(8))
            head = "<html lang=en><head><title>Story</title></head><body><article><h1>Story</h1>"
            self.answer(f"{head}{text}</article></body></html>".encode())

    def answer(self, body: bytes, *, status: int = 200, kind: str = "text/html") -> None:
        """Sends an answer."""
        self.send_response(status)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Says nothing."""


if __name__ == "__main__":
    main()
