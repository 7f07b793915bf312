"""jusText finds the same paragraphs with the shortcuts."""

from __future__ import annotations

import random
from time import process_time
from types import SimpleNamespace

import pytest
from justext.core import ParagraphMaker, revise_paragraph_classification
from trafilatura import external

from feedlake.transforms.extract.library_calls import parse_html
from feedlake.transforms.quicker import justext_shortcuts, trafilatura_shortcuts
from feedlake.transforms.quicker.compared import are_compared
from feedlake.transforms.quicker.justext_shortcuts import revise_classes, stop_words

SENTENCE = "The council said on Monday that it would not pay for the bridge, and that was that. "
PAGE = f"""<html><body><select><option>One</option></select>
<h1>A  bridge\tand\n its price</h1><p>{SENTENCE * 3}<b>Bold.</b><br><br>{SENTENCE * 3}</p>
<p><a href=/>Home</a> <a href=/news>News</a></p><p>\xa9 The Paper {SENTENCE}</p>
<p>One.<br>Two.<br><i></i><br>Three. <a href=/><b>Linked</b> more</a> <i>four</i></p>
<div>{SENTENCE}<p>Gammelt   hus til salgs i byen.</p></div></body></html>"""

pytestmark = pytest.mark.skipif(
    not are_compared("trafilatura", "jusText"), reason="another jusText or trafilatura"
)


def test_all_lists_are_one_set_of_lower_case_words():
    assert {"the", "und", "og", "не"} <= stop_words()
    assert stop_words() == {word.lower() for word in external.jt_stoplist_init()}


def test_the_paragraphs_found_are_the_same():
    expected = external.try_justext(parse_html(PAGE), None, None)

    with trafilatura_shortcuts._replaced(*justext_shortcuts.REPLACEMENTS):
        found = external.try_justext(parse_html(PAGE), None, None)

    assert [paragraph.text for paragraph in found] == [paragraph.text for paragraph in expected]
    assert len(found) > 1


def test_each_paragraph_has_the_text_and_the_counts_that_it_had():
    expected = ParagraphMaker.make_paragraphs(parse_html(PAGE))
    with trafilatura_shortcuts._replaced(*justext_shortcuts.REPLACEMENTS):
        found = external.ParagraphMaker.make_paragraphs(parse_html(PAGE))

    assert [vars(one)["text_nodes"] for one in found] == [one.text_nodes for one in expected]
    assert [one.text for one in found] == [one.text for one in expected]
    assert [one.dom_path for one in found] == [one.dom_path for one in expected]
    assert [one.links_density() for one in found] == [one.links_density() for one in expected]


def test_each_paragraph_comes_to_the_class_that_it_had():
    chance = random.Random(1)
    for _ in range(500):
        classes = chance.choices(("short", "good", "neargood", "bad"), (6, 1, 2, 1), k=30)
        expected, found = make_paragraphs(classes), make_paragraphs(classes)

        revise_paragraph_classification(expected, 150)
        revise_classes(found, 150)

        assert [one.class_type for one in found] == [one.class_type for one in expected]


def make_paragraphs(classes):
    return [SimpleNamespace(cf_class=one, heading=False, text="") for one in classes]


def test_short_lines_take_no_quadratic_time():
    page = f"<html><body><p>{SENTENCE * 3}</p>{'<p>A line' * 10_000}</body></html>"
    with trafilatura_shortcuts._replaced(*justext_shortcuts.REPLACEMENTS):
        begun_s = process_time()
        external.try_justext(parse_html(page), None, None)

    assert process_time() - begun_s < 5  # jusText's own way takes longer than that.


def test_justext_is_left_as_it_was():
    before = external.try_justext(parse_html(PAGE), None, None)
    with trafilatura_shortcuts._replaced(*justext_shortcuts.REPLACEMENTS):
        pass

    assert external.ParagraphMaker is ParagraphMaker
    assert ParagraphMaker.make_paragraphs(parse_html(PAGE))[0].xpath.startswith("/html")
    assert len(external.try_justext(parse_html(PAGE), None, None)) == len(before)
