"""Requests that one step has under way, as they pass between its thread and the crawler's."""

from __future__ import annotations

import asyncio
import queue
from collections.abc import Awaitable, Callable, Hashable, Iterator
from typing import Any, Generic, TypeVar

from feedlake.transforms.crawl.crawl_records import Fetched, NotFetched, Request, RobotsText

Token = TypeVar("Token", bound=Hashable)


class PendingRequests(Generic[Token]):
    """Requests whose answers come as they are ready; more may be added while reading them.

    Args:
        fetch: Gets the answer; given the request and where robots.txt files go. With an answer
            comes a slot, which is given back when the answer was read.
        give_back: Gives a slot back.
        loop: The crawler's.
    """

    def __init__(
        self,
        fetch: Callable[[Request, Callable[[RobotsText], None]], Awaitable[Fetched | NotFetched]],
        give_back: Callable[[], None],
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        self._get, self._give_back, self._loop = fetch, give_back, loop
        self._answers: queue.SimpleQueue[tuple[Token, Any] | RobotsText] = queue.SimpleQueue()
        self._outstanding = 0
        self._tasks: set[asyncio.Task[Any]] = set()
        self._is_left = False

    def submit(self, token: Token, request: Request) -> None:
        """Hands a request over; its answer comes with the token."""
        self._outstanding += 1
        asyncio.run_coroutine_threadsafe(self._fetch(token, request), self._loop)

    def results(self) -> Iterator[tuple[Token, Fetched | NotFetched] | RobotsText]:
        """Yields answers, and what robots.txt files were fetched for them, until none is left.

        If an exception ends the reading before that, all other answers are given up for good.
        """
        while self._outstanding or not self._answers.empty():
            item = self._answers.get()
            try:
                if isinstance(item, RobotsText):
                    yield item
                    continue
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

    async def _fetch(self, token: Token, request: Request) -> None:
        task = asyncio.current_task()
        assert task is not None
        if self._is_left:
            return
        self._tasks.add(task)
        try:
            result: Any = await self._get(request, self._answers.put)
        except BaseException as error:
            result = error
        self._tasks.discard(task)
        if self._is_left and isinstance(result, Fetched):
            self._give_back()
        self._answers.put((token, result))

    def _leave(self) -> None:
        """Ends what is under way, so that nothing is held for answers that nobody reads."""
        self._is_left = True
        for task in self._tasks:
            task.cancel()
        while not self._answers.empty():
            item = self._answers.get()
            if isinstance(item, tuple) and isinstance(item[1], Fetched):
                self._give_back()
