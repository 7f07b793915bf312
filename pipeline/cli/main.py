"""The feedlake command: what each command does with what it was asked. Long, but one idea."""

from __future__ import annotations

import contextlib
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import TYPE_CHECKING

from feedlake.pipeline.cli import reports
from feedlake.pipeline.cli.border import border
from feedlake.pipeline.cli.command_line import Call, build_parser, read_command_line
from feedlake.pipeline.options.failures import ExitCode, UsageError, cannot_write
from feedlake.pipeline.options.option_kinds import lake_path
from feedlake.pipeline.options.option_table import DEFAULT_FILE
from feedlake.pipeline.run import collector
from feedlake.pipeline.terminal import console
from feedlake.pipeline.terminal.standard_streams import (
    discard_output,
    open_standard_streams,
    print_out,
)

if TYPE_CHECKING:
    from feedlake.pipeline.options.run_options import IngestOptions
    from feedlake.pipeline.run.account import Account
    from feedlake.pipeline.service.metrics import Metrics
    from feedlake.pipeline.service.schedule import Tick

# Each command imports what it needs when it runs: Beam takes a second, and `--help` needs none.


_NO_CONTACT = "no --contact: the owners of the sites that you fetch cannot write to you"


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command and returns its exit code.

    Args:
        arguments: The command line without the program's name; None: the process's own.
    """
    open_standard_streams()
    if arguments is None:
        collector.claim_process()
    words = list(sys.argv[1:] if arguments is None else arguments)
    if not words:
        print_out(build_parser().format_help().rstrip("\n"))
        return ExitCode.WRONG_USAGE  # A script whose variable was empty should notice.
    try:
        call = read_command_line(words)
    except UsageError as error:
        console.print_failure(str(error))
        return error.exit_code
    return _COMMANDS[call.command](call)


def _ingest(call: Call) -> ExitCode:
    accounts: list[Account] = []

    def what_stays() -> str:
        if not accounts:
            return "nothing was published"
        count = "1 chunk was" if len(accounts) == 1 else f"{len(accounts):,} chunks were"
        return f"{count} published; give the same command again to go on"

    def what_stays_to_do() -> str:
        return what_stays() + ("" if accounts else "; give the same command again")

    with border(what_stays=what_stays, after_interruption=what_stays_to_do) as ending:
        with console.progress(is_quiet=call.values["quiet"]):
            # Ctrl-C may come in the second that Beam takes to import.
            with collector.paused():
                from feedlake.pipeline.plugins.notify import notify
                from feedlake.pipeline.run.run import run

            account = run(_checked_options(call), accounts)
            notify(account)
        ending.code = ExitCode.SILENT_ZERO if account.is_silent_zero else ExitCode.DONE
        if call.values["json"]:
            ending.text = reports.account_json(account)
        elif not call.values["quiet"]:
            ending.text = reports.account_text(account)
    return ending.code


def _schedule(call: Call) -> ExitCode:
    # A signal comes between two runs, or gives up a run that the next one repeats.
    with (
        border(code_if_interrupted=ExitCode.DONE) as ending,
        console.progress(is_quiet=True),
    ):
        from datetime import UTC, datetime

        from feedlake.pipeline.cli.report_command import day_reports
        from feedlake.pipeline.options.run_options import fields_of
        from feedlake.pipeline.plugins.notify import notify
        from feedlake.pipeline.service.schedule import ScheduleOptions, schedule

        is_quiet = call.values["quiet"]
        if not is_quiet:
            _print_notices(call)
        with _metrics(call.values["metrics"]) as metrics, day_reports(call.values) as days:
            if metrics is not None and not is_quiet:
                console.print_notice(f"metrics: http://127.0.0.1:{metrics.port}/metrics")

            troubles = reports.Troubles()

            def tell(tick: Tick) -> None:
                if metrics is not None:
                    metrics.count(tick)
                if call.values["json"]:
                    print_out(reports.tick_json(tick))
                elif (text := troubles.text(tick, is_quiet=is_quiet)) is not None:
                    print_out(text)
                if tick.account is not None:
                    notify(tick.account)
                if days is not None:
                    days.after_run(datetime.now(UTC))

            plan = ScheduleOptions(**fields_of("schedule", call.values))
            is_good = schedule(_checked_options(call), plan, tell=tell, explain=_explain_run)
        ending.code = ExitCode.DONE if is_good else ExitCode.FAILED
    return ending.code


def _print_notices(call: Call) -> None:
    """What a service says once, not again at each publication."""
    from feedlake.transforms.process import library_shortcuts

    if not call.values["contact"]:
        console.print_notice(_NO_CONTACT)
    for sentence in library_shortcuts.describe_left_out():
        console.print_notice(sentence)


def _stream(call: Call) -> ExitCode:
    with (
        border(code_if_interrupted=ExitCode.DONE) as ending,
        console.progress(is_quiet=True),
    ):
        from datetime import UTC, datetime

        from feedlake.pipeline.cli.report_command import day_reports
        from feedlake.pipeline.options.run_options import fields_of
        from feedlake.pipeline.stream.stream_options import StreamOptions, check_stream_values

        check_stream_values(call.values, beam_flags=call.beam_flags)
        if "://" not in call.values["lake"]:
            # Windows are published on this machine, whatever the runner is.
            history = call.values["history"] or "index"
            call = replace(call, values={**call.values, "history": history})

        from feedlake.pipeline.plugins.notify import notify
        from feedlake.pipeline.stream.stream import GRACE_S, stream
        from feedlake.pipeline.terminal import interrupts

        is_quiet = call.values["quiet"]
        if not is_quiet:
            _print_notices(call)
        metrics_here = _metrics(call.values["metrics"], is_schedule=False)
        with metrics_here as metrics, day_reports(call.values) as days:
            if metrics is not None and not is_quiet:
                console.print_notice(f"metrics: http://127.0.0.1:{metrics.port}/metrics")

            def tell(account: Account, merged_files: int) -> None:
                if metrics is not None:
                    metrics.count_window(account, merged_files=merged_files)
                if call.values["json"]:
                    print_out(reports.account_json(account))
                elif not is_quiet:
                    print_out(reports.window_text(account, merged_files=merged_files))
                notify(account)
                if days is not None:
                    days.after_run(datetime.now(UTC))

            plan = StreamOptions(
                **fields_of("stream", call.values), compact_files=call.values["compact-files"]
            )
            with interrupts.gentle(GRACE_S):
                stream(_checked_options(call), plan, tell=tell)
    return ending.code


def _metrics(
    port: int | None, *, is_schedule: bool = True
) -> AbstractContextManager[Metrics | None]:
    if port is None:
        return contextlib.nullcontext()
    from feedlake.pipeline.service.metrics import Metrics

    try:
        return Metrics(port, is_schedule=is_schedule)
    except OSError as error:
        raise UsageError(f"--metrics {port}: {error.strerror}") from error


def _explain_run(error: BaseException) -> str:
    """One sentence on a failed run; the traceback of a fault of ours goes to standard error."""
    sentence, details = console.explain(error)
    if details:
        console.print_failure(sentence, details)
    return sentence


def _checked_options(call: Call) -> IngestOptions:
    """What a run is told; it has such a runner, a filesystem for the lake, and the models."""
    from feedlake.pipeline.options.run_options import ingest_options
    from feedlake.pipeline.run.check_options import check_options

    options = ingest_options(call.values, sources=call.sources, beam_flags=call.beam_flags)
    check_options(options)
    return options


def _feeds(call: Call) -> ExitCode:
    with border() as ending:
        from datetime import UTC, datetime

        now = datetime.now(UTC)
        action, file, output = (call.values[name] for name in ("action", "file", "output"))
        if action == "import":
            from feedlake.pipeline.web.feed_opml import import_list

            if file is None:
                raise UsageError("feeds import: needs a FILE to read")
            imported = import_list(file, now=now)
            _write(imported.body, output)
            console.print_notice(reports.imported_text(imported))
            return ending.code
        if call.values["lake"] is None:
            raise UsageError("the following arguments are required: --lake")
        if action == "export":
            from feedlake.pipeline.web.feed_opml import export_opml

            _write(export_opml(_lake_of(call), now=now), file or output)
            return ending.code
        from feedlake.pipeline.web.feed_status import read_feeds

        feeds = read_feeds(_lake_of(call), now=now)
        ending.code = (
            ExitCode.SILENT_ZERO
            if any(feed.needs_a_look or feed.is_out_of_reach for feed in feeds)
            else ExitCode.DONE
        )
        if call.values["json"]:
            ending.text = reports.feeds_json(feeds)
        else:
            ending.text = reports.feeds_text(
                feeds, is_all=call.values["all"], width=shutil.get_terminal_size((100, 24)).columns
            )
    return ending.code


def _write(body: bytes, path: str | None) -> None:
    """Writes a file, or to standard output."""
    if path is None:
        print_out(body.decode())
        return
    try:
        with open(path, "wb") as stream:
            stream.write(body)
    except OSError as error:
        raise cannot_write(path, error) from error


def _query(call: Call) -> ExitCode:
    with border() as ending:
        from feedlake.pipeline.query.query import query
        from feedlake.pipeline.query.sql_words import read_sql

        sql = read_sql(call.values["sql"], file=call.values["file"])
        try:
            query(
                sql,
                lake=_lake_of(call),
                output_format=_format_of(call),
                output=call.values["output"],
                is_partial=call.values["partial"],
                is_full=call.values["full"],
            )
        except BrokenPipeError:
            discard_output()
    return ending.code


def _search(call: Call) -> ExitCode:
    with border(after_interruption=lambda: "the same command goes on with the index") as ending:
        from feedlake.pipeline.search.search_command import find, found_json, found_rows, found_text

        found = find(call.values, lake=_lake_of(call))
        output_format = _format_of(call)
        if found is None:
            return ending.code
        if output_format not in ("table", "json"):
            from feedlake.pipeline.query.query import write_rows

            write_rows(found_rows(found), output_format=output_format, output=call.values["output"])
            return ending.code
        text = (
            found_json(found)
            if output_format == "json"
            else found_text(found, width=shutil.get_terminal_size((100, 24)).columns)
        )
        if call.values["output"] is None:
            ending.text = text
        else:
            _write(f"{text}\n".encode(errors="backslashreplace"), call.values["output"])
    return ending.code


def _format_of(call: Call) -> str:
    """How an answer is to be written: --json is short for a format, if no other is asked for."""
    output_format: str = call.values["format"]
    return "json" if call.values["json"] and output_format == "table" else output_format


def _explain(call: Call) -> ExitCode:
    with border() as ending:
        from feedlake.pipeline.explain.explain import explain
        from feedlake.pipeline.explain.explanation_text import explanation_json, explanation_text

        found = explain(call.values["subject"], lake=_lake_of(call))
        ending.code = ExitCode.DONE if found.is_found else ExitCode.SILENT_ZERO
        ending.text = (explanation_json if call.values["json"] else explanation_text)(found)
    return ending.code


def _serve(call: Call) -> ExitCode:
    with border(code_if_interrupted=ExitCode.DONE) as ending:
        from feedlake.pipeline.cli.serve_command import serve_lake

        serve_lake(_lake_of(call), port=call.values["port"])
    return ending.code


def _export(call: Call) -> ExitCode:
    with border(what_stays=lambda: "nothing was written") as ending:
        from feedlake.pipeline.cli.export_command import export

        ending.code, ending.text = export(call.values, lake=_lake_of(call))
    return ending.code


def _report(call: Call) -> ExitCode:
    with border() as ending:
        from feedlake.pipeline.cli.report_command import write_report

        write_report(call.values, lake=_lake_of(call))
    return ending.code


def _extract(call: Call) -> ExitCode:
    with border() as ending:
        from feedlake.pipeline.cli.extract_command import extract, page_json, page_text, why_none

        page = extract(call.values)
        ending.code = ExitCode.DONE if page else ExitCode.SILENT_ZERO
        if call.values["json"]:
            ending.text = page_json(page)
        elif page:
            ending.text = page_text(page, width=shutil.get_terminal_size((100, 24)).columns)
        else:
            console.print_notice(why_none(page))
    return ending.code


def _plugins(call: Call) -> ExitCode:
    with border() as ending:
        from feedlake.pipeline.cli.plugins_command import all_plugins, plugins_json, plugins_text

        plugins = all_plugins()
        is_sound = all(plugin.fault is None for plugin in plugins)
        ending.code = ExitCode.DONE if is_sound else ExitCode.SILENT_ZERO
        ending.text = (plugins_json if call.values["json"] else plugins_text)(plugins)
    return ending.code


def _compact(call: Call) -> ExitCode:
    with border(what_stays=lambda: "the lake still holds the same rows") as ending:
        from feedlake.pipeline.lake.lake import Lake
        from feedlake.pipeline.upkeep.compact import compact
        from feedlake.pipeline.upkeep.verify import verify

        lake = Lake(_lake_of(call))
        lake.check_exists()
        if call.values["verify"]:
            faults = verify(lake)
            ending.code = ExitCode.FAILED if faults else ExitCode.DONE
            ending.text = reports.faults_text(faults, pending=lake.pending_runs())
        else:
            with lake.writing(
                wait_s=call.values["wait"],
                without_missing=call.values["quarantine"],
                is_unlocked=call.values["unlocked"],
            ):
                done = compact(
                    lake,
                    quarantine=call.values["quarantine"],
                    partition_by=call.values["partition-by"],
                )
            ending.text = reports.compacted_text(done)
    return ending.code


def _enrich(call: Call) -> ExitCode:
    with (
        border(
            what_stays=lambda: "the lake still holds the same rows",
            after_interruption=lambda: "give the same command again to go on",
        ) as ending,
        console.progress(is_quiet=call.values["quiet"]),
    ):
        from feedlake.pipeline.cli.enrich_command import enrich

        ending.text = enrich(call.values, lake=_lake_of(call))
    return ending.code


def _reextract(call: Call) -> ExitCode:
    with (
        border(
            what_stays=lambda: "what was brought up to date stays",
            after_interruption=lambda: "give the same command again to go on",
        ) as ending,
        console.progress(is_quiet=call.values["quiet"]),
    ):
        with collector.paused():
            from feedlake.pipeline.cli.reextract_command import renew

        ending.text = renew(call.values, lake=_lake_of(call))
    return ending.code


def _upgrade(call: Call) -> ExitCode:
    with border(what_stays=lambda: "the lake is as it was") as ending:
        from feedlake.pipeline.lake.lake import Lake
        from feedlake.pipeline.upkeep.upgrade import upgrade

        lake = Lake(_lake_of(call))
        lake.check_exists()
        with lake.writing(wait_s=call.values["wait"], is_unlocked=call.values["unlocked"]):
            done = upgrade(lake)
        ending.text = reports.upgraded_text(done)
    return ending.code


def _remove(call: Call) -> ExitCode:
    with border(what_stays=lambda: "the lake is as it was") as ending:
        from feedlake.pipeline.cli import remove_command

        if call.command == "retain":
            removed = remove_command.retain_rows(call.values, lake=_lake_of(call))
        else:
            removed = remove_command.remove_rows(call.values, lake=_lake_of(call))
            is_done = removed.is_found or removed.removed_before
            ending.code = ExitCode.DONE if is_done else ExitCode.SILENT_ZERO
        is_json = call.values["json"]
        ending.text = (remove_command.removed_json if is_json else remove_command.removed_text)(
            removed
        )
    return ending.code


def _amend(call: Call) -> ExitCode:
    with border(what_stays=lambda: "the lake is as it was") as ending:
        from feedlake.pipeline.cli.amend_command import amend_article, amended_json, amended_text

        amended = amend_article(call.values, lake=_lake_of(call))
        ending.text = (amended_json if call.values["json"] else amended_text)(amended)
    return ending.code


def _init(call: Call) -> ExitCode:
    with border() as ending:
        from feedlake.pipeline.config.config_template import next_steps, write_template

        path = call.values["config"]
        write_template(path or DEFAULT_FILE)
        ending.text = next_steps(path)
    return ending.code


def _completion(call: Call) -> ExitCode:
    with border() as ending:
        from feedlake.pipeline.cli.completion import completion_script

        ending.text = completion_script(call.values["shell"])
    return ending.code


def _lake_of(call: Call) -> str:
    from feedlake.transforms.normalize import storage

    path = lake_path(call.values["lake"])
    if not storage.is_local(path):
        from feedlake.pipeline.remote.remote_sources import check_place

        check_place(path, name="--lake")
    return path


_COMMANDS: Mapping[str, Callable[[Call], ExitCode]] = {
    "ingest": _ingest,
    "schedule": _schedule,
    "stream": _stream,
    "feeds": _feeds,
    "query": _query,
    "search": _search,
    "explain": _explain,
    "export": _export,
    "serve": _serve,
    "report": _report,
    "extract": _extract,
    "plugins": _plugins,
    "compact": _compact,
    "enrich": _enrich,
    "reextract": _reextract,
    "upgrade": _upgrade,
    "remove": _remove,
    "retain": _remove,
    "amend": _amend,
    "init": _init,
    "completion": _completion,
}
