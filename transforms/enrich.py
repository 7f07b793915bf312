"""The step that says more of each article than its source does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import apache_beam as beam
from apache_beam import pvalue
from apache_beam.transforms.window import GlobalWindow
from apache_beam.utils.windowed_value import WindowedValue

from transforms.decide import Decided
from transforms.enrich_article import Enrichment
from transforms.enrich_pool import EnrichPool
from transforms.enrichers import EnrichOptions, Subject, describe
from transforms.gazetteer_cache import prepare
from transforms.records import EnrichFailure
from transforms.sandbox import Limits


class Enriched(NamedTuple):
    """What `Enrich` gives: each article is in exactly one of the first two.

    Attributes:
        articles: Of `Decided`: new articles.
        revisions: Of `Decided`: new versions of articles.
        failures: Of `EnrichFailure`: one for each enricher that failed on an article.
    """

    articles: pvalue.PCollection[Decided]
    revisions: pvalue.PCollection[Decided]
    failures: pvalue.PCollection[EnrichFailure]


@dataclass(eq=False)
class Enrich(beam.PTransform[pvalue.PCollection[Decided], Enriched]):
    """Adds language, places, tone and the like to articles and revisions.

    In: a bounded collection of `Decided` with the fates `article` and `revision`. Out: `Enriched`;
    each leaves exactly once, in no particular order, its `enrichment` filled. The texts are read
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

    def expand(self, decided: pvalue.PCollection[Decided]) -> Enriched:
        """Returns the three collections."""
        outputs = decided | "EnrichArticles" >> beam.ParDo(
            _EnrichFn(self.options, self.workers, self.limits)
        ).with_outputs("article", "revision", "failure")
        return Enriched(outputs.article, outputs.revision, outputs.failure)


class _EnrichFn(beam.DoFn):
    def __init__(self, options: EnrichOptions, workers: int, limits: Limits) -> None:
        self._options, self._workers, self._limits = options, workers, limits
        self._pool: EnrichPool[Decided] | None = None

    def process(self, decided: Decided) -> Iterator[pvalue.TaggedOutput[str, Any]]:
        if not self._options.names:
            yield pvalue.TaggedOutput(decided.verdict.fate, decided)
            return
        pool = self._open()
        article = decided.article
        subject = Subject(
            title=article.title,
            text=article.text,
            declared_language=article.declared_language,
            language=article.declared_language,
        )
        pool.submit(decided, subject)
        for answered, enrichment in pool.answers():
            yield from self._outputs(answered, enrichment)

    def finish_bundle(self) -> Iterator[pvalue.TaggedOutput[str, Any]]:
        # All input is in the global window: sources are bounded.
        window = GlobalWindow()
        if self._pool is not None:
            for answered, enrichment in self._pool.drain():
                for output in self._outputs(answered, enrichment):
                    value = WindowedValue(output.value, window.max_timestamp(), (window,))
                    yield pvalue.TaggedOutput(output.tag, value)

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
        self, decided: Decided, enrichment: Enrichment
    ) -> Iterator[pvalue.TaggedOutput[str, Any]]:
        columns = {
            **enrichment.columns,
            "enrichers": describe(enrichment.done, self._options),
        }
        yield pvalue.TaggedOutput(decided.verdict.fate, replace(decided, enrichment=columns))
        for enricher, cause, detail in enrichment.failures:
            example = f"{decided.verdict.article_id}: {detail}"
            yield pvalue.TaggedOutput("failure", EnrichFailure(enricher, cause, 1, example))
