"""A simulated internet whose news come at known times, and a server of it on loopback addresses.

What happens is made up before it begins, from a seed: which feed has which item from when on, when
an item changes, leaves its feed and comes back, or stands on another site too, and which hosts are
slow or fail, and how. So a test or a benchmark can say afterwards what a lake must hold.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import multiprocessing
import random
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha256
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Literal
from xml.sax.saxutils import escape

HostKind = Literal["healthy", "slow", "hanging", "silent", "failing", "busy", "deep", "backlog"]

TROUBLED: tuple[HostKind, ...] = (
    *("slow", "hanging", "silent", "failing", "busy", "deep", "backlog"),
)
"""What is wrong with hosts: each answer takes long; some pages never come; no feed comes; half of
the answers are 500; some are 429; a sitemap of sitemaps with many pages; a feed with many."""

ItemKind = Literal["new", "changed", "mirrored", "repeated", "late", "early"]
"""What is special about an item: it changes later; it stands on another site too; it leaves its
feed and comes back; it comes below older ones, with an earlier date; its page comes after it."""

SLOW_S, EARLY_S, RETRY_AFTER_S = 8.0, 30.0, 20
SHOWN = 30
"""Items that a feed shows."""

WORDS = [a + b + c for a in "bdfgklmnprst" for b in "aeiou" for c in ("n", "ra", "st", "lo")]
_SYLLABLES = [a + b for a in "bdfgklmnprstvz" for b in "aeiou"]
EDITIONS = ("first", "second", "third")


@dataclass(frozen=True)
class Size:
    """How much happens.

    Attributes:
        feeds: Feeds, one for each host and the rest at random hosts.
        hosts: Hosts, of which every tenth is troubled.
        length_s: Time in which items come.
        per_hour: New items of a feed an hour, on average.
        stock: Items that a feed has at the beginning.
        backlog: Pages that a host of the kinds `deep` and `backlog` has at the beginning.
        seed: Decides all that is left to chance.
    """

    feeds: int = 500
    hosts: int = 300
    length_s: float = 3_600.0
    per_hour: float = 2.0
    stock: int = 2
    backlog: int = 200
    seed: int = 1


@dataclass(frozen=True)
class Host:
    """A host, at a loopback address of its own."""

    number: int
    kind: HostKind

    @property
    def address(self) -> str:
        """Its IP address."""
        return f"127.20.{self.number // 250}.{self.number % 250 + 1}"


@dataclass(frozen=True)
class Item:
    """An item of a feed; times are seconds from the beginning.

    Attributes:
        number: Of the item.
        story: What it tells: that of a mirrored item is the same on both sites.
        feed: Number of its feed.
        host: Number of its host.
        kind: What is special about it.
        at_s: When it appears in its feed, and after that when it changes.
        absent_s: From when to when it is out of its feed.
        page_at_s: When its page appears.
    """

    number: int
    story: int
    feed: int
    host: int
    kind: ItemKind
    at_s: tuple[float, ...]
    absent_s: tuple[float, float] | None = None
    page_at_s: float = 0.0

    @property
    def path(self) -> str:
        """Path of its page."""
        return f"/items/{name_of(self.number)}"

    def edition(self, now_s: float) -> int:
        """Returns how often it has changed until then."""
        return max(0, sum(at_s <= now_s for at_s in self.at_s) - 1)

    def is_listed(self, now_s: float) -> bool:
        """Returns whether its feed shows it."""
        is_out = self.absent_s is not None and self.absent_s[0] <= now_s < self.absent_s[1]
        return self.at_s[0] <= now_s and not is_out


@dataclass
class World:
    """All that is made up.

    Attributes:
        size: How much of it.
        hosts: By number.
        feeds: The number of each feed's host, by number of the feed.
        items: By number.
        by_feed: The items of each feed.
        by_path: The items, by number of the host and path of the page.
        is_healed: Whether all hosts are healthy by now, and feeds show all that they ever had.
    """

    size: Size
    hosts: list[Host]
    feeds: list[int]
    items: list[Item]
    by_feed: dict[int, list[Item]] = field(default_factory=lambda: defaultdict(list))
    by_path: dict[tuple[int, str], Item] = field(default_factory=dict)
    is_healed: bool = False

    def __post_init__(self) -> None:
        for item in self.items:
            self.by_feed[item.feed].append(item)
            self.by_path[item.host, item.path] = item

    def feed_url(self, feed: int, *, port: int) -> str:
        """Returns the address of a feed, or of the sitemap in its place."""
        host = self.hosts[self.feeds[feed]]
        name = "sitemap.xml" if self.is_deep(feed) else "feed.xml"
        return f"http://{host.address}:{port}/{feed}/{name}"

    def item_url(self, item: Item, *, port: int) -> str:
        """Returns the address of an item's page."""
        return f"http://{self.hosts[item.host].address}:{port}{item.path}"

    def is_deep(self, feed: int) -> bool:
        """Returns whether the feed is a sitemap of sitemaps."""
        return self.hosts[self.feeds[feed]].kind == "deep"


def make_up(size: Size) -> World:
    """Returns a world, the same one for the same size and seed."""
    dice = random.Random(size.seed)
    hosts = [
        Host(number, TROUBLED[number // 10 % len(TROUBLED)] if number % 10 == 7 else "healthy")
        for number in range(size.hosts)
    ]
    healthy = [host.number for host in hosts if host.kind == "healthy"]
    feeds = [
        number if number < size.hosts else dice.choice(healthy) for number in range(size.feeds)
    ]
    healthy_feeds = [feed for feed, host in enumerate(feeds) if hosts[host].kind == "healthy"]
    items: list[Item] = []
    for feed, host in enumerate(feeds):
        kind = hosts[host].kind
        stock = size.backlog if kind in ("deep", "backlog") else size.stock
        times = [-60.0 * (stock - place) for place in range(stock)]
        now_s = dice.expovariate(size.per_hour / 3_600.0)
        while now_s < size.length_s:
            times.append(now_s)
            now_s += dice.expovariate(size.per_hour / 3_600.0)
        for at_s in times:
            item = Item(len(items), len(items), feed, host, "new", (at_s,))
            items.append(item)
            if at_s >= 0:
                items[-1:] = _vary(item, dice, size, healthy_feeds, feeds)
    return World(size, hosts, feeds, items)


def _vary(
    item: Item, dice: random.Random, size: Size, healthy: Sequence[int], feeds: Sequence[int]
) -> list[Item]:
    """Returns an item and its mirror, if it has one."""
    chance, [at_s], end_s = dice.random(), item.at_s, size.length_s
    if chance < 0.12:
        changes = [at_s + dice.uniform(90.0, 600.0)]
        changes += [changes[0] + dice.uniform(90.0, 600.0)] if chance < 0.04 else []
        kept = tuple(change for change in changes if change < end_s)
        return [replace(item, kind="changed", at_s=(at_s, *kept))]
    if chance < 0.20 and healthy:
        feed = dice.choice([feed for feed in healthy if feeds[feed] != item.host] or [item.feed])
        if feeds[feed] == item.host:
            return [item]
        number, later_s = item.number + 1, at_s + dice.choice([0.0, dice.uniform(0.0, 300.0)])
        mirror = Item(number, item.story, feed, feeds[feed], "mirrored", (min(later_s, end_s),))
        return [replace(item, kind="mirrored"), mirror]
    if chance < 0.26:
        left_s = at_s + dice.uniform(120.0, 400.0)
        back_s = left_s + dice.uniform(120.0, 400.0)
        return [replace(item, kind="repeated", absent_s=(left_s, back_s))]
    if chance < 0.32:
        return [replace(item, kind="late")]
    if chance < 0.36:
        return [replace(item, kind="early", page_at_s=at_s + EARLY_S)]
    return [item]


def name_of(number: int) -> str:
    """Returns a word for a number; figures in a text may pass for counters."""
    word = ""
    while True:
        number, place = divmod(number, len(_SYLLABLES))
        word = _SYLLABLES[place] + word
        if not number:
            return word


def title_of(item: Item, edition: int) -> str:
    """Returns an item's title, by which an edition can be told."""
    return f"The story of {name_of(item.story)} in its {EDITIONS[edition]} edition"


@dataclass(frozen=True)
class Reply:
    """What is answered: `hangs` never is."""

    body: bytes = b""
    status: int = 200
    content_type: str = "text/html; charset=utf-8"
    etag: str | None = None
    delay_s: float = 0.0
    hangs: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)


_MISSING = Reply(b"<h1>Not found</h1>", status=404)


def answer(world: World, host: Host, path: str, *, now_s: float, port: int) -> Reply:
    """Returns what a host answers.

    Args:
        world: Where it is.
        host: Which one.
        path: What it is asked for.
        now_s: Seconds since the beginning.
        port: Port of all hosts.
    """
    if path == "/robots.txt":
        reply = _MISSING
    elif (item := world.by_path.get((host.number, path))) is not None:
        is_there = world.is_healed or now_s >= max(item.page_at_s, item.at_s[0])
        reply = Reply(page_of(item.story, item.edition(now_s), item.host)) if is_there else _MISSING
    else:
        reply = _answer_list(world, host, path, now_s, port)
    return reply if world.is_healed else _trouble(reply, host, path, now_s)


def _trouble(reply: Reply, host: Host, path: str, now_s: float) -> Reply:
    """Returns the answer of a host as the host gives it."""
    is_item = path.startswith("/items/")
    chance = sha256(
        f"{host.number}{path}{int(now_s * 10) if host.kind != 'hanging' else ''}".encode()
    )
    share = chance.digest()[0] / 256
    if host.kind == "slow":
        return replace(reply, delay_s=SLOW_S)
    if (host.kind == "hanging" and is_item and share < 0.33) or (
        host.kind == "silent" and path != "/robots.txt"
    ):
        return Reply(hangs=True)
    if host.kind == "failing" and path != "/robots.txt" and share < 0.5:
        return Reply(b"<h1>Sorry</h1>", status=500)
    if host.kind == "busy" and is_item and share < 0.15:
        wait = {"Retry-After": str(RETRY_AFTER_S)}
        return Reply(b"<h1>Too much</h1>", status=429, headers=wait)
    return reply


def _answer_list(world: World, host: Host, path: str, now_s: float, port: int) -> Reply:
    """Returns a feed or a sitemap."""
    number, _, name = path[1:].partition("/")
    if not number.isdecimal() or int(number) >= len(world.feeds):
        return _MISSING
    feed = int(number)
    if world.feeds[feed] != host.number:
        return _MISSING
    listed = [item for item in world.by_feed[feed] if world.is_healed or item.is_listed(now_s)]
    if name == "feed.xml":
        listed.sort(key=lambda item: _date_s(item, now_s), reverse=True)
        shows_all = world.is_healed or host.kind == "backlog"
        shown = listed if shows_all else listed[:SHOWN]
        body = _rss(world, feed, shown, now_s=now_s, port=port)
        kind = "application/rss+xml"
    else:
        body = _sitemap(world, feed, name, listed, now_s=now_s, port=port)
        kind = "application/xml"
    return Reply(body, content_type=kind, etag=f'"{sha256(body).hexdigest()[:16]}"')


def _date_s(item: Item, now_s: float) -> float:
    """Returns the date that a feed gives an item: a late one is dated before the others."""
    return item.at_s[item.edition(now_s)] - (7_200.0 if item.kind == "late" else 0.0)


def _rss(world: World, feed: int, items: Sequence[Item], *, now_s: float, port: int) -> bytes:
    began_s = _began_s()
    parts = []
    for item in items:
        url = world.item_url(item, port=port)
        moment = datetime.fromtimestamp(began_s + _date_s(item, now_s), UTC)
        parts.append(
            f"<item><title>{title_of(item, item.edition(now_s))}</title><link>{escape(url)}</link>"
            f"<guid isPermaLink='false'>{feed}-{name_of(item.number)}</guid><description>Short "
            f"words.</description><pubDate>{moment:%a, %d %b %Y %H:%M:%S} GMT</pubDate></item>"
        )
    return (
        f"<rss version='2.0'><channel><title>Paper {name_of(feed)}</title>{''.join(parts)}"
        "</channel></rss>"
    ).encode()


_BRANCHES = 5


def _sitemap(
    world: World, feed: int, name: str, items: Sequence[Item], *, now_s: float, port: int
) -> bytes:
    """Returns a sitemap: one of sitemaps, of which each is one of sitemaps again, of pages."""
    space = "xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'"
    base = f"http://{world.hosts[world.feeds[feed]].address}:{port}/{feed}/"
    level, _, place = name.removesuffix(".xml").partition("-")
    if level == "sitemap":
        names = [f"branch-{number}.xml" for number in range(_BRANCHES)]
    elif level == "branch":
        names = [f"leaf-{int(place) * 2 + more}.xml" for more in range(2)]
    else:
        began_s = _began_s()
        parts = []
        for item in items[int(place) :: 2 * _BRANCHES]:
            moment = datetime.fromtimestamp(began_s + _date_s(item, now_s), UTC)
            url = escape(world.item_url(item, port=port))
            parts.append(
                f"<url><loc>{url}</loc><lastmod>{moment:%Y-%m-%dT%H:%M:%SZ}</lastmod></url>"
            )
        return f"<urlset {space}>{''.join(parts)}</urlset>".encode()
    listed = "".join(f"<sitemap><loc>{base}{name}</loc></sitemap>" for name in names)
    return f"<sitemapindex {space}>{listed}</sitemapindex>".encode()


@lru_cache(maxsize=1)
def _began_s() -> float:
    """When this process was first asked for a date: dates must stay the same from poll to poll."""
    return float(int(time.time()))


@lru_cache(maxsize=512)
def page_of(story: int, edition: int, host: int) -> bytes:
    """Returns a page: the same text for a story's edition, whatever the host."""
    item = Item(story, story, 0, host, "new", (0.0,))
    title = title_of(item, edition)
    dice = random.Random(story)
    words = dice.choices(WORDS, k=300)
    for change in range(edition):
        for place in range(7 * change, 300, 23):
            words[place] = f"{EDITIONS[change + 1]}{words[place]}"
    sentences = (f"<p>{' '.join(words[at : at + 50])}.</p>" for at in range(0, 300, 50))
    return (
        f"<html lang=en><head><title>{title}</title><meta property='og:type' content='article'>"
        f"</head><body><nav>Host {name_of(host)}</nav><article><h1>{title}</h1>"
        f"{''.join(sentences)}</article></body></html>"
    ).encode()


@dataclass(frozen=True)
class Asked:
    """A request as the server saw it; times are those of `time.time`.

    Attributes:
        host: Number of the host.
        path: What was asked for.
        begun_s: When its head had come.
        ended_s: When its answer was sent, or the client had gone.
        status: Of the answer; 0 if the client went away before it.
    """

    host: int
    path: str
    begun_s: float
    ended_s: float
    status: int


class Server:
    """Serves a world from a process of its own while the block runs.

    Attributes:
        port: Port of all hosts.
        began_s: When it began, by `time.time`.
    """

    def __init__(self, size: Size, log: Path) -> None:
        self._size, self._log = size, log

    def __enter__(self) -> Server:
        self._pipe, theirs = multiprocessing.Pipe()
        self._process = multiprocessing.Process(
            target=_run, args=(self._size, self._log, theirs), daemon=True
        )
        self._process.start()
        self.port: int
        self.began_s: float
        self.port, self.began_s = self._pipe.recv()
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.join()

    def heal(self) -> None:
        """Lets all hosts be healthy from now on."""
        self._pipe.send("heal")
        self._pipe.recv()

    def asked(self) -> list[Asked]:
        """Returns what was asked so far, in order of the ends."""
        self._pipe.send("flush")
        self._pipe.recv()
        lines = self._log.read_text(encoding="ascii").splitlines()
        return [Asked(*json.loads(line)) for line in lines]


def _run(size: Size, log: Path, parent: Connection) -> None:
    asyncio.run(_serve(make_up(size), log, parent))


async def _serve(world: World, log: Path, parent: Connection) -> None:
    began_s = _began_s()
    by_address = {host.address: host for host in world.hosts}
    with log.open("w", encoding="ascii") as lines:

        async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            local, port = writer.get_extra_info("sockname")[:2]
            host = by_address.get(local)
            try:
                while host is not None and (head := await reader.readuntil(b"\r\n\r\n")):
                    at_s = time.time()
                    path = head.split(b" ", 2)[1].decode("latin-1")
                    reply = answer(world, host, path, now_s=at_s - began_s, port=port)
                    status = await _send(reply, head, reader, writer)
                    lines.write(json.dumps([host.number, path, at_s, time.time(), status]) + "\n")
                    if not status:
                        break
            except (asyncio.IncompleteReadError, ConnectionError):
                pass  # The client went away between two requests, or was killed.
            finally:
                writer.close()

        listening = await asyncio.start_server(converse, "0.0.0.0", 0, backlog=2_048)
        parent.send((listening.sockets[0].getsockname()[1], began_s))

        def tell() -> None:
            world.is_healed |= parent.recv() == "heal"
            lines.flush()
            parent.send(None)

        asyncio.get_running_loop().add_reader(parent.fileno(), tell)
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.Event().wait()


async def _send(
    reply: Reply, head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> int:
    """Sends an answer and returns its status, 0 if the client went away before."""
    if reply.hangs or reply.delay_s:
        try:
            wait_s = None if reply.hangs else reply.delay_s
            await asyncio.wait_for(reader.read(1), wait_s)  # Ends early if the client goes away.
        except TimeoutError:
            pass
        else:
            return 0
    is_known = reply.etag is not None and reply.etag.encode() in head
    status = 304 if is_known else reply.status
    body = b"" if is_known else reply.body
    lines = [f"HTTP/1.1 {status} Simulated", f"Content-Type: {reply.content_type}"]
    lines += [] if is_known else [f"Content-Length: {len(body)}"]
    lines += [] if reply.etag is None else [f"ETag: {reply.etag}"]
    lines += [f"{name}: {value}" for name, value in reply.headers.items()]
    writer.write("\r\n".join([*lines, "", ""]).encode() + body)
    await writer.drain()
    return status
