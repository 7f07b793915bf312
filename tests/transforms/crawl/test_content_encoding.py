"""Undoing Content-Encoding: by value, in parts of any size, damaged, and hostile."""

from __future__ import annotations

import contextlib
import gzip
import random
import zlib
from collections.abc import Callable

import brotli
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from feedlake.transforms.crawl.content_encoding import ACCEPT_ENCODING, Decoder, DecodingError

PAGE = b"<!DOCTYPE html><title>Ferry</title><p>The ferry left at noon.</p>" * 40
LIMIT = 1 << 20


def raw_deflate(data: bytes) -> bytes:
    stream = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return stream.compress(data) + stream.flush()


def zstd(data: bytes) -> bytes:
    return zstandard.ZstdCompressor().compress(data)


def zstd_streamed(data: bytes) -> bytes:
    """A frame that does not say how long it is."""
    stream = zstandard.ZstdCompressor().compressobj()
    return stream.compress(data) + stream.flush()


def noise(size: int) -> bytes:
    return random.Random(7).randbytes(size)


PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": brotli.compress,
    "zstd": zstd,
}
VARIANTS = [
    *PACKERS.items(),
    ("deflate", raw_deflate),
    ("zstd", zstd_streamed),
    ("gzip", lambda data: gzip.compress(data, 0)),
]


def decode(declared: str, body: bytes, *, part: int = 1 << 16, max_bytes: int = LIMIT) -> bytes:
    decoder = Decoder(declared, max_bytes=max_bytes)
    for start in range(0, len(body), part):
        decoder.feed(body[start : start + part])
    decoder.finish()
    assert decoder.wire_bytes == len(body)
    return decoder.body()


def reason_of(declared: str, body: bytes, **options: int) -> str:
    with pytest.raises(DecodingError) as caught:
        decode(declared, body, **options)
    return caught.value.reason


@pytest.mark.parametrize("part", [1, 2, 7, 1 << 16])
@pytest.mark.parametrize(("name", "pack"), VARIANTS)
def test_body_comes_back_in_parts_of_any_size(name, pack, part):
    assert decode(name, pack(PAGE), part=part) == PAGE


@pytest.mark.parametrize(("name", "pack"), VARIANTS)
@pytest.mark.parametrize("body", [b"", b"x", noise(300_000), b"\0" * 900_000])
def test_body_of_any_kind_comes_back(name, pack, body):
    assert decode(name, pack(body)) == body


@given(
    st.binary(max_size=2000),
    st.lists(st.sampled_from(sorted(PACKERS)), max_size=4),
    st.integers(1, 50),
)
def test_chains_are_undone_from_the_last(body, names, part):
    packed = body
    for name in names:
        packed = PACKERS[name](packed)

    assert decode(", ".join(names), packed, part=part) == body


@pytest.mark.parametrize(
    "declared",
    ["", "identity", "Identity", " identity , identity", ",", "none", "UTF-8", "aws-chunked"],
)
def test_body_without_encoding_stays(declared):
    assert decode(declared, PAGE) == PAGE


@pytest.mark.parametrize("declared", ["GZip", " gzip ", "gzip, identity", "identity,gzip", "gzip,"])
def test_declaration_is_read_leniently(declared):
    assert decode(declared, gzip.compress(PAGE)) == PAGE


def test_gzip_that_is_not_declared_is_left_alone():
    packed = gzip.compress(PAGE)

    assert decode("", packed) == packed


@pytest.mark.parametrize("declared", ["compress", "exi", "gzip;q=1", "bzip2", "gzip, sdch", "é"])
def test_unknown_encoding_is_refused(declared):
    with pytest.raises(DecodingError) as caught:
        Decoder(declared, max_bytes=LIMIT)

    assert caught.value.reason == "bad_encoding"


def test_long_chain_is_refused():
    with pytest.raises(DecodingError, match="5 encodings"):
        Decoder(", ".join(["gzip"] * 5), max_bytes=LIMIT)


def test_understood_encodings_are_those_that_requests_accept():
    for name in ACCEPT_ENCODING.split(", "):
        assert decode(name, PACKERS[name](PAGE)) == PAGE


@pytest.mark.parametrize("part", [1, 3, 1 << 16])
@pytest.mark.parametrize("name", PACKERS)
@pytest.mark.parametrize("plain", [b"", PAGE, b"  \n<rss/>", b'{"a": 1}', b"\xef\xbb\xbf<a/>"])
def test_plain_body_that_is_declared_compressed_is_taken_as_it_is(name, plain, part):
    assert decode(name, plain, part=part) == plain


@pytest.mark.parametrize("plain", [b"x", b"\x1f", b"Story of the day", b"\0\0\0"])
@pytest.mark.parametrize("name", ["gzip", "zstd"])
def test_body_without_the_encodings_mark_is_plain(name, plain):
    assert decode(name, plain) == plain


@pytest.mark.parametrize("name", ["br", "deflate"])
def test_noise_is_no_plain_body(name):
    assert reason_of(name, b"\xff\xff" + noise(500)) in ("bad_encoding", "truncated")


@pytest.mark.parametrize("part", [1, 1 << 16])
@pytest.mark.parametrize(("name", "pack"), VARIANTS)
@pytest.mark.parametrize("missing", [1, 2, 5, 100, 1000])
def test_cut_body_is_truncated(name, pack, missing, part):
    packed = pack(noise(5000))

    assert reason_of(name, packed[:-missing], part=part) == "truncated"


@pytest.mark.parametrize(("name", "pack"), VARIANTS)
def test_every_cut_is_noticed(name, pack):
    packed = pack(b"abc" * 20)

    for size in range(5, len(packed)):
        assert reason_of(name, packed[:size]) == "truncated"


def test_cut_inside_a_chain_is_truncated():
    assert reason_of("gzip, br", brotli.compress(gzip.compress(PAGE)[:-9])) == "truncated"


@pytest.mark.parametrize("name", ["gzip", "deflate", "zstd"])
def test_damaged_body_is_refused(name):
    packed = bytearray(PACKERS[name](noise(4000)))
    packed[-2:] = b"\0\0" if packed[-2:] != b"\0\0" else b"\1\1"  # The checksum.
    if name == "zstd":
        packed[6:12] = b"\xff" * 6

    assert reason_of(name, bytes(packed)) in ("bad_encoding", "truncated")


def test_damaged_checksum_of_gzip_is_noticed():
    packed = bytearray(gzip.compress(PAGE))
    packed[-8] ^= 1

    assert reason_of("gzip", bytes(packed)) == "bad_encoding"


@pytest.mark.parametrize("part", [1, 5, 1 << 16])
@pytest.mark.parametrize("tail", [b"\0", b"\0" * 512, b"\x1f", b"<!-- cached -->", b"\r\n0\r\n"])
@pytest.mark.parametrize("name", ["gzip", "deflate", "zstd"])
def test_bytes_behind_the_end_are_left_out(name, tail, part):
    assert decode(name, PACKERS[name](PAGE) + tail, part=part) == PAGE


@pytest.mark.parametrize("part", [1, 3, 1 << 16])
@pytest.mark.parametrize(("name", "pack"), [("gzip", gzip.compress), ("zstd", zstd)])
def test_members_follow_each_other(name, pack, part):
    packed = pack(PAGE) + pack(b"") + pack(b"end")

    assert decode(name, packed, part=part) == PAGE + b"end"
    assert reason_of(name, packed[:-1], part=part) == "truncated"


def test_skippable_zstd_frame_is_skipped():
    skippable = b"\x50\x2a\x4d\x18" + (5).to_bytes(4, "little") + b"12345"

    assert decode("zstd", skippable + zstd(PAGE), part=3) == PAGE


@pytest.mark.parametrize(("name", "pack"), VARIANTS[:-1])
def test_body_of_exactly_the_limit_is_kept(name, pack):
    body = b"a" * 200_000

    assert decode(name, pack(body), max_bytes=200_000) == body
    assert reason_of(name, pack(body), max_bytes=199_999) == "too_large"


def test_plain_body_over_the_limit_is_refused():
    assert decode("", b"a" * 100, max_bytes=100) == b"a" * 100
    assert reason_of("", b"a" * 101, max_bytes=100) == "too_large"


@pytest.mark.parametrize("part", [7, 1 << 18])
@pytest.mark.parametrize(("name", "pack"), VARIANTS[:-1])
def test_bomb_gives_no_more_than_a_part_over_the_limit(name, pack, part):
    bomb = pack(b"\0" * (50 << 20))
    decoder = Decoder(name, max_bytes=LIMIT)

    def feed_all():
        for start in range(0, len(bomb), part):
            decoder.feed(bomb[start : start + part])

    with pytest.raises(DecodingError) as caught:
        feed_all()
    assert caught.value.reason == "too_large"
    assert len(decoder.body()) <= LIMIT


def test_bomb_between_two_encodings_is_refused():
    empties = gzip.compress(b"", mtime=0) * 200_000  # 4 MB that decompress to nothing.

    assert len(brotli.compress(empties, quality=1)) < LIMIT
    assert reason_of("gzip, br", brotli.compress(empties, quality=1)) == "too_large"


def test_empty_members_are_read_in_linear_time():
    assert decode("gzip", gzip.compress(b"") * 200_000, max_bytes=10 << 20) == b""


def test_zstd_window_is_limited():
    parameters = zstandard.ZstdCompressionParameters(window_log=27)
    stream = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    packed = stream.compress(PAGE) + stream.flush()

    assert reason_of("zstd", packed) == "bad_encoding"


@given(st.sampled_from(sorted(PACKERS)), st.binary(max_size=300), st.integers(1, 9))
def test_no_bytes_raise_anything_else(name, body, part):
    for data in (body, PACKERS[name](b"x" * 40)[:20] + body):
        with contextlib.suppress(DecodingError):
            assert len(decode(name, data, part=part, max_bytes=10_000)) <= 10_000


def test_what_came_before_a_fault_is_kept():
    decoder = Decoder("gzip", max_bytes=LIMIT)
    decoder.feed(gzip.compress(b"begun") + gzip.compress(b"lost")[:12])

    with pytest.raises(DecodingError):
        decoder.finish()
    assert decoder.body().startswith(b"begun")
