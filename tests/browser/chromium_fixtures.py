"""Fixtures: lakes that are served from a thread, and Chromium to look at them."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from old_lakes import forget_columns
from serving import Served, serving
from shown_lake import make_empty_lake, make_shown_lake

from feedlake.pipeline.lake.lake import Lake
from feedlake.pipeline.search.search_index import SearchIndex


@pytest.fixture(scope="session")
def news(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Twelve days of news, some with hostile titles."""
    path = str(tmp_path_factory.mktemp("news") / "lake")
    make_shown_lake(path, days=12, is_hostile=True)
    SearchIndex(Lake(path)).catch_up()
    with serving(path) as served:
        yield served


@pytest.fixture
def growing(tmp_path: Path) -> Iterator[Served]:
    """A small lake, for a test to add to."""
    make_shown_lake(str(tmp_path / "lake"), days=3)
    with serving(str(tmp_path / "lake")) as served:
        yield served


@pytest.fixture(scope="session")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A lake without a row."""
    path = tmp_path_factory.mktemp("empty") / "lake"
    make_empty_lake(path)
    with serving(str(path)) as served:
        yield served


@pytest.fixture(scope="session")
def old(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A lake that an older feedlake wrote."""
    path = tmp_path_factory.mktemp("old") / "lake"
    make_shown_lake(str(path), days=3)
    forget_columns(path, ["places", "countries", "tone", "quality_score", "published_text"])
    with serving(str(path)) as served:
        yield served


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """The system's Chromium, without a window.

    Until it's closed, Playwright keeps a loop of events in this thread, where others can't begin.
    """
    sync_api = pytest.importorskip(
        "playwright.sync_api", reason="needs Playwright and Chromium: make browser"
    )
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        pytest.skip("needs Chromium: make browser installs it where apt can")
    with sync_api.sync_playwright() as playwright:
        # Its own sandbox needs rights that root in a container lacks; only this lake is looked at.
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def open_page(chromium: Any) -> Iterator[Any]:
    """Opens pages that must not complain: no message on the console, no dialog, no failed load."""
    complaints: list[str] = []
    contexts = []

    def opened(url: str, *, width: int = 1280, scheme: str = "light", **options: Any) -> Any:
        context = chromium.new_context(
            viewport={"width": width, "height": 900}, color_scheme=scheme, **options
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("requestfailed", lambda request: complaints.extend(_failure(request)))
        page.on("dialog", lambda dialog: complaints.append(dialog.message) or dialog.dismiss())
        page.goto(url)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert complaints == []


def _failure(request: Any) -> list[str]:
    """That a load failed, unless the browser gave it up to go elsewhere, or to download it."""
    return [] if request.failure == "net::ERR_ABORTED" else [f"{request.url}: {request.failure}"]
