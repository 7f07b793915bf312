"""Which labelled texts `--min-quality` keeps: news, menus, tables, machine output, notices.

    python benchmarks/text_quality.py [FILE...] [--min-quality 0.4]

Each line of a file is an object: `text`, `kind`, `keep` (whether it is worth keeping), and
`language` or `what`, by which it is named. Without a file, the texts in `benchmarks/labelled/` are
rated. Languages are identified as in a run.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from feedlake.transforms.enrich.quality import rate_quality
from feedlake.transforms.language.detect_language import identify_language

TEXTS = Path(__file__).parent / "labelled" / "texts.jsonl"


class Rated(NamedTuple):
    """A labelled text with its score."""

    kind: str
    name: str
    keep: bool
    score: float


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("files", type=Path, nargs="*", help="JSON lines, as described above")
    parser.add_argument("--min-quality", type=float, default=0.4, help="least score that is kept")
    arguments = parser.parse_args()
    for file in arguments.files or [TEXTS]:
        print(f"{file.name}:")
        for line in tell_by_kind(rate_file(file), least=arguments.min_quality):
            print(f"  {line}")


def rate_file(file: Path) -> list[Rated]:
    """Returns the texts of a file with their scores."""
    lines = file.read_text(encoding="utf-8").splitlines()
    return [rate(json.loads(line)) for line in lines if line]


def rate(row: dict[str, Any]) -> Rated:
    """Returns one labelled text with its score, 0 for a text without a word."""
    language = identify_language(None, row["text"], declared=None).tag
    quality = rate_quality(row["text"], language=language)
    name = row.get("language") or row.get("what") or row["text"][:30]
    return Rated(row["kind"], name, row["keep"], quality.quality_score if quality else 0.0)


def tell_by_kind(rated: list[Rated], *, least: float) -> list[str]:
    """Returns a line for each kind: how many are kept, and which of them wrongly are or are not."""
    kinds: dict[str, list[Rated]] = defaultdict(list)
    for text in rated:
        kinds[text.kind].append(text)
    lines = []
    for kind, texts in kinds.items():
        kept = sum(text.score >= least for text in texts)
        wrong = [f"{t.name} {t.score:.2f}" for t in texts if (t.score >= least) != t.keep]
        middle = median(text.score for text in texts)
        lines.append(
            f"{kind}: {kept} of {len(texts)} kept, median score {middle:.2f}"
            + (f"; wrong: {', '.join(wrong)}" if wrong else "")
        )
    return lines


if __name__ == "__main__":
    main()
