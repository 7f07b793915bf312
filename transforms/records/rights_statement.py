"""One thing that is said about the rights to a document."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

RightsKind = Literal["license", "copyright", "robots", "tdm_reservation", "tdm_policy"]
"""What a statement is about: the licence that is given (an address, or its name); the notice or
the holder; a directive to robots, `noai` or `noimageai`; and the two of the TDM Reservation
Protocol, https://www.w3.org/community/reports/tdmrep/CG-FINAL-tdmrep-20240510/."""

RightsOrigin = Literal["record", "page", "page_header", "entry", "feed", "feed_header"]
"""Who says it: a record of a file; a page, or the HTTP header that came with it; an entry of a
feed, the feed that it stands in, or the HTTP header that came with that."""


@dataclass(frozen=True)
class RightsStatement:
    """One thing that is said about the rights to a document: an item of the column `rights`.

    Attributes:
        kind: What it is about.
        value: Its own words, as one line; of what links to a licence or policy, the address.
        origin: Who says it.
    """

    kind: RightsKind
    value: str
    origin: RightsOrigin
