"""Requests that one step has under way, as they pass between its thread and the crawler's."""

from __future__ import annotations

import asyncio
import contextlib
import queue
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Hashable, Iterator
from typing import Any, Generic, TypeVar

from feedlake.transforms.crawl.crawl_records import Fetched, NotFetched, Request, RobotsText
from feedlake.transforms.normalize.hosts import host_of

AT_ONCE = 64
"""Requests of one host that have a task of their own, polls and pages each: more than it gets at a
time, since answers may redirect to other hosts. A hundred thousand tasks would take half a minute
to end."""

Token = TypeVar("Token", bound=Hashable)

Lane = tuple[str, bool]
"""A host, and whether its feeds are asked for: these don't wait for pages that came before."""


class PendingRequests(Generic[Token]):
    """Requests whose answers come as they are ready; more may be added while reading them.

    Args:
        fetch: Gets the answer; given the request and where robots.txt files go. With an answer
            comes a slot, which is given back when the answer was read.
        refuse: Says why a request to a host is not even to be begun now; None if it is.
        give_back: Gives a slot back.
        loop: The crawler's.
    """

    def __init__(
        self,
        fetch: Callable[[Request, Callable[[RobotsText], None]], Awaitable[Fetched | NotFetched]],
        refuse: Callable[[str, Request], NotFetched | None],
        give_back: Callable[[], None],
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        self._get, self._refuse, self._give_back, self._loop = fetch, refuse, give_back, loop
        self._answers: queue.SimpleQueue[tuple[Token, Any] | RobotsText | None] = (
            queue.SimpleQueue()
        )
        self._outstanding = 0
        self._queues: dict[Lane, deque[tuple[Token, Request]]] = {}
        self._begun = Counter[Lane]()
        # In the order of their beginning: ended in another one, each would be looked for among all
        # that wait for the same slot.
        self._tasks: dict[asyncio.Task[Any], None] = {}
        self._is_left = False

    def submit(self, token: Token, request: Request) -> None:
        """Hands a request over; its answer comes with the token."""
        self._outstanding += 1
        self._loop.call_soon_threadsafe(self._add, token, request)

    def results(self) -> Iterator[tuple[Token, Fetched | NotFetched] | RobotsText]:
        """Yields answers, and what robots.txt files were fetched for them, until none is left.

        If an exception ends the reading before that, all other answers are given up for good.
        """
        while self._outstanding or not self._answers.empty():
            yield from self._pass_on(self._answers.get())

    def come(self, timeout_s: float) -> Iterator[tuple[Token, Fetched | NotFetched] | RobotsText]:
        """Yields what has come, waiting for the first of it for so long at most.

        Args:
            timeout_s: In seconds; 0: not at all.
        """
        with contextlib.suppress(queue.Empty):
            yield from self._pass_on(self._answers.get(timeout_s > 0, timeout_s or None))
            while True:
                yield from self._pass_on(self._answers.get_nowait())

    def wake(self) -> None:
        """Ends the waiting of `come` soon, with nothing."""
        self._answers.put(None)

    @property
    def outstanding(self) -> int:
        """Returns how many answers are still to come."""
        return self._outstanding

    def _pass_on(
        self, item: tuple[Token, Any] | RobotsText | None
    ) -> Iterator[tuple[Token, Fetched | NotFetched] | RobotsText]:
        if item is None:
            return
        try:
            if isinstance(item, RobotsText):
                yield item
                return
            self._outstanding -= 1
            token, result = item
            if isinstance(result, BaseException):
                raise result
            yield token, result
        except BaseException:
            self._loop.call_soon_threadsafe(self._leave)
            raise
        finally:
            if isinstance(item, tuple) and isinstance(item[1], Fetched):
                self._loop.call_soon_threadsafe(self._give_back)

    def refuse_rest(self) -> None:
        """Refuses what has not begun, if it is to be refused; called in the crawler's thread."""
        for lane in list(self._queues):
            self._begin(lane, at_once=0)

    def _add(self, token: Token, request: Request) -> None:
        if self._is_left:
            return
        lane = host_of(request.url), request.is_poll
        self._queues.setdefault(lane, deque()).append((token, request))
        if self._begun[lane] < AT_ONCE:
            self._begin(lane)

    def _begin(self, lane: Lane, *, at_once: int = AT_ONCE) -> None:
        """Begins the next requests of a host, those left out that are not to be begun."""
        waiting = self._queues.get(lane, deque())
        while waiting:
            token, request = waiting[0]
            refusal = self._refuse(lane[0], request)
            if refusal is not None:
                self._answers.put((token, refusal))
            elif self._begun[lane] < at_once:
                self._begun[lane] += 1
                self._tasks[self._loop.create_task(self._fetch(token, request, lane))] = None
            else:
                return
            waiting.popleft()
        self._queues.pop(lane, None)

    async def _fetch(self, token: Token, request: Request, lane: Lane) -> None:
        task = asyncio.current_task()
        assert task is not None
        try:
            result: Any = await self._get(request, self._answers.put)
        except BaseException as error:
            result = error
        self._tasks.pop(task, None)
        if self._is_left and isinstance(result, Fetched):
            self._give_back()
        self._answers.put((token, result))
        self._begun[lane] -= 1
        self._begin(lane)
        if not self._begun[lane]:
            del self._begun[lane]

    def _leave(self) -> None:
        """Ends what is under way, so that nothing is held for answers that nobody reads."""
        self._is_left = True
        self._queues.clear()
        for task in list(self._tasks):
            task.cancel()
        while not self._answers.empty():
            item = self._answers.get()
            if isinstance(item, tuple) and isinstance(item[1], Fetched):
                self._give_back()
