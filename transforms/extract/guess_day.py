"""A guess at the day on which a page was published, where it states none: what a reader would see.

A reader finds the date around the headline, in the byline or at the end of the article, and knows
the dates of comments, other stories and events for what they are. So only short lines count that
stand close to the headline or behind the text, and hold one day and little else. The elements of
time that a page has for programs count where they stand so, too.

The file is long, but one idea: where on a page the date of its article stands.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from datetime import date
from itertools import islice
from typing import NamedTuple

from lxml import etree
from lxml.html import HtmlElement

from feedlake.transforms.extract.bylines import is_beside_article
from feedlake.transforms.normalize.dates import parse_date
from feedlake.transforms.normalize.names import comparable
from feedlake.transforms.normalize.word_tables import WordTables

# Lengths are in code points. All were tried on 264 pages of as many sites whose dates are known,
# with all that states a date for programs taken out (2026-11): 179 days right, 16 wrong, four of
# these by a day.

_MAX_LINE_CHARS = 160
"""Longest line that may be a byline."""

_MAX_OTHER_CHARS = 60
"""Most letters and digits beside the date in a line that is marked as one of a date or byline."""

_MAX_UNMARKED_CHARS = 30
"""Most in any other line: a name and a place."""

_BEFORE_HEADLINE, _BEHIND_HEADLINE, _BEHIND_TEXT = 8, 40, 6
"""Blocks around headline and text in which the date stands."""

_LEAD_CHARS = 700
"""Text below the headline after which a line is no byline any more: a lead and a paragraph."""

_PARAGRAPH_CHARS = 120
"""Shortest block of text that is a paragraph of the article."""

_PAIR_BLOCKS = 6
"""How many blocks apart the days of publication and of a change may stand."""

_CARD_LEVELS, _MIN_STORY_CHARS, _MAX_HEADINGS = 2, 25, 20
"""How far around a time a link to another story may stand, and how long its text is."""

_MAX_BLOCKS = 4_000
"""Blocks that are looked at: a page with more is a list."""

_MIN_TITLE_CHARS = 10
"""Shortest title that is known again in a block that is no heading, in letters and digits."""

_NO_TEXT = frozenset(
    {"script", "style", "noscript", "template", "svg", "iframe", "select", "head", "button"}
)
_BLOCKS = frozenset(
    """
    address article aside blockquote body center dd details div dl dt fieldset figcaption figure
    footer form h1 h2 h3 h4 h5 h6 header hr html li main nav ol p pre section table tbody td th time
    tr ul
    """.split()
)
_ELSEWHERE = frozenset(
    {"button", "nav", "aside", "footer", "form", "figure", "figcaption", "table"}
)
_TEXT_BLOCKS = frozenset({"p", "div", "li", "section", "td", "article"})
_ROOTS = frozenset({"body", "html", "main", "article"})

_WORDS = WordTables(__package__, "date_words.toml")


def _words(name: str) -> str:
    """The words of a table as alternatives; two blanks or a line end part them."""
    text = _WORDS.text(name).strip()
    return "|".join(re.escape(word) for word in re.split(r"\s{2,}|\n", text))


_PUBLISHED = re.compile(rf"(?<!\w)(?:{_words('published')})", re.IGNORECASE)
_OTHER = re.compile(rf"(?<!\w)(?:{_words('other')})", re.IGNORECASE)
_CHANGED_BEHIND = re.compile(rf"[^0-9(]{{0,8}}(?:{_words('changed_behind')})", re.IGNORECASE)
_PUBLISHED_CLASS = re.compile(_words("published_class"), re.IGNORECASE)
_CHANGED_CLASS = re.compile(_words("changed_class"), re.IGNORECASE)
# A word of its own, or the second one of camelCase.
_DATE_CLASS = re.compile(rf"(?:\b|_|(?<=[a-z])(?=[A-Z]))(?i:{_words('date_class')})")
_ELSEWHERE_CLASS = re.compile(
    rf"(?:^|[\s_-])(?:{_words('elsewhere_class')})(?:$|[\s_-])", re.IGNORECASE
)
_SENTENCE_END = re.compile(r"[^\W\d_]{3}[.!?](?:\s|$)")

_YEAR = r"(?:19|20)[0-9]{2}"
_DAY = r"[0-9]{1,2}"
_YEAR_FIRST = re.compile(
    rf"(?<![\d/.:-])({_YEAR})(?:([-/.]) ?({_DAY})\2 ?({_DAY})(?![\d-])"
    rf"| ?[年년] ?({_DAY}) ?[月월] ?({_DAY}) ?[日일])"
)
_DOTTED = re.compile(rf"(?<![\d.])({_DAY})\. ?({_DAY})\. ?({_YEAR})(?!\d)")
_SLASHED = re.compile(rf"(?<![\d/])({_DAY})([/-])({_DAY})\2({_YEAR})(?![\d/])")
_SPELLED = re.compile(
    rf"(?<![\w/])(?:{_DAY}(?:st|nd|rd|th|er|º|ª|\.)?[ -]?(?:de |of |di )?"
    rf"[^\W\d_]{{3,14}}\.?,?[ -](?:de |del )?{_YEAR}"
    rf"|[^\W\d_]{{3,12}}\.? {_DAY}(?:st|nd|rd|th)?,? {_YEAR})(?!\d)",
    re.IGNORECASE,
)


class _Block(NamedTuple):
    """An element that holds text of its own, and the line that it makes."""

    element: HtmlElement
    line: str


class _Found(NamedTuple):
    """A date in a line: the day, None if it can be read in two ways, and where it stands."""

    day: date | None
    start: int
    end: int


class _Candidate(NamedTuple):
    """A day that the article may have been published on: how likely, and in which block."""

    day: date
    score: int
    place: int


def guess_day(tree: HtmlElement, *, title: str | None) -> date | None:
    """Returns the day on which the page's article seems to have been published, or None.

    A day that can be read in two ways (3/9/2026), a month without a day, and the date of a change
    are no guess; neither are two days of which none is more likely.

    Args:
        tree: The page.
        title: The article's title, if known.
    """
    candidates = list(_candidates(list(_blocks(tree)), title=title))
    if not candidates:
        return None
    best = max(candidate.score for candidate in candidates)
    leading = [candidate for candidate in candidates if candidate.score == best]
    days = {candidate.day for candidate in leading}
    # A story is changed after it was published, and says so side by side.
    is_pair = len(days) == 2 and leading[-1].place - leading[0].place <= _PAIR_BLOCKS
    return min(days) if len(days) == 1 or is_pair else None


def is_of_change(element: HtmlElement) -> bool:
    """Returns whether a date's element, or the words before it, say that something was changed.

    Args:
        element: One that holds a date, such as `time`.
    """
    names = _names_around(element)
    if _CHANGED_CLASS.search(names) and not _PUBLISHED_CLASS.search(names):
        return True
    before, parent = element.getprevious(), element.getparent()
    text = before.tail if before is not None else parent.text if parent is not None else None
    return bool(_OTHER.search(f"{text or ''} {(element.text or '')[:_MAX_LINE_CHARS]}"))


def find_times(
    tree: HtmlElement, elements: Collection[HtmlElement], *, title: str | None
) -> list[HtmlElement]:
    """Returns those elements of time that belong to the article: to its head, or its signature.

    Args:
        tree: The page.
        elements: Those that hold a time.
        title: The article's title, if known.
    """
    headline = _find_headline(tree, comparable(title or ""))
    own = next(headline.iterancestors("article"), None) if headline is not None else None
    found: list[HtmlElement] = []
    is_below, above, read, left = headline is None, 0, 0, len(elements)
    for element in tree.iter(etree.Element):
        if left == 0:
            break
        left -= element in elements
        is_below = is_below or element is headline
        if element.tag in _TEXT_BLOCKS:
            chars = _count_chars(element)
            if is_below and headline is not None:
                read += chars
            else:
                above += chars
        if element not in elements or _is_within_elsewhere(element) or _is_in_sentence(element):
            continue
        is_labelled = _says_published(element)
        article = next(element.iterancestors("article"), None)
        if own is not None and article is not own and not _holds(article, own):
            continue
        is_near = above == 0 if not is_below else read <= _LEAD_CHARS
        if headline is None or is_labelled or (is_near and not _is_in_card(element, title)):
            found.append(element)
    return found


def _find_headline(tree: HtmlElement, letters: str) -> HtmlElement | None:
    headings = list(islice(tree.iter("h1", "h2"), _MAX_HEADINGS))
    for heading in headings:
        if letters and comparable("".join(heading.itertext())) == letters:
            return heading
    return next((heading for heading in headings if heading.tag == "h1"), None)


def _count_chars(element: HtmlElement) -> int:
    """The text of a paragraph; none of what is too short for one."""
    own = element.itertext() if element.tag == "p" else [element.text or ""]
    chars = len(" ".join("".join(own).split()))
    return chars if chars >= _PARAGRAPH_CHARS else 0


def _is_within_elsewhere(element: HtmlElement) -> bool:
    """Whether it is of other stories or of readers; an `aside` may hold the byline."""
    return any(
        _is_elsewhere(scope) and not (scope.tag == "aside" and _is_named(scope))
        for scope in (element, *element.iterancestors())
    )


def _is_named(element: HtmlElement) -> bool:
    return _DATE_CLASS.search(f"{element.get('class') or ''} {element.get('id') or ''}") is not None


def _is_in_sentence(element: HtmlElement) -> bool:
    """Whether it stands in a sentence of the text, or in a longer line than a byline has."""
    paragraph = next(element.iterancestors("p", "li", "blockquote"), None)
    if paragraph is None:
        return False
    line = _line(paragraph.itertext())
    is_sentence = len(comparable(line)) > _MAX_OTHER_CHARS and _SENTENCE_END.search(line)
    return len(line) > _MAX_LINE_CHARS or (bool(is_sentence) and not _is_named(paragraph))


def _says_published(element: HtmlElement) -> bool:
    before = element.getprevious()
    text = before.tail if before is not None else ""
    words = f"{element.getparent().text or ''} {text or ''} {element.text or ''}"
    return bool(_PUBLISHED_CLASS.search(_names_around(element)) or _PUBLISHED.search(words))


def _is_marked(element: HtmlElement, likely: _Candidate) -> bool:
    """Whether more than being an element of time speaks for a date."""
    return likely.score > (element.tag == "time") or _says_published(element)


def _holds(scope: HtmlElement | None, element: HtmlElement) -> bool:
    return scope is None or any(one is scope for one in element.iterancestors())


def _is_in_card(element: HtmlElement, title: str | None, *, levels: int = _CARD_LEVELS) -> bool:
    """Whether it stands beside a link to another story."""
    scope = element
    for _ in range(_CARD_LEVELS):
        scope = scope.getparent()
        if scope is None or scope.tag in _ROOTS or scope.find(".//h1") is not None:
            return False
        for link in scope.iter("a"):
            text = _line(link.itertext())
            if len(text) >= _MIN_STORY_CHARS and comparable(title or "") not in comparable(text):
                return True
    return False


def _blocks(tree: HtmlElement) -> Iterator[_Block]:
    """The blocks of text in the page's order, without those of other stories and of readers."""
    body = tree.find(".//body")
    stack = [body if body is not None else tree]
    count = 0
    while stack and count < _MAX_BLOCKS:
        element = stack.pop()
        if _is_elsewhere(element):
            continue
        children = [child for child in element if isinstance(child.tag, str)]
        holds_blocks = any(
            child.tag in _BLOCKS or child.tag in _NO_TEXT or len(child) for child in children
        )
        line = _own_line(element) if holds_blocks else _line(element.itertext())
        if holds_blocks:
            stack.extend(reversed(children))
        if line:
            count += 1
            yield _Block(element, line)


def _is_elsewhere(element: HtmlElement) -> bool:
    if element.tag in _ROOTS:
        return False
    if element.tag == "footer" and next(element.iterancestors("article"), None) is not None:
        return False
    names = f"{element.get('class') or ''} {element.get('id') or ''}"
    if element.tag in _NO_TEXT - {"button"}:
        return True
    if element.tag not in _ELSEWHERE and not _ELSEWHERE_CLASS.search(names):
        return False
    return element.find(".//h1") is None  # Whoever holds the headline holds the article.


def _own_line(element: HtmlElement) -> str:
    """The text of an element that has blocks in it: its own and that of its inline elements."""
    parts = [element.text or ""]
    for child in element:
        is_inline = isinstance(child.tag, str) and child.tag not in _BLOCKS | _NO_TEXT
        if is_inline and not len(child):
            parts.append(child.text or "")
        parts.append(child.tail or "")
    return _line(parts)


def _line(parts: Iterator[str] | list[str]) -> str:
    return " ".join(" ".join(parts).split())


def _candidates(blocks: list[_Block], *, title: str | None) -> Iterator[_Candidate]:
    headline = _headline_place(blocks, title)
    if headline is None:
        return
    paragraphs = [n for n, block in enumerate(blocks) if len(block.line) >= _PARAGRAPH_CHARS]
    end = paragraphs[-1] if paragraphs else headline
    read = 0
    for place, block in enumerate(blocks):
        if place > headline and len(block.line) >= _PARAGRAPH_CHARS:
            read += len(block.line)
        is_near = (
            headline - _BEFORE_HEADLINE <= place <= headline + _BEHIND_HEADLINE
            and read <= _LEAD_CHARS
        )
        is_behind = end < place <= end + _BEHIND_TEXT
        if not (is_near or is_behind) or len(block.line) > _MAX_LINE_CHARS:
            continue
        likely = _judge(block)
        if likely is None or (not is_near and likely.score == 0):
            continue
        if not is_near and (
            _is_in_card(block.element, title) or not _is_marked(block.element, likely)
        ):
            continue
        # Most bylines stand below the headline.
        score = likely.score + 2 * is_near + (is_near and place > headline)
        yield _Candidate(likely.day, score, place)


def _headline_place(blocks: list[_Block], title: str | None) -> int | None:
    """Where the headline stands: the `h1` that agrees with the title, else the last of two."""
    wanted = comparable(title) if title else ""
    headings = [n for n, block in enumerate(blocks) if _is_within(block.element, "h1")]
    for place in headings:
        line = comparable(blocks[place].line)
        if wanted and line and (line in wanted or wanted in line):
            return place
    if headings:
        return headings[-1] if len(headings) == 2 else headings[0]
    if len(wanted) < _MIN_TITLE_CHARS:
        return None
    return next(
        (n for n, block in enumerate(blocks) if comparable(block.line).startswith(wanted)), None
    )


def _is_within(element: HtmlElement, tag: str) -> bool:
    return element.tag == tag or next(element.iterancestors(tag), None) is not None


def _judge(block: _Block) -> _Candidate | None:
    """The day that a line says the article was published on, scored by what marks it as that."""
    dates = sorted(_dates(block.line), key=lambda found: found.start)
    if not dates or is_beside_article(block.element) or _is_in_sentence(block.element):
        return None
    if len(dates) == 1 and block.element.tag == "time":  # For programs, it can be read in one way.
        stated = next(_dates((block.element.get("datetime") or "")[:10]), None)
        dates = [dates[0]._replace(day=stated.day)] if stated is not None else dates
    published, other, end = [], block.line, 0
    for found in dates:
        before, behind = block.line[end : found.start], block.line[found.end :]
        end = found.end
        if not _OTHER.search(before) and not _CHANGED_BEHIND.match(behind):
            published.append((found.day, bool(_PUBLISHED.search(before))))
    for found in reversed(dates):
        other = other[: found.start] + other[found.end :]
    labelled = [day for day, is_labelled in published if is_labelled]
    days = set(labelled or [day for day, _ in published])
    day = days.pop() if len(days) == 1 else None
    names = _names_around(block.element)
    if day is None or (_CHANGED_CLASS.search(names) and not _PUBLISHED_CLASS.search(names)):
        return None
    is_labelled = bool(labelled) or block.element.tag == "time"
    is_named = bool(_DATE_CLASS.search(names))
    longest = _MAX_OTHER_CHARS if is_labelled or is_named else _MAX_UNMARKED_CHARS
    if len(comparable(other)) > longest or (_SENTENCE_END.search(other) and not is_named):
        return None
    return _Candidate(day, 2 * is_named + is_labelled, 0)


def _names_around(element: HtmlElement) -> str:
    """Classes and ids of an element and of the two around it, as far as they are no article."""
    names: list[str] = []
    scope: HtmlElement | None = element
    while scope is not None and scope.tag not in _ROOTS and len(names) < 9:
        names += [scope.get(name) or "" for name in ("class", "id", "itemprop")]
        scope = scope.getparent()
    return " ".join(names)


def _dates(line: str) -> Iterator[_Found]:
    """The dates in a line, also those that can be read in two ways."""
    for match in _YEAR_FIRST.finditer(line):
        day = _day(match[1], match[3] or match[5], match[4] or match[6])
        if day is not None:
            yield _Found(day, match.start(), match.end())
    # With points between them, the day comes first wherever dates are written so.
    for match in _DOTTED.finditer(line):
        day = _day(match[3], match[2], match[1])
        if day is not None:
            yield _Found(day, match.start(), match.end())
    for match in _SLASHED.finditer(line):
        first, second, year = match[1], match[3], match[4]
        readings = {_day(year, first, second), _day(year, second, first)} - {None}
        if readings:
            yield _Found(readings.pop() if len(readings) == 1 else None, match.start(), match.end())
    for match in _SPELLED.finditer(line):
        moment = parse_date(match[0])
        if moment is not None:
            yield _Found(moment.date(), match.start(), match.end())


def _day(year: str, month: str, day: str) -> date | None:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None
