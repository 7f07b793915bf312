"""What standard input as a source promises: pieces that end, numbers that go on, nothing lost."""

from __future__ import annotations

import contextlib
import gzip
import json
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import content_of, read_rows

from feedlake.pipeline.options.failures import UsageError
from feedlake.pipeline.terminal.standard_input import InputLimits, StandardInput, standard_input


def limits(lines: int = 3, *, size_bytes: int = 1 << 20, within_s: float = 9.0) -> InputLimits:
    return InputLimits(
        "auto", max_document_bytes=1000, lines=lines, size_bytes=size_bytes, within_s=within_s
    )


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    reading, writing = os.pipe()
    yield reading, writing
    for number in (reading, writing):
        with contextlib.suppress(OSError):
            os.close(number)


def pieces(found: StandardInput) -> list[tuple[bytes, str | None, int, int | None]]:
    taken = []
    while not found.is_at_end:
        for file in found.take():
            data = Path(file.path).read_bytes()
            assert file.size_bytes == len(data)
            assert file.name == "stdin"
            taken.append((data, file.lines_of, file.lines_before, file.goes_on_at))
    assert found.take() == []
    return taken


def send(writing: int, *parts: bytes, pause_s: float = 0.0) -> threading.Thread:
    def write() -> None:
        for part in parts:
            os.write(writing, part)
            time.sleep(pause_s)
        os.close(writing)

    thread = threading.Thread(target=write)
    thread.start()
    return thread


def test_lines_come_in_pieces_whose_numbers_go_on(pipe: tuple[int, int]) -> None:
    data = b"".join(b'{"text": "%d"}\n' % number for number in range(7)) + b'{"text": "last"}'
    lines = data.splitlines(keepends=True)
    thread = send(pipe[1], data[:30], data[30:])
    taken = pieces(StandardInput(limits(), descriptor=pipe[0]))
    thread.join()
    assert taken == [
        (b"".join(lines[:3]), "jsonl", 0, 4),
        (b"".join(lines[3:6]), "jsonl", 3, 7),
        (b"".join(lines[6:]), "jsonl", 6, None),
    ]


def test_piece_is_given_when_it_is_old_though_more_may_come(pipe: tuple[int, int]) -> None:
    found = StandardInput(limits(99, within_s=0.2), descriptor=pipe[0])
    os.write(pipe[1], b'{"text": "1"}\n{"text": "2"}\n')
    found._rest = os.read(pipe[0], 99)  # What says that they are lines is there.
    found._has_begun, found._lines_of = True, "jsonl"
    (first,) = found.take()
    assert Path(first.path).read_bytes() == b'{"text": "1"}\n{"text": "2"}\n'
    assert (first.goes_on_at, found.is_at_end) == (3, False)
    os.write(pipe[1], b'{"text": "3"}\n')
    os.close(pipe[1])
    (last,) = found.take()
    assert not os.path.exists(first.path)
    assert (last.lines_before, last.goes_on_at) == (2, None)
    assert found.take() == []


def test_line_too_long_is_cut_and_the_next_one_is_whole(pipe: tuple[int, int]) -> None:
    thread = send(pipe[1], b'{"text": "1"}\n{"text": "', b"x" * 300_000, b'"}\n{"text": "2"}\n')
    taken = pieces(StandardInput(limits(), descriptor=pipe[0]))
    thread.join()
    lines = b"".join(piece[0] for piece in taken).splitlines()
    assert [len(line) for line in lines] == [13, 4001, 13]


def test_piece_ends_behind_the_line_that_makes_it_large(pipe: tuple[int, int]) -> None:
    thread = send(pipe[1], b'{"text": "%s"}\n' % (b"x" * 300) * 5)
    taken = pieces(StandardInput(limits(99, size_bytes=500), descriptor=pipe[0]))
    thread.join()
    assert [len(piece[0].splitlines()) for piece in taken] == [2, 2, 1]


@pytest.mark.parametrize(
    ("data", "lines_of"),
    [
        (b"date 2026-11-01 One.\ndate 2026-11-02 Two.\n", "text"),
        (b"One text\nof two lines.\n", None),
        (b'{\n "text": "one object"\n}\n', None),
        (b'[{"text": "one"},\n {"text": "two"}]\n', None),
        (b"<!doctype html>\n<p>A page.</p>\n", None),
        (gzip.compress(b'{"text": "1"}\n{"text": "2"}\n', mtime=0), None),
        ('{"text": "1"}\n{"text": "2"}\n'.encode("utf-16"), None),
        (b"", None),
    ],
)
def test_only_lines_are_cut(pipe: tuple[int, int], data: bytes, lines_of: str | None) -> None:
    thread = send(pipe[1], data)
    (piece, *others) = pieces(StandardInput(limits(1), descriptor=pipe[0]))
    thread.join()
    assert piece[1] == lines_of
    assert (piece[0] + b"".join(other[0] for other in others)) == data
    assert bool(others) == (lines_of is not None)


def test_text_without_an_end_is_read_as_far_as_a_document_may_be(pipe: tuple[int, int]) -> None:
    found = StandardInput(limits(), descriptor=pipe[0])

    def write() -> None:
        with contextlib.suppress(BrokenPipeError):
            while True:
                os.write(pipe[1], b"words and words\n" * 1000)

    thread = threading.Thread(target=write)
    thread.start()
    (file,) = found.take()
    os.close(pipe[0])
    thread.join()
    assert 1000 < file.size_bytes < 200_000
    assert found.take() == []


def test_terminal_and_workers_elsewhere_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "isatty", lambda number: number == 0)
    with (
        pytest.raises(UsageError, match="terminal"),
        standard_input(("-",), limits(), is_read_here=True),
    ):
        pass
    monkeypatch.setattr(os, "isatty", lambda number: False)
    with (
        pytest.raises(UsageError, match="local runner"),
        standard_input(("a", "-"), limits(), is_read_here=False),
    ):
        pass
    with standard_input(("a",), limits(), is_read_here=False) as found:
        assert found is None


@pytest.fixture
def give(tmp_path: Path) -> Iterator[object]:
    kept = os.dup(0)

    def put(data: bytes) -> None:
        (tmp_path / "input").write_bytes(data)
        handle = os.open(tmp_path / "input", os.O_RDONLY)
        os.dup2(handle, 0)
        os.close(handle)

    yield put
    os.dup2(kept, 0)
    os.close(kept)


def test_runs_over_standard_input_publish_chunks_and_add_nothing_twice(tmp_path, feedlake, give):
    words = ["Gulls", "The ferry", "Old mills", "A library", "Frogs"]
    lines = [json.dumps({"text": f"{word} of the town stay where they are."}) for word in words]
    data = "\n".join([*lines[:2], "{broken", *lines[2:]]).encode()
    lake = tmp_path / "lake"

    give(data)
    first = json.loads(
        feedlake("ingest", "-", "--lake", lake, "--json", "--chunk-documents", 2).out
    )
    give(data)
    again = json.loads(feedlake("ingest", "-", "--lake", lake, "--json").out)

    names = ("sources", "documents", "articles", "rejects", "already_in_lake")
    assert [first[name] for name in names] == [1, 6, 5, 1, 0]
    assert len(first["runs"]) == 3
    assert [again[name] for name in names] == [1, 6, 0, 0, 6]
    rows = read_rows(lake, "articles")
    assert {(row["source"], row["source_record"]) for row in rows} == {
        ("stdin", number) for number in (1, 2, 4, 5, 6)
    }
    assert [row["source_record"] for row in content_of(lake)["rejects"]] == [3]
    statuses = [row["status"] for row in read_rows(lake, "sources")]
    assert sorted(statuses) == ["continued", "continued", "read", "read"]
    assert json.loads(feedlake("explain", "-", "--lake", lake, "--json").out)["articles"]


def test_schedule_refuses_what_can_be_read_once(tmp_path, feedlake):
    outcome = feedlake("schedule", "-", "--lake", tmp_path / "lake", "--runs", 1)
    assert outcome.code == 2
    assert "can be read once" in outcome.err


def test_a_run_in_python_has_no_standard_input(tmp_path):
    import feedlake

    with pytest.raises(feedlake.UsageError, match="no standard input"):
        feedlake.ingest(["-"], lake=tmp_path / "lake")
