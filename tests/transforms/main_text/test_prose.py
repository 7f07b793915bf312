"""The cheap rule: what it takes for prose, and that no shape of a page makes it slow."""

from time import process_time

import pytest

from feedlake.transforms.main_text.prose import MAX_TAGS, find_prose, is_costly

SENTENCE = "The council met on Monday and agreed, after a long debate, to repair the bridge."


def test_blocks_with_sentences_are_kept_in_their_order_and_each_once():
    other = SENTENCE.replace("bridge", "harbour")
    html = f"<p>{SENTENCE}</p><div>{other}<b> Soon.</b></div><p>{SENTENCE}</p>"

    assert find_prose(html).text == f"{SENTENCE}\n\n{other} Soon."


@pytest.mark.parametrize(
    "html",
    [
        f"<nav><p>{SENTENCE}</p></nav>",
        f"<script>{SENTENCE}</script>",
        f"<p><a href=/>{SENTENCE}</a></p>",
        "<td>cell.</td>" * 1_000,
        f"<p>{'a' * 100_000}.</p>",
        "<p>" + "word. " * 1_000,
        "<p>one two three four five six seven eight nine ten eleven twelve thirteen</p>",
        "",
    ],
    ids=["navigation", "script", "link", "cells", "one-word", "repeated", "no-sentence", "empty"],
)
def test_what_is_no_prose_is_left_out(html: str):
    assert find_prose(html).text == ""


@pytest.mark.parametrize("letter", ["\u0e01", "\u1000", "\u1780", "\u3042", "\u4e00", "\U00020000"])
def test_prose_of_a_script_without_spaces_is_kept(letter: str):
    block = "".join(chr(ord(letter) + number % 20) for number in range(200)) + "\u3002"

    assert find_prose(f"<p>{block}</p>").text == block


def test_the_head_is_kept_and_cut_to_size():
    html = f'<html lang="en"><title>A &amp; B</title><meta name="author" content="{"<" * 99_999}">'

    head = find_prose(html).head

    assert head.startswith('<html lang="en"><head><title>A &amp; B</title><meta name="author"')
    assert len(head) < 10_000


@pytest.mark.parametrize(
    "html",
    [
        "<p>" * 90_000,
        "<div>" * 100_000,
        "<p>" + "<span>x </span>" * 100_000,
        "<div " + " ".join(f"a{number}=1" for number in range(100_000)) + ">",
        "<meta content='" + "<" * 1_000_000 + "'>",
    ],
    ids=["paragraphs", "nested", "spans", "attributes", "meta"],
)
def test_no_shape_makes_it_slow(html: str):
    started_s = process_time()

    find_prose(html)

    assert process_time() - started_s < 5


@pytest.mark.parametrize(
    "body", ["<b>" * (MAX_TAGS + 1), b"<b>" * (MAX_TAGS + 1), b"a=1 " * 200_001]
)
def test_very_many_tags_or_attributes_are_costly(body: str | bytes):
    assert is_costly(body)
    assert not is_costly(body[:10_000])


@pytest.mark.parametrize("attribute", ["a{}", "a{}=1", "a{}='1 2'"])
def test_very_many_attributes_of_one_element_are_costly(attribute: str):
    names = " ".join(attribute.format(number) for number in range(10_001))

    assert is_costly(f"<p>{SENTENCE}<div {names}>".encode())
    assert is_costly(f"<div {names}")
    assert not is_costly(
        "".join(f"<p {names[start : start + 99]}>" for start in range(0, 99_999, 99))
    )


@pytest.mark.parametrize("quote", "\"'")
def test_a_long_value_of_an_attribute_is_not_costly(quote: str):
    assert not is_costly(f"<div data-page={quote}{'one two ' * 100_000}{quote}>")
