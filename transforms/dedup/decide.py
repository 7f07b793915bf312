"""The rule for what becomes of each document: article, revision, duplicate, or known already.

It sees keys, not texts, of one chunk of documents at a time, and what the lake holds under the
same keys. The outcome depends on neither the order of the input nor the number of workers:
documents are taken in the order of `in_order`, after what the lake holds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import KW_ONLY, dataclass, field, replace
from typing import Any, Literal

from feedlake.transforms.dedup.claims import by_itself, settle_claims
from feedlake.transforms.dedup.corrections import corrects
from feedlake.transforms.dedup.kinship import follows_by_address, follows_by_guid, strength
from feedlake.transforms.dedup.known_rows import Key, KnownRows, is_same_version
from feedlake.transforms.dedup.lookup import (
    HASH_BYTES,
    Facts,
    LakeRow,
    RowKind,
    claim_key,
    document_id,
)
from feedlake.transforms.dedup.taking_order import in_order
from feedlake.transforms.normalize.storage import files_of
from feedlake.transforms.records.documents import Article

Outcome = RowKind | Literal["known"]
Test = Literal["url", "guid", "text", "near"]

EVERY_SOURCE = ""
"""Among the sources that were read before: all are meant, as in an archived run that is repeated
once more."""


@dataclass(frozen=True)
class Verdict:
    """What becomes of one document.

    Attributes:
        outcome: The table it goes to; `known`: to none.
        article_id: The id that it goes by: its own, or that of the article that is known by its
            guid.
        cluster_id: Id of the first known article of its near-duplicate group.
        original_id: For a duplicate: the article that it repeats.
        matched_id: For a duplicate: the document that it was found equal or similar to, which
            may itself be a copy.
        test: For a duplicate: `url`, `guid`, `text` or `near`.
        similarity: For a duplicate or revision: to the matched document, or the last version.
        other_clusters: Ids of further groups that it is near to, which the lake told apart
            before.
        revision: For a revision: its number, from 1.
        char_delta: For a revision: code points more than the last version has.
        same_text: For a duplicate: whether its original has the same text, so that it need not
            be kept twice.
        is_without_claim: Whether the address that its page claims does not identify it, since
            that is claimed with another text too: see `fingerprint.without_claim`.
        is_apart: Whether the address that it came from does not identify it, since an article of
            another story has that: see `fingerprint.without_address`.
    """

    outcome: Outcome
    _: KW_ONLY
    article_id: str = ""
    cluster_id: str = ""
    original_id: str | None = None
    matched_id: str | None = None
    test: Test | None = None
    similarity: float | None = None
    other_clusters: tuple[str, ...] = ()
    revision: int = 0
    char_delta: int | None = None
    same_text: bool = False
    is_without_claim: bool = False
    is_apart: bool = False


@dataclass(frozen=True)
class Decided:
    """An article with its outcome: a row of `articles`, `revisions` or `duplicates`.

    Attributes:
        article: The article.
        verdict: What becomes of it.
        minhash: Its signature; None where another row of the lake holds the same text.
        content_sha256: See `fingerprint.hash_content`.
        enrichment: Values of the columns that enrichers fill, once they have.
    """

    article: Article
    _: KW_ONLY
    verdict: Verdict
    minhash: bytes | None
    content_sha256: bytes
    enrichment: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class NearOptions:
    """What the operator decides about near-duplicates.

    Attributes:
        threshold: Jaccard similarity from which texts count as copies, above 0, up to 1; see
            `signature.are_copies`.
        are_kept: Whether such copies become articles all the same.
    """

    threshold: float = 0.8
    are_kept: bool = False


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
        facts: What the lake holds under the same ids, guids, texts and bands.
        options: What the operator decides.
        reread: Sources that an earlier run has read as they are now. An old version in one of
            them is no return to that version.
    """
    given = list(keys)
    settled = settle_claims(given, facts.rows)
    givens = {id(key): was for key, was in zip(settled, given, strict=True)}
    keys = in_order(settled, facts.rows)
    known = KnownRows(facts, keys)
    verdicts = []
    for key in keys:
        was = givens[id(key)]
        is_without_claim = was.is_claimed and not key.is_claimed
        is_reread = EVERY_SOURCE in reread or (
            bool(reread) and any(file in reread for file in files_of(key.source))
        )
        taken = _identities(key, known)
        joined = _joined(taken, key, known)
        acting = joined[0] if joined else key
        if not joined and known.latest(key.article_id):
            acting = key.under(key.text_id)  # Another story has its address.
        # No address identifies it, or the articles of other stories that came from this one.
        is_apart = acting.article_id not in (key.article_id, key.own_id) and (
            not joined or acting.article_id in known.ids_of_address(_address_key(key))
        )
        latest = known.latest(acting.article_id) if joined else None
        if latest and corrects(
            acting, taken=taken, latest=latest, known=known, is_reread=is_reread
        ):
            verdict = _revise(acting, latest, known, options)
        elif _is_known(acting, taken, joined, known, is_reread=is_reread) or (
            is_reread and was.is_claimed and _was_known(was, known)
        ):
            verdict = Verdict("known")
        else:
            verdict = _decide_new(acting, taken, latest, known, options)
        if verdict.outcome != "known":
            verdict = replace(
                verdict,
                article_id=acting.article_id,
                is_without_claim=is_without_claim,
                is_apart=is_apart,
            )
            known.add(_row_of(acting, verdict))
        verdicts.append((was, verdict))
    return [(was, _in_cluster(verdict, known)) for was, verdict in verdicts]


def _in_cluster(verdict: Verdict, known: KnownRows) -> Verdict:
    """Returns the verdict with the cluster into which its own has been merged."""
    cluster_id = known.cluster(verdict.cluster_id)
    return verdict if cluster_id == verdict.cluster_id else replace(verdict, cluster_id=cluster_id)


def needs_signature(verdict: Verdict) -> bool:
    """Returns whether the row must carry its signature.

    No other one has it, or only a copy: that may be removed alone, and leave the text here.
    """
    is_kept_twice = verdict.test == "text" and not verdict.same_text
    return verdict.outcome != "duplicate" or verdict.test == "near" or is_kept_twice


def _identities(key: Key, known: KnownRows) -> list[Key]:
    """The key, and as it would be under each other id that its address or its guid leads to."""
    others = [key.own_id] if key.has_own_url else []
    others += known.ids_of_address(_address_key(key))
    others += known.ids_of_guid(key.guid_key)
    return [key, *(key.under(name) for name in dict.fromkeys(others) if name != key.article_id)]


def _address_key(key: Key) -> bytes:
    return claim_key(key.address_id)


def _joined(taken: list[Key], key: Key, known: KnownRows) -> list[Key]:
    """The identities under which it is a version of an article, the one that counts first.

    An article that has its address wins over one that has its guid; among several of a kind, the
    one whose text is most alike.
    """
    at_address = {key.article_id, key.own_id} if key.has_url else set()
    at_address |= set(known.ids_of_address(_address_key(key)))
    ranked = []
    for number, one in enumerate(taken):
        if known.latest(one.article_id) is None:
            continue
        found = known.weigh(key, one.article_id)
        is_there = one.article_id in at_address
        # Where entries share an address, it is no better a witness than a guid.
        follows = follows_by_address if is_there and key.has_url else follows_by_guid
        if follows(found):
            ranked.append((not is_there, -strength(found), number))
    return [taken[number] for *_, number in sorted(ranked)]


def _is_known(
    acting: Key, taken: list[Key], joined: list[Key], known: KnownRows, *, is_reread: bool
) -> bool:
    """Whether the lake has the document, or what it says, under one of its identities.

    Under any of them: what was nothing new under the guid stays so, also when an article of the
    document's own id has come since.
    """
    # Also by what it claims, though that does not count now: it may have when it was read before.
    places = taken[0].document_ids() | {key.document_id for key in taken}
    if not places.isdisjoint(known.documents):
        latest = known.latest(acting.article_id)
        if not (latest and _replaces(acting, latest)):
            return True
    return any(
        _says_nothing_new(key, known, is_version=key in joined, is_reread=is_reread)
        for key in taken
    )


def _was_known(was: Key, known: KnownRows) -> bool:
    """Whether the lake has what a document says with its claim, or what it says without.

    Documents that stand beside it decide whether a claim counts, and in the chunk that was read
    first others did. What was known there left no row that would say so.
    """
    for key in (was, by_itself(was)):
        taken = _identities(key, known)
        joined = _joined(taken, key, known)
        if _is_known(joined[0] if joined else key, taken, joined, known, is_reread=True):
            return True
    return False


def _says_nothing_new(key: Key, known: KnownRows, *, is_version: bool, is_reread: bool) -> bool:
    same_id = known.by_id[key.article_id]
    # Beside another story that has the id by now, the lake may have a copy of it.
    latest = known.latest(key.article_id) if is_version else None
    if latest is None:
        return any(known.is_in_lake(row) for row in same_id if is_same_version(key, row))
    if _repeats(key, latest):
        return known.is_in_lake(latest)
    return is_reread and any(is_same_version(key, row) for row in same_id)


def _decide_new(
    acting: Key,
    taken: list[Key],
    latest: LakeRow | None,
    known: KnownRows,
    options: NearOptions,
) -> Verdict:
    """The verdict on what is not known; `latest` is of the article that it is a version of."""
    key = taken[0]
    if latest:
        if _repeats(acting, latest):
            return _repeat(key, latest, known)
        return _revise(acting, latest, known, options)
    for copy in (row for one in taken for row in known.by_id[one.article_id]):
        if is_same_version(key, copy):
            return _repeat(key, copy, known)
    same_text = known.by_text[key.text_hash]
    if same_text:
        return _copy_of(same_text[0], "text", 1.0, same_text=True)
    return _decide_by_likeness(acting, known, options)


def _replaces(key: Key, row: LakeRow) -> bool:
    """Whether the document stands where the row's stood, with another text.

    A document that the lake has, found where a later version was last: the page went back. Found
    elsewhere it is the old copy, read again.
    """
    there = document_id(key.source, key.source_record, key.article_id, row.text_hash)
    return there == row.document_id and not is_same_version(key, row)


def _repeats(key: Key, latest: LakeRow) -> bool:
    """Whether the document has nothing that the latest version has not."""
    # A feed that gives less than is known says nothing new.
    is_less = key.is_summary and not latest.is_summary
    return is_less or is_same_version(key, latest)


def _repeat(key: Key, row: LakeRow, known: KnownRows) -> Verdict:
    """The document says what `row`, of the same chunk, says: a copy of it."""
    is_same_text = key.text_hash == row.text_hash
    similarity = 1.0 if is_same_text else known.compare(key, row).jaccard
    test: Test = "url" if key.has_url else "text"
    if row.article_id != key.article_id:
        test = "guid"
    return _copy_of(row, test, similarity, same_text=is_same_text)


def _revise(key: Key, latest: LakeRow, known: KnownRows, options: NearOptions) -> Verdict:
    near = known.find_near(key, options.threshold)
    others = known.connect([latest.cluster_id, *(row.cluster_id for row, _ in near)])
    return Verdict(
        "revision",
        cluster_id=latest.cluster_id,
        similarity=1.0 if key.text_hash == latest.text_hash else known.compare(key, latest).jaccard,
        other_clusters=others,
        revision=latest.revision + 1,
        char_delta=key.char_count - latest.char_count,
    )


def _decide_by_likeness(key: Key, known: KnownRows, options: NearOptions) -> Verdict:
    near = known.find_near(key, options.threshold)
    if not near:
        return Verdict("article", cluster_id=key.article_id)
    first, similarity = near[0]
    others = known.connect([row.cluster_id for row, _ in near])
    if options.are_kept:
        return Verdict("article", cluster_id=first.cluster_id, other_clusters=others)
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
    assert verdict.outcome != "known"
    return LakeRow(
        kind=verdict.outcome,
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
        guid_key=key.guid_key,
        claim_key=b"" if key.is_claimed else claim_key(key.claim_id),
        address_key=b"" if key.has_url and not verdict.is_apart else _address_key(key),
        statement=key.statement,
    )
