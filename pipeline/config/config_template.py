"""The configuration file that `feedlake init` writes: every key, its default, what it does."""

from __future__ import annotations

import json
import os
import shlex
import textwrap
from datetime import date
from itertools import groupby

from feedlake.pipeline.options.failures import UsageError, cannot_write
from feedlake.pipeline.options.option_table import (
    DEFAULT_FILE,
    FILE_OPTIONS,
    SOURCE_OPTIONS,
    Option,
)
from feedlake.pipeline.terminal.console import printable

_WIDTH = 96

_HEAD = (
    "Configuration of feedlake. Commands read it as feedlake.toml in the working folder, or where "
    "--config says. A flag on the command line wins over this file. A line such as #name = value "
    "shows a default or, if there is none, an example: remove the # and change it. Relative paths "
    "start at this file's folder."
)
_TABLES = (
    "A table for each address that needs settings of its own. feedlake polls it like those in "
    "sources. What the table says also counts if the address comes from an OPML file or the "
    "command line. Tables stand at the end of the file."
)


def render_template() -> str:
    """Returns the file: all but the sources and the lake commented out, with the defaults."""
    parts = [_comment(_HEAD)]
    for section, options in groupby(FILE_OPTIONS.values(), key=lambda option: option.section):
        only = "" if "ingest" in section.commands else f" ({', '.join(section.commands)} only)"
        parts.append(f"# == {section.title}{only} ==")
        parts += [f"{_comment(option.help)}\n{_setting(option)}" for option in options]
    lines = [_comment(_TABLES), "#[[source]]"]
    for option in SOURCE_OPTIONS.values():
        lines += [_comment(option.help), _setting(option)]
    section = next(iter(SOURCE_OPTIONS.values())).section
    return "\n\n".join([*parts, f"# == {section.title} ==", "\n".join(lines)]) + "\n"


def write_template(path: str) -> None:
    """Writes the file, and nothing if something is there already.

    Args:
        path: Where to.

    Raises:
        UsageError: There is something, or the place cannot be written to.
        OSError: The disk does not take it.
    """
    place = os.path.expanduser(path)
    try:
        stream = open(place, "x", encoding="utf-8")  # noqa: SIM115
    except FileExistsError as error:
        raise UsageError(f"{path}: is there already; nothing was written") from error
    except OSError as error:
        raise cannot_write(path, error) from error
    try:
        with stream:
            stream.write(render_template())
    except OSError:
        os.unlink(place)
        raise


def next_steps(path: str | None) -> str:
    """Returns what to do with the file that was written.

    Args:
        path: Where it is, as given; None: in the default place.
    """
    own = f" --config {printable(shlex.quote(path))}" if path else ""
    return (
        f"{printable(path or DEFAULT_FILE)} is written. List what to read under sources, then run: "
        f"feedlake schedule{own}"
    )


def default_as_toml(option: Option) -> str:
    """Returns an option's default as it stands in the file; empty if it has none.

    Args:
        option: A row of the table.
    """
    if option.default is None:
        return ""
    if isinstance(option.default, date):
        return option.default.isoformat()
    return json.dumps(option.default)


def _setting(option: Option) -> str:
    if option.required_by:
        return f"{option.name} = {option.example}"
    return f"#{option.name} = {default_as_toml(option) or option.example}"


def _comment(text: str) -> str:
    return textwrap.fill(
        text,
        _WIDTH,
        initial_indent="# ",
        subsequent_indent="# ",
        break_on_hyphens=False,
        break_long_words=False,
    )
