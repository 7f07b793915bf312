"""VADER's score of a sentence, found from the words that its lexicon holds."""

from __future__ import annotations

import string
from typing import Any

from vaderSentiment.vaderSentiment import BOOSTER_DICT, SentiText


def rate_sentence(analyzer: Any, sentence: str) -> float:
    """Returns what `polarity_scores` gives as the sentence's compound score.

    Args:
        analyzer: A `SentimentIntensityAnalyzer`.
        sentence: Without characters that are none.
    """
    if not sentence.isascii() and not analyzer.emojis.keys().isdisjoint(sentence):
        # VADER replaces emoji by words.
        return float(analyzer.polarity_scores(sentence)["compound"])
    words = sentence.lower().split()
    bare = [word.strip(string.punctuation) for word in words if not word.isalpha()]
    if analyzer.lexicon.keys().isdisjoint(words) and analyzer.lexicon.keys().isdisjoint(bare):
        return 0.0
    if "but" in words or "but" in bare:  # VADER weighs what precedes it less.
        return float(analyzer.polarity_scores(sentence)["compound"])
    return _add_valences(analyzer, sentence)


def _add_valences(analyzer: Any, sentence: str) -> float:
    """The score of a sentence without emoji and `but`.

    The same as VADER's own loop gives, which asks the rules of each word, also of the many that
    have no valence.
    """
    read = SentiText(sentence.strip())
    lower = [word.lower() for word in read.words_and_emoticons]
    valences = [0.0] * len(lower)
    for place, word in enumerate(lower):
        is_kind_of = word == "kind" and lower[place + 1 : place + 2] == ["of"]
        if word in analyzer.lexicon and word not in BOOSTER_DICT and not is_kind_of:
            as_written = read.words_and_emoticons[place]
            [valences[place]] = analyzer.sentiment_valence(0, read, as_written, place, [])
    return float(analyzer.score_valence(valences, sentence.strip())["compound"])
