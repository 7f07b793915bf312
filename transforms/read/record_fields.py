"""The fields of a record by the names that the operator, the file and its folders give them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote

_FOLDER_FIELD = re.compile(r"([^=/\\]+)=([^/\\]*)")
_MAX_DEPTH = 8
_NULL = "__HIVE_DEFAULT_PARTITION__"

Record = dict[str, Any]


def fields_of_folders(path: str) -> dict[str, str]:
    """Returns the fields that the folders right above a file name by Hive's custom.

    A file `…/date=2026-01-17/language=de/part-0.parquet` has the fields `date` and `language`.

    Args:
        path: The file's path or URL.
    """
    found: dict[str, str] = {}
    for folder in reversed(re.split(r"[/\\]", path)[:-1]):
        match = _FOLDER_FIELD.fullmatch(folder)
        if match is None:
            break
        name, value = unquote(match[1]), unquote(match[2])
        if value and value != _NULL:
            found[name] = value
    return found


def find_field(record: Record, name: str) -> list[str] | None:
    """Returns the way to a field: its own name, or those of the objects around it and its own.

    A name as written wins, then one that differs in case; `doc.text` is the field `text` of the
    object `doc` unless there is a field of that whole name.

    Args:
        record: The record.
        name: What the field is called.
    """
    if name in record:
        return [name]
    folded = name.casefold()
    same = next((key for key in record if key.casefold() == folded), None)
    if same is not None:
        return [same]
    place = name.find(".")
    while place >= 0:
        outer = find_field(record, name[:place]) if place else None
        if outer is not None and len(outer) == 1:
            inner = _find_inside(record[outer[0]], name[place + 1 :])
            if inner is not None:
                return [*outer, *inner]
        place = name.find(".", place + 1)
    return None


def _find_inside(value: object, name: str) -> list[str] | None:
    """The way in an object, or in the first one of a list of objects that has it."""
    objects = value if isinstance(value, list) else [value]
    ways = (find_field(one, name) for one in objects if isinstance(one, dict))
    return next((way for way in ways if way is not None), None)


def read_field(record: Record, way: list[str]) -> Any:
    """Returns what stands at the end of a way; a list where it leads through one."""
    value: Any = record
    for place, name in enumerate(way):
        if isinstance(value, list):
            return [read_field(one, way[place:]) for one in value if isinstance(one, dict)]
        value = value.get(name) if isinstance(value, dict) else None
    return value


def remove_field(record: Record, way: list[str]) -> None:
    """Takes out what stands at the end of a way, and the objects that are empty without it."""
    name, *rest = way
    inner = record.get(name)
    if rest:
        for one in inner if isinstance(inner, list) else [inner]:
            if isinstance(one, dict):
                remove_field(one, rest)
    if not rest or not inner or (isinstance(inner, list) and not any(inner)):
        record.pop(name, None)


def without_nulls(record: Mapping[str, Any], given: Mapping[str, str]) -> Record:
    """Returns the fields that have a value; of those given for all records what it lacks.

    Args:
        record: The record.
        given: What its folders say.
    """
    found = {name: value for name, value in record.items() if value is not None}
    if given:
        own = {name.casefold() for name in found}
        found |= {name: value for name, value in given.items() if name.casefold() not in own}
    return found


def list_fields(record: Mapping[str, Any], *, prefix: str = "") -> Iterator[str]:
    """Yields the names of a record's fields, those of objects in it as `doc.text`.

    Objects that are too deep in others are named as a whole.
    """
    for name, value in record.items():
        if isinstance(value, dict) and value and prefix.count(".") < _MAX_DEPTH:
            yield from list_fields(value, prefix=f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}"
