"""Politeness, as the log of a server shows it: robots.txt, delays, and how much at a time."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
from crawling import crawling, gaps, options_for, status_of
from internet import Internet, Reply

from feedlake.transforms.crawl.crawl_records import Request, RobotsText
from feedlake.transforms.crawl.politeness import Hosts, rest_s
from feedlake.transforms.normalize.hosts import host_of

PAGE = Reply(b"<html><body><p>A page.</p></body></html>")
TEXT = "text/plain"
DELAY_S = 0.15
SLACK_S = 0.005  # Between the client's clock and the arrival.


def robots(text, **more):
    return Reply(text.encode(), content_type=TEXT, **more)


def moved(to, *, status=302):
    return Reply(status=status, headers={"Location": to})


@pytest.mark.parametrize(
    ("failures", "minutes"), [(1, 20), (2, 40), (5, 100), (72, 24 * 60), (73, 24 * 60)]
)
def test_host_that_refuses_again_and_again_rests_for_longer_up_to_a_day(failures, minutes):
    assert rest_s(failures) == minutes * 60


@pytest.mark.parametrize("concurrency", [1, 2])
def test_no_two_requests_to_a_host_begin_closer_than_the_delay(concurrency):
    """Robots.txt, pages, redirects, further attempts and stale connections together."""
    options = options_for(host_delay_s=DELAY_S, concurrency=concurrency, in_flight=3)
    with Internet(3) as net, crawling(options) as crawl:
        for site in net.sites:
            site.latency_s = 0.02
            site.add("/a", PAGE)
            site.add("/b", [Reply(status=500), PAGE])
            site.add("/c", moved("/d"))
            site.add("/d", moved(net.sites[0].url("/e", by_address=True)))
            site.add("/e", PAGE)
            site.add("/f", [Reply(reset=True), PAGE])
            site.add("/g", [Reply(b"x" * 99, cut_at=5), PAGE])
        urls = [site.url(f"/{path}", by_address=True) for site in net.sites for path in "abcdefg"]
        threads = [threading.Thread(target=crawl.fetch, args=urls[n::2]) for n in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    for site in net.sites:
        # Side by side, a request may be late to arrive and the next one not.
        slack_s = SLACK_S if concurrency == 1 else 0.05
        assert min(gaps(site.requests)) >= DELAY_S - slack_s
        assert site.most_at_once <= concurrency
        assert len(site.asked("/robots.txt")) == 1
        if concurrency == 1:
            assert min(gaps(site.requests)) >= DELAY_S + site.latency_s - SLACK_S, (
                "the pause counts from the end of the request before"
            )


def test_hosts_are_asked_side_by_side_but_not_more_than_the_limit():
    options = options_for(in_flight=5)
    with Internet(12) as net, crawling(options) as crawl:
        for site in net.sites:
            site.latency_s = 0.1
            site.add("/page", PAGE)
        urls = [site.url("/page", by_address=True) for site in net.sites]
        assert {status_of(outcome) for outcome in crawl.fetch(*urls)} == {200}

    assert net.most_at_once == 5


def test_page_that_hangs_keeps_other_pages_of_its_host_waiting_but_not_its_feed():
    options = options_for(read_s=1.0)
    with Internet(1) as net, crawling(options) as crawl:
        [site] = net.sites
        feed = site.add("/feed.xml", PAGE).replace(site.name, site.address)
        page = site.add("/page", PAGE).replace(site.name, site.address)
        hangs = site.add("/hangs", Reply(hang=True)).replace(site.name, site.address)
        outcomes = [
            crawl.fetch(request)[0]
            for request in (
                Request(feed, is_poll=True),
                Request(hangs),
                Request(page),
                Request(feed, is_poll=True),
            )
        ]

    assert [status_of(outcome) for outcome in outcomes] == [200, "timeout", "host_closed", 200]


def test_hosts_known_to_be_slow_never_take_all_slots():
    hosts = Hosts()
    options = options_for(in_flight=4)
    with Internet(9) as net, crawling(options, hosts=hosts) as crawl:
        *slow, _ = net.sites
        for site in slow:
            site.latency_s = 0.5
            hosts.note_duration(hosts.host(host_of(site.url("/", by_address=True))), 3.0)
        urls = [site.add("/page", PAGE).replace(site.name, site.address) for site in net.sites]
        pending = crawl.crawler.open_requests()
        for url in urls:
            pending.submit(url, Request(url, obeys_robots=False))
        came = [result[0] for result in pending.results() if isinstance(result, tuple)]

    assert came[0] == urls[-1]
    assert sorted(came) == sorted(urls)
    assert net.most_at_once <= 4


@pytest.mark.parametrize(
    ("lasted", "later_s", "is_slow"),
    [
        ([2.9], 0.0, False),
        ([3.0], 0.0, True),
        ([30.0], 3_599.0, True),
        ([30.0], 3_600.0, False),
        ([30.0, 0.1], 59.0, True),
        ([30.0, 0.1], 60.0, False),
        ([30.0, 0.1, 30.0], 60.0, True),
    ],
)
def test_host_is_slow_as_long_as_it_may_let_others_wait(lasted, later_s, is_slow):
    now_s = 1_000.0
    hosts = Hosts(lambda: now_s)
    host = hosts.host("news.example")
    for duration_s in lasted:
        hosts.note_duration(host, duration_s)
    now_s += later_s
    assert hosts.is_slow(host) is is_slow


def test_hosts_count_as_slow_no_more_when_it_was_the_network():
    hosts = Hosts()
    hosts.note_duration(hosts.host("news.example"), 30.0)
    hosts.open_silent()
    assert not hosts.is_slow(hosts.host("news.example"))


def test_requests_that_wait_for_a_slot_keep_the_delay_of_their_host():
    options = options_for(host_delay_s=DELAY_S, concurrency=4, in_flight=1)
    with Internet(2) as net, crawling(options) as crawl:
        slow, host = net.sites
        slow.latency_s = 0.25
        for number in range(4):
            slow.add(f"/{number}", PAGE)
            host.add(f"/{number}", PAGE)
        crawl.fetch(
            *(
                Request(site.url(f"/{number}", by_address=True), obeys_robots=False)
                for number in range(4)
                for site in net.sites
            )
        )

    assert min(gaps(host.requests)) >= DELAY_S - 0.05


def test_delay_of_a_source_holds_for_its_host_and_no_other():
    with Internet(2) as net, crawling(options_for(host_delay_s=DELAY_S)) as crawl:
        here, there = net.sites
        there.add("/page", PAGE)
        for number in range(3):
            here.add(f"/{number}", moved(there.url("/page", by_address=True)))
        crawl.fetch(*(Request(here.url(f"/{n}", by_address=True), delay_s=0.01) for n in range(3)))

    assert min(gaps(there.requests)) >= DELAY_S - SLACK_S
    assert min(gaps(here.requests)) < DELAY_S


def test_crawl_delay_holds_from_the_answer_that_names_it():
    with Internet(1) as net, crawling(options_for(host_delay_s=0.02)) as crawl:
        site = net.sites[0]
        site.latency_s = 0.05
        site.add("/robots.txt", robots("User-agent: *\nCrawl-delay: 0.4"))
        for number in range(3):
            site.add(f"/{number}", PAGE)
        crawl.fetch(*(site.url(f"/{number}", by_address=True) for number in range(3)))

    assert len(site.requests) == 4
    assert min(gaps(site.requests)) >= 0.45 - SLACK_S


MUCH = "# much\n" * 200_000

ROBOTS = {
    "none": (Reply(status=404), 200),
    "gone": (Reply(status=410), 200),
    "forbidden": (Reply(status=403), 200),
    "unauthorized": (Reply(status=401), 200),
    "empty": (robots(""), 200),
    "for others": (robots("User-agent: other\nDisallow: /"), 200),
    "for us": (robots("User-agent: feedlake\nDisallow: /page"), "robots_txt"),
    "for us, another path": (
        robots("User-agent: feedlake\nDisallow: /x\n\nUser-agent: *\nDisallow: /"),
        200,
    ),
    "for all": (robots("User-agent: *\nDisallow: /"), "robots_txt"),
    "the query": (robots("User-agent: *\nDisallow: /*?secret"), 200),
    "page of HTML": (Reply(b"<html><body>Disallow: /</body></html>"), 200),
    "server error": (Reply(status=500), "robots_unreachable"),
    "busy": (Reply(status=429), "robots_unreachable"),
    "unavailable for long": (Reply(status=503, headers={"Retry-After": "999"}), "host_closed"),
    "hangs": (Reply(hang=True), "timeout"),
    "reset": (Reply(reset=True), "connect"),
    "short": (robots("User-agent: *\nDisallow: /no", cut_at=20), "truncated"),
    "bad gzip": (robots("User-agent", headers={"Content-Encoding": "gzip"}), 200),
    "no HTTP": (Reply(raw=b"hello\r\n\r\n"), "bad_response"),
    "redirected to a page": (moved("/home"), 200),
    "redirected in a circle": (moved("/robots.txt"), 200),
    "huge, and allowed": (robots("User-agent: *\nDisallow: /no\n" + MUCH), 200),
    "huge, and forbidden": (robots("User-agent: *\nDisallow: /page\n" + MUCH), "robots_txt"),
    "endless": (robots("User-agent: *\nDisallow: /page\n", endless=True), "robots_txt"),
    "huge, forbidden too late": (robots("User-agent: *\n" + MUCH + "Disallow: /page\n"), 200),
    "once an error": ([Reply(status=500), robots("User-agent: *\nDisallow: /page")], "robots_txt"),
    "once a hang": ([Reply(hang=True), robots("User-agent: *\nDisallow: /page")], "robots_txt"),
}


def test_robots_txt_of_all_kinds():
    with Internet(len(ROBOTS)) as net, crawling(options_for(read_s=1.5)) as crawl:
        for site, (answer, _) in zip(net.sites, ROBOTS.values(), strict=True):
            site.add("/robots.txt", answer)
            site.add("/page", PAGE)
            site.add("/home", PAGE)
        urls = [site.url("/page", by_address=True) for site in net.sites]
        outcomes = dict(zip(ROBOTS, crawl.fetch(*urls), strict=True))
        again = dict(zip(ROBOTS, crawl.fetch(*urls), strict=True))
        pages = [len(site.asked("/page")) for site in net.sites]
        asked = {
            name: len(site.asked("/robots.txt"))
            for name, site in zip(ROBOTS, net.sites, strict=True)
        }

    wanted = {name: comes_to for name, (_, comes_to) in ROBOTS.items()}
    assert {name: status_of(outcome) for name, outcome in outcomes.items()} == wanted
    assert pages == [2 if comes_to == 200 else 0 for comes_to in wanted.values()]
    for name, outcome in (*outcomes.items(), *again.items()):
        if wanted[name] == "robots_txt":
            assert (outcome.is_transient, outcome.was_tried) == (False, False)
        elif wanted[name] != 200:
            assert outcome.is_transient, name
            assert outcome.was_tried or outcome.reason == "host_closed"
    twice = {"server error", "hangs", "reset", "short", "no HTTP", "once an error", "once a hang"}
    assert {name for name, times in asked.items() if times == 2} == twice
    assert asked["redirected in a circle"] == 6


def test_disallowed_addresses_are_never_asked_for_however_they_are_reached():
    rules = "User-agent: *\nDisallow: /no\nDisallow: /*.pdf$\nAllow: /no/but-this"
    with Internet(1) as net, crawling() as crawl:
        site = net.sites[0]
        site.fallback = PAGE
        site.add("/robots.txt", robots(rules))
        site.add("/to", moved("/no/page"))
        site.add("/to-pdf", moved("/paper.pdf"))
        paths = ["/no", "/no/page", "/%6Eo/page", "/x/../no/page", "/to", "/to-pdf", "/no/but-this"]
        outcomes = crawl.fetch(*(site.url(path, by_address=True) for path in paths))
        odd = f"http:////{site.address}:{net.port}/no/odd"
        [slashes] = crawl.fetch(odd)

    assert [status_of(outcome) for outcome in (*outcomes, slashes)] == [
        *["robots_txt"] * 6,
        200,
        "robots_txt",
    ]
    assert set(site.asked()) == {"/robots.txt", "/to", "/to-pdf", "/no/but-this"}


def test_robots_txt_is_kept_for_a_day():
    now = datetime.now(UTC)
    with Internet(3) as net:
        fresh, old, failed = net.sites
        known = {}
        for site, age, status in [(fresh, 23, 200), (old, 25, 200), (failed, 0, 503)]:
            place = site.add("/robots.txt", robots("")).replace(site.name, site.address)
            body = b"User-agent: *\nDisallow: /"
            known[place] = RobotsText(
                place, status=status, body=body, fetched_at=now - timedelta(hours=age)
            )
            site.add("/page", PAGE)
        with crawling(robots=known) as crawl:
            outcomes = crawl.fetch(*(s.url("/page", by_address=True) for s in net.sites))

    assert [status_of(outcome) for outcome in outcomes] == ["robots_txt", 200, 200]
    assert [len(site.asked("/robots.txt")) for site in net.sites] == [0, 1, 1]
    assert [text.status for text in crawl.fetched] == [200, 200]


def test_operator_may_leave_robots_txt_out():
    with Internet(1) as net, crawling() as crawl:
        site = net.sites[0]
        site.add("/robots.txt", robots("User-agent: *\nDisallow: /"))
        site.add("/page", PAGE)
        [outcome] = crawl.fetch(Request(site.url("/page", by_address=True), obeys_robots=False))

    assert status_of(outcome) == 200
    assert site.asked() == ["/page"]


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


def test_pause_counts_from_the_end_of_a_request():
    clock = Clock()
    hosts = Hosts(clock)
    host = hosts.host("a.test")
    hosts.begin(host, delay_s=2)
    clock.now += 30
    hosts.end(host, delay_s=2, is_connected=True)

    assert hosts.wait_s(hosts.host("a.test")) == 2
    assert hosts.wait_s(hosts.host("b.test")) == 0


def test_host_is_down_after_failures_in_a_row_and_open_after_ten_minutes():
    clock = Clock()
    hosts = Hosts(clock)
    host = hosts.host("a.test")
    for is_connected in (False, False, True, False, False):
        hosts.begin(host, delay_s=0)
        hosts.end(host, delay_s=0, is_connected=is_connected)
    assert hosts.why_closed(host) is None
    hosts.begin(host, delay_s=0)
    hosts.end(host, delay_s=0, is_connected=False)
    assert host.is_down
    assert hosts.closed_s(host) == 600
    clock.now += 600
    assert hosts.why_closed(host) is None


def test_feed_of_a_host_whose_pages_hang_is_polled_on():
    clock = Clock()
    hosts = Hosts(clock)
    host = hosts.host("a.test")
    for is_connected in (True, False, False, False):
        hosts.begin(host, delay_s=0)
        hosts.end(host, delay_s=0, is_connected=is_connected)

    assert hosts.why_closed(host) is not None
    assert hosts.why_closed(host, is_poll=True) is None
    clock.now += 300
    hosts.begin(host, delay_s=0)
    hosts.end(host, delay_s=0, is_connected=True)
    assert hosts.why_closed(host) is not None, "its pages are left alone for ten minutes still"
    hosts.close(host, 60.0, because="it said so")
    assert hosts.why_closed(host, is_poll=True) is not None
    clock.now += 60
    assert hosts.why_closed(host, is_poll=True) is None


def test_host_that_is_polled_in_vain_while_its_pages_hang_is_left_alone():
    hosts = Hosts(Clock())
    host = hosts.host("a.test")
    for is_connected, is_poll in ((True, True), (False, False), (False, False), (False, False)):
        hosts.begin(host, delay_s=0)
        hosts.end(host, delay_s=0, is_connected=is_connected, is_poll=is_poll)
    assert hosts.why_closed(host, is_poll=True) is None

    hosts.begin(host, delay_s=0)
    hosts.end(host, delay_s=0, is_connected=False, is_poll=True)

    assert hosts.why_closed(host, is_poll=True) is not None


def test_host_that_has_not_answered_for_ten_minutes_is_not_polled_either():
    clock = Clock()
    hosts = Hosts(clock)
    silent, gone = hosts.host("a.test"), hosts.host("b.test")
    hosts.begin(gone, delay_s=0)
    hosts.end(gone, delay_s=0, is_connected=True)
    clock.now += 600
    for host in (silent, gone):
        for _ in range(3):
            hosts.begin(host, delay_s=0)
            hosts.end(host, delay_s=0, is_connected=False)
        assert hosts.why_closed(host, is_poll=True) is not None


def test_host_that_was_down_is_given_three_tries_again():
    clock = Clock()
    hosts = Hosts(clock)
    host = hosts.host("a.test")

    def fail() -> None:
        hosts.begin(host, delay_s=0)
        hosts.end(host, delay_s=0, is_connected=False)

    for _ in range(3):
        fail()
    assert hosts.closed_s(host) == 600
    clock.now += 600
    for _ in range(2):
        fail()
        assert hosts.why_closed(host) is None
    fail()
    assert hosts.closed_s(host) == 600


def test_host_cannot_close_itself_for_years():
    hosts = Hosts(Clock())
    host = hosts.host("a.test")
    hosts.close(host, 1e9, because="it says so")
    hosts.close(host, 5, because="it says so again")

    assert hosts.closed_s(host) == 86_400


def test_hosts_in_use_are_never_forgotten():
    clock = Clock()
    hosts = Hosts(clock, max_hosts=3)
    asked, rests, closed = (hosts.host(f"{name}.test") for name in ("asked", "rests", "closed"))
    hosts.begin(asked, delay_s=0)
    hosts.back_off(rests, 5)
    hosts.close(closed, 5, because="it says so")
    clock.now += 1
    idle = [hosts.host(f"{number}.test") for number in range(50)]

    assert hosts.host("asked.test") is asked
    assert hosts.host("rests.test") is rests
    assert hosts.host("closed.test") is closed
    assert hosts.host("0.test") is not idle[0], "what is idle makes place"
