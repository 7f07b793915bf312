"""Keywords are what a text says often and early, in languages whose grammar words are known."""

# ruff: noqa: E501 (tables of texts)

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sentences import SENTENCES

from feedlake.transforms.enrich.keywords import MAX_KEYWORDS, find_keywords
from feedlake.transforms.language.stop_words import stop_words

TEXT = """The harbour bridge will be closed for repairs. Engineers found cracks in the harbour bridge
in spring, and the cracks have grown. The ferry company will run more boats while the harbour bridge
is closed. The ferry company said its boats can carry two thousand people an hour."""


def test_terms_of_title_and_lead_come_first():
    found = find_keywords("Harbour bridge closed", TEXT, language="en")

    assert found is not None
    assert found[0].term.lower() == "harbour bridge"
    assert found[0].score == 1
    assert any("ferry" in keyword.term for keyword in found)
    assert [keyword.score for keyword in found] == sorted((k.score for k in found), reverse=True)


@pytest.mark.parametrize("language", [code for code in SENTENCES if stop_words(code)])
def test_stop_words_are_no_keywords(language):
    found = find_keywords(None, SENTENCES[language] * 3, language=language)

    assert found
    assert len(found) <= MAX_KEYWORDS
    words = {word.casefold() for keyword in found for word in keyword.term.split()}
    assert not words & stop_words(language)


@pytest.mark.parametrize("language", ["und", "zh", "ja", "th", "xx"])
def test_languages_without_known_stop_words_have_none(language):
    assert find_keywords(None, TEXT, language=language) is None


def test_unspaced_text_in_a_wrong_language_has_none():
    assert find_keywords(None, SENTENCES["zh"] * 5, language="en") is None


def test_empty_text_has_no_terms():
    assert find_keywords("", "", language="en") == ()


@given(st.text(max_size=400), st.none() | st.text(max_size=60))
def test_any_text_has_few_terms(text, title):
    found = find_keywords(title, text, language="en") or ()

    assert len(found) <= MAX_KEYWORDS
    assert all(0 < keyword.score <= 1 for keyword in found)
