"""Titles, authors and dates of pages: feedlake's against trafilatura's, and both against a truth.

    python benchmarks/metadata.py PAGES_DIR [TRUTH_JSONL] [--show]

Pages are `PAGES_DIR/<id>.html.gz`, read without their address, as in `quality.py`. A line of the
truth is `{"id": …, "title": …, "authors": […], "date": …}`; a field that it leaves out is not
judged, one that is null or empty is right where nothing is found. A title may be a list, each of
which is right; a site's name behind one is no fault. A date with a time and a zone is that day
there and in UTC, since feedlake's dates are in UTC. Authors are right if they are those of the
truth and no others, `names` if none of them is missing. `--show` lists what differs.
"""

from __future__ import annotations

import argparse
import gzip
import json
import logging
import re
import unicodedata
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, NamedTuple

import trafilatura

from feedlake.transforms.extract.extract_document import ExtractOptions, extract_document
from feedlake.transforms.normalize.charset import decode_body
from feedlake.transforms.normalize.date_bounds import EARLIEST_DATE
from feedlake.transforms.records.documents import Article, Document

OPTIONS = ExtractOptions(read_at=datetime.now(UTC), min_chars=0, earliest_date=EARLIEST_DATE)
FIELDS = ("title", "authors", "date")
_SEPARATOR = re.compile(r"\s+[-:\u00b7\u2022\u00bb/~]+\s+|\s*[|]\s*")
_DASHES = re.compile("[\u2010-\u2015\u2212]")
_QUOTES = str.maketrans("\u2018\u2019\u201c\u201d\u2032\u2033", "''\"\"'\"")


class Found(NamedTuple):
    """What is said of a page; None or empty where nothing is."""

    title: str | None
    authors: tuple[str, ...]
    date: str | None


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("pages", type=Path, help="folder of <id>.html.gz")
    parser.add_argument("truth", type=Path, nargs="?", help="JSON lines")
    parser.add_argument("--show", action="store_true", help="list what differs")
    arguments = parser.parse_args()
    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    truths = read_truths(arguments.truth) if arguments.truth else {}
    paths = sorted(arguments.pages.glob("*.html.gz"))
    pages = {path.name.removesuffix(".html.gz"): path for path in paths}
    ours, theirs = {}, {}
    for name, path in pages.items():
        body = gzip.decompress(path.read_bytes())
        ours[name], theirs[name] = read_ours(name, body), read_theirs(body)
    print(f"{len(pages)} pages{'':16}feedlake  trafilatura")
    for field in FIELDS:
        print_found(field, ours, theirs)
    for field in (*FIELDS, "names") if truths else ():
        print_right(field, ours, theirs, truths)
    for name in pages if arguments.show else ():
        show(name, ours[name], theirs[name], truths.get(name))


def read_truths(path: Path) -> dict[str, dict[str, Any]]:
    """The true fields by the page's id."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return {record["id"]: record for record in map(json.loads, filter(None, lines))}


def read_ours(name: str, body: bytes) -> Found:
    document = Document(name, source_kind="html", body=body, is_html=True, text_source="page")
    outcome = extract_document(document, OPTIONS)
    if not isinstance(outcome, Article):
        return Found(outcome.title, (), None)
    day = outcome.published_at.date().isoformat() if outcome.published_at else None
    return Found(outcome.title, outcome.authors, day)


def read_theirs(body: bytes) -> Found:
    found = trafilatura.bare_extraction(
        decode_body(body, is_html=True), with_metadata=True, include_comments=False
    )
    if found is None or isinstance(found, dict):
        return Found(None, (), None)
    authors = tuple(name.strip() for name in (found.author or "").split(";") if name.strip())
    return Found(found.title, authors, found.date)


def print_found(field: str, ours: dict[str, Found], theirs: dict[str, Found]) -> None:
    shares = [
        sum(bool(getattr(found, field)) for found in side.values()) for side in (ours, theirs)
    ]
    both = [
        _alike(field, value, getattr(theirs[name], field))
        for name, found in ours.items()
        if (value := getattr(found, field)) and getattr(theirs[name], field)
    ]
    print(
        f"{field + ' found':22}{shares[0]:9}{shares[1]:13}   "
        f"the same on {sum(both)} of {len(both)} where both find one"
    )


def print_right(
    field: str,
    ours: dict[str, Found],
    theirs: dict[str, Found],
    truths: dict[str, dict[str, Any]],
) -> None:
    judged = "authors" if field == "names" else field
    ids = [name for name in ours if judged in truths.get(name, {})]
    right = [
        sum(is_right(field, side[name], truths[name]) for name in ids) for side in (ours, theirs)
    ]
    count = max(1, len(ids))
    print(
        f"{field + ' right':22}{right[0] / count:9.3f}{right[1] / count:13.3f}   "
        f"{right[0]} and {right[1]} of {len(ids)}"
    )


def is_right(field: str, found: Found, truth: dict[str, Any]) -> bool:
    """Whether it is as the truth says; of `names`, whether no true author is missing."""
    if field == "names":
        return set(map(_letters, truth["authors"])) <= set(map(_letters, found.authors))
    value, true = getattr(found, field), truth[field]
    return JUDGES[field](value, true) if value and true else not value and not true


def show(name: str, ours: Found, theirs: Found, truth: dict[str, Any] | None) -> None:
    for field in FIELDS:
        mine, other = getattr(ours, field), getattr(theirs, field)
        is_judged = truth is not None and field in truth
        if is_judged and truth is not None:
            marks = [is_right(field, found, truth) for found in (ours, theirs)]
            if all(marks):
                continue
            verdict = f"{'+-'[not marks[0]]}{'+-'[not marks[1]]} true {truth[field]!r}"
        elif mine == other or (mine and other and _alike(field, mine, other)):
            continue
        else:
            verdict = "differ"
        print(f"{name[:12]} {field} {verdict}\n    {mine!r}\n    {other!r}")


def _alike(field: str, mine: Any, other: Any) -> bool:
    return JUDGES[field](mine, other) or JUDGES[field](other, mine)


def _same_title(found: str, true: str | list[str]) -> bool:
    """Whether it is one of the true titles, or one of them with a site's name behind it."""
    line = _DASHES.sub("-", found)
    heads = {_plain(line[: separator.start()]) for separator in _SEPARATOR.finditer(line)}
    trues = {_plain(title) for title in ([true] if isinstance(true, str) else true)}
    return bool(trues & (heads | {_plain(found)}))


def _plain(text: str) -> str:
    text = _DASHES.sub("-", unicodedata.normalize("NFKC", text).translate(_QUOTES))
    return " ".join(text.casefold().split()).strip(" .")


def _same_day(found: str, true: str) -> bool:
    return date.fromisoformat(found) in _days(true)


def _days(text: str) -> set[date]:
    moment = datetime.fromisoformat(text)
    return {moment.date()} | ({moment.astimezone(UTC).date()} if moment.tzinfo else set())


def _same_names(found: tuple[str, ...], true: tuple[str, ...]) -> bool:
    return set(map(_letters, found)) == set(map(_letters, true))


def _letters(name: str) -> str:
    """The name's letters without accents: trafilatura's are title-cased, some pages' capitals."""
    text = unicodedata.normalize("NFKD", name.casefold())
    return "".join(filter(str.isalnum, text))


JUDGES: dict[str, Callable[[Any, Any], bool]] = {
    "title": _same_title,
    "authors": _same_names,
    "date": _same_day,
}

if __name__ == "__main__":
    main()
