"""jusText's work, as trafilatura asks for it, without what is done again or not used."""

from __future__ import annotations

import pkgutil
from functools import cache, cached_property
from typing import Any

import justext
from justext import core
from justext.core import ParagraphMaker, PathInfo
from justext.paragraph import Paragraph
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


class _Finished(Paragraph):  # type: ignore[misc]
    """A paragraph that gets no more text, which is put together once and not seven times."""

    @cached_property
    def text(self) -> str:
        """All of it, white space as single blanks or line ends."""
        return str(super().text)


class _Paragraphs:
    """Stands for jusText's `ParagraphMaker`."""

    @staticmethod
    def make_paragraphs(tree: HtmlElement) -> list[Paragraph]:
        """Returns the texts between the page's tags of paragraphs."""
        paragraphs: list[Paragraph] = ParagraphMaker.make_paragraphs(tree)
        for paragraph in paragraphs:
            paragraph.__class__ = _Finished
        return paragraphs


REPLACEMENTS: tuple[tuple[Any, str, Any], ...] = (
    (external, "ParagraphMaker", _Paragraphs),
    (external, "JT_STOPLIST", None),
    (external, "jt_stoplist_init", stop_words),
    (core, "define_stoplist", lambda words: words),  # They are in lower case.
    (PathInfo, "xpath", ""),  # trafilatura asks no paragraph for it.
)
"""What to set in which module or class, and by what name."""
