"""The shortcuts leave trafilatura's text as it is."""

import re
from importlib import import_module
from typing import Any

import pytest
import trafilatura
from hypothesis import given, settings
from hypothesis import strategies as st
from trafilatura import core, htmlprocessing

from feedlake.transforms.extract.library_calls import EXTRACTIONS, find_main_text, parse_html
from feedlake.transforms.extract.page_fields import Extraction
from feedlake.transforms.quicker import trafilatura_shortcuts
from feedlake.transforms.quicker.compared import are_compared
from feedlake.transforms.quicker.link_density import judge_density
from feedlake.transforms.quicker.page_chars import bound_text

pytestmark = pytest.mark.skipif(
    not are_compared("trafilatura"), reason="another trafilatura, left as it is"
)

WORDS = "The council met on Monday and agreed, after a long debate, to repair the bridge. "
TEXT = "".join(f"<p>{number}. {WORDS * 2}</p>" for number in range(6))
PAGES = {
    "article": f"<body><article><h1>Bridge</h1>{TEXT}</article></body>",
    "much around it": f"<body><article>{TEXT}</article><div>{WORDS * 60}</div></body>",
    "short": f"<body><nav>{'<a href=/>x</a>' * 50}</nav><div>{WORDS}</div></body>",
    "no paragraphs": f"<body><table><tr><td>{WORDS * 9}</td></tr></table></body>",
    "comments": f"<body>{TEXT}<div class=comment-list><p>{WORDS}</p></div></body>",
    "cookies": f"<body><div class=cookie-banner>{WORDS}</div><main>{TEXT}</main></body>",
    "appended": f"<body>{TEXT}<section class=infinite-scroll><p>{WORDS * 40}</p></section></body>",
    "share": f"<body>{TEXT}<div class='elementor-share-buttons'><p>{WORDS}</p></div></body>",
    "script": f"<body><script>{'x = 1; ' * 9_000}</script>{TEXT}</body>",
    "forum": '<body><script type=application/ld+json>{"@type": "DiscussionForumPosting"}</script>'
    f"<div><p>{WORDS}</p></div><div class=comment-list><p>{WORDS * 3}</p></div></body>",
    "wild": f"<body><article><p>Short.</p><p>So is this.</p></article><div><p>{WORDS}</p>"
    f"<blockquote>{WORDS * 2}</blockquote><p>So is this.</p></div></body>",
    "links": f"<body><article>{TEXT}<div><ul>{'<li><a href=/>One more</a></li>' * 9}</ul></div>"
    f"<div><p>{WORDS}</p><div><p><a href=/>{WORDS * 2}</a></p></div></div></article></body>",
    "links once more": f"<body><article>{TEXT}<div><h3><a href=/>More of this</a></h3>"
    f"<ul>{'<li><a href=/>The old bridge is to be repaired</a></li>' * 3}</ul></div>{TEXT}"
    "</article></body>",
    "teaser": f"<body><article>{TEXT}<div class=bigTeaser><p>{WORDS}</p></div></article></body>",
    "caption": f"<body><article>{TEXT}<p id=the-caption>{WORDS}</p></article></body>",
    "drawings": f"<body>One<svg><title>Two</title><p>{WORDS}</p></svg> three<style>p {{}}</style>"
    f"<article><p>{WORDS}<script>x</script> and more</p><p>{WORDS * 4}</p></article></body>",
    "data": '<body><script type="application/ld+json">{"@type": "NewsArticle", "articleBody": '
    f'"{WORDS * 9}"}}</script><div><p>Short.</p></div></body>',
    "empty": "<body></body>",
}


@pytest.mark.parametrize("extraction", EXTRACTIONS)
@pytest.mark.parametrize("html", PAGES.values(), ids=PAGES.keys())
def test_the_text_is_that_of_trafilatura(html: str, extraction: Extraction):
    options = {"include_comments": False, **EXTRACTIONS[extraction]}
    tree, same = parse_html(f"<html>{html}</html>"), parse_html(f"<html>{html}</html>")
    assert tree is not None
    assert same is not None
    expected = trafilatura.bare_extraction(tree, **options)

    found = find_main_text(same, html=html, extraction=extraction)

    assert found == (expected.text if expected is not None else None)


def test_a_long_text_is_not_compared_with_those_of_other_extractors():
    article = "".join(f"<p>{number}. {WORDS * 2}</p>" for number in range(12))
    html = f"<html><body><article>{article}</article><div>{WORDS * 60}</div></body></html>"
    options = {"include_comments": False}
    compared, alone = (
        trafilatura.bare_extraction(parse_html(html), **options, fast=fast).text
        for fast in (False, True)
    )
    tree = parse_html(html)
    assert tree is not None

    assert trafilatura_shortcuts.ENOUGH_CHARS < len(alone) < len(compared) / 2
    assert find_main_text(tree, html=html) == alone


def test_trafilatura_is_left_as_it_was():
    before = dict(vars(core))

    with trafilatura_shortcuts.quick_rules():
        pass
    tree = parse_html(PAGES["article"])
    assert tree is not None
    find_main_text(tree, html=PAGES["article"])

    assert dict(vars(core)) == before


@pytest.mark.parametrize(
    ("module", "name", "words"), trafilatura_shortcuts.RARE, ids=lambda given: str(given)[:40]
)
@settings(max_examples=60)
@given(data=st.data())
def test_a_rule_that_is_left_out_could_not_have_held(
    module: Any, name: str, words: tuple[str, ...], data: st.DataObject
) -> None:
    for rule in getattr(module, name):
        assert set(re.findall(r"@([\w-]+)", rule.path)) <= {"class", "id"}
        patterns = re.findall(r"re:test\(@\w+, '([^']*)'\)", rule.path)
        patterns += re.findall(r"contains\(.*?, '(\w[\w-]+)'\)", rule.path)
        assert patterns
        for pattern in patterns:
            value = data.draw(st.from_regex(pattern))
            assert any(word in value for word in words)


@pytest.mark.parametrize(
    "html",
    [
        *PAGES.values(),
        f"<body>{TEXT}<aside>{WORDS}<footer>{WORDS}</footer></aside>x<svg><text>y</text></svg>z"
        f"<div class=footer>{WORDS}<script>1</script></div><p id=cookie-bar>{WORDS}</p></body>",
        f"<body><p>a \u200b b \xad c</p>{TEXT}<template>{WORDS}</template></body>",
    ],
)
def test_a_page_has_as_much_text_as_its_bounds_say(html: str):
    tree = parse_html(f"<html>{html}</html>")
    assert tree is not None
    chars = len(import_module("trafilatura.baseline").html2txt(tree))

    least, most = bound_text(tree, at_most=0)

    assert least <= chars <= most
    assert chars - least <= 0.05 * chars + 10


@pytest.mark.parametrize(
    ("words", "links", "is_of_links"),
    [
        *((1, 30, True), (59, 1, False), (59, 30, False), (61, 1, False), (61, 30, False)),
        *((61, 115, False), (61, 125, True), (200, 125, False)),
    ],
)
def test_a_block_of_links_is_told_as_trafilatura_tells_it(
    words: int, links: int, is_of_links: bool
):
    html = f"<div><p>{'Word ' * words}</p>{'<ref>A much longer link here</ref>' * links}</div>"
    tree = parse_html(f"<html><body>{html}</body></html>")
    assert tree is not None
    division = tree.find(".//div")

    assert judge_density(division) == htmlprocessing.link_density_test(division)
    assert judge_density(division)[0] is is_of_links
