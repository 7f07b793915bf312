"""An answer as a table for people: it fits the terminal, and long cells are cut to three lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, zip_longest

from feedlake.pipeline.terminal.console import printable
from feedlake.pipeline.terminal.text_width import width_of

MAX_LINES = 3
"""Lines of a cell, unless all is to be shown."""

_LEAST_CELLS = 12
"""Columns narrower than that say nothing; rather than make them so, some are left out."""

_MAX_TYPE = 24
_MARGIN = 3  # Of each column: two spaces and a line.
_NUMBERS = ("int", "uint", "decimal", "double", "float", "hugeint")
_SHORT_TYPES = {
    **{"TINYINT": "int8", "SMALLINT": "int16", "INTEGER": "int32", "BIGINT": "int64"},
    **{"UTINYINT": "uint8", "USMALLINT": "uint16", "UINTEGER": "uint32", "UBIGINT": "uint64"},
    **{"HUGEINT": "int128", "UHUGEINT": "uint128"},
}


@dataclass(frozen=True)
class Answer:
    """What is to be shown.

    Attributes:
        names: The columns.
        types: Their types, as DuckDB names them.
        rows: Each cell as text, or None for null.
        has_more: Whether there are more rows, which aren't shown.
    """

    names: Sequence[str]
    types: Sequence[str]
    rows: Sequence[Sequence[str | None]]
    has_more: bool = False


def draw(answer: Answer, *, width: int, is_full: bool = False) -> Iterator[str]:
    """Yields the lines of a table.

    Args:
        answer: What is to be shown.
        width: Of the terminal, in columns.
        is_full: Whether to show whole cells, and all columns: if these don't fit beside each
            other, each row is a list.
    """
    columns = [
        _Column.of(number, answer, max_lines=None if is_full else MAX_LINES)
        for number in range(len(answer.names))
    ]
    kept = _that_fit(columns, width)
    if is_full and len(kept) < len(columns):
        yield from _lists(columns, len(answer.rows), width)
        return
    yield from _Table([*_with_widths(kept, width)], len(answer.rows)).lines()
    hidden = len(kept) < len(columns)
    if len(answer.rows) >= 10 or hidden or answer.has_more:
        rows = f"more than {len(answer.rows):,} rows" if answer.has_more else _rows(answer)
        shown = sum(column.name != "…" for column in kept)
        columns_said = f", {shown} of {len(columns)} columns" if hidden else ""
        hint = "; --full shows all" if hidden or answer.has_more else ""
        yield f"{rows}{columns_said}{hint}"


def _rows(answer: Answer) -> str:
    return "1 row" if len(answer.rows) == 1 else f"{len(answer.rows):,} rows"


@dataclass(frozen=True)
class _Column:
    """A column of the table.

    Attributes:
        name: Its name.
        kind: Its type, in short.
        cells: Its cells.
        natural: How wide it would be if there were room.
        max_lines: Lines of a cell; None: any number.
        width: How wide it is.
    """

    name: str
    kind: str
    cells: Sequence[str]
    natural: int
    max_lines: int | None
    width: int = 0

    @classmethod
    def of(cls, number: int, answer: Answer, *, max_lines: int | None) -> _Column:
        name, kind = printable(answer.names[number]), _short(answer.types[number])
        cells = ["NULL" if row[number] is None else str(row[number]) for row in answer.rows]
        longest = max((_longest_line(cell) for cell in cells), default=0)
        natural = max(width_of(name), min(width_of(kind), _MAX_TYPE), longest, 1)
        return cls(name, kind, cells, natural, max_lines)

    @property
    def is_number(self) -> bool:
        return self.kind.startswith(_NUMBERS)

    @property
    def least(self) -> int:
        return self.natural if self.is_number else min(self.natural, _LEAST_CELLS)

    def lines_of(self, row: int) -> list[str]:
        return [*wrap(self.cells[row], self.width, max_lines=self.max_lines)] or [""]


def _short(kind: str) -> str:
    return _SHORT_TYPES.get(kind, printable(kind).lower().strip('"'))


def _longest_line(cell: str) -> int:
    return max((width_of(printable(line)) for line in cell[:2_000].split("\n")), default=0)


def _that_fit(columns: list[_Column], width: int) -> list[_Column]:
    """All columns, or as many of the first and the last as fit."""
    room = width - 1
    if sum(column.least + _MARGIN for column in columns) <= room:
        return columns
    gap = _Column("…", "", [], 1, 1)
    room -= gap.natural + _MARGIN
    first: list[_Column] = []
    last: list[_Column] = []
    waiting = [*columns]
    while waiting:
        own, place = (first, 0) if len(first) <= len(last) else (last, -1)
        column = waiting[place]
        if column.least + _MARGIN > room and (first or last):
            break
        room -= column.least + _MARGIN
        own.append(waiting.pop(place))
    return [*first, gap, *reversed(last)] if waiting else [*first, *reversed(last)]


def _with_widths(columns: list[_Column], width: int) -> Iterator[_Column]:
    """The columns as wide as they like, or the widest of them all narrowed to the same width."""
    room = max(width - 1 - _MARGIN * len(columns), len(columns))
    cap = max((column.natural for column in columns), default=1)
    if sum(column.natural for column in columns) > room:
        low, high = 1, cap
        while low < high:
            middle = (low + high + 1) // 2
            used = sum(min(column.natural, max(middle, _floor(column))) for column in columns)
            low, high = (middle, high) if used <= room else (low, middle - 1)
        cap = low
    for column in columns:
        own = min(column.natural, max(cap, _floor(column)), max(1, width - 1 - _MARGIN))
        yield _Column(column.name, column.kind, column.cells, column.natural, column.max_lines, own)


def _floor(column: _Column) -> int:
    """A number that is cut in two can't be read."""
    return column.natural if column.is_number else 1


@dataclass(frozen=True)
class _Table:
    columns: list[_Column]
    rows: int

    def lines(self) -> Iterator[str]:
        yield self._rule("┌┬┐")
        yield self._line([_centered(_cut(one.name, one.width), one.width) for one in self.columns])
        yield self._line([_centered(_cut(one.kind, one.width), one.width) for one in self.columns])
        yield self._rule("├┼┤")
        for row in range(self.rows):
            cells = [one.lines_of(row) if one.cells else ["…"] for one in self.columns]
            for line in zip_longest(*cells, fillvalue=""):
                yield self._line(
                    [
                        _right(text, one.width) if one.is_number else _left(text, one.width)
                        for text, one in zip(line, self.columns, strict=True)
                    ]
                )
        yield self._rule("└┴┘")

    def _rule(self, ends: str) -> str:
        left, middle, right = (*ends,)
        return left + middle.join("─" * (one.width + 2) for one in self.columns) + right

    def _line(self, cells: list[str]) -> str:
        return f"│ {' │ '.join(cells)} │"


def _lists(columns: list[_Column], rows: int, width: int) -> Iterator[str]:
    """Each row by itself: a line for each column, or more."""
    label = max(width_of(column.name) for column in columns)
    room = max(width - label - _MARGIN, _LEAST_CELLS)
    for row in range(rows):
        title = f"── row {row + 1:,} "
        yield title + "─" * max(0, width - len(title))
        for column in columns:
            for number, line in enumerate(wrap(column.cells[row], room, max_lines=None)):
                yield f"{_left(column.name if not number else '', label)} │ {line}"


def wrap(text: str, width: int, *, max_lines: int | None) -> Iterator[str]:
    """Yields a text in lines; one that has no room for all of it ends with `…`.

    Args:
        text: The text; control characters become escapes.
        width: Of a line, in columns of a terminal.
        max_lines: How many lines there may be; None: any number.
    """
    if max_lines is not None:
        text = text[: (width + 1) * (max_lines + 1)]
    lines = chain.from_iterable(
        _wrap_line(printable(line), width) for line in text.split("\n") if line or not max_lines
    )
    for number, line in enumerate(lines, 1):
        following = next(lines, None) if number == max_lines else None
        yield line if following is None else _cut(f"{line}…", width, is_more=True)
        if number == max_lines:
            return


def _wrap_line(line: str, width: int) -> Iterator[str]:
    """A line in several, broken at spaces, or in a word that is too long."""
    while width_of(line) > width:
        end = _length_that_fits(line, width)
        space = line.rfind(" ", 1, end + 1)
        if space > 0:
            yield line[:space].rstrip()
            line = line[space + 1 :].lstrip()
        else:
            end = max(end, 1)
            yield line[:end]
            line = line[end:]
            if not line:
                return
    yield line


def _length_that_fits(text: str, width: int) -> int:
    if text[: width + 1].isascii():
        return width
    used = 0
    for length, character in enumerate(text):
        used += width_of(character)
        if used > width:
            return length
    return len(text)


def _cut(text: str, width: int, *, is_more: bool = False) -> str:
    if width_of(text) <= width:
        return text
    kept = text.removesuffix("…") if is_more else text
    return kept[: _length_that_fits(kept, width - 1)] + "…"


def _left(text: str, width: int) -> str:
    return text + " " * (width - width_of(text))


def _right(text: str, width: int) -> str:
    return " " * (width - width_of(text)) + text


def _centered(text: str, width: int) -> str:
    free = width - width_of(text)
    return " " * (free // 2) + text + " " * (free - free // 2)
