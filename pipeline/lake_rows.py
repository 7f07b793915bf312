"""Reading the key columns of a lake's files."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.lake import LakeError
from transforms import minhash, storage
from transforms.history import HASH_BYTES, NEVER, LakeRow, RowKind, document_id
from transforms.schema import MINHASH_KEY

Bytes = npt.NDArray[np.uint8]

KEY_TABLES = ("articles", "revisions", "duplicates")
"""The tables whose rows are looked up."""

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
]
_KINDS = tuple(_KIND_OF.values())
_ONLY_IN = {"revisions": ["revision"], "duplicates": ["original_id"]}


@dataclass
class KeyColumns:
    """The keys of rows, as arrays of equal length; see `transforms.history.LakeRow`.

    Attributes:
        ids, originals, clusters, texts, contents: Shape (rows, 16), bytes.
        minhashes: Shape (rows, `SIGNATURE_BYTES`), zeros for no signature.
        documents: Shape (rows, 8), bytes.
        kinds: 0 article, 1 revision, 2 duplicate.
        revisions, published, chars: Numbers.
    """

    ids: Bytes
    originals: Bytes
    clusters: Bytes
    texts: Bytes
    contents: Bytes
    minhashes: Bytes
    documents: Bytes
    kinds: Bytes
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
        wide = np.empty((0, HASH_BYTES), dtype=np.uint8)
        return cls(
            ids=wide,
            originals=wide,
            clusters=wide,
            texts=wide,
            contents=wide,
            minhashes=np.empty((0, minhash.SIGNATURE_BYTES), dtype=np.uint8),
            documents=np.empty((0, 8), dtype=np.uint8),
            kinds=np.empty(0, dtype=np.uint8),
            revisions=np.empty(0, dtype=np.int32),
            published=np.empty(0, dtype=np.int64),
            chars=np.empty(0, dtype=np.int32),
        )

    @classmethod
    def join(cls, parts: list[KeyColumns]) -> KeyColumns:
        """Returns the rows of all parts, at least one, one after the other."""
        return cls(
            **{name: np.concatenate([vars(part)[name] for part in parts]) for name in cls.names()}
        )

    def row(self, number: int) -> LakeRow:
        """Returns one row."""
        signature = self.minhashes[number].tobytes()
        return LakeRow(
            kind=_KINDS[self.kinds[number]],
            article_id=self.ids[number].tobytes().hex(),
            original_id=self.originals[number].tobytes().hex(),
            cluster_id=self.clusters[number].tobytes().hex(),
            text_hash=self.texts[number].tobytes(),
            content_hash=self.contents[number].tobytes(),
            minhash=signature if any(signature[:4]) else b"",
            revision=int(self.revisions[number]),
            published_at=int(self.published[number]),
            char_count=int(self.chars[number]),
            document_id=self.documents[number].tobytes(),
        )


def read_keys(path: str, table: str) -> KeyColumns:
    """Returns the keys of one file's rows.

    Args:
        path: The file.
        table: `articles`, `revisions` or `duplicates`.

    Raises:
        LakeError: The file is damaged; its name is in the message.
    """
    data = _read(path, [*_COLUMNS, *_ONLY_IN.get(table, [])])
    texts = _binary(data, "text_sha256", 32)[:, :HASH_BYTES]
    ids = _hex(data, "article_id")
    count = len(data)
    zeros = np.zeros(count, dtype=np.int32)
    published = data.column("published_at").cast(pa.int64()).fill_null(NEVER)
    sources, records, article_ids = (
        data.column(name).to_pylist() for name in ("source", "source_record", "article_id")
    )
    documents = [
        document_id(source, record, article_id, text.tobytes())
        for source, record, article_id, text in zip(
            sources, records, article_ids, texts, strict=True
        )
    ]
    return KeyColumns(
        ids=ids,
        originals=_hex(data, "original_id") if table == "duplicates" else ids,
        clusters=_hex(data, "cluster_id"),
        texts=np.ascontiguousarray(texts),
        contents=np.ascontiguousarray(_binary(data, "content_sha256", 32)[:, :HASH_BYTES]),
        minhashes=_binary(data, "minhash", minhash.SIGNATURE_BYTES),
        documents=_pack(documents, 8),
        kinds=np.full(count, _KINDS.index(_KIND_OF[table]), dtype=np.uint8),
        revisions=data.column("revision").to_numpy() if table == "revisions" else zeros,
        published=published.to_numpy(),
        chars=data.column("char_count").to_numpy(),
    )


def read_reject_ids(path: str) -> Bytes:
    """Returns the ids of all rejections of one file: shape (rejections, 16).

    Raises:
        LakeError: The file is damaged; its name is in the message.
    """
    return _hex(_read(path, ["reject_id"]), "reject_id")


def _read(path: str, columns: list[str]) -> pa.Table:
    try:
        with storage.open_read(path) as stream:
            data = pq.ParquetFile(stream).read(columns=columns)
    except (pa.ArrowException, OSError) as error:
        raise LakeError(f"the lake's file {path} cannot be read: {error}") from error
    version = (data.schema.metadata or {}).get(MINHASH_KEY, b"").decode()
    if "minhash" in columns and version != str(minhash.MINHASH_VERSION):
        raise LakeError(f"the lake's file {path} has signatures of version {version or 'none'}")
    return data


def _hex(data: pa.Table, column: str) -> Bytes:
    return _pack([bytes.fromhex("".join(data.column(column).to_pylist()))], HASH_BYTES)


def _binary(data: pa.Table, column: str, width: int) -> Bytes:
    chunks = data.column(column).fill_null(bytes(width)).chunks
    return _pack(
        [
            chunk.buffers()[1].slice(chunk.offset * width, len(chunk) * width).to_pybytes()
            for chunk in chunks
        ],
        width,
    )


def _pack(values: list[bytes], width: int) -> Bytes:
    return np.frombuffer(b"".join(values), dtype=np.uint8).reshape(-1, width)
