"""What the fields of a record say about the rights to its text."""

from __future__ import annotations

import json
import re
from typing import get_args

from feedlake.transforms.records.rights_statement import RightsKind, RightsStatement
from feedlake.transforms.rights.statements import join_statements, say, say_license

_KINDS = {kind: kind for kind in get_args(RightsKind)}
_MAX_ITEMS = 100
_EXPORTED = re.compile(r"\s*\[\s*(?:\]\s*\Z|\{)")


def read_license(value: object) -> tuple[RightsStatement, ...]:
    """Returns the licences that a field `license` names; none if it is no text.

    Args:
        value: An address or a name; an object with `url`, `id` or `name`; or a list of these.
    """
    items = [
        next(filter(None, (item.get(key) for key in ("url", "@id", "id", "name"))), None)
        if isinstance(item, dict)
        else item
        for item in _list(value)
    ]
    return say_license("record", *(item for item in items if isinstance(item, str)), base=None)


def read_notices(value: object) -> tuple[RightsStatement, ...]:
    """Returns what a field `rights` or `copyright` says; none if it is no text.

    Args:
        value: A notice, or a list; also the column `rights` of a lake, as feedlake exports it (in
            CSV as JSON).
    """
    statements: list[tuple[RightsStatement, ...]] = []
    for item in _list(_of_table(value)):
        if isinstance(item, str):
            statements.append(say("copyright", "record", item))
        elif isinstance(item, dict):
            said, kind = item.get("value"), _KINDS.get(str(item.get("kind")))
            if isinstance(said, str) and kind is not None:
                statements.append(say(kind, "record", said))
    return join_statements(*statements)


def _of_table(value: object) -> object:
    """The column as a list where it's the JSON of one: a cell of CSV; else the value."""
    if not isinstance(value, str) or not _EXPORTED.match(value):
        return value
    try:
        found = json.loads(value)
    except (ValueError, RecursionError):
        return value
    return found if all(isinstance(item, dict) for item in found) else value


def _list(value: object) -> list[object]:
    return value[:_MAX_ITEMS] if isinstance(value, list) else [value]
