"""The text that a reader sees: lists, tables of layout, and nothing that is hidden."""

from __future__ import annotations

import pytest

from feedlake.transforms.extract.html_page import read_page

PARAGRAPHS = (
    "The harbour council opened the new pier on Tuesday after two years of work and one storm.",
    "Fishermen had asked for it since the old one was closed, and paid a part of it themselves.",
    "A ferry to the islands will stop there from May on, twice a day and three times on Sundays.",
    "The mayor cut a rope instead of a ribbon, since nobody in the village had brought scissors.",
)
TEXT = "\n\n".join(PARAGRAPHS)
MAIN = "".join(f"<p>{paragraph}</p>" for paragraph in PARAGRAPHS)
LINES = "<br><br>".join(PARAGRAPHS)
MENU = "<a href=/>Home</a><br><a href=/old>Old pages</a><br><a href=/who>Who we are</a>"


def text_of(body: str) -> str | None:
    page = read_page(f"<html><head><title>Pier</title></head><body>{body}</body></html>", url=None)
    assert page is not None
    return page.text


@pytest.mark.parametrize(
    "body",
    [
        f"<table><tr><td>{MENU}</td><td><h1>Pier</h1>{MAIN}</td></tr></table>",
        f"<table><tr><td>{MENU}</td><td><h1>Pier</h1>{LINES}</td></tr></table>",
        f"<table><tr><td colspan=2><h1>Pier</h1></td></tr>"
        f"<tr><td>{MENU}</td><td><font size=2>{LINES}</font></td></tr></table>",
        f"<table><tr><td><table><tr><td>{MENU}</td></tr></table></td>"
        f"<td><table><tr><td>{MAIN}</td></tr></table></td></tr></table>",
        f"<center><table><tr><td class=sidebar>{MENU}</td>"
        f"<td><center><h1>Pier</h1></center>{MAIN}</td></tr></table></center>",
        "<table>" + "".join(f"<tr><td>{one}</td></tr>" for one in PARAGRAPHS) + "</table>",
        "<table role=presentation>"
        + "".join(f"<tr><td></td><td>{one}</td></tr>" for one in PARAGRAPHS)
        + "</table>",
        f"<table><tbody><tr><td><div>{PARAGRAPHS[0]}<div>{PARAGRAPHS[1]}</div>{PARAGRAPHS[2]}"
        f"</div></td></tr><tr><td>{MENU}</td></tr><tr><td>{PARAGRAPHS[3]}</td></tr></table>",
    ],
    ids=["cells", "lines", "fonts", "nested", "center", "one column", "told", "divisions"],
)
def test_a_table_of_layout_gives_paragraphs_without_the_menu(body: str) -> None:
    assert text_of(body) == TEXT


def test_a_table_of_data_stays_a_table_wherever_it_stands() -> None:
    data = "<table><tr><th>Boat</th><th>Year</th></tr><tr><td>Petrel</td><td>1961</td></tr></table>"
    rows = "| Boat | Year |\n\n|---|---|\n\n| Petrel | 1961 |"
    assert text_of(f"<article>{MAIN}{data}</article>") == f"{TEXT}\n\n{rows}"
    assert text_of(f"<table><tr><td>{MENU}</td><td>{MAIN}{data}</td></tr></table>") == (
        f"{TEXT}\n\n{rows}"
    )


def test_lists_in_cells_are_in_the_text() -> None:
    table = (
        "<table><tr><td>Monday</td><td><ul><li>10 to 12</li><li>2 to 8</li></ul></td></tr>"
        "<tr><td>Tuesday</td><td><ul><li>closed</li></ul></td></tr></table>"
    )
    assert text_of(f"<article>{MAIN}{table}</article>") == (
        f"{TEXT}\n\n| Monday | 10 to 12 2 to 8 |\n\n| Tuesday | closed |"
    )


@pytest.mark.parametrize("frame", ["{}", "<div>{}</div>", "<table><tr><td>{}</td></tr></table>"])
@pytest.mark.parametrize(
    ("items", "lines"),
    [
        ("<ul><li>One rope</li><li>Two oars</li></ul>", "- One rope\n\n- Two oars"),
        ("<ol><li>One rope</li><li>Two oars</li></ol>", "- One rope\n\n- Two oars"),
        ("<dl><dt>Rope</dt><dd>It ties boats.</dd></dl>", "- Rope\n\n- It ties boats."),
        ("<h2>What it took</h2><p>One rope and two oars were all.</p>", None),
    ],
)
def test_lists_and_headings_stay_where_nothing_names_the_article(
    frame: str, items: str, lines: str | None
) -> None:
    lines = lines or "What it took\n\nOne rope and two oars were all."
    assert text_of(frame.format(f"{MAIN}{items}")) == f"{TEXT}\n\n{lines}"


@pytest.mark.parametrize(
    "hidden",
    [
        "<template><p>The mayor of the template says what nobody sees.</p></template>",
        "<p class='x sr-only'>This paragraph is read to those who do not see the page.</p>",
        "<p class=screen-reader-text>This paragraph is read to those who do not see it.</p>",
        "<div class=visually-hidden><p>This paragraph is read to those who do not see.</p></div>",
    ],
)
def test_what_nobody_sees_stays_out(hidden: str) -> None:
    assert text_of(f"<article>{MAIN}{hidden}</article>") == TEXT


def test_what_is_hidden_leaves_the_words_beside_it_apart() -> None:
    sentence = "The pier<span class=sr-only>, new,</span>is open<b class=sr-only> now</b>."
    assert text_of(f"<article>{MAIN}<p>{sentence}</p></article>") == (
        f"{TEXT}\n\nThe pier is open."
    )


def test_a_shadow_root_is_seen() -> None:
    root = f"<template shadowrootmode=open><article>{MAIN}</article></template>"
    assert text_of(f"<h1>Pier</h1><my-story>{root}</my-story>") == TEXT


@pytest.mark.parametrize(
    "reference",
    [
        "<p><a href=/2>Why the old pier had to be closed in winter</a></p>",
        "<p><strong>Read also: <a href=/2>Why the old pier had to be closed</a></strong></p>",
    ],
)
def test_references_to_other_pages_are_no_paragraphs(reference: str) -> None:
    assert text_of(f"<article>{MAIN}{reference}{MAIN.replace('The', 'A')}</article>") == (
        f"{TEXT}\n\n{TEXT.replace('The', 'A')}"
    )


@pytest.mark.parametrize(
    "paragraph",
    [
        "Website: <a href=/>harbour.example</a>",
        "<a href=/>The council</a> says that it will pay for all of the ropes.",
        "<a href=/>https://harbour.example/pier/plans/of-the-council.pdf</a>",
    ],
)
def test_links_that_say_something_stay(paragraph: str) -> None:
    text = text_of(f"<article>{MAIN}<p>{paragraph}</p>{MAIN.replace('The', 'A')}</article>")
    assert str(text).count("\n\n") == 2 * len(PARAGRAPHS)


def test_a_page_of_references_keeps_them() -> None:
    links = [f"Why the old pier number {number} had to be closed in winter" for number in range(6)]
    items = "".join(f"<p><a href=/{link[24]}>{link}</a></p>" for link in links)
    text = text_of(f"<article>{items}{MAIN}</article>")
    assert text == "\n\n".join([*links, TEXT])


def test_what_is_hidden_by_two_names_is_left_out_once() -> None:
    hidden = "<span class='visually-hidden sr-only'>Opens in a new window</span>"
    assert text_of(f"<article><p>{hidden}</p>{MAIN}</article>") == TEXT
