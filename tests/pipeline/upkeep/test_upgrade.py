"""A lake of an older rule for addresses is refused until upgraded, and then is as a new one.

Other versions of the rule are played by other lists of tracking parameters.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import pyarrow.parquet as pq
import pytest
from articles import NOON, article, key_of, prose, publish, queries_of
from builders import await_next_second
from conftest import Outcome, read_rows, run_command
from hypothesis import given, settings
from hypothesis import strategies as st
from old_lakes import rewrite_files

from feedlake.pipeline.history.index import catch_up, open_index
from feedlake.pipeline.lake.journal_entry import JournalEntry
from feedlake.pipeline.lake.lake import Lake
from feedlake.pipeline.options.failures import UsageError
from feedlake.pipeline.removal.amend import amend
from feedlake.pipeline.removal.chosen_rows import Selection
from feedlake.pipeline.removal.read_removed import removed_opener
from feedlake.pipeline.removal.remove import remove
from feedlake.pipeline.upkeep.upgrade import Upgraded, upgrade
from feedlake.pipeline.upkeep.verify import verify
from feedlake.transforms.dedup.decide import NearOptions, decide
from feedlake.transforms.dedup.lookup import Facts, Queries, article_id_of
from feedlake.transforms.normalize import storage, urls
from feedlake.transforms.records.documents import Article, Deferral, Document, Entry
from feedlake.transforms.records.entry_json import deferred_id
from feedlake.transforms.write.parquet_files import WriteOptions, write_rows
from feedlake.transforms.write.schema import TABLES, URL_RULE_KEY

NAMES = urls._TRACKING_NAMES
FEWER, MORE = NAMES - {"fbclid"}, NAMES | {"ref"}


@contextlib.contextmanager
def rule(version: int, names: frozenset[str] = NAMES) -> Iterator[None]:
    """Makes this the rule for addresses: which version it is, and which parameters it drops."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(urls, "_TRACKING_NAMES", names)
        patch.setattr(urls, "URL_RULE_VERSION", version)
        patch.setattr(urls, "FORMER_RULES", {1: first_rule} if version > 1 else {})
        yield


def first_rule(url: str) -> str | None:
    with rule(1):
        return urls.canonicalize_url(url)


class Seen(NamedTuple):
    """A document, read by a run of its own."""

    path: str
    text: str
    guid: str | None = None

    def read(self, run: int) -> Article:
        url = f"https://a.example/{self.path}"
        canonical_url = urls.canonicalize_url(url)
        source = "https://a.example/feed" if self.guid else f"/in/{run}.jsonl"
        return article(
            self.text,
            url=url,
            canonical_url=canonical_url,
            source=source,
            record=run,
            guid=self.guid,
        )


class Index:
    """What the lake holds, asked of its index."""

    def __init__(self, lake: Lake) -> None:
        self._lake = lake

    def find(self, queries: Queries) -> Facts:
        with self._lake.writing():
            catch_up(self._lake)
        return open_index(self._lake.path).find(queries)


def make(path: Path, seen: Sequence[Seen], *, names: frozenset[str] = NAMES, version: int = 1):
    """A lake into which runs have put the documents one by one, under a rule."""
    lake = Lake(str(path))
    with rule(version, names):
        for run, document in enumerate(seen):
            publish(lake, run, [document.read(run)], Index(lake))
    return lake


def upgraded(lake: Lake) -> Upgraded:
    with lake.writing():
        return upgrade(lake)


def rows_of(lake: Lake, table: str) -> list[dict[str, object]]:
    return read_rows(Path(lake.path), table)


def told_apart(lake: Lake, table: str) -> list[dict[str, object]]:
    names = (
        "article_id",
        "canonical_url",
        "cluster_id",
        "text",
        "run_id",
        "revision",
        "char_delta",
    )
    kept = [{name: row[name] for name in names if name in row} for row in rows_of(lake, table)]
    return sorted(kept, key=repr)


def read_again(lake: Lake, seen: Sequence[Seen]) -> list[str]:
    """What would become of the documents that are rows if they were read again."""
    tables = ("articles", "revisions", "duplicates")
    runs = {int(str(row["run_id"])[9:15]) for table in tables for row in rows_of(lake, table)}
    outcomes = []
    for run, document in enumerate(seen):
        if run not in runs:
            continue  # It was nothing new.
        read = document.read(run)
        facts = Index(lake).find(queries_of([read]))
        sources = frozenset([read.source])
        [(_, verdict)] = decide([key_of(read)], facts, NearOptions(), reread=sources)
        outcomes.append(verdict.outcome)
    return outcomes


ONE, TWO, THREE = prose(1, words=120), prose(2, words=120), prose(3, words=120)
AGAIN = prose(1, words=120, changed=range(0, 120, 3))
DATED = [f"{ONE}\n\nUpdated {hour}:30" for hour in (10, 11)]


def test_two_articles_become_one_with_the_revisions_of_both(tmp_path):
    seen = [Seen("a", ONE), Seen("a?ref=1", TWO), Seen("a", AGAIN), Seen("a?ref=1", THREE)]
    lake = make(tmp_path / "lake", seen)

    with rule(2, MORE):
        done = upgraded(lake)

        [one] = rows_of(lake, "articles")
        revisions = sorted(rows_of(lake, "revisions"), key=lambda row: row["revision"])
        assert one["article_id"] == article_id_of(b"https://a.example/a")
        assert {row["article_id"] for row in revisions} == {one["article_id"]}
        assert [(row["revision"], row["text"]) for row in revisions] == [
            (1, TWO),
            (2, AGAIN),
            (3, THREE),
        ]
        assert done.joined == (
            "https://a.example/a?ref=1 is now revision 1 of https://a.example/a",
        )
        assert (done.renamed, done.parted) == (0, ())
        assert read_again(lake, seen) == ["known"] * 4


def test_an_article_with_nothing_new_becomes_a_copy(tmp_path):
    seen = [Seen("a?ref=1", DATED[0]), Seen("b", TWO), Seen("a", DATED[1])]
    # Under the older rule they are near-duplicates; kept apart, both are articles.
    lake = Lake(str(tmp_path / "lake"))
    for run, document in enumerate(seen):
        with rule(1):
            publish(lake, run, [document.read(run)], Index(lake), near=NearOptions(are_kept=True))
    assert len(rows_of(lake, "articles")) == 3

    with rule(2, MORE):
        done = upgraded(lake)

        [copy] = rows_of(lake, "duplicates")
        assert copy["article_id"] == copy["original_id"] == article_id_of(b"https://a.example/a")
        assert (copy["test"], copy["text"], copy["url"]) == ("url", DATED[1], "https://a.example/a")
        assert 0.9 < copy["similarity"] < 1
        assert done.joined == ("https://a.example/a is now a copy of https://a.example/a?ref=1",)
        assert read_again(lake, seen) == ["known"] * 3


def test_a_revision_becomes_an_article_and_takes_its_copies_along(tmp_path):
    seen = [
        *(Seen("a", ONE), Seen("a?fbclid=1", TWO), Seen("a", THREE)),
        *(Seen("c", TWO), Seen("a?fbclid=1", AGAIN)),
    ]
    lake = make(tmp_path / "lake", seen)
    assert [row["revision"] for row in rows_of(lake, "revisions")] == [1, 2, 3]

    with rule(2, FEWER):
        done = upgraded(lake)

        articles = {row["text"]: row["article_id"] for row in rows_of(lake, "articles")}
        own = article_id_of(b"https://a.example/a?fbclid=1")
        assert articles == {ONE: article_id_of(b"https://a.example/a"), TWO: own}
        revisions = {row["text"]: row for row in rows_of(lake, "revisions")}
        assert {text: row["article_id"] for text, row in revisions.items()} == {
            THREE: articles[ONE],
            AGAIN: own,
        }
        assert {row["revision"] for row in revisions.values()} == {1}
        [copy] = rows_of(lake, "duplicates")
        assert (copy["original_id"], copy["matched_id"], copy["test"]) == (own, own, "text")
        assert len(done.parted) == 2
        assert done.parted[0] == (
            "https://a.example/a?fbclid=1 is now an article of its own; "
            "it was revision 1 of https://a.example/a"
        )
        assert read_again(lake, seen) == ["known"] * 5


def test_a_page_that_named_its_address_itself_keeps_it(tmp_path):
    lake = Lake(str(tmp_path / "lake"))
    url, named = "https://a.example/a?ref=1&x=2", "https://a.example/story?fbclid=3"
    with rule(1):
        publish(lake, 1, [article(ONE, url=url, canonical_url=first_rule(named))], Index(lake))

    with rule(2, MORE):
        upgraded(lake)

    [row] = rows_of(lake, "articles")
    assert (row["url"], row["canonical_url"]) == (url, "https://a.example/story")


def test_a_near_copy_keeps_its_text_and_follows_its_original(tmp_path):
    near = prose(1, words=120, changed=[5])
    lake = make(tmp_path / "lake", [Seen("a?ref=1", ONE), Seen("b?ref=2", near)])

    with rule(2, MORE):
        upgraded(lake)

    [copy] = rows_of(lake, "duplicates")
    original = article_id_of(b"https://a.example/a")
    assert copy["article_id"] == article_id_of(b"https://a.example/b")
    assert (copy["original_id"], copy["matched_id"], copy["cluster_id"]) == (original,) * 3
    assert (copy["test"], copy["text"]) == ("near", near)


def test_a_version_that_shares_its_guid_stays_with_its_article(tmp_path):
    seen = [Seen("a", ONE, guid="1"), Seen("a?fbclid=1", TWO, guid="1")]
    lake = make(tmp_path / "lake", seen)

    with rule(2, FEWER):
        assert upgraded(lake).parted == ()

        [revision] = rows_of(lake, "revisions")
        assert revision["article_id"] == article_id_of(b"https://a.example/a")
        assert revision["canonical_url"] == "https://a.example/a?fbclid=1"
        assert read_again(lake, seen) == ["known"] * 2


def test_a_summary_of_what_is_known_becomes_a_copy(tmp_path):
    lake = Lake(str(tmp_path / "lake"))
    with rule(1):
        publish(lake, 1, [Seen("a", ONE).read(1)], Index(lake))
        summary = dataclasses.replace(Seen("a?ref=1", TWO).read(2), text_source="summary")
        publish(lake, 2, [summary], Index(lake))

    with rule(2, MORE):
        upgraded(lake)

    [copy] = rows_of(lake, "duplicates")
    assert (copy["test"], copy["text"], copy["run_date"]) == ("url", TWO, "2019-01-23")
    assert rows_of(lake, "revisions") == []


def test_a_revision_with_the_text_of_another_article_becomes_a_copy_of_that(tmp_path):
    seen = [Seen("a", ONE), Seen("b?fbclid=1", TWO), Seen("b", ONE)]
    lake = make(tmp_path / "lake", seen)

    with rule(2, FEWER):
        done = upgraded(lake)

        [copy] = rows_of(lake, "duplicates")
        original = article_id_of(b"https://a.example/a")
        assert (copy["original_id"], copy["test"], copy["text"]) == (original, "text", None)
        assert done.parted == (
            "https://a.example/b is now a copy of another article; "
            "it was revision 1 of https://a.example/b?fbclid=1",
        )
        assert read_again(lake, seen) == ["known"] * 3


def test_a_row_moves_where_the_lake_is_partitioned_by_site(tmp_path, monkeypatch):
    lake = Lake(str(tmp_path / "lake"))
    url = "https://new.example/a"
    old = article(ONE, url=url, canonical_url="https://old.example/a")
    layout = ("site", "date")
    old = dataclasses.replace(old, site="old.example")
    publish(lake, 1, [old], Index(lake), partition_by=layout)

    with rule(2):
        monkeypatch.setitem(urls.FORMER_RULES, 1, lambda url: url.replace("new.", "old."))
        upgraded(lake)

    [path] = Path(lake.path, "articles").rglob("*.parquet")
    assert [part for part in path.parts if "=" in part] == ["site=new.example", "date=2019-01-23"]
    assert "site" not in pq.ParquetFile(path).schema_arrow.names
    [row] = rows_of(lake, "articles")
    assert (row["canonical_url"], row["article_id"]) == (url, article_id_of(url.encode()))


SEEN = st.lists(
    st.builds(
        Seen,
        path=st.sampled_from(
            ["a", "a?ref=1", "a?ref=2", "b", "b?ref=1", "a?fbclid=1", "b?fbclid=1"]
        ),
        text=st.sampled_from([ONE, TWO, THREE, AGAIN, *DATED]),
        guid=st.sampled_from([None, None, "1", "2"]),
    ),
    min_size=1,
    max_size=7,
)


@settings(max_examples=15, deadline=None)
@given(SEEN, st.booleans())
def test_whatever_the_rule_nothing_is_lost_and_no_law_is_broken(seen, drops_more):
    names = MORE if drops_more else FEWER
    with tempfile.TemporaryDirectory() as folder, rule(1):
        lake = make(Path(folder, "lake"), seen)
        before = rows_by_text(lake)
        with rule(2, names):
            done = upgraded(lake)

            assert rows_by_text(lake) == before
            articles = {row["article_id"]: row for row in rows_of(lake, "articles")}
            revisions = rows_of(lake, "revisions")
            assert len(articles) == len(rows_of(lake, "articles"))
            assert len({row["text"] for row in articles.values()}) == len(articles)
            assert all(
                name == article_id_of(row["canonical_url"].encode())
                and row["canonical_url"] == urls.canonicalize_url(row["url"])
                for name, row in articles.items()
            )
            numbers = Counter(row["article_id"] for row in revisions)
            assert {(row["article_id"], row["revision"]) for row in revisions} == {
                (name, number + 1) for name in numbers for number in range(numbers[name])
            }
            assert numbers.keys() <= articles.keys()
            originals = {row["original_id"] for row in rows_of(lake, "duplicates")}
            assert originals <= articles.keys()
            assert set(read_again(lake, seen)) == {"known"}
            assert upgraded(lake) == Upgraded(2)
            assert done.former == (1,)


def rows_by_text(lake: Lake) -> Counter[tuple[object, object]]:
    tables = ("articles", "revisions", "duplicates")
    return Counter(
        (row["url"], row["text_sha256"]) for table in tables for row in rows_of(lake, table)
    )


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    """A lake of the command's, by site and day, with two addresses that a newer rule makes one."""
    folder = tmp_path_factory.mktemp("made")
    for number, (path, text) in enumerate([("a?ref=1", ONE), ("b", TWO), ("a", AGAIN)]):
        record = {"url": f"https://a.example/{path}", "text": text, "date": "2026-01-05"}
        (folder / f"{number}.jsonl").write_text(json.dumps(record), encoding="utf-8")
        outcome = ingest(folder / "lake", folder / f"{number}.jsonl", "--partition-by", "site,date")
        assert outcome.code == 0, outcome.err
        await_next_second()
    return folder / "lake"


@pytest.fixture
def lake(made, tmp_path) -> Path:
    shutil.copytree(made, tmp_path / "lake")
    return tmp_path / "lake"


def ingest(lake: Path, *arguments: object) -> Outcome:
    return run_command("ingest", *arguments, "--lake", lake, "--enrich", "none", "--json")


def test_the_command_tells_what_became_one_and_leaves_a_sound_lake(lake, made):
    runs = read_rows(lake, "runs")
    with rule(2, MORE):
        outcome = run_command("upgrade", "--lake", lake)

        assert (outcome.code, outcome.out) == (
            0,
            "https://a.example/a is now revision 1 of https://a.example/a?ref=1\n"
            "1 article became part of another, 0 revisions left their article, "
            "1 article got a new id; 3 files written\n"
            "the ids follow version 2 of the rule for addresses now (before: 1)\n",
        )
        assert read_rows(lake, "runs") == runs
        assert run_command("compact", "--verify", "--lake", lake).out == "the lake is sound\n"
        account = json.loads(ingest(lake, *made.parent.glob("*.jsonl"), "--reread").out)
        assert account["already_in_lake"] == account["documents"] == 3
        assert run_command("upgrade", "--lake", lake).out == (
            "nothing to do: the ids follow version 2 of the rule for addresses\n"
        )


@pytest.mark.parametrize("history", ["index", "join"])
def test_ingest_adds_nothing_to_a_lake_of_another_rule_and_names_the_command(lake, made, history):
    def content() -> list[Path]:
        return sorted(path for path in lake.rglob("*") if path.is_file())

    before = content()
    given = ("ingest", made.parent / "0.jsonl", "--lake", lake, "--reread", "--history", history)
    with rule(2, MORE):
        older = run_command(*given)
    with rule(0):
        newer = run_command(*given)

    assert (older.code, newer.code) == (2, 2)
    assert older.err == (
        f"feedlake: --lake {lake}: the ids in it follow version 1 of the rule for addresses, this "
        "feedlake follows version 2: run feedlake upgrade --lake DIR first\n"
    )
    assert "this feedlake knows versions up to 0: install a newer one" in newer.err
    assert content() == before


def test_schedule_ends_at_a_lake_of_another_rule(lake, made):
    with rule(2, MORE):
        outcome = run_command(
            *("schedule", made.parent / "0.jsonl", "--lake", lake, "--runs", "2", "--every", "1s")
        )

    assert outcome.code == 2
    assert "run feedlake upgrade" in outcome.err


def test_a_lake_of_a_newer_rule_is_not_upgraded(lake):
    with rule(0):
        outcome = run_command("upgrade", "--lake", lake)

    assert outcome.code == 2
    assert "install a newer one" in outcome.err


def test_upgrade_wants_a_lake_that_nobody_writes_to(lake, tmp_path):
    assert run_command("upgrade", "--lake", tmp_path / "none").code == 2
    with Lake(str(lake)).writing():
        assert run_command("upgrade", "--lake", lake).code == 4


def rule_of_files(lake: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(lake)): pq.ParquetFile(path).schema_arrow.metadata[URL_RULE_KEY]
        for path in lake.rglob("*.parquet")
    }


def test_files_that_say_nothing_of_the_rule_follow_the_first(lake):
    rewrite_files(lake, "**/*.parquet", lambda data: data.replace_schema_metadata(None))

    with rule(2, MORE):
        assert upgraded(Lake(str(lake))).former == (1,)


def test_merging_and_enriching_leave_the_rule_that_a_file_follows(lake):
    with rule(2, MORE):
        merged = run_command("compact", "--lake", lake)
        enriched = run_command("enrich", "--lake", lake, "--only", "counts")

        # Those of `runs` and `sources`, which have no ids of articles.
        assert merged.out == "6 files merged into 2\n"
        assert enriched.out == "3 of 3 rows enriched, in 3 files\n"
        rules = rule_of_files(lake)
        assert {rules[path] for path in rules if path.startswith("articles/")} == {b"1"}
        assert upgraded(Lake(str(lake))).joined


def test_a_lake_of_two_rules_is_found_and_made_one(lake, made):
    with rule(2, MORE), pytest.MonkeyPatch.context() as patch:
        # As an older feedlake would that does not look before it writes.
        patch.setattr("feedlake.pipeline.run.run.check_lake", lambda lake: None)
        patch.setattr("feedlake.pipeline.history.key_columns.check_rule", lambda rule, of: None)
        again = made.parent / "again.json"
        record = {"url": "https://a.example/a", "text": THREE, "date": "2026-01-05"}
        again.write_text(json.dumps(record))
        assert json.loads(ingest(lake, again).out)["revisions"] == 1

    with rule(2, MORE):
        [fault] = verify(Lake(str(lake)))
        assert "different versions of the rule for addresses (1, 2)" in fault.message
        assert run_command("upgrade", "--lake", lake).code == 0
        assert verify(Lake(str(lake))) == []
        assert {row["revision"] for row in read_rows(lake, "revisions")} == {1, 2}


def test_the_index_finds_a_file_of_another_rule(lake):
    with rule(2, MORE), Lake(str(lake)).writing(), pytest.raises(UsageError, match="upgrade"):
        catch_up(Lake(str(lake)))


@pytest.mark.parametrize("die_at", range(1, 20, 3))
def test_an_upgrade_that_dies_has_happened_wholly_or_not_at_all(lake, monkeypatch, die_at):
    class Died(BaseException):
        pass

    steps = iter(range(1, 1000))

    def dying(do: Callable[..., object]) -> Callable[..., object]:
        def step(*arguments: object) -> object:
            if next(steps) >= die_at:
                raise Died
            return do(*arguments)

        return step

    with rule(2, MORE):
        with monkeypatch.context() as patch:
            for name in ("write_file", "write_bytes", "move", "delete"):
                patch.setattr(storage, name, dying(getattr(storage, name)))
            with contextlib.suppress(Died):
                upgraded(Lake(str(lake)))
        with Lake(str(lake)).writing():
            pass

        count = len(read_rows(lake, "articles")), len(read_rows(lake, "revisions"))
        assert count in [(3, 0), (2, 1)]
        assert verify(Lake(str(lake))) == []
        upgraded(Lake(str(lake)))
        assert len(read_rows(lake, "articles")) == 2


def test_pages_that_wait_are_known_again(tmp_path):
    document = Document(
        source="https://a.example/feed",
        source_kind="feed",
        source_record=None,
        body="",
        is_html=False,
        text_source="summary",
        fetched_at=NOON,
        url="https://a.example/a?ref=1",
    )
    lake = Lake(str(tmp_path))
    with rule(1):
        deferral = Deferral(
            Entry(document),
            status="waiting",
            reason="timeout",
            detail=None,
            tried_at=NOON,
            next_try_at=None,
        )
        row = TABLES["deferred"].to_row(deferral)
        run_id = "20190123T000001Z-000000-0001"
        options = WriteOptions(lake.staging_folder(run_id), run_id=run_id, started_at=NOON)
        partition = "run_date=2019-01-23"
        files = write_rows([row], table=TABLES["deferred"], partition=partition, options=options)
        with lake.writing():
            lake.publish(JournalEntry(run_id, partition_by=("date",), add=tuple(files)))
        before = deferred_id(document)

    with rule(2, MORE):
        upgraded(lake)

        [row] = rows_of(lake, "deferred")
        assert row["deferred_id"] == deferred_id(document) != before


def test_amendments_go_with_the_new_id_of_their_article(tmp_path):
    lake = make(tmp_path / "lake", [Seen("a?ref=1", ONE), Seen("b", TWO)])
    with rule(1), lake.writing():
        for path in (b"a?ref=1", b"b"):
            name = article_id_of(b"https://a.example/" + path)
            amend(lake, name, [("title", path.decode())], reason="x", now=NOON)

    with rule(2, MORE):
        upgraded(lake)

        articles = {row["article_id"] for row in rows_of(lake, "articles")}
        assert {row["article_id"] for row in rows_of(lake, "amendments")} == articles


def test_what_was_removed_is_rejected_under_a_newer_rule_too(tmp_path):
    lake = make(tmp_path / "lake", [Seen("a?fbclid=1", ONE), Seen("b", TWO)])
    with rule(1), lake.writing():
        remove(lake, Selection(url="https://a.example/a?fbclid=1"), reason="x", now=NOON)

    with rule(2, FEWER):
        upgraded(lake)

        removed = removed_opener(lake)
        assert removed is not None
        assert removed().find_address("https://a.example/a?fbclid=1") is not None
        assert removed().find_address("https://a.example/b") is None
