"""How well places are found in labelled texts, and told from their namesakes.

    python benchmarks/places.py LABELLED_JSONL [--cache DIR] [--verbose]

Each line is an object: `title` (or null), `text`, and `places`, the mentions in the text of
countries, their divisions, towns and continents (no adjectives, no buildings, rivers or streets):

    {"title": null, "text": "Rain fell in Lyon.",
     "places": [{"offset": 13, "name": "Lyon", "country": "FR"}]}

`offset` counts Unicode code points, `country` is an ISO 3166-1 alpha-2 code, null for a continent,
and "?" for what may be found or not: it counts neither way. A mention is found where a name found
overlaps it. The country is judged of those found; that of a continent is null.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

from feedlake.transforms.language.detect_language import identify_language
from feedlake.transforms.places.find_places import name_places
from feedlake.transforms.places.gazetteer import Gazetteer, open_gazetteer

_EITHER = "?"


class Tally(NamedTuple):
    """What was found in some texts.

    Attributes:
        labelled: Mentions that ought to be found.
        hits: Those of them that were.
        right: Hits with the right country.
        extra: Names found that are no mention.
    """

    labelled: int = 0
    hits: int = 0
    right: int = 0
    extra: int = 0


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("labelled", type=Path, help="JSON lines, as described above")
    parser.add_argument(
        "--cache", type=Path, help="folder of the gazetteer's index; else a new one"
    )
    parser.add_argument("--verbose", action="store_true", help="print each error")
    arguments = parser.parse_args()
    lines = arguments.labelled.read_text(encoding="utf-8").splitlines()
    with tempfile.TemporaryDirectory() as folder:
        gazetteer = open_gazetteer(arguments.cache or Path(folder))
        tallies = [
            judge(json.loads(line), gazetteer, verbose=arguments.verbose) for line in lines if line
        ]
    total = Tally(*map(sum, zip(*tallies, strict=True))) if tallies else Tally()
    print(report(total, len(tallies)))


def report(total: Tally, texts: int) -> str:
    """Returns the figures as one line."""
    found = total.hits + total.extra
    precision = total.hits / found if found else 0.0
    recall = total.hits / total.labelled if total.labelled else 0.0
    f1 = 2 * precision * recall / (precision + recall) if total.hits else 0.0
    country = total.right / total.hits if total.hits else 0.0
    return (
        f"{texts} texts, {total.labelled} mentions: precision {precision:.3f}, recall {recall:.3f},"
        f" F1 {f1:.3f}; right country {country:.1%} of {total.hits} found"
    )


def judge(record: dict[str, Any], gazetteer: Gazetteer, *, verbose: bool) -> Tally:
    """Returns what was found in one text.

    Args:
        record: A labelled text.
        gazetteer: The places known.
        verbose: Whether to print errors.

    Raises:
        ValueError: A label does not fit the text.
    """
    title, text = record["title"], record["text"]
    language = identify_language(title, text, declared=None).tag
    named = name_places(title, text, language=language, gazetteer=gazetteer)
    found = [
        (mention.start - named.text_start, mention.end - named.text_start, place.country or None)
        for mention, place in named.names
        if not mention.is_title
    ]
    hits = right = 0
    taken: set[int] = set()
    errors = []
    for label in record["places"]:
        start, end = label["offset"], label["offset"] + len(label["name"])
        if text[start:end] != label["name"]:
            raise ValueError(f"no {label['name']!r} at {start}")
        over = [number for number, name in enumerate(found) if name[0] < end and start < name[1]]
        taken.update(over)
        if label["country"] == _EITHER:
            continue
        if not over:
            errors.append(f"missed {label['name']}")
            continue
        hits += 1
        countries = {found[number][2] for number in over}
        right += label["country"] in countries
        if label["country"] not in countries:
            errors.append(f"{label['name']} is in {label['country']}, found in {countries}")
    extra = [name for number, name in enumerate(found) if number not in taken]
    errors += [f"no place: {text[max(0, s - 25) : e + 25]!r}" for s, e, _ in extra]
    if verbose and errors:
        print(f"{text[:50]!r}: " + "; ".join(errors))
    labelled = sum(label["country"] != _EITHER for label in record["places"])
    return Tally(labelled, hits, right, len(extra))


if __name__ == "__main__":
    main()
