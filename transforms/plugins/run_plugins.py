"""Running what plugins bring, as children do, and making plain values of what it gives."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from feedlake.transforms.plugins.find_plugins import find_one
from feedlake.transforms.plugins.plugin_kinds import Enricher, PluginFault
from feedlake.transforms.records.subject import Subject


def run_enricher(name: str, subject: Subject) -> dict[str, Any]:
    """Returns the value of a plugin's column for an article; it may raise anything.

    Args:
        name: The column's name.
        subject: The article.
    """
    enricher = find_one("enricher", name)
    assert isinstance(enricher, Enricher)
    found = enricher.run(subject)
    return {name: None if found is None else as_plain(found, enricher)}


def as_plain(found: object, enricher: Enricher) -> dict[str, Any]:
    """Returns what an enricher found, in Python's own types, as the column's type has it.

    Args:
        found: What it gave.
        enricher: Says what it may give.

    Raises:
        PluginFault: It is no mapping, or has fields that the enricher does not name.
        pa.ArrowException, TypeError, ValueError: A value is not of its field's type.
    """
    if not isinstance(found, Mapping):
        raise PluginFault(f"it gave a {type(found).__name__}, not a mapping")
    names = {field.name for field in enricher.fields}
    if unknown := [name for name in found if name not in names]:
        raise PluginFault(f"it gave {unknown[0]!r}, which is none of its fields")
    [value] = pa.array([dict(found)], type=enricher.type).to_pylist()
    plain: dict[str, Any] = _with_plain_times(value)
    return plain


def _with_plain_times(value: Any) -> Any:
    """The same with times in Python's UTC: Arrow's have zones that children may not send."""
    if isinstance(value, dict):
        return {name: _with_plain_times(own) for name, own in value.items()}
    if isinstance(value, list):
        return [_with_plain_times(own) for own in value]
    return value.astimezone(UTC) if isinstance(value, datetime) else value
