"""feedlake's near-duplicates beside datasketch and rensa: what each finds, and at what cost.

    PYTHONPATH=. python benchmarks/near_duplicate_peers.py DOCS PAGES_TRUTH…

DOCS are JSON lines with `id` and `text`; PAGES_TRUTH are for short copies, as in `notices.py`. A
pair of texts is found if the second leads to the first: it is among its candidates, and as similar.
The originals of edits are indexed together; notices and short copies are compared pair by pair.
Notices of one template are no copies. The libraries get pairs of words, as feedlake takes them, 240
values, and their own index for a threshold of 0.8, at which their candidates are verified. They run
in an environment of their own in the cache folder. CPU times are of signing all texts, looking them
up and verifying.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from time import process_time
from typing import NamedTuple

from environments import make_environment, plain_variables, versions
from near_duplicates import Signed, edits, read, split
from notices import copies, is_copy, notices
from notices import read as read_pages

from feedlake.transforms.dedup.signature import sign_all

_PACKAGES = ("datasketch==2.0.0", "rensa==0.5.0")
_EDITS = ("1 % of words", "2 % of words", "5 % of words", "two sentences appended")
_BATCH = 100

# Run by the other interpreter: a file with the texts, and the library.
_DRIVER = r"""
import json, re, sys
from time import process_time
from datasketch import MinHash, MinHashLSH
from rensa import RMinHash, RMinHashLSH
cases = json.loads(open(sys.argv[1]).read())
library, values = sys.argv[2], 240
def shingles(text):
    words = re.findall(r"\w+", text.lower())
    return [" ".join(pair) for pair in zip(words, words[1:])] or words
def sign(text):
    if library == "datasketch":
        made = MinHash(num_perm=values)
        made.update_batch([one.encode() for one in shingles(text)])
    else:
        made = RMinHash(num_perm=values, seed=1)
        made.update(shingles(text))
    return made
def make_index():
    if library == "datasketch":
        return MinHashLSH(threshold=0.8, num_perm=values)
    return RMinHashLSH(threshold=0.8, num_perm=values, num_bands=20)
def matches(first, second):
    index, signed = make_index(), [sign(text) for text in first]
    for number, one in enumerate(signed):
        index.insert(number, one)
    for text in second:
        one = sign(text)
        yield [number for number in index.query(one) if one.jaccard(signed[number]) >= 0.8]
for name, indexed, first, second in cases:
    start = process_time()
    if indexed:
        found = list(matches(first, second))
    else:
        found = [
            [number] if sign(one).jaccard(sign(other)) >= 0.8 else []
            for number, (one, other) in enumerate(zip(first, second))
        ]
    print(json.dumps([name, found, process_time() - start]))
"""


class Case(NamedTuple):
    """Pairs of texts.

    Attributes:
        name: What they are.
        is_indexed: Whether all that come first are indexed together.
        first: The one of each.
        second: The other.
    """

    name: str
    is_indexed: bool
    first: list[str]
    second: list[str]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("docs", type=Path)
    parser.add_argument("truth", type=Path, nargs="+")
    given = parser.parse_args()
    texts, truth = read([given.docs])
    # Those that have copies among them lead there too.
    copied = {name for name, count in Counter(truth.values()).items() if count > 1}
    texts = {name: text for name, text in texts.items() if truth.get(name) not in copied}
    cases = [*edited(list(texts.values())), *short(read_pages(given.truth))]
    python = make_environment("near-duplicate-peers", _PACKAGES)
    print(versions(python, [package.partition("==")[0] for package in _PACKAGES]))
    for name, found, cpu_s in run_ours(cases):
        show("feedlake", name, found, cpu_s)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "cases.json"
        path.write_text(json.dumps(cases))
        for library in ("datasketch", "rensa"):
            command = [str(python), "-c", _DRIVER, str(path), library]
            done = subprocess.run(
                command, check=True, capture_output=True, text=True, env=plain_variables()
            )
            for line in done.stdout.splitlines():
                show(library, *json.loads(line))


def show(tool: str, name: str, found: list[list[int]], cpu_s: float) -> None:
    right = sum(number in numbers for number, numbers in enumerate(found))
    wrong = sum(any(one != number for one in numbers) for number, numbers in enumerate(found))
    print(
        f"{tool}, {name}: {right} of {len(found)} found, {wrong} lead elsewhere; "
        f"{1e6 * cpu_s / len(found) / 2:.0f} us a text"
    )


def edited(texts: list[str]) -> Iterator[Case]:
    made = edits([part for text in texts for part in split(text)])
    for name in _EDITS:
        draw = random.Random(3)
        yield Case(name, True, texts, [made[name](text, draw) for text in texts])


def short(pages: list[str]) -> Iterator[Case]:
    """Notices, which are no copies, and short copies, by what was changed and their length."""
    held: dict[str, Case] = {}
    for name, first, second in (*notices(random.Random(1)), *copies(random.Random(2), pages)):
        case = held.setdefault(name, Case(name, False, [], []))
        case.first.append(first)
        case.second.append(second)
    yield from held.values()


def run_ours(cases: list[Case]) -> Iterator[tuple[str, list[list[int]], float]]:
    for case in cases:
        start = process_time()
        if case.is_indexed:
            signed = Signed({str(number): text for number, text in enumerate(case.first)})
            batches = range(0, len(case.second), _BATCH)
            signatures = [one for at in batches for one in sign_all(case.second[at : at + _BATCH])]
            found = [[int(name) for name in signed.near(one)] for one in signatures]
        else:
            pairs = enumerate(zip(case.first, case.second, strict=True))
            found = [[number] if is_copy(*pair) else [] for number, pair in pairs]
        yield case.name, found, process_time() - start


if __name__ == "__main__":
    main()
