"""Blocks of links, told from others with less counting than trafilatura does."""

from __future__ import annotations

from itertools import islice
from typing import Any

from trafilatura import htmlprocessing, main_extractor, xml
from trafilatura.utils import LINK_FARM_RATIO

_MAX_BLOCK_CHARS = 300
"""Up to as many characters trafilatura compares a block's text with that of its links."""

_MAX_PARAGRAPHS = 50
"""As many are looked at in each of the divisions that hold each other."""

_ask_trafilatura = htmlprocessing.link_density_test


class LinkDensity:
    """Looks for blocks of links a second time only if the first time something was deleted."""

    def __init__(self) -> None:
        self._delete_element = xml.delete_element
        self._delete_by_link_density = htmlprocessing.delete_by_link_density
        self._prune_unwanted_sections = main_extractor.prune_unwanted_sections
        self._deleted = 0
        self._nothing_found: dict[str, int] = {}

    def prune_unwanted_sections(self, *args: Any, **options: Any) -> Any:
        """Begins with another part of the page."""
        self._nothing_found.clear()
        return self._prune_unwanted_sections(*args, **options)

    def delete_element(self, element: Any, keep_tail: bool = True) -> None:
        """Counts the elements that are deleted."""
        self._deleted += 1
        self._delete_element(element, keep_tail)

    def delete_by_link_density(self, subtree: Any, tag: str, **options: Any) -> Any:
        """Looks, unless the tree is as it was when it looked in vain."""
        if self._nothing_found.get(tag) == self._deleted:
            return subtree
        before = self._deleted
        found = self._delete_by_link_density(subtree, tag, **options)
        if self._deleted == before:
            self._nothing_found[tag] = before
        return found


def judge_density(element: Any, favor_precision: bool = False) -> Any:
    """trafilatura's verdict on a block; it is none of links if enough of its text is in none."""
    links = list(element.iterdescendants("ref"))
    if not links or (element.tag == "div" and _is_mostly_text(element, links)):
        return False, False
    return _ask_trafilatura(element, favor_precision)


def _is_mostly_text(division: Any, links: list[Any]) -> bool:
    """Whether its first paragraphs have more text of their own than trafilatura asks for.

    It looks closer at blocks of up to 300 characters, and at those of which nine tenths are links.
    """
    linked = sum(len("".join(link.itertext())) for link in links)
    wanted = max(_MAX_BLOCK_CHARS, linked * (1 / LINK_FARM_RATIO - 1))
    for paragraph in islice(division.iterdescendants("p"), _MAX_PARAGRAPHS):
        if paragraph.text and next(paragraph.iterancestors("ref"), None) is None:
            wanted -= len(" ".join(paragraph.text.split()))
            if wanted < 0:
                return True
    return False
