"""Reading the key columns of a lake's files: one idea, as what a key is and where it stands belong
together."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import KW_ONLY, dataclass
from typing import BinaryIO

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from feedlake.pipeline.arrays.value_places import Places, find_places
from feedlake.pipeline.lake.lake_file import open_file
from feedlake.pipeline.lake.url_rule import check_rule, rule_of
from feedlake.transforms.dedup import minhash
from feedlake.transforms.dedup.lookup import (
    HASH_BYTES,
    NEVER,
    STATEMENT_BYTES,
    LakeRow,
    RowKind,
    article_id_of,
    claim_key,
    document_id,
    guid_key,
    pack_statement,
    state,
    unpack_statement,
)
from feedlake.transforms.dedup.signature import sign
from feedlake.transforms.normalize import urls
from feedlake.transforms.write.parquet_files import values_in
from feedlake.transforms.write.schema import MINHASH_KEY

Bytes = npt.NDArray[np.uint8]

KEY_TABLES = ("articles", "revisions", "duplicates")
"""The tables whose rows are looked up."""

PLACED = {"minhashes": "minhash", "texts": "text_sha256", "contents": "content_sha256"}
"""Keys that are read where they lie in the lake's files, by the columns that hold them."""

LENGTHS = {"minhashes": minhash.SIGNATURE_BYTES, "texts": 32, "contents": 32}
"""Bytes of a value of these columns: of a SHA-256, the keys are the first half."""

ColumnPlaces = dict[str, Places | None]

_FLAGS = ("corrections", "summaries")
_KIND_OF: dict[str, RowKind] = {
    "articles": "article",
    "revisions": "revision",
    "duplicates": "duplicate",
}
_COLUMNS = [
    "article_id",
    "cluster_id",
    "text_sha256",
    "content_sha256",
    "minhash",
    "published_at",
    "char_count",
    "source",
    "source_record",
    "guid",  # Not in files of schema version 1.
    "claimed_url",  # Not in files of schema versions 1 and 2.
    "url",
    "canonical_url",
    "entry_mark",  # Not in files of schema versions 1 and 2.
    "source_kind",
    "title",
]
_NO_SIGNATURE = pa.scalar(bytes(minhash.SIGNATURE_BYTES), pa.binary(minhash.SIGNATURE_BYTES))
_KINDS = tuple(_KIND_OF.values())
_ONLY_IN = {
    "articles": ["text_source", "authors"],
    "revisions": ["text_source", "authors", "revision", "similarity", "char_delta"],
    "duplicates": ["original_id"],
}


@dataclass
class KeyColumns:
    """The keys of rows, as arrays of equal length; see `feedlake.transforms.dedup.lookup.LakeRow`.

    Attributes:
        ids, originals, clusters, texts, contents: Shape (rows, 16), bytes.
        minhashes: Shape (rows, `SIGNATURE_BYTES`), zeros for no signature.
        documents: Shape (rows, 8), bytes.
        guids: Shape (rows, 8), zeros for no guid.
        claims: Shape (rows, 8), zeros for no claimed address.
        addresses: Shape (rows, 8), zeros for no address but one that identifies the row.
        entry_marks: Shape (rows, 8), zeros for no mark of an entry.
        statements: Shape (rows, 46): the place, then title, authors and the title's words, zeros
            where there is none.
        kinds: 0 article, 1 revision, 2 duplicate.
        corrections: Whether it is a revision with the text of the version before, 0 or 1.
        summaries: Whether the text is a feed's summary, 0 or 1.
        revisions, published, chars: Numbers.
    """

    ids: Bytes
    _: KW_ONLY
    originals: Bytes
    clusters: Bytes
    texts: Bytes
    contents: Bytes
    minhashes: Bytes
    documents: Bytes
    guids: Bytes
    claims: Bytes
    addresses: Bytes
    entry_marks: Bytes
    statements: Bytes
    kinds: Bytes
    corrections: Bytes
    summaries: Bytes
    revisions: npt.NDArray[np.int32]
    published: npt.NDArray[np.int64]
    chars: npt.NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.kinds)

    @classmethod
    def names(cls) -> list[str]:
        """Returns the names of the arrays."""
        return [field.name for field in dataclasses.fields(cls)]

    @classmethod
    def empty(cls) -> KeyColumns:
        """Returns the keys of no rows."""
        widths = {
            **dict.fromkeys(("ids", "originals", "clusters", "texts", "contents"), HASH_BYTES),
            **dict.fromkeys(("documents", "guids", "claims", "addresses", "entry_marks"), 8),
            "minhashes": minhash.SIGNATURE_BYTES,
            "statements": STATEMENT_BYTES,
        }
        return cls(
            **{name: np.empty((0, width), dtype=np.uint8) for name, width in widths.items()},
            **{name: np.empty(0, dtype=np.uint8) for name in ("kinds", *_FLAGS)},
            revisions=np.empty(0, dtype=np.int32),
            published=np.empty(0, dtype=np.int64),
            chars=np.empty(0, dtype=np.int32),
        )

    @classmethod
    def join(cls, parts: list[KeyColumns]) -> KeyColumns:
        """Returns the rows of all parts, at least one, one after the other.

        Parts are emptied column by column, so that few rows are in memory twice.
        """
        if len(parts) == 1:
            return parts[0]
        columns, empty = {}, vars(cls.empty())
        for name in cls.names():
            columns[name] = np.concatenate([vars(part)[name] for part in parts])
            for part in parts:
                setattr(part, name, empty[name])
        return cls(**columns)

    def are_signed(self) -> npt.NDArray[np.bool_]:
        """Returns which rows have a signature."""
        return np.asarray(self.minhashes[:, :4].any(axis=1))

    def take(self, numbers: npt.NDArray[np.int64]) -> KeyColumns:
        """Returns the rows of these numbers."""
        return KeyColumns(**{name: vars(self)[name][numbers] for name in self.names()})

    def rows(self) -> Iterator[LakeRow]:
        """Yields the rows as records."""
        names = ("kinds", *_FLAGS, "revisions", "published", "chars")
        numbers = (vars(self)[name] for name in names)
        for place, (kind, is_correction, is_summary, revision, published, chars) in enumerate(
            zip(*(column.tolist() for column in numbers), strict=True)
        ):
            signature = self.minhashes[place].tobytes()
            keys = (self.guids, self.claims, self.addresses, self.entry_marks)
            guid, claim, address, mark = (_value(column[place]) for column in keys)
            yield LakeRow(
                kind=_KINDS[kind],
                article_id=self.ids[place].tobytes().hex(),
                original_id=self.originals[place].tobytes().hex(),
                cluster_id=self.clusters[place].tobytes().hex(),
                text_hash=self.texts[place].tobytes(),
                content_hash=self.contents[place].tobytes(),
                minhash=signature if any(signature[:4]) else b"",
                revision=revision,
                published_at=published,
                char_count=chars,
                document_id=self.documents[place].tobytes(),
                is_summary=bool(is_summary),
                is_correction=bool(is_correction),
                guid_key=guid,
                claim_key=claim,
                address_key=address,
                entry_mark=mark,
                statement=unpack_statement(self.statements[place].tobytes()),
            )


def _value(row: Bytes) -> bytes:
    """The bytes of a key; none for zeros."""
    value = row.tobytes()
    return value if any(value) else b""


_TEXTS = ("source", "source_kind", "title", "guid", "authors", "entry_mark")


def read_keys(path: str, table: str, *, of_any_rule: bool = False) -> KeyColumns:
    """Returns the keys of one file's rows.

    Signatures of another version are made anew from the texts, in memory, at each call.

    Args:
        path: The file.
        table: `articles`, `revisions` or `duplicates`.
        of_any_rule: Whether the ids may follow another rule for addresses than this feedlake does.

    Raises:
        UsageError: They follow another one.
        LakeError: The file is damaged; its name is in the message.
    """
    with open_file(path) as file:
        if not of_any_rule:
            check_rule(rule_of(file.schema_arrow), of=path)
        return keys_of(read_columns(file, columns_of(table)), path=path, table=table)


def read_placed_keys(path: str, table: str) -> tuple[KeyColumns, ColumnPlaces]:
    """Returns the keys of one file's rows, and where in the file those lie that are long.

    Args:
        path: The file, on this machine.
        table: `articles`, `revisions` or `duplicates`.

    Raises:
        UsageError: The ids follow another rule for addresses than this feedlake does.
        LakeError: The file is damaged; its name is in the message.
    """
    with open_file(path) as file:
        check_rule(rule_of(file.schema_arrow), of=path)
        keys = keys_of(read_columns(file, columns_of(table)), path=path, table=table)
        with open(path, "rb") as stream:
            places: ColumnPlaces = {}
            for name, column in PLACED.items():
                values: Bytes = vars(keys)[name]
                held = values[keys.are_signed()] if name == "minhashes" else values
                length = LENGTHS[name]
                places[name] = find_places(held, _read_parts(file, stream, column), length=length)
        return keys, places


def _read_parts(file: pq.ParquetFile, stream: BinaryIO, column: str) -> Iterator[tuple[int, bytes]]:
    """Yields the bytes of a column's pages, row group by row group, where they may be read as they
    lie: where each begins, and what is there."""
    for number in range(file.num_row_groups):
        group = file.metadata.row_group(number)
        for place in range(group.num_columns):
            found = group.column(place)
            if found.path_in_schema == column and found.compression == "UNCOMPRESSED":
                stream.seek(found.data_page_offset)
                yield found.data_page_offset, stream.read(found.total_compressed_size)


def columns_of(table: str) -> list[str]:
    """Returns the columns that keys are made of."""
    return [*_COLUMNS, *_ONLY_IN.get(table, [])]


def read_columns(file: pq.ParquetFile, columns: Sequence[str]) -> pa.Table:
    """Returns columns of a file; signatures are made anew if they are of another version.

    Args:
        file: Of `articles`, `revisions` or `duplicates`.
        columns: Their names. Those that the file has not are left out.
    """
    version = (file.schema_arrow.metadata or {}).get(MINHASH_KEY)
    if "minhash" not in columns or version == str(minhash.MINHASH_VERSION).encode():
        data = file.read(columns=list(columns))
    else:
        data = sign_anew(file.read(columns=[*columns, "text"])).drop_columns("text")
    for field in data.schema:
        kind = field.type.value_type if pa.types.is_list(field.type) else field.type
        if field.name in _TEXTS and pa.types.is_binary(kind):
            raise ValueError(f"the column {field.name} holds no text")  # A bit of the footer.
    return data


def read_entry_marks(path: str) -> Bytes:
    """Returns the marks of all entries of one file of `known`: shape (entries, 8).

    Raises:
        LakeError: The file is damaged; its name is in the message.
    """
    with open_file(path) as file:
        return marks_in(file.read(columns=["entry_mark"]))


def read_reject_ids(path: str) -> Bytes:
    """Returns the ids of all rejections of one file: shape (rejections, 16).

    Raises:
        LakeError: The file is damaged; its name is in the message.
    """
    with open_file(path) as file:
        return ids_in(file.read(columns=["reject_id"]), "reject_id")


def _with_values_in(path: str, data: pa.Table) -> pa.Table:
    """The rows with those columns that the lake's layout moved into the path."""
    in_path = values_in(path)
    for name in ("source_kind", "text_source"):
        if name in in_path and name not in data.schema.names:
            data = data.append_column(name, pa.array([in_path[name]] * len(data), pa.string()))
    return data


def sign_anew(data: pa.Table) -> pa.Table:
    """Returns rows with signatures made of their texts, in place of those that they have.

    Args:
        data: With the columns `text` and `minhash`.
    """
    signatures = [
        sign(text.as_py()) or None if old.is_valid else None
        for text, old in zip(data.column("text"), data.column("minhash"), strict=True)
    ]
    column = pa.array(signatures, pa.binary(minhash.SIGNATURE_BYTES))
    return data.set_column(data.schema.get_field_index("minhash"), "minhash", column)


def keys_of(data: pa.Table, *, path: str, table: str) -> KeyColumns:
    """Returns the keys of rows.

    Args:
        data: The rows, with the columns of `columns_of`.
        path: Their file, whose path may hold columns, too.
        table: `articles`, `revisions` or `duplicates`.
    """
    data = _with_values_in(path, data)
    ids, texts = ids_in(data, "article_id"), hashes_in(data, "text_sha256")
    count = len(data)
    return KeyColumns(
        ids=ids,
        originals=ids_in(data, "original_id") if table == "duplicates" else ids,
        clusters=ids_in(data, "cluster_id"),
        texts=texts,
        contents=hashes_in(data, "content_sha256"),
        minhashes=signatures_in(data),
        documents=documents_in(data),
        guids=guids_in(data),
        claims=claims_in(data),
        addresses=addresses_in(data),
        entry_marks=marks_in(data),
        statements=_statements(data),
        kinds=np.full(count, _KINDS.index(_KIND_OF[table]), dtype=np.uint8),
        corrections=_are_corrections(data),
        summaries=_are_summaries(data),
        revisions=_numbers(data, "revision")
        if table == "revisions"
        else np.zeros(count, dtype=np.int32),
        published=data.column("published_at").cast(pa.int64()).fill_null(NEVER).to_numpy(),
        chars=_numbers(data, "char_count"),
    )


def signatures_in(data: pa.Table) -> Bytes:
    """Returns the signatures of rows: shape (rows, `SIGNATURE_BYTES`), zeros for none."""
    return _binary(data.column("minhash").fill_null(_NO_SIGNATURE))


def documents_in(data: pa.Table) -> Bytes:
    """Returns the ids of the documents of rows: shape (rows, 8)."""
    places = (data.column(name).to_pylist() for name in ("source", "source_record", "article_id"))
    texts = hashes_in(data, "text_sha256")
    documents = b"".join(
        document_id(source, record, article_id, text.tobytes())
        for source, record, article_id, text in zip(*places, texts, strict=True)
    )
    return np.frombuffer(documents, dtype=np.uint8).reshape(-1, 8)


def guids_in(data: pa.Table) -> Bytes:
    """Returns the keys of the guids of rows: shape (rows, 8), zeros for none."""
    if "guid" not in data.schema.names:
        return np.zeros((len(data), 8), dtype=np.uint8)
    pairs = zip(data.column("source").to_pylist(), data.column("guid").to_pylist(), strict=True)
    keys = b"".join(guid_key(source, guid) or bytes(8) for source, guid in pairs)
    return np.frombuffer(keys, dtype=np.uint8).reshape(-1, 8)


def claims_in(data: pa.Table) -> Bytes:
    """Returns the keys of the addresses that rows claim: shape (rows, 8), zeros for none."""
    if "claimed_url" not in data.schema.names:
        return np.zeros((len(data), 8), dtype=np.uint8)
    return _keys_of_addresses(data.column("claimed_url").to_pylist())


def addresses_in(data: pa.Table) -> Bytes:
    """Returns the keys of the addresses that rows came from, where these do not identify them."""
    is_apart = pc.is_null(data.column("canonical_url"))
    return _keys_of_addresses(pc.if_else(is_apart, data.column("url"), None).to_pylist())


def marks_in(data: pa.Table) -> Bytes:
    """Returns the marks of the entries of rows: shape (rows, 8), zeros for none."""
    if "entry_mark" not in data.schema.names:
        return np.zeros((len(data), 8), dtype=np.uint8)
    marks = data.column("entry_mark").fill_null("0" * 16).to_pylist()
    return np.frombuffer(bytes.fromhex("".join(marks)), dtype=np.uint8).reshape(-1, 8)


def _keys_of_addresses(addresses: list[str | None]) -> Bytes:
    keys = np.zeros((len(addresses), 8), dtype=np.uint8)
    for number, address in enumerate(addresses):
        if address and (url := urls.canonicalize_url(address)):
            key = claim_key(article_id_of(url.encode()))
            keys[number] = np.frombuffer(key, dtype=np.uint8)
    return keys


def _statements(data: pa.Table) -> Bytes:
    """What the rows say; copies have no column of authors."""
    columns = [data.column(name).to_pylist() for name in ("source", "source_kind", "title")]
    has_authors = "authors" in data.schema.names
    authors = data.column("authors").to_pylist() if has_authors else [None] * len(data)
    said = (
        state(source, kind, title=title, authors=names)
        for source, kind, title, names in zip(*columns, authors, strict=True)
    )
    return np.frombuffer(b"".join(map(pack_statement, said)), dtype=np.uint8).reshape(
        -1, STATEMENT_BYTES
    )


def _are_corrections(data: pa.Table) -> Bytes:
    if "char_delta" not in data.schema.names:
        return np.zeros(len(data), dtype=np.uint8)
    is_same = pc.and_(
        pc.equal(data.column("similarity"), 1.0), pc.equal(data.column("char_delta"), 0)
    )
    flags: Bytes = is_same.cast(pa.uint8()).to_numpy()
    return flags


def _are_summaries(data: pa.Table) -> Bytes:
    if "text_source" not in data.schema.names:
        return np.zeros(len(data), dtype=np.uint8)  # Duplicates are no versions.
    flags: Bytes = pc.equal(data.column("text_source"), "summary").cast(pa.uint8()).to_numpy()
    return flags


def _numbers(data: pa.Table, column: str) -> npt.NDArray[np.int32]:
    numbers: npt.NDArray[np.int32] = data.column(column).cast(pa.int32()).to_numpy()
    return numbers


def ids_in(data: pa.Table, column: str) -> Bytes:
    """Returns the ids in a column of hex digits: shape (rows, 16)."""
    digits = _binary(data.column(column).cast(pa.binary()).cast(pa.binary(2 * HASH_BYTES)))
    values = bytes.fromhex(digits.tobytes().decode())
    return np.frombuffer(values, dtype=np.uint8).reshape(-1, HASH_BYTES)


def hashes_in(data: pa.Table, column: str) -> Bytes:
    """Returns the first `HASH_BYTES` of the hashes in a column: shape (rows, 16)."""
    return np.ascontiguousarray(_binary(data.column(column))[:, :HASH_BYTES])


def _binary(column: pa.ChunkedArray) -> Bytes:
    width = column.type.byte_width
    parts = [
        chunk.buffers()[1].slice(chunk.offset * width, len(chunk) * width).to_pybytes()
        for chunk in column.chunks
        if len(chunk)
    ]
    if column.null_count:
        raise ValueError("a value is missing")
    return np.frombuffer(b"".join(parts), dtype=np.uint8).reshape(-1, width)
