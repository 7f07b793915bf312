"""The verbs of `storage` mean the same in each store as on a disk."""

from __future__ import annotations

import io

import pytest

from feedlake.transforms.normalize import storage
from feedlake.transforms.stores.object_store import ConditionError
from feedlake.transforms.stores.s3_store import S3Store
from feedlake.transforms.stores.stores import store_of


def test_what_is_written_is_read_again_from_any_place(place):
    content = bytes(range(256)) * 2000
    written = storage.write_bytes(f"{place}/a b/ä=1+2.bin", content)

    assert written.size_bytes == 512_000
    with storage.open_read(f"{place}/a b/ä=1+2.bin") as stream:
        assert stream.read() == content
        stream.seek(0)
        assert stream.read(10) == content[:10]
        assert stream.seek(-300, io.SEEK_END) == 511_700
        assert stream.read() == content[-300:]
        assert stream.read() == b""
        stream.seek(100_000)
        assert stream.read(150_000) == content[100_000:250_000]
        assert stream.tell() == 250_000
        stream.seek(5)
        assert stream.read() == content[5:]


def test_empty_file_is_a_file(place):
    storage.write_bytes(f"{place}/empty", b"")

    assert storage.read_bytes(f"{place}/empty") == b""
    assert storage.exists(f"{place}/empty")


def test_files_are_listed_moved_and_deleted_by_whole_names(place):
    for name in ("x/b", "x/a", "x/a.part", "x2/c", "x/deep/er/d"):
        storage.write_bytes(f"{place}/{name}", name.encode())

    assert list(storage.list_files(f"{place}/x")) == [
        f"{place}/x/{name}" for name in ("a", "a.part", "b", "deep/er/d")
    ]
    assert [file.size_bytes for file in storage.list_stored(f"{place}/x/")] == [3, 8, 3, 11]
    storage.move_all([(f"{place}/x/{name}", f"{place}/y/{name}") for name in ("a", "b")])
    assert not storage.exists(f"{place}/x/a")
    assert storage.exists(f"{place}/x/a.part")
    assert storage.read_bytes(f"{place}/y/b") == b"x/b"
    storage.delete(f"{place}/not there")
    storage.delete_folder(f"{place}/x")
    assert list(storage.list_files(place)) == [f"{place}/{name}" for name in ("x2/c", "y/a", "y/b")]
    with pytest.raises(FileNotFoundError):
        storage.open_read(f"{place}/x/a")
    with pytest.raises(FileNotFoundError):
        storage.move(f"{place}/x/a", f"{place}/z")


def test_file_that_is_replaced_while_it_is_read_is_no_mixture(place):
    storage.write_bytes(f"{place}/file", b"a" * 300_000)
    with storage.open_read(f"{place}/file") as stream:
        assert stream.read(1) == b"a"
        storage.write_bytes(f"{place}/file", b"b" * 300_000)
        with pytest.raises(OSError, match=r"changed while|No such file in the store"):
            stream.read()


def test_condition_is_kept_to(place):
    store, path = store_of(place), f"{place}/file"

    first = store.put_if(path, b"one", version=None)
    with pytest.raises(ConditionError):
        store.put_if(path, b"two", version=None)
    second = store.put_if(path, b"three", version=first)
    with pytest.raises(ConditionError):
        store.put_if(path, b"four", version=first)
    with pytest.raises(ConditionError):
        store.put_if(f"{place}/other", b"five", version=first)

    part = store.read(path, 0, 100)
    assert (part.content, part.size_bytes, part.version) == (b"three", 5, second)
    assert [file.version for file in store.list(place)] == [second]


def test_large_file_is_sent_in_parts(any_bucket, monkeypatch):
    monkeypatch.setattr("feedlake.transforms.stores.s3_store._PART_BYTES", 5 << 20)
    content = bytes(12 << 20)

    storage.write_bytes(f"{any_bucket.url}/large", content)

    assert storage.read_bytes(f"{any_bucket.url}/large") == content
    if "gofakes3" not in str(any_bucket.server.process.args):  # It doesn't say.
        [file] = storage.list_stored(any_bucket.url + "/")
        assert file.version.endswith('-3"')


def test_write_that_fails_leaves_nothing(any_bucket, monkeypatch):
    monkeypatch.setattr("feedlake.transforms.stores.s3_store._PART_BYTES", 5 << 20)

    def fail(stream):
        stream.write(bytes(6 << 20))
        raise ValueError("halfway")

    with pytest.raises(ValueError, match="halfway"):
        storage.write_file(f"{any_bucket.url}/large", fail)
    assert any_bucket.names() == []


def test_sequential_reading_asks_for_more_each_time(bucket, monkeypatch):
    storage.write_bytes(f"{bucket.url}/archive", bytes(8 << 20))
    requests: list[int] = []
    read = S3Store.read

    def count(self, path, start, end, **version):
        requests.append(end - start)
        return read(self, path, start, end, **version)

    monkeypatch.setattr(S3Store, "read", count)
    with storage.open_read(f"{bucket.url}/archive") as stream:
        while stream.read(10_000):
            pass

    assert len(requests) <= 8, "64 KiB, and then twice as much each time"
