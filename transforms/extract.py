"""The step that makes articles of documents."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal, NamedTuple

import apache_beam as beam
from apache_beam import pvalue
from apache_beam.transforms.window import GlobalWindow
from apache_beam.utils.windowed_value import WindowedValue

from transforms.extract_document import ExtractOptions, extract_document, in_feed
from transforms.prose import is_costly
from transforms.records import Article, Document, Rejection
from transforms.sandbox import Failure, Limits, Sandbox
from transforms.text import normalize_line


class Extracted(NamedTuple):
    """What `Extract` gives: each document is in exactly one of the two.

    Attributes:
        articles: Of `Article`.
        rejected: Of `Rejection`.
    """

    articles: pvalue.PCollection[Article]
    rejected: pvalue.PCollection[Rejection]


@dataclass(eq=False)
class Extract(beam.PTransform[pvalue.PCollection[Document], Extracted]):
    """Makes an article of each document, or a rejection that says why not.

    In: a bounded collection of `Document`. Out: `Extracted`; each document leaves exactly once,
    in no particular order. HTML is read in child processes with the given limits, so that a
    page that hangs, grows or crashes its reader becomes a rejection (`timeout`, `memory`,
    `crash`), unless a feed or a cheap rule (`prose`) gives its text; plain text, whose cost is
    bounded by its length, is read in place.

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


@dataclass(frozen=True)
class _Waiting:
    """A document whose body is with a child.

    Attributes:
        document: Without its body: what a rejection has to say.
        body_size: Of the page.
        page: With its body, while a further attempt may need it.
        attempt: What the child is asked for: of a costly page its prose at once, else what the
            options say, then what its feed gives, then its prose.
        failure: Of the attempt that passed a limit.
    """

    document: Document
    body_size: int
    page: Document | None = None
    attempt: Literal["prose first", "page", "feed", "prose last"] = "page"
    failure: Failure | None = None


class _ExtractFn(beam.DoFn):
    def __init__(self, options: ExtractOptions, workers: int, limits: Limits) -> None:
        self._options, self._workers, self._limits = options, workers, limits
        self._sandbox: Sandbox[_Waiting] | None = None

    def setup(self) -> None:
        self._sandbox = Sandbox(workers=self._workers, limits=self._limits)

    def process(self, document: Document) -> Iterator[Article | pvalue.TaggedOutput[str, Any]]:
        if not document.is_html:
            yield _tagged(extract_document(document, self._options))
            return
        assert self._sandbox is not None
        is_page = document.text_source == "page"
        waiting = _Waiting(
            replace(document, body=""),
            len(document.body),
            page=document if is_page else None,
            attempt="prose first" if is_page and is_costly(document.body) else "page",
        )
        self._submit(waiting, document)
        for answered, answer in self._sandbox.answers():
            if not self._tries_again(answered, answer):
                yield _tagged(_outcome(answered, answer))

    def finish_bundle(self) -> Iterator[WindowedValue | pvalue.TaggedOutput[str, Any]]:
        # All input is in the global window: sources are bounded.
        assert self._sandbox is not None
        for answered, answer in self._sandbox.drain():
            if self._tries_again(answered, answer):
                continue
            output = _tagged(_outcome(answered, answer))
            if isinstance(output, pvalue.TaggedOutput):
                yield pvalue.TaggedOutput(output.tag, _in_global_window(output.value))
            else:
                yield _in_global_window(output)

    def _submit(self, waiting: _Waiting, document: Document) -> None:
        assert self._sandbox is not None
        is_prose = waiting.attempt.startswith("prose")
        options = replace(self._options, extraction="prose") if is_prose else self._options
        self._sandbox.submit(waiting, extract_document, document, options)

    def _tries_again(self, waiting: _Waiting, answer: Article | Rejection | Failure) -> bool:
        """Whether a document is with a child again, since the attempt gave nothing."""
        page = waiting.page
        if waiting.attempt == "prose first" and not isinstance(answer, Article):
            assert page is not None
            self._submit(replace(waiting, attempt="page"), page)
            return True
        if not isinstance(answer, Failure) or waiting.attempt == "prose last":
            return False
        failure = waiting.failure or answer
        if waiting.attempt == "page":
            own = in_feed(waiting.document, note=f"{answer.reason}: {answer.detail}")
            if own is not None:
                self._submit(replace(waiting, attempt="feed", failure=failure), own)
                return True
        if page is None or is_costly(page.body):  # Its prose was asked for.
            return False
        self._submit(replace(waiting, attempt="prose last", failure=failure), page)
        return True

    def teardown(self) -> None:
        if self._sandbox is not None:
            self._sandbox.close()


def _outcome(waiting: _Waiting, answer: Article | Rejection | Failure) -> Article | Rejection:
    if waiting.failure is not None and not isinstance(answer, Article):
        answer = waiting.failure
    if not isinstance(answer, Failure):
        return answer
    document = waiting.document
    return Rejection(
        source=document.source,
        source_kind=document.source_kind,
        source_record=document.source_record,
        url=normalize_line(document.url),
        title=normalize_line(document.title),
        step="extract",
        reason=answer.reason,
        detail=f"{waiting.body_size} bytes of HTML: {answer.detail}",
    )


def _tagged(outcome: Article | Rejection) -> Article | pvalue.TaggedOutput[str, Any]:
    if isinstance(outcome, Rejection):
        return pvalue.TaggedOutput("rejected", outcome)
    return outcome


def _in_global_window(value: Article | Rejection) -> WindowedValue:
    return WindowedValue(value, GlobalWindow().max_timestamp(), (GlobalWindow(),))
