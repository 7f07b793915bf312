"""What rows say: feedlake against other extractors, field by field, on the same labelled pages.

    python benchmarks/rows.py PAGES_DIR TRUTH_JSON [--tools NAME…] [--show FIELD]

The pages are `PAGES_DIR/<id>.html.gz`; the truth is a JSON object from id to `articleBody`, `url`,
and, where somebody labelled them, `title`, `date` (YYYY-MM-DD), `authors`, `site_name` and
`language`. A field that is missing or null isn't judged.

Each tool runs in an environment of its own in the cache folder (feedlake in that of this
interpreter), by the call that its documentation shows first, with the page's address where it takes
one (`row_readers.py`). All get the same page, decoded as feedlake decodes it.

Texts are measured as in `quality.py`. A title is right if it has the letters and digits of the true
one, in order, whatever their case; so are names, all of them and no others. A date is right on the
true day, near on the day before or after it (feedlake's days are those of UTC). A language is right
if its first tag is. What is said and not right is wrong; what isn't said is none. CPU is that of
the calls, without imports; where a tool starts threads, theirs is in it.

`--show` lists the pages on which a field isn't right.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections import Counter
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from environments import make_environment, plain_variables, versions
from quality import read_pages, score_texts

from feedlake.transforms.normalize.charset import decode_body

TOOLS = {
    "feedlake": "",
    "trafilatura": "2.3.1",
    "rs-trafilatura": "0.1.1",
    "newspaper4k": "0.9.6",
    "news-please": "1.6.16",
    "readability-lxml": "0.9",
    "goose3": "3.1.22",
    "resiliparse": "2.0.1",
}
"""Each tool with the release that it is measured at; feedlake is the one of this checkout."""

FIELDS = ("title", "date", "authors", "site_name", "language")
_READERS = Path(__file__).with_name("row_readers.py")
_SAME_LANGUAGE = {"nb": "no", "nn": "no", "iw": "he", "in": "id"}

Row = dict[str, Any]


class Tally(NamedTuple):
    """One tool's rows, judged.

    Attributes:
        f1: Of its texts.
        verdicts: By field, how many pages got each verdict.
        said: By field, on how many pages it says something, labelled or not.
        milliseconds: CPU a page.
        errors: Pages on which it raised.
    """

    f1: float
    verdicts: dict[str, Counter[str]]
    said: Counter[str]
    milliseconds: float
    errors: int


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("pages", type=Path, help="folder of <id>.html.gz")
    parser.add_argument("truth", type=Path, help="JSON object: id to the true fields")
    parser.add_argument("--tools", nargs="+", choices=TOOLS, default=list(TOOLS))
    parser.add_argument("--show", choices=FIELDS, help="list the pages where this isn't right")
    given = parser.parse_args()
    truths: dict[str, Row] = json.loads(given.truth.read_text(encoding="utf-8"))
    pages = "".join(
        json.dumps({"id": page.name, "url": page.url, "html": decode_body(page.body, is_html=True)})
        + "\n"
        for page in read_pages(given.pages, given.truth)
    )
    lines: list[str] = []
    notes: list[str] = []
    for name in given.tools:
        try:
            python = find_python(name)
            print(f"{name}: {versions(python, (name, 'lxml', 'trafilatura'))}", file=sys.stderr)
            rows = read_rows(python, name, pages)
        except subprocess.CalledProcessError as error:
            notes.append(f"{name} {TOOLS[name]} can't be installed or run here: {error}")
            continue
        tally = judge(rows, truths)
        lines.append(f"| {' | '.join((f'{name} {TOOLS[name]}'.strip(), *cells(tally)))} |")
        if tally.verdicts["date"] and name == "feedlake":
            notes.append(judge_stated_days(rows, truths))
        if tally.errors:
            notes.append(f"{name} raised on {tally.errors} pages")
        if given.show:
            show(given.show, name, rows, truths)
    labelled = {
        field: sum(truth.get(field) is not None for truth in truths.values()) for field in FIELDS
    }
    print(f"{len(truths)} pages; labelled: {', '.join(f'{n} {f}' for f, n in labelled.items())}")
    print("| tool | text F1 | title | date | authors | site name | language | ms |")
    print("|---|---|---|---|---|---|---|---|")
    print("\n".join([*lines, *notes]))


def find_python(name: str) -> Path:
    """Returns the interpreter that has the tool, which is installed if it isn't there yet."""
    version = TOOLS[name]
    if not version:
        return Path(sys.executable)
    return make_environment(f"{name}-{version}", (f"{name}=={version}",))


def read_rows(python: Path, name: str, pages: str) -> dict[str, Row]:
    """Returns the tool's row of each page, by the page's id."""
    done = subprocess.run(
        [str(python), str(_READERS), name],
        input=pages,
        stdout=subprocess.PIPE,
        encoding="utf-8",
        env=plain_variables(),
        check=True,
    )
    return {row["id"]: row for row in map(json.loads, done.stdout.splitlines())}


def judge(rows: dict[str, Row], truths: dict[str, Row]) -> Tally:
    """Returns how many of the rows say what is true."""
    verdicts: dict[str, Counter[str]] = {field: Counter() for field in FIELDS}
    said: Counter[str] = Counter()
    for name, truth in truths.items():
        for field in FIELDS:
            found = rows[name].get(field) or None
            said[field] += found is not None
            if truth.get(field) is not None:
                verdicts[field][verdict(field, found, truth[field])] += 1
    texts = [(truth["articleBody"], rows[name].get("text") or "") for name, truth in truths.items()]
    cpu_s = sum(row["cpu_s"] for row in rows.values())
    errors = sum(row["error"] is not None for row in rows.values())
    return Tally(score_texts(texts).f1, verdicts, said, 1_000 * cpu_s / len(rows), errors)


def judge_stated_days(rows: dict[str, Row], truths: dict[str, Row]) -> str:
    """Returns a line about feedlake's dates, each as the day in its own zone."""
    counts = Counter(
        verdict("date", stated_day(rows[page]), truth["date"])
        for page, truth in truths.items()
        if truth.get("date") is not None
    )
    shares = ", ".join(f"{counts[name]} {name}" for name in ("right", "near", "wrong", "none"))
    return f"feedlake, by the day in the zone that the page states: {shares}"


def stated_day(row: Row) -> str | None:
    """Returns the day of `published_at` in the zone that the page states, if it states one."""
    if row.get("date") is None:
        return None
    moment = datetime.fromisoformat(row["date"])
    return (moment + timedelta(minutes=row.get("offset_min") or 0)).date().isoformat()


def verdict(field: str, found: Any, true: Any) -> str:
    """Returns `right`, `near` (a date a day off), `wrong` or `none`."""
    if field == "date":
        try:
            days = abs((date.fromisoformat(str(found)[:10]) - date.fromisoformat(true)).days)
        except ValueError:
            return "none" if found is None else "wrong"
        return ("right", "near")[days] if days <= 1 else "wrong"
    if field == "language":
        found = None if found == "und" else found
        is_right = found is not None and _primary(found) == _primary(true)
    elif field == "authors":
        is_right = set(map(_letters, found or ())) == set(map(_letters, true))
    else:
        is_right = _letters(found or "") == _letters(true)
    return "right" if is_right else "none" if not found else "wrong"


def cells(tally: Tally) -> list[str]:
    """Returns the table's cells: what is right, and behind it near, wrong and none."""
    shown = [f"{tally.f1:.3f}"]
    for field in FIELDS:
        counts = tally.verdicts[field]
        order = ("near", "wrong", "none") if field == "date" else ("wrong", "none")
        if not tally.said[field]:
            shown.append("-")
        elif counts:
            shown.append(f"{counts['right']} ({', '.join(str(counts[name]) for name in order)})")
        else:
            shown.append(f"{tally.said[field]} given")
    return [*shown, f"{tally.milliseconds:.1f}"]


def show(field: str, name: str, rows: dict[str, Row], truths: dict[str, Row]) -> None:
    for page, truth in truths.items():
        found = rows[page].get(field) or None
        if truth.get(field) is not None and (
            (said := verdict(field, found, truth[field])) != "right"
        ):
            print(f"{name} {page} {said}: {found!r}, true {truth[field]!r}")


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text.casefold()))


def _primary(tag: str) -> str:
    first = tag.replace("_", "-").partition("-")[0].lower()
    return _SAME_LANGUAGE.get(first, first)


if __name__ == "__main__":
    main()
