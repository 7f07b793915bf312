"""Scripts that need rules of their own are never overlooked."""

from __future__ import annotations

import sys

import pytest

from feedlake.transforms.enrich.counts import _SCRIPTS
from feedlake.transforms.language.scripts import may_inflect_names, may_lack_spaces
from feedlake.transforms.places.place_names import DENSE


def test_each_letter_of_a_script_without_spaces_is_told():
    letters = _SCRIPTS.findall("".join(map(chr, range(0x80, sys.maxunicode + 1))))

    assert letters
    assert all(may_lack_spaces(letter) for letter in "".join(letters))
    assert all(may_lack_spaces(letter) for letter in DENSE if letter != "-")


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
