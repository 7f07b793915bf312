"""The script that a runner starts for each worker, with `--environment_type=PROCESS`."""

from __future__ import annotations

from pathlib import Path

import engine_cache

# Beam's boot asks the runner for all that a worker needs to know, installs what the job brings, and
# starts `python`: the first on the path. It would make a virtual environment of its own, and leaves
# a file of options where it is started. Prism puts its worker's name in quotes.
_SCRIPT = """#!/bin/sh
export PATH="{python}:$PATH" RUN_PYTHON_SDK_IN_DEFAULT_ENVIRONMENT=1
folder="{folder}/$$"
mkdir -p "$folder"
cd "$folder"
for word do shift; set -- "$@" "$(printf %s "$word" | tr -d "'")"; done
exec "{boot}" "$@" --semi_persist_dir="$folder" >>"$folder.log" 2>&1
"""


def write_worker(path: Path, *, python: Path, folder: Path) -> None:
    """Writes the script.

    Args:
        path: Where to.
        python: The workers' interpreter.
        folder: For what each worker writes: its log is `PID.log`.
    """
    folder.mkdir(exist_ok=True)
    path.write_text(
        _SCRIPT.format(python=python.parent, folder=folder, boot=engine_cache.boot()),
        encoding="utf-8",
    )
    path.chmod(0o755)
