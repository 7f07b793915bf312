"""The command line: one command, its options, and what is wrong with them."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from dataclasses import KW_ONLY, dataclass
from typing import TYPE_CHECKING, Any, NoReturn

from feedlake import __version__
from feedlake.pipeline.options.failures import UsageError, nearest
from feedlake.pipeline.options.option_kinds import FLAG
from feedlake.pipeline.options.option_table import COMMANDS, DEFAULT_FILE, Option, options_of
from feedlake.transforms.process.library_shortcuts import describe_left_out

if TYPE_CHECKING:
    from feedlake.transforms.records.polls import SourceOptions

_EXIT_CODES = (
    "Exit codes: 0 done; 1 failed or interrupted: the chunk in progress was not published, earlier "
    "chunks of the run were (compact --verify: it found a fault); 2 wrong command or input; 3 "
    "published, but no source could be read or every document was rejected (feeds, plugins: one "
    "needs a look; explain, export, extract, remove: there is nothing that fits); 4 another "
    "process is writing to the lake."
)


_INSTEAD = {
    ("stream", "--every"): "--window",
    ("stream", "--runs"): "--windows",
    ("schedule", "--window"): "--every",
    ("schedule", "--windows"): "--runs",
}
"""Flags that another command has under another name."""


@dataclass(frozen=True)
class Call:
    """What a command was asked to do.

    Attributes:
        command: Its name.
        values: By the names of options: what the command line says, or else the configuration
            file, or else the table's default.
        sources: Options of single sources, by address.
        beam_flags: Beam's own flags, as given after `--`.
    """

    command: str
    _: KW_ONLY
    values: Mapping[str, Any]
    sources: Mapping[str, SourceOptions]
    beam_flags: tuple[str, ...] = ()


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one sentence; argparse would print the whole usage before it."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message.removeprefix('argument ')} (see {self.prog} --help)")


class _ShowVersion(argparse.Action):
    """Prints the version, and the libraries that feedlake takes no shortcuts through."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> NoReturn:
        print(f"feedlake {__version__}", *describe_left_out(), sep="\n")
        parser.exit()


def read_command_line(words: list[str]) -> Call:
    """Returns what a command line asks for; ends the process after `--help` and `--version`.

    Args:
        words: Those after the program's name.

    Raises:
        UsageError: It makes no sense, or the configuration file does not.
    """
    beam_flags: list[str] = []
    if "--" in words:
        cut = words.index("--")
        words, beam_flags = words[:cut], words[cut + 1 :]
    first = next((word for word in words[:1] if not word.startswith("-")), None)
    if first is not None and first not in (names := _command_names()):
        hint = nearest(first, names, otherwise=f"must be one of {', '.join(names)}")
        raise UsageError(f"{first}: no such command; {hint} (see feedlake --help)")
    namespace, unknown = build_parser(only=first).parse_known_args(words)
    given = vars(namespace)
    command = given.pop("command")
    options = options_of(command)
    try:
        for word in unknown:
            # argparse takes one unbroken row of sources; those after a flag come here.
            if "sources" not in options or word.startswith("-"):
                raise UsageError(_describe_unknown(word, command, options))
            given["sources"] = [*given.get("sources", []), word]
        if beam_flags and "runner" not in options:
            raise UsageError("--: only ingest, schedule and stream take Beam's flags")
        given = {name: _read(found, options[name]) for name, found in given.items()}
        for name in given:
            if options[name].not_with in given:
                raise UsageError(f"--{name}: cannot be combined with --{options[name].not_with}")
        return _complete(command, given, tuple(beam_flags))
    except UsageError as error:
        raise UsageError(f"{error} (see feedlake {command} --help)") from error


def _read(found: Any, option: Option) -> Any:
    """What an option means, given its words as argparse has found them."""
    if option.kind is FLAG:
        return found
    try:
        return option.kind.read_words(found if option.kind.gather else [found])
    except UsageError as error:
        raise UsageError(f"{option.shown}: {error}") from error


def _complete(command: str, given: Mapping[str, Any], beam_flags: tuple[str, ...]) -> Call:
    """Adds to a command line what the configuration file and the table say."""
    options = options_of(command)
    in_file: Mapping[str, Any] = {}
    sources: Mapping[str, SourceOptions] = {}
    if any(option.in_file for option in options.values()):
        from feedlake.pipeline.config.config_file import read_config_file

        in_file, sources = read_config_file(given.get("config"), reads_sources="sources" in options)
    values = {
        name: given[name] if name in given else in_file.get(name, option.default_value())
        for name, option in options.items()
    }
    missing = {
        name: option.shown
        for name, option in options.items()
        if command in option.required_by and values[name] in (None, ())
    }
    if missing:
        raise UsageError(
            f"the following arguments are required: {', '.join(missing.values())}; they may also "
            f"stand in {given.get('config') or DEFAULT_FILE}, as {' and '.join(missing)}"
        )
    return Call(command, values=values, sources=sources, beam_flags=beam_flags)


def _describe_unknown(word: str, command: str, options: Mapping[str, Option]) -> str:
    if not word.startswith("-"):
        return f"{word}: one word too many; put SQL with spaces in quotes"
    name = word.partition("=")[0]
    if (command, name) in _INSTEAD:
        return f"{name}: {command} knows no such flag; give {_INSTEAD[command, name]}"
    known = [option.shown for option in options.values() if not option.is_positional]
    hint = nearest(name, [*known, "--help"], otherwise="Beam's own flags follow --")
    return f"{name}: {command} knows no such flag; {hint}"


def _command_names() -> list[str]:
    return [command.name for command in COMMANDS]


def build_parser(
    tell: Callable[[argparse.Action, Option], None] | None = None, *, only: str | None = None
) -> argparse.ArgumentParser:
    """Returns the parser that the table of options makes.

    Args:
        tell: Called with what argparse has made of each option, and with the option.
        only: The one command whose options are wanted, as argparse takes 0.02 s for those of all.
    """
    parser = _Parser(
        prog="feedlake",
        description="The world's news feeds as a clean table: reads feeds, pages and seed files, "
        "and writes Parquet.",
        epilog=_EXIT_CODES,
        allow_abbrev=False,
    )
    parser.add_argument(
        "--version",
        action=_ShowVersion,
        nargs=0,
        default=argparse.SUPPRESS,
        help="show the version and exit",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for command in COMMANDS:
        own = commands.add_parser(
            command.name,
            help=command.summary,
            description=command.description,
            epilog=command.epilog,
            allow_abbrev=False,
        )
        if only not in (None, command.name):
            continue
        options = options_of(command.name).values()
        for section in dict.fromkeys(option.section for option in options):
            group = own.add_argument_group(section.title)
            for option in options:
                if option.section == section:
                    short = (f"-{option.letter}",) if option.letter else ()
                    action = group.add_argument(
                        *short,
                        option.name if option.is_positional else option.shown,
                        **_settings(option, command.name),
                    )
                    if tell is not None:
                        tell(action, option)
    return parser


def _settings(option: Option, command: str) -> dict[str, Any]:
    """What argparse is told, which only finds the words that belong to an option.

    What is not given leaves no trace, as the file may say it.
    """
    default = f" (default: {option.shown_default})" if option.shown_default else ""
    text = (option.help + default).replace("%", "%%")
    settings: dict[str, Any] = {"default": argparse.SUPPRESS, "help": text}
    if not option.is_positional:
        settings["dest"] = option.name
    if option.kind is FLAG:
        return {**settings, "action": "store_true"}
    settings["metavar"] = option.kind.metavar
    if not option.is_positional:
        return {**settings, "action": "append"} if option.kind.gather else settings
    if option.kind.gather:
        return {**settings, "nargs": "*"}
    return settings if command in option.required_by else {**settings, "nargs": "?"}
