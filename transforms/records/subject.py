"""What enrichers, those of plugins too, read of an article."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass


@dataclass(frozen=True)
class Subject:
    """What enrichers read of one article.

    Attributes:
        title: Its title.
        text: Its text.
        declared_language: Primary tag that its source declares; `und` if none.
        language: Primary tag to go by: the identified one, the declared one before that.
        place_names: Names of places in it, as written, as far as they have been found.
    """

    title: str | None
    _: KW_ONLY
    text: str
    declared_language: str
    language: str
    place_names: tuple[str, ...] = ()
