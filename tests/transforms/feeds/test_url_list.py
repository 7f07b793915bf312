"""What counts as a list of addresses, and what never does."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedlake.transforms.feeds import url_list
from feedlake.transforms.feeds.url_list import (
    MAX_URL_CHARS,
    BrokenList,
    ListedUrl,
    WrongLine,
    describe_broken_list,
    describe_skipped,
    find_broken_list,
    is_meant_as_list,
    read_url_list,
    resolve_listed_url,
    skipped_lines,
)

ONE = "https://news.example/rss"
TWO = "http://other.example/a?b=1#c"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (ONE, [(ONE, 1)]),
        (f"{ONE}\n{TWO}\n", [(ONE, 1), (TWO, 2)]),
        (f"\ufeff{ONE}\r\n\r\n{TWO}\r\n", [(ONE, 1), (TWO, 3)]),
        (f"{ONE}\r\r{TWO}", [(ONE, 1), (TWO, 3)]),
        (f"# feeds\n; more\n\n  {ONE}\t\n", [(ONE, 4)]),
        (f"{ONE} # the harbour\n{TWO}\t#x", [(ONE, 1), (TWO, 2)]),
        (f"<{ONE}>\n< {TWO} > # in brackets", [(ONE, 1), (TWO, 2)]),
        ("feed://news.example/rss", [("http://news.example/rss", 1)]),
        ("feed:https://news.example/rss", [(ONE, 1)]),
        ("HTTPS://News.Example/RSS", [("https://News.Example/RSS", 1)]),
        ("https://zürich.example/ä", [("https://zürich.example/ä", 1)]),
        (f"{ONE}\n{ONE}", [(ONE, 1), (ONE, 2)]),
    ],
)
def test_each_address_comes_with_its_line(text: str, expected: list[tuple[str, int]]) -> None:
    assert read_url_list(text) == tuple(ListedUrl(url, line) for url, line in expected)
    assert find_broken_list(text) is None


@pytest.mark.parametrize(
    ("text", "line", "shown"),
    [
        (f"{ONE}\nThe ferry left at noon.", 2, "The ferry left at noon."),
        (f"{ONE} and more.", 1, f"{ONE} and more."),
        (f"{ONE} is the harbour's, see there", 1, f"{ONE} is the harbour's, see there"),
        (f'{ONE} "never closed', 1, f'{ONE} "never closed'),
        (f'{ONE} "{TWO}"', 1, f'{ONE} "{TWO}"'),
        ("www.news.example/rss", 1, "www.news.example/rss"),
        (f"See {ONE}", 1, f"See {ONE}"),
        (f"{ONE} {TWO}", 1, f"{ONE} {TWO}"),
        (f"{ONE},", 0, ""),
        ("news.example/rss", 1, "news.example/rss"),
        ("ftp://news.example/rss", 1, "ftp://news.example/rss"),
        ("file:///etc/hostname", 1, "file:///etc/hostname"),
        ("javascript:alert(1)", 1, "javascript:alert(1)"),
        ("https://", 1, "https://"),
        ("https://news.example:99999/", 1, "https://news.example:99999/"),
        ("https://news.example/\x00", 1, "https://news.example/\x00"),
        (f"{ONE}\u2028{TWO}", 1, f"{ONE}\u2028{TWO}"),
        ("<rss>", 1, "<rss>"),
        (f"\n\n{ONE}#x y.", 3, f"{ONE}#x y."),
        (f"https://news.example/{'a' * MAX_URL_CHARS}", 1, f"https://news.example/{'a' * 59}"),
    ],
)
def test_one_other_line_makes_it_no_list(text: str, line: int, shown: str) -> None:
    if line:
        assert read_url_list(text) is None
        beside = "\n" + "\n".join([ONE] * 20)  # Enough to be meant as a list.
        broken = find_broken_list(text + beside)
        assert broken is not None
        assert broken.line == WrongLine(line, shown)
    else:
        assert read_url_list(text) is not None  # A comma may stand in an address.


@pytest.mark.parametrize(
    ("line", "tags"),
    [
        (f"{ONE} harbour local", ("harbour", "local")),
        (f'{ONE} "the harbour" "~Pier news" local # read daily', ("the harbour", "local")),
        (f'"{ONE}"\t"local  news"', ("local news",)),
        (f'{ONE} "!" !hidden sea', ("sea",)),
        (f'{ONE} "say \\"ahoy\\"" sea sea', ('say "ahoy"', "sea")),
        (f"{ONE} {' '.join(f't{n}' for n in range(60))}", tuple(f"t{n}" for n in range(50))),
        (f"<{ONE}> sea", ("sea",)),
    ],
)
def test_tags_follow_an_address_as_newsboat_writes_them(line: str, tags: tuple[str, ...]) -> None:
    assert read_url_list(line) == (ListedUrl(ONE, 1, tags),)


def test_newsboats_searches_and_programs_are_skipped_and_told() -> None:
    text = f"""# mine
{ONE} sea
"query:Unread Articles:unread = \\"yes\\"" now
exec:~/bin/weather.py
"filter:~/bin/shorten.sh:{TWO}"
QUERY:Long:age < 3
{TWO}
"""

    assert read_url_list(text) == (ListedUrl(ONE, 2, ("sea",)), ListedUrl(TWO, 7))
    assert [(item.line, item.what) for item in skipped_lines(text)] == [
        (3, "a search in other feeds"),
        (4, "a program to run"),
        (5, "a program to run"),
        (6, "a search in other feeds"),
    ]
    assert describe_skipped(text) == (
        "4 of its lines aren't addresses of feeds: line 3 (a search in other feeds), "
        "line 4 (a program to run), line 5 (a program to run), …"
    )
    assert describe_skipped(ONE) is None


def test_a_list_of_searches_alone_is_none() -> None:
    assert read_url_list("query:Unread:unread") is None


@pytest.mark.parametrize("text", ["", "\n\n", "\ufeff", "# only\n; comments\n", " \t\r\n"])
def test_a_text_without_address_is_no_list_and_no_broken_one(text: str) -> None:
    assert read_url_list(text) is None
    assert find_broken_list(text) is None
    assert not is_meant_as_list(text)


PARAGRAPH = (
    "The ferry to the islands has left the harbour late again this week, and nobody knew why. "
)
CHINESE = "渡轮本周再次晚点离开港口，没有人知道原因。" * 6


@pytest.mark.parametrize(
    "text",
    [
        f"See {ONE}",
        f"{ONE}\nThe ferry left at noon.",
        f"Ferries late\n{PARAGRAPH * 4}\n\n{PARAGRAPH * 3}\n\nSources:\n{ONE}\n{TWO}\n{ONE}",
        f"渡轮\n{CHINESE}\n{CHINESE}\n{ONE}\n{TWO}\n{ONE}\n{TWO}",
        f"{PARAGRAPH}\n# {ONE}",
        "Lee\nEk\nDay",
        "Hello. World",
        "Dear Ann,\nthe e.g. is missing.",
        "\x0b\nwords",
    ],
)
def test_an_article_with_addresses_is_an_article(text: str) -> None:
    assert find_broken_list(text) is None
    assert not is_meant_as_list(text)


@pytest.mark.parametrize(
    ("text", "line", "shown"),
    [
        (f"{ONE}\n{TWO}\nwww.example.org/feed", 3, "www.example.org/feed"),
        (f"{ONE}\r\n\r\n# more\r\nexample.org\r\n", 4, "example.org"),
        ("www.example.org/feed\nnews.example/rss", 1, "www.example.org/feed"),
        (f"{ONE}\n{TWO}\nMy feeds", 3, "My feeds"),
        (f"{ONE}\nftp://a.example/x", 2, "ftp://a.example/x"),
        (f"https:/news.example/rss\n{ONE}", 1, "https:/news.example/rss"),
        (f"{ONE}\n{ONE} {TWO}", 2, f"{ONE} {TWO}"),
        (f"{ONE}\nhttps://ann:secret@a.example/ x.", 2, "https://a.example/ x."),
        (f"{PARAGRAPH}\n" + f"{ONE}\n" * 9, 1, PARAGRAPH[:80]),
    ],
)
def test_a_list_with_a_wrong_line_names_it(text: str, line: int, shown: str) -> None:
    broken = find_broken_list(text)
    assert broken is not None
    assert describe_broken_list(broken) == f"line {line}: must be an http(s) address: {shown}"
    assert is_meant_as_list(text)


def test_a_list_whose_addresses_are_all_comments_says_so() -> None:
    broken = find_broken_list(f"# {ONE}\n; {TWO}\n")
    assert broken == BrokenList(None, 0)
    assert describe_broken_list(broken) == "the list has no address in it, only comments"


def test_what_a_long_line_hides_at_its_end_is_seen() -> None:
    assert read_url_list(f"{ONE}{' ' * 100_000}The ferry left.") is None


def test_one_address_too_many_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(url_list, "MAX_LISTED_URLS", 2)

    assert read_url_list(f"{ONE}\n{ONE}") is not None
    assert read_url_list(f"{ONE}\n{ONE}\n{TWO}") is None
    broken = find_broken_list(f"{ONE}\n{ONE}\n{TWO}")
    assert broken == BrokenList(WrongLine(3, TWO), 2)
    assert describe_broken_list(broken) == "line 3: a list must have at most 2 addresses"


@given(st.text())
def test_no_text_is_both_a_list_and_a_broken_one(text: str) -> None:
    listed = read_url_list(text)

    assert (listed is None) or find_broken_list(text) is None
    assert all(item.url.lower().startswith(("http://", "https://")) for item in listed or ())


@pytest.mark.parametrize(
    ("url", "base", "expected"),
    [
        ("rss.xml", "https://news.example/a/", "https://news.example/a/rss.xml"),
        ("rss.xml", None, None),
        ("//news.example/rss", "https://x.example/", ONE),
        ("feed:news.example/rss", None, None),
        ("feed:http://news.example/", None, "http://news.example/"),
        ("feed:javascript:alert(1)", "https://x.example/", None),
        ("feeds/all", "https://x.example/", "https://x.example/feeds/all"),
        ("a" * (MAX_URL_CHARS + 1), "https://x.example/", None),
        ("a" * MAX_URL_CHARS, "https://x.example/", None),
    ],
)
def test_listed_addresses_are_absolute(url: str, base: str | None, expected: str | None) -> None:
    assert resolve_listed_url(url, base) == expected
