"""What reading tags promises for XML that is broken or hostile."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedlake.transforms.normalize.xml_tags import read_tags, resolve_references


def _shape(text: str) -> list[str]:
    return [
        ("<" if tag.is_start else "</") + tag.name + ("/>" if tag.is_start and tag.is_end else ">")
        for tag in read_tags(text)
    ]


def test_tags_come_in_order_with_the_text_before_them() -> None:
    text = (
        '<?xml version="1.0"?><!-- <x> --><A:b c="1"/>one &amp; <![CDATA[<two>]]><!-- 3 --></a:B >'
    )

    first, second = read_tags(text)

    assert (first.name, first.prefix, first.is_start, first.is_end) == ("b", "A", True, True)
    assert first.attributes() == {"c": "1"}
    assert (second.name, second.is_start, second.is_end) == ("b", False, True)
    assert second.text == "one & <two>"


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ('a="1" B=\'2\' c = "3"', {"a": "1", "b": "2", "c": "3"}),
        ('a="x&amp;y" b="?c=1&copy=2&d"', {"a": "x&y", "b": "?c=1&copy=2&d"}),
        ('a="1" A="2"', {"a": "1"}),
        ("a=1 b=http://x.example/?y=1", {"a": "1", "b": "http://x.example/?y=1"}),
        ('a="1"b="2"', {"a": "1", "b": "2"}),
        ('a="<b>x</b>" c="d > e"', {"a": "<b>x</b>", "c": "d > e"}),
        ('ns:a="1"', {"a": "1"}),
        ('a="it\'s" b=\'"q"\'', {"a": "it's", "b": '"q"'}),
        ("a b=\"1\" c", {"b": "1"}),
        ('a="&eacute;&#233;&#xE9;&unknown;"', {"a": "ééé&unknown;"}),
        ('a="&#0;&#xD800;&#99999999;"', {"a": "\ufffd\ufffd\ufffd"}),
        ('ä="1"', {"ä": "1"}),
        ('a=""', {"a": ""}),
    ],
)  # fmt: skip
def test_attributes_are_read_as_people_write_them(written: str, expected: dict[str, str]) -> None:
    for end in (">", "/>", " />", "\n>"):
        (tag,) = read_tags(f"<o {written}{end}")
        assert {name: value.removesuffix("/") for name, value in tag.attributes().items()} == {
            name: value.removesuffix("/") for name, value in expected.items()
        }


def test_a_missing_quotation_mark_costs_its_own_tag_only() -> None:
    text = '<o a="1"/>\n<o a="2 b="3"/>\n<o a="4"/><o a="5/><o a="6"/>'
    assert [tag.attributes().get("a") for tag in read_tags(text)][0::2] == ["1", "4", "6"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<a><b></a></b>", ["<a>", "<b>", "</a>", "</b>"]),
        ("<!DOCTYPE a [<!ENTITY x '<b>'> <!-- ' ]> --> <?p ]> ?>]><a>&x;</a>", ["<a>", "</a>"]),
        ("<!DOCTYPE a PUBLIC '>' \">\"><a/>", ["<a/>"]),
        ("<!DOCTYPE a [ <a/>", ["<a/>"]),
        ("<a>1 < 2 <b/></a", ["<a>", "<b/>"]),
        ("<a><!-- never closed <b/>", ["<a>"]),
        ("<a><![CDATA[ never closed <b/>", ["<a>"]),
        ("<a x='", []),
        ("<a><1/><!b><-></a>", ["<a>", "</a>"]),
        ("", []),
        ("plain > text", []),
    ],
)
def test_broken_markup_gives_the_tags_that_are_whole(text: str, expected: list[str]) -> None:
    assert _shape(text) == expected


def test_entities_are_neither_expanded_nor_fetched() -> None:
    bomb = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    text = f'<!DOCTYPE o [<!ENTITY f SYSTEM "file:///etc/hostname">{bomb}]><o>&a9;&f;</o>'

    *_, end = read_tags(text)

    assert end.text == "&a9;&f;"


@pytest.mark.parametrize(
    "unit",
    [
        *('<a "', "<a '\"", "<a <", "<!--", "<![CDATA[", "<?", "<!DOCTYPE [", '<a b="> ', "a "),
        *("<a b=", "<a:", "&amp", "<a b='/>'c=\"", "]]>", '<a b="/>'),
    ],
)
def test_time_is_proportional_to_the_text(unit: str) -> None:
    def cost(count: int) -> float:
        text = unit * count
        variants = (text, f"<o {text}>", f"<!DOCTYPE {text}", f'<o x="{text}', f"<o>{text}</o>")
        start = time.process_time()
        for variant in variants:
            for tag in read_tags(variant):
                tag.attributes()
        return time.process_time() - start

    # Quadratic time would take minutes.
    assert cost(200_000 // len(unit)) < 10


@given(st.text(alphabet="<>/!?-[]\"'=&;:ab \n") | st.text())
def test_any_text_is_read_to_its_end(text: str) -> None:
    for tag in read_tags(text):
        assert tag.name == tag.name.lower()
        assert tag.is_start or tag.is_end
        tag.attributes()


@given(st.text())
def test_texts_without_ampersand_have_no_references(text: str) -> None:
    assert resolve_references(text.replace("&", "")) == text.replace("&", "")
