"""An explanation in sentences, for people, and as JSON, for programs."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any

from feedlake.pipeline.explain.explain import MAX_ROWS, Explanation, Row
from feedlake.pipeline.explain.passages import MAX_PASSAGES, Passage
from feedlake.pipeline.terminal.console import amount, printable
from feedlake.transforms.rights.statements import ORIGIN_WORDS

MAX_SHOWN_CHARS = 300
"""Characters of a passage that are shown."""

_DATE_SOURCES = {
    "feed": "the feed states it",
    "page": "the page states it",
    "seed": "the file or record states it",
    "url": "the address has it",
    "guess": "a guess from a line of the page",
    "fetched": "nothing states it; the row's date is that of the fetch",
}
_TEXT_SOURCES = {
    "page": "the main text of the page",
    "text": "plain text, as the source gives it",
    "feed": "the feed's own text of the entry",
    "summary": "the feed's summary; there is no other text",
}
_TESTS = {
    "url": "by its address",
    "guid": "by its guid in the same feed",
    "text": "by its text",
    "near": "by a similar text",
    "address": "by its address",
}


def explanation_json(found: Explanation) -> str:
    """Returns the explanation as a JSON object; times in ISO 8601, UTC."""
    content = {"is_found": found.is_found, **dataclasses.asdict(found)}
    return json.dumps(content, indent=2, ensure_ascii=False, default=_plain)


def explanation_text(found: Explanation) -> str:
    """Returns the explanation in lines for a terminal."""
    lines = [found.asked]
    if found.canonical_url and found.canonical_url != found.asked:
        changes = ", ".join(found.changes)
        lines.append(f"  is known as {found.canonical_url}" + (f": {changes}" if changes else ""))
    if not found.is_found:
        lines.append("The lake knows nothing of it.")
    for rows, tell in (
        (found.articles, _article),
        (found.revisions, _revision),
        (found.duplicates, _duplicate),
        (found.rejects, _reject),
        (found.waiting, _waiting),
        (found.known, _known),
        (found.removals, _removal),
        (found.amendments, _amendment),
    ):
        for row in rows:
            lines += tell(row)
        if len(rows) == MAX_ROWS:
            lines.append(f"… (there may be more: these are {MAX_ROWS})")
    lines += _polls(found.polls)
    if found.robots:
        may = "lets feedlake ask for it" if found.robots["is_allowed"] else "forbids it"
        at = _when(found.robots["polled_at"])
        lines.append(f"robots.txt {may}, as of {at}: {found.robots['source']}")
    if found.site_polls:
        lines.append("Its site was polled, but no entry led there:")
        lines += [f"  {line}" for row in found.site_polls for line in _poll(row)]
    elif not found.is_found and found.canonical_url:
        lines.append("None of the addresses that were polled is of its site.")
    if found.runs:
        lines.append("Runs:")
        lines += [f"  {row['run_id']}, started {_when(row['started_at'])}" for row in found.runs]
    return "\n".join(printable(line) for line in lines)


def _removal(row: Row) -> Iterator[str]:
    by = "removed by age" if row["cause"] == "retain" else "removed"
    yield f"What was here was {by} ({row['kind']}), {_when(row['removed_at'])}: {row['reason']}"


def _amendment(row: Row) -> Iterator[str]:
    said = row["value"] or ", ".join(row["value_list"]) or "nothing"
    at = _when(row["amended_at"])
    yield f"Amended in the view latest, {at}: {row['column_name']} says {said} ({row['reason']})"


def _article(row: Row) -> Iterator[str]:
    yield f"An article: {_title(row)}"
    yield from _origins(row)


def _origins(row: Row) -> Iterator[str]:
    """Where the fields of a version come from, as far as its row says."""
    yield f"  id: {row['article_id']}, {_identity(row)}"
    yield f"  read from: {_place(row)}, {_when(row['fetched_at'])}"
    if row["claimed_url"]:
        yield f"  its page claims {row['claimed_url']}, which doesn't identify it"
    published = _when(row["published_at"]) if row["published_at"] else "none"
    words = f", in its words: {row['published_text']}" if row["published_text"] else ""
    why = _DATE_SOURCES.get(row["date_source"], row["date_source"])
    yield f"  date: {published} ({why}{words})"
    source = _TEXT_SOURCES.get(row["text_source"], row["text_source"])
    note = f"; {row['text_note']}" if row["text_note"] else ""
    count = amount(row["char_count"], "character")
    yield f"  text: {source}{note}; {count}, by {row['extractor']}"
    if row["language_score"] is None:
        yield f"  language: {row['language']}, as declared"
    else:
        score = f"{row['language_score']:.2f}"
        yield f"  language: {row['language']}, identified from the text ({score})"
    yield "  title: from the page, the feed or the record; which one isn't recorded"
    yield from _rights(row)
    if row["cluster_id"] != row["article_id"]:
        yield f"  near-duplicates: in the group of {row['cluster_id']}"


def _rights(row: Row) -> Iterator[str]:
    """What is said about the rights, and by whom; nothing where nobody looked."""
    if row["rights"] is None:
        return
    if not row["rights"]:
        yield "  rights: nothing is said about them"
    for one in row["rights"]:
        origin = ORIGIN_WORDS.get(one["origin"], one["origin"])
        kind = one["kind"].replace("_", " ")
        yield f"  rights: {kind}, as {origin} says: {_short(one['value'])}"
    if row["rights_reserved"]:
        yield "  the text is reserved from mining; a run with --respect-rights rejects it"


def _identity(row: Row) -> str:
    if row["canonical_url"]:
        guid = f"; guid {row['guid']}" if row["guid"] else ""
        return f"made of {row['canonical_url']}{guid}"
    return "made of its text, as it has no address that identifies it"


def _revision(row: Row) -> Iterator[str]:
    similar = f", similarity {row['similarity']:.2f}" if row["similarity"] is not None else ""
    more = f"{row['char_delta']:+,} characters" if row["char_delta"] is not None else "a new text"
    yield f"Revision {row['revision']}: {_title(row)} ({more}{similar})"
    yield f"  read from: {_place(row)}, {_when(row['fetched_at'])}"
    yield from _rights(row)
    yield from _passages(row["passages"])


def _duplicate(row: Row) -> Iterator[str]:
    original = row["original"]
    of = row["original_id"]
    if original is not None:
        of = f"{original['url'] or original['source']} ({of})"
    yield f"A duplicate of {of}"
    test = _TESTS.get(row["test"], f"by {row['test']}")
    yield f"  found {test}, similarity {row['similarity']:.2f}: {_title(row)}"
    yield f"  read from: {_place(row)}, {_when(row['fetched_at'])}"
    yield from _rights(row)
    yield from _passages(row["passages"])


def _reject(row: Row) -> Iterator[str]:
    detail = f": {row['detail']}" if row["detail"] else ""
    yield f"Rejected at {row['step']} as {row['reason']}{detail}"
    yield f"  read from: {_place(row)}, run of {_when(row['rejected_at'])}"


def _waiting(row: Row) -> Iterator[str]:
    if row["status"] == "done":
        yield f"Waited until {_when(row['tried_at'])}, as an entry of {row['source']}."
        return
    words = "Waits" if row["status"] == "waiting" else "Is in the lake, and its page is asked again"
    detail = f": {row['detail']}" if row["detail"] else ""
    yield f"{words}, as an entry of {row['source']}: {row['reason']}{detail}"
    tries = amount(row["attempts"], "attempt")
    until = row["next_try_at"]
    yield f"  {tries} up to now" + (f"; the next one from {_when(until)} on" if until else "")
    if row["asked_until"]:
        yield f"  {row['asked_by'] or 'its host'} asked to be left alone until " + _when(
            row["asked_until"]
        )


def _known(row: Row) -> Iterator[str]:
    test = _TESTS.get(row["test"], f"by {row['test']}")
    yield f"Recognised in {row['source']} {test}, so it added no row."


def _polls(rows: Sequence[Row]) -> Iterator[str]:
    if not rows:
        return
    yield "Read as a source:"
    for row in rows:
        yield from (f"  {line}" for line in _poll(row))
    if len(rows) == MAX_ROWS:
        yield f"  … (the newest {MAX_ROWS})"


def _poll(row: Row) -> Iterator[str]:
    when = row["polled_at"] or row["run_date"]
    parts = [f"{_when(when)} {row['source']}: {row['status']}"]
    if row["http_status"]:
        parts.append(f"HTTP {row['http_status']}")
    if row["entries"] is not None:
        parts.append(f"{row['entries']:,} entries, {row['new_entries'] or 0:,} new or changed")
    elif row["documents"]:
        parts.append(amount(row["documents"], "document"))
    if row["left_out"]:
        parts.append(f"{row['left_out']:,} left out by the limits on number and age")
    if row["missed_entries"]:
        parts.append(f"at least {row['missed_entries']:,} had come and gone unseen")
    if row["error"]:
        parts.append(row["error"])
    if row["detail"]:
        parts.append(row["detail"])
    if row["is_stopped"]:
        parts.append("not polled any more, as it answered 410 twice")
    yield ", ".join(parts)


def _passages(passages: Sequence[Passage]) -> Iterator[str]:
    for before, after in passages:
        if before:
            yield f"  - {_short(before)}"
        if after:
            yield f"  + {_short(after)}"
    if len(passages) == MAX_PASSAGES:
        yield "  … (more passages differ)"


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= MAX_SHOWN_CHARS else f"{text[:MAX_SHOWN_CHARS]}…"


def _title(row: Row) -> str:
    return _short(row["title"]) if row["title"] else "without a title"


def _place(row: Row) -> str:
    record = row["source_record"]
    return f"{row['source']}" + ("" if record is None else f", record {record}")


def _when(moment: datetime | date | None) -> str:
    if isinstance(moment, datetime):
        return f"{moment:%Y-%m-%d %H:%M} UTC"
    return "at an unknown time" if moment is None else moment.isoformat()


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    return value.hex() if isinstance(value, bytes) else str(value)
