"""A Beam pipeline of one's own: long articles alone, with their language, as Parquet.

`python examples/own_pipeline.py seeds out` reads the samples and writes to `out/articles/`.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace

import apache_beam as beam

from feedlake.beam import (
    LOCAL_RUNNER,
    Article,
    Deduplicate,
    Enrich,
    Extract,
    ReadSources,
    WriteParquet,
)


def is_long(article: Article) -> bool:
    """Returns whether the article is worth keeping."""
    return article.word_count >= 100


def mark(article: Article) -> Article:
    """Returns the article with a tag of our own."""
    return replace(article, tags=(*article.tags, "long read"))


def run(sources: Sequence[str], folder: str) -> None:
    """Reads sources and writes the articles.

    Args:
        sources: Files, folders and globs.
        folder: Where the Parquet files go.
    """
    with beam.Pipeline(runner=LOCAL_RUNNER) as pipeline:
        read = pipeline | ReadSources(*sources)
        extracted = read.documents | Extract()
        marked = extracted.articles | beam.Filter(is_long) | beam.Map(mark)
        decided = marked | Deduplicate()
        enriched = decided.articles | Enrich("language,counts")
        files = enriched.rows | WriteParquet(folder)
        rejected = (read.rejected, extracted.rejected) | beam.Flatten()
        _ = rejected | "WriteRejects" >> WriteParquet(folder, table="rejects")
        _ = files | beam.Map(print)


if __name__ == "__main__":
    run(sys.argv[1:-1], sys.argv[-1])
