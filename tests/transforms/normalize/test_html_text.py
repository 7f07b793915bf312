"""What the plain text of an HTML fragment promises."""

import pytest

from feedlake.transforms.normalize.html_text import html_to_article, html_to_line, html_to_text


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("", ""),
        ("  \n ", ""),
        ("<!-- only a comment -->", ""),
        ("no markup at all", "no markup at all"),
        ("<p>First.</p>Between.<p>Unclosed", "First.\n\nBetween.\n\nUnclosed"),
        ("<h2>Head</h2><div>Body</div>", "Head\n\nBody"),
        ("<ul><li>one<li>two</ul>after", "one\n\ntwo\n\nafter"),
        ("<p>one\n   two\t three</p>", "one two three"),
        ("<b>in</b><i>line</i> stays", "inline stays"),
        ("a<br>b", "a\nb"),
        ("a<br/>\n<br>b", "a\n\nb"),
        ("<table><tr><th>k</th><td>v</td></tr><tr><td>x</td></tr></table>", "k v\n\nx"),
        ("<pre>one\n  two\n\nthree</pre>", "one\ntwo\n\nthree"),
        ("<figure><img alt='no'><figcaption>A caption</figcaption></figure>", "A caption"),
        ("Fish &amp; chips &#8212; 5&nbsp;&euro;", "Fish & chips — 5 €"),
        ("&lt;p&gt; is a tag", "<p> is a tag"),
        ("5 < 6 and 7 > 6", "5 < 6 and 7 > 6"),
        ("</div></p>loose ends</div>", "loose ends"),
        ("<textarea>never closed", "never closed"),
    ],
)
def test_text_keeps_every_word_and_parts_blocks(html: str, text: str) -> None:
    assert html_to_text(html) == text


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>  One  two</p><pre>\n  a(\n    b)\n\n   c</pre>", "One two\n\na(\n  b)\n\n c"),
        ("<pre>a<br>\tb<br>  \t\tc</pre>", "a\n    b\n        c"),
        (f"<pre>a\n{' ' * 9_000}b</pre>", f"a\n{' ' * 40}b"),
        ("Cafe\u0301 \u200bon", "Caf\u00e9 on"),
    ],
)
def test_code_in_an_article_keeps_what_its_lines_begin_further_in(html: str, text: str) -> None:
    assert html_to_article(html) == text


@pytest.mark.parametrize("name", ["script", "style", "template", "noscript", "iframe"])
def test_text_holds_nothing_that_readers_do_not_see(name: str) -> None:
    assert html_to_text(f"before <{name}>hidden</{name}><!-- hidden --> after") == "before after"


@pytest.mark.parametrize(
    "classes",
    [
        *(
            "sr-only",
            "visually-hidden",
            "visuallyhidden",
            "screen-reader-text",
            "element-invisible",
        ),
        *(
            "govuk-visually-hidden",
            "usa-sr-only",
            "text--visuallyHidden",
            "show-for-sr",
            "a sr_only",
        ),
        "sr-only focus:not-sr-only",
    ],
)
def test_text_holds_nothing_that_is_for_screen_readers_only(classes: str) -> None:
    html = f'<p>See<span class="{classes}"> (<b>opens a window</b>)</span>the <i>ferry</i>.</p>end'

    assert html_to_text(html) == "See the ferry.\n\nend"


@pytest.mark.parametrize("classes", ["not-sr-only", "sr-only sm:not-sr-only", "reader", "hidden"])
def test_text_that_readers_see_stays(classes: str) -> None:
    assert html_to_text(f'<p>See <span class="{classes}">the ferry</span>.</p>') == "See the ferry."


def test_words_in_an_escaped_cdata_section_are_text() -> None:
    assert html_to_text("<![CDATA[One <p>two</p>]]>") == "One\n\ntwo"


def test_encoding_named_inside_does_not_count() -> None:
    assert html_to_text('<?xml version="1.0" encoding="latin1"?><p>Café ☃</p>') == "Café ☃"


@pytest.mark.parametrize("html", ["a\x00b\x1fc", "a&#0;b&#x1F;c", "a\ud800b&#xDC00;c"])
def test_control_characters_and_surrogates_do_no_harm(html: str) -> None:
    text = html_to_text(html).replace("\ufffd", "")
    assert text == "abc"


@pytest.mark.parametrize(
    ("html", "words"),
    [
        ("<div>" * 50_000 + "deep" + "</div>" * 50_000 + "after", 2),
        ("<p><b>" * 20_000 + "end", 1),
        ("<br>x" * 50_000, 50_000),
        ("<p " + " ".join(f"a{n}='1'" for n in range(50_000)) + ">word</p>", 1),
        ("<!--" * 100_000, 0),
    ],
    ids=["deep", "unclosed", "breaks", "attributes", "comments"],
)
def test_hostile_markup_costs_neither_words_nor_the_process(html: str, words: int) -> None:
    assert len(html_to_text(html).split()) == words


@pytest.mark.parametrize(
    ("html", "line"),
    [
        ("", None),
        ("<img src='a.png'>", None),
        (" A <em>plain</em>\n title ", "A plain title"),
        ("<p>Two</p><p>blocks</p>", "Two blocks"),
    ],
)
def test_line_is_one_line_or_none(html: str, line: str | None) -> None:
    assert html_to_line(html) == line
