"""The step that keeps one of several documents with the same address or the same text."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Literal, NamedTuple

import apache_beam as beam
from apache_beam import pvalue

from transforms.history import History
from transforms.records import Article, Duplicate

_NEVER = datetime.max.replace(tzinfo=UTC)


class Deduplicated(NamedTuple):
    """What `Deduplicate` gives: each article is in exactly one of the two.

    Attributes:
        articles: Of `Article`: the ones to keep.
        duplicates: Of `Duplicate`, each naming an article that is kept or in the lake.
    """

    articles: pvalue.PCollection[Article]
    duplicates: pvalue.PCollection[Duplicate]


def rank(article: Article) -> tuple[object, ...]:
    """Returns the sort key by which the first of several equal articles is kept.

    Earliest publication, then smallest id; what remains tied (one address with several texts of
    one date) is settled by text and place, so that order of input never decides.
    """
    return (
        article.published_at or _NEVER,
        article.article_id,
        article.text_sha256,
        article.source,
        article.source_record or 0,
    )


def keep_first(
    group: Iterable[Article], *, test: Literal["url", "text"], in_lake: tuple[str, bytes] | None
) -> tuple[Article | None, list[Duplicate]]:
    """Returns the article to keep (None if the lake has it), and the others as its duplicates.

    Args:
        group: Articles with one address, or with one text.
        test: Which of the two it is; articles without an address are grouped by their text.
        in_lake: Id and text hash of the article that the lake holds for this group.
    """
    ranked = sorted(group, key=rank)
    kept = None if in_lake else ranked.pop(0)
    original_id, text_sha256 = in_lake or (kept.article_id, kept.text_sha256)  # type: ignore[union-attr]
    return kept, [
        Duplicate(
            article,
            original_id,
            test if article.canonical_url else "text",
            same_text=article.text_sha256 == text_sha256,
        )
        for article in ranked
    ]


@dataclass(eq=False)
class Deduplicate(beam.PTransform[pvalue.PCollection[Article], Deduplicated]):
    """Keeps one article of those with the same address, then one of those with the same text.

    In: a bounded collection of `Article`, none of them in the lake with the same text. Out:
    `Deduplicated`. What the lake holds wins; within the run `rank` decides.

    Attributes:
        open_history: Gives what the lake holds; called once in each Beam worker.
    """

    open_history: Callable[[], History]

    def __post_init__(self) -> None:
        super().__init__()

    def expand(self, articles: pvalue.PCollection[Article]) -> Deduplicated:
        """Returns the two collections."""
        by_url = (
            articles
            | "KeyByIdentity" >> beam.Map(_article_id).with_output_types(tuple[str, Any])
            | "GroupByIdentity" >> beam.GroupByKey()
            | "KeepFirstOfUrl"
            >> beam.ParDo(_KeepFn(self.open_history, "url")).with_outputs(
                "duplicates", main="articles"
            )
        )
        by_text = (
            by_url.articles
            | "KeyByText" >> beam.Map(_text_sha256).with_output_types(tuple[bytes, Any])
            | "GroupByText" >> beam.GroupByKey()
            | "KeepFirstOfText"
            >> beam.ParDo(_KeepFn(self.open_history, "text")).with_outputs(
                "duplicates", main="articles"
            )
        )
        # What was kept for its address may have gone for its text: its copies follow it.
        followed = (
            {
                "duplicates": by_url.duplicates | "KeyByOriginal" >> beam.Map(_original_id),
                "moved": by_text.duplicates | "KeyByMoved" >> beam.Map(_move),
            }
            | "JoinMoved" >> beam.CoGroupByKey()
            | "FollowMoved" >> beam.FlatMap(_follow)
        )
        duplicates = (followed, by_text.duplicates) | "JoinDuplicates" >> beam.Flatten()
        return Deduplicated(by_text.articles, duplicates)


class _KeepFn(beam.DoFn):
    def __init__(self, open_history: Callable[[], History], test: Literal["url", "text"]) -> None:
        self._open_history, self._test = open_history, test
        self._history: History | None = None

    def setup(self) -> None:
        self._history = self._open_history()

    def process(
        self, keyed: tuple[Any, Iterable[Article]]
    ) -> Iterator[Article | pvalue.TaggedOutput[str, Any]]:
        assert self._history is not None
        key, group = keyed
        if self._test == "url":
            in_lake = self._history.find_article(key)
        else:
            original_id = self._history.find_text(key)
            in_lake = None if original_id is None else (original_id, key)
        kept, duplicates = keep_first(group, test=self._test, in_lake=in_lake)
        if kept is not None:
            yield kept
        for duplicate in duplicates:
            yield pvalue.TaggedOutput("duplicates", duplicate)


def _article_id(article: Article) -> tuple[str, Article]:
    return article.article_id, article


def _text_sha256(article: Article) -> tuple[bytes, Article]:
    return article.text_sha256, article


def _original_id(duplicate: Duplicate) -> tuple[str, Duplicate]:
    return duplicate.original_id, duplicate


def _move(duplicate: Duplicate) -> tuple[str, str]:
    return duplicate.article.article_id, duplicate.original_id


def _follow(joined: tuple[str, dict[str, Iterable[Any]]]) -> Iterator[Duplicate]:
    _, groups = joined
    moved = next(iter(groups["moved"]), None)
    for duplicate in groups["duplicates"]:
        yield replace(duplicate, original_id=moved) if moved else duplicate
