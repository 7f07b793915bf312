"""The part of a run's graph that asks the web: it polls addresses and fetches pages of entries."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import KW_ONLY, dataclass
from typing import Any

import apache_beam as beam

from feedlake.pipeline.run.graph import Web
from feedlake.transforms.crawl.crawl_records import HostBackoff, RobotsText
from feedlake.transforms.crawl.host_shards import shard_of
from feedlake.transforms.fetch.drop_known import DropKnown, Lookup, Waited
from feedlake.transforms.fetch.fetch_pages import FetchedPages, FetchPages
from feedlake.transforms.fetch.fetched_page import FetchOptions
from feedlake.transforms.poll.poll_answer import PollOptions
from feedlake.transforms.poll.poll_sources import PolledSources, PollSources
from feedlake.transforms.records.documents import BACKLOG, Deferral, Entry
from feedlake.transforms.records.polls import WebSource
from feedlake.transforms.records.stateless import flat_map, map_one
from feedlake.transforms.removal.removed_keys import RemovedKeys


@dataclass(frozen=True)
class WebPlan:
    """What one pipeline does on the web.

    Attributes:
        sources: Addresses to poll.
        waiting: Entries whose pages earlier runs could not have.
        waits: Of all that wait from these sources: attempts and time of the first, by identity.
        hosts: What is known of hosts: robots.txt files, and until when some are left alone.
        polling: Options of polling.
        fetching: Options of fetching pages.
        open_removed: Gives a worker what was removed from the lake; None: nothing was.
        shards: Parts that are polled and fetched side by side, each in one worker; all hosts of a
            site are in one. 1: one worker asks them all.
    """

    sources: tuple[WebSource, ...]
    _: KW_ONLY
    waiting: tuple[Entry, ...]
    waits: Mapping[str, Waited]
    hosts: tuple[RobotsText | HostBackoff, ...]
    polling: PollOptions
    fetching: FetchOptions
    shards: int
    open_removed: Callable[[], RemovedKeys] | None = None


def build_web(pipeline: beam.Pipeline, lookup: Lookup, *, plan: WebPlan) -> Web:
    """Adds polling and fetching; all requests to a host are made in one place, one by one.

    On a cluster, what leads to a site that another worker asks is given up there, and asked by one
    worker alone when all others have ended.

    Args:
        pipeline: Where the rest of the graph is added to.
        lookup: Finds keys in the lake.
        plan: What to do.
    """
    shards = plan.shards if plan.shards > 1 else 0
    listed = pipeline | "ListWeb" >> beam.Create((*plan.sources, *plan.hosts, *plan.waiting))
    retried = listed | "TakeWaiting" >> beam.Filter(_is_of, (Entry,))
    polled = (
        listed
        | "TakeAddresses" >> beam.Filter(_is_of, (WebSource, *_HOSTS))
        | "KeyAddresses" >> map_one(_shard, shards=plan.shards)
        | "GroupAddresses" >> beam.GroupByKey()
        | "PollSources" >> PollSources(plan.polling, shards)
    )
    if shards:
        again = (
            (polled.strayed, listed | "TakeClosed" >> beam.Filter(_is_of, (HostBackoff,)))
            | "JoinStrayedPolls" >> beam.Flatten()
            | "BringPolls" >> map_one(_to_one)
            | "GroupStrayedPolls" >> beam.GroupByKey()
            | "PollStrayed" >> PollSources(plan.polling, shards=1)
        )
        polled = PolledSources(*_joined("Polls", polled, again))
    sorted_ = (
        (polled.entries, retried)
        | "JoinEntries" >> beam.Flatten()
        | "DropKnown" >> DropKnown(lookup, plan.waits, plan.open_removed)
    )
    pages = (
        (sorted_.entries, listed | "TakeHosts" >> beam.Filter(_is_of, _HOSTS))
        | "JoinPages" >> beam.Flatten()
        | "KeyPages" >> map_one(_shard, shards=plan.shards)
        | "GroupPages" >> beam.GroupByKey()
        | "FetchPages" >> FetchPages(plan.fetching, shards)
    )
    if shards:
        late = (
            (pages.strayed, listed | "TakeClosedHosts" >> beam.Filter(_is_of, (HostBackoff,)))
            | "JoinStrayedPages" >> beam.Flatten()
            | "BringPages" >> map_one(_to_one)
            | "GroupStrayedPages" >> beam.GroupByKey()
            | "FetchStrayed" >> FetchPages(plan.fetching, shards=1)
        )
        pages = FetchedPages(*_joined("Pages", pages, late))
    waiting = (polled.waiting, pages.waiting) | "JoinWaiting" >> beam.Flatten()
    return Web(
        documents=(polled.documents, pages.documents),
        rejected=(polled.rejected, sorted_.rejected, pages.rejected),
        reports=(polled.reports, pages.reports),
        known=(
            polled.known | "NameSame" >> map_one(lambda count: ("known_by_entry", count)),
            (sorted_.known, pages.known)
            | "JoinNamed" >> beam.Flatten()
            | "CountNamed" >> map_one(lambda name: (name, 1)),
        ),
        recognised=(sorted_.recognised,),
        deferrals=(waiting, pages.done, sorted_.done),
        counts=(
            retried | "CountRetried" >> map_one(lambda _: ("documents", 1)),
            waiting | "CountWaiting" >> flat_map(_count_waiting),
            polled.left | "CountLeft" >> map_one(lambda left: ("left", left)),
        ),
        unasked=polled.unasked,
        archived=() if plan.polling.archive is None else (polled.archived, pages.archived),
    )


_HOSTS = (RobotsText, HostBackoff)


def _is_of(item: object, kinds: tuple[type, ...]) -> bool:
    return isinstance(item, kinds)


def _shard(item: WebSource | Entry | RobotsText | HostBackoff, *, shards: int) -> tuple[int, Any]:
    """The item, keyed by the part that its host is in."""
    if isinstance(item, WebSource):
        url = item.state.address if item.state else item.url
    else:
        url = item.document.url or "" if isinstance(item, Entry) else item.url
    return shard_of(url, of=shards), item


def _to_one(item: Any) -> tuple[int, Any]:
    return 0, item


def _joined(name: str, *rounds: tuple[Any, ...]) -> Iterator[Any]:
    """What two rounds of a step give, one after the other of its outputs."""
    for number, outputs in enumerate(zip(*rounds, strict=True)):
        yield outputs | f"Join{name}{number}" >> beam.Flatten()


def _count_waiting(deferral: Deferral) -> Iterable[tuple[str, int]]:
    """Returns what to add to the counts: an entry that waits was counted as a document before."""
    backlog = 1 if deferral.reason == BACKLOG else 0
    return ("documents", -1), ("deferred", 1), ("backlog", backlog)
