"""What the headers of an HTTP response say about the rights to its body."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from feedlake.transforms.links.link_header import read_link_header
from feedlake.transforms.records.rights_statement import RightsOrigin, RightsStatement
from feedlake.transforms.rights.statements import join_statements, say, say_link

RIGHTS_HEADERS = frozenset({"link", "tdm-policy", "tdm-reservation", "x-robots-tag"})
"""Names of the headers that are read, in lower case."""

_DIRECTIVES = ("noai", "noimageai")


def rights_of_headers(
    headers: Mapping[str, str], *, origin: RightsOrigin, url: str | None
) -> tuple[RightsStatement, ...]:
    """Returns what the headers say: tdm-reservation, tdm-policy, X-Robots-Tag, Link.

    Args:
        headers: By lower-case name; values of repeated ones joined by commas.
        origin: Whose headers they are.
        url: Where the response came from.
    """
    if RIGHTS_HEADERS.isdisjoint(headers):
        return ()
    links = read_link_header(headers.get("link", ""))
    licenses = (link["href"] for link in links if "license" in link.get("rel", "").lower().split())
    return join_statements(
        say("tdm_reservation", origin, *_list(headers.get("tdm-reservation"))),
        say_link("tdm_policy", origin, headers.get("tdm-policy"), base=url),
        rights_of_robots([headers.get("x-robots-tag", "")], origin=origin),
        say_link("license", origin, *licenses, base=url),
    )


def rights_of_robots(values: Iterable[str], *, origin: RightsOrigin) -> tuple[RightsStatement, ...]:
    """Returns what directives to robots say about rights: `noai`, `noimageai`.

    Those for one robot alone (`somebot: noai`) are not for feedlake.

    Args:
        values: Contents of `meta name=robots`, or of `X-Robots-Tag`.
        origin: Whose they are.
    """
    said = {word for value in values for word in re.split(r"[\s,;]+", _general(value.lower()))}
    return say("robots", origin, *(word for word in _DIRECTIVES if word in said))


def _general(value: str) -> str:
    """The directives without those behind the name of a robot, up to the next comma."""
    return ",".join(part for part in value.split(",") if ":" not in part)


def _list(value: str | None) -> list[str]:
    """The values of a header that should come once: what several say, each counts."""
    return (value or "").split(",")
