"""trafilatura's options compared on pages with known main text: F1 and CPU per page.

    python benchmarks/extraction.py PAGES_DIR TRUTH_JSON [PAGES_DIR TRUTH_JSON…]

Pages and truth are as for `quality.py`. The rows of `--extraction` are feedlake's own, metadata
included; the others are bare calls without metadata. The choice: the best F1 per CPU-second of
those whose F1 is not below that of trafilatura's defaults.
"""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import trafilatura

sys.path.insert(0, str(Path(__file__).resolve().parent))

from quality import OPTIONS, Page, add_sets, measure, read_sets, score_texts

from feedlake.transforms.extract.extract_document import extract_document
from feedlake.transforms.extract.page_fields import Extraction
from feedlake.transforms.normalize.charset import decode_body
from feedlake.transforms.records.documents import Article, Document

CALLS: dict[str, dict[str, Any]] = {
    "its defaults (with comments)": {},
    "no comments": {"include_comments": False},
    "no comments, no tables": {"include_comments": False, "include_tables": False},
    "no comments, fast": {"include_comments": False, "fast": True},
    "no comments, precision": {"include_comments": False, "favor_precision": True},
    "no comments, recall": {"include_comments": False, "favor_recall": True},
    "no comments, fast, recall": {"include_comments": False, "fast": True, "favor_recall": True},
}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    add_sets(parser)
    arguments = parser.parse_args()
    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    pages = read_sets(arguments.sets)
    extractors: dict[str, Callable[[Page], str]] = {
        name: _caller(options) for name, options in CALLS.items()
    }
    extractors |= {f"--extraction {word}": _reader(word) for word in get_args(Extraction)}
    extractors["feedlake's prose alone"] = _reader("prose")
    texts, costs_s = measure(extractors, pages)
    print(f"{len(pages)} pages\n{'':34}{'F1':>7}{'P':>8}{'R':>8}{'ms/page':>9}")
    for name, found in texts.items():
        score = score_texts([(page.text, text) for page, text in zip(pages, found, strict=True)])
        numbers = "".join(f"{value:8.4f}" for value in (score.f1, score.precision, score.recall))
        print(f"{name:33}{numbers}{1000 * costs_s[name] / len(pages):9.1f}")


def _caller(options: dict[str, Any]) -> Callable[[Page], str]:
    def extract(page: Page) -> str:
        return trafilatura.extract(decode_body(page.body, is_html=True), **options) or ""

    return extract


def _reader(word: Any) -> Callable[[Page], str]:
    chosen = replace(OPTIONS, extraction=word)

    def extract(page: Page) -> str:
        document = Document(
            page.name, source_kind="html", body=page.body, is_html=True, text_source="page"
        )
        outcome = extract_document(document, chosen)
        return outcome.text if isinstance(outcome, Article) else ""

    return extract


if __name__ == "__main__":
    main()
