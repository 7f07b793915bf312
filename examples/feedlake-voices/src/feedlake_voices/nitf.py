"""Reads NITF, the format in which news agencies have sent single stories for decades."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from feedlake.plugins import Reader


def read_story(content: bytes) -> Iterator[dict[str, object]]:
    """Yields the one story of a file as a record."""
    # Neither entities nor the network: the file may come from anybody.
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
    root = etree.fromstring(content, parser)
    paragraphs = root.iterfind(".//body.content//p")
    issued = root.find(".//date.issue")
    yield {
        "title": root.findtext(".//hedline/hl1"),
        "text": "\n\n".join("".join(one.itertext()).strip() for one in paragraphs),
        "author": root.findtext(".//byline"),
        "date": None if issued is None else issued.get("norm"),
    }


NITF = Reader(1, read=read_story, roots=("nitf",))
