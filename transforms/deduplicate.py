"""The step that tells new articles, revisions and copies apart, and drops what is known."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import apache_beam as beam
from apache_beam import pvalue

from transforms import tally
from transforms.decide import Decided, Key, NearOptions, Verdict, decide, needs_signature
from transforms.history import Facts, History, Queries, guid_key
from transforms.records import Article, Rejection
from transforms.schema import reject_id
from transforms.sign import document_id_of, key_of


class Deduplicated(NamedTuple):
    """What `Deduplicate` gives: each record is in exactly one of the five.

    Attributes:
        articles: Of `Decided`: new articles.
        revisions: Of `Decided`: new versions of articles.
        duplicates: Of `Decided`: copies, each naming the article that it repeats.
        rejected: Of `Rejection`: those that the lake does not hold.
        known: Of int: 1 for each record that the lake holds already.
    """

    articles: pvalue.PCollection[Decided]
    revisions: pvalue.PCollection[Decided]
    duplicates: pvalue.PCollection[Decided]
    rejected: pvalue.PCollection[Rejection]
    known: pvalue.PCollection[int]


@dataclass(eq=False)
class Deduplicate(beam.PTransform[Any, Deduplicated]):
    """Decides what each article is beside the others of the chunk and beside the lake.

    In: a pair of bounded collections, of `Article` and of `Rejection`, of one chunk. Out:
    `Deduplicated`. The keys of the chunk meet in one place (about 4 kB a document; `decide` says
    how), the texts cross one shuffle.

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
        self, records: tuple[pvalue.PCollection[Article], pvalue.PCollection[Rejection]]
    ) -> Deduplicated:
        """Returns the five collections."""
        articles, rejected = records
        keys = articles | "SignTexts" >> beam.Map(key_of)
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
                "articles": articles | "KeyArticles" >> beam.Map(_key_article),
                "verdicts": verdicts,
            }
            | "JoinVerdicts" >> beam.CoGroupByKey()
            | "SendOn"
            >> beam.FlatMap(_send).with_outputs("article", "revision", "duplicate", "known")
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


def _send(
    joined: tuple[bytes, dict[str, Iterable[Any]]],
) -> Iterator[pvalue.TaggedOutput[str, Any]]:
    """Sends each article to where its verdict says."""
    _, groups = joined
    # Documents that share both ids are equal in place and text: any verdict fits any of them.
    for article, decided in zip(groups["articles"], groups["verdicts"], strict=True):
        verdict, signature, content_sha256 = decided
        tally.count(verdict.fate)
        if verdict.fate == "known":
            yield pvalue.TaggedOutput("known", 1)
        else:
            row = Decided(article, verdict, signature, content_sha256)
            yield pvalue.TaggedOutput(verdict.fate, row)


def _drop(
    rejection: Rejection, *, facts: Iterable[Facts]
) -> Iterator[Rejection | pvalue.TaggedOutput[str, int]]:
    """Drops the rejections that the lake holds."""
    if any(reject_id(rejection) in found.rejects for found in facts):
        tally.count("known")
        yield pvalue.TaggedOutput("known", 1)
    else:
        tally.count("reject")
        yield rejection


def _queries(_: None, *, keys: list[Key], rejects: list[str]) -> Queries:
    return Queries(
        article_ids=frozenset(key.article_id for key in keys),
        text_hashes=frozenset(key.text_hash for key in keys),
        minhashes=frozenset(key.minhash for key in keys),
        document_ids=frozenset(key.document_id for key in keys),
        guid_keys=frozenset(key.guid_key for key in keys if key.guid_key),
        reject_ids=frozenset(rejects),
    )


def _decide(
    _: None, *, keys: list[Key], facts: list[Facts], near: NearOptions, reread: frozenset[str]
) -> Iterator[tuple[bytes, tuple[Verdict, bytes | None, bytes]]]:
    found = Facts(
        frozenset().union(*(part.rows for part in facts)),
        frozenset().union(*(part.documents for part in facts)),
    )
    for key, verdict in decide(keys, found, near, reread=reread):
        signature = key.minhash if key.minhash and needs_signature(verdict) else None
        yield key.document_id + key.guid_key, (verdict, signature, key.content_sha256)


def _key_article(article: Article) -> tuple[bytes, Article]:
    return document_id_of(article) + guid_key(article.source, article.guid), article
