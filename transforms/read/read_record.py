"""The rule that makes a document of one record with named fields: a JSON object, a Parquet row."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from math import isfinite

from feedlake.transforms.normalize.charset import decode_body
from feedlake.transforms.normalize.dates import parse_date_value
from feedlake.transforms.normalize.text import normalize_line
from feedlake.transforms.records.documents import Document, Rejection, SourceKind

FIELDS = ("url", "html", "text", "title", "date", "author", "authors", "language", "source")
"""The fields that have a meaning; all others end up in `extra`."""

_STRINGS = ("url", "html", "text", "title", "language", "source")
_PUBLISHED_TEXT_CHARS = 100


class DamagedRecordsError(Exception):
    """The records end in something that is no record; the message says where and what."""


def read_record(
    value: object,
    *,
    source: str,
    kind: SourceKind,
    number: int,
    fields: Mapping[str, str],
    max_chars: int,
) -> Document | Rejection:
    """Returns the document of one record, or why there is none.

    A field that cannot be what its name says (a title that is a list) stays in `extra`.

    Args:
        value: The record, a mapping if it is well-formed.
        source: Path or URL of the file.
        kind: `jsonl` or `parquet`.
        number: Number of the record, from 1.
        fields: The file's own name for each field that it names differently (`text` → `body`).
        max_chars: Longest text or page, in characters.
    """
    if not isinstance(value, dict):
        detail = f"a {type(value).__name__}, not an object"
        return reject_record(source, kind, number, "not_an_object", detail)
    record = {name: item for name, item in value.items() if item is not None}
    given = {name: record.get(fields.get(name, name)) for name in FIELDS}
    strings = {name: _string(given[name]) for name in _STRINGS}
    names = {name: _names(given[name]) for name in ("authors", "author")}
    published_text = _date_text(given["date"])
    used = {**strings, **names, "date": published_text}
    for name in FIELDS:
        if used[name]:
            record.pop(fields.get(name, name), None)
    url, title = strings["url"], normalize_line(strings["title"])
    text, html = strings["text"] or "", strings["html"] or ""
    is_html = not text.strip()
    body = html if is_html else text
    reason, detail = None, ""
    if not body.strip():
        reason, detail = "empty", "neither text nor html"
    elif len(body) > max_chars:
        reason, detail = "too_large", f"more than {max_chars} characters"
    try:
        extra = _dump(record)
    except RecursionError:
        reason, detail, extra = "bad_json", "nested too deep", None
    if reason is not None:
        return Rejection(
            source,
            source_kind=kind,
            source_record=number,
            url=normalize_line(url),
            title=title,
            step="read",
            reason=reason,
            detail=detail,
        )
    return Document(
        source=source,
        source_kind=kind,
        source_record=number,
        body=body,
        is_html=is_html,
        text_source="page" if is_html else "text",
        url=url,
        title=title,
        authors=names["authors"] or names["author"],
        published_at=parse_date_value(given["date"]),
        published_text=published_text,
        date_source="seed",
        language=strings["language"],
        site_name=normalize_line(strings["source"]),
        extra=extra,
    )


def reject_record(
    source: str, kind: SourceKind, number: int, reason: str, detail: str
) -> Rejection:
    """Returns the rejection of a record that could not be read."""
    return Rejection(
        source,
        source_kind=kind,
        source_record=number,
        url=None,
        title=None,
        step="read",
        reason=reason,
        detail=detail,
    )


def _string(value: object) -> str | None:
    """The value as text: numbers as written, anything structured is none."""
    if isinstance(value, bytes):
        return decode_body(value, is_html=True)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return str(value) if isfinite(value) else None
    return value if isinstance(value, str) else None


def _date_text(value: object) -> str | None:
    text = str(value) if isinstance(value, date) else _string(value)
    return (normalize_line(text) or "")[:_PUBLISHED_TEXT_CHARS] or None


def _names(value: object) -> tuple[str, ...]:
    """Names out of a string, a list of strings, or a list of objects with a `name`."""
    items = value if isinstance(value, list) else [value]
    names = [item.get("name") if isinstance(item, dict) else item for item in items]
    lines = [normalize_line(_string(name)) for name in names]
    return tuple(dict.fromkeys(line for line in lines if line))


def _dump(extra: dict[str, object]) -> str | None:
    if not extra:
        return None
    text = json.dumps(extra, ensure_ascii=False, default=_dump_other, sort_keys=True)
    if "NaN" in text or "Infinity" in text:  # Perhaps as a number, which JSON has no word for.
        text = json.dumps(json.loads(text, parse_constant=lambda _: None), ensure_ascii=False)
    # Half a surrogate pair is legal in JSON, yet cannot be written as UTF-8.
    return text.encode("utf-8", "replace").decode()


def _dump_other(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
