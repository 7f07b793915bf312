"""The step that polls each address at its time, for ever."""

from __future__ import annotations

import functools
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import apache_beam as beam
from apache_beam import pvalue
from apache_beam.coders import PickleCoder
from apache_beam.transforms.timeutil import TimeDomain
from apache_beam.transforms.userstate import ReadModifyWriteStateSpec, TimerSpec, on_timer

from feedlake.transforms.normalize.hosts import host_of
from feedlake.transforms.process.errands import Errands, shared_errands
from feedlake.transforms.process.process_wide import process_wide
from feedlake.transforms.process.stop import StopRequest
from feedlake.transforms.process.unpublished import Unpublished
from feedlake.transforms.records.documents import Entry, SourceReport
from feedlake.transforms.records.polls import WebSource
from feedlake.transforms.records.ready import Ready
from feedlake.transforms.stream.timing import LAST_LOOK_S, next_look_s

ASK_AGAIN_S = 60.0
"""When an address has its next turn if its host had no time for it."""

_BODY_READ = ("read", "partial")
_LASTING_KINDS = ("feed", "sitemap")

Ask = Callable[[WebSource], Iterable[Ready | Entry]]
"""Polls an address: gives what is ready of it, and the entries whose pages are to be fetched."""


class KeptPolling(NamedTuple):
    """What `KeepPolling` gives.

    Attributes:
        ready: Of `Ready`: what polls came to, entries that are not fetched included.
        entries: Pairs of a host and a list of `Entry`: those whose pages are to be fetched. To hand
            over an element costs some milliseconds, whatever it holds.
    """

    ready: pvalue.PCollection[Ready]
    entries: pvalue.PCollection[tuple[str, list[Entry]]]


@dataclass(eq=False)
class KeepPolling(beam.PTransform[Any, KeptPolling]):
    """Polls each address when it is due, again and again, by a timer of its own.

    In: pairs of an address and its `WebSource`, as it is known now; None: it is polled no more.
    Unbounded. Out: `KeptPolling`. What the next poll has to know is in the address's state, so that
    it need not wait until this one is published. An address that hangs holds up no other one: its
    poll is an errand, which its timer looks after. If the state of a worker is lost with its
    errands, the address is polled once more.

    Attributes:
        ask: Polls an address; picklable.
        errands: Gives those of this process.
        clock: Seconds since 1970, as the runner's timers count them.
    """

    ask: Ask
    errands: Callable[[], Errands] = shared_errands
    clock: Callable[[], float] = time.time

    def __post_init__(self) -> None:
        super().__init__()

    def expand(self, sources: pvalue.PCollection[tuple[str, WebSource | None]]) -> KeptPolling:
        """Returns the two collections."""
        outputs = sources | "PollInTime" >> beam.ParDo(
            _PollFn(self.ask, self.errands, self.clock)
        ).with_outputs("entries", main="ready")
        return KeptPolling(outputs.ready, outputs.entries)


class _PollFn(beam.DoFn):
    SOURCE = ReadModifyWriteStateSpec("source", PickleCoder())
    NEXT = TimerSpec("next", TimeDomain.REAL_TIME)

    def __init__(
        self, ask: Ask, errands: Callable[[], Errands], clock: Callable[[], float]
    ) -> None:
        self._ask, self._open_errands, self._clock = ask, errands, clock

    def setup(self) -> None:
        self._errands = self._open_errands()

    def process(
        self,
        keyed: tuple[str, WebSource | None],
        source: Any = beam.DoFn.StateParam(SOURCE),
        next_: Any = beam.DoFn.TimerParam(NEXT),
    ) -> None:
        _, given = keyed
        held: WebSource | None = source.read()
        if given is None:
            source.clear()  # Its timer finds nothing.
            return
        source.write(given if held is None else merge(given, held))
        if held is None or _due_s(held) is None:
            due_s = _due_s(given)
            if due_s is not None:
                next_.set(max(due_s, self._clock()))

    @on_timer(NEXT)
    def poll(
        self,
        key: Any = beam.DoFn.KeyParam,
        source: Any = beam.DoFn.StateParam(SOURCE),
        next_: Any = beam.DoFn.TimerParam(NEXT),
    ) -> Iterator[Ready | pvalue.TaggedOutput[str, tuple[str, list[Entry]]]]:
        name = f"poll {key}"
        taken = self._errands.take(name)
        held: WebSource | None = None
        if taken is None:
            held = source.read()
            if held is None:
                return
            if process_wide(Unpublished).is_stalled:
                next_.set(self._clock() + LAST_LOOK_S)
                return
            if not process_wide(StopRequest).is_asked():
                self._errands.begin(name, host_of(held.url), functools.partial(self._ask, held))
            next_.set(self._clock() + next_look_s(None))
            return
        reports = [report for item in taken.items for report in _reports_of(item, key)]
        if reports or taken.is_ended:
            held = source.read()
        yield from _give_out(taken.items, held)
        if held is not None and reports:
            held = after_poll(held, reports[-1])
            source.write(held)
        if not taken.is_ended:
            next_.set(self._clock() + next_look_s(self._errands.age_s(name)))
        elif held is not None:
            due_s = _due_s(held)
            if due_s is not None:
                least_s = self._clock() + (next_look_s(None) if reports else ASK_AGAIN_S)
                next_.set(max(due_s, least_s))


def _give_out(
    items: Iterable[Ready | Entry], source: WebSource | None
) -> Iterator[Ready | pvalue.TaggedOutput[str, tuple[str, list[Entry]]]]:
    by_host: defaultdict[str, list[Entry]] = defaultdict(list)
    for item in items:
        if isinstance(item, Entry):
            by_host[host_of(item.document.url or "")].append(item)
        elif item:
            process_wide(Unpublished).add(1)
            yield replace(item, is_quiet=is_quiet(item, source))
    for keyed in by_host.items():
        yield pvalue.TaggedOutput("entries", keyed)


def merge(given: WebSource, held: WebSource) -> WebSource:
    """Returns a source as it is given anew, with what is known of it in the stream.

    Args:
        given: As the lists and the lake have it.
        held: As its state has it, whose last poll may not be published yet.
    """
    if _polled_s(given) > _polled_s(held):
        return given
    return replace(given, state=held.state, entry_fingerprints=held.entry_fingerprints)


def after_poll(source: WebSource, report: SourceReport) -> WebSource:
    """Returns a source as its next poll has to know it.

    Args:
        source: As it was polled.
        report: What the poll came to.
    """
    poll = report.poll
    if poll is None:
        return source
    source = replace(source, state=poll.state)
    if report.status not in _BODY_READ:
        return source
    kind = report.source_kind if report.source_kind in _LASTING_KINDS else None
    return replace(
        source,
        entry_fingerprints=poll.entry_fingerprints or (),
        last_kind=report.source_kind,
        kind=source.kind or kind,
    )


def is_quiet(ready: Ready, source: WebSource | None) -> bool:
    """Returns whether a poll found nothing new at an address that was well.

    Args:
        ready: What the poll came to.
        source: The address, as it was known before.
    """
    if source is None or source.state is None or source.state.failures:
        return False
    if len(ready.answered) != 1 or ready.settled or ready.robots or ready.kept:
        return False
    report = ready.answered[0].report
    is_same = report.poll is not None and report.poll.state.address == source.state.address
    return report.status == "unchanged" and not report.documents and is_same


def _reports_of(item: Ready | Entry, address: str) -> list[SourceReport]:
    """The rows of this address among what a poll came to, which may have led to others."""
    if isinstance(item, Entry):
        return []
    return [one.report for one in item.answered if one.report.source == address]


def _due_s(source: WebSource) -> float | None:
    """When it is due, in seconds since 1970; None: never."""
    state = source.state
    if state is None or (state.next_due is None and not state.is_stopped):
        return 0.0
    return None if state.is_stopped or state.next_due is None else state.next_due.timestamp()


def _polled_s(source: WebSource) -> float:
    state = source.state
    return state.polled_at.timestamp() if state and state.polled_at else 0.0
