"""Files that list the addresses of feeds: what they say, or what is wrong with them."""

from __future__ import annotations

import logging
import os
from dataclasses import dataclass, field
from functools import lru_cache

from feedlake.pipeline.options.failures import UsageError
from feedlake.pipeline.options.run_options import without_credentials
from feedlake.pipeline.terminal.console import printable
from feedlake.transforms.feeds.opml import BadOpml, find_lost_address, read_opml
from feedlake.transforms.feeds.url_list import (
    describe_broken_list,
    describe_skipped,
    find_broken_list,
    is_meant_as_list,
    read_url_list,
)
from feedlake.transforms.normalize import storage
from feedlake.transforms.normalize.charset import decode_body
from feedlake.transforms.normalize.streams import (
    STREAM_FAULTS,
    TooLargeError,
    decompress,
    detect_compression,
    read_all,
    read_head,
)
from feedlake.transforms.read.kinds import HEAD_BYTES, Unknown, detect_kind
from feedlake.transforms.records.polls import Child

_log = logging.getLogger("feedlake")

MAX_LIST_BYTES = 64 << 20
"""Largest list of feeds that is read: a million feeds have about that."""

_OPML = Unknown("OPML")


@dataclass
class KeptLists:
    """What lists held when they were last good: a schedule outlives a slip of the pen in one.

    Attributes:
        complaints: What is wrong with lists of which the last good version was used, in the order
            in which they were read; each once.
    """

    complaints: list[str] = field(default_factory=list)
    _good: dict[str, tuple[Child, ...]] = field(default_factory=dict, repr=False)

    def read(self, argument: str) -> tuple[Child, ...] | None:
        """Returns what `read_list` does or, if that is no list any more, what it held before.

        Args:
            argument: As given.

        Raises:
            UsageError: The list is wrong, and was never good.
        """
        try:
            found = read_list(argument)
            is_there = os.path.exists(os.path.expanduser(argument))
            what = "not a list of feeds any more" if is_there else "no such file any more"
            complaint = f"SOURCE {argument}: {what}"
        except UsageError as error:
            if argument not in self._good:
                raise
            found, complaint = None, str(error)
        if found is not None:
            self._good[argument] = found
            return found
        if argument in self._good and complaint not in self.complaints:
            self.complaints.append(complaint)
        return self._good.get(argument)


def read_list(argument: str) -> tuple[Child, ...] | None:
    """Returns the addresses that a file lists; None if it is no list, or no file of this machine.

    Args:
        argument: A SOURCE, as given.

    Raises:
        UsageError: It is meant as a list, and something in it is wrong.
    """
    path = os.path.expanduser(argument)
    if not storage.is_local(argument) or not os.path.isfile(path):
        return None
    is_list = False
    try:
        with open(path, "rb") as raw:
            compression = detect_compression(read_head(raw, 16))
            raw.seek(0)
            stream = decompress(raw, compression) if compression else raw
            head = read_head(stream, HEAD_BYTES)
            kind = detect_kind(head, path=path)
            if _is_called_opml(path):
                kind = _OPML
            is_list = kind == _OPML or (kind == "text" and _may_list(head))
            if not is_list:
                return None
            raw.seek(0)
            stream = decompress(raw, compression) if compression else raw
            body = read_all(stream, max_bytes=MAX_LIST_BYTES)
    except TooLargeError as error:
        size = f"{MAX_LIST_BYTES >> 20} MiB"
        raise UsageError(f"SOURCE {argument}: the list of feeds has more than {size}") from error
    except STREAM_FAULTS as error:
        if is_list:
            raise UsageError(f"SOURCE {argument}: the list of feeds is damaged: {error}") from error
        return None  # Reading it as a source says what is wrong.
    return _read_opml(body, argument) if kind == _OPML else _read_text(body, argument)


def _is_called_opml(path: str) -> bool:
    name = os.path.basename(path).lower()
    return os.path.splitext(name)[1] == ".opml" or ".opml." in name


def _may_list(head: bytes) -> bool:
    """Whether a text is meant as a list, as far as its whole first lines tell."""
    text = decode_body(head)
    if len(head) >= HEAD_BYTES:
        text = text.rpartition("\n")[0] or text
    return is_meant_as_list(text)


def _read_text(body: bytes, argument: str) -> tuple[Child, ...] | None:
    text = decode_body(body)
    broken = find_broken_list(text)
    if broken is not None:
        raise UsageError(f"SOURCE {argument}: {describe_broken_list(broken)}")
    listed = read_url_list(text)
    if listed is None:
        return None
    if (skipped := describe_skipped(text)) is not None:
        _warn(f"{argument}: {skipped}")
    return tuple(Child(item.url, item.tags) for item in listed)


def _read_opml(body: bytes, argument: str) -> tuple[Child, ...]:
    opml = read_opml(body)
    if isinstance(opml, BadOpml):
        raise UsageError(f"SOURCE {argument}: {opml.detail}")
    if opml.is_truncated:
        line = body.count(b"\n") + (not body.endswith(b"\n"))
        raise UsageError(
            f"SOURCE {argument}: line {line}: the list ends before </opml>; it has been cut off"
        )
    lost = find_lost_address(body)
    if lost is not None:
        shown = without_credentials(lost.text)
        raise UsageError(
            f"SOURCE {argument}: line {lost.line}: damaged, so this address is lost: {shown}"
        )
    if opml.wrong_count:
        shown = ", ".join(without_credentials(url) for url in opml.wrong_urls[:3])
        _warn(f"{argument}: {opml.wrong_count:,} of its addresses aren't valid: {shown}")
    feeds = tuple(Child(feed.url, feed.tags, is_feed=True) for feed in opml.outlines)
    children = feeds + tuple(Child(include.url, include.tags) for include in opml.includes)
    if not children:
        raise UsageError(f"SOURCE {argument}: the list has no http(s) address of a feed in it")
    return children


@lru_cache(1_000)
def _warn(sentence: str) -> None:
    """Says something once in the life of the process, however often the list is read."""
    _log.warning(printable(sentence))
