"""The command line: flags, what they take, and what is wrong with them."""

from __future__ import annotations

import argparse
import difflib
import os
import sys
from collections.abc import Callable
from datetime import date
from typing import NoReturn

from pipeline import __version__, report

WRONG_USAGE = 2
"""The exit code for what the operator got wrong."""

DEFAULT_RUNNER = "DirectRunner"
"""What users type for this machine; `beam_options` says what is started for it."""

_PARTITIONS = ("date", "date:month", "date:year", "language", "site", "source_kind", "text_source")
_FIELDS = ("url", "html", "text", "title", "date", "author", "authors", "language", "source")


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one sentence; argparse would print the whole usage before it."""

    def error(self, message: str) -> NoReturn:
        message = message.removeprefix("argument ")
        report.print_failure(f"{message} (see {self.prog} --help)")
        sys.exit(WRONG_USAGE)


def read_flags(given: list[str]) -> argparse.Namespace:
    """Returns the flags of one command line; ends the process where they make no sense.

    Args:
        given: The words after the program's name, without those after `--`.
    """
    parser = _parser()
    flags, unknown = parser.parse_known_args(given)
    for word in unknown:
        # argparse takes one unbroken row of sources; those after a flag come here.
        if flags.command == "ingest" and not word.startswith("-"):
            flags.sources.append(word)
        else:
            why = _describe_unknown(word, flags)
            report.print_failure(f"{why} (see feedlake {flags.command} --help)")
            sys.exit(WRONG_USAGE)
    return flags


def _describe_unknown(word: str, flags: argparse.Namespace) -> str:
    if not word.startswith("-"):
        return f"{word}: one word too many; SQL with blanks stands in quotes"
    name = word.partition("=")[0]
    known = [f"--{other.replace('_', '-')}" for other in [*vars(flags), "help", "field"]]
    similar = difflib.get_close_matches(name, known, 1)
    hint = f"did you mean {similar[0]}?" if similar else "Beam's own flags follow --"
    return f"{name}: {flags.command} knows no such flag; {hint}"


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
    _add_query(commands)
    _add_compact(commands)
    return parser


def _add_ingest(commands: argparse._SubParsersAction[_Parser]) -> None:
    ingest = commands.add_parser(
        "ingest",
        help="read sources into a lake",
        description="Reads files, folders and globs into a lake, in chunks of which each is "
        "published whole or not at all. The kind of a file is told by its content: plain text, "
        "HTML, JSON lines, RSS, Atom, JSON Feed, WARC, Parquet, each also gzip, bzip2, xz or zstd.",
        epilog="Flags after -- go to Beam, as in: --runner FlinkRunner -- --parallelism=8",
        allow_abbrev=False,
    )
    add = ingest.add_argument
    add(
        "sources",
        nargs="+",
        type=_named,
        metavar="SOURCE",
        help="file, folder (read to its leaves) or glob",
    )
    add(
        "--lake",
        required=True,
        type=_named,
        metavar="DIR",
        help="folder of the lake; made if it is not there",
    )
    add(
        "--text-mode",
        choices=("auto", "whole", "lines"),
        default="auto",
        help="plain text files: one article a file (whole), one a line (lines), or lines where "
        "every line has the date header (auto, the default)",
    )
    add(
        "--field",
        action="append",
        type=_field,
        default=[],
        metavar="NAME=OWN",
        dest="fields",
        help="own name of a JSON or Parquet field, such as text=body; NAME is one of "
        + ", ".join(_FIELDS),
    )
    add(
        "--min-chars",
        type=_whole(0, 1_000_000_000),
        default=200,
        metavar="N",
        help="shortest main text of an HTML page to keep, in characters (default 200); plain "
        "text and feed content only must not be empty",
    )
    add(
        "--earliest-date",
        type=_day,
        default=date(1990, 1, 1),
        metavar="YYYY-MM-DD",
        help="dates before this day are not trusted (default 1990-01-01)",
    )
    add(
        "--partition-by",
        type=_partitions,
        default=None,
        metavar="COLUMNS",
        help=f"what articles are partitioned by: one or more of {', '.join(_PARTITIONS)}, with "
        "commas between (default date); fixed by a lake's first run",
    )
    add(
        "--near-duplicates",
        choices=("drop", "keep"),
        default="drop",
        help="texts that are all but the same as an earlier one: into the table duplicates (drop, "
        "the default), or into articles like all others, with the same cluster_id (keep)",
    )
    add(
        "--near-threshold",
        type=_share,
        default=0.8,
        metavar="SHARE",
        help="Jaccard similarity of word pairs from which texts count as near-duplicates, 0.5 to 1 "
        "(default 0.8); below 0.7 a part of them is not found",
    )
    add(
        "--chunk-documents",
        type=_whole(1, 1_000_000),
        default=5_000,
        metavar="N",
        help="documents that are published at a time (default 5000); a run that is ended goes on "
        "after the last chunk when it is started again",
    )
    add(
        "--reread",
        action="store_true",
        help="read files again that an earlier run has read as they are now",
    )
    add(
        "--history",
        choices=("index", "join"),
        default=None,
        help="how the lake is searched for what it holds already: in an index kept under _cache "
        "(index, the default on this machine), or by a join with the lake's key columns (join, "
        "the default with another runner or a lake that is not on this machine)",
    )
    add(
        "--max-document-mb",
        type=_whole(1, 2_000),
        default=10,
        metavar="N",
        help="largest document in MiB, decompressed; larger ones are rejected (default 10)",
    )
    add(
        "--timeout",
        type=_whole(1, 86_400),
        default=20,
        metavar="SECONDS",
        help="seconds of CPU that reading one page or feed may take (default 20), and three times "
        "that in wall time; what takes longer is rejected",
    )
    add(
        "--max-memory-mb",
        type=_whole(1, 1_048_576),
        default=1024,
        metavar="N",
        help="memory in MiB that reading one page or feed may take (default 1024)",
    )
    add(
        "--workers",
        type=_whole(1, 256),
        default=os.cpu_count() or 1,
        metavar="N",
        help="processes that extract pages (default: one a core)",
    )
    add(
        "--runner",
        default=DEFAULT_RUNNER,
        metavar="NAME",
        help="Beam runner (default DirectRunner: this machine, in process, no network)",
    )
    add("--json", action="store_true", help="print the account as JSON")
    add("--quiet", action="store_true", help="print nothing but errors (and the JSON account)")


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
        "--lake", required=True, type=_named, metavar="DIR", help="folder of the lake"
    )
    what = compact.add_mutually_exclusive_group()
    what.add_argument("--verify", action="store_true", help="check the lake, change nothing")
    what.add_argument(
        "--quarantine",
        action="store_true",
        help="first move damaged files below _quarantine; ingest --reread brings their rows back",
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
        "--lake", required=True, type=_named, metavar="DIR", help="folder of the lake"
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


def _whole(least: int, most: int) -> Callable[[str], int]:
    """A parser of whole numbers between two bounds."""

    def parse(text: str) -> int:
        try:
            number = int(text)
        except ValueError:
            number = least - 1
        if not least <= number <= most:
            raise argparse.ArgumentTypeError(
                f"{text}: must be a whole number from {least:,} to {most:,}"
            )
        return number

    return parse


def _share(text: str) -> float:
    try:
        share = float(text)
    except ValueError:
        share = 0.0
    if not 0.5 <= share <= 1:
        raise argparse.ArgumentTypeError(f"{text}: must be a number from 0.5 to 1")
    return share


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text}: must be a date, YYYY-MM-DD") from None


def _named(text: str) -> str:
    if not text:
        raise argparse.ArgumentTypeError("an empty name; must be a path")
    return text


def _field(text: str) -> tuple[str, str]:
    name, _, own = text.partition("=")
    if name not in _FIELDS or not own:
        raise argparse.ArgumentTypeError(
            f"{text}: must be NAME=OWN with NAME one of {', '.join(_FIELDS)}"
        )
    return name, own


def _partitions(text: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in text.split(","))
    if not set(names) <= set(_PARTITIONS) or len(set(names)) < len(names):
        raise argparse.ArgumentTypeError(
            f"{text}: must be among {', '.join(_PARTITIONS)}, each once"
        )
    return names
