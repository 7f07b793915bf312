from __future__ import annotations

import threading
from dataclasses import replace
from datetime import date, timedelta

import duckdb
import pytest
from shown_lake import TODAY, make_empty_lake, make_shown_lake, publish, publish_run

from feedlake.pipeline.explore.day import Day, days_around, newest_day, read_day
from feedlake.pipeline.explore.explorer import Explorer
from feedlake.pipeline.explore.wishes import Wish
from feedlake.pipeline.lake.lake import Lake


@pytest.fixture(scope="module")
def explorer(tmp_path_factory: pytest.TempPathFactory) -> Explorer:
    path = str(tmp_path_factory.mktemp("shown") / "lake")
    make_shown_lake(path, days=36)
    return Explorer(Lake(path))


def day_of(explorer: Explorer, day: date = TODAY, wish: Wish = Wish(), *, limit: int = 50) -> Day:  # noqa: B008
    return explorer.ask(
        lambda instant: read_day(instant, day, wish, newest=TODAY, limit=limit, skip=0)
    )


def test_stories_are_ranked_by_the_sites_that_carry_them(explorer):
    found = day_of(explorer)

    sites = [story["sites"] for story in found.stories]
    assert sites == [10, 6, 4, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1]
    assert found.total == 13
    assert found.stories[0]["documents"] == 10
    assert len(found.stories[0]["carried_by"]) == 10


def test_a_story_has_its_newest_title(explorer):
    lead = day_of(explorer).stories[0]["lead_row"]

    assert lead["title"].endswith(", and the council answers")
    assert lead["revision"] == 1


def test_a_story_of_another_day_is_none_of_this_day_s(explorer):
    ids = {story["story"] for story in day_of(explorer).stories}
    others = {story["story"] for story in day_of(explorer, TODAY - timedelta(days=1)).stories}

    assert not ids & others
    assert len(others) == 7  # It is a Sunday.


@pytest.mark.parametrize(
    ("wish", "condition"),
    [
        (Wish(language="en"), "language = 'en'"),
        (Wish(country="DE"), "list_contains(countries, 'DE')"),
        (Wish(tag="culture"), "list_contains(tags, 'culture')"),
        (Wish(tone="negative"), "tone <= -0.2"),
        (Wish(tone="neutral"), "tone > -0.2 AND tone < 0.2"),
        (Wish(tone="positive"), "tone >= 0.2"),
        (Wish(quality="0.7"), "quality_score >= 0.7"),
        (Wish(language="en", tag="science"), "language = 'en' AND 'science' IN tags"),
    ],
)
def test_filters_leave_the_stories_whose_articles_are_so(explorer, wish, condition):
    found = day_of(explorer, wish=wish)

    sql = f"SELECT article_id FROM articles WHERE date = '{TODAY}' AND {condition}"
    expected = {row["article_id"] for row in explorer.ask(lambda instant: instant.ask(sql))}
    assert {story["lead"] for story in found.stories} == expected
    assert dict(found.days)[TODAY] == len(expected)
    assert sum(place["articles"] for place in found.places) == len(expected)


def test_a_site_has_the_stories_that_it_copied_too(explorer):
    biggest = day_of(explorer).stories[0]
    for site in biggest["carried_by"]:
        stories = day_of(explorer, wish=Wish(site=site)).stories
        assert biggest["story"] in {story["story"] for story in stories}


def test_what_is_not_among_the_words_of_a_filter_filters_nothing(explorer):
    assert day_of(explorer, wish=Wish(tone="1 OR 1", quality="0); SELECT (1")).total == 13


def test_words_of_a_filter_are_values_and_no_sql(explorer):
    assert day_of(explorer, wish=Wish(language="' OR 'a' = 'a")).total == 0


def test_words_to_choose_from_are_counted(explorer):
    choices = day_of(explorer).choices

    assert set(choices) == {"language", "country", "site", "tag"}
    for found in choices.values():
        counts = [count for _, count in found]
        assert sum(counts) == 13
        assert counts == sorted(counts, reverse=True)


def test_groups_that_a_later_document_joined_are_one_story(explorer, tmp_path):
    path = str(tmp_path / "lake")
    make_shown_lake(path, days=3)
    explorer = Explorer(Lake(path))
    one, other = (story["story"] for story in day_of(explorer).stories[:2])
    columns = "SELECT * EXCLUDE (run_id, run_date) FROM {} WHERE cluster_id = '{}' LIMIT 1"
    [copy] = explorer.ask(lambda instant: instant.ask(columns.format("duplicates", one)))

    lake = Lake(path)
    with lake.writing():
        joining = {**copy, "article_id": "a" * 32, "other_clusters": [other]}
        publish(lake, "20261130T120000Z-0000ff-0001", {"duplicates": [joining]})

    assert day_of(explorer).total == 12
    assert day_of(explorer).stories[0]["documents"] == 10 + 6 + 1


def test_the_day_s_figures_can_be_asked_as_they_are_shown(explorer):
    """Each statement, with all its values in it, gives the same to who copies it."""
    found = day_of(explorer)
    for sql in found.sql.values():
        assert explorer.ask(lambda instant, sql=sql: instant._ask(sql))


def test_a_day_opens_only_files_of_the_days_around_it(explorer, monkeypatch):
    opened = []
    monkeypatch.setattr(
        "feedlake.pipeline.explore.explorer.show_tables",
        lambda connection, snapshot, *, keep, files: opened.append(files) or _stop(),
    )
    with pytest.raises(_StopError):
        day_of(Explorer(explorer.lake), TODAY - timedelta(days=1))

    days = {file.path.split("/")[1] for file in opened[0]["articles"]}
    assert days == {f"date={TODAY - timedelta(days=back)}" for back in range(30)}
    runs = {file.path.split("/")[1] for file in opened[0]["duplicates"]}
    assert runs == {"run_date=2026-11-27", "run_date=2026-11-30"}


class _StopError(Exception):
    pass


def _stop() -> None:
    raise _StopError


@pytest.mark.parametrize(
    ("back", "first", "last"),
    [(0, 29, 0), (5, 29, 0), (29, 29, 0), (30, 44, 15), (100, 114, 85)],
)
def test_thirty_days_are_shown_and_the_newest_as_long_as_it_is_near(back, first, last):
    shown = days_around(TODAY - timedelta(days=back), newest=TODAY)

    assert shown == (TODAY - timedelta(days=first), TODAY - timedelta(days=last))


def test_newest_day_is_told_by_the_journal_or_by_the_rows(explorer, monkeypatch):
    assert explorer.ask(lambda instant: newest_day(instant, until=date(2026, 11, 29))) == date(
        2026, 11, 29
    )
    monkeypatch.setattr("feedlake.pipeline.explore.day._days_of", lambda file: None)
    assert explorer.ask(lambda instant: newest_day(instant, until=date(2026, 11, 29))) == date(
        2026, 11, 29
    )


def test_an_empty_lake_has_no_newest_day_and_a_day_without_news(tmp_path):
    make_empty_lake(tmp_path / "lake")
    explorer = Explorer(Lake(str(tmp_path / "lake")))

    assert explorer.ask(lambda instant: newest_day(instant, until=TODAY)) is None
    assert day_of(explorer).stories == []


def test_new_runs_are_seen_at_the_next_question(tmp_path):
    path = str(tmp_path / "lake")
    make_shown_lake(path, days=6, today=TODAY - timedelta(days=1))
    explorer = Explorer(Lake(path))
    assert day_of(explorer).total == 0

    lake = Lake(path)
    with lake.writing():
        publish_run(lake, [TODAY], 9)

    assert day_of(explorer).total == 13


def test_a_question_whose_files_are_gone_meanwhile_is_asked_again(explorer):
    asked = []

    def ask(instant):
        asked.append(instant)
        if len(asked) == 1:
            raise duckdb.IOException("a file was compacted away")
        return "found"

    assert explorer.ask(ask) == "found"
    assert asked[0] is not asked[1]


def test_answers_are_kept_until_the_lake_changes(explorer, monkeypatch):
    first = day_of(explorer)
    monkeypatch.setattr("feedlake.pipeline.explore.explorer.duckdb", None)
    assert replace(day_of(explorer), stories=[]) == replace(first, stories=[])


def test_readers_never_see_half_a_run_while_a_writer_is_at_work(tmp_path):
    path = str(tmp_path / "lake")
    make_shown_lake(path, days=3, today=TODAY - timedelta(days=60))
    explorer, lake = Explorer(Lake(path)), Lake(path)
    books = "SELECT (SELECT sum(articles)::INT FROM runs) AS told, count(*) AS held FROM articles"

    def write() -> None:
        with lake.writing():
            for number in range(12):
                publish_run(lake, [TODAY - timedelta(days=number)], 100 + number)

    writer = threading.Thread(target=write)
    writer.start()
    seen = []
    while writer.is_alive():
        seen += explorer.ask(lambda instant: instant.ask(books))
    writer.join()
    seen += explorer.ask(lambda instant: instant.ask(books))

    assert all(row["told"] == row["held"] for row in seen)
    assert len({row["held"] for row in seen}) > 2
