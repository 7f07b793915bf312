"""A service that is killed at random, on an internet whose news are known: all of it, and once."""

from __future__ import annotations

import random
import sys
import time
from pathlib import Path

from conftest import PROJECT
from forks import Forks

import feedlake
from feedlake.pipeline.lake.lake import Lake
from feedlake.pipeline.upkeep.verify import verify

sys.path.insert(0, str(PROJECT / "benchmarks"))
from simulated_internet import (
    ROWS_SQL,
    Impolite,
    Row,
    Server,
    Size,
    find_doubled,
    find_impolite,
    find_missing,
    make_up,
)

SIZE = Size(feeds=22, hosts=20, length_s=8.0, per_hour=20.0, stock=1, backlog=8, minute_s=1.0)
"""Host 9 answers slowly, and of host 19 some pages never come."""

DELAY_S = 0.2
COMMON = (
    *("--allow-network", "127.0.0.0/8", "--min-interval", "1s", "--quiet", "--enrich", "none"),
)


def rows_of(lake: Path) -> list[Row]:
    if not (lake / "_journal").is_dir():
        return []
    with feedlake.open(str(lake)) as opened:
        return [Row(*row) for row in opened.sql(ROWS_SQL).fetchall()]


def wait_for_more(lake: Path) -> None:
    """Returns when the lake holds more; beside a page that hangs, within some seconds."""
    before, until_s = len(rows_of(lake)), time.monotonic() + 90.0
    while len(rows_of(lake)) <= before:
        assert time.monotonic() < until_s, "nothing is published while something hangs"
        time.sleep(0.4)


def test_service_that_is_killed_loses_doubles_and_hurries_nothing(forks: Forks, tmp_path: Path):
    lake, listed = tmp_path / "lake", tmp_path / "feeds.txt"
    dice, killed = random.Random(20190123), []
    world = make_up(SIZE)

    with Server(SIZE, tmp_path / "requests.jsonl") as server:
        end_s = server.began_s + SIZE.length_s
        urls = [world.feed_url(feed, port=server.port) for feed in range(SIZE.feeds)]
        listed.write_text("\n".join(urls))
        given = (listed, "--lake", lake, *COMMON)
        polite = ("--host-delay", f"{DELAY_S}s", "--every", "1s")
        wait_for = [lambda: wait_for_more(lake), lambda: time.sleep(dice.uniform(0.2, 2.0))]
        while len(killed) < 4 or time.time() < end_s:
            ended = forks.end("schedule", *given, *polite, until=wait_for[len(killed) % 2])
            assert ended.code == -9
            killed.append(time.time())
        asked = server.asked()
        server.heal()
        for _ in range(4):
            forks.run("ingest", *given, "--host-delay", "0s")
            with feedlake.open(str(lake)) as opened:
                if opened.sql("SELECT count(*) FROM waiting").fetchall() == [(0,)]:
                    break

    rows = rows_of(lake)
    assert len(world.items) > 60
    assert find_missing(world, rows, port=server.port) == []
    assert find_doubled(world, rows, port=server.port) == []
    assert len(asked) > 60
    assert find_impolite(asked, delay_s=DELAY_S - 0.02, killed=killed) == Impolite(0, 0)
    assert verify(Lake(str(lake))) == []
    assert not list(lake.glob("_staging/*"))
