"""ZIP and tar archives: each member is read as if it lay in a folder."""

from __future__ import annotations

import io
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import KW_ONLY, dataclass, field
from typing import BinaryIO, cast

from feedlake.transforms.archives.members import (
    Allowance,
    BadMember,
    Found,
    Measured,
    NoFile,
    on_disk,
    show_name,
)
from feedlake.transforms.archives.tar_members import read_tar
from feedlake.transforms.archives.zip_members import read_zip
from feedlake.transforms.normalize import storage
from feedlake.transforms.normalize.streams import STREAM_FAULTS
from feedlake.transforms.read.kinds import Unknown
from feedlake.transforms.read.open_source import open_source
from feedlake.transforms.read.reading import Reading, Room, explain_fault
from feedlake.transforms.records.documents import Document, Rejection, SourceFile, SourceKind

MAX_DEPTH = 3
"""How deep archives may lie in each other: a member of `a.zip!/b.tar!/c.zip` is read."""

MAX_MEMBERS = 1_000_000
"""Members of an archive, those of archives in it included; there is one reject for all others."""

_PLACE_OF_MEMBER = 1 << 40
"""`SourceFile.start` of an archive is the number of a member times this, plus a place in it."""

NOT_READ = "not_read"
"""The reason of a skip: a member of no kind that holds articles."""

_LEFT_OUT = ("__MACOSX", "feedlake.toml")
_SHOWN = 3
"""Members that the report names, of those that were not read and of those that could not be."""

_KINDS: dict[SourceKind, str] = {"zip": "ZIP archive", "tar": "tar archive"}


def is_archive(kind: SourceKind) -> bool:
    """Returns whether what is of this kind holds files."""
    return kind in _KINDS


@dataclass(frozen=True)
class _Opened:
    """A member that is no archive itself, told as far as `open_source` does."""

    source: str
    name: str
    opened: tuple[SourceKind, BinaryIO] | Unknown


@dataclass(frozen=True)
class _Refused:
    """A member, or the rest of an archive, that can't be read."""

    source: str
    kind: SourceKind | None
    reason: str
    detail: str


@dataclass
class _Tally:
    """What became of the members, for the report."""

    _: KW_ONLY
    read: int = 0
    other: int = 0
    bad: int = 0
    shown_other: list[str] = field(default_factory=list)
    shown_bad: list[str] = field(default_factory=list)

    def note_other(self, name: str, why: str) -> None:
        self.other += 1
        if len(self.shown_other) < _SHOWN:
            self.shown_other.append(f"{name} ({why})")

    def note_bad(self, name: str, why: str) -> None:
        self.bad += 1
        if len(self.shown_bad) < _SHOWN:
            self.shown_bad.append(f"{name} ({why})")

    def describe(self) -> str | None:
        """One sentence on each of the two, or None if all members were read."""
        parts = []
        for count, shown, what in (
            (self.bad, self.shown_bad, "couldn't be read, or not to their end"),
            (self.other, self.shown_other, "are of no kind that holds articles"),
        ):
            if count:
                more = f" and {count - len(shown)} more" if count > len(shown) else ""
                parts.append(f"members that {what}: {', '.join(shown)}{more}")
        return "; ".join(parts) or None


ReadMember = Callable[
    [Reading, tuple[SourceKind, BinaryIO] | Unknown], Iterator[Document | Rejection]
]
"""Yields what a member holds, its faults included, as `read_source` does for a file."""


def read_archive(
    stream: BinaryIO, reading: Reading, *, room: Room, read: ReadMember
) -> Iterator[Document | Rejection]:
    """Yields what the members of an archive hold, one after the other.

    Nothing is written under the name of a member, so a name can do no harm. A member that can't be
    read is a rejection, and the next one is read. The source of what a member holds is
    `more.zip!/news/3.txt`.

    Args:
        stream: The archive, decompressed.
        reading: How far its reading has come; its report tells what became of the members.
        room: What may be read. It is left where that is full, within a member if need be.
        read: Reads a member.

    Raises:
        OSError: Or another of `streams.STREAM_FAULTS`: the archive can't be read further.
    """
    assert reading.kind is not None
    first, first_record = divmod(reading.file.start, _PLACE_OF_MEMBER)
    allowance, tally = Allowance(reading.file.size_bytes), _Tally()
    walk = _walk(stream, reading.kind, reading.source, allowance, depth=1)
    with closing(walk) as found:
        for number, item in enumerate(found, start=1):
            if number < first:
                continue
            if room.is_full and number > max(first, 1):
                reading.status, reading.next_record = "continued", number * _PLACE_OF_MEMBER
                return
            if allowance.is_spent or number > MAX_MEMBERS:
                told = allowance.describe() if allowance.is_spent else f"over {MAX_MEMBERS} members"
                item = _Refused(reading.source, reading.kind, "too_large", told)
                yield _reject(item, reading, room, tally)
                break
            if isinstance(item, NoFile):
                reading.skipped[item.kind] += 1
            elif isinstance(item, _Refused):
                yield _reject(item, reading, room, tally)
            else:
                start = first_record if number == first else 0
                file = SourceFile(item.name, size_bytes=0, start=start)
                member = Reading(file, source=item.source, is_member=True)
                yield from read(member, item.opened)
                _add(member, reading, tally)
                if member.next_record is not None:
                    reading.status = "continued"
                    reading.next_record = number * _PLACE_OF_MEMBER + member.next_record
                    return
    _conclude(reading, tally)


def _add(member: Reading, reading: Reading, tally: _Tally) -> None:
    """Adds what a member came to, to that of its archive."""
    report = member.report(duration_s=0)
    reading.documents += report.documents
    reading.skipped.update(dict(report.skipped))
    name = _inside(reading, member.source)
    if report.status == "skipped":
        reading.skipped[NOT_READ] += 1
        tally.note_other(name, report.detail or "")
    elif report.status in ("partial", "failed"):
        tally.note_bad(name, report.detail or report.status)
    else:
        tally.read += 1


def _conclude(reading: Reading, tally: _Tally) -> None:
    """Notes what the archive as a whole came to."""
    reading.detail = tally.describe()
    if tally.bad:
        is_partial = tally.read or reading.documents > tally.bad or reading.file.start
        reading.status = "partial" if is_partial else "failed"
    elif tally.other and not tally.read and not reading.file.start:
        assert reading.kind is not None
        reading.skip_file(f"{_KINDS[reading.kind]}: {reading.detail}")


def _inside(reading: Reading, source: str) -> str:
    """How a report on an archive calls what lies in it."""
    inside = f"{reading.source}{storage.IN_ARCHIVE}"
    return source.removeprefix(inside) if source != reading.source else "the archive"


def _walk(
    stream: BinaryIO, kind: SourceKind, source: str, allowance: Allowance, *, depth: int
) -> Generator[_Opened | _Refused | NoFile]:
    """Yields the members of an archive and of those in it, always in the same order."""
    for item in _read_members(stream, kind):
        if isinstance(item, NoFile):
            yield item
            continue
        name = "" if item.name is None else show_name(item.name)
        if _is_left_out(name):
            continue
        inner = f"{source}{storage.IN_ARCHIVE}{name}" if name else source
        if isinstance(item, BadMember):
            yield _Refused(inner, None if name else kind, item.reason, item.detail)
            continue
        with closing(Measured(item.stream, allowance)) as measured:
            try:
                opened = open_source(cast(BinaryIO, measured), path=name)
                measured.forget()
            except STREAM_FAULTS as error:
                yield _refuse(inner, None, error)
                continue
            if isinstance(opened, Unknown) or not is_archive(opened[0]):
                yield _Opened(inner, name, _measure(opened, allowance))
            elif depth == MAX_DEPTH:
                detail = f"an archive in {MAX_DEPTH} others"
                yield _Refused(inner, opened[0], "too_deep", detail)
            else:
                try:
                    yield from _walk(opened[1], opened[0], inner, allowance, depth=depth + 1)
                except STREAM_FAULTS as error:
                    yield _refuse(inner, opened[0], error)


def _read_members(stream: BinaryIO, kind: SourceKind) -> Iterator[Found]:
    if kind == "tar":
        yield from read_tar(stream)
    elif stream.seekable():
        yield from read_zip(stream, max_members=MAX_MEMBERS)
    else:
        with closing(on_disk(stream)) as spooled:
            yield from read_zip(spooled, max_members=MAX_MEMBERS)


def _measure(
    opened: tuple[SourceKind, BinaryIO] | Unknown, allowance: Allowance
) -> tuple[SourceKind, BinaryIO] | Unknown:
    """The same, its bytes counted a second time if they are unpacked once more."""
    if isinstance(opened, Unknown) or not isinstance(opened[1], io.BufferedReader):
        return opened
    again = Measured(opened[1], allowance)
    again.forget()
    return opened[0], cast(BinaryIO, again)


def _is_left_out(name: str) -> bool:
    """Whether a member would be left out if it lay in a folder."""
    parts = name.split("/")
    hidden = any(part.startswith(".") and part.strip(".") for part in parts)
    return hidden or parts[0] in _LEFT_OUT or parts[-1] in _LEFT_OUT


def _refuse(source: str, kind: SourceKind | None, error: Exception) -> _Refused:
    if storage.is_exhausted(error):
        raise error
    reason, detail = explain_fault(error)
    return _Refused(source, kind, reason, detail)


def _reject(refused: _Refused, reading: Reading, room: Room, tally: _Tally) -> Rejection:
    """The rejection, counted."""
    reading.documents += 1
    room.documents -= 1
    tally.note_bad(_inside(reading, refused.source), refused.reason)
    return Rejection(
        refused.source,
        source_kind=refused.kind,
        source_record=None,
        url=None,
        title=None,
        step="read",
        reason=refused.reason,
        detail=refused.detail,
    )
