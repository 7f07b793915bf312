from __future__ import annotations

import os
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from shown_lake import TODAY, make_shown_lake

from feedlake.pipeline.cli.main import main
from feedlake.pipeline.lake.lake import Lake
from feedlake.pipeline.options.failures import UsageError
from feedlake.pipeline.report import write_report
from feedlake.pipeline.report.day_reports import DayReports, write_missing

MORNING = datetime(2026, 12, 1, 0, 20, tzinfo=UTC)
"""Just after the end of the lake's last day."""


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    path = str(tmp_path_factory.mktemp("reported") / "lake")
    make_shown_lake(path, days=6)  # Its first run was on the 27th.
    return Lake(path)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets reports say nothing, where only their days are looked at."""
    monkeypatch.setattr(write_report, "page_of", lambda *_, **__: b"a page")


def names(folder: Path) -> list[str]:
    return sorted(os.listdir(folder))


def test_each_ended_day_since_the_first_run_gets_a_report_once(lake, tmp_path):
    written = write_missing(lake, str(tmp_path), now=MORNING)

    assert written == [TODAY - timedelta(days=back) for back in range(4)]
    assert names(tmp_path) == [f"report-2026-11-{day}.html" for day in (27, 28, 29, 30)]
    newest = tmp_path / "report-2026-11-30.html"
    assert b"Monday, 30 November 2026" in newest.read_bytes()
    (tmp_path / "report-2026-11-29.html").write_bytes(b"mine")
    newest.unlink()

    assert write_missing(lake, str(tmp_path), now=MORNING) == [TODAY]

    assert (tmp_path / "report-2026-11-29.html").read_bytes() == b"mine"
    assert newest.exists()


@pytest.mark.usefixtures("quick")
def test_a_day_ends_with_that_of_utc(lake, tmp_path):
    late = datetime.fromisoformat("2026-12-01T00:30:00+02:00")  # Still November in UTC.

    written = write_missing(lake, str(tmp_path), now=late)

    assert written[0] == date(2026, 11, 29)
    assert len(written) == 3


@pytest.mark.usefixtures("quick")
def test_a_week_is_made_up_for_and_no_more(lake, tmp_path):
    written = write_missing(lake, str(tmp_path), now=MORNING + timedelta(days=6))

    assert written == [date(2026, 12, 6) - timedelta(days=back) for back in range(7)]


def test_a_lake_that_is_not_there_yet_has_no_reports(tmp_path):
    assert write_missing(Lake(str(tmp_path / "lake")), str(tmp_path), now=MORNING) == []


def test_a_process_writes_them_beside_the_schedule(lake, tmp_path, capfd):
    folder = tmp_path / "new" / "reports"
    with DayReports(lake.path, str(folder)) as reports:
        reports.after_run(MORNING)

    assert names(folder) == [f"report-2026-11-{day}.html" for day in (27, 28, 29, 30)]
    assert capfd.readouterr().err == ""


def test_a_process_that_fails_is_a_warning_told_once(lake, tmp_path, capfd):
    broken = tmp_path / "lake"
    (broken / "_journal").mkdir(parents=True)
    (broken / "_journal" / "20261130T114000Z-000000-0001.json").write_text("{", encoding="utf-8")
    with DayReports(str(broken), str(tmp_path / "reports")) as reports:
        reports.after_run(MORNING)
    reports.after_run(MORNING)
    reports.__exit__(None, None, None)

    [line] = capfd.readouterr().err.splitlines()
    assert line.startswith(f"feedlake: warning: --report {tmp_path / 'reports'}: ")
    assert "_journal" in line
    assert names(tmp_path / "reports") == []


def test_a_schedule_that_is_stopped_does_not_wait_for_it(lake, tmp_path):
    reports = DayReports(lake.path, str(tmp_path))
    reports.after_run(MORNING)
    child = reports._child
    reports.__exit__(KeyboardInterrupt, KeyboardInterrupt(), None)

    assert child is not None
    assert child.returncode == -9
    assert all(name.endswith(".html") for name in names(tmp_path))


def test_nothing_is_started_where_nothing_is_missing(lake, tmp_path):
    for back in range(7):
        day = TODAY - timedelta(days=back)
        (tmp_path / f"report-{day}.html").touch()
    with DayReports(lake.path, str(tmp_path)) as reports:
        reports.after_run(MORNING)

        assert reports._child is None


@pytest.mark.parametrize("folder", ["s3://bucket/reports", "file.txt", "file.txt/reports"])
def test_a_folder_that_cannot_be_is_refused_before_the_first_run(folder, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file.txt").touch()

    with pytest.raises(UsageError, match=f"^--report {folder}: "):
        DayReports("lake", folder)


def test_a_schedule_writes_the_report_of_yesterday(tmp_path):
    yesterday = datetime.now(UTC).date() - timedelta(days=1)
    make_shown_lake(str(tmp_path / "lake"), days=3, today=yesterday)
    (tmp_path / "story.txt").write_text("A story of a few words. " * 30, encoding="utf-8")
    words = ["schedule", str(tmp_path / "story.txt"), "--lake", str(tmp_path / "lake")]

    code = main([*words, "--runs", "1", "--quiet", "--report", str(tmp_path / "reports")])

    assert code == 0
    assert f"report-{yesterday}.html" in names(tmp_path / "reports")
