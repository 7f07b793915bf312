"""What three hooks in trafilatura would save (`docs/decisions/0010`), by patches that do the same.

    python benchmarks/hooks.py PAGES_DIR

The pages are `PAGES_DIR/*.html.gz`. Parsing is not counted.
"""

from __future__ import annotations

import argparse
import gzip
import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from copy import copy
from pathlib import Path
from statistics import median
from time import process_time
from typing import Any

import trafilatura

from feedlake.transforms.extract.library_calls import parse_html
from feedlake.transforms.normalize.charset import decode_body
from feedlake.transforms.quicker.compared import are_compared

ROUNDS = 5


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("pages", type=Path, help="folder of *.html.gz")
    arguments = parser.parse_args()
    if not are_compared("trafilatura"):
        sys.exit("trafilatura's release was not compared: its parts can't be replaced")
    logging.disable(logging.CRITICAL)
    pages = [
        decode_body(gzip.decompress(path.read_bytes()), is_html=True)
        for path in sorted(arguments.pages.glob("*.html.gz"))
    ]
    quick = _quick_rules()
    ways: dict[str, tuple[Callable[[], AbstractContextManager[None]], ...]] = {
        "nothing replaced": (),
        "the tree is not copied": (_consumed,),
        "a long text is not compared": (_accepted,),
        "rules remember elements": (quick,),
        "all three": (_consumed, _accepted, quick),
    }
    costs_ms: dict[str, list[float]] = {name: [] for name in ways}
    texts: dict[str, list[str | None]] = {}
    for _ in range(ROUNDS):
        for name, patches in ways.items():
            with ExitStack() as stack:
                for patch in patches:
                    stack.enter_context(patch())
                texts[name], cost_s = _extract(pages, is_consumed=_consumed in patches)
            costs_ms[name].append(1000 * cost_s / len(pages))
    print(f"{len(pages)} pages, {ROUNDS} rounds")
    for name, found in texts.items():
        pairs = zip(found, texts["nothing replaced"], strict=True)
        others = sum(text != plain for text, plain in pairs)
        print(f"{name:30}{median(costs_ms[name]):6.1f} ms a page, {others} other texts")


class _Given:
    """A tree that `bare_extraction` need not copy, since it's not what it was given."""

    def __init__(self, tree: Any) -> None:
        self.tree = tree


def _extract(pages: list[str], *, is_consumed: bool) -> tuple[list[str | None], float]:
    texts, cost_s = [], 0.0
    for html in pages:
        tree = parse_html(html)
        given = _Given(tree) if is_consumed else tree
        started_s = process_time()
        found = trafilatura.bare_extraction(given, include_comments=False)  # type: ignore[arg-type]
        cost_s += process_time() - started_s
        texts.append(None if found is None or isinstance(found, dict) else found.text)
    return texts, cost_s


@contextmanager
def _consumed() -> Iterator[None]:
    from trafilatura import core

    with _replaced(core, "load_html", lambda given, _: given.tree):
        yield


@contextmanager
def _accepted() -> Iterator[None]:
    from trafilatura import core, external, main_extractor

    from feedlake.transforms.quicker.trafilatura_shortcuts import ENOUGH_CHARS

    def extract_and_compare(cleaned: Any, backup: Any, tree: Any, options: Any) -> Any:
        body, text = main_extractor.extract_content(cleaned, options)
        is_sound = body.xpath(".//p//text()") and len(body.findall(".//table")) <= len(
            body.findall(".//p")
        )
        if options.focus == "balanced" and is_sound and len(text) >= ENOUGH_CHARS:
            return body, text
        return external.compare_extraction(backup, copy(tree), body, text, options)

    with _replaced(core, "_extract_and_compare", extract_and_compare):
        yield


def _quick_rules() -> Callable[[], AbstractContextManager[None]]:
    from feedlake.transforms.quicker.trafilatura_shortcuts import quick_rules

    return quick_rules


@contextmanager
def _replaced(module: Any, name: str, value: Any) -> Iterator[None]:
    before = getattr(module, name)
    setattr(module, name, value)
    try:
        yield
    finally:
        setattr(module, name, before)


if __name__ == "__main__":
    main()
