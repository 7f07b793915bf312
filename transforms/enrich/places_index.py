"""Where the index of places lies on this machine."""

from __future__ import annotations

import atexit
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from feedlake.transforms.enrich.enrichers import EnrichOptions

_NEEDED_BY = frozenset({"places"})
"""Enrichers that read the index."""


def prepare(
    options: EnrichOptions, *, tell: Callable[[str], None] = lambda sentence: None
) -> EnrichOptions:
    """Returns the options with the folder of the index, which is there afterwards.

    It is built by whoever needs it first, and serves all lakes of a user on this machine, since
    nothing of a lake is in it.

    Args:
        options: Which enrichers; their `cache` is where to go if there is no home.
        tell: Is told before something that takes long.

    Raises:
        OSError: No folder can be written to.
    """
    if _NEEDED_BY.isdisjoint(options.names):
        return options
    # It takes 20 ms to import, and some runs name no places.
    from feedlake.transforms.places.gazetteer import has_gazetteer, open_gazetteer

    folders = [_user_cache(), *([Path(options.cache)] if options.cache else [])]
    for folder in folders:
        if has_gazetteer(folder):
            return replace(options, cache=str(folder))
    writable = next((folder for folder in folders if _is_writable(folder)), None)
    if writable is None:
        # A name that nobody can foresee: in a folder of all users, another one could wait there.
        writable = Path(tempfile.mkdtemp(prefix="feedlake-"))
        atexit.register(shutil.rmtree, writable, ignore_errors=True)
    tell("building the index of places, once on this machine")
    open_gazetteer(writable)
    return replace(options, cache=str(writable))


def _user_cache() -> Path:
    """The user's cache folder, by the XDG rules or, on a Mac, those of macOS."""
    if named := os.environ.get("XDG_CACHE_HOME"):
        return Path(named) / "feedlake"
    home = Path(os.path.expanduser("~"))
    return home / ("Library/Caches" if sys.platform == "darwin" else ".cache") / "feedlake"


def _is_writable(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False
