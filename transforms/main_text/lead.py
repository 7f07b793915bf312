"""The lead of an article, where it stands beside the element that holds the body.

Pages put a standfirst below the headline, often outside of what an extractor takes for the
article: that begins with the first paragraph.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from lxml.html import HtmlElement

from feedlake.transforms.normalize.names import comparable
from feedlake.transforms.normalize.text import normalize_line

_MAX_ELEMENTS, _MAX_BLOCKS, _MAX_LEVELS, _MAX_PARAGRAPHS = 60, 20, 5, 2
"""How far below the headline a lead is looked for; behind two long paragraphs there is none."""

_MIN_CHARS, _MAX_CHARS = 25, 1_000
_SENTENCE_CHARS = 40
_MAX_LINK_SHARE = 0.3
_SAME_CHARS = 60
"""Beginnings of that length, without white space, say that two texts are the same."""

_PARAGRAPHS, _HEADERS = ("p", "h2", "h3", "h4"), ("header", "hgroup")
_HOLDERS = frozenset({
    "p", "h2", "h3", "h4", "div", "span", "section", "strong", "em", "summary", "blockquote",
    "aside",
})  # fmt: skip
_BLOCKS = (
    "article", "blockquote", "div", "figure", "footer", "form", "h1", "h2", "h3", "h4", "header",
    "hr", "main", "ol", "p", "pre", "section", "table", "ul", "script", "style", "time", "button",
)  # fmt: skip
_PASSED = frozenset({
    "address", "aside", "audio", "button", "dialog", "dl", "figcaption", "figure", "footer", "form",
    "iframe", "menu", "nav", "noscript", "ol", "picture", "pre", "script", "select", "style", "svg",
    "table", "template", "time", "ul", "video",
})  # fmt: skip
_NAMES = ("class", "id", "itemprop", "role", "data-testid")

# What pages call a lead, in a class or the like, in English and the languages of their makers.
_LEAD = re.compile(
    r"stand-?first|\blede?\b|\blead(?![a-z])|\bde[ck]k?\b|sub-?(?:title|head|line|deck)|summary"
    r"|intro|excerpt|abstract|teaser|description|alternativeheadline|chapo|chapeau|\bsapo\b|ingress"
    r"|vorspann|entradilla|bajada|sottotitolo|occhiello|sommario|strap-?line|preamble|manchet|perex",
    re.I,
)
# What else stands below a headline.
_OTHER = re.compile(
    r"by-?line|author|timestamp|caption|credit|share|social|breadcrumb|topic|categor|related|promo"
    r"|newsletter|subscri|sign-?(?:in|up)|advert|sponsor|cookie|consent|comment|rating|menu|nav"
    r"|button|audio|video|player|image|photo|gallery|widget|disclaim|disclos|affiliate|hidden"
    r"|read-?(?:time|more)|reading|paywall|login|site-"
    r"|\b(?:date|time|ads?|meta|info|tools?|bar|tags?)\b",
    re.I,
)
_SENTENCE_END = re.compile("[.!?\u2026\u3002\uff01\uff1f\u0964\u06d4][\"'\u201d\u2019\u00bb)]*$")


@dataclass(frozen=True)
class Block:
    """A block of text below a headline.

    Attributes:
        text: On one line.
        is_called_lead: Whether its own name or that of what holds it says that it is a lead.
        is_sentence: Whether it is a paragraph or heading that ends as a sentence does.
        is_possible: Whether it is neither too short nor too long, has few links, and no name that
            says that it is something else.
    """

    text: str
    is_called_lead: bool
    is_sentence: bool
    is_possible: bool


def find_blocks(tree: HtmlElement, *, title: str | None) -> list[Block]:
    """Returns the first blocks of text below the headline; none if the page has no headline.

    Args:
        tree: The page.
        title: The article's, which tells its headline among others.
    """
    headline = _find_headline(tree, comparable(title or ""))
    blocks: list[Block] = []
    paragraphs = 0
    for element, holders in _below(headline) if headline is not None else ():
        text = normalize_line("".join(element.itertext()))
        if text is None:
            continue
        link_chars = sum(len("".join(link.itertext())) for link in element.iter("a"))
        is_called_lead = _LEAD.search(_names([*holders[-1:], element])) is not None
        is_possible = (
            _MIN_CHARS <= len(text) <= _MAX_CHARS
            and link_chars <= _MAX_LINK_SHARE * len(text)
            and _OTHER.search(_names([*holders, element])) is None
        )
        is_sentence = (
            (element.tag in _PARAGRAPHS or element.getparent().tag in _HEADERS)
            and len(text) >= _SENTENCE_CHARS
            and _SENTENCE_END.search(text) is not None
        )
        blocks.append(Block(text, is_called_lead, is_sentence, is_possible))
        paragraphs += element.tag == "p" and len(text) > 2 * _SENTENCE_CHARS and not is_called_lead
        if len(blocks) >= _MAX_BLOCKS or paragraphs > _MAX_PARAGRAPHS:
            break
    return blocks


def _find_headline(tree: HtmlElement, letters: str) -> HtmlElement | None:
    """The heading that is the title, or the first one of the first rank."""
    first = None
    for heading in tree.iter("h1", "h2"):
        text = "".join(heading.itertext()).strip()
        if text and letters and comparable(text) == letters:
            return heading
        if text and heading.tag == "h1" and first is None:
            first = heading
    return first


def _below(headline: HtmlElement) -> Iterator[tuple[HtmlElement, list[HtmlElement]]]:
    """The blocks behind the headline in its parents, and what holds each."""
    seen = [0]
    place: HtmlElement | None = headline
    for _ in range(_MAX_LEVELS):
        if place is None or place.tag == "body":
            return
        for sibling in place.itersiblings():
            yield from _blocks_in(sibling, [], seen)
        place = place.getparent()


def _blocks_in(
    element: HtmlElement, holders: list[HtmlElement], seen: list[int]
) -> Iterator[tuple[HtmlElement, list[HtmlElement]]]:
    seen[0] += 1
    if seen[0] > _MAX_ELEMENTS:
        return
    if element.tag in _PASSED and (element.tag != "aside" or not _LEAD.search(_names([element]))):
        return
    if len(element) and next(element.iterdescendants(*_BLOCKS), None) is not None:
        for child in element:
            yield from _blocks_in(child, [*holders, element], seen)
    elif element.tag in _HOLDERS:
        yield element, holders


def _names(elements: Iterable[HtmlElement]) -> str:
    names = (element.get(name) for element in elements for name in _NAMES)
    return " ".join(filter(None, names)).replace("_", "-")


def find_leads(
    blocks: list[Block], text: str, *, title: str | None, excerpt: str | None
) -> list[str]:
    """Returns what stands between the headline and the text, and belongs to the article.

    That is what the page calls a lead, what it gives as its description, and a sentence right
    below the headline.

    Args:
        blocks: What `find_blocks` found.
        text: The main text.
        title: The article's.
        excerpt: The page's description.
    """
    above: list[Block] = []
    for block in blocks:
        if len(block.text) >= _MIN_CHARS and block.text[:_SAME_CHARS] in text:
            break
        above.append(block)
    is_complete = len(above) < len(blocks)
    known = {comparable(title or "")}
    leads: list[str] = []
    for place, block in enumerate(above):
        is_excerpt = bool(excerpt) and _beginning(excerpt or "") == _beginning(block.text)
        is_first = place == 0 and block.is_sentence and is_complete
        if not block.is_possible or not (block.is_called_lead or is_excerpt or is_first):
            continue
        letters = comparable(block.text)
        if letters not in known and _beginning(block.text) not in "".join(text.split()):
            known.add(letters)
            leads.append(block.text)
            if not is_complete:
                break
    return leads


def _beginning(text: str) -> str:
    return "".join(text.split())[:_SAME_CHARS]
