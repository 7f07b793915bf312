"""The part of a page that has its text is told before the page is cleaned, or not at all."""

from collections.abc import Callable
from typing import Any

import pytest
import trafilatura
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml.html import HtmlElement

from feedlake.transforms.extract.library_calls import find_main_text, parse_html
from feedlake.transforms.quicker import trafilatura_shortcuts
from feedlake.transforms.quicker.compared import are_compared

pytestmark = pytest.mark.skipif(
    not are_compared("trafilatura"), reason="another trafilatura, left as it is"
)

WORDS = "The council met on Monday and agreed, after a long debate, to repair the bridge. "
TEXT = "".join(f"<p>{number}. {WORDS * 2}</p>" for number in range(11))
ALONE = {
    "article": f"<nav>{WORDS}</nav><article><h1>Bridge</h1>{TEXT}</article><p>{WORDS}</p>",
    "named": f"<div id=x><div class=post-body>{TEXT}</div></div><div class=content>{WORDS}</div>",
    "by a later rule": f"<section><p>{WORDS}</p><main>{TEXT}</main></section>",
    "links": f"<article><a href=/>{WORDS}</a>{TEXT}<ul><li><a href=/>More</a></ul></article>",
    "links in div": f"<div><article><a href=/>{WORDS}</a>{TEXT}</article></div>",
    "form in it": f"<p>{WORDS * 9}</p><article>{TEXT}<form><p>{WORDS}</p></form></article>",
    "asides": f"<aside>{WORDS}</aside><article>{TEXT}<aside>{WORDS}</aside></article>",
}
WHOLE = {
    "in a form": f"<form><article>{TEXT}</article></form>",
    "in an aside": f"<aside><article>{TEXT}</article></aside><div class=content>{TEXT}</div>",
    "in a list": f"<ul><li>{WORDS}</li><li><article>{TEXT}<ol><li>x</ol></article></li></ul>",
    "a form around its text": f"<article>{TEXT}<form>{TEXT * 2}</form></article>",
    "aside in aside": f"<aside><aside>x</aside></aside><article>{TEXT}<aside>{WORDS}</aside>",
    "details": f"<details class=content><p>{WORDS}</p></details><div class=content>{TEXT}</div>",
    "table": f"<table role=none class=content><tr><td>x</table><div class=content>{TEXT}</div>",
    "little text": f"<article><p>{WORDS}</p></article><div>{TEXT}</div>",
    "one paragraph": f"<article><p>{WORDS * 20}</p></article><div>{TEXT}</div>",
    "empty": f"<div class=content></div><div class=content>{TEXT}</div>",
}


def read(html: str) -> HtmlElement:
    tree = parse_html(f"<html><body>{html}</body></html>")
    assert tree is not None
    return tree


@pytest.mark.parametrize("name", [*ALONE, *WHOLE])
def test_a_part_gives_the_text_of_its_page(name: str, monkeypatch: pytest.MonkeyPatch):
    html = {**ALONE, **WHOLE}[name]
    expected = trafilatura.bare_extraction(read(html), include_comments=False, fast=True)
    whole: list[str] = []
    convert: Callable[..., Any] = trafilatura_shortcuts._convert
    monkeypatch.setattr(
        trafilatura_shortcuts, "_convert", lambda *given: whole.append(name) or convert(*given)
    )

    found = find_main_text(read(html), html=html, extraction="fast")

    assert found == (expected.text if expected is not None else None)
    assert whole[:1] == ([name] if name in WHOLE else [])


pieces = st.sampled_from([
    f"<p>{WORDS * 4}</p>", f"<p>{WORDS}</p>", "<p><a href=/>More of this</a></p>", "<h2>Title</h2>",
    "<article>", "<div class=content>", "<div class='post-body x'>", "<main>", "<section>",
    "<aside>", "<ul><li>", "<figure><table><tr><td>x</table></figure>", "<details id=content>",
    "<form>", "</form>", "</div>", "</article>", "</aside>", "</section>", "<svg><svg></svg></svg>",
    "Text of its own.<br>And more.", "<div><a href=/>A link</a> and words</div>", "<footer>",
])  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(parts=st.lists(pieces, max_size=14))
def test_a_part_gives_the_text_of_any_page(parts: list[str]):
    html = "".join(parts) + f"<p>{WORDS * 6}</p>" * 2
    expected = trafilatura.bare_extraction(read(html), include_comments=False, fast=True)

    found = find_main_text(read(html), html=html, extraction="fast")

    assert found == (expected.text if expected is not None else None)
