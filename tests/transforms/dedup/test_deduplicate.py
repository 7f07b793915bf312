"""Each record leaves the step exactly once, where its verdict says."""

import pickle
from dataclasses import replace

import apache_beam as beam
import pytest
from apache_beam.testing.test_pipeline import TestPipeline as _TestPipeline
from apache_beam.testing.util import assert_that, equal_to
from articles import MemoryHistory, article, key_of, prose, queries_of, rejection
from batches import batches, records

from feedlake.transforms.dedup.decide import NearOptions, decide
from feedlake.transforms.dedup.deduplicate import Deduplicate, LookUpInHistory
from feedlake.transforms.dedup.fingerprint import fingerprint_article
from feedlake.transforms.dedup.lookup import Facts, History
from feedlake.transforms.records.documents import Article, Recognised
from feedlake.transforms.write.schema import TABLES

RUNNER = "apache_beam.runners.portability.fn_api_runner.FnApiRunner"
URL, OTHER_URL, THIRD_URL = (f"https://news.example/{name}" for name in "abc")


class Opened:
    """Opens a history that pickles with its rows."""

    def __init__(self, history: MemoryHistory) -> None:
        self._content = pickle.dumps(history)

    def __call__(self) -> History:
        history: History = pickle.loads(self._content)
        return history


def held(*articles: Article) -> MemoryHistory:
    history = MemoryHistory()
    for key, verdict in decide(map(key_of, articles), Facts(), NearOptions()):
        history.add(key, verdict)
    return history


def run(history: MemoryHistory, articles, rejections, checks, **options) -> None:
    with _TestPipeline(runner=RUNNER) as pipeline:
        made = (
            batches(pipeline, *map(fingerprint_article, articles)),
            pipeline | "Rejections" >> beam.Create(rejections),
        )
        step = Deduplicate(LookUpInHistory(Opened(history)), NearOptions(), **options)
        out = made | step
        for name in out._fields:
            found = getattr(out, name)
            if name in ("articles", "revisions", "duplicates"):
                found = records(found) | f"Name{name}" >> beam.Map(
                    lambda decided: (decided.article.source_record, decided.minhash is not None)
                )
            if name == "known":
                found = found | beam.CombinePerKey(sum)
            assert_that(found, equal_to(checks.get(name, [])), label=name)


def test_each_record_leaves_exactly_once():
    history = held(article(prose(1), url=URL))
    history.rejects |= queries_of([], [rejection(8)]).reject_ids
    articles = [
        article(prose(1), url=URL, record=1),
        article(prose(2), url=URL, record=2),
        article(prose(1), url=OTHER_URL, record=3),
        article(prose(1, changed=[9]), url=THIRD_URL, record=4),
        article(prose(3), record=5),
        article("...", record=6),
        article("...", record=6),
    ]

    run(
        history,
        articles,
        [rejection(8), rejection(9)],
        {
            "articles": [(5, True), (6, False)],
            "revisions": [(2, True)],
            "duplicates": [(3, False), (4, True), (6, False)],
            "rejected": [rejection(9)],
            "known": [("known_by_text", 1), ("known_rejects", 1)],
        },
    )


@pytest.mark.parametrize(("reread", "outcome"), [([], "revisions"), (["/in/a.jsonl"], "known")])
def test_a_source_that_is_read_again_does_not_bring_old_versions_back(reread, outcome):
    history = held(
        article(prose(1), url=URL, source="/in/0.jsonl"), article(prose(2), url=URL, record=2)
    )

    run(
        history,
        [article(prose(1), url=URL)],
        [],
        {outcome: [("known_by_text", 1)] if outcome == "known" else [(1, True)]},
        reread=frozenset(reread),
    )


def test_a_version_known_by_its_guid_leaves_with_the_id_of_its_article():
    first = article(prose(1), url=URL, guid="1")
    moved = article(prose(1, changed=range(0, 90, 2)), url=OTHER_URL, guid="1")
    with _TestPipeline(runner=RUNNER) as pipeline:
        made = (batches(pipeline, fingerprint_article(moved)), pipeline | "None" >> beam.Create([]))
        out = made | Deduplicate(LookUpInHistory(Opened(held(first))), NearOptions())
        rows = records(out.revisions) | beam.Map(TABLES["revisions"].to_row)
        ids = rows | "Name" >> beam.Map(lambda row: (row["article_id"], row["url"], row["guid"]))
        assert_that(ids, equal_to([(first.article_id, OTHER_URL, "1")]))


def test_documents_that_differ_in_nothing_but_their_guid_keep_their_own_verdicts():
    history = held(article(prose(1), url=URL, guid="1"))
    made = [article(prose(2), url=OTHER_URL, record=2, guid=guid) for guid in ("1", "2", "3")]
    decided = decide(map(key_of, made), history.find(queries_of(made)), NearOptions())
    guids = {key_of(one).guid_key: one.guid for one in made}
    expected = [(verdict.outcome, guids[key.guid_key]) for key, verdict in decided]

    with _TestPipeline(runner=RUNNER) as pipeline:
        fingerprinted = batches(pipeline, *map(fingerprint_article, made[::-1]))
        none = pipeline | "None" >> beam.Create([])
        out = (fingerprinted, none) | Deduplicate(LookUpInHistory(Opened(history)), NearOptions())
        rows = (out.articles, out.revisions, out.duplicates) | beam.Flatten()
        found = records(rows) | beam.Map(lambda row: (row.verdict.outcome, row.article.guid))
        assert_that(found, equal_to(expected))


def test_a_chunk_without_records_gives_none():
    run(MemoryHistory(), [], [], {})


def test_entries_of_polled_feeds_that_were_read_in_vain_are_named():
    feed = "https://news.example/feed"
    made = replace(
        article(prose(1), url=URL, source=feed, record=None, guid="g"), entry_mark="ab" * 8
    )
    wanted = Recognised(feed, url=URL, title=None, guid="g", entry_mark="ab" * 8, test="text")

    run(
        held(made),
        [made, article(prose(1), url=URL)],
        [],
        {"known": [("known_by_text", 2)], "recognised": [wanted]},
    )
