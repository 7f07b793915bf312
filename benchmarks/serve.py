"""What `feedlake serve` takes on a lake of 1,000,000 articles over three years.

    python benchmarks/serve.py FOLDER [--articles 1000000]

FOLDER is left as it is made, and used again if it is there: a lake like the second one of
`lake.py`, with places, countries, tags, tones and stories that several sites carry. Times are from
the start of the process to the end of the first page, and from request to the end of the answer for
each page after that, once new and once again; CPU is that of the server's process and its children.
The peak of memory is the kernel's figure (VmHWM).
"""

from __future__ import annotations

import argparse
import http.client
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

from lake import id_of, make_lake, url_of

DATES = 1_000

_PLACES = (
    ("Berlin", "DE", 52.52437, 13.41053, 2950159, "capital"),
    ("Paris", "FR", 48.85341, 2.3488, 2988507, "capital"),
    ("London", "GB", 51.50853, -0.12574, 2643743, "capital"),
    ("Nairobi", "KE", -1.28333, 36.81667, 184745, "capital"),
    ("Lima", "PE", -12.04318, -77.02824, 3936456, "capital"),
    ("Jakarta", "ID", -6.21462, 106.84513, 1642911, "capital"),
    ("Tokyo", "JP", 35.6895, 139.69171, 1850147, "capital"),
    ("Chicago", "US", 41.85003, -87.65005, 4887398, "city"),
    ("Sydney", "AU", -33.86785, 151.20732, 2147714, "city"),
    ("Lagos", "NG", 6.45407, 3.39467, 2332459, "city"),
)
_TAGS = ("politics", "sport", "economy", "culture", "science", "weather")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--articles", type=int, default=1_000_000)
    given = parser.parse_args()
    lake = given.folder / "lake"
    if not lake.exists():
        given.folder.mkdir(parents=True, exist_ok=True)
        make_lake(str(lake.resolve()), DATES, given.articles, 50, more_of)
    for line in figures(str(lake), articles=given.articles):
        print(line, flush=True)


def more_of(number: int) -> dict[str, Any]:
    """Returns what is shown of an article beside what `lake.py` makes of it.

    One story in ten is carried by ten sites.
    """
    pick = random.Random(f"more {number}")
    found = pick.sample(_PLACES, pick.choice((0, 1, 1, 2, 3)))
    first = number - number % 10 if number % 1000 < 300 else number
    return {
        "cluster_id": id_of(url_of(first)),
        "places": [
            {
                **{"name": name, "canonical": name, "country": country, "admin1": None},
                **{"latitude": latitude, "longitude": longitude, "geonames_id": key},
                **{"feature": feature, "count": 1, "offset": 0},
            }
            for name, country, latitude, longitude, key, feature in found
        ],
        "countries": list(dict.fromkeys(place[1] for place in found)),
        "tags": pick.sample(_TAGS, pick.choice((0, 1, 2))),
        "tone": round(pick.uniform(-1, 1), 3),
        "quality_score": round(pick.uniform(0.3, 1), 3),
    }


def figures(lake: str, *, articles: int) -> Iterator[str]:
    """Yields a line for each page, and one for memory."""
    began = time.process_time()
    build_index(lake)
    yield f"search index, made or brought up to date: {time.process_time() - began:.1f} CPU-s"
    middle = url_of(articles // 2)
    day = date.today() - timedelta(days=DATES // 2)
    pages = {
        "another day": f"/?day={day}",
        "a filter": f"/?day={day}&language=de",
        "two filters": f"/?day={day}&tone=negative&country=KE",
        "an article": f"/article/{id_of(middle)}",
        "search, a word": "/search?q=w4e20",
        "search, two words": "/search?q=w4e20+OR+w1a2b",
        "search, a prefix": "/search?q=w33*",
        "search, attention of two": "/search?q=w4e20&q2=title",
        "feeds": "/feeds",
        "a feed": f"/feeds?source={quote('https://site3.example/feed', safe='')}",
        "missing": "/missing",
        "why": f"/missing?of={quote(middle, safe='')}",
        "runs": "/runs",
        "SQL": f"/sql?q={quote('SELECT language, count(*) FROM articles GROUP BY 1')}",
    }
    with serving(lake) as server:
        first_ms = server.first_s * 1000
        yield f"first page: {first_ms:.0f} ms from the start, {server.first_cpu_s:.2f} CPU-s"
        time.sleep(5)  # Then the server imports what other pages need.
        for name, path in pages.items():
            new, again = server.ask(path), server.ask(path)
            yield (
                f"{name}: {new.wall_s * 1000:.0f} ms, {new.cpu_s:.2f} CPU-s; "
                f"again {again.wall_s * 1000:.0f} ms"
            )
        yield f"memory: {server.peak_mb(own=True)} MB, children {server.peak_mb(own=False)} MB"


def build_index(lake: str) -> None:
    """Makes the search index, as the server would on the first search."""
    from feedlake.pipeline.lake.lake import Lake
    from feedlake.pipeline.search.search_index import SearchIndex

    SearchIndex(Lake(lake)).catch_up()


class Took(NamedTuple):
    """Wall time and CPU of an answer, in seconds."""

    wall_s: float
    cpu_s: float


class Server:
    """A server that answers, and what it has taken since its start."""

    def __init__(self, process: subprocess.Popen[str], port: int, began: float) -> None:
        self._process, self._port = process, port
        self.ask("/")
        self.first_s, self.first_cpu_s = time.perf_counter() - began, self._cpu_s()

    def ask(self, path: str) -> Took:
        """Returns what a page takes; one that is none ends the benchmark."""
        began, cpu = time.perf_counter(), self._cpu_s()
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
        connection.request("GET", path)
        answered = connection.getresponse()
        answered.read()
        if answered.status != 200:
            raise SystemExit(f"{path}: status {answered.status}")
        return Took(time.perf_counter() - began, self._cpu_s() - cpu)

    def peak_mb(self, *, own: bool) -> int:
        """Returns the peak of memory: the server's own, or that of its children."""
        pids = {self._process.pid}
        wanted = pids if own else self._family() - pids
        return sum(_peak_kb(pid) for pid in wanted) // 1024

    def _family(self) -> set[int]:
        found, waiting = set[int](), [self._process.pid]
        while waiting:
            pid = waiting.pop()
            found.add(pid)
            for task in Path(f"/proc/{pid}/task").iterdir():
                waiting += map(int, (task / "children").read_text().split())
        return found

    def _cpu_s(self) -> float:
        ticks = 0
        for pid in self._family():
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")


def _peak_kb(pid: int) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1])
    return 0


@contextmanager
def serving(lake: str) -> Iterator[Server]:
    """Starts `feedlake serve`, and ends it."""
    began = time.perf_counter()
    words = [sys.executable, "-m", "feedlake", "serve", "--lake", lake, "--port", "0"]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        yield Server(process, int(line.split(":")[2].split("/")[0]), began)
    finally:
        process.send_signal(signal.SIGTERM)
        if process.wait(60):
            raise SystemExit(f"the server ended with {process.returncode}")


if __name__ == "__main__":
    main()
