"""What the rules for text promise."""

import hashlib
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedlake.transforms.normalize.text import (
    MAX_FIELD_CHARS,
    count_words,
    hash_text,
    normalize_line,
    normalize_text,
    primary_language,
)

AWKWARD = st.text(
    st.one_of(
        st.characters(exclude_categories=()),
        st.sampled_from("\r\n\t\x00\x0b\x0c\x1c\x85\xa0\u00ad\u0301\u200b\u2028\ufeff\ud800 ae"),
    )
)


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("", ""),
        (" \n\t\n ", ""),
        ("one\r\ntwo\rthree", "one\ntwo\nthree"),
        ("one\n\n\n \n\ntwo", "one\n\ntwo"),
        ("one  \t two\u00a0three ", "one two three"),
        ("page one\x0cpage two\x0bline", "page one\npage two\nline"),
        ("one\u2028two\u2029three\x85four", "one\ntwo\nthree\nfour"),
        ("nu\x00ll be\x07ll", "null bell"),
        ("co\u00adop\u200berate\ufeff", "cooperate"),
        ("lone \ud800 half", "lone half"),
        ("cafe\u0301", "café"),
        ("می\u200cخواهم", "می\u200cخواهم"),
    ],
)
def test_clean_text_is_nfc_without_control_characters(text: str, clean: str) -> None:
    assert normalize_text(text) == clean


@given(AWKWARD)
def test_cleaning_twice_changes_nothing(text: str) -> None:
    once = normalize_text(text)
    assert normalize_text(once) == once
    assert unicodedata.is_normalized("NFC", once)
    assert once.encode().decode() == once
    line = normalize_line(text)
    assert normalize_line(line) == line
    assert line is None or line == " ".join(line.split())


def test_a_line_is_cut_to_what_a_field_holds() -> None:
    assert normalize_line("word " * MAX_FIELD_CHARS) == ("word " * (MAX_FIELD_CHARS // 5)).strip()


@pytest.mark.parametrize("text", [None, "", " \n ", "\x00", "\u200b"])
def test_a_line_without_a_letter_is_none(text: str | None) -> None:
    assert normalize_line(text) is None


def test_case_and_white_space_do_not_make_another_text() -> None:
    assert hash_text("The  Ferry\n\nsails") == hash_text("the ferry sails")
    assert hash_text("the ferry sails") != hash_text("the ferry sailed")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", 0),
        ("one two - three", 3),
        ("l'été 2020", 2),
        ("灯台が動く", 5),
        ("灯台 works", 3),
        ("한국어 단어", 2),
        ("one \ud800 two\ud800", 2),
    ],
)
def test_words_are_counted_as_each_script_writes_them(text: str, words: int) -> None:
    assert count_words(text) == words


@pytest.mark.parametrize(
    ("tag", "language"),
    [
        ("en", "en"),
        ("EN-gb", "en"),
        ("pt_BR", "pt"),
        (" de ", "de"),
        ("deutsch", None),
        ("", None),
        (None, None),
        ("x", None),
        ("zh-Hant-TW", "zh"),
    ],
)
def test_language_is_the_primary_subtag(tag: str | None, language: str | None) -> None:
    assert primary_language(tag) == language


ASCII = st.text(st.sampled_from("\t\n\x0b\x0c\r\x1c\x1f\x00\x07 \x7fabZ09_-.,!'"))
MIXED = st.text(
    st.one_of(
        st.sampled_from(
            " \n\x1f-_aZ9\x85\xa0\u00c9\u00df\u0130\u0301\u0939\u093f\u2003\u2019\u2028\u3000\u706f"
            "\u20ac"
        ),
        st.characters(exclude_categories=["Cs"]),
    )
)


@given(st.one_of(ASCII, MIXED))
def test_a_hash_is_of_the_folded_words(text):
    folded = " ".join(text.casefold().split())
    assert hash_text(text) == hashlib.sha256(folded.encode()).digest()


@given(st.one_of(ASCII, MIXED))
def test_words_of_scripts_with_spaces_hold_a_letter_or_digit(text):
    spaced = [char for char in text if not is_word_by_itself(char)]
    words = "".join(spaced).split()
    with_letter = sum(any(char == "_" or char.isalnum() for char in word) for word in words)
    assert count_words("".join(spaced)) == with_letter


@given(MIXED)
def test_words_are_counted_alike_beside_many_signs(text):
    # With that many signs the text is gone through as a whole.
    signs = "".join(map(chr, range(0x2190, 0x2190 + 40)))
    assert count_words(f"{text} {signs}") == count_words(text)


def is_word_by_itself(char):
    return (
        "CJK" in unicodedata.name(char, "") or "\u3040" <= char <= "\u30ff" or char >= "\U00020000"
    )


@given(st.one_of(AWKWARD, ASCII))
def test_a_text_that_looks_normal_is_normal(text):
    marked = normalize_text(f"x\x00{text}\x00y")  # Control characters: it is not looked at only.
    assert normalize_text(f"x{text}y") == marked


@pytest.mark.parametrize("code", [0x202A, 0x202B, 0x202C, 0x202D, 0x202E, *range(0x2066, 0x206A)])
def test_nothing_in_a_line_turns_its_order_round(code):
    assert normalize_line(f"invoice {chr(code)}gpj.exe") == "invoice gpj.exe"
    assert normalize_line(chr(code)) is None


@pytest.mark.parametrize("code", [0x200C, 0x200D, 0x200E, 0x200F, 0x061C])
def test_joiners_and_marks_that_languages_need_stay_in_a_line(code):
    assert normalize_line(f"a{chr(code)}b") == f"a{chr(code)}b"
