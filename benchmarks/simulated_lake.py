"""A lake as scheduled runs leave it, without the runs: their rows are made up, their files real.

Real are the records and rows, the files (`write_rows`), the commits with all their syncs
(`Lake.writing`, `Lake.publish`), the folding of the journal, the index's catching up, what runs
keep of newest rows, and the merging of small files as `schedule` does it. When feeds are polled is
decided by the rule of real runs (`polling.after`), so they settle at their own pace.

Made up is what the web would say: how many entries each feed has (from one in five days to some
forty a day, more for a few), which of them are late, copies, rejects, known or must wait, and which
are corrected later. Feeds die (404, or 410 twice), move (301), fall silent and fail for a while.
Texts are random words of a list, 150 to 450 of them; signatures are random bytes, which compress
no better than real ones. Articles have no enrichment. No page is parsed and nothing is compared:
that costs the same in an old lake as in a new one, but for the index, whose size is measured.

All of this is one idea, a made-up year, so it is one file; a test grows a shorter month by it.
"""

from __future__ import annotations

import random
import secrets
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from feedlake.pipeline.cli.command_line import read_command_line
from feedlake.pipeline.history import index
from feedlake.pipeline.lake.journal_entry import JournalEntry
from feedlake.pipeline.lake.lake import Lake
from feedlake.pipeline.options.run_options import ingest_options
from feedlake.pipeline.run.account import Account
from feedlake.pipeline.upkeep.compact import STEP_BYTES, count_small_files, merge_some
from feedlake.pipeline.web.waiting_pages import read_waiting
from feedlake.pipeline.web.web_history import read_web_history
from feedlake.transforms.dedup.decide import Decided, Verdict
from feedlake.transforms.dedup.lookup import article_id_of
from feedlake.transforms.dedup.minhash import SIGNATURE_BYTES
from feedlake.transforms.normalize.text import hash_text
from feedlake.transforms.poll.poll_interval import PollIntervals
from feedlake.transforms.poll.polling import after, is_due
from feedlake.transforms.records.documents import (
    Article,
    Deferral,
    Document,
    Entry,
    Recognised,
    Rejection,
    SourceReport,
    StagedFile,
)
from feedlake.transforms.records.polls import Answer, Poll, PollState
from feedlake.transforms.write.parquet_files import WriteOptions, partition_of, write_rows
from feedlake.transforms.write.schema import TABLES

WORDS = [a + b + c for a in "bdfgklmnprst" for b in "aeiou" for c in ("n", "ra", "st", "lo")]
MARK_BYTES, KEPT_MARKS = 25, 100
INTERVALS = PollIntervals()
ROBOTS = "User-agent: *\nDisallow: /admin\nDisallow: /search\nCrawl-delay: 2\n"
MEAN_PER_DAY = 3.0


@dataclass
class Feed:
    """One made-up feed.

    Attributes:
        url: Its address.
        per_day: Mean of its new entries.
        shows: Entries that it shows.
        dies_on: Day from which it answers 404 or 410; `moves_on`: 301; `rests_on`: nothing new.
        state: As of its last poll; None before the first.
        marks: Of the entries that it shows and has shown.
        counted_to: Day up to which its entries have come.
        number: Of its entries so far.
        slot: Run of the day before which its robots.txt is asked for.
    """

    url: str
    per_day: float
    shows: int
    dies_on: float
    is_gone: bool
    moves_on: float
    rests_on: float
    state: PollState | None = None
    marks: tuple[bytes, ...] = ()
    counted_to: float = 0.0
    number: int = 0
    slot: int = 0


@dataclass
class Sizes:
    """Bytes of files that runs published, and of those that compactions wrote."""

    came: int = 0
    rewritten: int = 0
    merges: int = 0


class CountedLake(Lake):
    """A lake that counts what is published."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.sizes = Sizes()

    def publish(self, entry: JournalEntry) -> None:
        """Publishes as any lake does."""
        super().publish(entry)
        size = sum(file.size_bytes for file in entry.add)
        if entry.is_rewrite:
            self.sizes.rewritten += size
            self.sizes.merges += 1
        else:
            self.sizes.came += size


@dataclass
class _Rows:
    """What one run writes: records by table, and its counts."""

    records: dict[str, list[Any]] = field(default_factory=lambda: defaultdict(list))
    known_by_entry: int = 0
    polls: int = 0


class SimulatedLake:
    """A lake that grows by days.

    Args:
        path: Of the lake.
        feeds: How many feeds it polls.
        per_day: Runs a day.
        start: When the first run starts, UTC.
        compact_files: As `--compact-files`; None: nothing is merged.
        index_every: Runs after which the index is caught up; a real run does it each time.
        seed: Of all chances.
    """

    def __init__(
        self,
        path: str,
        *,
        feeds: int,
        per_day: int,
        start: datetime,
        compact_files: int | None = 500,
        index_every: int = 1,
        seed: int = 17,
    ) -> None:
        self.lake = CountedLake(path)
        self.now = start
        self.runs = 0
        self.articles = 0
        self.last_run_at = start
        self.last_article_id = ""
        self._start, self._per_day = start, per_day
        self._compact_files, self._index_every = compact_files, index_every
        self._dice = random.Random(seed)
        self._feeds = [self._new_feed(number) for number in range(feeds)]
        self._recent: list[tuple[Article, int]] = []
        self._waiting: list[Deferral] = []
        call = read_command_line(["schedule", "feeds.txt", "--lake", path])
        self._options = ingest_options(call.values, sources=["feeds.txt"]).to_json()

    def idle_addresses(self) -> list[str]:
        """Returns the addresses of the feeds that are not due within ten minutes."""
        soon = self.last_run_at + timedelta(minutes=10)
        return [feed.url for feed in self._feeds if not is_due(feed.state, now=soon)]

    def run_days(self, days: int) -> None:
        """Adds the runs of so many days, and what `schedule` does after each."""
        for _ in range(days * self._per_day):
            with self.lake.writing():
                if self.runs % self._index_every == 0:
                    self.catch_up()
                self._publish(self._poll_all())
            self._merge()
            self.runs += 1
            self.last_run_at = self.now
            self.now = self._start + timedelta(days=self.runs / self._per_day)

    def catch_up(self) -> None:
        """Brings the index up to date, and what runs keep of newest rows, as each real run does."""
        index.catch_up(self.lake)
        snapshot = self.lake.snapshot()
        read_web_history(snapshot, now=self.now, may_write=True)
        read_waiting(snapshot, now=self.now, options={}, host_pages=1, max_pages=1, may_write=True)

    def _merge(self) -> None:
        if self._compact_files is None:
            return
        if count_small_files(self.lake, max_bytes=STEP_BYTES) > self._compact_files:
            with self.lake.writing():
                merge_some(self.lake, may_go_on=lambda: True)

    def _new_feed(self, number: int) -> Feed:
        dice = self._dice
        per_day = min(200.0, MEAN_PER_DAY * dice.lognormvariate(-0.6, 1.1))
        far = 400.0  # The first month must meet each fate as often as the last.
        return Feed(
            url=f"https://paper-{number}.example/feed.xml",
            per_day=per_day,
            shows=dice.choice((10, 20, 20, 30, 50)),
            dies_on=dice.uniform(0, 365) if dice.random() < 0.10 else far,
            is_gone=dice.random() < 0.3,
            moves_on=dice.uniform(0, 365) if dice.random() < 0.08 else far,
            rests_on=dice.uniform(0, 365) if dice.random() < 0.05 else far,
            slot=number % self._per_day,
        )

    def _day(self) -> float:
        return (self.now - self._start) / timedelta(days=1)

    def _poll_all(self) -> _Rows:
        rows = _Rows()
        self._settle_waiting(rows)
        for feed in self._feeds:
            if is_due(feed.state, now=self.now):
                self._poll(feed, rows)
        for _ in range(len(rows.records["articles"]) // 20):
            self._correct(rows)
        return rows

    def _poll(self, feed: Feed, rows: _Rows) -> None:
        dice, day = self._dice, self._day()
        answer = self._answer(feed, day)
        feed.state = after(
            feed.state,
            answer,
            address=feed.url,
            now=self.now,
            options=INTERVALS,
            chance=dice.random(),
        )
        entries = [self._new_entry(feed) for _ in range(answer.new_entries)]
        status = {"changed": "read", "same": "unchanged", "not_modified": "unchanged"}
        has_body = answer.kind == "changed"
        if has_body:
            new = tuple(dice.randbytes(MARK_BYTES) for _ in entries)
            feed.marks = (new + feed.marks)[: feed.shows + KEPT_MARKS]
        rows.polls += 1
        rows.records["sources"].append(
            SourceReport(
                feed.url,
                source_kind="feed" if answer.http_status != 404 else None,
                status=status.get(answer.kind, "failed"),  # type: ignore[arg-type]
                size_bytes=1_500 * feed.shows if has_body else 0,
                modified_at=None,
                checksum=None,
                next_record=None,
                documents=len(entries),
                skipped=(),
                detail=answer.error,
                duration_ms=dice.randrange(20, 900),
                poll=Poll(
                    feed.state,
                    http_status=answer.http_status,
                    was_conditional=answer.was_conditional,
                    entries=answer.entries,
                    new_entries=answer.new_entries,
                    error=None if answer.error is None else "http_status",
                    title=f"Paper {feed.url[14:-17]}",
                    entry_fingerprints=feed.marks if has_body else None,
                ),
            )
        )
        if feed.state.polls == 1 or self.runs % self._per_day == feed.slot:
            rows.records["sources"].append(_robots(feed, self.now))
        for entry in entries:
            self._place(entry, feed, rows)

    def _answer(self, feed: Feed, day: float) -> Answer:
        dice = self._dice
        if day >= feed.dies_on:
            status = 410 if feed.is_gone else 404
            kind = "gone" if feed.is_gone else "failed"
            return Answer(kind, http_status=status, error=f"status {status}")  # type: ignore[arg-type]
        if dice.random() < 0.005:
            return Answer("failed", http_status=None, error="nothing connects")
        moved = feed.url.replace("/feed.xml", "/rss") if day >= feed.moves_on else None
        expected = 0.0 if day >= feed.rests_on else feed.per_day * (day - feed.counted_to)
        new = min(feed.shows, _poisson(dice, expected)) if feed.state else feed.shows // 2
        feed.counted_to = day
        if not new:
            is_known = feed.state is not None
            return Answer(
                "not_modified" if is_known else "changed",
                http_status=304 if is_known else 200,
                was_conditional=is_known,
                permanent_target=moved,
            )
        body = dice.randbytes(32)
        return Answer(
            "changed",
            http_status=200,
            etag=f'"{body.hex()[:16]}"',
            body_sha256=body,
            entries=feed.shows,
            new_entries=new,
            newest_entry_at=self.now,
            was_conditional=feed.state is not None,
            permanent_target=moved,
        )

    def _new_entry(self, feed: Feed) -> Article:
        dice, now = self._dice, self.now
        feed.number += 1
        age = timedelta(hours=dice.expovariate(1 / 2))
        if dice.random() < 0.03:
            late = dice.expovariate(1 / 20) if dice.random() < 0.8 else dice.uniform(60, 2_000)
            age += timedelta(days=late)
        words = dice.choices(WORDS, k=dice.randrange(150, 450))
        text = "\n\n".join(
            " ".join(words[place : place + 40]) + "." for place in range(0, len(words), 40)
        )
        host = feed.url.split("/")[2]
        url = f"https://{host}/{now:%Y/%m}/{'-'.join(words[:5])}-{feed.number}"
        return Article(
            article_id=article_id_of(url.encode()),
            url=url,
            canonical_url=url,
            claimed_url=None,
            is_claimed=False,
            source=feed.url,
            source_kind="feed",
            source_record=feed.number,
            guid=f"{host}/{feed.number}",
            entry_mark=dice.randbytes(8).hex(),
            site=host,
            site_name="Paper",
            title=" ".join(words[:8]).capitalize(),
            authors=(" ".join(words[8:10]).title(),),
            excerpt=" ".join(words[:30]),
            image_url=f"https://{host}/img/{feed.number}.jpg",
            tags=(words[11], words[12]),
            published_at=now - age,
            published_text=(now - age).isoformat(),
            published_offset_min=0,
            updated_at=None,
            fetched_at=now,
            date_source="feed",
            text=text,
            text_source="page",
            text_note=None,
            declared_language="en",
            word_count=len(words),
            char_count=len(text),
            text_sha256=hash_text(text),
            extractor="simulated",
            extra=None,
        )

    def _place(self, entry: Article, feed: Feed, rows: _Rows) -> None:
        """Decides by chance what becomes of an entry."""
        chance = self._dice.random()
        if chance < 0.04 and self._recent:
            original = self._dice.choice(self._recent)[0]
            self._add_copy(entry, original, rows)
        elif chance < 0.07:
            rows.records["rejects"].append(_rejection(entry))
        elif chance < 0.10:
            rows.records["known"].append(_recognised(entry))
        elif chance < 0.13:
            rows.known_by_entry += 1
        elif chance < 0.18:
            document = _document(entry)
            self._waiting.append(
                Deferral(
                    Entry(document, attempts=1, first_tried_at=self.now),
                    status="waiting",
                    reason="timeout",
                    detail="nothing came for 30 s",
                    tried_at=self.now,
                    next_try_at=self.now + timedelta(minutes=15),
                )
            )
            rows.records["deferred"].append(self._waiting[-1])
        else:
            self._add_article(entry, rows)

    def _settle_waiting(self, rows: _Rows) -> None:
        """The pages that waited come; their entries are rejects here."""
        due = [one for one in self._waiting if (one.next_try_at or self.now) <= self.now]
        self._waiting = [one for one in self._waiting if one not in due]
        for one in due:
            rows.records["deferred"].append(
                replace(one, status="done", reason=None, next_try_at=None, tried_at=self.now)
            )
            document = one.entry.document
            rows.records["rejects"].append(
                Rejection(
                    document.source,
                    source_kind="feed",
                    source_record=document.source_record,
                    url=document.url,
                    title=document.title,
                    step="fetch",
                    reason="timeout",
                    detail=f"{document.url}: asked for twice",
                )
            )

    def _add_article(self, entry: Article, rows: _Rows) -> None:
        verdict = Verdict("article", article_id=entry.article_id, cluster_id=entry.article_id)
        rows.records["articles"].append(self._decided(entry, verdict))
        self._recent.append((entry, 0))
        self.last_article_id = entry.article_id
        del self._recent[:-500]

    def _correct(self, rows: _Rows) -> None:
        """A page that was read lately has another text now."""
        place = self._dice.randrange(len(self._recent))
        before, revision = self._recent[place]
        text = f"{before.text}\n\nCorrected at {self.now}."
        entry = replace(
            before,
            text=text,
            char_count=len(text),
            text_sha256=hash_text(text),
            fetched_at=self.now,
            entry_mark=self._dice.randbytes(8).hex(),
        )
        verdict = Verdict(
            "revision",
            article_id=before.article_id,
            cluster_id=before.article_id,
            similarity=0.9,
            revision=revision + 1,
            char_delta=len(text) - before.char_count,
        )
        rows.records["revisions"].append(self._decided(entry, verdict))
        self._recent[place] = entry, revision + 1

    def _add_copy(self, entry: Article, original: Article, rows: _Rows) -> None:
        verdict = Verdict(
            "duplicate",
            article_id=entry.article_id,
            cluster_id=original.article_id,
            original_id=original.article_id,
            matched_id=original.article_id,
            test="near",
            similarity=0.9,
        )
        rows.records["duplicates"].append(self._decided(entry, verdict))

    def _decided(self, entry: Article, verdict: Verdict) -> Decided:
        signature = self._dice.randbytes(SIGNATURE_BYTES)
        return Decided(entry, verdict=verdict, minhash=signature, content_sha256=entry.text_sha256)

    def _publish(self, rows: _Rows) -> None:
        run_id = f"{self.now:%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}-0001"
        options = WriteOptions(self.lake.staging_folder(run_id), run_id=run_id, started_at=self.now)
        counts = {name: len(found) for name, found in rows.records.items()}
        self.articles += counts.get("articles", 0)
        files = list(_write(rows.records, options))
        added = ("articles", "revisions", "duplicates", "rejects")
        already = len(rows.records["known"]) + rows.known_by_entry
        account = Account(
            lake=self.lake.path,
            sources=rows.polls,
            documents=already + sum(counts.get(name, 0) for name in added),
            already_in_lake=already,
            known_by_entry=rows.known_by_entry,
            known_by_address=len(rows.records["known"]),
            **{name: counts.get(name, 0) for name in added},
        )
        row = {
            **vars(account),
            "publication": self.lake.next_place(),
            "chunk": 1,
            "started_at": self.now,
            "finished_at": self.now + timedelta(seconds=40),
            "options": self._options,
            "versions": _VERSIONS,
        }
        partition = partition_of(row, table="runs", options=options)
        files += write_rows([row], table=TABLES["runs"], partition=partition, options=options)
        self.lake.publish(JournalEntry(run_id, partition_by=("date",), add=tuple(files)))


_VERSIONS = (
    '{"feedlake": "0", "python": "3.11.2", "apache-beam": "2.77.0", "trafilatura": "2.3.1", '
    '"lxml": "6.0.2", "feedparser": "6.0.12", "fastwarc": "1.0.0", "pyarrow": "25.0.1"}'
)


def _write(records: dict[str, list[Any]], options: WriteOptions) -> Iterator[StagedFile]:
    for name, found in records.items():
        by_partition = defaultdict(list)
        for row in map(TABLES[name].to_row, found):
            by_partition[partition_of(row, table=name, options=options)].append(row)
        for partition, rows in by_partition.items():
            yield from write_rows(rows, table=TABLES[name], partition=partition, options=options)


def _robots(feed: Feed, now: datetime) -> SourceReport:
    address = "/".join(feed.url.split("/")[:3]) + "/robots.txt"
    return SourceReport(
        address,
        source_kind="robots",
        status="read",
        size_bytes=len(ROBOTS),
        modified_at=None,
        checksum=None,
        next_record=None,
        documents=0,
        skipped=(),
        detail=None,
        duration_ms=80,
        poll=Poll(PollState(address, polled_at=now), http_status=200, robots_txt=ROBOTS),
    )


def _rejection(entry: Article) -> Rejection:
    return Rejection(
        entry.source,
        source_kind="feed",
        source_record=entry.source_record,
        url=entry.url,
        title=entry.title,
        step="extract",
        reason="too_short",
        detail=f"{entry.url}: 82 characters, fewer than 200",
    )


def _recognised(entry: Article) -> Recognised:
    return Recognised(
        entry.source,
        url=entry.url,
        title=entry.title,
        guid=entry.guid,
        entry_mark=entry.entry_mark,
        test="address",
    )


def _document(entry: Article) -> Document:
    return Document(
        entry.source,
        source_kind="feed",
        body="",
        is_html=False,
        text_source="summary",
        source_record=entry.source_record,
        url=entry.url,
        title=entry.title,
        authors=entry.authors,
        published_at=entry.published_at,
        guid=entry.guid,
        excerpt=entry.excerpt,
        entry_mark=entry.entry_mark,
    )


def _poisson(dice: random.Random, mean: float) -> int:
    count, left = 0, dice.expovariate(1)
    while left < mean:
        count += 1
        left += dice.expovariate(1)
    return count
