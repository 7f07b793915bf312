"""The configuration file: what flags may say, said once, and which of both counts."""

from __future__ import annotations

import argparse
import copy
import glob
import os
import re
from argparse import Action, ArgumentParser
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any, NoReturn

from feedlake.pipeline.options.config_values import ConfigError, array_of_texts, kind_of, nearest
from feedlake.pipeline.options.options import DEFAULT_FILE

if TYPE_CHECKING:
    from feedlake.transforms.records.polls import SourceOptions


MAX_BYTES = 16 << 20
"""Largest file that is read: a table for each of 50,000 addresses is smaller."""

_COMMANDS = ("ingest", "schedule")
"""Commands whose flags a file may hold; others take those of them that they know."""

_COMMAND_LINE_ONLY = ("help", "config")
_NEGATION = "no-"
_NUMBERS = ("N", "SECONDS", "SHARE", "PORT")
_NO_POSITION = re.compile(r"\(at end of document\)")
_CREDENTIALS = re.compile(r"[a-z]+://[^/?#]*@", re.IGNORECASE)


@dataclass(frozen=True)
class Held:
    """What one command takes from the command line or from a file.

    Attributes:
        defaults: What counts if neither says anything, by the names that flags have in the code.
        required: Those without which the command does nothing, and what messages call them.
    """

    defaults: Mapping[str, Any]
    required: Mapping[str, str]


@dataclass(frozen=True)
class Config:
    """What a configuration file says.

    Attributes:
        values: By the names that flags have in the code.
        source_options: What it says of single addresses, by address.
    """

    values: Mapping[str, Any] = field(default_factory=dict)
    source_options: Mapping[str, SourceOptions] = field(default_factory=dict)


def keys_of(commands: Mapping[str, ArgumentParser]) -> dict[str, Action]:
    """Returns the keys that a file may hold, in the order of the help, and the flag of each.

    Args:
        commands: All commands, by name.
    """
    keys: dict[str, Action] = {}
    for name in _COMMANDS:
        for action in commands[name]._actions:
            key = key_of(action)
            if key not in _COMMAND_LINE_ONLY:
                keys.setdefault(key, action)
    return keys


def key_of(action: Action) -> str:
    """Returns what a flag is called in a file: its long name without dashes in front."""
    return action.option_strings[-1].lstrip("-") if action.option_strings else action.dest


def hold_back(commands: Mapping[str, ArgumentParser]) -> dict[str, Held]:
    """Lets the command line leave out whatever a file may say, and returns what was held back.

    Flags that are not given then leave no trace when the command line is read.

    Args:
        commands: All commands, by name.
    """
    known = {action.dest for action in keys_of(commands).values()}
    held = {}
    for name, parser in commands.items():
        defaults, required = {}, {}
        for action in parser._actions:
            if action.dest not in known:
                continue
            defaults[action.dest] = [] if action.nargs == "+" else action.default
            if action.required:
                shown = "/".join(action.option_strings) or str(action.metavar)
                required[action.dest] = shown
            action.required = False
            action.default = argparse.SUPPRESS
            if action.nargs == "+":
                action.nargs = "*"
        held[name] = Held(defaults, required)
    return held


def complete(
    flags: argparse.Namespace, *, commands: Mapping[str, ArgumentParser], held: Mapping[str, Held]
) -> None:
    """Adds to the flags of a command line what the configuration file and the defaults say.

    Args:
        flags: As given; each that is there stays as it is.
        commands: All commands, by name.
        held: What `hold_back` returned.

    Raises:
        ConfigError: The file cannot be read or makes no sense, or what is required is nowhere.
    """
    own = held[flags.command]
    config = read_config(flags.config, commands=commands, reads_sources="sources" in own.defaults)
    for name, default in own.defaults.items():
        if not hasattr(flags, name):
            setattr(flags, name, config.values.get(name, copy.copy(default)))
    flags.source_options = config.source_options
    missing = {name: shown for name, shown in own.required.items() if not getattr(flags, name)}
    if missing:
        raise ConfigError(
            f"the following arguments are required: {', '.join(missing.values())}; they may also "
            f"stand in {flags.config or DEFAULT_FILE}, as {' and '.join(missing)}"
        )


def read_config(
    path: str | None, *, commands: Mapping[str, ArgumentParser], reads_sources: bool = True
) -> Config:
    """Returns what a configuration file says.

    Args:
        path: The file; None: the default one, which may be missing.
        commands: All commands, by name.
        reads_sources: Whether what it says of single addresses is wanted.

    Raises:
        ConfigError: It cannot be read, is no TOML, or holds what makes no sense.
    """
    shown = path or DEFAULT_FILE
    keys = keys_of(commands)
    content = _load(shown, is_optional=path is None)
    folder = _folder(shown)
    values: dict[str, Any] = {}
    for key, value in content.items():
        if key == "source":
            continue
        try:
            action, meant = _find(key, value, keys, commands)
            if action.dest in values:
                raise ConfigError(f"must stand there once, with or without {_NEGATION}")
            values[action.dest] = _value(action, meant, folder)
        except ConfigError as error:
            raise ConfigError(f"{shown}: {key}: {error}") from error
    if not reads_sources or "source" not in content:
        return Config(values)
    from feedlake.pipeline.config.config_sources import read_source_tables

    try:
        options = read_source_tables(content["source"], top_keys=tuple(keys))
    except ConfigError as error:
        raise ConfigError(f"{shown}: {error}") from error
    values["sources"] = [*values.get("sources", []), *options]
    return Config(values, options)


def _load(shown: str, *, is_optional: bool) -> dict[str, Any]:
    try:
        with open(os.path.expanduser(shown), "rb") as stream:
            body = stream.read(MAX_BYTES + 1)
    except FileNotFoundError as error:
        if is_optional:
            return {}
        raise ConfigError(f"--config {shown}: no such file") from error
    except OSError as error:
        raise ConfigError(f"{shown}: the file cannot be read: {error.strerror}") from error
    if len(body) > MAX_BYTES:
        raise ConfigError(f"{shown}: must have at most {MAX_BYTES >> 20} MiB")
    import tomllib

    try:
        text = body.decode("utf-8-sig")  # Some editors begin with a mark that TOML does not know.
        return tomllib.loads(text)
    except UnicodeDecodeError as error:
        line = body.count(b"\n", 0, error.start) + 1
        column = error.start - body.rfind(b"\n", 0, error.start)
        raise ConfigError(f"{shown}: line {line}, column {column}: must be UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        end = f"(at line {text.count(chr(10)) + 1}, column {len(text) - text.rfind(chr(10))})"
        raise ConfigError(f"{shown}: {_NO_POSITION.sub(end, str(error))}") from error
    except (ValueError, RecursionError) as error:
        why = "nested too deep" if isinstance(error, RecursionError) else "a number is too long"
        raise ConfigError(f"{shown}: {why}") from error


def _folder(shown: str) -> str:
    """The folder that relative paths start at; nothing for the working folder."""
    path = os.path.expanduser(shown)
    # What a shell hands over as /dev/fd/63 is in no folder that anybody means.
    return os.path.dirname(path) if os.path.isfile(path) else ""


def _find(
    key: str, value: object, keys: Mapping[str, Action], commands: Mapping[str, ArgumentParser]
) -> tuple[Action, object]:
    """The flag that a key means, and the value that it has there."""
    if key in keys:
        return keys[key], value
    if _NEGATION + key in keys:
        return keys[_NEGATION + key], not value if isinstance(value, bool) else value
    from feedlake.pipeline.config.config_keys import SOURCE_KEYS

    if key in SOURCE_KEYS:
        raise ConfigError("stands in a table [[source]], after its url")
    elsewhere = {key_of(action) for parser in commands.values() for action in parser._actions}
    if key in elsewhere:
        raise ConfigError("stands on the command line only")
    positive = [known.removeprefix(_NEGATION) for known in keys]
    raise ConfigError(f"no such key; {nearest(key, [*keys, *positive, 'source'])}")


def _value(action: Action, value: object, folder: str) -> Any:
    """What the flag would have made of the value."""
    if isinstance(action, argparse._StoreTrueAction):
        if not isinstance(value, bool):
            _wrong_type("true or false", value)
        return value
    parsed = [_parse(action, text) for text in _texts(action, value)]
    if action.metavar == "SOURCE":
        return [_source(text, folder) for text in parsed]
    if action.metavar == "DIR":
        return _beside(parsed[0], folder)
    return parsed if isinstance(action, argparse._AppendAction) else parsed[0]


def _texts(action: Action, value: object) -> list[str]:
    """The value as the words that one would type after the flag."""
    if action.metavar in ("SOURCE", "CIDR"):
        if action.metavar == "SOURCE" and isinstance(value, list) and dict in map(type, value):
            raise ConfigError("holds a table; tables are called [[source]]")
        return array_of_texts(value)
    if action.metavar == "NAME=OWN":
        if not isinstance(value, dict):
            _wrong_type('a table such as {text = "body"}', value)
        for name, own in value.items():
            if not isinstance(own, str):
                raise ConfigError(f"{name}: must be text in quotes, not {kind_of(own)}")
        return [f"{name}={own}" for name, own in value.items()]
    if action.metavar in ("COLUMNS", "NAMES") and isinstance(value, list):
        return [",".join(array_of_texts(value))]
    if action.metavar == "YYYY-MM-DD" and isinstance(value, date):
        return [value.isoformat()]
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if action.metavar in _NUMBERS:
        if not is_number:
            _wrong_type("a number", value)
    elif not isinstance(value, str) and not (is_number and action.metavar == "DURATION"):
        _wrong_type("text in quotes", value)
    try:
        return [str(value)]
    except ValueError as error:  # Python writes no number of more than 4,300 digits.
        raise ConfigError("a number is too long") from error


def _parse(action: Action, text: str) -> Any:
    if "\0" in text:
        raise ConfigError("must hold no NUL")  # As on a command line, which cannot.
    parser = argparse.ArgumentParser(add_help=False)
    try:
        value = parser._get_value(action, text)
        parser._check_value(action, value)
    except argparse.ArgumentError as error:
        raise ConfigError(error.message) from error
    return value


def _source(text: str, folder: str) -> str:
    if _CREDENTIALS.match(text):
        raise ConfigError(
            "an address holds a user or a password; must be a table [[source]] whose auth-env "
            "names an environment variable with user:password"
        )
    path = _beside(text, folder)
    if path != text and glob.has_magic(text) and not os.path.lexists(path):
        return _beside(text, glob.escape(folder))
    return path


def _beside(text: str, folder: str) -> str:
    """A path of the file as one from the working folder."""
    return text if "://" in text else os.path.join(folder, os.path.expanduser(text))


def _wrong_type(wanted: str, value: object) -> NoReturn:
    raise ConfigError(f"must be {wanted}, not {kind_of(value)}")
