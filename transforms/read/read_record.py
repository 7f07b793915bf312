"""The rule that makes a document of one record with named fields: a JSON object, a row."""

from __future__ import annotations

import json
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, time
from decimal import Decimal
from itertools import islice
from math import isfinite

from feedlake.transforms.feed_texts.markup import is_all_markup
from feedlake.transforms.normalize.charset import decode_body
from feedlake.transforms.normalize.dates import parse_date_value
from feedlake.transforms.normalize.names import find_names
from feedlake.transforms.normalize.text import normalize_line
from feedlake.transforms.read.propose_fields import propose_fields
from feedlake.transforms.read.record_fields import (
    Record,
    fields_of_folders,
    find_field,
    list_fields,
    read_field,
    remove_field,
    without_nulls,
)
from feedlake.transforms.records.documents import Document, Rejection, SourceKind
from feedlake.transforms.rights.record_rights import read_license, read_notices
from feedlake.transforms.rights.statements import join_statements

FIELDS = (
    *("url", "html", "text", "title", "date", "author", "authors", "language", "source"),
    *("license", "rights", "copyright"),
)
"""The fields that have a meaning; all others end up in `extra`."""

_STRINGS = ("url", "html", "text", "title", "language", "source")
_BODIES = ("text", "html")
_LAKE_COLUMNS = frozenset({"article_id", "published_at", "schema_version"})
# In rows of a lake, `date` is the day of a partition, which an article without a date has as well,
# and `source` is where the row was read.
_LAKE_FIELDS = {"date": "published_at", "source": "site_name"}
_PROPOSED = ("text", "html", "title", "url", "date", "author", "language", "source")
_PUBLISHED_TEXT_CHARS = 100


_MAX_LISTED, _MAX_NAME_CHARS = 30, 60
"""Most fields that a note on missing ones lists, and how much of each name."""

_GIVEN_NAMES = ("given", "given_name", "givenName", "first_name", "firstName", "first")
_FAMILY_NAMES = ("family", "family_name", "familyName", "last_name", "lastName", "last")


class DamagedRecordsError(Exception):
    """The records end in something that is no record; the message says where and what.

    Attributes:
        reason: A rejection's.
    """

    def __init__(self, detail: str, *, reason: str = "corrupt") -> None:
        super().__init__(detail)
        self.reason = reason


class UnknownColumnsError(Exception):
    """No column of a table holds texts or pages; the message names them, and flags that may fit."""


class HugeInteger(str):
    """The digits of a whole number that Python does not convert."""

    __slots__ = ()


@dataclass
class FieldNotes:
    """Which fields the records of a file have, as far as that is worth telling.

    Attributes:
        missing: Own names of the fields that the operator named, and no record had.
        has_body: Whether one had a text or a page.
        listed: Names of fields that there were, for a message.
        found: feedlake's names of those that had a value.
    """

    missing: dict[str, str]
    has_body: bool = False
    listed: dict[str, None] = field(default_factory=dict)
    found: set[str] = field(default_factory=set)


class RecordReader:
    """Makes documents of the records of one file, and notes which fields none of them has."""

    def __init__(
        self, *, source: str, kind: SourceKind, fields: Mapping[str, str], max_chars: int
    ) -> None:
        """Takes what holds for all records.

        Args:
            source: Path or URL of the file; folders such as `date=2026-01-17` give fields.
            kind: `jsonl`, `csv` or `parquet`.
            fields: The file's own name for each field that it names differently (`text` →
                `body`; `doc.text` is the field `text` of the object `doc`).
            max_chars: Longest text or page, in characters.
        """
        self._source, self._kind, self.max_chars = source, kind, max_chars
        self._fields = {name: fields.get(name, name) for name in FIELDS}
        self._lake_fields = {
            name: fields.get(name, _LAKE_FIELDS.get(name, name)) for name in FIELDS
        }
        self._given = fields_of_folders(source)
        self.notes = FieldNotes({name: own for name, own in fields.items() if name in FIELDS})

    @property
    def likely_names(self) -> frozenset[str]:
        """Returns what the fields of the file are probably called, in lower case."""
        return frozenset(own.casefold() for own in (*self._fields, *self._fields.values()))

    def expect_fields(self, names: Sequence[str]) -> None:
        """Notes which fields all records have.

        Args:
            names: Their names.

        Raises:
            UnknownColumnsError: Neither text nor pages are among them.
        """
        record = without_nulls(dict.fromkeys(names, ""), self._given)
        ways = {name: find_field(record, own) for name, own in self._fields.items()}
        self._note_fields(record, [name for name, way in ways.items() if way is not None])
        if not self.notes.has_body:
            raise UnknownColumnsError(self.describe_missing())

    def read(self, value: object, number: int) -> Document | Rejection:
        """Returns the document of one record, or why there is none.

        A field that cannot be what its name says (a title that is a list) stays in `extra`.

        Args:
            value: The record, a mapping if it is well-formed.
            number: Number of the record, from 1.
        """
        if not isinstance(value, dict):
            detail = f"{_describe_value(value)}, not an object"
            return self.reject(number, reason="not_an_object", detail=detail)
        record = without_nulls(value, self._given)
        is_of_lake = value.keys() >= _LAKE_COLUMNS
        fields = self._lake_fields if is_of_lake else self._fields
        ways = {name: find_field(record, own) for name, own in fields.items()}
        given = {
            name: None if way is None else read_field(record, way) for name, way in ways.items()
        }
        self._note_fields(record, [name for name, value in given.items() if value is not None])
        strings = {name: _string(given[name]) for name in _STRINGS}
        strings["text"] = _text(given["text"])
        names = {name: _names(given[name]) for name in ("authors", "author")}
        date_value = given["date"]
        if isinstance(date_value, bytes):
            date_value = _string(date_value)
        if is_of_lake and _names_moment(stated := record.get("published_text"), date_value):
            date_value = stated  # with its zone
        published_text = _date_text(date_value)
        rights = {
            "license": read_license(given["license"]),
            **{name: read_notices(given[name]) for name in ("rights", "copyright")},
        }
        used = {**strings, **names, **rights, "date": published_text}
        for name, way in ways.items():
            if way is not None and used[name]:
                remove_field(record, way)
        url, title = strings["url"], normalize_line(strings["title"])
        text, html = strings["text"] or "", strings["html"] or ""
        is_page = not text.strip()
        body = html if is_page else text
        reason, detail = None, ""
        if (huge := next((name for name in FIELDS if _is_huge(given[name])), None)) is not None:
            reason, detail = "bad_value", f"{huge}: a number that no program can read"
        elif not body.strip():
            reason, detail = "empty", self._explain_empty(value)
        elif len(body) > self.max_chars:
            reason, detail = "too_large", f"more than {self.max_chars} characters"
        try:
            extra = _dump(record)
        except RecursionError:
            reason, detail, extra = "bad_json", "nested too deep", None
        if reason is not None:
            address = normalize_line(url)
            return self.reject(number, reason=reason, detail=detail, url=address, title=title)
        return Document(
            source=self._source,
            source_kind=self._kind,
            source_record=number,
            body=body,
            is_html=is_page or is_all_markup(text),
            text_source="page" if is_page else "text",
            url=url,
            title=title,
            authors=names["authors"] or names["author"],
            published_at=parse_date_value(date_value),
            published_text=published_text,
            date_source="seed",
            language=strings["language"],
            site_name=normalize_line(strings["source"]),
            extra=extra,
            rights=join_statements(*rights.values()),
        )

    def reject(
        self,
        number: int,
        *,
        reason: str,
        detail: str,
        url: str | None = None,
        title: str | None = None,
    ) -> Rejection:
        """Returns the rejection of a record.

        Args:
            number: Number of the record.
            reason: Stable word that programs may test.
            detail: One sentence for people.
            url: Its address, if it is known.
            title: Its title, likewise.
        """
        return Rejection(
            self._source,
            source_kind=self._kind,
            source_record=number,
            url=url,
            title=title,
            step="read",
            reason=reason,
            detail=detail,
        )

    def describe_missing(self) -> str | None:
        """Returns which fields no record had, and which there are; None if all are there."""
        if not self.notes.listed:
            return None
        missing = [f"{own} (--field {name}={own})" for name, own in self.notes.missing.items()]
        if not missing and not self.notes.has_body:
            missing = ["text or html"]
        if not missing:
            return None
        lacking = self.notes.missing if self.notes.has_body else set(_PROPOSED) - self.notes.found
        flags = propose_fields(self.notes.listed, [name for name in _PROPOSED if name in lacking])
        return (
            f"no record has {' or '.join(missing)}; {self._describe_fields()}"
            f"{flags and f'; perhaps {flags}'}"
        )

    def _note_fields(self, record: Record, found: Collection[str]) -> None:
        notes = self.notes
        notes.has_body = notes.has_body or any(name in found for name in _BODIES)
        if notes.missing:
            notes.missing = {name: own for name, own in notes.missing.items() if name not in found}
        if notes.missing or not notes.has_body:
            notes.found.update(found)
            room = _MAX_LISTED + 1 - len(notes.listed)
            new = (name for name in _shown(record) if name not in notes.listed)
            notes.listed |= dict.fromkeys(islice(new, room))

    def _explain_empty(self, record: Record) -> str:
        fields = ", ".join(islice(_shown(record), _MAX_LISTED)) or "none"
        return f"neither text nor html; its fields: {fields}"

    def _describe_fields(self) -> str:
        names = list(self.notes.listed)
        more = " and more" if len(names) > _MAX_LISTED else ""
        return f"the fields are {', '.join(names[:_MAX_LISTED])}{more}"


def _shown(record: Record) -> Iterator[str]:
    """The names of the record's fields as a message can have them."""
    for name in list_fields(record):
        yield (normalize_line(name) or "")[:_MAX_NAME_CHARS]


def _string(value: object) -> str | None:
    """The value as text: numbers as written, anything structured is none."""
    if isinstance(value, bytes):
        return decode_body(value, is_html=True)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, float):
        return str(value) if isfinite(value) else None
    if isinstance(value, Decimal):
        return f"{value:f}" if value.is_finite() else None
    return value if isinstance(value, str) else None


def _is_huge(value: object) -> bool:
    """Whether the value is a whole number that is larger than any other kind of number."""
    if isinstance(value, HugeInteger):
        return True
    return isinstance(value, int) and abs(value) > sys.float_info.max


def _date_text(value: object) -> str | None:
    text = str(value) if isinstance(value, date) else _string(value)
    return (normalize_line(text) or "")[:_PUBLISHED_TEXT_CHARS] or None


def _text(value: object) -> str | None:
    """The value as text; a list is one of paragraphs, or of objects with a `text`."""
    if not isinstance(value, list):
        return _string(value)
    items = [item.get("text") if isinstance(item, dict) else item for item in value]
    paragraphs = [_string(item) for item in items if item is not None]
    if not all(isinstance(paragraph, str) for paragraph in paragraphs):
        return None
    return "\n\n".join(filter(None, paragraphs))


def _names(value: object) -> tuple[str, ...]:
    """Names out of a string, a list of strings, or a list of objects with a `name`."""
    items = value if isinstance(value, list) else [value]
    lines = (_string(_name(item) if isinstance(item, dict) else item) for item in items)
    return find_names(line for line in lines if line)


def _name(person: dict[str, object]) -> object:
    if person.get("name") is not None:
        return person["name"]
    parts = (
        next((part for name in names if isinstance(part := person.get(name), str)), "")
        for names in (_GIVEN_NAMES, _FAMILY_NAMES)
    )
    return " ".join(filter(None, parts))


def _names_moment(text: object, moment: object) -> bool:
    """Whether a text is a date, and the same as another value's."""
    return (found := parse_date_value(text)) is not None and found == parse_date_value(moment)


def _dump(extra: dict[str, object]) -> str | None:
    if not extra:
        return None
    text = json.dumps(extra, ensure_ascii=False, default=_dump_other, sort_keys=True)
    if "NaN" in text or "Infinity" in text:  # Perhaps as a number, which JSON has no word for.
        text = json.dumps(json.loads(text, parse_constant=lambda _: None), ensure_ascii=False)
    # Half a surrogate pair is legal in JSON, yet cannot be written as UTF-8.
    return text.encode("utf-8", "replace").decode()


def _dump_other(value: object) -> str:
    if isinstance(value, date | time):
        return value.isoformat()
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _describe_value(value: object) -> str:
    """What JSON calls a value that is no object."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return "a text"
    return "a list" if isinstance(value, list) else "a number"
