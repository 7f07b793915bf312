"""What reading compressed and damaged bytes promises."""

import io
import random

import pytest
from builders import COMPRESS

from feedlake.transforms.normalize.streams import (
    STREAM_FAULTS,
    TooLargeError,
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
