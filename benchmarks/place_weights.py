"""What each weight of `place_weights.tsv` is worth: how F1 changes on labelled texts without it.

    python benchmarks/place_weights.py LABELLED_JSONL... [--index DIR]

The texts are as for `places.py`. One weight after the other is set to 0 or, if it is a limit,
doubled.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path
from typing import Any

from places import Tally, judge

from feedlake.transforms.places.gazetteer import Gazetteer
from feedlake.transforms.places.gazetteer_build import build_gazetteer
from feedlake.transforms.places.place_weights import WEIGHTS, read_units


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("labelled", type=Path, nargs="+", help="JSON lines, as for places.py")
    parser.add_argument("--index", type=Path, help="folder of a built index; else it is built")
    arguments = parser.parse_args()
    records = [
        json.loads(line)
        for path in arguments.labelled
        for line in path.read_text(encoding="utf-8").splitlines()
        if line
    ]
    with tempfile.TemporaryDirectory() as folder:
        index = arguments.index or Path(folder) / "index"
        if not index.exists():
            build_gazetteer(index)
        measure(records, index)


def measure(records: list[dict[str, Any]], index: Path) -> None:
    """Prints F1 with all weights, and by how much it changes without each."""
    whole = f1_percent(records, index)
    print(f"{len(records)} texts, F1 {whole:.2f} % with all weights")
    for name, unit in read_units().items():
        value = WEIGHTS[name]
        WEIGHTS[name] = 0.0 if unit == "points" else 2 * value
        print(f"{name}\t{f1_percent(records, index) - whole:+.2f}")
        WEIGHTS[name] = value


def f1_percent(records: list[dict[str, Any]], index: Path) -> float:
    """Returns F1 over all texts, looked up in a gazetteer that remembers nothing yet."""
    gazetteer = Gazetteer(index)
    tallies = [judge(record, gazetteer, verbose=False) for record in records]
    total = Tally(*map(sum, zip(*tallies, strict=True)))
    return 200 * total.hits / (total.hits + total.extra + total.labelled)


if __name__ == "__main__":
    main()
