"""The rule for whether what comes was removed: by its address, its text, its guid or its entry."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import numpy as np
import numpy.typing as npt

from feedlake.transforms.dedup.fingerprint import Fingerprinted
from feedlake.transforms.dedup.lookup import NEVER, guid_key
from feedlake.transforms.normalize.microseconds import to_microseconds
from feedlake.transforms.records.documents import Document
from feedlake.transforms.removal.tombstone import Tombstone, address_ids, title_key

REMOVED = "removed"
"""The reason of rejects whose document was removed."""

NEAR_S = 24 * 3_600
"""Between two times of publication, for a guid to stand for one entry although its title differs.
Some feeds give their guids anew to each day's stories."""

Test = Literal["address", "text", "guid", "entry"]

_WORDS = {
    "address": "what was at its address",
    "text": "its text",
    "guid": "the entry with its guid",
    "entry": "this entry of the feed",
}


@dataclass(frozen=True)
class Found:
    """A removal that a document falls under.

    Attributes:
        test: By what it is known.
        removed_at: When that was removed, UTC.
        reason: Why, in the operator's words.
    """

    test: Test
    removed_at: datetime
    reason: str

    def sentence(self) -> str:
        """Returns what a reject says of it."""
        return f"{_WORDS[self.test]} was removed on {self.removed_at:%Y-%m-%d}: {self.reason}"


class RemovedKeys:
    """What tombstones are known by, in sorted arrays: about 100 bytes for each of them."""

    def __init__(self, tombstones: Iterable[Tombstone]) -> None:
        notes: dict[tuple[datetime, str], int] = {}
        addresses, stated, texts, guids, marks = (_Gathered() for _ in range(5))
        titles: list[bytes] = []
        times: list[int] = []
        for one in tombstones:
            note = notes.setdefault((one.removed_at, one.reason), len(notes))
            for name in one.address_ids:
                (stated if one.kind == "address" else addresses).add(bytes.fromhex(name), note)
            for text in {one.text_sha256, one.content_sha256} - {None}:
                texts.add(text or b"", note)
            if one.entry_mark:
                marks.add(bytes.fromhex(one.entry_mark), note)
            if one.guid_key:
                guids.add(one.guid_key, note)
                titles.append(one.title_key or bytes(4))
                times.append(to_microseconds(one.published_at) if one.published_at else NEVER)
        self._notes = list(notes)
        self._addresses, self._stated = addresses.sorted(), stated.sorted()
        self._texts, self._marks, self._guids = texts.sorted(), marks.sorted(), guids.sorted()
        order = self._guids.order
        self._titles = np.frombuffer(b"".join(titles), dtype="S4")[order] if titles else None
        self._times = np.array(times, dtype=np.int64)[order]

    def find_article(self, fingerprinted: Fingerprinted) -> Found | None:
        """Returns the removal that an article falls under, if any.

        Its text need not be the one that was removed, if its address is; and the other way round.
        """
        key, article = fingerprinted.key, fingerprinted.article
        ids = [key.own_id] if key.has_own_url else []
        if key.has_url:
            ids += [key.article_id, *address_ids(article.canonical_url, article.url)]
        return (
            self._find("address", self._addresses, _hex_words(ids))
            or self._find("address", self._stated, _hex_words([*ids, key.address_id]))
            or self._find("text", self._texts, (key.text_hash, key.content_sha256))
            or self._find_mark(article.entry_mark)
            or self._find_guid(key.guid_key, article.title, key.published_at)
        )

    def find_entry(self, document: Document) -> Found | None:
        """Returns the removal that an entry of a feed falls under, before its page is fetched."""
        published = document.published_at
        return (
            self.find_address(document.url, is_shared=document.has_shared_url)
            or self._find_mark(document.entry_mark)
            or self._find_guid(
                guid_key(document.source, document.guid),
                document.title,
                to_microseconds(published) if published else NEVER,
            )
        )

    def find_address(self, url: str | None, *, is_shared: bool = False) -> Found | None:
        """Returns the removal that whatever is at an address falls under.

        Args:
            url: The address.
            is_shared: Whether it identifies nothing, since entries share it: then only what the
                operator has said of the address itself counts.
        """
        ids = _hex_words(address_ids(url))
        found = None if is_shared else self._find("address", self._addresses, ids)
        return found or self._find("address", self._stated, ids)

    def find_known(
        self, *, source: str, url: str | None, guid: str | None, title: str | None, mark: str | None
    ) -> Found | None:
        """Returns the removal that a row about an entry falls under, of which no time is known."""
        return (
            self.find_address(url)
            or self._find_mark(mark)
            or self._find_guid(guid_key(source, guid), title, NEVER)
        )

    def _find_mark(self, mark: str | None) -> Found | None:
        return self._find("entry", self._marks, [bytes.fromhex(mark)] if mark else [])

    def _find_guid(self, guid: bytes, title: str | None, published: int) -> Found | None:
        """The removal of an entry with this guid; unless it had another title on another day."""
        if not guid or self._titles is None:
            return None
        key = title_key(title)
        for place in self._guids.places(guid):
            held, held_time = bytes(self._titles[place]), int(self._times[place])
            is_titled = not key or not held.rstrip(b"\0") or key.rstrip(b"\0") == held
            is_near = (
                NEVER not in (published, held_time)
                and abs(published - held_time) <= NEAR_S * 1_000_000
            )
            if is_titled or is_near:
                return self._found("guid", self._guids.note_at(place))
        return None

    def _find(self, test: Test, table: _Table, keys: Iterable[bytes]) -> Found | None:
        for key in keys:
            for place in table.places(key):
                return self._found(test, table.note_at(place))
        return None

    def _found(self, test: Test, note: int) -> Found:
        removed_at, reason = self._notes[note]
        return Found(test, removed_at, reason)


def _hex_words(ids: Iterable[str]) -> list[bytes]:
    return [bytes.fromhex(name) for name in ids if name]


class _Table:
    """Keys of 8 bytes in their order, each with the number of a note."""

    def __init__(self, keys: npt.NDArray[np.uint64], notes: npt.NDArray[np.int32]) -> None:
        self.order = np.argsort(keys, kind="stable")
        self._keys, self._notes = keys[self.order], notes[self.order]

    def places(self, key: bytes) -> range:
        """Where the first 8 bytes of a key are."""
        if not len(self._keys):
            return range(0)
        word = np.uint64(int.from_bytes(key[:8], "big"))
        left, right = (int(np.searchsorted(self._keys, word, side)) for side in ("left", "right"))
        return range(left, right)

    def note_at(self, place: int) -> int:
        """The number of the note there."""
        return int(self._notes[place])


class _Gathered:
    """Keys as they come."""

    def __init__(self) -> None:
        self._keys = bytearray()
        self._notes: list[int] = []

    def add(self, key: bytes, note: int) -> None:
        """Adds one."""
        self._keys += key[:8]
        self._notes.append(note)

    def sorted(self) -> _Table:
        """All of them."""
        keys = np.frombuffer(bytes(self._keys), dtype=">u8").astype(np.uint64)
        return _Table(keys, np.array(self._notes, dtype=np.int32))
