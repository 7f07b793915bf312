"""Enriching articles in child processes: on all cores, several at a time, within limits."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import KW_ONLY, dataclass, replace
from typing import Generic, TypeVar

from feedlake.transforms.enrich.enrich_article import (
    Enrichment,
    Failing,
    enrich_articles,
    inform,
    join,
)
from feedlake.transforms.enrich.enrichers import EnrichOptions
from feedlake.transforms.process.child_server import share_imports
from feedlake.transforms.process.sandbox import MIB, Failure, Limits, Sandbox
from feedlake.transforms.records.subject import Subject

Token = TypeVar("Token")

BATCH_ARTICLES, BATCH_CHARS = 32, 200_000
"""A task is handed over when it has so many articles, or so much text. Each enricher reads all of
them in turn with its tables in the processor's caches: 16 articles cost 6 % more each than 64,
256 cost 4 % less (2026-11), but of large tasks a small run has too few for all children."""

MODEL_BYTES = 1536 * MIB
"""Address space for the models and indexes of all enrichers, beside what a text may take."""


def import_runners() -> None:
    """Imports what runs the enrichers, which takes a while: once, for all children."""
    from feedlake.transforms.enrich import run_enrichers  # noqa: F401


def load_tokenizer() -> None:
    """Reads the tables by which tokens are counted, 32 MB in 45 ms: once, for all children."""
    from feedlake.transforms.enrich.counts import load_counter

    load_counter()


def load_lexicon() -> None:
    """Reads the words by which tone is rated, 2 MB in 7 ms: once, for all children."""
    from feedlake.transforms.enrich.tone import load_analyzer

    load_analyzer()


def load_languages() -> None:
    """Reads the model and words that tell languages, 7 MB in 35 ms: once, for all children."""
    from feedlake.transforms.language.detect_language import load_tables

    load_tables()


_LOADS: Mapping[str, Callable[[], None]] = {
    "language": load_languages,
    "tone": load_lexicon,
    "counts": load_tokenizer,
}
"""What reads the tables of some enrichers. Each child would read them anew, and hold them alone."""


def loads_of(names: Collection[str]) -> list[Callable[[], None]]:
    """Returns what the server of children should call, so that they find it done.

    Args:
        names: The enrichers that they are to run; nothing is called for none.
    """
    if not names:
        return []
    return [import_runners, *(_LOADS[name] for name in names if name in _LOADS)]


@dataclass(frozen=True)
class _Task(Generic[Token]):
    """Articles that are with a child.

    Attributes:
        tokens: Of the articles.
        subjects: The articles.
        options: The enrichers that are run on them.
        later: Names of those that follow, one by one, once one task has failed.
        found: What those before have found; for a single article.
    """

    tokens: tuple[Token, ...]
    _: KW_ONLY
    subjects: tuple[Subject, ...]
    options: EnrichOptions
    later: tuple[str, ...] = ()
    found: Enrichment | None = None


class EnrichPool(Generic[Token]):
    """Children that enrich articles; answers come as pairs of token and `Enrichment`.

    What makes a child hang, grow or crash is found by elimination: the batch is repeated article
    by article, that article enricher by enricher. So each article is answered exactly once, and
    lacks the columns of no enricher but the one at fault.
    """

    def __init__(self, options: EnrichOptions, *, workers: int, limits: Limits) -> None:
        roomy = replace(limits, memory_bytes=limits.memory_bytes + MODEL_BYTES)
        self._options = options
        for load in loads_of(options.names):
            share_imports(load)
        self._sandbox: Sandbox[_Task[Token]] = Sandbox(workers=workers, limits=roomy)
        self._waiting: list[tuple[Token, Subject]] = []
        self._names = options.names
        self._chars = 0

    def submit(self, token: Token, subject: Subject, names: tuple[str, ...] | None = None) -> None:
        """Takes an article, waiting until a child is free if a batch is full.

        Args:
            token: Comes back with the answer.
            subject: The article.
            names: Enrichers to run on it, in their order; None: those of the options.
        """
        wanted = self._options.names if names is None else names
        if self._waiting and wanted != self._names:
            self._hand_over()
        self._names = wanted
        self._waiting.append((token, subject))
        self._chars += len(subject.text)
        if len(self._waiting) >= BATCH_ARTICLES or self._chars >= BATCH_CHARS:
            self._hand_over()

    def answers(self) -> Iterator[tuple[Token, Enrichment]]:
        """Yields the answers that are ready now; does not wait."""
        for task, answer in self._sandbox.answers():
            yield from self._settle(task, answer)

    def drain(self) -> Iterator[tuple[Token, Enrichment]]:
        """Waits for all articles and yields their answers."""
        if self._waiting:
            self._hand_over()
        for task, answer in self._sandbox.drain():
            yield from self._settle(task, answer)

    def close(self) -> None:
        """Ends the children; articles under way are dropped."""
        self._sandbox.close()
        self._waiting, self._chars = [], 0

    def _hand_over(self) -> None:
        tokens, subjects = zip(*self._waiting, strict=True)
        self._waiting, self._chars = [], 0
        self._send(
            _Task(tokens, subjects=subjects, options=replace(self._options, names=self._names))
        )

    def _send(self, task: _Task[Token]) -> None:
        self._sandbox.submit(task, enrich_articles, task.subjects, task.options)

    def _settle(
        self, task: _Task[Token], answer: list[Enrichment] | Failure
    ) -> Iterator[tuple[Token, Enrichment]]:
        """Yields what is settled by an answer, and hands over what has to be tried again."""
        if task.found is not None:
            yield from self._go_on(task, task.found, answer)
        elif not isinstance(answer, Failure):
            yield from zip(task.tokens, answer, strict=True)
        elif len(task.tokens) > 1:
            for token, subject in zip(task.tokens, task.subjects, strict=True):
                self._send(_Task((token,), subjects=(subject,), options=task.options))
        else:
            self._send(self._next(task, task.subjects[0], Enrichment(), task.options.names))

    def _go_on(
        self, task: _Task[Token], found: Enrichment, answer: list[Enrichment] | Failure
    ) -> Iterator[tuple[Token, Enrichment]]:
        """Adds what one enricher came to, and tries the next one."""
        subject = task.subjects[0]
        if isinstance(answer, Failure):
            [name] = task.options.names
            failing = Failing(name, answer.reason, answer.detail)
            found = replace(found, failures=(*found.failures, failing))
        else:
            [new] = answer
            subject = inform(subject, new.columns)
            found = join(found, new)
        if task.later:
            self._send(self._next(task, subject, found, task.later))
        else:
            yield task.tokens[0], found

    def _next(
        self, task: _Task[Token], subject: Subject, found: Enrichment, names: tuple[str, ...]
    ) -> _Task[Token]:
        options = replace(self._options, names=names[:1])
        return _Task(
            task.tokens, subjects=(subject,), options=options, later=names[1:], found=found
        )
