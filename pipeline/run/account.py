"""The books of a run: what was read, and where each document ended."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import KW_ONLY, dataclass, field, is_dataclass
from itertools import islice
from typing import Any, get_args, get_origin, get_type_hints

import pyarrow.parquet as pq

from feedlake.pipeline.options.failures import CommandError
from feedlake.transforms.crawl.network_watch import NO_NETWORK
from feedlake.transforms.normalize import storage
from feedlake.transforms.records.chunk_result import KNOWN_COUNTS, ChunkResult
from feedlake.transforms.records.documents import StagedFile
from feedlake.transforms.write.parquet_files import WriteOptions, coarser_words, words_of

MANY_FILES, FEW_ROWS = 100, 50
"""From how many files of a run on, with fewer rows than that on average, the account says so:
opening a file takes longer than reading so few rows."""


MAX_UNREAD = 20
"""Sources that were not read which an account names; the table `sources` has all."""

_LACKS_FIELDS = "no record has "
_STATUSES_THAT_TELL_FIELDS = {
    ("jsonl", "read"),
    ("parquet", "read"),
    ("csv", "read"),
    ("csv", "failed"),
}


class BooksError(CommandError):
    """The documents read are not those accounted for: nothing was published (exit code 1)."""


@dataclass(frozen=True)
class Unread:
    """A source that was not read.

    Attributes:
        source: Its path or address.
        reason: Why, as the table `sources` has it.
    """

    source: str
    reason: str


@dataclass(frozen=True)
class Account:
    """What a run, or one chunk of it, came to.

    Attributes:
        runs: Ids of the runs published, one a chunk.
        sources: Sources read.
        unchanged_sources: Sources not read, since the lake has them as they are.
        documents: Documents read: the sum of the five that follow.
        articles: Rows added to `articles`.
        revisions: Rows added to `revisions`.
        duplicates: Rows added to `duplicates`.
        rejects: Rows added to `rejects`.
        already_in_lake: Documents that the lake held already: the sum of the five that begin with
            `known`.
        known_by_entry: Entries not read, since they say what they said when they were.
        known_by_address: Entries not read, since the lake has an article of their address.
        known_by_guid: Entries not read, since the lake has an article of their guid.
        known_by_text: Documents that were read, and are nothing new.
        known_rejects: Documents that were rejected before.
        reject_reasons: Rows added to `rejects`, by reason.
        duplicate_tests: Rows added to `duplicates`, by test.
        skipped: Records that are no documents, by reason.
        missing_fields: Which fields no record of a source has, with the number of such sources.
        unread_sources: Sources of no kind that holds articles, or that could not be read.
        unread: The first of these, each with the reason: `MAX_UNREAD` at most.
        unused_dates: Rows added whose source or page states a date of publication that is none of
            this world, or cannot be read: `published_text` has its words.
        rights_stated: Rows added of which anything is said about their rights.
        rights_reserved: Of these, rows that are reserved from text and data mining.
        deferred: Entries whose pages wait for a later run; they count as read then.
        out_of_reach: Addresses and pages that weren't reached since most of what was asked failed
            at once: this machine or its network did. No attempt is counted for them.
        polls: Addresses polled, by status.
        enrich_failures: Enrichers that gave nothing for some articles, as in the table `runs`.
        files: Files added to `articles` and `revisions`.
        partition_by: What these are partitioned by, in the words of `--partition-by`.
        lake: The lake's path.
        elapsed_s: Wall time.
    """

    lake: str
    _: KW_ONLY
    runs: tuple[str, ...] = ()
    sources: int = 0
    unchanged_sources: int = 0
    documents: int = 0
    articles: int = 0
    revisions: int = 0
    duplicates: int = 0
    rejects: int = 0
    already_in_lake: int = 0
    known_by_entry: int = 0
    known_by_address: int = 0
    known_by_guid: int = 0
    known_by_text: int = 0
    known_rejects: int = 0
    reject_reasons: dict[str, int] = field(default_factory=dict)
    duplicate_tests: dict[str, int] = field(default_factory=dict)
    skipped: dict[str, int] = field(default_factory=dict)
    missing_fields: dict[str, int] = field(default_factory=dict)
    unread_sources: int = 0
    unread: tuple[Unread, ...] = ()
    unused_dates: int = 0
    rights_stated: int = 0
    rights_reserved: int = 0
    deferred: int = 0
    out_of_reach: int = 0
    polls: dict[str, int] = field(default_factory=dict)
    enrich_failures: tuple[dict[str, Any], ...] = ()
    files: int = 0
    partition_by: tuple[str, ...] = ()
    elapsed_s: float = 0.0

    @property
    def fewer_files_by(self) -> tuple[str, ...]:
        """Words of `--partition-by` to advise: empty unless the run added many files of few rows
        and others make fewer."""
        rows = self.articles + self.revisions
        is_slow_to_read = self.files >= MANY_FILES and rows < self.files * FEW_ROWS
        return coarser_words(self.partition_by) if is_slow_to_read else ()

    @property
    def is_silent_zero(self) -> bool:
        """Whether a scheduler should look: no source could be read, or all was rejected.

        Files that could not be read are tried again by each run. As long as others are as they
        were, and these fail as before, nothing has happened.
        """
        is_as_before = self.unchanged_sources > 0 and self.unread_sources <= self.already_in_lake
        could_read_none = 0 < self.sources == self.unread_sources and not is_as_before
        return could_read_none or self.out_of_reach > 0 or 0 < self.documents == self.rejects


def read_account(content: Mapping[str, Any]) -> Account:
    """Returns an account, given what JSON has made of its fields."""
    hints = get_type_hints(Account)
    return Account(**{name: _as_hinted(value, hints[name]) for name, value in content.items()})


def _as_hinted(value: Any, hint: Any) -> Any:
    """A field's value, of what JSON has made of it: tuples are lists there, records mappings."""
    if get_origin(hint) is not tuple:
        return value
    kind: Any = get_args(hint)[0]
    is_record = isinstance(kind, type) and is_dataclass(kind)
    return tuple(kind(**one) if is_record else one for one in value)


def open_books(
    result: ChunkResult, *, files: int, addresses: int, write: WriteOptions, lake: str
) -> Account:
    """Returns the account of one chunk, from the rows that were written.

    Args:
        result: What the pipeline wrote and counted.
        files: Files that it was given.
        addresses: Addresses that it was given; they may lead to further ones.
        write: Where its files are.
        lake: The lake's path.

    Raises:
        BooksError: The sum does not close, or a source is unaccounted for.
    """
    rows = Counter[str]()
    for file in result.files:
        rows[file.table] += file.rows
    known = {name: getattr(result, name) for name in KNOWN_COUNTS}
    accounted = sum(known.values()) + sum(
        rows[table] for table in ("articles", "revisions", "duplicates", "rejects")
    )
    read = result.files_read + result.polls_read
    is_all_read = result.files_read == files - len(result.untouched)
    is_all_told = rows["sources"] == read + result.robots_read
    waiting = _read_column(result.files, "deferred", "status", write).count("waiting")
    if not (
        accounted == result.documents
        and waiting == result.deferred
        and is_all_read
        and is_all_told
        and result.polls_read + len(result.unasked) + result.left >= addresses
    ):
        raise BooksError(
            f"the books do not balance: {result.documents} documents from {read} sources were "
            f"read, {accounted} from {rows['sources'] - result.robots_read} are accounted for; "
            f"{result.deferred} entries should wait for a later run, {waiting} do"
        )
    skipped = Counter[str]()
    for records in _read_column(result.files, "sources", "skipped", write):
        skipped.update({record["reason"]: record["count"] for record in records})
    kinds = _read_column(result.files, "sources", "source_kind", write)
    all_statuses = _read_column(result.files, "sources", "status", write)
    statuses = Counter(
        status for status, kind in zip(all_statuses, kinds, strict=True) if kind != "robots"
    )
    if result.left:
        statuses["waiting"] += result.left
    details = _read_column(result.files, "sources", "detail", write)
    missing = (
        detail
        for status, kind, detail in zip(all_statuses, kinds, details, strict=True)
        if detail is not None
        and (kind, status) in _STATUSES_THAT_TELL_FIELDS
        and detail.startswith(_LACKS_FIELDS)
    )
    return Account(
        lake=lake,
        runs=(write.run_id,),
        sources=read - statuses["continued"],
        documents=result.documents,
        articles=rows["articles"],
        revisions=rows["revisions"],
        duplicates=rows["duplicates"],
        rejects=rows["rejects"],
        already_in_lake=sum(known.values()),
        **known,
        reject_reasons=_count(_read_column(result.files, "rejects", "reason", write)),
        duplicate_tests=_count(_read_column(result.files, "duplicates", "test", write)),
        skipped=_count(skipped),
        missing_fields=_count(missing),
        unread_sources=statuses["skipped"] + statuses["failed"],
        unread=tuple(islice(_unread(result.files, write), MAX_UNREAD)),
        polls={name: count for name, count in statuses.items() if result.polls_read or result.left},
        unused_dates=result.unused_dates,
        rights_stated=result.rights_stated,
        rights_reserved=result.rights_reserved,
        deferred=waiting,
        out_of_reach=_read_column(result.files, "sources", "error", write).count(NO_NETWORK)
        + _read_column(result.files, "deferred", "reason", write).count(NO_NETWORK),
        files=sum(file.table in ("articles", "revisions") for file in result.files),
        partition_by=words_of(write.partition_by),
        enrich_failures=tuple(vars(one) for one in result.enrich_failures),
    )


def add_up(accounts: list[Account], *, lake: str, unchanged: int, elapsed_s: float) -> Account:
    """Returns the account of a run out of those of its chunks.

    Args:
        accounts: One a chunk.
        lake: The lake's path.
        unchanged: Sources not read.
        elapsed_s: Wall time of the run.
    """
    numbers = ("sources", "documents", "articles", "revisions", "duplicates", "rejects")
    more = ("already_in_lake", "unread_sources", "unused_dates", "deferred", "out_of_reach")
    names = (*numbers, *KNOWN_COUNTS, *more, "rights_stated", "rights_reserved")
    counted = ("reject_reasons", "duplicate_tests", "skipped", "missing_fields", "polls")
    sums: dict[str, Any] = {
        name: sum(getattr(account, name) for account in accounts) for name in names
    }
    sums["unread"] = tuple(one for account in accounts for one in account.unread)[:MAX_UNREAD]
    sums["files"] = sum(account.files for account in accounts)
    for name in counted:
        total = Counter[str]()
        for account in accounts:
            total.update(getattr(account, name))
        sums[name] = dict(total.most_common())
    failures: dict[tuple[str, str], dict[str, Any]] = {}
    for failure in (one for account in accounts for one in account.enrich_failures):
        held = failures.setdefault((failure["enricher"], failure["cause"]), {**failure, "count": 0})
        held["count"] += failure["count"]
    return Account(
        lake=lake,
        runs=tuple(run_id for account in accounts for run_id in account.runs),
        unchanged_sources=unchanged,
        elapsed_s=elapsed_s,
        partition_by=accounts[-1].partition_by if accounts else (),
        enrich_failures=tuple(failures.values()),
        **sums,
    )


def _unread(files: tuple[StagedFile, ...], write: WriteOptions) -> Iterator[Unread]:
    """The sources that were not read; a robots.txt is none."""
    columns = ("source", "source_kind", "status", "error", "http_status", "detail")
    rows = zip(*(_read_column(files, "sources", name, write) for name in columns), strict=True)
    for source, kind, status, error, http_status, detail in rows:
        if status in ("skipped", "failed") and kind != "robots":
            answer = f"HTTP {http_status}" if error == "http_error" and http_status else error
            yield Unread(source, ": ".join(filter(None, (answer, detail))) or status)


def _count(values: Any) -> dict[str, int]:
    return dict(Counter(values).most_common())


def _read_column(
    files: tuple[StagedFile, ...], table: str, column: str, write: WriteOptions
) -> list[Any]:
    values: list[Any] = []
    for file in files:
        if file.table == table:
            with storage.open_read(storage.join(write.folder, file.path)) as stream:
                values += pq.ParquetFile(stream).read(columns=[column]).column(0).to_pylist()
    return values
