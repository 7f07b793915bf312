"""How much text a page has, told without writing it."""

from __future__ import annotations

from importlib import import_module

from lxml.html import HtmlElement

# The package has a function of the name of this one, too.
_BASELINE = import_module("trafilatura.baseline")


def bound_text(tree: HtmlElement, *, at_most: float) -> tuple[int, int]:
    """How many characters `html2txt` finds in the page, at least and at most.

    It leaves out some elements, and control characters, and puts blanks around blocks.

    Args:
        tree: The page.
        at_most: If there are no more in the whole page, nothing is left out.
    """
    found = tree.find(".//body")
    body = tree if found is None else found
    text = shown_text(body)
    least = len(text)
    most = least + 2 * sum(1 for _ in body.iter(*_BASELINE._BLOCK_ELEMS))
    if most <= at_most:
        return 0, most
    left_out = set(_BASELINE.BASIC_CLEAN_XPATH(body))
    for element in left_out:
        if left_out.isdisjoint(element.iterancestors()):
            chars = len(shown_text(element))
            least -= chars + 1  # What is around it may be one word.
            most -= chars
    if not text.isprintable():  # With each it may leave out a blank.
        least -= 2 * sum(not char.isprintable() for char in text)
    return least, most


def shown_text(tree: HtmlElement) -> str:
    """The page's text, scripts and styles apart, white space as one blank."""
    held = [(element, element.text) for element in tree.iter("script", "style")]
    for element, _ in held:
        element.text = None
    text = tree.text_content()
    for element, content in held:
        element.text = content
    return " ".join(text.split())
