"""Taking records out of an archive: of pages that are to leave, and of what tells of them."""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import KW_ONLY, dataclass, field
from datetime import datetime
from html import escape

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from fastwarc.warc import ArchiveIterator, WarcRecord, WarcRecordType

from feedlake.pipeline.lake.journal_entry import QUARANTINE, LakeError
from feedlake.pipeline.lake.lake import Lake
from feedlake.pipeline.lake.lake_file import open_whole
from feedlake.pipeline.lake.read_rows import read_columns
from feedlake.pipeline.lake.snapshot import Snapshot
from feedlake.transforms.archives.archive_writer import ARCHIVE
from feedlake.transforms.archives.replay import id_of
from feedlake.transforms.archives.warc_bytes import to_digest
from feedlake.transforms.archives.warc_record import target_url
from feedlake.transforms.normalize import storage
from feedlake.transforms.normalize.microseconds import from_microseconds
from feedlake.transforms.normalize.streams import STREAM_FAULTS
from feedlake.transforms.normalize.urls import canonicalize_url
from feedlake.transforms.records.documents import StagedFile
from feedlake.transforms.records.outcome import Outcome, read_outcome_json
from feedlake.transforms.write.parquet_files import sort_rows, write_file
from feedlake.transforms.write.schema import TABLES

_NUMBER = re.compile(r"(?P<stem>.*-)(?P<number>\d{4,})\.warc\.gz")
_STEP = 1000
"""What is added to the number of a file that is written anew: its run stays in its name."""

_MIN_PATH_CHARS = 5
"""Shortest path by which a feed that writes relative links is taken to name a page."""

_ADDRESSES = ("url", "canonical_url")
_EMPTY = to_digest(hashlib.sha256(b"").digest())
_ANSWERS = (WarcRecordType.response, WarcRecordType.revisit)


@dataclass(frozen=True)
class Leaving:
    """Records that are to leave an archive.

    Attributes:
        records: Ids of their records, by the path of the file below the lake; files without any are
            not among them.
    """

    records: Mapping[str, frozenset[str]]

    @property
    def count(self) -> int:
        """How many they are."""
        return sum(map(len, self.records.values()))


@dataclass
class _Seen:
    """What a look at all records has found.

    Attributes:
        results: What became of documents, by the answer they were made of: file and id.
        by_digest: Answers by the digest of their payload: file and id.
        gone: Digests of payloads that leave.
        told: Answers that name a page which leaves: id and digest.
        pages: Answers that a document which stays was made of.
        requests: Requests by the id of the answer that they belong to: file and id.
        outcomes: Outcomes that leave: file and id.
    """

    _: KW_ONLY
    results: dict[str, list[tuple[str, str]]] = field(default_factory=lambda: defaultdict(list))
    by_digest: dict[str, list[tuple[str, str]]] = field(default_factory=lambda: defaultdict(list))
    gone: set[str] = field(default_factory=set)
    told: list[tuple[str, str]] = field(default_factory=list)
    pages: set[str] = field(default_factory=set)
    requests: dict[str, list[tuple[str, str]]] = field(default_factory=lambda: defaultdict(list))
    outcomes: list[tuple[str, str]] = field(default_factory=list)


def find_addresses(
    snapshot: Snapshot, masks: Mapping[str, npt.NDArray[np.bool_]]
) -> tuple[set[str], set[datetime]]:
    """Returns the addresses of rows that leave, and when those without any were fetched, UTC.

    Args:
        snapshot: The lake.
        masks: Which rows leave, by the paths of files below the lake.

    Raises:
        LakeError: A file is damaged.
    """
    urls: set[str] = set()
    moments: set[datetime] = set()
    for path, mask in masks.items() if snapshot.held(ARCHIVE) else ():
        rows = read_columns(snapshot.places[path], [*_ADDRESSES, "fetched_at"])
        rows = rows.filter(pa.array(mask))
        for row in rows.to_pylist():
            found = {row[name] for name in _ADDRESSES if row.get(name)}
            urls |= found
            if not found and row.get("fetched_at") is not None:
                moments.add(from_microseconds(row["fetched_at"]))
    return urls, moments


def quarantined_archives(lake: str) -> Iterator[str]:
    """Yields the paths, below a lake, of files of its archive that were set aside.

    Args:
        lake: The lake's path.
    """
    for path in storage.list_files(storage.join(lake, QUARANTINE, ARCHIVE)):
        yield path[len(lake.rstrip("/")) + 1 :]


def find_records(
    snapshot: Snapshot, *, urls: Collection[str], fetched_at: Collection[datetime] = ()
) -> Leaving:
    """Returns the records of an archive that hold pages, or tell of them.

    Those are the answers of their addresses and all others with the same body, what became of their
    documents, and answers that name one of the addresses, or a link that led there: feeds,
    sitemaps, lists. A page of another document that links to one stays. All of the archive is read.

    Args:
        snapshot: The lake.
        urls: Addresses of the pages, in any of their forms.
        fetched_at: When documents without an address were fetched, UTC.

    Raises:
        LakeError: A file of the archive is damaged.
    """
    if not urls and not fetched_at:
        return Leaving({})
    moments = frozenset(fetched_at)
    urls = {*urls, *_links_to(snapshot, _canonical(urls), moments)}
    wanted, names = _canonical(urls), _written(urls)
    seen = _Seen()
    for file in snapshot.held(ARCHIVE):
        for record in _records(snapshot.places[file.path], WarcRecordType.any_type):
            _look_at(record, file.path, wanted, names, moments, seen)
    kept = {digest for record_id, digest in seen.told if record_id in seen.pages}
    seen.gone |= {digest for _, digest in seen.told} - kept
    found: dict[str, set[str]] = defaultdict(set)
    for path, record_id in seen.outcomes:
        found[path].add(record_id)
    for digest in seen.gone:
        for path, record_id in seen.by_digest[digest]:
            found[path].add(record_id)
            for place, other_id in (*seen.requests[record_id], *seen.results[record_id]):
                found[place].add(other_id)
    return Leaving({path: frozenset(ids) for path, ids in found.items()})


def _canonical(urls: Collection[str]) -> frozenset[str]:
    return frozenset(canonicalize_url(url) or url for url in urls if url)


def _written(urls: Collection[str]) -> tuple[bytes, ...]:
    """How feeds, lists and pages may write these addresses: in whole or from the path on."""
    names: set[str] = set()
    for url in (*urls, *_canonical(urls)):
        place = url.partition("://")[2].partition("/")[2]
        names |= {url, f"/{place}"} if len(place) >= _MIN_PATH_CHARS else {url}
    names |= {escape(name, quote=False) for name in names}
    names |= {name.replace("/", "\\/") for name in names}
    return tuple(sorted(name.encode("utf-8", "replace") for name in names if name))


def _links_to(
    snapshot: Snapshot, wanted: Collection[str], moments: Collection[datetime]
) -> Iterator[str]:
    """Yields the links of entries that led to one of the pages, by redirects or otherwise."""
    for file in snapshot.held(ARCHIVE):
        for record in _records(snapshot.places[file.path], WarcRecordType.metadata):
            outcome, _ = _outcome_in(record)
            if outcome is None or outcome.entry is None:
                continue
            if _is_of(outcome, wanted, moments) and outcome.entry.document.url:
                yield outcome.entry.document.url


def _records(path: str, kinds: WarcRecordType) -> Iterator[WarcRecord]:
    """Yields records of a file.

    Raises:
        LakeError: It is damaged.
    """
    try:
        with storage.open_read(path) as stream:
            yield from ArchiveIterator(stream, record_types=kinds, parse_http=False)
    except STREAM_FAULTS as error:
        raise LakeError(f"the lake's file {path} cannot be read: {error}") from error


def _outcome_in(record: WarcRecord) -> tuple[Outcome | None, str | None]:
    """What a record of metadata says, and which answer it refers to; None if it is no outcome."""
    try:
        return read_outcome_json(record.reader.read())
    except ValueError:
        return None, None


def _is_of(outcome: Outcome, wanted: Collection[str], moments: Collection[datetime]) -> bool:
    """Whether an outcome is of a document that leaves."""
    entry = outcome.entry.document.url if outcome.entry else None
    addresses = {canonicalize_url(one) or one for one in (outcome.url, entry) if one}
    if addresses:
        return not addresses.isdisjoint(wanted)
    return outcome.fetched_at in moments


def _look_at(
    record: WarcRecord,
    path: str,
    wanted: Collection[str],
    names: Collection[bytes],
    moments: Collection[datetime],
    seen: _Seen,
) -> None:
    record_id = id_of(record.headers.get("WARC-Record-ID"))
    kind, url = record.record_type, target_url(record)
    if kind in _ANSWERS:
        digest = record.headers.get("WARC-Payload-Digest") or record_id
        seen.by_digest[digest].append((path, record_id))
        content = record.reader.read()
        if (canonicalize_url(url) or url) in wanted:
            # An empty body, as of a redirect, is that of any other.
            seen.gone.add(record_id if digest == _EMPTY else digest)
            seen.by_digest[record_id] = [(path, record_id)]
        elif any(name in content for name in names):
            seen.told.append((record_id, digest))
    elif kind == WarcRecordType.request:
        about = id_of(record.headers.get("WARC-Concurrent-To"))
        seen.requests[about].append((path, record_id))
    elif kind == WarcRecordType.metadata:
        outcome, about_id = _outcome_in(record)
        if outcome is None:
            return
        if about_id is not None:
            seen.results[about_id].append((path, record_id))
        if _is_of(outcome, wanted, moments):
            seen.outcomes.append((path, record_id))
        elif about_id is not None and (outcome.entry is not None or outcome.is_in_reply):
            seen.pages.add(about_id)


def write_without(
    lake: Lake, leaving: Leaving, *, snapshot: Snapshot, run_id: str
) -> tuple[list[StagedFile], list[str]]:
    """Writes the files of an archive anew that records are to leave, and their rows of `captures`.

    Args:
        lake: The lake, whose lock this process holds.
        leaving: The records.
        snapshot: The lake as it was when they were looked for.
        run_id: Whose staging takes the files, and whose journal entry is to publish them.

    Returns:
        The files to add, and the paths of those to remove.

    Raises:
        LakeError: A file is damaged.
    """
    add: list[StagedFile] = []
    remove: list[str] = []
    places: dict[str, dict[str, tuple[str, int]]] = {}
    for path in sorted(leaving.records):
        target = _next_name(path, snapshot)
        staged, kept = _write_rest(lake, snapshot, path, leaving.records[path], target, run_id)
        add += staged
        remove.append(path)
        places[path] = {record_id: (target, offset) for record_id, offset in kept.items()}
    if places:
        for number, (file, rows) in enumerate(_captures_of(lake, snapshot, places)):
            remove.append(file.path)
            if len(rows):
                name = f"{file.path.rpartition('/')[0]}/{run_id}-{number:04d}.parquet"
                staging = storage.join(lake.staging_folder(run_id), name)
                add.append(write_file(staging, rows, path=name, table=TABLES["captures"]))
    return add, remove


def _next_name(path: str, snapshot: Snapshot) -> str:
    """A name for a file that is written anew, which no file has."""
    match = _NUMBER.fullmatch(path)
    if match is None:
        raise LakeError(f"the archive's file {path} has no name of an archive's file")
    number = int(match["number"])
    while True:
        number += _STEP
        name = f"{match['stem']}{number:04d}.warc.gz"
        if name not in snapshot.state.files:
            return name


def _write_rest(
    lake: Lake,
    snapshot: Snapshot,
    path: str,
    leaving: Collection[str],
    target: str,
    run_id: str,
) -> tuple[list[StagedFile], dict[str, int]]:
    """Writes the records of a file that stay, byte by byte; returns where each begins now."""
    content = storage.read_bytes(snapshot.places[path])
    starts: list[tuple[int, str, WarcRecordType]] = []
    try:
        for record in ArchiveIterator(pa.BufferReader(content), parse_http=False):
            name = id_of(record.headers.get("WARC-Record-ID"))
            starts.append((record.stream_pos, name, record.record_type))
    except STREAM_FAULTS as error:
        raise LakeError(f"the lake's file {path} cannot be read: {error}") from error
    ends = [start for start, _, _ in starts[1:]] + [len(content)]
    kept: dict[str, int] = {}
    parts: list[bytes] = []
    size = 0
    for (start, name, _), end in zip(starts, ends, strict=True):
        if name not in leaving:
            kept[name] = size
            parts.append(content[start:end])
            size += end - start
    kinds = [kind for _, name, kind in starts if name in kept]
    if all(kind == WarcRecordType.warcinfo for kind in kinds):
        return [], {}
    staging = storage.join(lake.staging_folder(run_id), target)
    written = storage.write_bytes(staging, b"".join(parts))
    file = StagedFile(
        target,
        table=ARCHIVE,
        rows=len(parts),
        size_bytes=written.size_bytes,
        sha256=written.sha256,
    )
    return [file], kept


def _captures_of(
    lake: Lake, snapshot: Snapshot, places: Mapping[str, Mapping[str, tuple[str, int]]]
) -> Iterator[tuple[StagedFile, pa.Table]]:
    """The files of `captures` with rows of files that were written anew, and their rows as now."""
    names = pa.array(sorted(places), pa.string())
    for file in snapshot.held("captures"):
        with open_whole(lake, file) as parquet:
            data = parquet.read().replace_schema_metadata(None)
        is_of = pc.is_in(data["archive_file"], value_set=names)
        rows = data.filter(is_of)
        if not len(rows):
            continue
        pairs = zip(rows["archive_file"].to_pylist(), rows["record_id"].to_pylist(), strict=True)
        found = [places[name].get(record_id) for name, record_id in pairs]
        rows = rows.filter(pa.array([place is not None for place in found]))
        moved = [place for place in found if place is not None]
        for number, column in enumerate(("archive_file", "record_offset")):
            index = rows.schema.get_field_index(column)
            values = pa.array([place[number] for place in moved], rows.schema.field(index).type)
            rows = rows.set_column(index, rows.schema.field(index), values)
        both = pa.concat_tables([data.filter(pc.invert(is_of)), rows])
        yield file, sort_rows(both, table=TABLES["captures"])
