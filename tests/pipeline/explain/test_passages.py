"""Where texts differ."""

from __future__ import annotations

import time

from hypothesis import given
from hypothesis import strategies as st

from feedlake.pipeline.explain.passages import Passage, differing_passages


def test_changed_words_are_told_without_those_around_them():
    before = "The ferry left at noon.\n\nThe whole town waved from the quay."
    after = "The ferry left at one.\n\nThe whole town waved from the quay."
    assert differing_passages(before, after) == [Passage("noon.", "one.")]


def test_paragraph_that_is_new_or_gone_is_told_whole():
    assert differing_passages("One.\n\nTwo.", "One.\n\nNew.\n\nTwo.") == [Passage("", "New.")]
    assert differing_passages("One.\n\nOld.\n\nTwo.", "One.\n\nTwo.") == [Passage("Old.", "")]


def test_other_sentence_is_told_whole_and_not_word_by_word():
    before = "The mayor of the town opened the new library on the hill."
    after = "Rain fell on the roofs of the harbour until the evening came."
    assert differing_passages(before, after) == [Passage(before, after)]


@given(st.text("ab \n", max_size=60))
def test_equal_texts_differ_nowhere(text):
    assert differing_passages(text, text) == []


@given(st.text("ab \n", min_size=1, max_size=60), st.text("ab \n", max_size=60))
def test_texts_of_other_words_differ_somewhere(before, after):
    if before.split() != after.split():
        assert differing_passages(before, after)


def test_hostile_texts_take_no_longer_than_a_page():
    start = time.process_time()
    old = "\n\n".join(f"{number} " + "word " * 30 for number in range(20_000))
    new = "\n\n".join(f"x{number} " + "word " * 30 for number in range(20_000))
    assert len(differing_passages(old, new)) <= 20
    assert len(differing_passages("a " * 100_000, "b " * 100_000)) == 1
    assert time.process_time() - start < 20  # Minutes if the bounds were not there.
