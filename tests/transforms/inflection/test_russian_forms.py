"""Names have the forms that sentences give them."""

from __future__ import annotations

import pytest

from feedlake.transforms.inflection.place_forms import Named, place_forms
from feedlake.transforms.inflection.russian_forms import russian_forms

MINSK = Named("BY", is_town=True, is_capital=True, population=1_700_000)
VILLAGE = Named("RU", is_town=True, is_capital=False, population=30_000)
CITY = Named("RU", is_town=True, is_capital=False, population=800_000)
AMERICAN = Named("US", is_town=True, is_capital=False, population=290_000)


@pytest.mark.parametrize(
    ("name", "forms"),
    [
        ("Москва", "Москвы Москве Москву Москвой"),
        ("Сирия", "Сирии Сирию Сирией"),
        ("Китай", "Китая Китаю Китаем Китае"),
        ("Египет", "Египта Египту Египтом Египте"),
        ("Химки", "Химок Химкам Химками Химках"),
        ("Раменское", "Раменского Раменскому Раменским Раменском"),
    ],
)
def test_russian_name_has_the_forms_of_its_cases(name, forms):
    assert russian_forms(name).issuperset(forms.split())


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("Новая Зеландия", "Новой Зеландии"),
        ("Нижний Новгород", "Нижнем Новгороде"),
        ("Ростов-на-Дону", "Ростове-на-Дону"),
        ("Санкт-Петербург", "Санкт-Петербургом"),
        ("Каменск-Уральский", "Каменске-Уральском"),
        ("Босния и Герцеговина", "Боснии и Герцеговине"),
        ("Соединённые Штаты Америки", "Соединённых Штатов Америки"),
        ("Папуа \u2014 Новая Гвинея", "Папуа \u2014 Новой Гвинее"),
    ],
)
def test_words_of_a_russian_name_change_together(name, form):
    assert form in russian_forms(name)


@pytest.mark.parametrize("name", ["Токио", "Улан-Удэ", "Moscow", ""])
def test_name_without_cases_has_no_other_forms(name):
    assert russian_forms(name) == frozenset()


def test_small_town_has_no_form_that_is_a_surname():
    assert place_forms({"Пушкино": "ru"}, VILLAGE, own="*") == {"Пушкине": "ru"}
    assert "Саратова" in place_forms({"Саратов": "ru"}, CITY, own="*")
    assert place_forms({"Линкольн": "ru"}, AMERICAN, own="*") == {"Линкольне": "ru"}


def test_form_counts_beside_the_languages_that_have_it_as_a_name():
    forms = place_forms({"Минск": "ru", "Минска": "mn"}, MINSK, own="*")
    assert forms["Минска"] == "mn ru"


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("Kielce", "Kielcach"),
        ("Korea P\u00f3\u0142nocna", "Korei P\u00f3\u0142nocnej"),
        ("Zakopane", "Zakopanem"),
    ],
)
def test_polish_name_has_the_forms_of_the_table(name, form):
    assert place_forms({name: "*"}, VILLAGE, own="*")[form] == "pl"
    assert place_forms({name: "cs"}, VILLAGE, own="*") == {}
