"""How a CSV or TSV text is written, told by its first rows."""

from __future__ import annotations

import io
import re
from collections.abc import Collection
from itertools import islice
from typing import NamedTuple

from feedlake.transforms.tables.csv_rows import BadRow, Dialect, Row, RowReader

_DELIMITERS = (",", ";", "\t", "|")
_NO_DELIMITER = "\x1f"
"""For tables of one column: nothing parts its texts."""

_MAX_ROWS = 200
_MAX_ROW_CHARS = 1 << 20
_NAMED_DELIMITER = re.compile(r"\ufeff?\"?sep=([^\"'\\])\"?[ \t]*\n", re.I)
"""A first line for Excel alone. If a backslash parted fields, a quote behind it would open one at
the start of a line, and be escaped inside: each line would be read up to the end of the table."""

_ESCAPES = re.compile(r"\\[tnN\\]")


class _Found(NamedTuple):
    """How well a dialect fits: what is larger is better."""

    known: int
    good_share: float
    width: int


def find_dialect(text: str, *, names: Collection[str], is_cut: bool) -> tuple[Dialect, int]:
    """Returns how a table is written, and how many characters of it go before its header.

    Tried are all delimiters of the first line, and ways to quote. The best one finds most of the
    known names in the header, then as many fields in the rows as in the header.

    Args:
        text: The first part of the table, its line ends being `\\n`.
        names: Names of columns that are likely, in lower case.
        is_cut: Whether more follows.
    """
    named = _NAMED_DELIMITER.match(text)
    start = 0 if named is None else named.end()
    text = text[start:]
    first_line = text.lstrip("\n").partition("\n")[0]
    delimiters = [named[1]] if named else [one for one in _DELIMITERS if one in first_line]
    dialects = [
        Dialect(delimiter, quote, has_escapes)
        for delimiter in delimiters or [_NO_DELIMITER]
        for quote, has_escapes in _ways_to_quote(text)
    ]
    if len(dialects) > 1:
        found = [_try(dialect, text, names=names, is_cut=is_cut) for dialect in dialects]
        best = dialects[found.index(max(found))]
    else:
        best = dialects[0]
    if best.delimiter == "\t" and not _quotes_fields(best, text) and _ESCAPES.search(text):
        best = Dialect("\t", None, has_escapes=True)
    return best, start


def _ways_to_quote(text: str) -> list[tuple[str | None, bool]]:
    """The ways that would read the text differently, the likely ones first."""
    ways: list[tuple[str | None, bool]] = [('"', False)]
    if '"' in text:
        ways += [('"', True)] * ('\\"' in text) + [(None, False)]
    if re.search(r"(?:^|[,;\t|])'", text, re.M):
        ways.append(("'", False))
    return ways


def _try(dialect: Dialect, text: str, *, names: Collection[str], is_cut: bool) -> _Found:
    header, *rows = _read(dialect, text, is_cut=is_cut) or [Row(1, [])]
    if isinstance(header, BadRow):
        return _Found(0, 0.0, 0)
    known = sum((field or "").strip().casefold() in names for field in header.fields)
    width = len(header.fields)
    good = sum(isinstance(row, Row) and len(row.fields) == width for row in rows)
    return _Found(known, good / len(rows) if rows else 1.0, width)


def _read(dialect: Dialect, text: str, *, is_cut: bool) -> list[Row | BadRow]:
    reader = RowReader(io.StringIO(text), dialect=dialect, max_chars=_MAX_ROW_CHARS)
    rows = list(islice(reader, _MAX_ROWS))
    is_whole = not is_cut or len(rows) == _MAX_ROWS
    return rows if is_whole or len(rows) < 2 else rows[:-1]


def _quotes_fields(dialect: Dialect, text: str) -> bool:
    """Whether a field begins with a quote."""
    if dialect.quote is None:
        return False
    return (
        re.search(rf"(?:^|{re.escape(dialect.delimiter)}){dialect.quote}", text, re.M) is not None
    )
