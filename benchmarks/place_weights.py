"""What each weight of `place_weights.tsv` is worth: how F1 changes on labelled texts without it.

    python benchmarks/place_weights.py LABELLED_JSONL... [--index DIR]

The labelled sentences are those of `place_languages.py`, each file in one language. One weight
after the other is set to 0 or, if it is a limit, doubled.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path

from place_languages import Labelled, Tally, judge, make_documents

from feedlake.transforms.places.gazetteer import Gazetteer
from feedlake.transforms.places.gazetteer_build import build_gazetteer
from feedlake.transforms.places.place_weights import WEIGHTS, read_units

Documents = list[tuple[Labelled, str]]
"""Each with its language."""


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("labelled", type=Path, nargs="+", help="JSON lines, as above")
    parser.add_argument("--index", type=Path, help="folder of a built index; else it is built")
    arguments = parser.parse_args()
    documents: Documents = []
    for path in arguments.labelled:
        records = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        documents += [(made, records[0]["language"]) for made in make_documents(records)]
    with tempfile.TemporaryDirectory() as folder:
        index = arguments.index or Path(folder) / "index"
        if not index.exists():
            build_gazetteer(index)
        measure(documents, index)


def measure(documents: Documents, index: Path) -> None:
    """Prints F1 with all weights, and by how much it changes without each."""
    whole = f1_percent(documents, index)
    print(f"{len(documents)} documents, F1 {whole:.2f} % with all weights")
    for name, unit in read_units().items():
        value = WEIGHTS[name]
        WEIGHTS[name] = 0.0 if unit == "points" else 2 * value
        print(f"{name}\t{f1_percent(documents, index) - whole:+.2f}", flush=True)
        WEIGHTS[name] = value


def f1_percent(documents: Documents, index: Path) -> float:
    """Returns F1 over all documents, looked up in a gazetteer that remembers nothing yet."""
    gazetteer = Gazetteer(index)
    tallies = [
        judge(document, language, gazetteer, verbose=False) for document, language in documents
    ]
    total = Tally(*map(sum, zip(*tallies, strict=True)))
    precision = total.right / max(1, total.right + total.wrong)
    recall = total.hits / max(1, total.labelled)
    return 200 * precision * recall / (precision + recall) if total.hits else 0.0


if __name__ == "__main__":
    main()
