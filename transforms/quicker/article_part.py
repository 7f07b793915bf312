"""The one element of a page that trafilatura takes its text from, copied without the rest of it.

trafilatura copies, cleans and converts all of a page, and then looks for that element. Where it's
known beforehand, and nothing around it can change what becomes of it, its own copy gives the same
text. If one of these conditions isn't met there is no part, and the whole page is read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

from lxml.etree import SubElement
from lxml.html import HtmlElement
from trafilatura import htmlprocessing, main_extractor
from trafilatura.settings import MANUALLY_CLEANED, Extractor
from trafilatura.xml import delete_element
from trafilatura.xpaths import BODY_XPATH

from feedlake.transforms.quicker.element_predicates import compile_condition
from feedlake.transforms.quicker.element_rules import Search

_BECOME_DIVISIONS = ("details", "figure", "form", "table")
"""Elements of which trafilatura may make `div`, of which its rules for that element ask."""

_FRAMES = ("article", "div", "main", "section", *_BECOME_DIVISIONS)

_AROUND = frozenset({"article", "body", "center", "div", "header", "html", "main", "section"})
"""Elements that leave what is in them as it is, all through the cleaning and the conversion."""

_NEST_NEVER = frozenset(
    {"area", "embed", "frame", "input", "link", "param", "script", "source", "style", "track"}
)
"""Of the elements that are cleaned away, those that can't hold one of their own name."""

_MIN_CHARS = 750
"""trafilatura asks for that much text in paragraphs, else it reads `div` as paragraphs, too."""

_MIN_DIVISION_CHARS = 300
"""A division with less text may be a block of links, depending on what is behind it."""

_extract = main_extractor._extract


class UnsureError(ValueError):
    """What becomes of the part depends on what's around it."""


def find_part(tree: HtmlElement) -> HtmlElement | None:
    """Returns the element of the page that the text will be taken from, if that's sure.

    Args:
        tree: The page, as it came.
    """
    found = _FRAME.find(tree)
    if (
        found is None
        or found.tag in _BECOME_DIVISIONS
        or any(one.tag not in _AROUND for one in found.iterancestors())
        or not _has_text(found)
        or any(_nests(tree, name) for name in _cleaned_in(found))
    ):
        return None
    return found


class _Frame:
    """trafilatura's rules for that element, all asked in one walk, of a page as it came.

    They hold also for what the conversion makes a division of. The first rule that holds for any
    element counts, and of its elements the first.
    """

    def __init__(self, paths: list[str]) -> None:
        rules = [compile_condition(_of_element(path)) for path in paths]
        self._rules = [rule.holds for rule in rules]
        self._search = Search(rules)

    def find(self, tree: HtmlElement) -> HtmlElement | None:
        """Returns the first element for which the first rule holds that holds for any."""
        best, rules = None, self._rules
        for element in self._search.find(tree, *_FRAMES):
            for place, holds in enumerate(rules):
                if holds(element):
                    best, rules = element, rules[:place]  # Only an earlier rule counts more.
                    break
            if not rules:
                break
        return best


def _of_element(path: str) -> str:
    """A rule such as `(.//*[self::article or self::div][@id])[1]` as a condition on an element."""
    own = path.strip().removesuffix("[1]").replace(")[1]|(", "|")
    own = own[1:-1] if own.startswith("(") else own
    others = "".join(f"self::{name} or " for name in _BECOME_DIVISIONS)
    own = own.replace("[self::article or", f"[{others}self::article or")
    return re.sub(r"(^|\|)\s*\.//", r"\1self::", own)


_FRAME = _Frame([str(rule.path) for rule in BODY_XPATH])


def extract_part(part: HtmlElement, options: Extractor) -> tuple[HtmlElement, list[Any]]:
    """Returns the root of a page that has nothing but the part, and what to set for its extraction.

    Args:
        part: What `find_part` found.
        options: Those of the call.

    Raises:
        UnsureError: A form in it may be its frame.
    """
    around = [one.tag for one in part.iterancestors()]
    copied: HtmlElement = deepcopy(part)
    copied.tail = None
    root = outer = deepcopy(part.makeelement(around.pop())) if around else copied
    for tag in reversed(around):
        outer = SubElement(outer, tag)
    if outer is not copied:
        outer.append(copied)
    htmlprocessing.tree_cleaning(root, options)
    return htmlprocessing.convert_tags(root, options), [
        (main_extractor, "BODY_XPATH", [lambda _: [copied]]),
        (main_extractor, "_extract", _extract_surely),
        (main_extractor, "deepcopy", lambda one: one if one is root else deepcopy(one)),
        (main_extractor, "recover_wild_text", _refuse),
    ]


def handle_forms(tree: HtmlElement) -> None:
    """Stands for trafilatura's `_handle_forms`, which compares forms with all text of a page.

    Raises:
        UnsureError: A form has half of the part's text.
    """
    forms = list(tree.iter("form"))
    total = len(tree.text_content()) if forms else 0
    for form in forms:
        if len(form.text_content()) > total / 2:
            raise UnsureError
        delete_element(form)


def _extract_surely(tree: HtmlElement, options: Extractor) -> tuple[Any, str, set[str]]:
    body, text, tags = _extract(tree, options)
    if (
        "div" in tags
        or sum(one.tag != "graphic" for one in body) <= 1
        or len(" ".join(text.split())) <= _MIN_DIVISION_CHARS
    ):
        raise UnsureError
    return body, text, tags


def _refuse(*_: Any) -> None:
    raise UnsureError


def _has_text(found: HtmlElement) -> bool:
    chars = 0
    for paragraph in found.iter("p"):
        chars += len(paragraph.text_content())
        if chars >= _MIN_CHARS:
            return True
    return False


def _cleaned_in(found: HtmlElement) -> Iterator[Any]:
    names = [name for name in MANUALLY_CLEANED if name not in _NEST_NEVER]
    yield from dict.fromkeys(element.tag for element in found.iter(*names))


def _nests(tree: HtmlElement, name: str) -> bool:
    """Whether an element of that name holds another one of it in a page.

    trafilatura deletes elements under lxml's iterator, which follows the inner one out of the page,
    so all behind it stay.
    """
    inner = (next(element.iterdescendants(name), None) for element in tree.iter(name))
    return any(one is not None for one in inner)
