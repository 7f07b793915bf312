"""VADER's score of a sentence, found from the words that its lexicon holds."""

from __future__ import annotations

import string
from typing import Any

from vaderSentiment.vaderSentiment import (
    BOOSTER_DICT,
    NEGATE,
    SPECIAL_CASES,
    SentiText,
    normalize,
)

_CHANGING = frozenset(
    {*NEGATE, *BOOSTER_DICT, "no", "this", "least"}
    # Of phrases one word each, which others are rarely with.
    | {max(phrase.split(), key=len) for phrase in (*SPECIAL_CASES, *BOOSTER_DICT)}
)
"""Words that change what a word near them says: each of VADER's rules asks for one of them."""

_BEFORE, _AFTER = 3, 2
"""How many words before and after a word VADER's rules look at."""


def rate_sentence(analyzer: Any, sentence: str) -> float:
    """Returns what `polarity_scores` gives as the sentence's compound score.

    Args:
        analyzer: A `SentimentIntensityAnalyzer`.
        sentence: Without characters that are none.
    """
    if not sentence.isascii() and not analyzer.emojis.keys().isdisjoint(sentence):
        # VADER replaces emoji by words.
        return float(analyzer.polarity_scores(sentence)["compound"])
    words = sentence.split()
    lower = [word if word.isalpha() else _strip(word) for word in sentence.lower().split()]
    lexicon = analyzer.lexicon
    if lexicon.keys().isdisjoint(lower):
        return 0.0
    if "but" in lower or len(words) != len(lower):  # VADER weighs what precedes it less.
        return float(analyzer.polarity_scores(sentence)["compound"])
    total = 0.0
    for place, word in enumerate(lower):
        if word in lexicon and word not in BOOSTER_DICT:
            total += _rate_word(analyzer, sentence, words, lower, place)
    if total:
        emphasis = analyzer._punctuation_emphasis(sentence)
        total += emphasis if total > 0 else -emphasis
    return round(float(normalize(total)), 4)


def _strip(word: str) -> str:
    """A word without the signs around it, as VADER has it: short ones may be emoticons."""
    stripped = word.strip(string.punctuation)
    return stripped if len(stripped) > 2 else word


def _rate_word(
    analyzer: Any, sentence: str, words: list[str], lower: list[str], place: int
) -> float:
    """What one word of the lexicon says where it stands.

    VADER's own rules are asked only where one of them may apply: they look at all words of the
    sentence for each.
    """
    around = lower[max(0, place - _BEFORE) : place + _AFTER + 1]
    if (
        words[place].isupper()
        or not _CHANGING.isdisjoint(around)
        or any("n't" in word for word in around)
    ):
        if lower[place] == "kind" and lower[place + 1 : place + 2] == ["of"]:
            return 0.0
        read = SentiText(sentence.strip())
        as_written = read.words_and_emoticons[place]
        [valence] = analyzer.sentiment_valence(0, read, as_written, place, [])
        return float(valence)
    return float(analyzer.lexicon[lower[place]])
