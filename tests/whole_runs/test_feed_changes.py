"""What becomes of entries that change, move, leave and return, over several runs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from feed_sites import Feed, Item, Ticks, add_pages, page, text_of
from internet import Internet, Reply, Site

LATER = "Sat, 21 Nov 2026 18:30:00 GMT"


@dataclass
class Course:
    """Three runs over feeds that change between them.

    Attributes:
        ticks: The runs.
        sites: By the name of the case.
        accounts: Of each run.
        asked: Pages asked for in each run, without feeds and robots.txt, by case.
    """

    ticks: Ticks
    sites: dict[str, Site]
    accounts: list[dict[str, Any]] = field(default_factory=list)
    asked: list[dict[str, list[str]]] = field(default_factory=list)

    def run(self, *flags: object) -> None:
        before = {name: len(site.requests) for name, site in self.sites.items()}
        self.accounts.append(self.ticks.run(*flags))
        self.asked.append(
            {
                name: sorted(
                    request.target
                    for request in site.requests[before[name] :]
                    if request.path not in ("/feed.xml", "/robots.txt")
                )
                for name, site in self.sites.items()
            }
        )

    def asked_of(self, name: str) -> list[list[str]]:
        return [asked[name] for asked in self.asked]

    def rows_of(self, name: str, table: str) -> list[dict[str, Any]]:
        source = self.sites[name].url("/feed.xml", by_address=True)
        return [row for row in self.ticks.rows(table) if row["source"] == source]

    def titles_of(self, name: str, table: str = "articles") -> list[str]:
        return sorted(str(row["title"]) for row in self.rows_of(name, table))


NAMES = (
    "new updated redated churning repeated one_guid new_guid new_link new_story relative linkless "
    "shared_a shared_b leaving empty_for_once rejected"
).split()


@pytest.fixture(scope="module", params=["index", "join"])
def course(request, tmp_path_factory) -> Iterator[Course]:
    with Internet() as net:
        sites = {name: net.add_site() for name in NAMES}
        feeds = {name: Feed(site) for name, site in sites.items()}
        sources = tuple(feed.url for feed in feeds.values())
        lake = tmp_path_factory.mktemp("course") / "lake"
        flags = ("--history", request.param)
        course = Course(Ticks(lake, sources, flags), sites)

        def put(name: str, *items: Item | str) -> None:
            feeds[name].items = list(items)

        def page_at(name: str, path: str, reply: Reply) -> None:
            sites[name].add(path, reply)

        for name in NAMES:
            add_pages(sites[name], *(f"{name}{number}" for number in range(8)))
        for name in ("new", "updated", "redated", "churning", "empty_for_once"):
            put(name, *(Item(f"{name}{number}") for number in range(5)))
        put("repeated", "repeated0", "repeated0", "repeated1")
        put("one_guid", Item("one_guid0", guid="x"), Item("one_guid1", guid="x"))
        put("new_guid", Item("new_guid0", guid="a"))
        put("new_link", Item("new_link0", guid="a"))
        put("new_story", Item("new_story0", guid="a"))
        put("relative", Item("relative0", link="relative0"), Item("relative1", link="/relative1"))
        text = f"<p>{text_of('linkless')}</p>"
        put("linkless", Item("linkless0", link="", summary=text), Item("e", link="", summary=""))
        shared = sites["shared_a"].url("/shared_a0", by_address=True)
        put("shared_a", Item("shared_a0"))
        put("shared_b", Item("shared_a0", link=shared))
        canonical = "<link rel=canonical href='/story-of-leaving'>"
        page_at("leaving", "/leaving0", page("leaving0", head=canonical))
        put("leaving", "leaving0", "leaving1")
        page_at("rejected", "/rejected0", Reply(b"<html><body><p>Too short."))
        put("rejected", "rejected0", "rejected1")
        course.run()

        put("new", *(Item(f"new{number}") for number in range(6)))
        page_at("updated", "/updated0", page("updated0", 1))
        page_at("updated", "/updated1", page("updated1", 1))
        page_at("updated", "/updated2", page("updated2", 1))
        put(
            "updated",
            Item("updated0", title="updated0 corrected"),
            Item("updated1", summary="Other words."),
            Item("updated2", date=LATER),
            *(Item(f"updated{number}") for number in (3, 4)),
        )
        put("redated", *(Item(f"redated{number}", date=LATER) for number in range(5)))
        put("churning", *(Item(f"churning{number}", date=LATER) for number in range(6)))
        put("one_guid", *(Item(f"one_guid{number}", guid="x") for number in range(3)))
        put("new_guid", Item("new_guid0", guid="b"))
        page_at("new_link", "/new_link1", page("new_link0"))
        put("new_link", Item("new_link0", guid="a", link="/new_link1"))
        put("new_story", Item("new_story0", guid="a", link="/new_story1"))
        put("linkless", Item("linkless0", link="", summary=text))
        put("leaving", "leaving1")
        put("empty_for_once")
        put("rejected", "rejected1")
        course.run()

        put("leaving", "leaving0", "leaving1")
        put("empty_for_once", *(Item(f"empty_for_once{number}") for number in range(5)))
        put("rejected", "rejected0", "rejected1")
        course.run()
        course.run()
        yield course


def pages(name: str, *numbers: int) -> list[str]:
    return [f"/{name}{number}" for number in numbers]


@pytest.mark.parametrize("name", ["new", "updated", "redated", "churning", "empty_for_once"])
def test_all_pages_are_fetched_once_at_first(course, name):
    assert course.asked[0][name] == pages(name, *range(5))


def test_a_new_entry_is_fetched_and_nothing_else(course):
    assert course.asked_of("new")[1:] == [["/new5"], [], []]
    assert course.titles_of("new") == [f"new{number}" for number in range(6)]


def test_an_entry_that_changed_is_fetched_again_and_its_page_is_a_revision(course):
    assert course.asked_of("updated")[1:] == [pages("updated", 0, 1, 2), [], []]
    texts = {row["text"] for row in course.rows_of("updated", "revisions")}
    assert texts == {text_of(f"updated{number}", 1) for number in range(3)}
    assert len(course.rows_of("updated", "articles")) == 5


def test_new_dates_of_all_entries_at_once_are_no_news(course):
    assert course.asked_of("redated")[1:] == [[], [], []]
    assert course.asked_of("churning")[1:] == [["/churning5"], [], []]


def test_an_entry_that_stands_twice_is_one_article(course):
    assert course.asked_of("repeated") == [pages("repeated", 0, 1), [], [], []]
    assert course.titles_of("repeated") == ["repeated0", "repeated1"]
    assert course.rows_of("repeated", "duplicates") == []


def test_entries_that_share_a_guid_are_told_apart(course):
    assert course.asked_of("one_guid") == [pages("one_guid", 0, 1), ["/one_guid2"], [], []]
    assert course.titles_of("one_guid") == ["one_guid0", "one_guid1", "one_guid2"]


def test_an_entry_under_another_guid_that_says_what_it_said_is_known(course):
    assert course.asked_of("new_guid") == [pages("new_guid", 0), [], [], []]
    assert course.titles_of("new_guid") == ["new_guid0"]


def test_an_entry_with_another_link_is_read_once_and_the_text_decides(course):
    assert course.asked_of("new_link") == [pages("new_link", 0), pages("new_link", 1), [], []]
    assert course.titles_of("new_link") == ["new_link0"]
    assert course.asked_of("new_story") == [pages("new_story", 0), pages("new_story", 1), [], []]
    assert course.titles_of("new_story") == ["new_story0", "new_story0"]
    known = course.rows_of("new_link", "known")
    assert [(row["test"], row["guid"]) for row in known] == [("text", "a")]


def test_relative_links_go_by_the_feed(course):
    assert course.asked_of("relative") == [pages("relative", 0, 1), [], [], []]


def test_an_entry_without_a_link_is_its_own_text(course):
    assert course.asked_of("linkless") == [[], [], [], []]
    [article] = course.rows_of("linkless", "articles")
    assert (article["title"], article["url"], article["text_source"]) == (
        "linkless0",
        None,
        "feed",
    )
    [reject] = course.rows_of("linkless", "rejects")
    assert (reject["title"], reject["reason"]) == ("e", "no_main_text")


def test_one_page_in_two_feeds_is_fetched_once(course):
    assert course.asked_of("shared_a") == [["/shared_a0"], [], [], []]
    assert course.asked_of("shared_b") == [[], [], [], []]
    articles = [*course.rows_of("shared_a", "articles"), *course.rows_of("shared_b", "articles")]
    assert [row["title"] for row in articles] == ["shared_a0"]


@pytest.mark.parametrize(
    ("name", "first"), [("leaving", (0, 1)), ("empty_for_once", range(5)), ("rejected", (0, 1))]
)
def test_an_entry_that_left_and_comes_back_is_not_fetched_again(course, name, first):
    assert course.asked_of(name) == [pages(name, *first), [], [], []]


def test_a_run_without_news_adds_no_row(course):
    last = course.accounts[-1]
    assert (last["documents"], last["polls"]) == (0, {"unchanged": len(NAMES)})
    assert Counter(row["status"] for row in course.ticks.rows("deferred")) == {}
    runs = [run for account in course.accounts for run in account["runs"]]
    assert sorted(row["run_id"] for row in course.ticks.rows("runs")) == sorted(runs)
