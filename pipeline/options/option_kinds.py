"""The kinds of values that options take: how each is read, and what is said of a wrong one.

Long, as the list of kinds is, but one idea.
"""

from __future__ import annotations

import glob
import ipaddress
import math
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, time
from typing import Any, NamedTuple, TypeVar

from feedlake.pipeline.options.failures import UsageError

Number = TypeVar("Number", int, float)

_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(s|m|min|h|d)?", re.ASCII)
_UNITS_S = {None: 1, "s": 1, "m": 60, "min": 60, "h": 3_600, "d": 86_400}
_CREDENTIALS = re.compile(r"[a-z]+://[^/?#]*@", re.IGNORECASE)
_PLUGIN = re.compile(r"x_[a-z][a-z0-9_]*")
_VARIABLE = re.compile(r"FEEDLAKE_\w+", re.ASCII)
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110, section 5.6.2
_SECRET_HEADERS = {
    "Authorization": "auth-env",
    "Proxy-Authorization": "auth-env",
    "Cookie": "cookies-env",
    "Cookie2": "cookies-env",
}
_OWN_HEADERS = frozenset(
    "Accept-Encoding Connection Content-Length Expect Host If-Match If-Modified-Since "
    "If-None-Match If-Range If-Unmodified-Since Keep-Alive Range Te Trailer "
    "Transfer-Encoding Upgrade".split()
)
"""Headers that say what we can read, what we have, and where a request ends."""


class TomlForm(NamedTuple):
    """How a value stands in the configuration file: what a sentence calls it, and its types."""

    wanted: str
    types: tuple[type, ...]


_SWITCH = TomlForm("true or false", (bool,))
_NUMBER = TomlForm("a number", (int, float))
_TEXT = TomlForm("text in quotes", (str,))
_ARRAY = TomlForm('an array such as ["…", "…"]', (list,))
_TEXT_OR_ARRAY = TomlForm('text in quotes, or an array such as ["…", "…"]', (str, list))
_TABLE = TomlForm('a table such as {name = "…"}', (dict,))


def _unchanged(text: str, folder: str) -> str:
    return text


@dataclass(frozen=True)
class Kind:
    """A kind of value.

    Attributes:
        metavar: What stands for a value in the help.
        allowed: What a value must be, as it follows *must be*.
        parse: Makes the value of one word; raises ValueError if it is not allowed, or UsageError
            with a sentence of its own.
        form: How it stands in the configuration file.
        gather: Makes one value of all the words; None: an option takes one word.
        from_folder: Makes a word of the configuration file, which is in this folder, a word of
            the command line.
        is_secret: Whether messages must not show a wrong value.
    """

    metavar: str
    allowed: str
    parse: Callable[[str], Any]
    form: TomlForm = _TEXT
    gather: Callable[[list[Any]], Any] | None = None
    from_folder: Callable[[str, str], str] = _unchanged
    is_secret: bool = False

    def read_words(self, words: list[str]) -> Any:
        """Returns what the words mean that stand for a value on the command line.

        Args:
            words: As given; the last one counts where an option takes one.

        Raises:
            UsageError: One of them is not allowed.
        """
        values = [self._read_word(word) for word in words]
        return self.gather(values) if self.gather else values[-1]

    def _read_word(self, word: str) -> Any:
        try:
            return self.parse(word)
        except ValueError:
            shown = "" if self.is_secret else f"{word or 'an empty text'}: "
            raise UsageError(f"{shown}must be {self.allowed}") from None

    def read_toml(self, value: object, *, folder: str = "") -> Any:
        """Returns what a value of the configuration file means.

        Args:
            value: As TOML has it.
            folder: Where relative paths start; empty: in the working folder.

        Raises:
            UsageError: The value is not allowed.
        """
        is_number_for_switch = isinstance(value, bool) and bool not in self.form.types
        if not isinstance(value, self.form.types) or is_number_for_switch:
            raise UsageError(f"must be {self.form.wanted}, not {toml_type(value)}")
        if isinstance(value, bool):
            return value
        words = self._words(value)
        if any("\0" in word for word in words):
            raise UsageError("must not contain a NUL")  # A command line could not hold one.
        return self.read_words([self.from_folder(word, folder) for word in words])

    def _words(self, value: object) -> list[str]:
        """The value as one would type it after the flag."""
        if isinstance(value, dict):
            for name, own in value.items():
                if not isinstance(own, str):
                    raise UsageError(f"{name}: must be text in quotes, not {toml_type(own)}")
                if "=" in name:
                    raise UsageError(f"{name}: must be {self.allowed}")
            return [f"{name}={own}" for name, own in value.items()]
        if isinstance(value, list):
            for item in value:
                if not isinstance(item, str):
                    raise UsageError(
                        f"must be an array of texts in quotes; {toml_type(item)} is in it"
                    )
            return value if self.gather else [",".join(value)]
        if isinstance(value, date):
            return [value.isoformat()]
        try:
            return [str(value)]
        except ValueError as error:  # Python writes no number of more than 4,300 digits.
            raise UsageError("a number is too long") from error


def toml_type(value: object) -> str:
    """Returns what a value of TOML is, for a sentence with *must be … , not …*."""
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, str):
        return "text in quotes"
    if isinstance(value, int | float):
        return "a number"
    if isinstance(value, date | time):
        return "a date or time"
    return "a table" if isinstance(value, dict) else "an array"


def whole(least: int, most: int, *, metavar: str = "N", unit: int = 1) -> Kind:
    """Returns the kind of whole numbers between two bounds; a value is multiplied by the unit."""

    def parse(text: str) -> int:
        return _within(least, int(text), most) * unit

    return Kind(metavar, f"a whole number from {least:,} to {most:,}", parse, _NUMBER)


def share(least: float) -> Kind:
    """Returns the kind of numbers from a bound to 1."""

    def parse(text: str) -> float:
        return _within(least, float(text), 1.0)

    return Kind("SHARE", f"a number from {least:g} to 1", parse, _NUMBER)


def duration(least: str, most: str) -> Kind:
    """Returns the kind of durations such as `90`, `30s`, `15m`, `1.5h`, `1d`, in seconds."""
    least_s, most_s = _seconds(least), _seconds(most)

    def parse(text: str) -> float:
        return _within(least_s, _seconds(text), most_s)

    allowed = f"a duration such as 30s, 15m or 2h, from {least} to {most}"
    form = TomlForm('a duration such as "15m"', (str, int, float))
    return Kind("DURATION", allowed, parse, form)


def _seconds(text: str) -> float:
    match = _DURATION.fullmatch(text.strip())
    return float(match[1]) * _UNITS_S[match[2]] if match else math.nan


def one_of(*words: str) -> Kind:
    """Returns the kind of a choice between words."""

    def parse(text: str) -> str:
        _check(text in words)
        return text

    return Kind(f"{{{','.join(words)}}}", f"one of {', '.join(words)}", parse)


def some_of(*names: str, metavar: str) -> Kind:
    """Returns the kind of one or more names with commas between, in the order given."""

    def parse(text: str) -> tuple[str, ...]:
        found = tuple(name.strip() for name in text.split(","))
        _check(set(found) <= set(names) and len(set(found)) == len(found))
        return found

    return Kind(metavar, f"among {', '.join(names)}, each once", parse, _TEXT_OR_ARRAY)


def set_or_some_of(sets: tuple[str, ...], names: tuple[str, ...]) -> Kind:
    """Returns the kind of a word for a set of names, or names with commas between, in our order.

    Names of plugins (`x_…`) come last; whether they are installed is found out later.
    """
    some = some_of(*names, metavar="NAMES")

    def parse(text: str) -> str:
        if text.strip() in sets:
            return text.strip()
        own = [name.strip() for name in text.split(",")]
        others = {name for name in own if _PLUGIN.fullmatch(name)}
        ours = [name for name in own if name not in others]
        _check(len(ours) + len(others) == len(own))
        known = sorted(some.parse(",".join(ours)), key=names.index) if ours else []
        return ",".join([*known, *sorted(others)])

    return Kind(some.metavar, f"{', '.join(sets)}, or {some.allowed}", parse, _TEXT_OR_ARRAY)


def pairs(*names: str) -> Kind:
    """Returns the kind of NAME=OWN, which may be given several times."""

    def parse(text: str) -> tuple[str, str]:
        name, _, own = text.partition("=")
        _check(name in names and bool(own))
        return name, own

    allowed = f"NAME=OWN with NAME one of {', '.join(names)}"
    return Kind("NAME=OWN", allowed, parse, _TABLE, gather=dict)


def _within(least: Number, number: Number, most: Number) -> Number:
    _check(least <= number <= most)
    return number


def _check(is_allowed: bool) -> None:
    if not is_allowed:
        raise ValueError


def _parse_filled(text: str) -> str:
    _check(bool(text))
    return text


def _parse_setting(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    _check(bool(name and sign))
    return name, value


def _parse_line(text: str) -> str:
    _check(bool(text.strip()) and text.isprintable() and text.isascii())
    return text.strip()


def _parse_tag(text: str) -> str:
    tag = " ".join(text.split())
    _check(bool(tag) and tag.isprintable())
    return tag


def _parse_language(text: str) -> str:
    from feedlake.transforms.normalize.text import primary_language  # The help does without it.

    language = primary_language(text)
    _check(language is not None)
    return str(language)


def _parse_network(text: str) -> str:
    return str(ipaddress.ip_network(text, strict=False))


def _parse_variable(text: str) -> str:
    _check(_VARIABLE.fullmatch(text) is not None)
    return text


def _parse_header(text: str) -> tuple[str, str]:
    given, _, value = text.partition("=")
    if not _HEADER_NAME.fullmatch(given):
        raise UsageError(f"{given}: must be the name of a header")
    # One spelling, so that a header goes before that of the same name which we send ourselves.
    name = "-".join(part.capitalize() for part in given.split("-"))
    if name in _SECRET_HEADERS:
        raise UsageError(
            f"{name} is a secret; put it into an environment variable, and name that in "
            f"{_SECRET_HEADERS[name]}"
        )
    if name in _OWN_HEADERS:
        raise UsageError(f"{name}: feedlake sets this header itself")
    try:
        return name, str(LINE.read_words([value]))
    except UsageError as error:
        raise UsageError(f"{name}: {error}") from error


def _gather_headers(headers: list[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    names = [name for name, _ in headers]
    for name in names:
        if names.count(name) > 1:
            raise UsageError(f"{name}: is given twice")
    return tuple(headers)


def _parse_sites(text: str) -> tuple[str, ...]:
    return tuple(_parse_filled(site.strip().lower()) for site in text.split(","))


def _parse_languages(text: str) -> tuple[str, ...]:
    return tuple(_parse_language(word) for word in text.split(","))


def _gather_all(groups: list[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for group in groups for name in group))


def _gather_unique(texts: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(texts))


def _path_from(text: str, folder: str) -> str:
    """A path of the file as one from the working folder."""
    if not text or "://" in text:
        return text
    return os.path.join(folder, os.path.expanduser(text))


def _source_from(text: str, folder: str) -> str:
    if _CREDENTIALS.match(text):
        raise UsageError(
            "an address must not contain a user or password; use a [[source]] table whose auth-env "
            "names an environment variable with user:password"
        )
    path = _path_from(text, folder)
    if path != text and glob.has_magic(text) and not os.path.lexists(path):
        return _path_from(text, glob.escape(folder))
    return path


FLAG = Kind("", "true or false", bool, _SWITCH)
NAME = Kind("NAME", "a name", _parse_filled)
SQL = Kind("SQL", "a query", str)
SETTINGS = Kind(
    "NAME=VALUE", "NAME=VALUE with the name of a column", _parse_setting, _ARRAY, gather=list
)
CONDITION = Kind("SQL", "a condition", _parse_filled)
WORDS = Kind("TEXT", "one line of visible text", _parse_tag)
FILE = Kind("FILE", "a path", _parse_filled)
SEARCH = Kind("WORDS", "words to look for", str)
SUBJECT = Kind("URL|ID|FILE", "an address, an id or a path", _parse_filled)
FOLDER = Kind("DIR", "a path", _parse_filled, from_folder=_path_from)
PAGE = Kind("PAGE", "a path or an address", _parse_filled)
SOURCES = Kind("SOURCE", "a path or an address", _parse_filled, _ARRAY, tuple, _source_from)
DAY = Kind(
    "YYYY-MM-DD",
    "a date, YYYY-MM-DD",
    date.fromisoformat,
    TomlForm("a date such as 2019-12-31", (str, date)),
)
LINE = Kind("TEXT", "one line of visible ASCII text", _parse_line, is_secret=True)
NETWORKS = Kind("CIDR", "a network such as 10.1.0.0/16 or fd00::/8", _parse_network, _ARRAY, tuple)
ADDRESS = Kind("URL", "an http(s) address", str.strip)
TAGS = Kind("TAGS", "lines of visible text", _parse_tag, _ARRAY, _gather_unique)
LANGUAGE = Kind("TAG", "a language such as en or pt-BR", _parse_language)
LANGUAGES = Kind("TAGS", "languages such as en,de", _parse_languages, _ARRAY, gather=_gather_all)
SITES = Kind("SITES", "sites such as example.org", _parse_sites, _ARRAY, gather=_gather_all)
HEADERS = Kind(
    "NAME=VALUE", "names of headers", _parse_header, _TABLE, _gather_headers, is_secret=True
)
VARIABLE = Kind(
    "VARIABLE",
    "the name of an environment variable that begins with FEEDLAKE_, not what it holds",
    _parse_variable,
    is_secret=True,  # It may be the secret itself.
)


def lake_path(text: str) -> str:
    """Returns the path of a lake, absolute if it is a folder, as steps take it.

    Args:
        text: As given.
    """
    return text.rstrip("/") if "://" in text else os.path.abspath(os.path.expanduser(text))
