"""Counts of what passed through this process, for showing progress and for nothing else.

Beam's local runner shows its metrics only when the pipeline has ended, so the steps count here.
On a cluster the steps run elsewhere and these counts stay at zero.
"""

from __future__ import annotations

import threading
from collections import Counter

_counts: Counter[str] = Counter()
_lock = threading.Lock()


def count(name: str, amount: int = 1) -> None:
    """Adds to a count; any thread may."""
    with _lock:
        _counts[name] += amount


def snapshot() -> dict[str, int]:
    """Returns the counts since the last reset."""
    with _lock:
        return dict(_counts)


def reset() -> None:
    """Sets all counts to zero."""
    with _lock:
        _counts.clear()
