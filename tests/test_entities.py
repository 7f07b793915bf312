"""Persons and organisations are found by the extra, and their forms are one."""

# ruff: noqa: E501 (tables of texts)

from __future__ import annotations

from types import SimpleNamespace

import pytest

from transforms import entities
from transforms.entities import Entity, MissingExtraError, find_entities, has_entity_model

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
            assert TEXT[entity.offset :].split()[0].strip(".") in entity.name + " President the"


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
    with pytest.raises(MissingExtraError, match=r"feedlake\[nlp\]"):
        find_entities(None, TEXT, scope="lead", language="en")


def test_surname_of_two_persons_goes_to_the_first():
    merged = entities._merge(
        [
            Entity("Hillary Clinton", "person", 1, 0),
            Entity("Bill Clinton", "person", 1, 20),
            Entity("Clinton", "person", 1, 40),
        ]
    )

    assert [(entity.name, entity.count) for entity in merged] == [
        ("Hillary Clinton", 2),
        ("Bill Clinton", 1),
    ]


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

    assert found == (Entity("Erdogan", "person", 2, 10), Entity("Idlib", "place", 2, 23))


def test_lead_ends_where_it_says(monkeypatch):
    monkeypatch.setattr(entities, "_model", lambda: FakeModel(Erdogan="PERSON"))
    text = "x " * 500 + "Erdogan"

    assert find_entities(None, text, scope="lead", language="en") == ()
    assert find_entities(None, text, scope="full", language="en") == (
        Entity("Erdogan", "person", 1, 1_000),
    )
