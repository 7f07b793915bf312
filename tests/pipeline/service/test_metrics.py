"""Counts of scheduled runs, as Prometheus reads them."""

from __future__ import annotations

import re
import socket
import threading
import urllib.request
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from conftest import Outcome, run_command

import feedlake.pipeline.service.schedule as scheduling
from feedlake.pipeline.run.account import Account
from feedlake.pipeline.service.metrics import Metrics
from feedlake.pipeline.service.schedule import Tick

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def read(port: int, host: str = "127.0.0.1") -> dict[str, float]:
    """The samples that are served, by name and labels."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(f"http://{host}:{port}/metrics", timeout=10) as response:
        assert response.headers["content-type"].startswith("text/plain")
        text = response.read().decode()
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines)}


def tick(number: int, **more: object) -> Tick:
    account = Account(
        "lake",
        runs=("run",),
        documents=10,
        articles=4,
        revisions=1,
        duplicates=2,
        rejects=2,
        already_in_lake=1,
        deferred=3,
        polls={"read": 2, "unchanged": 5, "failed": 1},
        elapsed_s=4.5,
    )
    given = {"account": account, "failure": None, "next_at": NOON + 15 * MINUTE} | more
    return Tick(
        number=number,
        started_at=NOON + number * MINUTE,
        merged_files=7,
        next_due=NOON + 20 * MINUTE,
        addresses=8,
        **given,  # type: ignore[arg-type]
    )


def test_counts_of_runs_add_up():
    with Metrics(0) as metrics:
        metrics.count(tick(1))
        metrics.count(tick(2))
        found = read(metrics.port)

    assert found['feedlake_runs_total{outcome="done"}'] == 2
    assert found['feedlake_documents_total{table="articles"}'] == 8
    assert found['feedlake_documents_total{table="already_in_lake"}'] == 2
    assert found['feedlake_polls_total{status="unchanged"}'] == 10
    assert found["feedlake_deferred_total"] == 6
    assert found["feedlake_merged_files_total"] == 14
    assert found["feedlake_run_duration_seconds"] == 4.5
    assert found["feedlake_addresses"] == 8
    assert found["feedlake_last_success_timestamp_seconds"] == (NOON + 2 * MINUTE).timestamp()
    assert found["feedlake_next_run_timestamp_seconds"] == (NOON + 15 * MINUTE).timestamp()
    assert found["feedlake_next_due_timestamp_seconds"] == (NOON + 20 * MINUTE).timestamp()


def test_failed_run_is_no_success_though_a_part_was_published():
    with Metrics(0) as metrics:
        metrics.count(tick(1))
        metrics.count(tick(2, failure="the disk is full"))
        metrics.count(tick(3, failure="damaged", account=None, next_at=None))
        found = read(metrics.port)

    assert found['feedlake_runs_total{outcome="done"}'] == 1
    assert found['feedlake_runs_total{outcome="failed"}'] == 2
    assert found['feedlake_documents_total{table="articles"}'] == 8
    assert found["feedlake_last_success_timestamp_seconds"] == (NOON + MINUTE).timestamp()


def test_metrics_are_served_to_this_machine_alone():
    with Metrics(0) as metrics, socket.socket() as other:
        assert read(metrics.port)
        other.settimeout(5)
        # Another loopback address stands for any other of the machine's.
        assert other.connect_ex(("127.0.0.2", metrics.port)) != 0


def test_port_is_free_again_and_no_thread_left():
    threads = set(threading.enumerate())
    with Metrics(0) as metrics:
        port = metrics.port
    with Metrics(port) as again:
        assert again.port == port
    assert set(threading.enumerate()) <= threads


@pytest.fixture
def taken() -> object:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        held.listen()
        yield held.getsockname()[1]


def test_port_that_is_taken_is_wrong_usage(feedlake, story, tmp_path, taken):
    outcome = feedlake("schedule", story, "--lake", tmp_path / "lake", "--metrics", taken)

    assert outcome.code == 2
    assert f"--metrics {taken}: Address already in use" in outcome.err
    assert not (tmp_path / "lake").exists()


def test_schedule_serves_its_counts_between_two_runs(
    story: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    served: list[dict[str, float]] = []
    notices: list[str] = []

    def sleep(seconds: float) -> None:
        [port] = re.findall(r"http://127\.0\.0\.1:(\d+)/metrics", "".join(notices))
        served.append(read(int(port)))

    monkeypatch.setattr(scheduling, "sleep", sleep)
    monkeypatch.setattr("feedlake.pipeline.terminal.console.print_notice", notices.append)
    outcome: Outcome = run_command(
        "schedule", story, "--lake", tmp_path / "lake", "--runs", "3", "--metrics", "0"
    )

    assert outcome.code == 0
    assert [found['feedlake_runs_total{outcome="done"}'] for found in served] == [1, 2]
    assert served[1]['feedlake_documents_total{table="articles"}'] == 1
