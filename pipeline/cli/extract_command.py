"""What `feedlake extract` does: finds one page, and shows the article in it."""

from __future__ import annotations

import dataclasses
import json
import textwrap
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from feedlake.pipeline.api.extract_page import (
    ExtractedPage,
    extract_document_alone,
    page_options,
    without_article,
)
from feedlake.pipeline.api.find_page import find_page
from feedlake.pipeline.terminal.console import printable
from feedlake.transforms.records.documents import Rejection

_SHOWN = {
    "title": "title",
    "url": "url",
    "canonical_url": "canonical url",
    "site": "site",
    "site_name": "site name",
    "authors": "authors",
    "published_at": "published",
    "updated_at": "updated",
    "language": "language",
    "tags": "tags",
    "image_url": "image",
    "excerpt": "excerpt",
    "rights": "rights",
    "word_count": "words",
    "extractor": "extractor",
}
_SAYS_WHEN = {
    "page": "the page says so",
    "seed": "the file says so",
    "url": "by its address",
    "guess": "a guess",
}
_INDENT = " " * 15


def extract(values: Mapping[str, Any]) -> ExtractedPage:
    """Returns what a page holds.

    Args:
        values: By the names of options.
    """
    argument, url = values["page"], values["url"]
    told = {name: value for name, value in values.items() if name not in ("page", "url")}
    options = page_options(told)
    found = find_page(argument, options, url=url)
    if isinstance(found, Rejection):
        return without_article(found)
    return extract_document_alone(found, options)


def page_json(page: ExtractedPage) -> str:
    """Returns what a page holds as a JSON object; times in ISO 8601."""
    return json.dumps(dataclasses.asdict(page), indent=2, ensure_ascii=False, default=_iso)


def page_text(page: ExtractedPage, *, width: int) -> str:
    """Returns what a page holds: its fields, those that are known, and then its text.

    Args:
        page: With an article.
        width: Columns of the terminal.
    """
    lines = []
    for name, shown in _SHOWN.items():
        value = getattr(page, name)
        if value in (None, "", (), 0):
            continue
        if name == "rights":
            words = "; ".join(f"{one.kind.replace('_', ' ')}: {one.value}" for one in value)
        else:
            words = ", ".join(value) if isinstance(value, tuple) else _words(value)
        if name == "published_at":
            words += f" ({_SAYS_WHEN[str(page.date_source)]})"
        lines += textwrap.wrap(
            printable(words),
            max(width, 40),
            initial_indent=f"{shown + ':':15}",
            subsequent_indent=_INDENT,
            break_on_hyphens=False,
            break_long_words=False,
        )
    text = "\n".join(printable(line) for line in (page.text or "").split("\n"))
    return "\n".join([*lines, "", text])


def why_none(page: ExtractedPage) -> str:
    """Returns why a page holds no article, in words."""
    return f"no article: {page.reason}" + (f": {page.detail}" if page.detail else "")


def _words(value: object) -> str:
    if isinstance(value, datetime):
        return _iso(value).replace("T", " ").replace("+00:00", " UTC")
    return str(value)


def _iso(value: datetime) -> str:
    return value.isoformat()
