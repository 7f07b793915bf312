"""Code and verse keep their lines, and their lines what they begin further in."""

from __future__ import annotations

import pytest

from feedlake.transforms.extract.html_page import read_page

BEFORE = "The harbour office at Tamsin Point said on Tuesday that the crossings would start early."
AFTER = "Fishermen welcomed the change, though some of them asked whether the slip would be kept."
LINES = ("def ferry(n):", "    for i in range(n):", "        sail(i)")
CODE = "def ferry(n):\n    for i in range(n):\n        sail(i)"


def text_of(block: str, *, times: int = 1) -> str | None:
    paragraphs = "".join(f"<p>{number}. {BEFORE}</p>" for number in range(times))
    page = read_page(
        f"<html><body><article>{paragraphs}{block}<p>{AFTER}</p></article></body></html>", url=None
    )
    assert page is not None
    return page.text


@pytest.mark.parametrize("times", [1, 20])
@pytest.mark.parametrize(
    "block",
    [
        f"<pre>{CODE}</pre>",
        f"<pre>\n{CODE}\n</pre>",
        f"<pre><code class=language-python>{CODE}\n</code></pre>",
        "<div class=highlight><pre><span></span><span class=k>def</span> <span>ferry</span>(n):\n"
        "    <span class=k>for</span> i <span class=k>in</span> range(n):\n"
        "        sail(i)\n</pre></div>",
        "<pre>" + "".join(f"<div class=line>{line}</div>" for line in LINES) + "</pre>",
        "<pre>" + "<br>".join(LINES) + "</pre>",
        "<pre><code>" + "\n".join(f"<span>{line}</span>" for line in LINES) + "</code></pre>",
        f"<table class=highlight><tr><td><pre>{CODE}</pre></td></tr></table>",
        # Further in than the code itself; tabs; blanks in elements of their own.
        "<pre>\n" + "\n".join(f"      {line}" for line in LINES) + "\n    </pre>",
        f"<pre>{CODE.replace('    ', chr(9))}</pre>",
        f"<pre><b>{CODE.replace(chr(10), '</b>' + chr(10) + '<i>').replace('    ', '<u>    </u>')}"
        "</i></pre>",
    ],
)
def test_code_is_one_paragraph_of_its_lines(block: str, times: int) -> None:
    before = [f"{number}. {BEFORE}" for number in range(times)]
    assert text_of(block, times=times) == "\n\n".join([*before, "\n".join(LINES), AFTER])


def test_a_blank_line_ends_a_paragraph() -> None:
    verse = "The tide is out\n  the boats are in\n\nthe harbour sleeps\n"
    assert text_of(f"<pre>{verse}</pre>") == (
        f"0. {BEFORE}\n\nThe tide is out\n  the boats are in\n\nthe harbour sleeps\n\n{AFTER}"
    )


def test_code_in_a_sentence_stays_in_it() -> None:
    assert text_of("<p>Call <code>sail(3)</code> and then <code>rest()</code>.</p>") == (
        f"0. {BEFORE}\n\nCall sail(3) and then rest().\n\n{AFTER}"
    )
