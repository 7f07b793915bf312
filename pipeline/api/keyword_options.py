"""The options of the command as keyword arguments: their types, and what they come to."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Literal, TypedDict

from feedlake.pipeline.options.failures import UsageError, nearest
from feedlake.pipeline.options.option_table import Option, options_of


class PageKeywords(TypedDict, total=False):
    """What `extract` takes beside the page: options of `feedlake extract`, `-` written as `_`."""

    min_chars: int
    extraction: Literal["fast", "balanced", "thorough"]
    earliest_date: date | str
    max_document_mb: int
    timeout: int
    max_memory_mb: int


class IngestKeywords(PageKeywords, total=False):
    """What `ingest` takes: the options of `feedlake ingest`, `-` written as `_`.

    Values are those of `feedlake.toml`.
    """

    accept_clock: bool
    unlocked: bool
    reread: bool
    wait: str | float
    text_mode: Literal["auto", "whole", "lines"]
    field: Mapping[str, str]
    respect_rights: bool
    near_duplicates: Literal["drop", "keep"]
    near_threshold: float
    partition_by: str | Sequence[str]
    chunk_documents: int
    history: Literal["index", "join"]
    enrich: str | Sequence[str]
    entities: Literal["off", "lead", "full"]
    min_quality: float
    contact: str
    no_fetch: bool
    no_robots: bool
    host_delay: str | float
    host_concurrency: int
    in_flight: int
    host_pages: int
    publish_within: str | float
    recheck: str | float
    min_interval: str | float
    max_entries: int
    sitemap_days: int
    allow_network: Sequence[str]
    archive: bool
    workers: int
    runner: str


BESIDE = frozenset({"sources", "lake", "config", "json", "quiet"})
"""Options that are arguments with a place of their own, or say what the command prints."""


def read_keywords(given: Mapping[str, object], *, function: str) -> dict[str, Any]:
    """Returns what keyword arguments mean, by the names of options.

    Args:
        given: By their names in Python; None: the default counts.
        function: Whose they are: the command of the same name takes the options.

    Raises:
        TypeError: There is no such option.
        UsageError: A value is not allowed.
    """
    options = {
        name.replace("-", "_"): option
        for name, option in options_of(function).items()
        if name not in BESIDE
    }
    values: dict[str, Any] = {}
    for name, value in given.items():
        if name not in options:
            hint = nearest(name, [key.replace("_", "-") for key in options], otherwise="")
            hint = f"; {hint.replace('-', '_')}" if hint else ""
            raise TypeError(f"{function}() takes no argument {name!r}{hint}")
        if value is not None:
            values[options[name].name] = _read(value, name, options[name])
    return values


def _read(value: object, name: str, option: Option) -> Any:
    try:
        return option.kind.read_toml(_as_toml(value))
    except UsageError as error:
        raise UsageError(f"{name}: {error}") from error


def _as_toml(value: object) -> object:
    """The value as a configuration file has it: arrays are lists, tables dictionaries."""
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    if isinstance(value, Iterable) and not isinstance(value, str | bytes):
        return list(value)
    return value


def read_paths(given: str | os.PathLike[str] | Iterable[str | os.PathLike[str]]) -> list[str]:
    """Returns paths and addresses as text, one or several of them."""
    if isinstance(given, str | os.PathLike):
        given = [given]
    return [os.fspath(path) for path in given]
