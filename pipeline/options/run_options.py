"""What the operator decides about a run: the records that options become at the border."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Literal

from feedlake.pipeline.options.option_kinds import lake_path
from feedlake.pipeline.options.option_table import DEFAULT_RUNNER, OPTIONS, options_of
from feedlake.transforms.process.sandbox import Limits
from feedlake.transforms.records.polls import SourceOptions

if TYPE_CHECKING:
    from feedlake.transforms.texts.read_text import TextMode

_SECRET_FLAG = re.compile(r"--\w*(?:key|secret|token|password)\w*", re.IGNORECASE)
"""A flag of Beam's whose value is nobody's business, such as `--s3_secret_access_key`."""


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
        publish_within_s: How long a chunk may ask before it publishes what it has.
        recheck_s: Age up to which the pages of articles are asked for again; None: never.
        min_interval_s: Least time between two polls of an address in scheduled runs.
        max_entries: Entries read of one feed or sitemap.
        sitemap_days: Age beyond which entries of sitemaps are left out.
        allow_networks: Networks that may be asked though they are not public, as CIDR.
        is_archived: Whether what was fetched is kept in the lake's archive.
        sources: Options of single sources, by address.
    """

    contact: str | None
    _: KW_ONLY
    fetches_pages: bool
    obeys_robots: bool
    host_delay_s: float
    host_concurrency: int
    in_flight: int
    host_pages: int
    publish_within_s: float
    recheck_s: float | None
    min_interval_s: float
    max_entries: int
    sitemap_days: int
    allow_networks: tuple[str, ...]
    is_archived: bool
    sources: Mapping[str, SourceOptions]


@dataclass(frozen=True)
class EnrichmentChoice:
    """What the operator wants to be found out about texts.

    Attributes:
        enrich: `default`, `all`, `none`, or names of enrichers with commas between.
        entities: How much of a text is searched for persons and organisations.
        min_quality: Lowest quality score to keep, 0 to 1; 0 keeps all.
    """

    enrich: str = "default"
    entities: Literal["off", "lead", "full"] = "off"
    min_quality: float = 0.0


@dataclass(frozen=True)
class IngestOptions:
    """All that decides what one run does.

    Attributes:
        sources: Files, folders and globs, as given.
        lake: Folder of the lake, absolute, or a URL of a filesystem that Beam knows.
        text_mode: Whether a plain text file is one article or each line of it.
        fields: Own names of JSON, CSV and Parquet fields (`text` → `body`).
        min_chars: Shortest main text of a page to keep, in code points.
        earliest_date: Days before this one are not guessed.
        respects_rights: Whether what is reserved from text and data mining is rejected.
        partition_by: What `articles` is partitioned by; None: as the lake is, or by `date`.
        max_document_bytes: Largest document, decompressed.
        workers: Processes that extract, per Beam worker.
        runner: Beam runner by its usual name.
        extraction: How much is tried for the text of a page.
        chunk_documents: Documents that are published at a time.
        near_duplicates: Whether near-duplicates are dropped or kept as articles.
        near_threshold: Jaccard similarity from which texts count as near-duplicates.
        reread: Whether to read files that an earlier run has read as they are now.
        wait_s: How long to wait while another process writes to the lake, in seconds.
        accepts_clock: Whether to go on although the clock can hardly be right.
        is_unlocked: Whether to write to a lake that has neither lock nor lease.
        history: How the lake's keys are looked up: in an index on this machine's disk, or by a
            join with the lake's files.
        limits: What reading one document may use.
        web: About polling and fetching.
        enrichment: About the columns that are found in the text.
        is_scheduled: Whether only what is due is polled.
        beam_flags: Beam's own flags, as given after `--`.
    """

    sources: tuple[str, ...]
    _: KW_ONLY
    lake: str
    text_mode: TextMode
    fields: Mapping[str, str]
    min_chars: int
    earliest_date: date
    respects_rights: bool
    partition_by: tuple[str, ...] | None
    max_document_bytes: int
    workers: int
    runner: str
    extraction: Literal["fast", "balanced", "thorough"]
    chunk_documents: int
    near_duplicates: Literal["drop", "keep"]
    near_threshold: float
    reread: bool
    wait_s: float
    accepts_clock: bool
    is_unlocked: bool
    history: Literal["index", "join"]
    limits: Limits
    web: WebOptions
    enrichment: EnrichmentChoice
    is_scheduled: bool = False
    beam_flags: tuple[str, ...] = ()

    def to_json(self) -> str:
        """Returns the options as a JSON object, for the table `runs`; no secret is in it."""
        shown = dataclasses.replace(
            self,
            sources=tuple(without_credentials(source) for source in self.sources),
            web=dataclasses.replace(self.web, sources={}),
            beam_flags=_without_secrets(self.beam_flags),
        )
        return json.dumps(dataclasses.asdict(shown), default=str)


def ingest_options(
    values: Mapping[str, Any],
    *,
    sources: Mapping[str, SourceOptions] | None = None,
    beam_flags: tuple[str, ...] = (),
) -> IngestOptions:
    """Returns what a run is told.

    Args:
        values: By the names of options; the table's defaults count for those that are not there.
        sources: Options of single sources, by address.
        beam_flags: Beam's own flags.
    """
    options = options_of("ingest")
    complete = {name: option.default_value() for name, option in options.items()} | {**values}
    own = fields_of("", complete)
    limits = fields_of("limits", complete)
    is_here = own["runner"] == DEFAULT_RUNNER and "://" not in own["lake"]
    own["history"] = own["history"] or ("index" if is_here else "join")
    own["lake"] = lake_path(own["lake"])
    return IngestOptions(
        **own,
        limits=Limits(**limits, wall_s=3.0 * limits["cpu_s"]),
        web=WebOptions(**fields_of("web", complete), sources=sources or {}),
        enrichment=EnrichmentChoice(**fields_of("enrichment", complete)),
        beam_flags=beam_flags,
    )


def fields_of(record: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """Returns what the fields of a record become.

    Args:
        record: What the table calls it before the dot; empty: `IngestOptions`.
        values: By the names of options.
    """
    fields = {}
    for option in OPTIONS:
        owner, _, field = option.field.rpartition(".")
        if field and owner == record and option.name in values:
            value = values[option.name]
            fields[field] = not value if option.name.startswith("no-") else value
    return fields


def _without_secrets(flags: tuple[str, ...]) -> tuple[str, ...]:
    """Returns Beam's flags as they may be stored: with `…` for passwords and keys."""
    shown = []
    is_secret = False
    for flag in flags:
        name, sep, _ = flag.partition("=")
        shown.append("…" if is_secret else flag)
        is_secret = _SECRET_FLAG.fullmatch(name) is not None
        if is_secret and sep:
            shown[-1], is_secret = f"{name}=…", False
    return tuple(shown)


def without_credentials(text: str) -> str:
    """Returns a source as it may be shown and stored: an address without user and password."""
    head, sep, tail = text.partition("://")
    if not sep:
        return text
    place, slash, path = tail.partition("/")
    return f"{head}://{place.rpartition('@')[2]}{slash}{path}"
