"""The rejection of a document, with what the document says of where it stood."""

from __future__ import annotations

from typing import Literal

from feedlake.transforms.normalize.text import normalize_line
from feedlake.transforms.records.documents import Document, Rejection


def reject_document(
    document: Document,
    *,
    step: Literal["read", "fetch", "extract"],
    reason: str,
    detail: str | None,
) -> Rejection:
    """Returns that a document became no article.

    Args:
        document: The document.
        step: Which step found that.
        reason: Why, as `rejects` has it.
        detail: More of it, for people.
    """
    return Rejection(
        document.source,
        source_kind=document.source_kind,
        source_record=document.source_record,
        url=normalize_line(document.url),
        title=normalize_line(document.title),
        step=step,
        reason=reason,
        detail=detail,
    )
