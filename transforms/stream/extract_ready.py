"""The rule for what becomes of what is ready when its documents are read ahead."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from feedlake.transforms.records.documents import Document, Rejection
from feedlake.transforms.records.ready import Answered, ReadAhead, Ready, Settled

Read = Callable[[Sequence[Document]], tuple[Sequence[Any], Sequence[Rejection]]]
"""Reads documents: gives articles with their fingerprints, and rejections, one for each."""


def extract_ready(ready: Ready, read: Read) -> Ready:
    """Returns what is ready, its documents read; those that hold no article are rejections.

    Args:
        ready: What is ready.
        read: Reads documents.
    """
    return replace(
        ready,
        answered=tuple(_read_answer(one, read) for one in ready.answered),
        settled=tuple(_read_page(one, read) for one in ready.settled),
    )


def _read_answer(answered: Answered, read: Read) -> Answered:
    documents = [one for one in answered.documents if isinstance(one, Document)]
    if not documents:
        return answered
    articles, rejected = read(documents)
    left = (one for one in answered.documents if not isinstance(one, Document))
    return replace(
        answered,
        documents=(*left, *map(ReadAhead, articles)),
        rejected=(*answered.rejected, *rejected),
    )


def _read_page(settled: Settled, read: Read) -> Settled:
    if not isinstance(settled.document, Document):
        return settled
    articles, rejected = read([settled.document])
    if articles:
        return replace(settled, document=ReadAhead(articles[0]))
    return replace(settled, document=None, rejection=rejected[0])
