"""The step that rejects texts that are hardly prose."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import apache_beam as beam
from apache_beam import pvalue
from apache_beam.utils.windowed_value import WindowedValue

from feedlake.transforms.dedup.fingerprint import Fingerprinted
from feedlake.transforms.enrich.enrich_article import Enrichment
from feedlake.transforms.enrich.enrich_pool import EnrichPool
from feedlake.transforms.enrich.enrichers import EnrichOptions
from feedlake.transforms.process.sandbox import Limits
from feedlake.transforms.records.batch import Batch
from feedlake.transforms.records.documents import Article, Rejection
from feedlake.transforms.records.global_window import in_global_window
from feedlake.transforms.records.stateless import StatelessFn
from feedlake.transforms.records.subject import Subject

_JUDGES = EnrichOptions(names=("language", "quality"))


class Judged(NamedTuple):
    """What `DropLowQuality` gives: each article is in exactly one of the two.

    Attributes:
        articles: Of `Batch` of `Fingerprinted`.
        rejected: Of `Rejection`.
    """

    articles: pvalue.PCollection[Batch[Fingerprinted]]
    rejected: pvalue.PCollection[Rejection]


@dataclass(eq=False)
class DropLowQuality(beam.PTransform[pvalue.PCollection[Batch[Fingerprinted]], Judged]):
    """Makes rejections (`low_quality`) of articles whose quality score is too low.

    In: a bounded collection of batches of `Fingerprinted`. Out: `Judged`; each leaves exactly once.
    It stands before `Deduplicate`: a copy must never refer to an article that was rejected, and a
    rejected one that comes again is known, as any other reject is. What cannot be judged within
    the limits stays.

    Attributes:
        least: Lowest score to keep, above 0 and up to 1.
        workers: Child processes per Beam worker, at least 1.
        limits: What one article may use.
    """

    least: float
    workers: int
    limits: Limits

    def __post_init__(self) -> None:
        super().__init__()
        if not 0 < self.least <= 1:
            raise ValueError(f"least is {self.least}; it must be above 0 and at most 1")

    def expand(self, articles: pvalue.PCollection[Batch[Fingerprinted]]) -> Judged:
        """Returns the two collections."""
        outputs = articles | "JudgeArticles" >> beam.ParDo(
            _JudgeFn(self.least, self.workers, self.limits)
        ).with_outputs("rejected", main="articles")
        return Judged(outputs.articles, outputs.rejected)


class _JudgeFn(StatelessFn):
    def __init__(self, least: float, workers: int, limits: Limits) -> None:
        self._least, self._workers, self._limits = least, workers, limits
        self._pool: EnrichPool[Fingerprinted] | None = None

    def setup(self) -> None:
        self._pool = EnrichPool(_JUDGES, workers=self._workers, limits=self._limits)

    def process(
        self, batch: Batch[Fingerprinted]
    ) -> Iterator[Batch[Fingerprinted] | pvalue.TaggedOutput[str, Any]]:
        assert self._pool is not None
        for fingerprinted in batch.items:
            article = fingerprinted.article
            declared = article.declared_language
            self._pool.submit(
                fingerprinted,
                Subject(
                    article.title, text=article.text, declared_language=declared, language=declared
                ),
            )
        kept, rejected = self._judge(self._pool.answers())
        if kept:
            yield Batch(kept)
        for rejection in rejected:
            yield pvalue.TaggedOutput("rejected", rejection)

    def finish_bundle(self) -> Iterator[WindowedValue | pvalue.TaggedOutput[str, Any]]:
        # All input is in the global window: sources are bounded.
        assert self._pool is not None
        kept, rejected = self._judge(self._pool.drain())
        if kept:
            yield in_global_window(Batch(kept))
        for rejection in rejected:
            yield pvalue.TaggedOutput("rejected", in_global_window(rejection))

    def teardown(self) -> None:
        if self._pool is not None:
            self._pool.close()

    def _judge(
        self, answers: Iterable[tuple[Fingerprinted, Enrichment]]
    ) -> tuple[tuple[Fingerprinted, ...], list[Rejection]]:
        """Those that are kept, and the rejections of the others."""
        kept, rejected = [], []
        for fingerprinted, enrichment in answers:
            rejection = judge(fingerprinted.article, enrichment, least=self._least)
            if rejection is None:
                kept.append(fingerprinted)
            else:
                rejected.append(rejection)
        return tuple(kept), rejected


def judge(article: Article, enrichment: Enrichment, *, least: float) -> Rejection | None:
    """Returns the rejection of an article of low quality, None for others.

    Args:
        article: The article.
        enrichment: What `language` and `quality` found; a text without a word has no score, and
            counts as 0.
        least: Lowest score to keep.
    """
    if "quality" not in enrichment.done:
        return None
    score: float = enrichment.columns["quality_score"] or 0.0
    if score >= least:
        return None
    return Rejection(
        source=article.source,
        source_kind=article.source_kind,
        source_record=article.source_record,
        url=article.url,
        title=article.title,
        step="enrich",
        reason="low_quality",
        detail=f"quality {score:.2f}, below {least:g}",
    )
