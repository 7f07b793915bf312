"""Which of many workers asks a host: its limits hold, though none knows what others do."""

from __future__ import annotations

import zlib
from dataclasses import KW_ONLY, dataclass

from feedlake.transforms.normalize.hosts import host_of
from feedlake.transforms.normalize.urls import registered_domain

STRAYED = "strayed"
"""Reason of a request that was given up at a redirect to a host that another worker may be asking:
one worker makes it when all others have ended."""


@dataclass(frozen=True)
class Shard:
    """A part of all hosts.

    Attributes:
        number: Of the part, from 0.
        of: How many parts there are.
    """

    number: int
    _: KW_ONLY
    of: int

    def has(self, url: str) -> bool:
        """Whether the host of an address is in this part."""
        return shard_of(url, of=self.of) == self.number


def shard_of(url: str, *, of: int) -> int:
    """Returns the part that the host of an address is in.

    All hosts of a site are in one, as it redirects from one of them to another all the time.

    Args:
        url: Absolute address.
        of: How many parts there are.
    """
    name = registered_domain(url) or host_of(url)
    return zlib.crc32(name.encode("utf-8", "surrogatepass")) % of
