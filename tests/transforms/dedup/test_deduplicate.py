"""Each record leaves the step exactly once, where its verdict says."""

import pickle
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import apache_beam as beam
import pytest
from apache_beam.pipeline import AppliedPTransform, PipelineVisitor
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
            if name in ("rows", "duplicates"):
                found = records(found) | f"Name{name}" >> beam.Map(
                    lambda one: (
                        one.verdict.outcome,
                        one.article.source_record,
                        one.minhash is not None,
                    )
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
            "rows": [("article", 5, True), ("article", 6, False), ("revision", 2, True)],
            "duplicates": [
                ("duplicate", 3, False),
                ("duplicate", 4, True),
                ("duplicate", 6, False),
            ],
            "rejected": [rejection(9)],
            "known": [("known_by_text", 1), ("known_rejects", 1)],
        },
    )


@pytest.mark.parametrize(("reread", "output"), [([], "rows"), (["/in/a.jsonl"], "known")])
def test_a_source_that_is_read_again_does_not_bring_old_versions_back(reread, output):
    history = held(
        article(prose(1), url=URL, source="/in/0.jsonl"), article(prose(2), url=URL, record=2)
    )

    run(
        history,
        [article(prose(1), url=URL)],
        [],
        {output: [("known_by_text", 1)] if output == "known" else [("revision", 1, True)]},
        reread=frozenset(reread),
    )


def test_a_version_known_by_its_guid_leaves_with_the_id_of_its_article():
    first = article(prose(1), url=URL, guid="1")
    moved = article(prose(1, changed=range(0, 90, 2)), url=OTHER_URL, guid="1")
    with _TestPipeline(runner=RUNNER) as pipeline:
        made = (batches(pipeline, fingerprint_article(moved)), pipeline | "None" >> beam.Create([]))
        out = made | Deduplicate(LookUpInHistory(Opened(held(first))), NearOptions())
        rows = records(out.rows) | beam.Map(TABLES["revisions"].to_row)
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
        rows = (out.rows, out.duplicates) | beam.Flatten()
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


def chunk_of(count: int) -> list[Article]:
    """Documents of which a third are alone, and the others in groups of eight, of two stories."""
    made = [article(prose(n), url=f"{URL}/{n}", record=n) for n in range(count // 3)]
    for record in range(count // 3, count):
        story = 100_000 + record // 4
        made.append(
            article(
                prose(story, changed=[record]),
                url=f"{OTHER_URL}/{record // 8}/{record % 3}",
                record=record,
            )
        )
    return made


def test_the_graph_gives_the_verdicts_of_one_call_whatever_meets_where(monkeypatch):
    monkeypatch.setattr("feedlake.transforms.dedup.deduplicate.MAX_HELD_KEYS", 7)
    monkeypatch.setattr("feedlake.transforms.dedup.groups.LOT_MEMBERS", 5)
    made = chunk_of(60)
    history = held(*made[::7], article(prose(100_008), url=f"{OTHER_URL}/3/1", record=70))
    facts = history.find(queries_of(made))
    expected = [(v, k.source_record) for k, v in decide(map(key_of, made), facts, NearOptions())]
    known = sum(verdict.outcome == "known" for verdict, _ in expected)
    assert {verdict.outcome for verdict, _ in expected} == {
        *("article", "revision", "duplicate", "known")
    }

    with _TestPipeline(runner=RUNNER) as pipeline:
        none = pipeline | "None" >> beam.Create([])
        fingerprinted = batches(pipeline, *map(fingerprint_article, made))
        out = (fingerprinted, none) | Deduplicate(LookUpInHistory(Opened(history)), NearOptions())
        rows = (out.rows, out.duplicates) | beam.Flatten()
        found = records(rows) | beam.Map(lambda row: (row.verdict, row.article.source_record))
        assert_that(found, equal_to([one for one in expected if one[0].outcome != "known"]))
        counts = out.known | beam.CombinePerKey(sum)
        assert_that(counts, equal_to([("known_by_text", known)]), label="known")


def largest_elements(made: list[Article], folder: Any) -> dict[str, int]:
    """The size of the largest element in each collection between the step's ends."""
    collections: dict[str, Any] = {}

    class Visitor(PipelineVisitor):
        def visit_transform(self, node: AppliedPTransform) -> None:
            for tag, output in node.outputs.items():
                collections[f"{node.full_label} {tag}"] = output

    with _TestPipeline(runner=RUNNER) as pipeline:
        none = pipeline | "None" >> beam.Create([])
        fingerprinted = batches(pipeline, *map(fingerprint_article, made))
        _ = (fingerprinted, none) | Deduplicate(
            LookUpInHistory(Opened(held(*made[::7]))), NearOptions()
        )
        pipeline.visit(Visitor())
        for number, (label, output) in enumerate(collections.items()):
            if label.startswith("Deduplicate"):
                size = output | f"Weigh{number}" >> beam.FlatMap(weigh)
                _ = size | f"Keep{number}" >> beam.Map(keep, path=folder / label.replace("/", ":"))
    return {
        path.name: max(map(int, path.read_text().split()), default=0) for path in folder.iterdir()
    }


def weigh(element: Any) -> Iterator[int]:
    if isinstance(element, tuple) and len(element) == 2 and not isinstance(element[1], tuple):
        name, value = element
        is_met = hasattr(value, "__iter__") and not isinstance(value, bytes | str | dict)
        element = (name, list(value)) if is_met else element
    yield len(pickle.dumps(element))


def keep(size: int, *, path: Any) -> None:
    with path.open("a") as file:
        file.write(f"{size} ")


def test_no_element_holds_the_keys_of_the_whole_chunk(monkeypatch, tmp_path):
    monkeypatch.setattr("feedlake.transforms.dedup.deduplicate.MAX_HELD_KEYS", 20)
    monkeypatch.setattr("feedlake.transforms.dedup.groups.LOT_MEMBERS", 20)
    sizes = []
    for count in (150, 600):
        folder = tmp_path / str(count)
        folder.mkdir()
        sizes.append(largest_elements(chunk_of(count), folder))
    small, large = sizes

    assert len(large) > 20
    grown = {label.split(":")[1].split()[0] for label in large if large[label] > 2 * small[label]}
    # What all documents have to be in: a 64th of the hashes of keys, and numbers of 16 bytes.
    assert grown <= {"MeetByKey", "LinkMembers", "CollectLinks", "FindGroups"}
    assert max(large[label] for label in large if "MeetByKey" in label) < 600 * 29 * 16 / 16
    linked = [large[label] for label in large if "Link" in label or "FindGroups" in label]
    assert max(linked) < 1.5 * 16 * 700
