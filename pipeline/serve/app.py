"""The application: which view answers which address, and what is said if none can."""

from __future__ import annotations

import functools
from collections.abc import Callable
from datetime import UTC, datetime
from http import HTTPStatus
from importlib import import_module

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from feedlake.pipeline.explore.explorer import Explorer
from feedlake.pipeline.lake.lake import Lake
from feedlake.pipeline.options.failures import CommandError, ExitCode
from feedlake.pipeline.serve.guard import Guard
from feedlake.pipeline.views.desk import Desk
from feedlake.pipeline.views.pages import STATIC, Pages, read_static
from feedlake.pipeline.views.searcher import Searcher
from feedlake.pipeline.views.sql_child import SqlChild
from feedlake.pipeline.views.today_view import today

View = Callable[[Desk, Request], Response]


def _late(module: str, name: str) -> View:
    """A view that is imported when it is asked for first: the first page needs none of the others.

    Args:
        module: Of the view, in the package of views.
        name: Of the view.
    """

    def answer(desk: Desk, request: Request) -> Response:
        view: View = getattr(import_module(f"feedlake.pipeline.views.{module}"), name)
        return view(desk, request)

    return answer


ROUTES: dict[str, View] = {
    "/": today,
    "/search": _late("search_view", "search"),
    "/search/answer.{format}": _late("search_view", "export"),
    "/article/{article_id}": _late("article_view", "article"),
    "/feeds": _late("feeds_view", "feeds"),
    "/missing": _late("missing_view", "missing"),
    "/runs": _late("runs_view", "runs"),
    "/sql": _late("sql_view", "sql"),
}
"""Views by their paths."""


def import_views() -> None:
    """Imports what the first page did not need, so that no reader waits for it later."""
    names = ("article_view", "search_view", "feeds_view", "missing_view", "runs_view", "sql_view")
    for name in names:
        import_module(f"feedlake.pipeline.views.{name}")


def make_desk(lake: str, *, now: Callable[[], datetime] | None = None) -> Desk:
    """Returns what views work with.

    Args:
        lake: Path of the lake.
        now: Tells the time, UTC; None: the clock.
    """
    return Desk(
        lake,
        Explorer(Lake(lake)),
        Pages(lake=lake),
        SqlChild(lake),
        Searcher(lake),
        now or (lambda: datetime.now(UTC)),
    )


def make_app(desk: Desk, *, port: int) -> ASGIApp:
    """Returns the application.

    Args:
        desk: What views work with.
        port: The port at which it is asked, which the Host header must name.
    """
    routes = [Route(path, functools.partial(_answer, desk, view)) for path, view in ROUTES.items()]
    routes += [
        Route("/state", functools.partial(_state, desk)),
        Route("/static/{name}", _static),
        Route("/favicon.ico", lambda request: RedirectResponse("/static/icon.svg", 308)),
    ]
    handlers = {
        HTTPException: functools.partial(_explain_status, desk),
        CommandError: functools.partial(_explain_failure, desk),
    }
    return Guard(Starlette(routes=routes, exception_handlers=handlers), port=port)


def _answer(desk: Desk, view: View, request: Request) -> Response:
    return view(desk, request)


def _state(desk: Desk, request: Request) -> Response:
    """How many runs are published: a page looks whether there is news."""
    runs = desk.explorer.ask(lambda instant: len(instant.snapshot.state.runs))
    return JSONResponse({"runs": runs}, headers={"cache-control": "no-store"})


def _static(request: Request) -> Response:
    name = request.path_params["name"]
    if name not in STATIC:
        raise HTTPException(404)
    headers = {"cache-control": "public, max-age=31536000, immutable"}
    return Response(read_static(name), media_type=STATIC[name], headers=headers)


def _explain_status(desk: Desk, request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    sentence = error.detail
    if sentence == HTTPStatus(error.status_code).phrase:
        sentence = {404: "There is nothing at this address."}.get(error.status_code, sentence)
    return _complaint(desk, sentence, error.status_code)


def _explain_failure(desk: Desk, request: Request, error: Exception) -> Response:
    assert isinstance(error, CommandError)
    status = 400 if error.exit_code == ExitCode.WRONG_USAGE else 503
    return _complaint(desk, str(error), status)


def _complaint(desk: Desk, sentence: str, status: int) -> Response:
    title = HTTPStatus(status).phrase
    return desk.pages.render(
        "complaint.html", status=status, title=title, here="", sentence=sentence
    )
