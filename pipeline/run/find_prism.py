"""Where the program of Prism is, Beam's runner in Go."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from feedlake.pipeline.options.failures import UsageError

_MODULE = "github.com/apache/beam/sdks/v2/go/cmd/prism"
_FLAG = "--prism_location"


def find_prism(named: str | None, *, version: str) -> Path:
    """Returns the path of Prism's program.

    It is the one that is named, or else the first on the path, in Go's folder of programs, or
    in the cache where feedlake's tests build it. None is ever downloaded: Beam would, if it were
    asked for a Prism without being told where it is.

    Args:
        named: What Beam's flag `--prism_location` says; None if it isn't given.
        version: Beam's version, for the words that say how to get it.

    Raises:
        UsageError: There is none.
    """
    how_to_get = f"build it with: go install {_MODULE}@v{version} (then {_FLAG}=PATH after the --)"
    if named is not None:
        path = Path(named).expanduser()
        if not path.is_file():
            raise UsageError(f"{_FLAG} {named}: no such file; {how_to_get}")
        return path
    for path in _places(version):
        if path.is_file() and os.access(path, os.X_OK):
            return path
    raise UsageError(f"--runner PrismRunner: there is no Prism here; {how_to_get}")


def _places(version: str) -> Iterator[Path]:
    if found := shutil.which("prism"):
        yield Path(found)
    if folder := os.environ.get("GOBIN"):
        yield Path(folder) / "prism"
    yield Path(os.environ.get("GOPATH", "~/go").split(os.pathsep)[0]).expanduser() / "bin" / "prism"
    cache = Path(os.environ.get("FEEDLAKE_ENGINE_CACHE", "~/.cache/feedlake-engines")).expanduser()
    yield cache / f"go-{version}" / "prism"
