"""Which addresses the operator's SOURCE arguments stand for, and which of them are polled now."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from urllib.parse import unquote, urlsplit, urlunsplit

from feedlake.pipeline.options.failures import UsageError
from feedlake.pipeline.options.run_options import without_credentials
from feedlake.pipeline.terminal.console import printable
from feedlake.pipeline.web.web_history import KnownAddress
from feedlake.transforms.feeds.opml import BadOpml, read_opml
from feedlake.transforms.feeds.url_list import describe_skipped, read_url_list
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
from feedlake.transforms.poll.polling import (
    FALL_BACK_FAILURES,
    MAX_CHILDREN,
    child_source,
    is_due,
    resume,
)
from feedlake.transforms.read.kinds import HEAD_BYTES, Unknown, detect_kind
from feedlake.transforms.records.polls import Child, SourceOptions, WebSource

_log = logging.getLogger("feedlake")

MAX_LIST_BYTES = 64 << 20
"""Largest list of feeds that is read: a million feeds have about that."""


@dataclass(frozen=True)
class Arguments:
    """The SOURCE arguments, told apart.

    Attributes:
        files: Those that are files, folders and patterns.
        sources: Addresses, given as such or listed in a file that was given.
    """

    files: tuple[str, ...]
    sources: tuple[WebSource, ...]


def read_arguments(arguments: Iterable[str], *, options: Mapping[str, SourceOptions]) -> Arguments:
    """Returns the arguments, told apart, each address once.

    A list of feeds (OPML, or a text with one address a line) counts as one if the file itself is
    named; inside a folder it is a file that holds no articles.

    Args:
        arguments: As given.
        options: What the operator decides about addresses, by address.

    Raises:
        UsageError: An address or a list makes no sense.
    """
    files: list[str] = []
    sources: dict[str, WebSource] = {}
    for argument in arguments:
        if argument.lower().startswith(("http://", "https://")):
            _add(sources, read_address(argument, name="SOURCE"), (), options)
            continue
        listed = _read_list(argument)
        if listed is None:
            files.append(argument)
            continue
        for child in listed:
            kind = "feed" if child.is_feed else None
            found = replace(read_address(child.url, name=argument), kind=kind, is_child=True)
            _add(sources, found, child.tags, options)
    return Arguments(tuple(files), tuple(sources.values()))


def read_address(text: str, *, name: str) -> WebSource:
    """Returns the source of an address, its credentials apart.

    Args:
        text: An http(s) address.
        name: What the operator calls it, for the message.

    Raises:
        UsageError: It is none.
    """
    try:
        parts = urlsplit(text.strip())
        host, _ = parts.hostname, parts.port
    except ValueError:
        host = None
    if not host:
        raise UsageError(f"{name} {without_credentials(text)}: must be an http(s) address")
    user, _, place = parts.netloc.rpartition("@")
    place = place.lower()
    url = urlunsplit((parts.scheme.lower(), place, parts.path or "/", parts.query, ""))
    return WebSource(url, credentials=unquote(user) or None)


def with_history(
    sources: Iterable[WebSource],
    known: Mapping[str, KnownAddress],
    *,
    options: Mapping[str, SourceOptions],
) -> list[WebSource]:
    """Returns the sources with what earlier runs have found out, and those they have led to.

    Args:
        sources: As given.
        known: What the lake holds, by address.
        options: What the operator decides about addresses, by address.
    """
    found = {source.url: _with_state(source, known) for source in sources}
    level = sorted(found.values(), key=lambda source: source.url)
    while level and len(found) < MAX_CHILDREN:
        led_to: dict[str, WebSource] = {}
        for parent in level:
            address = known.get(parent.url)
            for child in address.children if address else ():
                source = child_source(child, parent, own=options)
                if source.url in led_to:  # By several lists: it has the tags of all.
                    first = led_to[source.url]
                    tags = tuple(dict.fromkeys((*first.options.tags, *source.options.tags)))
                    led_to[source.url] = replace(first, options=replace(first.options, tags=tags))
                elif source.url not in found:
                    led_to[source.url] = source
        level = [_with_state(source, known) for source in led_to.values()]
        found.update((source.url, source) for source in level)
    return sorted(found.values(), key=lambda source: source.url)


def which_due(
    sources: Iterable[WebSource],
    known: Mapping[str, KnownAddress],
    *,
    now: datetime,
    is_scheduled: bool,
) -> list[WebSource]:
    """Returns the sources to be polled now.

    A scheduled run polls what is due. Any other polls all but those that asked to be left alone
    for some time, and those that are gone, unless they are named by their own address.

    Args:
        sources: With their states.
        known: What the lake holds, by address.
        now: The time, UTC.
        is_scheduled: Whether the run is one of many.
    """
    chosen = []
    for source in sources:
        state = source.state
        if state is None or (is_scheduled and is_due(state, now=now)):
            chosen.append(source)
        elif not is_scheduled:
            asked_to_wait = known[source.url].status == "waiting" and not is_due(state, now=now)
            if state.is_stopped and not source.is_child:
                chosen.append(replace(source, state=resume(state)))
            elif not asked_to_wait and not state.is_stopped:
                chosen.append(source)
    return chosen


def _add(
    sources: dict[str, WebSource],
    source: WebSource,
    tags: tuple[str, ...],
    options: Mapping[str, SourceOptions],
) -> None:
    before = sources.get(source.url)
    own = before.options if before else options.get(source.url, SourceOptions())
    own = replace(own, tags=tuple(dict.fromkeys((*own.tags, *tags))))
    if before is not None:
        source = replace(
            source,
            credentials=before.credentials or source.credentials,
            kind=source.kind if source.kind == before.kind else None,
            is_child=source.is_child and before.is_child,
        )
    sources[source.url] = replace(source, options=own)


def _read_list(argument: str) -> tuple[Child, ...] | None:
    """The addresses that a file lists; None if it is no list, or not one file of this machine."""
    path = os.path.expanduser(argument)
    if not storage.is_local(argument) or not os.path.isfile(path):
        return None
    try:
        with open(path, "rb") as raw:
            compression = detect_compression(read_head(raw, 16))
            raw.seek(0)
            stream = decompress(raw, compression) if compression else raw
            head = read_head(stream, HEAD_BYTES)
            kind = detect_kind(head, path=path)
            if kind != Unknown("OPML") and not _may_list(kind, head):
                return None
            raw.seek(0)
            stream = decompress(raw, compression) if compression else raw
            body = read_all(stream, max_bytes=MAX_LIST_BYTES)
    except TooLargeError:
        return None if kind != Unknown("OPML") else _too_large(argument)
    except STREAM_FAULTS:
        return None  # Reading it as a source says what is wrong.
    if kind != Unknown("OPML"):
        text = decode_body(body)
        listed = read_url_list(text)
        if listed is None:
            return None
        if (skipped := describe_skipped(text)) is not None:
            _warn(f"{argument}: {skipped}")
        return tuple(Child(item.url, item.tags) for item in listed)
    opml = read_opml(body)
    if isinstance(opml, BadOpml):
        raise UsageError(f"SOURCE {argument}: {opml.detail}")
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


def _is_alive(child: Child, known: Mapping[str, KnownAddress]) -> bool:
    address = known.get(child.url)
    return address is not None and address.state.failures < FALL_BACK_FAILURES


def _may_list(kind: object, head: bytes) -> bool:
    return kind == "text" and "://" in decode_body(head)


def _too_large(argument: str) -> tuple[Child, ...]:
    raise UsageError(
        f"SOURCE {argument}: the list of feeds has more than {MAX_LIST_BYTES >> 20} MiB"
    )


def _with_state(source: WebSource, known: Mapping[str, KnownAddress]) -> WebSource:
    address = known.get(source.url)
    if address is None:
        return source
    return replace(
        source,
        state=address.state,
        entry_fingerprints=address.entry_fingerprints,
        last_kind=address.kind,
        feeds=tuple(child for child in address.children if _is_alive(child, known)),
        kind=source.kind or (address.kind if address.kind in ("feed", "sitemap") else None),
    )
