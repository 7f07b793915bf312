"""What a page's JSON-LD blocks say about the article on it (https://schema.org/NewsArticle)."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import KW_ONLY, dataclass, fields
from html import unescape
from typing import Any

from feedlake.transforms.normalize.text import MAX_FIELD_CHARS, normalize_line
from feedlake.transforms.normalize.urls import canonicalize_url, is_site_root

MAX_JSON_LD_CHARS = 1_000_000
"""Characters of JSON-LD read of one page: 20 times the most on the 181 pages of the scrapinghub
benchmark, parsed in 10 ms."""

MAX_NODES = 2_000
"""Objects looked at in one page's JSON-LD."""

_DECODER = json.JSONDecoder(strict=False)  # Line breaks inside strings are common.
# What surrounds the JSON where a template took the block for a script.
_WRAPPING = re.compile(r"\s*(?:<!--|//\s*<!\[CDATA\[|/\*\s*<!\[CDATA\[\s*\*/|<!\[CDATA\[)?\s*")
_SURPLUS_COMMA = re.compile(r",\s*([\]}])")
_TAG = re.compile(r"<[^<>]*>")
_WORD = re.compile(r"\w+")
# Endings of types, best first: what an article leaves open, a WebPage or ClaimReview may say.
_RANKS = (
    ("newsarticle",),
    ("article", "report", "liveblogposting"),
    ("blogposting",),
    ("webpage", "review", "recipe", "creativework"),
)
_LAST_ARTICLE_RANK = 2  # Later ones describe pages, not articles.
_SAME_HEADLINE = 0.6
"""Share of a headline's words that the page's title must hold to be about the same article."""


Node = dict[str, Any]
"""An object in JSON-LD."""


@dataclass(frozen=True)
class JsonLdArticle:
    """What the JSON-LD says of the page's own article; None or empty where it says nothing.

    Attributes:
        authors: Names of persons, as written.
        published: Its words for the publication time, best first.
        updated: Its words for the time of the last change, best first.
        site_name: Name of the publisher.
        tags: Keywords, as written: each may be a list with commas.
        licenses: Addresses or names of licences.
        holders: Notices of the copyright, or names of its holders.
    """

    headline: str | None = None
    _: KW_ONLY
    authors: tuple[str, ...] = ()
    published: tuple[str, ...] = ()
    updated: tuple[str, ...] = ()
    site_name: str | None = None
    section: str | None = None
    tags: tuple[str, ...] = ()
    image_url: str | None = None
    excerpt: str | None = None
    language: str | None = None
    licenses: tuple[str, ...] = ()
    holders: tuple[str, ...] = ()


def read_nodes(blocks: Iterable[str]) -> list[Node]:
    """Returns the objects at the top level of a page's JSON-LD, with those in their `@graph` and
    `mainEntity`.

    Args:
        blocks: Contents of the page's JSON-LD elements.
    """
    pending: list[Any] = []
    left = MAX_JSON_LD_CHARS
    for block in blocks:
        left -= len(block)
        if left < 0:
            break
        value = _decode(block)
        if value is None:
            value = _decode(_SURPLUS_COMMA.sub(r"\1", block))
        pending.append(value)
    pending.reverse()
    nodes: list[Node] = []
    for _ in range(MAX_NODES):
        if not pending:
            break
        value = pending.pop()
        if isinstance(value, list):
            pending += reversed(value[:MAX_NODES])
        elif isinstance(value, dict):
            nodes.append(value)
            pending += [value[key] for key in ("mainEntity", "@graph") if key in value]
    return nodes


def read_json_ld(
    nodes: Sequence[Node], *, address: str | None, titles: Collection[str]
) -> JsonLdArticle:
    """Returns what a page's objects say of its own article.

    Pages describe related articles too, often before their own. An object is the page's own if
    it names the page's address, or has its headline; the only article of a page is its own unless
    both say otherwise. Where several remain, nothing is said: a wrong date is worse than none.

    Args:
        nodes: As `read_nodes` gives them.
        address: The page's address, absolute.
        titles: What the page gives for its title elsewhere.
    """
    by_id = {node["@id"]: node for node in nodes if isinstance(node.get("@id"), str)}
    own_address = _comparable(address)
    title_words = [words for title in titles if (words := _words(title))]
    found: list[JsonLdArticle] = []
    ranked = [(node, _rank(node)) for node in nodes]
    for rank in range(len(_RANKS)):
        claiming: list[JsonLdArticle] = []
        silent: list[JsonLdArticle] = []
        for node in (node for node, own_rank in ranked if own_rank == rank):
            is_own = _is_own(node, own_address, title_words)
            if is_own is not False:
                (claiming if is_own else silent).append(_read(node, by_id))
        found += claiming
        if not claiming and len({(article.headline, article.published) for article in silent}) == 1:
            found += silent
    return _merge(found)


def read_own_urls(nodes: Iterable[Node], *, titles: Collection[str]) -> tuple[str, ...]:
    """Returns the addresses that a page's objects give for the article with its headline.

    Args:
        nodes: As `read_nodes` gives them.
        titles: What the page gives for its title elsewhere.
    """
    title_words = [words for title in titles if (words := _words(title))]
    found: dict[str, None] = {}
    for node in nodes:
        rank = _rank(node)
        if rank is None or rank > _LAST_ARTICLE_RANK:
            continue
        words = _words(_text(node.get("headline") or node.get("name")) or "")
        if _is_headed(words, title_words):
            found.update(dict.fromkeys(_urls(node)))
    return tuple(found)


def read_types(nodes: Iterable[Node]) -> tuple[frozenset[str], tuple[str, ...]]:
    """Returns what a page's objects are: their types, and the headline of each article.

    Types are in lower case (`collectionpage`). Each headline comes once; that of an article
    without one is empty. Items of lists are not looked at.

    Args:
        nodes: As `read_nodes` gives them.
    """
    types: set[str] = set()
    headlines: dict[str, None] = {}
    for node in nodes:
        types.update(_types(node))
        rank = _rank(node)
        if rank is not None and rank <= _LAST_ARTICLE_RANK:
            headlines.setdefault(_text(node.get("headline") or node.get("name")) or "")
    return frozenset(types), tuple(headlines)


def _merge(articles: list[JsonLdArticle]) -> JsonLdArticle:
    """Each field from the first that has it; the dates of all."""
    merged: dict[str, Any] = {}
    for field in fields(JsonLdArticle):
        values = [getattr(article, field.name) for article in articles]
        if field.name in ("published", "updated"):
            merged[field.name] = tuple(text for value in values for text in value)
        else:
            merged[field.name] = next(filter(None, values), field.default)
    return JsonLdArticle(**merged)


def _decode(block: str) -> Any:
    """The first JSON value of the block, or None."""
    start = _WRAPPING.match(block)
    try:
        return _DECODER.raw_decode(block, start.end() if start else 0)[0]
    except (ValueError, RecursionError):  # No JSON; or a number or a nesting beyond Python's.
        return None


def _types(node: dict[str, Any]) -> Iterator[str]:
    for name in _list(node.get("@type")):
        if isinstance(name, str):
            yield re.split("[/#:]", name)[-1].lower()


def _rank(node: dict[str, Any]) -> int | None:
    types = list(_types(node))
    for rank, endings in enumerate(_RANKS):
        if any(name.endswith(endings) for name in types):
            return rank
    return None


def _is_own(
    node: dict[str, Any], own_address: str | None, title_words: list[set[str]]
) -> bool | None:
    """Whether the object is about this page; None if it does not say."""
    addresses = {_comparable(url) for url in _urls(node)} - {None}
    if own_address in addresses:
        return True
    words = _words(_text(node.get("headline") or node.get("name")) or "")
    if _is_headed(words, title_words):
        return True
    is_elsewhere = bool(addresses) and own_address is not None
    return False if is_elsewhere and (title_words or not words) else None


def _is_headed(words: set[str], title_words: Iterable[set[str]]) -> bool:
    """Whether most of a headline's words are those of one of the page's titles."""
    wanted = _SAME_HEADLINE * len(words)
    return bool(words) and any(len(words & title) >= wanted for title in title_words)


def _urls(node: dict[str, Any]) -> list[str]:
    """The addresses that an object gives for itself, but the root of a site."""
    named = [node.get("mainEntityOfPage"), node.get("url"), node.get("@id")]
    named = [
        value.get("@id") or value.get("url") if isinstance(value, dict) else value
        for value in named
    ]
    return [url for url in named if isinstance(url, str) and not is_site_root(url)]


def _comparable(address: str | None) -> str | None:
    """The address without what sites are careless about: scheme, `www.`, final slash."""
    canonical = canonicalize_url(address) if address else None
    if canonical is None:
        return None
    return canonical.partition("://")[2].removeprefix("www.").rstrip("/")


def _words(text: str) -> set[str]:
    return set(_WORD.findall(text.casefold()))


def _read(node: dict[str, Any], by_id: dict[str, dict[str, Any]]) -> JsonLdArticle:
    publisher = _resolve(node.get("publisher"), by_id)
    return JsonLdArticle(
        headline=_text(node.get("headline")),
        authors=tuple(_names(node.get("author") or node.get("creator"), by_id)),
        published=_texts(node.get("datePublished")) or _texts(node.get("dateCreated")),
        updated=_texts(node.get("dateModified")),
        site_name=_text(publisher.get("name")) if isinstance(publisher, dict) else None,
        section=_text(node.get("articleSection")),
        tags=_texts(node.get("keywords")),
        image_url=_image_url(_resolve(node.get("image"), by_id)),
        excerpt=_text(node.get("description")),
        language=_text(node.get("inLanguage")),
        licenses=tuple(_licenses(node.get("license"))),
        holders=_texts(node.get("copyrightNotice"))
        or tuple(_holders(node.get("copyrightHolder"), by_id)),
    )


def _licenses(value: Any) -> Iterator[str]:
    """The address of each licence, or else its name."""
    for item in _list(value):
        if isinstance(item, dict):
            item = item.get("url") or item.get("@id") or item.get("name")
        if text := _text(item):
            yield text


def _holders(value: Any, by_id: dict[str, dict[str, Any]]) -> Iterator[str]:
    for item in _list(value):
        if text := _text(_resolve(item, by_id)):
            yield text


def _names(value: Any, by_id: dict[str, dict[str, Any]]) -> Iterator[str]:
    """Names of persons: an organisation that writes is the publication, or an agency."""
    for author in _list(value):
        person = _resolve(author, by_id)
        if isinstance(person, dict):
            if any(name.endswith("organization") for name in _types(person)):
                continue
            parts = (person.get("givenName"), person.get("familyName"))
            spoken = " ".join(part for part in parts if isinstance(part, str))
            values = _list(person.get("name") or spoken)
        else:
            values = [person]
        yield from (name for name in map(_text, values) if name)


def _image_url(value: Any) -> str | None:
    if isinstance(value, list):
        value = value[0] if value else None
    if isinstance(value, dict):
        value = value.get("url") or value.get("contentUrl") or value.get("@id")
    return _text(value)


def _resolve(value: Any, by_id: dict[str, dict[str, Any]]) -> Any:
    """The object that a mere reference (`{"@id": …}`) names, or the value itself."""
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if isinstance(value, dict) and isinstance(value.get("@id"), str) and "name" not in value:
        return by_id.get(value["@id"], value)
    return value


def _text(value: Any) -> str | None:
    """A value as one clean line; markup and entities are common in what should be plain text."""
    if isinstance(value, list):
        value = value[0] if value else None
    if isinstance(value, dict):
        value = value.get("@value") or value.get("name")
    if not isinstance(value, str):
        return None
    return normalize_line(_TAG.sub("", unescape(value[: 4 * MAX_FIELD_CHARS])))


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(text for item in _list(value) if (text := _text(item)))


def _list(value: Any) -> list[Any]:
    return value[:MAX_NODES] if isinstance(value, list) else [value]
