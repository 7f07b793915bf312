from __future__ import annotations

import base64
import hashlib
import json
import re
from datetime import UTC, date, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest
from old_lakes import forget_columns
from shown_lake import (
    NOON,
    TODAY,
    article_of,
    make_empty_lake,
    make_shown_lake,
    publish,
    publish_run,
)

from feedlake.pipeline.explore.explorer import Explorer, Instant
from feedlake.pipeline.lake.lake import Lake
from feedlake.pipeline.query.query import query
from feedlake.pipeline.report.gather import Report, gather
from feedlake.pipeline.report.write_report import page_of

VOID = {"meta"}


class Page(HTMLParser):
    """A page by its elements; complains of one that isn't closed where it should be."""

    def __init__(self, body: bytes) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[tuple[str, str]] = []
        self.inside: list[str] = []
        self.feed(body.decode())
        assert not self.inside

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), (tag, attrs)
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.inside.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.inside.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append((self.inside[-1] if self.inside else "", data))

    def text_in(self, tag: str) -> list[str]:
        return [text for inside, text in self.texts if inside == tag]

    @property
    def text(self) -> str:
        return " ".join(text for inside, text in self.texts if inside not in ("style", "code"))


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """A lake of news, some with hostile titles."""
    path = str(tmp_path_factory.mktemp("reported") / "lake")
    make_shown_lake(path, days=9, is_hostile=True)
    return Lake(path)


@pytest.fixture(scope="module")
def page(lake: Lake) -> Page:
    return Page(page_of(lake, day=None, days=1, now=NOON))


def report_of(lake: Lake, *, first: date = TODAY, last: date = TODAY) -> Report:
    return Explorer(lake).ask(lambda instant: gather(instant, first=first, last=last, now=NOON))


def test_a_page_has_the_news_and_the_state_of_the_lake(page):
    for words in (
        "Monday, 30 November 2026",
        "also in 9 other sites",
        "Articles with most copies",
        "7 rejects by reason",
        "Feeds that need a look",
        "Lisbon",
        "positive",
        "Files of the lake, at the time of writing",
    ):
        assert words in page.text, words


def test_each_statement_that_is_shown_is_what_was_asked_and_can_be_pasted(lake, page, tmp_path):
    report = report_of(lake)
    shown = page.text_in("code")
    statements = {**report.sql}
    assert len(statements) == 20
    assert set(statements.values()) == {text for text in shown if text != "feedlake query"}
    answer = str(tmp_path / "answer.json")
    for name, sql in statements.items():
        query(sql, lake=lake.path, output_format="json", output=answer)
        rows = json.loads(Path(answer).read_text(encoding="utf-8"))
        asked = {**report.answers, "stories": report.stories}.get(name)
        assert rows or name in ("carriers", "amended titles"), name
        assert asked is None or len(rows) == len(asked), name


def test_a_page_loads_nothing_and_runs_nothing(page):
    names = {tag for tag, _ in page.elements}
    assert not names & {"script", "link", "img", "iframe", "object", "embed", "form", "base"}
    for tag, attributes in page.elements:
        assert not [name for name in attributes if name.startswith("on") or name == "src"]
        assert "style" not in attributes, tag
        href = attributes.get("href")
        assert href is None or href.startswith(("https://", "http://", "#")), href


def test_the_policy_allows_the_page_s_own_style_alone(page):
    [policy] = [
        attributes["content"]
        for tag, attributes in page.elements
        if attributes.get("http-equiv") == "Content-Security-Policy"
    ]
    [style] = page.text_in("style")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert policy == (
        f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    )
    assert "url(" not in style
    assert "@import" not in style


def test_hostile_titles_are_words(page):
    assert "<script>document.title = 'owned'</script><img src=x onerror=alert(1)>" in page.text
    assert '" onmouseover="alert(1)" x="' in page.text
    assert "\u202e" not in page.text
    assert max(len(text) for inside, text in page.texts if inside == "bdi") <= 301


def test_tables_and_charts_speak_to_those_who_do_not_see_them(page):
    captions = len(page.text_in("caption"))
    assert captions == len([tag for tag, _ in page.elements if tag == "table"]) >= 8
    for tag, attributes in page.elements:
        if tag == "th":
            assert attributes.get("scope") in ("col", "row")
        if tag == "svg":
            assert attributes.get("aria-hidden") == "true" or attributes.get("aria-label")
    charts = [
        attributes for tag, attributes in page.elements if tag == "svg" and "role" in attributes
    ]
    assert len(charts) == len(page.text_in("desc")) == 5
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    targets = {attributes.get("href") for tag, attributes in page.elements if tag == "a"}
    assert {href[1:] for href in targets if href and href.startswith("#")} <= set(ids)


def test_figures_are_of_the_days_that_are_asked_for(lake):
    one, both = report_of(lake), report_of(lake, first=TODAY - timedelta(days=1))

    assert one.row("totals")["articles"] == 19
    assert both.row("totals")["articles"] == 26
    assert both.stories[0]["total"] == 26
    assert one.row("books")["documents"] == 33 + 6 + 54 + 7 + 42
    assert (
        report_of(lake, last=TODAY - timedelta(days=40), first=TODAY - timedelta(days=40)).stories
        == []
    )


def test_all_figures_are_of_one_instant(tmp_path):
    held = Lake(str(tmp_path / "lake"))
    make_shown_lake(held.path, days=3)
    before = report_of(held)
    instant = Instant(held.snapshot())
    with held.writing():
        publish_run(held, [TODAY], 77)

    found = gather(instant, first=TODAY, last=TODAY, now=NOON)

    assert (found.answers, found.stories) == (before.answers, before.stories)
    assert report_of(held).row("totals")["articles"] == 2 * found.row("totals")["articles"]


def test_the_size_is_that_of_the_files(lake):
    rows = report_of(lake).answers["disk"]

    for row in rows:
        held = [*Path(lake.path).glob(f"{row['table_name']}/**/*.parquet")]
        assert row["files"] == len(held)
        assert row["size_bytes"] == sum(path.stat().st_size for path in held)
    assert {row["table_name"]: row["rows"] for row in rows}["articles"] == 105


def test_a_page_can_be_mailed_whatever_the_lake_holds(tmp_path):
    held = Lake(str(tmp_path / "lake"))
    long = "<&'\"> " * 2_000
    with held.writing():
        publish_run(held, [TODAY], 0)
        for number in range(2):
            url = f"https://paper.example/{number}/" + "a" * 30_000
            rows = [
                {
                    **article_of(TODAY, f"long-{number}-{place}", long, at=NOON),
                    **{"source": f"{url}-{place}", "url": f"{url}{place}", "site": long},
                    **{"excerpt": long, "language": "x" * 40},
                    "entities": [{"name": long, "type": "person", "count": 1, "offset": 0}] * 50,
                }
                for place in range(30)
            ]
            rejects = [
                {
                    **{"reject_id": f"{number}-{place}", "source": url, "step": "read"},
                    **{"reason": f"reason_{place}", "detail": long, "rejected_at": NOON},
                }
                for place in range(40)
            ]
            run = f"20261130T0{number}0000Z-abcdef-0001"
            publish(held, run, {"articles": rows, "rejects": rejects})

    body = page_of(held, day=TODAY, days=1, now=NOON)

    Page(body)
    assert len(body) < 2_000_000
    assert b"The first 30 of" in body
    assert b"The first 15 of" in body


def test_an_article_without_a_date_was_seen_then_and_not_published(tmp_path):
    held = Lake(str(tmp_path / "lake"))
    row = {**article_of(TODAY, "undated", "A notice", at=NOON), "published_at": None}
    with held.writing():
        publish(held, "20261130T120000Z-abcdef-0001", {"articles": [row]})

    assert "seen 30 Nov" in Page(page_of(held, day=TODAY, days=1, now=NOON)).text


def test_an_empty_lake_has_a_page(tmp_path):
    make_empty_lake(tmp_path / "lake")

    page = Page(page_of(Lake(str(tmp_path / "lake")), day=None, days=30, now=NOON))

    assert "30 days to Monday, 30 November 2026" in page.text
    assert "No articles of these days are in the lake." in page.text
    assert "The lake holds no files yet." in page.text


def test_a_lake_of_an_older_feedlake_has_a_page(tmp_path):
    make_shown_lake(str(tmp_path / "lake"), days=3)
    forget_columns(
        tmp_path / "lake", ["places", "countries", "entities", "tone", "rights", "claimed_url"]
    )

    page = Page(page_of(Lake(str(tmp_path / "lake")), day=None, days=1, now=NOON))

    assert "No places are known of these articles." in page.text
    assert "No tone is known of these articles" in page.text
    assert "also in 9 other sites" in page.text


def test_text_has_a_contrast_of_four_and_a_half_in_every_scheme(page):
    [style] = page.text_in("style")
    schemes = re.findall(r":root \{([^}]*)\}", style)
    assert len(schemes) == 3  # Light, dark, and paper.
    for scheme in schemes:
        colours = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", scheme))
        for ink in ("ink", "soft", "accent", "good", "bad", "warn"):
            for ground in ("ground", "raised"):
                assert contrast(colours[ink], colours[ground]) >= 4.5, (ink, ground, colours)


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_a_wrong_clock_s_articles_are_not_the_newest_day(tmp_path):
    held = Lake(str(tmp_path / "lake"))
    make_shown_lake(held.path, days=1, today=TODAY)
    now = datetime(2026, 11, 29, 12, tzinfo=UTC)

    assert "Sunday, 29 November 2026" in Page(page_of(held, day=None, days=1, now=now)).text
