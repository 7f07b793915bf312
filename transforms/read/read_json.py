"""JSON lines, JSON arrays and JSON objects: the documents among their records."""

from __future__ import annotations

import codecs
import io
import json
import re
from collections.abc import Iterator
from typing import Any, BinaryIO

from feedlake.transforms.normalize.charset import detect_encoding
from feedlake.transforms.normalize.streams import TooLargeError, put_back, read_head, read_lines
from feedlake.transforms.read.read_record import DamagedRecordsError, HugeInteger, RecordReader
from feedlake.transforms.records.documents import Document, Rejection

_HEAD_BYTES = 1 << 16
"""How much of a file decides its encoding, and whether each line is one value."""

_MAX_DIGITS = 4300
"""Longest integer that Python converts (`sys.int_info`); a longer one stays text."""

_BLANKS = re.compile(r"[ \t\r\n]*")
_LONGEST_TOKEN_CHARS = 12  # `-Infinity`, `\ud83d\ude00`: a window must not end within one of these.


def read_json(
    stream: BinaryIO, records: RecordReader, *, first: int = 1
) -> Iterator[Document | Rejection]:
    """Yields the documents of JSON lines, of a JSON array, or of JSON objects one after another.

    In JSON lines a bad line is one rejection, and the next line goes on.

    Args:
        stream: The decompressed bytes.
        records: Makes documents of them; none is longer than its `max_chars`.
        first: Number of the first record to yield; those before it are passed over.

    Raises:
        DamagedRecordsError: An array or a chain of objects is broken; all before was yielded.
        TooLargeError: One of their values is too large; all before was yielded.
    """
    head = read_head(stream, _HEAD_BYTES)
    is_cut = len(head) == _HEAD_BYTES
    encoding = detect_encoding(head, is_cut=is_cut)
    whole = put_back(head, stream)
    values = (
        _read_lines(whole, encoding=encoding, max_chars=records.max_chars, first=first)
        if is_lines(head.decode(encoding, errors="replace"), is_cut=is_cut)
        else _read_values(whole, encoding=encoding, max_chars=records.max_chars)
    )
    for number, value in values:
        if number < first:
            continue
        if isinstance(value, _Bad):
            yield records.reject(number, reason=value.reason, detail=value.detail)
        else:
            yield records.read(value, number)


class _Bad:
    """A line that is no value."""

    def __init__(self, reason: str, detail: str) -> None:
        self.reason, self.detail = reason, detail


def is_lines(text: str, *, is_cut: bool) -> bool:
    """Returns whether each line is one value, told by the first two lines that are not blank.

    Args:
        text: How the file begins.
        is_cut: Whether it goes on.
    """
    text = text.lstrip()
    if text.startswith("["):
        return False
    first, *others = io.StringIO(text, newline=None).readlines() or [""]
    second = next((line for line in others if line.strip()), "")
    if not first.startswith("{") or second.startswith("{") or (is_cut and not others):
        return True
    try:
        _decode(first)
    except RecursionError:
        return True
    except json.JSONDecodeError as error:
        return not second and error.msg != "Extra data"
    return True


def _read_lines(
    stream: io.BufferedReader, *, encoding: str, max_chars: int, first: int
) -> Iterator[tuple[int, Any]]:
    for number, line in read_lines(stream, encoding=encoding, max_chars=max_chars):
        if number < first:
            continue
        if line is None:
            yield number, _Bad("too_large", f"more than {max_chars} characters")
        elif line := line.strip(" \t\r\n\ufeff"):
            try:
                yield number, _decode(line)
            except json.JSONDecodeError as error:
                yield number, _Bad("bad_json", f"line {number}: {error.msg} (char {error.pos})")
            except RecursionError:
                yield number, _Bad("bad_json", f"line {number}: nested too deep")


def _read_values(
    stream: io.BufferedReader, *, encoding: str, max_chars: int
) -> Iterator[tuple[int, Any]]:
    """Yields the elements of an array, or values one after another, commas being optional."""
    values = _Values(stream, encoding=encoding, max_chars=max_chars)
    number = 0
    is_array = values.peek() == "["
    if is_array:
        values.skip()
    try:
        while (character := values.peek()) and not (is_array and character == "]"):
            value = values.read()
            number += 1
            yield number, value
            if values.peek() == ",":
                values.skip()
    except (json.JSONDecodeError, RecursionError) as error:
        fault = error.msg if isinstance(error, json.JSONDecodeError) else "nested too deep"
        raise DamagedRecordsError(f"after value {number}: {fault}") from error
    if is_array and not character:
        raise DamagedRecordsError(f"after value {number}: the array does not end")
    values.skip()
    if values.peek():
        raise DamagedRecordsError(f"after value {number}: text behind the end of the array")


class _Values:
    """JSON values read from a stream, no more than one of them at a time in memory."""

    def __init__(self, stream: io.BufferedReader, *, encoding: str, max_chars: int) -> None:
        self._stream, self._max_chars = stream, max_chars
        self._decoder = codecs.getincrementaldecoder(encoding)("replace")
        self._window, self._position, self._is_at_end = "", 0, False

    def peek(self) -> str:
        """Returns the next character that is no blank, or "" at the end."""
        while True:
            blanks = _BLANKS.match(self._window, self._position)
            self._position = blanks.end() if blanks else self._position
            if self._position < len(self._window):
                return self._window[self._position]
            if not self._fill():
                return ""

    def skip(self) -> None:
        """Leaves out the character that `peek` returned."""
        self._position += 1

    def read(self) -> Any:
        """Returns the value that begins at the character that `peek` returned.

        Raises:
            json.JSONDecodeError: There is none.
            TooLargeError: It has more than the allowed number of characters.
        """
        while True:
            try:
                value, end = _DECODER.raw_decode(self._window, self._position)
            except json.JSONDecodeError as error:
                is_cut = (
                    error.msg.startswith("Unterminated string")
                    or error.pos > len(self._window) - _LONGEST_TOKEN_CHARS
                )
                if not is_cut or not self._fill():
                    raise
                continue
            # A number at the end of the window may go on behind it.
            if end < len(self._window) or not self._fill():
                self._position = end
                return value

    def _fill(self) -> bool:
        """Adds to the window, as much again as it holds; returns whether there was anything."""
        rest = self._window[self._position :]
        if self._is_at_end:
            return False
        if len(rest) > self._max_chars:
            raise TooLargeError
        # All that comes before a fault; then the fault, which is no end.
        data = read_head(self._stream, max(_HEAD_BYTES, len(rest))) or self._stream.read1(1)
        self._is_at_end = not data
        self._window = rest + self._decoder.decode(data, final=not data)
        self._position = 0
        return True


def _integer(digits: str) -> int | HugeInteger:
    return int(digits) if len(digits) <= _MAX_DIGITS else HugeInteger(digits)


# NaN and Infinity are no JSON, yet common; as null they can be written again. Control characters
# in strings (`strict`) are no JSON either, yet harm nothing.
_DECODER = json.JSONDecoder(parse_constant=lambda _: None, parse_int=_integer, strict=False)
_decode = _DECODER.decode
