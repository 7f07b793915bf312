"""The tables [[source]] of the configuration file, and secrets in it."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from feedlake.pipeline.cli.command_line import Call, read_command_line
from feedlake.pipeline.options.run_options import ingest_options
from feedlake.transforms.records.polls import SourceOptions

FEED = "https://news.example/feed.xml"


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")


def write(text: str, name: str = "feedlake.toml") -> None:
    Path(name).write_text(text, encoding="utf-8")


def read(*words: str) -> Call:
    return read_command_line(list(words))


def refusal(text: str, *words: str, feedlake: Any) -> str:
    """What is said of a file, without the program's name and the pointer to the help."""
    write(text)
    outcome = feedlake(*(words or ("ingest",)))
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err.startswith("feedlake: ")
    assert outcome.err.count("\n") == 1
    assert os.listdir() == ["feedlake.toml"]
    return outcome.err.removeprefix("feedlake: ").rpartition(" (see feedlake ")[0]


def options_of(text: str) -> dict[str, SourceOptions]:
    write(text)
    return dict(read("ingest", "--lake", "l").sources)


def test_source_table_decides_about_one_address():
    found = options_of(
        f"""
        [[source]]
        url = "{FEED}"
        tags = ["local", "economy", "local"]
        language = "pt-BR"
        interval = "6h"
        delay = 5
        headers = {{ accept-language = "pt", X-Edition = "7" }}
        fetch = false
        robots = false
        auth-env = "FEEDLAKE_NEWS_LOGIN"
        cookies-env = "FEEDLAKE_cookies2"
        """
    )

    assert found == {
        FEED: SourceOptions(
            tags=("local", "economy"),
            language="pt",
            interval_s=21_600.0,
            delay_s=5.0,
            headers=(("Accept-Language", "pt"), ("X-Edition", "7")),
            auth_env="FEEDLAKE_NEWS_LOGIN",
            cookies_env="FEEDLAKE_cookies2",
            fetches_pages=False,
            obeys_robots=False,
        )
    }


def test_source_table_with_nothing_but_an_address_changes_nothing():
    assert options_of(f'[[source]]\nurl = "{FEED}"') == {FEED: SourceOptions()}


def test_tables_are_sources_after_those_of_the_list():
    tables = f'[[source]]\nurl = "{FEED}"\n[[source]]\nurl = "http://b.example"'
    write(f'lake = "l"\nsources = ["a"]\n{tables}')

    assert read("schedule").values["sources"] == ("a", FEED, "http://b.example/")


def test_table_counts_for_an_address_of_a_list_too():
    from feedlake.pipeline.web.web_sources import read_arguments

    write(f'[[source]]\nurl = "{FEED}"\ndelay = 9')
    write(f"{FEED}\nhttps://other.example/rss\n", "list.txt")
    found = read("ingest", "list.txt", "--lake", "l")

    sources = read_arguments(found.values["sources"], options=found.sources).sources

    assert {source.url: source.options.delay_s for source in sources} == {
        FEED: 9.0,
        "https://other.example/rss": None,
    }


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("", "source 1: url: missing"),
        ("url = 1", "source 1: url: must be text in quotes"),
        ("url = 'news.example'", "url news.example: must be an http(s) address"),
        ("url = 'ftp://news.example'", "must be an http(s) address"),
        ("url = 'https://'", "must be an http(s) address"),
        ("url = 'https://a b.example/'", "must be an http(s) address"),
        ("url = 'https://a.example:99999/'", "must be an http(s) address"),
        ("interval = '0s'", "interval: 0s: must be a duration"),
        (
            "interval = '2h'\nmax-interval = '1h'",
            "max-interval: must be at least as long as interval",
        ),
        ("interval = '31d'", "interval: 31d: must be a duration"),
        ("interval = true", 'interval: must be a duration such as "15m", not true or false'),
        ("delay = '2h'", "delay: 2h: must be a duration"),
        (f"delay = 0x{'f' * 5000}", "delay: a number is too long"),
        ("tags = 'a'", "tags: must be an array"),
        ("tags = ['']", "tags: an empty text: must be lines of visible text"),
        ("language = 'German'", "language: German: must be a language"),
        ("fetch = 'no'", "fetch: must be true or false"),
        ("headers = ['a']", "headers: must be a table such as"),
        ("headers = {'a b' = 'x'}", "headers: a b: must be the name of a header"),
        ('headers = {X-A = "a\\r\\nCookie: b"}', "headers: X-A: must be one line"),
        ("headers = {X-A = 1}", "headers: X-A: must be text in quotes, not a number"),
        ("headers = {x-a = '1', X-A = '2'}", "headers: X-A: is given twice"),
        ("headers = {host = 'x'}", "headers: Host: feedlake sets this header itself"),
        ("tag = ['a']", "tag: no such key; did you mean tags?"),
        (
            "no-fetch = true",
            "no-fetch: not a key of a [[source]] table; must come before the first one",
        ),
        ("workers = 2", "workers: not a key of a [[source]] table; must come before the first one"),
        ("auth_env = 'A'", "auth_env: no such key; did you mean auth-env?"),
        ("[[source]]\nurl = 'https://news.example/feed.xml'", "this address has a table already"),
    ],
)
def test_mistake_in_a_table_is_one_sentence(feedlake, table, said):
    start = "" if table.startswith("url") or not table else f"url = '{FEED}'\n"

    sentence = refusal(f"[[source]]\n{start}{table}", feedlake=feedlake)

    assert sentence.startswith("feedlake.toml: source ")
    assert said in sentence


@pytest.mark.parametrize("text", ["source = 1", "source = [1]", "[source]\nurl = 'https://a.b/'"])
def test_tables_must_be_tables(feedlake, text):
    assert "[[source]]" in refusal(text, feedlake=feedlake)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("[[source]]\nurl = 'https://ada:hunter2@news.example/'", "auth-env"),
        ("[[source]]\nurl = 'HTTPS://hunter2@news.example/'", "auth-env"),
        ("[[source]]\nurl = 'https://ada:hunt/er2@news.example/'", "http(s)"),
        ("sources = ['https://ada:hunter2@news.example/']", "auth-env"),
        (f"[[source]]\nurl = '{FEED}'\nauth-env = 'ada:hunter2'", "name of an environment"),
        (f"[[source]]\nurl = '{FEED}'\ncookies-env = 'id=hunter2'", "name of an environment"),
        (f"[[source]]\nurl = '{FEED}'\nauth-env = 'HUNTER_TOKEN'", "begins with FEEDLAKE_"),
        (f"[[source]]\nurl = '{FEED}'\ncookies-env = 'FEEDLAKE_'", "begins with FEEDLAKE_"),
        (f"[[source]]\nurl = '{FEED}'\nheaders = {{authorization = 'Basic hunter2'}}", "auth-env"),
        (f"[[source]]\nurl = '{FEED}'\nheaders = {{PROXY-Authorization = 'hunter2'}}", "auth-env"),
        (f"[[source]]\nurl = '{FEED}'\nheaders = {{Cookie = 'id=hunter2'}}", "cookies-env"),
    ],
)
def test_secret_in_the_file_is_refused_with_a_hint_and_not_shown(feedlake, text, hint):
    sentence = refusal(text, feedlake=feedlake)

    assert hint in sentence
    assert "hunt" not in sentence


def test_secret_of_the_environment_is_nowhere_in_the_options(monkeypatch):
    monkeypatch.setenv("FEEDLAKE_NEWS_LOGIN", "ada:hunter2")
    write(f'lake = "l"\n[[source]]\nurl = "{FEED}"\nauth-env = "FEEDLAKE_NEWS_LOGIN"')

    found = read("schedule")
    options = ingest_options(found.values, sources=found.sources)

    assert options.web.sources[FEED].auth_env == "FEEDLAKE_NEWS_LOGIN"
    assert "hunter2" not in repr(found) + repr(options)
    assert json.loads(options.to_json())["web"]["sources"] == {}
    assert "FEEDLAKE_NEWS_LOGIN" not in options.to_json()
