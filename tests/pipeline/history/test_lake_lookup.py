"""Two ways to look keys up, one answer."""

import tempfile
from collections.abc import Iterable
from dataclasses import fields, replace
from datetime import timedelta

import apache_beam as beam
from apache_beam.testing.test_pipeline import TestPipeline as _TestPipeline
from apache_beam.testing.util import assert_that, equal_to
from articles import NOON, MemoryHistory, article, prose, publish, queries_of, rejection
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from feedlake.pipeline.history.lake_lookup import look_up_by_join, look_up_in_index
from feedlake.pipeline.lake.lake import Lake
from feedlake.transforms.dedup.lookup import (
    MAX_CLAIMANTS,
    Facts,
    Queries,
    article_id_of,
    claim_key,
    guid_key,
)
from feedlake.transforms.records.documents import Article, Recognised, Rejection

RUNNER = "apache_beam.runners.portability.fn_api_runner.FnApiRunner"

ARTICLES = st.builds(
    lambda story, edit, site, record, guid, claim: article(
        prose(story, changed=range(edit)) if story else "Short notice." * edit,
        url=f"https://{site}.example/" if site else None,
        record=record,
        guid=guid,
        claim=f"https://{claim}.example/" if claim else None,
        claimed_url=f"https://{site}.example/" if site and not claim else None,
        title=guid,
    ),
    story=st.integers(0, 3),
    edit=st.sampled_from([0, 2, 30]),
    site=st.sampled_from([None, "a", "b", "c", "d"]),
    record=st.integers(1, 6) | st.none(),
    guid=st.sampled_from([None, "1", "2", "3"]),
    claim=st.sampled_from([None, "a", "b"]),
)
REJECTIONS = st.builds(rejection, st.integers(1, 6))


def join_facts(parts: Iterable[Facts]) -> Facts:
    held = list(parts)
    names = [field.name for field in fields(Facts)]
    return Facts(**{name: frozenset().union(*(getattr(p, name) for p in held)) for name in names})


def assert_both_say(expected: Facts, *, lake: Lake, queries: Queries) -> None:
    with lake.writing(), _TestPipeline(runner=RUNNER) as pipeline:
        asked = pipeline | beam.Create([queries])
        by_index = asked | "AskIndex" >> look_up_in_index(lake)
        parts = asked | "AskJoin" >> look_up_by_join(lake)
        by_join = parts | "JoinFacts" >> beam.CombineGlobally(join_facts)
        assert_that(by_index, equal_to([expected]), label="index")
        assert_that(by_join, equal_to([expected]), label="join")


# Without shrinking: each example is a pipeline of a second.
@settings(max_examples=6, deadline=None, phases=[Phase.explicit, Phase.generate])
@given(
    st.lists(st.lists(ARTICLES, max_size=5), max_size=4),
    st.lists(REJECTIONS, max_size=4),
    st.lists(ARTICLES, max_size=5),
    st.lists(REJECTIONS, max_size=3),
)
def test_index_and_join_give_the_facts_that_reading_every_row_gives(
    runs: list[list[Article]],
    rejections: list[Rejection],
    asked: list[Article],
    asked_rejections: list[Rejection],
):
    history = MemoryHistory()
    with tempfile.TemporaryDirectory() as folder:
        lake = Lake(folder)
        for number, made in enumerate(runs):
            rejected = rejections if number == 0 else []
            for key, verdict in publish(lake, number, made, history, rejections=rejected):
                history.add(key, verdict)
            history.rejects |= queries_of([], rejected).reject_ids
        queries = queries_of(asked, asked_rejections)

        assert_both_say(history.find(queries), lake=lake, queries=queries)


def test_nothing_asked_finds_nothing(tmp_path):
    lake = Lake(str(tmp_path))
    publish(lake, 1, [article(prose(1))], MemoryHistory())

    assert_both_say(Facts(), lake=lake, queries=Queries())


def test_a_guid_finds_all_versions_of_its_article_whatever_guid_they_have(tmp_path):
    lake, history = Lake(str(tmp_path)), MemoryHistory()
    url, feed = "https://news.example/a", "https://news.example/feed"
    runs = [
        article(prose(1), url=url),
        article(prose(2), url=url, source=feed, guid="1"),
        article(prose(3), url=url, record=2),
        article(prose(4), url="https://news.example/b", record=3),
    ]
    for number, made in enumerate(runs):
        for key, verdict in publish(lake, number, [made], history):
            history.add(key, verdict)
        with lake.writing():
            look_up_in_index(lake)  # A segment for each run.
    queries = Queries(guid_keys=frozenset([guid_key(feed, "1"), guid_key("other", "1")]))
    expected = history.find(queries)

    assert {row.revision for row in expected.rows} == {0, 1, 2}
    assert_both_say(expected, lake=lake, queries=queries)


def test_an_address_finds_all_versions_of_the_stories_that_came_from_it(tmp_path):
    lake, history = Lake(str(tmp_path)), MemoryHistory()
    url, day = "https://news.example/live", timedelta(days=1)
    for number in range(3):
        made = [
            article(
                prose(number, changed=range(edit)),
                url=url,
                title=f"Story {number}",
                published=NOON + number * day,
                fetched=NOON + number * day + timedelta(hours=edit),
            )
            for edit in (0, 4)
        ]
        for key, verdict in publish(lake, number, made, history):
            history.add(key, verdict)
        with lake.writing():
            look_up_in_index(lake)  # A segment for each run.
    key = claim_key(article_id_of(url.encode()))
    expected = history.find(Queries(address_keys=frozenset([key])))

    assert sorted((row.revision, row.address_key) for row in expected.rows) == [
        (number, key) for number in (0, 0, 1, 1)
    ]
    assert_both_say(expected, lake=lake, queries=Queries(address_keys=frozenset([key])))


def test_marks_of_entries_say_whether_there_was_something_new_behind_them(tmp_path):
    lake, history = Lake(str(tmp_path)), MemoryHistory()
    feed, url = "https://news.example/feed", "https://news.example/a"
    new, corrected, edited, vain, unknown = (f"{number:016x}" for number in range(1, 6))
    runs = [
        (prose(1), "One", new),
        (prose(1), "Two", corrected),
        (prose(1, changed=[3]), "Two", edited),
    ]
    for number, (text, title, mark) in enumerate(runs):
        made = article(text, url=url, source=feed, record=None, title=title)
        object.__setattr__(made, "entry_mark", mark)
        named = Recognised(feed, url=url, title=None, guid=None, entry_mark=vain, test="text")
        recognised = [named, replace(named, entry_mark=None)]
        for key, verdict in publish(lake, number, [made], history, recognised=recognised):
            history.add(key, verdict)
        with lake.writing():
            look_up_in_index(lake)
    marks = [bytes.fromhex(mark) for mark in (new, corrected, edited, vain, unknown)]
    expected = Facts(
        row_marks=frozenset([marks[0], marks[2]]), known_marks=frozenset([marks[1], marks[3]])
    )

    assert_both_say(expected, lake=lake, queries=Queries(entry_marks=frozenset(marks)))


def test_a_claimed_address_leads_to_no_more_than_a_few_rows(tmp_path):
    lake, history = Lake(str(tmp_path)), MemoryHistory()
    claim = "https://news.example/news/"
    made = [
        article(prose(1), url=f"https://news.example/{number}", record=number, claimed_url=claim)
        for number in range(2 * MAX_CLAIMANTS)
    ]
    for key, verdict in publish(lake, 1, made, history):
        history.add(key, verdict)
    queries = Queries(claim_keys=frozenset([claim_key(article_id_of(claim.encode()))]))
    expected = history.find(queries)

    assert len(expected.rows) == MAX_CLAIMANTS
    assert_both_say(expected, lake=lake, queries=queries)


def test_columns_that_the_layout_moves_into_the_path_are_keys_as_well(tmp_path):
    history = MemoryHistory()
    made = [
        article(prose(number), url=f"https://{number}.example/", record=number) for number in (1, 2)
    ]
    object.__setattr__(made[0], "text_source", "summary")
    lake = Lake(str(tmp_path))
    layout = ("text_source", "source_kind")
    for key, verdict in publish(lake, 1, made, history, partition_by=layout):
        history.add(key, verdict)
    expected = history.find(queries_of(made))

    assert sorted(row.is_summary for row in expected.rows) == [False, True]
    assert_both_say(expected, lake=lake, queries=queries_of(made))
