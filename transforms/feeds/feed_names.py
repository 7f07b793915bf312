"""What the elements of feeds are called: which namespaces mean the same, which names hold what."""

from __future__ import annotations

from dataclasses import dataclass, replace
from urllib.parse import urljoin

from lxml import etree

from feedlake.transforms.feeds.parsed_feed import XHTML
from feedlake.transforms.links.mend_link import mend_link

# Namespaces by the prefix that they go by, in lower case. Those of "" are the vocabularies of
# feeds themselves, from RSS 0.90 to Atom 1.0 and the names that Atom had while it was made.
_NAMESPACES = {
    "": (
        "http://blogs.law.harvard.edu/tech/rss",
        "http://channel.netscape.com/rdf/simple/0.9/",
        "http://cyber.law.harvard.edu/rss",
        "http://my.netscape.com/publish/formats/rss-0.91.dtd",
        "http://my.netscape.com/rdf/simple/0.9/",
        "http://purl.org/rss/1.0/",
        "http://purl.org/rss/1.0/modules/rss091#",
        "http://purl.org/net/rss1.1#",
        "http://example.com/necho",
        "http://example.com/newformat#",
        "http://purl.org/atom/ns#",
        "http://purl.org/echo/",
        "http://purl.org/pie/",
        "http://www.w3.org/2005/atom",
        "uri/of/echo/namespace#",
    ),
    "cc": ("http://web.resource.org/cc/", "http://creativecommons.org/ns#"),
    "content": ("http://purl.org/rss/1.0/modules/content/",),
    "creativecommons": (
        "http://backend.userland.com/creativecommonsrssmodule",
        "http://cyber.law.harvard.edu/rss/creativecommonsrssmodule.html",
    ),
    "dc": ("http://purl.org/dc/elements/1.1/", "http://purl.org/dc/elements/1.0/"),
    "dcterms": ("http://purl.org/dc/terms/",),
    "feedburner": ("http://rssnamespace.org/feedburner/ext/1.0",),
    "itunes": (
        "http://example.com/dtds/podcast-1.0.dtd",
        "http://www.itunes.com/dtds/podcast-1.0.dtd",
    ),
    "media": ("http://search.yahoo.com/mrss", "http://search.yahoo.com/mrss/"),
    "prism": (
        "http://prismstandard.org/namespaces/basic/2.0/",
        "http://prismstandard.org/namespaces/1.2/basic/",
    ),
    "rdf": ("http://www.w3.org/1999/02/22-rdf-syntax-ns#",),
    "sy": ("http://purl.org/rss/1.0/modules/syndication/",),
    "xhtml": ("http://www.w3.org/1999/xhtml",),
}
_PREFIXES = {address: prefix for prefix, all_ in _NAMESPACES.items() for address in all_}
# UserLand gave each version of RSS an address of its own, and others made up more of them.
_USERLAND = "backend.userland.com/rss"

ENTRIES = frozenset({"item", "entry"})
CHANNELS = frozenset({"channel", "feed"})
MEDIA_HOLDERS = frozenset({"media:group", "media:content"})

# Elements made for whole texts, and those for other texts, with the kind that each has if it
# names none.
CONTENTS = {
    "content": "text/plain",
    "content:encoded": "text/html",
    "fullitem": "text/html",
    "full-text": "text/html",
    "fulltext": "text/html",
    "yandex:full-text": "text/html",
    "turbo:content": "text/html",
    "body": XHTML,
    "xhtml:body": XHTML,
    "xhtml:div": XHTML,
}
SUMMARIES = {
    "description": "text/html",
    "summary": "text/plain",
    "abstract": "text/plain",
    "dc:description": "text/html",
    "dcterms:abstract": "text/html",
    "dcterms:description": "text/html",
    "excerpt:encoded": "text/html",
    "itunes:summary": "text/plain",
    "itunes:subtitle": "text/plain",
    "googleplay:description": "text/plain",
}
# Those of the pictures and films that come with an entry.
MEDIA_TEXTS = {"media:description": "text/html"}
# What stands in one of these belongs to it, even where it is named like an entry.
TEXTS = frozenset({*CONTENTS, *SUMMARIES, *MEDIA_TEXTS, "title", "subtitle", "tagline", "source"})

# Several names of one thing: the first that is there counts; of dates, the last.
TITLES = ("title", "dc:title", "dcterms:title", "itunes:title", "media:title")
PUBLISHED = (
    *("pubdate", "published", "issued", "dcterms:issued", "prism:publicationdate"),
    *("news:publication_date", "publicationdate", "dcterms:datesubmitted"),
)
UPDATED = (
    *("updated", "modified", "lastbuilddate", "dc:date", "dcterms:date", "dcterms:modified"),
    "date",
)
CREATED = ("created", "dcterms:created")
# All of these count.
IDS = ("guid", "id")
# An identifier may be an address, or a DOI, or a number.
IDENTIFIERS = ("prism:url", "dc:identifier", "dcterms:identifier")
PLAYERS = ("media:player",)
AUTHORS = ("author", "managingeditor", "dc:creator", "dc:author", "dcterms:creator", "prism:byline")
# Who brings out a podcast: the author of an entry that names no other.
PUBLISHERS = ("itunes:author", "googleplay:author")
TAGS = (
    *("category", "keywords", "dc:subject", "dcterms:subject", "prism:keyword"),
    *("media:category", "itunes:category"),
)
LANGUAGES = ("language", "dc:language", "dcterms:language")
PICTURES = ("media:content", "media:thumbnail", "itunes:image", "googleplay:image")
TAG_LISTS = ("itunes:keywords", "media:keywords")
# Those of media (media:license) are about a picture or film.
NOTICES = (
    *("copyright", "rights", "dc:rights", "dcterms:rights", "dcterms:rightsholder"),
    *("prism:copyright", "prism:rightsagent"),
)
LICENSES = ("license", "creativecommons:license", "cc:license", "dcterms:license")


class Names:
    """The names of a document's elements: in lower case, with the usual prefix of the namespace.

    A namespace that is not known goes by the prefix that the document gives it, and that of the
    root is the feed's own, whatever its address.
    """

    def __init__(self, root: etree._Element) -> None:
        space, _, name = root.tag.rpartition("}")
        self._own_space = space[1:] if name.lower() != "rdf" else ""
        self._names: dict[str, str] = {}

    def of(self, element: etree._Element) -> str:
        """Returns the element's name, such as `pubdate` or `dc:creator`."""
        tag = element.tag
        name = self._names.get(tag)
        if name is None:
            name = self._names[tag] = self._read(tag, element.prefix)
        return name

    def _read(self, tag: str, prefix: str | None) -> str:
        space, _, name = tag.rpartition("}")
        address = space[1:].lower()
        if space[1:] == self._own_space or _USERLAND in address:
            usual = ""
        else:
            usual = _PREFIXES.get(address, prefix or "")
        return (f"{usual}:{name}" if usual else name).lower()


_XML = "{http://www.w3.org/XML/1998/namespace}"


@dataclass(frozen=True)
class Scope:
    """What holds in an element.

    Attributes:
        base: Address that relative links go by (`xml:base`); empty, or relative, if the feed
            leaves it to the address that it came from.
        language: Language tag (`xml:lang`), None if none is declared.
        is_text: Whether it is, or stands in, a text of an entry or feed.
    """

    base: str = ""
    language: str | None = None
    is_text: bool = False


_OUTERMOST = Scope()


class Scopes:
    """The scopes of a document's elements, each worked out once.

    To climb to the root from every entry takes half a minute where 300 of them stand 1,500 levels
    deep.
    """

    def __init__(self, names: Names) -> None:
        self._names = names
        self._known: dict[etree._Element, Scope] = {}

    def of(self, element: etree._Element) -> Scope:
        """Returns what holds in the element."""
        path = []
        holder: etree._Element | None = element
        while holder is not None and holder not in self._known:
            path.append(holder)
            holder = holder.getparent()
        scope = _OUTERMOST if holder is None else self._known[holder]
        for inner in reversed(path):
            scope = self._known[inner] = self._within(inner, scope)
        return scope

    def _within(self, element: etree._Element, scope: Scope) -> Scope:
        if not scope.is_text and self._names.of(element) in TEXTS:
            scope = replace(scope, is_text=True)
        if not len(element.attrib):
            return scope
        if base := element.get(f"{_XML}base") or element.get("base") or element.get("BASE"):
            scope = replace(scope, base=_joined(base, scope.base))
        language = element.get(f"{_XML}lang", element.get("lang"))
        if language is not None:
            scope = replace(scope, language=language.replace("_", "-") or None)
        return scope


def _joined(base: str, outer: str) -> str:
    """Returns a base within another; relative, if the outermost is."""
    try:
        return mend_link(base, base=outer) or urljoin(outer, base.strip())
    except ValueError:  # such as a bracket that is never closed
        return outer
