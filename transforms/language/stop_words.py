"""Words that carry grammar rather than meaning, and what is frequent in a language."""

from __future__ import annotations

from functools import cache

from feedlake.transforms.normalize.word_tables import WordTables

_STOP_WORDS = WordTables(__package__, "stop_words.toml")
_FREQUENT = WordTables(__package__, "frequent_words.toml")
_SAME_WORDS = {"nb": "no", "nn": "no", "ms": "id"}
"""Languages that have the stop words of another one."""


@cache
def stop_words(language: str) -> frozenset[str]:
    """Returns the stop words of a language in lower case; empty where none are known.

    Args:
        language: BCP 47 primary tag.
    """
    language = _SAME_WORDS.get(language, language)
    return _STOP_WORDS.words(language) if language in _STOP_WORDS else frozenset()


@cache
def frequent_in(script: str) -> dict[str, tuple[tuple[str, int], ...]]:
    """Returns words and parts of words with the languages that they are frequent in.

    Args:
        script: `latin`, `cyrillic`, `arabic` or `devanagari`; others have none.

    Returns:
        For each word or part (tag, class), 5 for the most frequent class and 1 for the least.
    """
    found: dict[str, list[tuple[str, int]]] = {}
    lists = _FREQUENT.texts(script) if script in _FREQUENT else {}
    for tag, classes in lists.items():
        for place, words in enumerate(classes.split("/")):
            for word in words.split():
                found.setdefault(word, []).append((tag, 5 - place))
    return {word: tuple(tags) for word, tags in found.items()}
