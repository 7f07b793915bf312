from __future__ import annotations

from time import process_time

import pytest
from shown_lake import TODAY, make_shown_lake

from feedlake.pipeline.explore.article import find_original, read_article
from feedlake.pipeline.explore.explorer import Explorer
from feedlake.pipeline.explore.text_diff import Piece, diff_texts
from feedlake.pipeline.lake.lake import Lake


@pytest.fixture(scope="module")
def explorer(tmp_path_factory: pytest.TempPathFactory) -> Explorer:
    path = str(tmp_path_factory.mktemp("shown") / "lake")
    make_shown_lake(path, days=6)
    return Explorer(Lake(path))


def id_of_revised(explorer: Explorer) -> str:
    sql = f"SELECT article_id FROM revisions WHERE date = '{TODAY}' ORDER BY article_id LIMIT 1"
    [row] = explorer.ask(lambda instant: instant.ask(sql))
    return str(row["article_id"])


def test_an_article_comes_with_its_versions_its_copies_and_its_runs(explorer):
    name = id_of_revised(explorer)
    found = explorer.ask(lambda instant: read_article(instant, name))

    assert found is not None
    counts = explorer.ask(
        lambda instant: instant.ask(
            f"SELECT count(*) AS copies FROM duplicates WHERE original_id = '{name}'"
        )
    )
    assert len(found.copies) == counts[0]["copies"] > 0
    assert [row["revision"] for row in found.revisions] == [1]
    assert [row["run_id"] for row in found.runs] == [found.row["run_id"]]
    assert found.file == f"articles/date={TODAY}/{found.row['run_id']}-0000.parquet"


def test_an_article_s_figures_can_be_asked_as_they_are_shown(explorer):
    name = id_of_revised(explorer)
    found = explorer.ask(lambda instant: read_article(instant, name))
    assert found is not None

    asked = {
        key: explorer.ask(lambda instant, sql=sql: instant._ask(sql))
        for key, sql in found.sql.items()
    }
    assert asked["article"] == [found.row]
    assert asked["copies"] == found.copies
    assert asked["kin"] == found.kin


def test_there_may_be_no_such_article(explorer):
    assert explorer.ask(lambda instant: read_article(instant, "'; --")) is None


def test_a_copy_leads_to_its_original(explorer):
    [copy] = explorer.ask(
        lambda instant: instant.ask("SELECT article_id, original_id FROM duplicates LIMIT 1")
    )

    assert (
        explorer.ask(lambda instant: find_original(instant, copy["article_id"]))
        == copy["original_id"]
    )


def test_equal_texts_have_nothing_marked():
    [one, two] = diff_texts("a b\n\nc", "a b\n\nc")

    assert (one.is_changed, two.is_changed) == (False, False)


def test_a_changed_word_is_marked_in_its_sentence():
    [paragraph] = diff_texts("sold out before noon.", "sold out before nine.")

    assert paragraph.pieces == [
        Piece("same", "sold out before "),
        Piece("gone", "noon."),
        Piece("new", "nine."),
    ]


def test_paragraphs_that_have_nothing_in_common_are_two():
    gone, new = diff_texts("all of this has gone", "but something else came here")

    assert [piece.kind for piece in (*gone.pieces, *new.pieces)] == ["gone", "new"]


def test_all_words_of_both_texts_are_there():
    before, after = "one two\n\nthree four five\n\nsix", "one 2\n\nthree four 5\n\nsix\n\nseven"
    pieces = [piece for paragraph in diff_texts(before, after) for piece in paragraph.pieces]

    assert " ".join(p.text for p in pieces if p.kind != "new").split() == before.split()
    assert " ".join(p.text for p in pieces if p.kind != "gone").split() == after.split()


def test_long_texts_are_compared_in_time():
    old = "\n\n".join(f"word{n} and so on" * 50 for n in range(2_000))
    new = "\n\n".join(f"word{n} and so forth" * 50 for n in range(2_000))

    began = process_time()
    assert any(paragraph.is_changed for paragraph in diff_texts(old, new))
    assert process_time() - began < 5
