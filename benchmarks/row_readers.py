"""One tool's rows for pages, read by that tool's own interpreter (`rows.py` starts it).

    python row_readers.py TOOL < pages.jsonl > rows.jsonl

A page is `{"id": …, "url": …, "html": …}`, a row `{"id", "text", "title", "date", "authors",
"site_name", "language", "cpu_s", "error"}`, with null for what the tool does not say. Each tool is
called as its documentation does first, with the page's address where it takes one. Where another
call serves it better, it gets that: two that would ask for the sizes of all images are told not to,
resiliparse leaves out the names of images, and readability-lxml gives its short title. Only the
standard library is there in every environment, so the tools are imported by name.
"""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable, Iterator
from datetime import date, datetime
from importlib import import_module
from time import process_time
from typing import Any

Row = dict[str, Any]
Reader = Callable[[str, str], Row]
"""A page's HTML and its address to what the tool says of it."""


def main() -> None:
    logging.disable(logging.CRITICAL)
    read = READERS[sys.argv[1]]()
    for line in sys.stdin:
        page = json.loads(line)
        row: Row = {}
        error = None
        started_s = process_time()
        try:
            row = read(page["html"], page["url"])
        except Exception as raised:  # Whatever a tool raises, it found nothing on this page.
            error = f"{type(raised).__name__}: {raised}"[:200]
        spent_s = process_time() - started_s
        print(json.dumps({"id": page["id"], **row, "cpu_s": spent_s, "error": error}, default=str))


def feedlake() -> Reader:
    extract = import_module("feedlake.transforms.extract.extract_document")
    documents = import_module("feedlake.transforms.records.documents")
    languages = import_module("feedlake.transforms.language.detect_language")
    options = extract.ExtractOptions(
        read_at=datetime.now().astimezone(), min_chars=0, earliest_date=date(1990, 1, 1)
    )

    def read(html: str, url: str) -> Row:
        document = documents.Document(
            url, source_kind="page", body=html, is_html=True, text_source="page", url=url
        )
        article = extract.extract_document(document, options)
        if not isinstance(article, documents.Article):
            return {"title": article.title}
        found = languages.identify_language(
            article.title, article.text, declared=article.declared_language
        )
        return {
            "text": article.text,
            "title": article.title,
            "date": article.published_at,
            "offset_min": article.published_offset_min,
            "authors": article.authors,
            "site_name": article.site_name,
            "language": found.tag,
        }

    return read


def trafilatura() -> Reader:
    extract = import_module("trafilatura").extract

    def read(html: str, url: str) -> Row:
        found = extract(html, url=url, output_format="json", with_metadata=True)
        row = json.loads(found) if found else {}
        return {
            "text": row.get("text"),
            "title": row.get("title"),
            "date": row.get("date"),
            "authors": _split(row.get("author"), ";"),
            "site_name": row.get("source-hostname") or row.get("sitename"),
            "language": row.get("language"),
        }

    return read


def rs_trafilatura() -> Reader:
    extract = import_module("rs_trafilatura").extract

    def read(html: str, url: str) -> Row:
        found = extract(html, url=url)
        return {
            "text": found.main_content,
            "title": found.title,
            "date": found.date,
            "authors": _split(found.author, ";"),
            "site_name": found.sitename,
            "language": found.language,
        }

    return read


def newspaper4k() -> Reader:
    newspaper = import_module("newspaper")

    def read(html: str, url: str) -> Row:
        article = newspaper.article(url, input_html=html, fetch_images=False)
        return {
            "text": article.text,
            "title": article.title,
            "date": article.publish_date,
            "authors": article.authors,
            "site_name": article.meta_site_name,
            "language": article.meta_lang,
        }

    return read


def news_please() -> Reader:
    tool = import_module("newsplease").NewsPlease

    def read(html: str, url: str) -> Row:
        article = tool.from_html(html, url=url, fetch_images=False)
        return {
            "text": article.maintext,
            "title": article.title,
            "date": article.date_publish,
            "authors": article.authors,
            "language": article.language,
        }

    return read


def readability_lxml() -> Reader:
    tool = import_module("readability").Document
    parse = import_module("lxml.html").fromstring

    def read(html: str, url: str) -> Row:
        document = tool(html, url=url)
        body = parse(document.summary())
        return {"text": "\n".join(body.itertext()), "title": document.short_title()}

    return read


def goose3() -> Reader:
    goose = import_module("goose3").Goose()

    def read(html: str, url: str) -> Row:
        article = goose.extract(raw_html=html)
        stated = article.publish_date or ""
        return {
            "text": article.cleaned_text,
            "title": article.title,
            # The day as written, where that is one that can be compared.
            "date": stated if stated[:4].isdigit() else article.publish_datetime_utc,
            "authors": list(_names(article.authors)),
            "site_name": next(_names((article.opengraph or {}).get("site_name")), None),
            "language": article.meta_lang,
        }

    return read


def resiliparse() -> Reader:
    tree = import_module("resiliparse.parse.html").HTMLTree
    to_text = import_module("resiliparse.extract.html2text").extract_plain_text
    detect = import_module("resiliparse.parse.lang").detect_fast

    def read(html: str, url: str) -> Row:
        page = tree.parse(html)
        text = to_text(page, main_content=True, alt_texts=False)
        return {"text": text, "title": page.title, "language": detect(text)[0]}

    return read


def _names(value: Any) -> Iterator[str]:
    """The names in what a page's JSON-LD left as it was: lists in lists, and objects."""
    if isinstance(value, list):
        for part in value:
            yield from _names(part)
    elif isinstance(value, dict):
        yield from _names(value.get("name"))
    elif value:
        yield str(value)


def _split(text: str | None, sign: str) -> list[str]:
    return [name.strip() for name in (text or "").split(sign) if name.strip()]


READERS: dict[str, Callable[[], Reader]] = {
    "feedlake": feedlake,
    "trafilatura": trafilatura,
    "rs-trafilatura": rs_trafilatura,
    "newspaper4k": newspaper4k,
    "news-please": news_please,
    "readability-lxml": readability_lxml,
    "goose3": goose3,
    "resiliparse": resiliparse,
}

if __name__ == "__main__":
    main()
