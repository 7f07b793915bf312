"""Whole runs: chunks, schedules, options of single sources, secrets, lakes of before."""

from __future__ import annotations

import random
import shutil
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from conftest import content_of, read_rows, run_command
from feed_sites import (
    Feed,
    Item,
    Ticks,
    add_pages,
    feed_requests,
    opml,
    outline,
    page,
    rss,
    text_of,
    urlset,
)
from internet import Internet, Reply

from feedlake.pipeline.options.run_options import IngestOptions, ingest_options
from feedlake.pipeline.run.account import Account
from feedlake.pipeline.run.run import run
from feedlake.transforms.records.polls import SourceOptions
from feedlake.transforms.write.poll_columns import POLL_COLUMNS


@pytest.fixture
def net() -> Iterator[Internet]:
    with Internet() as internet:
        yield internet


def options_for(
    lake: Path,
    *addresses: str,
    sources: Mapping[str, SourceOptions] | None = None,
    **values: object,
) -> IngestOptions:
    here = {"workers": 1, "host-delay": 0.0, "allow-network": ("127.0.0.0/8",)}
    values = {"sources": addresses, "lake": str(lake), **here, **values}
    return ingest_options(values, sources=sources)


def run_with(options: IngestOptions) -> Account:
    accounts: list[Account] = []
    return run(options, accounts)


def test_entries_for_which_a_chunk_has_no_room_are_fetched_in_the_next_chunks(net, tmp_path):
    names = [f"Name{number}" for number in range(10)]
    feeds = [Feed(net.add_site(), names[:6]), Feed(net.add_site(), names[6:])]
    ticks = Ticks(tmp_path / "lake", tuple(feed.url for feed in feeds), ("--chunk-documents", "4"))

    account = ticks.run()

    assert ticks.titles() == sorted(names)
    runs = ticks.rows("runs")
    assert sorted(row["documents"] for row in runs) == [2, 4, 4]
    assert [row["documents"] for row in runs] == [
        sum(row[name] for name in ("articles", "revisions", "duplicates", "rejects"))
        + row["already_in_lake"]
        for row in runs
    ]
    assert account["documents"] == 10
    asked = Counter(request.target for request in net.requests)
    assert {asked[f"/{name}"] for name in names} == {1}
    newest: dict[str, str] = {}
    for row in sorted(ticks.rows("deferred"), key=lambda row: row["tried_at"]):
        newest[row["deferred_id"]] = row["status"]
    assert Counter(newest.values()) == {"done": 6}
    assert ticks.run()["documents"] == 0


def test_a_host_has_no_more_turns_in_a_run_than_pages(net, tmp_path):
    names = [f"Name{number}" for number in range(7)]
    feed = Feed(net.add_site(), names)
    flags = ("--chunk-documents", "2", "--host-pages", "3")
    ticks = Ticks(tmp_path / "lake", (feed.url,), flags)

    articles = [ticks.run()["articles"] for _ in range(2)]

    assert articles == [5, 2]  # Those of the poll's own chunk, and three in turns.
    assert ticks.titles() == sorted(names)


def test_neither_order_of_sources_nor_cache_decides_what_the_lake_holds(net, tmp_path):
    feeds = [Feed(net.add_site(), [f"Own{n}", Item("Both", link="")]) for n in range(4)]
    text = text_of("Both")
    for feed in feeds:
        feed.items = [feed.items[0], Item("Both", link=feeds[0].site.url("/Both", by_address=True))]
    feeds[0].site.add("/Both", page("Both"))
    urls = [feed.url for feed in feeds]
    contents = []
    for seed in range(2):
        random.Random(seed).shuffle(urls)
        ticks = Ticks(tmp_path / str(seed), tuple(urls))
        ticks.run()
        shutil.rmtree(ticks.lake / "_cache", ignore_errors=True)
        for feed in feeds:
            feed.items = feed.items[::-1]
        assert ticks.run()["documents"] == 10 - 2
        contents.append(content_of(ticks.lake))
    first, second = contents
    for content in contents:
        del content["sources"]  # Marks of entries are in the order of the feed.
        for row in [row for rows in content.values() for row in rows]:
            row.pop("fetched_at", None)
    assert first == second
    assert [row["text"] for row in first["articles"] if row["title"] == "Both"] == [text]


def test_more_entries_than_wanted_are_told(net, tmp_path):
    feed = Feed(net.add_site(), [f"Name{number}" for number in range(6)])
    ticks = Ticks(tmp_path / "lake", (feed.url,), ("--max-entries", "2"))

    ticks.run()

    [poll] = ticks.polls(feed.url)
    assert (poll["entries"], poll["left_out"], poll["documents"]) == (2, 4, 2)


def test_without_fetching_the_feed_is_all(net, tmp_path):
    text = f"<p>{text_of('Own')}</p>"
    feed = Feed(net.add_site(), [Item("Own", summary=text), Item("Bare", summary="")])
    feed.site.add("/map.xml", Reply(urlset(feed.site, ["Mapped"]), content_type="text/xml"))
    mapped = feed.site.url("/map.xml", by_address=True)
    ticks = Ticks(tmp_path / "lake", (feed.url, mapped), ("--sitemap-days", "36500"))

    account = ticks.run("--no-fetch")

    assert sorted(set(feed.site.asked())) == ["/feed.xml", "/map.xml", "/robots.txt"]
    assert (ticks.titles(), account["reject_reasons"]) == (["Own"], {"no_main_text": 1})
    assert account["skipped"] == {"not_fetched": 1}


def test_a_scheduled_run_polls_what_is_due(net, tmp_path):
    quick, slow = Feed(net.add_site(), ["a"]), Feed(net.add_site(), ["b"])
    options = options_for(
        tmp_path / "lake",
        quick.url,
        slow.url,
        sources={slow.url: SourceOptions(interval_s=3_600.0)},
        **{"min-interval": 0.05},
    )
    options = replace(options, is_scheduled=True)

    accounts = [run_with(options) for _ in range(2)]

    assert [account.polls for account in accounts] == [{"read": 2}, {"unchanged": 1}]
    assert [len(feed_requests(feed.site)) for feed in (quick, slow)] == [2, 1]


def test_a_source_has_its_own_options_and_its_secrets_stay_out_of_the_lake(
    net, tmp_path, monkeypatch, capfd
):
    monkeypatch.setenv("TOWN_LOGIN", "anna:Sesam-4711")
    monkeypatch.setenv("TOWN_COOKIE", "session=Keks-4712")
    site, foreign, moved = net.add_site(), net.add_site(), net.add_site()
    add_pages(site, "Own")
    add_pages(foreign, "Elsewhere")
    away = foreign.url("/Elsewhere", by_address=True)
    feed = Feed(site, [Item("Own"), Item("Elsewhere", link=away)])
    site.add("/Away", Reply(status=302, headers={"Location": foreign.url("/x", by_address=True)}))
    feed.items.append(Item("Away"))
    foreign.add("/x", page("Away"))
    plain = Feed(net.add_site(), [Item("Plain", summary=f"<p>{text_of('Plain')}</p>")])
    named = Feed(net.add_site(), ["Named"])
    with_login = named.url.replace("://", "://bert:Geheim-4713@")
    moved.add(
        "/feed.xml", Reply(status=301, headers={"Location": foreign.url("/n", by_address=True)})
    )
    foreign.add("/n", Reply(rss(foreign, []), content_type="text/xml"))
    old = moved.url("/feed.xml", by_address=True)
    secret = SourceOptions(
        tags=("Town",),
        language="fr",
        headers=(("X-Key", "shown"),),
        auth_env="TOWN_LOGIN",
        cookies_env="TOWN_COOKIE",
    )
    sources = {feed.url: secret, old: secret, plain.url: SourceOptions(fetches_pages=False)}
    lake = tmp_path / "lake"
    options = options_for(lake, feed.url, plain.url, with_login, old, sources=sources)
    for _ in range(3):
        run_with(options)

    sent = [
        {name: request.headers.get(name) for name in ("x-key", "authorization", "cookie")}
        for request in site.requests
        if request.path != "/robots.txt"
    ]
    own = {
        "x-key": "shown",
        "authorization": "Basic YW5uYTpTZXNhbS00NzEx",
        "cookie": "session=Keks-4712",
    }
    assert sent
    assert all(headers == own for headers in sent)
    for request in [*foreign.requests, *plain.site.requests]:
        assert not {"x-key", "authorization", "cookie"} & set(request.headers), request.target
    assert {r.headers.get("authorization") for r in feed_requests(named.site)} == {
        "Basic YmVydDpHZWhlaW0tNDcxMw=="
    }
    assert "/Plain" not in plain.site.asked()
    articles = {row["title"]: row for row in read_rows(lake, "articles")}
    assert sorted(articles) == ["Away", "Elsewhere", "Named", "Own", "Plain"]
    assert [articles["Own"]["tags"], articles["Plain"]["tags"]] == [["Town"], []]
    assert articles["Plain"]["text_source"] == "feed"
    shown = run_command("query", lake, "select * from sources").out + "".join(capfd.readouterr())
    written = [shown.encode()]
    for path in filter(Path.is_file, lake.rglob("*")):
        written += [str(path).encode(), path.read_bytes()]
        if path.suffix == ".parquet":
            written.append(repr(pq.ParquetFile(path).read().to_pylist()).encode())
    for word in (b"Sesam", b"Keks", b"Geheim", b"YW5uYTp", b"YmVydDp"):
        assert not any(word in part for part in written), word


def test_a_lake_of_before_polls_is_gone_on_with(net, tmp_path, story):
    lake = tmp_path / "lake"
    assert run_command("ingest", story, "--lake", lake, "--quiet").code == 0
    feed = Feed(net.add_site(), ["a"])
    ticks = Ticks(lake, (feed.url,))
    with pytest.MonkeyPatch.context() as patch:
        # As files of before look: without the columns about polls.
        real = pq.ParquetFile

        class Old(real):  # type: ignore[misc, valid-type]
            @property
            def schema_arrow(self) -> Any:
                schema = super().schema_arrow
                if self.metadata.num_rows == 1 and "ferry" in str(self.read().to_pylist()):
                    for column in POLL_COLUMNS:
                        index = schema.get_field_index(column.name)
                        schema = schema.remove(index) if index >= 0 else schema
                return schema

        patch.setattr("feedlake.pipeline.lake.lake_file.pq.ParquetFile", Old)
        ticks.run()
        ticks.run()
    assert len(ticks.titles()) == 2


def test_a_folder_with_a_list_of_feeds_asks_nobody(net, tmp_path):
    feed = Feed(net.add_site(), ["a"])
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "feeds.opml").write_bytes(opml(outline(feed.url)))
    (folder / "feeds.txt").write_text(f"# Ours\n{feed.url}\n", encoding="utf-8")
    (folder / "article.txt").write_text(f"See {feed.url}\n{text_of('x')}", encoding="utf-8")
    ticks = Ticks(tmp_path / "lake", (folder,))

    account = ticks.run()

    assert (net.requests, account["articles"], account["unread_sources"]) == ([], 1, 2)
    told = {Path(one["source"]).name: one["reason"] for one in account["unread"]}
    assert told.keys() == {"feeds.opml", "feeds.txt"}
    assert told["feeds.opml"].startswith("OPML: it leads to articles")
    details = {Path(row["source"]).name: row["detail"] for row in ticks.rows("sources")}
    assert details == {
        "article.txt": None,
        "feeds.opml": "OPML: it leads to articles, and is followed if the file itself is named",
        "feeds.txt": "list of addresses: it leads to articles, and is followed if the file itself "
        "is named",
    }


def test_lists_that_lead_on_for_ever_come_to_an_end(net, tmp_path):
    site = net.add_site()

    def next_list(request: Any) -> Reply:
        number = int(request.path.rpartition("/")[2])
        url = site.url(f"/list/{number + 1}", by_address=True)
        return Reply(opml(f"<outline type='include' url='{url}'/>"), content_type="text/xml")

    site.fallback = next_list
    ticks = Ticks(tmp_path / "lake", (site.url("/list/0", by_address=True),))

    for _ in range(3):
        ticks.run()

    assert len(set(site.asked())) <= 6
    last = ticks.polls(site.url("/list/3", by_address=True))[0]
    assert last["left_out"] == 1
    assert last["detail"] == "1 addresses not followed, 3 others lead here"


def test_an_entry_that_changes_while_its_page_waits_is_one_document(net, tmp_path):
    feed = Feed(net.add_site(), [Item("a"), Item("b")])
    for name in ("a", "b"):
        feed.site.add(f"/{name}", Reply(b"", status=500))
    ticks = Ticks(tmp_path / "lake", (feed.url,))
    assert ticks.run()["deferred"] == 2
    add_pages(feed.site, "a", "b")
    feed.items[0] = Item("a", title="a corrected")
    feed.site.requests.clear()

    account = ticks.run()

    assert (account["articles"], account["already_in_lake"], account["deferred"]) == (2, 2, 0)
    assert Counter(feed.site.asked()) == {"/feed.xml": 1, "/a": 1, "/b": 1}
    assert ticks.counts() == {"articles": 2, "revisions": 0, "duplicates": 0, "rejects": 0}
    assert ticks.run()["documents"] == 0


def test_a_missing_secret_is_the_failure_of_its_source_alone(net, tmp_path, monkeypatch):
    monkeypatch.delenv("NOT_THERE", raising=False)
    secret, other = Feed(net.add_site(), ["a"]), Feed(net.add_site(), ["b"])
    lake = tmp_path / "lake"
    sources = {secret.url: SourceOptions(auth_env="NOT_THERE")}
    account = run_with(options_for(lake, secret.url, other.url, sources=sources))

    assert (account.polls, account.articles) == ({"failed": 1, "read": 1}, 1)
    [poll] = [row for row in read_rows(lake, "sources") if row["source"] == secret.url]
    assert (poll["error"], poll["detail"]) == (
        "missing_secret",
        "the environment variable NOT_THERE is not set",
    )
    assert secret.site.asked() == []
