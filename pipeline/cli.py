"""The feedlake command: flags, messages, exit codes."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Sequence
from datetime import date
from types import FrameType
from typing import TYPE_CHECKING, NoReturn

from pipeline import __version__

if TYPE_CHECKING:
    from pipeline.options import IngestOptions

DONE, FAILED, WRONG_USAGE, SILENT_ZERO, BUSY = range(5)
"""Exit codes, as the README lists them."""

_PARTITIONS = ("date", "date:month", "date:year", "language", "site", "source_kind", "text_source")
_FIELDS = ("url", "html", "text", "title", "date", "author", "authors", "language", "source")


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command and returns its exit code.

    Args:
        arguments: The command line without the program's name; None: the process's own.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    beam_flags: list[str] = []
    if "--" in given:
        cut = given.index("--")
        given, beam_flags = given[:cut], given[cut + 1 :]
    flags = _parser().parse_args(given)
    from pipeline.options import UsageError

    try:
        if flags.command == "ingest":
            return _ingest(flags, beam_flags)
        if beam_flags:
            raise UsageError("--: only ingest takes Beam's flags")
        return _query(flags)
    except UsageError as error:
        return _fail(WRONG_USAGE, str(error))


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one sentence; argparse would print the whole usage before it."""

    def error(self, message: str) -> NoReturn:
        sys.exit(_fail(WRONG_USAGE, f"{message} (see {self.prog} --help)"))


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="feedlake",
        description="The world's news feeds as a clean table: feeds, pages and seed files to Parquet.",
        epilog="Exit codes: 0 done; 1 failed, nothing was published; 2 wrong command or input; 3 "
        "published, but no source could be read or every document was rejected; 4 another process "
        "is writing to the lake.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"feedlake {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_ingest(commands)
    _add_query(commands)
    return parser


def _add_ingest(commands: argparse._SubParsersAction[_Parser]) -> None:
    ingest = commands.add_parser(
        "ingest",
        help="read sources into a lake",
        description="Reads files, folders and globs into a lake, in one run that is published "
        "whole or not at all. The kind of a file is told by its content: plain text, HTML, JSON "
        "lines, RSS, Atom, JSON Feed, WARC, Parquet, each also gzip, bzip2, xz or zstd.",
        epilog="Flags after -- go to Beam, as in: --runner FlinkRunner -- --parallelism=8",
        allow_abbrev=False,
    )
    add = ingest.add_argument
    add("sources", nargs="+", metavar="SOURCE", help="file, folder (read to its leaves) or glob")
    add("--lake", required=True, metavar="DIR", help="folder of the lake; made if it is not there")
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
        default=[],
        metavar="NAME=OWN",
        dest="fields",
        help="own name of a JSON or Parquet field, such as text=body; NAME is one of "
        + ", ".join(_FIELDS),
    )
    add(
        "--min-chars",
        type=int,
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
        "--max-document-mb",
        type=int,
        default=10,
        metavar="N",
        help="largest document in MiB, decompressed; larger ones are rejected (default 10)",
    )
    add(
        "--timeout",
        type=int,
        default=20,
        metavar="SECONDS",
        help="CPU time that reading one page or feed may take, and a third of its wall time "
        "(default 20); what takes longer is rejected",
    )
    add(
        "--max-memory-mb",
        type=int,
        default=1024,
        metavar="N",
        help="memory in MiB that reading one page or feed may take (default 1024)",
    )
    add(
        "--workers",
        type=int,
        default=os.cpu_count() or 1,
        metavar="N",
        help="processes that extract pages (default: one a core)",
    )
    add(
        "--runner",
        default="DirectRunner",
        metavar="NAME",
        help="Beam runner (default DirectRunner: this machine, in process, no network)",
    )
    add("--json", action="store_true", help="print the account as JSON")
    add("--quiet", action="store_true", help="print nothing but errors (and the JSON account)")


def _add_query(commands: argparse._SubParsersAction[_Parser]) -> None:
    query = commands.add_parser(
        "query",
        help="ask a lake in SQL",
        description="Runs one SQL query (DuckDB) over the views articles, duplicates, rejects, "
        "sources and runs; it sees whole runs only.",
        allow_abbrev=False,
    )
    query.add_argument("sql", metavar="SQL", help='for example "SELECT title FROM articles"')
    query.add_argument("--lake", required=True, metavar="DIR", help="folder of the lake")
    query.add_argument(
        "--format",
        choices=("table", "csv", "json", "parquet"),
        default="table",
        help="default table",
    )
    query.add_argument(
        "--output", metavar="FILE", help="write to a file instead of standard output"
    )


def _ingest(flags: argparse.Namespace, beam_flags: list[str]) -> int:
    options = _options(flags, beam_flags)
    signal.signal(signal.SIGTERM, _interrupt)
    from pipeline import report

    with report.progress(is_quiet=flags.quiet):
        from pipeline.lake import LakeBusyError, LakeError
        from pipeline.run import BooksError, run

        try:
            account = run(options)
        except LakeBusyError as error:
            return _fail(BUSY, str(error))
        except (LakeError, BooksError, OSError) as error:
            return _fail(
                FAILED,
                f"{error}; nothing was published" if isinstance(error, OSError) else str(error),
            )
        except (KeyboardInterrupt, RuntimeError) as error:
            # Beam's runner wraps an interrupt that reaches it in a RuntimeError.
            if isinstance(error, RuntimeError) and "KeyboardInterrupt" not in str(error):
                raise
            return _fail(FAILED, "interrupted; nothing was published, run the same command again")
    if flags.json:
        print(report.account_json(account))
    elif not flags.quiet:
        report.print_account(account)
    return SILENT_ZERO if account.is_silent_zero else DONE


def _query(flags: argparse.Namespace) -> int:
    from pipeline.query import QueryError, query

    try:
        query(flags.sql, lake=_lake(flags.lake), output_format=flags.format, output=flags.output)
    except QueryError as error:
        return _fail(WRONG_USAGE, str(error))
    return DONE


def _options(flags: argparse.Namespace, beam_flags: list[str]) -> IngestOptions:
    from pipeline.options import IngestOptions, UsageError
    from transforms.sandbox import Limits

    for name in ("min_chars", "max_document_mb", "timeout", "max_memory_mb", "workers"):
        value, least = getattr(flags, name), 0 if name == "min_chars" else 1
        if value < least:
            raise UsageError(f"--{name.replace('_', '-')} {value}: must be at least {least}")
    fields = dict(pair.partition("=")[::2] for pair in flags.fields)
    for name, own in fields.items():
        if name not in _FIELDS or not own:
            raise UsageError(
                f"--field {name}={own}: must be NAME=OWN with NAME one of {', '.join(_FIELDS)}"
            )
    return IngestOptions(
        sources=tuple(flags.sources),
        lake=_lake(flags.lake),
        text_mode=flags.text_mode,
        fields=fields,
        min_chars=flags.min_chars,
        earliest_date=flags.earliest_date,
        partition_by=flags.partition_by,
        max_document_bytes=flags.max_document_mb << 20,
        workers=flags.workers,
        runner=flags.runner,
        limits=Limits(flags.timeout, 3.0 * flags.timeout, flags.max_memory_mb << 20),
        beam_flags=tuple(beam_flags),
    )


def _lake(path: str) -> str:
    return path.rstrip("/") if "://" in path else os.path.abspath(os.path.expanduser(path))


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text}: must be a date, YYYY-MM-DD") from None


def _partitions(text: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in text.split(","))
    if not set(names) <= set(_PARTITIONS) or len(set(names)) < len(names):
        raise argparse.ArgumentTypeError(
            f"{text}: must be among {', '.join(_PARTITIONS)}, each once"
        )
    return names


def _interrupt(signal_number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _fail(code: int, message: str) -> int:
    print(f"feedlake: {message}", file=sys.stderr)
    return code
