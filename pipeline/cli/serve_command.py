"""What `feedlake serve` does: finds what it needs, and serves until a signal comes."""

from __future__ import annotations

import sys
from importlib.util import find_spec

from feedlake.pipeline.options.failures import UsageError
from feedlake.pipeline.terminal.standard_streams import print_out

_NEEDED = ("h11", "jinja2", "starlette")


def serve_lake(lake: str, *, port: int) -> None:
    """Serves a lake to browsers on this machine; returns only by an exception, or a signal.

    Args:
        lake: Path of the lake.
        port: At which port; 0 takes a free one.

    Raises:
        UsageError: There is no lake, the port can't be had, or the extra isn't installed.
    """
    if any(find_spec(name) is None for name in _NEEDED):
        raise UsageError(
            "serve: needs the extra serve; in a checkout of feedlake, run: pip install '.[serve]'"
        )
    from feedlake.pipeline.serve.serve import serve

    def tell(address: str) -> None:
        print_out(f"{address} shows {lake}; Ctrl-C ends it")
        sys.stdout.flush()

    serve(lake, port=port, tell=tell)
