"""A simulated internet whose news come at known times, and a server of it on loopback addresses.

What happens is made up before it begins, from a seed: which feed has which item from when on, when
an item changes, leaves its feed and comes back, or stands on another site too, and which hosts are
slow or fail, and how. So a test or a benchmark can say afterwards what a lake must hold.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import Literal, NamedTuple, Self
from xml.sax.saxutils import escape

HostKind = Literal[
    *("healthy", "slow", "hanging", "silent", "failing", "busy", "deep", "backlog"),
    *("trickling", "dead"),
]

TROUBLED: tuple[HostKind, ...] = (
    *("slow", "hanging", "silent", "failing", "busy", "deep", "backlog"),
)
"""What is wrong with hosts: each answer takes long; some pages never come; no feed comes; half of
the answers are 500; some are 429; a sitemap of sitemaps with many pages; a feed with many."""

STUCK: tuple[HostKind, ...] = ("trickling", "dead")
"""What else may be wrong: each answer, that of robots.txt too, comes in small parts, or never."""

ItemKind = Literal["new", "changed", "mirrored", "repeated", "late", "early"]
"""What is special about an item: it changes later; it stands on another site too; it leaves its
feed and comes back; it comes below older ones, with an earlier date; its page comes after it."""

SLOW_MIN, EARLY_MIN, RETRY_AFTER_MIN, TRICKLE_MIN = 0.15, 0.5, 0.33, 0.75
_PARTS = 45
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
        hosts: Hosts.
        troubled: Share of them that is slow or fails.
        length_s: Time in which items come.
        per_hour: New items of a feed an hour, on average.
        stock: Items that a feed has at the beginning.
        backlog: Pages that a host of the kinds `deep` and `backlog` has at the beginning.
        seed: Decides all that is left to chance.
        minute_s: What is called a minute here lasts so many seconds; less for tests.
        stuck: How many of the hosts, the last ones, are of the kinds in `STUCK`, with ten pages
            each at the beginning.
    """

    feeds: int = 500
    hosts: int = 300
    troubled: float = 0.1
    length_s: float = 3_600.0
    per_hour: float = 2.0
    stock: int = 2
    backlog: int = 200
    seed: int = 1
    minute_s: float = 60.0
    stuck: int = 0


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
    hosts: list[Host] = []
    for number in range(size.hosts - size.stuck):
        before, now = int(number * size.troubled), int((number + 1) * size.troubled)
        hosts.append(Host(number, "healthy" if before == now else TROUBLED[before % len(TROUBLED)]))
    hosts += [Host(number, STUCK[number % len(STUCK)]) for number in range(len(hosts), size.hosts)]
    healthy = [host.number for host in hosts if host.kind == "healthy"]
    feeds = [
        number if number < size.hosts else dice.choice(healthy) for number in range(size.feeds)
    ]
    healthy_feeds = [feed for feed, host in enumerate(feeds) if hosts[host].kind == "healthy"]
    items: list[Item] = []
    for feed, host in enumerate(feeds):
        kind = hosts[host].kind
        stock = size.backlog if kind in ("deep", "backlog") else size.stock
        stock = 10 if kind in STUCK else stock
        times = [-60.0 * (stock - place) for place in range(stock)]
        rate = size.per_hour / (60.0 * size.minute_s)
        now_s = dice.expovariate(rate)
        while now_s < size.length_s:
            times.append(now_s)
            now_s += dice.expovariate(rate)
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

    def minutes(least: float, most: float) -> float:
        return dice.uniform(least, most) * size.minute_s

    if chance < 0.12:
        changes = [at_s + minutes(1.5, 10.0)]
        changes += [changes[0] + minutes(1.5, 10.0)] if chance < 0.04 else []
        kept = tuple(change for change in changes if change < end_s)
        return [replace(item, kind="changed", at_s=(at_s, *kept))]
    if chance < 0.20:
        others = [feed for feed in healthy if feeds[feed] != item.host]
        if not others:
            return [item]
        feed, later_s = dice.choice(others), at_s + dice.choice([0.0, minutes(0.0, 5.0)])
        number, times = item.number + 1, (min(later_s, end_s),)
        mirror = Item(number, item.story, feed, feeds[feed], "mirrored", times)
        return [replace(item, kind="mirrored"), mirror]
    if chance < 0.26:
        left_s = at_s + minutes(2.0, 6.0)
        return [replace(item, kind="repeated", absent_s=(left_s, left_s + minutes(2.0, 6.0)))]
    if chance < 0.32:
        return [replace(item, kind="late")]
    if chance < 0.36:
        return [replace(item, kind="early", page_at_s=at_s + EARLY_MIN * size.minute_s)]
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
    """What is answered: `hangs` never is; what trickles comes in parts, over so many seconds."""

    body: bytes = b""
    status: int = 200
    content_type: str = "text/html; charset=utf-8"
    etag: str | None = None
    delay_s: float = 0.0
    hangs: bool = False
    trickles_s: float = 0.0
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
    return reply if world.is_healed else _trouble(world, reply, host, path, now_s)


def _trouble(world: World, reply: Reply, host: Host, path: str, now_s: float) -> Reply:
    """Returns the answer of a host as the host gives it."""
    is_item = path.startswith("/items/")
    chance = sha256(
        f"{host.number}{path}{int(now_s * 10) if host.kind != 'hanging' else ''}".encode()
    )
    share = chance.digest()[0] / 256
    if host.kind == "trickling":
        return replace(reply, trickles_s=TRICKLE_MIN * world.size.minute_s)
    if host.kind == "dead":
        return Reply(hangs=True)
    if host.kind == "slow":
        return replace(reply, delay_s=SLOW_MIN * world.size.minute_s)
    if (host.kind == "hanging" and is_item and share < 0.33) or (
        host.kind == "silent" and path != "/robots.txt"
    ):
        return Reply(hangs=True)
    if host.kind == "failing" and path != "/robots.txt" and share < 0.5:
        return Reply(b"<h1>Sorry</h1>", status=500)
    if host.kind == "busy" and is_item and share < 0.15:
        wait_s = max(1, round(RETRY_AFTER_MIN * world.size.minute_s))
        wait = {"Retry-After": str(wait_s)}
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
        ended_s: When its answer was about to be sent, or the client had gone.
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
        self._log = log
        self._process = subprocess.Popen(
            [sys.executable, __file__, json.dumps(asdict(size)), str(log)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.port: int
        self.began_s: float
        self.port, self.began_s = self._hear()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()  # It may have been started with SIGTERM ignored.
        self._process.communicate()

    def heal(self) -> None:
        """Lets all hosts be healthy from now on."""
        self._say("heal")

    def asked(self) -> list[Asked]:
        """Returns what was asked so far, in order of the ends."""
        self._say("flush")
        lines = self._log.read_text(encoding="ascii").splitlines()
        return [Asked(*json.loads(line)) for line in lines]

    def _say(self, what: str) -> None:
        assert self._process.stdin is not None
        print(what, file=self._process.stdin, flush=True)
        self._hear()

    def _hear(self) -> tuple[int, float]:
        assert self._process.stdout is not None
        port, began_s = json.loads(self._process.stdout.readline())
        return port, began_s


async def _serve(world: World, log: Path) -> None:
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
                    status, ended_s = await _send(reply, head, reader, writer)
                    lines.write(json.dumps([host.number, path, at_s, ended_s, status]) + "\n")
                    if not status:
                        break
            except (asyncio.IncompleteReadError, ConnectionError):
                pass  # The client went away between two requests, or was killed.
            finally:
                writer.close()

        listening = await asyncio.start_server(converse, "0.0.0.0", 0, backlog=2_048)
        place = json.dumps([listening.sockets[0].getsockname()[1], began_s])

        def obey() -> None:
            world.is_healed |= sys.stdin.readline().strip() == "heal"
            lines.flush()
            print(place, flush=True)

        print(place, flush=True)
        asyncio.get_running_loop().add_reader(sys.stdin, obey)
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.Event().wait()


async def _send(
    reply: Reply, head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> tuple[int, float]:
    """Sends an answer; returns its status, 0 if the client went away before, and when it ended.

    That is before it is sent: nobody can have it sooner, but the client may before this goes on.
    """
    if reply.hangs or reply.delay_s:
        try:
            wait_s = None if reply.hangs else reply.delay_s
            await asyncio.wait_for(reader.read(1), wait_s)  # Ends early if the client goes away.
        except TimeoutError:
            pass
        else:
            return 0, time.time()
    is_known = reply.etag is not None and reply.etag.encode() in head
    status = 304 if is_known else reply.status
    body = b"" if is_known else reply.body
    lines = [f"HTTP/1.1 {status} Simulated", f"Content-Type: {reply.content_type}"]
    lines += [] if is_known else [f"Content-Length: {len(body)}"]
    lines += [] if reply.etag is None else [f"ETag: {reply.etag}"]
    lines += [f"{name}: {value}" for name, value in reply.headers.items()]
    content = "\r\n".join([*lines, "", ""]).encode() + body
    if reply.trickles_s:
        size = len(content) // _PARTS + 1
        while len(content) > size:
            writer.write(content[:size])
            await writer.drain()
            content = content[size:]
            await asyncio.sleep(reply.trickles_s / _PARTS)
    ended_s = time.time()
    writer.write(content)
    await writer.drain()
    return status, ended_s


class Row(NamedTuple):
    """A row of a lake; `edition` counts changes of the text, from 0."""

    table: str
    url: str
    title: str | None
    edition: int


EDITION_SQL = (
    "CASE WHEN contains(text, 'third') THEN 2 WHEN contains(text, 'second') THEN 1 ELSE 0 END"
)
"""SQL for the edition of an article or revision."""

ROWS_SQL = f"""
    SELECT 'articles', url, title, {EDITION_SQL} FROM articles
    UNION ALL SELECT 'revisions', url, title, {EDITION_SQL} FROM revisions
    UNION ALL SELECT 'duplicates', url, title, 0 FROM duplicates
"""
"""SQL for what `Row` takes."""


def find_missing(world: World, rows: Iterable[Row], *, port: int) -> list[str]:
    """Returns which items have no row, or none of their last edition, once all has ended.

    Args:
        world: What has happened.
        rows: Of a lake.
        port: Port of all hosts.
    """
    newest: dict[str, int] = {}
    for row in rows:
        newest[row.url] = max(row.edition, newest.get(row.url, 0))
    return [
        f"{world.item_url(item, port=port)} ({item.kind}, of a host that is "
        f"{world.hosts[item.host].kind})"
        for item in world.items
        if newest.get(world.item_url(item, port=port), -1) < len(item.at_s) - 1
    ]


def find_doubled(world: World, rows: Iterable[Row], *, port: int) -> list[str]:
    """Returns what is there twice: addresses, editions of one, articles with one text.

    Args:
        world: What has happened.
        rows: Of a lake.
        port: Port of all hosts.
    """
    rows = list(rows)
    addresses = Counter(row.url for row in rows if row.table != "revisions")
    # An entry may be read before its item changes, and its page after it: the title comes later.
    editions = Counter(row[1:] for row in rows if row.table != "duplicates")
    articles = Counter(row.url for row in rows if row.table == "articles")
    stories = Counter[str]()
    for item in world.items:
        stories[name_of(item.story)] += articles[world.item_url(item, port=port)]
    found = (addresses, editions, stories)
    return [str(one) for counter in found for one, count in counter.items() if count > 1]


class Impolite(NamedTuple):
    """How many requests came beside another one at their host, or too soon after it."""

    beside: int
    too_soon: int


_NOTICED_LATE_S = 0.25


def find_impolite(
    asked: Iterable[Asked], *, delay_s: float, killed: Sequence[float] = ()
) -> Impolite:
    """Returns what no host should have seen.

    Args:
        asked: What the server has seen.
        delay_s: The pause from an answer to the next request.
        killed: When the client was killed, by `time.time`; nobody knows then of the last request.
    """
    by_host: dict[int, list[Asked]] = defaultdict(list)
    for one in asked:
        by_host[one.host].append(one)
    beside = too_soon = 0
    for requests in by_host.values():
        requests.sort(key=lambda one: one.begun_s)
        for before, after in pairwise(requests):
            if not any(before.begun_s < at_s < after.begun_s for at_s in killed):
                pause_s = after.begun_s - before.ended_s
                # That a client has gone is noticed late on a busy machine.
                least_s = delay_s - (0 if before.status else _NOTICED_LATE_S)
                beside += pause_s < 0
                too_soon += 0 <= pause_s < least_s
    return Impolite(beside, too_soon)


if __name__ == "__main__":
    asyncio.run(_serve(make_up(Size(**json.loads(sys.argv[1]))), Path(sys.argv[2])))
