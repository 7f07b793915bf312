"""The command line: flags, what they take, and what is wrong with them."""

from __future__ import annotations

import argparse
import difflib
import os
import sys
from collections.abc import Mapping
from typing import NoReturn

from feedlake import __version__
from feedlake.pipeline.cli.enrich_options import add_entities_flag, enricher_names
from feedlake.pipeline.cli.ingest_flags import add_ingest_flags
from feedlake.pipeline.config.config_file import complete, hold_back
from feedlake.pipeline.options.config_values import ConfigError
from feedlake.pipeline.options.flag_types import duration, named, whole
from feedlake.pipeline.options.options import DEFAULT_FILE
from feedlake.pipeline.terminal import console

WRONG_USAGE = 2
"""The exit code for what the operator got wrong."""


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one sentence; argparse would print the whole usage before it."""

    def error(self, message: str) -> NoReturn:
        message = message.removeprefix("argument ")
        console.print_failure(f"{message} (see {self.prog} --help)")
        sys.exit(WRONG_USAGE)


def read_flags(given: list[str]) -> argparse.Namespace:
    """Returns the flags of one command line; ends the process where they make no sense.

    Args:
        given: The words after the program's name, without those after `--`.
    """
    parser = _parser()
    commands = commands_of(parser)
    held = hold_back(commands)
    flags, unknown = parser.parse_known_args(given)
    try:
        for word in unknown:
            # argparse takes one unbroken row of sources; those after a flag come here.
            if flags.command not in ("ingest", "schedule") or word.startswith("-"):
                raise ConfigError(_describe_unknown(word, flags.command, commands))
            if not word:
                raise ConfigError("SOURCE: an empty name; must be a path")
            flags.sources = [*getattr(flags, "sources", []), word]
        if flags.command != "init":
            complete(flags, commands=commands, held=held)
    except ConfigError as error:
        console.print_failure(f"{error} (see feedlake {flags.command} --help)")
        sys.exit(WRONG_USAGE)
    return flags


def commands_of(
    parser: argparse.ArgumentParser | None = None,
) -> dict[str, argparse.ArgumentParser]:
    """Returns the commands and what each takes, by name.

    Args:
        parser: The program's; None: a new one.
    """
    [commands] = [
        action
        for action in (parser or _parser())._actions
        if isinstance(action, argparse._SubParsersAction)
    ]
    return dict(commands.choices)


def _describe_unknown(
    word: str, command: str, commands: Mapping[str, argparse.ArgumentParser]
) -> str:
    if not word.startswith("-"):
        return f"{word}: one word too many; SQL with blanks stands in quotes"
    name = word.partition("=")[0]
    similar = difflib.get_close_matches(name, commands[command]._option_string_actions, 1)
    hint = f"did you mean {similar[0]}?" if similar else "Beam's own flags follow --"
    return f"{name}: {command} knows no such flag; {hint}"


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="feedlake",
        description="The world's news feeds as a clean table: feeds, pages and seed files to "
        "Parquet.",
        epilog="Exit codes: 0 done; 1 failed, nothing was published; 2 wrong command or input; 3 "
        "published, but no source could be read or every document was rejected; 4 another process "
        "is writing to the lake.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"feedlake {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_ingest(commands)
    _add_schedule(commands)
    _add_feeds(commands)
    _add_query(commands)
    _add_compact(commands)
    _add_enrich(commands)
    _add_upgrade(commands)
    _add_init(commands)
    for command in commands.choices.values():
        _add_config(command)
    return parser


def _add_ingest(commands: argparse._SubParsersAction[_Parser]) -> None:
    ingest = commands.add_parser(
        "ingest",
        help="read sources into a lake",
        description="Reads files, folders, globs and web addresses into a lake, in chunks of which "
        "each is published whole or not at all. What a source is, is told by its content: plain "
        "text, HTML, JSON lines, RSS, Atom, JSON Feed, WARC, Parquet, each also gzip, bzip2, xz or "
        "zstd; on the web also OPML, sitemaps and sites that name their feeds.",
        epilog="Flags after -- go to Beam, as in: --runner FlinkRunner -- --parallelism=8",
        allow_abbrev=False,
    )
    add_ingest_flags(ingest)
    _add_output(ingest)


def _add_schedule(commands: argparse._SubParsersAction[_Parser]) -> None:
    schedule = commands.add_parser(
        "schedule",
        help="read sources into a lake, again and again",
        description="Runs of ingest until stopped: each polls the addresses that are due, fetches "
        "the pages of their new entries and those that wait, and publishes. A run that fails is "
        "told and the next one tried. SIGTERM or Ctrl-C ends it within ten seconds.",
        epilog="Flags after -- go to Beam.",
        allow_abbrev=False,
    )
    add_ingest_flags(schedule)
    add = schedule.add_argument
    add(
        "--every",
        type=duration(1, 30 * 86_400),
        default=900.0,
        metavar="DURATION",
        help="time from the start of one run to the start of the next, such as 30s, 15m or 2h "
        "(default 15m); a run that takes longer is followed by the next one at once",
    )
    add(
        "--runs",
        type=whole(1, 1_000_000_000),
        default=None,
        metavar="N",
        help="stop after so many runs (default: run until stopped)",
    )
    add(
        "--metrics",
        type=whole(0, 65_535),
        default=None,
        metavar="PORT",
        help="serve counts for Prometheus at this port of the loopback address; 0 takes a free "
        "one, which is told",
    )
    add(
        "--compact-files",
        type=whole(2, 1_000_000),
        default=500,
        metavar="N",
        help="merge the lake's small files when there are more than so many (default 500)",
    )
    _add_output(schedule)


def _add_init(commands: argparse._SubParsersAction[_Parser]) -> None:
    commands.add_parser(
        "init",
        help="write a configuration file",
        description="Writes a configuration file with every key, its default and what it means. "
        "What is there already stays as it is, and the exit code is 2.",
        allow_abbrev=False,
    )


def _add_config(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--config",
        type=named,
        default=None,
        metavar="FILE",
        help=f"configuration file, in which flags may stand too (default {DEFAULT_FILE} in the "
        "working folder)",
    )


def _add_output(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print the account as JSON")
    parser.add_argument(
        "--quiet", action="store_true", help="print nothing but errors (and the JSON account)"
    )


def _add_feeds(commands: argparse._SubParsersAction[_Parser]) -> None:
    feeds = commands.add_parser(
        "feeds",
        help="show how feeds are; read and write lists of them",
        description="Shows how each polled address of a lake is: its last success, failures in a "
        "row, new entries a day against the usual, and whether it is silent, has moved or died. "
        "Exit code 3 says that one needs a look.",
        allow_abbrev=False,
    )
    add = feeds.add_argument
    add(
        "action",
        nargs="?",
        choices=("show", "export", "import"),
        default="show",
        help="show (the default); export: write the lake's feeds as OPML; import: check a list of "
        "feeds and write it as OPML",
    )
    add(
        "file",
        nargs="?",
        default=None,
        metavar="FILE",
        help="import: the list to read; export: the file to write (default: standard output)",
    )
    add("--lake", type=named, default=None, metavar="DIR", help="folder of the lake")
    add("--output", metavar="FILE", help="import: the file to write (default: standard output)")
    add("--json", action="store_true", help="print as JSON")
    add("--all", action="store_true", help="also show those that are well")


def _add_compact(commands: argparse._SubParsersAction[_Parser]) -> None:
    compact = commands.add_parser(
        "compact",
        help="check a lake, merge its small files",
        description="Merges the small files that many runs leave, partition by partition; the "
        "rows stay as they are. With --verify it only checks: the journal against the files and "
        "their checksums, ids against doubles, the sums of all runs. A fault found ends with exit "
        "code 1.",
        allow_abbrev=False,
    )
    compact.add_argument(
        "--lake", required=True, type=named, metavar="DIR", help="folder of the lake"
    )
    what = compact.add_mutually_exclusive_group()
    what.add_argument("--verify", action="store_true", help="check the lake, change nothing")
    what.add_argument(
        "--quarantine",
        action="store_true",
        help="first move damaged files below _quarantine; ingest --reread brings their rows back",
    )


def _add_enrich(commands: argparse._SubParsersAction[_Parser]) -> None:
    enrich = commands.add_parser(
        "enrich",
        help="find language, places, tone and the like anew in what a lake holds",
        description="Brings the enrichment of all articles and revisions up to date, after an "
        "update of feedlake or for enrichers that were not run. Sources are not read, all else "
        "stays as it is. Ended at any time, the same command goes on where it stopped.",
        allow_abbrev=False,
    )
    add = enrich.add_argument
    add("--lake", required=True, type=named, metavar="DIR", help="folder of the lake")
    add("--only", type=enricher_names, default=None, metavar="NAMES",
        help="enrichers to run, with commas between (default: those that ingest runs by default, "
        "and those that a row was filled by)")  # fmt: skip
    add("--all", action="store_true", help="also rows that are up to date")
    add_entities_flag(enrich)
    add("--workers", type=whole(1, 256), default=os.cpu_count() or 1, metavar="N",
        help="processes that enrich (default: one a core)")  # fmt: skip
    _add_output(enrich)


def _add_upgrade(commands: argparse._SubParsersAction[_Parser]) -> None:
    upgrade = commands.add_parser(
        "upgrade",
        help="bring the ids in a lake up to date with this feedlake",
        description="A newer feedlake may see that two addresses are the same page. This command "
        "makes the ids in a lake anew from its addresses, in one step that happens wholly or not "
        "at all. If two articles turn out to be one, it says so, and the later one becomes a "
        "revision or a copy. Until it has run, ingest adds nothing to a lake with older ids.",
        allow_abbrev=False,
    )
    upgrade.add_argument(
        "--lake", required=True, type=named, metavar="DIR", help="folder of the lake"
    )


def _add_query(commands: argparse._SubParsersAction[_Parser]) -> None:
    query = commands.add_parser(
        "query",
        help="ask a lake in SQL",
        description="Runs one SQL query (DuckDB) over the views articles, revisions, latest "
        "(each article in its newest version), duplicates, clusters (articles and duplicates with "
        "their near-duplicate group), rejects, sources and runs; it sees whole runs only.",
        allow_abbrev=False,
    )
    query.add_argument("sql", metavar="SQL", help='for example "SELECT title FROM articles"')
    query.add_argument(
        "--lake", required=True, type=named, metavar="DIR", help="folder of the lake"
    )
    query.add_argument(
        "--format",
        choices=("table", "csv", "json", "parquet"),
        default="table",
        help="default table",
    )
    query.add_argument(
        "--output", metavar="FILE", help="write to a file instead of standard output"
    )
