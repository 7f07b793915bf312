"""The flags of commands that read sources: what is read, how, and what it may take."""

from __future__ import annotations

import os
from argparse import ArgumentParser
from datetime import date

from feedlake.pipeline.cli.enrich_options import add_enrichment_flags
from feedlake.pipeline.cli.web_flags import add_web_flags
from feedlake.pipeline.options.flag_types import (
    FIELDS,
    PARTITIONS,
    day,
    field,
    named,
    partitions,
    share,
    whole,
)
from feedlake.pipeline.options.options import DEFAULT_RUNNER


def add_ingest_flags(parser: ArgumentParser) -> None:
    """Adds the sources, the lake, and all that decides how documents are read."""
    add = parser.add_argument
    add(
        "sources",
        nargs="+",
        type=named,
        metavar="SOURCE",
        help="file, folder (read to its leaves), glob, or address of a feed, site, sitemap, OPML "
        "file or page; a list of feeds (OPML, or one address a line) is followed if the file "
        "itself is named",
    )
    add(
        "--lake",
        required=True,
        type=named,
        metavar="DIR",
        help="folder of the lake; made if it is not there",
    )
    add(
        "--text-mode",
        choices=("auto", "whole", "lines"),
        default="auto",
        help="plain text files: one article a file (whole), one a line (lines), or lines where "
        "every line has the date header (auto, the default)",
    )
    add(
        "--field",
        action="append",
        type=field,
        default=[],
        metavar="NAME=OWN",
        dest="fields",
        help="own name of a JSON or Parquet field, such as text=body; NAME is one of "
        + ", ".join(FIELDS),
    )
    add(
        "--min-chars",
        type=whole(0, 1_000_000_000),
        default=200,
        metavar="N",
        help="shortest main text of an HTML page to keep, in characters (default 200); plain "
        "text and feed content only must not be empty",
    )
    add(
        "--extraction",
        choices=("fast", "balanced", "thorough"),
        default="balanced",
        help="how much is tried for the text of a page: one extractor (fast), others where it "
        "gives little (balanced, the default), or whatever gives more text (thorough)",
    )
    add(
        "--earliest-date",
        type=day,
        default=date(1990, 1, 1),
        metavar="YYYY-MM-DD",
        help="dates before this day are not trusted (default 1990-01-01)",
    )
    add(
        "--partition-by",
        type=partitions,
        default=None,
        metavar="COLUMNS",
        help=f"what articles are partitioned by: one or more of {', '.join(PARTITIONS)}, with "
        "commas between (default date); fixed by a lake's first run",
    )
    add(
        "--near-duplicates",
        choices=("drop", "keep"),
        default="drop",
        help="texts that are all but the same as an earlier one: into the table duplicates (drop, "
        "the default), or into articles like all others, with the same cluster_id (keep)",
    )
    add(
        "--near-threshold",
        type=share,
        default=0.8,
        metavar="SHARE",
        help="Jaccard similarity of word pairs from which texts count as near-duplicates, 0.5 to 1 "
        "(default 0.8); below 0.7 a part of them is not found",
    )
    add(
        "--chunk-documents",
        type=whole(1, 1_000_000),
        default=10_000,
        metavar="N",
        help="documents that are published at a time (default 10000); a run that is ended goes on "
        "after the last chunk when it is started again",
    )
    add(
        "--reread",
        action="store_true",
        help="read files again that an earlier run has read as they are now",
    )
    add(
        "--history",
        choices=("index", "join"),
        default=None,
        help="how the lake is searched for what it holds already: in an index kept under _cache "
        "(index, the default on this machine), or by a join with the lake's key columns (join, "
        "the default with another runner or a lake that is not on this machine)",
    )
    add(
        "--max-document-mb",
        type=whole(1, 2_000),
        default=10,
        metavar="N",
        help="largest document in MiB, decompressed; larger ones are rejected (default 10)",
    )
    add(
        "--timeout",
        type=whole(1, 86_400),
        default=20,
        metavar="SECONDS",
        help="seconds of CPU that reading one page or feed may take (default 20), and three times "
        "that in wall time; what takes longer is rejected",
    )
    add(
        "--max-memory-mb",
        type=whole(1, 1_048_576),
        default=1024,
        metavar="N",
        help="memory in MiB that reading one page or feed may take (default 1024)",
    )
    add(
        "--workers",
        type=whole(1, 256),
        default=os.cpu_count() or 1,
        metavar="N",
        help="processes that extract pages (default: one a core)",
    )
    add(
        "--runner",
        default=DEFAULT_RUNNER,
        metavar="NAME",
        help="Beam runner (default DirectRunner: this machine, in process, no network)",
    )
    add_enrichment_flags(parser)
    add_web_flags(parser)
