"""What was asked of a site and what it answered, as an archive keeps it; and where that lies."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass, field
from datetime import datetime
from typing import Literal

from feedlake.transforms.records.documents import StagedFile


@dataclass(frozen=True)
class Exchange:
    """One request and its response: one hop.

    Attributes:
        url: Address that was asked, without credentials and fragment.
        asked: Headers of the request, but for those that may hold a secret.
        protocol: Of the response, such as `HTTP/1.1`.
        status: Status code.
        reason: The words behind it.
        headers: Of the response, as they came, in their order.
        body: Without Content-Encoding.
        is_cut: Whether the site may have given more than that.
        fetched_at: When it had come, UTC.
    """

    url: str
    _: KW_ONLY
    asked: tuple[tuple[str, str], ...]
    protocol: str
    status: int
    reason: str
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes = field(repr=False)
    is_cut: bool
    fetched_at: datetime


@dataclass(frozen=True)
class Capture:
    """One record of an archive: a row of `captures`.

    Attributes:
        url: The address that was asked; of an outcome, the document's.
        fetched_at: When the response had come, UTC; of an outcome, the document's time of fetch.
        record_type: `response`; `revisit`: a response whose payload an earlier record has;
            `metadata`: what became of a document.
        http_status: Of the response.
        content_type: Of the response, as its header names it.
        payload_sha256: Of the body.
        payload_bytes: Its length.
        record_id: Of the record, a UUID.
        refers_to: Id of the record that has the payload; None if this one has it, or none does.
        archive_file: Path of the file below the lake.
        record_offset: Where the record begins in the file.
        record_bytes: Its length there, compressed.
    """

    url: str
    _: KW_ONLY
    fetched_at: datetime
    record_type: Literal["response", "revisit", "metadata"]
    http_status: int | None
    content_type: str | None
    payload_sha256: bytes | None
    payload_bytes: int | None
    record_id: str
    refers_to: str | None
    archive_file: str
    record_offset: int
    record_bytes: int


@dataclass(frozen=True)
class Archived:
    """What a step has written to the archive.

    Attributes:
        files: The files, to be published.
        captures: Their records.
    """

    files: tuple[StagedFile, ...]
    captures: tuple[Capture, ...]
