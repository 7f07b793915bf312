"""What extraction comes to: the article of a document, with the keys by which it is compared."""

from __future__ import annotations

from dataclasses import replace

from transforms.extract_document import ExtractOptions, extract_document
from transforms.prose import is_costly
from transforms.records import Document, Rejection
from transforms.sign import Signed, sign


def extract_signed(document: Document, options: ExtractOptions) -> Signed | Rejection:
    """Returns the document's article and its keys, or the reason there is none.

    Of a page that is costly to read its prose is tried first; what the options say is done if
    that gives no article.
    """
    if document.text_source == "page" and document.is_html and is_costly(document.body):
        outcome = extract_document(document, replace(options, extraction="prose"))
        if not isinstance(outcome, Rejection):
            return sign(outcome)
    outcome = extract_document(document, options)
    return outcome if isinstance(outcome, Rejection) else sign(outcome)
