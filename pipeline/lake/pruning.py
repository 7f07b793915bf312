"""Which files may hold rows that are asked for, by what the journal knows of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from feedlake.transforms.records.documents import StagedFile
from feedlake.transforms.records.file_facts import Bound
from feedlake.transforms.write.key_filter import KEYS, KeyQuestion

Span = tuple[Bound | None, Bound | None]
"""The least and the greatest value that is asked for; None: no bound."""


def may_hold(file: StagedFile, column: str, question: KeyQuestion) -> bool:
    """Returns whether a row of the file may have a value in a column.

    Args:
        file: The file; of one that an older feedlake wrote, nothing is known.
        column: Name of the column.
        question: The value.
    """
    if file.facts is None:
        return True
    if column in KEYS and file.facts.keys and not question.may_be_in(file.facts.keys):
        return False
    return may_be_within(file, column, (question.key, question.key))


def may_be_within(file: StagedFile, column: str, span: Span) -> bool:
    """Returns whether a row of the file may have a value between two, both included.

    Args:
        file: The file; of one that an older feedlake wrote, nothing is known.
        column: Name of the column.
        span: The values: texts, days as YYYY-MM-DD, or times in microseconds since 1970, UTC.
    """
    if file.facts is None:
        return True
    least, greatest = span
    for name, low, high in file.facts.ranges:
        if name == column:
            return _is_at_most(least, high) and _is_at_most(low, greatest)
    return True


def prune(
    files: Collection[StagedFile],
    *,
    ids: Collection[str] | None = None,
    within: Mapping[str, Span] | None = None,
) -> list[StagedFile]:
    """Returns those of the files that may hold rows with one of the ids, and values in all spans.

    Args:
        files: The files.
        ids: Values of `article_id`; None: any.
        within: Spans, by column.
    """
    questions = None if ids is None else [KeyQuestion(name) for name in ids]
    return [
        file
        for file in files
        if (
            questions is None
            or any(may_hold(file, "article_id", question) for question in questions)
        )
        and all(may_be_within(file, name, span) for name, span in (within or {}).items())
    ]


def _is_at_most(one: Bound | None, other: Bound | None) -> bool:
    """Whether the one is no more than the other; values of two kinds may be."""
    if isinstance(one, str) and isinstance(other, str):
        return one <= other
    return not (isinstance(one, int) and isinstance(other, int)) or one <= other
