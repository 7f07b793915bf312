"""A disk that is full for a while loses nothing, and has nobody asked again and again."""

from __future__ import annotations

import resource
import threading
from pathlib import Path

import pytest
from internet import Internet, Reply, Request
from newspapers import FLAGS, open_paper, page, rows, rss, serve_feed

from feedlake.pipeline.cli.command_line import read_command_line
from feedlake.pipeline.options.run_options import ingest_options
from feedlake.pipeline.service.schedule import ScheduleOptions, Tick, schedule
from feedlake.transforms.process.process_wide import process_wide
from feedlake.transforms.process.stop import StopRequest

LATE_S = 60.0


def test_page_that_a_full_disk_does_not_take_is_asked_for_once_more_when_there_is_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    process_wide(StopRequest).reset()
    lake, failures = tmp_path / "lake", list[str]()
    most = resource.getrlimit(resource.RLIMIT_FSIZE)

    with Internet() as net:
        site, feed = open_paper(net, 1)

        def answer(request: Request) -> Reply:
            if not failures:  # The disk is full from now on.
                resource.setrlimit(resource.RLIMIT_FSIZE, (2_000, most[1]))
            return page("news")

        site.add("/news", answer)

        def tell(tick: Tick) -> None:
            if tick.failure:
                failures.append(tick.failure)
                if len(failures) == 4:
                    resource.setrlimit(resource.RLIMIT_FSIZE, most)
            elif "The news" in {row["title"] for row in rows(lake, "articles")}:
                process_wide(StopRequest).ask()
            elif tick.number == 1:
                serve_feed(site, rss(site, ["news"]))

        config = tmp_path / "feedlake.toml"
        config.write_text(f'[[source]]\nurl = "{feed}"\nmax-interval = "1s"\n', encoding="utf-8")
        words = ["schedule", "--config", str(config), "--lake", str(lake), *FLAGS]
        options = ingest_options(read_command_line([*words, "--enrich", "none"]).values)
        monkeypatch.setattr("feedlake.pipeline.service.schedule.FIRST_WITHIN_S", 0.5)
        late = threading.Timer(LATE_S, process_wide(StopRequest).ask)
        late.start()
        try:
            schedule(options, ScheduleOptions(1.2), tell=tell, explain=repr)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, most)
            late.cancel()

        assert all("File too large" in failure for failure in failures)
        assert len(failures) == 4
        assert "The news" in {row["title"] for row in rows(lake, "articles")}
        assert len(site.asked("/news")) == 2
    assert not list(lake.glob("_staging/*"))
