"""Pages that are measured once each: what is remembered of a page makes it cheaper later."""

from __future__ import annotations

import gzip
from collections.abc import Iterable
from pathlib import Path


def read_distinct(folders: Iterable[Path]) -> list[bytes]:
    """Returns the pages of all folders' `*.html.gz`, each once, in the order of their names."""
    paths = [path for folder in folders for path in sorted(folder.glob("*.html.gz"))]
    return list(dict.fromkeys(gzip.decompress(path.read_bytes()) for path in paths))


def write_pages(pages: Iterable[bytes], folder: Path) -> Path:
    """Writes each page into a file of its own, and returns the folder, which it makes."""
    folder.mkdir(parents=True)
    for number, page in enumerate(pages):
        (folder / f"{number:05}.html").write_bytes(page)
    return folder
