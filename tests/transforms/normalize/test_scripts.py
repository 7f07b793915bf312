"""Scripts that need rules of their own are never overlooked."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

import feedlake.transforms
from feedlake.transforms.dedup.minhash import MINHASH_VERSION
from feedlake.transforms.dedup.text_words import _NO_SPACES
from feedlake.transforms.normalize.scripts import (
    HAN_SIGNS,
    KANA_HAN,
    READ_BY_LETTER,
    THAI_LAO,
    UNSPACED,
    UNSPACED_LETTERS,
    UNSPACED_MARKS,
    may_inflect_names,
    may_lack_spaces,
)

ALL_CHARACTERS = "".join(map(chr, range(sys.maxunicode + 1)))


def among(ranges: str) -> set[str]:
    return set(re.findall(f"[{ranges}]", ALL_CHARACTERS))


def test_each_letter_of_a_script_without_spaces_is_told():
    assert all(map(may_lack_spaces, among(UNSPACED) | among(HAN_SIGNS)))


@pytest.mark.parametrize(
    "part", [THAI_LAO, KANA_HAN, UNSPACED_LETTERS, UNSPACED_MARKS, READ_BY_LETTER]
)
def test_parts_of_the_scripts_without_spaces_lie_within_them(part):
    assert among(part) <= among(UNSPACED) | among(HAN_SIGNS)


def test_no_other_module_has_ranges_of_its_own_for_these_scripts():
    # Beginnings and ends of Thai, Burmese, Khmer, kana and Han. Only `language_scripts.toml`, which
    # says of all scripts what letters they have, names them again.
    ranges = re.compile(r"\\u(?:0e00|0e01|1000|1780|3040|3400|4e00|9fff)-|-\\u(?:0eff|109f|9fff)")
    folder = Path(feedlake.transforms.__file__).parent
    named = {path.stem for path in folder.rglob("*.py") if ranges.search(path.read_text("utf-8"))}

    assert named == {"scripts"}


def test_near_duplicates_cut_words_at_the_same_letters_for_ever():
    # What is stored in lakes was made with these; to change them is a new version of signatures.
    parts = (
        "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf"
        "\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
    )

    assert among(_NO_SPACES) == among(parts)
    assert MINHASH_VERSION == 5


@pytest.mark.parametrize(
    "text", ["", "plain", "Z\u00fcrich \u2014 \u201c\u041c\u043e\u0441\u043a\u0432\u0430\u201d"]
)
def test_scripts_with_spaces_are_passed_over(text):
    assert not may_lack_spaces(text)


@pytest.mark.parametrize(
    ("text", "may"),
    [
        ("Z\u00fcrich \u2013 \u6771\u4eac", False),
        ("\u041c\u043e\u0441\u043a\u0432\u0435", True),
        ("\u0421\u0440\u0431\u0438\u0458\u0435", True),
        ("\u062f\u0645\u0634\u0642", True),
        ("\u05de\u05d5\u05e1\u05e7\u05d1\u05d4", True),
        ("\uc11c\uc6b8", True),
    ],
)
def test_scripts_that_change_names_are_told(text, may):
    assert may_inflect_names(text) is may
