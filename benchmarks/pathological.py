"""Pages made to keep an extractor busy: each must end within the limits, and the run with them.

    python benchmarks/pathological.py [--timeout 20] [--only WORD]

Each page is read by `feedlake ingest` beside a good one; printed is what became of it.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pyarrow.dataset as ds

PROSE = "The council met on Monday and agreed, after a long debate, to repair the old bridge. "
GOOD = "".join(f"<p>{number}. {PROSE * 3}</p>" for number in range(8))


def page(body: str, *, head: str = "") -> str:
    """A page with a title and good text, in which something is wrong."""
    return f"<html><head><title>The bridge</title>{head}</head><body>{body}</body></html>"


def _json_ld(content: str) -> str:
    return page(GOOD, head=f'<script type="application/ld+json">{content}</script>')


PAGES: dict[str, Callable[[], str]] = {
    "90,000 paragraphs": lambda: page("<p>" + "word " * 20 + "</p>" * 90_000),
    "90,000 long paragraphs": lambda: page(("<p>" + "word " * 20 + "</p>") * 90_000),
    "90,000 empty paragraphs": lambda: page(GOOD + "<p></p>" * 90_000),
    "50,000 spans in one paragraph": lambda: page(
        GOOD + "<p>" + "<span>word </span>" * 50_000 + "</p>"
    ),
    "table of 200,000 cells": lambda: page(
        GOOD + "<table>" + ("<tr>" + "<td>cell</td>" * 20 + "</tr>") * 10_000 + "</table>"
    ),
    "100,000 nested tags": lambda: page("<div>" * 100_000 + GOOD),
    "2,000 nested tags": lambda: page("<div>" * 2_000 + GOOD),
    "word of 9 MB": lambda: page(GOOD + "<p>" + "a" * 9_000_000 + "</p>"),
    "200,000 line breaks": lambda: page(GOOD + "<p>" + "line<br>" * 200_000 + "</p>"),
    "20,000 unclosed paragraphs": lambda: page(GOOD + "<p><b>word " * 20_000),
    "100,000 links": lambda: page(GOOD + '<a href="/x">link</a> ' * 100_000),
    "100,000 attributes": lambda: page(
        GOOD + "<div " + " ".join(f"a{number}=1" for number in range(100_000)) + ">x</div>"
    ),
    "250,000 attributes": lambda: page(
        GOOD + "<div " + " ".join(f"a{number}=1" for number in range(250_000)) + ">x</div>"
    ),
    "meta tag of 1 MB of <": lambda: page(
        GOOD, head=f'<meta name="description" content="{"<" * 1_000_000}">'
    ),
    "meta tag of 90 kB of <": lambda: page(
        GOOD, head=f'<meta name="author" content="{"<" * 90_000}">'
    ),
    "JSON-LD, unclosed strings": lambda: _json_ld('{"@type":"Article","author":"' * 15_000),
    "JSON-LD, blanks and quotes": lambda: _json_ld('"articleBody" : "' + '\\" ' * 100_000),
    "JSON-LD, nested": lambda: _json_ld('{"@graph":[' * 30_000),
    "JSON-LD of 5 MB": lambda: _json_ld(
        '{"@type":"NewsArticle","headline":"' + "bridge " * 700_000 + '"}'
    ),
    "DiscussionForumPosting, unclosed": lambda: _json_ld('"@type" : [' * 100_000),
    "100,000 list items": lambda: page(GOOD + "<ul>" + "<li>item</li>" * 100_000 + "</ul>"),
    "10,000 articles": lambda: page("<article><p>word</p></article>" * 10_000),
    "30,000 headings": lambda: page(GOOD + "<h2>heading</h2>" * 30_000),
    "comments of 5 MB": lambda: page(GOOD + "<!-- x -->" * 500_000),
    "unclosed comment": lambda: page(GOOD + "<!--" + "x" * 5_000_000),
    "scripts": lambda: page(GOOD + "<script>if (a<b) {}</script>" * 40_000),
    "entities": lambda: page(GOOD + "<p>" + "&amp;" * 1_500_000 + "</p>"),
    "byline of 500 kB": lambda: page(
        GOOD, head=f'<meta name="author" content="{"By a, " * 90_000}">'
    ),
    "class of 1 MB": lambda: page(
        f'<div class="{"post-content " * 75_000}">' + GOOD.replace("old", "new") + "</div>"
    ),
    "40,000 forms": lambda: page(GOOD + "<form><input></form>" * 40_000),
    "nested tables": lambda: page("<table><tr><td>" * 5_000 + GOOD),
}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--timeout", type=int, default=20)
    parser.add_argument("--only", default="")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        sources, lake = Path(folder, "pages"), Path(folder, "lake")
        sources.mkdir()
        (sources / "good.html").write_text(page(GOOD))
        names = [name for name in PAGES if arguments.only in name]
        for number, name in enumerate(names):
            # Words of its own, or all would be copies of one.
            own = "".join(f"<p>{number * 37 + k} {PROSE[k:]}{k * number}</p>" for k in range(20))
            html = PAGES[name]().replace("</body>", own + "</body>")
            (sources / f"{number:02}.html").write_text(html)
        started = time.monotonic()
        command = [sys.executable, "-m", "feedlake", "ingest", str(sources), "--lake", str(lake)]
        options = ["--timeout", str(arguments.timeout), "--near-duplicates", "keep"]
        process = subprocess.Popen([*command, *options, "--enrich", "none", "--quiet"])
        _, status, usage = os.wait4(process.pid, 0)
        found: dict[str, str] = {}
        for table in ("articles", "duplicates", "rejects"):
            if Path(lake, table).exists():
                for row in (
                    ds.dataset(Path(lake, table), partitioning="hive").to_table().to_pylist()
                ):
                    found[Path(row["source"]).stem] = _describe(table, row)
        for number, name in enumerate(names):
            print(f"{name:34} {found.get(f'{number:02}', 'LOST')}")
        wall_s = time.monotonic() - started
        print(
            f"exit code {os.waitstatus_to_exitcode(status)}, {wall_s:.0f} s, parent's peak "
            f"{usage.ru_maxrss >> 10} MB, the good page: {found.get('good')}"
        )


def _describe(table: str, row: dict[str, object]) -> str:
    if table == "rejects":
        return f"{row['reason']}: {row['detail']}"[:90]
    text = row["char_count"]
    return f"{table[:-1]} of {text} characters, by {row.get('extractor', 'any')}"


if __name__ == "__main__":
    main()
