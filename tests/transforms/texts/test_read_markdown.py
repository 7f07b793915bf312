"""What reading Markdown promises: its text without the marks, and what it says of itself."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from builders import read_file

from feedlake.transforms.extract.extract_document import ExtractOptions, extract_document
from feedlake.transforms.read.kinds import detect_kind
from feedlake.transforms.records.documents import Article, Document

OPTIONS = ExtractOptions(
    datetime(2026, 11, 1, tzinfo=UTC), min_chars=200, earliest_date=date(1990, 1, 1)
)
BODY = """# The *ferry* sails

The **ferry** sails at [nine](https://a.example "t"), `says` ~~nobody~~ the office.
![A gull](gull.png)

> Quoted.

1. one
2. two

| a | b |
|---|---|
| c | d |

```python
if x:
    y()
```

<div>raw <b>words</b></div><script>alert(1)</script>

[id]: https://a.example/elsewhere
"""
TEXT = (
    "The ferry sails at nine, says nobody the office.\n\nQuoted.\n\none\n\ntwo\n\na b\n\nc d\n\n"
    "if x:\n    y()\n\nraw words"
)


def read(path: Path, text: str | bytes) -> tuple[Document, Article]:
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    [document], rejections, report = read_file(path)
    assert (rejections, report.status, report.source_kind) == ([], "read", "markdown")
    article = extract_document(document, OPTIONS)
    assert isinstance(article, Article)
    return document, article


def test_marks_are_no_text_and_the_first_heading_is_the_title(tmp_path: Path) -> None:
    document, article = read(tmp_path / "a.md", BODY)
    assert article.text == TEXT
    assert (article.title, article.text_source) == ("The ferry sails", "text")
    assert document.source_record is None


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_front_matter_is_no_text(tmp_path: Path, ends: str) -> None:
    text = f"\ufeff---\ntitle: The ferry sails\ndate: 2026-03-15\ndraft: true\n---\n{BODY}"
    _, article = read(tmp_path / "a.markdown", text.replace("\n", ends))
    assert article.text == TEXT
    assert article.title == "The ferry sails"
    assert (article.published_at, article.date_source) == (
        datetime(2026, 3, 15, tzinfo=UTC),
        "seed",
    )
    assert article.extra == '{"draft": "true"}'


def test_heading_that_is_not_the_title_stays_in_the_text(tmp_path: Path) -> None:
    _, article = read(tmp_path / "a.md", f"---\ntitle: Other\n---\n{BODY}")
    assert article.title == "Other"
    assert article.text == f"The ferry sails\n\n{TEXT}"


def test_front_matter_that_cannot_be_read_is_text(tmp_path: Path) -> None:
    _, article = read(tmp_path / "a.md", "---\ntitle: [A\n---\nThe text.\n")
    assert "The text." in article.text
    assert "title: [A" in article.text
    assert (article.text_note or "").startswith("front matter: no YAML")


@pytest.mark.parametrize(
    ("name", "day"),
    [("2026-03-15-ferry.md", 15), ("2026-13-45-ferry.md", None), ("2026-03-15ferry.md", None)],
)
def test_day_may_stand_in_the_name(tmp_path: Path, name: str, day: int | None) -> None:
    document, _ = read(tmp_path / name, "The text.")
    stated = document.published_at
    assert (stated.day if stated else None) == day
    later, _ = read(tmp_path / name, "---\ndate: 2025-01-02\n---\nThe text.")
    assert later.published_at == datetime(2025, 1, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    ("head", "path", "kind"),
    [
        (b"# T\n", "a.md", "markdown"),
        (b'{"title": "T"}\n\nText', "a.md", "markdown"),
        (b"---\ntitle: T\n---\nText", "a.txt", "markdown"),
        (b"+++\r\ntitle = 'T'\r\n+++\r\nText", "a", "markdown"),
        (b"---\nText\n---\n", "a.txt", "text"),
        (b"---\ntitle: T\n---\nText", "", "text"),
        (b"<!doctype html><html>", "a.md", "html"),
    ],
)
def test_it_is_told_by_its_name_or_its_front_matter(head: bytes, path: str, kind: str) -> None:
    assert detect_kind(head, path=path) == kind


def test_other_encodings_are_read(tmp_path: Path) -> None:
    _, article = read(tmp_path / "a.md", "# Fähre\n\nÜber die Brücke.".encode("utf-16"))
    assert (article.title, article.text) == ("Fähre", "Über die Brücke.")


def test_nesting_without_end_is_read(tmp_path: Path) -> None:
    for part in ("> ", "* ", "[", "![", "**a ", "`", "<a ", "&", "|a"):
        (tmp_path / "a.md").write_text(part * 3000)
        documents, rejections, _ = read_file(tmp_path / "a.md")
        assert len(documents) + len(rejections) == 1
