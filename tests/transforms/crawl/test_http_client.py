"""One hop of HTTP on loopback: what is sent, what comes back, and every way to fail."""

from __future__ import annotations

import asyncio
import gzip
import time
from collections.abc import Iterator

import brotli
import pytest
import zstandard
from internet import Internet, Reply, Site
from one_hop import fail, options, send, send_all, send_well

from feedlake.transforms.crawl.http_client import (
    HttpClient,
    HttpFailure,
    Response,
)

PAGE = b"<!DOCTYPE html><title>Ferry</title><p>The ferry left at noon.</p>" * 40


@pytest.fixture(scope="module")
def internet() -> Iterator[Internet]:
    with Internet() as internet:
        yield internet


@pytest.fixture
def site(internet: Internet) -> Site:
    return internet.add_site()


def test_response_is_what_the_server_sent(internet, site):
    url = site.add("/a", Reply(PAGE, headers={"ETag": '"1"', "X-Two": "a"}))

    assert send(internet, url) == Response(
        url=url,
        status=200,
        headers={
            "content-type": "text/html; charset=utf-8",
            "content-length": str(len(PAGE)),
            "etag": '"1"',
            "x-two": "a",
        },
        body=PAGE,
        wire_bytes=len(PAGE),
    )


def test_request_says_who_asks_and_nothing_else(internet, site):
    send(internet, site.url("/a"))

    assert site.requests[0].method == "GET"
    assert site.requests[0].headers == {
        "host": f"{site.name}:{internet.port}",
        "user-agent": "feedlake/0 test",
        "accept": "*/*",
        "accept-encoding": "gzip, deflate, br, zstd",
    }


def test_given_headers_are_sent_beside_and_instead_of_the_clients_own(internet, site):
    send(internet, site.url(), headers={"If-None-Match": '"ä"', "accept": "text/html"})

    assert site.requests[0].headers["if-none-match"].encode("latin-1").decode() == '"ä"'
    assert site.requests[0].headers["accept"] == "text/html"


@pytest.mark.parametrize(
    "headers",
    [
        {"If-None-Match": "a\r\nX-Evil: 1"},
        {"If-None-Match": "a\nb"},
        {"If-None-Match": "a\rb"},
        {"If-None-Match": "a\0b"},
        {"If-None-Match": "\udcff"},
        {"X: 1\r\nY": "a"},
        {"X Y": "a"},
        {"": "a"},
    ],
)
def test_header_that_would_break_the_request_is_our_mistake(internet, site, headers):
    with pytest.raises(ValueError, match="header"):
        send(internet, site.url(), headers=headers)
    assert site.requests == []


def test_user_agent_that_would_break_the_request_is_our_mistake():
    with pytest.raises(ValueError, match="User-Agent"):
        HttpClient(options(user_agent="feedlake\r\nX: 1"))


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("", "/"),
        ("?a=1", "/?a=1"),
        ("/a%2Fb/%41?z=1&a=%2f&a=+b%20c;d", "/a%2Fb/%41?z=1&a=%2f&a=+b%20c;d"),
        ("/a//b///c", "/a//b///c"),
        ("/a/../b/./c", "/a/../b/./c"),
        ("/a b?c d", "/a%20b?c%20d"),
        ("/ä/文?q=ü", "/%C3%A4/%E6%96%87?q=%C3%BC"),
        ("/100%", "/100%"),
        ("/%zz?%", "/%zz?%"),
        ("/a;b=c,d!$'()*@:~|^[]{}", "/a;b=c,d!$'()*@:~|^[]{}"),
        ('/"<>`', "/%22%3C%3E%60"),
        ("/a#fragment", "/a"),
        ("/?p=1&#038;q=2", "/?p=1&q=2"),
        ("/?p=1&amp;q=2", "/?p=1&amp;q=2"),
        ("/a\\b?c\\d", "/a/b?c\\d"),
        ("/\u2028a\udcffb", "/%E2%80%A8ab"),
        ("/a\r\nX-Evil: 1", "/aX-Evil:%201"),
        ("/😀", "/%F0%9F%98%80"),
        ("/?url=http://other.test/@x", "/?url=http://other.test/@x"),
    ],
)
def test_address_is_sent_as_it_is_written(internet, site, written, sent):
    send(internet, site.url("") + written)

    assert site.asked() == [sent]
    assert site.requests[0].headers["host"] == f"{site.name}:{internet.port}"


@pytest.mark.parametrize(
    ("written", "host"),
    [
        ("NEWS.test", "news.test"),
        ("news.test.", "news.test"),
        ("n%65ws.test", "news.test"),
        ("bücher.test", "xn--bcher-kva.test"),
        ("straße.test", "xn--strae-oqa.test"),
        ("news。test", "news.test"),
        ("user:secret@news.test", "news.test"),
        ("example.org@news.test", "news.test"),
        ("under_score.test", "under_score.test"),
    ],
)
def test_host_is_asked_for_as_browsers_do(internet, written, host):
    internet.names[host] = ["127.1.0.250"]
    before = len(internet.requests)

    send_well(internet, f"http://{written}:{internet.port}/robots.txt")
    request = internet.requests[before]
    assert request.headers["host"] == f"{host}:{internet.port}"
    assert "authorization" not in request.headers


@pytest.mark.parametrize("start", ["HTTP://", "http:\\\\", "  http://", "http:////", "\thttp://"])
def test_sloppy_beginning_of_an_address_is_understood(internet, site, start):
    site.add("/a", Reply(b"ok"))

    assert send_well(internet, f"{start}{site.name}:{internet.port}/a").body == b"ok"


def test_answer_names_the_address_without_credentials_and_fragment(internet, site):
    url = site.add("/a", Reply(b"ok"))

    assert send_well(internet, url.replace("//", "//user:secret@") + "#top").url == url


@pytest.mark.parametrize(
    ("reply", "limits", "detail"),
    [
        (Reply(hang=True), {"read_s": 0.2}, "nothing came for 0.2 s"),
        (Reply(PAGE, drip_s=0.3), {"read_s": 0.1}, "nothing came for 0.1 s"),
        (Reply(PAGE, drip_s=0.01), {"total_s": 0.3}, "not complete after 0.3 s"),
        (Reply(endless=True, drip_s=0.01), {"total_s": 0.3}, "not complete after 0.3 s"),
        (Reply(PAGE, delay_s=5), {"total_s": 0.2}, "not complete after 0.2 s"),
    ],
)
def test_slow_server_is_given_up(internet, site, reply, limits, detail):
    url = site.add("/", reply)
    begun = time.monotonic()

    assert send(internet, url, **limits) == HttpFailure(
        "timeout", detail=detail, is_transient=True, is_settled="total_s" in limits
    )
    assert time.monotonic() - begun < 3


def test_endless_interim_answers_are_given_up(internet, site):
    url = site.add("/", Reply(raw=b"HTTP/1.1 100 Continue\r\n\r\n" * 50_000))

    assert fail(internet, url, total_s=2)[0] in ("timeout", "connect")


def test_waiting_for_other_requests_is_no_delay_of_the_server(internet, site):
    url = site.add("/", Reply(b"ok", delay_s=0.2))

    async def work() -> list[Response | HttpFailure]:
        own = options(in_flight=2, total_s=0.5)
        async with HttpClient(own, resolve=internet.resolve) as client:
            return await asyncio.gather(*(client.send(url) for _ in range(8)))

    assert {type(answer) for answer in asyncio.run(work())} == {Response}
    assert site.most_at_once == 2


@pytest.mark.parametrize(
    ("encoding", "pack"),
    [
        ("gzip", gzip.compress),
        ("br", brotli.compress),
        ("zstd", zstandard.ZstdCompressor().compress),
        ("gzip, br", lambda body: brotli.compress(gzip.compress(body))),
        ("gzip", bytes),
    ],
)
@pytest.mark.parametrize("chunked", [False, True])
def test_body_is_decoded(internet, site, encoding, pack, chunked):
    packed = pack(PAGE)
    reply = Reply(packed, headers={"Content-Encoding": encoding}, chunked=chunked)

    answer = send_well(internet, site.add("/", reply))
    assert (answer.body, answer.wire_bytes) == (PAGE, len(packed))


def test_encodings_on_several_lines_are_one_chain(internet, site):
    lines = [("Content-Encoding", "gzip"), ("Content-Encoding", "br")]
    url = site.add("/", Reply(brotli.compress(gzip.compress(PAGE)), headers=lines))

    assert send_well(internet, url).body == PAGE


@pytest.mark.parametrize(
    ("reply", "outcome"),
    [
        (Reply(PAGE, cut_at=100), ("truncated", True)),
        (Reply(PAGE, cut_at=100, chunked=True), ("truncated", True)),
        (Reply(PAGE, cut_at=100, reset=True), ("truncated", True)),
        (Reply(PAGE, gzip_cut=9), ("truncated", True)),
        (Reply(PAGE, gzip_cut=1, chunked=True), ("truncated", True)),
        (Reply(PAGE, headers={"Content-Encoding": "exi"}), ("bad_encoding", False)),
        (Reply(b"\xff" * 99, headers={"Content-Encoding": "br"}), ("bad_encoding", False)),
        (Reply(b"a" * 10_001), ("too_large", False)),
        (Reply(b"a" * 10_001, chunked=True), ("too_large", False)),
        (Reply(b"\0" * 1_000_000, gzip=True), ("too_large", False)),
        (Reply(b"abc" * 10_000, endless=True), ("too_large", False)),
        (Reply(b"abc" * 10_000, endless=True, chunked=True), ("too_large", False)),
        (Reply(b"a", headers={"Content-Length": "999999999999"}, cut_at=1), ("truncated", True)),
    ],
)
def test_bad_body_is_no_response(internet, site, reply, outcome):
    assert fail(internet, site.add("/", reply), max_bytes=10_000) == outcome


def test_body_of_exactly_the_limit_is_kept(internet, site):
    url = site.add("/", Reply(b"a" * 10_000, gzip=True))

    assert send_well(internet, url, max_bytes=10_000).body == b"a" * 10_000


def test_body_up_to_the_end_of_the_connection_is_whole(internet, site):
    url = site.add("/", Reply(raw=b"HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\nold"))

    assert send_well(internet, url).body == b"old"


@pytest.mark.parametrize("status", [301, 304, 403, 404, 429, 500, 503, 599])
def test_other_statuses_are_responses_too(internet, site, status):
    url = site.add("/", Reply(b"why", status=status, headers={"Location": "/b", "X": "y"}))

    answer = send_well(internet, url)
    assert (answer.status, answer.headers["location"]) == (status, "/b")
    assert answer.body == (b"" if status == 304 else b"why")
    assert site.asked() == ["/"]


@pytest.mark.parametrize(
    ("reply", "body"),
    [
        (Reply(PAGE, status=503, gzip_cut=9), None),
        (Reply(PAGE, status=503, cut_at=100), PAGE[:100]),
        (Reply(b"x", status=503, headers={"Content-Encoding": "exi"}), b""),
        (Reply(b"a" * 70_000, status=503), b"a" * 65_536),
        (Reply(b"a" * 9_000_000, status=503, gzip=True), b"a" * 65_536),
        (Reply(b"a" * 1000, status=503, endless=True), b"a" * 65_536),
        (Reply(PAGE, status=503, drip_s=9, drip_bytes=50), PAGE[:50]),
    ],
)
def test_status_is_known_whatever_happens_to_the_body_of_an_error(internet, site, reply, body):
    answer = send_well(internet, site.add("/", reply), read_s=0.3)

    assert answer.status == 503
    assert body is None or answer.body == body


def test_body_of_an_error_that_trickles_without_a_pause_is_cut_off(internet, site):
    url = site.add("/", Reply(PAGE, status=503, drip_s=0.02))

    answer = send_well(internet, url, read_s=0.3, total_s=5)
    assert (answer.status, PAGE.startswith(answer.body)) == (503, True)
    assert len(answer.body) < 100  # 15 in 0.3 s, and 250 in the five seconds that a page has.


@pytest.mark.parametrize(("status", "size"), [(200, 200_000), (404, 65_536)])
def test_head_of_a_longer_body_is_enough_when_asked_for(internet, site, status, size):
    url = site.add("/", Reply(b"a" * 300_000, status=status))

    async def work() -> Response | HttpFailure:
        own = options(max_bytes=100_000)
        async with HttpClient(own, resolve=internet.resolve) as client:
            return await client.send(url, head_bytes=200_000)

    answer = asyncio.run(work())
    assert isinstance(answer, Response)
    assert answer.body == b"a" * size


def test_repeated_headers_are_joined(internet, site):
    url = site.add("/", Reply(headers=[("Link", "<a>"), ("LINK", "<b>"), ("X", "")]))

    headers = send_well(internet, url).headers
    assert (headers["link"], headers["x"]) == ("<a>, <b>", "")


def test_cookies_are_not_kept(internet, site):
    url = site.add("/", Reply(headers=[("Set-Cookie", "id=1"), ("Set-Cookie", '="\\; ,')]))

    send_all(internet, url, url)
    assert "cookie" not in site.requests[1].headers


def test_many_and_long_headers_are_survived(internet, site):
    headers = [(f"X-{number}", "a" * 50) for number in range(400)]
    headers.append(("Content-Security-Policy", "b" * 60_000))

    answer = send_well(internet, site.add("/", Reply(PAGE, headers=headers)))
    assert (answer.headers["x-399"], answer.body) == ("a" * 50, PAGE)
    assert len(answer.headers["content-security-policy"]) == 60_000


@pytest.mark.parametrize(
    "headers", [[("X", "a" * 200_000)], [(f"X-{number}", "a") for number in range(5_000)]]
)
def test_headers_without_end_are_a_bad_response(internet, site, headers):
    assert fail(internet, site.add("/", Reply(headers=headers))) == ("bad_response", False)


def test_header_in_another_encoding_can_be_stored(internet, site):
    raw = b"HTTP/1.1 200 OK\r\nX-A: caf\xe9\r\nX-B: caf\xc3\xa9\r\nContent-Length: 0\r\n\r\n"

    headers = send_well(internet, site.add("/", Reply(raw=raw))).headers
    assert (headers["x-a"], headers["x-b"]) == ("café", "café")


@pytest.mark.parametrize(
    "raw",
    [
        b"nonsense\r\n\r\n",
        b"HTTP/1.1 abc OK\r\n\r\n",
        b"HTTP/9.9.9 200 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nno colon here\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nabc",
        b"HTTP/1.1 200 OK\r\nX: a\0b\r\nContent-Length: 0\r\n\r\n",
        b"<html>no head at all</html>",
        b"SSH-2.0-OpenSSH_9.6\r\n",
        b"\x15\x03\x01\x00\x02\x02\x16",
        b"\0" * 100,
        b"HTTP/1.1 " + b"2" * 100_000,
        b"HTTP/1.1 99999 OK\r\n\r\n",
    ],
)
def test_nonsense_is_a_bad_response(internet, site, raw):
    assert fail(internet, site.add("/", Reply(raw=raw))) == ("bad_response", False)


@pytest.mark.parametrize(
    "raw",
    [
        b"HTTP/1.1 200 OK\r\nContent-Len",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcdefgh\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffffff\r\nabc",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\nabc",
        b"HTTP/1.1 200 OK\nContent-Length: 2\n\nok",
        b"HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nabcde",
        b"HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nok",
        b"ICY 200 OK\r\n\r\n",
        b"\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\n\r\nmore",
        b"HTTP/1.1 103 Hints\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
        b"",
    ],
)
def test_odd_answer_raises_nothing(internet, site, raw):
    answer = send(internet, site.add("/", Reply(raw=raw)), read_s=1)

    assert isinstance(answer, Response | HttpFailure)
