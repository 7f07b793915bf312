"""The shortcuts of this folder, each found by its name."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

from feedlake.transforms.quicker.compared import COMPARED, Installed, are_compared, look_up

PYTHONS = ((3, 11), (3, 12), (3, 13))
"""Those whose `multiprocessing` was compared."""


WITHOUT: dict[str, str] = {
    "bpe-openai": "each process that counts tokens starts half a second later",
    "jusText": "short pages take longer",
    "trafilatura": "pages take about 1.6 times the CPU, and a few long texts differ",
    "vaderSentiment": "the tone of English texts takes longer",
}
"""What it costs to go without a library's shortcuts."""


class Offer(NamedTuple):
    """One shortcut.

    Attributes:
        is_open: Whether it may be taken with what is installed.
        load: Imports it.
    """

    is_open: Callable[[], bool]
    load: Callable[[], Any]


def find(name: str) -> Any:
    """Returns what stands in for the plain way, or None if that is the only one here.

    Args:
        name: A key of `OFFERS`.
    """
    offer = OFFERS[name]
    return offer.load() if offer.is_open() else None


def describe_uncompared() -> list[str]:
    """Returns a sentence for each library that is installed in a release not compared."""
    return [
        f"{library} {found.version} {_why(library, found)}, so feedlake does without its "
        f"shortcuts through it: {WITHOUT[library]}"
        for library in COMPARED
        for found in (look_up(library),)
        if found.version and not are_compared(library)
    ]


def _why(library: str, found: Installed) -> str:
    if found.version in COMPARED[library]:
        return f"isn't the {found.version} that was compared"
    return f"wasn't compared ({', '.join(COMPARED[library])} was)"


def _extract_text() -> Any:
    from feedlake.transforms.quicker.trafilatura_shortcuts import extract_text

    return extract_text


def _extract_title() -> Any:
    from trafilatura.metadata import extract_title

    return extract_title


def _rate_sentence() -> Any:
    from feedlake.transforms.quicker.vader_shortcuts import rate_sentence

    return rate_sentence


def _load_counter() -> Any:
    from feedlake.transforms.quicker.token_counter import load_counter

    return load_counter


def _child_servers() -> Any:
    from feedlake.transforms.quicker import child_servers

    return child_servers


OFFERS: dict[str, Offer] = {
    "extract_text": Offer(partial(are_compared, "trafilatura"), _extract_text),
    "extract_title": Offer(partial(are_compared, "trafilatura"), _extract_title),
    "rate_sentence": Offer(partial(are_compared, "vaderSentiment"), _rate_sentence),
    "load_counter": Offer(partial(are_compared, "bpe-openai"), _load_counter),
    "child_servers": Offer(lambda: sys.version_info[:2] in PYTHONS, _child_servers),
}
"""By the name of what each stands in for."""
