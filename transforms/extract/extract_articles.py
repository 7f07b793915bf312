"""The step that makes articles of documents."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, NamedTuple

import apache_beam as beam
from apache_beam import pvalue
from apache_beam.utils.windowed_value import WindowedValue

from feedlake.transforms.dedup.fingerprint import Fingerprinted, fingerprint_articles
from feedlake.transforms.extract.extract_document import (
    ExtractOptions,
    extract_all,
    extract_document,
    extract_fingerprinted,
    import_page_readers,
)
from feedlake.transforms.extract.page_attempts import Attempt, next_attempt, outcome_of, task_of
from feedlake.transforms.process.pool import Pool
from feedlake.transforms.process.sandbox import Failure, Limits, Sandbox
from feedlake.transforms.records.batch import Batch
from feedlake.transforms.records.documents import Article, Document, Rejection
from feedlake.transforms.records.global_window import in_global_window
from feedlake.transforms.records.stateless import StatelessFn

BATCH_ARTICLES, BATCH_CHARS = 250, 1 << 20
"""Articles that travel together from here on, and their text."""

TASK_PAGES, TASK_BYTES = 4, 512 << 10
"""Pages that go to a child together, and their size; a larger one goes alone. To hand over a single
page and to wait for it takes both processes a millisecond, of 17 for a page (2026-11)."""


class Extracted(NamedTuple):
    """What `Extract` gives: each document is in exactly one of the two.

    Attributes:
        articles: Of `Batch` of `Fingerprinted`.
        rejected: Of `Rejection`.
    """

    articles: pvalue.PCollection[Batch[Fingerprinted]]
    rejected: pvalue.PCollection[Rejection]


@dataclass(eq=False)
class Extract(beam.PTransform[pvalue.PCollection[Document], Extracted]):
    """Makes an article, with its fingerprint, of each document, or a rejection that says why not.

    In: a bounded collection of `Document`. Out: `Extracted`; each document leaves exactly once,
    in no particular order. HTML is read in child processes with the given limits, so that a page
    that hangs, grows or crashes its reader becomes a rejection (`timeout`, `memory`, `crash`),
    unless a feed or a cheap rule (`prose`) gives its text. Children take a few pages at a time; if
    one of them passes a limit, each is read again, alone. Plain text, whose cost is bounded by
    its length, is read in place, many texts at a time: handing it over costs a third of what is
    done with it.

    Attributes:
        options: What the operator decides.
        workers: Child processes per Beam worker, at least 1.
        limits: What one document may use.
    """

    options: ExtractOptions
    workers: int
    limits: Limits

    def __post_init__(self) -> None:
        super().__init__()
        if self.workers < 1:
            raise ValueError(f"workers is {self.workers}; it must be at least 1")

    def expand(self, documents: pvalue.PCollection[Document]) -> Extracted:
        """Returns the two collections."""
        outputs = documents | "ExtractDocuments" >> beam.ParDo(
            _ExtractFn(self.options, self.workers, self.limits)
        ).with_outputs("rejected", main="articles")
        return Extracted(outputs.articles, outputs.rejected)


class Extractor:
    """Extracts documents as `Extract` does, a few at a time, with a child that lives on.

    Args:
        options: What the operator decides; each call brings its own time.
        limits: What one document may use.
    """

    def __init__(self, options: ExtractOptions, limits: Limits) -> None:
        self._fn = _ExtractFn(options, workers=1, limits=limits)
        self._fn.setup()

    def extract(
        self, documents: Iterable[Document], options: ExtractOptions
    ) -> tuple[list[Fingerprinted], list[Rejection]]:
        """Returns the articles and the rejections, each document in exactly one, in any order.

        Args:
            documents: What to read.
            options: What the operator decides, and the time.
        """
        return self._fn.extract_now(documents, options)

    def close(self) -> None:
        """Ends the child."""
        self._fn.teardown()


class Extractors:
    """The extractors of a process, as many as were wanted at a time, with a bound."""

    def __init__(self) -> None:
        self._pool = Pool[Extractor]()

    def borrow(
        self, options: ExtractOptions, limits: Limits, *, most: int
    ) -> AbstractContextManager[Extractor]:
        """Lends an extractor while the block runs, waiting until there is one.

        Args:
            options: What the operator decides.
            limits: What one document may use.
            most: How many there may be.
        """
        return self._pool.borrow(limits, lambda: Extractor(options, limits), most=most)


_Pages = tuple[Document, ...]
"""Documents of HTML that a child reads one after another."""


class _ExtractFn(StatelessFn):
    def __init__(self, options: ExtractOptions, workers: int, limits: Limits) -> None:
        self._options, self._workers, self._limits = options, workers, limits
        self._sandbox: Sandbox[Attempt | _Pages] | None = None
        self._pages: list[Document] = []
        self._page_bytes = 0
        self._fingerprinted: list[Fingerprinted] = []
        self._chars = 0
        self._plain: list[Document] = []
        self._plain_chars = 0
        self._rejected: list[Rejection] = []

    def setup(self) -> None:
        self._sandbox = Sandbox(
            workers=self._workers, limits=self._limits, imports=import_page_readers
        )

    def process(
        self, document: Document
    ) -> Iterator[Batch[Fingerprinted] | pvalue.TaggedOutput[str, Rejection]]:
        assert self._sandbox is not None
        if document.is_html:
            self._take_page(document)
            for answered, answer in self._sandbox.answers():
                self._settle(answered, answer)
        else:
            self._plain.append(document)
            self._plain_chars += len(document.body)
            if len(self._plain) >= BATCH_ARTICLES or self._plain_chars >= BATCH_CHARS:
                self._read_plain()
        if len(self._fingerprinted) >= BATCH_ARTICLES or self._chars >= BATCH_CHARS:
            yield self._take_fingerprinted()
        while self._rejected:
            yield pvalue.TaggedOutput("rejected", self._rejected.pop())

    def extract_now(
        self, documents: Iterable[Document], options: ExtractOptions
    ) -> tuple[list[Fingerprinted], list[Rejection]]:
        """What comes of some documents, outside of a bundle; children live on."""
        self._options = options
        for document in documents:
            if document.is_html:
                self._take_page(document)
            else:
                self._plain.append(document)
        self._finish()
        found, rejected = self._fingerprinted, self._rejected
        self._fingerprinted, self._rejected, self._chars = [], [], 0
        return found, rejected

    def _finish(self) -> None:
        assert self._sandbox is not None
        self._hand_over()
        for answered, answer in self._sandbox.drain():
            self._settle(answered, answer)
        self._read_plain()

    def finish_bundle(self) -> Iterator[WindowedValue | pvalue.TaggedOutput[str, Any]]:
        # All input is in the global window: sources are bounded.
        assert self._sandbox is not None
        self._finish()
        self._sandbox.close()  # To free the cores for the children of later steps.
        if self._fingerprinted:
            yield in_global_window(self._take_fingerprinted())
        while self._rejected:
            yield pvalue.TaggedOutput("rejected", in_global_window(self._rejected.pop()))

    def teardown(self) -> None:
        if self._sandbox is not None:
            self._sandbox.close()

    def _take_page(self, page: Document) -> None:
        if self._page_bytes + len(page.body) > TASK_BYTES:
            self._hand_over()
        self._pages.append(page)
        self._page_bytes += len(page.body)
        if len(self._pages) >= TASK_PAGES or self._page_bytes >= TASK_BYTES:
            self._hand_over()

    def _hand_over(self) -> None:
        assert self._sandbox is not None
        pages, self._pages, self._page_bytes = tuple(self._pages), [], 0
        if len(pages) == 1:
            self._submit(Attempt(pages[0]))
        elif pages:
            self._sandbox.submit(pages, extract_all, pages, self._options)

    def _settle(self, waiting: Attempt | _Pages, answer: Any) -> None:
        if isinstance(waiting, Attempt):
            again = next_attempt(waiting, answer, self._options)
            if again is None:
                self._keep(outcome_of(waiting, answer))
            else:
                self._submit(again)
        elif isinstance(answer, Failure):
            for page in waiting:
                self._submit(Attempt(page))
        else:
            for extracted in answer:
                self._keep(extracted)

    def _submit(self, attempt: Attempt) -> None:
        assert self._sandbox is not None
        task = task_of(attempt, self._options)
        self._sandbox.submit(attempt, extract_fingerprinted, *task)

    def _read_plain(self) -> None:
        """Reads the plain texts that wait.

        With the reading of files between each two of them they take a fifth longer (2026-11):
        the processor's caches hold the code and the tables of one step only.
        """
        extracted = [extract_document(document, self._options) for document in self._plain]
        self._plain, self._plain_chars = [], 0
        for fingerprinted in fingerprint_articles(
            [each for each in extracted if isinstance(each, Article)]
        ):
            self._keep(fingerprinted)
        self._rejected += [each for each in extracted if isinstance(each, Rejection)]

    def _keep(self, extracted: Fingerprinted | Rejection) -> None:
        if isinstance(extracted, Rejection):
            self._rejected.append(extracted)
        else:
            self._fingerprinted.append(extracted)
            self._chars += extracted.article.char_count

    def _take_fingerprinted(self) -> Batch[Fingerprinted]:
        batch = Batch(self._fingerprinted)
        self._fingerprinted, self._chars = [], 0
        return batch
