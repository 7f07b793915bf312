"""Names and markers of pages that are no articles, out of `blocked_page_signs.toml`."""

from __future__ import annotations

from feedlake.transforms.blocked_pages.blocked_page_words import Reason, read_reason
from feedlake.transforms.normalize.word_tables import WordTables

_TABLES = WordTables(__package__, "blocked_page_signs.toml")

HEADERS: list[tuple[str, str, Reason, str]] = [
    (name, start, read_reason(reason), maker)
    for name, start, reason, maker in _TABLES.rows("headers", columns=4)
]
"""Name of the field, beginning of its value, what the page is then, who sends it."""

MARKERS: list[tuple[str, Reason, str]] = [
    (marker, read_reason(reason), maker)
    for marker, reason, maker in _TABLES.rows("markers", columns=3)
]
"""What stands in the page's code, what the page is then, who sends it."""

SERVICES = {domain: read_reason(key) for domain, key in _TABLES.texts("services").items()}
HOSTS = {read_reason(key): _TABLES.words("hosts", key) for key in _TABLES.section("hosts")}
PATHS = {read_reason(key): _TABLES.words("paths", key) for key in _TABLES.section("paths")}
LOST_PATHS = _TABLES.words("lost_paths")
LOST_FOLDERS = _TABLES.words("lost_folders")
