"""The bytes of an archive by their offsets, some of which can be read once more."""

from __future__ import annotations

from collections import deque
from tempfile import SpooledTemporaryFile
from time import thread_time
from typing import BinaryIO

from feedlake.transforms.normalize.streams import STREAM_FAULTS, read_some

_HELD_BYTES = 8 << 20
"""What is held in memory of a stream that cannot seek; more of one record goes to the disk."""

_MEMBER_STARTS = (b"\x1f\x8b\x08", b"\x28\xb5\x2f\xfd")
"""First bytes of a gzip member (RFC 1952, 2.3.1) and of a zstd frame (RFC 8878, 3.1.1)."""

_RECENT_READS = 4
"""How many reads are looked at for the first bytes of a record: FastWARC reads ahead of it."""

_MAX_HELD_BYTES = 1 << 30
"""What is held at the most: of a longer record no more can be read again."""

_MAX_RECORD_S = 10.0
"""CPU seconds after which a reader that was given the tape gets no more of one record: 3 GB of gzip
(measured 2026-11). What unpacks bytes itself sees how many they become, and needs no clock."""

_FORGET_BYTES = 1 << 20
"""How much is held before any of it is let go: each record would copy what was read ahead."""


class Tape:
    """A stream that can be wound back, as far as it was not told to forget.

    A fault ends the bytes: a raised one would abort FastWARC's Rust code. Attribute `fault` has
    it then.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._can_seek = stream.seekable()
        self._position = stream.tell() if self._can_seek else 0
        self._held = _Held(self._position)
        self._recent = deque[bytes](maxlen=_RECENT_READS)
        self._is_packed: bool | None = None
        self._clock_s: float | None = None
        self.fault: Exception | None = None

    def tell(self) -> int:
        """Returns the offset of the next byte."""
        return self._position

    def read(self, size: int) -> bytes:
        """Returns the next bytes, as many as one read gives; none at the end or at a fault."""
        if self._clock_s is not None and thread_time() - self._clock_s > _MAX_RECORD_S:
            return b""
        data = b"" if self._can_seek else self._held.read(self._position, size)
        if not data:
            try:
                data = read_some(self._stream, size)
            except STREAM_FAULTS as error:
                self.fault = error
                return b""
            if not self._can_seek:
                self._held.append(data)
        self._position += len(data)
        self._recent.append(data)
        return data

    def may_begin_at(self, offset: int) -> bool:
        """Returns whether a record may begin at an offset that was read of late.

        In an archive of compressed members, one begins there. The first offset asked for tells
        whether it is one.
        """
        begins = self._read_recent(offset).startswith(_MEMBER_STARTS)
        if self._is_packed is None:
            self._is_packed = begins
        return begins or not self._is_packed

    def _read_recent(self, offset: int) -> bytes:
        """Four bytes that were read of late, as far as they were."""
        end = self._position
        for data in reversed(self._recent):
            end -= len(data)
            if offset >= end:
                place = offset - end
                if place + 4 <= len(data) or data is self._recent[-1]:
                    return data[place : place + 4]
                behind = b"".join(self._recent)
                place = offset - (self._position - len(behind))
                return behind[place : place + 4]
        return b""

    def go_to(self, offset: int) -> None:
        """Goes on reading at an offset, or at the first one behind it that was not let go."""
        if self._can_seek:
            self._stream.seek(offset)
        self._position = offset if self._can_seek else max(offset, self._held.start)
        self._recent.clear()
        self._is_packed = self._clock_s = None

    def start_clock(self) -> None:
        """Begins to measure how long the reading of a record takes; `go_to` ends that."""
        self._clock_s = thread_time()

    def forget(self, offset: int) -> None:
        """Lets go what is before an offset."""
        if not self._can_seek:
            self._held.forget(offset)

    def close(self) -> None:
        """Lets go all; the stream stays open."""
        self._held.close()


class _Held:
    """What was read of a stream, from some offset on."""

    def __init__(self, start: int) -> None:
        self.start, self._size = start, 0
        self._file: SpooledTemporaryFile[bytes] | None = None

    def read(self, offset: int, size: int) -> bytes:
        if self._file is None or offset >= self.start + self._size:
            return b""
        self._file.seek(offset - self.start)
        return self._file.read(size)

    def append(self, data: bytes) -> None:
        if self._file is None:
            self._file = SpooledTemporaryFile(_HELD_BYTES)  # noqa: SIM115 - closed by `close`
        self._file.seek(self._size)
        self._file.write(data)
        self._size += len(data)
        if self._size > _MAX_HELD_BYTES:
            self.start += self._size
            self.close()

    def forget(self, offset: int) -> None:
        if self._file is None or offset - self.start < _FORGET_BYTES:
            return
        self._file.seek(offset - self.start)
        rest = self._file.read()
        self.close()
        self.start = offset
        self.append(rest)

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
        self._file, self._size = None, 0
