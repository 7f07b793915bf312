"""What reading front matter promises: fields as people write them, and no value that does harm."""

from __future__ import annotations

import contextlib
import json
import time
from datetime import UTC, datetime

import pytest

from feedlake.transforms.texts.front_matter import (
    FrontMatter,
    FrontMatterError,
    begins_with_front_matter,
    read_fields,
    split_front_matter,
)

YAML = """---
title: "The ferry: a story"
date: 2026-03-15 09:30:00 +0100
author: [Ann Lee, Bo Ek]
tags:
  - harbour
  - sea
lang: no
weight: 012
---
The text.
"""
TOML = """+++
title = "The ferry: a story"
date = 2026-03-15T09:30:00+01:00
authors = ["Ann Lee", "Bo Ek"]
lang = "no"
weight = "012"
[taxonomies]
tags = ["harbour", "sea"]
+++
The text.
"""
JSON = (
    '{"title": "The ferry: a story", "date": "2026-03-15T09:30:00+01:00", "author": "Ann Lee, '
    'Bo Ek", "tags": "harbour, sea", "lang": "no", "weight": "012"}\n\nThe text.\n'
)


@pytest.mark.parametrize("text", [YAML, TOML, JSON])
def test_fields_are_read_in_three_languages(text: str) -> None:
    fields, rest = split_front_matter(text)
    front = read_fields(fields)
    assert rest.strip() == "The text."
    assert front.title == "The ferry: a story"
    assert front.published_at == datetime(2026, 3, 15, 8, 30, tzinfo=UTC)
    assert (front.authors, front.tags) == (("Ann Lee", "Bo Ek"), ("harbour", "sea"))
    assert front.language == "no"
    assert json.loads(front.extra or "")["weight"] == "012"


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"Title": " A\nB "}, FrontMatter(title="A B")),
        ({"canonical_url": "https://a.example/1", "url": "/x"}, None),
        ({"permalink": "/2026/ferry/"}, None),
        ({"url": "/x/", "canonical": "https://a.example/1"}, None),
        ({"author": {"name": "Ann Lee"}}, FrontMatter(authors=("Ann Lee",))),
        ({"authors": [{"name": "Ann Lee"}, "Bo Ek"]}, FrontMatter(authors=("Ann Lee", "Bo Ek"))),
        ({"cover": {"image": "https://a.example/1.png"}}, None),
        ({"tags": ["a", "", None, "a", 7]}, FrontMatter(tags=("a", "7"))),
        ({"date": "2026-13-45"}, None),
        ({"published": "true", "created": "2026-03-15"}, None),
        ({"title": ["a"], "tags": {"a": "b"}}, None),
        ({"title": True, "date": True}, None),
        ({"weight": float("nan")}, FrontMatter(extra='{"weight": null}')),
    ],
)
def test_names_and_forms_that_generators_give(fields, expected) -> None:  # type: ignore[no-untyped-def]
    front = read_fields(fields)
    if expected is not None:
        assert front == expected
    urls = {"https://a.example/1"} & {str(value) for value in fields.values()}
    assert front.url == (urls.pop() if urls else None)
    if "cover" in fields:
        assert front.image_url == "https://a.example/1.png"
    if "2026-13-45" in fields.values():
        assert (front.published_at, front.published_text) == (None, "2026-13-45")
    if "created" in fields:
        assert front.published_at == datetime(2026, 3, 15, tzinfo=UTC)
    if front.extra:
        assert set(json.loads(front.extra)) <= set(fields)


@pytest.mark.parametrize(
    "text",
    [
        "---\ntitle: [a\n---\nText.",
        "---\njust words\n---\nText.",
        "---\na: &a [x]\nb: [*a, *a]\n---\nText.",
        "---\n" + "a: " + "[" * 5000 + "\n---\n",
        "---\n" + "- " * 5000 + "\n---\n",
        "---\na: \x01\n---\n",
        "+++\ntitle = 2026-13-45\n+++\n",
        "+++\ntitle\n+++\n",
        "+++\na = " + "[" * 5000 + "\n+++\n",
        '{"title": \n\nText.',
        '{"a": ' * 5000,
    ],
)
def test_what_cannot_be_read_is_said(text: str) -> None:
    started = time.process_time()
    with pytest.raises(FrontMatterError):
        split_front_matter(text)
    assert time.process_time() - started < 5


@pytest.mark.parametrize(
    "text", ["", "Text.", "---\n\nText below a rule.", "---\n---\nText.", "***\nText.", "{curly}"]
)
def test_texts_without_fields_stay_whole_or_lose_two_lines(text: str) -> None:
    assert split_front_matter(text)[0] == {}
    assert split_front_matter(text)[1] in (text, "Text.")


@pytest.mark.parametrize(
    ("text", "begins"),
    [
        (YAML, True),
        (TOML, True),
        ("---\n# a comment\n\ntitle: A\n---\n", True),
        ("---\n\nA rule above a text.\n\n---\n\nAnd below.", False),
        ("---\ntitle: it never ends\n", False),
        ("--- a.py\n+++ b.py\n@@ -1 +1 @@\n", False),
        ("-----BEGIN CERTIFICATE-----\n", False),
    ],
)
def test_front_matter_is_told_from_rules(text: str, begins: bool) -> None:
    assert begins_with_front_matter(text) is begins


@pytest.mark.parametrize(
    "part", ["a: b\n", "- ", "? ", "'", '"\\', "a:\n ", "{", "!!a ", "%", "|\n"]
)
def test_long_front_matter_takes_seconds_at_most(part: str) -> None:
    text = "---\n" + part * (65_000 // len(part)) + "\n---\nText."
    started = time.process_time()
    begins_with_front_matter(text)
    with contextlib.suppress(FrontMatterError):
        split_front_matter(text)
    assert time.process_time() - started < 10
