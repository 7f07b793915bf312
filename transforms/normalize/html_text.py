"""Plain text of an HTML fragment, with every word and without a guess about what matters."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from lxml import etree

from feedlake.transforms.normalize.text import normalize_text

# fmt: off
_BLOCKS = frozenset({
    "address", "article", "aside", "audio", "blockquote", "body", "caption", "center", "dd",
    "details", "dialog", "dir", "div", "dl", "dt", "fieldset", "figcaption", "figure", "footer",
    "form", "h1", "h2", "h3", "h4", "h5", "h6", "head", "header", "hgroup", "hr", "html",
    "legend", "li", "main", "menu", "nav", "ol", "optgroup", "option", "p", "pre", "search",
    "section", "select", "summary", "table", "tbody", "tfoot", "thead", "title", "tr", "ul",
    "video",
})
# fmt: on
_CELLS = frozenset({"td", "th"})
_DROPPED = frozenset({"script", "style", "template", "noscript", "iframe"})
# What stands in these is for readers whose browser can't show the rest of it. Where none of them
# is ever closed, all that follows would stand in it.
_MEDIA = frozenset({"audio", "canvas", "object", "svg", "video"})
UNSEEN_WORDS = (
    "sr-only", "sr_only", "isually", "creen-reader", "creenreader", "element-invisible",
    "show-for-sr", "a11y-hidden", "assistive-text",
)  # fmt: skip
"""One of these stands in each class that `is_unseen` knows."""

# What frameworks call text for screen readers: Bootstrap, WordPress, Foundation, Drupal, Tailwind,
# and design systems, which put their own name before it (`govuk-visually-hidden`).
_UNSEEN = re.compile(
    r"(?:(?!not-)[a-z0-9]+-{1,2})?(?:sr-only|visually-?hidden|hide-visually|element-invisible"
    r"|screen-?reader(?:-(?:text|only))?|show-for-sr|a11y-hidden|assistive-text)(?:-focusable)?"
)
_SEEN_AGAIN = re.compile(r"(?!(?:focus|active)[\w-]*:)[\w-]+:not-sr-only")

INDENT = "\U000e0141"
"""Stands for a column by which a line of code begins further in, where blanks would be lost: a
variation selector that nothing uses."""

MAX_INDENT = 40
"""Most columns kept."""

_LINE_BREAK = "\x00"  # free to mean <br>: control characters are taken out of the input
# Control characters, and surrogates, which UTF-8 cannot hold.
_UNWANTED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
# A feed generator that escapes its CDATA section leaves the marks in the text, where HTML takes
# all up to the next ">" for a comment.
_CDATA_MARKS = re.compile(r"<!\[CDATA\[|\]\]>")


def is_unseen(classes: str | None) -> bool:
    """Returns whether classes hide an element from all but screen readers.

    Args:
        classes: Value of the attribute `class`.
    """
    if not classes or not any(word in classes for word in UNSEEN_WORDS):
        return False
    names = classes.replace("_", "-").lower().split()
    return any(map(_UNSEEN.fullmatch, names)) and not any(map(_SEEN_AGAIN.fullmatch, names))


def html_to_text(html: str) -> str:
    """Returns the fragment's text: one blank line between blocks, white space collapsed in them.

    Blocks are paragraphs, headings, list items, table rows and the like. One `<br>` is a line
    break, two are a new block; lines inside `<pre>` stay lines. Scripts, styles, templates,
    `<noscript>`, frames, comments, films and other objects, and what only screen readers read have
    no text.

    Args:
        html: An HTML fragment or page; broken or empty HTML is fine.
    """
    return _render(html, indent="")


def _render(html: str, *, indent: str) -> str:
    """The fragment's text; `indent` stands for each column that code begins further in."""
    html = _UNWANTED.sub("", html)
    if "<![CDATA[" in html:
        html = _CDATA_MARKS.sub("", html)
    if not html.strip():
        return ""
    # Events instead of a tree: libxml2 cuts a tree off below 2,048 levels, words included, and
    # takes 12 s to build an element of 100,000 attributes that it reads in 0.05 s (2.14.6).
    dropped = _DROPPED | {name for name in _MEDIA if f"</{name}>" in html}
    parser = etree.HTMLParser(target=_TextTarget(dropped, indent), encoding="utf-8", huge_tree=True)
    # The opening <div> makes a document of a fragment that holds no element.
    text: str = etree.fromstring(f"<div>{html}".encode(), parser)
    return text


def html_to_article(html: str) -> str:
    """Returns the fragment's text, normalised, in which code keeps its indentation.

    Args:
        html: An HTML fragment or page.
    """
    return normalize_text(_render(html, indent=INDENT)).replace(INDENT, " ")


def indent_of(line: str) -> int:
    """Returns how many columns a line begins further in; a tab goes on to every fourth."""
    blanks = line[: len(line) - len(line.lstrip())][: 4 * MAX_INDENT]
    return len(blanks.expandtabs(4))


def shared_indent(lines: Iterable[str]) -> int:
    """Returns how many columns all of the lines that hold something begin further in."""
    return min((indent_of(line) for line in lines if line.strip()), default=0)


def html_to_line(html: str) -> str | None:
    """Returns the fragment's text on one line, or None if it has none.

    Args:
        html: An HTML fragment, such as a title.
    """
    return " ".join(html_to_text(html).split()) or None


class _TextTarget:
    """Receives lxml's parser events and answers with the text."""

    def __init__(self, dropped: frozenset[str], indent: str) -> None:
        self._dropped = dropped
        self._indent = indent
        self._blocks: list[str] = []
        self._pieces: list[str] = []
        self._depth = 0
        self._dropped_at: int | None = None
        self._is_beside_unseen = False
        self._pre_depth = 0

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        self._depth += 1
        if self._dropped_at is not None:
            return
        if tag in self._dropped:
            self._dropped_at = self._depth
        elif tag != "body" and is_unseen(attributes.get("class")):
            self._dropped_at, self._is_beside_unseen = self._depth, True
        elif tag == "br":
            self._pieces.append(_LINE_BREAK)
        elif tag in _CELLS:
            self._pieces.append(" ")
        elif tag in _BLOCKS:
            self._end_block()
        self._pre_depth += tag == "pre"

    def end(self, tag: str) -> None:
        self._depth -= 1
        if self._dropped_at is not None:
            if self._depth < self._dropped_at:
                self._dropped_at = None
            return
        if tag in _CELLS:
            self._pieces.append(" ")
        elif tag in _BLOCKS:
            self._end_block()
        self._pre_depth -= tag == "pre"

    def data(self, text: str) -> None:
        if self._dropped_at is not None:
            return
        if self._is_beside_unseen:
            self._is_beside_unseen = False
            text = f" {text}" if text[:1].isalnum() else text
        text = _UNWANTED.sub("", text)  # again: "&#0;" and its like are decoded by now
        self._pieces.append(text.replace("\n", _LINE_BREAK) if self._pre_depth else text)

    def close(self) -> str:
        self._end_block()
        return "\n\n".join(self._blocks)

    def _end_block(self) -> None:
        if not self._pieces:
            return
        written = "".join(self._pieces).split(_LINE_BREAK)
        lines = [" ".join(line.split()) for line in written]
        if self._pre_depth and self._indent:
            shared = shared_indent(written)
            columns = (min(MAX_INDENT, indent_of(line) - shared) for line in written)
            lines = [
                line and self._indent * far + line for line, far in zip(lines, columns, strict=True)
            ]
        self._pieces.clear()
        block: list[str] = []
        for line in [*lines, ""]:
            if line:
                block.append(line)
            elif block:
                self._blocks.append("\n".join(block))
                block = []
