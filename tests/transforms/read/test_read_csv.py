"""What reading CSV and TSV promises."""

import gzip
from datetime import UTC, datetime
from pathlib import Path

import pytest
from builders import COMPRESS, read_file

from feedlake.transforms.records.documents import SourceReport

HEADER = "url,title,text,date,author,mood\n"
ROW = 'https://a.example/1,"A, B","It left.\n\n""Bye.""",1923-01-07,"By Ann Lee and Bo Ek",calm\n'


def _texts(path: Path, **options: object) -> list[str | bytes]:
    return [document.body for document in read_file(path, **options)[0]]


def _detail(path: Path, **fields: str) -> tuple[SourceReport, list[str]]:
    _, rejections, report = read_file(path, fields=fields)
    return report, [rejection.reason for rejection in rejections]


def test_each_row_is_a_document_with_what_its_columns_say(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(HEADER + ROW + ROW, encoding="utf-8")
    (first, second), rejections, report = read_file(tmp_path / "a.csv")
    assert rejections == []
    assert (report.status, report.source_kind, report.detail) == ("read", "csv", None)
    assert (first.source_record, second.source_record) == (2, 5)
    assert (first.body, first.is_html, first.text_source) == ('It left.\n\n"Bye."', False, "text")
    assert (first.url, first.title) == ("https://a.example/1", "A, B")
    assert first.published_at == datetime(1923, 1, 7, tzinfo=UTC)
    assert (first.published_text, first.date_source) == ("1923-01-07", "seed")
    assert first.authors == ("Ann Lee", "Bo Ek")
    assert first.extra == '{"mood": "calm"}'


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_dialect_and_encoding_are_found(
    tmp_path: Path, encoding: str, delimiter: str, line_end: str
) -> None:
    text = "Die große Fähre fährt über die Brücke, sagt Löffelholz; „schön“ | Straße, Tür und Öl"
    rows = ("Title", "Text"), ("Fähre", f'"{text}\n{text}"')
    content = "".join(delimiter.join(row) + "\n" for row in rows).replace("\n", line_end)
    (tmp_path / "a.csv").write_bytes(content.encode(encoding))
    (document,), _, _ = read_file(tmp_path / "a.csv")
    assert (document.title, document.body) == ("Fähre", f"{text}\n{text}")


def test_a_bad_row_is_one_reject_with_its_line(tmp_path: Path) -> None:
    bad = 'x,y\nu,"never closes,2026-01-01,a,b,c\n'
    (tmp_path / "a.csv").write_text(HEADER + ROW + bad + ROW, encoding="utf-8")
    documents, rejections, report = read_file(tmp_path / "a.csv")
    assert [document.source_record for document in documents] == [2, 7]
    assert [(one.source_record, one.reason, one.detail) for one in rejections] == [
        (5, "bad_csv", "line 5: 2 fields, the header has 6"),
        (
            *(6, "bad_csv"),
            "line 6: a quoted field does not end, or has a quote in it that is not doubled",
        ),
    ]
    assert report.status == "read"


@pytest.mark.parametrize("name", ["a.csv", "a.TSV", "a.tab", "a.csv.gz"])
def test_the_name_says_that_a_file_is_a_table(tmp_path: Path, name: str) -> None:
    content = b"text,title\nThe ferry,A\n"
    (tmp_path / name).write_bytes(gzip.compress(content) if name.endswith("gz") else content)
    assert _texts(tmp_path / name) == ["The ferry"]


def test_a_text_with_commas_is_a_text(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("text,title\nThe ferry,A\n", encoding="utf-8")
    assert _texts(tmp_path / "a.txt") == ["text,title\nThe ferry,A\n"]


@pytest.mark.parametrize("how", ["gzip", "bzip2", "xz", "zstd"])
def test_a_table_may_be_compressed_and_cut_off(tmp_path: Path, how: str) -> None:
    packed = COMPRESS[how]((HEADER + ROW * 1000).encode())
    (tmp_path / "a.csv").write_bytes(packed)
    assert len(_texts(tmp_path / "a.csv")) == 1000
    (tmp_path / "a.csv").write_bytes(packed[:-9])
    _, rejections, report = read_file(tmp_path / "a.csv")
    assert rejections[-1].reason == "corrupt"
    assert report.status in ("partial", "failed")


def test_unknown_columns_are_told_with_the_flags_that_fit(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("Id,Head Line,Article_Body,When,Writer\n1,A,B,2026-01-02,C\n" * 2)
    report, reasons = _detail(path)
    assert reasons == ["unknown_columns"]
    assert report.status == "failed"
    assert report.detail == (
        "no record has text or html; the fields are Id, Head Line, Article_Body, When, Writer; "
        "perhaps --field text=Article_Body --field title='Head Line' --field date=When "
        "--field author=Writer"
    )
    report, reasons = _detail(path, text="boddy")
    assert report.detail is not None
    assert report.detail.startswith("no record has boddy (--field text=boddy); the fields are")
    assert "perhaps --field text=Article_Body" in report.detail
    report, reasons = _detail(path, text="article_body", title="head line", date="when")
    assert (report.status, report.detail, reasons) == ("read", None, [])


def test_a_column_that_only_the_operator_names_is_looked_for(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("text,date\nThe ferry,2026-01-02\n", encoding="utf-8")
    report, reasons = _detail(tmp_path / "a.csv", date="when")
    assert reasons == []
    assert report.detail == ("no record has when (--field date=when); the fields are text, date")


@pytest.mark.parametrize(
    ("header", "extra"),
    [
        ("text,,text", '{"column 2": "b", "text 3": "c"}'),
        ("text,text 3,text", '{"text 3": "b", "text 3 3": "c"}'),
        ("text,x,", '{"x": "b"}'),
        (" text , X ,y", '{"X": "b", "y": "c"}'),
    ],
)
def test_columns_without_names_of_their_own_get_one(
    tmp_path: Path, header: str, extra: str
) -> None:
    row = "a,b,c" if not header.endswith(",") else "a,b,"
    (tmp_path / "a.csv").write_text(f"{header}\n{row}\n", encoding="utf-8")
    (document,), _, _ = read_file(tmp_path / "a.csv")
    assert (document.body, document.extra) == ("a", extra)


@pytest.mark.parametrize("content", ["", "\n\n", "text,title\n", "text"])
def test_a_table_without_rows_gives_nothing(tmp_path: Path, content: str) -> None:
    (tmp_path / "a.csv").write_text(content, encoding="utf-8")
    assert read_file(tmp_path / "a.csv")[:2] == ([], [])


def test_a_header_that_cannot_be_read_is_one_reject(tmp_path: Path) -> None:
    for header in ("a," * 20_000 + "text", "text" + "," * 3_000_000):
        (tmp_path / "a.csv").write_text(f"{header}\nb\n", encoding="utf-8")
        _, (rejection,), report = read_file(tmp_path / "a.csv")
        assert (rejection.reason, report.status) == ("corrupt", "failed")


def test_the_line_for_excel_counts_as_a_line(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"sep=;\r\ntext;title\r\nb;c\r\n")
    (document,), _, _ = read_file(tmp_path / "a.csv")
    assert (document.body, document.title, document.source_record) == ("b", "c", 3)


def test_a_row_without_text_is_empty_and_one_with_a_page_is_a_page(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("url,text,html\nx,,<p>A page\ny,,\n", encoding="utf-8")
    (document,), (rejection,), _ = read_file(tmp_path / "a.csv")
    assert (document.body, document.is_html) == ("<p>A page", True)
    assert (rejection.reason, rejection.source_record, rejection.url) == ("empty", 3, "y")
