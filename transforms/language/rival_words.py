"""Languages that feedlake does not tell, and whether a text is rather in one of them."""

from __future__ import annotations

from collections import Counter
from functools import cache

from feedlake.transforms.language.frequent_words import (
    VOTE,
    Frequent,
    count_levels,
    frequent_of,
    sort_frequent,
)
from feedlake.transforms.normalize.word_tables import read_rows

_LEAD = 2.0
"""How far a rival must lead, as a natural logarithm. With 0 twice as many sentences of languages
that are told lost against one, with 4 a fifth as many; articles hardly did (November 2026)."""

_NEAREST = 16
"""So many rivals of a language are asked where the model is sure of it: those that share most with
it. With 40, no more texts were taken for a rival's (November 2026)."""

_KINDS = ("words", "stems", "endings", "signs")
"""What two languages may share."""


def find_rival(
    tag: str,
    words: Counter[str],
    sample: str,
    script: str,
    *,
    louder_than: float,
    nearest_only: bool,
) -> str | None:
    """Returns the language for which the words of a text speak loudest, if they do so louder.

    Args:
        tag: The language that the text seems to be in.
        words: The words of the text.
        sample: The text.
        script: Its script.
        louder_than: How far words speak for `tag`, as a natural logarithm.
        nearest_only: Whether to ask only the rivals nearest to it, which takes less time.

    Returns:
        The rival's primary tag (`x` for some without one), or None.
    """
    rivals = _nearest(tag, script) if nearest_only else _all_of(script)
    if not rivals.languages:
        return None
    levels, _ = count_levels(words, sample, rivals)
    loudest = max(levels, key=levels.__getitem__)
    if VOTE * levels[loudest] <= louder_than + _LEAD:
        return None
    return loudest.partition("-")[0]


@cache
def _all_of(script: str) -> Frequent:
    """What is frequent in all rivals that are written in a script."""
    return sort_frequent(_lists(script).items())


@cache
def _nearest(tag: str, script: str) -> Frequent:
    """What is frequent in the rivals that share most of it with a language."""
    own, rivals, lists = frequent_of(tag, script), _all_of(script), _lists(script)
    shared = dict.fromkeys(lists, 0)
    for kind in _KINDS:
        theirs = getattr(rivals, kind)
        for part, voices in getattr(own, kind).items():
            level = voices[-1][1]
            for rival, of_rival in theirs.get(part, ()):
                shared[rival] += level * of_rival
    nearest = sorted(shared, key=lambda rival: (-shared[rival], rival))[:_NEAREST]
    return sort_frequent((rival, lists[rival]) for rival in nearest)


@cache
def _lists(script: str) -> dict[str, str]:
    """The lists of the rivals that are written in a script."""
    rows = read_rows(__package__, "rival_words.tsv", columns=3)
    return {tag: listed for tag, of, listed in rows if of == script}
