"""What the tests on Prism and Flink run: sources, the command in a process of its own, feeds."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import engine_cache
import pytest
from articles import prose
from conftest import PROJECT, content_of, read_rows
from crawling import gaps
from feed_sites import Feed
from internet import Internet, Reply

DELAY_S = 0.2
"""How long a host is left alone between two requests in these tests."""

_SLACK_S = 0.02


def need(engine: str) -> None:
    """Skips the tests of an engine that is not asked for or cannot be had, and builds it else."""
    if os.environ.get("FEEDLAKE_RUNNER") != engine:
        pytest.skip(f"make {engine}-test runs it")
    if reason := engine_cache.why_not(engine):
        pytest.skip(reason)
    engine_cache.build(engine)


def write_corpus(folder: Path, *, texts: int, pages: int) -> Path:
    """Makes a folder of made-up texts and pages; some are copies, near-copies and too short."""
    folder.mkdir()
    for number in range(texts):
        of = number - 1 if number % 10 == 9 else number  # Each tenth repeats the one before.
        changed = (7,) if number % 10 == 5 else ()
        text = "Short." if number % 25 == 24 else prose(of, changed=changed)
        (folder / f"{number:04}.txt").write_text(f"date 2019-01-23\n{text}\n", encoding="utf-8")
    for number in range(pages):
        paragraphs = "".join(f"<p>{part}</p>" for part in prose(10_000 + number).split("\n\n"))
        (folder / f"{number:04}.html").write_text(
            f"<html lang=en><head><title>Story {number}</title>"
            f"<meta property='article:published_time' content='2019-02-0{number % 9 + 1}T08:00Z'>"
            f"</head><body><article>{paragraphs}</article></body></html>",
            encoding="utf-8",
        )
    return folder


def start(lake: Path, sources: Sequence[object], flags: Sequence[str]) -> subprocess.Popen[str]:
    """Starts `feedlake ingest` in a process of its own."""
    words = ("ingest", *sources, "--lake", lake, "--workers", "1", "--json", *flags)
    return subprocess.Popen(
        [sys.executable, "-m", "feedlake", *map(str, words)],
        cwd=PROJECT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(process: subprocess.Popen[str], *, within_s: float = 300.0) -> dict[str, Any]:
    """Returns the account of a run that has to end well."""
    try:
        out, err = process.communicate(timeout=within_s)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 0, err
    account: dict[str, Any] = json.loads(out)
    return account


def ingest(lake: Path, sources: Sequence[object], flags: Sequence[str] = ()) -> dict[str, Any]:
    """Runs the command to its end, and returns its account."""
    return finish(start(lake, sources, flags))


def added(account: dict[str, Any]) -> dict[str, int]:
    """Returns how many rows a run has added."""
    tables = ("articles", "revisions", "duplicates", "rejects")
    return {name: account[name] for name in tables if account[name]}


def check_same(lake: Path, local: Path) -> None:
    """Asserts that two lakes of files are equal, row for row."""
    there, here = content_of(lake), content_of(local)
    for table, rows in here.items():
        assert there[table] == rows, table
    assert len(here["articles"]) > 20


def open_feeds(net: Internet, *, sites: int = 6, entries: int = 4) -> list[str]:
    """Adds sites with feeds, half of whose entries lead to another site; returns the addresses."""
    made = [net.add_site() for _ in range(sites)]
    feeds = []
    for number, site in enumerate(made):
        feed = Feed(site, [f"story-{number}-{place}" for place in range(entries)])
        for place in range(0, entries, 2):
            # The page itself is at the next site, which another worker may be asking.
            name = f"/story-{number}-{place}"
            target = made[(number + 1) % sites]
            target.add(f"/moved{name}", site.routes[name][0])
            where = target.url(f"/moved{name}", by_address=True)
            site.add(name, Reply(status=302, headers={"Location": where}))
        feeds.append(feed.url)
    return feeds


def feed_rows(lake: Path) -> dict[str, list[Any]]:
    """Returns of the articles of feeds what does not depend on when they were read."""
    names = ("canonical_url", "url", "title", "text_sha256", "source", "text_source", "article_id")
    tables = ("articles", "revisions", "duplicates", "rejects")
    return {
        table: sorted(repr([row.get(name) for name in names]) for row in read_rows(lake, table))
        for table in tables
    }


def check_pace(net: Internet) -> None:
    """Asserts that no site was asked sooner than `DELAY_S` after the request before."""
    for site in net.sites:
        shortest = min(gaps(site.requests), default=DELAY_S)
        assert shortest >= DELAY_S - _SLACK_S, (site.address, shortest, site.asked())
        assert site.most_at_once == 1
