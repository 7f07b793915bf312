"""The lead of an article, where it stands beside the element that holds the body.

Pages put a standfirst or a list of the main points below the headline, or above it, often outside
of what an extractor takes for the article: that begins with the first paragraph.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from lxml.etree import XPath
from lxml.html import HtmlElement

from feedlake.transforms.normalize.names import comparable
from feedlake.transforms.normalize.text import normalize_line

_MAX_ELEMENTS, _MAX_BLOCKS, _MAX_LEVELS, _MAX_PARAGRAPHS = 60, 20, 5, 2
"""How far below the headline a lead is looked for; behind two long paragraphs there is none."""

_MIN_CHARS, _MAX_CHARS = 25, 1_000
_SENTENCE_CHARS = 40
_MAX_NAMES_CHARS = 2_000
_MAX_LINK_SHARE = 0.3
_SAME_CHARS = 60
"""Beginnings of that length, without white space, say that two texts are the same."""

_LISTS, _PARAGRAPHS = ("ul", "ol"), ("p", "h2", "h3", "h4")
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
    "iframe", "menu", "nav", "noscript", "picture", "pre", "script", "select", "style", "svg",
    "table", "template", "time", "video",
})  # fmt: skip
_MAX_ABOVE, _MIN_ITEMS, _MAX_ITEMS, _MIN_ITEM_CHARS = 12, 2, 8, 20
_NAMES = ("class", "id", "itemprop", "role", "data-testid")

_NOTHING = frozenset({"script", "style", "link", "meta", "noscript", "template", "br"})
_PICTURES_AND_FORMS = ("img", "picture", "video", "svg", "form", "input")
_TEXTS_AND_BREAKS = XPath("descendant::text()|descendant::br")
_CLOCK = re.compile(r"\d:\d\d")

# What pages call a lead, in a class or the like, in English and the languages of their makers.
_LEAD = re.compile(
    r"stand-?first|\blede?\b|\blead(?![a-z])|\bde[ck]k?\b|sub-?(?:title|head|line|deck)|summary"
    r"|intro|excerpt|abstract|teaser|description|alternativeheadline|chapo|chapeau|\bsapo\b|ingress"
    r"|vorspann|entradilla|bajada|sottotitolo|occhiello|sommario|strap-?line|preamble|manchet|perex",
    re.I,
)
# What they call a list of the main points.
_POINTS = re.compile(
    r"key-?(?:points?|facts?|takeaways?)|takeaways?|highlights?|bullets?|at-a-glance|tl-?dr"
    r"|essentiel|wichtigste|puntos|overview",
    re.I,
)
# What else stands below a headline.
_OTHER = re.compile(
    r"by-?line|author|timestamp|caption|credit|share|social|breadcrumb|topic|categor|related|promo"
    r"|newsletter|subscri|sign-?(?:in|up)|advert|sponsor|cookie|consent|comment|rating|menu|nav"
    r"|button|message|success|error|alert|notice|toast|audio|video|player|image|photo|gallery|widget|disclaim|disclos|affiliate|hidden"
    r"|read-?(?:time|more)|reading|paywall|login|site-"
    r"|\b(?:date|time|ads?|meta|info|tools?|bar|tags?)\b",
    re.I,
)
_SENTENCE_END = re.compile("[.!?\u2026\u3002\uff01\uff1f\u0964\u06d4][\"'\u201d\u2019\u00bb)]*$")


@dataclass(frozen=True)
class Block:
    """A block of text below a headline.

    Attributes:
        parts: Its text, a line for each item of a list.
        is_list: Whether it is a list.
        is_called_lead: Whether its own name or that of what holds it says that it is a lead.
        is_above: Whether it stands above the headline.
        is_sentence: Whether it ends as a sentence does; of a list, whether it can be one of points.
        is_possible: Whether it is neither too short nor too long, and has few links.
        names: What the page calls it, and what holds it, at most 2,000 characters.
    """

    parts: tuple[str, ...]
    is_list: bool
    is_above: bool
    is_called_lead: bool
    is_sentence: bool
    is_possible: bool
    names: str


def find_blocks(tree: HtmlElement, *, title: str | None) -> list[Block]:
    """Returns the first blocks of text below the headline; none if the page has no headline.

    Args:
        tree: The page.
        title: The article's, which tells its headline among others.
    """
    headline = _find_headline(tree, comparable(title or ""))
    if headline is None:
        return []
    blocks = [
        block
        for element in _above(headline)
        if (block := _read(element, [], is_above=True)) and block.is_called_lead
    ]
    paragraphs = 0
    for element, holders in _below(headline):
        block = _read(element, holders, is_above=False)
        if block is None:
            continue
        blocks.append(block)
        is_long = len(block.parts[0]) > 2 * _SENTENCE_CHARS
        paragraphs += element.tag == "p" and is_long and not block.is_called_lead
        if len(blocks) >= _MAX_BLOCKS or paragraphs > _MAX_PARAGRAPHS:
            break
    return blocks


def _read(element: HtmlElement, holders: list[HtmlElement], *, is_above: bool) -> Block | None:
    """The block that an element is, or None if it has no text."""
    is_list = element.tag in _LISTS
    texts = map(_text_of, element.iterchildren("li")) if is_list else (_text_of(element),)
    parts = tuple(text for text in texts if text)
    if not parts:
        return None
    chars = sum(map(len, parts))
    link_chars = sum(len("".join(link.itertext())) for link in element.iter("a"))
    names = _names([*holders[-1:], element])
    is_called_lead = _LEAD.search(names) is not None
    if is_list:
        is_called_lead = is_called_lead or _POINTS.search(names) is not None
        is_sentence = (
            _MIN_ITEMS <= len(parts) <= _MAX_ITEMS
            and min(map(len, parts)) >= _MIN_ITEM_CHARS
            and link_chars == 0
            and not any(map(_CLOCK.search, parts))
        )
    else:
        is_sentence = len(parts[0]) >= _SENTENCE_CHARS and bool(_SENTENCE_END.search(parts[0]))
        is_sentence &= element.tag in _PARAGRAPHS or not _is_of_picture_or_form(element)
    is_possible = _MIN_CHARS <= chars <= _MAX_CHARS and link_chars <= _MAX_LINK_SHARE * chars
    return Block(
        parts,
        is_list=is_list,
        is_above=is_above,
        is_called_lead=is_called_lead,
        is_sentence=is_sentence,
        is_possible=is_possible,
        names=_names([*holders, element])[:_MAX_NAMES_CHARS],
    )


def _is_of_picture_or_form(element: HtmlElement) -> bool:
    """Whether a picture or a form stands right before the element, which may be of that."""
    place: HtmlElement | None = element
    for _ in range(_MAX_LEVELS):
        if place is None:
            return False
        for before in islice(place.itersiblings(preceding=True), _MAX_ABOVE):
            if before.tag not in _NOTHING and isinstance(before.tag, str):
                return next(before.iter(*_PICTURES_AND_FORMS), None) is not None
        place = place.getparent()
    return False


def _text_of(element: HtmlElement) -> str | None:
    """The element's text on one line, with a blank for each break."""
    if next(element.iterdescendants("br"), None) is None:
        return normalize_line("".join(element.itertext()))
    pieces = (piece if isinstance(piece, str) else " " for piece in _TEXTS_AND_BREAKS(element))
    return normalize_line("".join(pieces))


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


def _above(headline: HtmlElement) -> Iterator[HtmlElement]:
    """The elements before the headline in the parents that hold it, without those of the site."""
    place: HtmlElement | None = headline
    left = _MAX_ABOVE
    for _ in range(_MAX_LEVELS):
        if place is None or place.tag in ("body", "main"):
            return
        for sibling in place.itersiblings(preceding=True):
            left -= 1
            if left < 0:
                return
            if sibling.tag in _HOLDERS and next(sibling.iter(*_BLOCKS[1:]), sibling) is sibling:
                yield sibling
        place = place.getparent()


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
    if element.tag in _LISTS:
        yield element, holders
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
    beside = [block for block in blocks if block.is_above]
    below = [block for block in blocks if not block.is_above]
    for place, block in enumerate(below):
        if len(block.parts[0]) >= _MIN_CHARS and block.parts[0][:_SAME_CHARS] in text:
            below = below[:place]
            break
    else:
        place = -1
    is_complete = place >= 0
    first = next((block for block in below if len(block.parts[0]) >= _MIN_ITEM_CHARS), None)
    known = {comparable(title or "")}
    solid = ""
    leads: list[str] = []
    for block in [*beside, *below]:
        begin = _beginning(block.parts[0])
        is_excerpt = bool(excerpt) and _beginning(excerpt or "") == begin
        is_meant = block.is_called_lead and (
            block.is_sentence or not (block.is_above or block.is_list)
        )
        is_first = block is first and block.is_sentence and is_complete
        if not block.is_possible or not (is_meant or is_excerpt or is_first):
            continue
        if _OTHER.search(block.names):
            continue
        solid = solid or "".join(text.split())
        letters = comparable(block.parts[0])
        if letters not in known and begin not in solid:
            known.add(letters)
            leads += [f"- {part}" for part in block.parts] if block.is_list else block.parts
            if not is_complete:
                break
    return leads


def _beginning(text: str) -> str:
    return "".join(text.split())[:_SAME_CHARS]
