"""What a child does with a page that is read by itself: its article, and the text's language."""

from __future__ import annotations

from dataclasses import replace

from feedlake.transforms.extract.extract_document import (
    ExtractOptions,
    extract_document,
    import_page_readers,
)
from feedlake.transforms.main_text.prose import is_costly
from feedlake.transforms.records.documents import Article, Document, Rejection

Read = tuple[Article | Rejection, str | None]
"""The article or why there is none, and the language that was identified."""


def import_readers() -> None:
    """Imports what reads pages and identifies languages: once, for all children."""
    import_page_readers()
    from feedlake.transforms.language import detect_language  # noqa: F401


def read_page(document: Document, options: ExtractOptions) -> Read:
    """Returns what a page holds; of one that is costly to read the cheap rule is tried first.

    Args:
        document: The page.
        options: How it is read.
    """
    # Only children identify languages, so only they load the model.
    from feedlake.transforms.language.detect_language import identify_language

    found = None
    if document.text_source == "page" and is_costly(document.body):
        found = extract_document(document, replace(options, extraction="prose"))
    if found is None or isinstance(found, Rejection):
        found = extract_document(document, options)
    if isinstance(found, Rejection):
        return found, None
    language = identify_language(found.title, found.text, declared=found.declared_language)
    return found, language.tag
