"""What reading mail promises: the newsletter without its envelope, whatever its senders wrote."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime
from email.message import EmailMessage
from pathlib import Path

import pytest
from builders import read_file

from feedlake.transforms.extract.extract_document import ExtractOptions, extract_document
from feedlake.transforms.read.kinds import detect_kind
from feedlake.transforms.records.documents import Article
from feedlake.transforms.texts.read_mail import read_message, split_messages

OPTIONS = ExtractOptions(
    datetime(2026, 11, 1, tzinfo=UTC), min_chars=200, earliest_date=date(1990, 1, 1)
)
PLAIN = b"""From: =?utf-8?q?Anna_L=C3=A9e?= <news@harbour.example>
To: you@a.example
Subject: =?iso-8859-1?Q?The_ferry_=E9tait?= here
Date: Sun, 15 Mar 2026 09:30:00 +0100
Message-ID: <1@harbour.example>
List-Id: "Harbour Letter" <letter.harbour.example>
Archived-At: <https://harbour.example/letters/1>
Content-Language: en
Keywords: harbour, sea
MIME-Version: 1.0
Content-Type: text/plain; charset=iso-8859-1
Content-Transfer-Encoding: quoted-printable

The ferry sails at nine, caf=E9 gulls say.
"""


def newsletter() -> bytes:
    mail = EmailMessage()
    mail["From"], mail["Subject"] = "Ann Lee <ann@a.example>", "Letter"
    mail["Date"] = "Sun, 15 Mar 2026 09:30:00 +0100"
    mail.set_content("View this mail in your browser.")
    mail.add_alternative("<p>The <b>ferry</b> sails.</p><p>Gulls stay.</p>", subtype="html")
    mail.add_attachment(b"<p>Not this.</p>", maintype="text", subtype="html", filename="a.html")
    mail.add_attachment(b"\x00\x01" * 999, maintype="image", subtype="png", filename="a.png")
    return mail.as_bytes()


def extract(document: object) -> Article:
    found = extract_document(document, OPTIONS)  # type: ignore[arg-type]
    assert isinstance(found, Article)
    return found


def test_headers_become_columns(tmp_path: Path) -> None:
    (tmp_path / "a.eml").write_bytes(PLAIN.replace(b"\n", b"\r\n"))
    [document], rejections, report = read_file(tmp_path / "a.eml")
    article = extract(document)
    assert (rejections, report.status, report.source_kind) == ([], "read", "mail")
    assert article.text == "The ferry sails at nine, café gulls say."
    assert (article.title, article.authors) == ("The ferry était here", ("Anna Lée",))
    assert article.published_at == datetime(2026, 3, 15, 8, 30, tzinfo=UTC)
    assert (article.date_source, article.site_name) == ("seed", "Harbour Letter")
    assert (article.url, article.guid) == (
        "https://harbour.example/letters/1",
        "1@harbour.example",
    )
    assert (article.tags, article.declared_language) == (("harbour", "sea"), "en")
    assert "you@a.example" not in str(article)
    assert document.source_record is None


def test_html_is_read_rather_than_the_text_beside_it_and_no_attachment(tmp_path: Path) -> None:
    (tmp_path / "a.eml").write_bytes(newsletter())
    [document], _, _ = read_file(tmp_path / "a.eml")
    article = extract(document)
    assert article.text == "The ferry sails.\n\nGulls stay."
    assert (article.url, article.text_source) == (None, "text")


def test_mailbox_is_read_message_by_message(tmp_path: Path) -> None:
    body = b"First.\n\n>From here on.\n\nFrom me to you, no header follows.\n"
    head = b"From a@b Sun Mar 15 09:30:00 2026\n"
    letters = [b"From: a@a.example\nSubject: %d\n\n%s" % (number, body) for number in range(3)]
    letters[1] = letters[1] + b"x" * 3000 + b"\n"
    (tmp_path / "a.mbox").write_bytes(b"\n".join(head + letter for letter in letters))
    documents, rejections, report = read_file(tmp_path / "a.mbox", max_document_bytes=1000)
    assert [(one.source_record, one.title) for one in documents] == [(1, "0"), (3, "2")]
    assert [(one.source_record, one.reason) for one in rejections] == [(2, "too_large")]
    assert report.documents == 3
    text = extract(documents[0]).text
    assert text == "First.\n\nFrom here on.\n\nFrom me to you, no header follows."


def test_reading_goes_on_at_a_message() -> None:
    box = b"\n".join(b"From a\nSubject: %d\n\nText.\n" % number for number in range(5))
    found = list(split_messages(io.BytesIO(box), max_bytes=99, first=4))
    assert [number for number, _ in found] == [4, 5]


def test_lines_of_flowed_text_are_joined() -> None:
    head = b"Subject: A\nContent-Type: text/plain; format=flowed\n\n"
    mail = head + b"The ferry \nsails.\nNot \n\nhere.\n"
    document = read_message(mail, source="a", number=None)
    assert extract(document).text == "The ferry sails.\nNot\n\nhere."


@pytest.mark.parametrize(
    ("header", "body"),
    [
        (b"Subject: =?utf-8?b?!!!?=", b"Text."),
        (b"Subject: =?no-such?q?a?=", b"Text."),
        (b"Subject: \xff\xfe raw", b"Text."),
        (b"Date: Mon, 31 Feb 2026 25:61:61 +9999", b"Text."),
        (b"From: <<<>>>,;", b"Text."),
        (b"From: " + b"<" * 3000, b"Text."),
        (b"Content-Type: text/plain; charset=no-such", b"Text."),
        (b"Content-Type: text/plain; charset*=x''y", b"Text."),
        (b"Content-Type: text/plain\nContent-Transfer-Encoding: base64", b"VGV4dC4"),
        (b"Content-Type: text/plain\nContent-Transfer-Encoding: x-uuencode", b"Text."),
        (b"Content-Type: multipart/mixed; boundary=", b"Text."),
        (b"Content-Type: " + b"a;" * 9000, b"Text."),
        (b"List-Id: <\nArchived-At: javascript:alert(1)\nMessage-ID: x", b"Text."),
    ],
)
def test_headers_that_mean_nothing_harm_nothing(header: bytes, body: bytes) -> None:
    document = read_message(b"X: y\n" + header + b"\n\n" + body, source="a", number=None)
    found = extract_document(document, OPTIONS)  # type: ignore[arg-type]
    assert getattr(found, "text", None) == "Text." or getattr(found, "reason", "") == "empty"


def test_parts_nested_without_end_are_rejected() -> None:
    mail = b"X: y\n"
    for number in range(3000):
        mail += b"Content-Type: multipart/mixed; boundary=%d\n\n--%d\n" % (number, number)
    found = read_message(mail, source="a", number=None)
    assert getattr(found, "reason", None) == "corrupt"


def test_what_has_no_header_is_no_mail(tmp_path: Path) -> None:
    (tmp_path / "a.eml").write_bytes(b"\nJust words.\n")
    documents, [rejection], _ = read_file(tmp_path / "a.eml")
    assert (documents, rejection.reason) == ([], "corrupt")


@pytest.mark.parametrize(
    ("head", "path", "kind"),
    [
        (PLAIN, "a.txt", "mail"),
        (b"From a@b Sun Mar 15 2026\n" + PLAIN, "a", "mail"),
        (b"Subject: x\n\nText", "a.eml", "mail"),
        (b"Subject: x\nFrom: me\n\nText", "a.txt", "text"),
        (b"Date: 2026-03-15\nThe ferry.", "a.txt", "text"),
        (b"From the harbour: gulls.\n", "a.txt", "text"),
        (PLAIN, "", "text"),
    ],
)
def test_it_is_told_by_its_headers_or_its_name(head: bytes, path: str, kind: str) -> None:
    assert detect_kind(head, path=path) == kind
