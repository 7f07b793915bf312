"""A figure: a question about a lake under a name, as SQL that a person can run, too."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

_PLACEHOLDER = re.compile(r"\$([a-z_]+)")


@dataclass(frozen=True)
class Sql:
    """A part of a statement, which is put in as it is: never words of strangers.

    Attributes:
        text: The SQL.
    """

    text: str


Value = None | bool | int | float | str | date | datetime | Sequence[str] | Sql
"""What a figure can be asked about."""


@dataclass(frozen=True)
class Figure:
    """A question about a lake.

    Attributes:
        name: By which programs know it.
        title: What it tells, for people.
        sql: One statement over the tables and views of `feedlake query`; `$day` and the like stand
            where values go.
    """

    name: str
    title: str
    sql: str

    def filled(self, **values: Value) -> str:
        """Returns the statement with values in it, as `feedlake query` takes it.

        Args:
            values: Each of those that the statement names, and no others.

        Raises:
            KeyError: One is missing.
        """
        text = textwrap.dedent(self.sql).strip()
        return _PLACEHOLDER.sub(lambda found: literal(values[found[1]]), text)


def literal(value: Value) -> str:
    """Returns a value as a constant of SQL; a list as the constants of `IN (…)`.

    Args:
        value: The value; times must have a zone.
    """
    match value:
        case Sql(text):
            return text
        case None:
            return "NULL"
        case bool():
            return "true" if value else "false"
        case int() | float():
            return repr(value)
        case str():
            # A NUL ends a statement, and half of a surrogate pair is no UTF-8.
            plain = value.replace("\0", "").encode(errors="replace").decode()
            return "'" + plain.replace("'", "''") + "'"
        case datetime():
            return f"'{value.isoformat(sep=' ')}'::TIMESTAMPTZ"
        case date():
            return f"'{value.isoformat()}'::DATE"
        case _:
            return f"({', '.join(literal(one) for one in value) or 'NULL'})"
