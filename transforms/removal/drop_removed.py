"""The step that keeps documents out of the lake whose rows were removed from it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import apache_beam as beam
from apache_beam import pvalue

from feedlake.transforms.dedup.fingerprint import Fingerprinted
from feedlake.transforms.records.batch import Batch
from feedlake.transforms.records.documents import Article, Rejection
from feedlake.transforms.records.stateless import StatelessFn
from feedlake.transforms.removal.removed_keys import REMOVED, Found, RemovedKeys


class Remaining(NamedTuple):
    """What `DropRemoved` gives: each record is in exactly one of them.

    Attributes:
        articles: Of `Batch` of `Fingerprinted`: those that were not removed.
        rejected: Of `Rejection`: what was rejected before, and what was removed.
    """

    articles: pvalue.PCollection[Batch[Fingerprinted]]
    rejected: pvalue.PCollection[Rejection]


@dataclass(eq=False)
class DropRemoved(beam.PTransform[Any, Remaining]):
    """Rejects what was removed from the lake, whatever brings it.

    In: a pair of bounded collections, of batches of `Fingerprinted` and `Rejection`. Out:
    `Remaining`; each record leaves exactly once. A document that was rejected for another reason is
    rejected for this one, so that its row says nothing of what it was.

    Attributes:
        open_removed: Gives what was removed from the lake; called once in each Beam worker.
    """

    open_removed: Callable[[], RemovedKeys]

    def __post_init__(self) -> None:
        super().__init__()

    def expand(
        self,
        records: tuple[pvalue.PCollection[Batch[Fingerprinted]], pvalue.PCollection[Rejection]],
    ) -> Remaining:
        """Returns the two collections."""
        articles, rejected = records
        kept = articles | "DropRemovedArticles" >> beam.ParDo(
            _ArticlesFn(self.open_removed)
        ).with_outputs("rejected", main="articles")
        renamed = rejected | "NameRemoved" >> beam.ParDo(_RejectsFn(self.open_removed))
        return Remaining(kept.articles, (renamed, kept.rejected) | "JoinRemoved" >> beam.Flatten())


class _ArticlesFn(StatelessFn):
    def __init__(self, open_removed: Callable[[], RemovedKeys]) -> None:
        self._open_removed = open_removed
        self._removed: RemovedKeys | None = None

    def setup(self) -> None:
        self._removed = self._open_removed()

    def process(
        self, batch: Batch[Fingerprinted]
    ) -> Iterator[Batch[Fingerprinted] | pvalue.TaggedOutput[str, Rejection]]:
        assert self._removed is not None
        kept = []
        for one in batch.items:
            if found := self._removed.find_article(one):
                yield pvalue.TaggedOutput("rejected", _rejection(one.article, found))
            else:
                kept.append(one)
        if kept:
            yield batch if len(kept) == len(batch.items) else Batch(kept)


class _RejectsFn(StatelessFn):
    def __init__(self, open_removed: Callable[[], RemovedKeys]) -> None:
        self._open_removed = open_removed
        self._removed: RemovedKeys | None = None

    def setup(self) -> None:
        self._removed = self._open_removed()

    def process(self, rejection: Rejection) -> Iterator[Rejection]:
        assert self._removed is not None
        found = None
        if rejection.reason != REMOVED:
            found = self._removed.find_address(rejection.url)
        if found:
            rejection = replace(rejection, reason=REMOVED, detail=found.sentence())
        yield rejection


def _rejection(article: Article, found: Found) -> Rejection:
    return Rejection(
        article.source,
        source_kind=article.source_kind,
        source_record=article.source_record,
        url=article.url,
        title=article.title,
        step="extract",
        reason=REMOVED,
        detail=found.sentence(),
    )
