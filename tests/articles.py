"""Makes articles, and lakes of them, for the tests of near-duplicates and history."""

import random
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

from feedlake.pipeline.lake.journal_entry import JournalEntry
from feedlake.pipeline.lake.lake import Lake
from feedlake.transforms.dedup import minhash
from feedlake.transforms.dedup.decide import Decided, NearOptions, Verdict, decide, needs_signature
from feedlake.transforms.dedup.fingerprint import (
    fingerprint_article,
    without_address,
    without_claim,
)
from feedlake.transforms.dedup.known_rows import Key, queries_for
from feedlake.transforms.dedup.lookup import (
    HASH_BYTES,
    MAX_CLAIMANTS,
    Facts,
    History,
    LakeRow,
    Queries,
    article_id_of,
    claim_key,
    document_id,
)
from feedlake.transforms.normalize.text import hash_text
from feedlake.transforms.records.documents import (
    Article,
    Recognised,
    Rejection,
    SourceKind,
    StagedFile,
    reject_id,
)
from feedlake.transforms.write.parquet_files import WriteOptions, partition_of, write_rows
from feedlake.transforms.write.schema import TABLES

NOON = datetime(2019, 1, 23, 12, tzinfo=UTC)
WORDS = [f"{a}{b}{c}" for a in "bdfgklmnprst" for b in "aeiou" for c in ("n", "ra", "st", "lo")]


def prose(seed: int, *, words: int = 300, changed: Iterable[int] = ()) -> str:
    """Returns sentences of ten words, like no text of another seed; some words can be changed."""
    chosen = random.Random(seed).choices(WORDS, k=words)
    for place in changed:
        chosen[place % words] = f"changed{place}"
    sentences = [" ".join(chosen[start : start + 10]) + "." for start in range(0, words, 10)]
    return "\n\n".join(sentences)


def article(
    text: str,
    *,
    url: str | None = None,
    source: str = "/in/a.jsonl",
    record: int | None = 1,
    published: datetime | None = NOON,
    fetched: datetime = NOON,
    guid: str | None = None,
    canonical_url: str | None = None,
    site: str | None = None,
    claim: str | None = None,
    claimed_url: str | None = None,
    title: str | None = None,
    authors: tuple[str, ...] = (),
    kind: SourceKind = "jsonl",
) -> Article:
    """Returns an article; `claim` is an address that counts as long as nobody objects."""
    digest = hash_text(text)
    canonical_url = claim or canonical_url or url
    url = url or claim
    return Article(
        article_id=article_id_of(canonical_url.encode() if canonical_url else digest),
        url=url,
        canonical_url=canonical_url,
        claimed_url=claimed_url,
        is_claimed=claim is not None,
        source=source,
        source_kind=kind,
        source_record=record,
        guid=guid,
        site=site,
        site_name=None,
        title=title,
        authors=authors,
        excerpt=None,
        image_url=None,
        tags=(),
        published_at=published,
        published_text=None,
        published_offset_min=None,
        updated_at=None,
        fetched_at=fetched,
        date_source="seed",
        text=text,
        text_source="text",
        text_note=None,
        declared_language="en",
        word_count=len(text.split()),
        char_count=len(text),
        text_sha256=digest,
        extractor="test",
        extra=None,
    )


def rejection(record: int, *, source: str = "/in/a.jsonl") -> Rejection:
    return Rejection(
        source,
        source_kind="jsonl",
        source_record=record,
        url=None,
        title=None,
        step="extract",
        reason="too_short",
        detail=None,
    )


def key_of(article: Article) -> Key:
    return fingerprint_article(article).key


def queries_of(articles: Iterable[Article], rejections: Iterable[Rejection] = ()) -> Queries:
    reject_ids = map(reject_id, rejections)
    return queries_for(list(map(key_of, articles)), reject_ids=reject_ids)


class MemoryHistory:
    """A history in which each row is looked at: the measure for the fast ones."""

    def __init__(self) -> None:
        self.rows: list[LakeRow] = []
        self.rejects: set[str] = set()

    def find(self, queries: Queries) -> Facts:
        ids = {row.article_id for row in self.rows if row.guid_key in queries.guid_keys}
        for wanted in queries.address_keys:
            at_address = {row.article_id for row in self.rows if row.address_key == wanted}
            ids.update(sorted(at_address)[:MAX_CLAIMANTS])
        claiming = defaultdict(list)
        for row in self.rows:
            if row.claim_key in queries.claim_keys:
                claiming[row.claim_key].append(row)
        claimants = {
            row
            for rows in claiming.values()
            for row in sorted(rows, key=lambda row: row.document_id)[:MAX_CLAIMANTS]
        }
        bands = {band for wanted in queries.minhashes for band in minhash.band_keys(wanted)}
        return Facts(
            rows=frozenset(
                row
                for row in self.rows
                if row.article_id in queries.article_ids | ids
                or row.text_hash in queries.text_hashes
                or row in claimants
                or not bands.isdisjoint(minhash.band_keys(row.minhash))
            ),
            rejects=queries.reject_ids & self.rejects,
        )

    def add(self, key: Key, verdict: Verdict) -> None:
        if verdict.outcome != "known":
            place = (key.source, key.source_record, verdict.article_id)
            self.rows.append(
                LakeRow(
                    kind=verdict.outcome,
                    article_id=verdict.article_id,
                    original_id=verdict.original_id or verdict.article_id,
                    cluster_id=verdict.cluster_id,
                    text_hash=key.text_hash,
                    content_hash=key.content_sha256[:HASH_BYTES],
                    minhash=key.minhash if needs_signature(verdict) else b"",
                    revision=verdict.revision,
                    published_at=key.published_at,
                    char_count=key.char_count,
                    document_id=document_id(*place, key.text_hash),
                    is_summary=key.is_summary,
                    guid_key=key.guid_key,
                    claim_key=_claim_key(key, verdict),
                    address_key=_address_key(key, verdict),
                    is_correction=verdict.similarity == 1.0 and verdict.char_delta == 0,
                    statement=key.statement._replace(authors=b"")
                    if verdict.outcome == "duplicate"
                    else key.statement,
                )
            )


def _claim_key(key: Key, verdict: Verdict) -> bytes:
    counts = key.is_claimed and not verdict.is_without_claim
    return claim_key(key.claim_id) if key.claim_id and not counts else b""


def _address_key(key: Key, verdict: Verdict) -> bytes:
    """Of what has no canonical URL in its row, though its address is known."""
    is_identified = key.has_url and not verdict.is_apart
    if verdict.is_without_claim:
        is_identified = key.has_own_url and not verdict.is_apart
    return claim_key(key.address_id) if key.address_id and not is_identified else b""


def ingest(
    articles: Sequence[Article],
    history: MemoryHistory,
    *,
    near: NearOptions = NearOptions(),  # noqa: B008 - frozen
    reread: frozenset[str] = frozenset(),
) -> list[tuple[Article, Verdict]]:
    """Returns the verdict on each article of one run, and adds them to the history."""
    facts = history.find(queries_of(articles))
    by_key = {key_of(article): article for article in articles}
    decided = decide([key_of(article) for article in articles], facts, near, reread=reread)
    for key, verdict in decided:
        history.add(key, verdict)
    return [(by_key[key], verdict) for key, verdict in decided]


def outcomes(decided: Iterable[tuple[Article, Verdict]]) -> list[str]:
    return sorted(verdict.outcome for _, verdict in decided)


def publish(
    lake: Lake,
    run: int,
    articles: Sequence[Article],
    history: History,
    *,
    rejections: Sequence[Rejection] = (),
    recognised: Sequence[Recognised] = (),
    near: NearOptions = NearOptions(),  # noqa: B008 - frozen
    partition_by: tuple[str, ...] = ("date",),
    enrichment: Mapping[str, object] | None = None,
) -> list[tuple[Key, Verdict]]:
    """Publishes one run of articles, decided by a history, and returns the verdicts."""
    by_id = {key_of(article).document_id: article for article in articles}
    facts = history.find(queries_of(articles))
    decided = decide(map(key_of, by_id.values()), facts, near)
    run_id = f"20190123T{run:06d}Z-000000-0001"
    options = WriteOptions(
        lake.staging_folder(run_id), run_id=run_id, started_at=NOON, partition_by=partition_by
    )
    rows: dict[tuple[str, str], list[dict[str, object]]] = {}
    for key, verdict in decided:
        if verdict.outcome != "known":
            signature = key.minhash if key.minhash and needs_signature(verdict) else None
            document = by_id[key.document_id]
            if verdict.is_without_claim:
                document = without_claim(document)
            if verdict.is_apart:
                document = without_address(document)
            record = Decided(
                document,
                verdict=verdict,
                minhash=signature,
                content_sha256=key.content_sha256,
                enrichment=enrichment or {},
            )
            name = f"{verdict.outcome}s"
            row = TABLES[name].to_row(record)
            rows.setdefault((name, partition_of(row, table=name, options=options)), []).append(row)
    if rejections:
        rejected = [TABLES["rejects"].to_row(rejection) for rejection in rejections]
        rows["rejects", "run_date=2019-01-23"] = rejected
    if recognised:
        known = [TABLES["known"].to_row(one) for one in recognised]
        rows["known", "run_date=2019-01-23"] = known
    files: list[StagedFile] = []
    with lake.writing():
        for (name, partition), part in rows.items():
            files += write_rows(part, table=TABLES[name], partition=partition, options=options)
        lake.publish(JournalEntry(run_id, partition_by=partition_by, add=tuple(files)))
    return decided
