"""Which documents correct an article's title, date or authors and leave its text as it is."""

from __future__ import annotations

from feedlake.transforms.dedup.known_rows import Key, KnownRows, is_same_version
from feedlake.transforms.dedup.lookup import NEVER, LakeRow


def corrects(
    acting: Key, *, taken: list[Key], latest: LakeRow, known: KnownRows, is_reread: bool
) -> bool:
    """Returns whether the document says something else of an article and has the text it has.

    Another title, another date or other authors, said where the latest version was found, or in a
    document that is new to the lake. Where a document says nothing, it corrects nothing.

    Args:
        acting: The document, under the id by which it is known.
        taken: The document under each of its ids, its own first.
        latest: The newest version of that article.
        known: What is known.
        is_reread: Whether an earlier run has read its source as it is now.
    """
    key = taken[0]
    if not known.is_in_lake(latest) or not is_same_version(key, latest):
        return False
    if not _says_otherwise(key, latest):
        return False
    if acting.document_id == latest.document_id:
        return True
    if is_reread:
        return False  # It was read before the latest version was.
    is_form = key.has_own_url and key.own_id != key.article_id  # AMP pages have other titles.
    is_by_text = not (key.has_url or (key.guid_key and key.guid_key == latest.guid_key))
    if is_by_text or is_form or key.statement.place != latest.statement.place:
        return False
    # Also by what identified it when it was read before: a claim that counts now may not have then.
    places = key.document_ids() | {one.document_id for one in taken}
    return not any(
        not _says_otherwise(key, row)
        for row in known.by_text[key.text_hash]
        if row.document_id in places
    )


def _says_otherwise(key: Key, row: LakeRow) -> bool:
    said, known = key.statement, row.statement
    return (
        (said.title not in (b"", known.title))
        # The copies in the lake are without authors.
        or (said.authors not in (b"", known.authors) and row.kind != "duplicate")
        or (key.published_at not in (NEVER, row.published_at))
    )
