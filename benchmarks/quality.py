"""Text quality and cost of feedlake's extraction against trafilatura's own, on pages with truth.

    python benchmarks/quality.py PAGES_DIR TRUTH_JSON [PAGES_DIR TRUTH_JSON…]

The pages are `PAGES_DIR/<id>.html.gz`, the truth is `{"<id>": {"articleBody": …, "url": …}}`: the
format of https://github.com/scrapinghub/article-extraction-benchmark, whose measure is used too.

Each round is a process that has read no page yet, and reads each once: what is remembered of a page
would make it cheaper the next time.
"""

from __future__ import annotations

import argparse
import gzip
import json
import logging
import re
from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import mean, median
from time import process_time
from typing import NamedTuple

import trafilatura

from feedlake.transforms.extract.extract_document import ExtractOptions, extract_document
from feedlake.transforms.normalize.charset import decode_body
from feedlake.transforms.normalize.dates import date_from_url
from feedlake.transforms.normalize.urls import canonicalize_url
from feedlake.transforms.records.documents import Article, Document

SHINGLE_TOKENS = 4
ROUNDS = 3
OPTIONS = ExtractOptions(read_at=datetime.now(UTC), min_chars=0, earliest_date=date(1990, 1, 1))


class Page(NamedTuple):
    """One page with its truth."""

    name: str
    body: bytes
    text: str
    url: str


class Score(NamedTuple):
    """Precision, recall and their harmonic mean, each page weighing the same."""

    precision: float
    recall: float
    f1: float


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    add_sets(parser)
    arguments = parser.parse_args()
    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    pages = read_sets(arguments.sets)
    extractors: dict[str, Callable[[Page], str]] = {
        "trafilatura, its defaults": lambda page: (
            trafilatura.extract(decode_body(page.body, is_html=True)) or ""
        ),
        "trafilatura, no comments": lambda page: (
            trafilatura.extract(decode_body(page.body, is_html=True), include_comments=False) or ""
        ),
        "trafilatura, bare loop with metadata": _bare_extraction,
        "feedlake": lambda page: _text(_article(page)),
    }
    print(f"{len(pages)} pages; CPU: median of {ROUNDS} rounds over all pages")
    texts, costs_s = measure(extractors, pages)
    reference_s = costs_s["trafilatura, bare loop with metadata"]
    print(f"{'':38}{'F1':>6}{'P':>7}{'R':>7}{'ms/page':>9}{'CPU':>6}")
    for name, found in texts.items():
        score = score_texts([(page.text, text) for page, text in zip(pages, found, strict=True)])
        milliseconds = 1000 * costs_s[name] / len(pages)
        numbers = "".join(f"{value:7.4f}" for value in (score.f1, score.precision, score.recall))
        print(f"{name:37}{numbers}{milliseconds:8.1f}{costs_s[name] / reference_s:6.2f}")
    print_metadata(pages)


def add_sets(parser: argparse.ArgumentParser) -> None:
    """Has the parser take pairs of folder and truth, as `read_sets` does."""
    words = "folder of <id>.html.gz, and its JSON object: id to articleBody and url; or more pairs"
    parser.add_argument("sets", nargs="+", type=Path, metavar="PAGES TRUTH", help=words)


def read_sets(paths: list[Path]) -> list[Page]:
    """The pages of one folder after the other; each folder is followed by its truth."""
    if len(paths) % 2:
        raise SystemExit("give a folder of pages and its truth, or more such pairs")
    pairs = zip(paths[::2], paths[1::2], strict=True)
    return [page for folder, truth in pairs for page in read_pages(folder, truth)]


def read_pages(folder: Path, truth: Path) -> list[Page]:
    """The pages in the order of their ids."""
    records = json.loads(truth.read_text(encoding="utf-8"))
    return [
        Page(
            name,
            gzip.decompress((folder / f"{name}.html.gz").read_bytes()),
            record["articleBody"],
            record["url"],
        )
        for name, record in sorted(records.items())
    ]


def measure(
    extractors: dict[str, Callable[[Page], str]], pages: list[Page]
) -> tuple[dict[str, list[str]], dict[str, float]]:
    """Each extractor's texts, and its CPU seconds for all pages: median of the rounds.

    The extractors take turns page by page, so that a machine that speeds up or slows down
    does so for all of them.
    """
    rounds_s: dict[str, list[float]] = {name: [] for name in extractors}
    texts: dict[str, list[str]] = {}
    fork = get_context("fork")
    for _ in range(ROUNDS):
        receiving, sending = fork.Pipe(duplex=False)
        child = fork.Process(target=_read_once, args=(extractors, pages, sending))
        child.start()
        sending.close()  # So that a child that ends without an answer ends the wait for it.
        texts, spent_s = receiving.recv()
        child.join()
        for name, seconds in spent_s.items():
            rounds_s[name].append(seconds)
    return texts, {name: median(seconds) for name, seconds in rounds_s.items()}


def _read_once(
    extractors: dict[str, Callable[[Page], str]], pages: list[Page], answers: Connection
) -> None:
    spent_s = dict.fromkeys(extractors, 0.0)
    texts: dict[str, list[str]] = {name: [] for name in extractors}
    for page in pages:
        for name, extract in extractors.items():
            started_s = process_time()
            texts[name].append(extract(page))
            spent_s[name] += process_time() - started_s
    answers.send((texts, spent_s))


def score_texts(pairs: list[tuple[str, str]]) -> Score:
    """The score of (true text, found text) pairs by shingles of four words, counted.

    A page's precision counts if it has a found text, its recall if it has a true one.
    """
    precisions: list[float] = []
    recalls: list[float] = []
    for truth, found in pairs:
        true_shingles, found_shingles = _shingles(truth), _shingles(found)
        shared = (true_shingles & found_shingles).total()
        if found_shingles:
            precisions.append(shared / found_shingles.total())
        if true_shingles:
            recalls.append(shared / true_shingles.total())
    precision, recall = mean(precisions), mean(recalls)
    return Score(precision, recall, 2 * precision * recall / (precision + recall))


def _shingles(text: str) -> Counter[tuple[str, ...]]:
    """Runs of four words with their counts; a shorter text is one shingle."""
    tokens = re.findall(r"\w+", text)
    starts = range(max(1, len(tokens) - SHINGLE_TOKENS + 1))
    return Counter(tuple(tokens[start : start + SHINGLE_TOKENS]) for start in starts if tokens)


def print_metadata(pages: list[Page]) -> None:
    """Prints how much is found beside the text, and how far it agrees with the address.

    The page is read without its address, so what it says of itself is measured.
    """
    articles = [(page, article) for page in pages if (article := _article(page)) is not None]
    known = [(page, article) for page, article in articles if article.canonical_url]
    right = sum(article.canonical_url == canonicalize_url(page.url) for page, article in known)
    print(f"canonical URL: {len(known)} found, {right} of them as in the truth")
    dated = [
        (day, article)
        for page, article in articles
        if (day := date_from_url(page.url)) is not None and article.published_at
    ]
    gaps = Counter(
        abs((article.published_at.date() - day).days)
        for day, article in dated
        if article.published_at
    )
    print(
        f"date: {sum(article.published_at is not None for _, article in articles)} found; of "
        f"{len(dated)} with a day in the address {gaps[0]} on that day, {gaps[1]} next to it (UTC)"
    )
    for name in ("title", "authors", "site_name", "image_url", "excerpt", "tags", "updated_at"):
        print(f"{name}: {sum(bool(getattr(article, name)) for _, article in articles)} found")


def _article(page: Page) -> Article | None:
    document = Document(
        page.name, source_kind="html", body=page.body, is_html=True, text_source="page"
    )
    outcome = extract_document(document, OPTIONS)
    return outcome if isinstance(outcome, Article) else None


def _text(article: Article | None) -> str:
    return article.text if article is not None else ""


def _bare_extraction(page: Page) -> str:
    found = trafilatura.bare_extraction(
        decode_body(page.body, is_html=True), with_metadata=True, include_comments=False
    )
    return "" if found is None or isinstance(found, dict) else found.text or ""


if __name__ == "__main__":
    main()
