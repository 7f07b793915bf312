"""What the operator decides about enrichment: the flags, and what they come to."""

from __future__ import annotations

import argparse
from argparse import ArgumentParser

NAMES = ("language", "places", "entities", "keywords", "embedding", "tone", "quality", "counts")
"""The enrichers, as `enrichers.py` has them; that module takes a while to import, and
`--help` does without it. A test compares the two."""

_SETS = ("default", "all", "none")

ENTITIES_METAVAR = ("off", "lead", "full")


def enricher_names(text: str) -> str:
    """Returns names of enrichers with commas between, or the name of a set of them."""
    if text.strip() in _SETS:
        return text.strip()
    names = [name.strip() for name in text.split(",")]
    if not set(names) <= set(NAMES) or len(set(names)) < len(names):
        raise argparse.ArgumentTypeError(
            f"{text}: must be default, all, none, or among {', '.join(NAMES)}, each once"
        )
    return ",".join(name for name in NAMES if name in names)


def portion(text: str) -> float:
    """Returns a number from 0 to 1."""
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 <= number <= 1:
        raise argparse.ArgumentTypeError(f"{text}: must be a number from 0 to 1")
    return number


def add_enrichment_flags(parser: ArgumentParser) -> None:
    """Adds what decides about the columns that are found in the text."""
    add = parser.add_argument
    add(
        "--enrich",
        type=enricher_names,
        default="default",
        metavar="NAMES",
        help="columns to be found in the text: default (all but entities, keywords and embedding), "
        f"all, none, or some of {', '.join(NAMES)}, with commas between",
    )
    add_entities_flag(parser)
    add(
        "--min-quality",
        type=portion,
        default=0.0,
        metavar="SHARE",
        help="lowest quality score of a text to keep, 0 to 1 (default 0: keep all); texts below "
        "it are rejected",
    )


def add_entities_flag(parser: ArgumentParser) -> None:
    """Adds how much is searched for persons."""
    parser.add_argument(
        "--entities",
        choices=ENTITIES_METAVAR,
        default="off",
        help="persons and organisations of English texts, by the extra nlp: off (the default), in "
        "title and first 1,000 characters (lead), or in all of it (full)",
    )
