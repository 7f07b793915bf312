"""Copies the cookbook's queries for `feedlake serve`: `python docs/make_cookbook.py`."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

DOCS = Path(__file__).resolve().parent
COOKBOOK = DOCS / "cookbook.md"
TARGET = DOCS.parent / "pipeline" / "explore" / "cookbook.sql"

_SECTION = re.compile(r"^## (.+)$", re.MULTILINE)
_QUERY = re.compile(r'^feedlake query "\n(.*?)\n" --lake lake', re.MULTILINE | re.DOTALL)


def render(page: str) -> str:
    """Returns each section's first query under a comment with the section's title.

    Args:
        page: The text of the cookbook.
    """
    parts = _SECTION.split(page)
    queries = []
    for title, text in zip(parts[1::2], parts[2::2], strict=True):
        if found := _QUERY.search(text):
            queries.append(f"-- {title}\n{textwrap.dedent(found[1])}\n")
    return (
        "-- Written by docs/make_cookbook.py: change docs/cookbook.md, then run it again.\n\n"
        + ("\n".join(queries))
    )


def main() -> None:
    """Writes the file."""
    TARGET.write_text(render(COOKBOOK.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
