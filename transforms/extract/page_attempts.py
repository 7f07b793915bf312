"""The rule for what a child is asked to read of a document, and what it amounts to if it fails."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from feedlake.transforms.dedup.fingerprint import Fingerprinted
from feedlake.transforms.extract.extract_document import RESERVED, ExtractOptions, in_feed, reject
from feedlake.transforms.main_text.prose import is_costly
from feedlake.transforms.process.sandbox import Failure
from feedlake.transforms.records.documents import Document, Rejection


@dataclass(frozen=True)
class Attempt:
    """A document of HTML that a child reads alone.

    Attributes:
        document: The page, or the HTML of a feed.
        kind: What the child is asked for: what the options say, then what its feed gives,
            then its prose.
        failure: Of the attempt that passed a limit.
    """

    document: Document
    kind: Literal["page", "feed", "prose"] = "page"
    failure: Failure | None = None


def task_of(attempt: Attempt, options: ExtractOptions) -> tuple[Document, ExtractOptions]:
    """Returns what the child is to read, and how.

    Args:
        attempt: The attempt.
        options: What the operator decides.
    """
    if attempt.kind == "prose":
        return attempt.document, replace(options, extraction="prose")
    failure = attempt.failure
    own = failure and in_feed(attempt.document, note=f"{failure.reason}: {failure.detail}")
    return (own or attempt.document), options


def next_attempt(
    attempt: Attempt, answer: Fingerprinted | Rejection | Failure, options: ExtractOptions
) -> Attempt | None:
    """Returns what is tried after an attempt that passed a limit; None if there is nothing left.

    Args:
        attempt: The attempt.
        answer: What came of it.
        options: What the operator decides.
    """
    if not isinstance(answer, Failure) or attempt.kind == "prose":
        return None
    page, failure = attempt.document, attempt.failure or answer
    # The cheap rule sees whether the page reserves its rights; the feed can't tell.
    if attempt.kind == "page" and not options.respects_rights and in_feed(page, note=""):
        return Attempt(page, "feed", failure)
    if page.text_source != "page" or is_costly(page.body):  # The cheap rule came first.
        return None
    return Attempt(page, "prose", failure)


def outcome_of(
    attempt: Attempt, answer: Fingerprinted | Rejection | Failure
) -> Fingerprinted | Rejection:
    """Returns what a document comes to after its last attempt.

    Args:
        attempt: The last one.
        answer: What came of it.
    """
    is_reserved = isinstance(answer, Rejection) and answer.reason == RESERVED
    if attempt.failure is not None and not isinstance(answer, Fingerprinted) and not is_reserved:
        answer = attempt.failure
    if not isinstance(answer, Failure):
        return answer
    document = attempt.document
    return reject(document, answer.reason, f"{len(document.body)} bytes of HTML: {answer.detail}")
