"""Addresses of views: each view's whole state is in its own."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import quote, urlencode

Link = Callable[..., str]
"""Makes the address of the view that is shown, with some of its state changed."""

_WEB = re.compile(r"https?://[^\s\x00-\x20\x7f]+", re.IGNORECASE)


def view(path: str, **state: object) -> str:
    """Returns the address of a view.

    Args:
        path: Its path.
        state: What it shows, by name; what is empty or None is left out.
    """
    given = [(name, str(value)) for name, value in state.items() if value not in ("", None)]
    # Half of a surrogate pair, as a lake may hold, has no place in an address.
    query = urlencode(given, errors="replace")
    return f"{path}?{query}" if query else path


def article(article_id: str) -> str:
    """Returns the address of the view of an article."""
    return f"/article/{quote(article_id, safe='')}"


def outside(url: str | None) -> str | None:
    """Returns an address of a lake if a link may lead there: to the web, and nowhere else."""
    return url if url and _WEB.fullmatch(url) else None
