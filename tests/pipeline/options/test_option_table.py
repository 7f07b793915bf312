"""The table of options: each row is sound, and what follows from it fits the records."""

from __future__ import annotations

import ast
import dataclasses
import json
import tomllib
from collections import Counter

import pytest
from conftest import PROJECT
from hypothesis import given
from hypothesis import strategies as st

from feedlake.pipeline.cli.command_line import read_command_line
from feedlake.pipeline.config.config_template import default_as_toml
from feedlake.pipeline.options import option_kinds as kinds
from feedlake.pipeline.options.failures import UsageError
from feedlake.pipeline.options.option_table import (
    COMMANDS,
    FILE_OPTIONS,
    OPTIONS,
    SOURCE_OPTIONS,
    options_of,
)
from feedlake.pipeline.options.run_options import (
    EnrichmentChoice,
    IngestOptions,
    WebOptions,
    fields_of,
    ingest_options,
)
from feedlake.pipeline.service.schedule import ScheduleOptions
from feedlake.pipeline.stream.stream_options import StreamOptions
from feedlake.transforms.process.sandbox import Limits
from feedlake.transforms.records.polls import SourceOptions

RECORDS = {
    "": (IngestOptions, {"limits", "web", "enrichment", "is_scheduled", "beam_flags"}),
    "web": (WebOptions, {"sources"}),
    "enrichment": (EnrichmentChoice, set()),
    "limits": (Limits, {"wall_s"}),
    "schedule": (ScheduleOptions, set()),
    "stream": (StreamOptions, {"compact_files"}),
    "source": (SourceOptions, set()),
}
"""Records that the table fills, and those of their fields that it does not."""


def test_each_field_of_a_record_has_its_row_and_each_row_its_field():
    placed = Counter(option.field for option in OPTIONS if option.field)
    assert set(placed.values()) == {1}
    assert {field.rpartition(".")[0] for field in placed} == set(RECORDS)
    for name, (record, others) in RECORDS.items():
        fields = {field.name for field in dataclasses.fields(record)}
        filled = {field.rpartition(".")[2] for field in placed if field.rpartition(".")[0] == name}
        assert filled == fields - others, name


@pytest.mark.parametrize("option", OPTIONS, ids=lambda option: option.name)
def test_row_is_sound(option):
    for written in (default_as_toml(option), option.example):
        if written:
            option.kind.read_toml(tomllib.loads(f"value = {written}")["value"])
    assert len(option.help.split()) > 2
    assert option.help[-1] not in ".;,"
    commands = {command.name for command in COMMANDS}
    assert set(option.commands) <= commands
    assert set(option.required_by) <= set(option.commands)
    if option.in_file and option.default is None:
        assert option.example, "the file that init writes has a line for it"
    assert not option.not_with or option.not_with in options_of(option.commands[0])


def test_no_command_takes_two_options_of_one_name():
    for command in COMMANDS:
        taken = [option.name for option in OPTIONS if command.name in option.commands]
        assert len(taken) == len(set(taken)) == len(options_of(command.name))
    in_file = [option for option in OPTIONS if option.in_file]
    assert len(FILE_OPTIONS) + len(SOURCE_OPTIONS) == len(in_file)


def test_record_of_a_run_is_what_the_command_line_says(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    words = "ingest a b --lake l --no-fetch --max-document-mb 2 --timeout 5 --max-memory-mb 3"
    more = "--near-duplicates keep --host-delay 1m --enrich tone,language --field text=body"

    options = ingest_options(read_command_line([*words.split(), *more.split()]).values)

    assert (options.sources, options.lake) == (("a", "b"), str(tmp_path / "l"))
    assert (options.web.fetches_pages, options.web.obeys_robots) == (False, True)
    assert options.max_document_bytes == 2 << 20
    assert options.limits == Limits(5, 15.0, 3 << 20)
    assert (options.near_duplicates, options.fields) == ("keep", {"text": "body"})
    assert options.web.host_delay_s == 60.0
    assert options.enrichment.enrich == "language,tone"
    assert options.history == "index"


def test_options_may_be_given_by_name_without_a_command_line():
    options = ingest_options({"sources": ("a",), "lake": "gs://bucket/lake/", "min-chars": 7})

    assert (options.min_chars, options.chunk_documents) == (7, 10_000)
    assert (options.lake, options.history) == ("gs://bucket/lake", "join")


def test_options_as_json_hold_no_credentials():
    given = {"sources": ("https://ada:hunter2@news.example/feed",), "lake": "lake"}

    shown = json.loads(ingest_options(given).to_json())

    assert shown["sources"] == ["https://news.example/feed"]
    assert (shown["web"]["in_flight"], shown["enrichment"]["enrich"]) == (64, "default")


def test_name_with_no_turns_its_field_off():
    values = {"no-fetch": True, "no-robots": False}
    assert fields_of("web", values) == {"fetches_pages": False, "obeys_robots": True}


class Refused(str):
    """The sentence about a word that is not allowed."""


def value_or_sentence(kind: kinds.Kind, word: str) -> object:
    try:
        return kind.read_words([word])
    except UsageError as error:
        return Refused(error)


@pytest.mark.parametrize(
    ("kind", "word", "value"),
    [
        (kinds.whole(1, 20), "7", 7),
        (kinds.whole(1, 20, unit=1 << 20), "7", 7 << 20),
        (kinds.whole(-1, 20), "21", "21: must be a whole number from -1 to 20"),
        (kinds.whole(1, 2_000), "1e3", "1e3: must be a whole number from 1 to 2,000"),
        (kinds.share(0.5), "0.75", 0.75),
        (kinds.share(0.5), "nan", "nan: must be a number from 0.5 to 1"),
        (kinds.duration("1s", "1d"), "1.5h", 5_400.0),
        (kinds.duration("1s", "1d"), "90", 90.0),
        (
            kinds.duration("1s", "1d"),
            "2d",
            "2d: must be a duration such as 30s, 15m or 2h, from 1s to 1d",
        ),
        (kinds.one_of("drop", "keep"), "keep", "keep"),
        (kinds.one_of("drop", "keep"), "kee", "kee: must be one of drop, keep"),
        (kinds.some_of("a", "b", metavar="N"), "b, a", ("b", "a")),
        (kinds.some_of("a", "b", metavar="N"), "a,a", "a,a: must be among a, b, each once"),
        (kinds.set_or_some_of(("all",), ("a", "b")), "b,a", "a,b"),
        (kinds.set_or_some_of(("all",), ("a", "b")), " all", "all"),
        (
            kinds.set_or_some_of(("all",), ("a", "b")),
            "all,a",
            "all,a: must be all, or among a, b, each once",
        ),
        (kinds.FILE, "", "an empty text: must be a path"),
        (kinds.LINE, "two\nlines", "must be one line of visible ASCII text"),
        (kinds.VARIABLE, "hunter2!", f"must be {kinds.VARIABLE.allowed}"),
    ],
)
def test_kind_gives_the_value_or_says_what_is_allowed(kind, word, value):
    assert value_or_sentence(kind, word) == value


@given(st.sampled_from([option for option in OPTIONS if option.kind is not kinds.FLAG]), st.text())
def test_any_word_is_taken_or_refused_with_what_is_allowed(option, word):
    found = value_or_sentence(option.kind, word)
    if isinstance(found, Refused) and option.name != "headers":
        assert found.endswith(f"must be {option.kind.allowed}")


def test_no_private_part_of_argparse_is_used():
    for path in PROJECT.glob("pipeline/**/*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        imported = {
            alias.name
            for node in ast.walk(tree)
            if isinstance(node, ast.Import)
            for alias in node.names
        }
        if "argparse" in imported:
            used = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
            private = {name for name in used if name.startswith("_") and not name.endswith("__")}
            assert not private, path.name
