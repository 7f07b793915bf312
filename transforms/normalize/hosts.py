"""Which host an address belongs to."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from feedlake.transforms.normalize.urls import canonicalize_url

_PLAIN_HOST = re.compile(r"[a-z0-9._-]*")


_DEFAULT_PORTS = {("http", 80), ("https", 443)}


def host_of(url: str) -> str:
    """Returns what one limit holds for: the host name, with the port where it is not the usual.

    Args:
        url: An absolute address; a wrong one counts as a host of its own.
    """
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        return url
    if not _PLAIN_HOST.fullmatch(host) and (canonical := canonicalize_url(url)):
        return canonical.split("/", 3)[2]  # One host has many spellings beyond ASCII.
    return host if port is None or (parts.scheme, port) in _DEFAULT_PORTS else f"{host}:{port}"


def origin_of(url: str) -> tuple[str, str]:
    """Returns what an address shares with those to which its credentials may be sent."""
    return url.partition(":")[0].lower(), host_of(url)  # urlsplit raises for some.
