"""Where the SQL of a query comes from."""

import io
import json

import pytest
from conftest import run_command

from feedlake.pipeline.options.failures import UsageError
from feedlake.pipeline.query.sql_words import read_sql


@pytest.fixture
def stdin(monkeypatch):
    def give(content):
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(content)))

    return give


def test_sql_is_what_the_command_line_a_file_or_standard_input_says(tmp_path, stdin):
    (tmp_path / "q.sql").write_bytes("\ufeffSELECT 'é';\n".encode())
    stdin(b"SELECT 2")
    assert read_sql("-", file=None) == "SELECT 2"
    stdin(b"SELECT 3")
    assert read_sql(None, file="-") == "SELECT 3"
    assert read_sql("SELECT - 1", file=None) == "SELECT - 1"
    assert read_sql(None, file=str(tmp_path / "q.sql")) == "SELECT 'é';\n"


@pytest.mark.parametrize(
    ("sql", "file", "sentence"),
    [
        (None, None, "query: needs SQL, or --file FILE"),
        ("SELECT 1", "q.sql", "query: takes SQL or --file, not both"),
        (None, "nothing.sql", "--file nothing.sql: cannot be read: No such file or directory"),
        (None, ".", "--file .: cannot be read: Is a directory"),
        ("-", None, "standard input: not in UTF-8"),
    ],
)
def test_sql_that_cannot_be_had_gets_a_sentence(sql, file, sentence, stdin, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    stdin(b"SELECT '\xff'")

    with pytest.raises(UsageError, match=sentence.replace(".", r"\.")):
        read_sql(sql, file=file)


def test_query_takes_a_file_and_gives_json_or_whole_cells(seed_lake, tmp_path):
    (tmp_path / "q.sql").write_text("SELECT count(*) AS n FROM articles;", encoding="utf-8")
    long = "SELECT repeat('word ', 100) AS text, 1 AS n"

    as_json = run_command("query", "-f", tmp_path / "q.sql", "--json", "--lake", seed_lake)
    cut = run_command("query", long, "--lake", seed_lake)
    whole = run_command("query", long, "--full", "--lake", seed_lake)

    assert json.loads(as_json.out) == [{"n": 31}]
    assert cut.out.count("\n") == 8
    assert "word…" in cut.out
    assert whole.out.count("word") == 100
