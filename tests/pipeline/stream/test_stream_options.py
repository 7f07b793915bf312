"""Each option of `ingest` and `schedule` has an effect on a stream, or is refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from conftest import run_command
from prometheus_client import generate_latest

from feedlake.pipeline.cli.reports import window_text
from feedlake.pipeline.options.failures import UsageError
from feedlake.pipeline.options.option_table import options_of
from feedlake.pipeline.run.account import Account, add_up
from feedlake.pipeline.service.metrics import Metrics
from feedlake.pipeline.stream.stream_options import check_stream_values

FEED = "https://paper.example/feed.xml"

HEEDED = """
    sources lake wait accept-clock unlocked config
    min-chars extraction earliest-date respect-rights max-document-mb
    near-duplicates near-threshold partition-by chunk-documents history
    enrich entities min-quality
    contact no-fetch no-robots host-delay host-concurrency in-flight host-pages recheck
    min-interval max-entries sitemap-days allow-network
    workers timeout max-memory-mb runner json quiet
    metrics report compact-files
""".split()
"""Those that have an effect; most of them in the steps that `schedule` takes, too."""

REFUSED = {
    "reread": ((), "a stream reads no files; feedlake ingest and schedule do"),
    "text-mode": (("lines",), "a stream reads no files; feedlake ingest and schedule do"),
    "field": (("text=body",), "a stream reads no files; feedlake ingest and schedule do"),
    "publish-within": (("1m",), "a stream publishes what is ready at the end of each --window"),
    "archive": ((), "a stream keeps no archive; feedlake schedule does"),
    "every": (("1m",), "give --window"),
    "runs": (("3",), "give --windows"),
}


def test_each_option_of_ingest_and_schedule_is_heeded_or_refused():
    there = {*options_of("ingest"), *options_of("schedule")}

    assert there == {*HEEDED, *REFUSED}
    assert {*HEEDED} <= options_of("stream").keys()


@pytest.mark.parametrize("name", REFUSED)
def test_what_has_no_effect_is_refused_with_what_to_do_instead(name, tmp_path):
    words, sentence = REFUSED[name]

    outcome = run_command(
        *("stream", FEED, "--lake", tmp_path / "lake", "--runner", "PrismRunner"),
        *(f"--{name}", *words),
    )

    assert outcome.code == 2
    assert f"--{name}" in outcome.err
    assert sentence in outcome.err
    assert not (tmp_path / "lake").exists()


def test_what_a_configuration_file_says_in_vain_is_refused_too(tmp_path):
    config = tmp_path / "feedlake.toml"
    config.write_text(f'sources = ["{FEED}"]\nlake = "{tmp_path}/lake"\narchive = true\n')

    outcome = run_command("stream", "--config", config, "--runner", "PrismRunner")

    assert (outcome.code, "--archive: a stream keeps no archive" in outcome.err) == (2, True)


@pytest.mark.parametrize(
    ("name", "value"), [("windows", 3), ("json", True), ("metrics", 0), ("report", "reports")]
)
@pytest.mark.parametrize(
    ("runner", "flags", "is_heard"),
    [
        ("PrismRunner", (), True),
        ("PrismRunner", ("--environment_type=LOOPBACK",), True),
        ("PrismRunner", ("--environment_type", "DOCKER"), False),
        ("PortableRunner", ("--environment_type=LOOPBACK",), True),
        ("PortableRunner", ("--environment_type=PROCESS",), False),
        ("FlinkRunner", (), False),
    ],
)
def test_what_this_process_would_have_to_hear_is_refused_where_it_hears_nothing(
    name, value, runner, flags, is_heard
):
    values = {option.name: option.default_value() for option in options_of("stream").values()}
    values |= {"runner": runner, name: value}

    if is_heard:
        check_stream_values(values, beam_flags=flags)
    else:
        with pytest.raises(UsageError, match=f"--{name}: the workers are other processes"):
            check_stream_values(values, beam_flags=flags)


def _account() -> Account:
    empty = add_up([], lake="lake", unchanged=0, elapsed_s=2.5)
    return replace(empty, documents=3, articles=2, duplicates=1, polls={"read": 2}, deferred=1)


def test_metrics_of_a_stream_count_windows_and_name_no_next_run():
    with Metrics(0, is_schedule=False) as metrics:
        metrics.count_window(_account(), merged_files=7)
        told = generate_latest(metrics.registry).decode()

    for line in (
        'feedlake_runs_total{outcome="done"} 1.0',
        'feedlake_documents_total{table="articles"} 2.0',
        'feedlake_polls_total{status="read"} 2.0',
        "feedlake_merged_files_total 7.0",
        "feedlake_run_duration_seconds 2.5",
    ):
        assert line in told
    assert "next" not in told
    [last] = [line for line in told.splitlines() if line.startswith("feedlake_last_success")]
    assert float(last.split()[1]) == pytest.approx(datetime.now(UTC).timestamp() - 2.5, abs=60)


def test_a_window_tells_of_files_that_were_merged():
    assert "7 files merged;" in window_text(_account(), merged_files=7)
    assert "merged" not in window_text(_account(), merged_files=0)
