"""What becomes of articles and revisions whose identities change with the rule for addresses.

Under another rule two articles can turn out to be one, and a revision can turn out to be an
article of its own. What happens then follows `docs/duplicates.md`, as if each version had come
under the new rule in the run in which it did come. Two things are left alone: texts are not
compared for likeness again, since the lake has decided that once, and what the new rule does not
touch stays as it is.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import KW_ONLY, dataclass, field, replace

from feedlake.transforms.dedup import minhash
from feedlake.transforms.dedup.decide import Test, Verdict
from feedlake.transforms.dedup.lookup import LakeRow

Place = tuple[str, int]
"""A row: its file's path below the lake, and its number in the file."""


@dataclass(frozen=True)
class Version:
    """A row of `articles` or `revisions`.

    Attributes:
        place: Where it stands.
        row: Its keys, as the lake has them.
        other_clusters: Its column of that name.
        own_id: The id that its own address (or text) has under the new rule.
        is_own: Whether `row.article_id` was made from its own address. If not, its guid led there.
        order: Its run, then what orders the versions of one run.
        url: Its address as given, by which a person knows it.
    """

    place: Place
    _: KW_ONLY
    row: LakeRow
    other_clusters: tuple[str, ...]
    own_id: str
    is_own: bool
    order: tuple[object, ...]
    url: str


@dataclass
class NewIdentities:
    """What changes.

    Attributes:
        verdicts: What becomes of each version of which more changes than the id. Where
            `similarity` is None, the row keeps its `similarity` and its `char_delta`.
        ids: The new id of each article, by the old one.
        texts: Where a text has gone that left its article: the id of the article that has it
            now, by the id of the article that had it and the text's hash.
        joined: One sentence about each article that became a part of another one.
        parted: One sentence about each revision that left its article.
    """

    verdicts: dict[Place, Verdict] = field(default_factory=dict)
    _: KW_ONLY
    ids: dict[str, str] = field(default_factory=dict)
    texts: dict[tuple[str, bytes], str] = field(default_factory=dict)
    joined: list[str] = field(default_factory=list)
    parted: list[str] = field(default_factory=list)
    _clusters: dict[str, str] = field(default_factory=dict)

    @property
    def renamed(self) -> int:
        """How many articles stay articles of their own under another id."""
        return sum(old != new and old not in self._clusters for old, new in self.ids.items())

    def article_id(self, old: str) -> str:
        """Returns the id that the article of this old id has now."""
        return self.ids.get(old, old)

    def holder(self, old: str, text_hash: bytes) -> str:
        """Returns the id of the article that now has this text of the article of this old id."""
        return self.texts.get((old, text_hash), self.article_id(old))

    def join(self, old: str, *, cluster: str) -> None:
        """Notes that an article became part of another one, and with it the group named by it.

        Args:
            old: The article.
            cluster: The other one's group, as it was called.
        """
        self._clusters[old] = cluster

    def cluster(self, old: str) -> str:
        """Returns the name that a near-duplicate group has now."""
        seen = set()
        while old in self._clusters and old not in seen:
            seen.add(old)
            old = self._clusters[old]
        return self.article_id(old)

    def other_clusters(self, old: Iterable[str], *, cluster: str) -> tuple[str, ...]:
        """Returns the names that further groups have now, without the row's own."""
        return tuple(sorted({self.cluster(name) for name in old} - {cluster}))


def plan_identities(versions: Iterable[Version]) -> NewIdentities:
    """Returns what changes.

    Args:
        versions: All versions of each article whose old id or new id is in question, and all
            that have the text of a revision among them.
    """
    ordered = sorted(versions, key=lambda version: version.order)
    plan = NewIdentities()
    for version in ordered:
        if version.row.kind == "article":
            plan.ids[version.row.article_id] = version.own_id
    homes = _find_homes(ordered, plan)
    groups: dict[str, list[Version]] = defaultdict(list)
    homes_of: dict[str, set[str]] = defaultdict(set)
    for version in ordered:
        groups[homes[version.place]].append(version)
        homes_of[version.row.article_id].add(homes[version.place])
    mixed = [home for home, group in groups.items() if _is_mixed(group, homes_of)]
    # A revision that becomes an article must not have the text of another one.
    founded = {home for home in mixed if groups[home][0].row.kind == "revision"}
    texts: dict[bytes, Version] = {}
    for version in ordered:
        if homes[version.place] not in founded:
            texts.setdefault(version.row.text_hash, version)
    decided: list[tuple[Version, Verdict]] = []
    for home in mixed:  # In the order of their first versions.
        decided += _decide(home, groups[home], texts, homes)
        for version in groups[home]:
            texts.setdefault(version.row.text_hash, version)
    names = {version.row.article_id: version.url for version in reversed(ordered)}
    for version, verdict in decided:
        _note(plan, version, verdict, first=groups[homes[version.place]][0], names=names)
    # Only now is it known what each group of near-duplicates is called.
    for version, verdict in decided:
        cluster = plan.cluster(verdict.cluster_id)
        others = plan.other_clusters(
            (*version.other_clusters, version.row.cluster_id), cluster=cluster
        )
        plan.verdicts[version.place] = replace(verdict, cluster_id=cluster, other_clusters=others)
    return plan


def _find_homes(versions: Sequence[Version], plan: NewIdentities) -> dict[Place, str]:
    """The id of the article that each version belongs to from now on."""
    guids: dict[str, set[bytes]] = defaultdict(set)
    for version in versions:
        old = version.row.article_id
        if not version.is_own or version.own_id == plan.article_id(old):
            guids[old].add(version.row.guid_key)
    homes = {}
    for version in versions:
        old, guid = version.row.article_id, version.row.guid_key
        # A guid that another version has keeps this one with its article, whatever its address.
        stays = not version.is_own or old not in plan.ids or (guid and guid in guids[old])
        homes[version.place] = plan.article_id(old) if stays else version.own_id
    return homes


def _is_mixed(group: Sequence[Version], homes_of: dict[str, set[str]]) -> bool:
    """Whether these are not just the versions of one article under another id."""
    ids = {version.row.article_id for version in group}
    return len(ids) > 1 or any(len(homes_of[old]) > 1 for old in ids)


def _decide(
    home: str, group: Sequence[Version], texts: dict[bytes, Version], homes: dict[Place, str]
) -> Iterator[tuple[Version, Verdict]]:
    """Decides the versions of one article in their order; clusters are named as they were."""
    latest: LakeRow | None = None
    cluster, number = "", 0
    for version in group:
        row = version.row
        if latest is None:
            twin = texts.get(row.text_hash) if row.kind == "revision" else None
            if twin is not None and homes[twin.place] != home:
                original = homes[twin.place]
                copy = _copy(home, original, test="text", similarity=1.0)
                yield version, replace(copy, cluster_id=twin.row.cluster_id, same_text=True)
                continue
            cluster = row.cluster_id
            yield version, Verdict("article", article_id=home, cluster_id=cluster)
        elif not (follows := _follows(row, latest)) and _repeats(row, latest):
            test: Test = "url" if version.own_id == home else "guid"
            copy = _copy(home, home, test=test, similarity=_compare(row, latest))
            is_same = row.text_hash == latest.text_hash
            yield version, replace(copy, cluster_id=cluster, same_text=is_same)
            continue
        else:
            number += 1
            yield (
                version,
                Verdict(
                    "revision",
                    article_id=home,
                    cluster_id=cluster,
                    revision=number,
                    similarity=None if follows else _compare(row, latest),
                    char_delta=row.char_count - latest.char_count,
                ),
            )
        latest = row


def _follows(row: LakeRow, latest: LakeRow) -> bool:
    """Whether the lake has the version after this one: it may correct no more than its title."""
    return (row.article_id, row.revision - 1) == (latest.article_id, latest.revision)


def _repeats(row: LakeRow, latest: LakeRow) -> bool:
    """Whether a version has nothing that the one before it has not."""
    is_less = row.is_summary and not latest.is_summary
    is_same = row.text_hash == latest.text_hash or row.content_hash == latest.content_hash
    return is_less or is_same


def _compare(row: LakeRow, other: LakeRow) -> float:
    if row.text_hash == other.text_hash:
        return 1.0
    if not row.minhash or not other.minhash:
        return 0.0
    return minhash.compare_signatures(row.minhash, other.minhash).jaccard


def _copy(article_id: str, original_id: str, *, test: Test, similarity: float) -> Verdict:
    return Verdict(
        "duplicate",
        article_id=article_id,
        original_id=original_id,
        matched_id=original_id,
        test=test,
        similarity=similarity,
    )


def _note(
    plan: NewIdentities,
    version: Version,
    verdict: Verdict,
    *,
    first: Version,
    names: dict[str, str],
) -> None:
    """Adds what a verdict means for ids, texts and clusters, and a sentence if it is news."""
    row, old = version.row, version.row.article_id
    is_elsewhere = verdict.original_id not in (None, verdict.article_id)
    if verdict.outcome == "article":
        now = "an article of its own"
    elif verdict.outcome == "revision":
        now = f"revision {verdict.revision} of {first.url}"
    else:
        now = f"a copy of {'another article' if is_elsewhere else first.url}"
    if row.kind == "article" and verdict.outcome != "article":
        plan.join(old, cluster=first.row.cluster_id)
        plan.joined.append(f"{version.url} is now {now}")
    if row.kind == "revision" and verdict.article_id != plan.article_id(old):
        plan.texts[old, row.text_hash] = verdict.original_id or verdict.article_id
        was = f"it was revision {row.revision} of {names[old]}"
        plan.parted.append(f"{version.url} is now {now}; {was}")
