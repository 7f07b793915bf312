"""Lines of code and verse, kept through an extractor that gives each paragraph a line."""

from __future__ import annotations

import re
from collections.abc import Iterable

from lxml.html import HtmlElement

LINE = "\U000e0140"
"""Stands before a line that is not a paragraph: a variation selector that nothing uses, since
control characters would be dropped."""

_BREAK = re.compile(r"\n\s*")
_LINE_ENDS = ("br", "div", "p", "li", "tr")


def mark_lines(tree: HtmlElement) -> None:
    """Marks the lines of preformatted text, all but the first of each.

    Args:
        tree: The page.
    """
    for block in tree.iter("pre"):
        if next(block.iterancestors("table", "pre"), None) is not None:
            continue
        for end in list(block.iterdescendants(*_LINE_ENDS)):
            end.tail = f"\n{end.tail or ''}"
            end.drop_tag()
        is_begun = False
        for element in block.iter():
            element.text, is_begun = _mark(element.text, is_begun)
            if element is not block:
                element.tail, is_begun = _mark(element.tail, is_begun)


def _mark(text: str | None, is_begun: bool) -> tuple[str | None, bool]:
    if not text:
        return text, is_begun
    begin = 0 if is_begun else len(text) - len(text.lstrip())
    marked = _BREAK.sub(lambda found: found[0] + LINE * min(2, found[0].count("\n")), text[begin:])
    return text[:begin] + marked, is_begun or begin < len(text)


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
    return paragraphs
