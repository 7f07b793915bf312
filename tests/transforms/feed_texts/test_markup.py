"""What is markup, and what is text about markup. All of it is made up."""

from __future__ import annotations

import time

import pytest

from feedlake.transforms.feed_texts.markup import (
    has_active_tags,
    is_marked_up,
    undo_escapes,
    without_cut_tag,
    without_short_codes,
)
from feedlake.transforms.normalize.html_text import html_to_text


@pytest.mark.parametrize(
    "text",
    [
        "<p>The ferry sails.</p>",
        "The ferry sails. <a href='/more'>More</a>",
        "The ferry<br/>sails.",
        "<p>The ferry sails.",
        "The <b>ferry</b> sails.",
        "<iframe src='https://films.example/1'></iframe>",
        "<p>Write &lt;p&gt; for a tag.</p>",
    ],
)
def test_markup_is_known(text: str) -> None:
    assert is_marked_up(text)


@pytest.mark.parametrize(
    "text",
    [
        "if a <b and c>d",
        "<p> begins a paragraph.",
        "Use <br> to break lines and <p> for paragraphs, says Ann.",
        "The <iframe> tag shows another page.",
        "Write <b>so</b> and the tag makes it bold.",
        "A link is the element <a href='x'>a</a>.",
        "Cast from Unmanaged<AnyObject> fails, vector<int> too.",
        "1 < 2",
        "I <3 boats",
        "",
    ],
)
def test_text_about_tags_is_text(text: str) -> None:
    assert not is_marked_up(text)


@pytest.mark.parametrize(
    ("text", "is_active"),
    [
        ("<embed src='https://films.example/1'>", True),
        ("<object data='a.swf' type='x'>", True),
        ("<iframe src='https://films.example/1' />", True),
        ("See <a href=more", False),
        ("the <p> tag", False),
        ("if a <b and c>d", False),
        ("vector<int a=1>", False),
    ],
)
def test_a_tag_with_attributes_is_active(text: str, is_active: bool) -> None:
    assert has_active_tags(text) == is_active


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("&lt;p&gt;Twice.&lt;/p&gt;", "Twice."),
        ('The ferry sails. &lt;a href="/more"&gt;More&lt;/a&gt;', "The ferry sails. More"),
        ("&lt;b&gt;Now:&lt;/b&gt; the ferry sails.", "Now: the ferry sails."),
        ('<p>One.</p>&lt;p&gt;Two.&lt;/p&gt;&lt;img src="a.png"/&gt;', "One.\n\nTwo."),
        ("<p>Ann&amp;#8217;s boat &amp;amp; Bo&amp;rsquo;s</p>", "Ann’s boat & Bo’s"),
        ("<p>5 &lt; 6</p>", "5 < 6"),
        ("The &lt;iframe&gt; tag shows pages.", "The <iframe> tag shows pages."),
        ("<p>The &lt;p&gt; tag.</p>", "The <p> tag."),
        ('<pre>&lt;div class="a"&gt;x&lt;/div&gt;</pre>', '<div class="a">x</div>'),
        ("<p>Use <code>&lt;br/&gt;</code> and", "Use <br/> and"),
        ("<p>Write <b>&lt;b&gt;</b> here</p>", "Write <b> here"),
        ("<p>HTML writes &amp;amp; for an ampersand</p>", "HTML writes &amp; for an ampersand"),
        ("<p>Use &lt;p&gt; for paragraphs, Ann</p>", "Use <p> for paragraphs, Ann"),
        ('<p>One &lt;a href="/x"&gt;more&lt;/a&gt;</p>', "One more"),
        ("Fish & chips", "Fish & chips"),
    ],
)
def test_what_was_escaped_twice_is_read_as_meant(body: str, text: str) -> None:
    assert html_to_text(undo_escapes(body)) == text


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("[vc_row a='b']The ferry sails.[/vc_row]", "The ferry sails."),
        ("[caption id='a']<img src='a.png'>A boat[/caption]It sails.", "It sails."),
        ('[gallery ids="1,2"]It sails.', "It sails."),
        ("[Video] It sails, he says [in full].", "[Video] It sails, he says [in full]."),
    ],
)
def test_codes_of_wordpress_are_left_out(text: str, kept: str) -> None:
    assert without_short_codes(text) == kept


@pytest.mark.parametrize(
    ("body", "kept"),
    [
        ('<p>One</p><a href="https://exam', "<p>One</p>"),
        ("<p>One</p", "<p>One"),
        ("1 < 2", "1 < 2"),
        ("a <3", "a <3"),
        ("<p>One</p>", "<p>One</p>"),
    ],
)
def test_a_tag_cut_in_two_is_left_out(body: str, kept: str) -> None:
    assert without_cut_tag(body) == kept


@pytest.mark.parametrize(
    "body",
    ["&lt;" * 200_000, "&lt;a " * 200_000, "<pre>" * 200_000, "<a " * 300_000, "&amp;" * 200_000,
     "&lt;a href=" * 100_000, "<b>" * 300_000, "[caption " * 100_000, "[vc_a" * 200_000,
     "<br> " * 200_000, "[/" + "[vc_a " * 200_000],
)  # fmt: skip
def test_no_markup_takes_long(body: str) -> None:
    begin = time.process_time()
    undo_escapes(body), is_marked_up(body), has_active_tags(body), without_cut_tag(body)
    without_short_codes(body)
    assert time.process_time() - begin < 3
