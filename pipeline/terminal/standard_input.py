"""Standard input as a source: pieces of it, each a file that a chunk reads."""

from __future__ import annotations

import contextlib
import errno
import os
import select
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from time import monotonic
from typing import BinaryIO, Literal

from feedlake.pipeline.options.failures import UsageError
from feedlake.pipeline.terminal import interrupts
from feedlake.transforms.normalize.charset import detect_encoding
from feedlake.transforms.normalize.streams import detect_compression
from feedlake.transforms.process.process_wide import process_wide
from feedlake.transforms.process.stop import StopRequest
from feedlake.transforms.read.kinds import HEAD_BYTES, Unknown, detect_kind
from feedlake.transforms.read.read_json import is_lines
from feedlake.transforms.records.documents import SourceFile
from feedlake.transforms.texts.read_text import TextMode, is_list_of_articles

ARGUMENT, SOURCE = "-", "stdin"
"""How the operator names it, and how rows do."""

MAX_SPOOLED_BYTES = 4 << 30
"""Largest input of a kind that is not read as it comes: it goes to the disk first."""

_READ_BYTES = 1 << 16
_LOOK_S = 0.5
"""How often a wait looks whether a signal has come."""

_HEAD_S = 2.0
"""How long to wait for more of the first bytes, which say what they are, once there are lines."""

_FOR_EVER_S = float("inf")
_GRACE_S = 10.0
_MAX_BYTES_PER_CHAR = 4
_ONE_DOCUMENT = ("text", "html", "feed")


@dataclass(frozen=True)
class InputLimits:
    """How much of standard input makes a piece.

    Attributes:
        text_mode: Whether a text is one article or each line of it.
        max_document_bytes: Largest document.
        lines: Lines of a piece, at the most.
        size_bytes: Bytes after which a piece ends with the line.
        within_s: Age at which a piece is given although there may be more soon.
    """

    text_mode: TextMode
    max_document_bytes: int
    lines: int
    size_bytes: int
    within_s: float


@dataclass
class StandardInput:
    """What comes in by a pipe: lines a piece at a time, anything else as a whole.

    Attributes:
        limits: How much makes a piece.
        descriptor: Where to read.
        is_at_end: Whether all pieces have been given.
    """

    limits: InputLimits
    descriptor: int = 0
    is_at_end: bool = False
    _rest: bytes = b""
    _has_ended: bool = False
    _lines: int = 0
    _has_begun: bool = False
    _lines_of: Literal["jsonl", "text"] | None = None
    _folder: tempfile.TemporaryDirectory[str] | None = field(default=None, repr=False)

    def take(self) -> list[SourceFile]:
        """Returns the next piece, as a file that stays until the next call; none at the end.

        Waits for it. A signal ends the wait with what has come by then.

        Raises:
            UsageError: There is too much of a kind that isn't read line by line.
        """
        self.close()
        if self.is_at_end:
            return []
        with interrupts.gentle(_GRACE_S):
            if not self._has_begun:
                self._begin()
            self._folder = tempfile.TemporaryDirectory(prefix="feedlake-")
            path = os.path.join(self._folder.name, SOURCE)
            before = self._lines
            with open(path, "wb") as piece:
                if self._lines_of is None:
                    self._take_all(piece)
                else:
                    self._take_lines(piece)
            if process_wide(StopRequest).is_asked():
                self.is_at_end = True
        part = SourceFile(path, size_bytes=os.path.getsize(path), name=SOURCE)
        if self._lines_of is None:
            return [part]
        goes_on_at = None if self.is_at_end else self._lines + 1
        return [replace(part, lines_of=self._lines_of, lines_before=before, goes_on_at=goes_on_at)]

    def close(self) -> None:
        """Deletes the piece that was given last."""
        if self._folder is not None:
            self._folder.cleanup()
        self._folder = None

    def _begin(self) -> None:
        """Reads the first bytes, and decides by them whether pieces are lines."""
        patience_s = _FOR_EVER_S
        while len(self._rest) < HEAD_BYTES and self._read_more(patience_s):
            patience_s = _HEAD_S if b"\n" in self._rest else patience_s
        self._has_begun = True
        self._lines_of = self._tell_lines(self._rest[:HEAD_BYTES])

    def _tell_lines(self, head: bytes) -> Literal["jsonl", "text"] | None:
        """Of what each line is one document; None if the whole is one, or no text."""
        if b"\n" not in head or detect_compression(head):
            return None
        is_cut = not self._has_ended
        whole = head[: head.rindex(b"\n") + 1] if is_cut else head
        encoding = detect_encoding(head, is_cut=is_cut)
        if encoding.startswith(("utf-16", "utf_16", "utf-32", "utf_32")):
            return None
        kind = detect_kind(head, path=SOURCE)
        if kind == "jsonl":
            text = whole.decode(encoding, errors="replace")
            return "jsonl" if is_lines(text, is_cut=is_cut) else None
        mode = self.limits.text_mode
        is_list = mode == "lines" or (
            mode == "auto" and is_list_of_articles(whole, encoding, is_cut=is_cut)
        )
        return "text" if kind == "text" and is_list else None

    def _take_lines(self, piece: BinaryIO) -> None:
        """Writes lines until a piece has enough of them, or is old enough."""
        deadline_s = monotonic() + self.limits.within_s
        most_bytes = self.limits.max_document_bytes * _MAX_BYTES_PER_CHAR + 1
        count = size = line_bytes = 0

        def has_room() -> bool:
            is_full = count >= self.limits.lines or size >= self.limits.size_bytes
            return line_bytes > 0 or not is_full

        while has_room():
            is_between = count > 0 and not line_bytes
            patience_s = max(0.0, deadline_s - monotonic()) if is_between else _FOR_EVER_S
            if not self._rest and not self._read_more(patience_s):
                break
            data, place = self._rest, 0
            while place < len(data) and has_room():
                end = data.find(b"\n", place) + 1
                part = data[place : end or len(data)]
                room = max(0, most_bytes - line_bytes)
                if len(part) > room:  # Of a line that is too long, enough to see that.
                    size += piece.write(part[:room] + part[-1:] * bool(end))
                else:
                    size += piece.write(part)
                line_bytes = 0 if end else line_bytes + len(part)
                count += bool(end)
                place += len(part)
            self._rest = data[place:]
        self._lines += count + (line_bytes > 0)
        if not self._rest:
            self._read_more(_LOOK_S)
        self.is_at_end = self._has_ended and not self._rest

    def _take_all(self, piece: BinaryIO) -> None:
        """Writes all that comes, or as much of it as one document may have."""
        kind = detect_kind(self._rest[:HEAD_BYTES], path=SOURCE)
        is_one = kind in _ONE_DOCUMENT or isinstance(kind, Unknown)
        is_packed = detect_compression(self._rest) is not None
        most = self.limits.max_document_bytes + 1 if is_one and not is_packed else MAX_SPOOLED_BYTES
        size = piece.write(self._rest)
        self._rest = b""
        while size < most and self._read_more(_FOR_EVER_S):
            size += piece.write(self._rest)
            self._rest = b""
        if size >= MAX_SPOOLED_BYTES:
            raise UsageError(
                f"SOURCE {ARGUMENT}: more than {MAX_SPOOLED_BYTES >> 30} GiB that aren't lines of "
                "JSON or text; name the file instead"
            )
        self.is_at_end = True

    def _read_more(self, patience_s: float) -> bool:
        """Adds what comes next, and returns whether anything did before the time was over."""
        if self._has_ended:
            return False
        deadline_s = monotonic() + patience_s
        while not process_wide(StopRequest).is_asked():
            left_s = max(0.0, min(_LOOK_S, deadline_s - monotonic()))
            if _is_ready(self.descriptor, left_s):
                data = _read(self.descriptor)
                self._rest += data
                self._has_ended = not data
                return bool(data)
            if monotonic() >= deadline_s:
                return False
        return False


def _is_ready(descriptor: int, left_s: float) -> bool:
    """Whether there is something to read, or the end."""
    return bool(select.select([descriptor], [], [], left_s)[0])


def _read(descriptor: int) -> bytes:
    """What there is; at the end, or if the other side is gone, nothing."""
    try:
        return os.read(descriptor, _READ_BYTES)
    except OSError as error:
        if error.errno in (errno.EIO, errno.ECONNRESET):
            return b""
        raise


@contextlib.contextmanager
def standard_input(
    sources: tuple[str, ...], limits: InputLimits, *, is_read_here: bool
) -> Iterator[StandardInput | None]:
    """Gives standard input if it is one of the sources.

    Args:
        sources: As the operator names them.
        limits: How much of it makes a piece.
        is_read_here: Whether this process is the one that reads files.

    Raises:
        UsageError: It can't be read, since it's a terminal or another process would have to.
    """
    if ARGUMENT not in sources:
        yield None
        return
    if not is_read_here:
        raise UsageError(
            f"SOURCE {ARGUMENT}: standard input is read by the local runner alone; must be a file "
            "that all workers can open"
        )
    found = StandardInput(limits)
    if os.isatty(found.descriptor):
        raise UsageError(
            f"SOURCE {ARGUMENT}: standard input is a terminal; pipe JSON lines or a text into "
            f"feedlake, as in: cat news.jsonl | feedlake ingest {ARGUMENT} --lake lake"
        )
    try:
        yield found
    finally:
        found.close()
