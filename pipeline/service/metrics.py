"""Counts of scheduled runs, and of windows, for Prometheus."""

from __future__ import annotations

from time import time
from typing import Self

from prometheus_client import CollectorRegistry, Counter, Gauge, start_http_server

from feedlake.pipeline.run.account import Account
from feedlake.pipeline.service.schedule import Tick

_DOCUMENTS = ("articles", "revisions", "duplicates", "rejects", "already_in_lake")


class Metrics:
    """What scheduled runs came to, served on the loopback address while the block runs.

    Attributes:
        port: Where it is served.

    Args:
        port: Where to serve; 0 for any free port.
        is_schedule: Whether it is known when the next run begins, as a stream doesn't know.

    Raises:
        OSError: The port is taken.
    """

    def __init__(self, port: int, *, is_schedule: bool = True) -> None:
        self.registry = CollectorRegistry()
        self._runs = Counter(
            "feedlake_runs", "Runs, by how they ended.", ["outcome"], registry=self.registry
        )
        self._documents = Counter(
            "feedlake_documents",
            "Documents read, by where they ended.",
            ["table"],
            registry=self.registry,
        )
        self._polls = Counter(
            "feedlake_polls", "Addresses polled, by status.", ["status"], registry=self.registry
        )
        self._deferred = Counter(
            "feedlake_deferred", "Pages left to a later run.", registry=self.registry
        )
        self._merged = Counter(
            "feedlake_merged_files", "Small files merged.", registry=self.registry
        )
        self._duration = self._gauge("run_duration_seconds", "Wall time of the last run.")
        self._last = self._gauge("last_success_timestamp_seconds", "Start of the last good run.")
        if is_schedule:
            self._next = self._gauge("next_run_timestamp_seconds", "Start of the next run.")
            self._addresses = self._gauge("addresses", "Addresses that the schedule includes.")
            self._due = self._gauge("next_due_timestamp_seconds", "When the first address is due.")
        self._server, self._thread = start_http_server(
            port, addr="127.0.0.1", registry=self.registry
        )
        self.port: int = self._server.server_port

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def count(self, tick: Tick) -> None:
        """Adds what a scheduled run came to."""
        outcome = "failed" if tick.failure else "put_off" if tick.put_off else "done"
        self._runs.labels(outcome).inc()
        self._merged.inc(tick.merged_files)
        self._addresses.set(tick.addresses)
        if tick.next_at is not None:
            self._next.set(tick.next_at.timestamp())
        if tick.next_due is not None:
            self._due.set(tick.next_due.timestamp())
        if outcome == "done":
            self._last.set(tick.started_at.timestamp())
        if tick.account is not None:
            self._add(tick.account)

    def count_window(self, account: Account, *, merged_files: int) -> None:
        """Adds what a window of a stream came to.

        Args:
            account: Of what it published.
            merged_files: Small files that were merged after it.
        """
        self._runs.labels("done").inc()
        self._merged.inc(merged_files)
        self._last.set(time() - account.elapsed_s)
        self._add(account)

    def _add(self, account: Account) -> None:
        self._duration.set(account.elapsed_s)
        self._deferred.inc(account.deferred)
        for table in _DOCUMENTS:
            self._documents.labels(table).inc(getattr(account, table))
        for status, count in account.polls.items():
            self._polls.labels(status).inc(count)

    def _gauge(self, name: str, meaning: str) -> Gauge:
        return Gauge(f"feedlake_{name}", meaning, registry=self.registry)
