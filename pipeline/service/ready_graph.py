"""What is ready, as a part of a run's graph in the place of what asks the web."""

from __future__ import annotations

import apache_beam as beam

from feedlake.pipeline.run.graph import Web
from feedlake.transforms.fetch.drop_known import Lookup
from feedlake.transforms.records.chunk_result import KNOWN_COUNTS
from feedlake.transforms.records.exchange import Archived
from feedlake.transforms.records.ready import ReadyRows


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
    known = [(name, count) for name, count in rows.counts.items() if name in KNOWN_COUNTS]
    others = [(name, count) for name, count in rows.counts.items() if name not in KNOWN_COUNTS]
    return Web(
        documents=(pipeline | "GiveDocuments" >> beam.Create(rows.documents),),
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
