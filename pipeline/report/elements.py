"""HTML that is put together from texts, which are escaped, and from elements, which are not."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

_VOID = frozenset({"meta"})


class Html(str):
    """A piece of HTML; every other text is escaped before it becomes part of one."""

    __slots__ = ()


Child = str | None | Iterable["Child"]
"""What may be in an element: HTML, a text, nothing, or several of them."""


def tag(name: str, /, *children: Child, **attributes: str | int | bool | None) -> Html:
    """Returns an element.

    Args:
        name: Of the element.
        children: What is in it.
        attributes: Its attributes; `aria_label` is `aria-label`, `class_` is `class`. None and
            False leave one out.
    """
    told = "".join(
        f" {key.rstrip('_').replace('_', '-')}" + ("" if value is True else f'="{quote(value)}"')
        for key, value in attributes.items()
        if value is not None and value is not False
    )
    if name in _VOID:
        return Html(f"<{name}{told}>")
    return Html(f"<{name}{told}>{join(children)}</{name}>")


def quote(value: str | int) -> str:
    """Returns the value of an attribute as it stands between double quotes."""
    return escape(str(value), quote=True)


def join(children: Child, *, between: str = "") -> Html:
    """Returns what is in an element as one piece.

    Args:
        children: What is in it.
        between: Stands between two; escaped like any text.
    """
    if children is None:
        return Html("")
    if isinstance(children, Html):
        return children
    if isinstance(children, str):
        return Html(escape(children, quote=False))
    return Html(escape(between, quote=False).join(filter(None, map(join, children))))
