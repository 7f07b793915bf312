"""Article: its text, where all of it comes from, its versions and its copies."""

from __future__ import annotations

from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from feedlake.pipeline.charts.world_map import Point, draw_map
from feedlake.pipeline.explain.explain import Explanation
from feedlake.pipeline.explain.explanation_text import explanation_text
from feedlake.pipeline.explain.passages import differing_passages
from feedlake.pipeline.explore.article import ReadArticle, find_original, read_article
from feedlake.pipeline.explore.explorer import Instant, Row
from feedlake.pipeline.explore.text_diff import Paragraph, diff_texts
from feedlake.pipeline.views import shown_text
from feedlake.pipeline.views.desk import Desk
from feedlake.pipeline.views.view_addresses import article as address_of

_MAX_COMPARED = 30
"""Copies whose differing passages are shown."""

_MAX_COMPARED_CHARS = 100_000
"""Of a text that is compared; a whole book takes seconds."""


def article(desk: Desk, request: Request) -> Response:
    """Answers `/article/{article_id}`."""
    article_id = request.path_params["article_id"].lower()

    def find(instant: Instant) -> ReadArticle | str | None:
        return read_article(instant, article_id) or find_original(instant, article_id)

    found = desk.explorer.ask(find)
    if isinstance(found, str):
        return RedirectResponse(f"{address_of(found)}#copies", 303)
    if found is None:
        raise HTTPException(404, f"The lake has no article {article_id[:40]}.")
    newest = found.revisions[-1] if found.revisions else found.row
    said = {row["column_name"]: row["value"] for row in found.amendments}
    title = said.get("title", newest["title"])
    return desk.pages.render(
        "article.html",
        title=title or "Without a title",
        headline=title,
        amendments=found.amendments,
        here="",
        row=found.row,
        newest=newest,
        revisions=_versions(found),
        copies=_copies(found),
        kin=found.kin,
        sites=len({one["site"] for one in (found.row, *found.copies, *found.kin) if one["site"]}),
        runs={run["run_id"]: run for run in found.runs},
        file=found.file,
        sql=found.sql,
        map_chart=_map(found.row),
        explained=explanation_text(_explanation(found)),
        now=desk.now(),
    )


def _map(row: Row) -> str:
    points = [
        Point(
            f"{shown_text.line(place['canonical'], 80)} ({place['count']})",
            place["latitude"],
            place["longitude"],
            place["count"] or 1,
        )
        for place in row["places"] or ()
        if place["latitude"] is not None and place["feature"] != "continent"
    ]
    return draw_map(points, title="Places that the article names", is_near=True) if points else ""


def _versions(found: ReadArticle) -> list[dict[str, Any]]:
    """Each revision, with what it changed."""
    versions = []
    before = found.row
    for row in found.revisions:
        paragraphs: list[Paragraph] = diff_texts(_cut(before["text"]), _cut(row["text"]))
        versions.append(
            {
                "row": row,
                "paragraphs": [one for one in paragraphs if one.is_changed],
                "unchanged": sum(not one.is_changed for one in paragraphs),
                "title_before": before["title"] if before["title"] != row["title"] else None,
            }
        )
        before = row
    return versions


def _copies(found: ReadArticle) -> list[dict[str, Any]]:
    """Each copy, with where it differs from the article."""
    copies = []
    for number, row in enumerate(found.copies):
        is_compared = row["text"] is not None and number < _MAX_COMPARED
        passages = (
            differing_passages(_cut(found.row["text"]), _cut(row["text"])) if is_compared else []
        )
        copies.append({"row": row, "passages": passages})
    return copies


def _cut(text: str | None) -> str:
    return (text or "")[:_MAX_COMPARED_CHARS]


def _explanation(found: ReadArticle) -> Explanation:
    """What `feedlake explain` says of the article's id."""
    revisions = []
    before = found.row["text"]
    for row in found.revisions:
        revisions.append({**row, "passages": differing_passages(_cut(before), _cut(row["text"]))})
        before = row["text"]
    written = {row["run_id"] for row in (found.row, *found.revisions)}
    return Explanation(
        found.row["article_id"],
        articles=[found.row],
        revisions=revisions,
        runs=[run for run in found.runs if run["run_id"] in written],
    )
