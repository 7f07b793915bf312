"""Amending what a lake says of an article: a row for each column, beside what was read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass
from datetime import UTC, datetime
from typing import Any

from feedlake.pipeline.lake.journal_entry import JournalEntry
from feedlake.pipeline.lake.lake import Lake
from feedlake.pipeline.lake.run_ids import new_command_id
from feedlake.pipeline.options.failures import UsageError, nearest
from feedlake.pipeline.query.amended_view import AMENDABLE
from feedlake.pipeline.query.views import connect
from feedlake.pipeline.terminal import interrupts
from feedlake.transforms.normalize.text import normalize_line, primary_language
from feedlake.transforms.normalize.urls import canonicalize_url
from feedlake.transforms.write.parquet_files import WriteOptions, write_rows
from feedlake.transforms.write.schema import TABLES

Setting = tuple[str, str]
"""A column and what it is to say; of a column with a list, each setting is a value of it."""


@dataclass(frozen=True)
class Change:
    """What a column says now.

    Attributes:
        column: Its name.
        before: What `latest` said before: a text, a list of texts or null.
        after: What it says now.
    """

    column: str
    before: str | list[str] | None
    after: str | list[str] | None


@dataclass(frozen=True)
class Amended:
    """What amending an article came to.

    Attributes:
        article_id: The article.
        reason: Why, in the operator's words.
        changes: The columns that say something else now; none if all said it already.
        run_id: Of the change in `amendments` and in the journal; None if nothing was changed.
    """

    article_id: str
    _: KW_ONLY
    reason: str
    changes: tuple[Change, ...] = ()
    run_id: str | None = None


@dataclass(frozen=True)
class _Said:
    """What a column is to say: one text, or a list; a text of None is null."""

    value: str | None = None
    values: tuple[str, ...] = ()


def amend(
    lake: Lake, article_id: str, settings: Sequence[Setting], *, reason: str, now: datetime
) -> Amended:
    """Lets `latest` say something else of an article; needs the lake's lock.

    The tables of articles and revisions stay as they are. What is amended holds for all versions,
    those to come as well.

    Args:
        lake: The lake, whose lock this process holds.
        article_id: The article.
        settings: What its columns are to say.
        reason: Why, in the operator's words.
        now: The time, UTC.

    Raises:
        UsageError: There is no such article, or a column can't say that.
        LakeError: The lake is damaged.
    """
    wanted = read_settings(settings)
    changes = _changes(lake, article_id, wanted)
    if not changes:
        return Amended(article_id, reason=reason)
    run_id = f"{new_command_id(now)}-amend"
    rows = [
        {
            "article_id": article_id,
            "column_name": change.column,
            "value": wanted[change.column].value,
            "value_list": list(wanted[change.column].values),
            "reason": reason,
            "amended_at": now,
            "publication": lake.next_place(),
        }
        for change in changes
    ]
    options = WriteOptions(lake.staging_folder(run_id), run_id=run_id, started_at=now)
    partition = f"run_date={now:%Y-%m-%d}"
    try:
        add = write_rows(rows, table=TABLES["amendments"], partition=partition, options=options)
        entry = JournalEntry(run_id, partition_by=lake.partition_by() or ("date",), add=tuple(add))
        with interrupts.undisturbed():
            lake.publish(entry)
    finally:
        if not lake.holds(run_id):
            lake.abandon(run_id)
    return Amended(article_id, reason=reason, changes=changes, run_id=run_id)


def read_settings(settings: Sequence[Setting]) -> dict[str, _Said]:
    """Returns what each column is to say.

    Raises:
        UsageError: There is no such column, it can't be amended, or it can't say that.
    """
    texts: dict[str, list[str]] = defaultdict(list)
    for name, text in settings:
        if name not in AMENDABLE:
            raise UsageError(f"--set {name}: {_why_not(name)}")
        texts[name].append(text)
    return {name: _read(name, held) for name, held in texts.items()}


def _why_not(name: str) -> str:
    allowed = f"must be one of {', '.join(AMENDABLE)}"
    if name == "date":
        return "follows published_at; set that"
    if name in TABLES["articles"].schema.names:
        return f"is a column that can't be amended; {allowed}"
    # Columns are written with underscores, flags are not.
    hint = nearest(name, [one.replace("_", "-") for one in AMENDABLE], otherwise=allowed)
    return f"no such column; {hint.replace('-', '_')}"


def _read(name: str, texts: list[str]) -> _Said:
    if AMENDABLE[name] == "list":
        lines = filter(None, map(normalize_line, texts))
        return _Said(values=tuple(dict.fromkeys(lines)))
    if len(texts) > 1:
        raise UsageError(f"--set {name}: takes one value, {len(texts)} are given")
    text = normalize_line(texts[0])
    if text is None:
        if not TABLES["articles"].schema.field(name).nullable:
            raise UsageError(f"--set {name}: must say something")
        return _Said()
    return _Said(_read_one(name, text))


def _read_one(name: str, text: str) -> str:
    match AMENDABLE[name]:
        case "time":
            try:
                moment = datetime.fromisoformat(text)
            except ValueError:
                raise UsageError(
                    f"--set {name}={text}: must be a time such as 2026-03-14 or "
                    "2026-03-14T15:09:26+01:00; without a zone, it is in UTC"
                ) from None
            moment = moment.replace(tzinfo=moment.tzinfo or UTC)
            return moment.astimezone(UTC).isoformat(timespec="microseconds")
        case "address" if canonicalize_url(text) is None:
            raise UsageError(f"--set {name}={text}: must be an http(s) address")
        case "language":
            language = primary_language(text)
            if language is None:
                raise UsageError(f"--set {name}={text}: must be a language such as en or pt-BR")
            return language
    return text


def _changes(lake: Lake, article_id: str, wanted: dict[str, _Said]) -> tuple[Change, ...]:
    """The columns that say something else than they are to."""
    with connect(lake.path) as connection:
        columns = ", ".join(
            name if AMENDABLE[name] == "list" else f"{name}::VARCHAR" for name in wanted
        )
        sql = f"SELECT {columns} FROM latest WHERE article_id = ?"
        rows = connection.execute(sql, [article_id]).fetchall()
        if not rows:
            raise UsageError(f"--id {article_id}: the lake has no article with this id")
        changes = []
        for (name, said), before in zip(wanted.items(), rows[0], strict=True):
            after: Any = list(said.values) if AMENDABLE[name] == "list" else said.value
            if AMENDABLE[name] == "time":
                sql = "SELECT ?::TIMESTAMPTZ::VARCHAR"
                [(after,)] = connection.execute(sql, [said.value]).fetchall()
            if before != after:
                changes.append(Change(name, before, after))
    return tuple(changes)
