"""jusText's work, as trafilatura asks for it, without what is done again or not used."""

from __future__ import annotations

import pkgutil
from functools import cache, cached_property
from typing import Any, NamedTuple

import justext
from justext import core
from justext.core import PARAGRAPH_TAGS
from justext.paragraph import Paragraph
from lxml.etree import iterwalk
from lxml.html import HtmlElement
from trafilatura import external


@cache
def stop_words() -> frozenset[str]:
    """Returns the words of all of jusText's lists, in lower case."""
    lists = (
        pkgutil.get_data("justext", f"stoplists/{name}.txt") or b""
        for name in justext.get_stoplists()
    )
    lines = b"\n".join(one.strip() for one in lists).replace(b"\r\n", b"\n")
    return frozenset(lines.decode().lower().split("\n"))


class _Place(NamedTuple):
    """Where a paragraph begins: an element's name, and those of its ancestors."""

    above: _Place | None
    name: str


class _Paragraph(Paragraph):  # type: ignore[misc]
    """A paragraph whose text and place are put together once, and only if it has any text."""

    def __init__(self, place: _Place | None) -> None:
        self._place = place
        self.text_nodes: list[str] = []
        self.chars_count_in_links = self.tags_count = 0
        self.class_type = ""

    @cached_property
    def text(self) -> str:
        """All of it, white space as single blanks or line ends; asked for when it's complete."""
        return str(super().text)

    @cached_property
    def dom_path(self) -> str:
        """The names of the elements around it."""
        names, place = [], self._place
        while place is not None:
            names.append(place.name)
            place = place.above
        return ".".join(reversed(names))


class _Paragraphs:
    """Stands for jusText's `ParagraphMaker`."""

    @staticmethod
    def make_paragraphs(tree: HtmlElement) -> list[Paragraph]:
        """Returns the texts between the page's tags of paragraphs."""
        place: _Place | None = None
        paragraph = _Paragraph(place)
        found = [paragraph]
        is_link = is_break = False
        for event, element in iterwalk(tree, events=("start", "end")):
            name, is_start = element.tag, event == "start"
            if is_start:
                place = _Place(place, name)
            else:
                assert place is not None
                place = place.above
            if name in PARAGRAPH_TAGS or (name == "br" and is_start and is_break):
                paragraph = _Paragraph(place)
                found.append(paragraph)
            elif name == "br" and is_start:
                is_break = True
                paragraph.append_text(" ")
            elif is_start:
                is_break = False
            if name == "a":
                is_link = is_start
            text = element.text if is_start else element.tail
            if text and not text.isspace():
                added = paragraph.append_text(text)
                paragraph.chars_count_in_links += len(added) if is_link else 0
                is_break = False
        return [paragraph for paragraph in found if paragraph.text]


REPLACEMENTS: tuple[tuple[Any, str, Any], ...] = (
    (external, "ParagraphMaker", _Paragraphs),
    (external, "JT_STOPLIST", None),
    (external, "jt_stoplist_init", stop_words),
    (core, "define_stoplist", lambda words: words),  # They are in lower case.
)
"""What to set in which module or class, and by what name."""
