"""What an HTML page says about the rights to its article."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lxml.html import HtmlElement

from feedlake.transforms.records.rights_statement import RightsStatement
from feedlake.transforms.rights.http_rights import rights_of_robots
from feedlake.transforms.rights.statements import (
    join_statements,
    say,
    say_license,
    say_link,
)

_LICENSES = ("license", "dcterms.license", "dc.rights.license", "dc.license")
_COPYRIGHTS = (
    *("copyright", "rights", "dc.rights", "dcterms.rights", "dcterms.rightsholder"),
    *("dc.rights.copyright", "rights-standard", "article:copyright"),
)


def read_rights(
    tree: HtmlElement,
    *,
    meta: Mapping[str, Sequence[str]],
    licenses: Sequence[str],
    holders: Sequence[str],
    address: str | None,
) -> tuple[RightsStatement, ...]:
    """Returns what the page says: `rel=license`, its `meta` elements, its JSON-LD.

    Args:
        tree: The page.
        meta: Values of its `meta` elements by lower-case name.
        licenses: What its JSON-LD calls the licence of its article, as written.
        holders: Whom its JSON-LD names as holders of the copyright, or its notice of it.
        address: The page's address, absolute.
    """
    links = [
        element.get("href")
        for element in tree.iter("link", "a", "area")
        if (kind := element.get("rel")) and "license" in kind.lower().split()
    ]
    return join_statements(
        say("tdm_reservation", "page", *meta.get("tdm-reservation", ())),
        say_link("tdm_policy", "page", *meta.get("tdm-policy", ()), base=address),
        rights_of_robots(meta.get("robots", ()), origin="page"),
        say_link("license", "page", *links, base=address),
        say_license("page", *_said(meta, _LICENSES), *licenses, base=address),
        say("copyright", "page", *_said(meta, _COPYRIGHTS), *holders),
    )


def _said(meta: Mapping[str, Sequence[str]], names: Sequence[str]) -> list[str]:
    return [value for name in names for value in meta.get(name, ())]
