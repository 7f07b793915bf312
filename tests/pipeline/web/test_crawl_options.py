"""What the operator says about requests reaches all that makes them."""

from __future__ import annotations

from feedlake.pipeline.cli.command_line import read_command_line
from feedlake.pipeline.options.run_options import ingest_options
from feedlake.pipeline.web.crawl_options import crawl_options


def test_as_many_requests_are_under_way_as_the_operator_says() -> None:
    given = read_command_line(["ingest", "feeds.opml", "--lake", "lake", "--in-flight", "200"])
    options = crawl_options(ingest_options(given.values))

    assert (options.in_flight, options.http.in_flight) == (200, 200)
