"""`feedlake stream` on Prism: killed again and again, it loses and doubles nothing."""

from __future__ import annotations

import json
import os
import random
import signal
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path

import engine_cache
import pytest
from cluster_runs import DELAY_S, check_pace, feed_rows, ingest, need
from conftest import read_rows
from feed_sites import Feed, Item, add_pages, page
from forks import Forks, forking, forks  # noqa: F401  (a fixture)
from internet import Internet

KILLS = 20
SITES = 5
WEB = ("--allow-network", "127.1.0.0/16", "--host-delay", f"{DELAY_S}s", "--enrich", "none")


@pytest.fixture(scope="module")
def flags() -> list[str]:
    need("prism")
    return ["--runner", "PrismRunner", "--", f"--prism_location={engine_cache.prism()}"]


def test_stream_that_is_killed_twenty_times_loses_and_doubles_nothing(
    forks: Forks,  # noqa: F811
    flags: list[str],
    tmp_path: Path,
) -> None:
    lake, chance = tmp_path / "lake", random.Random(22)
    with Internet() as net:
        feeds = [
            Feed(net.add_site(), [f"story-{number}-{place}" for place in range(4)])
            for number in range(SITES)
        ]
        streaming = ("stream", *(feed.url for feed in feeds), "--lake", lake, *WEB)
        options = ("--window", "1s", "--min-interval", "1s", "--workers", "1", "--quiet")
        for kill in range(KILLS):
            feed = feeds[kill % SITES]
            feed.items.insert(0, f"late-{kill}")
            add_pages(feed.site, f"late-{kill}")
            pid = begin(forks, *streaming, *options, *flags)
            time.sleep(chance.uniform(0.2, 1.8))
            prism = children_of(pid, "prism")
            if kill % 4 == 3 and prism:
                os.kill(prism[0], signal.SIGKILL)
                assert ended(forks) == 1
            else:
                by = signal.SIGTERM if kill % 4 == 1 else signal.SIGKILL
                with suppress(ProcessLookupError):
                    os.kill(pid, by)
                # It may not have begun yet, and so dies of either.
                assert ended(forks) in (-signal.SIGKILL, -signal.SIGTERM, 0)
            wait_until_gone(prism)
        pid = begin(forks, *streaming, *options, *flags, said=tmp_path / "said")
        wanted = {item for feed in feeds for item in feed.items}
        net.wait_until(lambda: wanted <= titles(lake))
        changed = feeds[0].items[0]
        feeds[0].site.add(f"/{changed}", page(changed, edition=1))
        feeds[0].items[0] = Item(changed, summary="Other words.")
        net.wait_until(lambda: read_rows(lake, "revisions"))
        os.kill(pid, signal.SIGTERM)
        begun_s = time.monotonic()
        assert ended(forks) == 0
        assert time.monotonic() - begun_s < 10
        assert "Traceback" not in (tmp_path / "said").read_text()
        check_pace(net)

        assert Counter(row["title"] for row in read_rows(lake, "articles")) == Counter(wanted)
        assert [row["title"] for row in read_rows(lake, "revisions")] == [changed]
        assert not read_rows(lake, "duplicates")
        # Whoever reads the same feeds from then on finds nothing that is not there.
        after = ingest(lake, [feed.url for feed in feeds], WEB)
        assert after["articles"] == after["revisions"] == after["rejects"] == 0


def test_a_stream_and_a_schedule_make_the_same_lake_of_the_same_day(
    forks: Forks,  # noqa: F811
    flags: list[str],
    tmp_path: Path,
) -> None:
    streamed, scheduled = tmp_path / "streamed", tmp_path / "scheduled"
    with Internet() as net, forking() as others:
        feeds = [Feed(net.add_site(), [f"story-{n}-{place}" for place in range(4)]) for n in (0, 1)]
        words = (*(feed.url for feed in feeds), *WEB, "--min-interval", "1s", "--quiet")
        stream = begin(forks, "stream", *words, "--lake", streamed, "--window", "1s", *flags)
        schedule = begin(others, "schedule", *words, "--lake", scheduled, "--every", "1s")

        def wait_for(table: str, names: set[str]) -> None:
            net.wait_until(lambda: all(names <= titles(lake, table) for lake in lakes))

        lakes, wanted = (streamed, scheduled), {item for feed in feeds for item in feed.items}
        wait_for("articles", wanted)
        # A new entry, the others repeated in another order; one that left its feed comes back.
        feeds[0].items[:] = ["late", *reversed(feeds[0].items[:3])]
        add_pages(feeds[0].site, "late")
        wait_for("articles", {"late"})
        feeds[0].items.append("story-0-3")
        # A correction, and the same text at another site.
        feeds[1].site.add("/story-1-0", page("story-1-0", edition=1))
        feeds[1].items[0] = Item("story-1-0", summary="Other words.")
        feeds[1].site.add("/copy", page("late"))
        feeds[1].items.append(Item("copy", title="late"))
        wait_for("revisions", {"story-1-0"})
        wait_for("duplicates", {"late"})
        for pid, server in ((stream, forks), (schedule, others)):
            os.kill(pid, signal.SIGTERM)
            assert ended(server) == 0

    found = feed_rows(streamed)
    assert found == feed_rows(scheduled)
    assert {table: len(rows) for table, rows in found.items()} == {
        "articles": 9,
        "revisions": 1,
        "duplicates": 1,
        "rejects": 0,
    }


def begin(forks: Forks, *words: object, said: Path | None = None) -> int:  # noqa: F811
    """Starts a command in a fork and returns its process."""
    assert forks.server.stdin is not None
    asked = {
        "arguments": [str(word) for word in words],
        **{"die_at": None, "signal": signal.SIGKILL, "deletes": False},
        **{"environment": {}, "sets": {}},
        **({"said": str(said)} if said else {}),
    }
    print(json.dumps(asked), file=forks.server.stdin, flush=True)
    return forks.answer()["pid"]


def ended(forks: Forks) -> int:  # noqa: F811
    """Waits for the end of a command and returns its exit code, or the signal that ended it."""
    return os.waitstatus_to_exitcode(forks.answer()["status"])


def titles(lake: Path, table: str = "articles") -> set[str]:
    return {row["title"] for row in read_rows(lake, table)}


def children_of(pid: int, name: str) -> list[int]:
    """The processes of a name that a process has started."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            words = (folder / "stat").read_text().rpartition(")")
            if int(words[2].split()[1]) == pid and words[0].partition("(")[2] == name:
                found.append(int(folder.name))
    return found


def wait_until_gone(pids: list[int], *, within_s: float = 5.0) -> None:
    """Waits until these have ended."""
    end_s = time.monotonic() + within_s
    while any(Path(f"/proc/{pid}").exists() for pid in pids):
        assert time.monotonic() < end_s, f"{pids} outlive the stream"
        time.sleep(0.02)
