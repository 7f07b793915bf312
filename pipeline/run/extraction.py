"""How pages and texts are read, by what the operator decides."""

from __future__ import annotations

from datetime import datetime

from feedlake.pipeline.options.run_options import IngestOptions
from feedlake.transforms.extract.extract_document import ExtractOptions


def extract_options(options: IngestOptions, *, now: datetime) -> ExtractOptions:
    """Returns what holds for reading pages and texts.

    Args:
        options: What the operator decides.
        now: The time, UTC.
    """
    return ExtractOptions(
        now,
        min_chars=options.min_chars,
        earliest_date=options.earliest_date,
        extraction=options.extraction,
        respects_rights=options.respects_rights,
    )
