"""Feeds as OPML: those of a lake, and lists that are brought along.

Apart from how feeds are, which `feeds` shows: what reads lists takes as long to import as a lake of
a few feeds takes to read.
"""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from feedlake.pipeline.lake.lake import Lake
from feedlake.pipeline.options.failures import UsageError
from feedlake.pipeline.web.feed_lists import MAX_LIST_BYTES
from feedlake.pipeline.web.feed_status import find_dropped
from feedlake.pipeline.web.web_history import read_web_history
from feedlake.pipeline.web.web_sources import read_arguments
from feedlake.transforms.feeds.opml import BadOpml, Outline, read_opml, write_opml
from feedlake.transforms.normalize.urls import canonicalize_url
from feedlake.transforms.records.polls import SourceOptions

# What a terminal would obey, and XML allows; as a reference it means the same.
_UNPRINTABLE = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")


def export_opml(lake_path: str, *, now: datetime) -> bytes:
    """Returns the feeds of a lake as OPML.

    Left out are addresses that led to others, and feeds that are polled no more.

    Raises:
        UsageError: The path is no lake.
        LakeError: A file of the lake is damaged.
    """
    lake = Lake(lake_path)
    lake.check_exists()
    known = lake.ask(lambda snapshot: read_web_history(snapshot, now=now)).addresses
    tags: defaultdict[str, dict[str, None]] = defaultdict(dict)
    for address in known.values():
        for child in address.children:
            tags[child.url].update(dict.fromkeys(child.tags))
    dropped = find_dropped(known)
    outlines = [
        Outline(
            address.state.address,
            title=address.title,
            tags=tuple(tags[source]),
            site_url=None,
        )
        for source, address in known.items()
        if address.kind in ("feed", None) and not address.state.is_stopped and source not in dropped
    ]
    return _write(outlines, title="Feeds of a feedlake", now=now)


@dataclass(frozen=True)
class Imported:
    """A list of feeds that was read.

    Attributes:
        body: It as OPML.
        feeds: Addresses in it.
        left_out: Lists that it includes, which are sources of their own.
    """

    body: bytes
    feeds: int
    left_out: int


def import_list(path: str, *, now: datetime) -> Imported:
    """Returns a list of feeds as OPML.

    Args:
        path: OPML, or a text with one address a line.
        now: The time, UTC.

    Raises:
        UsageError: The file is no list of feeds.
    """
    options: dict[str, SourceOptions] = {}
    read = read_arguments([path], options=options)
    if read.files or not read.sources:
        raise UsageError(
            f"{path}: not a list of feeds; must be OPML, or a text with one http(s) address a line"
        )
    described, includes = _read_outlines(path)
    outlines = [
        Outline(feed.url, title=named.title, tags=feed.options.tags, site_url=named.site_url)
        for feed in read.sources
        if (key := canonicalize_url(feed.url)) not in includes
        for named in [described.get(key or "", Outline(feed.url))]
    ]
    body = _write(outlines, title="Feeds", now=now)
    return Imported(body, len(outlines), len(read.sources) - len(outlines))


def _read_outlines(path: str) -> tuple[dict[str, Outline], frozenset[str]]:
    """The feeds of an OPML file and the lists that it includes, by canonical address."""
    with open(os.path.expanduser(path), "rb") as stream:
        opml = read_opml(stream.read(MAX_LIST_BYTES))
    if isinstance(opml, BadOpml):
        return {}, frozenset()
    feeds = {canonicalize_url(feed.url) or "": feed for feed in opml.outlines}
    includes = {canonicalize_url(include.url) or "" for include in opml.includes}
    return feeds, frozenset(includes - feeds.keys())


def _write(outlines: Iterable[Outline], *, title: str, now: datetime) -> bytes:
    """OPML that a terminal may show."""
    ordered = sorted(outlines, key=lambda outline: (outline.tags, outline.url))
    text = write_opml(ordered, title=title, created_at=now).decode()
    return _UNPRINTABLE.sub(lambda found: f"&#x{ord(found[0]):x};", text).encode()
