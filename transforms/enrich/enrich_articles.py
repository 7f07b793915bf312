"""The step that says more of each article than its source does."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import apache_beam as beam
from apache_beam import pvalue
from apache_beam.utils.windowed_value import WindowedValue

from feedlake.transforms.dedup.decide import Decided
from feedlake.transforms.enrich.enrich_article import Enrichment
from feedlake.transforms.enrich.enrich_pool import EnrichPool
from feedlake.transforms.enrich.enrichers import EnrichOptions, describe
from feedlake.transforms.enrich.places_index import prepare
from feedlake.transforms.process.sandbox import Limits
from feedlake.transforms.records.batch import Batch
from feedlake.transforms.records.documents import Article, EnrichFailure
from feedlake.transforms.records.global_window import in_global_window
from feedlake.transforms.records.stateless import StatelessFn
from feedlake.transforms.records.subject import Subject


class Enriched(NamedTuple):
    """What `Enrich` gives.

    Attributes:
        rows: Of `Batch` of `Decided`, all of one outcome: what came.
        failures: Of `EnrichFailure`: one for each enricher that failed on an article.
    """

    rows: pvalue.PCollection[Batch[Decided]]
    failures: pvalue.PCollection[EnrichFailure]


@dataclass(eq=False)
class Enrich(beam.PTransform[pvalue.PCollection[Batch[Decided]], Enriched]):
    """Adds language, places, tone and the like to articles and revisions.

    In: a bounded collection of batches of `Decided`, all of a batch with the outcome `article` or
    all with `revision`. Out: `Enriched`; each leaves exactly once, its `enrichment` filled, in no
    particular order and not in the batch in which it came. The texts are read
    in child processes with limits; an enricher that raises, hangs, grows or crashes on a text
    leaves its columns empty, and the article goes on with those of the others.

    Attributes:
        options: Which enrichers, and how.
        workers: Child processes per Beam worker, at least 1.
        limits: What one article may use.
    """

    options: EnrichOptions
    workers: int
    limits: Limits

    def __post_init__(self) -> None:
        super().__init__()
        if self.workers < 1:
            raise ValueError(f"workers is {self.workers}; it must be at least 1")

    def expand(self, decided: pvalue.PCollection[Batch[Decided]]) -> Enriched:
        """Returns the two collections."""
        outputs = decided | "EnrichArticles" >> beam.ParDo(
            _EnrichFn(self.options, self.workers, self.limits)
        ).with_outputs("failures", main="rows")
        return Enriched(outputs.rows, outputs.failures)


class _EnrichFn(StatelessFn):
    def __init__(self, options: EnrichOptions, workers: int, limits: Limits) -> None:
        self._options, self._workers, self._limits = options, workers, limits
        self._pool: EnrichPool[Decided] | None = None

    def process(
        self, batch: Batch[Decided]
    ) -> Iterator[Batch[Decided] | pvalue.TaggedOutput[str, Any]]:
        if not self._options.names:
            yield batch
            return
        pool = self._open()
        for decided in batch.items:
            pool.submit(decided, _subject_of(decided.article))
        yield from self._outputs(pool.answers())

    def finish_bundle(self) -> Iterator[WindowedValue | pvalue.TaggedOutput[str, Any]]:
        if self._pool is not None:
            for output in self._outputs(self._pool.drain()):
                if isinstance(output, pvalue.TaggedOutput):
                    yield pvalue.TaggedOutput(output.tag, in_global_window(output.value))
                else:
                    yield in_global_window(output)

    def teardown(self) -> None:
        if self._pool is not None:
            self._pool.close()
            self._pool = None

    def _open(self) -> EnrichPool[Decided]:
        """The children, once there is something to do: a run that finds nothing new needs none."""
        if self._pool is None:
            self._options = prepare(self._options)
            self._pool = EnrichPool(self._options, workers=self._workers, limits=self._limits)
        return self._pool

    def _outputs(
        self, answers: Iterable[tuple[Decided, Enrichment]]
    ) -> Iterator[Batch[Decided] | pvalue.TaggedOutput[str, Any]]:
        ready: dict[str, list[Decided]] = defaultdict(list)
        for decided, enrichment in answers:
            columns = {
                **enrichment.columns,
                "enrichers": describe(enrichment.done, self._options),
            }
            ready[decided.verdict.outcome].append(replace(decided, enrichment=columns))
            for enricher, cause, detail in enrichment.failures:
                example = f"{decided.verdict.article_id}: {detail}"
                yield pvalue.TaggedOutput(
                    "failures", EnrichFailure(enricher, cause=cause, count=1, example=example)
                )
        for held in ready.values():
            yield Batch(held)


def _subject_of(article: Article) -> Subject:
    return Subject(
        title=article.title,
        text=article.text,
        declared_language=article.declared_language,
        language=article.declared_language,
    )
