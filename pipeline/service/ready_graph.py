"""What is ready, as a part of a run's graph in the place of what asks the web."""

from __future__ import annotations

import apache_beam as beam

from feedlake.pipeline.run.graph import Web
from feedlake.transforms.dedup.fingerprint import Fingerprinted
from feedlake.transforms.fetch.drop_known import Lookup
from feedlake.transforms.records.batch import Batch, in_batches
from feedlake.transforms.records.chunk_result import KNOWN_COUNTS
from feedlake.transforms.records.exchange import Archived
from feedlake.transforms.records.ready import ReadAhead, ReadyRows

_BATCH_ARTICLES, _BATCH_CHARS = 250, 1 << 20
"""Articles that travel together, and their text: as many as `Extract` sends on together."""


def give_ready(
    pipeline: beam.Pipeline, lookup: Lookup, *, rows: ReadyRows, archived: Archived | None
) -> Web:
    """Gives the graph what was polled and fetched before.

    Args:
        pipeline: Where the rest of the graph is added to.
        lookup: Not needed: what the lake knows was told apart before.
        rows: What is ready.
        archived: What was written of it to the archive; None: there is to be none.
    """
    documents = [one for one in rows.documents if not isinstance(one, ReadAhead)]
    articles = [one.fingerprinted for one in rows.documents if isinstance(one, ReadAhead)]
    known = [(name, count) for name, count in rows.counts.items() if name in KNOWN_COUNTS]
    others = [(name, count) for name, count in rows.counts.items() if name not in KNOWN_COUNTS]
    return Web(
        documents=(pipeline | "GiveDocuments" >> beam.Create(documents),),
        articles=(pipeline | "GiveArticles" >> beam.Create(_batches_of(articles)),),
        rejected=(pipeline | "GiveRejected" >> beam.Create(rows.rejected),),
        reports=(pipeline | "GiveReports" >> beam.Create(rows.reports),),
        known=(pipeline | "GiveKnown" >> beam.Create(known),),
        recognised=(pipeline | "GiveRecognised" >> beam.Create(rows.recognised),),
        deferrals=(pipeline | "GiveDeferrals" >> beam.Create(rows.deferrals),),
        counts=(pipeline | "GiveCounts" >> beam.Create(others),),
        archived=(
            () if archived is None else (pipeline | "GiveArchived" >> beam.Create([archived]),)
        ),
    )


def _batches_of(articles: list[Fingerprinted]) -> list[Batch[Fingerprinted]]:
    return list(
        in_batches(
            articles,
            max_items=_BATCH_ARTICLES,
            size=lambda one: one.article.char_count,
            max_size=_BATCH_CHARS,
        )
    )
