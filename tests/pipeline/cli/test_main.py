"""The command: what it says, where it says it, and its exit codes."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import PROJECT, Outcome, read_rows
from filelock import FileLock

from feedlake.pipeline.options import option_table
from feedlake.transforms.read.read_record import FIELDS
from feedlake.transforms.write.parquet_files import PARTITION_COLUMNS

CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]")


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")


def is_one_sentence(text: str) -> bool:
    return text.startswith("feedlake: ") and text.count("\n") == 1 and not CONTROL.search(text[:-1])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["ingst"], "ingst: no such command; did you mean ingest?"),
        (["frobnicate"], "frobnicate: no such command; must be one of ingest, schedule, stream"),
        (["completion", "tcsh"], "tcsh: must be one of bash, zsh, fish"),
        (["completion"], "required: {bash,zsh,fish}"),
        (["ingest"], "SOURCE, --lake"),
        (["ingest", ".", "--lake"], "--lake"),
        (["ingest", "", "--lake", "l"], "an empty text: must be a path"),
        (["ingest", ".", "--lake", ""], "an empty text: must be a path"),
        (["ingest", ".", "--lake", "l", "--quite"], "--quite: ingest knows no such flag; did you "),
        (["ingest", ".", "--lake", "l", "--lak"], "did you mean --lake?"),
        (["ingest", ".", "--lake", "l", "--\x1b[31m\nx"], r"--\x1b[31m\x0ax"),
        (["ingest", ".", "--lake", "l", "--workers", "0"], "0: must be a whole number from 1 to"),
        (["ingest", ".", "--lake", "l", "--timeout", "1e3"], "1e3: must be a whole number"),
        (["ingest", ".", "--lake", "l", "--min-chars", "-1"], "whole number from 0 to"),
        (["ingest", ".", "--lake", "l", "--max-memory-mb", "9" * 30], "1,048,576"),
        (["ingest", ".", "--lake", "l", "--near-threshold", "1.5"], "1.5"),
        (["ingest", ".", "--lake", "l", "--field", "text"], "text: must be NAME=OWN"),
        (["ingest", ".", "--lake", "l", "--field", "colour=c"], "NAME one of url, html"),
        (["ingest", ".", "--lake", "l", "--earliest-date", "2019"], "YYYY-MM-DD"),
        (["ingest", ".", "--lake", "l", "--partition-by", "date,date"], "each once"),
        (["ingest", ".", "--lake", "l", "--partition-by", "colour"], "date:month"),
        (["ingest", ".", "--lake", "l", "--text-mode", "odd"], "odd: must be one of auto, whole"),
        (["ingest", ".", "--lake", "foo://bucket"], "no filesystem foo:// here"),
        (["ingest", ".", "--lake", "l", "--runner", "Abacus"], "--runner Abacus: "),
        (["ingest", ".", "--lake", "l", "--", "--no_such_flag=1"], "--no_such_flag=1: Beam knows"),
        (["ingest", ".", "--lake", "l", "--", "stray"], "stray: Beam knows no such flag"),
        (["ingest", ".", "--lake", "l", "--", "--direct_num_workers=x"], "invalid int value: 'x'"),
        (["ingest", ".", "--lake", "l", "--", "--runner=x"], "--runner: stands before the --"),
        (["query", "SELECT", "1", "--lake", "l"], "1: one word too many"),
        (
            ["query", "SELECT 1", "--lake", "l", "--", "--x"],
            "only ingest, schedule and stream take Beam's flags",
        ),
        (["query", "SELECT 1", "--lake", "l"], "l: no such folder"),
        (["query", "--lake", "l"], "query: needs SQL, or --file FILE"),
        (["compact", "--lake", "l", "--verify", "--quarantine"], "combined with --verify"),
        (["feeds", "shwo"], "shwo: must be one of show, export, import"),
    ],
)
def test_wrong_command_is_one_sentence_and_exit_code_2(feedlake, arguments, said):
    outcome = feedlake(*arguments)

    assert (outcome.code, outcome.out) == (2, "")
    assert is_one_sentence(outcome.err), outcome.err
    assert said in outcome.err
    assert not os.listdir(), "a wrong command makes no lake"


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("nothing", "SOURCE nothing: no such file or folder"),
        ("a/b.org/c", "SOURCE a/b.org/c: no such file or folder"),
        (
            "www.example.org",
            "SOURCE www.example.org: no such file or folder; an address begins with https://",
        ),
        (
            "news.example.org/feed.xml",
            "SOURCE news.example.org/feed.xml: no such file or folder; an address begins with https://",
        ),
        ("nothing/*.txt", "SOURCE nothing/*.txt: the pattern matches no file"),
        ("[z-", "SOURCE [z-: the pattern matches no file"),
        ("empty", "SOURCE empty: the folder holds no files"),
        ("dangling", "SOURCE dangling: the file cannot be read: No such file or directory"),
        ("circle", "SOURCE circle: the folder holds no files"),
        ("self", "SOURCE self: the file cannot be read: Too many levels of symbolic links"),
        ("pipe", "SOURCE pipe: neither a regular file nor a folder"),
        ("socket", "SOURCE socket: neither a regular file nor a folder"),
        ("/dev/null", "SOURCE /dev/null: neither a regular file nor a folder"),
        ("no\x1b]0;x\x07\nsuch", r"SOURCE no\x1b]0;x\x07\x0asuch: no such file or folder"),
        ("no\udcffsuch", r"SOURCE no\xffsuch: no such file or folder"),
        ("foo://bucket/x", "SOURCE foo://bucket/x: no filesystem foo:// here"),
        ("https://", "SOURCE https://: must be an http(s) address"),
        ("http://host:99999/", "SOURCE http://host:99999/: must be an http(s) address"),
        ("file:///tmp", "must be a plain path"),
        ("~no_such_user/x", "SOURCE ~no_such_user/x: no such file or folder"),
    ],
)
def test_source_that_is_not_there_is_one_sentence_and_exit_code_2(feedlake, source, said):
    os.mkdir("empty")
    os.symlink("nowhere", "dangling")
    os.mkdir("circle")
    os.symlink("../circle", "circle/round")
    os.symlink("self", "self")
    os.mkfifo("pipe")
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind("socket")
    before = sorted(os.listdir())

    outcome = feedlake("ingest", source, "--lake", "lake")

    assert (outcome.code, outcome.out) == (2, "")
    assert is_one_sentence(outcome.err), outcome.err
    assert said in outcome.err
    assert sorted(os.listdir()) == before


@pytest.mark.parametrize(
    ("lake", "said"),
    [
        ("file", "a file, not a folder"),
        ("file/below", "can't be created: Not a directory"),
        ("full", "the folder isn't a lake (it has no _journal) and isn't empty"),
        ("/proc/lake", "can't be created: "),
    ],
)
def test_path_that_cannot_be_a_lake_is_one_sentence_and_exit_code_2(feedlake, story, lake, said):
    Path("file").touch()
    os.mkdir("full")
    Path("full/mine.txt").touch()

    outcome = feedlake("ingest", story, "--lake", lake)

    assert outcome.code == 2
    assert is_one_sentence(outcome.err), outcome.err
    assert said in outcome.err
    assert os.listdir("full") == ["mine.txt"]


def test_lake_may_lie_in_a_source_folder_and_is_no_source(feedlake, story):
    first = feedlake("ingest", story, "--lake", story / "lake", "--json")
    second = feedlake("ingest", story, "--lake", story / "lake", "--json", "--reread")
    other = feedlake("ingest", story, "--lake", "other", "--json")

    assert [json.loads(outcome.out)["sources"] for outcome in (first, second, other)] == [1, 1, 1]


@pytest.mark.parametrize("source", ["", "articles", "_journal/lock"])
def test_lake_as_its_own_source_is_exit_code_2(feedlake, story, source):
    feedlake("ingest", story, "--lake", "lake")

    outcome = feedlake("ingest", os.path.join("lake", source), "--lake", "lake")

    assert outcome.code == 2
    assert "is inside the lake; must be outside of it" in outcome.err


def test_one_lake_has_one_layout(feedlake, story):
    feedlake("ingest", story, "--lake", "lake", "--partition-by", "language")

    outcome = feedlake("ingest", story, "--lake", "lake", "--partition-by", "date")

    assert outcome == Outcome(
        2,
        "",
        "feedlake: --partition-by date: this lake is partitioned by language; "
        "feedlake compact --partition-by date changes that\n",
    )
    assert feedlake("compact", "--partition-by", "date", "--lake", "lake").code == 0
    assert feedlake("ingest", story, "--lake", "lake", "--partition-by", "date").code == 0


def test_sources_may_stand_on_both_sides_of_flags(feedlake, story):
    Path("other.txt").write_text("date 2020-05-05\nAnother story.", encoding="utf-8")

    outcome = feedlake("ingest", story, "--lake", "lake", "other.txt", "--json")

    assert json.loads(outcome.out)["articles"] == 2


def test_account_speaks_of_one_article_in_the_singular(feedlake, story):
    outcome = feedlake("ingest", story, "--lake", "lake")

    first, *rest = outcome.out.splitlines()
    assert first == "1 document = 1 article + 0 duplicates + 0 rejects"
    assert rest[0].startswith("  1 source in ")
    assert rest[1] == f"  lake: {Path('lake').absolute()}"
    assert (outcome.code, outcome.err) == (0, "")


def test_query_that_the_account_proposes_can_be_pasted(feedlake, story):
    lake = "it's [a] \x1b[31mlake\n"
    account = feedlake("ingest", story, "--lake", lake).out

    proposed = account.splitlines()[-1].removeprefix("  try: feedlake ")
    answer = subprocess.run(
        ["bash", "-c", f'"$0" -m feedlake {proposed}'.replace("$0", sys.executable)],
        capture_output=True,
        check=True,
        text=True,
    )

    assert not CONTROL.search(account.replace("\n", ""))
    assert "2020-02-03" in answer.stdout


def test_json_is_nothing_but_json(feedlake, seed_lake):
    # Quiet, as a busy machine takes long enough for a line of progress.
    outcome = feedlake("ingest", PROJECT / "seeds", "--lake", "lake", "--json", "--quiet")

    account = json.loads(outcome.out)
    assert outcome.err == ""
    assert account["documents"] == 40
    assert account["reject_reasons"]["empty"] == 1
    assert account["lake"] == str(Path("lake").absolute())
    assert sum(account["reject_reasons"].values()) == account["rejects"]


def test_quiet_success_is_silent(feedlake, story):
    assert feedlake("ingest", story, "--lake", "lake", "--quiet") == Outcome(0, "", "")


def test_run_that_reads_nothing_but_rejects_is_exit_code_3(feedlake):
    Path("empty.txt").touch()

    outcome = feedlake("ingest", "empty.txt", "--lake", "lake")

    assert outcome.code == 3
    assert outcome.out.startswith("1 document = 0 articles + 0 duplicates + 1 reject\n")
    assert len(read_rows(Path("lake"), "rejects")) == 1


def test_fields_that_no_record_has_are_told_once(feedlake):
    for name in ("a.jsonl", "b.jsonl"):
        Path(name).write_text('{"body": "The ferry."}\n' * 3, encoding="utf-8")

    outcome = feedlake("ingest", "a.jsonl", "b.jsonl", "--lake", "lake")

    said = "2 sources: no record has text or html; the fields are body"
    assert outcome.out.count("no record has") == outcome.out.count(said) == 1


def test_lake_that_another_process_writes_to_is_exit_code_4(feedlake, story):
    feedlake("ingest", story, "--lake", "lake")

    with FileLock("lake/_journal/lock"):
        outcome = feedlake("ingest", story, "--lake", "lake")

    assert outcome.code == 4
    assert is_one_sentence(outcome.err)


def test_file_that_is_no_regular_one_in_a_folder_is_a_reject(feedlake, story):
    os.mkfifo(story / "pipe")
    os.symlink("nowhere", story / "dangling")

    outcome = feedlake("ingest", story, "--lake", "lake", "--json")

    assert outcome.code == 0
    assert json.loads(outcome.out)["reject_reasons"] == {"unreadable": 2}


def test_names_that_are_no_utf_8_or_steer_terminals_are_read(feedlake, story):
    steering, broken = "a\x1b[31mred\n.txt", "b\udcff.txt"
    for name in (steering, broken):
        (story / name).write_text(f"date 2020-07-08\n{name!r} is a story.", encoding="utf-8")

    outcome = feedlake("ingest", story, "--lake", "lake", "--json")
    table = feedlake("query", "SELECT right(source, 12) FROM sources", "--lake", "lake")

    assert outcome.code == 0, outcome.err
    assert json.loads(outcome.out)["articles"] == 3
    assert r"b\xff.txt" in table.out
    assert "[31mred" in table.out
    assert not CONTROL.search(table.out.replace("\n", ""))


def test_fault_of_ours_shows_its_traceback_once(feedlake, story, monkeypatch):
    monkeypatch.setattr(
        "feedlake.transforms.read.read_sources.read_text", lambda *_, **__: iter([1 // 0])
    )

    outcome = feedlake("ingest", story, "--lake", "lake")

    *traceback, last = outcome.err.splitlines()
    assert outcome.code == 1
    assert last == "feedlake: a bug in feedlake: ZeroDivisionError; nothing was published"
    assert sum(line.startswith("Traceback") for line in traceback) == 1
    assert "apache_beam" not in outcome.err
    assert "ReadSources" in traceback[-1]
    assert not list(Path("lake").glob("articles/**/*.parquet"))


def flags_of(help_text: str) -> set[str]:
    return set(re.findall(r"^  (--[a-z-]+)", help_text, re.MULTILINE))


@pytest.mark.parametrize("command", ["ingest", "query", "compact"])
def test_help_explains_every_flag(feedlake, command):
    outcome = feedlake(command, "--help")

    assert outcome.code == 0
    usage, _, rest = outcome.out.partition("\n\n")
    assert set(re.findall(r"--[a-z][a-z-]+", usage)) <= flags_of(rest)
    entries = re.split(r"\n  (?=--[a-z])", rest)[1:]
    assert all(len(re.sub(r"^\S+( [A-Z=-]+)?", "", entry).split()) > 2 for entry in entries)


def test_help_lists_the_exit_codes(feedlake):
    text = " ".join(feedlake("--help").out.split())

    for code in ("0 done", "1 failed", "2 wrong", "3 published", "4 another process"):
        assert code in text


def test_version_is_that_of_the_package(feedlake):
    from feedlake import __version__

    assert feedlake("--version") == Outcome(0, f"feedlake {__version__}\n", "")


@pytest.mark.parametrize(
    ("arguments", "unwanted"),
    [
        (["--help"], ("apache_beam", "pyarrow", "duckdb", "trafilatura", "rich", "numpy")),
        (["query", "SELECT 1", "--lake", "lake"], ("apache_beam", "trafilatura")),
    ],
    ids=["help", "query"],
)
def test_command_starts_without_what_it_does_not_need(feedlake, story, arguments, unwanted):
    feedlake("ingest", story, "--lake", "lake")

    outcome = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "feedlake", *arguments],
        capture_output=True,
        text=True,
        check=True,
    )

    imported = set(re.findall(r"\| +(\w+)", outcome.stderr))
    assert imported & {*unwanted} == set()


def test_words_that_flags_take_are_those_that_steps_know():
    # The flags repeat them, so that `--help` imports neither pyarrow nor a reader.
    assert option_table.FIELDS == FIELDS
    assert tuple(PARTITION_COLUMNS) == option_table.PARTITIONS
