"""Markdown: one article a file, with what its front matter says of it."""

from __future__ import annotations

import posixpath
from dataclasses import replace
from datetime import UTC, date, datetime, time

from feedlake.transforms.normalize.charset import decode_body
from feedlake.transforms.normalize.text import normalize_line
from feedlake.transforms.records.documents import Document
from feedlake.transforms.texts.front_matter import (
    FrontMatter,
    FrontMatterError,
    day_in_name,
    read_fields,
    split_front_matter,
)


def read_markdown(body: bytes, *, source: str, name: str) -> Document:
    """Returns the article of a Markdown file, its text made into HTML.

    If what stands before the text can't be read, it is a part of the text.

    Args:
        body: The file.
        source: Its path or URL.
        name: Its path or name, which may begin with a day.
    """
    text = decode_body(body).removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    front, note = FrontMatter(), None
    try:
        fields, text = split_front_matter(text)
        front = read_fields(fields)
    except FrontMatterError as error:
        note = f"front matter: {error}"[:500]
    if front.published_text is None and (day := _day(name)) is not None:
        moment = datetime.combine(day, time(), UTC)
        front = replace(front, published_at=moment, published_text=day.isoformat())
    heading, html = _render(text, title=front.title)
    return Document(
        source=source,
        source_kind="markdown",
        body=html,
        is_html=True,
        text_source="text",
        date_source="seed",
        text_note=note,
        **{**vars(front), "title": front.title or heading},
    )


def _day(name: str) -> date | None:
    text = day_in_name(posixpath.basename(name.replace("\\", "/")))
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError:
        return None


def _render(text: str, *, title: str | None) -> tuple[str | None, str]:
    """The heading above all if it is the title, and the HTML without it."""
    # Only children read Markdown, and this process need not import its parser.
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    tokens = parser.parse(text)
    heading = None
    if len(tokens) > 2 and tokens[0].type == "heading_open" and tokens[0].tag == "h1":
        words = "".join(part.content for part in tokens[1].children or ())
        found = normalize_line(words)
        if found and (title is None or found.casefold() == title.casefold()):
            heading, tokens = found, tokens[3:]
    return heading, parser.renderer.render(tokens, parser.options, {})
