"""One article: its row, its later versions, its copies, and the runs that wrote them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from feedlake.pipeline.explore.explorer import Instant, Row
from feedlake.pipeline.explore.figure import Figure
from feedlake.pipeline.lake.pruning import prune

MAX_COPIES = 200
MAX_KIN = 50

AROUND = timedelta(days=30)
"""How far from an article's day others of its group of near-duplicates are looked for."""

_UNSHOWN = "minhash, embedding, text_sha256, content_sha256"

ARTICLE = Figure(
    "article",
    "An article in its first version",
    f"SELECT * EXCLUDE ({_UNSHOWN}) FROM articles WHERE article_id = $id",
)

REVISIONS = Figure(
    "revisions",
    "Later versions of an article",
    f"SELECT * EXCLUDE ({_UNSHOWN}) FROM revisions WHERE article_id = $id ORDER BY revision",
)

COPIES = Figure(
    "copies",
    "Copies of an article, the first ones first",
    f"""
    SELECT * EXCLUDE (minhash, text_sha256, content_sha256) FROM duplicates
    WHERE original_id = $id
    ORDER BY published_at NULLS LAST, fetched_at, article_id LIMIT {MAX_COPIES}
    """,
)

KIN = Figure(
    "kin",
    "Other articles of the same group of near-duplicates, of the days around",
    f"""
    SELECT article_id, title, site, date, published_at, language FROM articles
    WHERE date BETWEEN $first AND $last AND cluster_id = $cluster AND article_id <> $id
    ORDER BY published_at NULLS LAST, article_id LIMIT {MAX_KIN}
    """,
)

RUNS = Figure(
    "runs of rows",
    "The runs that wrote rows",
    "SELECT run_id, started_at, publication FROM runs WHERE run_id IN $ids ORDER BY started_at",
)

ORIGINAL = Figure(
    "original",
    "The article that a copy repeats",
    "SELECT original_id FROM duplicates WHERE article_id = $id LIMIT 1",
)


AMENDMENTS = Figure(
    "amendments",
    "What an article is said to be instead, the last word on each column",
    """
    SELECT column_name, value, value_list, reason, amended_at FROM amendments
    WHERE article_id = $id
    QUALIFY row_number() OVER (PARTITION BY column_name ORDER BY publication DESC) = 1
    ORDER BY column_name
    """,
)


@dataclass(frozen=True)
class ReadArticle:
    """What a lake has of one article.

    Attributes:
        row: Of `articles`.
        revisions: Rows of `revisions`, the first first.
        copies: Rows of `duplicates`.
        kin: Rows of other articles of its group.
        amendments: Rows of `amendments`, one for each column.
        runs: Rows of the runs that wrote these, the first first.
        file: The one file that holds its row; None if more than one may.
        sql: The statement of each figure, by its name.
    """

    row: Row
    revisions: list[Row]
    copies: list[Row]
    kin: list[Row]
    amendments: list[Row]
    runs: list[Row]
    file: str | None
    sql: dict[str, str]


def read_article(instant: Instant, article_id: str) -> ReadArticle | None:
    """Returns what a lake has of an article; None if it has no such article.

    Args:
        instant: The lake.
        article_id: The article's id.
    """
    held = instant.snapshot.held
    files = {name: prune(held(name), ids=[article_id]) for name in ("articles", "revisions")}
    figures = (ARTICLE, REVISIONS, COPIES, AMENDMENTS)
    sql = {figure.name: figure.filled(id=article_id) for figure in figures}
    others = {name: held(name) for name in ("duplicates", "amendments")}
    rows, revisions, copies, amendments = instant.ask_all(
        [*sql.values()], files={**files, **others}
    )
    if not rows:
        return None
    row = rows[0]
    day: date = row["date"]
    first, last = day - AROUND, day + AROUND
    ids = list(dict.fromkeys(one["run_id"] for one in (row, *revisions, *copies)))
    sql |= {
        "kin": KIN.filled(id=article_id, cluster=row["cluster_id"], first=first, last=last),
        "runs": RUNS.filled(ids=ids),
    }
    around = prune(held("articles"), within={"date": (first.isoformat(), last.isoformat())})
    kin, runs = instant.ask_all(
        [sql["kin"], sql["runs"]], files={"articles": around, "runs": held("runs")}
    )
    candidates = files["articles"]
    file = candidates[0].path if len(candidates) == 1 else None
    return ReadArticle(row, revisions, copies, kin, amendments, runs, file, sql)


def find_original(instant: Instant, article_id: str) -> str | None:
    """Returns the id of the article that a copy repeats; None if there is no such copy.

    Args:
        instant: The lake.
        article_id: The copy's id.
    """
    rows = instant.rows(ORIGINAL, id=article_id)
    return str(rows[0]["original_id"]) if rows else None
