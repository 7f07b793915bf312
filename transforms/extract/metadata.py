"""What an HTML page says about its article beside the text: title, authors, dates and the like."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from lxml.html import HtmlElement

from feedlake.transforms.extract.bylines import is_written_as_person, search_authors
from feedlake.transforms.extract.json_ld import JsonLdArticle, Node, read_json_ld, read_nodes
from feedlake.transforms.extract.page_dates import read_dates
from feedlake.transforms.extract.page_fields import Metadata, SearchedField
from feedlake.transforms.extract.titles import read_title
from feedlake.transforms.normalize.names import find_names, may_be_person
from feedlake.transforms.normalize.text import normalize_line, primary_language
from feedlake.transforms.normalize.urls import registered_domain, resolve_url
from feedlake.transforms.rights.page_rights import read_rights

MAX_TAGS = 50
"""Most tags kept of one article."""

_MAX_TAG_CHARS = 80
_MAX_HEADINGS = 10
_TITLES = ("og:title", "twitter:title", "title", "dc.title", "dcterms.title", "headline")
_AUTHORS = (
    "author", "article:author", "og:article:author", "byl", "parsely-author", "sailthru.author",
    "dc.creator", "dcterms.creator", "citation_author", "creator",
)  # fmt: skip
_SITE_NAMES = ("og:site_name", "application-name", "apple-mobile-web-app-title", "dc.publisher")
_IMAGES = ("og:image", "og:image:url", "og:image:secure_url", "twitter:image", "twitter:image:src")
_EXCERPTS = ("og:description", "description", "twitter:description", "dc.description")
_TAGS = ("article:tag", "news_keywords", "parsely-tags", "keywords")
_SECTIONS = ("article:section", "parsely-section")
_LANGUAGES = ("og:locale", "content-language", "dc.language", "language")

_WRITTEN_BY = re.compile(
    r"(?:written|posted|published)? ?by$|authors?$|(?:verfasst|geschrieben) von$|\u00e9crit par$"
    r"|(?:escrito|escrita) por$|scritto da$|geschreven door$|skrevet a[fv]$|skriv(?:et|en) av$"
    r"|napisane? przez$|autor(?:e|in)?$|auteur$|\u0430\u0432\u0442\u043e\u0440$|\u4f5c\u8005$"
    r"|\u57f7\u7b46\u8005$|ditulis oleh$|yazan$",
    re.I,
)
# What may be the name of an account, in whose place the page may show a person's.
_ACCOUNT = re.compile(r"[A-Za-z0-9_.-]+")
_MACHINE_TAG = re.compile(r"^\w*_\w*$|:|\.(?:com|net|org)$")

Meta = dict[str, tuple[str, ...]]


@dataclass(frozen=True)
class PageHead:
    """What several rules ask of a page, so that it is read once.

    Attributes:
        meta: As `meta_values` gives it.
        headings: Its `h1`, in their order.
        full_title: Its `<title>`, site's name included.
        nodes: The objects in its JSON-LD, as `read_nodes` gives them.
    """

    meta: Meta
    headings: list[str]
    full_title: str | None
    nodes: list[Node]

    @property
    def titles(self) -> list[str]:
        """All that may be the title of the page: in its `meta`, its headings, its `title`."""
        return [
            *_lines(self.meta, _TITLES),
            *self.headings[:_MAX_HEADINGS],
            *([self.full_title] if self.full_title else []),
        ]


def read_head(tree: HtmlElement) -> PageHead:
    """Returns what several rules ask of the page."""
    title = next(tree.iterdescendants("title"), None)
    return PageHead(
        meta=meta_values(tree),
        headings=[line for h1 in tree.iterdescendants("h1") if (line := _line_of(h1))],
        full_title=_line_of(title) if title is not None else None,
        nodes=read_nodes(json_ld_blocks(tree)),
    )


def read_metadata(
    tree: HtmlElement,
    *,
    head: PageHead,
    address: str | None,
    searched: frozenset[SearchedField],
) -> Metadata:
    """Returns what the page's head says, and of `searched` what its text suggests.

    Args:
        tree: The page.
        head: As `read_head` gives it.
        address: The page's address, absolute.
        searched: What is worth a search in the text if the head does not say it.

    Raises:
        ExtractorError: A library raised on this page.
    """
    meta = head.meta
    article = read_json_ld(head.nodes, address=address, titles=head.titles)
    site_names = [*_lines(meta, _SITE_NAMES), *([article.site_name] if article.site_name else [])]
    domain = registered_domain(address) if address else None
    known_names = [*site_names, *([domain, domain.partition(".")[0]] if domain else [])]
    title, names_behind = read_title(
        tree,
        _lines(meta, _TITLES),
        headings=head.headings,
        headline=article.headline,
        full_title=head.full_title,
        site_names=known_names,
        sections=[*_lines(meta, _SECTIONS), *_folders(address)],
        searches="title" in searched,
    )
    known_names += names_behind
    stated = (article.authors, _lines(meta, _AUTHORS), _labelled_authors(meta))
    authors = next(filter(None, (find_names(one, site_names=known_names) for one in stated)), ())
    if all(map(_ACCOUNT.fullmatch, authors)) and "authors" in searched:
        shown = search_authors(tree, site_names=known_names)
        if not authors or (shown and all(map(is_written_as_person, shown))):
            authors = shown
    if not authors:
        authors = _find_owner(tree, [*article.authors, *_lines(meta, _AUTHORS)], searched)
    language = _language(tree, meta, article)
    dates = read_dates(
        tree,
        meta=meta,
        article=article,
        address=address,
        title=title,
        guesses="date" in searched,
    )
    image = next(iter(_lines(meta, _IMAGES)), article.image_url)
    return Metadata(
        title=title,
        authors=authors,
        site_name=_choose_site_name(site_names),
        tags=_tags(tree, meta, article),
        image_url=resolve_url(image, address) if image else None,
        excerpt=next(iter(_lines(meta, _EXCERPTS)), article.excerpt),
        language=language,
        rights=read_rights(
            tree,
            meta=meta,
            licenses=article.licenses,
            holders=article.holders,
            address=address,
        ),
        **dates._asdict(),
    )


def meta_values(tree: HtmlElement) -> Meta:
    """Returns the values of the page's `meta` elements by lower-case name, in their order."""
    values: dict[str, list[str]] = {}
    for element in tree.iterdescendants("meta"):
        content = (element.get("content") or "").strip()
        for key in ("property", "name", "http-equiv"):
            name = element.get(key)
            if name and content:
                values.setdefault(name.strip().lower(), []).append(content)
    return {name: tuple(contents) for name, contents in values.items()}


def json_ld_blocks(tree: HtmlElement) -> Iterator[str]:
    """Yields the contents of the page's JSON-LD elements."""
    for element in tree.iterdescendants("script"):
        kind = (element.get("type") or "").partition(";")[0].strip().lower()
        if kind == "application/ld+json" and element.text:
            yield element.text


def _lines(meta: Meta, names: Iterable[str]) -> list[str]:
    values = (value for name in names for value in meta.get(name, ()))
    return [line for value in values if (line := normalize_line(value))]


def _line_of(element: HtmlElement) -> str | None:
    return normalize_line("".join(element.itertext()))


def _labelled_authors(meta: Meta) -> list[str]:
    """What `twitter:data1` says where `twitter:label1` is "Written by", as WordPress has it."""
    return [
        line
        for number in "1234"
        if any(map(_WRITTEN_BY.match, meta.get(f"twitter:label{number}", ())))
        for line in _lines(meta, (f"twitter:data{number}",))
    ]


def _folders(address: str | None) -> list[str]:
    """The parts of the address's path but the last, which names the article."""
    path = re.split(r"[?#]", address or "")[0].partition("://")[2]
    return path.strip("/").split("/")[1:-1]


def _find_owner(
    tree: HtmlElement, stated: Iterable[str], searched: frozenset[SearchedField]
) -> tuple[str, ...]:
    """The one person who signs, though the site is called so: their own."""
    names = find_names(stated)
    if not names and "authors" in searched:
        names = search_authors(tree, site_names=())
    return names if len(names) == 1 and may_be_person(names[0]) else ()


def _choose_site_name(names: list[str]) -> str | None:
    """The first name written as one: `usatoday` only if there is no `USA Today`."""
    names = [name.lstrip("@") for name in names if "://" not in name]
    return next((name for name in names if name != name.lower() or not name.isascii()), None) or (
        names[0] if names else None
    )


def _tags(tree: HtmlElement, meta: Meta, article: JsonLdArticle) -> tuple[str, ...]:
    """Section and keywords, each once: those meant for news readers before those for engines."""
    sections = [*_lines(meta, _SECTIONS), *([article.section] if article.section else [])]
    keywords: list[str] = []
    for name in _TAGS:
        keywords = keywords or _lines(meta, (name,))
    if not keywords:
        links = (link for link in tree.iterdescendants("a") if link.get("rel") == "tag")
        keywords = [*article.tags] or [line for link in links if (line := _line_of(link))]
    tags: dict[str, str] = {}
    for line in (*sections[:1], *keywords):
        for piece in re.split(r"[,;|]", line):
            tag = piece.strip()
            # An underscore or a colon stands in what a site's own programs read.
            if tag and len(tag) <= _MAX_TAG_CHARS and not _MACHINE_TAG.search(tag):
                tags.setdefault(tag.casefold(), tag)
    return tuple(tags.values())[:MAX_TAGS]


def _language(tree: HtmlElement, meta: Meta, article: JsonLdArticle) -> str | None:
    root = (
        tree.get("lang"),
        tree.get("xml:lang"),
        tree.get("{http://www.w3.org/XML/1998/namespace}lang"),
    )
    stated = (*root, *_lines(meta, _LANGUAGES), article.language)
    return next((tag for tag in stated if primary_language(tag)), None)
