"""Lines of code and verse, kept through an extractor that gives each paragraph a line."""

from __future__ import annotations

import re
from collections.abc import Iterable

from lxml import etree
from lxml.html import HtmlElement

from feedlake.transforms.normalize.html_text import INDENT, MAX_INDENT, indent_of, shared_indent

LINE = "\U000e0140"
"""Stands before a line that is not a paragraph: a variation selector that nothing uses, since
control characters would be dropped."""

_LINE_ENDS = ("br", "div", "p", "li", "tr")
_PIECES = re.compile(r"\n|[^\n]+")


def mark_lines(tree: HtmlElement) -> None:
    """Marks the lines of preformatted text, all but the first of each, and how far they go in.

    Args:
        tree: The page.
    """
    for block in tree.iter("pre"):
        if next(block.iterancestors("table", "pre"), None) is not None:
            continue
        for end in list(block.iterdescendants(*_LINE_ENDS)):
            end.tail = f"\n{end.tail or ''}"
            end.drop_tag()
        marker = _Marker(shared_indent("".join(block.itertext()).split("\n")))
        for event, element in etree.iterwalk(block, events=("start", "end", "comment", "pi")):
            if event == "start":
                element.text = marker.mark(element.text)
            elif element is not block:
                element.tail = marker.mark(element.tail)


class _Marker:
    """Marks the texts of one block, which follow each other; a line may begin in any of them."""

    def __init__(self, shared: int) -> None:
        self._shared = shared
        self._is_begun = False
        self._breaks = 0
        self._columns = 0

    def mark(self, text: str | None) -> str | None:
        if not text:
            return text
        return "".join(map(self._mark_piece, _PIECES.findall(text)))

    def _mark_piece(self, piece: str) -> str:
        if piece == "\n":
            self._breaks += 1
            self._columns = 0
            return piece
        if self._is_begun and not self._breaks:
            return piece
        words = piece.lstrip()
        blanks = piece[: len(piece) - len(words)]
        self._columns += indent_of(blanks)
        if not words:
            return piece
        columns = min(MAX_INDENT, max(0, self._columns - self._shared))
        mark = LINE * min(2, self._breaks) + INDENT * columns if self._is_begun else ""
        self._is_begun, self._breaks = True, 0
        return f"{blanks}{mark}{words}"


def join_lines(lines: Iterable[str]) -> list[str]:
    """Returns the paragraphs that the lines make: what is marked goes on with the one before it.

    Args:
        lines: As the extractor gives them, normalised.
    """
    paragraphs: list[str] = []
    for line in lines:
        if LINE not in line:
            paragraphs.append(line)
            continue
        first, *others = line.split(LINE)
        is_open = bool(paragraphs)
        if first.strip():
            paragraphs.append(first.strip())
            is_open = True
        for other in others:
            if not other.strip():
                is_open = False
            elif is_open:
                paragraphs[-1] += f"\n{other.strip()}"
            else:
                paragraphs.append(other.strip())
                is_open = True
    return [paragraph.replace(INDENT, " ") for paragraph in paragraphs]
