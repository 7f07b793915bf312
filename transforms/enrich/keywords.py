"""What a text is about, in its own words: runs of words that are frequent and early."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from itertools import pairwise

from feedlake.transforms.language.stop_words import stop_words
from feedlake.transforms.normalize.scripts import UNSPACED

MAX_KEYWORDS = 10
"""Terms kept of one text."""

MAX_CHARS = 5_000
"""Characters of the text that are read: news puts its subject first."""

_MAX_WORDS = 3
_MIN_LETTERS = 3
_EARLY_WORDS = 150
_TITLE_BONUS, _CAPITAL_BONUS = 2.0, 1.4
_TOKEN = re.compile(r"[^\W_]+(?:['\u2019\u2010-][^\W_]+)*|[^\w\s]|\n")
_POSSESSIVE = re.compile(r"['\u2019]s?$")
_UNSPACED = re.compile(f"[{UNSPACED}]")


@dataclass(frozen=True)
class Keyword:
    """One term with its weight.

    Attributes:
        term: One to three words, as most often written.
        score: Above 0, 1 for the text's first term.
    """

    term: str
    score: float


def find_keywords(title: str | None, text: str, *, language: str) -> tuple[Keyword, ...] | None:
    """Returns the terms that a text is about, the weightiest first, at most `MAX_KEYWORDS`.

    A term's weight is its frequency times the mean weight of its words, which is higher where
    they come early, stand in the title, have capitals or occur in few other terms. Languages
    without a list of stop words, and scripts without spaces between words (Chinese, Japanese,
    Thai), give None.

    Args:
        title: The article's title.
        text: Its text, of which `MAX_CHARS` are read.
        language: Its language, a BCP 47 primary tag.
    """
    stops = stop_words(language)
    if not stops:
        return None
    head = (title or "")[:500]
    content = f"{head}\n{text[:MAX_CHARS]}".replace("\u2019", "'")
    if len(_UNSPACED.findall(content)) > len(content) / 4:
        return None
    runs = _find_runs(content, stops)
    weights = _weigh_words(runs, {word.casefold() for word in _TOKEN.findall(head)})
    counts: Counter[tuple[str, ...]] = Counter()
    written: defaultdict[tuple[str, ...], Counter[str]] = defaultdict(Counter)
    for run in runs:
        for start in range(len(run)):
            for end in range(start + 1, min(start + _MAX_WORDS, len(run)) + 1):
                words = run[start:end]
                key = tuple(word.casefold() for word, _ in words)
                counts[key] += 1
                written[key][" ".join(word for word, _ in words)] += 1
    scores = {
        key: count * sum(weights[word] for word in key) / len(key) ** 0.5
        for key, count in counts.items()
        if count > 1 or len(key) < 3
    }
    return _choose(scores, counts, written)


def _find_runs(content: str, stops: frozenset[str]) -> list[list[tuple[str, int]]]:
    """Runs of words between stop words and punctuation, each word with its place in the text."""
    runs: list[list[tuple[str, int]]] = [[]]
    for place, token in enumerate(_TOKEN.findall(content)):
        word = _POSSESSIVE.sub("", token)
        folded = word.casefold()
        is_term = (
            (len(word) >= _MIN_LETTERS or (len(word) == 2 and word.isupper()))
            and folded not in stops
            and token.casefold() not in stops
            and not word.isdigit()
        )
        if is_term and len(word) <= 40:
            runs[-1].append((word, place))
        elif runs[-1]:
            runs.append([])
    return [run for run in runs if run]


def _weigh_words(runs: list[list[tuple[str, int]]], title: set[str]) -> dict[str, float]:
    """The weight of each word."""
    counts: Counter[str] = Counter()
    first: dict[str, int] = {}
    capitals: Counter[str] = Counter()
    partners: defaultdict[str, set[str]] = defaultdict(set)
    for run in runs:
        for word, place in run:
            key = word.casefold()
            counts[key] += 1
            first.setdefault(key, place)
            capitals[key] += word[0].isupper()
        for (left, _), (right, _) in pairwise(run):
            partners[left.casefold()].add(right.casefold())
            partners[right.casefold()].add(left.casefold())
    weights = {}
    for key, count in counts.items():
        weight = count**0.5 / (1 + len(partners[key]) / (2 * count))
        weight *= 1 + _EARLY_WORDS / (_EARLY_WORDS + first[key])
        weight *= _TITLE_BONUS if key in title else 1.0
        weight *= _CAPITAL_BONUS if capitals[key] > count / 2 and first[key] else 1.0
        weights[key] = weight
    return weights


def _choose(
    scores: dict[tuple[str, ...], float],
    counts: Counter[tuple[str, ...]],
    written: dict[tuple[str, ...], Counter[str]],
) -> tuple[Keyword, ...]:
    """The best terms, none of which is a part of another or holds one."""
    chosen: list[tuple[str, ...]] = []
    for key in sorted(scores, key=lambda key: (-scores[key], key)):
        if len(chosen) == MAX_KEYWORDS:
            break
        if any(set(key) & set(other) for other in chosen if len(key) + len(other) > 2):
            continue
        longer = [
            other for other in scores
            if len(other) > len(key) and counts[other] > 0.7 * counts[key] and _holds(other, key)
        ] if len(key) < _MAX_WORDS and counts[key] > 1 else []  # fmt: skip
        best = max(longer, key=lambda other: (counts[other], len(other), other), default=key)
        if best not in chosen and not any(set(best) & set(other) for other in chosen):
            chosen.append(best)
            scores[best] = max(scores[best], scores[key])
    chosen.sort(key=lambda key: (-scores[key], key))
    top = scores[chosen[0]] if chosen else 1.0
    return tuple(
        Keyword(written[key].most_common(1)[0][0], round(scores[key] / top, 4)) for key in chosen
    )


def _holds(longer: tuple[str, ...], key: tuple[str, ...]) -> bool:
    return any(
        longer[start : start + len(key)] == key for start in range(len(longer) - len(key) + 1)
    )
