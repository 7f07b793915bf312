"""Which addresses arguments stand for, and which of them are polled."""

from __future__ import annotations

import bz2
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from feedlake.pipeline.options.failures import UsageError
from feedlake.pipeline.web.web_history import KnownAddress
from feedlake.pipeline.web.web_sources import read_address, read_arguments, which_due, with_history
from feedlake.transforms.poll.polling import child_source
from feedlake.transforms.records.polls import Child, PollState, SourceOptions, WebSource

NOW = datetime(2026, 11, 4, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "url", "credentials"),
    [
        ("https://a.org", "https://a.org/", None),
        (" HTTPS://A.org:8443/X?y=Z#top ", "https://a.org:8443/X?y=Z", None),
        ("http://u:p%40ss@a.org/f", "http://a.org/f", "u:p@ss"),
    ],
)
def test_an_address_is_known_without_what_varies(text, url, credentials):
    found = read_address(text, name="SOURCE")
    assert (found.url, found.credentials) == (url, credentials)
    assert "p@ss" not in repr(found)


@pytest.mark.parametrize("text", ["https://", "https://u:secret@", "https://a.org:port/"])
def test_what_is_no_address_is_refused_without_its_secret(text):
    with pytest.raises(UsageError, match="must be an http") as caught:
        read_address(text, name="SOURCE")
    assert "secret" not in str(caught.value)


def arguments(tmp_path: Path, **files: bytes) -> list[str]:
    paths = []
    for name, body in files.items():
        path = tmp_path / name
        path.write_bytes(body)
        paths.append(str(path))
    return paths


LIST = "# Feeds\nhttps://a.org/f  # daily\n\n<https://b.org/f>\n"
OPML = (
    b"<opml><body><outline text='N'><outline type='rss' xmlUrl='https://a.org/f'/></outline>"
    b"<outline type='include' url='https://a.org/more'/></body></opml>"
)


@pytest.mark.parametrize(
    "body",
    [
        LIST.encode(),
        LIST.encode("utf-16"),
        bz2.compress(LIST.encode()),
        LIST.replace("\n", "\r\n").encode(),
    ],
)
def test_a_text_of_addresses_is_a_list(tmp_path, body):
    read = read_arguments(arguments(tmp_path, list=body), options={})
    assert read.files == ()
    assert [source.url for source in read.sources] == ["https://a.org/f", "https://b.org/f"]
    assert all(source.is_child for source in read.sources)


def test_lists_and_addresses_come_together(tmp_path):
    paths = arguments(tmp_path, opml=OPML, list=LIST.encode(), story=b"See https://a.org/ there")
    options = {"https://a.org/f": SourceOptions(tags=("own",))}
    read = read_arguments([*paths, "https://b.org/f", "*.warc"], options=options)
    assert read.files == (paths[2], "*.warc")
    found = {
        source.url: (source.kind, source.options.tags, source.is_child) for source in read.sources
    }
    assert found == {
        "https://a.org/f": (None, ("own", "N"), True),
        "https://a.org/more": (None, (), True),
        "https://b.org/f": (None, (), False),
    }


def test_newsboats_list_gives_tags_and_says_what_it_skips(tmp_path, caplog):
    body = b"""# my feeds
https://a.org/f "the harbour" "~Pier news" local
"query:Unread of the harbour:unread = \\"yes\\""
https://b.org/f
"""
    read = read_arguments(arguments(tmp_path, urls=body), options={})
    assert [(source.url, source.options.tags) for source in read.sources] == [
        ("https://a.org/f", ("the harbour", "local")),
        ("https://b.org/f", ()),
    ]
    assert "urls: 1 of its lines isn't the address of a feed: line 3 (a search in" in caplog.text


def test_a_list_without_addresses_is_a_mistake(tmp_path):
    with pytest.raises(UsageError, match="has no http"):
        read_arguments(arguments(tmp_path, opml=b"<opml><body/></opml>"), options={})


def known(url: str, *, status: str = "read", children: tuple[Child, ...] = (), **state: Any):
    return KnownAddress(
        PollState(url, polled_at=NOW, **state),
        status=status,
        kind="feed",
        entry_fingerprints=(),
        children=children,
    )


def test_earlier_runs_tell_where_sources_lead():
    tree = {
        "https://a.org/o": known(
            "https://a.org/o", children=(Child("https://a.org/f", ("x",)), Child("https://b.org/f"))
        ),
        "https://c.org/o": known("https://c.org/o", children=(Child("https://a.org/f", ("y",)),)),
        "https://a.org/f": known("https://a.org/f", children=(Child("https://a.org/o"),)),
    }
    own = SourceOptions(headers=(("X", "1"),), auth_env="A", cookies_env="C", tags=("own",))
    given = [
        WebSource("https://c.org/o"),
        WebSource("https://a.org/o", options=own, credentials="u:p"),
    ]
    for order in (given, given[::-1]):
        found = {source.url: source for source in with_history(order, tree, options={})}
        assert sorted(found) == [
            "https://a.org/f", "https://a.org/o", "https://b.org/f", "https://c.org/o",
        ]  # fmt: skip
        assert found["https://a.org/f"].options.tags == ("x", "own", "y")
        assert found["https://a.org/f"].credentials == "u:p"
        foreign = found["https://b.org/f"]
        assert (foreign.options, foreign.credentials) == (SourceOptions(tags=("own",)), None)


def test_a_child_is_one_step_further():
    parent = WebSource("https://a.org/", depth=2)
    child = child_source(Child("https://a.org/f", is_feed=True), parent, own={})
    assert (child.depth, child.kind, child.is_child) == (3, "feed", True)


def test_options_of_an_address_hold_wherever_it_comes_from():
    own = {"https://b.org/f": SourceOptions(tags=("mine",), auth_env="B", interval_s=60)}
    tree = {"https://a.org/o": known("https://a.org/o", children=(Child("https://b.org/f"),))}
    parent = WebSource("https://a.org/o", options=SourceOptions(tags=("list",), auth_env="A"))

    led_to, _ = sorted(
        with_history([parent], tree, options=own), key=lambda source: not source.is_child
    )

    assert led_to.options == SourceOptions(tags=("mine", "list"), auth_env="B", interval_s=60)


def test_wrong_address_of_a_list_is_told_once(tmp_path, caplog):
    path = tmp_path / "feeds.opml"
    path.write_text(
        "<opml><body><outline xmlUrl='https://a.org/f'/>"
        "<outline xmlUrl='nonsense:x'/></body></opml>"
    )
    for _ in range(2):
        read_arguments([str(path)], options={})
    assert [record.getMessage() for record in caplog.records] == [
        f"{path}: 1 of its addresses aren't valid: nonsense:x"
    ]


LATER, EARLIER = NOW + timedelta(hours=1), NOW - timedelta(hours=1)


@pytest.mark.parametrize(
    ("address", "is_child", "manual", "scheduled"),
    [
        (known("https://a.org/", next_due=LATER), False, True, False),
        (known("https://a.org/", next_due=EARLIER), False, True, True),
        (known("https://a.org/", next_due=LATER, status="failed"), False, True, False),
        (known("https://a.org/", next_due=LATER, status="waiting"), False, False, False),
        (known("https://a.org/", next_due=EARLIER, status="waiting"), False, True, True),
        (known("https://a.org/", is_stopped=True, status="failed"), False, True, False),
        (known("https://a.org/", is_stopped=True, status="failed"), True, False, False),
    ],
)
def test_what_is_polled_now(address, is_child, manual, scheduled):
    source = WebSource("https://a.org/", state=address.state, is_child=is_child)
    for is_scheduled, wanted in ((False, manual), (True, scheduled)):
        due = which_due([source], {source.url: address}, now=NOW, is_scheduled=is_scheduled)
        assert bool(due) is wanted, is_scheduled
        assert not any(one.state.is_stopped for one in due)
