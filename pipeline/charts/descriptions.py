"""What a chart says to those who don't see it."""

from __future__ import annotations

from html import escape


def describe(title: str, description: str) -> str:
    """Returns the elements of SVG that say what a chart shows, and what can be seen in it.

    Args:
        title: What it shows.
        description: A sentence; empty: the chart's label says all.
    """
    if not description:
        return ""
    return f"<title>{escape(title)}</title><desc>{escape(description)}</desc>"
