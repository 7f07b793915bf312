"""What reading JSON promises."""

import io
import json
import random
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from builders import read_file
from hypothesis import given, settings
from hypothesis import strategies as st

from feedlake.transforms.normalize.streams import TooLargeError, decompress
from feedlake.transforms.read import read_json as read_json_module
from feedlake.transforms.read.read_json import read_json
from feedlake.transforms.read.read_record import DamagedRecordsError, RecordReader
from feedlake.transforms.records.documents import Document, Rejection

A, B = b'{"text": "The ferry."}', b'{"text": "The gulls."}'
BOTH = [(1, "The ferry."), (2, "The gulls.")]


def _items(body: bytes, max_bytes: int = 1 << 20, **fields: str) -> Iterator[Document | Rejection]:
    records = RecordReader(source="a.json", kind="jsonl", fields=fields, max_chars=max_bytes)
    return read_json(io.BytesIO(body), records)


def _read(body: bytes, **options: Any) -> list[tuple[int | None, str | bytes]]:
    """Returns number and text of each document, or the reason of each rejection."""
    return [
        (item.source_record, item.body if isinstance(item, Document) else item.reason)
        for item in _items(body, **options)
    ]


def _read_one(record: object, **fields: str) -> Document | Rejection:
    (item,) = _items(json.dumps(record).encode(), **fields)
    return item


@pytest.mark.parametrize(
    "body",
    [
        A + b"\n" + B,
        A + b"\r\n" + B + b"\r\n",
        A + b"\r" + B,
        b"\xef\xbb\xbf" + A + b"\n" + B,
        (A + b"\n" + B).decode().encode("utf-16"),
        (A + b"\n" + B).decode().encode("utf-16-le"),
        A + B,
        b"[" + A + b"," + B + b"]",
        b"\n\n\n \n[\n" + A + b" ,\n" + B + b",\n]\n\n",
        b"\xef\xbb\xbf\n[" + A + b"," + B + b"]",
        ("[" + A.decode() + "," + B.decode() + "]").encode("utf-16-be"),
        json.dumps(json.loads(A), indent=2).encode() + json.dumps(json.loads(B), indent=2).encode(),
    ],
)
def test_lines_arrays_and_chains_of_objects_are_the_same(body: bytes) -> None:
    assert _read(body) == BOTH


def test_blank_lines_count_as_lines() -> None:
    assert _read(b"\n" + A + b"\n \n\xef\xbb\xbf" + B + b"\n") == [
        (2, "The ferry."),
        (4, "The gulls."),
    ]


@pytest.mark.parametrize("body", [b"", b"\n \n", b"[]", b" [ ] ", b"\xef\xbb\xbf"])
def test_nothing_is_no_document(body: bytes) -> None:
    assert _read(body) == []


def test_one_object_over_many_lines_is_one_record() -> None:
    body = b'\n{\n  "text": "The\\nferry.",\n  "tags": [\n    "sea"\n  ]\n}\n'
    (item,) = _items(body)
    assert isinstance(item, Document)
    assert (item.body, item.extra) == ("The\nferry.", '{"tags": ["sea"]}')


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b"[1, 2]", "a list, not an object"),
        (b'"words"', "a text, not an object"),
        (b"null", "null, not an object"),
        (b"-1.5", "a number, not an object"),
        (b"true", "true, not an object"),
    ],
)
def test_what_is_no_object_is_called_as_json_calls_it(line, said, tmp_path):
    (tmp_path / "a.jsonl").write_bytes(A + b"\n" + line + b"\n")
    _, [rejection], _ = read_file(tmp_path / "a.jsonl")
    assert rejection.detail == said


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b'{"text": "cut o', "bad_json"),
        (b"no JSON", "bad_json"),
        (b"[" * 10_000 + b"]" * 10_000, "bad_json"),
        (b'{"text": "a", "x": ' + b"[" * 10_000 + b"]" * 10_000 + b"}", "bad_json"),
        (b"[1, 2]", "not_an_object"),
        (b'"words"', "not_an_object"),
        (b"null", "not_an_object"),
        (b"{}", "empty"),
        (b'{"text": " ", "html": null}', "empty"),
        (b'{"text": [["a"]]}', "empty"),
        (b'{"text": []}', "empty"),
        (b'{"text": "' + b"x" * 2000 + b'"}', "too_large"),
    ],
)
def test_a_bad_line_is_one_rejection_and_the_next_goes_on(line: bytes, reason: str) -> None:
    expected = [(1, "The ferry."), (2, reason), (3, "The gulls.")]
    limit = 1000 if reason == "too_large" else 30_000
    assert _read(A + b"\n" + line + b"\n" + B, max_bytes=limit) == expected


@pytest.mark.parametrize("line", [b'{"text": "cut o', b'{"text": "a",', b"{", b"{]}"])
def test_a_bad_first_line_does_not_hide_the_others(line: bytes) -> None:
    assert _read(line + b"\n" + A + b"\n") == [(1, "bad_json"), (2, "The ferry.")]
    assert _read(line) == [(1, "bad_json")]


@pytest.mark.parametrize("depth", range(900, 1010, 7))
def test_deep_records_are_read_or_rejected(depth: int) -> None:
    line = b'{"text": "a", "x": ' + b"[" * depth + b"]" * depth + b"}"
    assert _read(line) in ([(1, "a")], [(1, "bad_json")])


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"[" + A + b"," + B, "after value 2: the array does not end"),
        (b"[" + A + b"," + B + b",", "after value 2: the array does not end"),
        (b"[" + A + b"," + B + b"] more", "after value 2: text behind the end of the array"),
        (b"[" + A + b"," + B + b', {"text": "cut', "after value 2: Unterminated string"),
        (b"[" + A + b"," + B + b', {"text"; 1}, ' + A + b"]", "after value 2: Expecting ':'"),
        (b"[" + A + b"," + B + b"," + b"[" * 10_000, "after value 2: nested too deep"),
        (A + B + b"junk", "after value 2: Expecting value"),
    ],
)
def test_a_broken_array_gives_all_before_the_fault(body: bytes, message: str) -> None:
    found = []
    with pytest.raises(DamagedRecordsError, match=message):
        found.extend((item.source_record, item.body) for item in _items(body))  # type: ignore[union-attr]
    assert found == BOTH


def test_an_element_above_the_limit_ends_the_array() -> None:
    items = _items(b"[" + A + b', {"text": "' + b"x" * 500_000 + b'"}]', max_bytes=100_000)
    assert next(items).source_record == 1
    with pytest.raises(TooLargeError):
        next(items)


@pytest.mark.parametrize("chars", [10, 65_500, 65_536, 131_072, 400_000])
def test_elements_of_any_length_are_read(chars: int) -> None:
    text = "é" * chars
    body = json.dumps([{"text": text, "n": 12}] * 3, ensure_ascii=False).encode()
    assert _read(body) == [(number, text) for number in (1, 2, 3)]


class _Trickle(io.BytesIO):
    """Gives little at a time, as what unpacks does."""

    def read1(self, size: int | None = -1, /) -> bytes:
        return super().read1(min(size or 0, 1000))


def test_a_value_is_not_parsed_again_for_each_little_part_of_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    parsed: list[int] = []

    class Decoder(json.JSONDecoder):
        def raw_decode(self, s: str, idx: int = 0) -> tuple[Any, int]:
            parsed.append(len(s) - idx)
            return super().raw_decode(s, idx)

    monkeypatch.setattr(read_json_module, "_DECODER", Decoder())
    text = "x" * 900_000
    body = json.dumps([{"text": text}]).encode()
    records = RecordReader(source="a.json", kind="jsonl", fields={}, max_chars=1 << 20)
    (item,) = read_json(_Trickle(body), records)
    assert isinstance(item, Document)
    assert item.body == text
    assert sum(parsed) < 4 * len(body)


@pytest.mark.parametrize("is_array", [True, False])
def test_a_fault_behind_a_value_is_no_end(is_array: bool) -> None:
    texts = [random.Random(number).randbytes(9_000).hex() for number in range(8)]
    values = [json.dumps({"text": text}, indent=1) for text in texts]
    packer = zlib.compressobj(wbits=31)
    body = packer.compress(("[" * is_array + ",\n".join(values) + ",").encode())
    body += packer.flush(zlib.Z_FULL_FLUSH)  # The cut is at the border of two values.
    records = RecordReader(source="a.json", kind="jsonl", fields={}, max_chars=1 << 20)
    items = read_json(decompress(io.BytesIO(body), "gzip"), records)
    assert [next(items).source_record for _ in range(8)] == [1, 2, 3, 4, 5, 6, 7, 8]
    with pytest.raises(EOFError, match="ended before the end-of-stream marker"):
        next(items)


def test_fields_become_what_they_are_called() -> None:
    item = _read_one(
        {
            "url": "https://harbour.example/1",
            "html": "<p>The ferry.</p>",
            "title": " The\nferry ",
            "date": "2020-01-02T03:04:05+01:00",
            "authors": ["Ann", {"name": "Bo"}, None, "Ann"],
            "language": "en-GB",
            "source": "Harbour News",
            "likes": 3,
        }
    )
    assert item == Document(
        source="a.json",
        source_kind="jsonl",
        source_record=1,
        body="<p>The ferry.</p>",
        is_html=True,
        text_source="page",
        url="https://harbour.example/1",
        title="The ferry",
        authors=("Ann", "Bo"),
        published_at=datetime(2020, 1, 2, 2, 4, 5, tzinfo=UTC),
        published_text="2020-01-02T03:04:05+01:00",
        date_source="seed",
        language="en-GB",
        site_name="Harbour News",
        extra='{"likes": 3}',
    )


def test_text_wins_over_html() -> None:
    item = _read_one({"html": "<p>page</p>", "text": "text"})
    assert isinstance(item, Document)
    assert (item.body, item.is_html, item.extra) == ("text", False, None)


@pytest.mark.parametrize(
    ("text", "is_html"),
    [
        ("<p>The ferry.</p>\n<p>It sails.</p>\n", True),
        (["<div>The ferry.</div>", "<p>It sails<br></p>"], True),
        ("<p>The ferry.", False),
        ("Use <br> in a line.\n\nThen </p>", False),
        ("if a < b and c > d", False),
    ],
)
def test_a_text_from_tag_to_tag_is_html_but_no_page(text, is_html) -> None:
    item = _read_one({"text": text})
    assert isinstance(item, Document)
    assert (item.is_html, item.text_source) == (is_html, "text")


def test_fields_can_have_other_names() -> None:
    item = _read_one({"body": "words", "text": 1, "headline": "T"}, text="body", title="headline")
    assert isinstance(item, Document)
    assert (item.body, item.title, item.extra) == ("words", "T", '{"text": 1}')


def test_names_differ_in_case_unless_both_are_there() -> None:
    item = _read_one({"text": "words", "Text": "other", "TITLE": "T"})
    assert isinstance(item, Document)
    assert (item.body, item.title) == ("words", "T")
    assert item.extra == '{"Text": "other"}'


@pytest.mark.parametrize(
    ("text", "body"),
    [
        (["One.", "Two."], "One.\n\nTwo."),
        (["One.", None, "", "Two."], "One.\n\nTwo."),
        ([{"text": "One."}, {"text": "Two."}], "One.\n\nTwo."),
    ],
)
def test_text_may_be_a_list_of_paragraphs(text: object, body: str) -> None:
    item = _read_one({"text": text})
    assert isinstance(item, Document)
    assert (item.body, item.extra) == (body, None)


@pytest.mark.parametrize(
    ("author", "names"),
    [
        ("By Ann Lee and Bo Ek, staff writer", ("Ann Lee", "Bo Ek")),
        ("Lee, Ann", ("Ann Lee",)),
        (["Lee, Ann", "by Bo Ek"], ("Ann Lee", "Bo Ek")),
        ([{"name": "Ann Lee, reporter"}, {"given": "Bo", "family": "Ek"}], ("Ann Lee", "Bo Ek")),
        ({"first_name": "Ann", "last_name": "Lee"}, ("Ann Lee",)),
    ],
)
def test_authors_are_read_as_those_of_pages_are(author: object, names: tuple[str, ...]) -> None:
    for field in ("author", "authors", "Authors"):
        item = _read_one({"text": "words", field: author})
        assert isinstance(item, Document)
        assert (item.authors, item.extra) == (names, None)


def test_an_author_who_is_nobody_is_kept_as_a_field() -> None:
    item = _read_one({"text": "words", "author": "admin"})
    assert isinstance(item, Document)
    assert (item.authors, item.extra) == ((), '{"author": "admin"}')


@pytest.mark.parametrize(
    ("record", "extra"),
    [
        ({"doc": {"text": "words"}}, None),
        ({"doc": {"text": "words", "n": 1}}, '{"doc": {"n": 1}}'),
        ({"Doc": {"TEXT": "words"}}, None),
        ({"doc.text": "words", "doc": {"text": "x"}}, '{"doc": {"text": "x"}}'),
        ({"doc": [{"n": 1, "text": "wor"}, {"text": "ds"}]}, '{"doc": [{"n": 1}, {}]}'),
    ],
)
def test_fields_in_objects_are_read(record: object, extra: str | None) -> None:
    item = _read_one(record, text="doc.text")
    assert isinstance(item, Document)
    assert item.body in ("words", "wor\n\nds")
    assert item.extra == extra


def _missing(records: list[object], source: str = "a", **fields: str) -> str | None:
    reader = RecordReader(source=source, kind="jsonl", fields=fields, max_chars=99)
    for number, record in enumerate(records, start=1):
        reader.read(record, number)
    return reader.describe_missing()


@pytest.mark.parametrize(
    ("records", "fields", "said"),
    [
        ([], {"text": "body"}, None),
        ([{"text": "a"}], {}, None),
        ([{"x": 1}, {"html": "a"}], {}, None),
        (
            [{"body": "a", "n": {"m": 1}}, {"z": 1}],
            {},
            "no record has text or html; the fields are body, n.m, z; perhaps --field text=body",
        ),
        ([{"text": "a"}, {"text": "b", "head": "c"}], {"title": "head"}, None),
        (
            [{"text": "a"}, {"doc": {"b": 1}}],
            {"title": "head", "text": "doc.text"},
            "no record has head (--field title=head) or doc.text (--field text=doc.text); "
            "the fields are text, doc.b",
        ),
    ],
)
def test_what_no_record_has_is_told_with_what_there_is(
    records: list[object], fields: dict[str, str], said: str | None
) -> None:
    assert _missing(records, **fields) == said


def test_a_note_on_missing_fields_lists_some_of_many() -> None:
    said = _missing([{f"f{n}_{m}": 1 for m in range(9)} for n in range(99)])
    assert said is not None
    assert said.endswith(" and more")
    assert said.count(",") == 29


@pytest.mark.parametrize(
    ("fields", "title", "url", "extra"),
    [
        ({"title": 2019}, "2019", None, None),
        ({"title": ["a"], "url": {"a": 1}}, None, None, {"title": ["a"], "url": {"a": 1}}),
        ({"title": True}, None, None, {"title": True}),
        ({"title": 10**308}, "1" + "0" * 308, None, None),
        ({"date": -(10**308)}, None, None, None),
        ({"title": "nu\x00ll \ud800"}, "null", None, None),
        ({"author": [[["a"]]], "date": [1]}, None, None, {"author": [[["a"]]], "date": [1]}),
        ({"x": "\ud800", "y": "\x00"}, None, None, {"x": "?", "y": "\x00"}),
        ({"x": 10**400}, None, None, {"x": 10**400}),
    ],
)
def test_fields_of_other_types_are_used_or_kept(
    fields: dict[str, object], title: str | None, url: str | None, extra: object
) -> None:
    item = _read_one({"text": "words", **fields})
    assert isinstance(item, Document)
    assert (item.title, item.url) == (title, url)
    assert (item.extra and json.loads(item.extra)) == extra
    assert item.extra is None or item.extra.encode()


@pytest.mark.parametrize("digits", [310, 400, 4300, 5000, 100_000])
@pytest.mark.parametrize("name", ["title", "url", "text", "html", "date", "author", "language"])
def test_a_number_that_no_program_can_read_costs_its_record_only(name: str, digits: int) -> None:
    bad = b'{"text": "a", "%s": %s%s}' % (name.encode(), b"-", b"9" * digits)
    for body in (A + b"\n" + bad + b"\n" + B, b"[" + A + b"," + bad + b"," + B + b"]"):
        assert _read(body) == [BOTH[0], (2, "bad_value"), (3, "The gulls.")]


@pytest.mark.parametrize("shape", [b"%s\n", b"[%s]"])
@pytest.mark.parametrize(
    ("value", "extra"),
    [
        (b"NaN", None),
        (b"[NaN, -Infinity]", '{"x": [null, null]}'),
        (b"1e999", '{"x": null}'),
        (b'"NaN"', '{"x": "NaN"}'),
        (b"9" * 5000, '{"x": "' + "9" * 5000 + '"}'),
        (b"1" + b"0" * 30, '{"x": 1' + "0" * 30 + "}"),
    ],
)
def test_numbers_that_json_or_python_lacks_harm_nothing(
    value: bytes, extra: str | None, shape: bytes
) -> None:
    (item,) = _items(shape % (b'{"text": "a", "x": ' + value + b"}"))
    assert isinstance(item, Document)
    assert item.extra == extra


@settings(max_examples=40)
@given(
    st.lists(
        st.recursive(
            st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
            lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        ).map(lambda extra: {"text": "a", "date": extra, "authors": extra, "x": extra})
    )
)
def test_every_value_gives_one_document_in_each_form(records: list[object]) -> None:
    lines = b"".join(json.dumps(record).encode() + b"\n" for record in records)
    from_lines = list(_items(lines))
    assert len(from_lines) == len(records)
    assert all(isinstance(item, Document) for item in from_lines)
    assert list(_items(json.dumps(records, indent=1).encode())) == from_lines
