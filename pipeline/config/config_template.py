"""The configuration file that `feedlake init` writes: every key, its default, what it means."""

from __future__ import annotations

import json
import os
import shlex
import textwrap
from argparse import Action, ArgumentParser
from collections.abc import Iterator, Mapping
from datetime import date

from feedlake.pipeline.config.config_file import keys_of
from feedlake.pipeline.config.config_keys import SOURCE_KEYS
from feedlake.pipeline.options.config_values import ConfigError
from feedlake.pipeline.options.options import DEFAULT_FILE
from feedlake.pipeline.terminal import console

EXAMPLES = {
    "partition-by": '["date", "language"]',
    "history": '"index"',
    "contact": '"editor@news.example"',
    "runs": "24",
    "metrics": "9464",
}
"""Values of keys that have no default, as TOML."""

_SOURCES = """
sources = [
    # "feeds.opml",
    # "https://news.example/feed.xml",
    # "/srv/news",
]
"""
_UNITS = ((86_400, "d"), (3_600, "h"), (60, "m"), (1, "s"))
_WIDTH = 96


def render_template(commands: Mapping[str, ArgumentParser]) -> str:
    """Returns the file: all but the sources and the lake commented out, with the defaults.

    Args:
        commands: All commands, by name.
    """
    parts = [
        _comment(
            "Configuration of feedlake. Commands read it as feedlake.toml in the working folder, "
            "or where --config says. A flag on the command line goes before what stands here. "
            "A line such as #name = value shows a default or, where there is none, an example: "
            "take the # away to decide otherwise. Relative paths start at this file's folder."
        )
    ]
    sections: dict[str, list[str]] = {}
    for key, action in keys_of(commands).items():
        section = sections.setdefault(_title_of(action, commands), [])
        section.append(f"{_comment(_help(action))}\n{_setting(key, action)}")
    for title, settings in sections.items():
        parts += [f"# == {title} ==", *settings]
    parts.append("# == single addresses ==")
    parts.append(
        _comment(
            "A table for each address of which something is to be decided. It is polled like those "
            "in sources; what it says also counts if the address comes from an OPML file or the "
            "command line. Tables stand at the end of the file."
        )
        + "\n"
        + "\n".join(_source_table())
    )
    return "\n\n".join(parts) + "\n"


def write_template(path: str, commands: Mapping[str, ArgumentParser]) -> None:
    """Writes the file, and nothing if something is there already.

    Args:
        path: Where to.
        commands: All commands, by name.

    Raises:
        ConfigError: There is something, or the place cannot be written to.
        OSError: The disk does not take it.
    """
    place = os.path.expanduser(path)
    try:
        stream = open(place, "x", encoding="utf-8")  # noqa: SIM115
    except FileExistsError as error:
        raise ConfigError(f"{path}: is there already; nothing was written") from error
    except OSError as error:
        raise ConfigError(f"{path}: cannot be written: {error.strerror}") from error
    try:
        with stream:
            stream.write(render_template(commands))
    except OSError:
        os.unlink(place)
        raise


def next_steps(path: str | None) -> str:
    """Returns what to do with the file that was written.

    Args:
        path: Where it is, as given; None: in the default place.
    """
    shown = console.printable(path or DEFAULT_FILE)
    own = f" --config {console.printable(shlex.quote(path))}" if path else ""
    return f"{shown} is written; name what to read under sources, then: feedlake schedule{own}"


def _title_of(action: Action, commands: Mapping[str, ArgumentParser]) -> str:
    """The heading that a flag stands under: that of its group in the help."""
    if not any(action.dest == other.dest for other in commands["ingest"]._actions):
        return "feedlake schedule only"
    groups = commands["ingest"]._action_groups
    titles = [group.title for group in groups if action in group._group_actions]
    usual = ("positional arguments", "options")
    title = titles[0] if titles else None
    return title if title and title not in usual else "sources, lake, reading, printing"


def _help(action: Action) -> str:
    text = action.help or ""
    return text % {"default": action.default} if "%" in text else text


def _setting(key: str, action: Action) -> str:
    if action.metavar == "SOURCE":
        return _SOURCES.strip()
    if action.metavar == "DIR":
        return f'{key} = "lake"'
    return f"#{key} = {_default(key, action)}"


def _default(key: str, action: Action) -> str:
    value = action.default
    if value is None:
        return EXAMPLES[key]
    if action.metavar == "NAME=OWN":
        return "{}"
    if action.metavar == "DURATION":
        return json.dumps(_duration(value))
    if isinstance(value, date):
        return value.isoformat()
    return json.dumps(value)


def _duration(seconds: float) -> str:
    for unit_s, unit in _UNITS:
        if seconds >= unit_s and seconds % unit_s == 0:
            return f"{seconds / unit_s:g}{unit}"
    return f"{seconds:g}s"


def _source_table() -> Iterator[str]:
    yield "#[[source]]"
    for key, (example, text) in SOURCE_KEYS.items():
        yield _comment(text)
        yield f"#{key} = {example}"


def _comment(text: str) -> str:
    return textwrap.fill(
        text,
        _WIDTH,
        initial_indent="# ",
        subsequent_indent="# ",
        break_on_hyphens=False,
        break_long_words=False,
    )
