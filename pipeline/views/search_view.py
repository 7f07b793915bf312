"""Search: articles by words, attention over time, and what to do with the answer elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from feedlake.pipeline.charts.bars import draw_lines
from feedlake.pipeline.explore.explorer import Instant
from feedlake.pipeline.explore.figure import literal
from feedlake.pipeline.views import search_exports, view_addresses
from feedlake.pipeline.views.desk import Desk, day_said, page_number, word
from feedlake.pipeline.views.searcher import State

if TYPE_CHECKING:
    from feedlake.pipeline.search.engine import Filters

HITS_A_PAGE = 20
_MAX_PAGES = 100
_MAX_COPIED = 200
"""Articles whose ids are in the code to copy."""

_MAX_POINTS = 120
"""Points of a line; more days are put together to weeks, months or years."""

_STEPS = (1, 7, 30, 91, 365)


@dataclass(frozen=True)
class Asked:
    """A search as an address says it; what is empty says nothing.

    Attributes:
        q: The search.
        q2: Another, to compare attention with.
        language: As `articles.language` has it.
        site: As `articles.site` has it.
        since: First day.
        until: Last day.
    """

    q: str = ""
    q2: str = ""
    language: str = ""
    site: str = ""
    since: str = ""
    until: str = ""

    def filters(self) -> Filters:
        """Returns the conditions beside the search."""
        from feedlake.pipeline.search.engine import Filters

        return Filters(
            since=date.fromisoformat(self.since) if self.since else None,
            until=date.fromisoformat(self.until) if self.until else None,
            languages=(self.language,) if self.language else (),
            sites=(self.site,) if self.site else (),
        )


def search(desk: Desk, request: Request) -> Response:
    """Answers `/search`."""
    asked, page = _asked(request), min(page_number(request), _MAX_PAGES)
    state: State = "current"
    found: Any = None
    counts: list[dict[date, int]] = []
    failure = ""
    if asked.q:
        from feedlake.pipeline.search.query_language import SearchError
        from feedlake.pipeline.search.search_index import NoIndexError

        state = _follow(desk)
        skip, filters = (page - 1) * HITS_A_PAGE, asked.filters()
        try:
            index = desk.searcher.index
            found = index.search(asked.q, filters=filters, limit=HITS_A_PAGE, offset=skip)
            queries = (asked.q, asked.q2) if asked.q2 else (asked.q,)
            counts = [index.count_by_day(query, filters=filters) for query in queries]
        except SearchError as error:
            failure = str(error)
        except NoIndexError:
            state = "failed" if state == "failed" else "missing"
    shown = {name: value for name, value in asdict(asked).items() if value}

    def link(path: str = "/search", **changes: object) -> str:
        return view_addresses.view(path, **{**shown, **changes})

    count = found.count if found else 0
    days = _points(counts)
    return desk.pages.render(
        "search.html",
        status=400 if failure else 200,
        title=f"{asked.q} · Search" if asked.q else "Search",
        here="/search",
        asked=asked,
        state=state,
        failure=failure,
        found=found,
        page=page,
        pages=min(-(-count // HITS_A_PAGE), _MAX_PAGES),
        first=(page - 1) * HITS_A_PAGE + 1,
        link=link,
        points=days,
        chart=_chart(days) if days else "",
        totals=[sum(of_query.values()) for of_query in counts],
        code=_code(desk, asked) if count else {},
        most_copied=_MAX_COPIED,
        formats=search_exports.FORMATS,
        most_exported=search_exports.MAX_HITS,
    )


def export(desk: Desk, request: Request) -> Response:
    """Answers `/search/answer.{format}`: a search's answer as a file, or as a feed."""
    wanted = request.path_params["format"]
    asked = _asked(request)
    if wanted not in search_exports.FORMATS or not asked.q:
        raise HTTPException(404)
    from feedlake.pipeline.search.search_index import NoIndexError

    _follow(desk)
    self_url = f"http://{request.headers['host']}"
    try:
        return search_exports.answer(
            wanted,
            desk.searcher.index,
            asked.q,
            asked.filters(),
            base=self_url,
            query=request.url.query,
            now=desk.now(),
        )
    except NoIndexError as error:
        raise HTTPException(503, "The search index is being built; ask again later.") from error


def _asked(request: Request) -> Asked:
    since, until = day_said(request, "since"), day_said(request, "until")
    return Asked(
        q=word(request, "q"),
        q2=word(request, "q2"),
        language=word(request, "language").lower(),
        site=word(request, "site").lower(),
        since=since.isoformat() if since else "",
        until=until.isoformat() if until else "",
    )


def _follow(desk: Desk) -> State:
    def look(instant: Instant) -> State:
        return desk.searcher.follow(instant.snapshot)

    return desk.explorer.ask(look)


def _points(counts: list[dict[date, int]]) -> list[tuple[date, list[int]]]:
    """Days, or longer steps of time, with how many articles each search has there."""
    days = {day for of_query in counts for day in of_query}
    if not days:
        return []
    first, last = min(days), max(days)
    length = (last - first).days + 1
    step = next((one for one in _STEPS if length <= one * _MAX_POINTS), _STEPS[-1])
    sums = [[0] * len(counts) for _ in range((length - 1) // step + 1)]
    for number, of_query in enumerate(counts):
        for day, count in of_query.items():
            sums[(day - first).days // step][number] += count
    if len(sums) == 1:
        return [(first, sums[0])]
    return [(first + timedelta(days=place * step), row) for place, row in enumerate(sums)]


def _chart(points: list[tuple[date, list[int]]]) -> str:
    lines = [[float(row[number]) for _, row in points] for number in range(len(points[0][1]))]
    return draw_lines(lines, title="Articles over time")


def _code(desk: Desk, asked: Asked) -> Mapping[str, str]:
    """The best articles of the answer, asked for in other ways."""
    hits = desk.searcher.index.search(
        asked.q, filters=asked.filters(), limit=_MAX_COPIED, snippet_chars=1
    ).hits
    ids = [hit.article.article_id for hit in hits]
    listed = "[\n" + "".join(f'    "{one}",\n' for one in ids) + "]"
    files = f"{desk.lake.rstrip('/')}/articles"
    sql = ",\n    ".join(literal(one) for one in ids)
    return {
        "SQL": f"SELECT date, site, language, title, url, text\nFROM latest\n"
        f"WHERE article_id IN (\n    {sql}\n)",
        "Polars": "import polars as pl\n\n"
        f"ids = {listed}\n"
        f"articles = pl.scan_parquet({files + '/**/*.parquet'!r}, hive_partitioning=True)\n"
        'print(articles.filter(pl.col("article_id").is_in(ids)).collect())',
        "pandas": "import pandas as pd\n\n"
        f"ids = {listed}\n"
        f'print(pd.read_parquet({files!r}, filters=[("article_id", "in", ids)]))',
    }
