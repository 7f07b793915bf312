"""What a site's robots.txt allows."""

from __future__ import annotations

import pickle
import re
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedlake.transforms.crawl.robots import (
    ALLOW_ALL,
    MAX_BELIEVED_DELAY_S,
    MAX_ROBOTS_BYTES,
    MAX_SITEMAPS,
    MAX_WILDCARD_RULES,
    judge_robots,
    read_robots,
    robots_url,
)

SITE = "https://example.com"


def allows(rules: str | bytes, path: str) -> bool:
    body = rules if isinstance(rules, bytes) else rules.encode()
    return read_robots(body).is_allowed(SITE + path)


def for_all(*rules: str) -> str:
    return "\n".join(("User-agent: *", *rules))


@pytest.mark.parametrize(
    ("rules", "path", "is_allowed"),
    [
        ((), "/a", True),
        (("Disallow:",), "/a", True),
        (("Disallow: /",), "/", False),
        (("Disallow: /",), "", False),
        (("Disallow: /",), "/a", False),
        (("Disallow: /a",), "/a", False),
        (("Disallow: /a",), "/ab/c", False),
        (("Disallow: /a",), "/A", True),
        (("Disallow: /a/",), "/a", True),
        (("Disallow: /a/",), "/a/b", False),
        (("Disallow: a",), "/a", True),
        # The longest match wins, whatever the order; allow on a tie.
        (("Disallow: /", "Allow: /a"), "/a", True),
        (("Allow: /a", "Disallow: /"), "/a", True),
        (("Allow: /", "Disallow: /a"), "/a", False),
        (("Disallow: /a", "Allow: /a"), "/a", True),
        (("Allow: /a", "Disallow: /a"), "/a", True),
        (("Allow: /ab", "Disallow: /*b"), "/ab", True),
        (("Allow: /a", "Disallow: /*bc"), "/abc", False),
        (("Allow: /$", "Disallow: /"), "/", True),
        (("Allow: /$", "Disallow: /"), "/a", False),
        # Wildcards and the end.
        (("Disallow: *",), "/a", False),
        (("Disallow: /*",), "/", False),
        (("Disallow: /*.pdf$",), "/a.pdf", False),
        (("Disallow: /*.pdf$",), "/a.pdf?b", True),
        (("Disallow: /*.pdf",), "/a.pdf?b", False),
        (("Disallow: /a$",), "/a", False),
        (("Disallow: /a$",), "/ab", True),
        (("Disallow: /a*b*c$",), "/a/b/b/c", False),
        (("Disallow: /a*b*c$",), "/a/c/b", True),
        (("Disallow: /a*a$",), "/a", True),
        (("Disallow: /a**b",), "/a/b", False),
        (("Disallow: /*?",), "/a?b", False),
        (("Disallow: /*?",), "/a", True),
        (("Disallow: /a?b=1",), "/a?b=1&c", False),
        (("Disallow: /*?utm_source",), "/a?utm_source=x", False),
        (("Disallow: /*z=1$",), "/a?z=1&b=2&z=1", False),
        (("Disallow: /a.b",), "/axb", True),
        (("Disallow: /(a+)+$",), "/aaaa", True),
        # Fragments never reach the server; dot segments neither.
        (("Disallow: /*b",), "/a#b", True),
        (("Disallow: /private/",), "/public/../private/a", False),
        (("Disallow: /private/",), "/public/%2e%2E/private/a", False),
        (("Disallow: /private/",), "/public/./../private/a", False),
        (("Disallow: /private/",), "\\private\\a", False),
        (("Disallow: /private/",), "/private/../public/a", True),
        (("Disallow: //a",), "//a", False),
        (("Disallow: /a",), "//a", True),
        # Percent-encoding: the same octets, however they are written.
        (("Disallow: /café",), "/caf%C3%A9", False),
        (("Disallow: /caf%c3%a9",), "/café", False),
        (("Disallow: /caf%C3%A9",), "/caf%c3%a9", False),
        (("Disallow: /%7Ea",), "/~a", False),
        (("Disallow: /~a",), "/%7ea", False),
        (("Disallow: /a%2Fb",), "/a/b", True),
        (("Disallow: /a%2fb",), "/a%2Fb", False),
        (("Disallow: /a/b",), "/a%2Fb", True),
        (("Disallow: /a b",), "/a%20b", False),
        (("Disallow: /a%2Ab$",), "/a*b", False),
        (("Disallow: /a%2Ab$",), "/axb", True),
        (("Disallow: /a%24",), "/a$b", False),
        (("Disallow: /100%",), "/100%25", False),
        (("Disallow: /%CF%F0%E8",), "/%CF%F0%E8/a", False),
        (("Disallow: /%CF%F0%E8",), "/%D1%F2%EE/a", True),
        (("Disallow: /日本*記事",), "/%E6%97%A5%E6%9C%AC/%E8%A8%98%E4%BA%8B/1", False),
        # The file itself.
        (("Disallow: /",), "/robots.txt", True),
        (("Disallow: /robots.txt",), "/robots.txt", True),
        (("Disallow: /",), "/a/robots.txt", False),
        # What other robots forgive.
        (("disallow:/a",), "/a", False),
        (("DISALLOW : /a",), "/a", False),
        (("Disallow /a",), "/a", False),
        (("\t Disallow:\t/a \t",), "/a", False),
        (("Disalow: /a",), "/a", False),
        (("Disallow: /a # all of it",), "/ab", False),
        (("Disallow: /a#b",), "/ab", False),
        (("# Disallow: /",), "/a", True),
        (("Disallows: /",), "/a", True),
        (("X-Disallow: /",), "/a", True),
        (("Noindex: /a",), "/a", True),
        (("Disallow: https://example.com/a",), "/a", True),
        (("Disallow: /a\x0cAllow: /ab",), "/ab", True),
        (("Disallow: /\x85\u2028x",), "/a", True),
    ],
)
def test_rules_decide(rules, path, is_allowed):
    assert allows(for_all(*rules), path) is is_allowed


@pytest.mark.parametrize(
    ("body", "allowed", "forbidden"),
    [
        # A group of our own goes before those for all.
        (b"User-agent: *\nDisallow: /\n\nUser-agent: feedlake\nDisallow: /a", ["/b"], ["/a"]),
        (b"User-agent: feedlake\nDisallow: /a\n\nUser-agent: *\nDisallow: /", ["/b"], ["/a"]),
        (b"User-agent: *\nDisallow: /\nUser-agent: feedlake\nDisallow:", ["/a"], []),
        (b"User-agent: *\nDisallow: /\nUser-agent: feedlake", ["/a"], []),
        (b"User-agent: FEEDLAKE\nDisallow: /a\nUser-agent: *\nDisallow:", ["/b"], ["/a"]),
        (b"User-agent: feedlake/2.0 (+https://x)\nDisallow: /a", ["/b"], ["/a"]),
        (b"User-agent: feedlake*\nDisallow: /a", ["/b"], ["/a"]),
        # A name that is part of ours, or has ours as a part, is another's.
        (b"User-agent: feed\nDisallow: /", ["/a"], []),
        (b"User-agent: f*\nDisallow: /", ["/a"], []),
        (b"User-agent: feedlake-news\nDisallow: /", ["/a"], []),
        (b"User-agent: Mozilla/5.0 (compatible; feedlake)\nDisallow: /", ["/a"], []),
        (b"User-agent: *bot\nDisallow: /", ["/a"], []),
        # Groups are merged, and several names may head one.
        (
            b"User-agent: feedlake\nDisallow: /a\n\nUser-agent: x\nDisallow: /\n\n"
            b"User-agent: feedlake/2\nDisallow: /b",
            ["/c"],
            ["/a", "/b"],
        ),
        (b"User-agent: *\nDisallow: /a\nUser-agent: *\nDisallow: /b", ["/c"], ["/a", "/b"]),
        (b"User-agent: x\nUser-agent: feedlake\nDisallow: /a", ["/b"], ["/a"]),
        (b"User-agent: feedlake\nUser-agent: x\n\n# note\nDisallow: /a", ["/b"], ["/a"]),
        (b"User-agent: feedlake\nUser-agent: *\nDisallow: /a", ["/b"], ["/a"]),
        # Lines that are no rules end no group; rules do, even empty ones.
        (b"User-agent: *\nSitemap: https://x.org/s\nUser-agent: x\nDisallow: /a", ["/b"], ["/a"]),
        (b"User-agent: *\nHost: x\nFoo: 1\nUser-agent: x\nDisallow: /a", ["/b"], ["/a"]),
        (b"User-agent: *\nCrawl-delay: 5\n\nUser-agent: x\nDisallow: /", ["/a"], []),
        (b"User-agent: *\nVisit-time: 0000-2359\nUser-agent: x\nDisallow: /", ["/a"], []),
        (b"User-agent: *\nDisallow:\nUser-agent: x\nDisallow: /", ["/a"], []),
        (b"User-agent: *\nDisallow: /a\n\n\nDisallow: /b", ["/c"], ["/a", "/b"]),
        (b"User-agent: *\nSitemap: https://x.org/s\nDisallow: /b", ["/c"], ["/b"]),
        # Rules without a group, and a group without a name, are nobody's.
        (b"Disallow: /\nUser-agent: *\nDisallow: /a", ["/b"], ["/a"]),
        (b"User-agent:\nDisallow: /", ["/a"], []),
        # Ends of lines, byte-order marks, encodings, rubbish.
        (b"User-agent: *\r\nDisallow: /a\r\n", ["/b"], ["/a"]),
        (b"User-agent: *\rDisallow: /a\r", ["/b"], ["/a"]),
        (b"User-agent: *\n\rDisallow: /a", ["/b"], ["/a"]),
        (b"\xef\xbb\xbfUser-agent: *\nDisallow: /a", ["/b"], ["/a"]),
        ("User-agent: *\nDisallow: /a".encode("utf-16"), ["/b"], ["/a"]),
        (b"\xfe\xff" + "User-agent: *\nDisallow: /é".encode("utf-16-be"), ["/b"], ["/%C3%A9"]),
        (b"User-agent: *\nDisallow: /caf\xe9", ["/caf%E8", "/b"], ["/caf%E9", "/caf%e9/x"]),
        (b"\xff\xfe\x00", ["/a"], []),
        (b"\x00User-agent: *\x00\nDisallow: /a\x00", ["/a"], []),
        (b"\x1f\x8b\x08\x00\x00", ["/a"], []),
        (b"", ["/a"], []),
        (b"<!doctype html><html><body><p>Disallow: /</p>\nDisallow: /\n</html>", ["/a"], []),
        (b"User-agent *\nDisallow /a", ["/b"], ["/a"]),
        (b"Useragent: *\nDisallow: /a", ["/b"], ["/a"]),
    ],
)
def test_groups_decide_whose_rules_hold(body, allowed, forbidden):
    robots = read_robots(body)

    assert [path for path in allowed if not robots.is_allowed(SITE + path)] == []
    assert [path for path in forbidden if robots.is_allowed(SITE + path)] == []


def test_crawler_of_another_name_has_its_own_rules():
    body = b"User-agent: feedlake\nDisallow: /\n\nUser-agent: My_Bot\nDisallow: /a"

    assert read_robots(body, product_token="my_bot").is_allowed(f"{SITE}/b")
    assert not read_robots(body, product_token="MY_BOT").is_allowed(f"{SITE}/a")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "/a",
        "example.com/a",
        "ftp://example.com/a",
        "http://",
        "http://[::1/",
        "http://[/a",
        "http://example.com:99999/",
        "mailto:a@example.com",
        "javascript:alert(1)",
        "https://exa mple.com/",
    ],
)
def test_what_is_no_address_is_not_allowed(url):
    assert not ALLOW_ALL.is_allowed(url)
    with pytest.raises(ValueError, match="no http"):
        robots_url(url)


@pytest.mark.parametrize(
    "path", ["/\ud800", "/a\x00b", "/%", "/%zz", "/\U0001f600?\ud800=%ff", "/["]
)
def test_odd_paths_are_judged(path):
    assert ALLOW_ALL.is_allowed(SITE + path)
    assert not allows("User-agent: *\nDisallow: /", path)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://example.com/a/b?c#d", "https://example.com/robots.txt"),
        ("https://example.com", "https://example.com/robots.txt"),
        ("https://example.com?a=/b", "https://example.com/robots.txt"),
        ("HTTP://Example.COM:80/a", "http://example.com/robots.txt"),
        ("https://example.com:443/a", "https://example.com/robots.txt"),
        ("http://example.com:443/a", "http://example.com:443/robots.txt"),
        ("https://user:pass@example.com:8443/a", "https://example.com:8443/robots.txt"),
        ("https://[2001:db8::1]:443/a", "https://[2001:db8::1]/robots.txt"),
        ("https://müller.de/a", "https://xn--mller-kva.de/robots.txt"),
    ],
)
def test_robots_txt_is_at_the_origin(url, expected):
    assert robots_url(url) == expected


FORBIDDING = b"User-agent: *\nDisallow: /"


@pytest.mark.parametrize("status", [200, 203, 206])
def test_success_is_read(status):
    robots = judge_robots(status, FORBIDDING)

    assert robots is not None
    assert not robots.is_allowed(f"{SITE}/a")


@pytest.mark.parametrize("status", [300, 302, 400, 401, 403, 404, 410, 418, 451, 499])
def test_client_errors_and_lost_redirects_mean_no_rules(status):
    assert judge_robots(status, FORBIDDING) == ALLOW_ALL


@pytest.mark.parametrize("status", [None, 429, 500, 502, 503, 520, 599, 999, 0, 100, -1])
def test_server_errors_and_silence_mean_wait(status):
    assert judge_robots(status, b"User-agent: *\nAllow: /") is None


def test_judge_reads_for_the_crawler_named():
    robots = judge_robots(200, b"User-agent: other\nDisallow: /", product_token="Other")

    assert robots is not None
    assert not robots.is_allowed(f"{SITE}/a")


@pytest.mark.parametrize(
    ("lines", "pause_s"),
    [
        ((), None),
        (("Crawl-delay: 10",), 10.0),
        (("crawl delay: 0.5",), 0.5),
        (("Crawl-delay: 0",), 0.0),
        (("Crawl-delay: 7 # seconds",), 7.0),
        (("Crawl-delay: 86400",), MAX_BELIEVED_DELAY_S),
        (("Crawl-delay: 1e308",), MAX_BELIEVED_DELAY_S),
        (("Crawl-delay: " + "9" * 300,), MAX_BELIEVED_DELAY_S),
        (("Crawl-delay: -1",), None),
        (("Crawl-delay: nan",), None),
        (("Crawl-delay: inf",), None),
        (("Crawl-delay: 1e999",), None),
        (("Crawl-delay: " + "9" * 5_000,), None),
        (("Crawl-delay: soon",), None),
        (("Crawl-delay:",), None),
        (("Crawl-delay: 5", "Crawl-delay: soon"), 5.0),
        (("Request-rate: 1/5",), 5.0),
        (("Request-rate: 2/1m",), 30.0),
        (("Request-rate: 10/1s",), 0.1),
        (("Request-rate: 1/1h 0800-1200",), 3600.0),
        (("Request-rate: 1/1d",), MAX_BELIEVED_DELAY_S),
        (("Request-rate: 1/" + "9" * 4_000,), MAX_BELIEVED_DELAY_S),
        (("Request-rate: " + "9" * 4_000 + "/1",), 0.0),
        (("Request-rate: " + "9" * 4_000 + "/" + "9" * 4_000,), 1.0),
        (("Request-rate: 0/5",), None),
        (("Request-rate: 5/0",), None),
        (("Request-rate: -1/5",), None),
        (("Request-rate: x",), None),
        (("Crawl-delay: 3", "Request-rate: 1/9"), 9.0),
        (("Crawl-delay: 9", "Request-rate: 1/3"), 9.0),
    ],
    ids=lambda value: str(value)[:50],
)
def test_pause_is_read(lines, pause_s):
    assert read_robots(for_all(*lines).encode()).crawl_delay_s == pause_s


def test_pause_is_that_of_our_own_group():
    body = b"User-agent: *\nCrawl-delay: 9\n\nUser-agent: feedlake\nCrawl-delay: 3"

    assert read_robots(body).crawl_delay_s == 3.0
    assert read_robots(body + b"\nUser-agent: x\nCrawl-delay: 1").crawl_delay_s == 3.0


def test_sitemaps_are_absolute_and_named_once():
    body = (
        "Sitemap: https://example.com/1.xml\nUser-agent: x\n"
        "sitemap:https://example.com/2.xml?a=b\nDisallow: /\n"
        "SITEMAPS https://example.com/3.xml\n"
        "Sitemap: https://example.com/1.xml\n"
        "Sitemap: /relative.xml\nSitemap: ftp://example.com/4.xml\nSitemap: file:///etc/passwd\n"
        "Sitemap: javascript:alert(1)\nSitemap: \nSitemap: https://\n"
        f"Sitemap: https://example.com/{'a' * 3000}\n"
        "Sitemap: https://example.com/café.xml\n"
    ).encode()

    assert read_robots(body).sitemaps == (
        "https://example.com/1.xml",
        "https://example.com/2.xml?a=b",
        "https://example.com/3.xml",
        "https://example.com/café.xml",
    )


def test_sitemaps_are_limited_in_number():
    lines = (f"Sitemap: https://example.com/{number}.xml" for number in range(MAX_SITEMAPS + 50))

    sitemaps = read_robots("\n".join(lines).encode()).sitemaps

    assert len(sitemaps) == MAX_SITEMAPS
    assert sitemaps[0] == "https://example.com/0.xml"


def test_what_follows_the_first_500_kib_is_ignored():
    start = b"User-agent: *\nDisallow: /a\n#"
    padding = b"x" * (MAX_ROBOTS_BYTES - len(start) - len(b"\n"))

    robots = read_robots(start + padding + b"\nDisallow: /b\n")

    assert not robots.is_allowed(f"{SITE}/a")
    assert robots.is_allowed(f"{SITE}/b")


def test_rule_that_the_limit_cuts_is_no_rule():
    start, cut = b"User-agent: *\nDisallow: /a\n#", b"\nDisallow: /"
    padding = b"x" * (MAX_ROBOTS_BYTES - len(start) - len(cut))

    robots = read_robots(start + padding + cut + b"private\n")

    assert robots.is_allowed(f"{SITE}/b")
    assert not robots.is_allowed(f"{SITE}/a")


def test_file_of_one_endless_line_allows_everything():
    assert read_robots(b"User-agent: *" + b" " * MAX_ROBOTS_BYTES).is_allowed(f"{SITE}/a")


def fill(line: str) -> bytes:
    """A file of the largest size that is read, of one kind of line with a number in it."""
    lines = ["User-agent: *"]
    chars = 0
    while chars < MAX_ROBOTS_BYTES - 200:
        lines.append(line.replace("#", str(len(lines))))
        chars += len(lines[-1]) + 1
    return "\n".join(lines).encode()


LONG_URL = f"{SITE}/{'a' * 8_000}"


@pytest.mark.parametrize(
    "body",
    [
        b"User-agent: *\nDisallow: /" + b"*a" * 250_000,
        b"User-agent: *\nDisallow: /" + b"*a" * 200_000 + b"*b$",
        b"User-agent: *\nDisallow: /" + b"*" * 500_000 + b"b",
        fill("Disallow:/*a*a#"),
        fill("Disallow:/" + "*a" * 50 + "b#"),
        fill("Disallow:/*" + "a" * 400 + "b#"),
        fill("Disallow:/#"),
        fill("Allow:/a*#$"),
        fill("User-agent:a#"),
        fill("Sitemap:https://#"),
        "\n".join(["User-agent: feedlake", *["user-agent:x"] * 15_000]).encode()
        + b"\nallow:/b" * 25_000,
        ("\n".join(f"user-agent:{n}" for n in range(20_000))).encode() + b"\nallow:/b" * 25_000,
        b"\n" * MAX_ROBOTS_BYTES,
        b"dis" + b"s" * MAX_ROBOTS_BYTES,
        b"allow" + b" " * (MAX_ROBOTS_BYTES - 10) + b"\n",
    ],
    ids=range(15),
)
def test_hostile_file_costs_little(body):
    before = process_time()

    robots = read_robots(body)
    robots.is_allowed(LONG_URL)
    robots.is_allowed(LONG_URL + "b")

    assert process_time() - before < 5.0  # Measured: 0.4 s for the slowest, on a busy machine.


def test_rules_beyond_the_limit_of_wildcards_forbid_by_their_beginning():
    filler = [f"Disallow: /x{number}*y" for number in range(MAX_WILDCARD_RULES)]
    rules = for_all(*filler, "Disallow: /a/*z", "Allow: /a/*zz", "Disallow: /b", "Disallow: /a/*z")

    assert not allows(rules, "/x7/y")
    assert allows(rules, "/x7/z")
    assert not allows(rules, "/a/q")
    assert not allows(rules, "/b")
    assert allows(rules, "/c")
    assert not allows(rules + "\nDisallow: *.pdf", "/c")


def test_rules_survive_a_trip_to_another_process():
    body = b"User-agent: *\nDisallow: /a\nCrawl-delay: 4\nSitemap: https://example.com/s.xml"
    robots = read_robots(body)
    assert not robots.is_allowed(f"{SITE}/a")  # The matcher is made now, and is not carried along.

    packed = pickle.dumps(robots)
    copy = pickle.loads(packed)

    assert b"protego" not in packed
    assert copy == robots
    assert hash(copy) == hash(robots)
    assert not copy.is_allowed(f"{SITE}/a")
    assert copy.is_allowed(f"{SITE}/b")
    assert (copy.crawl_delay_s, copy.sitemaps) == (4.0, ("https://example.com/s.xml",))


PATTERNS = st.text(alphabet="ab/*$", min_size=1, max_size=6).map(lambda rest: "/" + rest)


@given(
    st.lists(st.tuples(st.sampled_from(("Allow", "Disallow")), PATTERNS), max_size=6),
    st.text(alphabet="ab/", max_size=8).map(lambda rest: "/" + rest),
)
def test_longest_match_decides_for_any_rules(rules, path):
    decision = (0, True)
    for field, pattern in rules:
        inner = pattern.removesuffix("$")
        expression = ".*".join(map(re.escape, inner.split("*")))
        expression += "$" if pattern.endswith("$") else ""
        if re.match(expression, path):
            decision = max(decision, (len(pattern), field == "Allow"))

    assert allows(for_all(*(f"{field}: {value}" for field, value in rules)), path) is decision[1]


@given(st.binary(max_size=400) | st.text(max_size=200).map(str.encode), st.text(max_size=60))
def test_no_file_and_no_path_makes_it_fail(body, path):
    robots = read_robots(body)

    assert robots.is_allowed(f"{SITE}/robots.txt")
    assert robots.is_allowed(f"{SITE}/{path}") in (True, False)
    assert pickle.loads(pickle.dumps(robots)) == robots
