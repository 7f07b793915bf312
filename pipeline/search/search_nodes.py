"""What a search asks for, once it is understood: words, phrases, and what joins them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Token:
    """One word to look for.

    Attributes:
        text: As it is indexed.
        place: How many words it stands after the first of its phrase.
        is_prefix: Whether words count that begin so.
    """

    text: str
    place: int = 0
    is_prefix: bool = False


@dataclass(frozen=True)
class Phrase:
    """Words that follow on each other; often it is one.

    Attributes:
        tokens: At least one.
        field: Where; empty: in title and text.
    """

    tokens: tuple[Token, ...]
    field: str = ""


@dataclass(frozen=True)
class Near:
    """Words with few others between them, in any order.

    Attributes:
        tokens: Two or more.
        distance: How many others there may be.
        field: As for `Phrase`.
    """

    tokens: tuple[Token, ...]
    distance: int
    field: str = ""


@dataclass(frozen=True)
class Value:
    """A field that has one value.

    Attributes:
        field: `site` or `language`.
        value: In lower case.
        is_prefix: Whether values count that begin so.
    """

    field: str
    value: str
    is_prefix: bool = False


@dataclass(frozen=True)
class Not:
    """What must not be there."""

    part: Node


@dataclass(frozen=True)
class All:
    """What must all be there."""

    parts: tuple[Node, ...]


@dataclass(frozen=True)
class Any:
    """Of what one must be there."""

    parts: tuple[Node, ...]


Node = Phrase | Near | Value | Not | All | Any


def leaves(node: Node, *, is_wanted: bool = True) -> Iterator[Phrase | Near | Value]:
    """Yields what a search looks for, wherever it stands.

    Args:
        node: The search.
        is_wanted: Whether to yield also what must not be there.
    """
    match node:
        case Not(part):
            if is_wanted:
                yield from leaves(part)
        case All(parts) | Any(parts):
            for part in parts:
                yield from leaves(part, is_wanted=is_wanted)
        case _:
            yield node
