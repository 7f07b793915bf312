"""What of an article is compared, and which changes are no revision."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from articles import NOON, article, key_of, prose
from hypothesis import given
from hypothesis import strategies as st

from feedlake.transforms.dedup.fingerprint import (
    document_id_of,
    fingerprint_article,
    fingerprint_articles,
    hash_content,
)
from feedlake.transforms.dedup.lookup import NEVER
from feedlake.transforms.normalize.text import hash_text

BODY = "The bridge was opened on Monday.\n\nIt cost 35 million and took 4 years."


@pytest.mark.parametrize(
    "line",
    [
        "12 comments",
        "Comments (12)",
        "Updated 3 March 2019, 10:30 GMT",
        "Updated 3:45 p.m.",
        "By Ann Smith, Political Correspondent | 3 March 2019 | 10:30 | 57 comments",
        "5 min read",
        "\u66f4\u65b0\u4e8e2024\u5e743\u67085\u65e5 10:30",
    ],
)
def test_date_lines_and_counters_are_no_part_of_the_content(line):
    assert hash_content(f"{line}\n\n{BODY}") == hash_content(BODY)
    assert hash_content(f"{BODY}\n\n{line}") == hash_content(BODY)
    assert hash_content(f"{BODY}\n{line}\nThe end.") == hash_content(f"{BODY}\nThe end.")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("35 million", "36 million"),
        ("on Monday", "on Tuesday"),
        ("4 years.", "4 years. It is closed again."),
        ("It cost", "12 people died.\n\nIt cost"),
        ("It cost", "\u4ed6\u8aaa\u670935\u4eba\u6b7b\u4ea1\u3002\n\nIt cost"),
        ("It cost", 'He said: "It was 1999."\n\nIt cost'),
        ("It cost", "The engineers, who had worked at it since 1999, were\npleased. It cost"),
    ],
)
def test_a_change_in_a_sentence_is_one_of_the_content(old, new):
    assert hash_content(BODY.replace(old, new)) != hash_content(BODY)


def test_a_wrapped_line_with_a_changed_number_is_a_changed_sentence():
    wrapped = "The engineers, who had worked at the bridge since {} and were\npleased, left."

    assert hash_content(wrapped.format(1999)) != hash_content(wrapped.format(2001))


def test_a_text_of_counters_only_is_told_from_another():
    assert hash_content("Arsenal 2\nChelsea 1") != hash_content("Arsenal 3\nChelsea 1")
    assert hash_content("Arsenal 2\n\nLeeds 1\n\nYork 0") != hash_content(
        "Fulham 3\n\nHull 1\n\nUtd 2"
    )


@given(st.text())
def test_case_and_white_space_are_no_part_of_the_content(text):
    assert hash_content(text) == hash_content(f" {text}  ")
    assert hash_content(f"{BODY.upper()}\n") == hash_content(BODY.replace("\n\n", "\n\n\n"))


@pytest.mark.parametrize(
    ("moment", "microseconds"),
    [
        (None, NEVER),
        (datetime(1970, 1, 1, tzinfo=UTC), 0),
        (datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC), -1),
        (datetime(2019, 1, 23, 12, 0, 0, 1, tzinfo=UTC), 1_548_244_800_000_001),
        (datetime(2019, 1, 23, 14, tzinfo=timezone(timedelta(hours=2))), 1_548_244_800_000_000),
    ],
)
def test_times_are_exact(moment, microseconds):
    assert key_of(article("text", published=moment)).published_at == microseconds


def test_a_document_is_the_same_only_at_the_same_place_with_the_same_text():
    made = [
        article(prose(1), url="https://news.example/a"),
        article(prose(2), url="https://news.example/a"),
        article(prose(1), url="https://news.example/b"),
        article(prose(1), url="https://news.example/a", source="/in/b.jsonl"),
        article(prose(1), url="https://news.example/a", record=2),
        article(prose(1), url="https://news.example/a", record=None),
    ]

    assert len(set(map(document_id_of, made))) == len(made)
    later = article(prose(1), url="https://news.example/a", fetched=NOON + timedelta(days=1))
    assert document_id_of(later) == document_id_of(made[0])


def test_a_path_that_is_not_unicode_has_an_id():
    assert len(document_id_of(article("text", source="/in/\udcff.txt"))) == 8


@pytest.mark.parametrize("text", [BODY, f"12 comments\n\n{BODY}"])
def test_hash_of_the_content_is_the_same_where_that_of_the_text_is_known(text):
    assert hash_content(text, text_sha256=hash_text(text)) == hash_content(text)


def test_articles_get_the_same_keys_together_as_alone():
    articles = [article(prose(seed, words=seed * 40), record=seed) for seed in range(1, 9)]

    assert fingerprint_articles(articles) == [fingerprint_article(one) for one in articles]
    assert fingerprint_articles([]) == []
