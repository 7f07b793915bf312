"""An entry of a feed made into a document."""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import KW_ONLY, dataclass, replace
from datetime import datetime

from feedlake.transforms.feed_texts.author_names import find_authors
from feedlake.transforms.feeds.entry_texts import EntryTexts, rights_in, titled, to_line
from feedlake.transforms.feeds.parsed_feed import (
    XHTML,
    Fields,
    ParsedFeed,
    dicts_in,
    fields_in,
    is_image,
    media_type_of,
    string_in,
)
from feedlake.transforms.links.mend_link import mend_link
from feedlake.transforms.normalize.dates import parse_date
from feedlake.transforms.normalize.html_text import html_to_text
from feedlake.transforms.normalize.text import normalize_line
from feedlake.transforms.records.documents import Document, Rejection
from feedlake.transforms.records.rights_statement import RightsStatement
from feedlake.transforms.rights.statements import join_statements


def mark_shared(
    records: Sequence[Document | Rejection], *, entries: Sequence[Fields]
) -> list[Document | Rejection]:
    """Returns the records, without guids that identify nothing, and with such addresses marked.

    Entries that tell different stories and have one address share it; a guid that they have is
    none, and neither is one that entries with different addresses (or titles, where they have no
    address) give. What follows a `#` in a link does not count: it is not part of a page's identity.

    Args:
        records: What the entries were read as.
        entries: As in `ParsedFeed`.
    """
    at_page: defaultdict[str, list[int]] = defaultdict(list)
    under_guid: defaultdict[str, list[int]] = defaultdict(list)
    for number, record in enumerate(records):
        if page := _page(record):
            at_page[page].append(number)
        if isinstance(record, Document) and record.guid:
            under_guid[record.guid].append(number)

    def tell_stories(numbers: list[int]) -> bool:
        told = (_told(records[number], entries[number]) for number in numbers)
        return len(numbers) > 1 and any(_are_stories(*pair) for pair in _with_first(told))

    shared_pages = {page for page, numbers in at_page.items() if tell_stories(numbers)}
    shared_guids = {
        guid
        for guid, numbers in under_guid.items()
        if len({_page(records[number]) or records[number].title for number in numbers}) > 1
        or tell_stories(numbers)
    }
    return [
        replace(
            record,
            guid=None if record.guid in shared_guids else record.guid,
            has_shared_url=_page(record) in shared_pages,
        )
        if isinstance(record, Document)
        and (record.guid in shared_guids or _page(record) in shared_pages)
        else record
        for record in records
    ]


LONG_TEXT_WORDS = 20
"""Words from which two texts that share few words tell different stories."""

_LIKE = 0.5
"""Part of the words of two titles or texts that both have, from which they may be two versions."""

_WORD = re.compile(r"[^\W_]+(?:[.,]\d+)*")
_MAX_TEXT_CHARS = 20_000  # Read of a text: more says no more of which story it tells.


@dataclass(frozen=True)
class _Told:
    """What an entry says of itself.

    Attributes:
        name: Its id; empty if it has none.
        title: Words of its title.
        text: Words of its text.
        published_at: When it was published, UTC; None if it does not say.
    """

    name: str
    title: frozenset[str]
    text: frozenset[str]
    published_at: datetime | None


def _told(record: Document | Rejection, entry: Fields) -> _Told:
    body, published_at = "", None
    if isinstance(record, Document):
        published_at = record.published_at
        if isinstance(record.body, str):
            body = record.body[:_MAX_TEXT_CHARS]
            body = html_to_text(body) if record.is_html else body
    title, text = (frozenset(_WORD.findall(part.casefold())) for part in (record.title or "", body))
    return _Told(string_in(entry, "id") or "", title, text, published_at)


def _with_first(told: Iterable[_Told]) -> Iterator[tuple[_Told, _Told]]:
    """Pairs of the first one and each other."""
    others = iter(told)
    first = next(others)
    yield from ((first, other) for other in others)


def _are_stories(first: _Told, second: _Told) -> bool:
    """Whether two entries with one address, or one guid, tell different stories.

    If not, they are one entry that stands there twice, or two versions of it.
    """
    if first.name and second.name and first.name != second.name:
        return (first.title, first.text) != (second.title, second.text)
    if first.title and second.title and not _is_like(first.title, second.title):
        return True
    dates = {first.published_at, second.published_at}
    if first.text != second.text and len(dates) > 1 and None not in dates:
        return True
    is_long = min(len(first.text), len(second.text)) >= LONG_TEXT_WORDS
    return is_long and not _is_like(first.text, second.text)


def _is_like(first: frozenset[str], second: frozenset[str]) -> bool:
    """Whether they share many of their words; and their numbers, such as those of two releases."""
    numbers = [{word for word in words if word[0].isdigit()} for words in (first, second)]
    if numbers[0] != numbers[1] and all(numbers) and max(map(len, (first, second))) < 20:
        return False
    return len(first & second) >= _LIKE * len(first | second)


def _page(record: Document | Rejection) -> str | None:
    return record.url.partition("#")[0] if record.url else None


MAX_GUID_CHARS = 512
"""Longest guid kept as written. Guids are addresses, tags or numbers; of what is longer, such as
a whole text, the hash is as good."""

_MAX_TAG_CHARS = 100
_PAGE_KINDS = ("text/html", XHTML)
_READABLE_KINDS = (*_PAGE_KINDS, "application/pdf")
_ADDRESS = re.compile(r"\s*(?:https?:|www\.|/)", re.IGNORECASE)


@dataclass(frozen=True)
class EntryContext:
    """What the entries of one feed share.

    Attributes:
        source: Path or URL that the records shall name.
        base: Address that relative links go by; empty if none is known.
        feed: The feed itself.
        site_name: Its title, as one line of plain text.
        language: Language tag that it declares, as written.
        rights: What it says of its rights, and the HTTP header that came with it.
    """

    source: str
    _: KW_ONLY
    base: str
    feed: ParsedFeed
    site_name: str | None
    language: str | None
    rights: tuple[RightsStatement, ...] = ()


def read_entry(
    entry: Fields, texts: EntryTexts, *, number: int, context: EntryContext
) -> Document | Rejection:
    """Returns the entry as a document, with an empty body if it has a link but no text.

    Args:
        entry: As in `ParsedFeed`.
        texts: What it says.
        number: Which of the feed's entries it is, from 1.
        context: What it shares with the others.
    """
    feed = context.feed
    page_url = _entry_url(entry, base=context.base)
    url = page_url or _media_url(entry, base=context.base)
    title = titled(entry)
    body = texts.body
    if body is None and url is None:
        return without_text(context.source, number=number, url=None, title=title)
    published_at, published_text = _published(entry)
    return Document(
        source=context.source,
        source_kind="feed",
        source_record=number,
        body=body.value if body else "",
        is_html=body.is_html if body else False,
        text_source="feed" if texts.is_whole else "summary",
        url=url,
        is_media_url=page_url is None and url is not None,
        title=title,
        authors=_authors(entry, feed=feed, site_name=context.site_name),
        published_at=published_at,
        published_text=published_text,
        updated_at=_updated_at(entry, published_at=published_at, feed=feed),
        date_source="feed",
        language=_language(entry) or context.language,
        site_name=titled(fields_in(entry, "source")) or context.site_name,
        tags=_unique(_tag(tag) for tag in dicts_in(entry, "tags")),
        image_url=_image_url(entry, base=context.base),
        excerpt=texts.excerpt,
        guid=_guid(entry),
        has_shared_text=texts.is_shared,
        rights=_rights(entry, context),
    )


def _rights(entry: Fields, context: EntryContext) -> tuple[RightsStatement, ...]:
    return join_statements(
        rights_in(entry, origin="entry", base=context.base),
        rights_in(fields_in(entry, "source"), origin="feed", base=context.base),
        context.rights,
    )


def without_text(
    source: str, *, number: int | None, url: str | None, title: str | None
) -> Rejection:
    """Returns the rejection of an entry that has neither content nor summary.

    Args:
        source: Path or URL of the feed.
        number: Which of the feed's entries it is, from 1.
        url: Its address, if it has one.
        title: Its title, if it has one.
    """
    detail = "The entry has neither content nor summary."
    return Rejection(
        source,
        source_kind="feed",
        source_record=number,
        url=url,
        title=title,
        step="extract",
        reason="no_main_text",
        detail=detail,
    )


def _guid(entry: Fields) -> str | None:
    text = (string_in(entry, "id") or "").strip()
    if len(text) <= MAX_GUID_CHARS:
        return normalize_line(text)
    return f"sha256:{hashlib.sha256(text.encode(errors='surrogatepass')).hexdigest()}"


def _entry_url(entry: Fields, *, base: str) -> str | None:
    """Returns the address of the entry's page: the first link to one that is an address."""
    links = [link for link in dicts_in(entry, "links") if string_in(link, "rel") == "alternate"]
    # Stable: of several pages, the first stays first.
    links.sort(key=lambda link: media_type_of(link) not in _PAGE_KINDS)
    elsewhere = [text for text in dicts_in(entry, "content") if media_type_of(text) in _PAGE_KINDS]
    identity = string_in(entry, "id") or ""
    is_address = entry.get("guidislink") and _ADDRESS.match(identity)
    return _first_address(
        {"href": string_in(entry, "feedburner_origlink")},
        *links,
        *({"href": string_in(text, "src"), "base": text.get("base")} for text in elsewhere),
        {"href": identity if is_address else None},
        *dicts_in(entry, "elsewhere"),
        *(link for link in _enclosures(entry) if media_type_of(link) in _READABLE_KINDS),
        base=base,
    )


def _media_url(entry: Fields, *, base: str) -> str | None:
    """Returns the address of the sound or film that the entry brings with it, if any."""
    media = [*_enclosures(entry), *dicts_in(entry, "media_content")]
    return _first_address(*(file for file in media if not is_image(file)), base=base)


def _enclosures(entry: Fields) -> list[Fields]:
    return [link for link in dicts_in(entry, "links") if string_in(link, "rel") == "enclosure"]


def _first_address(*links: Fields, base: str) -> str | None:
    return next(filter(None, (link_in(link, base=base) for link in links)), None)


def link_in(link: Fields, *, base: str) -> str | None:
    """Returns the absolute address of a link, or None if it has none.

    Args:
        link: Its fields: `href` or `url`; `base` if its element has one of its own.
        base: Address that relative links of the document go by; empty if none is known.
    """
    own = string_in(link, "base")
    if own is not None:
        base = mend_link(own, base=base) or base
    return mend_link(string_in(link, "href") or string_in(link, "url"), base=base)


def _authors(entry: Fields, *, feed: ParsedFeed, site_name: str | None) -> tuple[str, ...]:
    """Returns the names; e-mail addresses only where there is no name.

    In Atom and JSON Feed, what an entry does not say, its source and its feed say for it.
    """
    owners = [entry]
    if not feed.is_rss:
        owners += [fields_in(entry, "source"), feed.fields]
    for owner in owners:
        stated = [
            string_in(author, "name") or string_in(author, "email")
            for author in dicts_in(owner, "authors")
        ]
        if lines := [line for line in map(to_line, stated) if line]:
            return find_authors(lines, site_name=site_name)
    return ()


def _tag(tag: Fields) -> str | None:
    """Returns a tag in words; what programs sort entries by is written as an address."""
    lines = (to_line(string_in(tag, key)) for key in ("term", "label"))
    words = (line for line in lines if line and "://" not in line and len(line) <= _MAX_TAG_CHARS)
    return next(words, None)


def _published(entry: Fields) -> tuple[datetime | None, str | None]:
    """Returns the first date that can be read, and its words; else the words of the first.

    The words, because feedparser's own reading invents: it takes `2016/6/29` for the current
    month. An entry that only names its last change was published then, as far as it tells.
    """
    texts = [text for key in ("published", "updated", "created") if (text := string_in(entry, key))]
    for text in texts:
        if (published_at := parse_date(text)) is not None:
            return published_at, text
    return None, texts[0] if texts else None


def _updated_at(
    entry: Fields, *, published_at: datetime | None, feed: ParsedFeed
) -> datetime | None:
    """Returns the time of the last change.

    RSS has none: what feedparser calls so is Dublin Core's date, the time of publication if
    there is no other.
    """
    text = string_in(entry, "updated")
    updated_at = parse_date(text) if text else None
    if not feed.is_rss or updated_at is None or published_at is None:
        return updated_at
    return updated_at if updated_at > published_at else None


def _language(entry: Fields) -> str | None:
    details = [
        *dicts_in(entry, "content"),
        *dicts_in(entry, "summaries"),
        fields_in(entry, "title_detail"),
    ]
    tags = [string_in(entry, "language"), *(string_in(detail, "language") for detail in details)]
    return normalize_line(next(filter(None, tags), None))


def _image_url(entry: Fields, *, base: str) -> str | None:
    return _first_address(
        *(media for media in dicts_in(entry, "media_content") if is_image(media)),
        *(link for link in _enclosures(entry) if is_image(link)),
        *dicts_in(entry, "media_thumbnail"),
        fields_in(entry, "image"),
        base=base,
    )


def _unique(names: Iterable[str | None]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for name in names if name))
