"""The configuration file: what it may hold, what goes before it, and what is said of mistakes."""

from __future__ import annotations

import contextlib
import json
import os
import threading
from datetime import UTC, date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from conftest import Outcome
from hypothesis import given
from hypothesis import strategies as st

from feedlake.pipeline.cli.command_line import read_command_line
from feedlake.pipeline.config.config_file import MAX_BYTES, read_config_file
from feedlake.pipeline.options.failures import UsageError
from feedlake.pipeline.options.option_kinds import lake_path
from feedlake.pipeline.options.option_table import FILE_OPTIONS, options_of

FEED = "https://news.example/feed.xml"


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")


def write(text: str, name: str = "feedlake.toml") -> None:
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def read(*words: str) -> SimpleNamespace:
    """The values of a command line, by the names of options with underscores."""
    values = read_command_line(list(words)).values
    return SimpleNamespace(**{name.replace("-", "_"): value for name, value in values.items()})


def refusal(text: str, *words: str, feedlake: Any) -> str:
    """What is said of a file, without the program's name and the pointer to the help."""
    write(text)
    outcome = feedlake(*(words or ("ingest",)))
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err.startswith("feedlake: ")
    assert outcome.err.count("\n") == 1
    assert os.listdir() == ["feedlake.toml"]
    return outcome.err.removeprefix("feedlake: ").rpartition(" (see feedlake ")[0]


def test_schedule_needs_no_words():
    write(f'lake = "lake"\nsources = ["{FEED}"]\nevery = "20m"\nruns = 3')

    found = read("schedule")

    assert (found.lake, found.sources, found.every, found.runs) == ("lake", (FEED,), 1200.0, 3)


def test_without_a_file_all_is_as_the_table_says():
    found = read_command_line(["ingest", "a", "--lake", "l"])

    defaults = {name: option.default_value() for name, option in options_of("ingest").items()}
    assert found.values == {**defaults, "sources": ("a",), "lake": "l"}
    assert found.sources == {}


@pytest.mark.parametrize(
    ("line", "name", "value"),
    [
        ('text-mode = "lines"', "text_mode", "lines"),
        ('field = {text = "body", url = "link"}', "field", {"text": "body", "url": "link"}),
        ('field.text = "a=b"', "field", {"text": "a=b"}),
        ("min-chars = 0", "min_chars", 0),
        ("min-chars = 0x10", "min_chars", 16),
        ('partition-by = ["date", "language"]', "partition_by", ("date", "language")),
        ('partition-by = "date:month, site"', "partition_by", ("date:month", "site")),
        ("near-threshold = 1", "near_threshold", 1.0),
        ("near-threshold = 0.75", "near_threshold", 0.75),
        ("workers = 2", "workers", 2),
        ('history = "join"', "history", "join"),
        ("reread = true", "reread", True),
        ("json = true", "json", True),
        ('contact = "ada@news.example"', "contact", "ada@news.example"),
        ("no-fetch = true", "no_fetch", True),
        ("no-fetch = false", "no_fetch", False),
        ("fetch = false", "no_fetch", True),
        ("fetch = true", "no_fetch", False),
        ("robots = false", "no_robots", True),
        ('host-delay = "1.5m"', "host_delay", 90.0),
        ("host-delay = 0", "host_delay", 0.0),
        ("host-delay = 2.5", "host_delay", 2.5),
        ('allow-network = ["10.1.0.0/16"]', "allow_network", ("10.1.0.0/16",)),
        ('allow-network = ["10.1.2.3/16"]', "allow_network", ("10.1.0.0/16",)),
        ("allow-network = []", "allow_network", ()),
        ('"min-interval" = "1h"', "min_interval", 3600.0),
    ],
)  # fmt: skip
def test_key_says_what_its_flag_says(line, name, value):
    write(line)

    assert getattr(read("ingest", "a", "--lake", "l"), name) == value


@pytest.mark.parametrize("day", ["2001-02-03", '"2001-02-03"'])
def test_day_may_be_a_date_or_a_text(day):
    write(f"earliest-date = {day}")

    assert str(read("ingest", "a", "--lake", "l").earliest_date) == "2001-02-03"


def test_flag_goes_before_the_file_and_replaces_whole_lists():
    write(
        'lake = "other"\nsources = ["b", "c"]\nworkers = 1\nfield = {text = "body"}\n'
        f'allow-network = ["10.0.0.0/8"]\n[[source]]\nurl = "{FEED}"'
    )

    found = read("ingest", "a", "--lake=l", "--workers=2", "--field", "url=u",
                 "--allow-network", "fd00::/8", "d")  # fmt: skip

    assert (found.lake, found.sources, found.workers) == ("l", ("a", "d"), 2)
    assert (found.field, found.allow_network) == ({"url": "u"}, ("fd00::/8",))


def test_a_flag_that_says_the_default_goes_before_the_file_too():
    write('text-mode = "lines"\nhost-delay = 9')

    found = read("ingest", "a", "--lake", "l", "--text-mode", "auto", "--host-delay", "2s")

    assert (found.text_mode, found.host_delay) == ("auto", 2.0)


def test_key_counts_for_the_commands_that_know_it_and_troubles_no_other():
    write('lake = "lake"\nsources = ["a"]\nevery = "1h"\nmetrics = 9464\nworkers = 3')

    assert not hasattr(read("ingest"), "every")
    assert read("query", "SELECT 1").lake == "lake"
    assert read("compact").lake == "lake"
    assert read("feeds").lake == "lake"
    assert read("schedule").workers == 3


def test_other_file_is_named_with_config_and_the_default_one_then_means_nothing():
    write('lake = "no"\nworkers = 1')
    write('lake = "yes"', "conf/mine.toml")

    found = read("ingest", "a", "--config", "conf/mine.toml")

    assert found.lake == "conf/yes"
    assert found.workers == (os.cpu_count() or 1)


def test_relative_paths_start_at_the_folder_of_the_file(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    write(
        'lake = "../lake"\nsources = ["feeds.opml", "/srv/news", "~/news", "HTTPS://a.example/", '
        '"gs://bucket/x", "in/*.xml"]',
        "conf/feedlake.toml",
    )
    folder = Path("conf").absolute()
    monkeypatch.chdir("/")

    found = read("ingest", "--config", str(folder / "feedlake.toml"))

    assert lake_path(found.lake) == str(folder.parent / "lake")
    assert found.sources == (
        f"{folder}/feeds.opml",
        "/srv/news",
        str(tmp_path / "home/news"),
        "HTTPS://a.example/",
        "gs://bucket/x",
        f"{folder}/in/*.xml",
    )


def test_pattern_beside_a_file_is_found_where_the_folder_has_a_bracket(feedlake, story):
    folder = story.rename(story.parent / "sto[r]y")
    write('sources = ["*.txt"]', f"{folder}/feedlake.toml")

    outcome = feedlake("ingest", "--config", folder / "feedlake.toml", "--lake", "lake", "--json")

    assert json.loads(outcome.out)["articles"] == 1


def test_tilde_of_the_lake_is_the_home_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    write('lake = "~/lake"')

    assert read("compact").lake == str(tmp_path / "lake")


def test_run_by_a_file_reads_and_asks(feedlake, story):
    write(f'lake = "lake"\nsources = [{json.dumps(str(story))}]\nquiet = true')

    assert feedlake("ingest") == Outcome(0, "", "")
    assert feedlake("query", "SELECT count(*) n FROM articles", "--format", "csv").out == "n\n1\n"
    assert feedlake("compact", "--verify").code == 0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("worker = 2", "worker: no such key; did you mean workers?"),
        ("host_delay = 2", "host_delay: no such key; did you mean host-delay?"),
        ("Lake = 'l'", "Lake: no such key; did you mean lake?"),
        ("fetsh = true", "fetsh: no such key; did you mean fetch?"),
        ("[sourc]", "sourc: no such key; did you mean source?"),
        ("zzz = 1", "zzz: no such key; feedlake init writes a file with all keys"),
        ("'' = 1", ": no such key; feedlake init"),
        ("[web]\nhost-delay = 2", "web: no such key"),
        ("verify = true", "verify: works on the command line only"),
        ("config = 'x'", "config: works on the command line only"),
        ("tags = ['a']", "tags: belongs in a [[source]] table, after its url"),
        ("workers = 0", "workers: 0: must be a whole number from 1 to 256"),
        ("workers = 2.0", "workers: 2.0: must be a whole number from 1 to 256"),
        ("workers = '2'", "workers: must be a number, not text in quotes"),
        ("workers = true", "workers: must be a number, not true or false"),
        ("workers = [2]", "workers: must be a number, not an array"),
        ("near-threshold = nan", "near-threshold: nan: must be a number from 0.5 to 1"),
        ("host-delay = inf", "host-delay: inf: must be a duration"),
        ("host-delay = -1", "host-delay: -1: must be a duration"),
        ("host-delay = 07:32:00", "host-delay: must be a duration such as \"15m\", not a date"),
        ("every = 'often'", "every: often: must be a duration"),
        ("earliest-date = 2019-01-01T00:00:00Z", "earliest-date: 2019-01-01T00:00:00+00:00: must"),
        ("earliest-date = '2019'", "earliest-date: 2019: must be a date, YYYY-MM-DD"),
        ("text-mode = 'odd'", "text-mode: odd: must be one of auto, whole, lines"),
        ("text-mode = 1", "text-mode: must be text in quotes, not a number"),
        ("no-fetch = 'yes'", "no-fetch: must be true or false, not text in quotes"),
        ("fetch = 0", "fetch: must be true or false, not a number"),
        ("fetch = true\nno-fetch = true", "no-fetch: must be there only once, with or without no-"),
        ("lake = ''", "lake: an empty text: must be a path"),
        ("lake = 1", "lake: must be text in quotes, not a number"),
        ('lake = "a\\u0000b"', "lake: must not contain a NUL"),
        ("sources = 'a'", "sources: must be an array such as"),
        ("sources = ['a', 1]", "sources: must be an array of texts in quotes; a number is in it"),
        ("sources = ['']", "sources: an empty text: must be a path or an address"),
        ("[[sources]]\nurl = 'x'", "sources: contains a table; tables are called [[source]]"),
        ("field = ['text=body']", "field: must be a table such as"),
        ("field = {colour = 'c'}", "field: colour=c: must be NAME=OWN"),
        ("field = {'text=a' = 'b'}", "field: text=a: must be NAME=OWN"),
        ("field = {text = 1}", "field: text: must be text in quotes, not a number"),
        ("partition-by = ['date', 'date']", "each once"),
        ("allow-network = ['10.0.0.0/99']", "allow-network: 10.0.0.0/99: must be a network"),
        ("contact = '''a\nb'''", "contact: must be one line of visible ASCII text"),
        (f"min-chars = 1{'0' * 5000}", "a number is too long"),
        (f"min-chars = 0x{'f' * 5000}", "a number is too long"),
        ("lake = 'l", "(at line 1, column 10)"),
        ("lake = 'l'\nworkers 2", "(at line 2, column 9)"),
        ("a = 1\na = 2", "(at line 2, column 6)"),
        ("x = " + "[" * 100_000, "nested too deep"),
    ],
)  # fmt: skip
def test_mistake_in_the_file_is_one_sentence_and_exit_code_2(feedlake, text, said):
    sentence = refusal(text, feedlake=feedlake)

    assert sentence.startswith("feedlake.toml: ")
    assert said in sentence


@pytest.mark.parametrize("command", [["schedule"], ["query", "SELECT 1"], ["compact"], ["feeds"]])
def test_mistake_in_the_file_stops_each_command(feedlake, command):
    said = refusal("wrokers = 1", *command, feedlake=feedlake)

    assert said == "feedlake.toml: wrokers: no such key; did you mean workers?"


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"lake = '\xff'", "line 1, column 9: must be UTF-8"),
        (b"#" * (MAX_BYTES + 1), "must have at most 16 MiB"),
    ],
)
def test_file_that_is_no_text_is_refused(feedlake, body, said):
    Path("feedlake.toml").write_bytes(body)

    outcome = feedlake("compact")

    assert (outcome.code, outcome.err.count("\n")) == (2, 1)
    assert said in outcome.err


def test_byte_order_mark_and_carriage_returns_are_read():
    Path("feedlake.toml").write_bytes(b"\xef\xbb\xbflake = 'l'\r\nworkers = 2\r\n")

    assert read("ingest", "a").lake == "l"


@pytest.mark.parametrize(
    ("name", "said"),
    [("none.toml", "no such file"), (".", "Is a directory"), ("", "an empty text")],
)
def test_file_that_is_named_must_be_there(feedlake, name, said):
    outcome = feedlake("compact", "--lake", "l", "--config", name)

    assert (outcome.code, outcome.out, outcome.err.count("\n")) == (2, "", 1)
    assert said in outcome.err


def test_file_may_come_through_a_pipe():
    os.mkfifo("pipe")
    writer = threading.Thread(target=write, args=("lake = 'l'", "pipe"))
    writer.start()

    assert read("compact", "--config", "pipe").lake == "l"
    writer.join()


@pytest.mark.parametrize(
    ("words", "text", "said"),
    [
        (["ingest"], "", "SOURCE, --lake; they may also stand in feedlake.toml, as sources and"),
        (["schedule"], "lake = 'l'", "SOURCE; they may also stand in feedlake.toml, as sources"),
        (["ingest"], "lake = 'l'\nsources = []", "SOURCE; "),
        (["ingest", "a"], "", "--lake; they may also stand in feedlake.toml, as lake"),
        (["query", "SELECT 1"], "", "--lake; "),
        (["compact"], "sources = ['a']", "--lake; "),
    ],
)  # fmt: skip
def test_what_neither_command_nor_file_says_is_named(feedlake, words, text, said):
    sentence = refusal(text, *words, feedlake=feedlake)

    assert sentence.startswith("the following arguments are required: ")
    assert said in sentence


VALUES = st.recursive(
    st.text("ab\0 -=/:.0159mhd", max_size=8)
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.dates()
    | st.datetimes(timezones=st.none() | st.just(UTC)),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text("abc"), inner, max_size=2),
)


def to_toml(value: object) -> str:
    """A value as TOML."""
    if isinstance(value, dict):
        pairs = (f"{json.dumps(name)} = {to_toml(own)}" for name, own in value.items())
        return "{" + ", ".join(pairs) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(to_toml, value)) + "]"
    return value.isoformat() if isinstance(value, date) else json.dumps(value).lower()


@given(st.sampled_from([*FILE_OPTIONS, "fetch", "source"]), VALUES)
def test_any_value_is_taken_or_refused_in_one_sentence(tmp_path_factory, key, value):
    path = tmp_path_factory.getbasetemp() / "any.toml"
    path.write_text(f"{key} = {to_toml(value)}".replace("infinity", "inf"), encoding="utf-8")

    with contextlib.suppress(UsageError):
        values, _ = read_config_file(str(path))
        assert set(values) <= set(FILE_OPTIONS)


@given(st.text() | st.binary().map(lambda body: body.decode("latin-1")))
def test_any_text_is_read_or_refused_in_one_sentence(tmp_path_factory, text):
    path = tmp_path_factory.getbasetemp() / "any.toml"
    path.write_text(text, encoding="utf-8", errors="replace")

    with contextlib.suppress(UsageError):
        values, _ = read_config_file(str(path))
        assert not values or "=" in text


def test_empty_source_after_a_flag_is_refused_as_one_before_it(feedlake):
    outcome = feedlake("ingest", "a", "--lake", "l", "")

    assert outcome == Outcome(
        2,
        "",
        "feedlake: SOURCE: an empty text: must be a path or an address (see feedlake ingest "
        "--help)\n",
    )


@contextlib.contextmanager
def _put_there_by(somebody: str) -> Any:
    """Makes the file in the working folder one that somebody else could have written."""
    if somebody == "another user":
        os.chown("feedlake.toml", 12_345, -1)
    elif somebody == "another user's folder":
        os.chown(".", 12_345, -1)
    else:
        os.chmod("feedlake.toml" if somebody == "everybody" else ".", 0o777)
    yield
    os.chown(".", os.geteuid(), -1)


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="only POSIX says whose a file is")
@pytest.mark.parametrize(
    ("somebody", "why"),
    [
        ("another user", "it belongs to another user"),
        ("another user's folder", "the folder belongs to another user"),
        ("everybody", "everybody may write to it"),
        ("everybody in the folder", "everybody may write to its folder"),
    ],
)
def test_a_file_that_others_could_have_put_there_is_named_and_not_used(somebody, why, capsys):
    if "another" in somebody and os.geteuid() != 0:
        pytest.skip("only root can give a file to another user")
    write('lake = "theirs"\nallow-network = ["10.0.0.0/8"]')
    with _put_there_by(somebody):
        assert read("query", "--lake", "mine", "SELECT 1").lake == "mine"
        said = capsys.readouterr().err
        assert said.startswith(f"feedlake: feedlake.toml isn't used, as {why}; ")
        assert said.count("\n") == 1
        assert read("ingest", "a.txt", "--lake", "l").allow_network == ()
        assert read("ingest", "a.txt", "--config", "feedlake.toml").lake == "theirs"


def test_in_a_shared_folder_with_the_sticky_bit_ones_own_file_is_used(capsys):
    write('lake = "mine"')
    os.chmod(".", 0o1777)

    assert read("query", "SELECT 1").lake == "mine"
    assert capsys.readouterr().err == ""
