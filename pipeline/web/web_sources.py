"""Which addresses the operator's SOURCE arguments stand for, and which of them are polled now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import unquote, urlsplit, urlunsplit

from feedlake.pipeline.options.failures import UsageError
from feedlake.pipeline.options.run_options import without_credentials
from feedlake.pipeline.web.feed_lists import KeptLists, read_list
from feedlake.pipeline.web.web_history import KnownAddress
from feedlake.transforms.poll import polling
from feedlake.transforms.poll.polling import (
    FALL_BACK_FAILURES,
    MAX_CHILDREN,
    child_source,
    is_due,
    resume,
)
from feedlake.transforms.records.polls import Child, SourceOptions, WebSource


@dataclass(frozen=True)
class Arguments:
    """The SOURCE arguments, told apart.

    Attributes:
        files: Those that are files, folders and patterns.
        sources: Addresses, given as such or listed in a file that was given.
    """

    files: tuple[str, ...]
    sources: tuple[WebSource, ...]


def read_arguments(
    arguments: Iterable[str],
    *,
    options: Mapping[str, SourceOptions],
    kept: KeptLists | None = None,
) -> Arguments:
    """Returns the arguments, told apart, each address once.

    A list of feeds (OPML, or a text with one address a line) counts as one if the file itself is
    named; inside a folder it is a file that holds no articles.

    Args:
        arguments: As given.
        options: What the operator decides about addresses, by address.
        kept: What each list held when it was last good, which counts where one no longer is.

    Raises:
        UsageError: An address or a list makes no sense.
    """
    files: list[str] = []
    sources: dict[str, WebSource] = {}
    for argument in arguments:
        if argument.lower().startswith(("http://", "https://")):
            _add(sources, read_address(argument, name="SOURCE"), (), options)
            continue
        listed = read_list(argument) if kept is None else kept.read(argument)
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

    Of those that were never polled, each source leads to no more than a run may take of it.

    Args:
        sources: As given.
        known: What the lake holds, by address.
        options: What the operator decides about addresses, by address.
    """
    found = {source.url: with_state(source, known) for source in sources}
    level = sorted(found.values(), key=lambda source: source.url)
    left = polling.NEW_OF_RUN
    while level and len(found) < MAX_CHILDREN:
        led_to: dict[str, WebSource] = {}
        for parent in level:
            address = known.get(parent.url)
            room = polling.NEW_OF_SOURCE
            for child in address.children if address else ():
                source = child_source(child, parent, own=options)
                if source.url not in known and source.url not in found:
                    room, left = room - 1, left - 1
                    if room < 0 or left < 0:
                        continue
                if source.url in led_to:  # By several lists: it has the tags of all.
                    first = led_to[source.url]
                    tags = tuple(dict.fromkeys((*first.options.tags, *source.options.tags)))
                    led_to[source.url] = replace(first, options=replace(first.options, tags=tags))
                elif source.url not in found:
                    led_to[source.url] = source
        level = [with_state(source, known) for source in led_to.values()]
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


def _is_alive(child: Child, known: Mapping[str, KnownAddress]) -> bool:
    address = known.get(child.url)
    return address is not None and address.state.failures < FALL_BACK_FAILURES


def with_state(source: WebSource, known: Mapping[str, KnownAddress]) -> WebSource:
    """Returns a source with what earlier polls of it have found.

    Args:
        source: The source.
        known: What is known, by address.
    """
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
