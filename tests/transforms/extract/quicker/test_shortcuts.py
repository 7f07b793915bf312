"""The shortcuts leave trafilatura's text as it is."""

import pytest
import trafilatura
from trafilatura import core

from feedlake.transforms.extract.library_calls import EXTRACTIONS, find_main_text, parse_html
from feedlake.transforms.extract.page_fields import Extraction
from feedlake.transforms.extract.quicker import shortcuts

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


@pytest.mark.skipif(not shortcuts.IS_KNOWN, reason="another trafilatura, left as it is")
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

    assert shortcuts.ENOUGH_CHARS < len(alone) < len(compared) / 2
    assert find_main_text(tree, html=html) == alone


def test_trafilatura_is_left_as_it_was():
    before = dict(vars(core))

    with shortcuts.quick_rules():
        pass
    tree = parse_html(PAGES["article"])
    assert tree is not None
    find_main_text(tree, html=PAGES["article"])

    assert dict(vars(core)) == before


def test_of_an_unknown_trafilatura_nothing_is_replaced(monkeypatch):
    monkeypatch.setattr(shortcuts, "IS_KNOWN", False)
    seen = []
    real = trafilatura.bare_extraction

    def watch(page, **options):
        seen.append((type(page).__name__, dict(vars(core))))
        return real(page, **options)

    monkeypatch.setattr(trafilatura, "bare_extraction", watch)
    before = dict(vars(core))
    tree = parse_html(PAGES["article"])
    assert tree is not None

    assert find_main_text(tree, html=PAGES["article"])
    assert [(kind, found == before) for kind, found in seen] == [("HtmlElement", True)]


@pytest.mark.parametrize("extraction", EXTRACTIONS)
def test_another_release_of_trafilatura_reads_pages_as_it_does(
    extraction: Extraction, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(shortcuts, "IS_KNOWN", False)
    monkeypatch.setattr(shortcuts, "_settings", None)  # The names in it may be others.
    html = f"<html>{PAGES['much around it']}</html>"
    tree, same = parse_html(html), parse_html(html)
    assert tree is not None
    assert same is not None
    options = {"include_comments": False, **EXTRACTIONS[extraction]}

    assert find_main_text(same, html=html, extraction=extraction) == (
        trafilatura.bare_extraction(tree, **options).text
    )
