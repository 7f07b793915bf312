"""The one page that an argument stands for: a file, or an address that is fetched."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, datetime

from feedlake.pipeline.options.failures import UsageError
from feedlake.pipeline.options.run_options import IngestOptions
from feedlake.pipeline.run.sources import list_sources
from feedlake.pipeline.web.crawl_options import crawl_options
from feedlake.pipeline.web.web_sources import read_address
from feedlake.transforms.crawl.crawl_records import Fetched, NotFetched, Request
from feedlake.transforms.crawl.crawler import Crawler
from feedlake.transforms.crawl.politeness import Hosts
from feedlake.transforms.crawl.source_requests import PAGE_TYPES, own_headers
from feedlake.transforms.fetch.fetched_page import PageOptions, judge_page
from feedlake.transforms.normalize import storage
from feedlake.transforms.normalize.streams import (
    STREAM_FAULTS,
    TooLargeError,
    UnpackError,
    read_all,
)
from feedlake.transforms.process.process_wide import process_wide
from feedlake.transforms.process.stop import StopRequest
from feedlake.transforms.read.kinds import Unknown
from feedlake.transforms.read.open_source import open_source, why_skipped
from feedlake.transforms.records.documents import Deferral, Document, Entry, Rejection
from feedlake.transforms.records.polls import SourceOptions
from feedlake.transforms.records.reject_document import reject_document
from feedlake.transforms.texts.read_text import read_text


def find_page(argument: str, options: IngestOptions, *, url: str | None) -> Document | Rejection:
    """Returns the page, or why it cannot be had.

    Args:
        argument: A file, or an http(s) address.
        options: How a run would read it.
        url: Address that the page in a file came from; None: it is not known.

    Raises:
        UsageError: It is not there, or is no single page.
    """
    if argument.lower().startswith(("http://", "https://")):
        if url is not None:
            raise UsageError("--url: only for a file; an address is its own")
        return _fetch(argument, options)
    read = _read(argument, options)
    return replace(read, url=read_address(url, name="--url").url) if url else read


def _fetch(argument: str, options: IngestOptions) -> Document | Rejection:
    source = read_address(argument, name="PAGE")
    headers = own_headers(SourceOptions(), accept=PAGE_TYPES, credentials=source.credentials)
    crawler = Crawler(crawl_options(options), Hosts(), {}, process_wide(StopRequest))
    result: Fetched | NotFetched | None = None
    try:
        pending = crawler.open_requests()
        pending.submit(source.url, Request(source.url, headers=headers))
        for item in pending.results():
            if isinstance(item, tuple):
                result = item[1]
    finally:
        crawler.close()
    assert result is not None
    asked = Document(
        source.url,
        source_kind="page",
        body="",
        is_html=False,
        text_source="summary",
        url=source.url,
    )
    found = judge_page(Entry(asked), result, now=datetime.now(UTC), options=PageOptions())
    if not isinstance(found, Deferral):
        return found
    return _reject(asked, found.reason or "", found.detail)


def _read(argument: str, options: IngestOptions) -> Document | Rejection:
    files = list_sources((argument,), lake=os.devnull)
    if len(files) != 1:
        raise UsageError(f"PAGE {argument}: {len(files)} files; must be one page")
    path, max_bytes = files[0].path, options.max_document_bytes
    source = storage.escape_path(path)
    page = Document(source, source_kind="html", body="", is_html=True, text_source="page")
    try:
        with storage.open_read(path) as raw:
            opened = open_source(raw, path=path)
            if isinstance(opened, Unknown):
                reason = "pdf" if opened.name == "PDF" else "content_type"
                return _reject(page, reason, why_skipped(opened))
            kind, stream = opened
            if kind == "html":
                return replace(page, body=read_all(stream, max_bytes=max_bytes))
            if kind == "text":
                [found] = read_text(stream, source=source, mode="whole", max_bytes=max_bytes)
                return found
    except TooLargeError:
        return _reject(page, "too_large", f"more than {max_bytes} bytes")
    except UnpackError as error:
        return _reject(page, error.reason, str(error))
    except STREAM_FAULTS as error:
        if storage.is_exhausted(error):
            raise
        return _reject(page, "corrupt", str(error) or type(error).__name__)
    raise UsageError(
        f"PAGE {argument}: a file of the kind {kind} may hold many documents; must be one page "
        "(ingest reads such files)"
    )


def _reject(document: Document, reason: str, detail: str | None) -> Rejection:
    return reject_document(document, step="fetch", reason=reason, detail=detail)
