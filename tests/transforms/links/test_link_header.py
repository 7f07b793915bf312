"""What a Link header says."""

from __future__ import annotations

import time

import pytest

from feedlake.transforms.links.link_header import read_link_header

ATOM = {"href": "/a.atom", "rel": "alternate", "type": "application/atom+xml"}


@pytest.mark.parametrize(
    ("value", "links"),
    [
        ("", []),
        ('</a.atom>; rel="alternate"; type="application/atom+xml"', [ATOM]),
        ("</a.atom>;rel=alternate;type=application/atom+xml", [ATOM]),
        ("< /a.atom > ; REL = alternate ; Type = application/atom+xml", [ATOM]),
        (
            "</s.css>; rel=preload; as=style; nopush,</a.atom>; rel=alternate; "
            "type=application/atom+xml",
            [{"href": "/s.css", "rel": "preload", "as": "style", "nopush": ""}, ATOM],
        ),
        (
            '</a,b;c>; title="One, \\"two\\"; <three>"; rel="a b"; rel=c',
            [{"href": "/a,b;c", "title": 'One, "two"; <three>', "rel": "a b"}],
        ),
        ('</a>; title="never closed', [{"href": "/a", "title": ""}]),
        ("<\x00/a\udc80>; rel=\x1fnext", [{"href": "/a", "rel": "next"}]),
        ("no link; rel=alternate", []),
    ],
)
def test_links_come_with_their_parameters(value: str, links: list[dict[str, str]]) -> None:
    assert list(read_link_header(value)) == links


def test_a_header_without_end_takes_no_time() -> None:
    began = time.perf_counter()
    for value in ("<" * 50_000, "<a>" + ";" * 50_000, '<a>;b="' + "\\" * 50_001, "<a>;b " * 9_000):
        assert len(list(read_link_header(value))) <= 100
    assert time.perf_counter() - began < 1
