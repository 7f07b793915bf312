"""Articles written to a folder with a description: what is in it, and that it is whole."""

from __future__ import annotations

import csv
import hashlib
import json
import shlex
import shutil
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest
from articles import prose
from conftest import PROJECT, read_rows, run_command
from croissant_check import check_croissant
from old_lakes import forget_columns
from pages import blocks_of

import feedlake
from feedlake.pipeline.export import export as exporting
from feedlake.pipeline.export.export import export

BY = "https://creativecommons.org/licenses/by/4.0/"
FORMATS = ("parquet", "jsonl", "csv")


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Articles with and without rights, one of them revised, one with a formula for a title."""
    folder = tmp_path_factory.mktemp("export")
    records = [
        {"text": prose(1), "license": BY, "url": "https://quay.example/1", "date": "2026-03-02"},
        {"text": prose(2), "title": '=HYPERLINK("x")', "copyright": "(c) | <b>Quay</b> `x`"},
        {
            **{"text": prose(3), "title": '@sum\nand, "more"', "tags": ["a"]},
            **{"date": "2026-03-01T09:15:00+05:30", "source": "The Quay"},
        },
        {"text": prose(4), "rights": [{"kind": "robots", "value": "noai"}], "license": BY},
    ]
    first, second = folder / "a.jsonl", folder / "b.jsonl"
    first.write_text("".join(json.dumps(one) + "\n" for one in records), encoding="utf-8")
    changed = {**records[0], "text": prose(1, changed=range(0, 80, 9)), "title": "Changed"}
    second.write_text(json.dumps(changed), encoding="utf-8")
    for source in (first, second):
        flags = ("--lake", folder / "lake", "--enrich", "none", "--quiet")
        assert run_command("ingest", source, *flags).code == 0
    return folder / "lake"


@pytest.fixture(scope="module")
def exported(lake, tmp_path_factory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("exported")
    for name in FORMATS:
        outcome = run_command("export", "--lake", lake, "--output", folder / name, "--format", name)
        assert outcome.code == 0, outcome.err
        assert outcome.out.startswith(f"4 articles in {folder / name}\n")
    return {name: folder / name for name in FORMATS}


def _content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize("name", FORMATS)
def test_folder_holds_the_articles_and_two_descriptions_that_are_true(exported, name):
    folder = exported[name]
    assert _content(folder).keys() == {f"articles.{name}", "croissant.json", "datasheet.md"}
    columns = pq.read_schema(exported["parquet"] / "articles.parquet").names
    content = json.loads((folder / "croissant.json").read_text(encoding="utf-8"))
    check_croissant(content, folder, columns)
    figures = {one["name"]: one["value"] for one in content["variableMeasured"]}
    assert figures["articles"] == 4
    assert figures["articles in a later version than the first"] == 1
    assert figures["articles with a stated licence"] == 2
    assert figures["articles reserved from text and data mining"] == 1
    assert content["license"] == [BY]
    assert content["version"] == "3.2.0"
    assert [Path(one["name"]).name for one in content["isBasedOn"]] == ["a.jsonl", "b.jsonl"]
    assert len(content["prov:wasGeneratedBy"]) == 2
    sheet = (folder / "datasheet.md").read_text(encoding="utf-8")
    digest = hashlib.sha256((folder / f"articles.{name}").read_bytes()).hexdigest()
    assert f"| articles.{name} |" in sheet
    assert f"`{digest}`" in sheet
    assert "| (c) \\| \\<b\\>Quay\\</b\\> \\`x\\` | 1 |" in sheet


def test_rows_are_the_newest_versions_by_day_and_id(exported, lake):
    table = pq.read_table(exported["parquet"] / "articles.parquet")
    rows = table.to_pylist()
    assert [(row["date"], row["article_id"]) for row in rows] == sorted(
        (row["date"], row["article_id"]) for row in rows
    )
    newest = {row["article_id"]: row for row in read_rows(lake, "articles")}
    newest |= {row["article_id"]: row for row in read_rows(lake, "revisions")}
    assert {row["article_id"]: row["text"] for row in rows} == {
        name: row["text"] for name, row in newest.items()
    }
    assert sorted(row["revision"] for row in rows) == [0, 0, 0, 1]
    assert {"minhash", "content_sha256"}.isdisjoint(table.schema.names)
    assert table.schema.field("text").metadata[b"meaning"].startswith(b"Clean text")
    assert str(table.schema.field("published_at").type) == "timestamp[us, tz=UTC]"


def test_lines_of_json_hold_the_same(exported):
    rows = pq.read_table(exported["parquet"] / "articles.parquet").to_pylist()
    lines = (exported["jsonl"] / "articles.jsonl").read_text(encoding="utf-8").splitlines()
    told = [json.loads(line) for line in lines]
    for name in ("article_id", "title", "text", "tags", "rights", "rights_reserved", "revision"):
        assert [row[name] for row in told] == [row[name] for row in rows]
    assert [row["text_sha256"] for row in told] == [row["text_sha256"].hex() for row in rows]
    dates = {row["published_at"] for row in told}
    assert dates == {None, "2026-03-01T03:45:00.000000Z", "2026-03-02T00:00:00.000000Z"}


def test_cells_of_csv_are_no_formulas_and_lists_are_json(exported):
    with open(exported["csv"] / "articles.csv", newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    titles = {row["title"] for row in rows}
    assert titles == {"", "Changed", '\'=HYPERLINK("x")', '\'@sum and, "more"'}
    assert all(isinstance(json.loads(row["rights"]), list) for row in rows)
    assert not any(cell[:1] in "=+@-\t" for row in rows for cell in row.values() if cell)


def test_an_export_is_read_again_with_its_rights(exported, tmp_path, feedlake):
    for name in FORMATS:
        lake = tmp_path / name
        flags = ("--lake", lake, "--quiet", "--enrich", "none", "--respect-rights")
        assert feedlake("ingest", exported[name] / f"articles.{name}", *flags).code == 0
        assert [row["reason"] for row in read_rows(lake, "rejects")] == ["rights_reserved"]
        kept = [one for row in read_rows(lake, "articles") for one in row["rights"]]
        assert {"kind": "license", "value": BY, "origin": "record"} in kept


def test_an_export_is_read_again_with_its_times_and_sites_and_none_that_nobody_stated(
    exported, lake, tmp_path, feedlake
):
    newest = {**_stated(lake, "articles"), **_stated(lake, "revisions")}
    for name in FORMATS:
        flags = ("--lake", tmp_path / name, "--quiet", "--enrich", "none")
        assert feedlake("ingest", exported[name] / f"articles.{name}", *flags).code == 0
        assert _stated(tmp_path / name, "articles") == newest


def _stated(lake: Path, table: str) -> dict[str, tuple[object, ...]]:
    return {
        row["article_id"]: (row["published_at"], row["published_offset_min"], row["site_name"])
        for row in read_rows(lake, table)
    }


def test_same_lake_gives_the_same_bytes_also_after_a_compaction(exported, lake, tmp_path, feedlake):
    moved = tmp_path / "lake"
    shutil.copytree(lake, moved)
    assert feedlake("compact", "--partition-by", "date:year", "--lake", moved).code == 0
    for name in FORMATS:
        again = tmp_path / name
        export(str(moved), str(again), where=None, output_format=name)
        assert _content(again) == _content(exported[name])


@pytest.mark.parametrize(
    ("where", "ids"),
    [
        ("rights_reserved", 1),
        ("NOT rights_reserved -- all others", 3),
        ("title IS NOT NULL;", 3),
        ("article_id IN (SELECT article_id FROM revisions)", 1),
        ("text LIKE '%)%' OR date < '2026-03-02'", 1),
    ],
)
def test_condition_chooses(lake, tmp_path, where, ids):
    done = export(str(lake), str(tmp_path / "out"), where=where, output_format="jsonl")
    assert done.articles == ids
    assert len((tmp_path / "out" / "articles.jsonl").read_text().splitlines()) == ids
    told = json.loads((tmp_path / "out" / "croissant.json").read_text())
    assert where.rstrip(";").partition(" --")[0] in told["description"]


def _left(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


def test_no_article_is_exit_code_3_and_no_folder(lake, tmp_path, feedlake):
    outcome = feedlake("export", "--where", "false", "--lake", lake, "--output", tmp_path / "out")
    assert (outcome.code, outcome.out) == (3, "no article matches; nothing was written\n")
    assert _left(tmp_path) == []


@pytest.mark.parametrize(
    ("where", "says"),
    [
        ("", "--where: an empty text"),
        ("title =", "--where: must be one condition"),
        ("true) UNION ALL SELECT * FROM latest WHERE (true", "--where: must be one condition"),
        ("true; DROP TABLE articles", "--where: must be one condition"),
        ("true ORDER BY title", "--where: must be one condition"),
        ("headline = 'x'", "headline"),
        ("count(*) > 1", "aggregate"),
        ("title", "Could not convert"),
        ("date = ?", "parameter"),
    ],
)
def test_what_is_no_condition_is_a_sentence(lake, tmp_path, feedlake, where, says):
    outcome = feedlake("export", "--where", where, "--lake", lake, "--output", tmp_path / "out")
    assert outcome.code == 2
    assert says.casefold() in outcome.err.casefold()
    assert "Traceback" not in outcome.err
    assert len(outcome.err.splitlines()) == 1
    assert _left(tmp_path) == []


def test_what_is_there_is_not_touched(lake, tmp_path, feedlake):
    (tmp_path / "file").write_text("mine")
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to("nowhere")
    for name in ("file", "folder", "link"):
        outcome = feedlake("export", "--lake", lake, "--output", tmp_path / name)
        assert (outcome.code, outcome.out) == (2, "")
        assert "exists; must be a new folder" in outcome.err
    assert sorted(_left(tmp_path)) == ["file", "folder", "link"]
    assert (tmp_path / "file").read_text() == "mine"
    for output in (lake / "out", lake / "articles" / "out"):
        assert feedlake("export", "--lake", lake, "--output", output).code == 2
        assert not output.exists()
    elsewhere = feedlake("export", "--lake", lake, "--output", "s3://a/b")
    assert "must be a folder on this machine" in elsewhere.err
    nowhere = feedlake("export", "--lake", tmp_path / "none", "--output", tmp_path / "out")
    assert nowhere.code == 2


def test_folder_appears_whole_or_not_at_all(lake, tmp_path, monkeypatch, feedlake):
    def fail(*_: object) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(exporting, "datasheet_text", fail)
    with pytest.raises(OSError, match="No space"):
        export(str(lake), str(tmp_path / "out"), where=None, output_format="csv")
    assert _left(tmp_path) == []


def test_files_that_move_meanwhile_are_read_again(lake, tmp_path, monkeypatch):
    write, calls = exporting.write_articles, []

    def moved(*given: object, **options: object) -> int:
        calls.append(1)
        if len(calls) == 1:
            raise duckdb.IOException("IO Error: No files found")
        return write(*given, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(exporting, "write_articles", moved)
    done = export(str(lake), str(tmp_path / "out"), where=None, output_format="csv")
    assert (len(calls), done.articles) == (2, 4)


def test_python_does_the_same(lake, tmp_path):
    with feedlake.open(lake) as opened:
        done = opened.export(tmp_path / "out", where="rights_reserved", format="csv")
        assert isinstance(done, feedlake.Exported)
        assert done.articles == 1
        assert [file.name for file in done.files] == sorted(_content(tmp_path / "out"))
        assert opened.export(tmp_path / "none", where="false").articles == 0
        with pytest.raises(feedlake.UsageError, match="format: xml: must be one of"):
            opened.export(tmp_path / "xml", format="xml")
        with pytest.raises(feedlake.QueryError, match="headline"):
            opened.export(tmp_path / "bad", where="headline = 1")


def test_commands_of_the_page_run(seed_lake, tmp_path, monkeypatch):
    (tmp_path / "lake").symlink_to(seed_lake)
    monkeypatch.chdir(tmp_path)
    commands = [
        shlex.split(line)
        for block in blocks_of(PROJECT / "docs" / "export.md", "sh")
        for line in block.text.replace("\n    ", " ").replace('\n"', '"').splitlines()
    ]
    assert len(commands) == 5
    codes = [run_command(*command[1:]).code for command in commands]
    assert codes == [0, 0, 0, 0, 3]  # The samples state no licence.


def test_lake_of_an_older_feedlake_says_that_nobody_looked_for_rights(lake, tmp_path, feedlake):
    old = tmp_path / "lake"
    shutil.copytree(lake, old)
    for table in ("articles", "revisions"):
        forget_columns(old, ("rights", "rights_reserved"), table=table)
    done = export(str(old), str(tmp_path / "out"), where=None, output_format="csv")
    assert done.articles == 4
    sheet = (tmp_path / "out" / "datasheet.md").read_text(encoding="utf-8")
    assert "4 articles were written by an older feedlake" in sheet
    assert "license" not in json.loads((tmp_path / "out" / "croissant.json").read_text())
    told = feedlake("explain", "https://quay.example/1", "--lake", old).out
    assert "An article" in told
    assert "rights:" not in told
