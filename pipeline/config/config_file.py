"""The configuration file `feedlake.toml`: what it says, read by the table of options."""

from __future__ import annotations

import os
import re
import stat
from typing import TYPE_CHECKING, Any

from feedlake.pipeline.options.failures import UsageError, nearest
from feedlake.pipeline.options.option_table import (
    DEFAULT_FILE,
    FILE_OPTIONS,
    OPTIONS,
    SOURCE_OPTIONS,
)
from feedlake.pipeline.terminal import console

if TYPE_CHECKING:
    from feedlake.transforms.records.polls import SourceOptions

MAX_BYTES = 16 << 20
"""Largest file that is read: a table for each of 50,000 addresses is smaller."""

_OFF = "no-"
_NO_POSITION = re.compile(r"\(at end of document\)")


def read_config_file(
    path: str | None, *, reads_sources: bool = True
) -> tuple[dict[str, Any], dict[str, SourceOptions]]:
    """Returns what a configuration file says: values by the names of options, and by address.

    Args:
        path: The file; None: the default one, which may be missing. It decides what is asked of
            whom, so one that others could have put there is named and not used.
        reads_sources: Whether what it says of single addresses is wanted.

    Raises:
        UsageError: It cannot be read, is no TOML, or holds what makes no sense.
    """
    shown = path or DEFAULT_FILE
    content = _load(shown, is_optional=path is None)
    folder = _folder(shown)
    tables = content.pop("source", None)
    values: dict[str, Any] = {}
    for key, value in content.items():
        try:
            name, meant = _find(key, value)
            if name in values:
                raise UsageError(f"must be there only once, with or without {_OFF}")
            values[name] = FILE_OPTIONS[name].kind.read_toml(meant, folder=folder)
        except UsageError as error:
            raise UsageError(f"{shown}: {key}: {error}") from error
    if not reads_sources or tables is None:
        return values, {}
    from feedlake.pipeline.config.source_tables import read_source_tables

    try:
        sources = read_source_tables(tables)
    except UsageError as error:
        raise UsageError(f"{shown}: {error}") from error
    values["sources"] = (*values.get("sources", ()), *sources)
    return values, sources


def _load(shown: str, *, is_optional: bool) -> dict[str, Any]:
    try:
        with open(os.path.expanduser(shown), "rb") as stream:
            if is_optional and (why := _why_not_ours(os.fstat(stream.fileno()))):
                console.print_notice(
                    f"{shown} isn't used, as {why}; to use it all the same, name it: "
                    f"--config {shown}"
                )
                return {}
            body = stream.read(MAX_BYTES + 1)
    except FileNotFoundError as error:
        if is_optional:
            return {}
        raise UsageError(f"--config {shown}: no such file") from error
    except OSError as error:
        raise UsageError(f"{shown}: the file cannot be read: {error.strerror}") from error
    if len(body) > MAX_BYTES:
        raise UsageError(f"{shown}: must have at most {MAX_BYTES >> 20} MiB")
    import tomllib

    try:
        text = body.decode("utf-8-sig")  # Some editors begin with a mark that TOML does not know.
        return tomllib.loads(text)
    except UnicodeDecodeError as error:
        line = body.count(b"\n", 0, error.start) + 1
        column = error.start - body.rfind(b"\n", 0, error.start)
        raise UsageError(f"{shown}: line {line}, column {column}: must be UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        end = f"(at line {text.count(chr(10)) + 1}, column {len(text) - text.rfind(chr(10))})"
        raise UsageError(f"{shown}: {_NO_POSITION.sub(end, str(error))}") from error
    except (ValueError, RecursionError) as error:
        why = "nested too deep" if isinstance(error, RecursionError) else "a number is too long"
        raise UsageError(f"{shown}: {why}") from error


def _why_not_ours(file: os.stat_result) -> str | None:
    """Why somebody else may have written this file of the working folder; None: nobody could."""
    if not hasattr(os, "geteuid"):
        return None  # Windows, where owners say nothing.
    if file.st_uid not in (os.geteuid(), 0):
        return "it belongs to another user"
    folder = os.stat(".")
    if folder.st_uid not in (os.geteuid(), 0):
        return "the folder belongs to another user"
    if file.st_mode & stat.S_IWOTH:
        return "everybody may write to it"
    # With the sticky bit, as in /tmp, others can add files there, but not replace ours.
    if folder.st_mode & stat.S_IWOTH and not folder.st_mode & stat.S_ISVTX:
        return "everybody may write to its folder"
    return None


def _folder(shown: str) -> str:
    """The folder that relative paths start at; nothing for the working folder."""
    path = os.path.expanduser(shown)
    # What a shell hands over as /dev/fd/63 is in no folder that anybody means.
    return os.path.dirname(path) if os.path.isfile(path) else ""


def _find(key: str, value: object) -> tuple[str, object]:
    """The option that a key means, and the value that it has there."""
    if key in FILE_OPTIONS:
        if isinstance(value, list) and dict in map(type, value):
            raise UsageError("contains a table; tables are called [[source]]")
        return key, value
    if _OFF + key in FILE_OPTIONS:
        return _OFF + key, not value if isinstance(value, bool) else value
    if key in SOURCE_OPTIONS:
        raise UsageError("belongs in a [[source]] table, after its url")
    if any(key == option.name for option in OPTIONS):
        raise UsageError("works on the command line only")
    positive = [known.removeprefix(_OFF) for known in FILE_OPTIONS]
    raise UsageError(f"no such key; {nearest(key, [*FILE_OPTIONS, *positive, 'source'])}")
