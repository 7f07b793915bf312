"""An entry that changes when its page was asked for has its page asked for again."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from internet import Internet, Reply, Request
from newspapers import FLAGS, page, rows, rss, serve_feed, story

from feedlake.pipeline.cli.command_line import read_command_line
from feedlake.pipeline.options.run_options import ingest_options
from feedlake.pipeline.service.schedule import ScheduleOptions, Tick, schedule
from feedlake.transforms.process.process_wide import process_wide
from feedlake.transforms.process.stop import StopRequest

PATHS = ("/feed.xml", "/section.xml")

LATE_S = 60.0
"""When a service is ended that has missed an edition; then the test fails."""


@pytest.fixture(autouse=True)
def unasked() -> None:
    process_wide(StopRequest).reset()


@pytest.mark.parametrize("delay_s", [0.0, 2.5], ids=["it came", "it is under way"])
def test_edition_that_is_told_of_before_the_page_of_the_last_one_is_published(
    tmp_path: Path, delay_s: float
) -> None:
    """Two feeds of a site are polled each second, and the page takes its time or is there already.

    It is asked for once for each edition, whichever of them tells of it first.
    """
    lake = tmp_path / "lake"
    with Internet() as net:
        site = net.add_site()
        given: list[str] = []

        def answer(request: Request) -> Reply:
            edition = given[-1]
            if edition == "second":
                publish("third")
            body = page("news", text=f"{edition} {story('news')}").body
            return Reply(body, delay_s=delay_s if edition == "second" else 0.0)

        def publish(edition: str) -> None:
            given.append(edition)
            for path in PATHS:
                serve_feed(site, rss(site, ["news"], title=edition, text=edition), path=path)

        def editions(table: str) -> set[str]:
            return {row["text"].split("\n\n")[-1].split()[0] for row in rows(lake, table)}

        def tell(tick: Tick) -> None:
            assert tick.failure is None
            if given == ["first"] and editions("articles") == {"first"}:
                publish("second")
            elif "third" in editions("revisions"):
                process_wide(StopRequest).ask()

        site.add("/news", answer)
        publish("first")
        config, feeds = (
            tmp_path / "feedlake.toml",
            [site.url(path, by_address=True) for path in PATHS],
        )
        each = (f'[[source]]\nurl = "{feed}"\nmax-interval = "1s"\n' for feed in feeds)
        config.write_text("".join(each), encoding="utf-8")
        words = ["schedule", "--config", str(config), "--lake", str(lake), *FLAGS]
        options = ingest_options(read_command_line([*words, "--enrich", "none"]).values)
        late = threading.Timer(LATE_S, process_wide(StopRequest).ask)
        late.start()
        schedule(options, ScheduleOptions(4.0), tell=tell, explain=repr)
        late.cancel()

        assert editions("revisions") == {"second", "third"}
        assert len(rows(lake, "articles")) == 1
        assert len(site.asked("/news")) == 3
