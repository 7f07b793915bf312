"""Persons and organisations are found by the extra, and their forms are one."""

# ruff: noqa: E501 (tables of texts)

from __future__ import annotations

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
