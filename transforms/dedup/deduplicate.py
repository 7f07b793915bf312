"""The step that tells new articles, revisions and copies apart, and drops what is known.

It is one idea, though long: the way of keys out of batches to where they are decided, and of
verdicts back to the batches.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar

import apache_beam as beam
from apache_beam import pvalue
from apache_beam.utils.windowed_value import WindowedValue

from feedlake.transforms.dedup import groups
from feedlake.transforms.dedup.decide import Decided, NearOptions, Verdict, decide, needs_signature
from feedlake.transforms.dedup.fingerprint import Fingerprinted, without_address, without_claim
from feedlake.transforms.dedup.groups import Groups, Links, Pairs, Words64
from feedlake.transforms.dedup.known_rows import Key, queries_for
from feedlake.transforms.dedup.lookup import Facts, History, LakeRow, Queries
from feedlake.transforms.process.process_wide import process_wide
from feedlake.transforms.process.tally import Tally
from feedlake.transforms.records.batch import Batch
from feedlake.transforms.records.documents import Article, Recognised, Rejection, reject_id
from feedlake.transforms.records.global_window import in_global_window
from feedlake.transforms.records.stateless import StatelessFn, flat_map, map_one

MAX_HELD_KEYS = 5_000
"""Documents, or rejects, that are looked up in the lake at a time, and whose keys are one element:
4 MB."""


class Deduplicated(NamedTuple):
    """What `Deduplicate` gives: each record is in exactly one of the first four.

    Attributes:
        rows: Of `Batch` of `Decided`, all of one outcome: new articles, and new versions of them.
        duplicates: Of `Batch` of `Decided`: copies, each naming the article that it repeats.
        rejected: Of `Rejection`: those that the lake does not hold.
        known: Of pairs of the name of a count, such as `known_by_text`, and how many records of a
            batch the lake holds already.
        recognised: Of `Recognised`, for those of them that came from polled feeds.
    """

    rows: pvalue.PCollection[Batch[Decided]]
    duplicates: pvalue.PCollection[Batch[Decided]]
    rejected: pvalue.PCollection[Rejection]
    known: pvalue.PCollection[tuple[str, int]]
    recognised: pvalue.PCollection[Recognised]


@dataclass(eq=False)
class Deduplicate(beam.PTransform[Any, Deduplicated]):
    """Decides what each article is beside the others of the chunk and beside the lake.

    In: a pair of bounded collections of one chunk, of batches of `Fingerprinted` and `Rejection`.
    Out: `Deduplicated`. No element holds the keys of the whole chunk: `groups` says which documents
    have to be decided together, and only the keys of those cross a shuffle (1 kB a document). The
    hashes of all keys cross another one (450 bytes a document), the texts a third.

    Attributes:
        lookup: Finds the keys in the lake: what it gives for several `Queries` is what the lake
            holds under all of them.
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
        """Returns the five collections."""
        articles, rejected = records
        # What meets by a key says so: else Beam packs it once more before that.
        taken = articles | "TakeKeys" >> beam.ParDo(
            _TakeKeysFn(self.near.threshold)
        ).with_output_types(
            Any, queries=Any, pairs=tuple[int, Any], texts=tuple[bytes, Any]
        ).with_outputs("queries", "pairs", "texts", main="documents")
        asked = rejected | "AskForRejects" >> beam.ParDo(_AskForRejectsFn())
        facts = (taken.queries, asked) | "JoinQueries" >> beam.Flatten() | "LookUp" >> self.lookup
        found = pvalue.AsList(
            (
                taken.pairs,
                facts | "PairRows" >> flat_map(_pair_rows).with_output_types(tuple[int, Any]),
            )
            | "JoinPairs" >> beam.Flatten()
            | "MeetByKey" >> beam.GroupByKey()
            | "LinkMembers" >> beam.ParDo(_LinkFn())
            | "CollectLinks" >> beam.GroupByKey()
            | "FindGroups" >> map_one(_gather)
        )
        alone = taken.documents | "DecideAlone" >> flat_map(
            _decide_alone, found=found, near=self.near, reread=self.reread
        ).with_output_types(tuple[bytes, Any], lots=tuple[int, Any]).with_outputs(
            "lots", main="verdicts"
        )
        sent = facts | "SendRows" >> flat_map(_send_rows, found=found).with_output_types(
            tuple[int, Any]
        )
        together = (
            (alone.lots, sent)
            | "JoinLots" >> beam.Flatten()
            | "MeetInLots" >> beam.GroupByKey()
            | "DecideTogether"
            >> flat_map(_decide_lot, near=self.near, reread=self.reread).with_output_types(
                tuple[bytes, Any]
            )
        )
        decided = (
            (taken.texts, alone.verdicts, together)
            | "JoinTexts" >> beam.Flatten()
            | "JoinVerdicts" >> beam.GroupByKey()
            | "SendOn"
            >> flat_map(_send).with_outputs("duplicates", "known", "recognised", main="rows")
        )
        held = facts | "TakeRejects" >> flat_map(_take_rejects)
        checked = rejected | "DropKnownRejects" >> flat_map(
            _drop, held=pvalue.AsList(held)
        ).with_outputs("known", main="rejected")
        return Deduplicated(
            decided.rows,
            decided.duplicates,
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


class _LookUpFn(StatelessFn):
    def __init__(self, open_history: Callable[[], History]) -> None:
        self._open_history = open_history
        self._history: History | None = None

    def setup(self) -> None:
        self._history = self._open_history()

    def process(self, queries: Queries) -> Iterator[Facts]:
        assert self._history is not None
        yield self._history.find(queries)


class _Document(NamedTuple):
    """A document without its text.

    Attributes:
        batch_id: Of its batch: equal only for batches whose documents are equal, one by one.
        place: Its number in the batch.
        key: Its keys.
    """

    batch_id: bytes
    place: int
    key: Key


class _Text(NamedTuple):
    """A document without its keys.

    Attributes:
        article: The document.
        content_sha256: See `Decided`.
    """

    article: Article
    content_sha256: bytes


class _Answer(NamedTuple):
    """What becomes of a document.

    Attributes:
        place: Its number in its batch.
        verdict: The verdict.
        signature: What its row carries.
    """

    place: int
    verdict: Verdict
    signature: bytes | None


_Item = TypeVar("_Item")


class _TakeKeysFn(StatelessFn):
    """Parts keys from texts, and says of the keys what is asked and what they are compared by."""

    def __init__(self, near_threshold: float) -> None:
        self._near_threshold = near_threshold
        self._held: list[_Document] = []

    def process(
        self, batch: Batch[Fingerprinted]
    ) -> Iterator[Batch[_Document] | pvalue.TaggedOutput[str, Any]]:
        batch_id = _batch_id(batch)
        self._held += [_Document(batch_id, place, one.key) for place, one in enumerate(batch.items)]
        # Without keys, of which only the hash is needed.
        texts = Batch(_Text(one.article, one.key.content_sha256) for one in batch.items)
        yield pvalue.TaggedOutput("texts", (batch_id, texts))
        if len(self._held) >= MAX_HELD_KEYS:
            yield from self._take()

    def finish_bundle(self) -> Iterator[WindowedValue | pvalue.TaggedOutput[str, WindowedValue]]:
        if self._held:
            for output in self._take():
                if isinstance(output, pvalue.TaggedOutput):
                    yield pvalue.TaggedOutput(output.tag, in_global_window(output.value))
                else:
                    yield in_global_window(output)

    def _take(self) -> Iterator[Batch[_Document] | pvalue.TaggedOutput[str, Any]]:
        documents = tuple(self._held)
        self._held.clear()
        keys = [document.key for document in documents]
        yield pvalue.TaggedOutput("queries", queries_for(keys, near_threshold=self._near_threshold))
        for pairs in groups.divide(groups.pair_documents(keys, _number(documents))):
            yield pvalue.TaggedOutput("pairs", pairs)
        yield Batch(documents)


class _AskForRejectsFn(StatelessFn):
    def __init__(self) -> None:
        self._held: set[str] = set()

    def process(self, rejection: Rejection) -> Iterator[Queries]:
        self._held.add(reject_id(rejection))
        if len(self._held) >= MAX_HELD_KEYS:
            yield self._take()

    def finish_bundle(self) -> Iterator[WindowedValue]:
        if self._held:
            yield in_global_window(self._take())

    def _take(self) -> Queries:
        queries = Queries(reject_ids=frozenset(self._held))
        self._held.clear()
        return queries


class _LinkFn(StatelessFn):
    """Links the members that share keys; one link a member leaves a bundle, however many it has."""

    def __init__(self) -> None:
        self._held: list[Links] = []

    def process(self, met: tuple[int, Iterable[Pairs]]) -> None:
        self._held = groups.add(self._held, groups.link(met[1]))

    def finish_bundle(self) -> Iterator[WindowedValue]:
        if any(len(links.members) for links in self._held):
            yield in_global_window((None, groups.merge(self._held)))
        self._held.clear()


def _batch_id(batch: Batch[Fingerprinted]) -> bytes:
    ids = (
        b"".join((key.document_id, key.guid_key, *key.statement, key.claim_id.encode()))
        for key in (fingerprinted.key for fingerprinted in batch.items)
    )
    return hashlib.sha256(b"".join(ids)).digest()[:16]


def _send(
    joined: tuple[bytes, Iterable[Batch[_Text] | Batch[_Answer]]],
) -> Iterator[Batch[Decided] | pvalue.TaggedOutput[str, Any]]:
    """Sends each article to where its verdict says."""
    batches, verdicts = _part(joined[1])
    assert all(len(held) == len(batches) for held in verdicts.values())
    process_wide(Tally).enter("storing")
    # Batches of one id are equal in all that is decided by: any verdict fits any of them.
    for batch in batches:
        rows: dict[str, list[Decided]] = defaultdict(list)
        known = 0
        for place, (article, content_sha256) in enumerate(batch):
            verdict, signature = verdicts[place].pop()
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
            if outcome == "duplicate":
                yield pvalue.TaggedOutput("duplicates", Batch(held))
            else:
                yield Batch(held)
        if known:
            yield pvalue.TaggedOutput("known", ("known_by_text", known))


def _part(
    joined: Iterable[Batch[_Text] | Batch[_Answer]],
) -> tuple[list[list[_Text]], dict[int, list[tuple[Verdict, bytes | None]]]]:
    """The texts of each batch, and the verdicts on each place in them."""
    batches: list[list[_Text]] = []
    verdicts: dict[int, list[tuple[Verdict, bytes | None]]] = defaultdict(list)
    for batch in joined:
        texts = [item for item in batch.items if isinstance(item, _Text)]
        if texts:
            batches.append(texts)
        for item in batch.items:
            if isinstance(item, _Answer):
                verdicts[item.place].append((item.verdict, item.signature))
    return batches, verdicts


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
    rejection: Rejection, *, held: Iterable[frozenset[str]]
) -> Iterator[Rejection | pvalue.TaggedOutput[str, tuple[str, int]]]:
    """Drops the rejections that the lake holds."""
    identity = reject_id(rejection)
    if any(identity in part for part in held):
        process_wide(Tally).count("known")
        yield pvalue.TaggedOutput("known", ("known_rejects", 1))
    else:
        process_wide(Tally).count("reject")
        yield rejection


def _take_rejects(facts: Facts) -> Iterator[frozenset[str]]:
    if facts.rejects:
        yield facts.rejects


def _pair_rows(facts: Facts) -> Iterator[tuple[int, Pairs]]:
    if rows := tuple(facts.rows):
        yield from groups.divide(groups.pair_rows(rows, groups.number_rows(rows)))


def _gather(collected: tuple[None, Iterable[Links]]) -> Groups:
    return groups.gather(collected[1])


def _decide_alone(
    documents: Batch[_Document], *, found: list[Groups], near: NearOptions, reread: frozenset[str]
) -> Iterator[
    tuple[bytes, Batch[_Answer]] | pvalue.TaggedOutput[str, tuple[int, Batch[_Document]]]
]:
    """Decides what shares no key with anything, and sends all else where its group meets."""
    lots = _divide(documents.items, _number(documents.items), found)
    yield from _decide(lots.pop(groups.ALONE, []), Facts(), near, reread)
    for lot, held in lots.items():
        yield pvalue.TaggedOutput("lots", (lot, Batch(held)))


def _send_rows(facts: Facts, *, found: list[Groups]) -> Iterator[tuple[int, Batch[LakeRow]]]:
    """Sends rows to the documents that they are asked for by."""
    rows = tuple(facts.rows)
    lots = _divide(rows, groups.number_rows(rows), found) if rows else {}
    lots.pop(groups.ALONE, None)  # No document sees it.
    yield from ((lot, Batch(held)) for lot, held in lots.items())


def _decide_lot(
    met: tuple[int, Iterable[Batch[_Document] | Batch[LakeRow]]],
    *,
    near: NearOptions,
    reread: frozenset[str],
) -> Iterator[tuple[bytes, Batch[_Answer]]]:
    documents: list[_Document] = []
    rows: set[LakeRow] = set()
    for batch in met[1]:
        for item in batch.items:
            if isinstance(item, _Document):
                documents.append(item)
            else:
                rows.add(item)
    yield from _decide(documents, Facts(frozenset(rows)), near, reread)


def _decide(
    documents: Sequence[_Document], facts: Facts, near: NearOptions, reread: frozenset[str]
) -> Iterator[tuple[bytes, Batch[_Answer]]]:
    by_key = {id(document.key): document for document in documents}
    answers: dict[bytes, list[_Answer]] = defaultdict(list)
    keys = [document.key for document in documents]
    for key, verdict in decide(keys, facts, near, reread=reread):
        document = by_key[id(key)]
        signature = key.minhash if key.minhash and needs_signature(verdict) else None
        answers[document.batch_id].append(_Answer(document.place, verdict, signature))
    yield from ((batch_id, Batch(held)) for batch_id, held in answers.items())


def _divide(
    members: Sequence[_Item], numbers: Words64, found: list[Groups]
) -> dict[int, list[_Item]]:
    """The members by the number of their lot."""
    known = found[0] if found else Groups()  # Where no two share a key, there are none.
    lots: dict[int, list[_Item]] = defaultdict(list)
    for member, lot in zip(members, known.lots_of(numbers).tolist(), strict=True):
        lots[lot].append(member)
    return lots


def _number(documents: Sequence[_Document]) -> Words64:
    """A number for each: those of one place in batches of one id have the same."""
    return groups.number([(document.batch_id, document.place) for document in documents])
