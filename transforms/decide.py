"""The rule for what becomes of each document: article, revision, duplicate, or known already.

It sees keys, not texts, of one chunk of documents at a time, and what the lake holds under the
same keys. The outcome depends on neither the order of the input nor the number of workers:
documents are taken in the order of `rank`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from transforms import minhash
from transforms.history import HASH_BYTES, Facts, LakeRow, RowKind
from transforms.records import Article

Fate = RowKind | Literal["known"]


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
        place: Source and record, for a stable order of what is otherwise equal.
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
    place: tuple[str, int]


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
        other_clusters: Ids of further groups that it would have connected, had they not been
            told apart in the lake before.
        revision: For a revision: its number, from 1.
        char_delta: For a revision: code points more than the last version has.
        same_text: For a duplicate: whether its original has the same text, so that it need not
            be kept twice.
    """

    fate: Fate
    cluster_id: str = ""
    original_id: str | None = None
    matched_id: str | None = None
    test: Literal["url", "text", "near"] | None = None
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
        threshold: Jaccard similarity from which texts count as copies, 0 to 1.
        are_kept: Whether such copies become articles all the same.
    """

    threshold: float = 0.8
    are_kept: bool = False


def rank(key: Key) -> tuple[object, ...]:
    """Returns the sort key by which the first of several equal documents is kept.

    Earliest publication, then smallest id; versions of one article by time of fetch; what is
    then still tied by its text and place, so that the order of input never decides.
    """
    return (key.published_at, key.article_id, key.fetched_at, key.text_hash, key.place)


def decide(keys: Iterable[Key], facts: Facts, options: NearOptions) -> list[tuple[Key, Verdict]]:
    """Returns the verdict on each key, in the order of `rank`.

    Args:
        keys: Of one chunk of documents.
        facts: What the lake holds under the same ids, texts and bands.
        options: What the operator decides.
    """
    known = _Known(facts)
    verdicts = []
    for key in sorted(keys, key=rank):
        verdict = _decide_one(key, known, facts, options)
        if verdict.fate != "known":
            known.add(_row_of(key, verdict), shingles=key.shingles)
        verdicts.append((key, verdict))
    return [
        (key, replace(verdict, cluster_id=known.cluster(verdict.cluster_id)))
        for key, verdict in verdicts
    ]


def _decide_one(key: Key, known: _Known, facts: Facts, options: NearOptions) -> Verdict:
    if key.document_id in facts.documents:
        return Verdict("known")
    same_id = known.by_id[key.article_id]
    versions = [row for row in same_id if row.kind != "duplicate"]
    if versions:
        latest = max(versions, key=lambda row: row.revision)
        if _is_same_version(key, latest):
            return _repeat(key, latest, known)
        return Verdict(
            "revision",
            latest.cluster_id,
            similarity=known.compare(key, latest).jaccard,
            revision=latest.revision + 1,
            char_delta=key.char_count - latest.char_count,
        )
    for copy in same_id:
        if _is_same_version(key, copy):
            return _repeat(key, copy, known)
    same_text = known.by_text[key.text_hash]
    if same_text:
        return _copy_of(min(same_text, key=_age), "text", 1.0, same_text=True)
    return _decide_by_likeness(key, known, options)


def _decide_by_likeness(key: Key, known: _Known, options: NearOptions) -> Verdict:
    near = []
    for row in known.candidates(key.minhash):
        similarity = known.compare(key, row)
        shingles = min(_size(key.minhash), _size(row.minhash))
        if minhash.is_near_duplicate(similarity, shingles=shingles, threshold=options.threshold):
            near.append((row, similarity.jaccard))
    if not near:
        return Verdict("article", key.article_id)
    first, jaccard = min(near, key=lambda match: _age(match[0]))
    others = known.connect(first.cluster_id, {row.cluster_id for row, _ in near})
    if options.are_kept:
        return Verdict("article", first.cluster_id, other_clusters=others)
    return _copy_of(first, "near", jaccard, other_clusters=others)


def _repeat(key: Key, row: LakeRow, known: _Known) -> Verdict:
    """The document says what `row` says: known if that is in the lake, else a copy of it."""
    if known.is_in_lake(row):
        return Verdict("known")
    is_same_text = key.text_hash == row.text_hash
    similarity = 1.0 if is_same_text else known.compare(key, row).jaccard
    return _copy_of(row, "url" if key.has_url else "text", similarity, same_text=is_same_text)


def _copy_of(
    row: LakeRow,
    test: Literal["url", "text", "near"],
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


def _is_same_version(key: Key, row: LakeRow) -> bool:
    return row.text_hash == key.text_hash or row.content_hash == key.content_sha256[:HASH_BYTES]


def _age(row: LakeRow) -> tuple[int, str, int]:
    return (row.published_at, row.article_id, row.revision)


def _size(signature: bytes) -> int:
    return int.from_bytes(signature[:4], "little")


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
    )


def needs_signature(verdict: Verdict) -> bool:
    """Returns whether the row must carry its signature: no other one has it."""
    return verdict.fate != "duplicate" or verdict.test == "near"


class _Known:
    """What the lake holds and what was decided so far, by each of its keys."""

    def __init__(self, facts: Facts) -> None:
        self.by_id: dict[str, list[LakeRow]] = defaultdict(list)
        self.by_text: dict[bytes, list[LakeRow]] = defaultdict(list)
        self._by_band: dict[tuple[int, int], list[LakeRow]] = defaultdict(list)
        self._lake = facts.rows
        self._lake_clusters = {row.cluster_id for row in facts.rows}
        self._shingles: dict[bytes, bytes] = {}
        self._merged: dict[str, str] = {}
        for row in facts.rows:
            self.add(row)

    def add(self, row: LakeRow, *, shingles: bytes = b"") -> None:
        self.by_id[row.article_id].append(row)
        self.by_text[row.text_hash].append(row)
        if shingles:
            self._shingles[row.document_id] = shingles
        for band in minhash.band_keys(row.minhash):
            self._by_band[band].append(row)

    def is_in_lake(self, row: LakeRow) -> bool:
        return row in self._lake

    def candidates(self, signature: bytes) -> list[LakeRow]:
        found = {row: None for band in minhash.band_keys(signature) for row in self._by_band[band]}
        return list(found)

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

    def connect(self, first: str, clusters: set[str]) -> tuple[str, ...]:
        """Merges the clusters that are of this chunk into one; returns those it must leave.

        What the lake holds is not rewritten: a document that connects two of its clusters joins
        the first, and names the others.
        """
        roots = {self.cluster(cluster) for cluster in clusters}
        in_lake = roots & self._lake_clusters
        target = self.cluster(first)
        if in_lake and target not in in_lake:
            target = min(in_lake)
        for root in roots - in_lake - {target}:
            self._merged[root] = target
        return tuple(sorted(in_lake - {target}))
