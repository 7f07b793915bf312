"""Rules about elements select what their XPath selects."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from lxml.etree import XPath
from lxml.html import HtmlElement
from trafilatura import settings as trafilatura_settings
from trafilatura import xpaths

from feedlake.transforms.extract.library_calls import parse_html
from feedlake.transforms.quicker import element_rules
from feedlake.transforms.quicker.element_predicates import compile_condition
from feedlake.transforms.quicker.element_rules import NAMESPACES, ElementRule

RULES = {
    f"{name} {place}": str(rule.path).strip()
    for module in (trafilatura_settings, xpaths)
    for name, value in vars(module).items()
    for place, rule in enumerate(value if isinstance(value, list) else [value])
    if isinstance(rule, XPath)
}
OF_ELEMENTS = (
    *("BASIC_CLEAN_XPATH 0", "BODY_XPATH 2", "BODY_XPATH 3", "REMOVE_COMMENTS_XPATH 0"),
    *("REMOVE_COMMENTS_AND_LISTS_XPATH 0", "OVERALL_DISCARD_XPATH 0", "OVERALL_DISCARD_XPATH 1"),
    *("TEASER_DISCARD_XPATH 0", "DISCARD_IMAGE_ELEMENTS 0", "PRECISION_DISCARD_XPATH 1"),
)

words = st.sampled_from(
    "story-body footer x nav Nav comments comment-list article content main related sidebar "
    "cookie-banner hidden teaser Teaser caption social author main-content post-body".split()
)
attributes = st.lists(
    st.tuples(
        st.sampled_from(["id", "class", "role", "style", "data-component", "aria-hidden"]),
        st.lists(words, max_size=2).map(" ".join),
    ),
    max_size=3,
    unique_by=lambda pair: pair[0],
)
tags = st.sampled_from("div p span section article main aside ul footer script h1".split())


@st.composite
def trees(draw: st.DrawFn) -> HtmlElement:
    """A page of up to 30 elements with attributes in any order."""
    elements = [etree.Element("body")]
    for tag, pairs in draw(st.lists(st.tuples(tags, attributes), max_size=30)):
        parent = elements[draw(st.integers(0, len(elements) - 1))]
        element = etree.SubElement(parent, tag)
        for name, value in pairs:
            element.set(name, value)
        elements.append(element)
    return elements[0]


@pytest.mark.parametrize("name", OF_ELEMENTS)
@given(tree=trees())
def test_a_rule_of_trafilatura_selects_what_it_did(name: str, tree: HtmlElement):
    expected = XPath(RULES[name], namespaces=NAMESPACES)(tree)

    assert ElementRule(RULES[name])(tree) == expected


@pytest.mark.parametrize(
    "condition",
    [
        "@id",
        "@id|@class",
        "@class='nav' and not(@id='x')",
        "not(contains(@class, 'nav') or self::p or self::ul)",
        "starts-with(@id|@class, 'nav') or starts-with(@role, 'main')",
        "contains(translate(@class, 'NT', 'nt'), 'teaser') or @id='x'",
        "re:test(@class, 'TEASER|^nav$', 'i') or re:test(@id, '')",
        "re:test(@id|@style, 'hidden') and (@class='x' or @class='caption')",
    ],
)
@settings(max_examples=40)
@given(tree=trees())
def test_a_condition_holds_where_it_does_for_libxml2(condition: str, tree: HtmlElement):
    path = f"self::*[{condition}]"
    expression = XPath(f"boolean({path})", namespaces=NAMESPACES)
    holds = compile_condition(path).holds

    for element in tree.iter():
        assert holds(element) == expression(element)


@pytest.mark.parametrize(
    "path",
    [
        *("self::p[rel='me']", "self::p[@a='x' @b]", "self::p[@a", "p[@a]", "self::p[@a]]"),
        *("self::p[contains(., 'x')]", "self::p[re:test(@a, 'x', 'gi')]", "self::p[@a!='x']"),
        *("self::p[string-length(@a)]", "self::p[contains(@a, @b)]", "self::p[@a=x]", "self"),
        *("self::p[@a='']", "self::p[@a|@b='x']"),
    ],
)
def test_other_conditions_are_refused(path: str):
    with pytest.raises(ValueError, match=re.escape(path)):
        compile_condition(path)


@given(tree=trees())
def test_the_first_of_all_is_the_first_below_one_parent(tree: HtmlElement):
    path = RULES["BODY_XPATH 0"]
    expected = XPath(path, namespaces=NAMESPACES)(tree)

    assert ElementRule(f"({path.removesuffix('[1]')})[1]")(tree) == expected[:1]


@pytest.mark.parametrize(
    "path",
    [
        ".//header",
        "//*[@class='x']",
        ".//div[@class='x']/p",
        ".//div[@class='x'][1]",
        ".//div[@class='x'][not(.//h1)]",
        ".//div[@class='x'][position() = 2]",
        ".//div[@class='x'][ancestor::p]",
        ".//div[@class='x'][contains(., 'y')]",
        ".//div[@class='x'][text()]",
        ".//div[@class='x'][../@id]",
        ".//div[not(@class='x')]",
        ".//*[re:test(@class, '')]",
        "(.//article[@id])[1]|(.//main)[1]",
    ],
)
def test_a_rule_about_more_than_the_element_is_refused(path: str):
    with pytest.raises(ValueError, match=re.escape(path)):
        ElementRule(path)


def test_which_of_two_attributes_comes_first_counts():
    html = "<html><body><p class=cookie id=x>a</p><p id=x class=cookie>b</p></body></html>"
    tree = parse_html(html)
    assert tree is not None

    found = ElementRule(".//p[contains(@id|@class, 'cookie')]")(tree)

    assert [element.text for element in found] == ["a"]


def test_nothing_grows_with_the_number_of_elements(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(element_rules, "_MAX_REMEMBERED", 10)
    names = [*(f"n{number}" for number in range(95)), "x" * 501]
    rule = ElementRule(".//p[contains(@class, 'n1') or contains(@class, 'xx')]")
    tree = etree.Element("body")
    for name in names * 2:
        etree.SubElement(tree, "p").set("class", name)

    found = [element.get("class") for element in rule(tree)]

    assert found == [name for name in names if "n1" in name or "xx" in name] * 2
    assert 0 < len(rule._search._values["class"]) <= 10
    assert all(len(name) <= 500 for name in rule._search._values["class"])
