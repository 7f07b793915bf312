"""Tone is told for English, and never made up for anything else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from feedlake.transforms.enrich.tone import LEAD_CHARS, rate_tone

GOOD = "The rescued children are safe and happy. Their families celebrated a wonderful day."
BAD = "A terrible attack killed dozens of people. The city mourns its dead in fear and anger."


def test_good_news_is_positive_and_bad_news_negative():
    good = rate_tone("Joy after rescue", GOOD, language="en")
    bad = rate_tone("Horror after attack", BAD, language="en")

    assert good is not None
    assert bad is not None
    assert -1 <= bad < -0.3 < 0.3 < good <= 1


def test_neutral_english_is_zero():
    assert rate_tone(None, "The road runs from the station to the river.", language="en") == 0


@pytest.mark.parametrize("language", ["de", "fr", "und", "zh", ""])
def test_languages_without_a_lexicon_have_no_tone(language):
    assert rate_tone("Terror", BAD, language=language) is None


@pytest.mark.parametrize("text", ["", " \n", "12 34", "\U0001f600", "\ud800"])
def test_text_without_words_has_no_tone(text):
    assert rate_tone("", text, language="en") is None


def test_what_follows_the_lead_does_not_count():
    lead = "The road runs from the station to the river. " * (LEAD_CHARS // 45 + 1)

    assert rate_tone(None, lead + BAD * 1_000, language="en") == 0


@pytest.mark.parametrize(
    "sentence",
    [
        "The road runs from the station to the river.",
        "It was GREAT, not bad!!!",
        "A \u201cterrific\u201d match :)",
        "They met at noon \U0001f602",
        "They met \u2639",
        "It isn\u2019t what they can't stand",
        "The food was great, BUT the service was awful",
        "A kind of very good, hardly bad answer of a kind man",
        "No friend, no help or joy; at least it was not the least bad",
        "The yeah right brigade got the kiss of death??",
        "This hero never felt so happy, and the least bad of friends was no help",
        "The attack at the bus stop was sort of a win, without doubt",
        "Rarely a good day; the brave don't fear WAR, only GREAT loss!",
    ],
)
def test_tone_of_a_sentence_is_that_of_the_lexicon(sentence):
    whole = SentimentIntensityAnalyzer().polarity_scores(sentence.replace("\u2019", "'"))

    assert rate_tone(None, sentence, language="en") == whole["compound"]


@given(st.text(max_size=400), st.none() | st.text(max_size=80))
def test_any_text_has_a_tone_within_its_range_or_none(text, title):
    tone = rate_tone(title, text, language="en")

    assert tone is None or -1 <= tone <= 1
