"""Polling and fetching on this machine: a tick without news, pages against a bare client.

    PYTHONPATH=. python benchmarks/fetching.py [--feeds 500] [--pages 2000] [--hosts 200]

The sites are one server process on many loopback addresses. The tick is a run of the command, its
memory the kernel's figure for it and its children. The bare client is the same library with as many
requests at a time; it asks for no robots.txt. The ratio is the median of five pairs of runs.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from ipaddress import ip_network
from multiprocessing.connection import Connection
from pathlib import Path

import aiohttp

from feedlake.transforms.crawl.crawl_records import CrawlOptions, Fetched, Request
from feedlake.transforms.crawl.crawler import Crawler
from feedlake.transforms.crawl.http_client import HttpOptions
from feedlake.transforms.crawl.politeness import Hosts
from feedlake.transforms.process.stop import StopRequest

LATENCY_S = 0.05
IN_FLIGHT = 64
PAGE = b"<html><head><title>A page</title></head><body>" + b"<p>Words of it.</p>" * 1_500


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--feeds", type=int, default=500)
    parser.add_argument("--pages", type=int, default=2_000)
    parser.add_argument("--hosts", type=int, default=200)
    given = parser.parse_args()
    ours, theirs = multiprocessing.Pipe()
    server = multiprocessing.Process(target=serve, args=(theirs,), daemon=True)
    server.start()
    port = ours.recv()
    tick(port, ours, given.feeds)
    ratios = [measure(bare, port, given) / measure(polite, port, given) for _ in range(5)]
    print(
        f"{given.pages} pages of {given.hosts} hosts, {LATENCY_S * 1000:.0f} ms latency: "
        f"{statistics.median(ratios):.0%} of a bare client's rate "
        f"({', '.join(f'{ratio:.0%}' for ratio in sorted(ratios))})"
    )
    server.terminate()


def tick(port: int, server: Connection, feeds: int) -> None:
    """Prints what a run costs that polls feeds without news."""
    with tempfile.TemporaryDirectory() as folder:
        listed = Path(folder, "feeds.txt")
        listed.write_text("\n".join(f"http://{address(n)}:{port}/feed" for n in range(feeds)))
        command = [
            str(Path(sys.executable).with_name("feedlake")), "ingest", str(listed),
            "--lake", str(Path(folder, "lake")), "--no-fetch", "--quiet",
            "--allow-network", "127.0.0.0/8", "--host-delay", "0.01s",
        ]  # fmt: skip
        subprocess.run(command, check=True)
        before = count_requests(server)
        started = time.monotonic()
        subprocess.run(command, check=True)
        wall_s = time.monotonic() - started
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss >> 10
        asked = count_requests(server) - before
        print(
            f"tick of {feeds} feeds without news: {wall_s:.1f} s wall, {peak} MB at the peak of "
            f"the first run and this one, {asked / feeds:.2f} requests a feed"
        )


def count_requests(server: Connection) -> int:
    """Returns how many requests the server has had."""
    server.send("count")
    count: int = server.recv()
    return count


def measure(fetch: Callable[[list[str]], None], port: int, given: argparse.Namespace) -> float:
    """Returns seconds."""
    urls = [f"http://{address(n % given.hosts)}:{port}/page/{n}" for n in range(given.pages)]
    started = time.monotonic()
    fetch(urls)
    return time.monotonic() - started


def bare(urls: list[str]) -> None:
    """Fetches with the library alone."""

    async def run() -> None:
        slots = asyncio.Semaphore(IN_FLIGHT)
        connector = aiohttp.TCPConnector(limit=IN_FLIGHT)
        async with aiohttp.ClientSession(connector=connector) as session:

            async def one(url: str) -> None:
                async with slots, session.get(url) as response:
                    await response.read()

            await asyncio.gather(*map(one, urls))

    asyncio.run(run())


def polite(urls: list[str]) -> None:
    """Fetches as feedlake does, robots.txt included, without a pause between requests."""
    http = HttpOptions(user_agent="benchmark", allow_networks=(ip_network("127.0.0.0/8"),))
    options = CrawlOptions(http, host_delay_s=0.0, in_flight=IN_FLIGHT)
    crawler = Crawler(options, Hosts(), {}, StopRequest())
    pending = crawler.open_requests()
    for url in urls:
        pending.submit(url, Request(url))
    fetched = sum(
        isinstance(result, tuple) and isinstance(result[1], Fetched) for result in pending.results()
    )
    crawler.close()
    if fetched != len(urls):
        raise SystemExit(f"{len(urls) - fetched} pages were not fetched")


def address(number: int) -> str:
    """Returns a loopback address of its own for each number."""
    return f"127.2.{number // 250}.{number % 250 + 1}"


def serve(parent: Connection) -> None:
    """Serves feeds and pages, and says how often it was asked."""
    asyncio.run(_serve(parent))


async def _serve(parent: Connection) -> None:
    asked = 0

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal asked
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                asked += 1
                path = head.split(b" ", 2)[1]
                await asyncio.sleep(LATENCY_S)
                writer.write(answer(path, b"if-none-match" in head.lower()))
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    listening = await asyncio.start_server(converse, "0.0.0.0", 0, backlog=2_048)
    parent.send(listening.sockets[0].getsockname()[1])
    loop = asyncio.get_running_loop()

    def tell() -> None:
        parent.recv()
        parent.send(asked)

    loop.add_reader(parent.fileno(), tell)
    await asyncio.Event().wait()


def answer(path: bytes, is_conditional: bool) -> bytes:
    """Returns the response to a request."""
    if path == b"/robots.txt":
        return b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
    if not path.startswith(b"/feed"):
        return b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n%b" % (
            len(PAGE), PAGE,
        )  # fmt: skip
    if is_conditional:
        return b'HTTP/1.1 304 Not Modified\r\nETag: "1"\r\n\r\n'
    feed = b"<rss version='2.0'><channel><title>News</title><item><title>One</title>"
    feed += b"<description>Some words.</description></item></channel></rss>"
    return (
        b'HTTP/1.1 200 OK\r\nETag: "1"\r\nContent-Type: application/rss+xml\r\n'
        b"Content-Length: %d\r\n\r\n%b" % (len(feed), feed)
    )


if __name__ == "__main__":
    main()
