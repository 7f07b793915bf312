"""`feedlake.extract`: the article of one page, without a lake, or the reason why there is none."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, fields, replace
from datetime import UTC, datetime
from typing import Any, Unpack

from feedlake.pipeline.api.keyword_options import PageKeywords, read_keywords
from feedlake.pipeline.api.page_task import Read, import_readers, read_page
from feedlake.pipeline.options.run_options import IngestOptions, ingest_options
from feedlake.transforms.extract.extract_document import ExtractOptions, reject
from feedlake.transforms.main_text.prose import is_costly
from feedlake.transforms.process import library_shortcuts
from feedlake.transforms.process.sandbox import Failure, Limits, Sandbox
from feedlake.transforms.records.documents import Article, Document, Rejection
from feedlake.transforms.records.rights_statement import RightsStatement


@dataclass(frozen=True)
class ExtractedPage:
    """What one page holds: an article, or the reason why it holds none. It is true if it does.

    Attributes:
        text: Clean text, paragraphs separated by one blank line; None if there is no article.
        reason: Why there is none, as a stable word such as `too_short`: see the list of reasons in
            `docs/schema.md`. None if there is one.
        detail: The same as a sentence, if there is more to say.
        url: Address that the page came from, or else the one that it claims.
        canonical_url: The address in the form that identifies the article; None if none does.
        site: Registered domain of the address.
        site_name: The publication's name.
        title: Title.
        authors: Names.
        published_at: Time of publication, UTC; midnight if only the day is known.
        published_text: The page's own words for it.
        date_source: What says so: `page`, `url` or `guess`; `fetched` if nothing does.
        updated_at: Time of the last change, UTC.
        language: Language of the text, as a primary BCP 47 subtag; `und` if that is uncertain.
        excerpt: The page's own summary.
        image_url: Address of the main image.
        tags: Categories and tags as declared.
        rights: What the page says about its rights, as the column `rights` has it.
        word_count: Words in the text.
        extractor: Name and version of what found the text.
    """

    text: str | None
    _: KW_ONLY
    reason: str | None = None
    detail: str | None = None
    url: str | None = None
    canonical_url: str | None = None
    site: str | None = None
    site_name: str | None = None
    title: str | None = None
    authors: tuple[str, ...] = ()
    published_at: datetime | None = None
    published_text: str | None = None
    date_source: str | None = None
    updated_at: datetime | None = None
    language: str | None = None
    excerpt: str | None = None
    image_url: str | None = None
    tags: tuple[str, ...] = ()
    rights: tuple[RightsStatement, ...] = ()
    word_count: int = 0
    extractor: str | None = None

    def __bool__(self) -> bool:
        return self.text is not None


class _Sandboxes:
    """Sandboxes that are free, each with at most one child: threads must not share one."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._free: dict[Limits, list[Sandbox[None]]] = {}
        os.register_at_fork(after_in_child=self._forget)

    def take(self, limits: Limits) -> Sandbox[None]:
        with self._lock:
            free = self._free.get(limits)
            if free:
                return free.pop()
        return Sandbox(workers=1, limits=limits, imports=import_readers)

    def give_back(self, sandbox: Sandbox[None], limits: Limits) -> None:
        """Keeps as many as there are cores, of the limits used last."""
        with self._lock:
            kept = self._free.pop(limits, [])
            left = [one for others in self._free.values() for one in others]
            self._free = {limits: kept}
            if len(kept) < (os.cpu_count() or 1):
                kept.append(sandbox)
            else:
                left.append(sandbox)
        for one in left:
            one.close()

    def _forget(self) -> None:
        """The children are another process's, and its lock may be held for ever."""
        self._lock, self._free = threading.Lock(), {}
        if servers := library_shortcuts.find("child_servers"):
            servers.forget_server()


_sandboxes = _Sandboxes()


def extract(
    html: str | bytes,
    *,
    url: str | None = None,
    charset: str | None = None,
    **options: Unpack[PageKeywords],
) -> ExtractedPage:
    """Returns the article of a page, or the reason why there is none; asks no network.

    The page is read in a child process with limits, which stays for the next page. It may be
    called in any thread.

    Args:
        html: The page, best as the bytes that came: they are decoded as browsers do it.
        url: Address that it came from; with it, links are absolute and the article has an identity.
        charset: Character set that its HTTP header declared, of a page in bytes.
        **options: Options of `feedlake extract`, `-` written as `_`: `min_chars=100`.

    Raises:
        UsageError: An option is not allowed.
    """
    values = read_keywords({**options}, function="extract")
    document = Document(
        url or "page",
        source_kind="page",
        body=html,
        is_html=True,
        text_source="page",
        charset=charset,
        url=url,
    )
    return extract_document_alone(document, page_options(values))


def page_options(values: Mapping[str, Any]) -> IngestOptions:
    """Returns how a run would read a page with these options; of its lake nothing is asked.

    Args:
        values: By the names of options.
    """
    return ingest_options({**values, "sources": (), "lake": os.devnull})


def extract_document_alone(document: Document, options: IngestOptions) -> ExtractedPage:
    """Returns the article of a document, or the reason why there is none.

    Args:
        document: The page, or a text.
        options: How a run would read it.
    """
    size = len(document.body)
    if size > options.max_document_bytes:
        detail = f"more than {options.max_document_bytes} bytes"
        return without_article(reject(document, "too_large", detail))
    how = ExtractOptions(
        datetime.now(UTC),
        min_chars=options.min_chars,
        earliest_date=options.earliest_date,
        extraction=options.extraction,
    )
    answer = _read_in_child(document, how, options.limits)
    if isinstance(answer, Failure):
        # What a run does with a page that passes a limit: the cheap rule is tried, if it was not.
        if not is_costly(document.body):
            again = _read_in_child(document, replace(how, extraction="prose"), options.limits)
            if not isinstance(again, Failure) and isinstance(again[0], Article):
                return _with_article(again[0], language=again[1])
        detail = f"{size} bytes of HTML: {answer.detail}"
        return without_article(reject(document, answer.reason, detail))
    found, language = answer
    if isinstance(found, Rejection):
        return without_article(found)
    return _with_article(found, language=language)


def _read_in_child(document: Document, how: ExtractOptions, limits: Limits) -> Read | Failure:
    sandbox = _sandboxes.take(limits)
    try:
        sandbox.submit(None, read_page, document, how)
        [(_, answer)] = sandbox.drain()
    except BaseException:
        sandbox.close()
        raise
    _sandboxes.give_back(sandbox, limits)
    read: Read | Failure = answer
    return read


_SHARED = {field.name for field in fields(ExtractedPage)} & {
    field.name for field in fields(Article)
}


def _with_article(article: Article, *, language: str | None) -> ExtractedPage:
    return ExtractedPage(
        **{name: getattr(article, name) for name in _SHARED},
        language=language or article.declared_language,
    )


def without_article(rejection: Rejection) -> ExtractedPage:
    """Returns what is said of a document that is no article."""
    return ExtractedPage(
        None,
        reason=rejection.reason,
        detail=rejection.detail,
        url=rejection.url,
        title=rejection.title,
    )
