"""The index finds what the lake holds: each article once, in its newest version, and no other."""

import shutil
from datetime import date, timedelta
from pathlib import Path

import pytest
from articles import NOON, MemoryHistory, article, publish
from old_lakes import rewrite_files

from feedlake.pipeline.history.index import catch_up, open_index
from feedlake.pipeline.lake.journal_entry import JournalEntry
from feedlake.pipeline.lake.lake import Lake
from feedlake.pipeline.search import update_index
from feedlake.pipeline.search.engine import Filters
from feedlake.pipeline.search.index_folder import drop_index, find_folder, read_manifest
from feedlake.pipeline.search.search_index import NoIndexError, SearchIndex
from feedlake.pipeline.upkeep.compact import compact
from feedlake.transforms.normalize import storage

TEXTS = {
    "bank": "Inflation rises, says the central bank. The rate of the bank stays.",
    "river": "The river left its banks, and the central square was under water.",
    "tokyo": "日本経済の成長が続く。東京の猫は元気だ。",
    "thai": "ประเทศไทยและเศรษฐกิจ",
    "essen": "In Essen steigt die Inflation. Herr Müller wartet auf den Zug.",
}


def story(name, text=None, *, record=1, days=0, title=None, **fields):
    return article(
        text or TEXTS[name],
        url=f"https://{name}.example/story",
        site=f"{name}.example",
        record=record,
        title=title or f"Title of {name}",
        published=NOON + timedelta(days=days),
        **fields,
    )


def add(lake, run, *articles):
    """Publishes a run, which knows what the lake holds."""
    with lake.writing():
        catch_up(lake)
    publish(lake, run, articles, open_index(lake.path))


@pytest.fixture(scope="module")
def lake(tmp_path_factory):
    lake = Lake(str(tmp_path_factory.mktemp("search") / "lake"))
    made = [story(name, record=number, days=number) for number, name in enumerate(TEXTS)]
    publish(lake, 1, made, MemoryHistory())
    return lake


@pytest.fixture(scope="module")
def index(lake):
    index = SearchIndex(lake)
    index.catch_up()
    return index


def found(index, query, **options):
    """The names of the articles that fit."""
    hits = index.search(query, **options).hits
    return {hit.article.url.removeprefix("https://").partition(".")[0] for hit in hits}


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("inflation", {"bank", "essen"}),
        ("inflat* AND bank", {"bank"}),
        ("INFLATION OR river", {"bank", "essen", "river"}),
        ("inflation -bank", {"essen"}),
        ("NOT inflation", {"river", "tokyo", "thai"}),
        ("central (bank OR square)", {"bank", "river"}),
        ('"central bank"', {"bank"}),
        ('"bank central"', set()),
        ('"central ban*"', {"bank"}),
        ('"its ban"*', {"river"}),
        ("muller", {"essen"}),
        ("title:bank", {"bank"}),
        ("text:title", set()),
        ("title:title river", {"river"}),
        ("inflation NEAR/4 bank", {"bank"}),
        ("inflation NEAR/3 bank", set()),
        ("bank NEAR/3 inflation", set()),
        ("bank NEAR/4 inflation", {"bank"}),
        ("NEAR(bank rises inflation, 3)", {"bank"}),
        ("NEAR(inflat* bank, 4)", {"bank"}),
        ("日本", {"tokyo"}),
        ("本経済", {"tokyo"}),
        ("経済日本", set()),
        ("猫", {"tokyo"}),
        ("続く 東京", {"tokyo"}),
        ("ไทย", {"thai"}),
        ("เศรษฐกิจ", {"thai"}),
        ("ไทยประเทศ", set()),
        ("site:bank.example", {"bank"}),
        ("site:b* OR site:river.example", {"bank", "river"}),
        ("language:en NOT site:bank.example", {"river", "tokyo", "thai", "essen"}),
        ("language:de", set()),
    ],
)
def test_searches_find_the_articles_that_fit(index, query, names):
    assert found(index, query) == names
    assert index.search(query).count == len(names)


def test_filters_are_true_of_what_is_found(index):
    second = date(2019, 1, 24)

    assert found(index, "title", filters=Filters(since=second, until=second)) == {"river"}
    assert found(index, "title", filters=Filters(since=date(2019, 1, 26))) == {"thai", "essen"}
    assert found(index, "title", filters=Filters(sites=("river.example",))) == {"river"}
    assert found(index, "title", filters=Filters(languages=("de", "fr"))) == set()
    assert index.count_by_day("central", filters=Filters(until=second)) == {
        date(2019, 1, 23): 1,
        second: 1,
    }


def test_hits_show_what_was_found_and_where(index):
    [hit] = index.search('bank "central square" -inflation OR müller', limit=1).hits
    [other] = index.search('"central square" title:RIVER').hits

    assert hit.article.url == "https://essen.example/story"
    assert [piece.text for piece in hit.snippet if piece.is_match] == ["Müller"]
    assert [piece.text for piece in other.snippet if piece.is_match] == ["central square"]
    assert [piece.text for piece in other.title if piece.is_match] == ["river"]
    assert "".join(piece.text for piece in other.snippet) == TEXTS["river"]


def test_articles_that_fit_equally_come_newest_first_and_pages_do_not_overlap(tmp_path):
    lake = Lake(str(tmp_path / "lake"))
    same = "seven words are all that it has"
    made = [
        article(f"{same} {number}", url=f"https://a.example/{number}", record=number, title=None,
                published=NOON + timedelta(minutes=number // 2))
        for number in range(12)
    ]  # fmt: skip
    for run in range(3):
        publish(lake, run, made[run::3], MemoryHistory())
    index = SearchIndex(lake)
    index.catch_up()

    hits = index.search("seven*", limit=12).hits
    pages = [index.search("words", limit=5, offset=offset).hits for offset in (0, 5, 10)]

    order = [(-hit.article.published_at.timestamp(), hit.article.article_id) for hit in hits]
    assert order == sorted(order)
    ids = [hit.article.article_id for hit in hits]
    assert [hit.article.article_id for page in pages for hit in page] == ids


def test_an_article_is_found_by_its_newest_version_alone(tmp_path):
    lake = Lake(str(tmp_path / "lake"))
    index = SearchIndex(lake)
    add(lake, 1, story("bank"), story("river", record=2))
    index.catch_up()
    before = found(index, "lighthouse"), found(index, "inflation")
    add(lake, 2, story("bank", "The lighthouse is dark, and nobody knows for how long."))
    index.catch_up()

    assert before == (set(), {"bank"})
    assert (found(index, "lighthouse"), found(index, "inflation")) == ({"bank"}, set())

    with lake.writing():
        compact(lake, quarantine=False, partition_by=None)
    index.catch_up()

    assert (found(index, "lighthouse"), found(index, "inflation")) == ({"bank"}, set())
    assert found(index, "title") == {"bank", "river"}


def test_an_article_whose_revision_left_is_found_by_the_version_before(tmp_path):
    lake = Lake(str(tmp_path / "lake"))
    index = SearchIndex(lake)
    add(lake, 1, story("bank"), story("river", record=2))
    add(lake, 2, story("bank", "The lighthouse is dark, and nobody knows for how long."))
    index.catch_up()
    before = found(index, "lighthouse"), found(index, "inflation")
    [revisions] = [file.path for file in lake.state().files.values() if file.table == "revisions"]
    with lake.writing():
        lake.publish(JournalEntry("20190124T000000Z-000000-0001", partition_by=("date",), add=(),
                                  remove=(revisions,)))  # fmt: skip
    index.catch_up()

    assert before == ({"bank"}, set())
    assert (found(index, "lighthouse"), found(index, "inflation")) == (set(), {"bank"})


def test_rows_that_leave_the_lake_leave_the_index(tmp_path):
    lake = Lake(str(tmp_path / "lake"))
    index = SearchIndex(lake)
    add(lake, 1, story("bank"), story("river", record=2))
    index.catch_up()
    before = found(index, "title")

    def without_bank(table):
        return table.filter([site != "bank.example" for site in table["site"].to_pylist()])

    rewrite_files(Path(lake.path), "articles/**/*.parquet", without_bank)
    index = SearchIndex(Lake(lake.path))
    index.catch_up()

    assert before == {"bank", "river"}
    assert found(index, "title") == {"river"}
    assert found(index, "inflation") == set()


@pytest.mark.parametrize("damage", ["flip", "shorten", "lose", "manifest", "none left"])
def test_a_damaged_index_is_built_anew(tmp_path, lake, index, damage):
    copied = Lake(str(shutil.copytree(lake.path, tmp_path / "lake")))
    folder = Path(find_folder(copied.path))
    manifest = read_manifest(str(folder))
    largest = max((folder / manifest.generation).iterdir(), key=lambda path: path.stat().st_size)
    content = bytearray(largest.read_bytes())
    if damage == "flip":
        content[len(content) // 2] ^= 255
        largest.write_bytes(content)
    elif damage == "shorten":
        largest.write_bytes(content[:-1])
    elif damage == "lose":
        largest.unlink()
    elif damage == "manifest":
        (folder / "manifest.json").write_text('{"generation": "generation-x/../..", "files": []}')
    else:
        drop_index(copied.path)
    mended = SearchIndex(copied)

    with pytest.raises(NoIndexError):
        mended.search("inflation")
    mended.catch_up()

    assert found(mended, "inflation") == {"bank", "essen"}


def test_a_build_that_was_killed_leaves_nothing_behind(tmp_path, lake, index, monkeypatch):
    copied = Lake(str(shutil.copytree(lake.path, tmp_path / "lake")))
    drop_index(copied.path)
    monkeypatch.setattr(update_index, "_BATCH_ROWS", 2)
    killed = SearchIndex(copied)

    def die(done, total):
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        killed.catch_up(tell=die)
    half = found(SearchIndex(copied), "title")
    killed.catch_up()

    folder = Path(find_folder(copied.path))
    assert len(half) == 2
    assert found(killed, "title") == set(TEXTS)
    assert len([*folder.glob("generation-*")]) == 1


def test_a_machine_without_open_files_says_nothing_about_the_index(lake, index, monkeypatch):
    def refuse(path):
        raise OSError(24, "Too many open files", path)

    with monkeypatch.context() as patches:
        patches.setattr(storage, "read_bytes", refuse)
        with pytest.raises(OSError, match="Too many open files"):
            SearchIndex(lake).catch_up()

    assert index.is_current(lake.snapshot())


def test_a_writer_that_died_without_a_word_is_no_bug_of_ours(tmp_path, lake, monkeypatch):
    copied = Lake(str(shutil.copytree(lake.path, tmp_path / "lake")))
    drop_index(copied.path)

    def die(*_):
        raise ValueError(
            "An error occurred in a thread: 'An index writer was killed.. A worker thread "
            "encountered an error (io::Error most likely) or panicked.'"
        )

    monkeypatch.setattr(update_index.IndexUpdate, "_add_file", die)

    with pytest.raises(OSError, match="cannot be written: the disk may be full"):
        SearchIndex(copied).catch_up()


def test_two_that_use_one_index_see_what_the_other_has_added(tmp_path):
    lake = Lake(str(tmp_path / "lake"))
    add(lake, 1, story("bank"))
    one, other = SearchIndex(lake), SearchIndex(lake)
    one.catch_up()
    before = found(other, "title")
    add(lake, 2, story("river", record=2))

    assert not other.is_current(lake.snapshot())
    one.catch_up()

    assert before == {"bank"}
    assert found(other, "title") == {"bank", "river"}
    assert other.is_current(lake.snapshot())


def test_an_index_of_a_lake_that_cannot_be_written_to_is_in_the_users_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "own"))
    lake = Lake(str(tmp_path / "lake"))
    add(lake, 1, story("bank"))
    shutil.rmtree(tmp_path / "lake" / "_cache")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "lake" / "_cache").symlink_to(tmp_path / "elsewhere")
    index = SearchIndex(lake)
    index.catch_up()

    assert found(index, "inflation") == {"bank"}
    assert [*(tmp_path / "own" / "feedlake").glob("search-*/manifest.json")]
    assert not [*(tmp_path / "elsewhere").iterdir()]


def test_an_index_that_is_removed_while_it_is_built_is_begun_again(tmp_path):
    lake = Lake(str(tmp_path / "lake"))
    add(lake, 1, story("bank"))
    index = SearchIndex(lake)
    removed = []

    def remove(done, total):
        if not removed:
            removed.append(find_folder(lake.path))
            (tmp_path / "lake" / "_cache").rename(tmp_path / "aside")

    index.catch_up(tell=remove)

    assert removed
    assert found(index, "inflation") == {"bank"}
