"""Telling blocked pages, which answer in place of an article, from articles.

A site may answer 200 with a test for robots, a request for consent, a form to log in, or words of
regret. Taken for an article, one such page would be stored again for each address of the site; an
article taken for one would be lost. So a word alone never decides: what an article may say of
Cloudflare, cookies or the error 404, and the banners, notices and forms around it, are on good
pages too. What decides is a sign that only such a page carries, together with hardly any text, or
a text that is nothing but notices.
"""

# ruff: noqa: RUF001 - dashes of all kinds, and the punctuation of Chinese and Japanese

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from feedlake.transforms.blocked_pages.blocked_page_signs import (
    HEADERS,
    HOSTS,
    LOST_PATHS,
    MARKERS,
    PATHS,
    SERVICES,
)
from feedlake.transforms.blocked_pages.blocked_page_words import (
    CONSENT_WORDS,
    LOGIN_WORDS,
    LOST_NUMBER,
    LOST_TITLE,
    NOTICES,
    SMALL_PRINT,
    TITLES,
    Reason,
)
from feedlake.transforms.blocked_pages.page_traits import AddressTraits, PageTraits, strip_tags

MAX_NOTICE_CHARS = 600
"""Longest text that may be nothing but notices."""

_MAX_BLOCKED_CHARS = 3_000  # Visible text of a page that carries a bot filter's marker.
_MAX_CONSENT_CHARS = 6_000  # Requests for consent list purposes.
_MAX_TITLED_CHARS = 1_500  # Visible text of a page whose title says what it is.
_MAX_SENTENCE_CHARS = 300
_MAX_UNCLOSED_CHARS = 4_096
_MAX_REST_BYTES = 40  # Of a text of notices, what is none: three words, in any script.

# Blocked pages to which sites redirect, in the order in which they are looked for.
_REDIRECTED: tuple[Reason, ...] = ("consent_wall", "challenge", "login_wall")

# Statuses whose pages are read. Of a server error other than 503 the status says enough.
_READ_STATUSES = frozenset({*range(200, 300), 401, 402, 403, 405, 406, 429, 503})

_TITLE_PARTS = re.compile(r"(?<!\s)\s+[|–—\-·•»:]+\s+")
_TITLE_EDGE = " .…!?:;,\"'«»“”„()[]-–—*"
# Blanks are looked at from their first one on, or from the first behind a separator.
_SENTENCE_END = re.compile(
    r"(?<=[.!?…])\s+|(?<=[。！？])|(?<!\s)\s*\n\s*|(?<=[|·•]\s)\s*\n\s*|\s[|·•]\s"
)
_FEED = re.compile(
    r"\s*(?:<\?xml[^>]*>\s*)?(?:<!--[^>]*>\s*)?<(?:rss|feed|rdf:RDF|opml|urlset)\b|\s*[{\[]"
)
_CONTROL = re.compile(r"<(?:button|form|input)\b", re.IGNORECASE)
_LOST_BODY = re.compile(r"<body[^<>]{0,1000}?[\"'\s]error404[\"'\s]", re.IGNORECASE)


@dataclass(frozen=True)
class BlockedPage:
    """Why a page is no article.

    Attributes:
        reason: `challenge` (a test for robots), `consent_wall`, `javascript_wall`, `login_wall`
            (or a subscription is asked for), `soft_404` (the page, or the site, is gone) or
            `blocked` (refused to this client or its country).
        detail: What showed it, a sentence for people.
    """

    reason: Reason
    detail: str


def find_blocked_page(
    *, status: int, headers: Mapping[str, str], html: str, asked_url: str, url: str
) -> BlockedPage | None:
    """Returns what the answer is instead of an article, or None if it may be one.

    Reads a bounded part of the page in time that grows with its length only. `soft_404` and what
    redirects show is found in successful answers only.

    Args:
        status: HTTP status after redirects.
        headers: Header fields by lower-case name.
        html: The page, decoded; best whole, or its first 256 kB: of a page that was cut off it is
            not known whether its text is short.
        asked_url: Address that was asked for, before redirects.
        url: Address that answered.
    """
    for name, start, reason, maker in HEADERS:
        if name in headers and headers[name].strip().lower().startswith(start):
            return BlockedPage(reason, f"The header {name} of {maker} says so.")
    if status == 451:
        return BlockedPage("blocked", "The status is 451, unavailable for legal reasons.")
    if status not in _READ_STATUSES:
        return None
    page = PageTraits(html)
    if 200 <= status < 300:
        found = _judge_redirect(page, asked_url=asked_url, url=url)
        if found is not None:
            return found
    if _FEED.match(page.head):
        return None
    rules: tuple[Callable[[PageTraits], BlockedPage | None], ...] = (
        _judge_markers,
        _judge_titles,
        _judge_login,
        _judge_text,
    )
    found = next((found for rule in rules if (found := rule(page))), None)
    if found is None or (found.reason == "soft_404" and status >= 300):
        return None
    return found


def find_notice(text: str, *, title: str | None) -> BlockedPage | None:
    """Returns what the text is instead of an article's, or None if it may be one.

    It is none if it is short and its sentences are notices ("Please enable JavaScript"), but for
    three words and small print. A teaser followed by "Subscribe to continue reading" is one.

    Args:
        text: Main text of a page, lines or paragraphs.
        title: The page's title; None if unknown. Its words do not count as text.
    """
    if len(text) > MAX_NOTICE_CHARS:
        return None
    sentences = _read_sentences(text)
    notices = [sentence for sentence in sentences if sentence.reason is not None]
    if not notices or not _says_hardly_more(sentences, notices, title=title or ""):
        return None
    by_kind = {notice.reason: notice for notice in reversed(notices)}  # The first of each kind.
    reason = next(reason for reason in NOTICES if reason in by_kind)
    return BlockedPage(reason, f"The text says hardly more than «{by_kind[reason].text[:80]}».")


class _Sentence(NamedTuple):
    """A sentence of a short text.

    Attributes:
        text: As it stands there.
        folded: In small letters, with single spaces.
        bare: The same without punctuation at its ends.
        reason: What it gives notice of; None if it is no notice.
    """

    text: str
    folded: str
    bare: str
    reason: Reason | None


def _read_sentences(text: str) -> list[_Sentence]:
    """Returns the sentences of a text, those without a letter or digit left out."""
    sentences = []
    for piece in _SENTENCE_END.split(text):
        folded = _fold(piece)
        bare = folded.strip(_TITLE_EDGE)
        if bare:
            reason = next((reason for reason, rule in NOTICES.items() if rule.match(folded)), None)
            sentences.append(_Sentence(piece.strip(), folded, bare, reason))
    return sentences


def _says_hardly_more(
    sentences: Sequence[_Sentence], notices: Sequence[_Sentence], *, title: str
) -> bool:
    """Returns whether sentences are hardly more than the notices among them, and the title."""
    heading = _fold(title).strip(_TITLE_EDGE)
    rest_bytes = sum(
        len(sentence.folded.encode(errors="replace"))
        for sentence in sentences
        if sentence.reason is None
        and sentence.bare != heading
        and not SMALL_PRINT.match(sentence.folded)
    )
    named = next((reason for reason, rule in TITLES.items() if _names(rule, title)), None)
    # The title names the same kind of blocked page, and the notice does not just repeat the title.
    if any(notice.reason == named and notice.bare != heading for notice in notices):
        return rest_bytes <= 3 * _MAX_REST_BYTES
    noticed_chars = sum(len(notice.folded) for notice in notices)
    return rest_bytes <= min(_MAX_REST_BYTES, noticed_chars)


def _judge_redirect(page: PageTraits, *, asked_url: str, url: str) -> BlockedPage | None:
    """Returns what the address says to which the one asked for was redirected."""
    asked, landed = AddressTraits.parse(asked_url), AddressTraits.parse(url)
    if asked is None or landed is None or asked == landed:
        return None
    service = SERVICES.get(landed.domain or "") if landed.domain != asked.domain else None
    if service is not None:
        return BlockedPage(service, f"The page asked for redirects to {landed.host}.")
    detail = f"The page asked for redirects to {landed.host}{landed.path}."
    for reason in _REDIRECTED:
        if _redirects_to_block(page, reason, asked=asked, landed=landed):
            return BlockedPage(reason, detail)
    return BlockedPage("soft_404", detail) if _redirects_nowhere(asked, landed) else None


def _redirects_to_block(
    page: PageTraits, reason: Reason, *, asked: AddressTraits, landed: AddressTraits
) -> bool:
    """Returns whether host or path name such a blocked page, and the page can be one."""
    hosts = HOSTS.get(reason, frozenset())
    is_host = landed.label in hosts and asked.label not in hosts
    is_path = bool(PATHS[reason].intersection(landed.ends).difference(asked.words))
    if not is_host and not is_path:
        return False
    if landed.carries(asked):
        return True  # The address says where the reader shall return to.
    if page.is_article:
        return False
    is_sure = (is_host and reason == "consent_wall") or (
        page.has_password and reason == "login_wall"
    )
    return is_sure or page.has_at_most(_MAX_TITLED_CHARS)


def _redirects_nowhere(asked: AddressTraits, landed: AddressTraits) -> bool:
    """Returns whether a redirect leads to a page of lost addresses, or to the site's front page."""
    is_lost = landed.is_lost and not LOST_PATHS.intersection(asked.words)
    is_home = landed.is_home and not asked.is_home and landed.domain == asked.domain
    return is_lost or is_home


def _judge_markers(page: PageTraits) -> BlockedPage | None:
    """Returns what scripts and tags show that only blocked pages have."""
    for marker, reason, maker in MARKERS:
        chars = _MAX_CONSENT_CHARS if reason == "consent_wall" else _MAX_BLOCKED_CHARS
        if marker in page.head and page.has_at_most(chars) and marker in page.code:
            return None if page.is_article else BlockedPage(reason, f"The page is one of {maker}.")
    return None


def _judge_titles(page: PageTraits) -> BlockedPage | None:
    """Returns what title and main heading name, if the page's text bears them out."""
    if _LOST_BODY.search(page.head):
        return BlockedPage("soft_404", "The page's class is «error404».")
    if _is_lost(page) and not page.is_article:
        return BlockedPage("soft_404", f"The page is called «{(page.title or page.heading)[:80]}».")
    for reason, rule in TITLES.items():
        name = page.title if _names(rule, page.title) else page.heading
        if _names(rule, name) and _bears_out(page, reason, name=name) and not page.is_article:
            return BlockedPage(reason, f"The page is called «{name[:80]}».")
    return None


def _is_lost(page: PageTraits) -> bool:
    """Returns whether title or main heading, and then the text, say that there is no such page."""
    in_title, in_heading = _names(LOST_TITLE, page.title), _names(LOST_TITLE, page.heading)
    if not in_title and not in_heading:
        return False
    is_short = page.has_at_most(_MAX_TITLED_CHARS)
    if _says(page, {"soft_404"}, besides={page.title, page.heading}):
        return is_short or (in_title and in_heading)
    if not is_short or _names(LOST_NUMBER, page.title if in_title else page.heading):
        return False
    return (in_title and in_heading) or not page.title or not page.heading


def _bears_out(page: PageTraits, reason: Reason, *, name: str) -> bool:
    """Returns whether a page of a telling name has the text of such a page."""
    if reason == "consent_wall":
        words = set(CONSENT_WORDS.findall(_fold(page.text)))
        has_text = page.has_at_most(_MAX_CONSENT_CHARS) and len(words) >= 3
        is_gate = _says(page, {"consent_wall"}, besides={name})
        return has_text and is_gate and _CONTROL.search(page.code) is not None
    if not page.has_at_most(_MAX_TITLED_CHARS):
        return False
    if reason == "login_wall":
        return page.has_password or _says(page, {"login_wall"}, besides={name})
    if reason == "soft_404" and _fold(name).startswith("index of /"):
        return True
    is_bare = len(page.text.encode(errors="replace")) <= len(name.encode()) + _MAX_REST_BYTES
    told: set[Reason] = {"challenge", "blocked", "javascript_wall"}
    return is_bare or _says(page, {reason} if reason == "soft_404" else told, besides={name})


def _judge_login(page: PageTraits) -> BlockedPage | None:
    """Returns a login wall if the page is a form for a password and nothing beside it."""
    if not page.has_at_most(MAX_NOTICE_CHARS) or not page.has_password or page.is_article:
        return None
    if len(page.html) > _MAX_UNCLOSED_CHARS and "</html" not in page.html[-_MAX_UNCLOSED_CHARS:]:
        return None  # Maybe cut off after the form in its header.
    rest = "".join(re.findall(r"\w+", LOGIN_WORDS.sub(" ", _fold(page.text))))
    if len(rest.encode(errors="replace")) > 2 * _MAX_REST_BYTES:
        return None
    return BlockedPage("login_wall", "The page is a form that asks for a password.")


def _judge_text(page: PageTraits) -> BlockedPage | None:
    """Returns what all of the page's visible text says, if it is hardly any."""
    if not page.has_at_most(MAX_NOTICE_CHARS) or page.is_article:
        return None
    found = find_notice(page.text, title=page.title)
    if found is not None:
        return found
    words = strip_tags(page.without_script)
    is_empty = len(page.text.encode(errors="replace")) <= _MAX_REST_BYTES
    if is_empty and any(NOTICES["javascript_wall"].match(each) for each in _sentences(words)):
        return BlockedPage("javascript_wall", "Without scripts the page has no text.")
    return None


def _says(page: PageTraits, reasons: set[Reason], *, besides: set[str]) -> bool:
    """Returns whether a sentence of the page is a notice of these kinds and none of its titles."""
    titles = {_fold(title) for title in besides}
    return any(
        sentence not in titles and NOTICES[reason].match(sentence)
        for sentence in _sentences(page.text)
        for reason in reasons
    )


def _sentences(text: str) -> list[str]:
    pieces = (piece[:_MAX_SENTENCE_CHARS] for piece in _SENTENCE_END.split(text))
    return [_fold(piece) for piece in pieces if piece.strip()]


def _names(rule: re.Pattern[str], title: str) -> bool:
    """Returns whether the title, or what stands between dashes in it, is what the rule names."""
    name = title[:_MAX_SENTENCE_CHARS]
    parts = (name, *_TITLE_PARTS.split(name))
    return any(rule.fullmatch(_fold(part).strip(_TITLE_EDGE)) for part in parts)


def _fold(text: str) -> str:
    return " ".join(text.casefold().replace("\u2019", "'").split())
