"""The crawler against scripted sites: redirects, attempts, faults, and what it never asks for."""

from __future__ import annotations

import gzip
import socket
import ssl
import threading
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import brotli
import pytest
from crawling import crawling, gaps, options_for, status_of, strays
from internet import Internet, Reply

from feedlake.transforms.crawl.crawl_records import Deadline, Fetched, NotFetched, Request
from feedlake.transforms.crawl.politeness import Hosts, HostTimes
from feedlake.transforms.normalize.hosts import host_of

PAGE = Reply(b"<html><body><p>A page.</p></body></html>")


def moved(to, *, status=302):
    """A redirect."""
    return Reply(status=status, headers={"Location": to})


def chain(site, hops, *, to=PAGE, status=302):
    """Scripts `/0`, which redirects so often until it comes to a page."""
    for hop in range(hops):
        site.add(f"/{hop}", moved(f"/{hop + 1}", status=status))
    site.add(f"/{hops}", to)
    return site.url("/0", by_address=True)


@pytest.mark.parametrize(("hops", "comes_to"), [(0, 200), (3, 200), (10, 200), (11, None)])
def test_ten_redirects_are_followed_and_no_more(hops, comes_to):
    with Internet(1) as net, crawling() as crawl:
        [outcome] = crawl.fetch(chain(net.sites[0], hops))

    assert status_of(outcome) == (comes_to or "too_many_redirects")
    assert len(net.requests) == 1 + min(hops, 10) + 1
    if comes_to:
        assert outcome.response.url == net.sites[0].url(f"/{hops}", by_address=True)


def test_polls_and_pages_of_a_host_have_their_turns_by_turns():
    """However many pages a host has waiting when its feeds are due, and the other way round."""
    with Internet(1) as net, crawling() as crawl:
        site = net.sites[0]
        pages = [site.add(f"/page/{number}", PAGE) for number in range(150)]
        feeds = [site.add(f"/feed/{number}", PAGE) for number in range(3)]
        wanted = [Request(url.replace(site.name, site.address)) for url in pages]
        wanted += [Request(url.replace(site.name, site.address), is_poll=True) for url in feeds]
        outcomes = crawl.fetch(*wanted)

    assert {status_of(outcome) for outcome in outcomes} == {200}
    asked = [path.split("/")[1] for path in site.asked() if path != "/robots.txt"]
    places = [place for place, kind in enumerate(asked) if kind == "feed"]
    assert places[-1] - places[0] == 4, "a page between two polls each"
    assert places[0] < 30


def test_circles_of_redirects_are_left_at_once():
    with Internet(1) as net, crawling() as crawl:
        site = net.sites[0]
        urls = [
            site.add(
                "/self", Reply(status=302, headers={"Location": "/self", "Set-Cookie": "a=b"})
            ),
            site.add("/a", moved("/b#part", status=301)),
            site.add("/b", moved(site.url("/a", by_address=True), status=307)),
        ]
        by_address = [url.replace(site.name, site.address) for url in urls]
        outcomes = crawl.fetch(*by_address)

    assert [status_of(outcome) for outcome in outcomes] == ["redirect_loop"] * 3
    assert Counter(site.asked()) == {"/robots.txt": 1, "/self": 1, "/a": 2, "/b": 2}
    assert not any("cookie" in request.headers for request in site.requests)


def test_redirect_to_another_host_asks_its_robots_txt_first_and_shows_it_no_secret():
    with Internet(2) as net, crawling() as crawl:
        here, there = net.sites
        there.add("/page", PAGE)
        there.add("/robots.txt", Reply(b"User-agent: *\nDisallow: /no", content_type="text/plain"))
        for path in ("/page", "/no"):
            here.add(path, moved(there.url(path, by_address=True)))
        secrets = {"Cookie": "a=secret", "Authorization": "Basic secret", "X-Key": "secret"}
        shown = {"Accept": "text/html", "If-None-Match": '"1"'}
        [page, refused] = crawl.fetch(
            *(
                Request(here.url(path, by_address=True), headers={**secrets, **shown})
                for path in ("/page", "/no")
            )
        )

    assert (status_of(page), status_of(refused)) == (200, "robots_txt")
    assert there.asked() == ["/robots.txt", "/page"]
    assert all("secret" not in str(request.headers) for request in there.requests)
    assert there.requests[1].headers["if-none-match"] == '"1"'
    assert "secret" in str(here.requests[1].headers)


NOWHERE = [
    "file:///etc/passwd",
    "gopher://127.1.0.1/1",
    "ftp://127.1.0.1/",
    "javascript:alert(1)",
    "data:text/html,<p>A page",
    "http://",
    "http://[::1",
    "http://127.1.0.1:99999/",
    "http://127.1.0.1:0/",
    "http://%00/",
    "//",
    "http:",
    "http://a b/",
    "http://" + "a" * 300 + ".test/",
    "http://xn--/",
    "http://\udcff.test/",
]
FORBIDDEN = [
    "http://127.0.0.1:{port}/",
    "http://169.254.169.254:{port}/latest/meta-data/",
    "http://10.0.0.1:{port}/",
    "http://[::1]:{port}/",
    "http://[::ffff:127.0.0.1]:{port}/",
    "http://2130706433:{port}/",
    "http://0x7f000001:{port}/",
    "http://0177.0.0.1:{port}/",
    "http://127.1:{port}/",
    "http://0:{port}/",
    "http://127.0.0.1.:{port}/",
    "http://localhost:{port}/",
    "http://user:secret@127.0.0.1:{port}/",
    "http:\\\\127.0.0.1:{port}\\",
    "//127.0.0.1:{port}/",
    "///127.0.0.1:{port}/",
    "http://①②⑦.0.0.1:{port}/",
]


@pytest.mark.parametrize("is_redirected", [False, True], ids=["asked", "redirected"])
def test_nothing_leads_out_of_the_allowed_network(is_redirected):
    with Internet(1) as net, crawling() as crawl:
        site = net.sites[0]
        urls = [url.format(port=net.port) for url in (*NOWHERE, *FORBIDDEN)]
        if is_redirected:
            raw = b"HTTP/1.1 302 Found\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n"
            for number, url in enumerate(urls):
                site.add(f"/{number}", Reply(raw=raw % url.encode("utf-8", "surrogateescape")))
            asked = [site.url(f"/{number}", by_address=True) for number in range(len(urls))]
        else:
            asked = [url for url in urls if not url.startswith("/")]
        outcomes = crawl.fetch(*asked)

    words = {status_of(outcome) for outcome in outcomes}
    assert words <= {"bad_url", "forbidden_address", "dns"}, words
    assert all(not outcome.is_transient for outcome in outcomes if outcome.reason != "dns")
    assert "secret" not in str(outcomes)
    assert strays(net) == []
    assert len(site.requests) == (1 + len(urls) if is_redirected else 0)


def test_robots_txt_is_a_way_out_of_the_allowed_network_neither():
    with Internet(1) as net, crawling() as crawl:
        site = net.sites[0]
        trap = f"http://127.0.0.1:{net.port}/robots.txt"
        site.add("/robots.txt", moved(trap))
        site.add("/page", PAGE)
        [outcome] = crawl.fetch(site.url("/page", by_address=True))

    assert status_of(outcome) == 200  # RFC 9309, section 2.3.1.3: there is no robots.txt.
    assert strays(net) == []


def test_what_fails_once_is_tried_again_and_what_fails_for_ever_three_times():
    with Internet(3) as net, crawling() as crawl:
        once, ever, burst = net.sites
        once.add("/page", [Reply(status=500), PAGE])
        ever.add("/page", Reply(status=503))
        burst.add("/page", [Reply(status=502), Reply(reset=True), PAGE])
        outcomes = crawl.fetch(*(site.url("/page", by_address=True) for site in net.sites))

    assert [status_of(outcome) for outcome in outcomes] == [200, 503, 200]
    assert [len(site.asked("/page")) for site in net.sites] == [2, 3, 3]


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 418, 451, 501])
def test_what_will_not_change_is_asked_for_once(status):
    with Internet(1) as net, crawling() as crawl:
        net.sites[0].add("/page", Reply(status=status))
        [outcome] = crawl.fetch(net.sites[0].url("/page", by_address=True))

    assert status_of(outcome) == status
    assert len(net.sites[0].asked("/page")) == 1


@pytest.mark.parametrize("form", ["seconds", "date"])
def test_short_retry_after_is_waited_for_by_the_whole_host(form):
    with Internet(1) as net, crawling() as crawl:
        site = net.sites[0]

        def busy(_):
            moment = datetime.now(UTC) + timedelta(seconds=2)
            value = "1" if form == "seconds" else format_datetime(moment, usegmt=True)
            return Reply(status=429, headers={"Retry-After": value})

        site.add("/a", [busy, PAGE])
        site.add("/b", PAGE)
        outcomes = crawl.fetch(*(site.url(path, by_address=True) for path in ("/a", "/b")))

    assert [status_of(outcome) for outcome in outcomes] == [200, 200]
    assert site.asked() == ["/robots.txt", "/a", "/b", "/a"]
    assert gaps(site.requests)[1] >= 0.98


@pytest.mark.parametrize(
    "value",
    ["3600", format_datetime(datetime.now(UTC) + timedelta(days=9), usegmt=True)],
    ids=["seconds", "date"],
)
def test_host_that_asks_for_a_long_rest_gets_it(value):
    hosts = Hosts()
    with Internet(2) as net, crawling(hosts=hosts) as crawl:
        busy, other = net.sites
        busy.add("/a", Reply(status=503, headers={"Retry-After": value}))
        busy.add("/b", PAGE)
        other.add("/to", moved(busy.url("/b", by_address=True)))
        first, second = crawl.fetch(*(busy.url(path, by_address=True) for path in ("/a", "/b")))
        [third] = crawl.fetch(other.url("/to", by_address=True))
    with crawling(hosts=hosts) as crawl:  # In the next run.
        [fourth] = crawl.fetch(busy.url("/b", by_address=True))

    assert busy.asked() == ["/robots.txt", "/a"]
    assert status_of(first) == 503
    assert [status_of(outcome) for outcome in (second, third, fourth)] == ["host_closed"] * 3
    assert second.is_transient
    assert not second.was_tried
    assert 3_000 < second.retry_after_s <= 86_400


def test_host_that_answers_429_without_a_time_rests_this_run_and_the_next():
    hosts = Hosts()
    with Internet(1) as net:
        site = net.sites[0]
        site.add("/a", Reply(status=429))
        site.add("/b", PAGE)
        with crawling(hosts=hosts) as crawl:
            first, second = crawl.fetch(*(site.url(path, by_address=True) for path in ("/a", "/b")))
        with crawling(hosts=hosts) as crawl:
            [third] = crawl.fetch(site.url("/b", by_address=True))

    assert site.asked() == ["/robots.txt", "/a"]
    assert [status_of(outcome) for outcome in (first, second, third)] == [
        *(429, "host_closed", "host_closed")
    ]
    assert second.detail == "the host answered 429 and does not say how long to wait"
    assert 1_100 < second.retry_after_s <= 1_200


def test_failures_name_the_address_to_which_the_one_asked_for_redirects():
    with Internet(2) as net, crawling() as crawl:
        here, there = net.sites
        dead = f"http://{there.address}:{net.closed_port}"
        here.add("/a", moved(f"{dead.replace('//', '//ann:secret@')}/gone?id=1"))
        here.add("/b", moved("ftp://ann:secret@files.test/b"))
        here.add("/c", moved("/d"))
        here.add("/d", moved("/c"))
        outcomes = crawl.fetch(*(here.url(f"/{name}", by_address=True) for name in "abc"))

    details = [outcome.detail for outcome in outcomes]
    assert details[0] == f"robots.txt: Connection refused: {dead}/gone?id=1, to which it redirects"
    assert details[1].endswith(": ftp://files.test/b, to which it redirects")
    assert details[2] == f"2 redirects in a circle, the last to {here.url('/c', by_address=True)}"


FAULTS = {
    "hang": (Reply(hang=True), "timeout", True),
    "hang in body": (Reply(b"x" * 99, cut_at=50, drip_s=9, drip_bytes=50), "timeout", True),
    "slow drip": (Reply(b"x" * 9_999, drip_s=0.1), "timeout", True),
    "endless": (Reply(b"x" * 9_999, endless=True), "too_large", False),
    "too large": (Reply(b"x" * 200_001), "too_large", False),
    "gzip bomb": (
        Reply(gzip.compress(bytes(5_000_000)), headers={"Content-Encoding": "gzip"}),
        "too_large",
        False,
    ),
    "brotli bomb": (
        Reply(brotli.compress(bytes(5_000_000)), headers={"Content-Encoding": "br"}),
        "too_large",
        False,
    ),
    "truncated gzip": (Reply(b"<p>words " * 99, gzip_cut=8), "truncated", True),
    "no gzip": (
        Reply(b"\x1f\x8bwhatever", headers={"Content-Encoding": "gzip"}),
        "bad_encoding",
        False,
    ),
    "short body": (Reply(b"x" * 99, cut_at=50), "truncated", True),
    "chunk missing": (Reply(b"x" * 99, chunked=True, cut_at=50), "truncated", True),
    "reset in body": (Reply(b"x" * 99, cut_at=50, reset=True), "truncated", True),
    "reset": (Reply(reset=True), "connect", True),
    "closed": (Reply(drop=True), "connect", True),
    "no HTTP": (Reply(raw=b"SSH-2.0-OpenSSH_9.6\r\n\r\n"), "bad_response", False),
}


def test_faults_are_named_and_repeated_if_that_can_help():
    options = options_for(read_s=1.0, total_s=2.0)
    with Internet(len(FAULTS)) as net, crawling(options) as crawl:
        for site, (reply, _, _) in zip(net.sites, FAULTS.values(), strict=True):
            site.add("/page", reply)
        outcomes = crawl.fetch(*(site.url("/page", by_address=True) for site in net.sites))
        asked = [len(site.asked("/page")) for site in net.sites]

    found = {
        name: (outcome.reason, outcome.is_transient)
        for name, outcome in zip(FAULTS, outcomes, strict=True)
    }
    assert found == {name: (reason, passes) for name, (_, reason, passes) in FAULTS.items()}
    # A connection that robots.txt had opened is no attempt.
    stale = {"reset", "closed"}
    # What takes all the time that one request may take would take it again.
    once = {"slow drip"}
    assert asked == [
        3 + (name in stale) if passes and name not in once else 1
        for name, (_, _, passes) in FAULTS.items()
    ]


def test_unknown_name_is_looked_up_once_a_run_and_again_in_later_ones(monkeypatch):
    asked = []

    def know_none(name, *_, **__):
        asked.append(name)
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", know_none)
    with crawling() as crawl:
        [outcome] = crawl.fetch(Request("http://gone.test/page", obeys_robots=False))

    assert (status_of(outcome), outcome.is_transient, outcome.was_tried) == ("dns", True, True)
    assert asked == ["gone.test"]


def test_bad_certificate_is_looked_at_once_a_run_and_again_in_later_ones(certificate):
    greetings = []
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    tls.sni_callback = lambda *_: greetings.append(1)
    with Internet(1, tls=tls) as net, crawling() as crawl:
        url = net.sites[0].url("/page", by_address=True)
        [outcome] = crawl.fetch(Request(url, obeys_robots=False))

    assert (status_of(outcome), outcome.is_transient, outcome.was_tried) == ("tls", True, True)
    assert len(greetings) == 1


def test_host_that_does_not_answer_three_times_is_left_alone_for_ten_minutes():
    with Internet() as net, crawling() as crawl:
        urls = [f"http://127.1.9.9:{net.closed_port}/{number}" for number in range(40)]
        outcomes = crawl.fetch(*urls)
        [later] = crawl.fetch(f"http://127.1.9.9:{net.closed_port}/later")

    assert {status_of(outcome) for outcome in outcomes} <= {"connect", "host_closed"}
    for outcome in (*outcomes, later):
        assert outcome.is_transient
        assert outcome.was_tried, "the site was asked in vain, which counts"
    assert 500 < later.retry_after_s <= 600


def test_page_that_failed_keeps_its_reason_when_its_host_is_closed_meanwhile():
    with Internet(1) as net, crawling() as crawl:
        site = net.sites[0]
        site.add("/a", Reply(status=500))
        site.add("/b", Reply(status=503, headers={"Retry-After": "900"}))
        first, second = crawl.fetch(*(site.url(path, by_address=True) for path in ("/a", "/b")))

    assert (status_of(first), status_of(second)) == (500, 503)
    assert site.asked() == ["/robots.txt", "/a", "/b"]


@pytest.mark.parametrize("in_flight", [1, 2])
def test_slots_come_back_whatever_happens(in_flight):
    """With as few slots as these, one that is lost would end all fetching."""
    with Internet(4) as net, crawling(options_for(in_flight=in_flight)) as crawl:
        good, bad, far, busy = net.sites
        busy.add("/page", Reply(status=500))
        bad.add("/page", Reply(reset=True))
        chain(far, 11)
        urls = [site.url("/page", by_address=True) for site in (busy, bad)]
        urls += [far.url("/0", by_address=True), f"http://127.0.0.1:{net.port}/"]
        for number in range(20):
            good.add(f"/{number}", PAGE)
        first = crawl.fetch(*urls)
        second = crawl.fetch(*(good.url(f"/{number}", by_address=True) for number in range(20)))

    assert [status_of(outcome) for outcome in first] == [
        500,
        "connect",
        "too_many_redirects",
        "forbidden_address",
    ]
    assert [status_of(outcome) for outcome in second] == [200] * 20


def test_requests_that_are_given_up_give_their_slots_back():
    with Internet(9) as net, crawling(options_for(in_flight=2)) as crawl:
        urls = [site.add("/page", PAGE).replace(site.name, site.address) for site in net.sites]
        for _ in range(3):
            pending = crawl.crawler.open_requests()
            for url in urls:
                pending.submit(url, Request(url))
            with pytest.raises(ZeroDivisionError):
                [1 / 0 for result in pending.results() if isinstance(result, tuple)]
        outcomes = crawl.fetch(*urls)

    assert [status_of(outcome) for outcome in outcomes] == [200] * 9


def test_crawler_that_cannot_begin_says_so():
    options = options_for()
    with (
        pytest.raises(ValueError, match="User-Agent"),
        crawling(
            options.__class__(http=options.http.__class__(user_agent="feedlake\r\nX-Evil: 1"))
        ),
    ):
        pass


def test_header_that_cannot_be_sent_is_our_fault_and_takes_no_slot():
    with Internet(1) as net, crawling(options_for(in_flight=1)) as crawl:
        url = net.sites[0].add("/page", PAGE).replace(net.sites[0].name, net.sites[0].address)
        with pytest.raises(ValueError, match="control characters"):
            crawl.fetch(Request(url, headers={"Cookie": "a\r\nb"}))
        [outcome] = crawl.fetch(url)

    assert status_of(outcome) == 200


def test_call_to_end_ends_what_hangs_and_what_waits():
    with Internet(3) as net, crawling(options_for(host_delay_s=60)) as crawl:
        done, hangs, waits = net.sites
        done.add("/robots.txt", Reply(b""))
        urls = {}
        for site in net.sites:
            urls[site] = site.add("/page", PAGE).replace(site.name, site.address)
        hangs.add("/page", Reply(hang=True))
        requests = [
            Request(urls[done], obeys_robots=False),
            Request(urls[hangs], obeys_robots=False),
            Request(urls[waits]),
        ]

        def end():
            net.wait_until(lambda: done.requests and hangs.requests and waits.requests)
            crawl.stop.ask()

        thread = threading.Thread(target=end)
        thread.start()
        started = time.monotonic()
        try:
            first, second, third = crawl.fetch(*requests)
        finally:
            thread.join()

    assert time.monotonic() - started < 25, "neither the pause nor the reply is waited for"
    assert status_of(first) == 200
    assert [(o.reason, o.is_transient, o.was_tried) for o in (second, third)] == [
        ("no_time", True, False)
    ] * 2
    assert waits.asked() == ["/robots.txt"]


def test_time_of_a_host_begins_with_its_own_first_request():
    with Internet(2) as net, crawling(options_for(host_delay_s=0.1)) as crawl:
        early, late = net.sites
        paths = [f"/{number}" for number in range(9)]
        for path in paths:
            early.add(path, PAGE)
            late.add(path, PAGE)
        times = HostTimes(0.55)
        requests = [
            [Request(site.url(path, by_address=True), host_times=times) for path in paths]
            for site in net.sites
        ]
        first = crawl.fetch(*requests[0])
        second = crawl.fetch(*requests[1])

    for site, outcomes in ((early, first), (late, second)):
        words = Counter(map(status_of, outcomes))
        assert set(words) == {200, "no_time"}
        assert words[200] >= 3, "whatever the other host has taken"
        assert all(request.at <= site.requests[0].at + 0.6 for request in site.requests)
        left = [outcome for outcome in outcomes if isinstance(outcome, NotFetched)]
        assert all(outcome.is_transient and not outcome.was_tried for outcome in left)
        assert all("this run has asked the host for" in outcome.detail for outcome in left)


@pytest.mark.parametrize("hosts", [1, 200])
def test_call_to_end_is_heeded_at_once_however_many_requests_wait(hosts):
    with Internet(hosts) as net, crawling(options_for(host_delay_s=60)) as crawl:
        for site in net.sites:
            site.fallback = PAGE
        urls = [site.url("/", by_address=True) for site in net.sites]
        pending = crawl.crawler.open_requests()
        for number in range(20_000):
            pending.submit(number, Request(f"{urls[number % hosts]}{number}"))
        results = pending.results()
        next(results)
        crawl.stop.ask()
        started = time.monotonic()
        answers = Counter(status_of(item[1]) for item in results if isinstance(item, tuple))
        duration = time.monotonic() - started

    assert answers["no_time"] >= 16_000
    assert answers.total() in (19_999, 20_000), "each has its answer"
    assert duration < 50, "no pause is waited for"


def test_what_waits_is_given_up_at_once_however_much_it_is():
    with Internet(500) as net:
        with crawling(options_for(host_delay_s=60)) as crawl:
            urls = [site.url("/", by_address=True) for site in net.sites]
            pending = crawl.crawler.open_requests()
            for number in range(20_000):
                pending.submit(number, Request(f"{urls[number % 500]}{number}"))
            with pytest.raises(ZeroDivisionError):
                [1 / 0 for _ in pending.results()]
            started = time.monotonic()
        duration = time.monotonic() - started

    assert duration < 50, "no pause is waited for"


def test_after_the_deadline_nothing_begins_and_what_is_under_way_is_cut(monkeypatch):
    monkeypatch.setattr("feedlake.transforms.crawl.crawler.END_WITHIN_S", 0.1)
    options = options_for(host_delay_s=0.2)
    with Internet(3) as net, crawling(options) as crawl:
        many, hangs, late = net.sites
        for number in range(9):
            many.add(f"/{number}", PAGE)
        hangs.add("/page", Reply(hang=True))
        late.add("/robots.txt", Reply(b"", delay_s=0.7))
        late.add("/page", Reply(hang=True))
        started = time.monotonic()
        deadline = Deadline(started + 1.0, within_s=1.0, is_cutting=True)
        asked = [
            *(Request(many.url(f"/{n}", by_address=True), deadline=deadline) for n in range(9)),
            Request(hangs.url("/page", by_address=True), obeys_robots=False, deadline=deadline),
            Request(late.url("/page", by_address=True), deadline=deadline),
        ]
        *outcomes, cut, begun_late = crawl.fetch(*asked)
        duration = time.monotonic() - started
        [again] = crawl.fetch(many.url("/8", by_address=True))

    assert 0.9 < duration < 25, "what hangs is waited for till the deadline, and no longer"
    statuses = Counter(map(status_of, outcomes))
    assert set(statuses) == {200, "in_turn"}
    asked_in_time = [path for path in many.asked() if path != "/robots.txt"]
    assert len(asked_in_time) == statuses[200] + 1, "and one by the next chunk"
    left = [outcome for outcome in (*outcomes, begun_late) if isinstance(outcome, NotFetched)]
    assert {(o.reason, o.is_transient, o.was_tried) for o in left} == {("in_turn", True, False)}
    assert (cut.reason, cut.was_tried, cut.is_settled) == ("timeout", True, True)
    assert cut.detail == "not complete after 1 s, when the run published what it had"
    assert status_of(again) == 200, "the next chunk asks"


def test_host_whose_pause_is_longer_than_a_chunk_is_left_for_the_next_run():
    with Internet(1) as net, crawling(options_for(host_delay_s=60)) as crawl:
        site = net.sites[0]
        site.add("/a", PAGE)
        deadline = Deadline(time.monotonic() + 1, within_s=1, is_cutting=True)
        url = site.url("/a", by_address=True)
        [outcome] = crawl.fetch(Request(url, deadline=deadline))

    assert (outcome.reason, outcome.was_tried) == ("no_time", False)
    assert outcome.detail == "the host's next turn is in 60 s, and the run publishes sooner"


def test_permanent_redirects_say_where_a_page_has_gone_and_others_do_not():
    with Internet(1) as net, crawling() as crawl:
        site = net.sites[0]
        for path, status, to in [
            ("/moved", 301, "/again"),
            ("/again", 308, "/page"),
            ("/away", 302, "/moved"),
            ("/partly", 301, "/away"),
        ]:
            there = f"http://u:secret@{site.address}:{net.port}{to}"
            site.add(path, moved(there, status=status))
        site.add("/page", PAGE)
        outcomes = crawl.fetch(
            *(site.url(p, by_address=True) for p in ("/moved", "/away", "/partly", "/page"))
        )

    found = [outcome.permanent_url for outcome in outcomes if isinstance(outcome, Fetched)]
    page, away = (site.url(path, by_address=True) for path in ("/page", "/away"))
    assert found == [page, None, away, None]


def test_odd_spellings_of_a_host_are_one_host():
    names = ["http://a.test/x", "http:////A.test/x", "http://a.test:80/", "https://a.test./"]
    assert {host_of(name) for name in names if "////" not in name} == {"a.test"}
    assert host_of("http://münchen.test/") == host_of("http://xn--mnchen-3ya.test/")
    assert host_of("http://a.test:8080/") == "a.test:8080"
