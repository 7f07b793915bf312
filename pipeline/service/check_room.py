"""Whether a disk takes what is to be written, found out before anything is asked for."""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path

from feedlake.transforms.normalize import storage

PROBE_BYTES = 1 << 20
"""How much is written: more than a publication of polls needs, and than a disk that is full has."""


def check_room(lake: str) -> None:
    """Writes to a lake's staging folder, and deletes what it has written.

    Args:
        lake: Folder or address of the lake; an object store is taken to have room, and a folder
            that isn't there is left to whoever opens the lake.

    Raises:
        OSError: It can't be written.
    """
    if not (storage.is_local(lake) and Path(lake).is_dir()):
        return
    folder = Path(lake, "_staging")
    folder.mkdir(exist_ok=True)
    path = folder / f"room-{secrets.token_hex(6)}"
    try:
        path.write_bytes(os.urandom(PROBE_BYTES))  # Some disks need no room for zeros.
    finally:
        with contextlib.suppress(FileNotFoundError):
            path.unlink()
