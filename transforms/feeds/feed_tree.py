"""Reads well-formed RSS, RDF, Atom and CDF: fast, and without a guess.

feedparser, which reads what is not well-formed, takes several times as long for the same fields:
it walks through every element in Python, and interprets dates and texts that nobody asks for
(`benchmarks/feeds.py`).
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeAlias

from lxml import etree

from feedlake.transforms.feeds import feed_names
from feedlake.transforms.feeds.element_text import attributes_of, inner_html, text_in
from feedlake.transforms.feeds.feed_names import Names, Scopes
from feedlake.transforms.feeds.parsed_feed import XHTML, Fields, ParsedFeed, is_image

_ATOM = "{http://www.w3.org/2005/atom}"
_KINDS = {"text": "text/plain", "plain": "text/plain", "html": "text/html", "xhtml": XHTML}
# The names of links that IANA registers may also be written as addresses (RFC 4287, 4.2.7.2).
_REGISTERED = "http://www.iana.org/assignments/relation/"

# The elements of each name.
_Found: TypeAlias = "dict[str, list[etree._Element]]"


def read_tree(xml_text: str) -> ParsedFeed | None:
    """Returns the feed, its links as written beside the `xml:base` of each; None if ill-formed.

    Args:
        xml_text: The document from its root element on, hence without a document type.
    """
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=True,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(xml_text.encode(), parser)
    except etree.XMLSyntaxError:
        return None
    return _Reader(root).read()


class _Reader:
    """Reads one document."""

    def __init__(self, root: etree._Element) -> None:
        names = Names(root)
        self._root = root
        self._name = names.of
        self._scopes = Scopes(names)
        self._version = _version(root)

    def read(self) -> ParsedFeed:
        return ParsedFeed(
            version=self._version,
            fields=self._read_feed(),
            entries=[self._read_entry(entry) for entry in self._entries()],
        )

    def _entries(self) -> Iterator[etree._Element]:
        """Yields the entries, wherever they stand but in a text, in the order of their tags."""
        spellings = (
            f"{{*}}{name}" for low in feed_names.ENTRIES for name in (low, low.title(), low.upper())
        )
        for element in self._root.iter(*spellings):
            if self._name(element) in feed_names.ENTRIES and not self._scopes.of(element).is_text:
                yield element

    def _find(self, holders: Iterable[etree._Element]) -> _Found:
        """Returns the children of some elements by name, those within media elements last."""
        found: _Found = {}
        media: list[etree._Element] = []
        for holder in holders:
            for child in holder:
                name = self._name(child)
                found.setdefault(name, []).append(child)
                if name in feed_names.MEDIA_HOLDERS:
                    media.append(child)
        for holder in media:  # The list grows meanwhile: media elements hold others.
            for child in holder:
                name = self._name(child)
                found.setdefault(name, []).append(child)
                if name in feed_names.MEDIA_HOLDERS:
                    media.append(child)
        return found

    def _read_feed(self) -> Fields:
        holders = [
            self._root,
            *(child for child in self._root if self._name(child) in feed_names.CHANNELS),
        ]
        found = self._find(holders)
        links = self._links(found)
        pages = [link for link in links if link["rel"] == "alternate"]
        pages.sort(key=lambda link: link["type"] not in ("text/html", XHTML))
        return {
            **self._title(found),
            "link": pages[0] if pages else {"href": _href(_attributes(holders[-1]))},
            "links": links,
            "language": _first(found, *feed_names.LANGUAGES)
            or self._scopes.of(holders[-1]).language,
            "authors": self._authors(found),
            "ttl": _first(found, "ttl"),
            "sy_updateperiod": _first(found, "sy:updateperiod"),
            "sy_updatefrequency": _first(found, "sy:updatefrequency"),
            "skiphours": [text_in(hour) for skip in found.get("skiphours", ()) for hour in skip],
            "skipdays": [text_in(day) for skip in found.get("skipdays", ()) for day in skip],
            **_rights(found),
        }

    def _read_entry(self, entry: etree._Element) -> Fields:
        found = self._find([entry])
        attributes = _attributes(entry)
        identity, is_link = _identity(found)
        if identity is None and (about := attributes.get("about")):  # RSS 1.0: the item's address
            identity, is_link = about, True
        links = self._links(found)
        if "href" in attributes:  # CDF
            links.append(self._link(entry, attributes, is_text=False))
        return {
            **self._title(found),
            "id": identity,
            "guidislink": is_link,
            "links": links,
            "feedburner_origlink": _first(found, "feedburner:origlink", "pheedo:origlink"),
            "elsewhere": self._elsewhere(found),
            "content": self._texts(found, feed_names.CONTENTS),
            "summaries": self._texts(found, feed_names.SUMMARIES),
            "media_texts": self._texts(_without_captions(found), feed_names.MEDIA_TEXTS),
            "published": _last(found, feed_names.PUBLISHED),
            "updated": _last(found, feed_names.UPDATED) or attributes.get("lastmod"),
            "created": _last(found, feed_names.CREATED),
            "language": _first(found, *feed_names.LANGUAGES),
            "authors": self._authors(found),
            "source": self._source(found),
            "tags": _tags(found),
            **_pictures(found),
            **_rights(found),
        }

    def _title(self, found: _Found) -> Fields:
        found = _without_captions(found)
        for name in feed_names.TITLES:
            for element in found.get(name, ()):
                detail = self._text(element, "text/plain")
                if detail["value"]:
                    return {"title": detail["value"], "title_detail": detail}
        return {}

    def _texts(self, found: _Found, names: Mapping[str, str]) -> list[Fields]:
        if found.keys().isdisjoint(names):
            return []
        return [
            self._text(element, kind)
            for name, kind in names.items()
            if name in found
            for element in found[name]
        ]

    def _text(self, element: etree._Element, kind: str) -> Fields:
        """Returns a text as its feed declares it, or as the elements in it show that it is."""
        attributes = _attributes(element)
        named = attributes.get("type", "").strip().lower()
        kind = _KINDS.get(named, named) or kind
        if attributes.get("mode") == "base64":
            value = _decode_base64(text_in(element))
        elif kind == XHTML or (len(element) and not kind.endswith("xml") and not _is_bare(element)):
            # Elements in what should be escaped: somebody forgot to.
            value = inner_html(element, drops_only_div=self._version == "atom10")
            kind = XHTML
        else:
            value = text_in(element)
        detail = {
            "type": kind,
            "value": value,
            "language": self._scopes.of(element).language,
            "is_declared": named in _KINDS or "/" in named,
        }
        if "src" in attributes:
            detail |= {"src": attributes["src"], "base": self._scopes.of(element).base}
        return detail

    def _links(self, found: _Found) -> list[Fields]:
        """Returns what has an address; in RSS, its own links before those borrowed from Atom."""
        links = []
        for element in found.get("link", ()):
            attributes = _attributes(element)
            links.append(self._link(element, attributes, is_text=not _href(attributes)))
        if self._version.startswith("rss"):
            links.sort(key=lambda link: not link["is_text"])
        for element in found.get("enclosure", ()):
            attributes = {**_attributes(element), "rel": "enclosure"}
            links.append(self._link(element, attributes, is_text=False))
        return [link for link in links if link["href"]]

    def _link(
        self, element: etree._Element, attributes: Mapping[str, str], *, is_text: bool
    ) -> Fields:
        href = text_in(element) if is_text else _href(attributes) or ""
        rel = attributes.get("rel", "").strip().lower().removeprefix(_REGISTERED) or "alternate"
        kind = attributes.get("type", "").strip().lower()
        return {
            "rel": rel,
            "type": kind or ("application/atom+xml" if rel == "self" else "text/html"),
            "href": href,
            "base": self._scopes.of(element).base,
            "is_text": is_text,
        }

    def _elsewhere(self, found: _Found) -> list[Fields]:
        """Returns the addresses of elements that name a page, but are no links of feeds."""
        if found.keys().isdisjoint((*feed_names.IDENTIFIERS, *feed_names.PLAYERS)):
            return []
        named = [
            text_in(element) for name in feed_names.IDENTIFIERS for element in found.get(name, ())
        ]
        players = [
            _href(_attributes(element)) or ""
            for name in feed_names.PLAYERS
            for element in found.get(name, ())
        ]
        return [{"href": href} for href in (*named, *players) if href.lower().startswith("http")]

    def _authors(self, found: _Found) -> list[Fields]:
        authors: list[Fields] = []
        for name in (*feed_names.AUTHORS, *feed_names.PUBLISHERS):
            if authors and name in feed_names.PUBLISHERS:
                break
            for element in found.get(name, ()):
                parts = self._find([element]) if len(element) else {}
                full_name = _first(parts, "name", "itunes:name")
                email = _first(parts, "email", "itunes:email")
                if full_name is None and email is None and not parts:
                    full_name = text_in(element)
                if full_name or email:
                    authors.append({"name": full_name, "email": email})
        return authors

    def _source(self, found: _Found) -> Fields:
        for element in found.get("source", ()):
            if not len(element):
                return {"title": text_in(element)}
            parts = self._find([element])
            return {**self._title(parts), "authors": self._authors(parts), **_rights(parts)}
        return {}


def _version(root: etree._Element) -> str:
    """Returns the format in feedparser's words, as far as it makes a difference."""
    name = root.tag.rpartition("}")[2].lower()
    if name == "rss":
        return "rss"
    if name == "rdf":
        return "rss10"
    if name == "channel":
        return "cdf"
    return "atom10" if root.tag.lower().startswith(_ATOM) else "atom"


def _attributes(element: etree._Element) -> dict[str, str]:
    """Returns the values by name in lower case, without prefix."""
    return {name.lower(): value for name, value in attributes_of(element)}


def _href(attributes: Mapping[str, str]) -> str | None:
    values = (attributes.get(name, "").strip() for name in ("url", "uri", "href", "resource"))
    return next(filter(None, values), None)


def _identity(found: _Found) -> tuple[str | None, bool]:
    """Returns the entry's id, and whether it may be the entry's address."""
    for name in feed_names.IDS:
        for element in found.get(name, ()):
            if text := text_in(element):
                says = _attributes(element).get("ispermalink", "").strip().lower()
                is_address = text.lower().startswith(("http", "www."))
                return text, says == "true" or (not says and is_address)
    return None, False


def _first(found: _Found, *names: str) -> str | None:
    texts = (text_in(element) for name in names for element in found.get(name, ()))
    return next(filter(None, texts), None)


def _last(found: _Found, names: Sequence[str]) -> str | None:
    """Returns the last text of the first name that has one."""
    for name in names:
        for element in reversed(found.get(name, ())):
            if text := text_in(element):
                return text
    return None


def _tags(found: _Found) -> list[Fields]:
    tags: list[Fields] = []
    if found.keys().isdisjoint((*feed_names.TAGS, *feed_names.TAG_LISTS)):
        return tags
    for name in feed_names.TAGS:
        for element in found.get(name, ()):
            attributes = _attributes(element)
            term = attributes.get("term") or attributes.get("text")  # iTunes writes `text`.
            if not len(element):
                term = term or text_in(element)
            tags.append({"term": term, "label": attributes.get("label")})
    for name in feed_names.TAG_LISTS:
        for element in found.get(name, ()):
            tags.extend({"term": term} for term in text_in(element).split(","))
    return tags


def _rights(found: _Found) -> Fields:
    """Returns notices and licences: a licence is an address in an attribute, or a text."""
    if found.keys().isdisjoint((*feed_names.NOTICES, *feed_names.LICENSES)):
        return {}
    return {
        "notices": [
            text_in(element) for name in feed_names.NOTICES for element in found.get(name, ())
        ],
        "licenses": [
            _href(_attributes(element)) or text_in(element)
            for name in feed_names.LICENSES
            for element in found.get(name, ())
        ],
    }


def _pictures(found: _Found) -> Fields:
    if found.keys().isdisjoint(feed_names.PICTURES):
        return {}
    media = [_attributes(element) for element in found.get("media:content", ())]
    thumbnails = [
        {"url": _attributes(element).get("url") or text_in(element)}
        for element in found.get("media:thumbnail", ())
    ]
    images = (
        _href(_attributes(element))
        for name in ("itunes:image", "googleplay:image")
        for element in found.get(name, ())
    )
    return {
        "media_content": media,
        "media_thumbnail": thumbnails,
        "image": {"href": next(filter(None, images), None)},
    }


def _without_captions(found: _Found) -> _Found:
    """Returns the elements without what is said of pictures alone: that tells of no article."""
    captions = ("media:title", "media:description")
    if found.keys().isdisjoint(captions):
        return found
    media = found.get("media:content", ())
    is_film = any(not is_image(_attributes(element)) for element in media)
    kept = dict(found)
    for name in captions:
        kept[name] = [
            element
            for element in found.get(name, ())
            if (is_film or not media) and not _is_of_image(element)
        ]
    return kept


def _is_of_image(element: etree._Element) -> bool:
    holder = element.getparent()
    if holder is None or holder.tag.rpartition("}")[2].lower() != "content":
        return False
    return is_image(_attributes(holder))


def _is_bare(element: etree._Element) -> bool:
    """Whether it holds one `<div>` of text, which TypePad puts around HTML that is escaped."""
    return len(element) == 1 and not len(element[0]) and element[0].tag.endswith("div")


def _decode_base64(text: str) -> str:
    try:
        return base64.b64decode("".join(text.split()), validate=True).decode().strip()
    except (binascii.Error, ValueError):
        return text
