"""The releases of other people's libraries that the shortcuts in this folder were compared with.

A shortcut uses parts of a library that the library doesn't promise to keep. So it's taken only if
the sources that Python would import are those of a release that was compared, byte for byte: a
version number alone says nothing of a copy that somebody patched.

    python -m feedlake.transforms.quicker.compared

prints what is installed here, as it would stand in `COMPARED`.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

COMPARED: dict[str, dict[str, str]] = {
    "bpe-openai": {"0.1.4": "f7b72819fcbb56fd"},
    "jusText": {"3.0.2": "1562498fdf0cde7c"},
    "trafilatura": {"2.3.1": "de7fa094f9a802a6"},
    "vaderSentiment": {"3.3.2": "47d746effc8166a9"},
}
"""By library and version: the first characters of its sources' hash (`Installed.sources`)."""

_MODULES = {"bpe-openai": "bpe_openai", "jusText": "justext"}
"""What is imported, where it isn't called like the library."""

_HASH_CHARS = 16


class Installed(NamedTuple):
    """What Python would import.

    Attributes:
        version: The release, as the package's metadata has it; empty if it isn't installed.
        sources: Hash of the package's Python files with their names; empty if there are none.
    """

    version: str
    sources: str


def are_compared(*libraries: str) -> bool:
    """Returns whether each of the libraries is installed in a release that was compared."""
    return all(
        found.sources and COMPARED[library].get(found.version) == found.sources
        for library in libraries
        for found in (look_up(library),)
    )


@cache
def look_up(library: str) -> Installed:
    """Returns which release of the library is installed, without importing it.

    Args:
        library: A key of `COMPARED`.
    """
    try:
        version = importlib.metadata.version(library)
    except importlib.metadata.PackageNotFoundError:
        return Installed("", "")
    return Installed(version, hash_sources(_folder(_MODULES.get(library, library))))


def hash_sources(folder: Path | None) -> str:
    """Returns a hash of a package's Python files and their names; empty if there are none."""
    files = sorted(folder.rglob("*.py")) if folder is not None else []
    if folder is None or not files:
        return ""
    total = hashlib.sha256()
    for file in files:
        own = hashlib.sha256(file.read_bytes()).hexdigest()
        total.update(f"{file.relative_to(folder).as_posix()} {own}\n".encode())
    return total.hexdigest()[:_HASH_CHARS]


def _folder(module: str) -> Path | None:
    spec = find_spec(module)
    found = spec.submodule_search_locations if spec is not None else None
    return Path(found[0]) if found else None


if __name__ == "__main__":
    for name in COMPARED:
        print(f'    "{name}": {{"{look_up(name).version}": "{look_up(name).sources}"}},')
