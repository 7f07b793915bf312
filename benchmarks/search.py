"""What a lake's search index costs, and how fast it answers.

    python benchmarks/search.py FOLDER [--articles 1000000] [--fts5 30000]

FOLDER must not exist, and is left as it is made: it gets a lake of made-up articles of 1,000 dates,
written through the lake's own writer. Their words are as frequent as Zipf says (200,000 words; the
texts have 2.9 kB on average, and no two share more than chance gives). Printed are: CPU and peak
memory to build the index in a process of its own, its size, what it costs to catch up with one more
run of 300 articles, which share that is of the CPU of a run (of texts of 3 kB: 1.84 ms each, with
the default enrichments; see `throughput.py`), the time of answers in an open process, and of the
command, start-up included. With --fts5, so many of the same texts are indexed with SQLite's FTS5
and with Tantivy alone, and both asked the same.
"""

from __future__ import annotations

import argparse
import os
import random
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np

DATES = 1_000
WORDS = 200_000
MEAN_WORDS = 450
MS_A_DOCUMENT = 1.84
_TABLE = 1 << 22

_BUILD = """
import sys
from feedlake.pipeline.lake.lake import Lake
from feedlake.pipeline.search.search_index import SearchIndex
SearchIndex(Lake(sys.argv[1])).catch_up()
"""


class Texts:
    """Makes texts; the same number gives the same text."""

    def __init__(self) -> None:
        self.words = np.array([*_words()])
        shares = 1 / (np.arange(WORDS) + 2.7)
        bounds = np.cumsum(shares / shares.sum())
        places = np.searchsorted(bounds, (np.arange(_TABLE) + 0.5) / _TABLE)
        self._table = np.minimum(places, WORDS - 1)

    def text(self, number: int) -> str:
        """Returns the text of an article."""
        pick = np.random.default_rng(number)
        length = int(pick.lognormal(np.log(MEAN_WORDS) - 0.28, 0.75))
        length = min(max(length, 20), 4_000)
        chosen = self._table[pick.integers(_TABLE, size=length)]
        return " ".join(self.words[chosen].tolist())


def _words() -> Iterator[str]:
    """Distinct words, the frequent ones short."""
    pick = random.Random(5)
    syllables = [a + b for a in "bcdfghjklmnprstvw" for b in "a e i o u an er in on st".split()]
    made: set[str] = set()
    while len(made) < WORDS:
        length = 1 if len(made) < 100 else 2 if len(made) < 3_000 else pick.choice((3, 4))
        word = "".join(pick.choices(syllables, k=length))
        if word not in made:
            made.add(word)
            yield word


def make(path: str, articles: int) -> None:
    """Publishes the lake."""
    from lake import make_lake

    make_lake(path, DATES, articles, 100, text_of=Texts().text)


def questions(words: Any) -> dict[str, str]:
    """Returns searches by what they are."""
    first, often, some, rare = (str(words[place]) for place in (0, 20, 200, 20_000))
    return {
        "a rare word": rare,
        "a word of one in six": some,
        "a word of most articles": first,
        "two words": f"{often} {some}",
        "either of two words": f"{often} OR {some}",
        "without a word": f"{some} -{often}",
        "a phrase": f'"{often} {some}"',
        "a phrase of the two most frequent": f'"{first} {words[1]}"',
        "words near each other": f"{often} NEAR/10 {some}",
        "a prefix of one in twenty words": "ba*",
        "a prefix in a phrase": f'"{often} ba*"',
        "twenty prefixes": " OR ".join(f"{letters}*" for letters in _PREFIXES),
    }


_PREFIXES = "ba be bi bo bu ca ce ci co cu da de di do du fa fe fi fo fu".split()


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--articles", type=int, default=1_000_000)
    parser.add_argument("--fts5", type=int, default=0)
    given = parser.parse_args()
    path = str(given.folder.resolve() / "lake")
    if not given.folder.exists():
        given.folder.mkdir()
        code = f"from search import make; make({path!r}, {given.articles})"
        here = os.path.dirname(os.path.abspath(__file__))
        subprocess.run([sys.executable, "-c", code], check=True, cwd=here)
    for line in [*costs(path, given.articles), *answers(path)]:
        print(line, flush=True)
    if given.fts5:
        for line in compare(given.fts5, str(given.folder)):
            print(line, flush=True)


def costs(path: str, articles: int) -> Iterator[str]:
    """Yields lines about building the index, and keeping it up to date."""
    from lake import measure

    from feedlake.pipeline.search.index_folder import drop_index, find_folder

    drop_index(path)
    built = measure([sys.executable, "-c", _BUILD, path])
    start = measure([sys.executable, "-c", _BUILD, path])
    each_ms = (built.cpu_s - start.cpu_s) / articles * 1e3
    size = size_of(find_folder(path))
    parquet = size_of(os.path.join(path, "articles"))
    yield (
        f"build, {articles:,} articles: {built.cpu_s:.0f} CPU-s, {each_ms:.3f} ms each, "
        f"{each_ms / MS_A_DOCUMENT:.1%} of a run's CPU; peak {built.peak_mb} MB"
    )
    yield (
        f"size: {size / 1e6:,.0f} MB, {size / articles:,.0f} bytes each; "
        f"{size / parquet:.2f} of the articles' Parquet"
    )
    yield f"nothing new, process start included: {start.cpu_s:.2f} CPU-s, peak {start.peak_mb} MB"
    add_run(path)
    caught_up = measure([sys.executable, "-c", _BUILD, path])
    yield f"catch up with 300 articles: {caught_up.cpu_s - start.cpu_s:.2f} CPU-s"


def add_run(path: str) -> None:
    """Publishes 300 more articles of today."""
    import lake as lakes

    from feedlake.pipeline.lake.journal_entry import JournalEntry
    from feedlake.pipeline.lake.lake import Lake

    lake, texts = Lake(path), Texts()
    at = datetime.now(UTC)
    run_id = f"{at:%Y%m%dT%H%M%SZ}-ffffff-0000"
    with lake.writing():
        start = 10_000_000 + len(lake.run_ids()) * 300
        rows = [
            lakes._article(one, date.today(), at=at, run_id=run_id, text_of=texts.text)
            for one in range(start, start + 300)
        ]
        files = [lakes._write(lake, "articles", f"date={date.today()}", rows, run_id=run_id)]
        for table, own in lakes._others(300, at=at, run_id=run_id).items():
            files.append(lakes._write(lake, table, f"run_date={date.today()}", own, run_id=run_id))
        lake.publish(JournalEntry(run_id, partition_by=("date",), add=tuple(files)))


def answers(path: str) -> Iterator[str]:
    """Yields a line for each search: time in this process, and what it found."""
    from lake import measure

    from feedlake.pipeline.lake.lake import Lake
    from feedlake.pipeline.search.engine import Filters
    from feedlake.pipeline.search.search_index import SearchIndex

    index = SearchIndex(Lake(path))
    index.catch_up()
    asked = questions(Texts().words)
    year = Filters(since=date.today().replace(month=1, day=1))
    for name, query in asked.items():
        found = index.search(query)
        ms = _median_ms(lambda query=query: index.search(query))
        days_ms = _median_ms(lambda query=query: index.count_by_day(query))
        year_ms = _median_ms(lambda query=query: index.search(query, filters=year))
        yield (
            f"{name}: {found.count:,} articles, {ms:.0f} ms of CPU; counted by day "
            f"{days_ms:.0f} ms; of this year {year_ms:.0f} ms"
        )
    words = ["search", asked["two words"], "--lake", path, "--json"]
    own = measure([sys.executable, "-m", "feedlake", *words])
    yield f"feedlake search, two words: {own.cpu_s:.2f} CPU-s, peak {own.peak_mb} MB"


def _median_ms(ask: Callable[[], object], times: int = 5) -> float:
    taken = []
    for _ in range(times):
        start = time.process_time()
        ask()
        taken.append((time.process_time() - start) * 1e3)
    return sorted(taken)[times // 2]


def compare(articles: int, folder: str) -> Iterator[str]:
    """Yields lines about SQLite's FTS5 and Tantivy with the same texts."""
    import tantivy
    from tantivy import Query

    made = Texts()
    texts = [made.text(number) for number in range(articles)]
    words = [str(made.words[place]) for place in (0, 20, 200)]
    database = os.path.join(folder, "fts5.db")
    connection = sqlite3.connect(database, isolation_level=None)
    connection.execute("PRAGMA journal_mode = off")
    connection.execute("CREATE VIRTUAL TABLE texts USING fts5(text, content = '')")
    start = time.process_time()
    connection.execute("BEGIN")
    connection.executemany("INSERT INTO texts(rowid, text) VALUES (?, ?)", enumerate(texts, 1))
    connection.execute("COMMIT")
    fts5_s = time.process_time() - start

    builder = tantivy.SchemaBuilder()
    builder.add_text_field("text")
    schema = builder.build()
    path = os.path.join(folder, "tantivy")
    os.mkdir(path)
    index = tantivy.Index(schema, path=path)
    writer = index.writer(64_000_000, 1)
    start = time.process_time()
    for text in texts:
        document = tantivy.Document()
        document.add_text("text", text)
        writer.add_document(document)
    writer.commit()
    writer.wait_merging_threads()
    tantivy_s = time.process_time() - start
    yield (
        f"{articles:,} texts, FTS5 / Tantivy: build {fts5_s / articles * 1e3:.3f} / "
        f"{tantivy_s / articles * 1e3:.3f} ms each; "
        f"{os.path.getsize(database) / articles:,.0f} / {size_of(path) / articles:,.0f} bytes each"
    )
    index.reload()
    searcher = index.searcher()
    best = "SELECT rowid, rank FROM texts WHERE texts MATCH ? ORDER BY rank LIMIT 20"
    asked = {
        "the most frequent word": (words[0], index.parse_query(words[0], ["text"])),
        "two words": (
            f"{words[1]} AND {words[2]}",
            index.parse_query(f"{words[1]} AND {words[2]}", ["text"]),
        ),
        "a prefix": ("ba*", Query.regex_query(schema, "text", "ba.*")),
    }
    for name, (text, query) in asked.items():
        slow = _median_ms(lambda text=text: connection.execute(best, [text]).fetchall())
        fast = _median_ms(lambda query=query: searcher.search(query, 20))
        yield f"{name}: {slow:.1f} / {fast:.1f} ms"


def size_of(folder: str) -> int:
    """Returns the bytes of all files below a folder."""
    return sum(path.stat().st_size for path in Path(folder).rglob("*") if path.is_file())


if __name__ == "__main__":
    main()
