"""A lake's search index: brought up to date by comparing files, and asked.

It is a cache, and says what the files of the lake say: each article once, in its newest version. It
knows the files whose rows it holds. To catch up, files that came are read, and the rows of files
that left are deleted, whatever made them come and leave: a run, a compaction, a removal.
"""

from __future__ import annotations

import contextlib
import logging
import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

import tantivy
from filelock import FileLock
from tantivy import Query

from feedlake.pipeline.lake.journal_entry import VanishedError
from feedlake.pipeline.lake.lake import Lake
from feedlake.pipeline.lake.snapshot import Snapshot
from feedlake.pipeline.search import engine
from feedlake.pipeline.search.engine import Filters, Shown
from feedlake.pipeline.search.index_folder import (
    Manifest,
    count_documents,
    find_folder,
    is_as_left,
    read_manifest,
    remove_other_versions,
)
from feedlake.pipeline.search.query_language import parse_query
from feedlake.pipeline.search.snippets import Piece, Wanted, make_snippet, mark_title
from feedlake.pipeline.search.update_index import IndexUpdate, Tell, searched_files

_MAX_TIES = 2_000
"""Hits of equal score that are put into the order of time and id."""

_MAX_BUCKETS = 60_000

_CHECK_AFTER = 20
"""All checksums are compared once the index has grown by one in so many: for each new article 60 kB
are read then, at some GB a second."""

_FEW_DELETED = 1_000
"""Deleted documents that may always stay; above, one for two that are left. More make answers slow,
and their words count in scores."""

_log = logging.getLogger("feedlake")


class NoIndexError(LookupError):
    """The lake has no search index yet, or a damaged one: it must catch up first."""


@dataclass(frozen=True)
class Hit:
    """An article that was found.

    Attributes:
        article: What is shown of it.
        score: How well it fits; comparable within one search.
        title: Its title in pieces; empty if it has none.
        snippet: The part of its text that has most of what was searched for.
    """

    article: Shown
    score: float
    title: tuple[Piece, ...]
    snippet: tuple[Piece, ...]


@dataclass(frozen=True)
class Found:
    """What a search came to.

    Attributes:
        hits: Those that were asked for, best first.
        count: How many articles there are in all.
    """

    hits: tuple[Hit, ...]
    count: int


class SearchIndex:
    """The search index of one lake; may be used in several threads."""

    def __init__(self, lake: Lake) -> None:
        """
        Args:
            lake: The lake; nothing is read yet.
        """
        self._lake = lake
        self._schema = engine.make_schema()
        self._opening = threading.Lock()
        self._opened: tuple[str, frozenset[str], tantivy.Searcher] | None = None

    def is_current(self, snapshot: Snapshot) -> bool:
        """Returns whether the index holds what the lake held at that instant."""
        try:
            _, files, _ = self._open()
        except NoIndexError:
            return False
        return files == searched_files(snapshot).keys()

    def catch_up(self, *, tell: Tell | None = None) -> None:
        """Makes the index hold what the lake holds; builds it if there is none.

        Another process that does so is waited for.

        Args:
            tell: Is told about progress.

        Raises:
            LakeError: The lake is damaged.
            OSError: The index can't be written.
        """
        self._lake.ask(lambda snapshot: self._catch_up(snapshot, tell or (lambda done, all: None)))

    def search(
        self,
        query: str,
        *,
        filters: Filters | None = None,
        limit: int = 20,
        offset: int = 0,
        snippet_chars: int = 240,
    ) -> Found:
        """Returns the articles that fit best, of those that the index holds.

        Equal scores are in the order of time, the newest first, and then of ids.

        Args:
            query: See `query_language`.
            filters: What else must be true.
            limit: How many hits to return.
            offset: How many to leave out before.
            snippet_chars: About how long snippets are.

        Raises:
            SearchError: The query can't be understood, or asks for too much.
            NoIndexError: There is no index; `catch_up` makes it.
        """
        node = parse_query(query)
        wanted = Wanted.of(node)
        searcher = self._open()[2]
        asked = engine.to_engine(self._schema, node, filters or Filters())
        with _refusals():
            scored, count = _best(searcher, asked, offset + limit)
        hits = []
        for score, address in scored[offset : offset + limit]:
            article = engine.read_shown(searcher.doc(address)["shown"][0])
            snippet = make_snippet(article.text, wanted, chars=snippet_chars)
            hits.append(Hit(article, score, mark_title(article.title, wanted), snippet))
        return Found(tuple(hits), count)

    def count_by_day(self, query: str, *, filters: Filters | None = None) -> dict[date, int]:
        """Returns how many articles fit, by day; days without any are left out.

        Args:
            query: See `query_language`.
            filters: What else must be true.

        Raises:
            SearchError: The query can't be understood, or asks for too much.
            NoIndexError: There is no index; `catch_up` makes it.
        """
        node = parse_query(query)
        searcher = self._open()[2]
        asked = engine.to_engine(self._schema, node, filters or Filters())
        by_day = {"days": {"terms": {"field": "day", "size": _MAX_BUCKETS}}}
        with _refusals():
            answer = searcher.aggregate(asked, by_day)
        counts = {
            engine.day_of_number(bucket["key"]): int(bucket["doc_count"])
            for bucket in answer["days"]["buckets"]
        }
        return dict(sorted(counts.items()))

    def _open(self) -> tuple[str, frozenset[str], tantivy.Searcher]:
        """The generation that is the index now, its files, and what searches it."""
        folder = find_folder(self._lake.path)
        for _ in range(5):  # Another process may put the next generation in its place.
            manifest = read_manifest(folder)
            if manifest is None:
                break
            path = os.path.join(folder, manifest.generation)
            with self._opening:
                if self._opened is not None and self._opened[0] == path:
                    return self._opened
                if not is_as_left(folder, manifest, thoroughly=False):
                    continue
                with contextlib.suppress(ValueError, OSError):
                    index = engine.open_engine(self._schema, path)
                    index.config_reader("manual")
                    self._opened = path, manifest.files, index.searcher()
                    return self._opened
        raise NoIndexError(f"{folder}: no search index")

    def _catch_up(self, snapshot: Snapshot, tell: Tell) -> None:
        if self.is_current(snapshot):
            return
        folder = find_folder(self._lake.path)
        try:
            self._bring_up_to_date(folder, snapshot, tell)
        except (OSError, ValueError) as error:
            if os.path.isdir(folder):
                raise
            # Who removes articles removes the index, and then what is under way is of no use.
            raise VanishedError(f"{folder}: was removed while it was brought up to date") from error

    def _bring_up_to_date(self, folder: str, snapshot: Snapshot, tell: Tell) -> None:
        os.makedirs(folder, exist_ok=True)
        with FileLock(os.path.join(folder, "lock")):
            manifest = read_manifest(folder)
            if manifest is not None:
                manifest = _checked(folder, manifest)
            if manifest is None:
                remove_other_versions(folder)
            IndexUpdate(self._schema, folder, snapshot, tell).run(manifest)


def _checked(folder: str, manifest: Manifest) -> Manifest | None:
    """The index if it can be added to; None if it is better built anew."""
    if not is_as_left(folder, manifest, thoroughly=False):
        counts = None
    else:
        counts = count_documents(folder, manifest)
    if counts is not None and manifest.unchecked * _CHECK_AFTER > counts.live:
        if is_as_left(folder, manifest, thoroughly=True):
            manifest = replace(manifest, unchecked=0)
        else:
            counts = None
    if counts is None:
        _log.warning("%s: damaged, so it is built anew; the lake itself is not concerned", folder)
        return None
    return None if counts.deleted > counts.live // 2 + _FEW_DELETED else manifest


def _best(
    searcher: tantivy.Searcher, query: Query, wanted: int
) -> tuple[list[tuple[float, tantivy.DocAddress]], int]:
    """The best hits in their order, and how many there are in all."""
    asked = wanted + 1
    while True:
        answer = searcher.search(query, max(asked, 1), weight_by_field="weight")
        hits = answer.hits
        is_all = len(hits) < asked
        if is_all or wanted < 1 or hits[-1][0] < hits[wanted - 1][0] or asked > _MAX_TIES + wanted:
            break
        asked *= 4  # The last one that is wanted, and the next, are as good: which goes first?
    addresses = [address for _, address in hits]
    times = searcher.fast_field_values("time", addresses)
    keys = searcher.fast_field_values("key", addresses)
    order = sorted(
        range(len(hits)), key=lambda place: (-hits[place][0], -(times[place] or 0), keys[place])
    )
    count: int = answer.count  # type: ignore[attr-defined]  # Its stub has not heard of it.
    return [hits[place] for place in order[:wanted]], count


@contextlib.contextmanager
def _refusals() -> Iterator[None]:
    try:
        yield
    except ValueError as error:
        raise engine.explain_refusal(error) from error
