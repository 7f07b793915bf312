"""Rules for lists of addresses: one http(s) URL a line, as people keep them in text files."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from feedlake.transforms.normalize.urls import resolve_url

MAX_URL_CHARS = 8_000
"""Longest address in any list: what RFC 9110, section 4.1, asks all to support at least."""

MAX_LISTED_URLS = 200_000
"""Most addresses in one list: Media Cloud, which follows more feeds than anyone known to us, has
about 180,000."""

_LINE = re.compile(r"([^\r\n]*+)(?:\r\n?|\n|\Z)")
_COMMENT = re.compile(r"(?:^|\s)#.*+")
_NO_ADDRESS = re.compile(r"[\s\x00-\x1f\x7f]")
# `feed:https://…` and `feed://…` mean an http(s) address that a feed reader shall open.
_FEED_SCHEME = re.compile(r"\s*feed:(?:(?=\s*https?:)|(//))", re.IGNORECASE)
_SHOWN_CHARS = 80


@dataclass(frozen=True)
class ListedUrl:
    """An address of a list.

    Attributes:
        url: Absolute http(s) address.
        line: Number of its line, from 1.
    """

    url: str
    line: int


@dataclass(frozen=True)
class WrongLine:
    """A line of a list that holds something else than an address.

    Attributes:
        line: Its number, from 1.
        text: Its first characters; of a line beyond `MAX_LISTED_URLS` the address.
    """

    line: int
    text: str


def read_url_list(text: str) -> tuple[ListedUrl, ...] | None:
    """Returns the addresses in their order, or None if the text is no list of addresses.

    Blank lines count for nothing, nor do lines that begin with `#` or `;`, or what follows a `#`
    after a blank. An address may stand in angle brackets. One line with anything else, or one
    more address than `MAX_LISTED_URLS`, and the text is none: an article never passes for a list.

    Args:
        text: The whole file, decoded.
    """
    found: list[ListedUrl] = []
    for item in _items(text):
        if isinstance(item, WrongLine):
            return None
        found.append(item)
    return tuple(found) or None


def wrong_line(text: str) -> WrongLine | None:
    """Returns the first line for which `read_url_list` refuses a text, or None if there is none.

    A text without any address has no wrong line and is no list either.

    Args:
        text: The whole file, decoded.
    """
    return next((item for item in _items(text) if isinstance(item, WrongLine)), None)


def resolve_listed_url(url: str, base: str | None) -> str | None:
    """Returns the absolute http(s) address that a list of feeds names, or None if it names none.

    Args:
        url: As written: absolute, relative to `base`, or with the scheme `feed`.
        base: Address of the list, if it is known.
    """
    if len(url) > MAX_URL_CHARS:
        return None
    scheme = _FEED_SCHEME.match(url)
    if scheme is not None:
        url = ("http://" if scheme[1] else "") + url[scheme.end() :]
    found = resolve_url(url, base)
    return found if found is not None and len(found) <= MAX_URL_CHARS else None


def _items(text: str) -> Iterator[ListedUrl | WrongLine]:
    count = 0
    for number, match in enumerate(_LINE.finditer(text), 1):
        written = match[1].strip(" \t\ufeff\u00a0")
        if not written or written[0] in "#;":
            continue
        address = _COMMENT.sub("", written, count=1).rstrip()
        if address.startswith("<") and address.endswith(">"):
            address = address[1:-1].strip()
        url = None if _NO_ADDRESS.search(address) else resolve_listed_url(address, None)
        count += url is not None
        if url is None or count > MAX_LISTED_URLS:
            yield WrongLine(number, written[:_SHOWN_CHARS])
        else:
            yield ListedUrl(url, number)
