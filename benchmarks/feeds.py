"""Time to read feeds, as a share of what feedparser takes with its default settings.

    python benchmarks/feeds.py [FOLDER]

Feeds of about 200 kB are made of random words: RSS 2.0 and Atom with whole articles as HTML, and
RSS with a title, a link and a date only, the worst case, for feedparser has nothing to clean there.
FOLDER may hold feeds of your own. Both read the same bytes in turns; each figure is the median of
five rounds. feedparser stops at its dictionary; feedlake goes on to documents, with plain texts.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from html import escape
from io import BytesIO
from pathlib import Path
from statistics import median
from time import process_time

import feedparser

from feedlake.transforms.feeds.parse_feed import read_feed

SIZE_BYTES, ROUNDS = 200_000, 5
NOON = datetime(2019, 1, 23, 12, tzinfo=UTC)
VOCABULARY = [a + b + c for a in "bdfgklmnprst" for b in "aeiou" for c in ("n", "ra", "st", "lo")]
NAMESPACES = (
    'xmlns:content="http://purl.org/rss/1.0/modules/content/" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/"'
)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path, nargs="?")
    given = parser.parse_args()
    for name, body in [*made(), *(found(given.folder) if given.folder else ())]:
        ours, theirs = compare(body)
        share = f"{ours / theirs:.0%}" if theirs else "-"
        print(
            f"{name:48} {len(body):>9,} bytes {ours:7.1f} ms, feedparser {theirs:7.1f} ms: {share}"
        )


def made() -> Iterator[tuple[str, bytes]]:
    dice = random.Random(20190123)
    kinds = {
        "RSS, full content": rss_item,
        "Atom, full content": atom_entry,
        "RSS, bare": bare_item,
    }
    for name, entry in kinds.items():
        entries: list[str] = []
        size = 0
        while size < SIZE_BYTES:
            entries.append(entry(dice, len(entries)))
            size += len(entries[-1])
        yield name, frame(entries, is_atom=entry is atom_entry)


def found(folder: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(folder.iterdir()):
        if path.suffix != ".json":  # which feedparser does not read
            yield path.name, path.read_bytes()


def compare(body: bytes) -> tuple[float, float]:
    """Returns CPU milliseconds of feedlake and of feedparser."""
    ours, theirs = [], []
    for _ in range(ROUNDS):
        ours.append(cpu_ms(lambda: read_feed(body, source="feed.xml")))
        theirs.append(cpu_ms(lambda: feedparser.parse(BytesIO(body))))
    return median(ours), median(theirs)


def cpu_ms(call: Callable[[], object]) -> float:
    start = process_time()
    call()
    return 1000 * (process_time() - start)


def frame(entries: list[str], *, is_atom: bool) -> bytes:
    inside = "".join(entries)
    if is_atom:
        feed = f'<feed xmlns="http://www.w3.org/2005/Atom"><title>Harbour</title>{inside}</feed>'
    else:
        feed = (
            f'<rss version="2.0" {NAMESPACES}><channel><title>Harbour</title>'
            f"<link>https://example.org/</link>{inside}</channel></rss>"
        )
    return f'<?xml version="1.0" encoding="utf-8"?>{feed}'.encode()


def rss_item(dice: random.Random, number: int) -> str:
    return (
        f"<item>{bare_fields(dice, number)}<dc:creator>{words(dice, 2)}</dc:creator>"
        f"<category>{words(dice, 1)}</category><description>{words(dice, 40)}</description>"
        f"<content:encoded><![CDATA[{article(dice)}]]></content:encoded></item>"
    )


def bare_item(dice: random.Random, number: int) -> str:
    return f"<item>{bare_fields(dice, number)}</item>"


def bare_fields(dice: random.Random, number: int) -> str:
    date = format_datetime(NOON - timedelta(hours=number))
    return (
        f"<title>{words(dice, 8)}</title><link>https://example.org/{number}</link>"
        f"<guid>https://example.org/{number}</guid><pubDate>{date}</pubDate>"
    )


def atom_entry(dice: random.Random, number: int) -> str:
    date = (NOON - timedelta(hours=number)).isoformat()
    return (
        f"<entry><title>{words(dice, 8)}</title><id>tag:example.org,2019:{number}</id>"
        f'<link href="https://example.org/{number}"/><updated>{date}</updated>'
        f"<author><name>{words(dice, 2)}</name></author><summary>{words(dice, 40)}</summary>"
        f'<content type="html">{escape(article(dice))}</content></entry>'
    )


def article(dice: random.Random) -> str:
    return "".join(
        f'<p class="text">{words(dice, 30)} <a href="/{n}?a=1&amp;b=2">{words(dice, 3)}</a>, '
        f'<em>{words(dice, 2)}</em> {words(dice, 30)}.</p><img src="/{n}.jpg" alt="" />'
        for n in range(8)
    )


def words(dice: random.Random, number: int) -> str:
    return " ".join(dice.choices(VOCABULARY, k=number)).capitalize()


if __name__ == "__main__":
    main()
