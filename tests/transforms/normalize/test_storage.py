"""What the verbs for files promise on a local disk."""

import hashlib
import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import pytest

from feedlake.transforms.normalize import storage


def _writer(data: bytes) -> Callable[[BinaryIO], None]:
    def write(stream: BinaryIO) -> None:
        stream.write(data)

    return write


def test_a_written_file_is_whole_and_described(tmp_path: Path) -> None:
    path = str(tmp_path / "a" / "b" / "file")
    written = storage.write_file(path, _writer(b"words"))
    assert written == storage.WrittenFile(5, hashlib.sha256(b"words").hexdigest())
    assert storage.read_bytes(path) == b"words"
    assert list(storage.list_files(str(tmp_path))) == [path]


def test_a_failed_write_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")

    def fail(stream: BinaryIO) -> None:
        stream.write(b"new")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        storage.write_file(str(path), fail)
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == {"file": b"old"}


def test_deleting_what_is_not_there_is_no_error(tmp_path: Path) -> None:
    storage.delete(str(tmp_path / "none"))
    storage.delete_folder(str(tmp_path / "none"))
    assert list(storage.list_files(str(tmp_path / "none"))) == []


def test_files_are_moved_made_and_deleted(tmp_path: Path) -> None:
    one, two, folder = (str(tmp_path / name) for name in ("one", "two", "folder"))
    storage.write_file(one, _writer(b"1"))
    storage.make_folder(folder)
    storage.move(one, two)
    storage.sync_folders({str(tmp_path)})
    assert [storage.exists(path) for path in (one, two, folder)] == [False, True, True]
    storage.delete(two)
    storage.delete_folder(folder)
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (b"/a/plain.txt", "/a/plain.txt"),
        ("/a/é 灯.txt".encode(), "/a/é 灯.txt"),
        (b"/a/\xff\xfe.txt", "/a/\\xff\\xfe.txt"),
        (b"/a/b\nc\x1b.txt", "/a/b\nc\x1b.txt"),
        (b"/a/\xed\xa0\x80", "/a/\\xed\\xa0\\x80"),
    ],
)
def test_any_path_can_be_written_as_text(path: bytes, text: str) -> None:
    assert storage.escape_path(os.fsdecode(path)) == text
    assert text.encode().decode() == text


@pytest.mark.parametrize("kind", ["pipe", "socket", "device", "folder", "dangling", "loop"])
def test_what_is_no_file_is_refused_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.chdir(tmp_path)  # The path of a socket may be 108 bytes long, not more.
    with socket.socket(socket.AF_UNIX) as listener:
        if kind == "pipe":
            os.mkfifo("it")
        elif kind == "socket":
            listener.bind("it")
        elif kind == "folder":
            os.mkdir("it")
        else:
            os.symlink({"device": os.devnull, "dangling": "none", "loop": "it"}[kind], "it")
        with pytest.raises(OSError, match=r"\[Errno \d+\]"):
            storage.open_read("it")
