"""Which shortcuts through other people's libraries this process takes.

They're all in `transforms/quicker`, and use parts of the libraries that these don't promise to
keep. For each there is a plain way beside the place that asks for it, which gives the same and
takes longer. One shortcut decides, too: `trafilatura_shortcuts.ENOUGH_CHARS`.
"""

from __future__ import annotations

from typing import Any, Literal

# With `_offers = None` here the folder can be deleted.
from feedlake.transforms.quicker import offers as _offers

Name = Literal[
    "child_servers",
    "extract_text",
    "extract_title",
    "load_counter",
    "rate_sentence",
]
"""What there is a shortcut for."""


def find(name: Name) -> Any:
    """Returns the shortcut, or None if the plain way is the only one here."""
    return _offers.find(name) if _offers is not None else None


def describe_left_out() -> list[str]:
    """Returns a sentence for each library that is installed in a release without shortcuts."""
    return _offers.describe_uncompared() if _offers is not None else []
