"""By what an entry of a feed is known: its address, its guid, or neither where others share it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from transforms.parsed_feed import Fields, string_in
from transforms.records import Document, Rejection


def mark_shared(
    records: Sequence[Document | Rejection], *, entries: Sequence[Fields]
) -> list[Document | Rejection]:
    """Returns the records, without guids that identify nothing, and with such addresses marked.

    Several entries with one address but different ids (or titles, where they have no id) share
    it. A guid that entries with different addresses (or titles, where they have no address) give
    is none. What follows a `#` in a link does not count: it is not part of a page's identity.

    Args:
        records: What the entries were read as.
        entries: As in `ParsedFeed`.
    """
    names: defaultdict[str, set[str]] = defaultdict(set)
    pages: defaultdict[str, set[str | None]] = defaultdict(set)
    for record, entry in zip(records, entries, strict=True):
        page = _page(record)
        if page and (name := string_in(entry, "id") or record.title):
            names[page].add(name)
        if isinstance(record, Document) and record.guid:
            pages[record.guid].add(page or record.title)
    shared_pages = {page for page, found in names.items() if len(found) > 1}
    shared_guids = {guid for guid, found in pages.items() if len(found) > 1}
    return [
        replace(
            record,
            guid=None if record.guid in shared_guids else record.guid,
            has_shared_url=_page(record) in shared_pages,
        )
        if isinstance(record, Document)
        and (record.guid in shared_guids or _page(record) in shared_pages)
        else record
        for record in records
    ]


def _page(record: Document | Rejection) -> str | None:
    return record.url.partition("#")[0] if record.url else None
