"""What counts as an address, and when two addresses are one page."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedlake.transforms.normalize import urls
from feedlake.transforms.normalize.urls import (
    URL_RULE_VERSION,
    canonicalize_url,
    is_site_root,
    registered_domain,
    resolve_url,
)

SAME = [
    ("https://Example.COM/a", "https://example.com/a"),
    ("HTTPS://example.com/a", "https://example.com/a"),
    ("https://example.com", "https://example.com/"),
    ("https://example.com?", "https://example.com/"),
    ("https://example.com?a=1", "https://example.com/?a=1"),
    ("https://example.com./a", "https://example.com/a"),
    ("https://example.com:443/a", "https://example.com/a"),
    ("http://example.com:80/a", "http://example.com/a"),
    ("http://example.com:/a", "http://example.com/a"),
    ("http://example.com:080/a", "http://example.com/a"),
    ("http://example.com:00080/a", "http://example.com/a"),
    ("https://example.com:00000000443/a", "https://example.com/a"),
    ("http://example.com:08080/a", "http://example.com:8080/a"),
    ("http://example.com:0000008080/a", "http://example.com:8080/a"),
    ("https://user:pass@example.com/a", "https://example.com/a"),
    ("https://a@b@example.com/a", "https://example.com/a"),
    ("https://example.com/a#part", "https://example.com/a"),
    ("https://example.com/a#", "https://example.com/a"),
    ("https://example.com/a?#x?y", "https://example.com/a"),
    ("  https://example.com/a\n", "https://example.com/a"),
    ("\ufeff\u00a0https://example.com/a\u200b", "https://example.com/a"),
    ("https://exam\nple.com/a\t/b", "https://example.com/a/b"),
    ("https://example.com/\x00a", "https://example.com/a"),
    ("https:\\\\example.com\\a\\b?c=\\", "https://example.com/a/b?c=%5C"),
    ("https:///example.com/a", "https://example.com/a"),
    ("https://example.com/a/./b/../c", "https://example.com/a/c"),
    ("https://example.com/../../a", "https://example.com/a"),
    ("https://example.com/a/..", "https://example.com/"),
    ("https://example.com/a/.", "https://example.com/a/"),
    ("https://example.com/a/%2E%2e/b", "https://example.com/b"),
    ("https://example.com/a//../b", "https://example.com/a/b"),
    ("https://example.com/%7Euser/%61", "https://example.com/~user/a"),
    ("https://example.com/a%2fb", "https://example.com/a%2Fb"),
    ("https://example.com/a b", "https://example.com/a%20b"),
    ("https://example.com/caf\u00e9", "https://example.com/caf%C3%A9"),
    ("https://example.com/caf%c3%a9", "https://example.com/caf%C3%A9"),
    ("https://example.com/%", "https://example.com/%25"),
    ("https://example.com/%zz", "https://example.com/%25zz"),
    ("https://example.com/%4%31", "https://example.com/%2541"),
    ("https://example.com/%e4", "https://example.com/%E4"),
    ("https://example.com/a|b", "https://example.com/a%7Cb"),
    ("https://example.com/?b=2&a=1", "https://example.com/?a=1&b=2"),
    ("https://example.com/?b=1&a=2&a=1", "https://example.com/?a=2&a=1&b=1"),
    ("https://example.com/?&&a=1&", "https://example.com/?a=1"),
    ("https://example.com/?q=a b", "https://example.com/?q=a+b"),
    ("https://example.com/?q=a%20b", "https://example.com/?q=a+b"),
    ("https://example.com/?a[]=1", "https://example.com/?a%5B%5D=1"),
    ("https://example.com/?q=%zz", "https://example.com/?q=%25zz"),
    ("https://example.com/?id=1&amp;p=2", "https://example.com/?id=1&p=2"),
    ("https://example.com/?id=1&#038;p=2#a", "https://example.com/?id=1&p=2"),
    ("https://example.com/?id=1&amp;#38;p=2", "https://example.com/?id=1&p=2"),
    ("https://example.com/?id=1&amp;amp;utm_source=x", "https://example.com/?id=1"),
    ("https://m\u00fcller.de/", "https://xn--mller-kva.de/"),
    ("https://XN--MLLER-KVA.de/", "https://xn--mller-kva.de/"),
    ("https://stra\u00dfe.de/", "https://xn--strae-oqa.de/"),
    ("https://\u043f\u0440\u0438\u043c\u0435\u0440.\u0440\u0444", "https://xn--e1afmkfd.xn--p1ai/"),
    ("https://\u2764.ws/", "https://xn--qei.ws/"),
    ("https://example\u3002com/", "https://example.com/"),
    ("https://ex%61mple.com/", "https://example.com/"),
    ("http://[2001:DB8:0:0::1]:80/", "http://[2001:db8::1]/"),
    ("http://[::ffff:1.2.3.4]/", "http://[::ffff:102:304]/"),
    ("http://127.0.0.1:8000/a", "http://127.0.0.1:8000/a"),
    ("http://localhost/", "http://localhost/"),
    ("https://a_b.example.com/", "https://a_b.example.com/"),
]

TRACKING = [
    "utm_source",
    "utm_medium",
    "utm_anything",
    "UTM_Source",
    "utm%5Fsource",
    "fbclid",
    "igshid",
    "gclid",
    "dclid",
    "gbraid",
    "wbraid",
    "msclkid",
    "yclid",
    "twclid",
    "mc_cid",
    "mc_eid",
    "_ga",
    "_gl",
    "_hsenc",
    "_hsmi",
    "mkt_tok",
    "oly_enc_id",
    "vero_id",
    "wt_mc",
    "WT.mc_id",
    "xtor",
    "at_medium",
    "at_campaign",
    "at_custom1",
    "ref_src",
    "mtm_source",
    "pk_campaign",
    "guce_referrer",
]

CONTENT = [
    "id",
    "p",
    "page",
    "ref",
    "source",
    "lang",
    "q",
    "v",
    "s",
    "t",
    "cid",
    "sid",
    "session",
    "keyword",
    "spm",
    "ocid",
    "cmpid",
    "partner",
    "date",
    "story",
    "utm",
    "gclidx",
    "at_home",
    "ga",
    "mc",
    "amp",
]

DIFFERENT = [
    ("http://example.com/", "https://example.com/"),
    ("https://www.example.com/", "https://example.com/"),
    ("https://example.com:8443/", "https://example.com/"),
    ("https://example.com:80/", "https://example.com/"),
    ("https://example.com/a", "https://example.com/A"),
    ("https://example.com/a", "https://example.com/a/"),
    ("https://example.com/a/b", "https://example.com/a//b"),
    ("https://example.com/a/b", "https://example.com/a%2Fb"),
    ("https://example.com/a,b", "https://example.com/a%2Cb"),
    ("https://example.com/a;x=1", "https://example.com/a"),
    ("https://example.com/a+b", "https://example.com/a%20b"),
    ("https://example.com/a%2541", "https://example.com/a%41"),
    ("https://example.com/?a", "https://example.com/?a="),
    ("https://example.com/?a=", "https://example.com/"),
    ("https://example.com/?a=1", "https://example.com/?A=1"),
    ("https://example.com/?a=1&a=2", "https://example.com/?a=2&a=1"),
    ("https://example.com/?a=1%26b=2", "https://example.com/?a=1&b=2"),
    ("https://example.com/?a=1%2B2", "https://example.com/?a=1+2"),
    ("https://example.com/?u=https://a.org/", "https://a.org/"),
    ("https://stra\u00dfe.de/", "https://strasse.de/"),
]

NO_ADDRESS = [
    "",
    " ",
    "example.com/a",
    "/a",
    "//example.com/a",
    "ftp://example.com/",
    "mailto:a@example.com",
    "javascript:alert(1)",
    "data:text/html,a",
    "urn:uuid:1",
    "tag:example.com,2019:1",
    "http:",
    "http://",
    "http:///",
    "http:example.com",
    "http://?a=1",
    "http://user@/",
    "http://example.com:port/",
    "http://example.com:65536/",
    "http://example.com:-1/",
    "http://example.com:\u0663/",
    "http://exa mple.com/",
    "http://%zz/",
    "http://a..b/",
    "http://.example.com/",
    "http://example.com../",
    "http://exa<mple.com/",
    "http://\uff0f.com/",
    "http://[::1/",
    "http://[zz]/",
    "http://[fe80::1%25eth0]/",
    "http://256.1.1.1/",
    "http://1.2.3/",
    "http://0x7f.1/",
    "http://" + "a" * 64 + ".com/",
    "http://" + "\u00fc" * 100_000 + ".com/",
    "http://" + "a." * 127 + "com/",
]

JOINED = [
    ("/b", "https://example.com/b"),
    ("b", "https://example.com/dir/b"),
    ("../b//c", "https://example.com/b//c"),
    ("../../../b", "https://example.com/b"),
    ("./b?c=../d", "https://example.com/dir/b?c=../d"),
    ("?x=1", "https://example.com/dir/page?x=1"),
    ("#top", "https://example.com/dir/page?q=1"),
    ("", "https://example.com/dir/page?q=1"),
    ("//other.org/b", "https://other.org/b"),
    ("///other.org/b", "https://other.org/b"),
    ("\\b", "https://example.com/b"),
    ("http://other.org", "http://other.org/"),
    ("12:30", "https://example.com/dir/12:30"),
    ("mailto:a@example.com", None),
    ("//", None),
]


@pytest.mark.parametrize(("written", "canonical"), SAME)
def test_spellings_of_one_address_become_one(written, canonical):
    assert canonicalize_url(written) == canonical
    assert canonicalize_url(canonical) == canonical


@pytest.mark.parametrize("name", TRACKING)
def test_tracking_parameters_do_not_count(name):
    assert (
        canonicalize_url(f"https://example.com/?id=7&{name}=x&z") == "https://example.com/?id=7&z"
    )
    assert canonicalize_url(f"https://example.com/a?{name}") == "https://example.com/a"


@pytest.mark.parametrize("name", CONTENT)
def test_parameters_that_may_select_content_stay(name):
    url = f"https://example.com/?{name}=1"
    assert canonicalize_url(url) == url


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_addresses_that_may_be_two_pages_stay_two(one, other):
    assert canonicalize_url(one) is not None
    assert canonicalize_url(one) != canonicalize_url(other)


@pytest.mark.parametrize("text", NO_ADDRESS)
def test_what_is_no_web_address_has_no_identity(text):
    assert canonicalize_url(text) is None
    assert resolve_url(text, None) is None
    assert registered_domain(text) is None
    assert not is_site_root(text)


@pytest.mark.parametrize(("chars", "canonical"), [(254, "https://example.com/a"), (255, None)])
def test_a_host_longer_than_any_is_not_even_written_in_ascii(chars, canonical):
    # To write a name in ASCII takes quadratic time, and soft hyphens leave nothing of themselves.
    host = "example.com".replace("x", "x" + "\u00ad" * (chars - 11))

    assert len(host) == chars
    assert canonicalize_url(f"https://{host}/a") == canonical


@pytest.mark.parametrize(("reference", "expected"), JOINED)
def test_relative_addresses_follow_their_page(reference, expected):
    base = "https://user@example.com/dir/page?q=1#part"
    assert canonicalize_url(reference, base=base) == expected


@pytest.mark.parametrize("base", ["", "dir/page", "ftp://example.com/"])
def test_a_base_that_is_no_web_address_helps_nothing(base):
    assert canonicalize_url("/a", base=base) is None
    assert canonicalize_url("https://example.com/a", base=base) == "https://example.com/a"


@pytest.mark.parametrize(
    ("written", "resolved"),
    [
        (
            " HTTPS://Example.com:443/A/../b?utm_source=x&b&a#c\n",
            "HTTPS://Example.com:443/A/../b?utm_source=x&b&a#c",
        ),
        ("https://me:secret@example.com/a", "https://example.com/a"),
        ("https://example.com/a\x00 b", "https://example.com/a%20b"),
        ("https://m\u00fcller.de/\u00fc", "https://m\u00fcller.de/\u00fc"),
        ("https://example.com", "https://example.com"),
        ("../b?c#d", "https://example.org/b?c#d"),
    ],
)
def test_a_resolved_address_is_as_written(written, resolved):
    assert resolve_url(written, "https://example.org/a/") == resolved


@pytest.mark.parametrize(
    ("url", "domain"),
    [
        ("https://www.bbc.co.uk/news", "bbc.co.uk"),
        ("https://EDITION.cnn.com:443/", "cnn.com"),
        ("https://me:secret@a.b.example.org", "example.org"),
        ("https://blog.blogspot.com/", "blogspot.com"),
        ("https://co.uk/a", "co.uk"),
        ("https://www.\u043f\u0440\u0438\u043c\u0435\u0440.\u0440\u0444/", "xn--e1afmkfd.xn--p1ai"),
        ("https://www.a.xn--55qx5d.cn/", "a.xn--55qx5d.cn"),
        ("https://news.example.unknownsuffix/", "news.example.unknownsuffix"),
        ("http://localhost:8000/", "localhost"),
        ("http://127.0.0.1:8000/", "127.0.0.1"),
        ("http://[::1]:8000/", "[::1]"),
        ("/a", None),
    ],
)
def test_a_site_is_known_by_its_registered_domain(url, domain):
    assert registered_domain(url) == domain


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://example.com", True),
        ("https://example.com/", True),
        ("https://example.com:8443/#top", True),
        ("https://example.com/?utm_source=rss", True),
        ("https://example.com/?p=1", False),
        ("https://example.com/?p=/", False),
        ("https://example.com//", False),
        ("https://example.com/a", False),
    ],
)
def test_a_home_page_is_told_from_an_article(url, expected):
    assert is_site_root(url) is expected


RULES = {1: "0523dc5eb34e908d"}
"""What each version of the rule answers to the addresses below, as a digest."""


def test_another_rule_is_another_version_and_the_former_one_is_kept():
    """If this fails, raise `URL_RULE_VERSION`, and keep what it was in `FORMER_RULES`."""
    names = sorted({*urls._TRACKING_NAMES, "utm_x", "ref", "source", "id", "fbclid2"})
    addresses = [
        *(f"https://a.example/?{name}=1&b=2" for name in names),
        *("HTTP://u:p@A.Example.:80/%7ea/./b/../c%2f?b=1&a=2&b=0#f", "https://a.example//x/"),
        *("https://stra\u00dfe.example/\u00fc?q=\u00fc%20+", "http://[::ffff:1.2.3.4]:00080/"),
        *("https://a.example/?a&b=&amp;c&#038;d", "http://1.2.3.4/?", "https:///a.example/%zz"),
    ]
    answers = json.dumps([canonicalize_url(address) for address in addresses])

    assert hashlib.sha256(answers.encode()).hexdigest()[:16] == RULES[URL_RULE_VERSION]
    assert set(urls.FORMER_RULES) == set(range(1, URL_RULE_VERSION))


def test_address_rules_use_no_network():
    program = (
        "import socket\n"
        "from feedlake.transforms.normalize.urls import registered_domain\n"
        "def refuse(*a, **k): raise AssertionError('network')\n"
        "socket.socket = socket.getaddrinfo = socket.create_connection = refuse\n"
        "assert registered_domain('https://www.bbc.co.uk/') == 'bbc.co.uk'\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


_PIECES = st.sampled_from(
    [
        *"/?#&=;:@.%+[]\\ \t|aA1\u00fc\u00df\u3002\u2764\u0130\ud800\x00\u00ad",
        *["//", "/../", "/./", "%2f", "%2E", "%zz", "%4", "%e4", "&amp;", "&#038;", "utm_source=x"],
        *["?b=2&a=1&b=1", ":443", ":80", ":99999", "u:p@", "[::1]", "127.0.0.1", "xn--"],
    ]
)
_URLS = st.builds(
    lambda scheme, host, rest: scheme + host + "".join(rest),
    st.sampled_from(["http://", "HTTPS://", "https:\\\\", "http:///", "", "//"]),
    st.sampled_from(["example.com", "Ex\u00e4mple.COM.", "[2001:db8::1]", "u@h:80", "1.2.3.4", ""]),
    st.lists(_PIECES | st.text(max_size=3), max_size=12),
)


@given(url=_URLS | st.text())
def test_canonicalising_twice_changes_nothing(url):
    canonical = canonicalize_url(url)
    if canonical is not None:
        assert canonical.isascii()
        assert canonicalize_url(canonical) == canonical


@given(url=_URLS | st.text(), base=st.none() | _URLS)
def test_a_resolved_address_has_the_same_identity(url, base):
    resolved = resolve_url(url, base)
    assert (resolved is None) == (canonicalize_url(url, base=base) is None)
    if resolved is not None:
        assert resolve_url(resolved, None) == resolved
        assert canonicalize_url(resolved) == canonicalize_url(url, base=base)
        resolved.encode()


@given(url=_URLS)
def test_every_address_belongs_to_a_site(url):
    assert (registered_domain(url) is None) == (canonicalize_url(url) is None)


@given(names=st.permutations(["a=1", "b=2", "c", "d=", "utm_source=x"]))
def test_the_order_of_different_parameters_does_not_count(names):
    assert canonicalize_url("https://e.com/?" + "&".join(names)) == "https://e.com/?a=1&b=2&c&d="


def test_a_very_long_address_is_handled():
    url = "https://example.com/" + "%zz/../\\\u00fc" * 50_000 + "?" + "&amp;a=%" * 50_000
    canonical = canonicalize_url(url)
    assert canonical is not None
    assert canonicalize_url(canonical) == canonical
