"""What has to agree with a guid or an address before a document is a version of an article."""

import pytest

from feedlake.transforms.dedup.kinship import (
    Evidence,
    compare_titles,
    follows_by_address,
    follows_by_guid,
    sketch_title,
)

LONG = " ".join(f"w{a}{b}o" for a in "aeiou" for b in "bdfghklm")
HOUR_S, DAY_S = 3_600.0, 86_400.0


@pytest.mark.parametrize(
    ("first", "second", "kinship"),
    [
        ("New pier opens", "New pier opens", "same"),
        ("New pier opens", "NEW PIER: opens!", "same"),
        ("New pier opens", "New pier opens in Lydbury", "similar"),
        ("Council approves the pier", "Council approves the pier after all", "similar"),
        ("Version 1.0 of the tool", "Version 1.1 of the tool", "other"),
        ("The seven best piers of 2017", "The ten best piers of 2026", "other"),
        ("Toll rises to 12", "Toll rises to 15", "other"),
        ("The toll rises", "The toll rises to 15 in the town", "similar"),
        ("Toll rises", "Toll rises to 15 in the town", "other"),
        ("Weather for Monday", "Weather for Tuesday", "other"),
        ("Daily weather for Monday", "Daily weather for Tuesday", "other"),
        ("Weather", "Traffic", "other"),
        ("東京で新しい橋が開通", "東京で新しい橋が開通した", "similar"),
        ("New pier opens", None, "unknown"),
        ("", "", "unknown"),
        ("?!", "?!", "unknown"),
        (LONG, f"Live: {LONG}", "similar"),
        (LONG, LONG.replace("o", "i"), "other"),
    ],
)
def test_titles_are_alike_by_words_and_numbers(first, second, kinship):
    assert compare_titles(sketch_title(first), sketch_title(second)) == kinship
    assert compare_titles(sketch_title(second), sketch_title(first)) == kinship


def test_a_sketch_of_a_title_has_sixteen_words_at_most():
    assert len(sketch_title(LONG)) == 32
    assert len(sketch_title("One two 3")) == 6


@pytest.mark.parametrize(
    ("text", "title", "apart_s", "by_guid", "by_address"),
    [
        ("same", "other", 9 * 365 * DAY_S, True, True),
        ("akin", "same", HOUR_S, True, True),
        ("akin", "similar", HOUR_S, True, True),
        ("akin", "other", HOUR_S, False, True),
        ("akin", "other", 0.0, True, True),
        ("akin", "same", 7 * DAY_S, False, True),
        ("akin", "other", 7 * DAY_S, False, True),
        ("akin", "other", 365 * DAY_S, False, False),
        ("akin", "unknown", None, True, True),
        ("other", "same", 0.0, False, True),
        ("other", "same", None, False, True),
        ("other", "same", DAY_S, False, False),
        ("other", "other", 0.0, False, True),
        ("other", "other", DAY_S, False, False),
        ("other", "unknown", None, False, False),
        ("unknown", "same", None, True, True),
        ("unknown", "same", 0.0, True, True),
        ("unknown", "same", DAY_S, False, True),
        ("unknown", "other", 0.0, False, True),
        ("unknown", "other", DAY_S, False, False),
        ("unknown", "unknown", 0.0, True, True),
        ("unknown", "unknown", None, False, True),
        ("unknown", "unknown", DAY_S, False, False),
    ],
)
def test_a_second_witness_decides(text, title, apart_s, by_guid, by_address):
    found = Evidence(text, title, apart_s=apart_s, is_timed=True)

    assert (follows_by_guid(found), follows_by_address(found)) == (by_guid, by_address)


@pytest.mark.parametrize(
    ("text", "title", "apart_s", "by_address"),
    [
        ("same", "other", DAY_S, True),
        ("akin", "same", DAY_S, True),
        ("akin", "other", 0.0, True),
        ("akin", "other", DAY_S, False),
        ("other", "same", 0.0, True),
        ("other", "same", None, False),
        ("unknown", "same", 0.0, True),
        ("unknown", "same", DAY_S, False),
        ("unknown", "same", None, False),
        ("unknown", "unknown", None, False),
    ],
)
def test_another_guid_and_date_in_one_feed_speak_against_an_address(
    text, title, apart_s, by_address
):
    found = Evidence(text, title, apart_s=apart_s, is_timed=True, is_renamed=True)

    assert follows_by_address(found) == by_address


def test_two_stories_of_one_day_have_no_date_in_common_by_that():
    found = Evidence("other", "other", apart_s=0.0, is_timed=False)

    assert not follows_by_address(found)
