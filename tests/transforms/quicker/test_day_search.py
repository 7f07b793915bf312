"""What htmldate's search for a day is spared, and what it still finds."""

import pytest
from htmldate import extractors

from feedlake.transforms.extract.library_calls import find_day, parse_html
from feedlake.transforms.quicker import day_search
from feedlake.transforms.quicker.compared import are_compared

pytestmark = pytest.mark.skipif(
    not are_compared("htmldate"), reason="another htmldate, left as it is"
)


@pytest.fixture
def asked(monkeypatch):
    """The texts that dateparser was asked for, with the languages."""
    seen = []
    real = day_search._parser

    class Watch:
        def __init__(self, languages):
            self._languages = languages

        def get_date_data(self, text):
            seen.append((self._languages, text))
            return real(self._languages).get_date_data(text)

    monkeypatch.setattr(day_search, "_parser", Watch)
    return seen


def day_of(text, language):
    tree = parse_html(f"<html><body><div class=date>{text}</div><p>Rain fell.</p></body></html>")
    assert tree is not None
    return find_day(tree, language=language)


def test_a_date_is_read_in_the_language_of_its_page(asked):
    assert day_of("12 lutego 2019, 10:40", "pl") == "2019-02-12"
    assert {languages for languages, _ in asked} == {("pl", "en")}


def test_a_date_is_read_in_english_on_pages_of_any_language(asked):
    assert day_of("November 20 15:23 2019", "pl") == "2019-11-20"
    assert {languages for languages, _ in asked} == {("pl", "en")}


@pytest.mark.parametrize("language", [None, "x-klingon"])
def test_a_date_is_read_in_all_languages_where_the_page_states_none(asked, language):
    assert day_of("12 lutego 2019, 10:40", language) == "2019-02-12"
    assert {languages for languages, _ in asked} == {None}


def test_letters_of_another_alphabet_are_read_whatever_the_page_states(asked):
    assert day_of("12 \u0444\u0435\u0432\u0440\u0430\u043b\u044f 2019, 10:40", "en") == "2019-02-12"
    assert [languages for languages, _ in asked] == [("en",), None]


def test_a_text_without_a_year_is_no_date(asked):
    assert day_of("Jo Smith, Tom Jones, published 11:34", "en") is None
    assert asked == []


def test_what_a_text_says_on_one_page_it_need_not_say_on_another():
    days = [day_of("12 lutego 2019, 10:40", language) for language in ("en", "pl", "en")]

    assert days == [None, "2019-02-12", None]


def test_htmldate_is_left_as_it_was():
    before = dict(vars(extractors))

    day_of("12 lutego 2019, 10:40", "pl")

    assert dict(vars(extractors)) == before
