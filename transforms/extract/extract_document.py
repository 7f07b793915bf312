"""The rule that makes an article of a document: its text, its date, its identity.

The file is long, but one idea: the way from a document to its article, of one or of several at a
time.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass, replace
from datetime import UTC, date, datetime
from typing import NamedTuple

from feedlake.transforms.dedup.fingerprint import Fingerprinted, fingerprint_articles
from feedlake.transforms.dedup.lookup import article_id_of
from feedlake.transforms.extract.own_address import Claim, is_public_address, judge_claims
from feedlake.transforms.extract.page_fields import (
    HowMuch,
    Metadata,
    Page,
    SearchedField,
    Unreadable,
)
from feedlake.transforms.feed_texts.whole_text import says_nothing
from feedlake.transforms.main_text.prose import is_costly
from feedlake.transforms.normalize.charset import decode_body, decode_utf8
from feedlake.transforms.normalize.date_bounds import is_believable, is_trustworthy
from feedlake.transforms.normalize.dates import date_from_url, stated_offset
from feedlake.transforms.normalize.html_text import html_to_article
from feedlake.transforms.normalize.text import (
    count_words,
    hash_text,
    normalize_line,
    normalize_text,
    primary_language,
)
from feedlake.transforms.normalize.urls import canonicalize_url, registered_domain, resolve_url
from feedlake.transforms.records.documents import Article, DateSource, Document, Rejection
from feedlake.transforms.records.reject_document import reject_document
from feedlake.transforms.records.rights_statement import RightsStatement
from feedlake.transforms.rights.statements import (
    describe_reservation,
    find_reservation,
    join_statements,
)

PLAIN_TEXT = "plain text 1"
"""The extractor's name where the text was given: normalisation only, and its version."""

FEED_TEXT = "feed text 1"
"""The extractor's name for a feed's own content: its HTML without markup, and its version."""

MARKED_UP = "marked-up text 1"
"""The extractor's name for other texts with markup that are no pages, such as Markdown."""

UNDETERMINED = "und"
"""ISO 639-2 code for an undetermined language."""

NO_PAGE = Page(None, (), Metadata())
"""What is said of a document that is no page."""

MUCH_LONGER = 1.25
"""How many times as long as the page's text a feed's own must be to be taken instead: a page
behind a paywall shows a part, while feeds add a line on where the text first appeared."""

MIN_FEED_WORDS = 5
"""Fewest words of a feed's text: what has fewer ("Comments", "Full story here") tells nothing."""

RESERVED = "rights_reserved"
"""Reason of documents whose texts are reserved from mining, where that is respected."""

_OF_FEEDS = ("feed", "summary")
_OF_TEXT = ("text", "text_source", "word_count", "char_count", "text_sha256", "extractor")
_HEAD_CHARS = 4_096
_NOT_TEXT = re.compile("[\x01-\x08\x0e-\x1a\x1c-\x1f\ufffd]")


@dataclass(frozen=True)
class ExtractOptions:
    """What the operator decides about extraction.

    Attributes:
        read_at: The run's start, UTC: time of fetch of what has none, and the clock for dates.
        min_chars: Shortest main text of a page to keep, in Unicode code points.
        earliest_date: Days before this one are not guessed.
        extraction: How much is tried for the text of a page; `prose`: the least.
        respects_rights: Whether what is reserved from text and data mining is rejected.
    """

    read_at: datetime
    _: KW_ONLY
    min_chars: int
    earliest_date: date
    extraction: HowMuch = "balanced"
    respects_rights: bool = False


class _Published(NamedTuple):
    """When a document was published, what says so, and in which words it is stated, if it is."""

    moment: datetime | None
    date_source: DateSource
    words: str | None


def extract_document(document: Document, options: ExtractOptions) -> Article | Rejection:
    """Returns the document's article, or the reason there is none.

    What the source says of a document wins over what the page says of itself. Of the page's text
    and a feed's full content the page's is taken, unless there is none or it is much shorter. What
    a page reserves is not taken from its feed.
    """
    options = _at_its_time(document, options)
    return _decide(document, _read(document, options), options)


def _at_its_time(document: Document, options: ExtractOptions) -> ExtractOptions:
    return options if document.read_at is None else replace(options, read_at=document.read_at)


def _decide(
    document: Document, first: _Read | Rejection, options: ExtractOptions
) -> Article | Rejection:
    """What comes of a document of which this was read: see `extract_document`."""
    read = _judge(document, first, options)
    own = in_feed(document, note="")
    if own is None:
        return read
    if isinstance(read, Rejection):
        if options.respects_rights and read.reason in (RESERVED, "extractor_error"):
            return read  # Of a page that no library could read nobody knows what it reserves.
        detail = f": {read.detail}" if read.detail else ""
        own = replace(own, text_note=f"{read.reason}{detail}")
        given = _judge(own, _read(own, options), options)
        return read if isinstance(given, Rejection) else given
    if len(own.body) < MUCH_LONGER * len(read.text):
        return read  # Too short even with its markup, so that its text must be, too.
    given = _judge(own, _read(own, options), options)
    if isinstance(given, Rejection) or given.char_count < MUCH_LONGER * read.char_count:
        return read
    note = f"the page gives {read.char_count} characters, the feed {given.char_count}"
    return replace(read, text_note=note, **{name: getattr(given, name) for name in _OF_TEXT})


def in_feed(document: Document, *, note: str) -> Document | None:
    """Returns what a feed itself gives in full of a page; None if it gives no full content.

    Args:
        document: The page.
        note: Why it is not the page: see `Document.text_note`.
    """
    own = document.feed_text
    if own is None or own.text_source != "feed":
        return None
    return replace(
        document,
        body=own.body,
        is_html=own.is_html,
        text_source=own.text_source,
        charset=None,
        feed_text=None,
        text_note=note,
    )


class _Read(NamedTuple):
    """What was read of a document: what its page says, its text, and what made that."""

    page: Page
    text: str
    extractor: str


def _judge(
    document: Document, read: _Read | Rejection, options: ExtractOptions
) -> Article | Rejection:
    return read if isinstance(read, Rejection) else _accept(document, *read, options)


def _read(document: Document, options: ExtractOptions) -> _Read | Rejection:
    body, utf8 = document.body, None
    if isinstance(body, bytes):
        text = decode_utf8(body)
        utf8 = None if text is None else body
        body = text or decode_body(body, declared=document.charset, is_html=document.is_html)
    if not body.strip("\x00\ufeff \t\r\n"):
        return reject(document, "empty", None)
    if not document.is_html:
        return _Read(NO_PAGE, normalize_text(body), PLAIN_TEXT)
    if _is_binary(body[:_HEAD_CHARS]):
        return reject(document, "binary", "no HTML but binary data")
    if document.text_source != "page":
        return _Read(NO_PAGE, html_to_article(body), _extractor(document))
    # Only children read pages, so only they import what reads them (0.1 s).
    from feedlake.transforms.extract.html_page import name_extractor, read_html

    searched, extraction = _missing_fields(document, options), options.extraction
    page = read_html(document, body, utf8=utf8, searched=searched, extraction=extraction)
    if isinstance(page, Unreadable):
        return reject(document, page.reason, page.detail)
    return _Read(page, page.text or "", name_extractor(extraction))


def _extractor(document: Document) -> str:
    """What is said to have made the text of HTML that is no page."""
    return FEED_TEXT if document.text_source in _OF_FEEDS else MARKED_UP


def _missing_fields(document: Document, options: ExtractOptions) -> frozenset[SearchedField]:
    """The fields that the source does not give, so that they are worth a search in the page."""
    stated = document.published_at
    is_dated = stated is not None and _counts(stated, document.date_source, document, options)
    given: dict[SearchedField, bool] = {
        "title": bool(document.title),
        "authors": bool(document.authors),
        "date": is_dated,
    }
    return frozenset(field for field, is_given in given.items() if not is_given)


def _is_binary(head: str) -> bool:
    """Whether control characters and undecodable bytes make up over a tenth of the head."""
    return len(_NOT_TEXT.findall(head)) > len(head) // 10


def _accept(
    document: Document, page: Page, text: str, extractor: str, options: ExtractOptions
) -> Article | Rejection:
    """The article, unless the text is too short to be one."""
    title = document.title or page.metadata.title
    if options.respects_rights and (reserved := find_reservation(_rights(document, page))):
        own, claim = _addresses(document, page, title=title)
        known = replace(document, title=title, url=own or (claim.url if claim else None))
        return reject(known, RESERVED, describe_reservation(reserved))
    short = _why_short(document, text, options)
    if short or not text.strip():
        own, claim = _addresses(document, page, title=title)
        known = replace(document, title=title, url=own or (claim.url if claim else None))
        if not text.strip():
            return reject(known, "no_main_text", None)
        return reject(known, "too_short", short)
    if document.has_shared_text and document.text_source in _OF_FEEDS:
        detail = "the feed gives the same text for other entries, too"
        return reject(document, "shared_text", detail)
    return _article(document, page, title=title, text=text, extractor=extractor, options=options)


def _why_short(document: Document, text: str, options: ExtractOptions) -> str | None:
    """Why a text is too short to be an article's; None if it isn't.

    What a user gives as text may be as short as they like.
    """
    if document.text_source == "page" and len(text) < options.min_chars:
        return f"{len(text)} characters, fewer than {options.min_chars}"
    if document.text_source in _OF_FEEDS and says_nothing(text, min_words=MIN_FEED_WORDS):
        return f"the feed's text is only {normalize_line(text)!r}"
    return None


def _article(
    document: Document,
    page: Page,
    *,
    title: str | None,
    text: str,
    extractor: str,
    options: ExtractOptions,
) -> Article:
    own, claim = _addresses(document, page, title=title)
    counts = claim is not None and claim.agreement != "none"
    url = own or (claim.url if claim and counts else None)
    address = claim.url if claim and counts else url
    canonical_url = None if document.has_shared_url else canonicalize_url(address or "")
    fetched_at = document.fetched_at or options.read_at
    published = _resolve_date(document, page, url=url, options=options)
    words = document.published_text or page.metadata.published_text
    image = document.image_url or page.metadata.image_url
    text_sha256 = hash_text(text)
    identity = canonical_url.encode() if canonical_url else text_sha256
    return Article(
        article_id=article_id_of(identity),
        url=normalize_line(url),
        canonical_url=canonical_url,
        source=document.source,
        source_kind=document.source_kind,
        source_record=document.source_record,
        guid=normalize_line(document.guid),
        claimed_url=normalize_line(claim.url) if claim and not counts else None,
        is_claimed=canonical_url is not None and claim is not None and claim.agreement == "likely",
        site=_site(canonical_url or url, claim),
        site_name=document.site_name or page.metadata.site_name,
        title=normalize_line(title),
        authors=document.authors or page.metadata.authors,
        excerpt=normalize_line(document.excerpt) or page.metadata.excerpt,
        image_url=normalize_line(resolve_url(image, url)) if image else None,
        tags=document.tags or page.metadata.tags,
        published_at=published.moment,
        published_text=published.words or words,
        published_offset_min=stated_offset(published.words) if published.words else None,
        updated_at=_believed(document.updated_at, document, options)
        or _believed(page.metadata.updated_at, document, options),
        fetched_at=fetched_at,
        date_source=published.date_source,
        text=text,
        text_source=document.text_source,
        text_note=document.text_note,
        declared_language=primary_language(document.language)
        or primary_language(page.metadata.language)
        or UNDETERMINED,
        word_count=count_words(text),
        char_count=len(text),
        text_sha256=text_sha256,
        extractor=extractor,
        extra=document.extra,
        entry_mark=document.entry_mark,
        rights=_rights(document, page),
    )


def _rights(document: Document, page: Page) -> tuple[RightsStatement, ...]:
    """What is said of the rights, by the page first."""
    return join_statements(page.metadata.rights, document.rights)


def _addresses(
    document: Document, page: Page, *, title: str | None
) -> tuple[str | None, Claim | None]:
    """The address that the document came from, and the one that its page claims, if any."""
    own = _absolute(document.url) or page.saved_from
    return own, judge_claims(page.claims, own=own, title=title)


def _site(url: str | None, claim: Claim | None) -> str | None:
    """The site that the document is of: of a claim no more is believed than that, if it can be."""
    if url is None and claim is not None and is_public_address(claim.url):
        url = claim.url
    return registered_domain(url or "")


def _resolve_date(
    document: Document, page: Page, *, url: str | None, options: ExtractOptions
) -> _Published:
    """The first date that counts of: source, page, URL; else none, the time of fetch counting."""
    day = date_from_url(url) if url else None
    in_url = None if day is None else datetime(day.year, day.month, day.day, tzinfo=UTC)
    found = page.metadata
    words = found.published_text if found.date_source == "page" else None
    for candidate in (
        _Published(document.published_at, document.date_source, document.published_text),
        _Published(found.published_at, found.date_source, words),
        _Published(in_url, "url", None),
    ):
        if candidate.moment is not None and _counts(
            candidate.moment, candidate.date_source, document, options
        ):
            return candidate
    return _Published(None, "fetched", None)


def _counts(
    moment: datetime, date_source: DateSource, document: Document, options: ExtractOptions
) -> bool:
    """Whether a date is taken: the user's own always, a guess only within its bounds."""
    if date_source == "seed":
        return True
    if date_source in ("url", "guess"):
        return is_trustworthy(moment, now=options.read_at, earliest=options.earliest_date)
    return is_believable(moment, now=options.read_at, fetched_at=document.fetched_at)


def _believed(
    moment: datetime | None, document: Document, options: ExtractOptions
) -> datetime | None:
    """A time of change that a page or a feed states, if it may mean it."""
    if moment is None:
        return None
    is_meant = is_believable(moment, now=options.read_at, fetched_at=document.fetched_at)
    return moment if is_meant else None


def _absolute(url: str | None) -> str | None:
    return resolve_url(url, None) if url else None


def reject(document: Document, reason: str, detail: str | None) -> Rejection:
    """Returns that a document is no article; see `reject_document`."""
    return reject_document(document, step="extract", reason=reason, detail=detail)


def import_page_readers() -> None:
    """Imports what reads pages, which takes a second: once, for all children."""
    from feedlake.transforms.extract import html_page  # noqa: F401

    # To read the list of public suffixes takes as long as to read a page.
    registered_domain("https://example.org/")


def extract_fingerprinted(document: Document, options: ExtractOptions) -> Fingerprinted | Rejection:
    """Returns the document's article and its fingerprint, or the reason there is none."""
    [extracted] = extract_all([document], options)
    return extracted


def extract_all(
    documents: Sequence[Document], options: ExtractOptions
) -> list[Fingerprinted | Rejection]:
    """Returns what comes of documents, in their order: see `extract_fingerprinted`.

    Each step is taken with all of them in turn: while a page is read, the code and the tables of
    the other steps leave the processor's caches, and to fetch them again took 7 % of the whole with
    four pages on a busy machine (2026-11). Reading the heads of all before the text of any gains
    nothing, nor do more pages.

    Of a page that is costly to read its prose is tried first; what the options say is done if
    that gives no article.
    """
    ways = [_first_way(document, options) for document in documents]
    read = list(map(_read, documents, ways))
    extracted = list(map(_decide, documents, read, ways))
    for place, (document, way) in enumerate(zip(documents, ways, strict=True)):
        if isinstance(extracted[place], Rejection) and way.extraction != options.extraction:
            extracted[place] = extract_document(document, options)
    articles = [each for each in extracted if isinstance(each, Article)]
    fingerprinted = iter(fingerprint_articles(articles))
    return [each if isinstance(each, Rejection) else next(fingerprinted) for each in extracted]


def _first_way(document: Document, options: ExtractOptions) -> ExtractOptions:
    """What is tried first with a document."""
    options = _at_its_time(document, options)
    is_page = document.text_source == "page" and document.is_html
    return replace(options, extraction="prose") if is_page and is_costly(document.body) else options
