"""The order in which the documents of a chunk are taken, whatever order they came in."""

from __future__ import annotations

from collections.abc import Iterable

from feedlake.transforms.dedup.known_rows import Key
from feedlake.transforms.dedup.lookup import NEVER, LakeRow


def in_order(keys: Iterable[Key], rows: Iterable[LakeRow] = ()) -> list[Key]:
    """Returns the keys in the order in which their documents are taken.

    Earliest publication first, then smallest id; the versions of one article by time of fetch,
    then by publication and place, so that the order of input never decides. Documents that a guid
    connects, in the chunk or through the lake's rows, are taken as versions of one article.
    """
    keys = list(keys)
    groups = _join_by_guid(keys, rows)
    published: dict[str, int] = {}
    for key in keys:
        group = groups[key.article_id]
        published[group] = min(published.get(group, NEVER), key.published_at)
    return sorted(
        keys,
        key=lambda key: (
            published[groups[key.article_id]],
            groups[key.article_id],
            key.fetched_at,
            key.published_at,
            key.source,
            key.source_record or 0,
            key.text_hash,
            key.article_id,
            key.guid_key,
        ),
    )


def _join_by_guid(keys: list[Key], rows: Iterable[LakeRow]) -> dict[str, str]:
    """The groups that guids make of the keys: the smallest id of the group, by each of its ids."""
    guids = {key.guid_key for key in keys if key.guid_key}
    pairs = [(key.article_id, key.guid_key) for key in keys if key.guid_key]
    pairs += [(row.article_id, row.guid_key) for row in rows if row.guid_key in guids]
    parents: dict[str | bytes, str | bytes] = {}

    def root(node: str | bytes) -> str | bytes:
        while (parent := parents.get(node, node)) != node:
            parents[node] = parents.get(parent, parent)  # Halves the way for the next time.
            node = parent
        return node

    for article_id, guid in pairs:
        parents[root(article_id)] = root(guid)
    smallest: dict[str | bytes, str] = {}
    for article_id in sorted({key.article_id for key in keys}):
        smallest.setdefault(root(article_id), article_id)
    return {key.article_id: smallest[root(key.article_id)] for key in keys}
