"""Enrichers that misbehave on purpose, importable by the children of a pool."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sandbox_tasks

from feedlake.transforms.enrich import enrich_article, run_enrichers
from feedlake.transforms.enrich.enrichers import EnrichOptions
from feedlake.transforms.records.subject import Subject

_MISDEEDS = {
    "raises": lambda: sandbox_tasks.divide(1, 0),
    "loops": sandbox_tasks.loop,
    "dies": sandbox_tasks.kill_itself,
    "grows": lambda: bytearray(64 << 30),
}


def _tone(subject: Subject, options: EnrichOptions) -> dict[str, Any]:
    """The tone, unless the title is a misdeed."""
    if misdeed := _MISDEEDS.get(subject.title or ""):
        misdeed()
    return {"tone": 0.5}


def enrich_articles(
    subjects: Sequence[Subject], options: EnrichOptions
) -> list[enrich_article.Enrichment]:
    """What the pool hands to its children, with a tone that may misbehave."""
    run_enrichers.RUNS = {**run_enrichers.RUNS, "tone": _tone}
    return enrich_article.enrich_articles(subjects, options)
