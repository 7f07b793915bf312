"""How well places are found in each language, by sentences whose names are labelled.

    python benchmarks/place_languages.py LABELLED... [--index DIR] [--half even|odd]

Each line of a JSON file is an object with the `tokens` of a sentence, their `tags` (`B-LOC`,
`I-LOC`, `O`; those of other entities likewise) and its `language`; each line of a TSV file is a
language and a sentence with its `[places]` and `{other names}`, as in `labelled/`. Five sentences
make a document. Of each document the
distinct names count: one that is found is right if it overlaps a `LOC`; inside another entity, such
as the university of a town, it counts neither way. Recall is over the labelled names that the
gazetteer has, in any language. `--half` takes every other document only, so that rules can be made
with one half and judged by the other.
"""

from __future__ import annotations

import argparse
import json
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from feedlake.transforms.places.find_places import name_places
from feedlake.transforms.places.gazetteer import Gazetteer
from feedlake.transforms.places.gazetteer_build import build_gazetteer
from feedlake.transforms.places.place_names import hash_name, name_tokens

_SENTENCES = 5
_MARKED = re.compile(r"(\[[^\]]*\]|\{[^}]*\})")
_NO_SPACE_BEFORE = frozenset(".,;:!?)]}%\u2019")
_NO_SPACE_AFTER = frozenset("([{\u00a1\u00bf")


class Tally(NamedTuple):
    """What was found in some documents: distinct names of each.

    Attributes:
        labelled: Names that the gazetteer has.
        hits: Those of them that were found.
        right: Names found that are places.
        wrong: Names found that are none.
    """

    labelled: int = 0
    hits: int = 0
    right: int = 0
    wrong: int = 0


class Labelled(NamedTuple):
    """A document with its entities.

    Attributes:
        text: Its sentences.
        spans: Start, end and kind of each entity.
    """

    text: str
    spans: list[tuple[int, int, str]]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("labelled", type=Path, nargs="+", help="JSON lines, as described above")
    parser.add_argument("--index", type=Path, help="folder of a built index; else it is built")
    parser.add_argument("--half", choices=("even", "odd"), help="every other document only")
    parser.add_argument("--verbose", action="store_true", help="print what is missed and wrong")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        index = arguments.index or Path(folder) / "index"
        if not index.exists():
            build_gazetteer(index)
        gazetteer = Gazetteer(index)
        for path in arguments.labelled:
            for language, documents in read_documents(path).items():
                if arguments.half:
                    documents = documents[arguments.half == "odd" :: 2]
                tallies = [
                    judge(document, language, gazetteer, verbose=arguments.verbose)
                    for document in documents
                ]
                print(report(language, Tally(*map(sum, zip(*tallies, strict=True)))))


def report(language: str, total: Tally) -> str:
    """Returns the figures as one line."""
    found = total.right + total.wrong
    precision = total.right / found if found else 0.0
    recall = total.hits / total.labelled if total.labelled else 0.0
    return (
        f"{language}: precision {precision:.3f} of {found} names,"
        f" recall {recall:.3f} of {total.labelled}"
    )


def read_documents(path: Path) -> dict[str, list[Labelled]]:
    """Returns the documents of a file by language."""
    lines = path.read_text(encoding="utf-8").splitlines()
    if path.suffix != ".tsv":
        records = [json.loads(line) for line in lines]
        return {records[0]["language"]: list(make_documents(records))}
    sentences: dict[str, list[str]] = {}
    for line in lines:
        if not line.startswith("#"):
            language, _, sentence = line.partition("\t")
            sentences.setdefault(language, []).append(sentence)
    return {
        language: [
            read_marked(" ".join(marked[first : first + _SENTENCES]))
            for first in range(0, len(marked), _SENTENCES)
        ]
        for language, marked in sentences.items()
    }


def read_marked(marked: str) -> Labelled:
    """Returns a text without the marks of its names, and where these are."""
    text, spans = "", []
    for part in _MARKED.split(marked):
        if part[:1] in ("[", "{"):
            kind = "LOC" if part[0] == "[" else "ORG"
            spans.append((len(text), len(text) + len(part) - 2, kind))
            part = part[1:-1]
        text += part
    return Labelled(text, spans)


def make_documents(records: list[dict[str, Any]]) -> Iterator[Labelled]:
    """Yields the sentences in fives, with the usual blanks between their tokens."""
    for first in range(0, len(records), _SENTENCES):
        text, spans = "", []
        for record in records[first : first + _SENTENCES]:
            for token, tag in zip(record["tokens"], record["tags"], strict=True):
                if text and text[-1] not in _NO_SPACE_AFTER and token[0] not in _NO_SPACE_BEFORE:
                    text += " "
                start = len(text)
                text += token
                kind = tag.partition("-")[2]
                if tag.startswith("I-") and spans and spans[-1][2] == kind:
                    spans[-1] = (spans[-1][0], len(text), kind)
                elif kind:
                    spans.append((start, len(text), kind))
        yield Labelled(text, spans)


def judge(document: Labelled, language: str, gazetteer: Gazetteer, *, verbose: bool) -> Tally:
    """Returns what was found in one document."""
    text, spans = document
    named = name_places(None, text, language=language, gazetteer=gazetteer)
    found: dict[str, set[str]] = {}
    hit: set[tuple[int, int]] = set()
    for mention, _ in named.names:
        start, end = mention.start - named.text_start, mention.end - named.text_start
        over = [span for span in spans if span[0] < end and start < span[1]]
        kinds = {kind for _, _, kind in over} or {"O"}
        found.setdefault(mention.text.casefold(), set()).update(kinds)
        hit.update((s, e) for s, e, kind in over if kind == "LOC")
    labelled: dict[str, bool] = {}
    for start, end, kind in spans:
        name = text[start:end]
        if kind == "LOC" and is_known(name, gazetteer):
            is_hit = (start, end) in hit
            labelled[name.casefold()] = labelled.get(name.casefold(), False) or is_hit
    right = [name for name, kinds in found.items() if "LOC" in kinds]
    wrong = [name for name, kinds in found.items() if kinds == {"O"}]
    missed = [name for name, is_hit in labelled.items() if not is_hit]
    if verbose and (wrong or missed):
        around = [
            text[max(0, (p := text.casefold().find(n)) - 30) : p + len(n) + 30] for n in wrong
        ]
        print(f"{language} wrong {wrong} {around}; missed {missed}")
    return Tally(len(labelled), sum(labelled.values()), len(right), len(wrong))


def is_known(name: str, gazetteer: Gazetteer) -> bool:
    """Returns whether the gazetteer has a name, of a place of any size and in any language."""
    words = name_tokens(name)
    return bool(words) and gazetteer.find_one(hash_name(words)[-1]) >= 0


if __name__ == "__main__":
    main()
