"""How far the reading of one file has come, and how much of it a chunk takes."""

from __future__ import annotations

from collections import Counter
from dataclasses import KW_ONLY, dataclass, field
from typing import Literal

from feedlake.transforms.normalize.streams import UnpackError
from feedlake.transforms.read.read_record import DamagedRecordsError, RecordReader
from feedlake.transforms.records.documents import (
    Document,
    Rejection,
    SourceFile,
    SourceKind,
    SourceReport,
)

TEXT_WEIGHT = 2
"""Room of a chunk that a byte of plain text takes; one of HTML, which is a tenth text, takes 1."""


def explain_fault(error: Exception) -> tuple[str, str]:
    """Returns why a file can't be read, or not to its end: the reason of a rejection and more.

    Args:
        error: One of `streams.STREAM_FAULTS`, or `DamagedRecordsError`.
    """
    if isinstance(error, UnpackError | DamagedRecordsError):
        return error.reason, str(error)
    reason, detail = "corrupt", str(error)
    # The operating system's refusals carry a number; faults of the content do not.
    if isinstance(error, OSError) and error.errno is not None:
        reason = "unreadable"
        detail = error.strerror or detail  # Without the path: the source has it.
    return reason, detail or type(error).__name__


@dataclass
class Room:
    """What a chunk can still take.

    Attributes:
        documents: Documents, those rejected while reading included.
        size_bytes: Their pages; plain text, which stays in memory whole, counts `TEXT_WEIGHT`
            times.
    """

    documents: int
    size_bytes: int

    @property
    def is_full(self) -> bool:
        """Returns whether nothing more is to be read."""
        return self.documents <= 0 or self.size_bytes <= 0

    def take(self, item: Document | Rejection) -> None:
        """Takes room for what was read."""
        self.documents -= 1
        if isinstance(item, Document):
            self.size_bytes -= len(item.body) * (1 if item.is_html else TEXT_WEIGHT)


@dataclass
class Reading:
    """How far the reading of one file has come.

    Attributes:
        file: The file.
        source: Its path, as rows name it.
        kind: What it is, as soon as that is known.
        status: What its report says if nothing more happens.
        documents: Documents and rejections so far.
        skipped: How many records are no documents, by reason.
        records: What makes documents of its records, if it is JSON, CSV or Parquet.
        faults: Damaged stretches that were passed over; each is one of the rejections.
        last_record: Where the last item began.
        next_record: Where the next chunk goes on; None if there is nothing left.
        detail: Why it was not read, or not to its end; or which fields its records lack.
        is_member: Whether it lies in an archive, so that nobody can open it by its path.
    """

    file: SourceFile
    _: KW_ONLY
    source: str
    kind: SourceKind | None = None
    status: Literal["read", "continued", "partial", "skipped", "failed"] = "read"
    documents: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    records: RecordReader | None = None
    faults: list[str] = field(default_factory=list)
    last_record: int = 0
    next_record: int | None = None
    detail: str | None = None
    is_member: bool = False

    @property
    def path(self) -> str | None:
        """Returns where it can be opened; None if nowhere."""
        return None if self.is_member else self.file.path

    def __post_init__(self) -> None:
        self.last_record = self.file.start

    def skip_file(self, why: str) -> None:
        """Notes that the file is of no kind that is read."""
        self.status, self.detail = "skipped", why

    def is_read_before(self, item: Document | Rejection) -> bool:
        """Returns whether an earlier chunk has read the item."""
        return (item.source_record or self.file.start) < self.file.start

    def cut_before(self, item: Document | Rejection) -> bool:
        """Ends the chunk before the item, and returns whether that is possible.

        It is not between records of one place, as a compressed frame may hold them: the next
        chunk would begin where this one did, for ever.
        """
        if item.source_record is None or item.source_record <= self.last_record:
            return False
        self.status, self.next_record = "continued", item.source_record
        return True

    def count(self, item: Document | Rejection) -> None:
        """Notes that the item is given out."""
        self.documents += 1
        if isinstance(item, Rejection) and item.reason == "corrupt":
            self.faults.append(item.detail or item.reason)
        self.last_record = self.file.start if item.source_record is None else item.source_record

    def reject_rest(self, *, reason: str) -> Rejection:
        """Notes that the file ends with a fault, and returns the rejection that names it."""
        self.status = "partial" if self.documents or self.file.start else "failed"
        self.documents += 1
        return Rejection(
            self.source,
            source_kind=self.kind,
            source_record=None,
            url=None,
            title=None,
            step="read",
            reason=reason,
            detail=self.detail or reason,
        )

    def report(self, *, duration_s: float) -> SourceReport:
        """Returns the row of the file."""
        if self.faults and self.status == "read":
            is_partial = self.documents > len(self.faults) or self.file.start
            self.status = "partial" if is_partial else "failed"
            more = f"; {len(self.faults) - 1} more in rejects" if len(self.faults) > 1 else ""
            self.detail = f"{self.faults[0]}{more}"
        if self.status == "read" and self.file.goes_on_at is not None:
            self.status, self.next_record = "continued", self.file.goes_on_at
        if self.detail is None and self.records is not None:
            self.detail = self.records.describe_missing()
        return SourceReport(
            source=self.source,
            source_kind=self.kind,
            status=self.status,
            size_bytes=self.file.size_bytes,
            modified_at=self.file.modified_at,
            checksum=self.file.checksum,
            next_record=self.next_record,
            documents=self.documents,
            skipped=tuple(sorted(self.skipped.items())),
            detail=self.detail,
            duration_ms=round(duration_s * 1000),
        )
