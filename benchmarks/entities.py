"""How well persons and organisations are found in labelled English texts, beside the bare model.

    python benchmarks/entities.py LABELLED_JSONL [--cache DIR] [--verbose]

Each line is an object: `title` (or null), `text`, and `names`, the mentions in both of persons
(without their titles) and organisations (companies, agencies, parties, schools, teams, media),
without articles and possessives:

    {"title": null, "text": "The Acme Corp. of Ann Smith is sold. Smith is glad.",
     "names": [{"offset": 4, "name": "Acme Corp.", "type": "organisation", "entity": "Acme Corp."},
               {"offset": 18, "name": "Ann Smith", "type": "person", "entity": "Ann Smith"},
               {"offset": 37, "name": "Smith", "type": "person", "entity": "Ann Smith"}]}

`offset` counts Unicode code points and is null in the title, `entity` is the same for all forms of
one name, and the type "?" is for what may be found or not: it counts neither way.

Both sides are measured alike. An entity is found where a name of its type is one of its forms
(exact), or shares a run of words with one (overlapping); each name that fits none is wrong. Names
beyond the first of an entity are not wrong, but printed as split. Mentions count as found up to the
labelled number, and as wrong beyond it. Needs the extra `nlp`.
"""

from __future__ import annotations

import argparse
import json
import re
import tempfile
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from time import process_time
from typing import Any, NamedTuple

from feedlake.transforms.enrich import entities
from feedlake.transforms.enrich.entities import find_entities
from feedlake.transforms.places.find_places import find_places
from feedlake.transforms.places.gazetteer import Gazetteer, open_gazetteer

TYPES = ("person", "organisation")
_LABELS = {"PERSON": "person", "ORG": "organisation"}
_EITHER = "?"
_ROUND = re.compile(r"^(?:the\s+)|['\u2019]s?$|\.$", re.IGNORECASE)

Found = Mapping[tuple[str, str], int]
"""Mentions by name and type."""


class Tally(NamedTuple):
    """What was found in some texts.

    Attributes:
        labelled: Things that ought to be found.
        hits: Those of them that were.
        extra: Things found that are none.
        split: Names found beyond the first of an entity.
    """

    labelled: int = 0
    hits: int = 0
    extra: int = 0
    split: int = 0


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("labelled", type=Path, help="JSON lines, as described above")
    parser.add_argument(
        "--cache", type=Path, help="folder of the gazetteer's index; else a new one"
    )
    parser.add_argument("--verbose", action="store_true", help="print each error")
    arguments = parser.parse_args()
    lines = arguments.labelled.read_text(encoding="utf-8").splitlines()
    records = [json.loads(line) for line in lines if line]
    with tempfile.TemporaryDirectory() as folder:
        gazetteer = open_gazetteer(arguments.cache or Path(folder))
        places = [names_of_places(record, gazetteer) for record in records]
    ask_model("x")
    for side, find in (("ours", ask_ours), ("bare model", ask_bare)):
        begun_s = process_time()
        found = [find(*pair) for pair in zip(records, places, strict=True)]
        cost_ms = 1000 * (process_time() - begun_s) / max(1, len(records))
        print(f"{side}: {len(records)} texts, {cost_ms:.0f} CPU ms each")
        for is_exact in (True, False):
            report(side, records, found, is_exact=is_exact, verbose=arguments.verbose and is_exact)


def names_of_places(record: dict[str, Any], gazetteer: Gazetteer) -> list[str]:
    """Returns the places that the step before finds in a text."""
    found = find_places(record["title"], record["text"], language="en", gazetteer=gazetteer)
    return [place.name for place in found.places]


def ask_model(text: str) -> Iterable[Any]:
    """Returns the spans that the model finds."""
    spans: Iterable[Any] = entities._model()(text).ents
    return spans


def ask_ours(record: dict[str, Any], places: list[str]) -> Found:
    """Returns what the column says of a text."""
    found = find_entities(
        record["title"], record["text"], scope="full", language="en", places=places
    )
    return {(plain(e.name), e.type): e.count for e in found or () if e.type in TYPES}


def ask_bare(record: dict[str, Any], _: list[str]) -> Found:
    """Returns what the model says of a text, with nothing done to it."""
    parts = [record["title"] or "", record["text"]]
    spans = [span for part in parts for span in ask_model(part) if span.label_ in _LABELS]
    return Counter((plain(span.text), _LABELS[span.label_]) for span in spans)


def plain(name: str) -> str:
    """Returns a name in lower case without article, possessive and last full stop."""
    return _ROUND.sub("", " ".join(name.split()).lower())


def report(
    side: str,
    records: list[dict[str, Any]],
    found: list[Found],
    *,
    is_exact: bool,
    verbose: bool,
) -> None:
    """Prints a line for each type, and one for both, of entities and of mentions."""
    how = "exact" if is_exact else "overlapping"
    totals = [Tally(), Tally()]
    for kind in TYPES:
        tallies = [(Tally(), Tally())]
        tallies += [
            judge(record, names, kind=kind, is_exact=is_exact, verbose=verbose)
            for record, names in zip(records, found, strict=True)
        ]
        sums = [add(column) for column in zip(*tallies, strict=True)]
        totals = [add(pair) for pair in zip(totals, sums, strict=True)]
        print(f"  {side}, {how}, {kind}: {line(sums)}")
    print(f"  {side}, {how}, both: {line(totals)}")


def add(tallies: Iterable[Tally]) -> Tally:
    """Returns the sums."""
    return Tally(*map(sum, zip(*tallies, strict=True)))


def line(tallies: list[Tally]) -> str:
    """Returns the figures of entities and of mentions."""
    shown = []
    for what, tally in zip(("entities", "mentions"), tallies, strict=True):
        found = tally.hits + tally.extra
        precision = tally.hits / found if found else 0.0
        recall = tally.hits / tally.labelled if tally.labelled else 0.0
        f1 = 2 * precision * recall / (precision + recall) if tally.hits else 0.0
        shown.append(f"{tally.labelled} {what} P {precision:.3f} R {recall:.3f} F1 {f1:.3f}")
    return f"{'; '.join(shown)}; {tallies[0].split} split"


def judge(
    record: dict[str, Any], found: Found, *, kind: str, is_exact: bool, verbose: bool
) -> tuple[Tally, Tally]:
    """Returns what was found of one type in one text: entities, and mentions.

    Args:
        record: A labelled text.
        found: What was found in it.
        kind: The type.
        is_exact: Whether a name must be one of the forms, not only overlap one.
        verbose: Whether to print errors.

    Raises:
        ValueError: A label does not fit the text.
    """
    forms: dict[str, set[str]] = {}
    wanted: Counter[str] = Counter()
    either: set[str] = set()
    for label in record["names"]:
        start, name = label["offset"], label["name"]
        is_there = (
            name in (record["title"] or "")
            if start is None
            else record["text"].startswith(name, start)
        )
        if not is_there:
            raise ValueError(f"no {name!r} at {start}")
        if label["type"] == _EITHER:
            either.add(plain(name))
        elif label["type"] == kind:
            forms.setdefault(label["entity"], set()).add(plain(name))
            wanted[label["entity"]] += 1
    names, counts, wrong = Counter[str](), Counter[str](), Counter[str]()
    for (name, type_), count in found.items():
        if type_ != kind:
            continue
        fitting = [entity for entity, known in forms.items() if fits(name, known, is_exact)]
        fitting.sort(key=lambda entity: name not in forms[entity])
        if fitting:
            names[fitting[0]] += 1
            counts[fitting[0]] += count
        elif not fits(name, either, is_exact=False):
            wrong[name] = count
    if verbose and (wrong or len(names) < len(forms)):
        missed = sorted(set(forms) - set(names))
        print(f"{record['text'][:30]!r}, {kind}: missed {missed}, wrong {sorted(wrong)}")
    hits = sum(min(count, wanted[entity]) for entity, count in counts.items())
    surplus = counts.total() - hits
    return (
        Tally(len(forms), len(names), len(wrong), names.total() - len(names)),
        Tally(wanted.total(), hits, surplus + wrong.total()),
    )


def fits(name: str, forms: Iterable[str], is_exact: bool) -> bool:
    """Returns whether a name is one of the forms, or, if not exact, shares a run of words."""
    if is_exact:
        return name in forms
    return any(f" {name} " in f" {form} " or f" {form} " in f" {name} " for form in forms)


if __name__ == "__main__":
    main()
