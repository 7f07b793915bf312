"""What the operator decides about a stream."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class StreamOptions:
    """What the operator decides about a stream.

    Attributes:
        window_s: How long what is ready is collected before it is published, in seconds.
        windows: Windows after which to stop; None for none.
        compact_files: Files that merging small ones may save before they are merged.
    """

    window_s: float = 60.0
    windows: int | None = None
    compact_files: int = 500
