"""What the steps may ask of earlier runs."""

from __future__ import annotations

from typing import Protocol


class History(Protocol):
    """What earlier runs published, looked up by identity."""

    def holds_version(self, article_id: str, text_sha256: bytes) -> bool:
        """Returns whether this text of this article is in the lake, kept or as a duplicate."""

    def find_article(self, article_id: str) -> tuple[str, bytes] | None:
        """Returns id and text hash of the article that this identity stands for, or None.

        That is the article itself or, if it was dropped as a copy, its original.
        """

    def find_text(self, text_sha256: bytes) -> str | None:
        """Returns the id of the article with this text, or None."""

    def holds_reject(self, identity: str) -> bool:
        """Returns whether the rejection with this `reject_id` is in the lake."""
