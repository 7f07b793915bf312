"""Whole runs over pages with faults: each ends where it belongs, and nobody was offended."""

# ruff: noqa: E501 - a fault is a line, as in a table

from __future__ import annotations

import gzip
from collections import Counter
from collections.abc import Callable, Iterator
from html import escape
from typing import Any

import brotli
import pytest
from crawling import gaps
from feed_sites import DATE, Feed, Item, add_pages, page, text_of
from internet import Internet, Reply, Site
from web_runs import Web, check_manners, forget_process, shorten_deadlines

CZECH = " Žluťoučký kůň"


@pytest.fixture
def net() -> Iterator[Internet]:
    with Internet() as internet:
        yield internet


@pytest.fixture(autouse=True)
def _shorten(monkeypatch: pytest.MonkeyPatch) -> None:
    shorten_deadlines(monkeypatch, reply_s=2.0)


def moved(to: str, *, status: int = 302) -> Reply:
    return Reply(status=status, headers={"Location": to})


def chain(site: Site, name: str, hops: int) -> Reply:
    """Scripts redirects that end at the page of that name."""
    site.add(f"/hop0-{name}", page(name))
    for hop in range(1, hops):
        site.add(f"/hop{hop}-{name}", moved(f"/hop{hop - 1}-{name}", status=301))
    return moved(f"/hop{hops - 1}-{name}")


def html_of(name: str, **more: Any) -> Reply:
    """The page of that name, answered in another way."""
    return Reply(**{"body": page(name).body, **more})


def wall(title: str, text: str, *, status: int = 200, head: str = "") -> Reply:
    body = f"<html><head><title>{title}</title>{head}</head><body><h1>{title}</h1><p>{text}</p>"
    return Reply(f"{body}</body></html>".encode(), status=status)


def in_charset(name: str, charset: str, *, meta: str = "", header: str = "") -> Reply:
    head = f"<meta charset='{meta}'>" if meta else ""
    paragraphs = "".join(f"<p>{part}{CZECH}</p>" for part in text_of(name).split("\n\n"))
    body = f"<html lang=cs><head>{head}<title>{name}</title></head><body><article>{paragraphs}"
    return Reply(
        f"{body}</article></body></html>".encode(charset),
        content_type="text/html" + (f"; charset={header}" if header else ""),
    )


WITH_COOKIE = {"Location": "/Cookies", "Set-Cookie": "a=b"}

Script = Callable[[Site, Internet], Reply | list[Reply]]

# Where the entry ends, and what its page answers; the page is at /name of a site of its own.
PAGES: dict[str, tuple[str, Script]] = {
    "Plain": ("page", lambda s, n: page("Plain")),
    "ThreeHops": ("page", lambda s, n: chain(s, "ThreeHops", 3)),
    "TenHops": ("page", lambda s, n: chain(s, "TenHops", 10)),
    "ElevenHops": ("too_many_redirects", lambda s, n: chain(s, "ElevenHops", 11)),
    "Circle": ("redirect_loop", lambda s, n: moved("/Circle")),
    "Cookies": ("redirect_loop", lambda s, n: Reply(status=302, headers=WITH_COOKIE)),
    "OtherHost": ("page", lambda s, n: moved(elsewhere(n, "OtherHost"))),
    "NoLocation": ("http_error", lambda s, n: Reply(status=302)),
    "BusyShortly": ("page", lambda s, n: [Reply(status=429, headers={"Retry-After": "1"}), page("BusyShortly")]),
    "BusyLong": ("waits: http_error", lambda s, n: Reply(status=429, headers={"Retry-After": "7200"})),
    "ErrorOnce": ("page", lambda s, n: [Reply(status=500), page("ErrorOnce")]),
    "ErrorTwice": ("page", lambda s, n: [Reply(status=502), Reply(status=504), page("ErrorTwice")]),
    "ErrorEver": ("waits: http_error", lambda s, n: Reply(status=503)),
    "Hang": ("waits: timeout", lambda s, n: Reply(hang=True)),
    "HangInBody": ("waits: timeout", lambda s, n: html_of("HangInBody", drip_s=9, drip_bytes=99)),
    "Drip": ("waits: timeout", lambda s, n: html_of("Drip", drip_s=0.1)),
    "Endless": ("too_large", lambda s, n: html_of("Endless", endless=True)),
    "GzipBomb": ("too_large", lambda s, n: Reply(gzip.compress(bytes(30 << 20)), headers={"Content-Encoding": "gzip"})),
    "BrotliBomb": ("too_large", lambda s, n: Reply(brotli.compress(bytes(30 << 20), quality=1), headers={"Content-Encoding": "br"})),
    "Gzip": ("page", lambda s, n: html_of("Gzip", gzip=True)),
    "GzipCut": ("waits: truncated", lambda s, n: html_of("GzipCut", gzip_cut=9)),
    "Short": ("waits: truncated", lambda s, n: html_of("Short", cut_at=1_500)),
    "ShortOnce": ("page", lambda s, n: [html_of("ShortOnce", cut_at=1_500), page("ShortOnce")]),
    "Reset": ("waits: connect", lambda s, n: Reply(reset=True)),
    "Utf8": ("page", lambda s, n: in_charset("Utf8", "utf-8", header="utf-8")),
    "WrongHeader": ("page", lambda s, n: in_charset("WrongHeader", "utf-8", header="iso-8859-1", meta="utf-8")),
    "Legacy": ("page", lambda s, n: in_charset("Legacy", "windows-1250", header="windows-1250")),
    "LegacyMeta": ("page", lambda s, n: in_charset("LegacyMeta", "windows-1250", meta="windows-1250")),
    "Utf16": ("page", lambda s, n: in_charset("Utf16", "utf-16")),
    "WrongType": ("page", lambda s, n: html_of("WrongType", content_type="application/octet-stream")),
    "NoType": ("page", lambda s, n: html_of("NoType", content_type=None)),
    "PlainText": ("text", lambda s, n: Reply(text_of("PlainText").encode(), content_type="text/plain")),
    "Pdf": ("pdf", lambda s, n: Reply(b"%PDF-1.7\n" + bytes(999), content_type="application/pdf")),
    "PdfAsHtml": ("pdf", lambda s, n: Reply(b"%PDF-1.7\n" + bytes(999))),
    "Image": ("content_type", lambda s, n: Reply(b"\x89PNG\r\n\x1a\n" + bytes(99), content_type="image/png")),
    "Json": ("content_type", lambda s, n: Reply(b'{"text": "words"}', content_type="application/json")),
    "Empty": ("empty", lambda s, n: Reply(b"")),
    "NoText": ("no_main_text", lambda s, n: Reply(b"<html><head><title>x</title></head><body></body></html>")),
    "Gone": ("http_error", lambda s, n: html_of("Gone", status=410)),
    "Missing": ("http_error", lambda s, n: html_of("Missing", status=404)),
    "Forbidden": ("http_error", lambda s, n: html_of("Forbidden", status=403)),
    "Unauthorized": ("http_error", lambda s, n: html_of("Unauthorized", status=401)),
    "Challenge": ("challenge", lambda s, n: wall("Just a moment...", "Checking your browser before accessing.", head="<script>window._cf_chl_opt={}</script>")),
    "Challenge403": ("challenge", lambda s, n: wall("Just a moment...", "Enable JavaScript and cookies to continue", status=403, head="<script>window._cf_chl_opt={}</script>")),
    "Script": ("javascript_wall", lambda s, n: wall("News", "Please enable JavaScript to view this page.")),
    "SoftLost": ("soft_404", lambda s, n: wall("Page not found", "Sorry, the page you are looking for does not exist.")),
    "ToFront": ("soft_404", lambda s, n: [s.add("/", wall("News", "All the news.")) and moved("/")]),
    "Login": ("login_wall", lambda s, n: [s.add("/login", wall("Log in", "<form><input type=password></form>")) and moved("/login?next=/Login")]),
    "SsrfLoop": ("forbidden_address", lambda s, n: moved(f"http://127.0.0.1:{n.port}/x")),
    "SsrfMeta": ("forbidden_address", lambda s, n: moved("http://169.254.169.254/latest/meta-data/")),
    "SsrfSix": ("forbidden_address", lambda s, n: moved(f"http://[::1]:{n.port}/x")),
    "SsrfName": ("forbidden_address", lambda s, n: moved(f"http://localhost:{n.port}/x")),
    "SsrfNumber": ("forbidden_address", lambda s, n: moved(f"http://2130706433:{n.port}/x")),
    "FileUrl": ("bad_url", lambda s, n: moved("file:///etc/passwd")),
    "GopherUrl": ("bad_url", lambda s, n: moved("gopher://127.1.0.1/1")),
    "BadUrl": ("bad_url", lambda s, n: moved("http://[::1")),
}  # fmt: skip


def elsewhere(net: Internet, name: str) -> str:
    site = net.add_site()
    add_pages(site, name)
    return site.url(f"/{name}", by_address=True)


def test_pages_end_where_they_belong(net, tmp_path):
    news = net.add_site()
    traps = {
        "EntryLoop": f"http://127.0.0.1:{net.port}/trap",
        "EntryTen": "http://10.0.0.1/trap",
        "EntrySix": f"http://[::1]:{net.port}/trap",
        "EntryHex": f"http://0x7f.1:{net.port}/trap",
        "EntryName": f"http://localhost:{net.port}/trap",
    }
    items = [Item(name, link=link) for name, link in traps.items()]
    for name, (_, script) in PAGES.items():
        site = net.add_site()
        answer = script(site, net)
        site.add(f"/{name}", answer)
        site.add("/Beside" + name, page("Beside" + name))
        links = (site.url(f"/{one}", by_address=True) for one in (name, "Beside" + name))
        items += [Item(one, link=link) for one, link in zip((name, "Beside" + name), links)]  # noqa: B905
    feed = Feed(news, [])
    feed.items = items
    web = Web(tmp_path / "lake", (feed.url,))

    account = web.run()

    wanted = {name: end for name, (end, _) in PAGES.items()}
    wanted |= {"Beside" + name: "page" for name in PAGES}
    wanted["BesideBusyLong"] = "page"
    ends = web.ends()
    for name in traps:
        assert ends.pop(name) in {"forbidden_address", "bad_url", "no_link", "too_short"}
    beside_waits = {"BesideHang", "BesideDrip", "BesideHangInBody", "BesideReset", "BesideBusyLong"}
    for name in beside_waits:  # Their host may be closed before their turn.
        if ends[name] == "waits: host_closed":
            wanted[name] = "waits: host_closed"
    assert ends == wanted
    assert account["deferred"] == len(web.waiting())
    assert account["documents"] + account["deferred"] == len(items)
    texts = {row["title"]: row["text"] for row in web.rows("articles")}
    for name, text in texts.items():
        assert text.replace(CZECH, "").split() == text_of(name).split(), name
    in_czech = {name for name, text in texts.items() if CZECH in text}
    assert in_czech == {"Utf8", "WrongHeader", "Legacy", "LegacyMeta", "Utf16"}
    check_manners(net)

    before, rows = len(net.requests), web.counts()
    again = web.run("--no-robots")
    asked = net.requests[before:]
    paths = {request.path[1:] for request in asked} - {"feed.xml"}
    assert feed_was_asked_conditionally(asked)
    still = {name for name, end in wanted.items() if end.startswith("waits")}
    assert paths <= still, "only what waits is asked for again"
    assert "BusyLong" not in paths, "its host wants to be left alone"
    assert again["articles"] <= len(beside_waits)
    assert {**web.counts(), "articles": 0} == {**rows, "articles": 0}


def feed_was_asked_conditionally(asked: list[Any]) -> bool:
    return ["if-none-match" in r.headers for r in asked if r.path == "/feed.xml"] == [True]


def full(name: str, link: str, text: str) -> str:
    """An entry that gives its content in full."""
    return (
        f"<item><title>{name}</title><link>{escape(link)}</link>"
        f"<content:encoded>{escape(text)}</content:encoded><pubDate>{DATE}</pubDate></item>"
    )


@pytest.mark.parametrize("element", ["content:encoded", "description"])
def test_what_a_feed_gives_in_full_stands_for_a_page_that_is_worse(net, tmp_path, element):
    """Whether the page is gone, is a wall, shows a part, or may not be asked for."""
    site, other = net.add_site(), net.add_site()
    other.add("/robots.txt", Reply(b"User-agent: *\nDisallow: /", content_type="text/plain"))
    teaser = text_of("Paywall")[:300]
    answers: dict[str, tuple[Reply, str, str | None]] = {
        "Good": (page("Good"), "page", None),
        "Gone": (Reply(status=404), "feed", "http_error: the site answered 404"),
        "Wall": (
            wall(
                "Just a moment...",
                "Checking your browser.",
                head="<script>window._cf_chl_opt={}</script>",
            ),
            "feed",
            "challenge",
        ),
        "Pdf": (Reply(b"%PDF-1.7\n", content_type="application/pdf"), "feed", "pdf"),
        "Paywall": (
            Reply(f"<html><body><article><p>{teaser}</p></article></body></html>".encode()),
            "feed",
            "the page gives",
        ),
        "NoText": (Reply(b"<html><body></body></html>"), "feed", "no_main_text"),
        "Trap": (moved(f"http://127.0.0.1:{net.port}/"), "feed", "forbidden_address"),
    }
    items = []
    for name, (answer, _, _) in answers.items():
        site.add(f"/{name}", answer)
        paragraphs = "".join(f"<p>{part}</p>" for part in text_of(name).split("\n\n"))
        items.append(full(name, site.url(f"/{name}", by_address=True), paragraphs))
    secret = other.url("/Secret", by_address=True)
    items.append(full("Secret", secret, f"<p>{text_of('Secret')}</p>"))
    thin = "<p>Read more</p>" + "<img src='https://example.com/picture.jpg' alt=''>" * 20
    site.add("/Thin", Reply(status=404))
    items.append(full("Thin", site.url("/Thin", by_address=True), thin))
    root = "<rss version='2.0' xmlns:content='http://purl.org/rss/1.0/modules/content/'>"
    entries = "".join(items).replace("content:encoded", element)
    feed = f"{root}<channel><title>N</title>{entries}</channel></rss>".encode()
    url = site.add("/feed.xml", Reply(feed, content_type="text/xml"))
    web = Web(tmp_path / "lake", (url.replace(site.name, site.address),))

    account = web.run()

    rows = {row["title"]: row for row in web.rows("articles")}
    wanted = {name: source for name, (_, source, _) in answers.items()} | {"Secret": "feed"}
    assert {name: row["text_source"] for name, row in rows.items()} == wanted
    assert all(row["text"].split() == text_of(name).split() for name, row in rows.items())
    for name, (_, _, note) in answers.items():
        assert (rows[name]["text_note"] or "").startswith(note or ""), name
        assert bool(rows[name]["text_note"]) == bool(note)
    assert rows["Secret"]["text_note"].startswith("robots_txt")
    assert [(row["title"], row["reason"]) for row in web.rows("rejects")] == [
        ("Thin", "http_error")
    ]
    assert account["documents"] == 9
    assert other.asked() == ["/robots.txt"]
    check_manners(net)
    assert web.run()["documents"] == 0


def test_one_page_is_fetched_once_however_many_entries_lead_to_it(net, tmp_path):
    site, other = net.add_site(), net.add_site()
    link = site.url("/Shared", by_address=True)
    add_pages(site, "Shared", "Ours")
    canonical = f"<link rel=canonical href='{site.url('/Amp', by_address=True)}'>"
    site.add("/Amp", page("Amp"))
    site.add("/amp/Amp", page("Amp", head=canonical))
    first = Feed(site, [])
    first.items = [
        Item("Shared", link=link, title="Shared A"),
        Item("Shared", link=f"{link}?utm_source=feed&utm_medium=rss", title="Shared B"),
        Item("Amp", link=site.url("/amp/Amp", by_address=True)),
        "Ours",
    ]
    second = Feed(other, [])
    second.items = [
        Item("Shared", link=f"{link}#comments", title="Shared C"),
        Item("Amp", link=site.url("/Amp", by_address=True), title="Amp again"),
    ]
    web = Web(tmp_path / "lake", (first.url, second.url))

    account = web.run()

    assert Counter(request.path for request in site.requests) == {
        "/robots.txt": 1,
        "/feed.xml": 1,
        "/Shared": 1,
        "/Amp": 1,
        "/amp/Amp": 1,
        "/Ours": 1,
    }
    assert {row["canonical_url"] for row in web.rows("articles")} == {
        site.url(path, by_address=True) for path in ("/Shared", "/Amp", "/Ours")
    }
    assert (account["articles"], account["duplicates"], account["documents"]) == (3, 3, 6)
    check_manners(net)
    assert web.run()["documents"] == 0


def test_robots_txt_is_obeyed_and_crawl_delay_kept(net, tmp_path):
    site, unsure, asked = net.add_site(), net.add_site(), net.add_site()
    rules = (
        b"User-agent: feedlake\nDisallow: /private\nCrawl-delay: 0.3\n\nUser-agent: *\nDisallow:"
    )
    site.add("/robots.txt", Reply(rules, content_type="text/plain"))
    unsure.add("/robots.txt", Reply(status=503))
    add_pages(unsure, "Unsure")
    add_pages(asked, "Open")
    site.add("/Moved", moved("/private/Moved"))
    feed = Feed(asked, [])
    feed.items = [
        Item("Private", link=site.url("/private/1", by_address=True)),
        Item("Moved", link=site.url("/Moved", by_address=True)),
        Item("Unsure", link=unsure.url("/Unsure", by_address=True)),
        "Open",
    ]
    web = Web(tmp_path / "lake", (feed.url,))

    web.run()
    assert web.ends() == {
        "Private": "robots_txt",
        "Moved": "robots_txt",
        "Unsure": "waits: robots_unreachable",
        "Open": "page",
    }
    assert site.asked() == ["/robots.txt", "/Moved"]
    assert gaps(site.requests)[0] >= 0.3
    assert unsure.asked() == ["/robots.txt"] * 2
    unsure.add("/robots.txt", Reply(status=404))
    forget_process()
    web.run()
    assert web.ends()["Unsure"] == "page"
    assert site.asked() == ["/robots.txt", "/Moved"]
    assert asked.asked("/robots.txt") == ["/robots.txt"], "it is kept in the lake"
    check_manners(net)
