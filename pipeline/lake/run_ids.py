"""Ids of runs: when each began, something random, and the number of a chunk or what was done."""

from __future__ import annotations

import re
import secrets
from datetime import UTC, datetime

_TIME = "%Y%m%dT%H%M%SZ"
_OF_CHUNK = re.compile(r"(\d{8}T\d{6}Z)-[0-9a-f]{6}-\d{4,}")


def new_command_id(began_at: datetime) -> str:
    """Returns what the ids of a command's runs begin with, such as `20261122T183332Z-7df0bd`.

    The number of a chunk follows it (`-0001`), or a word for what else was done (`-compact`).

    Args:
        began_at: When the command began, UTC.
    """
    return f"{began_at:{_TIME}}-{secrets.token_hex(3)}"


def chunk_began_at(run_id: str) -> datetime | None:
    """Returns when a chunk's command began, by its own clock, UTC; None if the run is no chunk."""
    found = _OF_CHUNK.fullmatch(run_id)
    return datetime.strptime(found[1], _TIME).replace(tzinfo=UTC) if found else None
