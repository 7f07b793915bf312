"""The same lake from Prism, Beam's runner in Go: `make prism-test`."""

from __future__ import annotations

import engine_cache
import pytest
from cluster_runs import (
    DELAY_S,
    added,
    check_pace,
    check_same,
    feed_rows,
    ingest,
    need,
    open_feeds,
    write_corpus,
)
from conftest import PROJECT
from internet import Internet


@pytest.fixture(scope="module")
def flags() -> list[str]:
    need("prism")
    return ["--runner", "PrismRunner", "--", f"--prism_location={engine_cache.prism()}"]


def test_files_give_the_same_lake_and_a_second_run_adds_nothing(flags, tmp_path):
    corpus = write_corpus(tmp_path / "corpus", texts=100, pages=20)
    sources = (PROJECT / "seeds", corpus)
    lake, local = tmp_path / "lake", tmp_path / "local"
    ingest(local, sources)

    first = ingest(lake, sources, flags)

    assert first["duplicates"] > 10
    check_same(lake, local)
    again = ingest(lake, sources, ["--reread", *flags])
    assert added(again) == {}
    assert again["already_in_lake"] == again["documents"] == first["documents"]


def test_feeds_give_the_same_lake_at_a_polite_pace(flags, tmp_path):
    with Internet() as net:
        feeds = open_feeds(net)
        web = ("--allow-network", "127.1.0.0/16", "--host-delay", f"{DELAY_S}s")
        ingest(tmp_path / "local", feeds, web)
        for site in net.sites:
            site.requests.clear()

        first = ingest(tmp_path / "lake", feeds, [*web, *flags])

        check_pace(net)
        assert added(first) == {"articles": 24}
        assert feed_rows(tmp_path / "lake") == feed_rows(tmp_path / "local")
