"""What an entry's texts come to: whole, summary, excerpt, none. All feeds here are made up."""

from __future__ import annotations

import json
from html import escape
from typing import Any

import pytest

from feedlake.transforms.feeds.parse_feed import read_feed
from feedlake.transforms.normalize.html_text import html_to_text
from feedlake.transforms.records.documents import Document

SPACES = (
    'xmlns:content="http://purl.org/rss/1.0/modules/content/" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:media="http://search.yahoo.com/mrss/" '
    'xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" '
    'xmlns:yandex="http://news.yandex.ru"'
)
SENTENCE = "The harbour council met on Tuesday to settle who may moor at the western pier."
PARAGRAPHS = [f"{SENTENCE} It was the {place} time." for place in ("first", "second", "third")] * 3
WHOLE = "".join(f"<p>{paragraph}</p>" for paragraph in PARAGRAPHS)
WHOLE_TEXT = "\n\n".join(PARAGRAPHS)
TEASER = f"{SENTENCE} They want to vote on Friday […]"


def _rss(*items: str, ill_formed: bool = False) -> bytes:
    inside = "".join(
        f"<item><title>Story {number}</title><link>https://quay.example/{number}</link>{item}</item>"
        for number, item in enumerate(items)
    )
    fault = "<x:y>" if ill_formed else ""
    return f"<rss version='2.0' {SPACES}><channel>{inside}{fault}</channel></rss>".encode()


def _atom(entry: str) -> bytes:
    link = '<link href="https://quay.example/1"/>'
    return (
        f"<feed xmlns='http://www.w3.org/2005/Atom' {SPACES}><entry>{link}{entry}</entry></feed>"
    ).encode()


def _json(**item: Any) -> bytes:
    top = {"version": "https://jsonfeed.org/version/1.1", "items": [item]}
    return json.dumps(top).encode()


def _documents(body: bytes) -> list[Document]:
    entries = read_feed(body, source="feed").entries
    documents = [entry for entry in entries if isinstance(entry, Document)]
    assert len(documents) == len(entries)
    return documents


def _text(document: Document) -> str:
    body = str(document.body)
    return html_to_text(body) if document.is_html else body


@pytest.mark.parametrize("ill_formed", [False, True])
@pytest.mark.parametrize(
    "element",
    ["description", "content:encoded", "dc:description", "itunes:summary", "media:description"],
)
def test_a_whole_text_is_full_text_whatever_element_holds_it(
    element: str, ill_formed: bool
) -> None:
    item = f"<{element}>{escape(WHOLE)}</{element}>"
    (document,) = _documents(_rss(item, ill_formed=ill_formed))
    assert (document.text_source, _text(document)) == ("feed", WHOLE_TEXT)


def test_a_whole_summary_of_atom_and_json_is_full_text() -> None:
    (document,) = _documents(_atom(f"<summary type='html'>{escape(WHOLE)}</summary>"))
    assert (document.text_source, _text(document)) == ("feed", WHOLE_TEXT)
    (document,) = _documents(_json(id="1", summary=WHOLE_TEXT))
    assert (document.text_source, _text(document)) == ("feed", WHOLE_TEXT)


@pytest.mark.parametrize(
    "body",
    [
        _rss(f"<content:encoded>{TEASER}</content:encoded>"),
        _rss(f"<content:encoded>{escape(f'<p>{SENTENCE}</p><a>Read more</a>')}</content:encoded>"),
        _atom(f"<content type='html'>{TEASER}</content>"),
        _json(id="1", content_text=TEASER),
        _json(id="1", content_text=WHOLE_TEXT[:300]),
        _json(id="1", content_html=f"<p>{WHOLE_TEXT[:500]}</p>"),
    ],
)
def test_a_teaser_is_a_summary_whatever_element_holds_it(body: bytes) -> None:
    (document,) = _documents(body)
    assert document.text_source == "summary"


def test_a_whole_summary_goes_before_a_content_that_was_cut() -> None:
    cut = f"<p>{WHOLE_TEXT[:500]}</p>"
    item = (
        f"<content:encoded>{escape(cut)}</content:encoded>"
        f"<description>{escape(WHOLE)}</description>"
    )
    (document,) = _documents(_rss(item))
    assert (document.text_source, _text(document)) == ("feed", WHOLE_TEXT)


def test_texts_of_one_feed_that_were_cut_alike_are_summaries() -> None:
    words = " ".join(f"harbour{n}" for n in range(300))
    texts = [words[start : start + 330].rsplit(" ", 1)[0] for start in range(0, 900, 90)]
    documents = _documents(_rss(*(f"<content:encoded>{text}</content:encoded>" for text in texts)))
    assert {document.text_source for document in documents} == {"summary"}


def test_one_text_for_all_entries_is_marked_as_shared() -> None:
    about = "<description>All that happens at the western harbour, day by day.</description>"
    own = f"<description>{SENTENCE}</description>"
    assert [d.has_shared_text for d in _documents(_rss(about, about))] == [True, True]
    assert [d.has_shared_text for d in _documents(_rss(about, own, about, about))] == [
        *(True, False, True, True)
    ]
    assert [d.has_shared_text for d in _documents(_rss(about, own, about))] == [False] * 3


def test_an_excerpt_that_all_entries_share_is_left_out() -> None:
    item = (
        "<description>All news of the harbour.</description>"
        "<content:encoded>{} " + SENTENCE + "</content:encoded>"
    )
    documents = _documents(_rss(*(item.format(number) for number in range(3))))
    assert [document.excerpt for document in documents] == [None] * 3
    assert [document.has_shared_text for document in documents] == [False] * 3


@pytest.mark.parametrize(
    ("description", "excerpt"),
    [
        ("The council has met.", "The council has met."),
        (f"{TEASER}\n\nRead more", TEASER),
        ("Comments", None),
        ("<img src='a.png'>", None),
        ("A note.<br><br>The post Moorings appeared first on Quay News.", "A note."),
    ],
)
def test_an_excerpt_is_what_a_summary_says(description: str, excerpt: str | None) -> None:
    item = (
        f"<description>{escape(description)}</description>"
        f"<content:encoded>{escape(WHOLE)}</content:encoded>"
    )
    (document,) = _documents(_rss(item))
    assert document.excerpt == excerpt


CAPTION = f"<media:description>A boat at noon. {SENTENCE} {SENTENCE}</media:description>"
PICTURE = "<media:content url='a.jpg' medium='image'>{}</media:content>"


@pytest.mark.parametrize("ill_formed", [False, True])
@pytest.mark.parametrize(
    ("media", "text"),
    [
        (CAPTION, SENTENCE),
        (PICTURE.format(CAPTION), SENTENCE),
        (f"<media:group>{PICTURE.format('')}{CAPTION}</media:group>", SENTENCE),
        (f"<media:content url='a.mp4' type='video/mp4'>{CAPTION}</media:content>", SENTENCE),
    ],
)
def test_the_feeds_own_description_goes_before_that_of_its_media(
    media: str, text: str, ill_formed: bool
) -> None:
    item = f"{media}<description>{SENTENCE}</description>"
    (document,) = _documents(_rss(item, ill_formed=ill_formed))
    assert _text(document) == text


@pytest.mark.parametrize("ill_formed", [False, True])
@pytest.mark.parametrize(
    ("media", "is_text"),
    [
        (PICTURE.format(CAPTION), False),
        (PICTURE.format("") + CAPTION, False),
        (f"<media:group><media:content url='a.png'/>{CAPTION}</media:group>", False),
        (f"<media:content url='a.mp4' type='video/mp4'>{CAPTION}</media:content>", True),
        (CAPTION, True),
    ],
)
def test_a_caption_is_no_text_but_what_is_said_of_a_film_is(
    media: str, is_text: bool, ill_formed: bool
) -> None:
    (document,) = _documents(_rss(media, ill_formed=ill_formed))
    assert _text(document).startswith("A boat at noon.") == is_text
    assert bool(document.body) == is_text


@pytest.mark.parametrize("fault", ["", "<x:y>"])
def test_a_title_of_a_picture_is_no_title(fault: str) -> None:
    media = "<media:content url='a.jpg'><media:title>Boat</media:title></media:content>"
    item = f"<item><link>https://quay.example/1</link>{media}</item>"
    body = f"<rss {SPACES}><channel>{item}{fault}</channel></rss>"
    assert _documents(body.encode())[0].title is None
    assert _documents(body.replace("a.jpg", "a.mp4").encode())[0].title == "Boat"


FILM = (
    "<div><table><tr><td><a href='/1'><img src='1.jpg'></a></td><td><div>A walk</div><div>{}</div>"
    "</td><td><div>From: <a href='/ann'>Ann Lee</a></div><div>Views: 1,234</div><div>12 ratings"
    "</div></td></tr><tr><td>Time: 03:20</td><td>More in <a>Travel</a></td></tr></table></div>"
)


def test_of_a_film_its_description_counts_and_not_its_views() -> None:
    own = f"<description>{escape(FILM.format(SENTENCE))}</description>"
    media = f"<media:group><media:description>{SENTENCE}</media:description></media:group>"
    (document,) = _documents(_rss(own + media))
    assert _text(document) == SENTENCE
    (document,) = _documents(_rss(own))
    assert _text(document) == f"A walk\n\n{SENTENCE}"


@pytest.mark.parametrize(
    "markup",
    [
        "<iframe src='https://films.example/1'></iframe>",
        "<iframe src='https://films.example/1' />",
        "<embed src='https://films.example/1'>",
        "<object data='a.swf'><param name='x'><embed src='a.swf'></object>",
        "<object data='a.swf'><p>Your browser can't show films of this kind.</p></object>",
        "<video src='a.mp4'>Your browser can't show films of this kind.</video>",
        "<img src='a.png'>",
        "<script>let boats = 5 < 6</script>",
    ],
)
def test_what_only_embeds_is_no_text(markup: str) -> None:
    for body in (
        _atom(f"<content type='html'>{escape(markup)}</content>"),
        _atom(f"<content>{escape(markup)}</content>"),
        _rss(f"<description>{escape(markup)}</description>"),
        _rss(f"<description>{escape(escape(markup))}</description>"),
        _json(id="1", url="https://quay.example/1", content_html=markup),
        _json(id="1", url="https://quay.example/1", content_text=markup),
    ):
        (document,) = _documents(body)
        assert document.body == ""


@pytest.mark.parametrize(
    ("description", "text"),
    [
        ("&lt;p&gt;It sails.&lt;/p&gt;", "It sails."),
        ("&amp;lt;p&amp;gt;It sails.&amp;lt;/p&amp;gt;", "It sails."),
        ("&amp;lt;a href='/x'&amp;gt;It&amp;lt;/a&amp;gt; sails.", "It sails."),
        ("Ann&amp;amp;#8217;s boat &lt;b&gt;sails&lt;/b&gt;", "Ann’s boat sails"),
        ("&lt;p&gt;It sails.&lt;/p&gt;&lt;a href='http://quay", "It sails."),
        ("The &amp;lt;iframe&amp;gt; tag shows a page.", "The <iframe> tag shows a page."),
        ("&lt;p&gt;The &amp;lt;b&amp;gt; tag.&lt;/p&gt;", "The <b> tag."),
        ("&lt;style&gt;p {}&lt;/style&gt;It sails.", "It sails."),
    ],
)
def test_markup_is_never_text_but_text_about_tags_stays(description: str, text: str) -> None:
    (document,) = _documents(_rss(f"<description>{description}</description>"))
    assert _text(document) == text


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("<p>It sails.</p>", "It sails."),
        ("See <a href='/x'>this</a>.<br/>It sails.", "See this.\nIt sails."),
        ("&lt;p&gt;It sails.&lt;/p&gt;", "It sails."),
        ("The <b> tag makes it bold.", "The <b> tag makes it bold."),
        ("if a <b and c>d", "if a <b and c>d"),
    ],
)
def test_a_plain_text_that_is_markup_is_read_as_such(text: str, read: str) -> None:
    (document,) = _documents(_json(id="1", content_text=text))
    assert _text(document) == read


def test_full_text_of_other_vocabularies_is_read() -> None:
    item = f"<description>{SENTENCE}</description><yandex:full-text>{WHOLE_TEXT}</yandex:full-text>"
    (document,) = _documents(_rss(item))
    assert (document.text_source, document.excerpt) == ("feed", SENTENCE)


@pytest.mark.parametrize(
    ("markup", "authors"),
    [
        ("<author>Ann Lee, Bo Ek and Cy Day</author>", ("Ann Lee", "Bo Ek", "Cy Day")),
        ("<dc:creator>By Ann Lee</dc:creator>", ("Ann Lee",)),
        ("<author>admin</author>", ()),
        (
            "<dc:creator>&lt;a href='/a'&gt;Ann Lee&lt;/a&gt;, Bo Ek</dc:creator>",
            ("Ann Lee", "Bo Ek"),
        ),
        ("<author>ann@quay.example (Ann Lee)</author>", ("Ann Lee",)),
        ("<dc:creator>Ann Lee</dc:creator><itunes:author>Quay Radio</itunes:author>", ("Ann Lee",)),
        ("<itunes:author>Ann Lee</itunes:author>", ("Ann Lee",)),
    ],
)
def test_authors_of_rss_are_names_apart(markup: str, authors: tuple[str, ...]) -> None:
    (document,) = _documents(_rss(markup))
    assert document.authors == authors


@pytest.mark.parametrize(
    ("item", "authors"),
    [
        ({"authors": [{"name": "Ann Lee and Bo Ek"}, {"name": "admin"}]}, ("Ann Lee", "Bo Ek")),
        ({"author": {"name": "By Ann Lee"}}, ("Ann Lee",)),
        ({"authors": ["Ann Lee", "Bo Ek"]}, ("Ann Lee", "Bo Ek")),
        ({"author": "Ann Lee"}, ("Ann Lee",)),
        ({"authors": [{"url": "https://quay.example/ann"}]}, ()),
        ({"author": 7}, ()),
    ],
)
def test_authors_of_json_feeds_are_names_apart(
    item: dict[str, Any], authors: tuple[str, ...]
) -> None:
    (document,) = _documents(_json(id="1", content_text=SENTENCE, **item))
    assert document.authors == authors


def test_an_entry_with_a_nameless_author_has_none_of_its_feed() -> None:
    feed = (
        "<feed xmlns='http://www.w3.org/2005/Atom'><author><name>Ann Lee</name></author>"
        "<entry><link href='https://quay.example/1'/>{}</entry></feed>"
    )
    nobody = "<author><name>admin</name></author>"
    assert _documents(feed.format("").encode())[0].authors == ("Ann Lee",)
    assert _documents(feed.format(nobody).encode())[0].authors == ()


def test_tags_are_words() -> None:
    kind = "<category term='https://quay.example/kinds#post' label='{}'/>"
    entry = f"<category term='Sea'/><category term='Sea'/>{kind.format('Trade')}{kind.format('')}"
    assert _documents(_atom(entry))[0].tags == ("Sea", "Trade")
