"""How often the tone of labelled English texts has the sign that people give it, by what they are.

    python benchmarks/tone.py [FILE...] [--wrong]

Each line of a file is a label (`good`, `bad`, `neither`), a tab, a kind, a tab, and a text; lines
that begin with `#` are comments. Without a file, the headlines in `benchmarks/labelled/` are rated.
A tone of at least 0.05 counts as good, of -0.05 or less as bad: VADER's own limits.
"""

from __future__ import annotations

import argparse
from collections import Counter, defaultdict
from pathlib import Path
from typing import NamedTuple

from feedlake.transforms.enrich.tone import rate_tone

HEADLINES = Path(__file__).parent / "labelled" / "headlines.tsv"
LEAST = 0.05
"""VADER's authors count scores nearer to 0 as neutral."""


class Rated(NamedTuple):
    """A labelled text, and the label that its tone comes to."""

    label: str
    kind: str
    text: str
    found: str


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("files", type=Path, nargs="*", help="lines of label, kind and text")
    parser.add_argument("--wrong", action="store_true", help="print each text that is wrong")
    arguments = parser.parse_args()
    for file in arguments.files or [HEADLINES]:
        rated = rate_file(file)
        print(f"{file.name}: {len(rated)} texts, {share_right(rated):.0%} right")
        for line in tell_by_kind(rated):
            print(f"  {line}")
        if arguments.wrong:
            for text in rated:
                if text.found != text.label:
                    print(f"  {text.label}, told {text.found}: {text.text}")


def rate_file(file: Path) -> list[Rated]:
    """Returns the texts of a file with what their tone comes to."""
    lines = file.read_text(encoding="utf-8").splitlines()
    rows = [line.split("\t") for line in lines if line and not line.startswith("#")]
    return [Rated(label, kind, text, name_tone(text)) for label, kind, text in rows]


def name_tone(text: str) -> str:
    """Returns the label that the tone of a headline comes to."""
    tone = rate_tone(None, text, language="en") or 0.0
    return "good" if tone >= LEAST else "bad" if tone <= -LEAST else "neither"


def share_right(rated: list[Rated]) -> float:
    """Returns the share of the texts that are told right."""
    return sum(text.found == text.label for text in rated) / max(1, len(rated))


def tell_by_kind(rated: list[Rated]) -> list[str]:
    """Returns a line for each label and kind: how many are right, and what the others are told."""
    groups: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for text in rated:
        groups[text.label, text.kind][text.found] += 1
    return [
        f"{label}, {kind}: {found[label]} of {found.total()} right; "
        + ", ".join(f"{count} told {name}" for name, count in found.most_common() if name != label)
        for (label, kind), found in groups.items()
    ]


if __name__ == "__main__":
    main()
