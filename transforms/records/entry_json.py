"""Entries as JSON: how those whose pages wait are kept in the lake."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from datetime import datetime

from feedlake.transforms.normalize.urls import canonicalize_url
from feedlake.transforms.records.documents import Document, Entry
from feedlake.transforms.records.rights_statement import RightsStatement

_TIMES = ("published_at", "updated_at", "fetched_at")
_NAMES = ("authors", "tags")
_CHANGED = "is_changed"
_LEFT_OUT = ("source_record", "charset", "feed_text", "text_note", "read_at")


def deferred_id(document: Document) -> str:
    """Returns the identity of an entry among those that wait, 32 hex digits."""
    canonical_url = canonicalize_url(document.url or "")
    return deferred_id_of(document.source, canonical_url or document.url)


def deferred_id_of(source: str, url: str | None) -> str:
    """Returns the same from the source and the canonical URL (or the address as it is)."""
    name = f"{source}\x00{url}".encode("utf-8", "surrogatepass")
    return hashlib.sha256(name).hexdigest()[:32]


def entry_json(entry: Entry) -> str:
    """Returns what a source says of an entry, as a JSON object."""
    fields = dataclasses.asdict(entry.document)
    for name in _LEFT_OUT:
        del fields[name]
    return json.dumps({**fields, _CHANGED: entry.is_changed}, default=datetime.isoformat)


def read_entry_json(text: str) -> Entry:
    """Returns the entry that `entry_json` gave; its attempts are not in it."""
    fields = json.loads(text)
    is_changed = fields.pop(_CHANGED)
    for name in _TIMES:
        fields[name] = datetime.fromisoformat(fields[name]) if fields[name] else None
    for name in _NAMES:
        fields[name] = tuple(fields[name])
    # What waits since before there were statements has none.
    fields["rights"] = tuple(RightsStatement(**one) for one in fields.get("rights", ()))
    return Entry(Document(**fields), is_changed=is_changed, is_deferred=True)
