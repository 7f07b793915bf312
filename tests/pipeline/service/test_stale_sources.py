"""What a poll has found counts, though the list of addresses was made before it ended."""

from __future__ import annotations

from pathlib import Path

import pytest
from internet import Internet
from newspapers import FLAGS, open_paper, rows

from feedlake.pipeline.cli.command_line import read_command_line
from feedlake.pipeline.lake.lake import Lake
from feedlake.pipeline.options.run_options import ingest_options
from feedlake.pipeline.service.service import Service
from feedlake.pipeline.web.web_sources import read_arguments
from feedlake.transforms.process.process_wide import process_wide
from feedlake.transforms.process.stop import StopRequest


def test_feed_is_not_read_anew_when_addresses_are_listed_as_before_its_poll(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    process_wide(StopRequest).reset()
    monkeypatch.setattr("random.random", lambda: 0.5)  # No poll is unconditional by chance.
    lake = tmp_path / "lake"
    with Internet() as net:
        site, feed = open_paper(net, 3)
        words = ["schedule", feed, "--lake", str(lake), *FLAGS, "--enrich", "none"]
        options = ingest_options(read_command_line(words).values)
        given = read_arguments(options.sources, options=options.web.sources).sources
        service = Service(options, Lake(str(lake)), given)
        try:
            net.wait_until(lambda: feed in service.front.known())
            service.front.set_sources(given, {})
            net.wait_until(lambda: len(site.asked("/feed.xml")) >= 2)
            service.settle_down(5.0, [])
            service.publish([], is_last=True)
        finally:
            service.close()

        polls = [request for request in site.requests if request.path == "/feed.xml"]
        assert "if-none-match" in polls[1].headers
    assert len(rows(lake, "articles")) == 3
    assert rows(lake, "duplicates") == []
