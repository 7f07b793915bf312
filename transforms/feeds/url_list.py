"""Rules for lists of addresses: one http(s) URL a line, as people keep them in text files.

newsboat's list (https://newsboat.org, `urls`) is one of them: tags follow the address.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from feedlake.transforms.links.mend_link import mend_link

MAX_URL_CHARS = 8_000
"""Longest address in any list: what RFC 9110, section 4.1, asks all to support at least."""

MAX_LISTED_URLS = 200_000
"""Most addresses in one list: Media Cloud, which follows more feeds than anyone known to us, has
about 180,000."""

_LINE = re.compile(r"([^\r\n]*+)(?:\r\n?|\n|\Z)")
# A word of a line; in newsboat's lists, one in quotes may hold blanks.
_WORD = re.compile(
    r'[ \t\u00a0]*+(?:"((?:[^"\\]|\\.)*+)"(?![^ \t\u00a0])|([^ \t\u00a0"][^ \t\u00a0]*+))'
)
_ESCAPED = re.compile(r"\\(.)")
_IN_BRACKETS = re.compile(r"<[ \t]*+([^<> \t]++)[ \t]*+>(?![^ \t])")
# What a word of prose ends with, but no tag.
_PROSE_ENDS = (".", ",", ":", ";", "?", "!", "\u3002", "\u2026")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\u2028\u2029]")
_NO_ADDRESS = re.compile(r"[\s\x00-\x1f\x7f]")
# Nothing is guessed here, as it is in other lists: any line of prose might be meant as an address.
_SCHEME = re.compile(r"(?:feed:)?https?://|feed://", re.IGNORECASE)
_SHOWN_CHARS, _SHOWN_SKIPPED = 80, 3
# What newsboat makes feeds of by itself: searches in other feeds, and programs.
_PROGRAMS = {
    "query:": "a search in other feeds",
    "exec:": "a program to run",
    "filter:": "a program to run",
}

MAX_TAGS = 50
"""Most tags of one address, as many as of an article."""
# What someone may have meant as an address: one of another scheme, a slip of the pen such as
# `https:/a.org`, or a host without scheme.
_ALIKE = re.compile(
    r"[a-z][a-z0-9+.-]*:/|https?//|(?:[^\W_][\w-]*+\.)+[a-z]{2,}+(?::\d+)?(?:[/?#]|\Z)",
    re.IGNORECASE,
)
_CREDENTIALS = re.compile(r"//[^/\s]*@")

_CHARS_OF_A_LINE = 60
"""Characters that weigh as much as a line: a paragraph of an article is worth several addresses."""


@dataclass(frozen=True)
class ListedUrl:
    """An address of a list.

    Attributes:
        url: Absolute http(s) address.
        line: Number of its line, from 1.
        tags: What stands behind it, each once: the tags of newsboat's lists.
    """

    url: str
    line: int
    tags: tuple[str, ...] = ()


@dataclass(frozen=True)
class SkippedLine:
    """A line of newsboat's that asks for something else than a feed.

    Attributes:
        line: Its number, from 1.
        text: Its first characters.
        what: What it is, for people, such as "a program to run".
    """

    line: int
    text: str
    what: str


@dataclass(frozen=True)
class WrongLine:
    """A line of a list that holds something else than an address.

    Attributes:
        line: Its number, from 1.
        text: Its first characters; of a line beyond `MAX_LISTED_URLS` the address.
        chars: How many it has in all.
    """

    line: int
    text: str
    chars: int = field(default=0, compare=False)


def read_url_list(text: str) -> tuple[ListedUrl, ...] | None:
    """Returns the addresses in their order, or None if the text is no list of addresses.

    Blank lines count for nothing, nor do lines that begin with `#` or `;`, or what follows a `#`
    after a blank. An address may stand in angle brackets or quotes, and tags may follow it:
    words without the marks that end a sentence, or anything in quotes. newsboat's titles
    (`"~News"`) and hidden feeds (`!`) are no tags; its lines that are no feeds are in
    `skipped_lines`. One line with anything else, or one more address than `MAX_LISTED_URLS`, and
    the text is none: an article never passes for a list.

    Args:
        text: The whole file, decoded.
    """
    found: list[ListedUrl] = []
    for item in _items(text):
        if isinstance(item, WrongLine):
            return None
        if isinstance(item, ListedUrl):
            found.append(item)
    return tuple(found) or None


def skipped_lines(text: str) -> tuple[SkippedLine, ...]:
    """Returns the lines of a list that newsboat would search or run a program for.

    Args:
        text: The whole file, decoded.
    """
    return tuple(item for item in _items(text) if isinstance(item, SkippedLine))


def describe_skipped(text: str) -> str | None:
    """Returns a sentence about the lines that `skipped_lines` gives, or None if there are none.

    Args:
        text: The whole file, decoded.
    """
    skipped = skipped_lines(text)
    if not skipped:
        return None
    shown = ", ".join(f"line {item.line} ({item.what})" for item in skipped[:_SHOWN_SKIPPED])
    more = ", \u2026" if len(skipped) > _SHOWN_SKIPPED else ""
    if len(skipped) == 1:
        return f"1 of its lines isn't the address of a feed: {shown}"
    return f"{len(skipped):,} of its lines aren't addresses of feeds: {shown}{more}"


@dataclass(frozen=True)
class BrokenList:
    """What is wrong with a text that is meant as a list of addresses.

    Attributes:
        line: The first line that holds something else; None if nothing but comments is there.
        addresses: Lines that hold an address.
    """

    line: WrongLine | None
    addresses: int


def find_broken_list(text: str) -> BrokenList | None:
    """Returns what is wrong with a text that is meant as a list; None for lists and articles.

    It is meant as one if lines that begin with an address, or with what was meant as one, weigh
    more than the others. Of these each counts once, and once more for every 60 characters: so
    an article is one with its sources below it. Addresses that are all commented out, with
    nothing else, are a list that is wrong, too.

    Args:
        text: The whole file, decoded.
    """
    first: WrongLine | None = None
    addresses = alike = others = 0
    for item in _items(text):
        if isinstance(item, ListedUrl):
            addresses += 1
            continue
        if isinstance(item, SkippedLine):
            alike += 1
            continue
        first = first or item
        if _begins_like_address(item.text):
            alike += 1
        else:
            others += 1 + item.chars // _CHARS_OF_A_LINE
    if first is None:
        return BrokenList(None, 0) if addresses == 0 and "://" in text else None
    return BrokenList(first, addresses) if addresses + alike > others else None


def describe_broken_list(broken: BrokenList) -> str:
    """Returns what is wrong with a list of addresses, for people, without any password.

    Args:
        broken: What was found.
    """
    if broken.line is None:
        return "the list has no address in it, only comments"
    if broken.addresses >= MAX_LISTED_URLS:
        return f"line {broken.line.line}: a list must have at most {MAX_LISTED_URLS:,} addresses"
    shown = _CREDENTIALS.sub("//", broken.line.text)
    return f"line {broken.line.line}: must be an http(s) address: {shown}"


def is_meant_as_list(text: str) -> bool:
    """Returns whether a text is a list of addresses, or would be one but for some of its lines.

    Args:
        text: The whole file, decoded.
    """
    return read_url_list(text) is not None or find_broken_list(text) is not None


def _begins_like_address(written: str) -> bool:
    word = written.partition(" ")[0].partition("\t")[0].lstrip("<\"'")
    return resolve_listed_url(word, None) is not None or _ALIKE.match(word) is not None


def resolve_listed_url(url: str, base: str | None) -> str | None:
    """Returns the absolute http(s) address that a list of feeds names, or None if it names none.

    Args:
        url: As written: absolute, relative to `base`, or with the scheme `feed`.
        base: Address of the list, if it is known.
    """
    if len(url) > MAX_URL_CHARS:
        return None
    found = mend_link(url, base=base)
    return found if found is not None and len(found) <= MAX_URL_CHARS else None


def _items(text: str) -> Iterator[ListedUrl | SkippedLine | WrongLine]:
    count = 0
    for number, match in enumerate(_LINE.finditer(text), 1):
        written = match[1].strip(" \t\ufeff\u00a0")
        if not written or written[0] in "#;":
            continue
        shown = written[:_SHOWN_CHARS]
        words = _words(written)
        first = words[0][1] if words else ""
        program = next((name for name in _PROGRAMS if first.lower().startswith(name)), None)
        if program is not None:
            yield SkippedLine(number, shown, _PROGRAMS[program])
            continue
        is_address = _SCHEME.match(first) and not _NO_ADDRESS.search(first)
        url = resolve_listed_url(first, None) if is_address else None
        tags = _tags(words[1:]) if url is not None else None
        count += tags is not None
        if url is None or tags is None or count > MAX_LISTED_URLS:
            yield WrongLine(number, shown, len(written))
        else:
            yield ListedUrl(url, number, tags)


def _words(line: str) -> list[tuple[bool, str]]:
    """Returns whether each word was quoted, and the word; none if the line can't be read so."""
    words: list[tuple[bool, str]] = []
    position = 0
    if (bracketed := _IN_BRACKETS.match(line)) is not None:
        words.append((True, bracketed[1]))
        position = bracketed.end()
    while position < len(line):
        match = _WORD.match(line, position)
        if match is None:
            return []
        if match[2] is not None and match[2].startswith("#"):
            break
        is_quoted = match[1] is not None
        words.append((is_quoted, _ESCAPED.sub(r"\1", match[1]) if is_quoted else match[2]))
        position = match.end()
    return words


def _tags(words: list[tuple[bool, str]]) -> tuple[str, ...] | None:
    """Returns the tags behind an address; None if they are no tags but prose or addresses."""
    tags: dict[str, None] = {}
    for is_quoted, word in words:
        tag = " ".join(word.split())
        if "://" in tag or _CONTROL.search(word):
            return None
        if tag.startswith(("~", "!")) or not tag:
            continue
        if not is_quoted and tag.endswith(_PROSE_ENDS):
            return None
        if len(tags) < MAX_TAGS:
            tags.setdefault(tag)
    return tuple(tags)
