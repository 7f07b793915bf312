"""The step that tells new articles, revisions and copies apart, and drops what is known."""

from __future__ import annotations

import hashlib
import pickle
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import apache_beam as beam
from apache_beam import pvalue

from feedlake.transforms.dedup.decide import Decided, NearOptions, Verdict, decide, needs_signature
from feedlake.transforms.dedup.fingerprint import Fingerprinted, without_address, without_claim
from feedlake.transforms.dedup.known_rows import Key, queries_for
from feedlake.transforms.dedup.lookup import Facts, History, Queries
from feedlake.transforms.process.process_wide import process_wide
from feedlake.transforms.process.tally import Tally
from feedlake.transforms.records.batch import Batch
from feedlake.transforms.records.documents import Article, Recognised, Rejection, reject_id


class Deduplicated(NamedTuple):
    """What `Deduplicate` gives: each record is in exactly one of the first five.

    Attributes:
        articles: Of `Batch` of `Decided`: new articles.
        revisions: Of `Batch` of `Decided`: new versions of articles.
        duplicates: Of `Batch` of `Decided`: copies, each naming the article that it repeats.
        rejected: Of `Rejection`: those that the lake does not hold.
        known: Of pairs of the name of a count, such as `known_by_text`, and how many records of a
            batch the lake holds already.
        recognised: Of `Recognised`, for those of them that came from polled feeds.
    """

    articles: pvalue.PCollection[Batch[Decided]]
    revisions: pvalue.PCollection[Batch[Decided]]
    duplicates: pvalue.PCollection[Batch[Decided]]
    rejected: pvalue.PCollection[Rejection]
    known: pvalue.PCollection[tuple[str, int]]
    recognised: pvalue.PCollection[Recognised]


@dataclass(eq=False)
class Deduplicate(beam.PTransform[Any, Deduplicated]):
    """Decides what each article is beside the others of the chunk and beside the lake.

    In: a pair of bounded collections of one chunk, of batches of `Fingerprinted` and `Rejection`.
    Out: `Deduplicated`. The keys of the chunk meet in one place (half a kB a document; `decide`
    says how), the texts cross one shuffle.

    Attributes:
        lookup: Finds the keys in the lake.
        near: What the operator decides about near-duplicates.
        reread: Sources that an earlier run has read as they are now: see `decide`.
    """

    lookup: beam.PTransform[pvalue.PCollection[Queries], pvalue.PCollection[Facts]]
    near: NearOptions
    reread: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        super().__init__()

    def expand(
        self,
        records: tuple[pvalue.PCollection[Batch[Fingerprinted]], pvalue.PCollection[Rejection]],
    ) -> Deduplicated:
        """Returns the six collections."""
        articles, rejected = records
        keys = articles | "TakeKeys" >> beam.Map(_keys_of)
        reject_ids = rejected | "IdentifyRejects" >> beam.Map(reject_id)
        start = articles.pipeline | "StartChunk" >> beam.Create([None])
        facts = (
            start
            | "CollectQueries"
            >> beam.Map(_queries, keys=pvalue.AsList(keys), rejects=pvalue.AsList(reject_ids))
            | "LookUp" >> self.lookup
        )
        verdicts = start | "Decide" >> beam.FlatMap(
            _decide,
            keys=pvalue.AsList(keys),
            facts=pvalue.AsList(facts),
            near=self.near,
            reread=self.reread,
        )
        decided = (
            {
                "articles": articles | "KeyBatches" >> beam.Map(_key_batch),
                "verdicts": verdicts,
            }
            | "JoinVerdicts" >> beam.CoGroupByKey()
            | "SendOn"
            >> beam.FlatMap(_send).with_outputs(
                "article", "revision", "duplicate", "known", "recognised"
            )
        )
        checked = rejected | "DropKnownRejects" >> beam.FlatMap(
            _drop, facts=pvalue.AsList(facts)
        ).with_outputs("known", main="rejected")
        return Deduplicated(
            decided.article,
            decided.revision,
            decided.duplicate,
            checked.rejected,
            (decided.known, checked.known) | "JoinKnown" >> beam.Flatten(),
            decided.recognised,
        )


@dataclass(eq=False)
class LookUpInHistory(beam.PTransform[pvalue.PCollection[Queries], pvalue.PCollection[Facts]]):
    """Looks queries up in a history that the worker can open.

    In: a collection of `Queries`. Out: `Facts`, one for each.

    Attributes:
        open_history: Gives what the lake holds; called once in each Beam worker.
    """

    open_history: Callable[[], History]

    def __post_init__(self) -> None:
        super().__init__()

    def expand(self, queries: pvalue.PCollection[Queries]) -> pvalue.PCollection[Facts]:
        """Returns the facts."""
        facts: pvalue.PCollection[Facts] = queries | beam.ParDo(_LookUpFn(self.open_history))
        return facts


class _LookUpFn(beam.DoFn):
    def __init__(self, open_history: Callable[[], History]) -> None:
        self._open_history = open_history
        self._history: History | None = None

    def setup(self) -> None:
        self._history = self._open_history()

    def process(self, queries: Queries) -> Iterator[Facts]:
        assert self._history is not None
        yield self._history.find(queries)


@dataclass(frozen=True)
class _Keys:
    """The keys of a batch.

    Attributes:
        batch_id: Equal only for batches whose documents are equal, one by one.
        keys: In the batch's order.
    """

    batch_id: bytes
    keys: tuple[Key, ...]


@dataclass(frozen=True)
class _Verdicts:
    """What becomes of a batch.

    Attributes:
        verdicts: In the batch's order, each with the signature that its row carries.
    """

    verdicts: tuple[tuple[Verdict, bytes | None], ...]


def _keys_of(batch: Batch[Fingerprinted]) -> bytes:
    """The keys as bytes: Beam measures side inputs object by object, and keeps them twice."""
    keys = _Keys(_batch_id(batch), tuple(fingerprinted.key for fingerprinted in batch.items))
    return pickle.dumps(keys, pickle.HIGHEST_PROTOCOL)


def _key_batch(batch: Batch[Fingerprinted]) -> tuple[bytes, Batch[tuple[Article, bytes]]]:
    """The batch as the shuffle carries it: without keys, of which only the hash is needed."""
    articles = tuple(
        (fingerprinted.article, fingerprinted.key.content_sha256) for fingerprinted in batch.items
    )
    return _batch_id(batch), Batch(articles)


def _batch_id(batch: Batch[Fingerprinted]) -> bytes:
    ids = (
        b"".join((key.document_id, key.guid_key, *key.statement, key.claim_id.encode()))
        for key in (fingerprinted.key for fingerprinted in batch.items)
    )
    return hashlib.sha256(b"".join(ids)).digest()[:16]


def _send(
    joined: tuple[bytes, dict[str, Iterable[Any]]],
) -> Iterator[pvalue.TaggedOutput[str, Any]]:
    """Sends each article to where its verdict says."""
    _, groups = joined
    # Batches of one id are equal in all that is decided by: any verdict fits any of them.
    for batch, decided in zip(groups["articles"], groups["verdicts"], strict=True):
        rows: dict[str, list[Decided]] = defaultdict(list)
        known = 0
        for (article, content_sha256), (verdict, signature) in zip(
            batch.items, decided.verdicts, strict=True
        ):
            process_wide(Tally).count(verdict.outcome)
            if verdict.outcome == "known":
                known += 1
                if article.entry_mark:
                    yield pvalue.TaggedOutput("recognised", _recognised(article))
            else:
                if verdict.is_without_claim:
                    article = without_claim(article)
                if verdict.is_apart:
                    article = without_address(article)
                rows[verdict.outcome].append(
                    Decided(
                        article, verdict=verdict, minhash=signature, content_sha256=content_sha256
                    )
                )
        for outcome, held in rows.items():
            yield pvalue.TaggedOutput(outcome, Batch(held))
        if known:
            yield pvalue.TaggedOutput("known", ("known_by_text", known))


def _recognised(article: Article) -> Recognised:
    return Recognised(
        article.source,
        url=article.url,
        title=article.title,
        guid=article.guid,
        entry_mark=article.entry_mark,
        test="text",
    )


def _drop(
    rejection: Rejection, *, facts: Iterable[Facts]
) -> Iterator[Rejection | pvalue.TaggedOutput[str, tuple[str, int]]]:
    """Drops the rejections that the lake holds."""
    if any(reject_id(rejection) in found.rejects for found in facts):
        process_wide(Tally).count("known")
        yield pvalue.TaggedOutput("known", ("known_rejects", 1))
    else:
        process_wide(Tally).count("reject")
        yield rejection


def _queries(_: None, *, keys: list[bytes], rejects: list[str]) -> Queries:
    held = [key for batch in map(_unpack, keys) for key in batch.keys]
    return queries_for(held, reject_ids=rejects)


def _decide(
    _: None, *, keys: list[bytes], facts: list[Facts], near: NearOptions, reread: frozenset[str]
) -> Iterator[tuple[bytes, _Verdicts]]:
    found = Facts(
        frozenset().union(*(part.rows for part in facts)),
        frozenset().union(*(part.documents for part in facts)),
    )
    batches = list(map(_unpack, keys))
    held = [key for batch in batches for key in batch.keys]
    verdicts = {id(key): verdict for key, verdict in decide(held, found, near, reread=reread)}
    for batch in batches:
        yield batch.batch_id, _Verdicts(tuple(_answer(key, verdicts) for key in batch.keys))


def _unpack(keys: bytes) -> _Keys:
    unpacked: _Keys = pickle.loads(keys)
    return unpacked


def _answer(key: Key, verdicts: dict[int, Verdict]) -> tuple[Verdict, bytes | None]:
    verdict = verdicts[id(key)]
    return verdict, key.minhash if key.minhash and needs_signature(verdict) else None
