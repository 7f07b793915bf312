"""What each rule about entities gains: F1 without it, on either half of labelled texts.

    python benchmarks/entity_rules.py LABELLED_JSONL [--cache DIR]

The texts are those of `entities.py`; every other one is in the first half. A rule that was chosen
on one half is measured on the other: it is worth its place if it gains on one and loses on neither.
Printed is the F1 of mentions of persons and of organisations in each half and in both, by the bare
model, with all rules, and without each rule in turn, with the difference to all. Needs the extra
`nlp`.
"""

from __future__ import annotations

import argparse
import json
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple
from unittest.mock import patch

from entities import TYPES, Found, Tally, add, ask_bare, ask_ours, judge, names_of_places

from feedlake.transforms.enrich import entities
from feedlake.transforms.places.gazetteer import open_gazetteer

_NEVER = re.compile(r"(?!x)(x)")


class _Nobody:
    """No persons: no name is a shorter form of one."""

    def find_fuller(self, _: str, *, is_person: bool) -> None:
        return None


RULES: Mapping[str, Mapping[str, object]] = {
    "places overrule the model": {},
    "a placing word for organisations": {"_PLACING": re.compile("")},
    "well-known organisations": {"_ORGANISATIONS": frozenset()},
    "articles": {"_ARTICLE": _NEVER},
    "titles": {"_TITLES": _NEVER},
    "possessives": {"_POSSESSIVE": _NEVER},
    "what is owned": {"_OWNED": _NEVER},
    "scores": {"_SCORE": _NEVER},
    "loose ends": {"_LOOSE_END": _NEVER},
    "ends of lines": {"_ENDS": _NEVER, "_ENDS_IN_WRAPPED": _NEVER},
    "shorter forms of persons": {"_index_persons": lambda *_: _Nobody()},
    "shorter forms of organisations": {"_short_forms": lambda _: set()},
    "the type that most mentions have": {"_sum_up": lambda group: group[0]},
}
"""What each rule is without, by the names that `transforms/enrich/entities.py` gives its parts."""


class _Remembered:
    """The model, asked once for each text."""

    def __init__(self, model: Callable[[str], Any]) -> None:
        self._model, self._found = model, dict[str, Any]()

    def __call__(self, text: str) -> Any:
        if text not in self._found:
            self._found[text] = self._model(text)
        return self._found[text]

    def pipe(self, texts: Iterable[str]) -> Iterator[Any]:
        return map(self, texts)


class Scores(NamedTuple):
    """F1 of mentions, and how many are labelled, by type and half; half 2 is both."""

    f1: dict[tuple[str, int], float]
    labelled: dict[tuple[str, int], int]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("labelled", type=Path, help="JSON lines, as `entities.py` describes them")
    parser.add_argument("--cache", type=Path, help="folder of the gazetteer's index")
    arguments = parser.parse_args()
    lines = arguments.labelled.read_text(encoding="utf-8").splitlines()
    records = [json.loads(line) for line in lines if line]
    with tempfile.TemporaryDirectory() as folder:
        gazetteer = open_gazetteer(arguments.cache or Path(folder))
        places = [names_of_places(record, gazetteer) for record in records]
    model = _Remembered(entities._model())
    with patch.object(entities, "_model", lambda: model):
        find = partial(map, ask_ours, records)
        report("bare model", bare := rate(records, map(ask_bare, records, places)), bare)
        report("all rules", ours := rate(records, find(places)), bare)
        for rule, without in RULES.items():
            with patch.multiple(entities, **without) if without else nullcontext():
                given = places if without else [[] for _ in records]
                report(f"without {rule}", rate(records, find(given)), ours)


def rate(records: list[dict[str, Any]], found: Iterable[Found]) -> Scores:
    """Returns how good mentions are."""
    scores = Scores({}, {})
    names = list(found)
    for kind in TYPES:
        tallies = [
            judge(record, of, kind=kind, is_exact=True, verbose=False)[1]
            for record, of in zip(records, names, strict=True)
        ]
        for half, part in enumerate((tallies[::2], tallies[1::2], tallies)):
            tally = add([Tally(), *part])
            hits = 2 * tally.hits / max(1, tally.labelled + tally.hits + tally.extra)
            scores.f1[kind, half], scores.labelled[kind, half] = hits, tally.labelled
    return scores


def report(name: str, scores: Scores, beside: Scores) -> None:
    """Prints a line: F1 of both halves and all, and the differences to other scores."""
    shown = [
        f"{kind} ({scores.labelled[kind, 2]}) "
        + " ".join(
            f"{scores.f1[kind, half]:.3f} ({scores.f1[kind, half] - beside.f1[kind, half]:+.3f})"
            for half in range(3)
        )
        for kind in TYPES
    ]
    print(f"{name:45} {'  '.join(shown)}", flush=True)


if __name__ == "__main__":
    main()
