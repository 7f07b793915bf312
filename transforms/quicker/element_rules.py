"""XPath rules about single elements, for which each value of an attribute is looked at once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from lxml.etree import Element
from lxml.html import HtmlElement

from feedlake.transforms.quicker.element_predicates import Condition, Test, compile_condition

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
    the first of them in a list if the rule asks for one. The rule is evaluated where it may hold.
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
        self._search = Search([condition])
        if not condition.tests or condition.denies or self._holds(Element("other")):
            raise ValueError(path)
        self._most = 1 if found else None

    def __call__(self, tree: HtmlElement) -> list[HtmlElement]:
        """Returns the descendants for which the rule holds, in document order."""
        found = filter(self._holds, self._search.find(tree, *self._tags))
        return list(islice(found, self._most))


class Search:
    """Finds elements for which one of some conditions may hold, which deny nothing.

    Such a condition can hold only for elements of some names, and where one of its tests is true of
    the value of an attribute. What the tests say of a value is remembered.
    """

    def __init__(self, conditions: list[Condition]) -> None:
        """Takes the conditions."""
        self._always = frozenset(
            tag for one in conditions for tag in one.tags if one.holds(Element(tag))
        )
        self._values: dict[str, _Values] = {}
        for condition in conditions:
            for name, tests in condition.tests.items():
                self._values.setdefault(name, _Values()).tests += tests

    def find(self, tree: HtmlElement, *tags: str) -> Iterator[HtmlElement]:
        """Yields descendants in document order.

        Args:
            tree: Their ancestor.
            tags: Their names.
        """
        asked, always = self._values, self._always
        for element in tree.iterdescendants(*tags):
            if always and element.tag in always:
                yield element
                continue
            for name, value in element.items():
                if name in asked and asked[name][value]:
                    yield element
                    break


class _Values(dict[str, bool]):
    """Whether one of the tests is true of a value of an attribute."""

    def __init__(self) -> None:
        super().__init__()
        self.tests: list[Test] = []

    def __missing__(self, value: str) -> bool:
        is_true = any(test(value) for test in self.tests)
        if len(value) <= _MAX_REMEMBERED_CHARS:
            if len(self) >= _MAX_REMEMBERED:
                self.clear()
            self[value] = is_true
        return is_true
