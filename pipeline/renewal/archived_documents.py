"""The pages of a lake's articles, as its archive has them."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import KW_ONLY, dataclass, replace

import duckdb

from feedlake.pipeline.lake.journal_entry import LakeError
from feedlake.pipeline.lake.snapshot import Snapshot
from feedlake.pipeline.options.failures import UsageError
from feedlake.pipeline.query.views import connect
from feedlake.transforms.archives.replay import Replay
from feedlake.transforms.fetch.replay_page import judge_outcome
from feedlake.transforms.normalize import storage
from feedlake.transforms.normalize.microseconds import to_microseconds
from feedlake.transforms.normalize.streams import STREAM_FAULTS
from feedlake.transforms.normalize.text import normalize_line
from feedlake.transforms.normalize.urls import resolve_url
from feedlake.transforms.read.read_warc import DamagedArchiveError, read_warc
from feedlake.transforms.records.documents import Document

_WANTED = """
    CREATE TEMP TABLE wanted AS
    SELECT epoch_us(article.fetched_at) AS moment, article.url, article.guid, article.title,
        capture.archive_file
    FROM (SELECT * FROM latest WHERE (\n{where}\n)) AS article
    JOIN captures AS capture ON capture.fetched_at = article.fetched_at
    WHERE capture.record_type = 'metadata'
"""

_Key = tuple[int, str | None, str | None]
"""When a document was fetched, and its address; or its guid, if it has no address."""


@dataclass(frozen=True)
class Archived:
    """How many of the articles that were asked for an archive has.

    Attributes:
        articles: Those that were asked for.
        files: Files of the archive that have pages of some, by their paths below the lake.
    """

    articles: int
    _: KW_ONLY
    files: tuple[str, ...]


def check_condition(where: str) -> None:
    """Raises UsageError unless a text is one condition in SQL.

    Args:
        where: The text.
    """
    try:
        statements = duckdb.extract_statements(f"SELECT 1 WHERE (\n{where}\n)")
    except duckdb.Error as error:
        raise UsageError(f"--where {where}: {str(error).splitlines()[0]}") from error
    if len(statements) != 1:
        raise UsageError(f"--where {where}: must be one condition")


def read_documents(
    snapshot: Snapshot, *, where: str, max_bytes: int
) -> Iterator[Archived | Document]:
    """Yields what an archive has of the articles of a lake, then their pages as documents.

    Each document is what the newest version of its article was made of, with what the feed said of
    it then. One file of the archive is read at a time.

    Args:
        snapshot: The lake.
        where: Condition in SQL, over the view `latest`: which articles.
        max_bytes: Largest document.

    Raises:
        UsageError: The condition makes no sense.
        LakeError: A file of the archive is damaged.
    """
    with connect(snapshot.lake, snapshot) as connection:
        try:
            connection.execute(_WANTED.format(where=where))
            [(count,)] = connection.execute(
                f"SELECT count(*) FROM latest WHERE (\n{where}\n)"
            ).fetchall()
        except duckdb.Error as error:
            raise UsageError(f"--where {where}: {str(error).splitlines()[0]}") from error
        names = connection.execute("SELECT DISTINCT archive_file FROM wanted ORDER BY 1")
        files = tuple(name for (name,) in names.fetchall() if name in snapshot.places)
        yield Archived(count, files=files)
        for name in files:
            rows = connection.execute(
                "SELECT moment, url, guid, title FROM wanted WHERE archive_file = ?", [name]
            ).fetchall()
            titles: dict[_Key, str | None] = {
                (moment, url, None if url else guid): title for moment, url, guid, title in rows
            }
            yield from _read(snapshot.places[name], titles, max_bytes=max_bytes)


def _read(path: str, titles: dict[_Key, str | None], *, max_bytes: int) -> Iterator[Document]:
    judge = functools.partial(judge_outcome, max_bytes=max_bytes)
    replay = Replay(path, source=path, max_bytes=max_bytes, judge=judge)
    try:
        with storage.open_read(path) as stream:
            for item in read_warc(stream, source=path, max_bytes=max_bytes, read=replay.read):
                if isinstance(item, Document) and (key := _key_of(item)) in titles:
                    # One that was found in the page stays with the article, as its id does.
                    title = titles.pop(key) or item.title
                    yield replace(item, source_record=None, title=title)
    except (DamagedArchiveError, *STREAM_FAULTS) as error:
        raise LakeError(f"the lake's file {path} cannot be read: {error}") from error


def _key_of(document: Document) -> _Key:
    """As the article has them that was made of the document."""
    url = normalize_line(resolve_url(document.url, None)) if document.url else None
    guid = None if url else normalize_line(document.guid)
    assert document.fetched_at is not None
    return to_microseconds(document.fetched_at), url, guid
