"""What reading compressed and damaged bytes promises."""

import io
import lzma
import random

import pytest
import zstandard
from builders import COMPRESS

from feedlake.transforms.normalize.streams import (
    STREAM_FAULTS,
    TooLargeError,
    UnpackError,
    decompress,
    detect_compression,
    put_back,
    read_all,
    read_head,
    read_lines,
)

WORDS = b"".join(b"The ferry sails at %d past nine.\n" % n for n in range(20_000))
NOISE = random.Random(7).randbytes(200_000)
EVERY = pytest.mark.parametrize("name", COMPRESS)


@EVERY
def test_compression_is_told_by_the_first_bytes(name: str) -> None:
    assert detect_compression(COMPRESS[name](b"words")[:16]) == name
    assert detect_compression(COMPRESS[name](b"")[:16]) == name


@pytest.mark.parametrize("head", [b"", b"BZh9 is no archive", b"\x1f\x8b", b"words", b"\xfd7zX"])
def test_plain_bytes_are_not_compressed(head: bytes) -> None:
    assert detect_compression(head) is None


@EVERY
@pytest.mark.parametrize("data", [b"", WORDS, NOISE], ids=["empty", "words", "noise"])
def test_members_one_after_another_are_one_stream(name: str, data: bytes) -> None:
    compressed = COMPRESS[name](data)
    assert read_all(decompress(io.BytesIO(compressed * 3), name), max_bytes=1 << 30) == data * 3


def test_frames_to_skip_are_skipped() -> None:
    skipped, frame = b"\x50\x2a\x4d\x18\x04\x00\x00\x00abcd", COMPRESS["zstd"](WORDS)
    data = skipped + frame + skipped + frame
    assert detect_compression(data[:16]) == "zstd"
    assert read_all(decompress(io.BytesIO(data), "zstd"), max_bytes=1 << 30) == WORDS * 2


@EVERY
def test_a_cut_stream_gives_all_before_the_cut_then_its_fault_again_and_again(name: str) -> None:
    compressed = COMPRESS[name](NOISE)
    stream = decompress(io.BytesIO(compressed[:150_000]), name)
    head = read_head(stream, len(NOISE))
    assert NOISE.startswith(head)
    # bzip2 decodes in blocks of 900 kB, the others nearly byte by byte.
    assert name == "bzip2" or len(head) > 100_000
    for _ in range(3):
        with pytest.raises(STREAM_FAULTS):
            stream.read1(1)


@EVERY
def test_no_cut_passes_for_a_whole_stream(name: str) -> None:
    compressed = COMPRESS[name](b"The ferry sails at nine.")
    for end in range(16, len(compressed)):
        with pytest.raises(STREAM_FAULTS):
            read_all(decompress(io.BytesIO(compressed[:end]), name), max_bytes=100)


@EVERY
def test_a_flipped_bit_is_a_fault_or_harmless(name: str) -> None:
    compressed = COMPRESS[name](WORDS[:2000])
    for position in range(16, len(compressed)):
        damaged = bytearray(compressed)
        damaged[position] ^= 0x10
        try:
            assert read_all(decompress(io.BytesIO(damaged), name), max_bytes=1 << 20)
        except STREAM_FAULTS:
            continue


@EVERY
def test_a_bomb_is_left_at_the_limit(name: str) -> None:
    bomb = COMPRESS[name](b"\x00" * 50_000_000)
    with pytest.raises(TooLargeError):
        read_all(decompress(io.BytesIO(bomb), name), max_bytes=1_000)


@pytest.mark.parametrize(("size", "fits"), [(9, True), (10, True), (11, False)])
def test_a_stream_of_exactly_the_limit_fits(size: int, fits: bool) -> None:
    stream = io.BytesIO(b"x" * size)
    if fits:
        assert read_all(stream, max_bytes=10) == b"x" * size
    else:
        with pytest.raises(TooLargeError):
            read_all(stream, max_bytes=10)


@pytest.mark.parametrize("size", [0, 1, 5, 100])
def test_what_was_read_ahead_can_be_put_back(size: int) -> None:
    stream = io.BytesIO(b"The ferry")
    assert put_back(read_head(stream, size), stream).read() == b"The ferry"


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("", []),
        ("one", [(1, "one")]),
        ("one\ntwo\n", [(1, "one"), (2, "two")]),
        ("one\r\ntwo\r\rfour", [(1, "one"), (2, "two"), (3, ""), (4, "four")]),
        ("exactly10!\nx", [(1, "exactly10!"), (2, "x")]),
        ("more than 10\nx", [(1, None), (2, "x")]),
        ("x\n" + "y" * 200_000, [(1, "x"), (2, None)]),
        ("a\u2028b\x85c", [(1, "a\u2028b\x85c")]),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-8-sig"])
def test_lines_end_as_on_every_system(
    text: str, lines: list[tuple[int, str | None]], encoding: str
) -> None:
    stream = io.BufferedReader(io.BytesIO(text.encode(encoding)))
    assert list(read_lines(stream, encoding=encoding, max_chars=10)) == lines


def _give_all(name: str, packed: bytes) -> int:
    """How many bytes a stream gives before it raises."""
    stream, size = decompress(io.BytesIO(packed), name), 0  # type: ignore[arg-type]
    while part := stream.read1(1 << 20):
        size += len(part)
    return size


@EVERY
def test_a_stream_may_not_unpack_to_500_times_its_size(name: str) -> None:
    bomb = COMPRESS[name](bytes(80 << 20))
    with pytest.raises(UnpackError, match="unpack to over 500 times as many") as caught:
        _give_all(name, bomb)
    assert caught.value.reason == "too_large"
    assert _give_all(name, COMPRESS[name](bytes(60 << 20))) == 60 << 20
    filler = COMPRESS[name](NOISE)
    assert _give_all(name, filler + bomb) == len(NOISE) + (80 << 20)


def test_no_unpacker_takes_more_memory_than_it_may() -> None:
    filters = [{"id": lzma.FILTER_LZMA2, "dict_size": 200 << 20}]
    with pytest.raises(UnpackError, match="more than 128 MiB") as caught:
        _give_all("xz", lzma.compress(NOISE, filters=filters))
    assert caught.value.reason == "memory"
    parameters = zstandard.ZstdCompressionParameters(window_log=28, enable_ldm=True)
    compressor = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    with pytest.raises(UnpackError, match="more than 128 MiB") as caught:
        _give_all("zstd", compressor.compress(NOISE) + compressor.flush())
    assert caught.value.reason == "memory"
    assert _give_all("xz", lzma.compress(NOISE, preset=9)) == len(NOISE)


def test_padding_between_xz_streams_is_none_and_what_follows_is_left_out() -> None:
    packed = lzma.compress(WORDS)
    for padding in (bytes(4), bytes(100_000)):
        assert _give_all("xz", packed + padding + packed + padding) == 2 * len(WORDS)
    assert _give_all("xz", packed + b"other bytes") == len(WORDS)
    assert _give_all("xz", packed + bytes(8) + b"other bytes") == len(WORDS)
