"""The title of a page's article: its heading, or what its head says, without the site's name."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Sequence
from typing import NamedTuple

from lxml.html import HtmlElement

from feedlake.transforms.extract.library_calls import find_title
from feedlake.transforms.normalize.names import comparable
from feedlake.transforms.normalize.text import normalize_line

# Where a title ends and a site's name begins, or the other way round.
_SEPARATOR = re.compile(
    r"\s+[|\u2502\uff5c\-\u2013\u2014:\u00b7\u2022\u00bb\u00ab/~]+\s+|\s*[|\uff5c\u2502\u3163]\s*"
    r"|:\s+|\s*\uff1a\s*"
)
_MIN_TITLE_CHARS = 10
"""Shortest headline taken for a title's core, in letters and digits: below, any word may be one."""

_RUN = 3
_SAME = 0.35
"""Share of the runs of three letters of the longer one that a heading and a title of the head must
have in common to be about the same. On the 292 labelled pages of 300, 0.35 and 0.4 gave most right
titles (249; without headings 216); 0.1 to 0.3 gave 247, 0.6 gave 239 (November 2026)."""

_MAX_HEADINGS = 10


class PageTitle(NamedTuple):
    """A page's title.

    Attributes:
        title: None if there is none.
        site_names: What stands behind it in `<title>`: the site's name as a rule.
    """

    title: str | None
    site_names: tuple[str, ...]


def read_title(
    tree: HtmlElement,
    stated: Sequence[str],
    *,
    headings: Sequence[str],
    headline: str | None,
    full_title: str | None,
    site_names: Sequence[str],
    searches: bool,
) -> PageTitle:
    """Returns the heading that says what the head says, else the first title of the head.

    A title written for search engines or for sharing is often another than the one that readers
    see; the heading that says something else is the site's, or of another story.

    Args:
        tree: The page.
        stated: The titles in its head, best first, `<title>` apart.
        headings: Its `h1`, in their order.
        headline: The headline in its JSON-LD.
        full_title: Its `<title>`, site's name included.
        site_names: What the site is called.
        searches: Whether to look for a heading of another kind if the head has no title.
    """
    sites = {site for text in site_names if (site := comparable(text))}
    titles = [*stated, *([headline] if headline else [])]
    cores = [*headings, *([headline] if headline else [])]
    chosen = _choose(titles, cores=cores, sites=sites)
    if chosen is None and searches:
        chosen = _search(tree, full_title, headings=headings, sites=sites)
    behind = _behind(chosen, full_title)
    known = sites | {comparable(name) for name in behind}
    said = [*([chosen] if chosen else []), *titles, *([full_title] if full_title else [])]
    heading = _same_heading(headings[:_MAX_HEADINGS], said, sites=known)
    if heading is not None and chosen is not None:
        chosen = _without_more(heading, chosen)
    return PageTitle(chosen, behind)


def _choose(titles: Iterable[str], *, cores: Iterable[str], sites: Container[str]) -> str | None:
    """The first title that is more than the site's name, without that name around it.

    Args:
        titles: Best first.
        cores: Headlines: a title that is one of them and something else is cut down to it.
        sites: What the site is called.
    """
    known = {core for text in cores if len(core := comparable(text)) >= _MIN_TITLE_CHARS}
    for title in titles:
        core = _cut(title, known, sites)
        if comparable(core) not in sites:
            return core
    return None


def _cut(title: str, known: Container[str], sites: Container[str]) -> str:
    """The title without the site's name; `known` are the headlines that it may be."""
    for separator in _SEPARATOR.finditer(title):
        head, tail = title[: separator.start()].strip(), title[separator.end() :].strip()
        first, last = comparable(head), comparable(tail)
        if head and (last in sites or first in known):
            return head
        if tail and (first in sites or last in known):
            return tail
    return title


def _search(
    tree: HtmlElement,
    full_title: str | None,
    *,
    headings: Iterable[str],
    sites: Container[str],
) -> str | None:
    """The heading that looks like the article's, unless `title` has not a word of it: a logo."""
    found = normalize_line(find_title(tree))
    # What was found lacks the joiners that some languages need.
    heading = next((one for one in headings if _is_same(one, found)), found)
    if heading is None or full_title is None:
        return heading or full_title
    letters = comparable(full_title)
    if any(comparable(word) in letters for word in heading.split() if len(word) > 1):
        return heading
    return _choose([full_title], cores=(), sites=sites) or full_title


def _is_same(written: str, printable: str | None) -> bool:
    return "".join(filter(str.isprintable, written)) == printable


def _behind(title: str | None, full_title: str | None) -> tuple[str, ...]:
    """What `full_title` has last behind the headline, the site's name as a rule."""
    if title is None or full_title is None or not full_title.startswith(f"{title} "):
        return ()
    return tuple(_SEPARATOR.split(full_title)[-1:])


def _same_heading(
    headings: Iterable[str], titles: Iterable[str], *, sites: Container[str]
) -> str | None:
    """The heading that has most in common with a title, if that is enough to say the same."""
    runs = [found for title in titles if (found := _runs(title))]
    best, most = None, _SAME
    for heading in headings:
        letters = comparable(heading)
        own = _runs(heading)
        if len(letters) < _MIN_TITLE_CHARS or letters in sites:
            continue
        share = max((len(own & other) / max(len(own), len(other)) for other in runs), default=0)
        if share >= most and (best is None or share > most):
            best, most = heading, share
    return best


def _runs(text: str) -> set[str]:
    letters = comparable(text)
    return {letters[start : start + _RUN] for start in range(len(letters) - _RUN + 1)}


def _without_more(heading: str, title: str) -> str:
    """The heading; the title if the heading is the title with a section or a name stuck to it."""
    if comparable(_cut(heading, {comparable(title)}, ())) == comparable(title):
        return title
    start = heading.casefold().find(title.casefold())
    end = start + len(title)
    is_stuck = start >= 0 and (heading[:start][-1:].isalnum() or heading[end:][:1].isalnum())
    return title if is_stuck else heading
