"""What an archive costs: runs over pages that are served on loopback, with and without --archive.

    python benchmarks/archive.py PAGES_DIR… [--rounds 3]

The pages are as for `quality.py`: `PAGES_DIR/<id>.html.gz`. Each is served once, from an address of
its own that one feed names, compressed as sites do it. Prints bytes of the archive for a page, and
CPU seconds of the command with its children: of runs in alternating rounds, of a replay, and of
`reextract` over the whole lake.
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import gzip
import os
import resource
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from statistics import median

_SUBREAPER = 36  # PR_SET_CHILD_SUBREAPER of linux/prctl.h
_DATE = "Sat, 21 Nov 2026 10:00:00 GMT"
_FLAGS = ("--allow-network", "127.0.0.0/8", "--host-delay", "0s", "--host-pages", "100000")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("pages", type=Path, nargs="+", help="folders of <id>.html.gz")
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    ctypes.CDLL(None).prctl(_SUBREAPER, 1, 0, 0, 0)
    paths = sorted(path for folder in given.pages for path in folder.glob("*.html.gz"))
    packed = {f"/{path.name.partition('.')[0]}": path.read_bytes() for path in paths}
    plain = sum(len(gzip.decompress(body)) for body in packed.values())
    wire = sum(map(len, packed.values()))
    count = len(packed)
    print(
        f"{count} pages, {plain / count / 1000:.1f} kB each, {wire / count / 1000:.1f} compressed"
    )
    with serve(packed) as feed, tempfile.TemporaryDirectory() as folder:
        costs: dict[str, list[float]] = {"plain": [], "archive": []}
        for number in range(given.rounds):
            for name, flags in (("plain", ()), ("archive", ("--archive",))):
                lake = f"{folder}/{name}{number}"
                costs[name].append(cpu_s("ingest", feed, "--lake", lake, *_FLAGS, *flags))
        lake = Path(folder, "archive0")
        kept = sum(path.stat().st_size for path in (lake / "archive").rglob("*.gz"))
        tables = sum(path.stat().st_size for path in (lake / "articles").rglob("*.parquet"))
        rows = sum(path.stat().st_size for path in (lake / "captures").rglob("*.parquet"))
        print(f"archive: {kept / count:.0f} bytes a page; captures: {rows / count:.0f}")
        print(f"articles: {tables / count:.0f} bytes a page")
        again = cpu_s("ingest", feed, "--lake", lake, *_FLAGS, "--archive")
        more = sum(path.stat().st_size for path in (lake / "archive").rglob("*.gz")) - kept
        print(f"a poll without news: {more} bytes, {again:.2f} s")
        plain_s, archive_s = (median(costs[name]) for name in ("plain", "archive"))
        print(f"run: {plain_s:.2f} s of CPU, with --archive {archive_s:.2f} s")
        print(f"  that is {1000 * (archive_s - plain_s) / count:.2f} ms a page")
        replay_s = cpu_s("ingest", lake / "archive", "--lake", f"{folder}/replayed")
        print(f"replay: {replay_s:.2f} s; reextract: {cpu_s('reextract', '--lake', lake):.2f} s")


def cpu_s(*arguments: object) -> float:
    """CPU seconds of the command and all its children, those that outlive it included."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    words = [str(argument) for argument in arguments]
    done = subprocess.run(
        [sys.executable, "-m", "feedlake", *words, "--quiet"], capture_output=True, check=False
    )
    if done.returncode not in (0, 3):
        sys.exit(done.stderr.decode())
    with contextlib.suppress(ChildProcessError):
        while True:
            os.wait()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


class serve:
    """A site with the pages, and a feed that names them, whose address it gives."""

    def __init__(self, packed: Mapping[str, bytes]) -> None:
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                kind, body = "text/html", packed.get(self.path)
                if self.path == "/feed.xml":
                    kind, body = "text/xml", gzip.compress(feed)
                self.send_response(404 if body is None else 200)
                if body is not None:
                    self.send_header("Content-Type", kind)
                    self.send_header("Content-Encoding", "gzip")
                self.send_header("Content-Length", str(len(body or b"")))
                self.end_headers()
                self.wfile.write(body or b"")

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._root = f"http://127.0.0.1:{self._server.server_address[1]}"
        items = "".join(
            f"<item><link>{self._root}{path}</link><pubDate>{_DATE}</pubDate></item>"
            for path in packed
        )
        feed = f"<rss version='2.0'><channel><title>News</title>{items}</channel></rss>".encode()

    def __enter__(self) -> str:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return f"{self._root}/feed.xml"

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


if __name__ == "__main__":
    main()
