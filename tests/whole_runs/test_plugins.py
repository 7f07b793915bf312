"""Plugins: what other packages add to runs, and what runs and lakes are like without them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent
from typing import Any

import pyarrow.parquet as pq
import pytest
from conftest import PROJECT, Outcome, read_rows

EXAMPLE = PROJECT / "examples" / "feedlake-voices"
NITF = """<?xml version="1.0"?>
<nitf><body><body.head><hedline><hl1>The ferry is late</hl1></hedline><byline>Ada Holm</byline>
</body.head><body.content>
<p>The ferry was late, and \u201cnobody knew why\u201d, the pilot said.</p>
<p>It came at noon, when the tide was out again.</p></body.content></body></nitf>
"""


def make_package(
    folder: Path,
    name: str,
    points: Mapping[str, Mapping[str, str]],
    code: str,
    *,
    version: str = "1.0",
) -> None:
    """Writes a module and the metadata of its package, as an installer leaves them."""
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.py").write_text(dedent(code))
    info = folder / f"{name}-{version}.dist-info"
    for other in folder.glob(f"{name}-*.dist-info/*"):
        other.unlink()
    info.mkdir(exist_ok=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    lines = []
    for group, entries in points.items():
        lines.append(f"[feedlake.{group}]")
        lines += [f"{point} = {name}:{target}" for point, target in entries.items()]
    (info / "entry_points.txt").write_text("\n".join(lines) + "\n")


def run(folder: Path | None, *arguments: object, **variables: str) -> Outcome:
    """Runs the command where the packages of a folder are installed."""
    path = {} if folder is None else {"PYTHONPATH": str(folder)}
    done = subprocess.run(
        [sys.executable, "-m", "feedlake", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **path, **variables},
    )
    return Outcome(done.returncode, done.stdout, done.stderr)


def ask(folder: Path | None, sql: str, lake: Path) -> Any:
    done = run(folder, "query", sql, "--lake", lake, "--format", "json")
    assert (done.code, done.err) == (0, "")
    return json.loads(done.out)


def write_story(folder: Path, name: str, text: str) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(text)
    return path


def test_example_is_installed_and_runs(tmp_path):
    """With pip, as whoever has only the two packages would, but offline."""
    target = tmp_path / "installed"
    subprocess.run(
        [
            *(sys.executable, "-m", "pip", "install", "--quiet", "--no-build-isolation"),
            *("--no-deps", "--no-index", "--target", target, _copy_of(EXAMPLE, tmp_path)),
        ],
        check=True,
        env={**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1"},
    )
    listed = run(target, "plugins")
    assert (listed.code, listed.err) == (0, "")
    assert listed.out.splitlines() == [
        "enricher x_voices 1, of feedlake-voices 1.0 (feedlake_voices.voices:VOICES)",
        "reader x_nitf 1, of feedlake-voices 1.0 (feedlake_voices.nitf:NITF)",
        "notifier logbook, of feedlake-voices 1.0 (feedlake_voices.logbook:write_line)",
    ]
    story, lake, log = (
        write_story(tmp_path / "in", "a.xml", NITF),
        tmp_path / "lake",
        tmp_path / "l",
    )
    done = run(target, "ingest", story, "--lake", lake, VOICES_LOG=str(log))
    assert (done.code, "1 document = 1 article" in done.out) == (0, True), done.err
    [row] = ask(
        target, "SELECT title, source_kind, authors, x_voices, enrichers FROM articles", lake
    )
    assert row["title"] == "The ferry is late"
    assert (row["source_kind"], row["authors"]) == ("x_nitf", ["Ada Holm"])
    assert row["x_voices"]["quotations"] == 1
    assert row["x_voices"]["longest"] == "nobody knew why"
    assert row["enrichers"].endswith(", x_voices 1")
    assert log.read_text() == "1 articles, 0 rejects\n"
    again = run(target, "ingest", story, "--lake", lake, "--reread", VOICES_LOG=str(log))
    assert "0 articles + 0 duplicates + 0 rejects + 1 already in the lake" in again.out
    assert len(log.read_text().splitlines()) == 2
    without = run(None, "compact", "--verify", "--lake", lake)
    assert without == Outcome(0, "the lake is sound\n", "")


def _copy_of(project: Path, folder: Path) -> Path:
    """pip leaves what it has built beside the sources."""
    for path in project.rglob("*"):
        if path.is_file() and path.suffix in (".py", ".toml", ".md"):
            copied = folder / "source" / path.relative_to(project)
            copied.parent.mkdir(parents=True, exist_ok=True)
            copied.write_bytes(path.read_bytes())
    return folder / "source"


BAD = """
    import os, time
    import pyarrow as pa
    from feedlake.plugins import Enricher

    def good(subject):
        return {"words": len(subject.text.split()), "language": subject.language}

    def raises(subject):
        raise LookupError("no such mood")

    def hangs(subject):
        while True:
            pass

    def crashes(subject):
        os.abort()

    def leaves(subject):
        raise SystemExit(3)

    def grows(subject):
        bytes(1 << 40)

    def make(run, *fields):
        return Enricher("1.0", fields=fields or (pa.field("n", pa.int32()),), run=run)

    GOOD = make(good, pa.field("words", pa.int32()), pa.field("language", pa.string()))
    RAISES, HANGS, CRASHES, LEAVES, GROWS = map(make, (raises, hangs, crashes, leaves, grows))
    WRONG = make(lambda subject: {"n": "many"})
    MORE = make(lambda subject: {"n": 1, "m": 2})
    NOTHING = make(lambda subject: None)
"""


def test_plugin_that_fails_costs_its_column_and_no_other(tmp_path):
    names = "good raises hangs crashes leaves grows wrong more nothing".split()
    points = {"enrichers": {name: name.upper() for name in names}}
    make_package(tmp_path / "site", "moods", points, BAD)
    write_story(
        tmp_path / "in", "a.txt", "date 2026-01-02\nThe ferry left at noon, and we waved.\n"
    )
    lake = tmp_path / "lake"

    flags = ("--timeout", "2", "--workers", "1")
    done = run(tmp_path / "site", "ingest", tmp_path / "in", "--lake", lake, *flags)

    assert (done.code, "1 document = 1 article" in done.out) == (0, True), done.err
    [row] = read_rows(lake, "articles")
    assert row["x_good"] == {"words": 8, "language": "en"}
    assert {name: row[f"x_{name}"] for name in names[1:]} == dict.fromkeys(names[1:])
    filled = row["enrichers"].split(", ")
    assert filled[-2:] == ["x_good 1.0", "x_nothing 1.0"]
    assert filled[0] == "language 4"
    assert row["places"] is not None
    [of_run] = read_rows(lake, "runs")
    failures = {one["enricher"]: one for one in of_run["enrich_failures"]}
    causes = {name: one["cause"] for name, one in failures.items()}
    assert causes == {
        **{"x_raises": "error", "x_wrong": "error", "x_more": "error"},
        **{"x_hangs": "timeout", "x_crashes": "crash", "x_leaves": "crash", "x_grows": "memory"},
    }
    assert "no such mood" in failures["x_raises"]["example"]


def test_broken_plugins_are_listed_and_left_out(tmp_path):
    site = tmp_path / "site"
    enrichers = {
        **{"fine": "FINE", "missing": "NOT_THERE", "text": "TEXT", "Upper": "FINE"},
        "twice": "FINE",
    }
    code = """
        import pyarrow as pa
        from feedlake.plugins import Enricher
        FINE = Enricher(2, fields=(pa.field("n", pa.int32()),), run=lambda subject: {"n": 1})
        TEXT = "no enricher"
    """
    points = {"enrichers": enrichers, "readers": {"fine": "FINE"}, "notifiers": {"text": "TEXT"}}
    make_package(site, "moods", points, code)
    make_package(site, "others", {"enrichers": {"twice": "FINE"}}, code)
    make_package(site, "broken", {"enrichers": {"late": "X"}}, "import no_such_package")
    make_package(site, "leaving", {"enrichers": {"gone": "X"}}, "import sys; sys.exit('bye')")
    make_package(
        site,
        "odd",
        {"enrichers": {"odd": "X"}},
        """
        import pyarrow as pa
        from feedlake.plugins import Enricher
        X = Enricher(1, fields=(pa.field("at", pa.timestamp("ns")),), run=print)
        """,
    )

    listed = run(site, "plugins", "--json")
    assert listed.code == 3
    told = {(one["kind"], one["name"], one["distribution"]): one for one in json.loads(listed.out)}
    faults = {key[:2] + key[2:]: one["fault"] for key, one in told.items() if one["fault"]}
    assert {key[1]: words for key, words in faults.items() if key[0] == "enricher"} == {
        "missing": "AttributeError: module 'moods' has no attribute 'NOT_THERE'",
        "text": "it must be a feedlake.plugins.Enricher",
        "Upper": "its name must be lower-case letters, digits and _, a letter first",
        "twice": "another package has one of this name",
        "late": "ModuleNotFoundError: No module named 'no_such_package'",
        "gone": "SystemExit: bye",
        "odd": faults["enricher", "odd", "odd 1.0"],
    }
    assert faults["enricher", "odd", "odd 1.0"].startswith("field at: timestamp[ns] is none of")
    assert faults["reader", "fine", "moods 1.0"] == "it must be a feedlake.plugins.Reader"
    assert faults["notifier", "text", "moods 1.0"].startswith("it must be a function")
    assert told["enricher", "fine", "moods 1.0"]["version"] == "2"
    assert (
        "enricher x_late, of broken 1.0 (broken:X)\n  isn't used: Mod" in run(site, "plugins").out
    )

    story = write_story(tmp_path / "in", "a.txt", "The ferry left at noon, and the town waved.\n")
    done = run(site, "ingest", story, "--lake", tmp_path / "lake")
    assert done.code == 0
    assert "feedlake: the enricher late of broken 1.0 isn't used: ModuleNotFound" in done.err
    [row] = read_rows(tmp_path / "lake", "articles")
    assert {name for name in row if name.startswith("x_")} == {"x_fine", "x_twice"}
    for name, why in [
        ("x_late", "isn't used: ModuleNotFoundError"),
        ("x_never", "no plugin of this name is installed"),
        ("fine", "fine: must be default, all, none, or among"),
    ]:
        refused = run(site, "ingest", story, "--lake", tmp_path / "lake", "--enrich", name)
        assert (refused.code, why in refused.err) == (2, True), refused.err


def mood(version: int, fields: str, value: str, *, is_default: bool = True) -> str:
    return f"""
        import pyarrow as pa
        from feedlake.plugins import Enricher
        MOOD = Enricher(
            {version}, fields=({fields},), run=lambda subject: {value}, is_default={is_default}
        )
    """


POINTS = {"enrichers": {"mood": "MOOD"}}


def test_files_with_other_columns_of_plugins_are_one_lake(tmp_path):
    site, lake = tmp_path / "site", tmp_path / "lake"
    versions = [
        None,
        mood(1, "pa.field('n', pa.int32())", "{'n': 1}"),
        mood(2, "pa.field('n', pa.int32()), pa.field('w', pa.string())", "{'n': 2, 'w': 'w'}"),
        mood(3, "pa.field('n', pa.string())", "{'n': 'three'}"),
    ]
    for number, code in enumerate(versions):
        text = (
            f"date 2026-01-02\nStory {number}: {'the ferry left ' * number} and {number} waved.\n"
        )
        story = write_story(tmp_path / "in", f"{number}.txt", text)
        if code is not None:
            make_package(site, "moods", POINTS, code)
        done = run(site if code else None, "ingest", story, "--lake", lake)
        assert done.code == 0, done.err
    schemas = {
        str(pq.read_schema(path).field("x_mood").type)
        if "x_mood" in pq.read_schema(path).names
        else ""
        for path in (lake / "articles").rglob("*.parquet")
    }
    assert len(schemas) == 4
    sql = "SELECT x_mood.n AS n, x_mood.w AS w FROM articles ORDER BY source"
    expected = [
        {"n": n, "w": w} for n, w in [(None, None), ("1", None), ("2", "w"), ("three", None)]
    ]

    assert ask(None, sql, lake) == expected
    compacted = run(None, "compact", "--lake", lake)
    assert (compacted.code, "4 files" in compacted.out or "files merged" in compacted.out) == (
        0,
        True,
    )
    assert len([*(lake / "articles").rglob("*.parquet")]) == 1
    assert ask(None, sql, lake) == expected
    assert run(None, "compact", "--verify", "--lake", lake).out == "the lake is sound\n"

    kept = run(None, "enrich", "--lake", lake, "--all")  # The plugin is not there: its values stay.
    assert kept.code == 0, kept.err
    assert ask(None, sql, lake) == expected
    done = run(site, "enrich", "--lake", lake, "--json")
    assert json.loads(done.out)["enriched"] == 3
    assert ask(None, "SELECT DISTINCT x_mood.n AS n FROM articles", lake) == [{"n": "three"}]
    [labels] = ask(None, "SELECT DISTINCT enrichers AS e FROM articles", lake)
    assert labels["e"].endswith(", x_mood 3")
    assert json.loads(run(site, "enrich", "--lake", lake, "--json").out)["enriched"] == 0


def test_plugin_that_is_no_default_runs_if_it_is_named(tmp_path):
    site, lake = tmp_path / "site", tmp_path / "lake"
    code = mood(1, "pa.field('n', pa.int32())", "{'n': 1}", is_default=False)
    make_package(site, "moods", POINTS, code)
    story = write_story(tmp_path / "in", "a.txt", "The ferry left at noon, and the town waved.\n")
    assert run(site, "ingest", story, "--lake", lake).code == 0
    assert "x_mood" not in read_rows(lake, "articles")[0]
    done = run(site, "enrich", "--lake", lake, "--only", "x_mood", "--json")
    assert json.loads(done.out)["enriched"] == 1
    [row] = read_rows(lake, "articles")
    assert row["x_mood"] == {"n": 1}
    assert row["enrichers"].endswith("counts 2, x_mood 1")
    other = tmp_path / "other"
    assert run(site, "ingest", story, "--lake", other, "--enrich", "x_mood").code == 0
    assert read_rows(other, "articles")[0]["enrichers"] == "language 4, x_mood 1"


READERS = """
    from feedlake.plugins import Reader

    def lines(content):
        for line in content.decode().splitlines()[1:]:
            if line == "fail":
                raise ValueError("no line")
            yield {"text": line} if line != "odd" else 3

    def hang(content):
        while True:
            pass

    LINES = Reader(1, read=lines, magic=(b"%LINES",))
    HANGS = Reader(1, read=hang, magic=(b"%HANGS",))
    NOTES = Reader(1, read=lambda content: [{"text": content.decode()}], suffixes=(".note",))
"""


def test_readers_read_what_is_theirs_within_limits(tmp_path):
    site, folder, lake = tmp_path / "site", tmp_path / "in", tmp_path / "lake"
    points = {"readers": {"lines": "LINES", "hangs": "HANGS", "notes": "NOTES"}}
    make_package(site, "kinds", points, READERS)
    stories = [f"Story {number}: the ferry {'left ' * number}at noon." for number in range(5)]
    write_story(folder, "a.txt", "%LINES\n" + "\n".join(stories))
    write_story(folder, "b.bin", f"%LINES\n{'Another story of the harbour. ' * 3}\nodd\nfail\n")
    write_story(folder, "c.bin", "%HANGS")
    write_story(folder, "d.note", "A note on the tide, which came late.")
    write_story(folder, "e.html", "%LINES is no page" + " but a text of the harbour." * 20)

    flags = ("--timeout", "2", "--chunk-documents", "2", "--enrich", "none")
    done = run(site, "ingest", folder, "--lake", lake, *flags)
    assert done.code == 0, done.err
    kinds = ask(None, "SELECT source_kind AS k, count(*) AS n FROM articles GROUP BY 1", lake)
    found = {row["k"]: row["n"] for row in kinds}
    assert found["x_notes"] == 1
    assert found["x_lines"] >= 5 + 1
    rejects = ask(None, "SELECT source_kind AS k, reason, detail FROM rejects", lake)
    told = {(row["k"], row["reason"]): row["detail"] for row in rejects}
    assert set(told) == {
        *{("x_lines", "not_an_object"), ("x_lines", "reader_failed"), ("x_hangs", "timeout")}
    }
    assert told["x_lines", "reader_failed"] == "ValueError: no line"
    assert run(None, "compact", "--verify", "--lake", lake).out == "the lake is sound\n"
    again = run(site, "ingest", folder, "--lake", lake, *flags)
    assert "0 articles + 0 duplicates + 0 rejects" in again.out


NOTIFIERS = """
    import os, sys

    def write(account):
        with open(os.environ["LOG"], "a") as log:
            log.write(f"{account.articles} {account.runs} {type(account).__module__}\\n")

    def fail(account):
        raise LookupError("nobody there")

    def leave(account):
        os._exit(7)

    def speak(account):
        print("said", account.documents)
"""


def test_notifiers_get_the_account_and_their_failures_are_warnings(tmp_path):
    site, lake, log = tmp_path / "site", tmp_path / "lake", tmp_path / "log"
    points = {"notifiers": {name: name for name in ("fail", "leave", "speak", "write")}}
    make_package(site, "bells", points, NOTIFIERS)
    story = write_story(tmp_path / "in", "a.txt", "The ferry left at noon, and the town waved.\n")

    done = run(site, "ingest", story, "--lake", lake, "--json", "--quiet", LOG=str(log))
    assert done.code == 0
    account = json.loads(done.out)
    assert log.read_text() == f"1 {tuple(account['runs'])!r} feedlake.pipeline.run.account\n"
    assert done.err.splitlines() == [
        "feedlake: warning: the notifier fail of bells 1.0 failed: LookupError: nobody there",
        "feedlake: warning: the notifier leave of bells 1.0 failed: exit code 7",
        "said 1",
    ]
    scheduled = run(
        *(site, "schedule", story, "--lake", lake, "--every", "1s", "--runs", "2", "--quiet"),
        LOG=str(log),
    )
    assert scheduled.code == 0
    assert len(log.read_text().splitlines()) == 3
    code = f"import feedlake; feedlake.ingest({str(story)!r}, lake={str(lake)!r}, progress=False)"
    subprocess.run(
        [sys.executable, "-c", code],
        check=True,
        env={**os.environ, "PYTHONPATH": str(site), "LOG": str(log)},
    )
    assert len(log.read_text().splitlines()) == 4


def test_notifier_that_takes_too_long_is_given_up(tmp_path):
    make_package(
        tmp_path / "site",
        "slow",
        {"notifiers": {"slow": "wait"}},
        "import time\ndef wait(account):\n    time.sleep(600)\n",
    )
    code = (
        "from feedlake.pipeline.plugins.notify import notify\n"
        "from feedlake.pipeline.run.account import Account\n"
        "notify(Account('lake'), timeout_s=2)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(tmp_path / "site")},
    )
    assert done.stderr == (
        "feedlake: warning: the notifier slow of slow 1.0 failed: it took more than 2 s\n"
    )


@pytest.mark.parametrize("command", ["ingest", "plugins"])
def test_without_plugins_there_is_nothing_to_see(command, story, tmp_path):
    if command == "plugins":
        assert run(None, "plugins") == Outcome(0, "no plugins are installed\n", "")
        assert json.loads(run(None, "plugins", "--json").out) == []
        return
    done = run(None, "ingest", story, "--lake", tmp_path / "lake", "--quiet")
    assert done == Outcome(0, "", "")
    assert not [name for name in read_rows(tmp_path / "lake", "articles")[0] if name[:2] == "x_"]


def test_pipelines_of_ones_own_have_columns_of_plugins_too(tmp_path):
    site = tmp_path / "site"
    make_package(site, "moods", POINTS, mood(1, "pa.field('n', pa.int32())", "{'n': 1}"))
    write_story(tmp_path / "in", "a.txt", "The ferry left at noon, and the town waved. " * 20)
    example = PROJECT / "examples" / "own_pipeline.py"
    code = example.read_text().replace('"language,counts"', '"language,x_mood"')
    (tmp_path / "own.py").write_text(code)
    subprocess.run(
        [sys.executable, tmp_path / "own.py", tmp_path / "in", tmp_path / "out"],
        check=True,
        env={**os.environ, "PYTHONPATH": str(site)},
        capture_output=True,
    )
    [row] = read_rows(tmp_path / "out", "articles")
    assert (row["x_mood"], row["enrichers"]) == ({"n": 1}, "language 4, x_mood 1")
