"""`feedlake serve` as people use it: in a browser, by eye, by keyboard and by screen reader."""

from __future__ import annotations

import re
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from shown_lake import TODAY, publish_run

from feedlake.pipeline.lake.lake import Lake

pytest_plugins = ("chromium_fixtures",)
pytestmark = pytest.mark.usefixtures("chromium")  # First: without it, no lake needs to be made.

VIEWS = {
    "today": "/",
    "search": "/search?q=harbour&q2=council",
    "article": "/article/{article}",
    "feeds": "/feeds",
    "feed": "/feeds?source=https%3A%2F%2Fweekender.example%2Ffeed.xml",
    "missing": "/missing",
    "explained": "/missing?of=https%3A%2F%2Fnowhere.example%2Fx",
    "runs": "/runs",
    "run": "/runs?run=20261130T114000Z-000003-0001",
    "sql": "/sql?q="
    + quote("SELECT date, count(*) AS n FROM articles GROUP BY 1 ORDER BY 1")
    + "&x=date&y=n",
}


@pytest.fixture(scope="session")
def article(news: Any) -> str:
    """Id of an article with a revision and copies."""
    import duckdb

    with duckdb.connect() as connection:
        files = f"{news.lake}/revisions/date={TODAY}/*.parquet"
        found = connection.execute(f"SELECT min(article_id) FROM read_parquet('{files}')")
        [(name,)] = found.fetchall()
    return str(name)


@pytest.fixture(scope="session")
def axe() -> str:
    """The script that checks a page for what keeps people out."""
    spec = find_spec("axe_playwright_python")
    if spec is None or spec.origin is None:
        pytest.skip("needs axe-core: make browser")
    return next(Path(spec.origin).parent.rglob("axe.min.js")).read_text(encoding="utf-8")


@pytest.mark.parametrize(("width", "scheme"), [(360, "dark"), (1600, "light")])
@pytest.mark.parametrize("name", VIEWS)
def test_view_fits_and_axe_finds_nothing_serious(
    news, article, open_page, axe, name, width, scheme
):
    page = open_page(
        news.address + VIEWS[name].format(article=article),
        width=width,
        scheme=scheme,
        bypass_csp=True,
    )

    assert page.evaluate("document.documentElement.scrollWidth") <= width
    for details in page.query_selector_all("details:not([open])"):
        details.evaluate("one => one.open = true")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.evaluate(axe)
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    serious = [
        (one["id"], one["nodes"][0]["html"][:200], one["nodes"][0]["failureSummary"][:200])
        for one in found["violations"]
        if one["impact"] in ("serious", "critical")
    ]
    assert serious == []


def test_each_filter_of_today_applies_at_once_and_is_in_the_address(news, open_page):
    page = open_page(news.address + "/")
    for name in ("language", "country", "site", "tag", "tone", "quality"):
        page.goto(news.address + "/")
        before = page.inner_text("#stories-title")
        value = page.eval_on_selector(
            f"#f-{name}", "one => one.options[one.options.length - 1].value"
        )
        with page.expect_navigation():
            page.select_option(f"#f-{name}", value)
        assert f"{name}={quote(value)}" in page.url
        assert page.input_value(f"#f-{name}") == value
        assert page.inner_text("#stories-title") != before
        assert "&language=&" not in page.url  # What says nothing is not in it.


def test_another_day_is_a_click_on_its_bar(news, open_page):
    page = open_page(news.address + "/")
    with page.expect_navigation():
        page.click(".bars a[aria-label^='27 Nov']")

    assert "day=2026-11-27" in page.url
    assert page.inner_text("h1") == "Friday, 27 November 2026"
    assert page.locator(".bars a[aria-current]").get_attribute("aria-label").startswith("27 Nov")


def test_the_keyboard_alone_is_enough(news, open_page):
    page = open_page(news.address + "/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    assert page.evaluate("document.activeElement.getBoundingClientRect().top >= 0")
    page.keyboard.press("Enter")
    page.keyboard.press("j")
    first = page.evaluate("document.activeElement.textContent.trim()")
    page.keyboard.press("j")
    page.keyboard.press("k")
    assert page.evaluate("document.activeElement.textContent.trim()") == first
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert page.inner_text("h1").strip() == first
    page.keyboard.press("g")
    with page.expect_navigation():
        page.keyboard.press("f")
    assert page.inner_text("h1") == "Feeds"
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.name") == "q"


def test_tab_reaches_each_field_and_link_in_the_order_of_the_page(news, open_page):
    page = open_page(news.address + "/missing")
    wanted = page.evaluate(
        "[...document.querySelectorAll('a, button, input, select, summary, [tabindex=\"0\"]')]"
        ".filter(one => one.tabIndex >= 0 && one.checkVisibility()).length"
    )
    seen = []
    for _ in range(wanted):
        page.keyboard.press("Tab")
        seen.append(
            page.evaluate("[...document.querySelectorAll('*')].indexOf(document.activeElement)")
        )
    assert seen == sorted(seen)
    assert len(set(seen)) == wanted


def test_without_scripts_all_of_it_works(news, open_page):
    page = open_page(news.address + "/", java_script_enabled=False)
    page.select_option("#f-language", "de")
    page.click("text=Apply")
    assert "language=de" in page.url
    page.click(".story h3 a >> nth=0")
    assert page.locator("h1").count() == 1
    page.goto(news.address + "/sql")
    page.fill("textarea", "SELECT 40 + 2 AS n")
    page.click("button:text('Run')")
    assert page.inner_text("td") == "42"
    page.goto(news.address + "/search")
    page.fill("#f-q", "foghorn")
    page.click("button:text('Search')")
    assert page.locator("mark").count() > 0


def test_hostile_titles_do_nothing(news, open_page):
    for query in ("/", "/?page=2", "/search?q=script", "/search?q=whatever+OR+long"):
        page = open_page(news.address + query, width=360)
        assert "feedlake" in page.title()
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        assert page.evaluate("document.images.length") == 0
    page = open_page(news.address + "/")
    [shown] = [text for text in page.locator("h3").all_inner_texts() if "<script>" in text]
    assert shown.startswith("<script>document.title")
    tall = page.evaluate(
        "Math.max(...[...document.querySelectorAll('h3')].map(one => one.offsetHeight))"
    )
    assert tall < 400


def test_an_open_page_is_told_of_news(growing, open_page):
    page = open_page("about:blank")
    page.clock.install()
    page.goto(growing.address + "/")
    page.clock.run_for(16_000)
    assert page.is_hidden("#news")
    lake = Lake(growing.lake)
    with lake.writing():
        publish_run(lake, [TODAY.replace(day=29), TODAY], 50)
    page.clock.run_for(16_000)
    page.wait_for_selector("#news:not([hidden])")

    assert "The lake has grown" in page.inner_text("#news")


@pytest.mark.parametrize("path", ["/", "/search", "/feeds", "/missing", "/runs", "/sql"])
def test_empty_and_older_lakes_are_shown(empty, old, open_page, path):
    for served in (empty, old):
        page = open_page(served.address + path, width=360)
        assert page.locator("h1").count() == 1
        assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_sql_is_typed_drawn_and_paged(news, open_page):
    page = open_page(news.address + "/sql")
    page.click("text=Articles per day and site")
    assert page.locator("tbody tr").count() > 10
    page.goto(news.address + "/sql")
    page.fill("textarea", "SELECT range AS a, range * 2 AS b FROM range(250)")
    page.click("button:text('Run')")
    with page.expect_navigation():
        page.select_option("#f-x", "a")
    assert page.locator(".lines").count() == 1
    with page.expect_navigation():
        page.click("text=Next →")
    assert re.search("Rows 101 to 200", page.inner_text("#answer-title"))


def test_an_answer_can_be_downloaded_and_code_copied(news, open_page):
    page = open_page(
        news.address + "/search?q=foghorn", permissions=["clipboard-read", "clipboard-write"]
    )
    with page.expect_download() as download:
        page.click("text=CSV")
    assert download.value.suggested_filename == "search.csv"
    page.click("text=Copy as SQL")
    page.click("details[open] button[data-copy]")
    page.wait_for_selector("button:text('Copied')")
    assert page.evaluate("navigator.clipboard.readText()").startswith("SELECT date, site")
