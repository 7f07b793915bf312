"""The title of a page's article: its heading, or what its head says, without the site's name."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Sequence
from itertools import islice
from typing import NamedTuple

from lxml.html import HtmlElement

from feedlake.transforms.extract.library_calls import find_title
from feedlake.transforms.normalize.names import comparable
from feedlake.transforms.normalize.text import normalize_line

# Where a title ends and a site's name begins, or the other way round.
_SEPARATOR = re.compile(
    r"(?<!\s)\s+[|\u2502\uff5c\-\u2013\u2014:\u00b7\u2022\u00bb\u00ab/~]+\s+"
    r"|(?:(?<!\s)\s+)?[|\uff5c\u2502\u3163]\s*|:\s+|(?:(?<!\s)\s+)?\uff1a\s*"
)
# What a template puts before a heading: a day, or the word for it.
_LABEL = re.compile(
    r"(?:\w+,? )?(?:\d{1,2}\.? [^\W\d_]{3,}|[^\W\d_]{3,}\.? \d{1,2}),? \d{4}:?"
    r"|\d{4}[-/.]\d{1,2}[-/.]\d{1,2}:?|\d{1,2}[-/.]\d{1,2}[-/.]\d{4}:?|(?:title|headline):",
    re.I,
)
_MIN_TITLE_CHARS = 10
"""Shortest headline taken for a title's core, in letters and digits: below, any word may be one."""

_MIN_NAME_CHARS = 5
"""Shortest part of a site's name that is known behind a title, in letters and digits."""

_MAX_MORE_CHARS = 8
"""How much more than the site's name may stand there: `Harbour Times Online`."""

_RUN = 3
_SAME = 0.35
"""Share of the runs of three letters of the longer one that a heading and a title of the head must
have in common to be about the same. On the 292 labelled pages of 300, 0.35 and 0.4 gave most right
titles (249; without headings 216); 0.1 to 0.3 gave 247, 0.6 gave 239 (November 2026)."""

_MAX_HEADINGS = 10
_MAX_ENDS, _MAX_SEPARATORS = 3, 20
_MAX_END_CHARS = 25
_STUCK_END = re.compile(r"[-\u2013\u2014|\u2502\uff5c\u3163_/\u00b7]")


class _Ends(NamedTuple):
    """What may stand around a title and is none of it, as `comparable` gives it.

    Attributes:
        sites: What the site is called.
        sections: What the article's section is called.
    """

    sites: frozenset[str]
    sections: frozenset[str]

    def holds(self, letters: str) -> bool:
        """Whether what stands behind a title is of the site: its name, a part of it, a section."""
        if letters in self.sites or letters in self.sections:
            return True
        if len(letters) < _MIN_NAME_CHARS:
            return False
        return any(
            letters in site
            or (
                len(site) >= _MIN_NAME_CHARS
                and letters.startswith(site)
                and len(letters) - len(site) <= _MAX_MORE_CHARS
            )
            for site in self.sites
        )


_NO_ENDS = _Ends(frozenset(), frozenset())


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
    sections: Sequence[str],
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
        sections: What the article's section is called, folders of its address among them.
        searches: Whether to look for a heading of another kind if the head has no title.
    """
    sites = frozenset(site for text in site_names if (site := comparable(text)))
    ends = _Ends(sites, frozenset(map(comparable, sections)) - {""})
    titles = [*stated, *([headline] if headline else [])]
    cores = [*headings, *([headline] if headline else [])]
    chosen = _choose(titles, cores=cores, ends=ends)
    if chosen is None and searches:
        chosen = _search(tree, full_title, headings=headings, ends=ends)
    behind = _behind(chosen, full_title)
    known = sites | {comparable(name) for name in behind}
    said = [*([chosen] if chosen else []), *titles, *([full_title] if full_title else [])]
    heading = _same_heading(headings[:_MAX_HEADINGS], said, sites=known)
    if heading is not None and chosen is not None:
        others = [headline, full_title] if headline or full_title else []
        heading = _cut(heading, [], ends)
        chosen = _without_more(heading, chosen, others=list(filter(None, others)))
    return PageTitle(chosen, behind)


def _choose(titles: Iterable[str], *, cores: Sequence[str], ends: _Ends) -> str | None:
    """The first title that is more than the site's name, without that name around it.

    Args:
        titles: Best first.
        cores: Headlines: a title that is one of them and something else is cut down to it.
        ends: What may stand around a title.
    """
    known = [core for core in cores if len(comparable(core)) >= _MIN_TITLE_CHARS]
    for title in titles:
        core = _cut(title, known, ends)
        if comparable(core) not in ends.sites:
            return core
    return None


def _cut(title: str, known: Sequence[str], ends: _Ends) -> str:
    """The title without the site's name or a section; `known` are the headlines that it may be."""
    for _ in range(_MAX_ENDS):
        shorter = _cut_one(title, known, ends)
        if shorter == title:
            break
        title = shorter
    return title


def _cut_one(title: str, known: Sequence[str], ends: _Ends) -> str:
    headlines = {comparable(headline) for headline in known}
    for separator in islice(_SEPARATOR.finditer(title), _MAX_SEPARATORS):
        head, tail = title[: separator.start()].strip(), title[separator.end() :].strip()
        first, last = comparable(head), comparable(tail)
        is_end = last in ends.sites or (":" not in separator[0] and ends.holds(last))
        if head and (is_end or first in headlines):
            return head
        if tail and (first in ends.sites or last in headlines):
            return tail
    domain, _, rest = title.partition(" ")
    if rest and "." in domain and comparable(domain) in ends.sites:
        return rest
    return _without_stuck(title, known)


def _without_stuck(title: str, known: Iterable[str]) -> str:
    """The headline that the title is, where a section follows it without a blank."""
    for headline in known:
        rest = title.removeprefix(headline)
        if rest != title and len(rest) <= _MAX_END_CHARS and _STUCK_END.match(rest):
            return headline
    return title


def _search(
    tree: HtmlElement, full_title: str | None, *, headings: Iterable[str], ends: _Ends
) -> str | None:
    """The heading that looks like the article's, unless `title` has not a word of it: a logo."""
    found = normalize_line(find_title(tree))
    # What was found lacks the joiners that some languages need.
    heading = next((one for one in headings if _is_same(one, found)), found)
    if heading is None or full_title is None:
        return heading or full_title
    letters = comparable(full_title)
    if comparable(heading) not in ends.sites and any(
        comparable(word) in letters for word in heading.split() if len(word) > 1
    ):
        return heading
    return _choose([full_title], cores=(), ends=ends) or full_title


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


def _without_more(heading: str, title: str, *, others: Iterable[str]) -> str:
    """The heading; the title if the heading is that with a section, a date or a name beside it.

    Args:
        heading: What stands on the page.
        title: What the head says.
        others: Further titles: one that begins as the heading says that all of it is the title.
    """
    letters = comparable(heading)
    is_longer = letters != comparable(title) and letters.startswith(comparable(title))
    if is_longer and any(comparable(other).startswith(letters) for other in others):
        return heading
    if comparable(_cut(heading, [title], _NO_ENDS)) == comparable(title):
        return title
    start = heading.casefold().find(title.casefold())
    if start < 0:
        return heading
    before, behind = heading[:start], heading[start + len(title) :]
    is_stuck = before[-1:].isalnum() or behind[:1].isalnum()
    return title if is_stuck or _LABEL.fullmatch(before.strip()) else heading
