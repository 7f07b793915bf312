"""Opens a source file: what kind it is, and the stream that the reader of this kind wants."""

from __future__ import annotations

import io
import re
import zlib
from contextlib import suppress
from typing import Any, BinaryIO

import zstandard

from feedlake.transforms.feeds.url_list import is_meant_as_list
from feedlake.transforms.normalize.charset import decode_body
from feedlake.transforms.normalize.streams import (
    Compression,
    decompress,
    detect_compression,
    make_zstd_unpacker,
    read_head,
)
from feedlake.transforms.read.kinds import HEAD_BYTES, Unknown, detect_kind
from feedlake.transforms.read.read_in_children import plugin_kind
from feedlake.transforms.records.documents import SourceKind

_FIRST_MEMBER_BYTES = 8 << 20
"""How much of an archive's first gzip member or zstd frame is looked at for a second record."""

_URL_LIST = Unknown("list of addresses")
_LISTS = (_URL_LIST, Unknown("OPML"))


def open_source(raw: BinaryIO, *, path: str) -> tuple[SourceKind, BinaryIO] | Unknown:
    """Returns the file's kind and the stream that its reader wants, from its first byte.

    Args:
        raw: The file.
        path: Where it is; what its bytes leave open, the suffix tells.

    Raises:
        OSError: Or another of `streams.STREAM_FAULTS`: its first bytes cannot be read.
    """
    head = read_head(raw, HEAD_BYTES)
    compression = detect_compression(head)
    if compression:
        raw.seek(0)
        head = read_head(decompress(raw, compression), HEAD_BYTES)
    elif len(head) < HEAD_BYTES and not raw.read(1):  # This raises a fault that cut the head.
        raw = io.BytesIO(head)
    raw.seek(0)
    kind = plugin_kind(head, path=path, otherwise=detect_kind(head, path=path))
    if kind == "text" and b":" in head and _lists_addresses(head):
        return _URL_LIST
    if isinstance(kind, Unknown) or compression is None:
        return kind if isinstance(kind, Unknown) else (kind, raw)
    if kind == "warc" and not _is_compressed_as_a_whole(raw, compression):
        return kind, raw  # FastWARC unpacks each record, and knows where it began.
    return kind, decompress(raw, compression)


def why_skipped(kind: Unknown) -> str:
    """Returns why a file of a kind that is not read is left out, for people."""
    if kind in _LISTS:
        return f"{kind.name}: it leads to articles, and is followed if the file itself is named"
    return f"{kind.name}: no kind that holds articles"


def _lists_addresses(head: bytes) -> bool:
    """Whether a text is a list of addresses, as far as its whole first lines tell."""
    text = decode_body(head)
    if len(head) == HEAD_BYTES:
        text = text.rpartition("\n")[0]
    return is_meant_as_list(text)


def _is_compressed_as_a_whole(raw: BinaryIO, compression: Compression) -> bool:
    """Whether the first gzip member or zstd frame that holds anything holds several records."""
    if compression not in ("gzip", "zstd"):
        return True
    unpacker, unpacked, part = _unpacker_of(compression), bytearray(), b""
    # The reader of archives finds the members that are whole.
    with suppress(zlib.error, zstandard.ZstdError):
        while len(unpacked) < _FIRST_MEMBER_BYTES and (part := part or raw.read(1 << 10)):
            unpacked += unpacker.decompress(part)
            part = b""
            if unpacker.eof and unpacked:
                break
            if unpacker.eof:
                part, unpacker = unpacker.unused_data, _unpacker_of(compression)
    raw.seek(0)
    return re.search(rb"\nWARC/[01]\.\d+\r?\n[A-Za-z]", unpacked) is not None


def _unpacker_of(compression: Compression) -> Any:
    """What unpacks one member or frame."""
    return make_zstd_unpacker() if compression == "zstd" else zlib.decompressobj(wbits=31)
