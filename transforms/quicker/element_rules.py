"""XPath rules about single elements, each asked once for all elements that look the same to it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from lxml.etree import XPath
from lxml.html import HtmlElement

from feedlake.transforms.quicker.element_predicates import Holds, compile_condition

NAMESPACES = {"re": "http://exslt.org/regular-expressions"}
"""Prefixes that rules may use (https://exslt.github.io/regexp/)."""

_ONLY_THE_FIRST = re.compile(r"\((?P<all>.*)\)\[1\]", re.S)
_BRANCH = re.compile(r"(^|\|)\s*\.//(?=[*\w])")
_LOOKS_ELSEWHERE = re.compile(
    r"/|(?<!self)::|\[\d+\]|\(\s*\.|\b(?:count|last|lang|node|position|text)\("
)
_ATTRIBUTE = re.compile(r"@([\w-]+)")
_EITHER = re.compile(r"@([\w-]+)\|@([\w-]+)")  # As a string: the one that comes first.
_TAGS = re.compile(r"self::\*\[(?P<tags>self::\w+(?: or self::\w+)*)\]\[(?!.*\|self::)", re.S)

_MAX_REMEMBERED = 4_096
"""Kinds of elements whose answer is kept: those of some 40 pages of as many sites, 1 MB a rule."""

_MAX_REMEMBERED_CHARS = 500
"""An element with longer attributes is asked each time."""


def _compile(own: str) -> Holds:
    try:
        return compile_condition(own)
    except ValueError:
        expression = XPath(f"boolean({own})", namespaces=NAMESPACES, smart_strings=False)
        return lambda element: bool(expression(element))


class ElementRule:
    """A rule such as `.//*[self::div][@class='x']`, which holds for an element or does not.

    Calling it with an element returns the descendants for which it holds, in document order, or
    the first of them in a list if the rule asks for one. What a rule says of an element depends on
    its name, on the attributes that the rule names, and sometimes on which of two comes first; so
    the XPath is evaluated only for the first of those that agree in these.
    """

    def __init__(self, path: str) -> None:
        """Takes the rule.

        Raises:
            ValueError: The rule asks for more than an element's name and attributes.
        """
        found = _ONLY_THE_FIRST.fullmatch(path.strip())
        branches = found["all"] if found else path
        own = _BRANCH.sub(r"\1self::", branches.strip())
        names = tuple(sorted(set(_ATTRIBUTE.findall(own))))
        if not names or _LOOKS_ELSEWHERE.search(own):
            raise ValueError(path)
        tagged = _TAGS.match(own)
        self._tags = ["*"]
        if tagged:
            self._tags = re.findall(r"self::(\w+)", tagged["tags"])
            own = f"self::*[{own[tagged.end() :]}"  # No others are asked about.
        self._asks_tag = own.count("self::") > 1 or not own.startswith("self::*")
        self._names = names
        self._pairs = tuple(set(_EITHER.findall(own)))
        self._holds = _compile(own)
        self._remembered: dict[tuple[str | None, ...], bool] = {}
        self._most = 1 if found else None

    def __call__(self, tree: HtmlElement) -> list[HtmlElement]:
        """Returns the descendants for which the rule holds, in document order."""
        return list(islice(self._matches(tree), self._most))

    def _matches(self, tree: HtmlElement) -> Iterator[HtmlElement]:
        names, pairs, remembered = self._names, self._pairs, self._remembered
        for element in tree.iterdescendants(*self._tags):
            get = element.get
            kind = (element.tag if self._asks_tag else None, *map(get, names))
            for pair in pairs:
                if None not in map(get, pair):
                    kind += (next(name for name in element.attrib if name in pair),)
            holds = remembered.get(kind)
            if holds is None:
                holds = self._ask(element, kind)
            if holds:
                yield element

    def _ask(self, element: HtmlElement, kind: tuple[str | None, ...]) -> bool:
        holds = self._holds(element)
        if sum(len(value) for value in kind if value) <= _MAX_REMEMBERED_CHARS:
            if len(self._remembered) >= _MAX_REMEMBERED:
                self._remembered.clear()
            self._remembered[kind] = holds
        return holds
