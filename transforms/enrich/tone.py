"""How positive or negative the lead of a text sounds, by VADER (Hutto and Gilbert, 2014)."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from functools import cache
from typing import Any

from feedlake.transforms.process import library_shortcuts

LEAD_CHARS = 1_000
"""Characters of the text that are read, cut back to the end of a sentence."""

_MAX_TITLE_CHARS = 300
_MAX_SENTENCE_CHARS = 400
_SENTENCE_END = re.compile(r"(?<=[.!?\u2026])[\"'\u2019\u201d)]*\s+(?=[^a-z\s])|\n+")
_WORD = re.compile(r"[A-Za-z]{2,}")
_UNWANTED = re.compile("[\ud800-\udfff\x00-\x08\x0e-\x1f]")
_LOCK = threading.Lock()


def rate_tone(title: str | None, text: str, *, language: str) -> float | None:
    """Returns the tone of title and lead, -1 (negative) to 1, or None where it cannot be told.

    It is the mean of VADER's compound score over the title and the sentences of the lead: the
    score of the lead as a whole is at one of its ends for nearly all news. 0 means that English
    was read and found neutral; other languages, which have no lexicon, and texts without words
    give None.

    Args:
        title: The article's title.
        text: Its text, of which the first `LEAD_CHARS` are read.
        language: Its language, a BCP 47 primary tag.
    """
    if language != "en":
        return None
    sentences = [
        sentence[:_MAX_SENTENCE_CHARS]
        for sentence in [(title or "")[:_MAX_TITLE_CHARS], *_SENTENCE_END.split(_lead(text))]
        if _WORD.search(sentence[:_MAX_SENTENCE_CHARS])
    ]
    if not sentences:
        return None
    scores = [_rate_sentence(sentence) for sentence in sentences]
    return round(sum(scores) / len(scores), 4)


def _rate_sentence(sentence: str) -> float:
    """VADER's compound score of a sentence; it is 0 if none of its words is in the lexicon."""
    rate, analyzer = load_analyzer()
    return rate(analyzer, _UNWANTED.sub(" ", sentence).replace("\u2019", "'"))


def _rate_by_all_rules(analyzer: Any, sentence: str) -> float:
    return float(analyzer.polarity_scores(sentence)["compound"])


def _lead(text: str) -> str:
    """The first whole sentences of the text within `LEAD_CHARS`, or that many characters."""
    if len(text) <= LEAD_CHARS:
        return text
    lead = text[:LEAD_CHARS]
    ends = [match.start() for match in _SENTENCE_END.finditer(lead)]
    return lead[: ends[-1]] if ends and ends[-1] > LEAD_CHARS // 2 else lead


def load_analyzer() -> tuple[Callable[[Any, str], float], Any]:
    """Returns what rates a sentence, and VADER's analyser for it, loaded once per process."""
    with _LOCK:
        return _load_analyzer()


@cache
def _load_analyzer() -> tuple[Callable[[Any, str], float], Any]:
    """What rates, and the analyser with its lexicon, read once per process and never changed."""
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    rate = library_shortcuts.find("rate_sentence") or _rate_by_all_rules
    return rate, SentimentIntensityAnalyzer()
