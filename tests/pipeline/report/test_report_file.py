from __future__ import annotations

import os
from pathlib import Path

import pytest
from shown_lake import make_empty_lake

from feedlake.pipeline.cli.main import main
from feedlake.pipeline.options.failures import RunError
from feedlake.pipeline.report.write_report import write_whole


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("reported") / "lake"
    make_empty_lake(path)
    return str(path)


def test_a_report_is_written_to_a_file(lake, tmp_path):
    path = tmp_path / "report.html"

    assert main(["report", "--lake", lake, "-o", str(path)]) == 0

    assert path.read_bytes().startswith(b"<!DOCTYPE html>")
    assert path.read_bytes().endswith(b"</html>\n")
    assert os.listdir(tmp_path) == ["report.html"]
    assert path.stat().st_mode & 0o777 == 0o666 & ~umask()


def umask() -> int:
    now = os.umask(0)
    os.umask(now)
    return now


def test_a_report_goes_to_standard_output(lake, capfdbinary):
    assert main(["report", "--lake", lake, "--day", "2026-03-14", "--output", "-"]) == 0

    body = capfdbinary.readouterr().out
    assert body.endswith(b"</html>\n")
    assert b"Saturday, 14 March 2026" in body


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["-o", "."], "--output .: is a folder; must be a file"),
        (["-o", "missing/report.html"], "--output missing/report.html: there is no folder"),
        (["--days", "0"], "--days: 0: must be a whole number from 1 to 366"),
        (["--day", "14.3.2026"], "--day: 14.3.2026: must be a date, YYYY-MM-DD"),
        (["--day", "0001-01-01", "-o", "x"], "--day 0001-01-01: must be from 1000-01-01"),
        (["--day", "9999-12-31", "-o", "x"], "--day 9999-12-31: must be from 1000-01-01"),
    ],
)
def test_what_makes_no_sense_is_said_in_a_sentence(lake, words, told, capfd, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    assert main(["report", "--lake", lake, *words]) == 2

    assert told in capfd.readouterr().err
    assert os.listdir(tmp_path) == []


def test_a_path_that_is_no_lake_gives_no_file(tmp_path, capfd):
    assert main(["report", "--lake", str(tmp_path / "no"), "-o", str(tmp_path / "x")]) == 2

    assert "no such folder" in capfd.readouterr().err
    assert os.listdir(tmp_path) == []


def test_a_report_that_cannot_be_written_leaves_the_one_before(tmp_path, monkeypatch):
    path = tmp_path / "report.html"
    path.write_bytes(b"before")

    def refuse(one: str, other: str) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(RunError, match="cannot be written: No space left on device"):
        write_whole(str(path), b"after")

    assert path.read_bytes() == b"before"
    assert os.listdir(tmp_path) == ["report.html"]


def test_a_link_stays_a_link_and_a_device_a_device(tmp_path):
    real, link = tmp_path / "real.html", tmp_path / "link.html"
    real.write_bytes(b"before")
    link.symlink_to(real)

    write_whole(str(link), b"after")
    write_whole(os.devnull, b"after")

    assert link.is_symlink()
    assert real.read_bytes() == b"after"
    assert not Path(os.devnull).is_file()
