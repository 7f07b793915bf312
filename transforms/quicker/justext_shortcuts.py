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

_SURE = frozenset({"good", "bad"})
_LIKELY = _SURE | {"neargood"}


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


def revise_classes(paragraphs: list[Paragraph], max_heading_distance: int) -> None:
    """Does what jusText's `revise_paragraph_classification` does, in time that grows with the page.

    jusText walks from each short paragraph to the next one that isn't, so that a page of 4,600
    short lines took 8 CPU seconds (2026-11).

    Args:
        paragraphs: What `classify_paragraphs` has classified.
        max_heading_distance: Counts for nothing: trafilatura asks jusText to know no headings.
    """
    classes = [paragraph.cf_class for paragraph in paragraphs]
    sure = zip(_find_last(classes, _SURE), _find_next(classes, _SURE), strict=True)
    likely = zip(_find_last(classes, _LIKELY), _find_next(classes, _LIKELY), strict=True)
    for place, (around, near) in enumerate(zip(sure, likely, strict=True)):
        if classes[place] == "short":
            is_near_good = ("bad", "neargood") in zip(around, near, strict=True)
            is_good = around == ("good", "good") or ("good" in around and is_near_good)
            classes[place] = "good" if is_good else "bad"
    last = "bad"
    for place, following in enumerate(_find_next(classes, _SURE)):
        if classes[place] == "neargood":
            classes[place] = "bad" if last == following == "bad" else "good"
        last = classes[place]
    for paragraph, found in zip(paragraphs, classes, strict=True):
        paragraph.class_type = found


def _find_last(classes: list[str], wanted: frozenset[str]) -> list[str]:
    """The last of the wanted classes before each place; `bad` if there is none."""
    found, last = [], "bad"
    for one in classes:
        found.append(last)
        if one in wanted:
            last = one
    return found


def _find_next(classes: list[str], wanted: frozenset[str]) -> list[str]:
    """The first of the wanted classes behind each place; `bad` if there is none."""
    return _find_last(classes[::-1], wanted)[::-1]


REPLACEMENTS: tuple[tuple[Any, str, Any], ...] = (
    (external, "ParagraphMaker", _Paragraphs),
    (external, "revise_paragraph_classification", revise_classes),
    (external, "JT_STOPLIST", None),
    (external, "jt_stoplist_init", stop_words),
    (core, "define_stoplist", lambda words: words),  # They are in lower case.
)
"""What to set in which module or class, and by what name."""
