"""The answer to a search as a file, or as a feed that can be followed."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, time
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape, quoteattr

from starlette.responses import Response

from feedlake.pipeline.views import shown_text, view_addresses

if TYPE_CHECKING:
    from feedlake.pipeline.search.engine import Filters
    from feedlake.pipeline.search.search_index import Hit, SearchIndex

MAX_HITS = 2_000
"""Articles of an export, the best."""

MAX_ENTRIES = 50
"""Entries of a feed, the newest."""

FORMATS = {
    "csv": "CSV",
    "parquet": "Parquet",
    "jsonl": "JSON lines",
    "rss": "RSS",
    "atom": "Atom",
}

_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "parquet": "application/vnd.apache.parquet",
    "jsonl": "application/jsonl; charset=utf-8",
    "rss": "application/rss+xml; charset=utf-8",
    "atom": "application/atom+xml; charset=utf-8",
}
_COLUMNS = (
    *("article_id", "date", "published_at", "site", "language", "title", "url", "score", "text"),
)
_FORMULA = re.compile(r"[=+@\t\r\n-]")
"""Beginnings of cells that spreadsheets take for formulas (OWASP, CSV injection)."""


def answer(
    wanted: str,
    index: SearchIndex,
    asked: str,
    filters: Filters,
    *,
    base: str,
    query: str,
    now: datetime,
) -> Response:
    """Returns the answer to a search in one of the `FORMATS`.

    Args:
        wanted: The format.
        index: Where to search.
        asked: The search.
        filters: What else must be true.
        base: What addresses of this server begin with.
        query: The query of this address.
        now: The time, UTC.

    Raises:
        SearchError: The search can't be understood.
        NoIndexError: There is no index yet.
    """
    headers = {"cache-control": "no-cache"}
    if wanted in ("rss", "atom"):
        hits = _newest(index, asked, filters)
        own = f"{base}/search/answer.{wanted}?{query}"
        page = f"{base}/search?{query}"
        body = (_rss if wanted == "rss" else _atom)(
            asked, hits, base=base, own=own, page=page, now=now
        )
    else:
        hits = [*index.search(asked, filters=filters, limit=MAX_HITS, snippet_chars=1).hits]
        body = _FILES[wanted](map(_row, hits))
        headers["content-disposition"] = f'attachment; filename="search.{wanted}"'
    return Response(body, media_type=_TYPES[wanted], headers=headers)


def _newest(index: SearchIndex, asked: str, filters: Filters) -> list[Hit]:
    """The newest articles, the newest first: those of the last days that have enough."""
    counts = index.count_by_day(asked, filters=filters)
    since, found = filters.since, 0
    for day in sorted(counts, reverse=True):
        since, found = day, found + counts[day]
        if found >= MAX_ENTRIES:
            break
    hits = index.search(asked, filters=replace(filters, since=since), limit=max(found, 1)).hits
    return sorted(hits, key=lambda hit: (_moment(hit), hit.article.article_id), reverse=True)[
        :MAX_ENTRIES
    ]


def _moment(hit: Hit) -> datetime:
    published = hit.article.published_at
    return published or datetime.combine(hit.article.day, time(), UTC)


def _row(hit: Hit) -> dict[str, Any]:
    article = hit.article
    values = (
        *(article.article_id, article.day, article.published_at, article.site),
        *(article.language, article.title, article.url, hit.score, article.text),
    )
    return {name: _sound(value) for name, value in zip(_COLUMNS, values, strict=True)}


def _sound(value: Any) -> Any:
    """A text without halves of surrogate pairs, which no file can hold."""
    return value.encode(errors="replace").decode() if isinstance(value, str) else value


def _csv(rows: Iterable[dict[str, Any]]) -> bytes:
    stream = io.StringIO()
    writer = csv.writer(stream)
    writer.writerow(_COLUMNS)
    for row in rows:
        writer.writerow([_cell(value) for value in row.values()])
    return stream.getvalue().encode()


def _cell(value: Any) -> Any:
    if isinstance(value, str) and _FORMULA.match(value):
        return f"'{value}"
    return value.isoformat() if hasattr(value, "isoformat") else value


def _jsonl(rows: Iterable[dict[str, Any]]) -> bytes:
    lines = (
        json.dumps(row, ensure_ascii=False, default=lambda value: value.isoformat()) for row in rows
    )
    return "".join(f"{line}\n" for line in lines).encode()


def _parquet(rows: Iterable[dict[str, Any]]) -> bytes:
    import pyarrow as pa  # Late: nothing else here needs it.
    import pyarrow.parquet as pq

    types = {
        "date": pa.date32(),
        "published_at": pa.timestamp("us", tz="UTC"),
        "score": pa.float64(),
    }
    schema = pa.schema([(name, types.get(name, pa.string())) for name in _COLUMNS])
    sink = pa.BufferOutputStream()
    pq.write_table(pa.Table.from_pylist([*rows], schema=schema), sink, compression="zstd")
    return bytes(sink.getvalue())


_FILES = {"csv": _csv, "jsonl": _jsonl, "parquet": _parquet}


def _rss(asked: str, hits: list[Hit], *, base: str, own: str, page: str, now: datetime) -> bytes:
    items = "".join(
        f"<item><title>{_text(hit.article.title) or 'Without a title'}</title>"
        f"<link>{_text(_link(hit, base))}</link>"
        f'<guid isPermaLink="false">{_text(hit.article.article_id)}</guid>'
        f"<pubDate>{format_datetime(_moment(hit).astimezone(UTC), usegmt=True)}</pubDate>"
        f"<description>{_text(_snippet(hit))}</description></item>\n"
        for hit in hits
    )
    built = format_datetime(_updated(hits, now), usegmt=True)
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        '<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"><channel>\n'
        f"<title>{_text(asked)} · feedlake</title><link>{_text(page)}</link>"
        f"<description>Articles of a feedlake that have {_text(asked)}</description>"
        f'<atom:link rel="self" type="application/rss+xml" href={quoteattr(own)}/>'
        f"<lastBuildDate>{built}</lastBuildDate>\n{items}</channel></rss>\n"
    ).encode()


def _atom(asked: str, hits: list[Hit], *, base: str, own: str, page: str, now: datetime) -> bytes:
    entries = "".join(
        f"<entry><title>{_text(hit.article.title) or 'Without a title'}</title>"
        f"<id>urn:feedlake:{_text(hit.article.article_id)}</id>"
        f"<link href={quoteattr(shown_text.line(_link(hit, base), 2_000))}/>"
        f"<updated>{_moment(hit).astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}</updated>"
        f"<author><name>{_text(hit.article.site) or 'unknown'}</name></author>"
        f"<summary>{_text(_snippet(hit))}</summary></entry>\n"
        for hit in hits
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        '<feed xmlns="http://www.w3.org/2005/Atom">\n'
        f"<title>{_text(asked)} · feedlake</title><id>{_text(own)}</id>"
        f'<link rel="self" href={quoteattr(own)}/><link href={quoteattr(page)}/>'
        f"<updated>{_updated(hits, now):%Y-%m-%dT%H:%M:%SZ}</updated>\n{entries}</feed>\n"
    ).encode()


def _updated(hits: list[Hit], now: datetime) -> datetime:
    """The time of the newest entry: a feed that says another time each minute is read anew."""
    newest = max((_moment(hit) for hit in hits), default=now)
    return newest.astimezone(UTC)


def _link(hit: Hit, base: str) -> str:
    own = base + view_addresses.article(hit.article.article_id)
    return view_addresses.outside(hit.article.url) or own


def _snippet(hit: Hit) -> str:
    return "".join(piece.text for piece in hit.snippet)


def _text(text: str | None) -> str:
    """A text of strangers for XML, which has no place for controls."""
    return escape(shown_text.line(text, 2_000))
