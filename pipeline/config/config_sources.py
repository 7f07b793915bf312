"""The tables [[source]] of the configuration file: what the operator decides of one address."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Mapping
from typing import Any, NoReturn

from feedlake.pipeline.config.config_keys import SOURCE_KEYS
from feedlake.pipeline.options.config_values import ConfigError, array_of_texts, kind_of, nearest
from feedlake.pipeline.options.flag_types import duration, line
from feedlake.pipeline.options.options import UsageError
from feedlake.pipeline.web.web_sources import read_address
from feedlake.transforms.normalize.text import primary_language
from feedlake.transforms.records.polls import SourceOptions

_HOUR_S, _DAY_S = 3_600, 86_400
_VARIABLE = re.compile(r"[A-Za-z_]\w*", re.ASCII)
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


def read_source_tables(tables: object, *, top_keys: tuple[str, ...]) -> dict[str, SourceOptions]:
    """Returns what the tables say, by address, in their order.

    Args:
        tables: The value of `source`, as read.
        top_keys: Keys that stand before the tables, for hints.

    Raises:
        ConfigError: They make no sense; no secret is in the message.
    """
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise ConfigError("source: must be tables, each under its own line [[source]]")
    found: dict[str, SourceOptions] = {}
    for number, table in enumerate(tables, start=1):
        label = f"source {number}"
        try:
            url = _url(table)
            label = f"source {url}"
            if url in found:
                raise ConfigError("there is a table for this address already")
            found[url] = _options(table, top_keys)
        except ConfigError as error:
            raise ConfigError(f"{label}: {error}") from error
    return found


def _url(table: Mapping[str, Any]) -> str:
    if "url" not in table:
        raise ConfigError("url: missing; a table [[source]] is about one address")
    text = _text("url", table["url"]).strip()
    if re.match(r"[a-z]+://[^/?#]*@", text, re.IGNORECASE):
        raise ConfigError(
            "url: holds a user or a password; must go into an environment variable that auth-env "
            "names, as user:password"
        )
    is_web = text.lower().startswith(("http://", "https://"))
    try:
        if not is_web or not text.isprintable() or " " in text:
            raise UsageError
        return read_address(text, name="url").url
    except UsageError:
        # What is not understood may hold a password anywhere.
        shown = "" if "@" in text else f" {text}"
        raise ConfigError(f"url{shown}: must be an http(s) address") from None


def _options(table: Mapping[str, Any], top_keys: tuple[str, ...]) -> SourceOptions:
    for key in table:
        if key in SOURCE_KEYS:
            continue
        if key in top_keys:
            raise ConfigError(f"{key}: no key of a table; must stand before the first [[source]]")
        raise ConfigError(f"{key}: no such key; {nearest(key, SOURCE_KEYS)}")
    values = {key: _READERS[key](key, value) for key, value in table.items() if key != "url"}
    return SourceOptions(
        tags=values.get("tags", ()),
        language=values.get("language"),
        interval_s=values.get("interval"),
        delay_s=values.get("delay"),
        headers=values.get("headers", ()),
        auth_env=values.get("auth-env"),
        cookies_env=values.get("cookies-env"),
        fetches_pages=values.get("fetch", True),
        obeys_robots=values.get("robots", True),
    )


def _text(key: str, value: object) -> str:
    return value if isinstance(value, str) else _wrong_type(key, "text in quotes", value)


def _tags(key: str, value: object) -> tuple[str, ...]:
    try:
        texts = array_of_texts(value)
    except ConfigError as error:
        raise ConfigError(f"{key}: {error}") from error
    tags = tuple(dict.fromkeys(" ".join(text.split()) for text in texts))
    if not all(tag and tag.isprintable() for tag in tags):
        raise ConfigError(f"{key}: must be lines of visible text")
    return tags


def _language(key: str, value: object) -> str:
    text = _text(key, value)
    language = primary_language(text)
    if language is None:
        raise ConfigError(f"{key}: {text}: must be a language such as en or pt-BR")
    return language


def _duration(least_s: float, most_s: float) -> Callable[[str, object], float]:
    parse = duration(least_s, most_s)

    def read(key: str, value: object) -> float:
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if not is_number and not isinstance(value, str):
            _wrong_type(key, "a duration such as 15m", value)
        try:
            return parse(str(value))
        except argparse.ArgumentTypeError as error:
            raise ConfigError(f"{key}: {error}") from error
        except ValueError as error:  # Python writes no number of more than 4,300 digits.
            raise ConfigError(f"{key}: a number is too long") from error

    return read


def _switch(key: str, value: object) -> bool:
    return value if isinstance(value, bool) else _wrong_type(key, "true or false", value)


def _headers(key: str, value: object) -> tuple[tuple[str, str], ...]:
    if not isinstance(value, dict):
        _wrong_type(key, 'a table such as {Accept-Language = "de"}', value)
    headers: dict[str, str] = {}
    for given, text in value.items():
        if not _HEADER_NAME.fullmatch(given):
            raise ConfigError(f"{key}: {given}: must be the name of a header")
        # One spelling, so that a header goes before that of the same name which we send ourselves.
        name = "-".join(part.capitalize() for part in given.split("-"))
        if name in _SECRET_HEADERS:
            raise ConfigError(
                f"{key}: {name} would hold a secret; must go into an environment variable that "
                f"{_SECRET_HEADERS[name]} names"
            )
        if name in _OWN_HEADERS:
            raise ConfigError(f"{key}: {name}: feedlake decides itself what to send there")
        if name in headers:
            raise ConfigError(f"{key}: {name}: is there twice")
        try:
            headers[name] = line(_text(f"{key}: {name}", text))
        except argparse.ArgumentTypeError as error:
            raise ConfigError(f"{key}: {name}: {error}") from error
    return tuple(headers.items())


def _variable(key: str, value: object) -> str:
    text = _text(key, value)
    if not _VARIABLE.fullmatch(text):
        # It may be the secret itself.
        raise ConfigError(f"{key}: must be the name of an environment variable, not what it holds")
    return text


def _wrong_type(key: str, wanted: str, value: object) -> NoReturn:
    raise ConfigError(f"{key}: must be {wanted}, not {kind_of(value)}")


_READERS: Mapping[str, Callable[[str, object], Any]] = {
    "tags": _tags,
    "language": _language,
    "interval": _duration(1, 30 * _DAY_S),
    "delay": _duration(0, _HOUR_S),
    "headers": _headers,
    "fetch": _switch,
    "robots": _switch,
    "auth-env": _variable,
    "cookies-env": _variable,
}
