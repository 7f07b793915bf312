"""One file of a lake whose ids are made anew under the rule for addresses of today."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa

from feedlake.pipeline.history.key_columns import read_keys
from feedlake.pipeline.lake.lake import Lake
from feedlake.pipeline.lake.lake_file import open_file, open_whole
from feedlake.pipeline.lake.url_rule import check_rule, rule_of
from feedlake.pipeline.upkeep.new_identities import NewIdentities, Version
from feedlake.transforms.dedup.decide import Verdict
from feedlake.transforms.dedup.lookup import HASH_BYTES, article_id_of
from feedlake.transforms.normalize import storage, urls
from feedlake.transforms.records.documents import StagedFile
from feedlake.transforms.records.entry_json import deferred_id_of
from feedlake.transforms.write.parquet_files import hive_path, values_in
from feedlake.transforms.write.schema import MINHASH_KEY, TABLES

Row = dict[str, Any]

_NAMED = ["article_id", "url", "canonical_url", "text_sha256"]
_CHANGING = (
    *(*_NAMED, "site", "cluster_id", "other_clusters", "revision", "similarity", "char_delta"),
    *("original_id", "matched_id", "test", "deferred_id", "source"),
)
_PLACED = ["url", "run_id", "fetched_at", "published_at", "source", "source_record"]


@dataclass(frozen=True)
class Renamed:
    """A row whose own id changes with its canonical URL.

    Attributes:
        article_id: The id by which it goes in the lake.
        is_own: Whether that was made from its own address.
        own_id: The id that its own address has now.
    """

    article_id: str
    is_own: bool
    own_id: str


@dataclass
class Rewritten:
    """What a file's rows have become.

    Attributes:
        data: The rows that stay in the file's folder.
        moved: Those that do not, by table and partition.
        is_changed: Whether any row is not as it was.
    """

    data: pa.Table
    moved: list[tuple[str, str, Row]] = field(default_factory=list)
    is_changed: bool = False


class IdentityFile:
    """A file of `articles`, `revisions`, `duplicates` or `deferred`."""

    def __init__(self, lake: Lake, file: StagedFile) -> None:
        self.path = path = file.path
        self.folder = path.rpartition("/")[0]
        self.table = TABLES[file.table]
        self.minhash_version = b""
        self.rule = 0
        self._lake, self._file = lake, file
        self._full_path = storage.join(lake.path, path)
        self._in_path = values_in(self.folder)
        self._new_urls: dict[int, str | None] = {}
        with open_file(self._full_path) as parquet:
            self.rule = rule_of(parquet.schema_arrow)
            self.minhash_version = (parquet.schema_arrow.metadata or {}).get(MINHASH_KEY, b"")
        if self.rule > urls.URL_RULE_VERSION:
            check_rule(self.rule, of=self._full_path)

    @property
    def is_older(self) -> bool:
        """Whether its ids follow an older rule."""
        return self.rule != urls.URL_RULE_VERSION

    def rename(self) -> Iterator[Renamed]:
        """Finds the rows whose canonical URL is another one now; the file remembers them."""
        if not self.is_older or self.table.name == "deferred":
            return
        former = urls.FORMER_RULES[self.rule]
        for number, row in enumerate(self._read(_NAMED).to_pylist()):
            url = _canonicalize_anew(row["url"], row["canonical_url"], former)
            if url != row["canonical_url"]:
                self._new_urls[number] = url
                yield Renamed(
                    article_id=row["article_id"],
                    is_own=row["article_id"] == _own_id(row["canonical_url"], row["text_sha256"]),
                    own_id=_own_id(url, row["text_sha256"]),
                )

    def versions(self, ids: Collection[str], texts: Collection[bytes]) -> Iterator[Version]:
        """Yields the rows that have one of the ids or one of the texts (by their hashes)."""
        named = self._read([*_NAMED, "other_clusters", *_PLACED]).to_pylist()
        numbers = [
            number
            for number, row in enumerate(named)
            if row["article_id"] in ids or row["text_sha256"][:HASH_BYTES] in texts
        ]
        if not numbers:
            return
        keys = read_keys(self._full_path, self.table.name, of_any_rule=True)
        held = keys.take(np.array(numbers, dtype=np.int64)).rows()
        for number, lake_row in zip(numbers, held, strict=True):
            row = named[number]
            url = self._new_urls.get(number, row["canonical_url"])
            yield Version(
                place=(self.path, number),
                row=lake_row,
                other_clusters=tuple(row["other_clusters"]),
                own_id=_own_id(url, row["text_sha256"]),
                is_own=row["article_id"] == _own_id(row["canonical_url"], row["text_sha256"]),
                order=(
                    row["run_id"],
                    row["fetched_at"],
                    lake_row.published_at,
                    row["source"],
                    row["source_record"] or 0,
                    lake_row.text_hash,
                ),
                url=row["url"] or "a document without an address",
            )

    def rewrite(self, plan: NewIdentities, copies: dict[str, str]) -> Rewritten:
        """Returns the rows with their new identities.

        Args:
            plan: What becomes of articles and revisions.
            copies: New ids of duplicates that had ids of their own, by the old ones.
        """
        with open_whole(self._lake, self._file) as parquet:
            data = parquet.read().replace_schema_metadata(None)
        for name, value in self._in_path.items():
            if name in self.table.schema.names and name not in data.column_names:
                kind = self.table.schema.field(name).type
                constant = pa.array([value] * len(data), pa.string()).cast(kind)
                data = data.append_column(name, constant)
        names = [name for name in _CHANGING if name in data.column_names]
        before = data.select(names).to_pylist()
        after = [self._renew(number, row, plan, copies) for number, row in enumerate(before)]
        rewritten = Rewritten(data, is_changed=before != after)
        staying = []
        for number, row in enumerate(after):
            verdict = plan.verdicts.get((self.path, number))
            table = f"{verdict.outcome}s" if verdict else self.table.name
            partition = self._partition(table, row, data, number)
            if f"{table}/{partition}" == self.folder:
                staying.append(number)
            else:
                [whole] = data.slice(number, 1).to_pylist()
                moved = {**whole, **row}
                if verdict is not None and verdict.outcome == "duplicate":
                    moved |= _as_duplicate(moved, verdict)
                rewritten.moved.append((table, partition, moved))
        for name in names:
            place = data.column_names.index(name)
            field = data.schema.field(place)
            values = pa.array([row[name] for row in after], field.type)
            data = data.set_column(place, field, values)
        kept = data.take(pa.array(staying, pa.int64()))
        rewritten.data = kept.drop_columns([n for n in self._in_path if n in kept.column_names])
        return rewritten

    def _renew(self, number: int, row: Row, plan: NewIdentities, copies: dict[str, str]) -> Row:
        """The changing columns of a row, as they are from now on."""
        if self.table.name == "deferred":
            return {**row, "deferred_id": self._deferred_id(row)}
        new = dict(row)
        old = row["article_id"]
        if number in self._new_urls:
            new["canonical_url"] = self._new_urls[number]
            new["site"] = urls.registered_domain(new["canonical_url"] or row["url"] or "")
        verdict = plan.verdicts.get((self.path, number))
        if self.table.name == "duplicates":
            new |= self._renew_duplicate(new, row, plan, copies)
        elif verdict is None:
            new["article_id"] = plan.article_id(old)
        else:
            new["article_id"] = verdict.article_id
            if verdict.outcome == "revision":
                new["revision"] = verdict.revision
                if verdict.similarity is not None:
                    new |= {"similarity": verdict.similarity, "char_delta": verdict.char_delta}
        if verdict is not None:
            new["cluster_id"] = verdict.cluster_id
            new["other_clusters"] = list(verdict.other_clusters)
        else:
            new["cluster_id"] = plan.cluster(row["cluster_id"])
            others = plan.other_clusters(row["other_clusters"], cluster=new["cluster_id"])
            new["other_clusters"] = list(others)
        return new

    def _renew_duplicate(
        self, new: Row, row: Row, plan: NewIdentities, copies: dict[str, str]
    ) -> Row:
        old, text = row["article_id"], row["text_sha256"]
        if old == _own_id(row["canonical_url"], text):
            article_id = _own_id(new["canonical_url"], text)
        else:
            article_id = plan.article_id(old)
        original_id = plan.holder(row["original_id"], text[:HASH_BYTES])
        matched: str = row["matched_id"]
        if matched == row["original_id"]:
            matched_id = original_id
        else:
            matched_id = plan.ids.get(matched) or copies.get(matched) or matched
        test: str = row["test"]
        is_same_text = row["similarity"] == 1.0
        if test == "url" and article_id != original_id:
            test = "text" if is_same_text else "near"
        elif test == "text" and article_id == original_id and new["canonical_url"] is not None:
            test = "url"
        return {
            "article_id": article_id,
            "original_id": original_id,
            "matched_id": matched_id,
            "test": test,
        }

    def _deferred_id(self, row: Row) -> str:
        """The id of an entry that waits, or waited."""
        url, source = row["url"], row["source"]
        identity: str = row["deferred_id"]
        if not self.is_older:
            return identity
        was, now = urls.FORMER_RULES[self.rule](url), urls.canonicalize_url(url)
        return identity if was == now else deferred_id_of(source, now or url)

    def _partition(self, table: str, row: Row, data: pa.Table, number: int) -> str:
        """The partition that a row belongs to, in a table."""
        if table == "duplicates" and self.table.name != "duplicates":
            run_id: str = data.column("run_id")[number].as_py()
            return f"run_date={run_id[:4]}-{run_id[4:6]}-{run_id[6:8]}"
        parts = self.folder.split("/")[1:]
        for place, name in enumerate(self._in_path):
            if name in ("site", "by_site"):
                parts[place] = hive_path(row, (name,))
        return "/".join(parts)

    def _read(self, columns: list[str]) -> pa.Table:
        """Columns of the file; where it is too old to have one of those named, nulls."""
        with open_file(self._full_path) as parquet:
            data = parquet.read(columns=columns).replace_schema_metadata(None)
        for name in columns:
            if name not in data.column_names:
                data = data.append_column(name, pa.nulls(len(data), pa.string()))
        return data


def _canonicalize_anew(
    url: str | None, canonical_url: str | None, former: Callable[[str], str | None]
) -> str | None:
    """The canonical URL under the rule of today.

    Of one that the page named, nothing is known but what the former rule left of it.
    """
    if canonical_url is None:
        return None  # There was no address, or its feed gave it to several entries.
    is_from_url = url is not None and former(url) == canonical_url
    return urls.canonicalize_url(url if is_from_url and url is not None else canonical_url)


def _own_id(canonical_url: str | None, text_sha256: bytes) -> str:
    return article_id_of(canonical_url.encode() if canonical_url else text_sha256)


def _as_duplicate(row: Row, verdict: Verdict) -> Row:
    """The columns that a version has more, or otherwise, once it is a duplicate."""
    return {
        "original_id": verdict.original_id,
        "matched_id": verdict.matched_id,
        "test": verdict.test,
        "similarity": verdict.similarity,
        "text": None if verdict.same_text else row["text"],
        "minhash": None,  # Its original's is as good: that is why it is one.
    }
