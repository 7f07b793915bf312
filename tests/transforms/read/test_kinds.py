"""What telling the kind of a source promises."""

import pytest
from builders import PAGE, parquet, warc_record
from hypothesis import given
from hypothesis import strategies as st

from feedlake.transforms.read.kinds import HEAD_BYTES, Unknown, detect_kind

RSS = b'<?xml version="1.0"?><!-- made by hand --><rss version="2.0"><channel></channel></rss>'
ATOM = b'<feed xmlns="http://www.w3.org/2005/Atom"></feed>'
RDF = b'<?xml version="1.0"?><rdf:RDF xmlns:rdf="http://a.example/"></rdf:RDF>'
JSON_FEED = b'{"version": "https:\\/\\/jsonfeed.org\\/version\\/1.1", "items": []}'
LONG = 8 * HEAD_BYTES  # What takes time by the square or worse does not end here.
TEXT = b"date 2020-01-02\nThe ferry sails at nine.\n"


@pytest.mark.parametrize("path", ["a", "a.txt", "a.html", "a.xml", "a.bin", "a.jsonl"])
@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (PAGE, "html"),
        (b"\xef\xbb\xbf\n<HTML lang=en>", "html"),
        (b"<!-- saved from -->\n<html>", "html"),
        (b"<?xml version='1.0'?><!DOCTYPE html><html xmlns='x'>", "html"),
        (PAGE.decode().encode("utf-16"), "html"),
        (RSS, "feed"),
        (RSS.decode().encode("utf-16-le"), "feed"),
        (ATOM, "feed"),
        (RDF, "feed"),
        (b'<RDF xmlns="http://www.w3.org/1999/02/22-rdf-syntax-ns#"/>', "feed"),
        (b'<?xml version="1.0"?><CHANNEL HREF="http://a.example/"></CHANNEL>', "feed"),
        (b"<!DOCTYPE html><html><head><title>T</title></head>\n<body><div>" + ATOM, "feed"),
        (b"<html><body>\n" + RSS + b"</body></html>", "feed"),
        (b"<html><body><p>See</p>" + ATOM, "html"),
        (warc_record(), "warc"),
        (parquet({"text": ["a"]}), "parquet"),
        (b"PK\x03\x04" + bytes(26) + b"news/a.txt", "zip"),
        (b"filedesc://a.arc 0.0.0.0", "arc"),
    ],
)
def test_content_decides_whatever_the_name(head: bytes, kind: str, path: str) -> None:
    assert detect_kind(head, path=path) == kind


@pytest.mark.parametrize(
    ("head", "path", "kind"),
    [
        (JSON_FEED, "a.json", "feed"),
        (JSON_FEED, "a", "feed"),
        (JSON_FEED + b"\n" + JSON_FEED, "a.jsonl", "jsonl"),
        (b'{"text": "a"}\n{"text": "b"}\n', "a.txt", "jsonl"),
        (b'[{"text": "a"}]', "a", "jsonl"),
        (b'{\n "text": "a"\n}', "a.txt", "jsonl"),
        (b'{"text": "a"}\n{"text": "b"}\n', "a.html", "jsonl"),
        (b'[{"text": "a"}]', "a.csv.gz", "jsonl"),
        (b"{curly words, no JSON}", "a.txt", "text"),
        (b"[Editor's note] The ferry sails.", "a.txt", "text"),
        (b"{broken", "a.json", "jsonl"),
        (b"<3 from the harbour", "a.txt", "text"),
        (TEXT, "a", "text"),
        (TEXT, "A.TXT", "text"),
        (TEXT, "notes.log", "text"),
        (TEXT, "a.warc", "warc"),
        (TEXT, "a.parquet", "parquet"),
        (b"a,b\n1,2\n", "a.csv", "csv"),
        (b"a\tb\n1\t2\n", "A.TSV.gz", "csv"),
        (b"a,b\n1,2\n", "a.txt", "text"),
        (TEXT, "a.txt.gz", "text"),
        (b"The fer\x00ry sails", "a.txt", "text"),
        (b"\x1b[31mred\x1b[0m words", "a.txt", "text"),
        (b"", "a.txt", "text"),
        (b"", "a", "text"),
        (b"", "a.html.gz", "html"),
        (b"", "a.ndjson", "jsonl"),
        (b"", "a.warc.gz", "warc"),
        (b"\xef\xbb\xbf", "a.txt", "text"),
        (b"\x00" * 99, "a.txt", "text"),
    ],
)
def test_the_name_settles_what_content_leaves_open(head: bytes, path: str, kind: str) -> None:
    assert detect_kind(head, path=path) == kind


@pytest.mark.parametrize(
    ("head", "path", "name"),
    [
        (b"%PDF-1.7 ...", "a.txt", "PDF"),
        (b"\x89PNG\r\n\x1a\n", "a.html", "PNG image"),
        (b"PK\x03\x04", "a.docx", "office document, e-book or program"),
        (b"PK\x03\x04" + bytes(26) + b"mimetype", "a.zip", "office document, e-book or program"),
        (b"<opml version='2.0'>", "a.xml", "OPML"),
        (b"<?xml version='1.0'?><urlset>", "a.xml", "sitemap"),
        (b"<?xml version='1.0'?><recipe>", "a.xml", "XML <recipe>"),
        (TEXT, "README.rst", "text/x-rst"),
        (bytes(range(1, 9)) * 50, "a.txt", "binary data"),
        (b"words" + b"\x00" * 60 + b"\x01\x02" * 99, "a", "binary data"),
    ],
)
def test_what_holds_no_articles_is_named(head: bytes, path: str, name: str) -> None:
    assert detect_kind(head, path=path) == Unknown(name)


def test_a_character_cut_by_the_head_does_not_make_it_binary() -> None:
    assert detect_kind(("é" * HEAD_BYTES).encode()[1:][:HEAD_BYTES], path="a.txt") == "text"


@pytest.mark.parametrize(
    "head",
    [
        b"<!DOCTYPE" + b" " * LONG,
        b"<!DOCTYPE a [" + b"] " * (LONG // 2),
        b"<!-- a -->" * (LONG // 10),
        b"<!--" * (LONG // 4),
        b"<?" * (LONG // 2),
        b'{"version"' + b" " * LONG,
        b'"items" : [ ' * (LONG // 12),
        b"[" * LONG,
        b'{"a":' * (LONG // 5),
    ],
)
def test_no_prologue_is_tried_in_every_way(head: bytes) -> None:
    assert detect_kind(head, path="a.xml") is not None


@given(st.binary(max_size=200), st.sampled_from(["a", "a.json", "a.xml", "a.warc.gz", ".", ""]))
def test_any_bytes_have_a_kind(head: bytes, path: str) -> None:
    for start in (b"", b"<", b"{", b"[", b"<?xml", b"WARC/"):
        assert detect_kind(start + head, path=path) is not None
