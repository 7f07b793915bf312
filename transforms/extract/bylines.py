"""Where pages show their authors."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice

from lxml.etree import XPath
from lxml.html import HtmlElement

from feedlake.transforms.normalize.names import comparable, find_names, is_post, may_be_person
from feedlake.transforms.normalize.text import normalize_line

_MIN_LINE_CHARS, _MAX_LINE_CHARS = 3, 120
_MAX_NAME_WORDS = 6
_MAX_CANDIDATES = 50
_LINES_BELOW = 12
"""Elements after the headline that may hold a line `By …`: the next are the text's."""
_LINES = ("p", "div", "span", "address", "h2", "h3", "h4", "h5")
_MAX_TEXTS, _MAX_HEADINGS, _MAX_IMAGES = 40, 10, 200
_SHOWN_TEXTS = XPath("descendant-or-self::*[not(self::style or self::script)]/text()")

_NAMED = re.compile(
    r"(?<![\w-])(?:(?>[\w-]*?(?:author|byline))[\w-]*?name|(?>[\w-]*?name)[\w-]*?author)", re.I
)
_BYLINE = re.compile(r"byline|(?:^|\s)author(?:\s|$)", re.I)
_WRITER = re.compile(r"author|writer", re.I)
# Parts of a page outside the article: comments, pictures, other stories.
_OF_OTHERS = re.compile(
    r"(?:^|[\s_]|(?<!has)(?<!no)(?<!with)-)comment(?!s?[-_](?:open|closed|status))"
    r"|(?:^|\s)(?:sidebar|related|quote)(?:\s|$)",
    re.I,
)
_NOT_SHOWN = frozenset(
    {"button", "figure", "form", "input", "label", "link", "meta", "script", "style"}
)
# What stands on buttons and links beside a byline.
_ELSEWHERE = re.compile(
    r"(?:about|all|articles|contact|follow(?:ing|ed)?|log|meet|more|name|other|posts|see|share|sign|subscribed?|"
    r"unfollow|view|your|abbrechen|abonnieren|abonn\u00e9|anmelden|folgen|gefolgt|s'abonner|suivre|"
    r"suivi|seguir|siguiendo|suscribirse|segui|seguici|iscriviti|volg|volgen|f\u00f8lg|f\u00f6lj|"
    r"obserwuj|teilen|partager|compartir)\b",
    re.I,
)
_BY = re.compile(
    r"(?:(?:article|posted|published|report|reported|story|text|words|written)\s+)?by\b:?(?:\s|$)"
    r"|(?:von|par|por)\b:?\s",
    re.I,
)
# A link to what somebody has written, and to nothing below it.
_AUTHORS_PAGE = re.compile(r"/(?:authors?|autor(?:en|es)?|auteurs?|writers?)/[^/?#]+/?(?:[?#]|$)")
_PERSON = re.compile(r"[\w.'\u2019-]+")

# A byline of its own pieces: `Written by:`, a picture, `Ann Lee`, `Staff writer`, a day.
_MAX_PIECES, _MAX_PIECE_CHARS, _MAX_SIBLINGS = 24, 120, 100
_BY_ALONE = re.compile(
    r"(?:(?:article|posted|published|report(?:ed)?|story|text|words|written)\s+)?by:?"
    r"|author:|(?:geschrieben|verfasst)\s+von:?|von:?|\u00e9crit par:?|par:?|escrito por:?|por:?"
    r"|scritto da:?|geschreven door:?|door:?",
    re.I,
)
_AND = re.compile(r"(?:and|&|,|und|et|y|e|og|och|en)", re.I)
_PIECE_ENDS = re.compile(r"(?:(?<!\s)\s+)?[|\u00b7\u2022\u30fb\u2013\u2014]\s*")
_DAY = re.compile(r"^(?=.{6,30}$).*\b(?:19|20)\d\d\b")
_WRITTEN_BY = re.compile(
    r"(?:article|story|text|words|written)\s+by\b:?\s+\S|(?:geschrieben|verfasst)\s+von\s+\S", re.I
)


def search_authors(tree: HtmlElement, *, site_names: Iterable[str]) -> tuple[str, ...]:
    """Returns the names in the first element that is marked as of authors and holds some.

    Args:
        tree: The page.
        site_names: What the site is called, which is nobody's name.
    """
    known = tuple(site_names)
    candidates = list(_candidates(tree))
    ranked = ((_rank(element), place) for place, element in enumerate(candidates))
    tried = sorted((rank, place) for rank, place in ranked if rank is not None)
    for rank, place in tried[:_MAX_CANDIDATES]:
        element = candidates[place]
        names = () if is_beside_article(element) else _names(element, known)
        if names and rank == 0:
            lines = (_line_of(other) or "" for other in _beside(element, candidates))
            return find_names([*names, *lines], site_names=known)
        if names:
            return names
    for element in _below_headline(tree):
        names = _names(element, known) if _BY.match(element.text.lstrip()) else ()
        if names and not any(name[0].islower() for name in names):
            return names
    return _in_pieces(tree, known) or _in_boxes(tree, candidates) or _in_signature(tree, known)


def _in_pieces(tree: HtmlElement, site_names: Iterable[str]) -> tuple[str, ...]:
    """The names in a byline below the headline whose words stand in elements of their own."""
    pieces = list(islice(_pieces_below_headline(tree), _MAX_PIECES))
    for place, piece in enumerate(pieces):
        if _BY_ALONE.fullmatch(piece):
            names = find_names([_joined(pieces[place + 1 :])], site_names=site_names)
            if names and all(map(is_written_as_person, names)):
                return names
    parts = [part for piece in pieces for part in _PIECE_ENDS.split(piece) if part]
    for place, part in enumerate(parts):
        if is_written_as_person(part):
            before, following = parts[place - 1 : place], parts[place + 1 : place + 2]
            is_beside_day = any(map(_DAY.search, (*before, *following)))
            if any(map(is_post, following)) or (is_beside_day and _is_pictured(tree, part)):
                return find_names([part], site_names=site_names)
    return ()


def _pieces_below_headline(tree: HtmlElement) -> Iterator[str]:
    """The short texts after the first `h1`, up to the first long one."""
    headings = (h1 for h1 in islice(tree.iterfind(".//h1"), _MAX_HEADINGS) if _line_of(h1))
    scope, left = next(headings, None), _MAX_SIBLINGS
    while scope is not None and scope.tag != "body":
        for sibling in islice(scope.itersiblings(), left):
            left -= 1
            if sibling.tag != "button" and is_beside_article(sibling):
                continue
            for text in _SHOWN_TEXTS(sibling):
                piece = normalize_line(text)
                if piece is not None and len(piece) > _MAX_PIECE_CHARS:
                    return
                if piece is not None:
                    yield piece
        scope = scope.getparent()


def _joined(pieces: list[str]) -> str:
    """The first piece, with those that a word for "and" joins to it."""
    joined = pieces[:1]
    for word, piece in zip(pieces[1::2], pieces[2::2], strict=False):
        if not _AND.fullmatch(word):
            break
        joined += [word, piece]
    return " ".join(joined)


def _in_boxes(tree: HtmlElement, candidates: Iterable[HtmlElement]) -> tuple[str, ...]:
    """The name that begins a box about the author, if the text in it or a picture says it again."""
    for element in islice(candidates, _MAX_CANDIDATES):
        if _rank(element) is None or is_beside_article(element):
            continue
        pieces = filter(None, map(normalize_line, islice(_SHOWN_TEXTS(element), _MAX_TEXTS)))
        first, second = next(pieces, ""), next(pieces, "")
        if is_written_as_person(first) and (
            second.startswith(f"{first} ") or _is_pictured(tree, first)
        ):
            return find_names([first])
    return ()


def _in_signature(tree: HtmlElement, site_names: Iterable[str]) -> tuple[str, ...]:
    """The names in lines such as `Written by Ann Lee` anywhere, if all name the same."""
    found = set()
    for element in tree.iter("p", "h2", "h3", "h4", "h5", "h6", "em", "strong"):
        if _WRITTEN_BY.match((element.text or "").lstrip()) and not is_beside_article(element):
            names = _names(element, site_names)
            if names and all(map(is_written_as_person, names)):
                found.add(names)
    return found.pop() if len(found) == 1 else ()


def is_written_as_person(name: str) -> bool:
    """Returns whether it is two or three words in capitals, none of a publication or a post."""
    words = name.split()
    is_name = all(word[0].isupper() and _PERSON.fullmatch(word) for word in words)
    return is_name and may_be_person(name) and not is_post(name)


def _is_pictured(tree: HtmlElement, name: str) -> bool:
    """Whether a picture's description begins with the name."""
    letters = comparable(name)
    alts = (image.get("alt") for image in islice(tree.iterfind(".//img[@alt]"), _MAX_IMAGES))
    return any(comparable(alt[: 2 * len(name)]).startswith(letters) for alt in alts)


def _candidates(tree: HtmlElement) -> Iterator[HtmlElement]:
    """The elements with a word for authors in an attribute, in half the time of an XPath."""
    for element in tree.iterdescendants("*"):
        values = "\0".join(element.values())
        # Parts of words: `author` and `Author`, `byline` and `Byline`.
        if "uthor" in values or "yline" in values or "writer" in values or "/aut" in values:
            yield element


def is_beside_article(element: HtmlElement) -> bool:
    """Returns whether the element is of a comment, a picture or a list, or is not shown."""
    if element.tag in _NOT_SHOWN:
        return True
    scope: HtmlElement | None = element
    while scope is not None and scope.tag not in ("body", "html"):
        names = f"{scope.get('class') or ''} {scope.get('id') or ''}"
        if scope.tag == "figure" or _OF_OTHERS.search(names):
            return True
        scope = scope.getparent()
    return False


def _rank(element: HtmlElement) -> int | None:
    """How surely the element is of the article's authors, 0 the most; None if not at all."""
    if element.get("rel") == "author" or "author" in (element.get("itemprop") or ""):
        return 0
    kind = element.get("class") or ""
    if _NAMED.search(kind):
        return 1
    if _BYLINE.search(kind):
        return 2
    if _WRITER.search(kind):
        return 3
    marks = f"{element.get('id') or ''} {element.get('data-component') or ''}"
    if _BYLINE.search(marks) or _WRITER.search(marks):
        return 4
    return 5 if element.tag == "a" and _AUTHORS_PAGE.search(element.get("href") or "") else None


def _names(element: HtmlElement, site_names: Iterable[str]) -> tuple[str, ...]:
    """The names in the element, if it holds nothing else."""
    line = _line_of(element)
    if line is None or len(line) < _MIN_LINE_CHARS or _ELSEWHERE.match(line):
        return ()
    names = find_names([line], site_names=site_names)
    return names if all(map(_may_be_name, names)) else ()


def _may_be_name(name: str) -> bool:
    """Whether it is short, and does not end in a small letter where it begins with a capital."""
    words = name.split()
    is_phrase = words[0][0].isupper() and words[-1][0].islower()
    return len(words) <= _MAX_NAME_WORDS and not is_phrase


def _line_of(element: HtmlElement) -> str | None:
    """The element's text as one line; None if it is longer than a byline, or empty."""
    line = ""
    has_code = next(element.iter("script", "style"), None) is not None
    texts = _SHOWN_TEXTS(element) if has_code else element.itertext()
    for text in islice(texts, _MAX_TEXTS):
        line = f"{line} {text.strip()}"
        if len(line) > _MAX_LINE_CHARS:
            return None
    return normalize_line(line)


def _beside(element: HtmlElement, candidates: list[HtmlElement]) -> Iterator[HtmlElement]:
    """The other elements of that kind in the same line: each author has one."""
    parent = element.getparent()
    for other in candidates:
        if other is not element and other.getparent() is parent and _rank(other) == 0:
            yield other


def _below_headline(tree: HtmlElement) -> Iterator[HtmlElement]:
    """The elements after the first `h1` with a text of their own."""
    headings = (h1 for h1 in islice(tree.iterfind(".//h1"), _MAX_HEADINGS) if _line_of(h1))
    scope, left = next(headings, None), _LINES_BELOW
    while scope is not None and scope.tag != "body":
        for sibling in scope.itersiblings():
            for element in sibling.iter(*_LINES):
                if element.text and not element.text.isspace():
                    yield element
                    left -= 1
                    if left == 0:
                        return
        scope = scope.getparent()
