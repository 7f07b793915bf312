"""XPath rules about single elements, which look at each value of an attribute once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from lxml.etree import Element
from lxml.html import HtmlElement

from feedlake.transforms.quicker.element_predicates import Test, compile_condition

NAMESPACES = {"re": "http://exslt.org/regular-expressions"}
"""Prefixes that rules may use (https://exslt.github.io/regexp/)."""

_ONLY_THE_FIRST = re.compile(r"\((?P<all>.*)\)\[1\]", re.S)
_BRANCH = re.compile(r"(^|\|)\s*\.//(?=[*\w])")
_TAGS = re.compile(r"self::\*\[(?P<tags>self::\w+(?: or self::\w+)*)\]\[(?!.*\|self::)", re.S)

_MAX_REMEMBERED = 4_096
"""Values of an attribute whose answer is kept: those of some 40 pages of as many sites, 1 MB."""

_MAX_REMEMBERED_CHARS = 500
"""Longer values are asked about each time."""


class ElementRule:
    """A rule such as `.//*[self::div][@class='x']`, which holds for an element or does not.

    Calling it with an element returns the descendants for which it holds, in document order, or
    the first of them in a list if the rule asks for one. It can hold only for elements of some
    names, and where one of its tests is true of the value of an attribute. What the tests say of a
    value is remembered, and the whole rule evaluated where one of them is true.
    """

    def __init__(self, path: str) -> None:
        """Takes the rule.

        Raises:
            ValueError: The rule asks for more than an element's name and attributes.
        """
        found = _ONLY_THE_FIRST.fullmatch(path.strip())
        branches = found["all"] if found else path
        own = _BRANCH.sub(r"\1self::", branches.strip())
        tagged = _TAGS.match(own)
        self._tags = ["*"]
        if tagged:
            self._tags = re.findall(r"self::(\w+)", tagged["tags"])
            own = f"self::*[{own[tagged.end() :]}"  # No others are asked about.
        try:
            condition = compile_condition(own)
        except ValueError:
            raise ValueError(path) from None
        self._holds = condition.holds
        self._values = {name: _Values(tests) for name, tests in condition.tests.items()}
        self._always = frozenset(tag for tag in condition.tags if self._holds(Element(tag)))
        if not self._values or condition.denies or self._holds(Element("other")):
            raise ValueError(path)
        self._most = 1 if found else None

    def __call__(self, tree: HtmlElement) -> list[HtmlElement]:
        """Returns the descendants for which the rule holds, in document order."""
        return list(islice(self._matches(tree), self._most))

    def _matches(self, tree: HtmlElement) -> Iterator[HtmlElement]:
        asked, always, holds = self._values, self._always, self._holds
        for element in tree.iterdescendants(*self._tags):
            if always and element.tag in always:
                yield element
                continue
            for name, value in element.items():
                if name in asked and asked[name][value] and holds(element):
                    yield element
                    break


class _Values(dict[str, bool]):
    """Whether one of the tests is true of a value of an attribute."""

    def __init__(self, tests: list[Test]) -> None:
        super().__init__()
        self._tests = tests

    def __missing__(self, value: str) -> bool:
        is_true = any(test(value) for test in self._tests)
        if len(value) <= _MAX_REMEMBERED_CHARS:
            if len(self) >= _MAX_REMEMBERED:
                self.clear()
            self[value] = is_true
        return is_true
