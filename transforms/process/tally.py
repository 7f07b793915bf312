"""Counts of what passed through this process, for showing progress and for nothing else."""

from __future__ import annotations

import threading
from collections import Counter


class Tally:
    """Counts by name; any thread may add to them.

    Beam's local runner shows its metrics only when the pipeline has ended, so the steps count here.
    On a cluster the steps run elsewhere and these counts stay at zero.
    """

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._phase = ""
        self._lock = threading.Lock()

    def count(self, name: str, amount: int = 1) -> None:
        """Adds to a count."""
        with self._lock:
            self._counts[name] += amount

    def enter(self, phase: str) -> None:
        """Says what this process does from now on, in a word or two."""
        self._phase = phase

    @property
    def phase(self) -> str:
        """What this process does, as it said last; empty if it hasn't."""
        return self._phase

    def snapshot(self) -> dict[str, int]:
        """Returns the counts since the last reset."""
        with self._lock:
            return dict(self._counts)

    def reset(self) -> None:
        """Sets all counts to zero, and forgets the phase."""
        with self._lock:
            self._counts.clear()
        self._phase = ""
