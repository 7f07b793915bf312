"""An entry is known by its feed's guid when its link has changed."""

from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from articles import NOON, MemoryHistory, article, ingest, outcomes, prose, publish
from hypothesis import given, settings
from hypothesis import strategies as st

from feedlake.pipeline.history.index import catch_up, open_index
from feedlake.pipeline.history.key_columns import KEY_TABLES, read_keys
from feedlake.pipeline.lake.journal_entry import JournalEntry
from feedlake.pipeline.lake.lake import Lake
from feedlake.pipeline.query.views import connect
from feedlake.pipeline.upkeep.compact import compact
from feedlake.pipeline.upkeep.verify import verify
from feedlake.transforms.dedup.decide import Verdict
from feedlake.transforms.dedup.lookup import guid_key
from feedlake.transforms.normalize import storage
from feedlake.transforms.records.documents import Article, StagedFile

OLD, NEW, THIRD = (f"https://news.example/{name}" for name in ("old", "new", "third"))
FEED, OTHER_FEED = "https://news.example/feed", "https://other.example/feed"
TEXT, EDIT, OTHER_STORY = prose(1), prose(1, changed=[40, 90]), prose(2)
LATER = NOON + timedelta(hours=1)


def rewrite(number: int) -> str:
    """A text that is akin to TEXT and no near-duplicate of it."""
    return prose(1, changed=range(number, number + 100, 2))


REWRITE = rewrite(0)


def entry(text: str, url: str | None, **fields: object) -> Article:
    values: dict[str, object] = {"source": FEED, "guid": "g", **fields}
    return article(text, url=url, **values)  # type: ignore[arg-type]


def one(made: Article, history: MemoryHistory) -> Verdict:
    [(_, verdict)] = ingest([made], history)
    return verdict


@pytest.fixture
def history() -> MemoryHistory:
    """A lake with one entry."""
    history = MemoryHistory()
    ingest([entry(TEXT, OLD)], history)
    return history


@pytest.mark.parametrize("text", [TEXT, TEXT.upper(), f"{TEXT}\n\n12 comments"])
def test_a_changed_link_with_the_same_text_is_known_and_adds_nothing(history, text):
    assert one(entry(text, NEW), history).outcome == "known"
    assert one(entry(text, THIRD, record=7), history).outcome == "known"


@pytest.mark.parametrize("text", [EDIT, REWRITE])
def test_a_changed_link_with_another_text_is_a_revision_of_the_article(history, text):
    [original] = history.rows

    verdict = one(entry(text, NEW), history)

    assert (verdict.outcome, verdict.revision) == ("revision", 1)
    assert verdict.article_id == original.article_id
    assert verdict.cluster_id == original.cluster_id
    for url in (NEW, THIRD, OLD):
        assert one(entry(text, url), history).outcome == "known"
    assert one(entry(text, NEW, record=9), history).outcome == "known"


def test_another_story_under_a_known_guid_and_another_link_is_an_article_of_its_own(history):
    first = history.rows[0]

    verdict = one(entry(OTHER_STORY, NEW), history)
    follow_up = one(entry(prose(2, changed=[7, 99]), THIRD), history)

    assert (verdict.outcome, follow_up.outcome) == ("article", "revision")
    assert verdict.article_id == follow_up.article_id != first.article_id
    assert one(entry(OTHER_STORY, OLD), history).article_id == first.article_id
    for made in ((OTHER_STORY, NEW), (prose(2, changed=[7, 99]), THIRD), (OTHER_STORY, OLD)):
        assert one(entry(*made), history).outcome == "known"


def test_texts_too_short_to_be_compared_are_versions_under_one_guid():
    history = MemoryHistory()
    ingest([entry("The ferry sails at nine.", OLD)], history)

    assert one(entry("No ferry today.", NEW), history).outcome == "revision"


def test_versions_are_counted_over_all_links_and_the_old_link_may_come_back(history):
    numbered = [(EDIT, NEW, 1), (REWRITE, OLD, 2), (rewrite(3), THIRD, 3), (rewrite(4), NEW, 4)]
    for text, url, number in numbered:
        verdict = one(entry(text, url), history)

        assert (verdict.outcome, verdict.revision) == ("revision", number)
        assert verdict.article_id == history.rows[0].article_id


def test_an_entry_that_goes_back_to_an_earlier_version_is_a_revision_once(history):
    ingest([entry(EDIT, NEW)], history)

    assert one(entry(TEXT, NEW), history).revision == 2
    assert one(entry(TEXT, NEW), history).outcome == "known"
    assert one(entry(TEXT, OLD), history).outcome == "known"


def test_an_old_file_read_again_brings_no_old_version_back(history):
    ingest([entry(EDIT, NEW, record=2)], history)

    decided = ingest([entry(TEXT, THIRD, record=3)], history, reread=frozenset([FEED]))

    assert outcomes(decided) == ["known"]


def test_entries_without_a_link_have_revisions(history):
    first = one(entry(prose(5), None, guid="note"), history)
    verdict = one(entry(prose(5, changed=[3]), None, guid="note"), history)

    assert (first.outcome, verdict.outcome) == ("article", "revision")
    assert verdict.article_id == first.article_id


@pytest.mark.parametrize("fields", [{"source": OTHER_FEED}, {"guid": "h"}, {"guid": None}])
@pytest.mark.parametrize(("text", "test"), [(REWRITE, None), (EDIT, "near"), (TEXT, "text")])
def test_another_feed_or_guid_is_another_entry(history, fields, text, test):
    verdict = one(entry(text, NEW, **fields), history)

    assert (verdict.outcome, verdict.test) == ("duplicate" if test else "article", test)
    assert verdict.article_id != history.rows[0].article_id


def test_an_article_of_its_own_address_wins_over_the_guid(history):
    own = one(entry(REWRITE, NEW, guid=None), history)

    verdict = one(entry(prose(3), NEW), history)

    assert (own.outcome, verdict.outcome) == ("article", "revision")
    assert verdict.article_id == own.article_id != history.rows[0].article_id


def test_what_was_known_by_its_guid_stays_so_when_its_address_gets_an_article(history):
    ingest([entry(EDIT, NEW)], history)
    one(entry(REWRITE, NEW, source=OTHER_FEED), history)
    assert history.rows[-1].kind == "article"

    assert one(entry(EDIT, NEW), history).outcome == "known"
    assert one(entry(EDIT, NEW, record=8), history).outcome == "known"


def test_an_address_that_is_only_a_copys_does_not_part_an_entry_from_its_article(history):
    copy = one(entry(TEXT, NEW, source=OTHER_FEED, guid="x"), history)
    assert copy.outcome == "duplicate"

    verdict = one(entry(EDIT, NEW), history)

    assert (verdict.outcome, verdict.article_id) == ("revision", history.rows[0].article_id)


def test_the_guid_of_a_copy_recognises_it_under_each_link(history):
    assert one(entry(EDIT, NEW, source=OTHER_FEED), history).outcome == "duplicate"

    assert one(entry(EDIT, THIRD, source=OTHER_FEED), history).outcome == "known"


def test_a_guid_of_several_articles_means_the_first_known(history):
    first = history.rows[0]
    ingest([article(REWRITE, url=NEW, published=NOON - timedelta(days=9))], history)
    ingest([entry(prose(3), NEW)], history)
    assert {row.article_id for row in history.rows if row.guid_key} != {first.article_id}

    verdicts = []
    for rows in (history.rows, history.rows[::-1]):
        copied = MemoryHistory()
        copied.rows = list(rows)
        verdicts.append(one(entry(rewrite(4), THIRD), copied))

    assert verdicts[0] == verdicts[1]
    assert (verdicts[0].outcome, verdicts[0].article_id) == ("revision", first.article_id)


def test_a_revision_that_came_with_the_guid_tells_the_article():
    history = MemoryHistory()
    ingest([article(TEXT, url=OLD)], history)
    ingest([entry(EDIT, OLD)], history)
    ingest([article(prose(3), url=OLD, record=4)], history)

    verdict = one(entry(REWRITE, NEW), history)

    assert (verdict.outcome, verdict.revision) == ("revision", 3)
    assert verdict.article_id == history.rows[0].article_id


def test_a_summary_behind_a_new_link_says_less_than_is_known():
    history = MemoryHistory()
    ingest([entry(TEXT, OLD)], history)
    summary = entry("Only the beginning of it.", NEW)
    object.__setattr__(summary, "text_source", "summary")

    assert one(summary, history).outcome == "known"


def test_two_polls_in_one_chunk_are_taken_by_time_of_fetch():
    later, first = entry(EDIT, OLD, fetched=LATER), entry(TEXT, NEW, record=2)
    third = entry(TEXT.upper(), THIRD, record=3, published=NOON - timedelta(days=1))

    for made in ([later, first, third], [third, first, later]):
        found = {document.url: verdict for document, verdict in ingest(made, MemoryHistory())}

        assert [found[url].outcome for url in (THIRD, NEW, OLD)] == [
            "article",
            "duplicate",
            "revision",
        ]
        assert {verdict.article_id for verdict in found.values()} == {third.article_id}
        assert (found[NEW].test, found[NEW].original_id) == ("guid", third.article_id)


def test_keys_of_guids_are_of_a_feed_and_none_without_a_guid():
    keys = [guid_key(FEED, "1"), guid_key(FEED, "2"), guid_key(OTHER_FEED, "1")]

    assert {len(key) for key in keys} == {8}
    assert len(set(keys)) == 3
    assert guid_key(FEED, None) == guid_key(FEED, "") == b""
    assert guid_key(FEED, " 1\n") == guid_key(FEED, "1")
    assert len(guid_key("/in/\udcff.xml", "1")) == 8
    assert guid_key(FEED, "\udcff") == b""


@st.composite
def entries(draw: st.DrawFn) -> list[Article]:
    """Entries of few stories, links and guids, as polls of two feeds give them."""
    made = []
    for record in range(draw(st.integers(1, 10))):
        changed = draw(st.sampled_from([(), (5,), (90, 91)]))
        footer = draw(st.sampled_from(["", "\n\n12 comments"]))
        fetched = draw(st.sampled_from([NOON, LATER]))
        summary = draw(st.integers(0, 4)) == 0
        document = entry(
            prose(draw(st.integers(0, 2)), changed=changed) + footer,
            draw(st.sampled_from([None, OLD, NEW, THIRD])),
            source=draw(st.sampled_from([FEED, OTHER_FEED])),
            guid=draw(st.sampled_from([None, "g", "g", "h"])),
            record=record,
            published=draw(st.sampled_from([None, NOON, LATER])),
            fetched=fetched,
        )
        if summary:
            object.__setattr__(document, "text_source", "summary")
        made.append(document)
    return made


def outcome(made: list[Article]) -> dict[int | None, Verdict]:
    decided = ingest(made, MemoryHistory())
    return {document.source_record: verdict for document, verdict in decided}


@settings(max_examples=40, deadline=None)
@given(entries(), st.randoms(use_true_random=False))
def test_the_order_of_input_decides_nothing(made, random):
    expected = outcome(made)
    random.shuffle(made)

    assert outcome(made) == expected


@settings(max_examples=40, deadline=None)
@given(entries(), st.lists(st.integers(1, 10), max_size=2), st.integers(1, 10))
def test_nothing_is_new_when_read_again_in_whatever_chunks(made, cuts, other_cut):
    history = MemoryHistory()
    bounds = [0, *sorted(cuts), len(made)]
    for start, end in pairwise(bounds):
        ingest(made[start:end], history)

    for part in (made[other_cut:], made[:other_cut]):
        again = ingest(part, history, reread=frozenset([FEED, OTHER_FEED]))
        assert set(outcomes(again)) <= {"known"}


@settings(max_examples=40, deadline=None)
@given(entries(), st.integers(1, 10))
def test_a_chunk_that_is_read_twice_adds_nothing_without_being_told(made, cut):
    history = MemoryHistory()
    ingest(made, history)

    for part in (made[cut:], made[:cut], made):
        assert set(outcomes(ingest(part, history))) <= {"known"}


@settings(max_examples=30, deadline=None)
@given(entries(), st.integers(1, 10))
def test_identities_hold(made, cut):
    history = MemoryHistory()
    ingest(made[:cut], history)
    ingest(made[cut:], history)
    articles = [row for row in history.rows if row.kind == "article"]
    ids = {row.article_id for row in articles}
    numbers = sorted((row.article_id, row.revision) for row in history.rows if row.revision)

    assert len(ids) == len(articles) == len({row.text_hash for row in articles})
    assert {row.original_id for row in history.rows} <= ids
    assert all(number == 1 or (name, number - 1) in numbers for name, number in numbers)
    assert len(set(numbers)) == len(numbers)


POLLS = [
    [entry(TEXT, OLD), entry(prose(5), None, guid="note", record=2)],
    [entry(EDIT, NEW), entry(prose(5, changed=[9]), None, guid="note", record=2)],
    [entry(EDIT, THIRD), entry(REWRITE, THIRD, guid="h", record=2)],
    [entry(REWRITE, OLD), entry(rewrite(3), f"{NEW}/3", guid="h", record=2)],
]


def poll(lake: Lake, number: int, made: list[Article]) -> list[Verdict]:
    with lake.writing():
        catch_up(lake)
    return [verdict for _, verdict in publish(lake, number, made, open_index(lake.path))]


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    lake = Lake(str(tmp_path / "lake"))
    history = MemoryHistory()
    for number, made in enumerate(POLLS):
        expected = sorted(map(repr, (verdict for _, verdict in ingest(made, history))))
        assert sorted(map(repr, poll(lake, number, made))) == expected
    return lake


def tables(lake: Lake) -> dict[str, list[tuple[object, ...]]]:
    columns = "article_id, url, guid, text"
    with connect(lake.path) as connection:
        return {
            name: connection.execute(f"SELECT {columns} FROM {name} ORDER BY ALL").fetchall()
            for name in (*KEY_TABLES, "latest")
        }


def test_a_lake_of_changing_links_is_sound_and_its_latest_are_the_articles(lake):
    # `publish` writes no rows of runs, so that only the sums do not close.
    assert all("rows, but the runs added" in fault.message for fault in verify(lake))
    held = tables(lake)
    ids = {row[0] for row in held["articles"]}
    revisions = [row[1:3] for row in held["revisions"]]
    assert len(ids) == len(held["latest"]) == 3
    assert {row[0] for row in held["revisions"]} <= ids
    assert (NEW, "g") in revisions
    assert (OLD, "g") in revisions
    assert (None, "note") in revisions


def test_the_last_poll_again_adds_no_row(lake):
    before = tables(lake)

    assert {verdict.outcome for verdict in poll(lake, 9, POLLS[-1])} == {"known"}
    assert tables(lake) == before


def make_old(lake: Lake) -> None:
    """Takes columns out of the lake's files, as if schema version 1 had written them."""
    run_id = "20190124T000000Z-000000-0001"
    with lake.writing():
        added, removed = [], []
        for table in KEY_TABLES:
            for number, path in enumerate(lake.files(table)):
                data = pq.ParquetFile(path).read().drop_columns(["guid", "claimed_url"])
                below = path[len(lake.path) + 1 :]
                new = f"{below.rpartition('/')[0]}/{run_id}-{number:04d}.parquet"
                written = storage.write_file(
                    storage.join(lake.staging_folder(run_id), new),
                    lambda stream, data=data: pq.write_table(data, stream),
                )
                added.append(
                    StagedFile(
                        new,
                        table=table,
                        rows=len(data),
                        size_bytes=written.size_bytes,
                        sha256=written.sha256,
                    )
                )
                removed.append(below)
        lake.publish(
            JournalEntry(
                run_id,
                partition_by=("date",),
                add=tuple(added),
                remove=tuple(removed),
                is_rewrite=True,
            )
        )


def test_files_from_before_the_column_stay_readable(lake):
    expected = {
        name: [(*row[:2], None, row[3]) for row in rows] for name, rows in tables(lake).items()
    }
    make_old(lake)

    assert {name: sorted(map(repr, rows)) for name, rows in tables(lake).items()} == {
        name: sorted(map(repr, rows)) for name, rows in expected.items()
    }
    for table in KEY_TABLES:
        for path in lake.files(table):
            keys = {(row.guid_key, row.claim_key) for row in read_keys(path, table).rows()}
            assert keys == {(b"", b"")}


def test_old_and_new_files_are_read_and_merged_together(lake):
    make_old(lake)
    [verdict] = poll(lake, 10, [entry(prose(7), OLD)])
    assert verdict.outcome == "revision"
    before = tables(lake)
    assert {row[2] for row in before["revisions"]} == {None, "g"}

    with lake.writing():
        assert compact(lake, quarantine=False).merged

    assert tables(lake) == before
    assert poll(lake, 11, [entry(prose(7), NEW)])[0].outcome == "known"
    [verdict] = poll(lake, 12, [entry(prose(7, changed=[3]), NEW)])
    assert (verdict.outcome, verdict.revision) == ("revision", 4)
