"""Sentences, minutes and tokens are counted in all scripts."""

# ruff: noqa: E501 (tables of texts)

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedlake.transforms.enrich.counts import (
    Counts,
    count_sentences,
    count_text,
    count_tokens,
    estimate_reading_time_s,
)


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("", 0),
        (" \n ", 0),
        ("One.", 1),
        ("No full stop", 1),
        ("One. Two! Three? Four\u2026 Five", 5),
        ("Dr. Smith met Mr. J. Jones at 3.5 km. They left.", 2),
        ("He said \u201cStop!\u201d and left. She stayed.", 2),
        ("A headline\n\nFirst. Second.", 3),
        ("He works for Acme Corp. Their office is near. A minister resigned. It rained.", 3),
        ("We saw it (approx. 40 of them) on the U.S. Capitol. It shone... They left.", 3),
        ("What?! Really!!! Yes.", 3),
        ("\u4eca\u5929\u4e0b\u96e8\u3002\u660e\u5929\u6674\u3002", 2),
        (
            "\u092a\u0939\u0932\u093e \u0935\u093e\u0915\u094d\u092f\u0964 \u0926\u0942\u0938\u0930\u093e\u0964",
            2,
        ),
        ("\u0647\u0644 \u0648\u0635\u0644\u061f \u0646\u0639\u0645.", 2),
        ("ሰላም ነው። ዝናብ ዘነበ።ሰዎች መጡ።", 3),
        ("ሰላም ነው፡፡ ዝናብ ዘነበ ፡፡ ሰዎች መጡ:: ሄዱ ፡ ፡", 4),
        ("ሰላም፡ነው፡፡ዝናብ፡ዘነበ፡፡", 2),
        ("यह घर है | वह आया | फिर गया।। क्या हुआ?", 4),
        ("یہ گھر ہے۔ وہ آیا۔ کیا ہوا؟", 3),
        ("彼が来た｡元気ですか？はい．", 3),
        ("គាត់មក។ តើអ្នកសុខសប្បាយទេ? បាទ។", 3),
        ("သူလာသည်၊ နေကောင်းလား။ ကောင်းတယ်။", 2),
        ("ཁོང་ཕེབས་སོང་། །ཁྱེད་རང་བདེ་པོ་ཡིན་ནམ། བདེ་པོ་ཡིན༎", 3),
        ("Նա եկավ։ Ինչպես ես: Լավ եմ:", 3),
        ("Ήρθε χθες. Τι κάνεις; Καλά: και συ\u037e", 3),
        ("ᠮᠣᠩᠭᠣᠯ᠃ ᠪᠢᠴᠢᠭ᠃", 2),
        ("ꯃꯍꯥꯛ ꯂꯥꯛꯏ꯫ ꯑꯁꯤ꯫", 2),
        ("ᱱᱩᱭ ᱦᱮᱡ ᱟᱠᱟᱱᱟ᱾ ᱪᱮᱫ ᱦᱩᱭᱮᱱᱟ᱾", 2),
        ("Il a dit : « non » ; puis rien | fin.", 1),
        ("\U0001f600\n---\n", 0),
    ],
)
def test_sentences_are_counted(text, sentences):
    assert count_sentences(text) == sentences


def test_reading_time_follows_words_and_ideographs():
    assert estimate_reading_time_s("word " * 238) == 60
    assert estimate_reading_time_s("\u5b57" * 255) == 60
    assert estimate_reading_time_s("\u0e01" * 1_190) == 60
    assert estimate_reading_time_s("word") == 1
    assert estimate_reading_time_s("") == 0


def test_tokens_are_those_of_the_encoding():
    assert count_tokens("hello world") == 2
    assert count_tokens("") == 0
    assert count_tokens("<|endoftext|>") > 1, "special tokens are text"


@pytest.mark.parametrize(
    "text", ["a" * 1_000_000, " " * 1_000_000, "!?" * 500_000, "\u6f22" * 300_000]
)
def test_runs_without_blanks_are_counted(text):
    assert count_tokens(text) > 1_000


def test_all_are_counted_together():
    assert count_text("A small step. Another one.") == Counts(2, 1, 7)


@given(st.text(max_size=300))
def test_any_text_is_counted(text):
    counts = count_text(text + "\ud800")

    assert min(counts.sentence_count, counts.reading_time_s, counts.token_count) >= 0
