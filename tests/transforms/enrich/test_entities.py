"""Persons and organisations are found by the extra, and their forms are one."""

# ruff: noqa: E501 (tables of texts)

from __future__ import annotations

from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedlake.transforms.enrich import entities
from feedlake.transforms.enrich.entities import (
    Entity,
    MissingExtraError,
    find_entities,
    has_entity_model,
)

needs_model = pytest.mark.skipif(not has_entity_model(), reason="needs the extra nlp")

TEXT = """President Recep Tayyip Erdogan met Angela Merkel in Berlin on Monday. Erdogan said that talks
with Merkel had been good. Officials of the United Nations were there, too."""


@needs_model
def test_forms_of_a_name_are_one_person():
    found = find_entities("Erdogan in Berlin", TEXT, scope="full", language="en", places=["Berlin"])

    assert found is not None
    persons = {entity.name: entity.count for entity in found if entity.type == "person"}
    assert persons == {"Recep Tayyip Erdogan": 3, "Angela Merkel": 2}
    assert ("United Nations", "organisation") in {(e.name, e.type) for e in found}
    for entity in found:
        if entity.offset is not None:
            assert TEXT[entity.offset :].split()[0].strip(".") in entity.name


@needs_model
def test_known_places_overrule_the_model():
    found = find_entities(
        None, "Rebels left Idlib on Monday.", scope="lead", language="en", places=["Idlib"]
    )

    assert found is not None
    assert [(entity.name, entity.type) for entity in found] == [("Idlib", "place")]


@needs_model
@pytest.mark.parametrize("text", ["", " ", "\ud800", "\U0001f600", "a" * 200_000, "A. " * 2_000])
def test_odd_texts_are_read(text):
    assert find_entities(text[:10], text, scope="full", language="en") is not None


def test_other_languages_have_none():
    assert find_entities(None, TEXT, scope="full", language="de") is None


def test_missing_extra_is_named(monkeypatch):
    entities._load_model.cache_clear()
    monkeypatch.setattr(entities, "find_spec", lambda name: None)

    assert not has_entity_model()
    with pytest.raises(MissingExtraError, match=r"'\.\[nlp\]'"):
        find_entities(None, TEXT, scope="lead", language="en")


@needs_model
def test_abbreviations_keep_their_full_stop():
    found = find_entities(
        None, "Acme Foods Inc. left the U.S. in May.", scope="lead", language="en"
    )

    assert [entity.name for entity in found or ()] == ["Acme Foods Inc.", "U.S."]


@pytest.mark.parametrize(
    ("words", "label", "expected"),
    [
        ("the Acme Foods and", "ORG", ("Acme Foods", "organisation")),
        ("General Motors", "ORG", ("General Motors", "organisation")),
        ("Prince Edward Island", "GPE", ("Prince Edward Island", "place")),
        ("President Erdogan", "PERSON", ("Erdogan", "person")),
        ("King", "PERSON", ("King", "person")),
        ("Ann Smith\u2019s Rocket", "PERSON", ("Ann Smith", "person")),
        ("Ann Smith\u2019s", "PERSON", ("Ann Smith", "person")),
        ("\u2019s Ann Smith", "PERSON", ("Ann Smith", "person")),
        ("Ann Smith 6-4", "PERSON", ("Ann Smith", "person")),
        ("a Touch Bar", "PRODUCT", ("Touch Bar", "other")),
        ("the Hague", "ORG", ("the Hague", "place")),
        ("Netflix", "GPE", ("Netflix", "organisation")),
        ("page2", "ORG", ("page2", "organisation")),
        ("cinnamon, nutmeg", "ORG", None),
        ("12", "ORG", None),
        ("Monday", "DATE", None),
    ],
)
def test_names_are_read_from_the_spans_of_the_model(words, label, expected):
    entity = entities._read(words, label, {"the hague"}, is_placed=True)

    assert (entity and (entity.name, entity.type)) == expected


def merge(*names: tuple[str, entities.EntityType], known: str = "") -> dict[str, int]:
    """The names that mentions, one behind the other, come to, with their counts."""
    found = [
        Entity(name, type=kind, count=1, offset=number) for number, (name, kind) in enumerate(names)
    ]
    return {entity.name: entity.count for entity in entities._merge(found, known.split())}


CLINTONS: list[tuple[str, entities.EntityType]] = [
    ("Hillary Clinton", "person"),
    ("Bill Clinton", "person"),
]


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        # A surname of two persons is that of the first; a first name, that of the only one.
        ([*CLINTONS, ("Clinton", "person")], {"Hillary Clinton": 2, "Bill Clinton": 1}),
        ([*CLINTONS, ("Bill", "person")], {"Hillary Clinton": 1, "Bill Clinton": 2}),
        (
            [("Ann Smith", "person"), ("Ann Jones", "person"), ("Ann", "person")],
            {"Ann Smith": 1, "Ann Jones": 1, "Ann": 1},
        ),
        ([("Ann", "organisation"), ("Ann Smith", "person")], {"Ann": 1, "Ann Smith": 1}),
        # What the model calls a surname does not count.
        (
            [("Ann B. Smith Jr.", "person"), ("Smith", "place"), ("Ann Smith", "organisation")],
            {"Ann B. Smith Jr.": 3},
        ),
        (
            [("World Health Organization", "organisation"), ("WHO", "organisation")],
            {"World Health Organization": 2},
        ),
        ([("Union Station", "organisation"), ("US", "place")], {"Union Station": 1, "US": 1}),
        (
            [("Acme", "organisation"), ("Acme, Inc.", "organisation")],
            {"Acme, Inc.": 2},
        ),
        ([("Acme", "organisation"), ("Acme\u2019s Rocket", "organisation")], {"Acme": 2}),
        ([("People's Daily", "organisation")], {"People's Daily": 1}),
    ],
)
def test_forms_of_a_name_are_counted_as_one(names, expected):
    assert merge(*names) == expected


def test_known_places_are_no_forms_of_persons():
    names: list[tuple[str, entities.EntityType]] = [("Jack London", "person"), ("London", "place")]

    assert merge(*names, known="london") == {"Jack London": 1, "London": 1}


@given(
    st.lists(
        st.tuples(
            st.lists(
                st.sampled_from(["A", "B", "C", "AB", "Jr.", "Inc.", "A's"]), min_size=1, max_size=4
            ),
            st.sampled_from(["person", "organisation", "place", "other"]),
        )
    )
)
def test_merging_loses_no_mention(names):
    counts = merge(*((" ".join(words), kind) for words, kind in names), known="c")

    assert sum(counts.values()) == len(names)


def test_most_mentions_decide_the_type():
    found = [
        Entity("Acme", type=kind, count=1, offset=None)
        for kind in ("other", "organisation", "place", "organisation")
    ]  # fmt: skip

    assert entities._merge(found, ()) == (
        Entity("Acme", type="organisation", count=4, offset=None),
    )
    assert entities._merge(found[:2], ()) == (
        Entity("Acme", type="organisation", count=2, offset=None),
    )


class FakeModel:
    """Finds the names that it was given, as a model of spaCy does."""

    def __init__(self, **labels: str) -> None:
        self._labels = labels

    def pipe(self, texts):
        for text in texts:
            spans = [
                SimpleNamespace(text=name, label_=label, start_char=text.find(name))
                for name, label in self._labels.items()
                if name in text
            ]
            yield SimpleNamespace(ents=spans)


def test_offsets_counts_and_known_places_without_the_extra(monkeypatch):
    model = FakeModel(Erdogan="PERSON", Idlib="ORG", Monday="DATE")
    monkeypatch.setattr(entities, "_model", lambda: model)

    found = find_entities(
        "Erdogan in Idlib",
        "On Monday Erdogan left Idlib.",
        scope="lead",
        language="en",
        places=["Idlib"],
    )

    assert found == (
        Entity("Erdogan", type="person", count=2, offset=10),
        Entity("Idlib", type="place", count=2, offset=23),
    )


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("The match ended in a draw with Luton.", "organisation"),
        ("Luton never gave up.", "organisation"),
        ("She returned to Luton.", "place"),
        ("He works near Luton.", "place"),
        ("They live in Bute Park, Luton.", "place"),
        ("They beat Acme Foods, Luton.", "organisation"),
    ],
)
def test_a_place_that_the_model_takes_for_an_organisation_is_one_unless_words_place_it(
    text, kind, monkeypatch
):
    model = FakeModel(**{"Bute Park": "FAC", "Acme Foods": "ORG", "Luton": "ORG"})
    monkeypatch.setattr(entities, "_model", lambda: model)

    found = find_entities(None, text, scope="lead", language="en", places=["Luton"])

    assert {entity.name: entity.type for entity in found or ()}["Luton"] == kind


def test_lead_ends_where_it_says(monkeypatch):
    monkeypatch.setattr(entities, "_model", lambda: FakeModel(Erdogan="PERSON"))
    text = "x " * 500 + "Erdogan"

    assert find_entities(None, text, scope="lead", language="en") == ()
    assert find_entities(None, text, scope="full", language="en") == (
        Entity("Erdogan", type="person", count=1, offset=1_000),
    )


def test_offset_is_that_of_the_name_without_title(monkeypatch):
    monkeypatch.setattr(entities, "_model", lambda: FakeModel(**{"the \u2018Acme": "ORG"}))

    [entity] = (
        find_entities(None, "He met the \u2018Acme\u2019.", scope="lead", language="en") or ()
    )

    assert entity == Entity("Acme", type="organisation", count=1, offset=12)


@pytest.mark.parametrize(
    ("text", "span", "name"),
    [
        ("From Acme Foods\n\nSince May", "Acme Foods\n\nSince", "Acme Foods"),
        ("From Acme\nFoods since May", "Acme\nFoods", "Acme Foods"),
        ("From Acme\nSince May " + "x" * 100, "Acme\nSince", "Acme"),
        ("From Acme Foods - Daily", "Acme Foods - Daily", "Acme Foods"),
    ],
)
def test_names_end_with_the_line(monkeypatch, text, span, name):
    monkeypatch.setattr(entities, "_model", lambda: FakeModel(**{span: "ORG"}))

    found = find_entities(None, text, scope="lead", language="en")

    assert found == (Entity(name, type="organisation", count=1, offset=5),)


@pytest.mark.parametrize(
    ("title", "names"),
    [
        ("Acme Buys Ann Smith's Farm", ["Acme"]),
        ("Acme Buys Ann Smith's Farm from owners", ["Acme", "Acme Buys", "Ann Smith"]),
    ],
)
def test_headlines_in_capitals_name_only_what_the_text_names(monkeypatch, title, names):
    model = FakeModel(**{"Ann Smith": "PERSON", "Acme Buys": "ORG", "Acme": "ORG"})
    monkeypatch.setattr(entities, "_model", lambda: model)

    found = find_entities(title, "Acme has a farm.", scope="lead", language="en")

    assert [entity.name for entity in found or ()] == names
