"""Lists of feeds in files: what they say, or which line is wrong, and what a schedule keeps."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from feedlake.pipeline.options.failures import UsageError
from feedlake.pipeline.web.feed_lists import KeptLists, read_list
from feedlake.transforms.records.polls import Child

GOOD = "https://a.example/feed\nhttps://b.example/feed\n"
BAD = GOOD + "www.example.org/feed\n"
OPML = "<opml><body><outline xmlUrl='https://a.example/feed'/></body></opml>"


def write(path: Path, body: bytes | str) -> str:
    path.write_bytes(body.encode() if isinstance(body, str) else body)
    return str(path)


@pytest.mark.parametrize(
    "body",
    [
        BAD.encode(),
        BAD.encode("utf-16"),
        BAD.encode("utf-8-sig"),
        BAD.replace("\n", "\r\n").encode(),
        gzip.compress(BAD.encode(), mtime=0),
    ],
)
def test_wrong_line_is_named_in_any_encoding(tmp_path, body):
    path = write(tmp_path / "feeds.txt", body)
    with pytest.raises(UsageError) as caught:
        read_list(path)
    assert str(caught.value) == (
        f"SOURCE {path}: line 3: must be an http(s) address: www.example.org/feed"
    )
    assert caught.value.exit_code == 2


def test_wrong_line_behind_the_head_of_a_long_list_is_named(tmp_path):
    lines = [f"https://a.example/{number}" for number in range(5_000)]
    path = write(tmp_path / "feeds.txt", "\n".join([*lines, "see below"]))
    with pytest.raises(UsageError, match=r"line 5001: must be an http\(s\) address: see below"):
        read_list(path)


def test_long_article_whose_end_lists_sources_is_an_article(tmp_path):
    text = "The ferry left the harbour at noon and nobody saw it go.\n" * 2_000
    assert read_list(write(tmp_path / "story.txt", text + GOOD * 50)) is None


@pytest.mark.parametrize(
    ("name", "body", "message"),
    [
        ("f.opml", OPML[:-20], "line 1: the list ends before </opml>; it has been cut off"),
        ("f.opml", "", "The body is empty."),
        (
            "f.opml",
            "<html><body>Not found</body></html>",
            "The root element is <html>, not <opml>.",
        ),
        ("f.xml", "<opml><body/></opml>", "the list has no http(s) address of a feed in it"),
        (
            "f.xml",
            OPML.replace("<outline", "<outline text='x xmlUrl='https://b.example/'/>\n<outline"),
            "line 1: damaged, so this address is lost: https://b.example/",
        ),
        (
            "f.txt.gz",
            gzip.compress(GOOD.encode() * 9, mtime=0)[:-9],
            "the list of feeds is damaged: ",
        ),
        ("f.txt", "# https://a.example/feed\n", "the list has no address in it, only comments"),
    ],
)
def test_list_that_is_no_list_is_an_error(tmp_path, name, body, message):
    path = write(tmp_path / name, body)
    with pytest.raises(UsageError) as caught:
        read_list(path)
    assert str(caught.value).startswith(f"SOURCE {path}: {message}")


def test_last_good_list_is_kept_while_it_is_bad(tmp_path):
    kept = KeptLists()
    path = write(tmp_path / "feeds.txt", GOOD)
    both = (Child("https://a.example/feed"), Child("https://b.example/feed"))

    assert kept.read(path) == both
    for body in (BAD, "", "The ferry left at noon."):
        kept.complaints.clear()
        write(tmp_path / "feeds.txt", body)
        assert kept.read(path) == kept.read(path) == both
        assert len(kept.complaints) == 1
    (tmp_path / "feeds.txt").unlink()
    kept.complaints.clear()
    assert kept.read(path) == both
    assert kept.complaints == [f"SOURCE {path}: no such file any more"]
    write(tmp_path / "feeds.txt", GOOD.splitlines()[0])
    kept.complaints.clear()
    assert (kept.read(path), kept.complaints) == (both[:1], [])


def test_list_that_was_never_good_is_an_error(tmp_path):
    with pytest.raises(UsageError, match="line 3"):
        KeptLists().read(write(tmp_path / "feeds.txt", BAD))
    assert KeptLists().read(write(tmp_path / "story.txt", "The ferry left.")) is None
