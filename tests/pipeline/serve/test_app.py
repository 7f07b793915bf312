from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from asgi_client import ask
from old_lakes import forget_columns
from shown_lake import HOSTILE, NOON, make_empty_lake, make_shown_lake
from starlette.types import ASGIApp

from feedlake.pipeline.serve.app import ROUTES, make_app, make_desk

EVERY_VIEW = [path for path in ROUTES if "{" not in path]


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> ASGIApp:
    """An application that shows a lake of news, some with hostile titles."""
    path = str(tmp_path_factory.mktemp("shown") / "lake")
    make_shown_lake(path, days=6, is_hostile=True)
    return make_app(make_desk(path, now=lambda: NOON), port=8200)


def app_of(lake: object) -> ASGIApp:
    return make_app(make_desk(str(lake), now=lambda: NOON), port=8200)


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:8200", 200),
        ("localhost:8200", 200),
        ("LOCALHOST:8200", 200),
        ("[::1]:8200", 200),
        ("127.0.0.1", 400),
        ("127.0.0.1:8201", 400),
        ("127.0.0.1:8200.evil.example", 400),
        ("evil.example:8200", 400),
        ("", 400),
    ],
)
def test_only_names_of_this_machine_are_served(app, host, status):
    assert ask(app, "/state", host=host).status == status


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "TRACE", "CONNECT", "MOVE"])
@pytest.mark.parametrize("path", ["/", "/state", "/nothing"])
def test_nothing_can_be_sent(app, method, path):
    answered = ask(app, path, method=method)

    assert answered.status == 405
    assert answered.headers["allow"] == "GET, HEAD, OPTIONS"


def test_options_and_head_are_answered(app):
    assert ask(app, "/", method="OPTIONS").status == 204
    assert ask(app, "/", method="HEAD").status == 200


@pytest.mark.parametrize(
    ("site", "mode", "destination", "status"),
    [
        ("none", "navigate", "document", 200),
        ("same-origin", "cors", "empty", 200),
        ("cross-site", "navigate", "document", 200),
        ("cross-site", "navigate", "iframe", 403),
        ("cross-site", "no-cors", "image", 403),
        ("same-site", "cors", "empty", 403),
    ],
)
def test_other_sites_may_lead_here_but_not_ask_behind_one_s_back(
    app, site, mode, destination, status
):
    headers = {"sec-fetch-site": site, "sec-fetch-mode": mode, "sec-fetch-dest": destination}

    assert ask(app, "/state", headers=headers).status == status


@pytest.mark.parametrize("path", [*EVERY_VIEW, "/nothing", "/static/serve.css", "/state"])
@pytest.mark.parametrize("host", ["127.0.0.1:8200", "evil.example"])
def test_each_answer_carries_the_policy(app, path, host):
    headers = ask(app, path, host=host).headers

    assert "default-src 'none'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert headers["referrer-policy"] == "no-referrer"


@pytest.mark.parametrize(
    "path",
    [
        *(
            "/static/../app.py",
            "/static/..%2fapp.py",
            "/static/%2e%2e/app.py",
            "/static//etc/passwd",
        ),
        *("/static/", "/static/serve.css%00", "/../../etc/passwd", "//", "/_journal", "/%ff%fe"),
    ],
)
def test_no_path_leads_to_other_files(app, path):
    answered = ask(app, path)

    assert answered.status == 404
    assert "There is nothing at this address." in answered.text


class _Page(HTMLParser):
    """What a browser would load or run, and what it can be sent to."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


@pytest.mark.parametrize("path", EVERY_VIEW)
def test_pages_are_whole_without_scripts_styles_or_frames_of_their_own(app, path):
    page = _Page(ask(app, path).text)

    for tag, attributes in page.tags:
        assert tag not in ("style", "iframe", "img", "object", "embed", "base")
        assert not [name for name in attributes if name.startswith("on") or name == "style"]
        if tag == "script":
            assert re.fullmatch(r"/static/serve\.js\?v=[0-9a-f]{8}", attributes["src"] or "")
        for name in ("href", "src", "action"):
            if attributes.get(name):
                assert re.match(r"/|#|https?://", attributes[name] or ""), attributes
    names = [tag for tag, _ in page.tags]
    assert names.count("h1") == names.count("main") == 1
    ids = [found["id"] for _, found in page.tags if found.get("id")]
    assert len(ids) == len(set(ids))


def test_hostile_titles_are_shown_and_do_nothing(app):
    answered = ask(app, "/?page=1")
    text = answered.text

    assert "&lt;script&gt;document.title" in text
    assert "<script>document.title" not in text
    assert "onerror=alert(1)&gt;" in text
    assert "\u202e" not in text
    assert "nihton syas enildaeh sihT and goes on" in text
    assert "W" * 301 not in text
    assert re.search("Zal[\u0300-\u036f]{4}go over", text)
    assert len(HOSTILE) == 6


@pytest.mark.parametrize(
    "query",
    [
        "day=2026-13-45&page=0",
        "day=9999-12-31",
        "day=0001-01-01",
        "page=99999999999999999999",
        "page=²",
        "page=-1&tone=loud&quality=2",
        "language=%00&site=%ff&tag=%27--&country=%22%3E",
        "language=" + "x" * 5_000,
        "day=&language=&day=2026-11-29",
        "unknown=1&&&=&page",
    ],
)
def test_any_state_in_the_address_gives_a_page(app, query):
    from urllib.parse import quote

    assert ask(app, f"/?{quote(query, safe='=&%')}").status == 200


@pytest.mark.parametrize("path", EVERY_VIEW)
def test_an_empty_lake_is_shown(tmp_path, path):
    make_empty_lake(tmp_path / "lake")

    assert ask(app_of(tmp_path / "lake"), path).status == 200


@pytest.mark.parametrize("path", [*EVERY_VIEW, "/?language=en&tone=negative&quality=0.5"])
def test_a_lake_of_an_older_version_is_shown(tmp_path_factory, path):
    lake = tmp_path_factory.getbasetemp() / "old" / "lake"
    if not lake.exists():
        lake.parent.mkdir()
        make_shown_lake(str(lake), days=6)
        younger = ("places", "countries", "entities", "tone", "quality_score", "published_text")
        forget_columns(lake, [*younger, "other_clusters", "claimed_url", "reading_time_s"])
        forget_columns(lake, ["other_clusters", "claimed_url"], table="duplicates")
        forget_columns(lake, ["publication", "known_by_entry", "deferred"], table="runs")
        forget_columns(lake, ["missed_entries", "left_out"], table="sources")

    assert ask(app_of(lake), path).status == 200


def test_a_damaged_lake_is_a_sentence_and_not_a_traceback(tmp_path):
    make_shown_lake(str(tmp_path / "lake"), days=3)
    application = app_of(tmp_path / "lake")
    next((tmp_path / "lake" / "articles").glob("**/*.parquet")).unlink()

    answered = ask(application, "/")

    assert answered.status == 503
    assert "is missing" in answered.text


def test_pages_of_stories_follow_each_other(app):
    first, second = ask(app, "/?quality="), ask(app, "/?page=2")

    assert "19 stories" in first.text
    assert "There is no such page." in second.text
