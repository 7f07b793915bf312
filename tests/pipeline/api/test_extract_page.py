"""`feedlake.extract`: one page, without a lake."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
from conftest import PROJECT, read_rows

import feedlake

LIGHTHOUSE = (PROJECT / "seeds" / "html" / "lighthouse-library.html").read_bytes()

# A regular expression that looks for the end of each bracket, in trafilatura; and no prose.
SLOW = "".join(f"<p>{number}</p>" for number in range(95_000))
"""Takes 5.5 s of CPU (measured 2026-11), and has no prose."""


def test_page_gives_what_ingest_makes_of_it(seed_lake):
    page = feedlake.extract(LIGHTHOUSE)

    [row] = [
        row
        for row in read_rows(seed_lake, "articles")
        if row["source"].endswith("/lighthouse-library.html")
    ]
    for name in vars(page).keys() - {"reason", "detail", "authors", "tags", "rights"}:
        assert getattr(page, name) == row[name], name
    assert list(page.authors) == row["authors"]
    assert list(page.tags) == row["tags"]
    assert [vars(one) for one in page.rights] == row["rights"]
    assert page
    assert page.reason is None
    assert page.published_at == datetime(2026, 3, 14, 7, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("html", "reason"),
    [
        ("", "empty"),
        (b" \n", "empty"),
        ("<p>Short.</p>", "too_short"),
        ("<html><body><script>1</script></body></html>", "no_main_text"),
        (b"\x00\x01\x02\x03\x04" * 100, "binary"),
        ("<p>" + "x" * (11 << 20), "too_large"),
    ],
)
def test_page_without_an_article_says_why(html, reason):
    page = feedlake.extract(html, url="https://example.org/a")
    assert not page
    assert (page.text, page.reason) == (None, reason)


def test_address_and_character_set_count():
    text = "<p>" + "Das große Tor ist öffentlich zugänglich. " * 10
    page = feedlake.extract(
        text.encode("iso-8859-1"), url="https://Example.org/tor?utm_source=x", charset="iso-8859-1"
    )
    assert page.text is not None
    assert page.text.startswith("Das große Tor")
    assert page.canonical_url == "https://example.org/tor"
    assert (page.site, page.language) == ("example.org", "de")


def test_options_count_and_are_checked():
    html = "<p>The ferry left at noon, and the whole town waved.</p>"
    assert not feedlake.extract(html)
    assert feedlake.extract(html, min_chars=10).word_count == 10
    with pytest.raises(feedlake.UsageError, match="extraction: much: must be one of fast"):
        feedlake.extract(html, extraction="much")
    with pytest.raises(TypeError, match="'minimum'"):
        feedlake.extract(html, minimum=1)


def test_page_that_passes_a_limit_says_so_and_the_next_one_is_read():
    page = feedlake.extract(SLOW, timeout=1)
    assert not page
    assert page.reason == "timeout"
    assert "bytes of HTML" in (page.detail or "")
    assert feedlake.extract(LIGHTHOUSE, timeout=1)


def test_threads_may_extract_at_once():
    with ThreadPoolExecutor(4) as pool:
        pages = list(pool.map(feedlake.extract, [LIGHTHOUSE] * 12))
    assert {page.word_count for page in pages} == {240}


def test_forked_process_extracts_too():
    code = (
        "import os, sys, feedlake\n"
        "page = '<p>' + 'The ferry was late. ' * 30\n"
        "assert feedlake.extract(page)\n"
        "child = os.fork()\n"
        "if child == 0: os._exit(feedlake.extract(page).word_count)\n"
        "assert feedlake.extract(page)\n"
        "print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("120\n", "")


def test_child_stays_for_the_next_page():
    feedlake.extract(LIGHTHOUSE)
    before = descendants(os.getpid())
    assert before
    for _ in range(5):
        feedlake.extract(LIGHTHOUSE)
    assert descendants(os.getpid()) == before


def descendants(process: int) -> set[int]:
    children = {
        int(child)
        for task in Path(f"/proc/{process}/task").iterdir()
        for child in (task / "children").read_text().split()
    }
    return children.union(*map(descendants, children))
