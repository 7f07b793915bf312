"""What feeds and their entries say about rights."""

from __future__ import annotations

from collections.abc import Iterable

from feedlake.transforms.links.mend_link import mend_link
from feedlake.transforms.records.rights_statement import RightsOrigin, RightsStatement
from feedlake.transforms.rights.statements import join_statements, say, say_license, say_link


def rights_of_feed(
    *,
    links: Iterable[tuple[str | None, str | None]],
    licenses: Iterable[str],
    notices: Iterable[str | None],
    origin: RightsOrigin,
    base: str,
) -> tuple[RightsStatement, ...]:
    """Returns what a feed, or an entry, says.

    Args:
        links: Addresses that it links to as licences, each with the base that its element names.
        licenses: Addresses or names in other elements.
        notices: What is said about the copyright, as plain text.
        origin: Whose they are.
        base: Address that relative links go by; empty if none is known.
    """
    linked = (
        say_link("license", origin, link, base=mend_link(own, base=base) or base)
        for link, own in links
    )
    return join_statements(
        *linked,
        say_license(origin, *licenses, base=base),
        say("copyright", origin, *notices),
    )
