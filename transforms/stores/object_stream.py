"""A file in an object store as a seekable stream: read by ranges, ahead where that pays."""

from __future__ import annotations

import io
from typing import BinaryIO, cast

from feedlake.transforms.stores.object_store import ObjectStore

_LEAST_BYTES, _MOST_BYTES = 1 << 16, 1 << 23
"""What one request reads at least. It begins small, since Parquet is read here and there, and
doubles while the file is read from end to end, as archives are."""


def open_stream(store: ObjectStore, path: str) -> BinaryIO:
    """Returns a file as a stream; all of it is of one version, or reading it raises OSError.

    Args:
        store: The store that has it.
        path: Its URL.

    Raises:
        OSError: It is not there, or cannot be read.
    """
    return cast(BinaryIO, io.BufferedReader(_ObjectStream(store, path), _LEAST_BYTES))


class _ObjectStream(io.RawIOBase):
    def __init__(self, store: ObjectStore, path: str) -> None:
        super().__init__()
        self.name = path
        self._store = store
        first = store.read(path, 0, _LEAST_BYTES)
        self._size, self._version = first.size_bytes, first.version
        self._held, self._held_from = first.content, 0
        self._place = 0
        self._ahead = _LEAST_BYTES

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._place

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._place, io.SEEK_END: self._size}[whence]
        if base + offset < 0:
            raise ValueError(f"negative seek position {base + offset}")
        self._place = base + offset
        return self._place

    def readall(self) -> bytes:
        return b"".join(iter(lambda: self._take(self._size - self._place), b""))

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        content = self._take(len(buffer))
        buffer[: len(content)] = content
        return len(content)

    def _take(self, wanted: int) -> bytes:
        """Up to so many bytes from the place on, with one request at most."""
        if self._place >= self._size or wanted <= 0:
            return b""
        held_to = self._held_from + len(self._held)
        if not self._held_from <= self._place < held_to:
            is_next = self._place == held_to
            self._ahead = min(self._ahead * 2, _MOST_BYTES) if is_next else _LEAST_BYTES
            end = min(self._place + max(wanted, self._ahead), self._size)
            part = self._store.read(self.name, self._place, end, version=self._version)
            self._held, self._held_from = part.content, self._place
        begin = self._place - self._held_from
        taken = self._held[begin : begin + wanted]
        self._place += len(taken)
        return taken
