"""The rule for what an archive's outcome is today: what a run made of it, made once more."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO

from feedlake.transforms.crawl.crawl_records import Fetched, NotFetched, read_content_type
from feedlake.transforms.fetch.fetched_page import PageOptions, judge_page
from feedlake.transforms.normalize.streams import (
    STREAM_FAULTS,
    TooLargeError,
    decompress,
    detect_compression,
    read_all,
)
from feedlake.transforms.records.documents import Deferral, Document, Rejection, Skip
from feedlake.transforms.records.outcome import Outcome, Reply
from feedlake.transforms.records.reject_document import reject_document


def judge_outcome(outcome: Outcome, *, max_bytes: int) -> Document | Rejection | Skip:
    """Returns the document that an outcome comes to, or why there is none.

    Args:
        outcome: What became of an entry or an address, with the reply that it was made of.
        max_bytes: Largest document, decompressed.
    """
    if outcome.rejection is not None:
        return outcome.rejection
    if outcome.document is not None:
        return _read_then(_polled(outcome.document, outcome, max_bytes=max_bytes), outcome)
    if outcome.entry is None or (outcome.reply is None and outcome.not_fetched is None):
        return Skip("metadata")
    options = PageOptions(min_chars=outcome.min_chars)
    result = _result_of(outcome)
    read = judge_page(outcome.entry, result, now=outcome.judged_at, options=options)
    if isinstance(read, Deferral):
        return Skip("metadata")  # By the rules of today it would wait.
    if isinstance(read, Document) and outcome.entry.is_recheck:
        read = replace(read, entry_mark=None)  # As when it was asked for again.
    return _read_then(read, outcome)


def _result_of(outcome: Outcome) -> Fetched | NotFetched:
    if outcome.reply is None:
        assert outcome.not_fetched is not None
        reason, detail, passes, was_tried = outcome.not_fetched
        return NotFetched(reason, detail=detail, is_transient=passes, was_tried=was_tried)
    # Files alone are read without the HTTP client, which takes a while to import.
    from feedlake.transforms.crawl.http_client import Response

    reply = outcome.reply
    response = Response(
        reply.url,
        status=reply.status,
        headers=reply.headers,
        body=reply.body,
        wire_bytes=len(reply.body),
    )
    return Fetched(response, permanent_url=None, fetched_at=reply.fetched_at, duration_s=0.0)


def _polled(document: Document, outcome: Outcome, *, max_bytes: int) -> Document | Rejection:
    """The document of an address that was polled, its body out of the reply if it is there."""
    reply = outcome.reply
    if not outcome.is_in_reply or reply is None:
        return document
    _, charset = read_content_type(reply.headers.get("content-type"))
    try:
        body = _unpack(reply, max_bytes=max_bytes)
    except TooLargeError:
        return _reject(document, "too_large", f"more than {max_bytes} bytes")
    except STREAM_FAULTS as error:
        return _reject(document, "corrupt", str(error) or type(error).__name__)
    return replace(document, body=body, charset=document.charset or charset)


def _unpack(reply: Reply, *, max_bytes: int) -> bytes:
    compression = detect_compression(reply.body[:16])
    if compression is None:
        return reply.body
    return read_all(decompress(BytesIO(reply.body), compression), max_bytes=max_bytes)


def _read_then(read: Document | Rejection, outcome: Outcome) -> Document | Rejection:
    """A document with the times of the run that read it."""
    if isinstance(read, Rejection):
        return read
    fetched_at = read.fetched_at or outcome.read_at
    return replace(read, fetched_at=fetched_at, read_at=outcome.read_at)


def _reject(document: Document, reason: str, detail: str) -> Rejection:
    return reject_document(document, step="read", reason=reason, detail=detail)
