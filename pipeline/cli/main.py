"""The feedlake command: flags, messages, exit codes."""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal, NamedTuple

from feedlake.pipeline.cli import reports as report
from feedlake.pipeline.cli.flags import WRONG_USAGE, read_flags
from feedlake.pipeline.options.options import DEFAULT_RUNNER
from feedlake.pipeline.run import collector
from feedlake.pipeline.terminal import console, interrupts
from feedlake.pipeline.terminal.standard_streams import (
    discard_output,
    open_standard_streams,
    print_out,
)

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from feedlake.pipeline.options.options import EnrichmentOptions, IngestOptions
    from feedlake.pipeline.run.account import Account
    from feedlake.pipeline.run.metrics import Metrics

DONE, FAILED, _, SILENT_ZERO, BUSY = range(5)
"""Exit codes, as the README lists them."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command and returns its exit code.

    Args:
        arguments: The command line without the program's name; None: the process's own.
    """
    open_standard_streams()
    if arguments is None:
        collector.claim_process()
    given = list(sys.argv[1:] if arguments is None else arguments)
    beam_flags: list[str] = []
    if "--" in given:
        cut = given.index("--")
        given, beam_flags = given[:cut], given[cut + 1 :]
    flags = read_flags(given)
    if flags.command == "ingest":
        return _ingest(flags, tuple(beam_flags))
    if flags.command == "schedule":
        return _schedule(flags, tuple(beam_flags))
    if beam_flags:
        return _fail(WRONG_USAGE, "--: only ingest and schedule take Beam's flags")
    if flags.command == "init":
        return _init(flags.config)
    if flags.command == "feeds":
        return _feeds(flags)
    if flags.command == "enrich":
        from feedlake.pipeline.cli.enrich_command import enrich

        return enrich(flags, lake=_lake(flags.lake))
    if flags.command == "upgrade":
        from feedlake.pipeline.cli.upgrade_command import upgrade_lake

        return upgrade_lake(_lake(flags.lake))
    return _query(flags) if flags.command == "query" else _compact(flags)


def _ingest(flags: argparse.Namespace, beam_flags: tuple[str, ...]) -> int:
    with interrupts.raised(), console.progress(is_quiet=flags.quiet):
        outcome = _run(flags, beam_flags)
    if isinstance(outcome, _Failed):
        return _fail(outcome.code, outcome.sentence, outcome.details)
    if flags.json:
        print_out(report.account_json(outcome))
    elif not flags.quiet:
        print_out(report.account_text(outcome))
    return SILENT_ZERO if outcome.is_silent_zero else DONE


def _schedule(flags: argparse.Namespace, beam_flags: tuple[str, ...]) -> int:
    try:
        with (
            interrupts.raised(),
            console.progress(is_quiet=True),
            contextlib.ExitStack() as scope,
        ):
            from feedlake.pipeline.lake.lake import LakeBusyError
            from feedlake.pipeline.options.options import UsageError
            from feedlake.pipeline.run.schedule import ScheduleOptions, Tick, schedule

            options = _options(flags, beam_flags)
            if not flags.contact and not flags.quiet:
                console.print_notice(
                    "no --contact: sites that feedlake troubles cannot tell you so"
                )
            try:
                metrics = scope.enter_context(_metrics(flags.metrics))
            except OSError as error:
                return _fail(WRONG_USAGE, f"--metrics {flags.metrics}: {error.strerror}")
            if metrics is not None and not flags.quiet:
                console.print_notice(f"metrics: http://127.0.0.1:{metrics.port}/metrics")

            def tell(tick: Tick) -> None:
                if metrics is not None:
                    metrics.count(tick)
                if flags.json:
                    print_out(report.tick_json(tick))
                elif tick.failure or not flags.quiet:
                    print_out(report.tick_text(tick))

            plan = ScheduleOptions(flags.every, flags.runs, flags.compact_files)
            try:
                _check_places(flags, beam_flags)
                is_good = schedule(options, plan, tell=tell, explain=_explain_run)
            except UsageError as error:
                return _fail(WRONG_USAGE, str(error))
            except LakeBusyError as error:
                return _fail(BUSY, str(error))
    except SystemExit:
        raise  # Beam's own --help.
    except BaseException as error:  # The border, as above.
        if interrupts.has_come():
            return DONE  # Between two runs, or with a run given up that the next one repeats.
        return _fail(FAILED, *console.explain(error))
    return DONE if is_good else FAILED


def _metrics(port: int | None) -> AbstractContextManager[Metrics | None]:
    if port is None:
        return contextlib.nullcontext()
    from feedlake.pipeline.run.metrics import Metrics

    return Metrics(port)


def _explain_run(error: BaseException) -> str:
    """One sentence on a failed run; the traceback of a fault of ours goes to standard error."""
    sentence, details = console.explain(error)
    if details:
        console.print_failure(sentence, details)
    return sentence


def _feeds(flags: argparse.Namespace) -> int:
    try:
        with interrupts.raised():
            from datetime import UTC, datetime

            from feedlake.pipeline.lake.lake import LakeError
            from feedlake.pipeline.options.options import UsageError
            from feedlake.pipeline.web.feed_status import export_opml, import_list, read_feeds

            now = datetime.now(UTC)
            try:
                if flags.action == "import":
                    if flags.file is None:
                        raise UsageError("feeds import: names no FILE to read")
                    imported = import_list(flags.file, now=now)
                    _write(imported.body, flags.output)
                    console.print_notice(report.imported_text(imported))
                    return DONE
                if flags.lake is None:
                    raise UsageError("the following arguments are required: --lake")
                if flags.action == "export":
                    _write(export_opml(_lake(flags.lake), now=now), flags.file or flags.output)
                    return DONE
                feeds = read_feeds(_lake(flags.lake), now=now)
            except UsageError as error:
                return _fail(WRONG_USAGE, str(error))
            except LakeError as error:
                return _fail(FAILED, str(error))
            if flags.json:
                print_out(report.feeds_json(feeds))
            else:
                print_out(report.feeds_text(feeds, is_all=flags.all))
            return SILENT_ZERO if any(feed.needs_a_look for feed in feeds) else DONE
    except BaseException as error:  # The border, as above.
        if interrupts.has_come():
            return _fail(FAILED, "interrupted")
        return _fail(FAILED, *console.explain(error))


def _write(body: bytes, path: str | None) -> None:
    """Writes a file, or to standard output."""
    if path is None:
        print_out(body.decode())
        return
    from feedlake.pipeline.options.options import UsageError

    try:
        with open(path, "wb") as stream:
            stream.write(body)
    except OSError as error:
        raise UsageError(f"{path}: cannot be written: {error.strerror}") from error


class _Failed(NamedTuple):
    """A run that was not published."""

    code: int
    sentence: str
    details: str = ""


def _run(flags: argparse.Namespace, beam_flags: tuple[str, ...]) -> Account | _Failed:
    accounts: list[Account] = []
    try:
        # Beam takes a second to import, and Ctrl-C may come in that second.
        with collector.paused():
            from feedlake.pipeline.lake.lake import LakeBusyError, LakeError
            from feedlake.pipeline.options.options import UsageError
            from feedlake.pipeline.run.account import BooksError
            from feedlake.pipeline.run.run import run

        try:
            _check_places(flags, beam_flags)
            return run(_options(flags, beam_flags), accounts)
        except UsageError as error:
            return _Failed(WRONG_USAGE, str(error))
        except LakeBusyError as error:
            return _Failed(BUSY, str(error))
        except (LakeError, BooksError) as error:
            return _Failed(FAILED, f"{error}; {_what_stays(accounts)}")
    except SystemExit:
        raise  # Beam's own --help.
    except BaseException as error:  # The border: all that is left becomes words and exit code 1.
        if interrupts.has_come():
            again = ", run the same command again" if not accounts else ""
            return _Failed(FAILED, f"interrupted; {_what_stays(accounts)}{again}")
        why, details = console.explain(error)
        return _Failed(FAILED, f"{why}; {_what_stays(accounts)}", details)


def _check_places(flags: argparse.Namespace, beam_flags: tuple[str, ...]) -> None:
    """Raises UsageError if there is no such runner, no filesystem for the lake, or no model."""
    from feedlake.transforms.normalize import storage

    if flags.entities != "off" or {"entities", "embedding"} & set(flags.enrich.split(",")):
        from feedlake.pipeline.run.enrichment import choose_enrichers

        choose_enrichers(_enrichment(flags), lake=flags.lake)

    if beam_flags or flags.runner != DEFAULT_RUNNER:
        from feedlake.pipeline.run.beam_options import read_beam_options

        read_beam_options(flags.runner, beam_flags)
    if not storage.is_local(flags.lake):
        from feedlake.pipeline.run.sources import check_filesystem

        check_filesystem(flags.lake, name="--lake")


def _what_stays(accounts: list[Account]) -> str:
    if not accounts:
        return "nothing was published"
    count = "1 chunk was" if len(accounts) == 1 else f"{len(accounts):,} chunks were"
    return f"{count} published, the same command goes on after that"


def _query(flags: argparse.Namespace) -> int:
    try:
        with interrupts.raised():
            from feedlake.pipeline.lake.lake import LakeError
            from feedlake.pipeline.lake.query import QueryError, query
            from feedlake.pipeline.options.options import UsageError

            try:
                query(
                    flags.sql,
                    lake=_lake(flags.lake),
                    output_format=flags.format,
                    output=flags.output,
                )
            except (UsageError, QueryError) as error:
                return _fail(WRONG_USAGE, str(error))
            except LakeError as error:
                return _fail(FAILED, str(error))
    except BrokenPipeError:
        discard_output()
    except BaseException as error:  # The border, as above.
        if interrupts.has_come():
            return _fail(FAILED, "interrupted")
        return _fail(FAILED, *console.explain(error))
    return DONE


def _compact(flags: argparse.Namespace) -> int:
    try:
        with interrupts.raised():
            from feedlake.pipeline.lake.lake import Lake, LakeBusyError, LakeError
            from feedlake.pipeline.options.options import UsageError
            from feedlake.pipeline.upkeep.compact import compact
            from feedlake.pipeline.upkeep.verify import verify

            lake = Lake(_lake(flags.lake))
            try:
                lake.check_exists()
                if flags.verify:
                    faults = verify(lake)
                    print_out(report.faults_text(faults))
                    return FAILED if faults else DONE
                with lake.writing():
                    done = compact(lake, quarantine=flags.quarantine)
            except UsageError as error:
                return _fail(WRONG_USAGE, str(error))
            except LakeBusyError as error:
                return _fail(BUSY, str(error))
            except LakeError as error:
                return _fail(FAILED, str(error))
            print_out(report.compacted_text(done))
    except BaseException as error:  # The border, as above.
        if interrupts.has_come():
            return _fail(FAILED, "interrupted; the lake holds the rows that it held")
        return _fail(FAILED, *console.explain(error))
    return DONE


def _init(path: str | None) -> int:
    from feedlake.pipeline.cli.flags import commands_of
    from feedlake.pipeline.config.config_template import next_steps, write_template
    from feedlake.pipeline.options.config_values import ConfigError
    from feedlake.pipeline.options.options import DEFAULT_FILE

    try:
        write_template(path or DEFAULT_FILE, commands_of())
    except ConfigError as error:
        return _fail(WRONG_USAGE, str(error))
    except OSError as error:
        return _fail(FAILED, *console.explain(error))
    print_out(next_steps(path))
    return DONE


def _options(flags: argparse.Namespace, beam_flags: tuple[str, ...]) -> IngestOptions:
    from feedlake.pipeline.options.options import IngestOptions, WebOptions
    from feedlake.transforms.process.sandbox import Limits

    return IngestOptions(
        sources=tuple(flags.sources),
        lake=_lake(flags.lake),
        text_mode=flags.text_mode,
        fields=dict(flags.fields),
        min_chars=flags.min_chars,
        extraction=flags.extraction,
        earliest_date=flags.earliest_date,
        partition_by=flags.partition_by,
        max_document_bytes=flags.max_document_mb << 20,
        workers=flags.workers,
        runner=flags.runner,
        chunk_documents=flags.chunk_documents,
        near_duplicates=flags.near_duplicates,
        near_threshold=flags.near_threshold,
        reread=flags.reread,
        history=flags.history or _history(flags),
        web=WebOptions(
            contact=flags.contact,
            fetches_pages=not flags.no_fetch,
            obeys_robots=not flags.no_robots,
            host_delay_s=flags.host_delay,
            host_concurrency=flags.host_concurrency,
            in_flight=flags.in_flight,
            host_pages=flags.host_pages,
            min_interval_s=flags.min_interval,
            max_entries=flags.max_entries,
            sitemap_days=flags.sitemap_days,
            allow_networks=tuple(flags.allow_networks),
            sources=flags.source_options,
        ),
        enrichment=_enrichment(flags),
        limits=Limits(flags.timeout, 3.0 * flags.timeout, flags.max_memory_mb << 20),
        beam_flags=beam_flags,
    )


def _enrichment(flags: argparse.Namespace) -> EnrichmentOptions:
    from feedlake.pipeline.options.options import EnrichmentOptions

    return EnrichmentOptions(flags.enrich, flags.entities, flags.min_quality)


def _history(flags: argparse.Namespace) -> Literal["index", "join"]:
    """The index where lake and workers share this machine's disk."""
    is_here = flags.runner == DEFAULT_RUNNER and "://" not in flags.lake
    return "index" if is_here else "join"


def _lake(path: str) -> str:
    return path.rstrip("/") if "://" in path else os.path.abspath(os.path.expanduser(path))


def _fail(code: int, sentence: str, details: str = "") -> int:
    console.print_failure(sentence, details)
    return code
