"""The step that drops what the lake already holds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import apache_beam as beam
from apache_beam import pvalue

from transforms import tally
from transforms.history import History
from transforms.records import Article, Rejection
from transforms.schema import reject_id


class Known(NamedTuple):
    """What `DropKnown` gives: each record is in exactly one of the three.

    Attributes:
        articles: Of `Article`: new ones.
        rejected: Of `Rejection`: new ones.
        known: Of int: 1 for each record that the lake holds already.
    """

    articles: pvalue.PCollection[Article]
    rejected: pvalue.PCollection[Rejection]
    known: pvalue.PCollection[int]


@dataclass(eq=False)
class DropKnown(beam.PTransform[Any, Known]):
    """Drops the articles and rejections that an earlier run has published, and counts them.

    In: a pair of bounded collections, of `Article` and of `Rejection`. Out: `Known`.

    Attributes:
        open_history: Gives what the lake holds; called once in each Beam worker.
    """

    open_history: Callable[[], History]

    def __post_init__(self) -> None:
        super().__init__()

    def expand(
        self, records: tuple[pvalue.PCollection[Article], pvalue.PCollection[Rejection]]
    ) -> Known:
        """Returns the three collections."""
        outputs = (
            records
            | "JoinOutcomes" >> beam.Flatten()
            | "DropPublished"
            >> beam.ParDo(_DropFn(self.open_history)).with_outputs(
                "rejected", "known", main="articles"
            )
        )
        return Known(outputs.articles, outputs.rejected, outputs.known)


class _DropFn(beam.DoFn):
    def __init__(self, open_history: Callable[[], History]) -> None:
        self._open_history = open_history
        self._history: History | None = None

    def setup(self) -> None:
        self._history = self._open_history()

    def process(
        self, record: Article | Rejection
    ) -> Iterator[Article | pvalue.TaggedOutput[str, Any]]:
        assert self._history is not None
        if isinstance(record, Rejection):
            if self._history.holds_reject(reject_id(record)):
                tally.count("already in the lake")
                yield pvalue.TaggedOutput("known", 1)
            else:
                tally.count("rejects")
                yield pvalue.TaggedOutput("rejected", record)
        elif self._history.holds_version(record.article_id, record.text_sha256):
            tally.count("already in the lake")
            yield pvalue.TaggedOutput("known", 1)
        else:
            tally.count("articles and duplicates")
            yield record
