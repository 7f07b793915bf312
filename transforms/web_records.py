"""The records about addresses that are polled: what they are, and what a poll came to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from transforms.politeness import origin_of
from transforms.poll_state import PollState


@dataclass(frozen=True)
class SourceOptions:
    """What the operator decides about one address; the defaults leave all as it is.

    Attributes:
        tags: Added to the tags of its articles.
        language: Of its articles, where the source names none.
        interval_s: Least time between two polls; None: the general one.
        delay_s: Pause between requests to its host; None: the general one.
        headers: Sent with its requests.
        auth_env: Environment variable that holds `user:password` for basic authentication.
        cookies_env: Environment variable that holds the value of the Cookie header.
        fetches_pages: Whether the pages of its entries are fetched.
        obeys_robots: Whether robots.txt counts.
    """

    tags: tuple[str, ...] = ()
    language: str | None = None
    interval_s: float | None = None
    delay_s: float | None = None
    headers: tuple[tuple[str, str], ...] = ()
    auth_env: str | None = None
    cookies_env: str | None = None
    fetches_pages: bool = True
    obeys_robots: bool = True


@dataclass(frozen=True)
class WebSource:
    """One address to poll.

    Attributes:
        url: The address as the operator or a list gave it, without credentials: its identity.
        state: What earlier polls have found; None before the first.
        options: What the operator decides about it.
        credentials: `user:password` of the address as given; never stored.
        entry_marks: See `Poll`, of the last poll that has them.
        kind: What it must be: what it was, or what a list says that it is; None if unknown.
        last_kind: What it was when it was last read; None if it never was.
        feeds: Of a site that names no feed: those that an earlier poll has found there.
        is_child: Whether a list or another source led to it; else it was named itself.
        depth: Over how many other addresses this run came to it.
    """

    url: str
    state: PollState | None = None
    options: SourceOptions = field(default_factory=SourceOptions)
    credentials: str | None = field(default=None, repr=False)
    entry_marks: tuple[bytes, ...] = ()
    kind: str | None = None
    last_kind: str | None = None
    feeds: tuple[Child, ...] = ()
    is_child: bool = False
    depth: int = 0


@dataclass(frozen=True)
class Child:
    """An address that a source leads to.

    Attributes:
        url: The address.
        tags: Categories that it is filed under.
        is_feed: Whether it is said to be a feed, and nothing else will do.
    """

    url: str
    tags: tuple[str, ...] = ()
    is_feed: bool = False


@dataclass(frozen=True)
class Poll:
    """What asking one address came to: further columns of the table `sources`.

    Attributes:
        state: What the next poll has to know.
        http_status: Of the last hop; None if there was no answer.
        was_conditional: Whether the request named a version that is known.
        entries: Entries that it holds.
        new_entries: Entries that the poll before did not hold, as far as they are known.
        left_out: Entries beyond the limits on number and age, which were not read.
        error: Stable word for what went wrong.
        redirect: Where it was redirected to.
        title: The feed's name.
        entry_marks: For each entry 8 bytes that name it and 4 that change with what the feed says
            of it (`entries.mark_of`), then those of entries that it held lately; None if it was
            not read.
        children: Where it leads to; None if it was not read.
        robots_txt: Content of a robots.txt file.
    """

    state: PollState
    http_status: int | None = None
    was_conditional: bool = False
    entries: int = 0
    new_entries: int = 0
    left_out: int = 0
    error: str | None = None
    redirect: str | None = None
    title: str | None = None
    entry_marks: tuple[bytes, ...] | None = None
    children: tuple[Child, ...] | None = None
    robots_txt: str | None = None


def child_source(child: Child, parent: WebSource, *, own: Mapping[str, SourceOptions]) -> WebSource:
    """Returns the source that another one leads to, with the operator's options.

    Args:
        child: Where it leads to.
        parent: The other one, whose options it has where it has none itself.
        own: The operator's options of single sources, by address.
    """
    options = own.get(child.url, parent.options)
    tags = tuple(dict.fromkeys((*child.tags, *options.tags, *parent.options.tags)))
    options = replace(options, tags=tags)
    is_own = origin_of(child.url) == origin_of(parent.url)
    if not is_own and child.url not in own:
        # What is sent to the parent's site is not another's to see.
        options = replace(options, headers=(), auth_env=None, cookies_env=None)
    kind = "feed" if child.is_feed else None
    return WebSource(
        child.url,
        options=options,
        credentials=parent.credentials if is_own else None,
        kind=kind,
        is_child=True,
        depth=parent.depth + 1,
    )
