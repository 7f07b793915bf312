"""A month of feeds that give guids and links to other stories: none is lost, none counts twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from feed_sites import Item, Ticks, page, rss, text_of, versioned
from internet import Internet, Reply, Site

from feedlake.pipeline.query.views import connect

POLLS = 10


def day(number: int) -> str:
    return f"{1 + number:02} Nov 2026 10:00:00 GMT"


@dataclass
class Feed:
    """A feed that changes from poll to poll, and the pages of its stories.

    Attributes:
        site: Where it is.
        items: Its entries, by the number of the poll.
        pages: The name of the story that each path shows, by the number of the poll.
        truth: Names of all stories that it tells.
        most_requests: How many requests for pages the whole month may take.
    """

    site: Site
    items: Callable[[int], list[Item]]
    truth: set[str]
    most_requests: int
    pages: Callable[[int], dict[str, str]] = lambda poll: {}
    poll: int = 0

    def __post_init__(self) -> None:
        self.url = self.site.url("/feed.xml", by_address=True)
        self.site.add("/feed.xml", versioned(lambda: rss(self.site, self.items(self.poll))))
        self.site.fallback = self._page

    def _page(self, request: Any) -> Reply:
        name = self.pages(self.poll).get(request.target, request.path[1:])
        story, _, edition = name.partition("@")
        if story not in self.truth:
            return Reply(b"<h1>Not found</h1>", status=404)
        return page(story, int(edition or 0))

    def asked(self) -> list[str]:
        return [
            request.target
            for request in self.site.requests
            if request.path not in ("/feed.xml", "/robots.txt")
        ]


def story(prefix: str, number: int, **more: Any) -> Item:
    more.setdefault("date", day(number))
    more.setdefault("title", f"{prefix} story {text_of(f'{prefix}{number}')[:30]}")
    more.setdefault("summary", f"Beginning of {prefix}{number}.")
    return Item(f"{prefix}{number}", **more)


def paragraphs(name: str) -> str:
    return "".join(f"<p>{part}</p>" for part in text_of(name).split("\n\n"))


def names(prefix: str, count: int) -> set[str]:
    return {f"{prefix}{number}" for number in range(count)}


def make_feeds(net: Internet) -> dict[str, Feed]:
    """Returns one feed of each kind."""
    feeds: dict[str, Feed] = {}

    def add(
        name: str, items: Callable[[int], list[Item]], stories: int, requests: int, **more: Any
    ) -> None:
        site = net.add_site()
        truth = more.pop("truth", names(name, stories))
        feeds[name] = Feed(site, items, truth, requests, **more)

    every = POLLS
    add("category", lambda p: [story("category", p, guid="news")], every, every)
    add(
        "positions",
        lambda p: [story("positions", p + 4 - n, guid=str(n)) for n in range(5)],
        every + 4,
        every + 4,
    )
    add(
        "title",
        lambda p: [story("title", p, guid="Weather", title="Weather", summary="The weather.")],
        every,
        every,
    )
    add("date", lambda p: [story("date", p, guid="2026-11-01")], every, every)
    add("root", lambda p: [story("root", p, guid="https://root.example/")], every, every)

    def returning(p: int) -> list[Item]:
        if p in (0, POLLS - 1):
            return [story("returning", min(p, 1), guid="post-7", date=day(9 * p))]
        notices = (f"{p}-{n}" for n in range(130))
        text = "Short notice {0} about berth {0} at the quay."
        if p in (2, 3):
            return [
                Item(f"n{n}", guid=n, link="", summary=text.format(n), title=f"Short {n}")
                for n in notices
            ]
        return [Item("n", guid=f"n{p}", link="", summary=text.format(p), title=f"Short {p}")]

    add("returning", returning, 2, 2)
    add(
        "live",
        lambda p: [story("live", p, guid="live", link="/live", title="Live from the pier")],
        every,
        every,
        pages=lambda p: {"/live": f"live{p}"},
    )
    add(
        "linked",
        lambda p: [story("linked", p, guid=f"g{p}", link="/today")],
        every,
        every,
        pages=lambda p: {"/today": f"linked{p}"},
    )
    add(
        "growing",
        lambda p: [story("growing", 0, link="/growing0", summary=f"Now {text_of(str(p))[:40]}")],
        1,
        every,
        pages=lambda p: {"/growing0": f"growing0@{p // 2}"},
    )
    add(
        "retitled",
        lambda p: [
            story(
                "retitled",
                n,
                guid=f"r{n}",
                title=f"{'Now: ' * (p > 4)}{text_of(f'retitled{n}')[:40]}",
                link=f"/retitled{n}{'-corrected' * (p > 4)}",
            )
            for n in range(3)
        ],
        3,
        6,
        pages=lambda p: {f"/retitled{n}-corrected": f"retitled{n}@1" for n in range(3)},
    )
    add(
        "moved",
        lambda p: [
            story("moved", n, guid=f"m{n}", link=f"{'/new' * (p > 4)}/moved{n}") for n in range(5)
        ],
        5,
        5,
        pages=lambda p: {f"/new/moved{n}": f"moved{n}" for n in range(5)},
    )
    add(
        "renumbered",
        lambda p: [story("renumbered", n, guid=f"{p // 4}/{n}") for n in range(5)],
        5,
        5,
    )
    add(
        "counting",
        lambda p: [
            story("counting", n, guid=f"c{n}", summary=f"Beginning. {7 * p + n} comments")
            for n in range(3)
        ],
        3,
        12 + 3,
    )
    add(
        "updating",
        lambda p: [story("updating", n, guid=f"u{n}", date=day(p)) for n in range(3)],
        3,
        12 + 3,
    )
    add(
        "tracking",
        lambda p: [
            story("tracking", n, guid=f"t{n}", link=f"/tracking{n}?utm_source=rss{p}")
            for n in range(3)
        ],
        3,
        3,
        pages=lambda p: {},
    )
    add(
        "rotating",
        lambda p: (
            [
                story("rotating", n, guid=f"o{n}", summary="Changed." if p > 2 else "Short.")
                for n in range(40 * (p % 4), 40 * (p % 4) + 40)
            ]
            if p < 9
            else []
        ),
        160,
        160 + 160,
    )
    add(
        "shared",
        lambda p: [
            story("shared", n, guid="/log", link="/log", summary=paragraphs(f"shared{n}"))
            for n in range(3 + p // 3)
        ],
        3 + (every - 1) // 3,
        0,
    )
    return feeds


@pytest.fixture(scope="module")
def month(tmp_path_factory) -> Iterator[tuple[Ticks, dict[str, Feed], list[dict[str, Any]]]]:
    with Internet() as net:
        feeds = make_feeds(net)
        lake = tmp_path_factory.mktemp("month") / "lake"
        flags = ("--enrich", "none", "--host-pages", "1000")
        ticks = Ticks(lake, tuple(feed.url for feed in feeds.values()), flags)
        accounts = []
        for poll in range(POLLS):
            for feed in feeds.values():
                feed.poll = poll
            accounts.append(ticks.run())
        yield ticks, feeds, accounts


def count_stories(rows: list[dict[str, Any]], feeds: dict[str, Feed]) -> dict[str, dict[str, int]]:
    """Returns how many rows have the end of each story's text, where it is not one."""
    wrong = {}
    for name, feed in feeds.items():
        texts = [row["text"] for row in rows if row["source"] == feed.url]
        told = {one: sum(text_of(one)[-60:] in text for text in texts) for one in feed.truth}
        if any(count != 1 for count in told.values()):
            wrong[name] = {one: count for one, count in told.items() if count != 1}
    return wrong


def test_each_story_is_one_article(month):
    ticks, feeds, _ = month
    assert count_stories(ticks.rows("articles"), feeds) == {}


def test_each_story_is_in_latest_once(month):
    ticks, feeds, _ = month
    with connect(str(ticks.lake)) as connection:
        found = connection.execute("SELECT source, text FROM latest").fetchall()
    rows = [{"source": source, "text": text} for source, text in found]
    assert count_stories(rows, feeds) == {}


def test_pages_are_not_asked_for_again_and_again(month):
    _, feeds, _ = month
    asked = {name: (len(feed.asked()), feed.most_requests) for name, feed in feeds.items()}
    assert {name: one for name, one in asked.items() if one[0] > one[1]} == {}


def test_the_books_tell_what_was_known_by_what(month):
    ticks, feeds, accounts = month
    names = [f"known_by_{test}" for test in ("entry", "address", "guid", "text")]
    names.append("known_rejects")
    runs = {row["run_id"]: row for row in ticks.rows("runs")}
    for account in accounts:
        assert sum(account[name] for name in names) == account["already_in_lake"]
        assert {name: runs[account["runs"][0]][name] for name in names} == {
            name: account[name] for name in names
        }
    held = Counter((row["run_id"], row["test"]) for row in ticks.rows("known"))
    for account in accounts:
        [run_id] = account["runs"]
        for test in ("address", "guid"):
            assert held[run_id, test] == account[f"known_by_{test}"]
    read_in_vain = {row["source"] for row in ticks.rows("known") if row["test"] == "text"}
    assert {feeds["counting"].url, feeds["rotating"].url} <= read_in_vain
