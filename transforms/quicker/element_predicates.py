"""Conditions about a single element, written in XPath, as functions of Python.

lxml takes 3 us to begin with an expression, most of these functions less than one in all.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from lxml.html import HtmlElement

Holds = Callable[[HtmlElement], bool]
"""Whether something is true of an element."""

_Text = Callable[[HtmlElement], str]
Test = Callable[[str], object]
"""Whether something is true of an attribute's value."""

_TOKEN = re.compile(r"\s*(?:('[^']*')|([@\w](?:[\w-]|:(?=\w))*(?:::[\w*]+)?)|([()\[\]|=,]))\s*")
_SELF = "self::"


@dataclass(frozen=True)
class Condition:
    """A condition, and what it asks.

    Attributes:
        holds: Whether it's true of an element.
        tests: What it asks of the value of each attribute.
        tags: The names of elements that it asks for.
        denies: Whether it can be true because a test is not.
    """

    holds: Holds
    tests: dict[str, list[Test]]
    tags: frozenset[str]
    denies: bool


def compile_condition(path: str) -> Condition:
    """Returns a union of conditions such as `self::div[@id='x']`.

    Args:
        path: Of conditions on the element's name and on its attributes only.

    Raises:
        ValueError: Something else is in it.
    """
    reader = _Reader(path)
    branches = [reader.branch()]
    while reader.skip("|"):
        branches.append(reader.branch())
    if reader.next is not None:
        raise ValueError(path)
    return Condition(_any(branches), reader.tests, frozenset(reader.tags), reader.denies)


class _Reader:
    """What is left of an expression: at each call the longest part of one kind is taken from it."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._tokens = self._read()
        self.next: str | None = next(self._tokens, None)
        self.tests: dict[str, list[Test]] = {}
        self.tags: set[str] = set()
        self.denies = False

    def _read(self) -> Iterator[str]:
        place = 0
        while place < len(self._path):
            token = _TOKEN.match(self._path, place)
            if token is None:
                raise ValueError(self._path)
            place = token.end()
            yield token[1] or token[2] or token[3]

    def take(self, *wanted: str) -> str:
        """Takes the next token, which must be one of those, if any are named."""
        token = self.next
        if token is None or (wanted and token not in wanted):
            raise ValueError(self._path)
        self.next = next(self._tokens, None)
        return token

    def skip(self, token: str) -> bool:
        """Takes the next token if it is that."""
        if self.next != token:
            return False
        self.take()
        return True

    def branch(self) -> Holds:
        """Such as `self::div[@id='x']`."""
        conditions = [self._tag(self.take())]
        while self.skip("["):
            conditions.append(self.either())
            self.take("]")
        return _all(conditions)

    def either(self) -> Holds:
        """Conditions with `or` between them."""
        conditions = [self._both()]
        while self.skip("or"):
            conditions.append(self._both())
        return _any(conditions)

    def _both(self) -> Holds:
        conditions = [self._single()]
        while self.skip("and"):
            conditions.append(self._single())
        return _all(conditions)

    def _single(self) -> Holds:
        if self.skip("("):
            inner = self.either()
            self.take(")")
            return inner
        if self.skip("not"):
            self.take("(")
            asked = sum(map(len, self.tests.values()))
            negated = self.either()
            self.denies |= sum(map(len, self.tests.values())) > asked
            self.take(")")
            return lambda element: not negated(element)
        token = self.next or ""
        if token.startswith(_SELF):
            return self._tag(self.take())
        if token in _FUNCTIONS:
            return self._call()
        names = self._names()
        if self.skip("="):
            word = self._string()
            if not word or len(names) > 1:  # None is equal to nothing, and one of two is enough.
                raise ValueError(self._path)
            return self._on(names, partial(str.__eq__, word))
        for name in names:
            self._ask(name, lambda text: True)
        return lambda element: any(element.get(name) is not None for name in names)

    def _ask(self, name: str, test: Test) -> None:
        self.tests.setdefault(name, []).append(test)

    def _on(self, names: tuple[str, ...], test: Test) -> Holds:
        """Whether the test is true of an attribute, or of the first one of several."""
        for name in names:
            self._ask(name, test)
        if len(names) == 1 and not test(""):
            return _OnAttribute(names[0], (test,))
        string = _string_of(names)
        return lambda element: bool(test(string(element)))

    def _call(self) -> Holds:
        function = self.take()
        self.take("(")
        names, table = self._text()
        self.take(",")
        word = self._string()
        if self.skip(","):  # Flags, of which only this one is known.
            self.take("'i'")
            word = f"(?i:{word})"
        self.take(")")
        test = _FUNCTIONS[function](word)
        return self._on(names, (lambda text: test(text.translate(table))) if table else test)

    def _text(self) -> tuple[tuple[str, ...], dict[int, int]]:
        """Attributes, and what is put for some of their letters."""
        if not self.skip("translate"):
            return self._names(), {}
        self.take("(")
        names = self._names()
        self.take(",")
        before = self._string()
        self.take(",")
        table = str.maketrans(before, self._string())
        self.take(")")
        return names, table

    def _names(self) -> tuple[str, ...]:
        names = [self.take()]
        while self.skip("|"):
            names.append(self.take())
        if not all(name.startswith("@") for name in names):
            raise ValueError(self._path)
        return tuple(name[1:] for name in names)

    def _string(self) -> str:
        token = self.take()
        if not token.startswith("'"):
            raise ValueError(self._path)
        return token[1:-1]

    def _tag(self, token: str) -> Holds:
        tag = token.removeprefix(_SELF)
        if tag == token:
            raise ValueError(self._path)
        if tag == "*":
            return lambda element: True
        self.tags.add(tag)
        return lambda element: bool(element.tag == tag)


def _holds_word(word: str) -> Test:
    return lambda text: word in text


def _begins_with(word: str) -> Test:
    return lambda text: text.startswith(word)


def _matches(pattern: str) -> Test:
    return re.compile(pattern).search


_FUNCTIONS: dict[str, Callable[[str], Test]] = {
    "contains": _holds_word,
    "starts-with": _begins_with,
    "re:test": _matches,  # lxml has Python evaluate it, too.
}


class _OnAttribute:
    """Whether one of the tests is true of an attribute; none is of one that is missing."""

    def __init__(self, name: str, tests: tuple[Test, ...]) -> None:
        self.name, self.tests = name, tests

    def __call__(self, element: HtmlElement) -> bool:
        text = element.get(self.name)
        if text:
            for test in self.tests:
                if test(text):
                    return True
        return False


def _string_of(names: tuple[str, ...]) -> _Text:
    """The attribute's value, of several the one that comes first in the page; else nothing."""
    if len(names) == 1:
        (only,) = names
        return lambda element: element.get(only) or ""
    return lambda element: next((text for name, text in element.items() if name in names), "")


def _any(conditions: list[Holds]) -> Holds:
    """Whether one of them holds; those on the same attribute become one."""
    if len(conditions) == 1:
        return conditions[0]
    tests: dict[str, tuple[Test, ...]] = {}
    others: list[Holds] = []
    for condition in conditions:
        if isinstance(condition, _OnAttribute):
            tests[condition.name] = (*tests.get(condition.name, ()), *condition.tests)
        else:
            others.append(condition)
    joined: list[Holds] = [_OnAttribute(name, own) for name, own in tests.items()]
    joined += others

    def holds(element: HtmlElement) -> bool:
        for one in joined:  # noqa: SIM110 -- `any` takes half as long again.
            if one(element):
                return True
        return False

    return holds if len(joined) > 1 else joined[0]


def _all(conditions: list[Holds]) -> Holds:
    if len(conditions) == 1:
        return conditions[0]
    return lambda element: all(holds(element) for holds in conditions)
