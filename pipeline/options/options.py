"""The options of a run: what the flags became, once, at the border."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Literal

from feedlake.transforms.process.sandbox import Limits
from feedlake.transforms.records.polls import SourceOptions

if TYPE_CHECKING:
    from feedlake.transforms.read.read_text import TextMode


DEFAULT_FILE = "feedlake.toml"
"""What is read if `--config` names no other file, in the working folder; it may be missing."""
DEFAULT_RUNNER = "DirectRunner"
"""What users type for this machine; `beam_options` says what is started for it."""


class UsageError(Exception):
    """The operator's mistake: one sentence with name, value and what is allowed (exit code 2)."""


@dataclass(frozen=True)
class EnrichmentOptions:
    """What the operator decides about enrichment.

    Attributes:
        enrich: `default`, `all`, `none`, or names of enrichers with commas between.
        entities: How much of a text is searched for persons and organisations.
        min_quality: Lowest quality score to keep, 0 to 1; 0 keeps all.
    """

    enrich: str = "default"
    entities: Literal["off", "lead", "full"] = "off"
    min_quality: float = 0.0


@dataclass(frozen=True)
class WebOptions:
    """What the operator decides about polling and fetching.

    Attributes:
        contact: Address or page that sites can turn to, for the User-Agent.
        fetches_pages: Whether the pages of feed entries are fetched.
        obeys_robots: Whether robots.txt is asked for, and obeyed.
        host_delay_s: Pause between a response and the next request to its host.
        host_concurrency: Requests at a time to one host.
        in_flight: Requests at a time in all.
        host_pages: Pages of one host that one chunk fetches at the most.
        min_interval_s: Least time between two polls of an address in scheduled runs.
        max_entries: Entries read of one feed or sitemap.
        sitemap_days: Age beyond which entries of sitemaps are left out.
        allow_networks: Networks that may be asked though they are not public, as CIDR.
        sources: Options of single sources, by address.
    """

    contact: str | None = None
    fetches_pages: bool = True
    obeys_robots: bool = True
    host_delay_s: float = 2.0
    host_concurrency: int = 1
    in_flight: int = 64
    host_pages: int = 100
    min_interval_s: float = 900.0
    max_entries: int = 2_000
    sitemap_days: int = 7
    allow_networks: tuple[str, ...] = ()
    sources: Mapping[str, SourceOptions] = field(default_factory=dict)


@dataclass(frozen=True)
class IngestOptions:
    """All that decides what one run does.

    Attributes:
        sources: Files, folders and globs, as given.
        lake: Folder of the lake, absolute, or a URL of a filesystem that Beam knows.
        text_mode: Whether a plain text file is one article or each line of it.
        fields: Own names of JSON and Parquet fields (`text` → `body`).
        min_chars: Shortest main text of a page to keep, in code points.
        extraction: How much is tried for the text of a page.
        earliest_date: Dates before this day are not trusted.
        partition_by: What `articles` is partitioned by; None: as the lake is, or by `date`.
        max_document_bytes: Largest document, decompressed.
        limits: What reading one document may use.
        workers: Processes that extract, per Beam worker.
        runner: Beam runner by its usual name.
        chunk_documents: Documents that are published at a time.
        near_duplicates: Whether near-duplicates are dropped or kept as articles.
        near_threshold: Jaccard similarity from which texts count as near-duplicates.
        reread: Whether to read files that an earlier run has read as they are now.
        history: How the lake's keys are looked up: in an index on this machine's disk, or by a
            join with the lake's files.
        web: About polling and fetching.
        enrichment: About the columns that are found in the text.
        is_scheduled: Whether only what is due is polled.
        beam_flags: Beam's own flags, as given after `--`.
    """

    sources: tuple[str, ...]
    lake: str
    text_mode: TextMode
    fields: Mapping[str, str]
    min_chars: int
    earliest_date: date
    partition_by: tuple[str, ...] | None
    max_document_bytes: int
    workers: int
    runner: str
    extraction: Literal["fast", "balanced", "thorough"] = "balanced"
    chunk_documents: int = 10_000
    near_duplicates: Literal["drop", "keep"] = "drop"
    near_threshold: float = 0.8
    reread: bool = False
    history: Literal["index", "join"] = "index"
    limits: Limits = field(default_factory=Limits)
    web: WebOptions = field(default_factory=WebOptions)
    enrichment: EnrichmentOptions = field(default_factory=EnrichmentOptions)
    is_scheduled: bool = False
    beam_flags: tuple[str, ...] = ()

    def to_json(self) -> str:
        """Returns the options as a JSON object, for the table `runs`; no secret is in it."""
        shown = dataclasses.replace(
            self,
            sources=tuple(without_credentials(source) for source in self.sources),
            fields=dict(self.fields),
            web=dataclasses.replace(self.web, sources={}),
        )
        return json.dumps(dataclasses.asdict(shown), default=str)


def without_credentials(text: str) -> str:
    """Returns a source as it may be shown and stored: an address without user and password."""
    head, sep, tail = text.partition("://")
    if not sep:
        return text
    place, slash, path = tail.partition("/")
    return f"{head}://{place.rpartition('@')[2]}{slash}{path}"
