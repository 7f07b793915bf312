"""What the views show, beside Today."""

from __future__ import annotations

import html
import re
from urllib.parse import quote

import pytest
from asgi_client import ask
from shown_lake import NOON, TODAY, article_of, make_shown_lake, publish
from starlette.types import ASGIApp

from feedlake.pipeline.explore.explorer import Explorer
from feedlake.pipeline.lake.lake import Lake
from feedlake.pipeline.serve.app import make_app, make_desk


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = str(tmp_path_factory.mktemp("shown") / "lake")
    make_shown_lake(path, days=36)
    return path


@pytest.fixture(scope="module")
def app(lake: str) -> ASGIApp:
    return make_app(make_desk(lake, now=lambda: NOON), port=8200)


def words(text: str) -> str:
    """A page's words as a reader sees them."""
    main = text[text.index("<main") : text.index("</main>")]
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", main)).split())


def rows(lake: str, sql: str) -> list[dict[str, object]]:
    return Explorer(Lake(lake)).ask(lambda instant: instant.ask(sql))


def revised(lake: str) -> str:
    [row] = rows(lake, f"SELECT min(article_id) AS id FROM revisions WHERE date = '{TODAY}'")
    return str(row["id"])


def test_an_article_shows_text_provenance_revision_copies_and_explanation(app, lake):
    text = ask(app, f"/article/{revised(lake)}").text
    shown = words(text)

    assert ", and the council answers" in shown
    assert "From source to row" in shown
    assert "in its words: Mon, 30 Nov 2026" in shown
    assert re.search(r"<del>close\.? ?</del> ?<ins>clear\.? ?</ins>", text)
    assert "2 paragraphs are as before" in shown
    assert "a similar text" in shown
    assert "From our wire service." in shown
    assert re.search(r"Where it differs: \d passages", shown)
    assert "An article: " in shown  # What explain says.
    assert "read from: https://" in shown
    assert 'class="map"' in text


def test_the_address_of_a_copy_leads_to_its_original(app, lake):
    [copy] = rows(lake, "SELECT article_id, original_id FROM duplicates LIMIT 1")
    answered = ask(app, f"/article/{copy['article_id']}")

    assert answered.status == 303
    assert answered.headers["location"] == f"/article/{copy['original_id']}#copies"


def test_an_article_without_a_date_was_seen_then_and_not_published(tmp_path):
    lake = Lake(str(tmp_path / "lake"))
    row = {**article_of(TODAY, "undated", "A notice", at=NOON), "published_at": None}
    with lake.writing():
        publish(lake, "20261130T120000Z-abcdef-0001", {"articles": [row]})
    app = make_app(make_desk(lake.path, now=lambda: NOON), port=8200)

    assert "seen 30 Nov" in words(ask(app, "/").text)
    assert "(fetched)" in words(ask(app, f"/article/{row['article_id']}").text)


@pytest.mark.parametrize("name", ["0" * 32, "x", "%27%20OR%201", "<b>", "a%2Fb"])
def test_an_article_that_is_not_there_is_said_to_be_not_there(app, name):
    assert ask(app, f"/article/{quote(name)}").status == 404


def test_feeds_are_listed_those_that_need_a_look_first(app):
    text = ask(app, "/feeds").text

    assert "12 addresses" in words(text)
    names = re.findall(r'data-step href="/feeds\?source=https%3A%2F%2F([\w.-]+)%2F', text)
    assert len(names) == 12
    assert names[0] == "weekender.example"
    assert text.count('class="strip"') == 12
    assert "failing" in words(text)


@pytest.mark.parametrize(
    ("query", "count"),
    [("q=citydesk", 1), ("q=CITYDESK.EXAMPLE", 1), ("health=look", 1), ("health=nonsense", 0)],
)
def test_feeds_can_be_filtered(app, query, count):
    text = ask(app, f"/feeds?{query}").text

    assert len(re.findall(r"<tr>\s*<th scope=.row", text)) == count


def test_a_feed_shows_its_errors_its_rejects_and_its_waiting_pages(app, lake):
    source = "https://weekender.example/feed.xml"
    shown = words(ask(app, f"/feeds?source={quote(source)}").text)

    assert "HTTP status 503" in shown
    [waiting] = rows(lake, f"SELECT count(*) AS n FROM waiting WHERE source = '{source}'")
    assert shown.count("A page that waits") == waiting["n"] > 0
    [reject] = rows(lake, f"SELECT reason FROM rejects WHERE source = '{source}' LIMIT 1")
    assert str(reject["reason"]) in shown


def test_an_address_that_was_never_polled_is_said_to_be_so(app):
    answered = ask(app, "/feeds?source=https://nowhere.example/")

    assert answered.status == 404
    assert "has never polled this address" in words(answered.text)


def test_missing_counts_rejects_by_reason_and_site(app, lake):
    text = ask(app, "/missing?days=all").text
    [total] = rows(lake, "SELECT count(*) AS n FROM rejects")
    counted = rows(lake, "SELECT reason, count(*) AS n FROM rejects GROUP BY reason")

    assert f"{total['n']} rejects" in words(text)
    for row in counted:
        name = rf'<span class="reason">{row["reason"]}</span></a></th>'
        assert re.search(rf'{name}\s*<td class="number">{row["n"]}<', text)


def test_missing_can_be_narrowed_to_a_reason_and_a_site(app, lake):
    [row] = rows(
        lake,
        "SELECT reason, regexp_extract(url, '//([^/]+)', 1) AS host, count(*) AS n FROM rejects "
        "GROUP BY ALL ORDER BY n DESC, reason, host LIMIT 1",
    )
    shown = words(ask(app, f"/missing?days=all&reason={row['reason']}&site={row['host']}").text)

    assert f"{row['n']} rejects for {row['reason']} of {row['host']}" in shown


@pytest.mark.parametrize(
    ("sql", "verdict"),
    [
        ("SELECT url FROM articles LIMIT 1", "It is in the lake, as an article."),
        ("SELECT url FROM duplicates LIMIT 1", "It is in the lake as a copy"),
        ("SELECT url FROM rejects LIMIT 1", "It was rejected: "),
        ("SELECT url FROM waiting LIMIT 1", "It waits: its page could not be fetched yet."),
        ("SELECT source AS url FROM sources LIMIT 1", "It is a source"),
        ("SELECT 'https://other.example/x' AS url", "The lake knows nothing of it."),
        ("SELECT '../../etc/passwd' AS url", "The lake knows nothing of it."),
    ],
)
def test_missing_says_why_an_address_is_not_here(app, lake, sql, verdict):
    [row] = rows(lake, sql)

    assert verdict in words(ask(app, f"/missing?of={quote(str(row['url']))}").text)


def test_runs_show_the_books(app, lake):
    text = ask(app, "/runs?days=all").text
    [books] = rows(
        lake,
        "SELECT sum(documents)::INT AS d, sum(articles)::INT AS a, sum(already_in_lake)::INT AS k "
        "FROM runs",
    )

    assert f"{books['d']:,} documents became {books['a']:,} articles, " in html.unescape(text)
    assert f"{books['k']:,} known" in text
    assert "12 chunks" in words(text)


def test_a_run_shows_what_failed_and_how_it_was_called(app):
    text = ask(app, "/runs?run=20261130T114000Z-00000b-0001").text
    shown = words(text)

    assert "https://weekender.example/feed.xml failed http_error HTTP status 503" in shown
    assert "near_threshold 0.8" in shown
    assert ask(app, "/runs?run=nothing").status == 404


def test_each_statement_that_is_shown_can_be_run(app, lake):
    """In the places of figures, and as the link to the SQL view has it."""
    pages = ["/", "/feeds", "/missing", "/runs", f"/article/{revised(lake)}"]
    pages += ["/feeds?source=https%3A%2F%2Fweekender.example%2Ffeed.xml"]
    pages += ["/runs?run=20261130T114000Z-00000b-0001"]
    found: set[str] = set()
    for page in pages:
        text = ask(app, page).text
        found |= {
            html.unescape(one)
            for one in re.findall(r"<pre[^>]*aria-label=.SQL.><code>(.*?)</code>", text, re.S)
        }
    assert len(found) >= 20
    for sql in found:
        rows(lake, sql)


def test_what_an_article_was_amended_to_is_shown_with_the_reason(feedlake, tmp_path):
    path = str(tmp_path / "lake")
    make_shown_lake(path, days=3)
    name = revised(path)
    amended = feedlake(
        *("amend", "--id", name, "--set", "title=What it is", "--set", "authors=A. Brook"),
        *("--reason", "the page was cut off", "--lake", path),
    )
    assert amended.code == 0, amended.err
    app = make_app(make_desk(path, now=lambda: NOON), port=8200)
    text = ask(app, f"/article/{name}").text

    assert "What it is" in words(ask(app, "/").text)
    assert re.search(r"<h1[^>]*><bdi>What it is</bdi></h1>", " ".join(text.split()))
    assert "authors A. Brook the page was cut off" in words(text)
