"""Where a text has what was searched for, and the part of it that shows that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from feedlake.pipeline.search.search_nodes import Near, Node, Phrase, Token, Value, leaves
from feedlake.pipeline.search.words import Word, words_in

SNIPPET_CHARS = 240
_READ_CHARS = 200_000
"""How much of a text is looked at; what is found beyond isn't shown."""

_BEFORE_CHARS = 60


class Piece(NamedTuple):
    """A part of a title or snippet.

    Attributes:
        text: The part, as it is in the article but for white space, which is single spaces.
        is_match: Whether it is what was searched for.
    """

    text: str
    is_match: bool


@dataclass(frozen=True)
class Wanted:
    """What to look for in texts of one search.

    Attributes:
        in_title: Words that follow on each other, in titles.
        in_text: The same in texts.
    """

    in_title: tuple[tuple[Token, ...], ...]
    in_text: tuple[tuple[Token, ...], ...]

    @classmethod
    def of(cls, node: Node) -> Wanted:
        """Returns what a search looks for, without what must not be there."""
        found: dict[str, list[tuple[Token, ...]]] = {"title": [], "text": []}
        for leaf in leaves(node, is_wanted=False):
            if isinstance(leaf, Value):
                continue
            runs = [leaf.tokens] if isinstance(leaf, Phrase) else _singles(leaf)
            for field in (leaf.field,) if leaf.field else ("title", "text"):
                if field in found:
                    found[field] += runs
        return cls(tuple(found["title"]), tuple(found["text"]))


def _singles(near: Near) -> list[tuple[Token, ...]]:
    return [(token,) for token in near.tokens]


def mark_title(title: str | None, wanted: Wanted) -> tuple[Piece, ...]:
    """Returns a title in pieces."""
    text = title or ""
    spans = find_spans(text, wanted.in_title)
    return _pieces(text, 0, len(text), spans)


def make_snippet(text: str, wanted: Wanted, *, chars: int = SNIPPET_CHARS) -> tuple[Piece, ...]:
    """Returns the part of a text that has most of what was searched for, in pieces.

    Args:
        text: The article's.
        wanted: What was searched for.
        chars: About how long the part is; less at the ends of the text.
    """
    text = text[:_READ_CHARS]
    spans = find_spans(text, wanted.in_text)
    start = _best_start(spans, chars)
    start = _word_start(text, start)
    end = _word_end(text, start + chars)
    pieces = [*_pieces(text, start, end, spans)]
    if start:
        pieces.insert(0, Piece("… ", False))
    if end < len(text.rstrip()):
        pieces.append(Piece(" …", False))
    return tuple(pieces)


def find_spans(text: str, wanted: Sequence[tuple[Token, ...]]) -> list[tuple[int, int]]:
    """Returns where a text has what is wanted: beginnings and ends, in order and apart.

    Args:
        text: The text.
        wanted: Words that follow on each other, each with the place that it has.
    """
    if not wanted or not text:
        return []
    words = [*words_in(text)]
    exact: dict[str, list[tuple[Token, ...]]] = {}
    prefixes: list[tuple[Token, ...]] = []
    for run in wanted:
        if run[0].is_prefix:
            prefixes.append(run)
        else:
            exact.setdefault(run[0].text, []).append(run)
    found: list[tuple[int, int]] = []
    for number, word in enumerate(words):
        runs = exact.get(word.text, [])
        if prefixes:
            runs = [*runs, *(run for run in prefixes if word.text.startswith(run[0].text))]
        found += [
            (word.start, _end_of(words, number, run))
            for run in runs
            if _matches(words, number, run)
        ]
    return _joined(found)


def _matches(words: list[Word], number: int, run: tuple[Token, ...]) -> bool:
    for token in run[1:]:
        place = number + token.place
        if place >= len(words):
            return False
        text = words[place].text
        if text != token.text and not (token.is_prefix and text.startswith(token.text)):
            return False
    return True


def _end_of(words: list[Word], number: int, run: tuple[Token, ...]) -> int:
    last = words[number + run[-1].place]
    if len(run) == 1 and run[0].is_prefix and len(run[0].text) == 1 and len(last.text) == 2:
        return last.start + 1  # One character of a script without spaces, and its neighbour.
    return last.end


def _joined(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The spans without overlaps."""
    joined: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(end, joined[-1][1])
        else:
            joined.append((start, end))
    return joined


def _best_start(spans: list[tuple[int, int]], chars: int) -> int:
    """Where the part begins that has most spans; the first of those that are as good."""
    best, most, last = 0, 0, 0
    for number, (start, _) in enumerate(spans):
        while last < len(spans) and spans[last][1] <= start + chars - _BEFORE_CHARS:
            last += 1
        if last - number > most:
            best, most = start, last - number
    return max(0, best - _BEFORE_CHARS)


def _word_start(text: str, at: int) -> int:
    """The next place where a word begins, if there is one near."""
    if at <= 0:
        return 0
    found = next(
        (place for place in range(at, min(at + 30, len(text))) if text[place].isspace()), at
    )
    return found + 1 if found < len(text) and text[found].isspace() else at


def _word_end(text: str, at: int) -> int:
    if at >= len(text):
        return len(text)
    found = next((place for place in range(at, max(at - 30, 0), -1) if text[place].isspace()), at)
    return found


def _pieces(text: str, start: int, end: int, spans: list[tuple[int, int]]) -> tuple[Piece, ...]:
    pieces: list[Piece] = []
    at = start
    for first, last in spans:
        if last <= start or first >= end:
            continue
        first, last = max(first, start), min(last, end)
        if first > at:
            pieces.append(Piece(_one_line(text[at:first]), False))
        pieces.append(Piece(_one_line(text[first:last]), True))
        at = last
    if at < end:
        pieces.append(Piece(_one_line(text[at:end]), False))
    return tuple(pieces)


def _one_line(text: str) -> str:
    """The text with each run of white space as one space; those at its ends stay."""
    spaced = " ".join(text.split())
    if not spaced:
        return " " if text else ""
    before = " " if text[0].isspace() else ""
    after = " " if text[-1].isspace() else ""
    return f"{before}{spaced}{after}"
