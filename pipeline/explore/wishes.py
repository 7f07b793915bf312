"""What a reader wants to see of the articles: conditions on them, in words and as SQL."""

from __future__ import annotations

from dataclasses import dataclass

from feedlake.pipeline.explore.figure import Sql, literal

TONES = {
    "negative": "tone <= -0.2",
    "neutral": "tone > -0.2 AND tone < 0.2",
    "positive": "tone >= 0.2",
}
"""SQL by the words for a tone."""

QUALITIES = ("0.5", "0.7", "0.9")
"""Least scores of quality that can be chosen."""


@dataclass(frozen=True)
class Wish:
    """Which articles are wanted; what is empty says nothing.

    Attributes:
        language: As `articles.language` has it.
        country: One of `articles.countries`.
        site: As `articles.site` has it.
        tag: One of `articles.tags`.
        tone: One of `TONES`.
        quality: The least score, one of `QUALITIES`.
    """

    language: str = ""
    country: str = ""
    site: str = ""
    tag: str = ""
    tone: str = ""
    quality: str = ""

    def of_articles(self) -> Sql:
        """Returns the condition on rows of `articles`."""
        parts = [
            *([f"language = {literal(self.language)}"] if self.language else []),
            *([f"list_contains(countries, {literal(self.country)})"] if self.country else []),
            *([f"site = {literal(self.site)}"] if self.site else []),
            *([f"list_contains(tags, {literal(self.tag)})"] if self.tag else []),
            *([TONES[self.tone]] if self.tone in TONES else []),
            *([f"quality_score >= {self.quality}"] if self.quality in QUALITIES else []),
        ]
        return Sql(" AND ".join(parts) or "true")

    def of_copies(self) -> Sql:
        """Returns the condition on rows of `duplicates`, of which less is known.

        A copy on a site that is wanted makes its story one of that site. Whether it has what else
        is wanted, only the article that it repeats can say.
        """
        others = (self.language, self.country, self.tag, self.tone, self.quality)
        if any(others):
            return Sql("false")
        return Sql(f"site = {literal(self.site)}" if self.site else "true")
