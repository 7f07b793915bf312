"""The members of an archive, as those who read it give them, and how much they may unpack to."""

from __future__ import annotations

import re
from dataclasses import dataclass
from tempfile import SpooledTemporaryFile
from typing import BinaryIO, Literal, cast

from feedlake.transforms.normalize.streams import UnpackError, read_some

MAX_TOTAL_RATIO, MIN_TOTAL_BYTES = 1000, 1 << 28
"""How many times its size all that an archive holds may unpack to, archives in it included, if that
is more than 256 MiB. One member has the bound of any file, half of that."""

_HELD_BYTES = 8 << 20
"""What is held in memory of a stream that is to be read again; more goes to the disk."""

_MAX_NAME_CHARS = 1000
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


@dataclass(frozen=True)
class Member:
    """A file in an archive.

    Attributes:
        name: Its name, as the archive has it.
        stream: Its bytes; they can be read until the next member is asked for.
    """

    name: str
    stream: BinaryIO


@dataclass(frozen=True)
class BadMember:
    """A file in an archive that can't be read, or damaged bytes of the archive.

    Attributes:
        name: Its name; None if it is not one member that is damaged.
        reason: A rejection's.
        detail: What is wrong, for people.
    """

    name: str | None
    reason: Literal["corrupt", "encrypted", "unsupported", "too_large"]
    detail: str


@dataclass(frozen=True)
class NoFile:
    """A member that holds no bytes.

    Attributes:
        kind: What it is instead.
    """

    kind: Literal["link", "device"]


Found = Member | BadMember | NoFile


def show_name(name: str) -> str:
    """Returns a member's name as it may stand in a table: nobody opens a file of that name."""
    shown = _CONTROL.sub(lambda found: f"\\x{ord(found[0]):02x}", name).removeprefix("./")
    return shown if len(shown) <= _MAX_NAME_CHARS else f"{shown[:_MAX_NAME_CHARS]}…"


def decode_name(name: bytes) -> str:
    """Returns a name that says nothing of its encoding: UTF-8, or else that of the first ZIPs."""
    try:
        return name.decode()
    except UnicodeDecodeError:
        return name.decode("cp437")


class Allowance:
    """How much all that an archive holds may still unpack to."""

    def __init__(self, packed_bytes: int) -> None:
        self._max_bytes = max(MIN_TOTAL_BYTES, MAX_TOTAL_RATIO * packed_bytes)
        self._left_bytes = self._max_bytes

    @property
    def is_spent(self) -> bool:
        """Returns whether nothing more may be unpacked."""
        return self._left_bytes < 0

    def describe(self) -> str:
        """Returns what it amounts to, for people."""
        return f"all that the archive holds unpacks to more than {self._max_bytes} bytes"

    def take(self, size: int) -> None:
        """Takes some of it.

        Raises:
            UnpackError: There is no more.
        """
        self._left_bytes -= size
        if self._left_bytes < 0:
            raise UnpackError("too_large", self.describe())


class Measured:
    """A stream whose bytes count, and that can begin again until it is told otherwise."""

    def __init__(self, stream: BinaryIO, allowance: Allowance) -> None:
        self._stream, self._allowance = stream, allowance
        self._held: SpooledTemporaryFile[bytes] | None = None
        self._held_bytes = self._position = 0
        self._holds = True

    def seekable(self) -> bool:
        """Returns False: it can go to its first byte, and that not always."""
        return False

    def seek(self, offset: int) -> None:
        """Goes to the first byte."""
        assert offset == 0
        assert self._holds
        self._position = 0

    def forget(self) -> None:
        """Holds no more of what is read from now on: it can't begin again."""
        self._holds = False

    def read(self, size: int = -1) -> bytes:
        """Returns the next bytes; without a size, all of them."""
        if size < 0:
            return b"".join(iter(lambda: self.read(1 << 16), b""))
        if self._held is not None and self._position < self._held_bytes:
            self._held.seek(self._position)
            data = self._held.read(size)
            self._position += len(data)
            return data
        if not self._holds:
            self.close()
        data = read_some(self._stream, size)
        self._allowance.take(len(data))
        if self._holds:
            if self._held is None:
                self._held = SpooledTemporaryFile(_HELD_BYTES)  # noqa: SIM115 - `close` closes it
            self._held.seek(self._held_bytes)
            self._held.write(data)
            self._held_bytes += len(data)
        self._position += len(data)
        return data

    def close(self) -> None:
        """Lets go what it holds; the stream below stays open."""
        if self._held is not None:
            self._held.close()
        self._held = None


def on_disk(stream: BinaryIO) -> BinaryIO:
    """Returns the rest of a stream as one that can seek, to be closed; large ones are on the disk.

    Raises:
        OSError: Or another of `streams.STREAM_FAULTS`: it can't be read to its end.
    """
    spooled = SpooledTemporaryFile(_HELD_BYTES)  # noqa: SIM115 - the caller closes it
    try:
        while part := read_some(stream, 1 << 16):
            spooled.write(part)
    except BaseException:
        spooled.close()
        raise
    spooled.seek(0)
    return cast(BinaryIO, spooled)
