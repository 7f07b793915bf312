"""The calls into trafilatura and lxml that odd pages can break."""

from __future__ import annotations

import functools
import logging
import re
from collections.abc import Callable
from copy import deepcopy
from typing import Any, ParamSpec, TypeVar

import trafilatura
from lxml import etree
from lxml.html import HtmlComment, HtmlElement, document_fromstring

from feedlake.transforms.extract.page_fields import Extraction
from feedlake.transforms.main_text.invisible import find_stand_ins, put_back, put_stand_ins
from feedlake.transforms.process import library_shortcuts

EXTRACTOR = f"trafilatura {trafilatura.__version__}"

EXTRACTIONS: dict[Extraction, dict[str, bool]] = {
    "fast": {"fast": True},
    "balanced": {},
    "thorough": {"favor_recall": True},
}
"""trafilatura's options for each. Reader comments are left out in all (`docs/inputs.md`):
measured with `benchmarks/extraction.py`, they cost F1."""

_HEAD_CHARS = 4_096
_CLOSED_ROOT = re.compile(r"(<(?:html|body)\b[^<>]*)/>", re.I)  # Ends the document for libxml2.
_CLOSED_DOCTYPE = re.compile(r"< ?! ?doctype[^>]*/[^<>]*>", re.I)  # So does this.
_CONTROL = bytes(code for code in range(32) if code not in b"\t\n\r")
_NO_CHARACTERS = ("\ufffe", "\uffff")  # XML forbids them.

# lxml.html asks a function in Python for the class of each element: 5 % of an extraction.
_CLASSES = etree.ElementDefaultClassLookup(element=HtmlElement, comment=HtmlComment)

_Arguments = ParamSpec("_Arguments")
_Found = TypeVar("_Found")

_UNTITLED = ("meta", "script", "link", "style")
"""Elements without which trafilatura looks for a page's title in its text."""

# It reports each page without text; for us that is a rejection, counted.
logging.getLogger("trafilatura").setLevel(logging.CRITICAL + 1)


def _extract_text(tree: HtmlElement, **options: Any) -> Any:
    return trafilatura.bare_extraction(tree, **options)


def _extract_title(tree: HtmlElement) -> str | None:
    bare = deepcopy(tree)
    for element in list(bare.iterdescendants(*_UNTITLED)):
        element.drop_tree()
    for element in bare.iter():  # References in what it gives are read once more.
        element.text = (element.text or "").replace("&", "&amp;")
        element.tail = (element.tail or "").replace("&", "&amp;")
    title: str | None = trafilatura.extract_metadata(bare, extensive=False).title
    return title


# A shortcut where there is one, else the way above, on which the library does all its work.
extract_text: Callable[..., Any] = library_shortcuts.find("extract_text") or _extract_text
extract_title: Callable[[HtmlElement], str | None] = (
    library_shortcuts.find("extract_title") or _extract_title
)


class ExtractorError(Exception):
    """A library raised on a page: the page's misbehaviour, not a bug of ours."""


def _describe(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:300]


def _guarded(
    function: Callable[_Arguments, _Found],
) -> Callable[_Arguments, _Found]:
    """Turns whatever the function raises into `ExtractorError`, lack of memory apart."""

    @functools.wraps(function)
    def call(*args: _Arguments.args, **kwargs: _Arguments.kwargs) -> _Found:
        try:
            return function(*args, **kwargs)
        except MemoryError:
            raise
        except etree.XPathEvalError as error:
            # All that lxml says when libxml2 was refused memory in the midst of an expression
            # (lxml 6.1.3, with RLIMIT_AS); expressions that are wrong have a message.
            if str(error) == "unknown error":
                raise MemoryError from error
            raise ExtractorError(_describe(error)) from error
        # These libraries do not say what they raise: IndexError, AttributeError, RecursionError,
        # AssertionError and lxml's own have all been reported. The functions below hold nothing
        # but their calls, and what the shortcuts put into them: a fault of that one would come out
        # as rejects, too, which is why its tests compare texts with trafilatura's own.
        except Exception as error:
            raise ExtractorError(_describe(error)) from error

    return call


@_guarded
def parse_html(html: str, *, utf8: bytes | None = None) -> HtmlElement | None:
    """Returns the page's root element, or None if it has none.

    Args:
        html: The page.
        utf8: The same in UTF-8, if that is at hand.

    Raises:
        ExtractorError: lxml raised.
        MemoryError: libxml2 was refused memory.
    """
    head = html[:_HEAD_CHARS]
    mended = _CLOSED_DOCTYPE.sub("", _CLOSED_ROOT.sub(r"\1>", head), count=1)
    if mended != head:
        html, utf8 = mended + html[_HEAD_CHARS:], None
    for sign in _NO_CHARACTERS:
        if sign in html:
            html, utf8 = html.replace(sign, ""), None
    # Bytes, since lxml refuses a str with an XML declaration that names an encoding.
    content = html.encode("utf-8", "ignore") if utf8 is None else utf8
    content = content.translate(None, _CONTROL)
    parser = etree.HTMLParser(
        encoding="utf-8", remove_comments=True, remove_pis=True, default_doctype=False
    )
    parser.set_element_class_lookup(_CLASSES)
    try:
        return document_fromstring(content, parser=parser, ensure_head_body=False)
    except etree.ParserError:  # lxml's word for a document without any element.
        return None
    except etree.XMLSyntaxError as error:
        if error.code == etree.ErrorTypes.ERR_NO_MEMORY:
            raise MemoryError from error
        raise


@_guarded
def find_main_text(
    tree: HtmlElement,
    *,
    html: str,
    utf8: bytes | None = None,
    extraction: Extraction = "balanced",
) -> str | None:
    """Returns the main text of the page, a paragraph a line, or None if it has none.

    Args:
        tree: The page; it is used up.
        html: Its source.
        utf8: The same in UTF-8, if that is at hand.
        extraction: How much is tried.

    Raises:
        ExtractorError: trafilatura raised.
    """
    stand_ins = find_stand_ins(html, utf8=utf8)
    if stand_ins:
        put_stand_ins(tree, stand_ins)
    found = extract_text(tree, include_comments=False, **EXTRACTIONS[extraction])
    if found is None or isinstance(found, dict) or not found.text:
        return None
    return put_back(found.text, stand_ins) if stand_ins else found.text


@_guarded
def find_title(tree: HtmlElement) -> str | None:
    """Returns the title that stands in the page's text.

    Raises:
        ExtractorError: trafilatura raised.
    """
    return extract_title(tree)
