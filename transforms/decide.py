"""The rule for what becomes of each document: article, revision, duplicate, or known already.

It sees keys, not texts, of one chunk of documents at a time, and what the lake holds under the
same keys. The outcome depends on neither the order of the input nor the number of workers:
documents are taken in the order of `in_order`, after what the lake holds.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from transforms import minhash
from transforms.history import HASH_BYTES, NEVER, Facts, LakeRow, RowKind, document_id
from transforms.records import Article

Fate = RowKind | Literal["known"]
Test = Literal["url", "text", "near"]

MAX_BAND_ROWS = 100
"""Documents that one band of a signature leads to, the first ones: ten thousand reports from one
template would otherwise each be compared with all before."""


@dataclass(frozen=True)
class Key:
    """All that deciding needs of one document.

    Attributes:
        document_id: Identity of the document where it stands: see `history.document_id`.
        article_id: The article's id.
        has_url: Whether that id stands for an address, not for the text.
        text_hash: First bytes of `text_sha256`, as in `LakeRow`.
        content_sha256: See `sign.hash_content`.
        minhash: Signature of the text.
        shingles: The text's shingles, as bytes of 32-bit numbers.
        published_at: Microseconds since 1970, `NEVER` if unknown.
        fetched_at: Microseconds since 1970.
        char_count: Code points of the text.
        source: See `Article`.
        source_record: See `Article`.
        is_summary: Whether the text is no more than a feed's summary.
    """

    document_id: bytes
    article_id: str
    has_url: bool
    text_hash: bytes
    content_sha256: bytes
    minhash: bytes
    shingles: bytes
    published_at: int
    fetched_at: int
    char_count: int
    source: str
    source_record: int | None
    is_summary: bool = False


@dataclass(frozen=True)
class Verdict:
    """What becomes of one document.

    Attributes:
        fate: The table it goes to; `known`: to none.
        cluster_id: Id of the first known article of its near-duplicate group.
        original_id: For a duplicate: the article that it repeats.
        matched_id: For a duplicate: the document that it was found equal or similar to, which
            may itself be a copy.
        test: For a duplicate: `url`, `text` or `near`.
        similarity: For a duplicate or revision: to the matched document, or the last version.
        other_clusters: Ids of further groups that it is near to, which the lake told apart
            before.
        revision: For a revision: its number, from 1.
        char_delta: For a revision: code points more than the last version has.
        same_text: For a duplicate: whether its original has the same text, so that it need not
            be kept twice.
    """

    fate: Fate
    cluster_id: str = ""
    original_id: str | None = None
    matched_id: str | None = None
    test: Test | None = None
    similarity: float | None = None
    other_clusters: tuple[str, ...] = ()
    revision: int = 0
    char_delta: int | None = None
    same_text: bool = False


@dataclass(frozen=True)
class Decided:
    """An article with its fate: a row of `articles`, `revisions` or `duplicates`.

    Attributes:
        article: The article.
        verdict: What becomes of it.
        minhash: Its signature; None where another row of the lake holds the same text.
        content_sha256: See `sign.hash_content`.
    """

    article: Article
    verdict: Verdict
    minhash: bytes | None
    content_sha256: bytes


@dataclass(frozen=True)
class NearOptions:
    """What the operator decides about near-duplicates.

    Attributes:
        threshold: Jaccard similarity from which texts count as copies, above 0, up to 1; see
            `minhash.is_near_duplicate`.
        are_kept: Whether such copies become articles all the same.
    """

    threshold: float = 0.8
    are_kept: bool = False


def in_order(keys: Iterable[Key]) -> list[Key]:
    """Returns the keys in the order in which their documents are taken.

    Earliest publication first, then smallest id; the versions of one article by time of fetch,
    then by publication and place, so that the order of input never decides.
    """
    keys = list(keys)
    published: dict[str, int] = {}
    for key in keys:
        published[key.article_id] = min(published.get(key.article_id, NEVER), key.published_at)
    return sorted(
        keys,
        key=lambda key: (
            published[key.article_id],
            key.article_id,
            key.fetched_at,
            key.published_at,
            key.source,
            key.source_record or 0,
            key.text_hash,
        ),
    )


def decide(
    keys: Iterable[Key],
    facts: Facts,
    options: NearOptions,
    *,
    reread: frozenset[str] = frozenset(),
) -> list[tuple[Key, Verdict]]:
    """Returns the verdict on each key, in the order of `in_order`.

    Args:
        keys: Of one chunk of documents.
        facts: What the lake holds under the same ids, texts and bands.
        options: What the operator decides.
        reread: Sources that an earlier run has read as they are now. An old version in one of
            them is no return to that version.
    """
    keys = in_order(keys)
    known = _Known(facts, keys)
    verdicts = []
    for key in keys:
        verdict = _decide_one(key, known, options, is_reread=key.source in reread)
        if verdict.fate != "known":
            known.add(_row_of(key, verdict), shingles=key.shingles)
        verdicts.append((key, verdict))
    return [
        (key, replace(verdict, cluster_id=known.cluster(verdict.cluster_id)))
        for key, verdict in verdicts
    ]


def needs_signature(verdict: Verdict) -> bool:
    """Returns whether the row must carry its signature: no other one has it."""
    return verdict.fate != "duplicate" or verdict.test == "near"


def _decide_one(key: Key, known: _Known, options: NearOptions, *, is_reread: bool) -> Verdict:
    same_id = known.by_id[key.article_id]
    latest = max(
        (row for row in same_id if row.kind != "duplicate"),
        key=lambda row: row.revision,
        default=None,
    )
    if key.document_id in known.documents and not (latest and _replaces(key, latest)):
        return Verdict("known")
    if latest:
        # A feed that gives less than is known says nothing new.
        is_less = key.is_summary and not latest.is_summary
        if is_less or _is_same_version(key, latest):
            return _repeat(key, latest, known)
        if is_reread and any(_is_same_version(key, row) for row in same_id):
            return Verdict("known")
        return _revise(key, latest, known, options)
    for copy in same_id:
        if _is_same_version(key, copy):
            return _repeat(key, copy, known)
    same_text = known.by_text[key.text_hash]
    if same_text:
        return _copy_of(same_text[0], "text", 1.0, same_text=True)
    return _decide_by_likeness(key, known, options)


def _replaces(key: Key, row: LakeRow) -> bool:
    """Whether the document stands where the row's stood, with another text.

    A document that the lake has, found where a later version was last: the page went back. Found
    elsewhere it is the old copy, read again.
    """
    there = document_id(key.source, key.source_record, key.article_id, row.text_hash)
    return there == row.document_id and not _is_same_version(key, row)


def _is_same_version(key: Key, row: LakeRow) -> bool:
    return row.text_hash == key.text_hash or row.content_hash == key.content_sha256[:HASH_BYTES]


def _repeat(key: Key, row: LakeRow, known: _Known) -> Verdict:
    """The document says what `row` says: known if that is in the lake, else a copy of it."""
    if known.is_in_lake(row):
        return Verdict("known")
    is_same_text = key.text_hash == row.text_hash
    similarity = 1.0 if is_same_text else known.compare(key, row).jaccard
    return _copy_of(row, "url" if key.has_url else "text", similarity, same_text=is_same_text)


def _revise(key: Key, latest: LakeRow, known: _Known, options: NearOptions) -> Verdict:
    near = known.find_near(key, options.threshold)
    others = known.connect([latest.cluster_id, *(row.cluster_id for row, _ in near)])
    return Verdict(
        "revision",
        latest.cluster_id,
        similarity=known.compare(key, latest).jaccard,
        other_clusters=others,
        revision=latest.revision + 1,
        char_delta=key.char_count - latest.char_count,
    )


def _decide_by_likeness(key: Key, known: _Known, options: NearOptions) -> Verdict:
    near = known.find_near(key, options.threshold)
    if not near:
        return Verdict("article", key.article_id)
    first, similarity = near[0]
    others = known.connect([row.cluster_id for row, _ in near])
    if options.are_kept:
        return Verdict("article", first.cluster_id, other_clusters=others)
    return _copy_of(first, "near", similarity, other_clusters=others)


def _copy_of(
    row: LakeRow,
    test: Test,
    similarity: float,
    *,
    same_text: bool = False,
    other_clusters: tuple[str, ...] = (),
) -> Verdict:
    return Verdict(
        "duplicate",
        cluster_id=row.cluster_id,
        original_id=row.original_id,
        matched_id=row.article_id,
        test=test,
        similarity=similarity,
        other_clusters=other_clusters,
        # A copy of a copy that differs from the original keeps its text as that one did.
        same_text=same_text and row.kind != "duplicate",
    )


def _row_of(key: Key, verdict: Verdict) -> LakeRow:
    assert verdict.fate != "known"
    return LakeRow(
        kind=verdict.fate,
        article_id=key.article_id,
        original_id=verdict.original_id or key.article_id,
        cluster_id=verdict.cluster_id,
        text_hash=key.text_hash,
        content_hash=key.content_sha256[:HASH_BYTES],
        minhash=key.minhash if needs_signature(verdict) else b"",
        revision=verdict.revision,
        published_at=key.published_at,
        char_count=key.char_count,
        document_id=key.document_id,
        is_summary=key.is_summary,
    )


def _age(row: LakeRow) -> tuple[object, ...]:
    """Sort key of the lake's rows: all that may differ, so that there are no ties."""
    return (row.published_at, row.article_id, row.revision, row.kind, row.document_id)


def _size(signature: bytes) -> int:
    return int.from_bytes(signature[:4], "little")


class _Known:
    """What the lake holds and then what was decided so far, by each of its keys."""

    def __init__(self, facts: Facts, keys: Sequence[Key]) -> None:
        self.by_id: dict[str, list[LakeRow]] = defaultdict(list)
        self.by_text: dict[bytes, list[LakeRow]] = defaultdict(list)
        self.documents = facts.documents
        self._by_band: dict[int, list[int]] = defaultdict(list)
        self._lake = facts.rows
        self._lake_clusters = {row.cluster_id for row in facts.rows}
        self._merged: dict[str, str] = {}
        self._rows: list[LakeRow] = []
        self._shingles: dict[bytes, bytes] = {}
        self._bands = minhash.shared_bands(
            [row.minhash for row in facts.rows] + [key.minhash for key in keys]
        )
        for row in sorted(facts.rows, key=_age):
            self.add(row)

    def add(self, row: LakeRow, *, shingles: bytes = b"") -> None:
        self.by_id[row.article_id].append(row)
        self.by_text[row.text_hash].append(row)
        if shingles:
            self._shingles[row.document_id] = shingles
        for band in self._bands.get(row.minhash, ()):
            if len(self._by_band[band]) < MAX_BAND_ROWS:
                self._by_band[band].append(len(self._rows))
        self._rows.append(row)

    def is_in_lake(self, row: LakeRow) -> bool:
        return row in self._lake

    def find_near(self, key: Key, threshold: float) -> list[tuple[LakeRow, float]]:
        """Near-duplicates and their Jaccard similarity: the first one of each cluster, in order."""
        bands = self._bands.get(key.minhash, ())
        near: dict[str, tuple[LakeRow, float]] = {}
        for number in sorted({number for band in bands for number in self._by_band[band]}):
            row = self._rows[number]
            cluster = self.cluster(row.cluster_id)
            if cluster in near:
                continue
            found = self.compare(key, row)
            shingles = min(_size(key.minhash), _size(row.minhash))
            if minhash.is_near_duplicate(found, shingles=shingles, threshold=threshold):
                near[cluster] = row, found.jaccard
        return list(near.values())

    def compare(self, key: Key, row: LakeRow) -> minhash.Similarity:
        """By the shingles where both texts are at hand, else by the signatures."""
        theirs = self._shingles.get(row.document_id)
        if theirs and key.shingles:
            return minhash.compare_shingles(
                np.frombuffer(key.shingles, dtype=np.uint32), np.frombuffer(theirs, dtype=np.uint32)
            )
        if not key.minhash or not row.minhash:
            return minhash.Similarity(0.0, 0.0)
        return minhash.compare_signatures(key.minhash, row.minhash)

    def cluster(self, cluster_id: str) -> str:
        while cluster_id in self._merged:
            cluster_id = self._merged[cluster_id]
        return cluster_id

    def connect(self, clusters: Iterable[str]) -> tuple[str, ...]:
        """Makes the clusters one as far as they are of this chunk; returns the others.

        What the lake holds is not rewritten: a document that connects two of its clusters joins
        the first, and names the others.
        """
        roots = list(dict.fromkeys(map(self.cluster, clusters)))
        in_lake = [root for root in roots if root in self._lake_clusters]
        target = (in_lake or roots)[0]
        for root in roots:
            if root != target and root not in in_lake:
                self._merged[root] = target
        return tuple(sorted(in_lake[1:]))
