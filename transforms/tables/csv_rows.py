"""The rows of a CSV or TSV text, whatever is wrong with some of them.

Python's own reader has one limit on fields for the whole process, and takes all that follows a
quote that is never closed for one field. Here a bad row is one fault, and the next line goes on.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import KW_ONLY, dataclass
from functools import cached_property
from tempfile import SpooledTemporaryFile
from typing import IO, Literal, NamedTuple, Protocol

_PART_CHARS = 1 << 20
"""A longer line is read in parts."""

_LOOK_AHEAD_CHARS = 1 << 26
"""How far behind the line with its opening quote a closing one is looked for."""

_HELD_BYTES = 1 << 22
"""What is held in memory of the lines that may have to be read again; more goes to the disk."""

_MAX_BLANKS = 64
"""Most blanks before a quote, where a line is read in parts and one ends there."""

_ESCAPED = re.compile(r"\\(.)", re.S)
_MEANINGS = {"t": "\t", "n": "\n", "r": "\n", "b": "", "0": "", "Z": ""}
_NULL = "\\N"

_State = Literal["start", "plain", "quoted", "closed"]


@dataclass(frozen=True)
class Dialect:
    """How a table is written as text.

    Attributes:
        delimiter: What stands between two fields: one character.
        quote: What may stand around a field; two of them inside are one. None: nothing may.
        has_escapes: Whether a backslash goes before a quote inside quotes; without quotes: before
            letters that stand for line breaks and tabs, and `\\N` is null.
    """

    delimiter: str
    quote: str | None = '"'
    has_escapes: bool = False

    @cached_property
    def inside(self) -> re.Pattern[str]:
        """What stands in quotes, up to the closing one."""
        quote = re.escape(self.quote or "")
        if self.has_escapes:
            return re.compile(rf"[^{quote}\\]*+(?:(?:{quote}{quote}|\\.)[^{quote}\\]*+)*+", re.S)
        return re.compile(rf"[^{quote}]*+(?:{quote}{quote}[^{quote}]*+)*+")

    @cached_property
    def opening(self) -> re.Pattern[str]:
        """Blanks before a quote, and the quote."""
        return re.compile(rf" *+{re.escape(self.quote or '')}")

    @cached_property
    def behind(self) -> re.Pattern[str]:
        """Blanks behind a closing quote, and the delimiter or the end of the line."""
        return re.compile(rf" *+(?:{re.escape(self.delimiter)}|\Z)")

    @cached_property
    def loose_field(self) -> re.Pattern[str]:
        """A field in quotes that has single ones inside: only one before a delimiter closes it."""
        quote, end = re.escape(self.quote or ""), rf" *+(?:{re.escape(self.delimiter)}|\Z)"
        return re.compile(
            rf" *+{quote}((?:[^{quote}]++|{quote}{quote}(?!{end})|{quote}(?!{end}))*+){quote}{end}"
        )

    def read_quoted(self, text: str) -> str:
        """Returns what stands in quotes as it is meant."""
        quote = self.quote or ""
        if self.has_escapes and "\\" in text:
            return re.sub(rf"\\(.)|{quote}{quote}", lambda two: two[1] or quote, text, flags=re.S)
        return text.replace(quote + quote, quote)

    def read_plain(self, text: str) -> str | None:
        """Returns what stands without quotes as it is meant."""
        if not self.has_escapes or "\\" not in text:
            return text
        if text == _NULL:
            return None
        if self.quote is not None:
            return text
        return _ESCAPED.sub(lambda found: _MEANINGS.get(found[1], found[1]), text)


class Row(NamedTuple):
    """A row: the number of the line with which it begins, and its fields."""

    number: int
    fields: list[str | None]


class BadRow(NamedTuple):
    """A row that cannot be read: the number of its first line, a stable reason, and a sentence."""

    number: int
    reason: str
    detail: str


class _Text(Protocol):
    def readline(self, size: int = -1, /) -> str: ...


@dataclass
class RowReader:
    """Reads the rows of a table that is written as text.

    Empty lines, and rows of nothing but delimiters, are left out. A row that is too long costs
    itself only, also if it has many lines. If a quote is wrong, the row is bad up to the end of its
    first line, and the next line is read as a row.

    Attributes:
        text: The text, its line ends being `\\n`.
        dialect: How it is written.
        max_chars: Longest row; no more of it is held in memory.
        width: How many fields a row must have; None: any number.
    """

    text: _Text
    _: KW_ONLY
    dialect: Dialect
    max_chars: int
    width: int | None = None

    def __iter__(self) -> Iterator[Row | BadRow]:
        lines = _Lines(self.text)
        try:
            while (line := lines.read()) is not None:
                row = self._read_row(lines, *line)
                if isinstance(row, BadRow) or any(row.fields):
                    yield self._check_width(row)
        finally:
            lines.close()

    def _read_row(self, lines: _Lines, part: str, is_end: bool) -> Row | BadRow:
        number = lines.number
        fields = _Fields(self.dialect, max_chars=self.max_chars)
        first = part if is_end else None
        fields.add(part, is_end=is_end)
        while not is_end:
            part, is_end = lines.read() or ("", True)
            fields.add(part, is_end=is_end)
        lines.hold()
        while (fields.is_open or not is_end) and not fields.is_wrong:
            line = lines.read()
            if (line is None and is_end) or lines.held_chars > _LOOK_AHEAD_CHARS:
                break
            part, is_end = line or ("", True)
            fields.add(part, is_end=is_end)
        if is_end and not fields.is_open and not fields.is_wrong:
            lines.let_go()
            if fields.chars > self.max_chars:
                return BadRow(number, "too_large", f"more than {self.max_chars} characters")
            return Row(number, fields.found)
        lines.go_back()
        detail = "a quoted field does not end"
        if fields.is_wrong:
            detail = "a quoted field does not end, or has a quote in it that is not doubled"
            loose = None if first is None else _split_loosely(first, self.dialect)
            if loose is not None and self.width is not None and self._fits(loose):
                return Row(number, loose)
        return BadRow(number, "bad_csv", f"line {number}: {detail}")

    def _check_width(self, row: Row | BadRow) -> Row | BadRow:
        if isinstance(row, BadRow) or self._fits(row.fields):
            return row
        number, fields = row
        detail = f"line {number}: {len(fields)} fields, the header has {self.width}"
        return BadRow(number, "bad_csv", detail)

    def _fits(self, fields: list[str | None]) -> bool:
        return self.width is None or (len(fields) >= self.width and not any(fields[self.width :]))


class _Fields:
    """The fields of one row, as far as its lines were added.

    Attributes:
        found: Those that have ended.
        chars: Length of the row so far.
        is_wrong: Whether something other than a delimiter stood behind a closing quote.
    """

    def __init__(self, dialect: Dialect, *, max_chars: int) -> None:
        self._dialect, self._max_chars = dialect, max_chars
        self._state: _State = "start"
        self._parts: list[str] = []
        self._rest = ""
        self.found: list[str | None] = []
        self.chars = 0
        self.is_wrong = False

    @property
    def is_open(self) -> bool:
        """Returns whether the row goes on with the next line."""
        return self._state == "quoted"

    def add(self, part: str, *, is_end: bool) -> None:
        """Reads on in a part of a line, which may be its end."""
        self.chars += len(part) + 1
        dialect, quote = self._dialect, self._dialect.quote
        part, place = self._rest + part, 0
        self._rest = ""
        if self._state in ("start", "plain") and (quote is None or quote not in part):
            self._add_plain(part, is_end=is_end)
            return
        while not self.is_wrong:
            if self._state == "start":
                blanks = part[place : place + _MAX_BLANKS]
                if not is_end and place + len(blanks) == len(part) and not blanks.strip(" "):
                    self._rest = blanks  # A quote may follow them.
                    return
                found = dialect.opening.match(part, place) if quote is not None else None
                self._state = "plain" if found is None else "quoted"
                place = place if found is None else found.end()
            if self._state == "quoted":
                place = self._read_inside(part, place, is_end=is_end)
                if self._state == "quoted":
                    return
            if self._state == "closed":
                place = self._read_behind(part, place, is_end=is_end)
            else:
                place = self._read_plain(part, place, is_end=is_end)
            if place < 0:
                return

    def _add_plain(self, part: str, *, is_end: bool) -> None:
        """Reads on in a part without quotes, by one call for all its fields."""
        fields = part.split(self._dialect.delimiter)
        fields[0] = "".join(self._parts) + fields[0]
        self._parts, was_at_start = [], self._state == "start"
        self._state = "start"
        if not is_end:
            last = fields.pop()
            if (fields or was_at_start) and len(last) <= _MAX_BLANKS and not last.strip(" "):
                self._rest = last  # A quote may follow.
            else:
                self._state = "plain"
                self._keep(last)
        if self.chars <= self._max_chars:
            self.found += [self._dialect.read_plain(field) for field in fields]

    def _read_inside(self, part: str, place: int, *, is_end: bool) -> int:
        """Goes to the closing quote, or to the end of the part."""
        inside = self._dialect.inside.match(part, place)
        end = place if inside is None else inside.end()
        self._keep(part[place:end])
        if part[end : end + 1] == self._dialect.quote:
            self._state = "closed"
            return end + 1
        self._rest = part[end:]  # A backslash, whose character is yet to come.
        if is_end:
            self._keep(self._rest + "\n")
            self._rest = ""
        return len(part)

    def _read_behind(self, part: str, place: int, *, is_end: bool) -> int:
        """Goes behind a closing quote; -1 if the part ends there."""
        quote = self._dialect.quote or ""
        if place == 0 and part.startswith(quote):  # The second of two that two parts divide.
            self._keep(quote + quote)
            self._state = "quoted"
            return 1
        if not is_end and not part[place:].strip(" "):
            return -1
        behind = self._dialect.behind.match(part, place)
        if behind is None:
            self.is_wrong = True
            return -1
        self._end_field(self._dialect.read_quoted("".join(self._parts)))
        return behind.end() if behind[0].endswith(self._dialect.delimiter) else -1

    def _read_plain(self, part: str, place: int, *, is_end: bool) -> int:
        """Goes behind the next delimiter; -1 if the part ends before one."""
        end = part.find(self._dialect.delimiter, place)
        self._keep(part[place:] if end < 0 else part[place:end])
        if end < 0 and not is_end:
            return -1
        self._end_field(self._dialect.read_plain("".join(self._parts)))
        return -1 if end < 0 else end + 1

    def _end_field(self, field: str | None) -> None:
        if self.chars <= self._max_chars:
            self.found.append(field)
        self._parts = []
        self._state = "start"

    def _keep(self, text: str) -> None:
        if self.chars <= self._max_chars:
            self._parts.append(text)
        else:
            self._parts, self.found = [], []


def _split_loosely(line: str, dialect: Dialect) -> list[str | None] | None:
    """The fields of a line with quotes inside of quotes, or None if it can't be told."""
    fields: list[str | None] = []
    place = 0
    while True:
        found = dialect.loose_field.match(line, place)
        if found is not None:
            fields.append(dialect.read_quoted(found[1]))
            is_last, place = not found[0].endswith(dialect.delimiter), found.end()
        else:
            end = line.find(dialect.delimiter, place)
            field = line[place:] if end < 0 else line[place:end]
            if dialect.opening.match(field):
                return None
            fields.append(dialect.read_plain(field))
            is_last, place = end < 0, end + 1
        if is_last:
            return fields


class _Lines:
    """Lines in parts, some of which can be read once more.

    Attributes:
        number: Of the line that was last begun, from 1.
        held_chars: Characters read since `hold`.
    """

    def __init__(self, text: _Text) -> None:
        self._text = text
        self._again: list[IO[str]] = []
        self._held: IO[str] | None = None
        self._is_holding = False
        self._held_from = 0
        self._is_at_start = True
        self.number = 0
        self.held_chars = 0

    def read(self) -> tuple[str, bool] | None:
        """Returns the next part without its line end, and whether the line ends behind it.

        None: there is nothing more.
        """
        part = self._read_part()
        if not part:
            return None
        self.number += self._is_at_start
        is_end = self._is_at_start = part[-1] == "\n"
        if self._is_holding:
            self.held_chars += len(part)
            self._hold_part(part)
        return (part[:-1] if is_end else part), is_end

    def hold(self) -> None:
        """Begins to hold what is read, so that `go_back` can go back to here."""
        self._is_holding, self._held_from, self.held_chars = True, self.number, 0

    def let_go(self) -> None:
        """Ends that: what was held is not needed again."""
        if self._held is not None:
            self._held.close()
        self._is_holding, self._held = False, None

    def go_back(self) -> None:
        """Goes back to where `hold` was called, at the end of a line."""
        if self._held is not None:
            self._held.seek(0)
            self._again.append(self._held)
        self._is_holding, self._held = False, None
        self.number, self._is_at_start = self._held_from, True

    def close(self) -> None:
        """Lets go of all that is held."""
        self.let_go()
        for text in self._again:
            text.close()

    def _read_part(self) -> str:
        while self._again:
            if part := self._again[-1].readline(_PART_CHARS):
                return part
            self._again.pop().close()
        return self._text.readline(_PART_CHARS)

    def _hold_part(self, part: str) -> None:
        if self._held is None:
            self._held = SpooledTemporaryFile(  # noqa: SIM115 - closed by `let_go` or `_read_part`
                _HELD_BYTES, "w+", encoding="utf-8", errors="surrogatepass", newline="\n"
            )
        self._held.write(part)
