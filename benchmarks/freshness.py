"""How soon news is in the lake, measured from outside, on a simulated internet.

    PYTHONPATH=. python benchmarks/freshness.py FOLDER [--minutes 20] [--feeds 500] [--hosts 300]
        [--troubled 0.1] [--stuck 0] [--per-hour 2] [--every 1m] [--interval 1m] [--kill-every S]
        [--seed 1] [--warm 120] [--settle 180] [-- COMMAND…]

FOLDER must not exist. `simulated_internet.py` makes up what happens: items that come, change, stand
on two sites, leave their feed and come back; and a tenth of the hosts is slow or fails. `feedlake
schedule` (or COMMAND, such as `stream --runner PrismRunner`) polls it, and may be killed at random
and started again. Beside it, this program asks the lake every two seconds what it holds now.

At the end it ends the service, heals the internet, and lets `feedlake ingest` bring the rest. Then
nothing may be missing and nothing doubled, and no host may have been asked twice at a time, or
sooner than the pause of two seconds allows; or else a line begins with WRONG, and it exits with 1.
Freshness is that of healthy hosts, of the others, and of items whose page came later than their
entry; items of the first two minutes (`--warm`) say how long the first polls take, and don't count.

| line | what it says |
|---|---|
| freshness | from an item's appearance in its feed, or its change, to when its row is seen |
| CPU | of all processes of the service, in shares of one core: in all, and of minutes |
| memory | resident, of all processes: from the middle of the longest life on, and its slope |
| publications | rows of `runs`, the longest time between two, and the most files at a time |
| politeness | requests while another was under way at the host, and those after too short a pause |
| books | what is missing, and what is there twice |
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from simulated_internet import (
    ROWS_SQL,
    Asked,
    Item,
    Row,
    Server,
    Size,
    World,
    find_doubled,
    find_impolite,
    find_missing,
    make_up,
)

import feedlake
from feedlake.pipeline.lake.lake import Lake
from feedlake.pipeline.upkeep.verify import verify

DELAY_S, SLACK_S = 2.0, 0.05
LOOK_S = 2.0

_UNFINISHED_SQL = """
    SELECT (SELECT count(*) FROM waiting) + (
        SELECT count(*) FROM (
            SELECT arg_max(status, polled_at) AS status FROM sources GROUP BY source
        ) WHERE status IN ('waiting', 'failed')
    )
"""
"""How many pages wait, and how many addresses had no answer when they were asked last."""


_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE_MB = os.sysconf("SC_PAGE_SIZE") / 1_048_576


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--minutes", type=float, default=20.0, help="in which items come")
    parser.add_argument("--feeds", type=int, default=500)
    parser.add_argument("--hosts", type=int, default=300)
    parser.add_argument("--troubled", type=float, default=0.1, help="share of bad hosts")
    parser.add_argument("--stuck", type=int, default=0, help="hosts that trickle or never answer")
    parser.add_argument("--per-hour", type=float, default=2.0, help="new items of a feed")
    parser.add_argument("--backlog", type=int, default=200, help="pages of a host that has many")
    parser.add_argument("--every", default="1m", help="between two publications")
    parser.add_argument("--interval", default="1m", help="between two polls of a feed")
    parser.add_argument("--kill-every", type=float, help="seconds between two SIGKILL, about")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--warm", type=float, default=120.0, help="seconds that don't count")
    parser.add_argument("--settle", type=float, default=180.0, help="seconds after the last item")
    own, command = sys.argv[1:], list[str]()
    if "--" in own:
        own, command = own[: own.index("--")], own[own.index("--") + 1 :]
    given = parser.parse_args(own)
    given.command = command
    size = Size(
        feeds=given.feeds,
        hosts=given.hosts,
        troubled=given.troubled,
        length_s=given.minutes * 60,
        per_hour=given.per_hour,
        backlog=given.backlog,
        seed=given.seed,
        stuck=given.stuck,
    )
    given.folder.mkdir()
    world = make_up(size)
    with Server(size, given.folder / "requests.jsonl") as server:
        config = write_config(given, world, server.port)
        service = Service(given, config)
        watch = Watch(given.folder / "lake", world, server, warm_s=given.warm)
        try:
            run(given, size, service, watch)
        finally:
            ended_s = service.stop()
        watch.look()
        asked = server.asked()
        told = [*watch.tell(), *service.tell(ended_s), *tell_politeness(asked, service)]
        print("\n".join(told), flush=True)
        server.heal()
        finish(given, config)
        wrong = tell_books(watch)
    print("\n".join(wrong))
    sys.exit(any(line.startswith("WRONG") for line in (*told, *wrong)))


def write_config(given: argparse.Namespace, world: World, port: int) -> Path:
    """Writes what the service is to do, and returns where that stands."""
    lines = [
        f'lake = "{given.folder.absolute() / "lake"}"',
        'allow-network = ["127.0.0.0/8"]',
        f'host-delay = "{DELAY_S:g}s"',
        f'min-interval = "{given.interval}"',
    ]
    for feed in range(len(world.feeds)):
        url = world.feed_url(feed, port=port)
        lines += ["", "[[source]]", f'url = "{url}"', f'max-interval = "{given.interval}"']
    config: Path = given.folder.absolute() / "feedlake.toml"
    config.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return config


def run(given: argparse.Namespace, size: Size, service: Service, watch: Watch) -> None:
    """Lets time pass, looks, and kills."""
    dice = random.Random(given.seed)
    end_s = watch.server.began_s + size.length_s + given.settle
    kill_at_s = _next_kill(given, dice)
    service.start()
    while (now_s := time.time()) < end_s:
        if now_s > kill_at_s and now_s < end_s - given.settle:
            service.kill()
            kill_at_s = _next_kill(given, dice)
        service.sample()
        watch.look()
        time.sleep(max(0.0, now_s + LOOK_S - time.time()))


def _next_kill(given: argparse.Namespace, dice: random.Random) -> float:
    if given.kill_every is None:
        return float("inf")
    return time.time() + float(given.kill_every) * dice.uniform(0.3, 1.7)


@dataclass
class Service:
    """The command that is measured, however often it is started.

    Attributes:
        cpu: At which time the processes had used how many seconds of CPU, earlier lives included.
        memory: The same of resident MB, by life.
        killed: When it was killed.
    """

    given: argparse.Namespace
    config: Path
    cpu: list[tuple[float, float]] = field(default_factory=list)
    memory: list[list[tuple[float, float]]] = field(default_factory=list)
    killed: list[float] = field(default_factory=list)

    def start(self) -> None:
        """Starts it, in a session of its own."""
        plain = ["schedule", "--every", self.given.every, "--json"]
        name, *flags = self.given.command or plain
        self._log = (self.config.parent / "service.log").open("a")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "feedlake", name, "--config", str(self.config), *flags],
            stdout=self._log,
            stderr=self._log,
            start_new_session=True,
        )
        self._before_s = self.cpu[-1][1] if self.cpu else 0.0
        self.memory.append([])

    def sample(self) -> None:
        """Notes what its processes use; starts it again if it has ended by itself."""
        if self._process.poll() is not None:
            print(f"the service has ended with {self._process.returncode}", flush=True)
            time.sleep(1.0)
            self.start()
            return
        usage = usage_of(self._process.pid)
        self.cpu.append((time.time(), self._before_s + usage[0]))
        self.memory[-1].append((time.time(), usage[1]))

    def kill(self) -> None:
        """Kills it, sees its children end, and starts it again."""
        self._process.kill()
        self._process.wait()
        self.killed.append(time.time())
        time.sleep(1.0)
        self.start()

    def stop(self) -> float:
        """Asks it to end, and returns how long that takes."""
        asked_s = time.monotonic()
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._log.close()
        return time.monotonic() - asked_s

    def tell(self, ended_s: float) -> list[str]:
        """Returns lines on what it used."""
        (first_s, _), (last_s, total_s) = self.cpu[0], self.cpu[-1]
        minutes: dict[int, list[float]] = {}
        for at_s, used_s in self.cpu:
            minutes.setdefault(int((at_s - first_s) // 60), []).append(used_s)
        used = [(max(one) - min(one)) / 60 for one in list(minutes.values())[:-1]] or [0.0]
        life = max(self.memory, key=len)
        half = life[len(life) // 2 :]
        slope = statistics.linear_regression(*zip(*half, strict=True)).slope if half[1:] else 0.0
        quarter = max(1, len(half) // 4)
        begin, end = (
            statistics.median(mb for _, mb in part) for part in (half[:quarter], half[-quarter:])
        )
        late = "WRONG " if ended_s > 10 or self._process.returncode else ""
        return [
            f"CPU: {total_s / (last_s - first_s):.0%} of a core, in the median minute "
            f"{statistics.median(used):.0%}, in the last {used[-1]:.0%}",
            f"memory: {begin:.0f} MB, then {end:.0f}; {slope * 3_600:+.0f} MB an hour, most "
            f"{max(mb for one in self.memory for _, mb in one):.0f}",
            f"{late}killed {len(self.killed)} times; ended {ended_s:.1f} s after SIGTERM with "
            f"{self._process.returncode}",
        ]


def usage_of(session: int) -> tuple[float, float]:
    """Returns seconds of CPU and resident MB of all processes of a session."""
    cpu_s = resident_mb = 0.0
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # It has just ended.
        if int(fields[3]) == session:
            cpu_s += sum(map(int, fields[11:15])) / _TICKS
            resident_mb += int(fields[21]) * _PAGE_MB
    return cpu_s, resident_mb


@dataclass
class Watch:
    """What is seen of the lake from outside.

    Attributes:
        lake: Its folder.
        world: What happens.
        server: Who serves it.
        warm_s: Items that come before don't count.
        seen: When which edition of an address was first seen.
        runs: When each run was first seen.
        most_files: Most Parquet files that there were at a time.
    """

    lake: Path
    world: World
    server: Server
    warm_s: float
    seen: dict[tuple[str, int], float] = field(default_factory=dict)
    runs: dict[str, float] = field(default_factory=dict)
    most_files: int = 0

    def look(self) -> None:
        """Asks the lake what has come."""
        if not (self.lake / "_journal").is_dir():
            return
        with feedlake.open(str(self.lake)) as lake:
            runs = {run for (run,) in lake.sql("SELECT run_id FROM runs").fetchall()}
            if new := sorted(runs - self.runs.keys()):
                listed = ", ".join(f"'{run}'" for run in new)
                where = f"WHERE run_id IN ({listed})"
                tables = (f"{part} {where}" for part in ROWS_SQL.split("UNION ALL"))
                found = lake.sql(" UNION ALL ".join(tables)).fetchall()
                now_s = time.time()
                self.runs |= dict.fromkeys(new, now_s)
                for row in map(Row._make, found):
                    self.seen.setdefault((row.url, row.edition), now_s)
                files = sum(1 for _ in self.lake.glob("[a-z]*/*/*.parquet"))
                self.most_files = max(self.most_files, files)

    def tell(self) -> list[str]:
        """Returns lines on freshness and publications."""
        lags: dict[str, list[float]] = {"healthy hosts": [], "other hosts": [], "late pages": []}
        for item in self.world.items:
            kind = self.world.hosts[item.host].kind
            name = "healthy hosts" if kind == "healthy" else "other hosts"
            name = "late pages" if item.kind == "early" else name
            for edition, at_s in enumerate(item.at_s):
                if at_s >= self.warm_s and kind not in ("silent", "dead"):
                    lags[name].append(self._lag_s(item, edition, at_s))
        times = sorted(self.runs.values())
        longest_s = max((after - before for before, after in pairwise(times)), default=0)
        rows = Counter(edition > 0 for _, edition in self.seen)
        return [
            *(_tell_lags(name, found) for name, found in lags.items()),
            f"publications: {len(times)}, at most {longest_s:.0f} s apart; {rows[False]} first "
            f"editions, {rows[True]} later ones; at most {self.most_files} files",
        ]

    def _lag_s(self, item: Item, edition: int, at_s: float) -> float:
        url = self.world.item_url(item, port=self.server.port)
        moments = [self.seen.get((url, later)) for later in range(edition, 3)]
        seen_s = min((moment for moment in moments if moment is not None), default=float("inf"))
        return seen_s - self.server.began_s - at_s


def _tell_lags(name: str, lags: list[float]) -> str:
    """Returns a line; what was never seen is later than all else."""
    lags.sort()
    if not lags:
        return f"freshness, {name}: nothing came"
    missing = sum(lag == float("inf") for lag in lags)
    shares = (0.5, 0.95, 1.0)
    at = [lags[min(len(lags) - 1, int(share * len(lags)))] for share in shares]
    return (
        f"freshness, {name}: median {at[0]:.0f} s, 95 % within {at[1]:.0f} s, all within "
        f"{at[2]:.0f} s ({len(lags)} items, {missing} not seen)"
    )


def tell_politeness(asked: Sequence[Asked], service: Service) -> list[str]:
    """Returns a line on what the hosts have seen."""
    wrong = find_impolite(asked, delay_s=DELAY_S - SLACK_S, killed=service.killed)
    robots = sum(one.path == "/robots.txt" for one in asked)
    return [
        f"{'WRONG ' if any(wrong) else ''}politeness: {len(asked)} requests, of which {robots} for "
        f"robots.txt; {wrong.beside} beside another, {wrong.too_soon} after too short a pause"
    ]


def finish(given: argparse.Namespace, config: Path) -> None:
    """Lets the rest come, now that all hosts are well; some are left alone for ten minutes yet."""
    command = [sys.executable, "-m", "feedlake", "ingest", "--config", str(config)]
    command += ["--host-delay", "0s", "--quiet", "--host-pages", "10000"]
    with (config.parent / "service.log").open("a") as log:
        for _ in range(24):
            subprocess.run(command, stdout=log, stderr=log, check=False)
            with feedlake.open(str(given.folder / "lake")) as lake:
                [(waiting,)] = lake.sql(_UNFINISHED_SQL).fetchall()
            if not waiting:
                break
            time.sleep(30.0)


def tell_books(watch: Watch) -> list[str]:
    """Returns lines on what is missing and what is doubled, and what `verify` finds."""
    with feedlake.open(str(watch.lake)) as lake:
        rows = [Row(*row) for row in lake.sql(ROWS_SQL).fetchall()]
        reasons = lake.sql("SELECT reason, count(*) FROM rejects GROUP BY ALL").fetchall()
        waiting = lake.sql("SELECT reason, url FROM waiting").fetchall()
    world, port = watch.world, watch.server.port
    # Those at hosts that are left alone for ten minutes; the lake knows of them.
    known = [*rows, *(Row("waiting", url, None, 2) for _, url in waiting)]
    missing = find_missing(world, known, port=port)
    doubled = find_doubled(world, rows, port=port)
    faults = [str(fault) for fault in verify(Lake(str(watch.lake)))]
    counted = Counter(row.table for row in rows)
    return [
        f"{'WRONG ' if missing or doubled else ''}books: {len(world.items)} items; "
        f"{counted['articles']} articles, {counted['revisions']} revisions, "
        f"{counted['duplicates']} duplicates, {dict(reasons)} rejects, {len(waiting)} wait; "
        f"{len(missing)} missing, {len(doubled)} doubled",
        *_some("missing", missing),
        *_some("doubled", doubled),
        *_some("WRONG verify", faults),
    ]


def _some(name: str, what: Iterable[str]) -> list[str]:
    return [f"{name}: {one}" for one in list(what)[:10]]


if __name__ == "__main__":
    main()
