"""Words that carry grammar rather than meaning."""

from __future__ import annotations

from functools import cache

from feedlake.transforms.normalize.word_tables import WordTables

_STOP_WORDS = WordTables(__package__, "stop_words.toml")
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
