"""The options of the command as keyword arguments."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from feedlake.pipeline.api.keyword_options import (
    BESIDE,
    IngestKeywords,
    PageKeywords,
    read_keywords,
    read_paths,
)
from feedlake.pipeline.options.failures import UsageError
from feedlake.pipeline.options.option_table import options_of


def test_each_option_of_ingest_has_a_type():
    names = {name.replace("-", "_") for name in options_of("ingest")} - BESIDE
    assert set(IngestKeywords.__annotations__) == names, (
        "pipeline/api/keyword_options.py lists them"
    )


def test_each_option_for_reading_a_page_has_a_type():
    of_ingest = set(IngestKeywords.__annotations__)
    of_extract = {name.replace("-", "_") for name in options_of("extract")} - BESIDE
    asks_the_web = {"contact", "no_robots", "allow_network", "page", "url"}
    assert set(PageKeywords.__annotations__) == of_extract - asks_the_web
    assert set(PageKeywords.__annotations__) <= of_ingest


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ({"min_chars": 100}, {"min-chars": 100}),
        ({"earliest_date": date(2000, 1, 2)}, {"earliest-date": date(2000, 1, 2)}),
        ({"earliest_date": "2000-01-02"}, {"earliest-date": date(2000, 1, 2)}),
        ({"host_delay": "2m"}, {"host-delay": 120.0}),
        ({"host_delay": 3}, {"host-delay": 3.0}),
        ({"max_document_mb": 2}, {"max-document-mb": 2 << 20}),
        ({"partition_by": ("date", "language")}, {"partition-by": ("date", "language")}),
        ({"enrich": ["counts", "language"]}, {"enrich": "language,counts"}),
        ({"field": {"text": "body"}}, {"field": {"text": "body"}}),
        ({"no_fetch": True, "contact": None}, {"no-fetch": True}),
        ({"allow_network": ["10.0.0.0/8"]}, {"allow-network": ("10.0.0.0/8",)}),
    ],
)
def test_values_mean_what_the_configuration_file_means_by_them(given, meant):
    assert read_keywords(given, function="ingest") == meant


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"min_chars": -1}, "min_chars: -1: must be a whole number from 0 to 1,000,000,000"),
        ({"min_chars": "many"}, "min_chars: must be a number, not text in quotes"),
        ({"reread": "yes"}, "reread: must be true or false, not text in quotes"),
        ({"entities": "some"}, "entities: some: must be one of off, lead, full"),
        ({"field": {"body": "text"}}, "field: body=text: must be NAME=OWN with NAME one of url,"),
    ],
)
def test_value_that_is_not_allowed_is_named_with_what_is(given, sentence):
    with pytest.raises(UsageError) as raised:
        read_keywords(given, function="ingest")
    assert str(raised.value).startswith(sentence)


def test_unknown_option_is_a_type_error_that_names_the_nearest():
    with pytest.raises(TypeError, match=r"ingest\(\) takes no argument 'min_char'; did you mean m"):
        read_keywords({"min_char": 3}, function="ingest")
    with pytest.raises(TypeError, match=r"extract\(\) takes no argument 'lake'"):
        read_keywords({"lake": "x"}, function="extract")


def test_one_path_and_several_are_paths():
    assert read_paths("news/") == ["news/"]
    assert read_paths(Path("news")) == ["news"]
    assert read_paths(["a", Path("b")]) == ["a", "b"]
    assert read_paths(name for name in "ab") == ["a", "b"]
