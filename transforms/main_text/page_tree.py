"""A page's tree made ready for an extractor: what nobody sees left out, tables of layout as blocks.

trafilatura looks for paragraphs, and takes each table for one of data. So tables that only place
things on the page become `div` and `p`, and lists in cells plain text; without that, it gives such
a page as one row, menu included, and drops the lists.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from lxml.etree import XPath
from lxml.html import HtmlElement

from feedlake.transforms.normalize.html_text import UNSEEN_WORDS, is_unseen

_CLASSES = XPath("descendant::*/@class", smart_strings=False)
_LEFT_OUT = ("ul", "ol", "dl", "h2", "h3", "h4")
_CONTENT = re.compile("article|content|entry|post|story|main|text|body", re.I)
_SHADOW_ROOT = ("shadowrootmode", "shadowroot")

_ROWS = frozenset({"tr", "tbody", "thead", "tfoot"})
_CELLS = frozenset({"td", "th"})
_LISTS = ("ul", "ol", "dl")
_ITEMS = ("li", "dt", "dd")
_BLOCKS = frozenset({
    "address", "article", "aside", "blockquote", "center", "dd", "div", "dl", "dt", "fieldset",
    "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main",
    "nav", "ol", "p", "pre", "section", "table", "ul",
})  # fmt: skip
_LAID_OUT = ("table", "h1", "h2", "h3", "pre", "article", "section", "form")
_MIN_LAID_OUT_CHARS = 500
"""Text of one cell from which a table without headings places things on the page. Of 95 such on
481 news pages, those that do have cells of up to 16,000 characters, the others of up to 430
(2026-11)."""
_MAX_LINK_SHARE = 0.6
_MAX_REFERENCES = 0.34
"""Share of a page's paragraphs that may be references; where more are, they are its content."""
_MAX_LABEL_CHARS, _MIN_REFERENCE_CHARS = 30, 25
_MIN_LINKS = 2


def prepare_tree(tree: HtmlElement) -> None:
    """Changes the page's tree so that an extractor finds the text that a reader sees.

    Args:
        tree: The page.
    """
    _drop_unseen(tree)
    cells: list[HtmlElement] = []
    for table in list(tree.iter("table")):
        if _is_layout(table):
            cells += _turn_into_blocks(table)
    for table in tree.iter("table"):
        _flatten_lists(table)
    _frame_bare_text(tree, cells=cells)
    _drop_references(tree)


def _drop_unseen(tree: HtmlElement) -> None:
    for template in list(tree.iter("template")):
        if not any(name in template.attrib for name in _SHADOW_ROOT):
            template.drop_tree()
    classes = " ".join(_CLASSES(tree))
    words = tuple(word for word in UNSEEN_WORDS if word in classes)
    for element in [one.getparent() for one in _find_classes(words)(tree)] if words else ():
        if element.tag != "body" and is_unseen(element.get("class")):
            if (element.tail or "")[:1].isalnum():
                element.tail = f" {element.tail}"
            element.drop_tree()


@cache
def _find_classes(words: tuple[str, ...]) -> XPath:
    """What finds all classes with one of the words in them."""
    holds = " or ".join(f"contains(., '{word}')" for word in words)
    return XPath(f"descendant::*/@class[{holds}]")


def _is_layout(table: HtmlElement) -> bool:
    """Whether the table places things on the page, instead of showing data in rows and columns."""
    if table.get("role") in ("presentation", "none"):
        return True
    if table.find("caption") is not None:
        return False
    rows = [[cell for cell in row if cell.tag in _CELLS] for row in _rows(table)]
    cells = [cell for row in rows for cell in row]
    if any(cell.tag == "th" for cell in cells):
        return False
    if len(rows) <= 1 or max(map(len, rows)) <= 1:
        return True
    return any(
        next(cell.iter(*_LAID_OUT), None) is not None
        or len(cell.findall(".//p")) > 1
        or len(cell.text_content()) >= _MIN_LAID_OUT_CHARS
        for cell in cells
    )


def _rows(table: HtmlElement) -> Iterator[HtmlElement]:
    for part in table:
        if part.tag == "tr":
            yield part
        elif part.tag in _ROWS:
            yield from part.iterchildren("tr")


def _turn_into_blocks(table: HtmlElement) -> list[HtmlElement]:
    """Makes divisions of the table, its rows and its cells, and paragraphs of the text in these.

    Returns the cells that stay: menus go.
    """
    cells: list[HtmlElement] = []
    for row in list(_rows(table)):
        for cell in list(row):
            if cell.tag not in _CELLS:
                continue
            if _is_menu(cell):
                cell.drop_tree()
                continue
            cells.append(cell)
            cell.tag = "div"
            for center in cell.iter("center"):
                center.tag = "div"
            for block in [cell, *cell.iter("div")]:
                _wrap_runs(block)
        row.tag = "div"
    for part in table:
        if part.tag in _ROWS:
            part.tag = "div"
    table.tag = "div"
    return cells


def _is_menu(block: HtmlElement) -> bool:
    """Whether most of its text is links, and several."""
    if next(block.iter("p", "h1", "table"), None) is not None:
        return False
    links = ["".join(link.itertext()).strip() for link in block.iter("a")]
    text = "".join(block.itertext()).split()
    return sum(map(bool, links)) >= _MIN_LINKS and sum(map(len, links)) >= _MAX_LINK_SHARE * len(
        " ".join(text)
    )


def _wrap_runs(block: HtmlElement) -> None:
    """Makes a paragraph of each run of text and inline elements that stands beside blocks."""
    runs: list[list[HtmlElement]] = [[]]
    if (block.text or "").strip():
        first = block.makeelement("p")
        first.text, block.text = block.text, None
        block.insert(0, first)
        runs = [[first]]
    paragraph = runs[0][0] if runs[0] else None
    for child in list(block):
        if child is paragraph:
            continue
        if child.tag in _BLOCKS or _holds_block(child):
            paragraph = None
            if (child.tail or "").strip():
                paragraph = block.makeelement("p")
                paragraph.text, child.tail = child.tail, None
                child.addnext(paragraph)
        elif paragraph is not None:
            paragraph.append(child)
        else:
            paragraph = block.makeelement("p")
            child.addprevious(paragraph)
            paragraph.append(child)


def _holds_block(element: HtmlElement) -> bool:
    return any(inner.tag in _BLOCKS for inner in element.iterdescendants())


def _flatten_lists(table: HtmlElement) -> None:
    """Makes text of the lists in a table of data, of which the extractor drops lists."""
    for listed in [one for name in _LISTS for one in table.iter(name)]:
        if _is_menu(listed):
            continue
        for item in listed.iter(*_ITEMS):
            item.tag = "span"
            item.tail = f" {item.tail or ''}"
        listed.tag = "span"
        listed.tail = f" {listed.tail or ''}"


def _frame_bare_text(tree: HtmlElement, *, cells: list[HtmlElement]) -> None:
    """Says which element holds the article where nothing does.

    Of such pages an extractor takes the paragraphs alone, without lists and headings.

    Args:
        tree: The page.
        cells: Of tables of layout; other elements have to have no name.
    """
    if next(tree.iter("article", "main"), None) is not None:
        return
    sizes: dict[HtmlElement, int] = {}
    for paragraph in tree.iter("p"):
        parent = paragraph.getparent()
        if parent is not None:
            sizes[parent] = sizes.get(parent, 0) + len("".join(paragraph.itertext()))
    if not sizes:
        return
    best = max(sizes, key=lambda parent: sizes[parent])
    if (
        next(best.iterchildren(*_LEFT_OUT), None) is None
        or 2 * sizes[best] < sum(sizes.values())
        or any(
            _holds_content(element) for element in best.iter("div", "section") if element != best
        )
    ):
        return
    if best.tag == "body":
        article = best.makeelement("article")
        article.text, best.text = best.text, None
        article.extend(list(best))
        best.append(article)
    elif best in cells or (
        best.tag == "div" and not any(map(_is_named, (best, *best.iterancestors("div"))))
    ):
        best.tag = "article"


def _drop_references(tree: HtmlElement) -> None:
    """Leaves out paragraphs that are only a link to another page, unless there are many.

    "Read also: …" between two paragraphs is no part of the article.
    """
    paragraphs, references = 0, []
    for paragraph in tree.iter("p"):
        paragraphs += 1
        if len(paragraph.text or "") > 2 * _MAX_LABEL_CHARS:  # With white space.
            continue
        link = next(paragraph.iterdescendants("a"), None)
        if link is not None and _is_reference(paragraph, link):
            references.append(paragraph)
    if len(references) <= _MAX_REFERENCES * paragraphs:
        for paragraph in references:
            paragraph.drop_tree()


def _is_reference(paragraph: HtmlElement, link: HtmlElement) -> bool:
    """Whether a paragraph is nothing but its first link, perhaps behind a word with a colon."""
    text, linked = ("".join("".join(one.itertext()).split()) for one in (paragraph, link))
    if len(linked) < _MIN_REFERENCE_CHARS or "://" in linked:  # A name or an address.
        return False
    label, _, rest = text.partition(linked)
    is_label = len(label) <= _MAX_LABEL_CHARS and label.endswith((":", "\uff1a"))
    return len(rest) <= 1 and (len(label) <= 1 or is_label)


def _holds_content(element: HtmlElement) -> bool:
    return _CONTENT.search(f"{element.get('class', '')} {element.get('id', '')}") is not None


def _is_named(element: HtmlElement) -> bool:
    return "class" in element.attrib or "id" in element.attrib
