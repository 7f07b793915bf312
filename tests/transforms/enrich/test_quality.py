"""Prose scores high in every script; menus, lists, filler and repetition score low."""

# ruff: noqa: E501 (tables of texts)

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sentences import SENTENCES

from feedlake.transforms.enrich.quality import LIMITS, rate_quality

PROSE = """The council of the small town met on Monday to speak about the bridge over the river.
It was built eighty years ago, and engineers have warned for some time that it must be repaired.

The mayor said that work would begin in spring. Until then, lorries have to take the road through
the next village, whose people are not pleased. A petition has been signed by nine hundred of them.

Nobody at the meeting could say what the repair will cost. An earlier estimate spoke of two million."""


def score(text: str, language: str = "en") -> float:
    found = rate_quality(text, language=language)
    assert found is not None
    return found.quality_score


def test_prose_has_full_quality():
    assert score(PROSE) == 1


@pytest.mark.parametrize("language", SENTENCES)
def test_no_language_is_punished_for_its_script(language):
    found = rate_quality(SENTENCES[language], language=language)

    assert found is not None
    # One sentence loses by its shortness, which is 0.4 at least, and by next to nothing else.
    assert found.quality_score >= 0.37


@pytest.mark.parametrize(
    ("text", "signal", "least"),
    [
        ("Home\nNews\nSport\nWeather\nContact\nAbout us\nHelp\nLog in\n" * 8, "duplicate_line_share", 0.8),
        ("\u2022 milk\n\u2022 eggs and flour\n\u2022 salt\n\u2022 sugar\n" * 6, "bullet_line_share", 1),
        ("The story goes on...\nThere is more to read...\nAnd yet more...\n" * 6, "ellipsis_line_share", 1),
        ("Lorem ipsum dolor sit amet. " * 10, "has_lorem_ipsum", 1),
        ("Please enable JavaScript to view this page.\n" * 3, "javascript_line_share", 1),
        ("function f() { return { a: { b: 1 } } } " * 10, "code_char_share", 0.05),
        ("We use cookies. Accept all cookies.\nSubscribe to our newsletter\n" * 5, "boilerplate_share", 0.9),
        ("# # ... # news # ... # more " * 20, "symbol_word_ratio", 1),
        ("123 456 789 12 3 45 " * 20, "duplicate_ngram_share", 0.5),
        ("buy now " * 200, "top_bigram_share", 0.9),
    ],
)  # fmt: skip
def test_what_is_no_prose_scores_low_for_a_reason(text, signal, least):
    found = rate_quality(text, language="en")

    assert found is not None
    assert getattr(found, signal) >= least
    assert found.quality_score < 0.5


@pytest.mark.parametrize(
    "phrase",
    "Accept cookie|COOKIES|Subscribe|Sign up|sign in|Log in|login|Newsletter|All rights reserved|Terms of use|Terms of service|Privacy policy|Read more|Click here|Share this|Share on X|Follow us|Advertisement|Copyright \u00a9 2020|Related articles|Related stories|Leave a comment|Leave a reply|Skip to content|Skip to main|Abonnieren|Anmelden|Datenschutz|Alle Rechte vorbehalten|S'abonner|Tous droits r\u00e9serv\u00e9s|Suscr\u00edbete|Todos los derechos|Iscriviti|Tutti i diritti|Assine|Todos os direitos".split(
        "|"
    ),
)
def test_each_phrase_of_boilerplate_counts(phrase):
    found = rate_quality(f"{PROSE}\n{phrase}", language="en")

    assert found is not None
    assert found.boilerplate_share == pytest.approx(len(phrase) / (len(PROSE) + len(phrase)), 0.05)


def test_shares_are_counted_by_word_and_line():
    text = "one two three 4 \u2014 five-six \u201cseven\u201d\nfive { } # 9\none two three 4 \u2014 five-six \u201cseven\u201d"
    found = rate_quality(text, language="xx")

    assert found is not None
    assert found.alphabetic_word_share == round(11 / 14, 4)
    assert found.symbol_word_ratio == round(1 / 14, 4)
    assert found.duplicate_line_share == round(1 / 3, 4)
    assert found.code_char_share == round(2 / sum(map(len, text.splitlines())), 4)


def test_text_without_words_has_no_quality():
    assert rate_quality("", language="en") is None
    assert rate_quality("\U0001f600 !!! ---", language="en") is None


def test_signals_that_do_not_apply_are_none():
    thai = rate_quality(SENTENCES["th"], language="th")
    german = rate_quality(SENTENCES["de"], language="xx")

    assert thai is not None
    assert (thai.mean_word_length, thai.terminal_line_share) == (None, None)
    assert german is not None
    assert german.stop_word_share is None


def test_repeated_prose_is_worth_less_than_prose():
    assert score(PROSE + "\n\n" + PROSE) < score(PROSE)


@pytest.mark.parametrize("runs", [1, 7, 8, 9, 30])
def test_words_of_repeated_runs_are_counted_whether_few_or_many_repeat(runs):
    words = [f"w{number}" for number in range(60)]
    text = " ".join([*words, *words[: runs + 4]])

    found = rate_quality(text, language="und")

    assert found is not None
    assert found.duplicate_ngram_share == round((runs + 4) / (64 + runs), 4)


def test_every_limit_takes_a_part_of_the_score():
    assert all(0 < weight < 1 for _, _, weight in LIMITS.values())


@given(st.text(max_size=500))
def test_any_text_scores_between_none_and_all(text):
    found = rate_quality(text, language="en")

    assert found is None or 0 <= found.quality_score <= 1


def test_signs_between_words_part_them_as_blanks_do():
    words = "\u12a8\u1270\u121b \u121d\u12ad\u122d \u1264\u1275 \u12c8\u1230\u1290".split() * 15
    spaced = " ".join(words) + " \u1362"
    parted = "\u1361".join(words) + "\u1361\u1361"

    old, new = (rate_quality(text, language="am") for text in (parted, spaced))

    assert old is not None
    assert new is not None
    assert old.mean_word_length == new.mean_word_length
    assert old.terminal_line_share == new.terminal_line_share == 1
