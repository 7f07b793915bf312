"""Statements about rights as they are kept: each once, in bounds, its addresses absolute."""

from __future__ import annotations

import re
from collections.abc import Iterable

from feedlake.transforms.links.mend_link import mend_link
from feedlake.transforms.normalize.text import normalize_line
from feedlake.transforms.records.rights_statement import (
    RightsKind,
    RightsOrigin,
    RightsStatement,
)

MAX_STATEMENTS = 20
"""Most statements kept of one document: of what has more, most are repetitions in other words."""

MAX_VALUE_CHARS = 1_000
"""Longest value kept: notices have a sentence or two."""

ORIGIN_WORDS: dict[str, str] = {
    "page": "the page",
    "page_header": "the page's HTTP header",
    "entry": "the feed's entry",
    "feed": "the feed",
    "feed_header": "the feed's HTTP header",
    "record": "the record",
}
"""Who says it, as a person would call it, by `origin`."""

_ADDRESS = re.compile(r"\s*(?:https?:|//|/)", re.IGNORECASE)


def say(kind: RightsKind, origin: RightsOrigin, *values: str | None) -> tuple[RightsStatement, ...]:
    """Returns what is said, but for blanks.

    Args:
        kind: What it is about.
        origin: Who says it.
        *values: The words of each.
    """
    lines = (normalize_line(value) for value in values)
    return tuple(
        RightsStatement(kind, line[:MAX_VALUE_CHARS].rstrip(), origin) for line in lines if line
    )


def say_license(
    origin: RightsOrigin, *values: str | None, base: str | None
) -> tuple[RightsStatement, ...]:
    """Returns licences: addresses made absolute, names such as `CC BY 4.0` as they are.

    Args:
        origin: Who says it.
        *values: An address or a name each.
        base: Address that relative ones go by.
    """
    named = (
        (mend_link(value, base=base) or value) if value and _ADDRESS.match(value) else value
        for value in values
    )
    return say("license", origin, *named)


def say_link(
    kind: RightsKind, origin: RightsOrigin, *links: str | None, base: str | None
) -> tuple[RightsStatement, ...]:
    """Returns what links name: addresses made absolute, or as written where that can't be done.

    Args:
        kind: What they lead to.
        origin: Who says it.
        *links: Each as written.
        base: Address that relative ones go by.
    """
    return say(kind, origin, *(mend_link(link, base=base) or link for link in links))


def join_statements(*groups: Iterable[RightsStatement]) -> tuple[RightsStatement, ...]:
    """Returns the statements of all groups in their order, each once: `MAX_STATEMENTS` at most.

    What reserves rights is among them in any case.
    """
    every = list(dict.fromkeys(one for group in groups for one in group))
    if len(every) <= MAX_STATEMENTS:
        return tuple(every)
    wanted = {*[one for one in every if reserves(one)][:MAX_STATEMENTS]}
    for one in every:
        if len(wanted) >= MAX_STATEMENTS:
            break
        wanted.add(one)
    return tuple(one for one in every if one in wanted)


def reserves(statement: RightsStatement) -> bool:
    """Returns whether a statement, by itself, reserves the text from mining.

    `noai` among the directives to robots, or a TDM reservation of 1. Notices such as "all rights
    reserved" don't: nearly all pages bear one. Nor does `noimageai`, which is about pictures.
    """
    if statement.kind == "robots":
        return statement.value == "noai"
    return statement.kind == "tdm_reservation" and statement.value == "1"


def find_reservation(statements: Iterable[RightsStatement]) -> RightsStatement | None:
    """Returns the first statement that reserves the text from mining; None if none does.

    One is enough, whatever others say: a page without a reservation doesn't lift that of its feed.
    """
    return next(filter(reserves, statements), None)


_NAMES = {"robots": "robots", "tdm_reservation": "tdm-reservation"}


def describe_reservation(statement: RightsStatement) -> str:
    """Returns a reservation in words, with who makes it.

    Args:
        statement: As `find_reservation` gives it.
    """
    return f"{ORIGIN_WORDS[statement.origin]} says {_NAMES[statement.kind]}: {statement.value}"
