"""What became of an entry or an address, with all that was known when it did: archives keep it.

With the response beside it, it makes the same document again, or the same rejection.
"""

from __future__ import annotations

import dataclasses
import functools
import json
from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field
from datetime import datetime
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from feedlake.transforms.records.documents import Document, Entry, Rejection
from feedlake.transforms.records.rights_statement import RightsStatement

VERSION = 1
"""Of the JSON; a reader passes over what a newer feedlake has written."""

_TIMES = ("published_at", "updated_at", "fetched_at", "read_at")
_NAMES = ("authors", "tags")


@dataclass(frozen=True)
class Reply:
    """The response that an outcome was made of.

    Attributes:
        url: Where it came from.
        status: HTTP status.
        headers: By lower-case name.
        body: Without Content-Encoding.
        fetched_at: When it had come, UTC.
    """

    url: str
    _: KW_ONLY
    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    fetched_at: datetime


@dataclass(frozen=True)
class Outcome:
    """What became of one document.

    Attributes:
        read_at: Start of the run, UTC.
        judged_at: When it was decided, UTC.
        url: The document's address; empty if it has none.
        fetched_at: When it counts as fetched, UTC.
        entry: The entry whose page was asked for; None: an address that was polled.
        document: Of such an address: what it gave; its body is empty if that is the reply's.
        is_in_reply: Whether the document's body is the reply's.
        rejection: Of such an address: what came of an entry that is no document.
        min_chars: What the operator had decided: `PageOptions.min_chars`.
        reply: What the site answered; None if it did not.
        not_fetched: Why not: reason, sentence, whether it may pass, whether the site was tried.
    """

    read_at: datetime
    _: KW_ONLY
    judged_at: datetime
    url: str
    fetched_at: datetime
    entry: Entry | None = None
    document: Document | None = None
    is_in_reply: bool = False
    rejection: Rejection | None = None
    min_chars: int = 0
    reply: Reply | None = None
    not_fetched: tuple[str, str, bool, bool] | None = None


def outcome_json(outcome: Outcome, *, record: str | None) -> bytes:
    """Returns an outcome as JSON, without its reply.

    Args:
        outcome: The outcome.
        record: Id of the record that has the reply.
    """
    entry = outcome.entry
    content: dict[str, Any] = {
        "version": VERSION,
        "read_at": outcome.read_at,
        "judged_at": outcome.judged_at,
        "url": outcome.url,
        "fetched_at": outcome.fetched_at,
        "record": record,
        "not_fetched": outcome.not_fetched,
    }
    if entry is not None:
        content |= {
            "entry": _fields(entry.document),
            "is_changed": entry.is_changed,
            "is_recheck": entry.is_recheck,
            "attempts": entry.attempts,
            "first_tried_at": entry.first_tried_at,
            "min_chars": outcome.min_chars,
        }
    if outcome.document is not None:
        content |= {"document": _fields(outcome.document), "is_in_reply": outcome.is_in_reply}
    if outcome.rejection is not None:
        content["rejection"] = _given(outcome.rejection)
    return json.dumps(content, default=_plain, separators=(",", ":")).encode()


def read_outcome_json(content: bytes) -> tuple[Outcome, str | None]:
    """Returns the outcome that `outcome_json` gave, and the id of the record that has its reply.

    Raises:
        ValueError: It is no such JSON, or of a newer feedlake.
    """
    try:
        said = json.loads(content)
        if said["version"] != VERSION:
            raise ValueError(f"version {said['version']}")
        entry = document = rejection = None
        if "entry" in said:
            first = said["first_tried_at"]
            entry = Entry(
                _document(said["entry"]),
                is_changed=bool(said["is_changed"]),
                is_recheck=bool(said["is_recheck"]),
                attempts=int(said["attempts"]),
                first_tried_at=_moment(first) if first else None,
            )
        if "document" in said:
            document = _document(said["document"])
        if "rejection" in said:
            rejection = Rejection(**_checked(Rejection, said["rejection"]))
        refusal = said["not_fetched"]
        outcome = Outcome(
            _moment(said["read_at"]),
            judged_at=_moment(said["judged_at"]),
            url=str(said["url"]),
            fetched_at=_moment(said["fetched_at"]),
            entry=entry,
            document=document,
            is_in_reply=bool(said.get("is_in_reply")),
            rejection=rejection,
            min_chars=int(said.get("min_chars", 0)),
            not_fetched=None if refusal is None else _refusal(*refusal),
        )
        record = said["record"]
    except (KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(f"no outcome: {error!r}") from error
    if sum(part is not None for part in (entry, document, rejection)) != 1:
        raise ValueError("no outcome: neither entry nor document nor rejection")
    return outcome, None if record is None else str(record)


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else _given(value)


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"no outcome: {text} names no zone")
    return moment


def _refusal(reason: str, detail: str, passes: bool, was_tried: bool) -> tuple[Any, ...]:
    return str(reason), str(detail), bool(passes), bool(was_tried)


def _fields(document: Document) -> dict[str, Any]:
    fields = _given(document)
    if isinstance(document.body, bytes):
        fields["body"] = ""
    return fields


def _given(record: Any) -> dict[str, Any]:
    """The fields that have another value than their default."""
    return {
        field.name: value
        for field in dataclasses.fields(record)
        if (value := getattr(record, field.name)) != field.default
    }


def _document(fields: dict[str, Any]) -> Document:
    for name in _TIMES:
        if fields.get(name):
            fields[name] = datetime.fromisoformat(fields[name])
    for name in _NAMES:
        if name in fields:
            fields[name] = tuple(fields[name])
    rights = fields.get("rights", ())
    fields["rights"] = tuple(RightsStatement(**_checked(RightsStatement, one)) for one in rights)
    return Document(**_checked(Document, fields))


def _checked(kind: type, fields: dict[str, Any]) -> dict[str, Any]:
    """The fields, if each is of its type: an archive may come from anywhere.

    Raises:
        TypeError: One is not.
    """
    hints = _hints(kind)
    for name, value in fields.items():
        if name not in hints or not _is_of(value, hints[name]):
            raise TypeError(f"{name} cannot be {value!r:.100}")
    return fields


@functools.cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def _is_of(value: Any, hint: Any) -> bool:
    origin = get_origin(hint)
    if origin is Literal:
        return value in get_args(hint)
    if origin is tuple:
        kind = get_args(hint)[0]
        return isinstance(value, tuple) and all(isinstance(item, kind) for item in value)
    if origin in (Union, UnionType):
        return any(_is_of(value, one) for one in get_args(hint))
    if hint is datetime:
        return isinstance(value, datetime) and value.tzinfo is not None
    return type(value) is hint
