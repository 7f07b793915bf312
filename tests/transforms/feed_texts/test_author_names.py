"""Whom a feed names as an entry's authors. All of them are made up."""

from __future__ import annotations

import pytest

from feedlake.transforms.feed_texts.author_names import find_authors


@pytest.mark.parametrize(
    ("lines", "authors"),
    [
        (["Ann Lee, Bo Ek and Cy Day"], ("Ann Lee", "Bo Ek", "Cy Day")),
        (["By Ann Lee"], ("Ann Lee",)),
        (["Ann Lee; Bo Ek"], ("Ann Lee", "Bo Ek")),
        (["Ann Lee", "Bo Ek", "ANN LEE"], ("Ann Lee", "Bo Ek")),
        (["Lee, Ann"], ("Ann Lee",)),
        (["Ann Lee, staff writer"], ("Ann Lee",)),
        (["Von Ann Lee und Bo Ek"], ("Ann Lee", "Bo Ek")),
        (["ann@quay.example (Ann Lee)"], ("Ann Lee",)),
        (["noreply@quay.example (Ann Lee and Bo Ek)"], ("Ann Lee", "Bo Ek")),
        (["Ann Lee <ann@quay.example>"], ("Ann Lee",)),
        (["ann@quay.example (Ann Lee), bo@quay.example (Bo Ek)"], ("Ann Lee", "Bo Ek")),
        (["Ann Lee <ann@quay.example>, Bo Ek <bo@quay.example>"], ("Ann Lee", "Bo Ek")),
        (["Ann Lee (ann@quay.example)"], ("Ann Lee",)),
        (["Text: Ann Lee"], ("Ann Lee",)),
        (["Super User"], ()),
        (["mailto:ann@quay.example"], ("ann@quay.example",)),
        (["ann@quay.example"], ("ann@quay.example",)),
        (["ann@quay.example", "Ann Lee"], ("Ann Lee",)),
        (["webmaster@quay.example"], ()),
        (["noreply@quay.example"], ()),
        (["admin"], ()),
        (["admin", "Ann Lee"], ("Ann Lee",)),
        (["noreply@quay.example (Administrator)"], ()),
        (["Quay News"], ()),
        (["Ann Lee, Quay News"], ("Ann Lee",)),
        ([], ()),
    ],
)
def test_authors_are_names_apart(lines: list[str], authors: tuple[str, ...]) -> None:
    assert find_authors(lines, site_name="Quay News") == authors


def test_a_person_whose_feed_bears_the_name_stays() -> None:
    assert find_authors(["Ann Lee"], site_name="Ann Lee") == ("Ann Lee",)
    assert find_authors(["Ann Lee"], site_name=None) == ("Ann Lee",)
