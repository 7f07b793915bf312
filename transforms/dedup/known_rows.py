"""What is known while the documents of a chunk are decided one after the other."""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import KW_ONLY, dataclass, replace

import numpy as np
import numpy.typing as npt

from feedlake.transforms.dedup import minhash
from feedlake.transforms.dedup.kinship import (
    Evidence,
    TextKinship,
    TitleKinship,
    compare_titles,
    has_time_of_day,
)
from feedlake.transforms.dedup.lookup import (
    HASH_BYTES,
    NEVER,
    Facts,
    LakeRow,
    Queries,
    Statement,
    claim_key,
    document_id,
    is_of_files,
)
from feedlake.transforms.dedup.signature import are_copies, find_first_copies, is_akin


class KnownRows:
    """What the lake holds and then what was decided so far, by each of its keys.

    Attributes:
        by_id: Rows by `article_id`, the lake's first.
        by_text: Rows by `text_hash`, likewise.
        documents: Ids of the documents that the lake has a row of.
    """

    def __init__(self, facts: Facts, keys: Sequence[Key]) -> None:
        self.by_id: dict[str, list[LakeRow]] = defaultdict(list)
        self.by_text: dict[bytes, list[LakeRow]] = defaultdict(list)
        self.documents = {row.document_id for row in facts.rows}
        self._ids_by_guid: dict[bytes, list[str]] = defaultdict(list)
        self._ids_by_address: dict[bytes, list[str]] = defaultdict(list)
        self._by_band: dict[int, array[int]] = defaultdict(lambda: array("q"))
        self._compared: set[bytes] = set()
        self._lake = facts.rows
        self._lake_clusters = {row.cluster_id for row in facts.rows}
        self._rows: list[LakeRow] = []
        most = len(facts.rows) + len(keys)
        # Clusters are numbered; those that were merged have the number of the whole as their root.
        self._clusters: list[str] = []
        self._numbers: dict[str, int] = {}
        self._roots = np.arange(most)
        self._row_clusters = np.zeros(most, dtype=np.int64)
        self._signatures = np.zeros((most, minhash.SIGNATURE_BYTES), dtype=np.uint8)
        self._bands = minhash.shared_bands(
            [row.minhash for row in facts.rows] + [key.minhash for key in keys]
        )
        for row in sorted(facts.rows, key=_age):
            self.add(row)

    def add(self, row: LakeRow) -> None:
        """Adds what was decided."""
        self.by_id[row.article_id].append(row)
        self.by_text[row.text_hash].append(row)
        if row.guid_key and row.article_id not in self._ids_by_guid[row.guid_key]:
            self._ids_by_guid[row.guid_key].append(row.article_id)
        if row.address_key and row.article_id not in self._ids_by_address[row.address_key]:
            self._ids_by_address[row.address_key].append(row.article_id)
        if row.text_hash not in self._compared:  # Its equal leads to the same cluster.
            for band in self._bands.get(row.minhash, ()):
                self._by_band[band].append(len(self._rows))
        if row.minhash:
            self._signatures[len(self._rows)] = np.frombuffer(row.minhash, dtype=np.uint8)
            self._compared.add(row.text_hash)
        if row.cluster_id not in self._numbers:
            self._numbers[row.cluster_id] = len(self._clusters)
            self._clusters.append(row.cluster_id)
        self._row_clusters[len(self._rows)] = self._numbers[row.cluster_id]
        self._rows.append(row)

    def is_in_lake(self, row: LakeRow) -> bool:
        """Returns whether the row was there before the chunk."""
        return row in self._lake

    def latest(self, article_id: str) -> LakeRow | None:
        """Returns the article's newest version; None if no document of this id is an article."""
        rows = self.by_id.get(article_id)
        if not rows:
            return None  # As for most documents.
        versions = (row for row in rows if row.kind != "duplicate")
        return max(versions, key=lambda row: row.revision, default=None)

    def ids_of_guid(self, guid_key: bytes) -> Sequence[str]:
        """Returns the ids of the rows that have the guid, the first known first."""
        return self._ids_by_guid.get(guid_key, ())

    def ids_of_address(self, address_key: bytes) -> Sequence[str]:
        """Returns the ids of the rows that came from an address which does not identify them."""
        return self._ids_by_address.get(address_key, ())

    def find_near(self, key: Key, threshold: float) -> list[tuple[LakeRow, float]]:
        """Near-duplicates and their Jaccard similarity: the first one of each cluster, in order."""
        numbers = self._sharing_a_band(key.minhash)
        if not len(numbers):
            return []  # As for most documents.
        clusters = self._roots[self._row_clusters[numbers]]
        firsts = find_first_copies(
            key.minhash, self._signatures, numbers, clusters=clusters, threshold=threshold
        )
        return [(self._rows[number], similarity) for number, _, similarity in firsts]

    def _sharing_a_band(self, signature: bytes) -> npt.NDArray[np.int64]:
        """The numbers of the rows so far that share a band with the signature, in order."""
        held = [self._by_band[band] for band in self._bands.get(signature, ())]
        numbers = {number for few in held if len(few) <= _FEW for number in few}
        crowded = [many for many in held if len(many) > _FEW]
        if not crowded:
            return np.array(sorted(numbers), dtype=np.int64)
        are_sharing = np.zeros(len(self._rows), dtype=bool)
        are_sharing[list(numbers)] = True
        for many in crowded:
            are_sharing[np.frombuffer(many, dtype=np.int64)] = True
        return np.flatnonzero(are_sharing)

    def compare(self, key: Key, row: LakeRow) -> minhash.Similarity:
        """By the signatures, whether the row is the lake's or of the chunk."""
        if not key.minhash or not row.minhash:
            return minhash.Similarity(0.0, 0.0)
        return minhash.compare_signatures(key.minhash, row.minhash)

    def weigh(self, key: Key, article_id: str) -> Evidence:
        """Returns what the document and the article's versions, at least one, have in common."""
        versions = [row for row in self.by_id[article_id] if row.kind != "duplicate"]
        texts = {self._compare_texts(key, row) for row in versions}
        titles = {_compare_titles(key, row) for row in versions}
        apart = [
            (abs(key.published_at - row.published_at), row.published_at)
            for row in versions
            if NEVER not in (key.published_at, row.published_at)
        ]
        closest = min(apart, default=None)
        return Evidence(
            next(kinship for kinship in _TEXTS if kinship in texts),
            next(kinship for kinship in _TITLES if kinship in titles),
            apart_s=closest[0] / 1_000_000 if closest else None,
            is_timed=closest is not None and has_time_of_day(closest[1]),
            is_renamed=_is_renamed(key, versions),
        )

    def _compare_texts(self, key: Key, row: LakeRow) -> TextKinship:
        if is_same_version(key, row):
            return "same"
        found = self.compare(key, row)
        if are_copies(found, key.minhash, row.minhash, threshold=_SAME_STORY):
            return "same"
        is_long = minhash.is_long(key.minhash) and minhash.is_long(row.minhash)
        if is_long and is_akin(found):
            return "akin"
        is_comparable = is_long and not (key.is_summary or row.is_summary)
        return "other" if is_comparable else "unknown"

    def cluster(self, cluster_id: str) -> str:
        """Returns the cluster that this one has become part of, or itself."""
        number = self._numbers.get(cluster_id)
        return cluster_id if number is None else self._clusters[self._roots[number]]

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
                self._roots[self._roots == self._numbers[root]] = self._numbers[target]
        return tuple(sorted(in_lake[1:]))


_FEW = 16
"""Rows of a band up to which a set of Python's costs less than an array."""

_SAME_STORY = 0.8
"""Similarity from which two texts are one story, whatever `--near-threshold` is."""

# What is most alike comes first, and what is not known last.
_TEXTS: tuple[TextKinship, ...] = ("same", "akin", "other", "unknown")
_TITLES: tuple[TitleKinship, ...] = ("same", "similar", "other", "unknown")


def _compare_titles(key: Key, row: LakeRow) -> TitleKinship:
    said, known = key.statement, row.statement
    if said.title and said.title == known.title:
        return "same"
    return compare_titles(said.title_words, known.title_words)


def _is_renamed(key: Key, versions: Sequence[LakeRow]) -> bool:
    """Whether its feed gave another guid to each of the versions that came from there.

    A guid holds within one feed; of files nobody knows which are the same feed.
    """
    if is_of_files(key.statement.place):
        return False
    guids = {row.guid_key for row in versions if row.statement.place == key.statement.place}
    return bool(key.guid_key and guids) and not {key.guid_key, b""} & guids


def _age(row: LakeRow) -> tuple[object, ...]:
    """Sort key of the lake's rows: all that may differ, so that there are no ties."""
    return (row.published_at, row.article_id, row.revision, row.kind, row.document_id)


@dataclass(frozen=True)
class Key:
    """All that deciding needs of one document.

    Attributes:
        document_id: Identity of the document where it stands: see `history.document_id`.
        article_id: The article's id.
        has_url: Whether that id stands for an address, not for the text.
        text_hash: First bytes of `text_sha256`, as in `LakeRow`.
        content_sha256: See `fingerprint.hash_content`.
        minhash: Signature of the text.
        published_at: Microseconds since 1970, `NEVER` if unknown.
        fetched_at: Microseconds since 1970.
        char_count: Code points of the text.
        source: See `Article`.
        source_record: See `Article`.
        is_summary: Whether the text is no more than a feed's summary.
        guid_key: See `history.guid_key`.
        own_id: Id of its own address, or of its text where it has none.
        has_own_url: Whether `own_id` stands for an address.
        text_id: Id of its text.
        address_id: Id of the address that it came from, also if that does not identify it; empty
            if that is not known.
        claim_id: Id of the address that its page claims; empty if it claims none.
        is_claimed: Whether `article_id` is no more than that claim.
        statement: See `lookup.Statement`.
    """

    document_id: bytes
    _: KW_ONLY
    article_id: str
    has_url: bool
    text_hash: bytes
    content_sha256: bytes
    minhash: bytes
    published_at: int
    fetched_at: int
    char_count: int
    source: str
    source_record: int | None
    is_summary: bool
    guid_key: bytes
    own_id: str
    has_own_url: bool
    text_id: str
    address_id: str
    claim_id: str
    is_claimed: bool
    statement: Statement

    def document_ids(self) -> set[bytes]:
        """Returns the ids of the document under all that may identify it but its guid."""
        names = (self.article_id, self.own_id, self.claim_id, self.text_id)
        return {self.under(name).document_id for name in names if name}

    def under(self, article_id: str) -> Key:
        """Returns the key as it is for a document that goes by this id."""
        if article_id == self.article_id:
            return self
        identity = document_id(self.source, self.source_record, article_id, self.text_hash)
        return replace(self, article_id=article_id, document_id=identity)


def queries_for(
    keys: Collection[Key], *, reject_ids: Iterable[str] = (), near_threshold: float = 0.0
) -> Queries:
    """Returns what deciding about these documents asks of the lake.

    Not whether it has the documents themselves: then it has rows with their texts.

    Args:
        keys: Of the documents.
        reject_ids: Of the rejections beside them.
        near_threshold: See `Queries`.
    """
    # A claim does not count if something else came from the address, though it has another id.
    addresses = {key.address_id for key in keys}
    addresses |= {key.article_id for key in keys if key.is_claimed}
    return Queries(
        article_ids=frozenset(name for key in keys for name in (key.article_id, key.own_id)),
        text_hashes=frozenset(key.text_hash for key in keys),
        minhashes=frozenset(key.minhash for key in keys),
        guid_keys=frozenset(key.guid_key for key in keys if key.guid_key),
        claim_keys=frozenset(claim_key(key.claim_id) for key in keys if key.is_claimed),
        address_keys=frozenset(claim_key(name) for name in addresses if name),
        reject_ids=frozenset(reject_ids),
        other_ids=frozenset(name for key in keys for name in (key.text_id, key.claim_id) if name),
        near_threshold=near_threshold,
    )


def is_same_version(key: Key, row: LakeRow) -> bool:
    """Returns whether the texts are the same, or differ in nothing material."""
    return row.text_hash == key.text_hash or row.content_hash == key.content_sha256[:HASH_BYTES]
