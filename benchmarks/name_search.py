"""Finding the gazetteer's names in texts: our index against a trie and two Aho-Corasick libraries.

    pip install marisa-trie pyahocorasick ahocorasick-rs
    python benchmarks/name_search.py TRUTH_JSON... [--folder DIR]

Each way runs in a process of its own, one after the other, over the same texts,
`{"<id>": {"articleBody": …}}`; texts in scripts without spaces are left out. A way that finds other
names than our index ends the run. Aho-Corasick only looks for names that are folded exactly, the
trie and our index also for those folded loosely, so there are two figures for the index.
"""

from __future__ import annotations

import argparse
import json
import pickle
import subprocess
import sys
import tempfile
from array import array
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from time import process_time
from typing import Any

from feedlake.transforms.normalize.scripts import may_lack_spaces
from feedlake.transforms.places import gazetteer_build, place_spans
from feedlake.transforms.places.gazetteer import Gazetteer
from feedlake.transforms.places.place_names import (
    ARTICLES,
    FOLDED_WORDS,
    LOOSE_WORDS,
    MAX_NAME_TOKENS,
    Tokens,
    hash_loose_name,
    name_tokens,
    tokenize_names,
)
from feedlake.transforms.places.place_words import ACRONYMS, COMMON_WORDS

ROUNDS = 4
LOOSE = "\x01"
"""Begins the names that are folded loosely."""

Spans = dict[int, tuple[int, int]]
Find = Callable[[str, Tokens, list[int]], Spans]
WAYS = ("index", "marisa-trie", "index, exact names", "pyahocorasick", "ahocorasick-rs")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("truth", type=Path, nargs="+", help="JSON object: id to articleBody")
    parser.add_argument("--folder", type=Path, help="where indexes are kept; else a new one")
    parser.add_argument("--way", choices=WAYS, help="measure this one alone, in this process")
    arguments = parser.parse_args()
    if arguments.way:
        measure(arguments.way, arguments.folder, read_texts(arguments.truth))
        return
    with tempfile.TemporaryDirectory() as made:
        folder = arguments.folder or Path(made)
        prepare(folder)
        for way in WAYS:
            command = [sys.executable, __file__, *map(str, arguments.truth)]
            subprocess.run([*command, "--folder", str(folder), "--way", way], check=True)


def read_texts(paths: list[Path]) -> list[str]:
    """Returns the texts whose words have spaces between them."""
    records = [json.loads(path.read_text(encoding="utf-8")).values() for path in paths]
    texts = [record["articleBody"] for values in records for record in values]
    return [text for text in texts if text and not may_lack_spaces(text)]


def prepare(folder: Path) -> None:
    """Writes our index, all names with their numbers in it, and what the libraries can keep."""
    import ahocorasick
    import marisa_trie

    if not (folder / "index").exists():
        gazetteer_build.build_gazetteer(folder / "index")
    gazetteer = Gazetteer(folder / "index")
    names = {name: gazetteer.find_one(value) for name, value in gather_names().items()}
    (folder / "names.pickle").write_bytes(pickle.dumps(names))
    print(f"{len(names):,} names")
    begun_s = process_time()
    trie = marisa_trie.Trie(f"{name} " for name in names)
    print(f"marisa-trie: built in {process_time() - begun_s:.1f} s")
    trie.save(str(folder / "names.marisa"))
    numbers = array("I", bytes(4 * len(names)))
    for name, number in names.items():
        numbers[trie.key_id(f"{name} ")] = number
    (folder / "numbers").write_bytes(numbers.tobytes())
    begun_s = process_time()
    automaton = ahocorasick.Automaton(ahocorasick.STORE_INTS)
    for name, number in exact(names):
        automaton.add_word(f" {name} ", number)
    automaton.make_automaton()
    print(f"pyahocorasick: built in {process_time() - begun_s:.1f} s")
    automaton.save(str(folder / "names.automaton"))
    for file in ("names.marisa", "numbers", "names.automaton"):
        print(f"{file}: {(folder / file).stat().st_size / 1e6:.1f} MB")
    kept = sum(
        (folder / f"index/{name}.npy").stat().st_size for name in ("keys", "filter", "longest")
    )
    print(f"the same of our index: {kept / 1e6:.1f} MB")


def gather_names() -> dict[str, int]:
    """Returns the hash of each name of the gazetteer by its folded words."""
    found: dict[str, int] = {}
    hash_names = gazetteer_build._name_hashes

    def note(name: str, *, loose: bool) -> list[list[int]]:
        hashes = hash_names(name, loose=loose)
        if hashes:
            words = name_tokens(name)
            bare = [word for word in words if word not in ARTICLES] or words
            forms = [" ".join(words)]
            if loose and bare != words:
                forms.append(" ".join(bare))
            if loose and hash_loose_name(bare):
                forms.append(LOOSE + " ".join(LOOSE_WORDS[word] for word in bare))
            found.update(zip(forms, (values[-1] for values in hashes), strict=True))
        return hashes

    gazetteer_build._name_hashes = note
    try:
        gazetteer_build._gather()
    finally:
        gazetteer_build._name_hashes = hash_names
    return found


def exact(names: dict[str, int]) -> Iterator[tuple[str, int]]:
    """Yields the names that are folded exactly, with their numbers."""
    return ((name, number) for name, number in names.items() if not name.startswith(LOOSE))


def measure(way: str, folder: Path, texts: list[str]) -> None:
    """Prints what finding the names of some texts costs.

    Raises:
        SystemExit: If names differ from those of our index.
    """
    gazetteer = Gazetteer(folder / "index")
    tokens = [tokenize_names(text) for text in texts]
    asked = [(text, words, words.bounds()) for text, words in zip(texts, tokens, strict=True)]
    before_mb, begun_s = private_mb(), process_time()
    find = OPENED[way](folder, gazetteer)
    loaded_s = process_time() - begun_s
    rounds_ms = []
    for _ in range(ROUNDS):
        begun_s = process_time()
        found = [find(*each) for each in asked]
        rounds_ms.append(1000 * (process_time() - begun_s) / len(texts))
    used_mb = private_mb() - before_mb
    print(
        f"{way:20} opened in {loaded_s:.2f} s, {used_mb:4.0f} MB of its own; ms a text:"
        f" {rounds_ms[0]:.2f} at first, then {min(rounds_ms[1:]):.2f} to {max(rounds_ms[1:]):.2f}"
    )
    is_exact = way not in ("index", "marisa-trie")
    ours = OPENED["index, exact names" if is_exact else "index"](folder, gazetteer)
    if any(ours(*each) != spans for each, spans in zip(asked, found, strict=True)):
        sys.exit(f"{way} finds other names")


def private_mb() -> float:
    """Returns the memory of this process that it shares with no other."""
    lines = Path("/proc/self/smaps_rollup").read_text(encoding="ascii").splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("Private")) / 1024


def open_index(folder: Path, gazetteer: Gazetteer) -> Find:
    return lambda text, tokens, bounds: place_spans._find_names(text, tokens, bounds, gazetteer)


def open_exact_index(folder: Path, gazetteer: Gazetteer) -> Find:
    return lambda text, tokens, bounds: place_spans._find_longest(
        text, tokens, bounds, gazetteer, is_loose=False
    )


def open_trie(folder: Path, gazetteer: Gazetteer) -> Find:
    import marisa_trie

    trie = marisa_trie.Trie()
    trie.mmap(str(folder / "names.marisa"))
    numbers = array("I", (folder / "numbers").read_bytes())
    firsts: dict[str, tuple[int, bool]] = {}

    def read_first(word: str) -> tuple[int, bool]:
        """The number of a name of one word, -1 if it is none, and whether longer ones follow."""
        key = f"{word} "
        place = trie.get(key, -1)
        goes_on = any(longer != key for longer in trie.iterkeys(key))
        return numbers[place] if place >= 0 else -1, goes_on

    def find_longest(text: str, tokens: Tokens, bounds: list[int], *, is_loose: bool) -> Spans:
        folded = [fold_loosely(word) if is_loose else fold(word) for word in tokens.texts]
        closing, found = set(bounds), {}
        for start in bounds:
            if is_loose and tokens.fold(start) in COMMON_WORDS:
                continue
            word = LOOSE + folded[start] if is_loose else folded[start]
            if word not in firsts:
                firsts[word] = read_first(word)
            number, goes_on = firsts[word]
            if number >= 0:
                found[start] = (1, number)
            if not goes_on:
                continue
            end = start + 1
            most = min(len(folded), start + (3 if is_loose else MAX_NAME_TOKENS))
            while end < most and is_joined(text, tokens, end):
                end += 1
            name = " ".join([word, *folded[start + 1 : end], ""])
            for key, place in trie.iter_prefixes_with_ids(name):
                length = key.count(" ")
                last = start + length - 1
                is_common = is_loose and tokens.fold(last) in COMMON_WORDS
                if length > 1 and last in closing and not is_common:
                    found[start] = (length, numbers[place])
        return found

    def find(text: str, tokens: Tokens, bounds: list[int]) -> Spans:
        found = find_longest(text, tokens, bounds, is_loose=False)
        if any(gazetteer.has_many_spellings(number) for _, number in found.values()):
            loose = find_longest(text, tokens, bounds, is_loose=True)
            place_spans._add_loose(found, loose, tokens)
        return found

    return find


def open_pyahocorasick(folder: Path, gazetteer: Gazetteer) -> Find:
    import ahocorasick

    automaton = ahocorasick.load(str(folder / "names.automaton"), pickle.loads)
    return find_by_automaton(automaton.iter, folder)


def open_ahocorasick_rs(folder: Path, gazetteer: Gazetteer) -> Find:
    import ahocorasick_rs

    names = list(exact(pickle.loads((folder / "names.pickle").read_bytes())))
    numbers = array("I", [number for _, number in names])
    automaton = ahocorasick_rs.AhoCorasick(
        [f" {name} " for name, _ in names],
        implementation=ahocorasick_rs.Implementation.ContiguousNFA,
    )

    def search(text: str) -> Iterator[tuple[int, int]]:
        for name, _, end in automaton.find_matches_as_indexes(text, overlapping=True):
            yield end - 1, numbers[name]

    return find_by_automaton(search, folder)


def find_by_automaton(search: Callable[[str], Iterable[tuple[int, int]]], folder: Path) -> Find:
    """Returns a way to find names by the ends and numbers that an automaton gives."""
    names: dict[str, int] = pickle.loads((folder / "names.pickle").read_bytes())
    lengths = array("B", bytes(max(names.values()) + 1))
    for name, number in names.items():
        lengths[number] = name.count(" ") + 1
    del names

    def find(text: str, tokens: Tokens, bounds: list[int]) -> Spans:
        parts, places, at = [" "], {}, 1
        for number, word in enumerate(map(fold, tokens.texts)):
            if number and not is_joined(text, tokens, number):
                parts.append("\n ")
                at += 2
            parts += (word, " ")
            at += len(word) + 1
            places[at - 1] = number
        closing: set[int] = set(bounds)
        found: Spans = {}
        for end, number in search("".join(parts)):
            last, length = places[end], lengths[number]
            start = last - length + 1
            if last in closing and start in closing and found.get(start, (0, 0))[0] < length:
                found[start] = (length, number)
        return found

    return find


def is_joined(text: str, tokens: Tokens, number: int) -> bool:
    """Whether a name may go on with a word after the one before it."""
    gap = text[tokens.ends[number - 1] : tokens.starts[number]]
    return gap == " " or place_spans._JOINED[gap]


class _Folds(dict[str, str]):
    """Words folded as our index folds them, remembered as it does."""

    def __init__(self, fold_word: Callable[[str], str]) -> None:
        super().__init__()
        self.fold_word = fold_word

    def __missing__(self, word: str) -> str:
        self[word] = folded = self.fold_word(word)
        return folded


def _fold(word: str) -> str:
    is_plain = word.isalpha() and not word.isupper()
    return (not is_plain and ACRONYMS.get(place_spans.bare_word(word))) or FOLDED_WORDS[word]


fold = _Folds(_fold).__getitem__
fold_loosely = _Folds(lambda word: LOOSE_WORDS[FOLDED_WORDS[word]]).__getitem__

OPENED: dict[str, Callable[[Path, Gazetteer], Any]] = {
    "index": open_index,
    "marisa-trie": open_trie,
    "index, exact names": open_exact_index,
    "pyahocorasick": open_pyahocorasick,
    "ahocorasick-rs": open_ahocorasick_rs,
}


if __name__ == "__main__":
    main()
