"""The prose of a page by a cheap rule, for pages that are too much for the thorough one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape

from lxml import etree

from feedlake.transforms.normalize.scripts import UNSPACED

PROSE = "lxml prose 1"
"""The extractor's name where this rule gave the text, and its version."""

MAX_TAGS = 100_000
"""Tags of a page from which this rule is tried first. Pages of 100,000 to 400,000 tags kept
trafilatura busy for 8 to over 45 s (2026-11); the largest of 181 news pages has 17,000."""

MAX_ATTRIBUTES = 200_000
"""The same for attributes."""

MAX_OWN_ATTRIBUTES = 10_000
"""The same for attributes of one element. For each, libxml2 walks past those before it: 10,000 take
0.2 s, 40,000 take 7 s and 100,000 over 45 s (libxml2 2.14, 2026-11)."""

_TAG_BYTES, _ATTRIBUTE_BYTES = 3, 4
"""The shortest that there are, `<b>` and `a=1 `: in smaller pages their signs needn't be counted,
which takes 0.1 ms (2026-11)."""

_QUOTED = re.compile(rb"\"[^\"]*\"|'[^']*'")

_MIN_BLOCK_CHARS = 60
_MIN_WORDS = 8
_MAX_WORD_CHARS = 12  # Mean length; 5 in English, 8 in Finnish. Scripts without spaces: below.
_MAX_LINK_SHARE = 0.4
_MAX_BLOCKS = 5_000
_MAX_HEAD_TAGS = 200
_HEAD_CHARS = 4_096
_MAX_HEAD_CHARS = 2_000
_HEAD_ATTRIBUTES = ("name", "property", "http-equiv", "content", "rel", "href", "itemprop")
_DROPPED = frozenset({
    "script", "style", "template", "noscript", "iframe", "nav", "footer", "aside", "form",
    "button", "select", "svg", "textarea", "object", "title", "dialog", "menu",
})  # fmt: skip
_INLINE = frozenset({
    "a", "abbr", "b", "bdi", "bdo", "cite", "code", "data", "del", "dfn", "em", "font", "i", "ins",
    "kbd", "mark", "q", "s", "samp", "small", "span", "strike", "strong", "sub", "sup", "time",
    "tt", "u", "var", "wbr", "img",
})  # fmt: skip
_SENTENCE = re.compile("[.!?\u2026\u3002\uff01\uff1f\u0964\u06d4]")
_UNSPACED = re.compile(f"[{UNSPACED}]")
_UNWANTED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


@dataclass(frozen=True)
class Prose:
    """What the rule finds.

    Attributes:
        text: Paragraphs with sentences, one blank line apart; empty if there are none.
        head: HTML of a page with the same title, `meta` and `link` elements, and no more.
    """

    text: str
    head: str


def is_costly(body: str | bytes) -> bool:
    """Returns whether a page is so large that the cheap rule should be tried first."""
    return (
        (len(body) > _TAG_BYTES * MAX_TAGS and _count(body, "<") > MAX_TAGS)
        or (len(body) > _ATTRIBUTE_BYTES * MAX_ATTRIBUTES and _count(body, "=") > MAX_ATTRIBUTES)
        or (len(body) > _ATTRIBUTE_BYTES * MAX_OWN_ATTRIBUTES and _has_crowded_tag(body))
    )


def _has_crowded_tag(body: str | bytes) -> bool:
    """Whether one element has very many attributes, as far as no value of them holds `<` or `>`.

    A long value, such as a picture or a page's data in JSON, is one.
    """
    content = body.encode("utf-8", "replace") if isinstance(body, str) else body
    least = _ATTRIBUTE_BYTES * MAX_OWN_ATTRIBUTES
    tags = [piece.rpartition(b"<")[2] for piece in content.split(b">") if len(piece) > least]
    return any(len(_QUOTED.sub(b" ", tag).split()) > MAX_OWN_ATTRIBUTES for tag in tags)


def _count(body: str | bytes, sign: str) -> int:
    return body.count(sign) if isinstance(body, str) else body.count(sign.encode())


def find_prose(html: str) -> Prose:
    """Returns the page's prose: blocks of text with sentences and few links, each once.

    Args:
        html: The page; its cost grows with its length and with nothing else.
    """
    # Events instead of a tree: see `html_to_text`.
    target = _Target()
    parser = etree.HTMLParser(target=target, encoding="utf-8", huge_tree=True)
    html = _UNWANTED.sub("", html)
    if "<html" not in html[:_HEAD_CHARS].lower():
        html = f"<div>{html}"  # Without any element there would be no document.
    found: Prose = etree.fromstring(html.encode(), parser)
    return found


class _Target:
    """Receives lxml's parser events and answers with the prose."""

    def __init__(self) -> None:
        self._blocks: dict[str, None] = {}
        self._pieces: list[str] = []
        self._link_chars = 0
        self._dropped = self._links = 0
        self._title: list[str] | None = None
        self._titles: list[str] = []
        self._head: list[str] = []
        self._language = ""

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        if tag in ("meta", "link") and len(self._head) < _MAX_HEAD_TAGS:
            self._head.append(_head_tag(tag, attributes))
        elif tag == "html":
            self._language = attributes.get("lang", "")[:40]
        elif tag == "title" and not self._titles:
            self._title = []
        if tag in _DROPPED:
            self._dropped += 1
        elif tag == "a":
            self._links += 1
        elif tag not in _INLINE:
            self._end_block()

    def end(self, tag: str) -> None:
        if tag == "title" and self._title is not None:
            self._titles.append("".join(self._title)[:_MAX_HEAD_CHARS])
            self._title = None
        if tag in _DROPPED:
            self._dropped -= 1
        elif tag == "a":
            self._links -= 1
        elif tag not in _INLINE:
            self._end_block()

    def data(self, text: str) -> None:
        if self._title is not None:
            self._title.append(text)
        if self._dropped <= 0:
            self._pieces.append(text)
            if self._links > 0:
                self._link_chars += len(text)

    def close(self) -> Prose:
        self._end_block()
        title = f"<title>{escape(self._titles[0])}</title>" if self._titles else ""
        head = "".join([title, *self._head])
        language = f' lang="{escape(self._language)}"' if self._language else ""
        page = f"<html{language}><head>{head}</head><body></body></html>"
        return Prose("\n\n".join(self._blocks), page)

    def _end_block(self) -> None:
        if not self._pieces:
            return
        words = "".join(self._pieces).split()
        link_chars, self._link_chars = self._link_chars, 0
        self._pieces.clear()
        block = " ".join(words)
        if len(self._blocks) < _MAX_BLOCKS and _is_prose(block, words, link_chars):
            self._blocks.setdefault(block)


def _is_prose(block: str, words: list[str], link_chars: int) -> bool:
    if len(block) < _MIN_BLOCK_CHARS or link_chars > _MAX_LINK_SHARE * len(block):
        return False
    if _SENTENCE.search(block) is None:
        return False
    if _UNSPACED.search(block[:_MIN_BLOCK_CHARS]):
        return len(set(block)) > _MIN_WORDS
    return len(set(words)) >= _MIN_WORDS and len(block) <= _MAX_WORD_CHARS * len(words)


def _head_tag(tag: str, attributes: Mapping[str, str]) -> str:
    given = ((name, attributes.get(name)) for name in _HEAD_ATTRIBUTES)
    kept = [f'{name}="{escape(value[:_MAX_HEAD_CHARS])}"' for name, value in given if value]
    return f"<{tag} {' '.join(kept)}>"
