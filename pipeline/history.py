"""What the lake holds already, read from the key columns of its Parquet."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pyarrow.parquet as pq

from pipeline.lake import Lake
from transforms import storage


@dataclass
class LakeHistory:
    """The keys of a lake in memory: about 300 bytes an article.

    Attributes:
        articles: Text hash by id of the article.
        originals: Id of the original by id of its dropped copy.
        texts: Id of the article by text hash.
        copies: Id and text hash of each duplicate.
        rejects: Ids of the rejections.
    """

    articles: dict[str, bytes] = field(default_factory=dict)
    originals: dict[str, str] = field(default_factory=dict)
    texts: dict[bytes, str] = field(default_factory=dict)
    copies: set[tuple[str, bytes]] = field(default_factory=set)
    rejects: set[str] = field(default_factory=set)

    def holds_version(self, article_id: str, text_sha256: bytes) -> bool:
        """As `transforms.history.History` says."""
        return (
            self.articles.get(article_id) == text_sha256 or (article_id, text_sha256) in self.copies
        )

    def find_article(self, article_id: str) -> tuple[str, bytes] | None:
        """As `transforms.history.History` says."""
        original_id = article_id if article_id in self.articles else self.originals.get(article_id)
        return None if original_id is None else (original_id, self.articles[original_id])

    def find_text(self, text_sha256: bytes) -> str | None:
        """As `transforms.history.History` says."""
        return self.texts.get(text_sha256)

    def holds_reject(self, identity: str) -> bool:
        """As `transforms.history.History` says."""
        return identity in self.rejects


def open_history(lake: str) -> LakeHistory:
    """Returns what the lake at this path holds."""
    history = LakeHistory()
    for article_id, text_sha256 in _read(lake, "articles", "article_id", "text_sha256"):
        history.articles[article_id] = text_sha256
        history.texts[text_sha256] = article_id
    for article_id, text_sha256, original_id in _read(
        lake, "duplicates", "article_id", "text_sha256", "original_id"
    ):
        history.copies.add((article_id, text_sha256))
        history.originals[article_id] = original_id
    history.rejects.update(identity for (identity,) in _read(lake, "rejects", "reject_id"))
    return history


def _read(lake: str, table: str, *columns: str) -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = []
    for path in Lake(lake).files(table):
        with storage.open_read(path) as stream:
            data = pq.ParquetFile(stream).read(columns=list(columns))
        rows.extend(zip(*(data.column(name).to_pylist() for name in columns), strict=True))
    return rows
