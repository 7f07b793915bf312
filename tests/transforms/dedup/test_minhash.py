"""Signatures: the same bytes everywhere and for ever, and alike for texts that are."""

import hashlib
import re
import unicodedata

import numpy as np
import numpy.typing as npt
import pytest
from articles import prose
from hypothesis import example, given, settings
from hypothesis import strategies as st

from feedlake.transforms.dedup.minhash import (
    Similarity,
    band_keys,
    compare_signatures,
    is_long,
    shared_bands,
    shingle,
)
from feedlake.transforms.dedup.signature import is_near_duplicate, sign
from feedlake.transforms.dedup.text_words import read_words, tokenize

NUMBERED = " ".join(f"word{number}" for number in range(150))
TEXTS = {
    "english": NUMBERED,
    "typographic": NUMBERED.replace(" ", " \u201c\ufb01\u201d \u2014 "),
    "chinese": "".join(chr(0x4E00 + 37 * number) for number in range(150)),
    "thai": "".join(chr(0x0E01 + number * number % 71) for number in range(150)),
    "hindi": " ".join(f"\u0939\u093f{chr(0x0915 + n * n % 37)}\u0940" for n in range(150)),
    "korean": " ".join(chr(0xAC00 + 61 * number) for number in range(150)),
    "mixed": NUMBERED + "".join(chr(0x3042 + number % 80) for number in range(120)),
    "short": "Short notice: the ferry sails at nine.",
    "long": " ".join(f"w{number * number % 7919}" for number in range(9_000)),
}  # fmt: skip
VECTORS = {
    "english": (149, "2e9f6117e7e79bb5cee83d51656a003f", "543b7428fd78d1b2099752611c216b4e"),
    "typographic": (298, "b1c9910da5d6bd41e060147abb76e3f4", "5e346e0697f901acb018ec85325b9e9d"),
    "chinese": (147, "bc00af30573ed1ee37ea725cb89dd92c", "7a1af89f28847fc5b94d5c0f5aaf4612"),
    "thai": (73, "f2fe0976943fbc12739ee35801a74b9b", "a90f1f3656792d36833dc8d453347b14"),
    "hindi": (37, "827bca5f21f368bed6fb9d9fe0ae9661", "2a838493c62717736d705340106fff79"),
    "korean": (149, "8230cd8675b5775d21df399b7ed67d6e", "7ed12fff6b087cc0e217e7efaf0e3545"),
    "mixed": (230, "2e9f99dde7199b1fcee83d64656af875", "d8fd961225aaa07cfb0570aacf70aa0f"),
    "short": (6, "eb070bf2f5cc64f5312f337cdfd16960", "e6d975755195122a5401106511bc16b1"),
    "long": (7919, "21cca6b58615a9c71505dae2ceb43d15", "eb2a64732e261aef6e64366ea7387b3a"),
}
BAND_VECTOR = [4105784033, 1118348358, 77343067, 4039082162]


def signed(text: str) -> bytes:
    return sign(text)


def compare_shingles(first: npt.NDArray[np.uint32], second: npt.NDArray[np.uint32]) -> Similarity:
    shared = len(np.intersect1d(first, second))
    union = len(first) + len(second) - shared
    return Similarity(shared / union, shared / min(len(first), len(second)))


def shingles_of(text: str) -> npt.NDArray[np.uint32]:
    return shingle(read_words(text))


@pytest.mark.parametrize("name", TEXTS)
def test_signatures_are_the_bytes_that_lakes_hold(name):
    signature = signed(TEXTS[name])

    size = int.from_bytes(signature[:4], "little")
    digest = hashlib.sha256(signature).hexdigest()[:32]
    assert (size, signature[4:20].hex(), digest) == VECTORS[name]


@pytest.mark.parametrize("name", ["english", "mixed", "short"])
def test_signatures_are_what_whole_numbers_of_any_machine_give(name):
    shingles = shingles_of(TEXTS[name]).tolist()

    def mix(value: int) -> int:
        value = (value ^ value >> 16) * 0x85EBCA6B % 2**32
        value = (value ^ value >> 13) * 0xC2B2AE35 % 2**32
        return value ^ value >> 16

    def constant(number: int) -> int:
        block = hashlib.sha256(f"feedlake minhash 1 {number // 8}".encode()).digest()
        return int.from_bytes(block[number % 8 * 4 :][:4], "little")

    values = [
        mix(min(mix(value) * (constant(place) | 1) % 2**32 for value in shingles)) >> 24
        for place in range(240)
    ]
    halves = [value % 16 for value in values[120:]]
    pairs = [low + 16 * high for low, high in zip(halves[0::2], halves[1::2], strict=True)]
    expected = len(shingles).to_bytes(4, "little") + bytes(values[:120] + pairs)
    assert signed(TEXTS[name])[:184] == expected


def test_bands_are_the_numbers_that_indexes_hold():
    keys = [key for _, key in band_keys(signed(NUMBERED))]

    assert keys[:4] == BAND_VECTOR
    assert len(keys) == 24


def test_hashes_of_words_are_what_whole_numbers_of_any_machine_give():
    def expected(word: str) -> int:
        value = 0
        for place, code in enumerate(word.encode()):
            digest = hashlib.sha256(f"feedlake words {code // 4}".encode()).digest()
            number = int.from_bytes(digest[code % 4 * 8 :][:8], "little")
            value += number * pow(0x9E3779B97F4A7C15, place, 2**64)
        value %= 2**64
        value = (value ^ value >> 32) * 0xBF58476D1CE4E5B9 % 2**64
        return value ^ value >> 29

    for text in (*TEXTS.values(), "", " a "):
        assert read_words(text).hashes.tolist() == [expected(word) for word in tokenize(text)]


@given(st.text(st.sampled_from("aB7 .\n\u00e9\u4e00\u0e01\u0661\u0939\u2019")))
def test_words_say_where_they_are_and_what(text):
    words = read_words(text)

    tokens = tokenize(text)
    spans = zip(words.firsts.tolist(), words.ends.tolist(), strict=True)
    assert [words.data[first:end].decode() for first, end in spans] == tokens
    letters = [token in "\u4e00\u0e01" for token in tokens]
    assert (words.are_letters is None and not any(letters)) or (
        words.are_letters is not None and words.are_letters.tolist() == letters
    )
    assert words.figures == {
        place: 2 for place, token in enumerate(tokens) if token[0] in "7\u0661"
    }


def test_words_of_a_large_text_are_hashed_as_those_of_a_small_one():
    # Parts of 32 kB, whose bounds are between words.
    few = [f"w{number}" for number in range(500)]
    once = read_words(" ".join(few))

    many = read_words(" ".join(few * 40) + " \u4e00 12")

    assert many.hashes.tolist()[:-2] == once.hashes.tolist() * 40
    assert many.figures == {20_001: 2}
    assert many.are_letters is not None
    assert np.flatnonzero(many.are_letters).tolist() == [20_000]
    assert len(read_words("x" * 100_000 + "\u4e00" * 30_000).hashes) >= 30_001


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("Don\u2019t stop: 3.5 km!", ["don", "t", "stop", "3", "5", "km"]),
        ("STRASSE Stra\u00dfe", ["strasse", "strasse"]),
        ("\uff26\uff55\uff4c\uff4c \ufb01n", ["full", "fin"]),
        ("snake_case", ["snake", "case"]),
        ("\u4eca\u65e5\u306fWBC", ["\u4eca", "\u65e5", "\u306f", "wbc"]),
        ("\u0e01\u0e34\u0e19", ["\u0e01", "\u0e34", "\u0e19"]),
        (
            "\u0939\u093f\u0928\u094d\u0926\u0940 \u0939\u0948\u0964",
            ["\u0939\u093f\u0928\u094d\u0926\u0940", "\u0939\u0948"],
        ),
        ("\u05e9\u05b8\u05dc\u05d5\u05b9\u05dd", ["\u05e9\u05b8\u05dc\u05d5\u05b9\u05dd"]),
        ("e\u0323\u0301 u", ["\u1eb9\u0301", "u"]),
        ("\U0001e900\U0001e944", ["\U0001e922\U0001e944"]),
        # Letters that only newer versions of Python know as such: no words in any.
        ("a\u1c89b \ua7cd \U00016100 \U0001e5d0", ["a", "b"]),
        ("... \u2014 !? \U0001f600", []),
        ("", []),
    ],
)
def test_what_counts_as_a_word(text, tokens):
    assert tokenize(text) == tokens


MOSTLY_ASCII = st.text(
    st.one_of(
        st.sampled_from(
            "aB9_ -.<=>\n\u0338\u0301\u0307\u0331\u00c9\u00df\u0130\u03c2\u2019\u200d\u2060"
            "\xa0\xbd\u3000\ud800\u706f"
        ),
        st.characters(max_codepoint=127),
        st.characters(exclude_categories=()),
    )
)


@given(MOSTLY_ASCII, st.integers(0, 300))
@example("a <\u0338 b", 30)
def test_words_do_not_depend_on_what_else_is_in_a_text(text, ascii_words):
    # Both ways through a text: word by word where most is ASCII, else as a whole.
    beside = ["x"] * ascii_words
    other = "\u0439" * (len(text) + ascii_words + 1)

    tokens = tokenize(f"{' x' * ascii_words} {text}")

    assert [*tokens, other] == tokenize(f"{' x' * ascii_words} {text} {other}")
    assert tokens[:ascii_words] == beside


@given(st.text())
def test_any_text_can_be_signed_and_its_normal_form_does_not_matter(text):
    signature = signed(text)

    assert len(signature) in (0, 244)
    assert signed(unicodedata.normalize("NFD", text)) == signed(unicodedata.normalize("NFC", text))


def test_a_text_without_words_has_an_empty_signature_and_no_bands():
    assert signed("... !") == b""
    assert band_keys(b"") == []
    assert shared_bands([b"", b""]) == {}


def test_a_text_too_short_for_any_shingle_has_one_of_all_its_words():
    texts = ("Comments", "\u7126", "\u7126\u70b9", "Ferry \u7126")
    found = {text: shingles_of(text).tolist() for text in texts}

    assert {len(shingles) for shingles in found.values()} == {1}
    assert len({tuple(shingles) for shingles in found.values()}) == 4
    assert len(shingles_of("The ferry sails")) == 2


@pytest.mark.parametrize(("words", "expected"), [(99, False), (100, True)])
def test_what_counts_as_a_long_text(words, expected):
    assert is_long(signed(" ".join(f"w{number}" for number in range(words)))) is expected


@pytest.mark.parametrize(("first", "last"), [(0x4E00, 0x9FFF), (0x0E01, 0x0E2E), (0x0915, 0x0939)])
def test_scripts_of_few_letters_or_without_spaces_tell_texts_apart(first, last):
    def text(seed: int, changed: int = 0) -> str:
        letters = np.random.default_rng(seed).integers(first, last, 600)
        letters[:changed] = first + 1
        words = "".join(map(chr, letters))
        spaced = " ".join(words[start : start + 3] for start in range(0, 600, 3))
        return spaced if first == 0x0915 else words

    one, other, edited = (shingles_of(t) for t in (text(1), text(2), text(1, 6)))

    assert compare_shingles(one, other).jaccard < 0.1
    assert compare_shingles(one, edited).jaccard > 0.9


def test_words_within_a_text_without_spaces_do_not_change_how_the_rest_is_shingled():
    chinese = TEXTS["chinese"]
    shingles = shingles_of(chinese + " " + " ".join(f"w{i}" for i in range(140)))
    more = shingles_of(chinese + " " + " ".join(f"w{i}" for i in range(160)))

    assert compare_shingles(shingles, more).containment > 0.99


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 1_000), st.integers(0, 300))
def test_signatures_estimate_what_shingles_say(seed, changed):
    texts = prose(seed), prose(seed, changed=range(changed))
    one, other = (shingles_of(text) for text in texts)

    exact = compare_shingles(one, other)
    estimate = compare_signatures(*map(signed, texts))

    # About four times the largest standard error, 0.54 / sqrt(240); the draws are not random.
    assert estimate.jaccard == pytest.approx(exact.jaccard, abs=0.13)
    assert estimate.containment == pytest.approx(exact.containment, abs=0.26)


@pytest.mark.parametrize(
    ("equal", "low", "high", "jaccard"),
    [
        (120, 60, 60, 1.0),
        (60, 30, 30, 0.4828),
        (20, 0, 0, 0.0519),
        (0, 20, 0, 0.0519),
        (0, 0, 20, 0.0519),
        (8, 0, 0, 0.0),
    ],
)
def test_values_that_are_equal_by_chance_are_no_similarity(equal, low, high, jaccard):
    # One of 256 bytes is, and one of 16 halves: 7.96875 of 240 values. So 20 equal ones, 0.08333,
    # come to (0.08333 - 0.03320) / (1 - 0.03320).
    one = (500).to_bytes(4, "little") + bytes(240)
    halves = bytes((place >= low) + 16 * (place >= high) for place in range(60))
    other = one[: 4 + equal] + b"\x10" * (120 - equal) + halves + b"\xff" * 60

    assert compare_signatures(one, other).jaccard == pytest.approx(jaccard, abs=0.0002)


@given(st.lists(st.sampled_from([b"", *(signed(prose(1, changed=range(n))) for n in (0, 9, 60))])))
def test_shared_bands_are_those_that_two_of_the_signatures_have(signatures):
    shared = shared_bands(signatures)

    expected = {}
    for place, signature in enumerate(signatures):
        others = [set(band_keys(other)) for at, other in enumerate(signatures) if at != place]
        count = len(set(band_keys(signature)) & set().union(*others))
        if count:
            expected[signature] = count
    assert {signature: len(numbers) for signature, numbers in shared.items()} == expected
    for one in shared:
        for other in shared:
            alike = set(band_keys(one)) & set(band_keys(other))
            assert len(set(shared[one]) & set(shared[other])) == len(alike) or one == other


@pytest.mark.parametrize(
    ("jaccard", "containment", "threshold", "expected"),
    [
        # 0.8 less two standard errors, 2 x 0.0258.
        (0.75, 0.89, 0.8, True),
        (0.74, 0.89, 0.8, False),
        (0.50, 0.92, 0.8, True),  # a paragraph more
        (0.49, 1.00, 0.8, False),
        (0.70, 0.91, 0.8, False),
        (0.74, 1.00, 0.9, True),
        (0.73, 1.00, 0.9, False),
        (1.00, 1.00, 1.0, True),
        (0.99, 1.00, 1.0, False),
        (0.44, 0.60, 0.5, True),
        (0.43, 0.60, 0.5, False),
        (0.19, 0.92, 0.5, True),
        (0.18, 1.00, 0.5, False),
    ],
)
def test_what_is_as_similar_as_copies_are(jaccard, containment, threshold, expected):
    similarity = Similarity(jaccard, containment)

    assert is_near_duplicate(similarity, threshold=threshold) is expected


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0.01, 1))
def test_more_similar_texts_or_a_lower_threshold_never_make_less_of_a_copy(
    jaccard, containment, threshold
):
    if is_near_duplicate(Similarity(jaccard, containment), threshold=threshold):
        for similarity, bound in (
            (Similarity(1.0, 1.0), threshold),
            (Similarity(jaccard, 1.0), threshold),
            (Similarity(jaccard, containment), threshold * 0.9),
        ):
            assert is_near_duplicate(similarity, threshold=bound)


@given(st.text(st.characters(max_codepoint=127)))
def test_words_of_ascii_are_letters_and_digits_in_lower_case(text):
    assert tokenize(text) == re.findall("[0-9a-z]+", text.lower())
