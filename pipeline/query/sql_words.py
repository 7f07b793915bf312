"""Where the SQL of a query comes from: the command line, a file, or standard input."""

from __future__ import annotations

import sys

from feedlake.pipeline.options.failures import UsageError

_MAX_BYTES = 10_000_000
_STDIN = "-"


def read_sql(sql: str | None, *, file: str | None) -> str:
    """Returns the SQL that was asked for.

    Args:
        sql: As on the command line; `-` for standard input; None: it wasn't given.
        file: A file that has it; `-` for standard input; None: it wasn't given.

    Raises:
        UsageError: There is none, or it can't be read.
    """
    if sql is None and file is None:
        raise UsageError("query: needs SQL, or --file FILE (see feedlake query --help)")
    if sql is not None and file is not None:
        raise UsageError("query: takes SQL or --file, not both (see feedlake query --help)")
    if file is None and sql is not None and sql.strip() != _STDIN:
        return sql
    name = "standard input" if file in (None, _STDIN) else f"--file {file}"
    content = _read(file or _STDIN, name)
    if len(content) > _MAX_BYTES:
        raise UsageError(f"{name}: more than {_MAX_BYTES:,} bytes; no query needs so many")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(f"{name}: not in UTF-8") from error


def _read(file: str, name: str) -> bytes:
    try:
        if file == _STDIN:
            if sys.stdin is None or sys.stdin.closed:
                raise UsageError("standard input: is closed, so there is no SQL in it")
            return sys.stdin.buffer.read(_MAX_BYTES + 1)
        with open(file, "rb") as stream:
            return stream.read(_MAX_BYTES + 1)
    except OSError as error:
        raise UsageError(f"{name}: cannot be read: {error.strerror}") from error
