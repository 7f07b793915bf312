"""The queries of the cookbook, by their titles."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

_QUERY = re.compile(r"^-- (.+)\n((?:(?!-- ).+\n)+)", re.MULTILINE)


@cache
def cookbook() -> dict[str, str]:
    """Returns SQL by what it finds, in the order of the page."""
    text = Path(__file__).with_name("cookbook.sql").read_text(encoding="utf-8")
    return {title: sql.strip() for title, sql in _QUERY.findall(text)}
