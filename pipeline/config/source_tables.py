"""The tables [[source]] of the configuration file: what the operator decides of one address."""

from __future__ import annotations

import re
from collections.abc import Mapping
from math import inf
from typing import Any

from feedlake.pipeline.options.failures import UsageError, nearest
from feedlake.pipeline.options.option_table import FILE_OPTIONS, SOURCE_OPTIONS
from feedlake.pipeline.options.run_options import fields_of
from feedlake.pipeline.web.web_sources import read_address
from feedlake.transforms.records.polls import SourceOptions


def read_source_tables(tables: object) -> dict[str, SourceOptions]:
    """Returns what the tables say, by address, in their order.

    Args:
        tables: The value of `source`, as read.

    Raises:
        UsageError: They make no sense; no secret is in the message.
    """
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise UsageError("source: must be tables, each under its own line [[source]]")
    found: dict[str, SourceOptions] = {}
    for number, table in enumerate(tables, start=1):
        label = f"source {number}"
        try:
            url = _read_url(table)
            label = f"source {url}"
            if url in found:
                raise UsageError("this address has a table already")
            values = {key: _read_value(key, value) for key, value in table.items()}
            if values.get("interval", 0.0) > values.get("max-interval", inf):
                raise UsageError("max-interval: must be at least as long as interval")
        except UsageError as error:
            raise UsageError(f"{label}: {error}") from error
        found[url] = SourceOptions(**fields_of("source", values))
    return found


def _read_value(key: str, value: object) -> Any:
    if key in SOURCE_OPTIONS:
        try:
            return SOURCE_OPTIONS[key].kind.read_toml(value)
        except UsageError as error:
            raise UsageError(f"{key}: {error}") from error
    if key in FILE_OPTIONS:
        raise UsageError(f"{key}: not a key of a [[source]] table; must come before the first one")
    raise UsageError(f"{key}: no such key; {nearest(key, SOURCE_OPTIONS)}")


def _read_url(table: Mapping[str, Any]) -> str:
    if "url" not in table:
        raise UsageError("url: missing; a table [[source]] is about one address")
    text = _read_value("url", table["url"])
    if re.match(r"[a-z]+://[^/?#]*@", text, re.IGNORECASE):
        raise UsageError(
            "url: must not contain a user or password; put user:password into an environment "
            "variable, and name that in auth-env"
        )
    is_web = text.lower().startswith(("http://", "https://"))
    try:
        if not is_web or not text.isprintable() or " " in text:
            raise UsageError
        return read_address(text, name="url").url
    except UsageError:
        # What is not understood may hold a password anywhere.
        shown = "" if "@" in text else f" {text}"
        raise UsageError(f"url{shown}: must be an http(s) address") from None
