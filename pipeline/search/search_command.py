"""What `feedlake search` does: brings the index up to date, asks it, and shows what was found."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

import pyarrow as pa

from feedlake.pipeline.lake.lake import Lake
from feedlake.pipeline.options.failures import UsageError
from feedlake.pipeline.search.engine import Filters
from feedlake.pipeline.search.query_language import parse_query
from feedlake.pipeline.search.search_index import Found, Hit, SearchIndex
from feedlake.pipeline.search.snippets import Piece
from feedlake.pipeline.terminal import console
from feedlake.pipeline.terminal.console import amount, printable
from feedlake.pipeline.terminal.progress_line import INDEXED, TO_INDEX
from feedlake.transforms.process.process_wide import process_wide
from feedlake.transforms.process.tally import Tally

_COLUMNS = pa.schema(
    [
        *(pa.field(name, pa.string()) for name in ("article_id", "title", "url", "site")),
        pa.field("language", pa.string()),
        pa.field("date", pa.date32()),
        pa.field("published_at", pa.timestamp("us", tz="UTC")),
        pa.field("score", pa.float64()),
        pa.field("snippet", pa.string()),
    ]
)


def find(values: Mapping[str, Any], *, lake: str) -> Found | None:
    """Returns what a search finds; None if nothing was asked for, and the index is up to date now.

    Args:
        values: What the command was told.
        lake: Path of the lake.

    Raises:
        UsageError: There is no lake, or the search makes no sense.
        LakeError: The lake is damaged.
    """
    opened = Lake(lake)
    opened.check_exists()
    since, until = values["since"], values["until"]
    if since and until and since > until:
        raise UsageError(f"--since {since}: must not be after --until {until}")
    if values["words"] is not None:
        parse_query(values["words"])  # Before the index is built, which may take minutes.
    index = SearchIndex(opened)
    if not index.is_current(opened.snapshot()):
        with console.progress(is_quiet=values["quiet"]):
            _catch_up(index)
    if values["words"] is None:
        return None
    filters = Filters(since, until, languages=values["language"], sites=values["site"])
    return index.search(values["words"], filters=filters, limit=values["limit"])


def _catch_up(index: SearchIndex) -> None:
    tally = process_wide(Tally)
    tally.reset()
    tally.enter("indexing")
    known = 0

    def tell(done: int, total: int) -> None:
        nonlocal known
        if not known:
            tally.count(TO_INDEX, total)
        tally.count(INDEXED, done - known)
        known = done

    index.catch_up(tell=tell)


def found_rows(found: Found) -> pa.Table:
    """Returns the hits as rows, for the formats of `query`."""
    rows = [
        {**_about(hit), "date": hit.article.day, "published_at": hit.article.published_at}
        for hit in found.hits
    ]
    return pa.Table.from_pylist(rows, schema=_COLUMNS)


def found_json(found: Found) -> str:
    """Returns the hits as JSON, with the places of what was found."""
    published = [hit.article.published_at for hit in found.hits]
    hits = [
        {
            **_about(hit),
            "date": hit.article.day.isoformat(),
            "published_at": moment.isoformat() if moment else None,
            "title_matches": _spans(hit.title),
            "snippet_matches": _spans(hit.snippet),
        }
        for hit, moment in zip(found.hits, published, strict=True)
    ]
    return json.dumps({"count": found.count, "hits": hits}, indent=2)


def _about(hit: Hit) -> dict[str, Any]:
    article = hit.article
    return {
        "article_id": article.article_id,
        "title": _joined(hit.title) or None,
        "url": article.url,
        "site": article.site,
        "language": article.language,
        "score": round(hit.score, 4),
        "snippet": _joined(hit.snippet),
    }


def _joined(pieces: Iterable[Piece]) -> str:
    return "".join(piece.text for piece in pieces)


def _spans(pieces: Iterable[Piece]) -> list[tuple[int, int]]:
    """Beginnings and ends of what was found, in characters."""
    spans, at = [], 0
    for piece in pieces:
        if piece.is_match:
            spans.append((at, at + len(piece.text)))
        at += len(piece.text)
    return spans


def found_text(found: Found, *, width: int) -> str:
    """Returns the hits for people; what was found is bold on a terminal.

    Args:
        found: The hits.
        width: Of the terminal, in columns.
    """
    from rich.console import Console
    from rich.text import Text

    shown = Console(width=width, highlight=False, markup=False, emoji=False)
    count = amount(found.count, "article")
    more = found.count > len(found.hits)
    head = f"{count}, the best {len(found.hits):,} of them" if more else count
    with shown.capture() as capture:
        shown.print(head if found.count else "no articles", soft_wrap=True)
        for hit in found.hits:
            article = hit.article
            facts = [article.day.isoformat(), article.site, article.language]
            shown.print()
            shown.print(_styled(Text(), hit.title or (Piece("(no title)", False),)))
            shown.print("  ".join(printable(fact) for fact in facts if fact), soft_wrap=True)
            shown.print(_styled(Text(), hit.snippet))
            shown.print(printable(article.url or article.article_id), soft_wrap=True)
    # Where a line is broken, the space stays at its end.
    return "\n".join(line.rstrip() for line in capture.get().rstrip().splitlines())


def _styled(text: Any, pieces: Iterable[Piece]) -> Any:
    for piece in pieces:
        text.append(printable(piece.text), style="bold" if piece.is_match else "")
    return text
