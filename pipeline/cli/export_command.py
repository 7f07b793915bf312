"""What `feedlake export` does: writes articles to a folder, and says what is there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from feedlake.pipeline.export.export import export as write_export
from feedlake.pipeline.options.failures import ExitCode
from feedlake.pipeline.terminal.console import amount, printable


def export(values: Mapping[str, Any], *, lake: str) -> tuple[ExitCode, str]:
    """Returns how it ended, and a line for each file.

    Args:
        values: By the names of options.
        lake: Path of the lake.
    """
    done = write_export(
        lake, values["output"], where=values["where"], output_format=values["format"]
    )
    if not done.articles:
        return ExitCode.SILENT_ZERO, "no article matches; nothing was written"
    files = [f"  {file.name}: {file.size_bytes:,} bytes" for file in done.files]
    lines = [f"{amount(done.articles, 'article')} in {printable(done.path)}", *files]
    return ExitCode.DONE, "\n".join(lines)
