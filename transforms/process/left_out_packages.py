"""Importing a package without others that it takes only where they are installed."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

OF_BEAM = ("boto3", "bson", "google.cloud", "hdfs", "pandas", "pymongo", "regex", "requests")
"""What Beam imports with itself if it's there: data frames, MongoDB, BigQuery, and stores that
feedlake reaches without Beam. Together they take as long as Beam: 0.4 of 0.8 CPU seconds where all
are installed, and 0.1 of those that come with Beam (2026-11)."""


@contextmanager
def left_out(names: tuple[str, ...]) -> Iterator[None]:
    """Has imports of packages in the block fail, as if these weren't installed.

    Those that were imported before stay as they are, and afterwards all can be imported.

    Args:
        names: Packages that what is imported does without.
    """
    finder = _Absent(names)
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)


class _Absent(MetaPathFinder):
    def __init__(self, names: tuple[str, ...]) -> None:
        self._names = names

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Says of a package that it isn't there, and nothing of all others."""
        if fullname in self._names:
            raise ModuleNotFoundError(f"{fullname} is left out here", name=fullname)
        return None
