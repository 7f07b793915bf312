"""Finds the feeds of a site by one of its pages, and tells an article from such a page."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import KW_ONLY, dataclass, replace
from itertools import islice
from typing import Literal

from lxml.html import Element, HtmlElement

from feedlake.transforms.extract.json_ld import read_nodes, read_types
from feedlake.transforms.extract.library_calls import parse_html
from feedlake.transforms.extract.metadata import Meta, json_ld_blocks, meta_values
from feedlake.transforms.feeds.url_list import MAX_URL_CHARS, resolve_listed_url
from feedlake.transforms.links.link_header import read_link_header
from feedlake.transforms.normalize.text import normalize_line
from feedlake.transforms.normalize.urls import (
    canonicalize_url,
    is_site_root,
    registered_domain,
    resolve_url,
)

FeedKind = Literal["rss", "atom", "json", "unknown"]

WELL_KNOWN_PATHS = (
    "/feed",
    "/rss",
    "/rss.xml",
    "/atom.xml",
    "/index.xml",
    "/feed.xml",
    "/feed.json",
)
"""Where feeds of sites lie that name none, likeliest first: WordPress; common habit; generators
of static sites (Jekyll, Hugo); JSON Feed. Few, since each is a request to the site."""

MAX_FEEDS = 200
"""Most feeds taken of one page: room for the directory of a large paper's feeds."""

MAX_LINKS = 20_000
"""Links of one page looked at."""

# Relations of feeds, as specified and as written; without any, the media type must tell.
_FEED_RELS = frozenset({"alternate", "alternative", "feed", "service.feed", "rss", "atom"})
_CERTAIN_RELS = frozenset({"feed", "service.feed"})  # Feeds of whatever media type.
_STYLE = frozenset({"stylesheet"})
_CANONICAL = frozenset({"canonical"})
# Formats, told by the words in a media type: `application/rss+xml`, but also `text/rss` and
# `application/x.atom+xml` of sites that did not look it up.
_FEED_TYPES: tuple[tuple[re.Pattern[str], FeedKind], ...] = (
    (re.compile("rss"), "rss"),
    (re.compile("atom(?!cat|s)"), "atom"),  # Not `atomcat`, `atomsvc`: RFC 5023, section 16.
    (re.compile(r"feed\s*+\+?\s*+json"), "json"),
)
# Media types of much else, such as the interfaces of content management systems.
_VAGUE_TYPES: dict[str, FeedKind] = {
    "application/rdf+xml": "rss",
    "text/xml": "unknown",
    "application/xml": "unknown",
    "application/json": "json",
}
_FEED_PATH = re.compile(
    r"(?:^|/)(?:feeds?|rss2?|atom|rdf)(?:\.(?:php|aspx?|jsp|cfm))?/?$"
    r"|\.(?:rss2?|atom|rdf|xml)$"
    r"|(?:^|/)(?>[^/]*?feed)[^/]*\.json$",
    re.IGNORECASE,
)
_FEED_FOLDER = re.compile(
    r"(?:^|/)(?:feeds?|rss2?|atom)/|//(?:feeds?|rss)\.[^/.]+\.[^/]", re.IGNORECASE
)
_FEED_QUERY = re.compile(
    r"(?:^|&)(?:(?:feed|rss|format|type|alt|view)=(?:rss2?|atom|feed|xml|rdf)|feed|rss|atom)(?:&|$)",
    re.IGNORECASE,
)
_OTHER_SUFFIX = re.compile(
    r"\.(?:html?|php|aspx?|jsp|css|js|jpe?g|png|gif|svg|webp|ico|pdf|mp[34])$", re.IGNORECASE
)
_NO_FEED = re.compile(
    r"sitemap|opensearch|searchdescription|xmlrpc|rsd\.xml|manifest|oembed|wp-json|crossdomain"
    r"|browserconfig",
    re.IGNORECASE,
)
_COMMENTS_PATH = re.compile(r"/comments(?:[/.?]|$)|[-_]comments[-_.]|=comments", re.IGNORECASE)
# What WordPress writes in the languages of most sites. In some, the bare word for comments also
# names the pages of opinion, whose feed is wanted.
_COMMENTS_TITLE = re.compile(
    r"\bcomments\b|\bcomment (?:feed|rss)|kommentar-?\s?(?:feed|rss)|\bcommentaires\b"
    r"|\bcomentarios\b|\bcomentários\b|feed dei commenti|\breacties\s?-?feed|z komentarzami"
    r"|лента комментариев|стрічка коментарів|\byorum beslemesi|コメント|评论|迴響|댓글",
    re.IGNORECASE,
)
_PART_OF_SITE = re.compile(r"/(?:tags?|categor(?:y|ies)|authors?|topics?|search)/", re.IGNORECASE)

# Types of pages that list articles (https://schema.org/CollectionPage).
_LIST_TYPES = frozenset({"collectionpage", "searchresultspage", "profilepage", "itemlist", "blog"})
_PUBLISHED = ("article:published_time", "article:published", "og:published_time", "pubdate")
_ARTICLE_ITEM = re.compile(r"schema\.org/(?:[a-z]*article|[a-z]*blogposting|report)/?$", re.I)
_SITE_KINDS = frozenset({"website", "blog", "profile"})  # Of `og:type`.
_ARTICLE_KINDS = frozenset({"article", "og:article", "news", "newsarticle", "news.article"})
_SAME_TITLE = 0.6
"""Share of a headline's words that the page's title must hold to be about the same article."""
_WORD = re.compile(r"\w+")
_MAX_TITLE_CHARS = 1_000
_MAX_PARAGRAPHS = 5_000
_MIN_PARAGRAPH_CHARS = 80
_MIN_PROSE_CHARS = 600
"""Least text of a page without any marks to be an article."""
_MIN_PROSE_SHARE = 0.5
_MAX_TEASERS = 5
"""Headings that are links: a page with more of them than prose is a list, whatever it says."""


@dataclass(frozen=True)
class FeedLink:
    """A feed that a page names.

    Attributes:
        url: Its address, absolute http(s).
        title: What the page calls it; None if it does not say.
        kind: Its format, as far as the page tells.
        is_declared: Whether the page says that it is a feed; else its address looks like one.
    """

    url: str
    _: KW_ONLY
    title: str | None
    kind: FeedKind
    is_declared: bool


def find_feeds(html: str, *, base_url: str, link_header: str = "") -> tuple[FeedLink, ...]:
    """Returns the feeds that a page names, best first, each once.

    First those that it declares (`<link rel="alternate">` with a feed's type, `rel="feed"`), in
    itself or in the header `Link`, the whole site's before those of its sections and authors;
    then links on the same registered domain whose address looks like a feed's. Feeds of comments
    are left out if there is another.

    Args:
        html: The page.
        base_url: Its address.
        link_header: The HTTP header `Link` that came with it.

    Raises:
        ExtractorError: lxml raised on this page.
    """
    found: list[FeedLink] = []
    tree = parse_html(html)
    if tree is not None:
        base = _base_of(tree, base_url)
        found += [*_declared(tree.iter("link", "a"), base)]
        found += [*_linked(tree, base, domain=registered_domain(base_url))]
    found += _declared(_elements_of(link_header), base_url)
    found.sort(key=_rank)  # Stable: equals stay in the page's order.
    own_key = _identity(base_url)
    best: dict[str, FeedLink] = {}
    for link in found:
        key = _identity(link.url)
        if key == own_key:
            continue  # The page itself, which is no feed.
        known = best.setdefault(key, link)
        if known.title is None and link.title is not None:
            best[key] = replace(known, title=link.title)
    links = list(best.values())
    others = [link for link in links if not _is_of_comments(link)]
    return tuple((others or links)[:MAX_FEEDS])


def is_article(html: str) -> bool:
    """Returns whether a page is one article, rather than the front of a site or section.

    Its marks decide: its own address, JSON-LD, times of publication, microdata, `og:type`. Only
    where it has none, its text does: whether most of its prose stands in one place.

    Args:
        html: The page.

    Raises:
        ExtractorError: lxml raised on this page.
    """
    tree = parse_html(html)
    if tree is None:
        return False
    meta = meta_values(tree)
    kinds = {kind.strip().lower() for kind in meta.get("og:type", ())}
    types, headlines = read_types(read_nodes(json_ld_blocks(tree)))
    titles = [_words(title) for title in _titles(tree, meta)]
    is_own = sum(any(_is_same(line, title) for title in titles) for line in headlines) == 1
    is_root = _names_site_root(tree, meta)
    is_of_site_kind = bool(kinds & _SITE_KINDS)
    prose_chars, share = _measure_prose(tree)
    teasers = _count_teasers(tree)
    is_list = teasers >= _MAX_TEASERS and prose_chars < _MIN_PROSE_CHARS
    if is_own:  # Some systems call each page an article, the front included.
        return is_of_site_kind + is_root + is_list < 2
    if is_root or (types & _LIST_TYPES and not headlines):
        return False
    is_published = any(len(set(meta.get(name, ()))) == 1 for name in _PUBLISHED)
    is_of_article_kind = bool(kinds & _ARTICLE_KINDS)
    if is_published + is_of_article_kind == 2:
        return True
    if is_list:
        return False
    if is_published or is_of_article_kind:
        return True
    if is_of_site_kind:
        return False
    items = _count_items(tree)
    if len(headlines) == 1 or items == 1:
        return True
    is_prose = prose_chars >= _MIN_PROSE_CHARS and share >= _MIN_PROSE_SHARE
    return is_prose and teasers < _MAX_TEASERS and items == 0 and not headlines


def _count_items(tree: HtmlElement) -> int:
    """Articles of the page's microdata; 1 if one of several has the text."""
    items = [e for e in tree.iterfind(".//*[@itemtype]") if _ARTICLE_ITEM.search(e.get("itemtype"))]
    has_one_body = len(tree.findall(".//*[@itemprop='articleBody']")) == 1
    return 1 if items and has_one_body else len(items)


def _measure_prose(tree: HtmlElement) -> tuple[int, float]:
    """Characters of the longest run of paragraphs that share their parent, links not counted, and
    its share of all such text: an article's stand in one place, those of teasers in many."""
    runs: Counter[HtmlElement] = Counter()
    for paragraph in islice(tree.iter("p"), _MAX_PARAGRAPHS):
        linked = sum(len("".join(link.itertext())) for link in paragraph.iter("a"))
        length = len("".join(paragraph.itertext())) - linked
        if length >= _MIN_PARAGRAPH_CHARS:
            runs[paragraph.getparent()] += length
    longest = max(runs.values(), default=0)
    return longest, longest / max(1, runs.total())


def _count_teasers(tree: HtmlElement) -> int:
    """Headings that lead to another page."""
    headings = islice(tree.iter("h1", "h2", "h3", "h4"), _MAX_PARAGRAPHS)
    return sum(h.find(".//a[@href]") is not None or h.getparent().tag == "a" for h in headings)


def _names_site_root(tree: HtmlElement, meta: Meta) -> bool:
    """Whether the page says that it is the site's home page."""
    links = [
        link.get("href") for link in tree.iterfind(".//link[@href]") if _has_rel(link, _CANONICAL)
    ]
    address = next(iter([*links, *meta.get("og:url", ())]), "").strip()
    return address == "/" or is_site_root(address)


def _titles(tree: HtmlElement, meta: Meta) -> list[str]:
    element = tree.find(".//title")
    own = ["".join(element.itertext())] if element is not None else []
    return [*meta.get("og:title", ()), *own]


def _words(text: str) -> set[str]:
    return set(_WORD.findall(text[:_MAX_TITLE_CHARS].casefold()))


def _is_same(headline: str, title: set[str]) -> bool:
    words = _words(headline)
    return bool(words) and len(words & title) >= _SAME_TITLE * len(words)


def _base_of(tree: HtmlElement, base_url: str) -> str:
    """The address that the page's links are relative to."""
    element = tree.find(".//base[@href]")
    return (resolve_url(element.get("href"), base_url) if element is not None else None) or base_url


def _elements_of(link_header: str) -> Iterator[HtmlElement]:
    """The links of a header as the elements that a page would have in their place."""
    for link in read_link_header(link_header):
        if "anchor" not in link:  # Else it is a link of another page.
            names = ("href", "rel", "type", "title", "hreflang")
            yield Element("link", {name: link[name] for name in names if name in link})


def _declared(elements: Iterable[HtmlElement], base: str) -> Iterator[FeedLink]:
    for element in islice(elements, MAX_LINKS):
        kind = _declared_kind(element)
        if kind is not None:
            title = normalize_line(element.get("title"))
            yield from _link(element, base, title=title, kind=kind, is_declared=True)


def _declared_kind(element: HtmlElement) -> FeedKind | None:
    """The format that a link names; None if it does not say that it leads to a feed."""
    media_type, _, parameters = (element.get("type") or "").lower().partition(";")
    href = element.get("href") or ""
    is_named = _has_rel(element, _FEED_RELS)
    if _has_rel(element, _STYLE) or not (is_named or (media_type and not element.get("rel"))):
        return None
    if "oembed" in media_type or "entry" in parameters or _NO_FEED.search(href):
        return None
    for pattern, kind in _FEED_TYPES:
        if pattern.search(media_type):
            return kind
    if _has_rel(element, _CERTAIN_RELS):
        return None if "html" in media_type else _guess_kind(href)
    if is_named and is_called_feed(href):
        if media_type.strip() in _VAGUE_TYPES:
            return _VAGUE_TYPES[media_type.strip()]
        if not media_type and not element.get("hreflang") and element.tag == "link":
            return _guess_kind(href)
    return None


def _linked(tree: HtmlElement, base: str, *, domain: str | None) -> Iterator[FeedLink]:
    """Links of the page that look as if they led to a feed of the same site."""
    for element in islice(tree.iter("a", "area"), MAX_LINKS):
        href = element.get("href") or ""
        if not is_called_feed(href):
            continue
        title = normalize_line(element.get("title")) or normalize_line("".join(element.itertext()))
        for link in _link(element, base, title=title, kind=_guess_kind(href), is_declared=False):
            if registered_domain(link.url) == domain:
                yield link


def is_called_feed(href: str) -> bool:
    """Returns whether an address is written like that of a feed: `/feed`, `rss.xml`, `?format=rss`.

    Args:
        href: Absolute or relative.
    """
    if len(href) > MAX_URL_CHARS or _NO_FEED.search(href):
        return False
    path, _, query = href.strip().partition("#")[0].partition("?")
    if path[:5].lower() == "feed:" or _FEED_PATH.search(path) or _FEED_QUERY.search(query):
        return True
    return bool(_FEED_FOLDER.search(path)) and not _OTHER_SUFFIX.search(path)


def _link(
    element: HtmlElement, base: str, *, title: str | None, kind: FeedKind, is_declared: bool
) -> Iterator[FeedLink]:
    href = (element.get("href") or "").strip()
    if href and not href.startswith("#") and (url := resolve_listed_url(href, base)):
        yield FeedLink(url.partition("#")[0], title=title, kind=kind, is_declared=is_declared)


def _guess_kind(address: str) -> FeedKind:
    words = set(re.findall(r"atom|json|rss|rdf", address.lower()))
    if "atom" in words:
        return "atom"
    if "json" in words:
        return "json"
    return "rss" if words else "unknown"


def _has_rel(element: HtmlElement, rels: frozenset[str]) -> bool:
    return not rels.isdisjoint((element.get("rel") or "").lower().split())


def _is_of_comments(link: FeedLink) -> bool:
    title = link.title or ""
    return bool(_COMMENTS_PATH.search(link.url) or _COMMENTS_TITLE.search(title))


def _rank(link: FeedLink) -> tuple[bool, bool, bool, bool]:
    """Sorts best first."""
    return (
        not link.is_declared,
        _is_of_comments(link),
        bool(_PART_OF_SITE.search(link.url)),
        link.kind == "unknown",
    )


def _identity(url: str) -> str:
    """The address without what sites are careless about: scheme, `www.`, final slash."""
    canonical = canonicalize_url(url) or url
    return canonical.partition("://")[2].removeprefix("www.").rstrip("/")
