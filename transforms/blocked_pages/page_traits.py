"""What of a page, and of its address, shows whether it is an article or a blocked page."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from html import unescape
from typing import NamedTuple
from urllib.parse import unquote

from feedlake.transforms.blocked_pages.blocked_page_signs import LOST_FOLDERS, LOST_PATHS
from feedlake.transforms.normalize.urls import canonicalize_url, registered_domain

MAX_HTML_CHARS = 262_144
"""Characters of a page that are looked at."""

MAX_TEXT_CHARS = 12_000
"""Visible characters after which a page has more text than any blocked page."""

_MAX_UNCLOSED_CHARS = 16_384
"""Length from which a page without `</html>` at its end counts as cut off: what is short then
says nothing. Blocked pages that leave it out are shorter."""

_HEAD_CHARS = 65_536  # Where title, heading and markers are looked for.

_UNREAD_NAMES = ("script", "style", "noscript", "template", "svg", "title", "iframe", "textarea")
_UNREAD = re.compile(rf"<(?:!--|({'|'.join(_UNREAD_NAMES)})(?![\w-]))", re.IGNORECASE)
_UNREAD_ENDS = {name: re.compile(rf"</{name}", re.IGNORECASE) for name in _UNREAD_NAMES}
_INLINE = re.compile(
    r"</?(?:a|abbr|b|code|em|font|i|mark|small|span|strong|sub|sup|u|wbr)(?![\w-])", re.IGNORECASE
)
_TITLE = re.compile(r"<title[^<>]{0,200}>([^<]{0,500})", re.IGNORECASE)
_HEADING = re.compile(r"<h1[^<>]{0,500}>(.{0,300}?)</h1", re.IGNORECASE | re.DOTALL)
_LINK = re.compile(r"<a\s", re.IGNORECASE)
_TAG_START = re.compile("<[A-Za-z/!?]")
_TAG = re.compile(r"<[^<>]*>?")
_ARTICLE = re.compile(
    r"article:published_time|[\"']og:type[\"'][^<>]{0,40}content=[\"']?article\b"
    r"|content=[\"']?article[\"'][^<>]{0,40}og:type|itemprop=[\"']?articleBody"
    r"|\"@type\"\s{0,9}:\s{0,9}\[?\s{0,9}\"\w{0,30}(?:Article|BlogPosting|Report)\"|\"articleBody\"",
    re.IGNORECASE,
)
_PASSWORD = re.compile(r"<input[^<>]{0,500}?type\s{0,3}=\s{0,3}[\"']?password", re.IGNORECASE)
_HOME_PATH = re.compile(
    r"/(?:[a-z]{2}(?:[-_][a-z]{2})?/?)?(?:(?:index|default|home|startseite)(?:\.\w{2,5})?)?/?",
    re.IGNORECASE,
)
_EXTENSION = re.compile(r"\.\w{2,5}$")


@dataclass(frozen=True)
class AddressTraits:
    """The parts of an address that redirects are judged by.

    Attributes:
        host: Host name without `www.`, maybe with a port.
        path: Begins with a slash.
        query: Without its question mark.
        domain: The one under which the site's owner registered.
    """

    host: str
    path: str
    query: str
    domain: str | None

    @classmethod
    def parse(cls, url: str) -> AddressTraits | None:
        """Returns the parts, or None if it is no http(s) address."""
        canonical = canonicalize_url(url)
        if canonical is None:
            return None
        host, _, tail = canonical.split("//", 1)[1].partition("/")
        path, _, query = tail.partition("?")
        return cls(host.removeprefix("www."), f"/{path}", query, registered_domain(url))

    @property
    def label(self) -> str:
        """The host name's first part."""
        return self.host.partition(".")[0]

    @property
    def words(self) -> tuple[str, ...]:
        """The path's parts, without extensions."""
        parts = (part for part in self.path.lower().split("/") if part)
        return tuple(_EXTENSION.sub("", part) for part in parts)

    @property
    def ends(self) -> tuple[str, ...]:
        """The first and the last of these parts: between them stand sections and dates."""
        return (*self.words[:1], *self.words[-1:])

    @property
    def is_home(self) -> bool:
        """Whether it is a site's home page, maybe that in one language."""
        return not self.query and _HOME_PATH.fullmatch(self.path) is not None

    @property
    def is_lost(self) -> bool:
        """Whether it is where a site sends those whose page is gone."""
        words = self.words
        return (
            bool(words)
            and words[-1] in LOST_PATHS
            and all(word in LOST_FOLDERS or len(word) == 2 for word in words[:-1])
        )

    def carries(self, other: AddressTraits) -> bool:
        """Whether the query says where to return to."""
        query = unquote(unquote(self.query))
        return (len(other.path) > 4 and other.path in query) or other.host in query


class PageTraits:
    """What shows whether a page is an article or blocked; each trait is found when asked for."""

    def __init__(self, html: str) -> None:
        self.html = html[:MAX_HTML_CHARS]
        self._is_cut = len(html) > MAX_HTML_CHARS or (
            len(html) > _MAX_UNCLOSED_CHARS and "</html" not in html[-_MAX_UNCLOSED_CHARS:].lower()
        )

    @cached_property
    def head(self) -> str:
        """The part where title, heading and markers are looked for."""
        return self.html[:_HEAD_CHARS]

    @cached_property
    def title(self) -> str:
        """What stands in `<title>`; empty if nothing."""
        match = _TITLE.search(self.head)
        return " ".join(unescape(match[1]).split()) if match else ""

    @cached_property
    def heading(self) -> str:
        """What stands in the first `<h1>`; empty if nothing."""
        match = _HEADING.search(self.head)
        return " ".join(unescape(_TAG.sub(" ", match[1])).split()) if match else ""

    @cached_property
    def is_article(self) -> bool:
        """Whether the page calls itself one."""
        return _ARTICLE.search(self.html) is not None

    @cached_property
    def has_password(self) -> bool:
        """Whether a field asks for a password."""
        return _PASSWORD.search(self.html) is not None

    @property
    def text(self) -> str:
        """Visible text, one line a block."""
        return self._parts.text

    @property
    def code(self) -> str:
        """Tags, links excepted, and scripts."""
        return self._parts.code

    @property
    def without_script(self) -> str:
        """What `<noscript>` holds, tags included."""
        return self._parts.without_script

    def has_at_most(self, chars: int) -> bool:
        """Whether all of the visible text was seen, and is not longer."""
        is_whole = self._parts.is_whole and not self._is_cut
        return is_whole and len(self.text) <= chars

    @cached_property
    def _parts(self) -> _Parts:
        return _split_page(self.html)


class _Parts(NamedTuple):
    text: str
    code: str
    without_script: str
    is_whole: bool


def _split_page(html: str) -> _Parts:
    """Returns what is seen of a page and what is not, up to `MAX_TEXT_CHARS` of its text."""
    text: list[str] = []
    code: list[str] = []
    without_script: list[str] = []
    at = chars = 0
    while at < len(html) and chars <= MAX_TEXT_CHARS:
        start = html.find("<", at)
        start = start if start >= 0 else len(html)
        text.append(html[at:start])
        chars += len(html[at:start].strip())
        unread = _UNREAD.match(html, start)
        if unread is not None:
            name = (unread[1] or "").lower()
            end = _end_of_unread(html, start, name=name)
            at = html.find(">", end) + 1 or len(html)
            if name == "noscript":
                without_script.append(html[start:end])
            elif name not in ("", "title", "textarea"):
                code.append(html[start:end])
        elif _TAG_START.match(html, start):
            at = html.find(">", start) + 1 or len(html)
            text.append(" " if _INLINE.match(html, start) else "\n")
            if not _LINK.match(html, start):
                code.append(html[start:at])
        else:  # An angle that begins no tag, or the end.
            text.append(html[start : start + 1])
            at = start + 1
    whole = at >= len(html)
    return _Parts(tidy_text("".join(text)), "\n".join(code), "\n".join(without_script), whole)


def _end_of_unread(html: str, start: int, *, name: str) -> int:
    """Returns where a comment (of no name) or an element ends; the page's end if it never does."""
    if not name:
        end = html.find("-->", start + 2)  # `<!-->` is a whole comment.
        return end if end >= 0 else len(html)
    match = _UNREAD_ENDS[name].search(html, start)
    return match.start() if match else len(html)


def strip_tags(html: str) -> str:
    """Returns the text between all tags."""
    return tidy_text(_TAG.sub(" ", html))


def tidy_text(text: str) -> str:
    """Returns plain text, one line a block, without empty lines."""
    lines = (" ".join(line.split()) for line in unescape(text).split("\n"))
    return "\n".join(line for line in lines if line)
