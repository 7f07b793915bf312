"""Reading a WARC archive shaped like one of CC-NEWS against bare FastWARC, in CPU seconds.

    PYTHONPATH=. python benchmarks/warc.py [--records 3000] [--rounds 5]

Each capture is three records, each a gzip member of its own: request, response, metadata. The
pages are made up, 50 to 200 kB of HTML. feedlake reads and filters the file (`read_source`), and
extracts nothing. The bare loop asks FastWARC for the response records only, has it parse their HTTP
headers, and reads each payload; it filters and checks nothing. Both read the same file from the
page cache, in turns and in one process. A figure is the median of the rounds.
"""

from __future__ import annotations

import argparse
import base64
import gzip
import hashlib
import random
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from uuid import UUID

from fastwarc.warc import ArchiveIterator, WarcRecordType

from feedlake.transforms.process.sandbox import Limits, Sandbox
from feedlake.transforms.read.read_sources import ReadOptions, read_source
from feedlake.transforms.records.documents import Document, Rejection, SourceFile

_SYLLABLES = [a + b for a in "bdfgklmnprstvz" for b in ("a", "e", "i", "o", "u", "ar", "en", "ost")]
_TYPES = (
    "text/html; charset=utf-8",
    "text/html;charset=UTF-8",
    "text/html",
    "TEXT/HTML; charset=iso-8859-1",
    "application/xhtml+xml; charset=utf-8",
)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--records", type=int, default=3_000, help="about how many, of all kinds")
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "news.warc.gz")
        html_bytes = write_archive(path, captures=given.records // 3)
        kinds = count_items(path)
        print(
            f"archive: {path.stat().st_size / 1e6:.0f} MB, {html_bytes / 1e6:.0f} MB of HTML; "
            + ", ".join(f"{count} {kind}" for kind, count in kinds.most_common())
        )
        loops: dict[str, Callable[[Path], int]] = {
            "feedlake": read_with_feedlake,
            "bare": read_bare,
            "headers": read_headers,
        }
        costs_s: dict[str, list[float]] = {name: [] for name in loops}
        for _ in range(given.rounds):
            for name, loop in loops.items():
                costs_s[name].append(cpu_seconds(loop, path))
    pages = kinds["pages"]
    ratios = [b / f for f, b in zip(costs_s["feedlake"], costs_s["bare"], strict=True)]
    rates = {name: pages / median(costs) for name, costs in costs_s.items()}
    print(
        f"reading a WARC: {rates['feedlake']:.0f} pages per CPU-second, bare FastWARC "
        f"{rates['bare']:.0f}: {median(ratios):.2f} of its rate "
        f"({', '.join(f'{ratio:.2f}' for ratio in sorted(ratios))})"
    )
    print(f"bare FastWARC without reading the bodies: {rates['headers']:.0f} pages per CPU-second")


def read_with_feedlake(path: Path) -> int:
    """Returns how many bytes of pages there are."""
    return sum(len(item.body) for item in read_items(path) if isinstance(item, Document))


def read_items(path: Path) -> Iterator[object]:
    file = SourceFile(str(path), size_bytes=path.stat().st_size)
    sandbox = Sandbox[None](workers=1, limits=Limits())  # Only feeds make it start a process.
    return read_source(file, options=ReadOptions(), sandbox=sandbox)


def read_bare(path: Path) -> int:
    """Returns how many bytes the payloads of all responses have."""
    with path.open("rb") as stream:
        records = ArchiveIterator(stream, record_types=WarcRecordType.response, parse_http=True)
        return sum(len(record.reader.read()) for record in records)


def read_headers(path: Path) -> int:
    """Returns how many responses there are; FastWARC passes over their payloads."""
    with path.open("rb") as stream:
        records = ArchiveIterator(stream, record_types=WarcRecordType.response, parse_http=True)
        return sum(1 for _ in records)


def cpu_seconds(loop: Callable[[Path], int], path: Path) -> float:
    started_s = time.process_time()
    loop(path)
    return time.process_time() - started_s


def count_items(path: Path) -> Counter[str]:
    """Returns how many pages there are, and how many records were skipped for each reason."""
    kinds = Counter[str]()
    for item in read_items(path):
        if isinstance(item, Document):
            kinds["pages"] += 1
        elif isinstance(item, Rejection):
            kinds["rejected"] += 1
        else:
            kinds.update(dict(item.skipped))  # type: ignore[attr-defined]
    return kinds


def write_archive(path: Path, *, captures: int) -> int:
    """Writes the archive; returns how many bytes of HTML its pages have."""
    chance = random.Random(captures)
    words = [
        "".join(chance.choices(_SYLLABLES, k=chance.choice((1, 2, 2, 3)))) for _ in range(9000)
    ]
    html_bytes = 0
    with path.open("wb") as file:
        info = b"software: made up\r\nformat: WARC File Format 1.0\r\n"
        file.write(record(chance, 0, "warcinfo", info, content_type="application/warc-fields"))
        for number in range(captures):
            uri = f"https://paper{number % 97}.example/news/{number}/{'-'.join(words[:4])}"
            content, size = response(chance, number, words)
            html_bytes += size
            asked = (
                f"GET /news/{number} HTTP/1.1\r\nHost: paper{number % 97}.example\r\n"
                "User-Agent: made-up/1.0\r\nAccept-Encoding: gzip\r\n\r\n"
            )
            http = "application/http; msgtype="
            notes = f"fetchTimeMs: {chance.randrange(900)}\r\ncharset-detected: UTF-8\r\n"
            for kind, body, content_type in (
                ("request", asked.encode(), f"{http}request"),
                ("response", content, f"{http}response"),
                ("metadata", notes.encode(), "application/warc-fields"),
            ):
                file.write(record(chance, number, kind, body, content_type=content_type, uri=uri))
    return html_bytes


def record(
    chance: random.Random,
    number: int,
    kind: str,
    content: bytes,
    *,
    content_type: str,
    uri: str | None = None,
    payload_type: str | None = None,
) -> bytes:
    """Returns a record as a gzip member."""
    digest = base64.b32encode(hashlib.sha1(content, usedforsecurity=False).digest()).decode()
    date = f"2026-11-03T08:{number // 60 % 60:02}:{number % 60:02}Z"
    head = (
        f"WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Date: {date}\r\n"
        f"WARC-Record-ID: <urn:uuid:{UUID(int=chance.getrandbits(128), version=4)}>\r\n"
        f"Content-Length: {len(content)}\r\nContent-Type: {content_type}\r\n"
    )
    if uri:
        head += (
            f"WARC-Warcinfo-ID: <urn:uuid:{UUID(int=1)}>\r\nWARC-Target-URI: {uri}\r\n"
            f"WARC-IP-Address: 192.0.2.{number % 250}\r\nWARC-Block-Digest: sha1:{digest}\r\n"
        )
    if payload_type:
        head += f"WARC-Identified-Payload-Type: {payload_type}\r\n"
    return gzip.compress(f"{head}\r\n".encode() + content + b"\r\n\r\n", 6, mtime=0)


def response(chance: random.Random, number: int, words: list[str]) -> tuple[bytes, int]:
    """Returns an HTTP response and how many bytes of HTML it has if it is a page.

    The shares are assumed: of 100 captures 85 pages, 5 redirects, 4 pages that are not there,
    3 images, 2 of JSON, 1 feed.
    """
    share = number % 100
    if share < 85:
        body = page(chance, words)
        # CC-NEWS stores payloads decoded, and renames the header that said how they were encoded.
        extra = f"X-Crawl-Content-Encoding: gzip\r\nX-Crawl-Content-Length: {len(body) // 5}\r\n"
        return http(chance, "200 OK", _TYPES[number % len(_TYPES)], body, extra), len(body)
    if share < 90:
        moved = f"Location: https://paper{number % 97}.example/moved/{number}\r\n"
        return http(chance, "301 Moved Permanently", "text/html", b"<html>moved</html>", moved), 0
    if share < 94:
        return http(chance, "404 Not Found", _TYPES[0], page(chance, words)[:6_000]), 0
    if share < 97:
        return http(chance, "200 OK", "image/jpeg", b"\xff\xd8\xff" + chance.randbytes(40_000)), 0
    if share < 99:
        listed = ",".join(f'"{word}"' for word in chance.choices(words, k=3_000))
        return http(chance, "200 OK", "application/json", f"[{listed}]".encode()), 0
    items = "".join(f"<item><title>{word}</title></item>" for word in chance.choices(words, k=500))
    return http(chance, "200 OK", "application/rss+xml", f"<rss>{items}</rss>".encode()), 0


def http(
    chance: random.Random, status: str, content_type: str, body: bytes, extra: str = ""
) -> bytes:
    head = (
        f"HTTP/1.1 {status}\r\nDate: Tue, 03 Nov 2026 08:00:00 GMT\r\nServer: nginx\r\n"
        f"Content-Type: {content_type}\r\nContent-Length: {len(body)}\r\nConnection: keep-alive\r\n"
        f"Vary: Accept-Encoding\r\nCache-Control: public, max-age={chance.randrange(900)}\r\n"
        f'ETag: W/"{chance.getrandbits(64):x}"\r\nX-Cache: HIT, MISS\r\n{extra}\r\n'
    )
    return head.encode() + body


def page(chance: random.Random, words: list[str]) -> bytes:
    """Returns 50 to 200 kB of HTML: a head with a script, a menu, text, teasers.

    A page keeps to 500 of the words, so that gzip makes it 4.4 times smaller. The median of the 181
    pages of the article extraction benchmark is 4.5 (measured November 2026).
    """
    words = chance.sample(words, 500)
    size = chance.randrange(50_000, 200_000)
    settings = ",".join(
        f'"{word}":{chance.randrange(10**6)}' for word in chance.choices(words, k=300)
    )
    parts = [
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">'
        f"<title>{' '.join(chance.choices(words, k=8))}</title>"
        f"<script>window.settings={{{settings}}};</script></head><body><nav><ul>"
    ]
    for word in chance.choices(words, k=80):
        parts.append(
            f'<li class="menu-item menu-item-{len(parts)}"><a href="/{word}">{word}</a></li>'
        )
    parts.append("</ul></nav><article>")
    length = sum(map(len, parts))
    while length < size:
        text = " ".join(chance.choices(words, k=chance.randrange(20, 70)))
        word = chance.choice(words)
        part = (
            f'<p class="article__paragraph">{text.capitalize()}.</p>\n'
            f'<div class="teaser teaser--small"><a class="teaser__link" href="/news/{word}">'
            f'<img class="teaser__image" loading="lazy" src="/images/{word}.jpg" alt="{word}">'
            f'<span class="teaser__title">{word}</span></a></div>\n'
        )
        parts.append(part)
        length += len(part)
    parts.append("</article></body></html>")
    return "".join(parts).encode()


if __name__ == "__main__":
    main()
