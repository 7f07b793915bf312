"""The few things of which a process has exactly one, and why they are not passed as arguments.

Everything else in feedlake comes in as an argument. These can't:

- What steps share. Beam pickles each step, sends it to its workers, unpickles it there, perhaps
  several times, and calls it from threads of its own. Threads, sockets and locks can't travel with
  it, so a step looks for them where it runs: `Crawlers` (one crawler for the steps that poll and
  those that fetch, so that a host's limits hold for both) and `Tally` (what the progress line
  shows).
- What signals change. Python calls a signal handler between any two instructions and passes it
  nothing but the signal: `SignalState`, and `StopRequest`, by which the handler asks crawlers, in
  their threads, to end soon.
- What the operator wants to read: `Quiet`. Steps may have something to tell, too.

Each worker of a cluster has its own: there, counts don't reach the command, and a host's limits
hold for each worker by itself.
"""

from __future__ import annotations

import threading
from typing import TypeVar, cast

Thing = TypeVar("Thing")

_things: dict[type[object], object] = {}
_lock = threading.RLock()  # A signal handler may ask while its own thread is in here.


def process_wide(kind: type[Thing]) -> Thing:
    """Returns this process's only instance of a class.

    Args:
        kind: The class; it is called without arguments when it is first asked for.
    """
    with _lock:
        if kind not in _things:
            _things[kind] = kind()
        return cast(Thing, _things[kind])
