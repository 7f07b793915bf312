"""Invisible characters survive in pages as they do in texts and feeds."""

from __future__ import annotations

from html import escape

import pytest

from feedlake.transforms.extract.html_page import read_page
from feedlake.transforms.extract.page_fields import Extraction
from feedlake.transforms.normalize.html_text import html_to_text
from feedlake.transforms.normalize.text import normalize_text

SENTENCES = {
    "Persian": "نمی\u200cخواهم کتاب\u200cهای قدیمی را بخوانم، زیرا خانه\u200cی ما نزدیک بندر است.",
    "Sinhala": "ශ්\u200dරී ලංකාවේ වරාය අද උදෑසන විවෘත විය, ක්\u200dරීඩාව ද ආරම්භ විය.",
    "Hebrew": "המחיר הוא 4 ש\"ח\u200f, כך נמסר (\u200eC++\u200e) מהנמל אתמול בערב.",
    "emoji": "A family 👨\u200d👩\u200d👧 waved the flag 🏴\U000e0067\U000e0062\U000e007f today.",
    "isolates": "The name \u2068مرفأ\u2069 stands on the boat, and \u061cnobody knows why.",
    "newer than Python": "She put \U0001fac8 under the post, and went home without a word.",
}  # fmt: skip


def page_of(paragraphs: list[str], *, title: str = "") -> str:
    body = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    return f"<html><head></head><body><article>{title}{body}</article></body></html>"


def text_of(html: str, *, extraction: Extraction = "balanced") -> str | None:
    page = read_page(html, url=None, extraction=extraction)
    assert page is not None
    return page.text


@pytest.mark.parametrize("extraction", ["fast", "balanced", "thorough"])
@pytest.mark.parametrize("times", [1, 12])
@pytest.mark.parametrize("name", SENTENCES)
def test_a_page_has_the_text_that_a_feed_and_a_file_have(
    name: str, times: int, extraction: Extraction
) -> None:
    paragraphs = [f"{number}. {SENTENCES[name]}" for number in range(3 * times)]
    text = "\n\n".join(paragraphs)
    assert normalize_text(text) == text
    html = page_of([escape(paragraph) for paragraph in paragraphs])
    assert normalize_text(html_to_text(html)) == text
    assert text_of(html, extraction=extraction) == text


@pytest.mark.parametrize(
    "reference", ["&zwnj;", "&#8204;", "&#x200c;", "&#x200C;", "&#0008204;", "\u200c"]
)
def test_a_joiner_may_be_written_as_a_reference(reference: str) -> None:
    sentence = SENTENCES["Persian"]
    html = page_of([sentence.replace("\u200c", reference)] * 4)
    assert sentence in str(text_of(html))


def test_a_heading_keeps_its_joiners_and_does_not_begin_the_text() -> None:
    heading = "خانه\u200cی ما نزدیک بندر"
    page = read_page(page_of([SENTENCES["Persian"]] * 4, title=f"<h1>{heading}</h1>"), url=None)
    assert page is not None
    assert page.metadata.title == heading
    assert str(page.text).startswith("نمی\u200cخواهم")


def test_invisible_characters_alone_are_no_paragraph() -> None:
    sentence = SENTENCES["Hebrew"]
    html = page_of([sentence, "&zwnj; &#8204;", "\u200e", sentence, "&nbsp;&zwj;"])
    assert text_of(html) == f"{sentence}\n\n{sentence}"


def test_icons_and_soft_hyphens_stay_out() -> None:
    days = ("Monday", "Tuesday", "Wednesday")
    written = [f"The pier\ue001 was re\u00adopened\u200b on {day} by the mayor." for day in days]
    plain = [f"The pier was reopened on {day} by the mayor." for day in days]
    assert text_of(page_of(written)) == "\n\n".join(plain)


def test_stand_ins_are_characters_that_the_page_does_not_have() -> None:
    written = [
        f"Of \U000e01ef and \U000e01ee, {name} keeps m\u200cn and the last." for name in "ABC"
    ]
    assert text_of(page_of(written)) == "\n\n".join(written)
