"""trafilatura's work without the parts whose outcome is known beforehand: the same text, sooner.

One step is left out whose outcome is not known: a long text is not compared with those of other
extractors (`ENOUGH_CHARS`).

In force only while one of these functions runs.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from copy import copy, deepcopy
from functools import cache
from importlib import import_module
from typing import Any

import trafilatura
from lxml.etree import XPath
from lxml.html import HtmlElement
from trafilatura import core, external, htmlprocessing, main_extractor, metadata
from trafilatura.settings import Extractor

from feedlake.transforms.quicker.article_part import (
    UnsureError,
    extract_part,
    find_part,
    handle_forms,
)
from feedlake.transforms.quicker.compared import are_compared
from feedlake.transforms.quicker.element_rules import NAMESPACES, ElementRule
from feedlake.transforms.quicker.link_density import LinkDensity, judge_density
from feedlake.transforms.quicker.page_chars import bound_text, shown_text

Replacements = tuple[tuple[Any, str, Any], ...]
"""What to set in which module or class, and by what name."""

# The package has a function of the name of this one, too.
_BASELINE = import_module("trafilatura.baseline")
_MODULES = (_BASELINE, core, external, htmlprocessing, main_extractor, metadata)
ENOUGH_CHARS = 1_500
"""trafilatura's own text, if it has paragraphs and is as long, is not compared with readability's
and jusText's. On 181 news pages F1 is .965 with any bound from 0 to 2,500 and .963 without one:
of two long texts that were replaced both were right (2026-11). A text of up to 3,000 characters
that is less than a fifth of its page is still tried again."""

_LINES_OF_ITS_OWN = 100
"""Characters that readability may write itself: `VIDEO`, once for each frame."""

RARE: tuple[tuple[Any, str, tuple[str, ...]], ...] = (
    (core, "RAW_TREE_PRUNE_XPATH", ("mvp-post-add", "infinite", "elementor-share-buttons")),
    (core, "REMOVE_COMMENTS_AND_LISTS_XPATH", ("omment", "comol", "disqus", "dsq-")),
    (main_extractor, "DISCARD_IMAGE_ELEMENTS", ("caption",)),
    (main_extractor, "TEASER_DISCARD_XPATH", ("easer",)),
)
"""Rules of which each holds only for elements with one of the words in their class or their id."""

_CLASSES = XPath("descendant::*/@class", smart_strings=False)
_IDS = XPath("descendant::*/@id", smart_strings=False)
_FORUM = "DiscussionForumPosting"
_HAS_PARAGRAPHS = XPath("boolean(.//p//text())")


def extract_text(tree: HtmlElement, **options: Any) -> Any:
    """Returns what `trafilatura.bare_extraction` finds in the tree, which is used up.

    Args:
        tree: The page.
        options: Of those that the function takes `include_comments`, `fast` and `favor_recall`.
    """
    steps, density = _Steps(), LinkDensity()
    names = " ".join([*_CLASSES(tree), *_IDS(tree)])
    needless: list[tuple[Any, str, Any]] = [
        (module, name, [])
        for module, name, words in RARE
        if not any(word in names for word in words)
    ]
    with (
        quick_rules(),
        _replaced(
            *needless,
            *_of_justext(),
            (core, "load_html", lambda parsed, _: parsed.tree),
            (core, "_forum_thread_page", _is_forum),
            (core, "_prepare_tree", steps.prepare_tree),
            (main_extractor, "prune_unwanted_sections", density.prune_unwanted_sections),
            (main_extractor, "delete_by_link_density", density.delete_by_link_density),
            (htmlprocessing, "delete_element", density.delete_element),
            (htmlprocessing, "link_density_test", judge_density),
            (core, "_extract_and_compare", steps.extract_and_compare),
            (core, "html2txt", steps.text_to_compare),
            (external, "try_readability", _try_readability),
            (external, "justext_rescue", _rescue_by_justext),
        ),
    ):
        return trafilatura.bare_extraction(_Parsed(tree), options=_settings(**options))


@cache
def _of_justext() -> Replacements:
    if not are_compared("jusText"):
        return ()
    from feedlake.transforms.quicker.justext_shortcuts import REPLACEMENTS

    return REPLACEMENTS


@cache
def _settings(
    *, include_comments: bool = True, fast: bool = False, favor_recall: bool = False
) -> Extractor:
    """Some options of bare_extraction, as it would understand them for each page anew."""
    return Extractor(
        output_format="python", comments=include_comments, fast=fast, recall=favor_recall
    )


@contextmanager
def quick_rules() -> Iterator[None]:
    """Has trafilatura's rules about elements evaluated sooner in the block."""
    with _replaced(*_RULES):
        yield


class _Parsed:
    """A tree that bare_extraction need not copy, since it is not the one that it was given."""

    def __init__(self, tree: HtmlElement) -> None:
        self.tree = tree


class _Steps:
    """Two steps of `trafilatura_sequence`, which share what they find out about a page."""

    def __init__(self) -> None:
        self._text_chars = self._page_chars = 0
        self._prepare_tree = core._prepare_tree

    def prepare_tree(self, tree: Any, options: Any, url: Any) -> tuple[Any, Any]:
        """The page's tree cleaned and converted, and a copy of it that is cleaned.

        Or none yet, and what makes them if they're asked for.
        """
        if options.comments:
            cleaned, backup = self._prepare_tree(tree, options, url)
            return cleaned, backup
        return None, _Copies(tree, options, url)

    def extract_and_compare(self, cleaned: Any, backup: Any, tree: Any, options: Any) -> Any:
        """trafilatura's own text, or readability's or jusText's if that is better.

        They are not asked where its own is sound and long. Readability's is better only if it is
        twice as long; it is not run where the whole page has not that much text.
        """
        body, text = (
            _extract_part(tree, options) or backup.extract_content()
            if isinstance(backup, _Copies)
            else main_extractor.extract_content(cleaned, options)
        )
        if options.fast:
            return body, text
        if options.focus != "balanced":
            return external.compare_extraction(backup, tree, body, text, options)
        is_sound = _HAS_PARAGRAPHS(body) and len(body.findall(".//table")) <= len(
            body.findall(".//p")
        )
        self._text_chars = len(text)
        if is_sound and len(text) >= ENOUGH_CHARS:
            return body, text
        self._page_chars = len(shown_text(tree))
        is_whole = is_sound and self._page_chars + _LINES_OF_ITS_OWN <= 2 * len(text)
        compared = None if text and is_whole else tree
        body, text = external.compare_extraction(backup, compared, body, text, options)
        self._text_chars = len(text)
        return body, text

    def text_to_compare(self, tree: Any) -> str:
        """The page's text, of which trafilatura asks whether its own is less than a fifth.

        Blanks instead if it is known to be, and none if it is known not to be.
        """
        is_kept = self._text_chars >= _MIN_KEPT_CHARS  # Else it was replaced by a rescue.
        if is_kept:
            wanted = self._text_chars / core.ESCALATION_PAGE_SHARE
            least, most = bound_text(tree, at_most=wanted)
            if wanted >= most:
                return ""
            if wanted < least:
                return " " * least
        return str(_BASELINE.html2txt(tree))


class _Copies:
    """Copies of a cleaned tree, each made of the page again if it is asked for: few pages need any.

    trafilatura makes one before it converts the tree, for others to read, and one of the converted
    tree, since extraction uses that up.
    """

    def __init__(self, tree: Any, options: Any, url: Any) -> None:
        self._tree, self._options, self._url = tree, options, url
        self._converted: Any = None

    def unconverted(self) -> Any:
        """The tree cleaned."""
        return htmlprocessing.tree_cleaning(copy(self._tree), self._options)

    def extract_content(self) -> tuple[Any, str]:
        """trafilatura's own text, for which it copies the converted tree if it reads the copy."""
        converted = _convert(self._tree, self._options, self._url)
        recover = main_extractor.recover_wild_text

        def recover_wild_text(tree: Any, *args: Any) -> Any:
            return recover(self._copy(), *args)

        with _replaced(
            (main_extractor, "deepcopy", lambda one: self if one is converted else deepcopy(one)),
            (main_extractor, "recover_wild_text", recover_wild_text),
        ):
            found: tuple[Any, str] = main_extractor.extract_content(converted, self._options)
            return found

    def iter(self) -> Iterator[Any]:
        """The elements of the copy."""
        return iter(self._copy().iter())

    def _copy(self) -> Any:
        if self._converted is None:
            self._converted = _convert(self._tree, self._options, self._url)
        return self._converted


def _extract_part(tree: Any, options: Any) -> tuple[Any, str] | None:
    """trafilatura's own text, made of the one element that holds it; None if that isn't sure."""
    part = find_part(tree) if options.focus != "recall" else None
    if part is None:
        return None
    try:
        with _replaced((htmlprocessing, "_handle_forms", handle_forms)):
            root, replacements = extract_part(part, options)
        with _replaced(*replacements):
            found: tuple[Any, str] = main_extractor.extract_content(root, options)
            return found
    except UnsureError:
        return None


def _convert(tree: Any, options: Any, url: Any) -> Any:
    return htmlprocessing.convert_tags(
        htmlprocessing.tree_cleaning(copy(tree), options), options, url
    )


def _try_readability(tree: HtmlElement | None) -> HtmlElement:
    """What readability makes of a copy of the page; nothing without one."""
    return HtmlElement() if tree is None else _ask_readability(copy(tree))


def _rescue_by_justext(backup: Any, options: Any) -> Any:
    """jusText's text of the cleaned tree, which is made only for it."""
    cleaned = backup.unconverted() if isinstance(backup, _Copies) else backup
    return _ask_justext(cleaned, options)


def _is_forum(tree: Any) -> bool:
    scripts = tree.iterfind(".//script[@type='application/ld+json']")
    return any(_FORUM in (script.text or "") for script in scripts) and _ask_for_forum(tree)


_ask_for_forum = core._forum_thread_page
_ask_readability = external.try_readability
_ask_justext = external.justext_rescue

_MIN_KEPT_CHARS = 250
"""trafilatura's `MIN_EXTRACTED_SIZE`: shorter texts are rescued by other means."""


@contextmanager
def _replaced(*replacements: tuple[Any, str, Any]) -> Iterator[None]:
    """Sets attributes of modules while the block runs."""
    before = [(module, name, getattr(module, name)) for module, name, _ in replacements]
    for module, name, value in replacements:
        setattr(module, name, value)
    try:
        yield
    finally:
        for module, name, value in before:
            setattr(module, name, value)


def _quick_rules() -> Iterator[tuple[Any, str, Any]]:
    quickened: dict[int, Any] = {}
    for module in _MODULES:
        for name, rule in vars(module).items():
            if isinstance(rule, XPath):
                quick = quickened.setdefault(id(rule), _quicken(str(rule.path)))
            elif isinstance(rule, list) and rule and all(isinstance(one, XPath) for one in rule):
                paths = [str(one.path) for one in rule]
                if name == "BODY_XPATH":
                    paths = [_first(path) for path in paths]
                quick = quickened.setdefault(id(rule), [_quicken(path) for path in paths])
            else:
                continue
            yield module, name, quick


def _first(path: str) -> str:
    """The rule for the first of those that it selects, all that trafilatura takes of `BODY_XPATH`.

    The first in the page of the first ones below each parent is the first in the page.
    """
    path = path.strip()
    if path.endswith("][1]") and path.count(".//") == 1:
        return f"({path.removesuffix('[1]')})[1]"
    return path


def _quicken(path: str) -> XPath | ElementRule:
    """The rule, evaluated sooner."""
    try:
        return ElementRule(path)
    except ValueError:
        # lxml else makes strings of attributes that know their element, and so an object of it.
        return XPath(path, namespaces=NAMESPACES, smart_strings=False)


_RULES = tuple(_quick_rules())
