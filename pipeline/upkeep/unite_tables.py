"""Rows of files with different columns of plugins, as one table."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from feedlake.transforms.plugins.find_plugins import PREFIX


def unite(parts: Sequence[pa.Table]) -> pa.Table:
    """Returns the rows of all parts, with the columns of all; what a part lacks is null there.

    A field of a plugin's column that has one type here and another there becomes text: no value is
    dropped because a plugin has changed its mind.

    Args:
        parts: Tables; columns of one name that no plugin fills have one type.
    """
    names = {name for part in parts for name in part.schema.names if name.startswith(PREFIX)}
    for name in sorted(names):
        held = [part for part in parts if name in part.schema.names]
        differing = _differing([part.schema.field(name).type for part in held])
        if differing:
            parts = [_as_text(part, name, differing) for part in parts]
    # Newer files than this feedlake's may have columns that others lack.
    return pa.concat_tables(parts, promote_options="default")


def _differing(types: list[pa.DataType]) -> frozenset[str]:
    """Names of the fields that do not have one type in all structs that have them."""
    found: dict[str, set[str]] = {}
    for kind in types:
        for number in range(kind.num_fields):
            field = kind.field(number)
            found.setdefault(field.name, set()).add(str(field.type))
    return frozenset(name for name, kinds in found.items() if len(kinds) > 1)


def _as_text(part: pa.Table, name: str, fields: frozenset[str]) -> pa.Table:
    place = part.schema.get_field_index(name)
    if place < 0:
        return part
    kind = part.schema.field(name).type
    own = [kind.field(number) for number in range(kind.num_fields)]
    united = pa.struct(
        [pa.field(field.name, pa.string()) if field.name in fields else field for field in own]
    )
    rows = [
        None
        if row is None
        else {key: _text(value) if key in fields else value for key, value in row.items()}
        for row in part.column(place).to_pylist()
    ]
    return part.set_column(place, pa.field(name, united), pa.array(rows, united))


def _text(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else json.dumps(value, default=str)
