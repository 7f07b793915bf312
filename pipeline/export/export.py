"""Articles that match a condition, written to a folder of their own, wholly or not at all."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass

import duckdb

from feedlake.pipeline.export.article_files import (
    FILE_NAMES,
    Format,
    write_articles,
    write_in_format,
)
from feedlake.pipeline.export.croissant import croissant_json
from feedlake.pipeline.export.datasheet import datasheet_text
from feedlake.pipeline.export.describe import DataFile, describe, describe_file
from feedlake.pipeline.lake.lake import Lake
from feedlake.pipeline.lake.snapshot import Snapshot
from feedlake.pipeline.options.failures import UsageError, cannot_write
from feedlake.pipeline.query.query import answer, check_readable, read_statement
from feedlake.transforms.normalize import storage

CROISSANT, DATASHEET = "croissant.json", "datasheet.md"
"""The two descriptions, beside the file with the articles."""

_INTERMEDIATE = "articles.parquet"
_SELECT = "SELECT "


@dataclass(frozen=True)
class Exported:
    """What an export came to.

    Attributes:
        path: The folder; nothing is there if no article matched.
        articles: How many matched.
        files: What was written: its name, bytes and SHA-256 of each file, the articles first.
    """

    path: str
    articles: int
    files: tuple[DataFile, ...] = ()


def export(lake: str, output: str, *, where: str | None, output_format: Format) -> Exported:
    """Writes articles and their description to a new folder.

    All is of one instant: each article in its newest version, as the view `latest` has it. The
    folder appears with all that is in it, or not at all. The same lake gives the same bytes.

    Args:
        lake: Path of the lake.
        output: Path of the folder, which must not exist.
        where: A condition of SQL on the columns of `latest`; None: all articles.
        output_format: `parquet`, `jsonl` or `csv`.

    Raises:
        UsageError: The folder exists or can't be written, the condition is none, or the path is no
            lake.
        QueryError: DuckDB cannot run the condition.
        LakeError: The lake is damaged.
    """
    check_readable(lake)
    condition = _checked(where)
    target = _free_folder(output, lake=lake)
    with _staged(target, output) as folder:

        def write(snapshot: Snapshot) -> Exported | None:
            return _write(snapshot, folder, condition=condition, output_format=output_format)

        done = answer(Lake(lake), write)
        if done is None:
            return Exported(target, 0)
        with _told(output):
            _publish(folder, target)
    return Exported(target, done.articles, done.files)


def _checked(where: str | None) -> str | None:
    """The condition, which is one expression and no more, so that brackets hold it."""
    if where is None:
        return None
    try:
        duckdb.SQLExpression(where)
    except (duckdb.Error, UnicodeEncodeError) as error:
        line = " ".join(str(error).split("\nLINE ")[0].split())
        raise UsageError(f"--where: must be one condition of SQL: {line}") from error
    with duckdb.connect() as connection:
        statement, _ = read_statement(connection, f"{_SELECT}{where}")
    return statement.removeprefix(_SELECT)  # Without a semicolon at its end.


def _free_folder(output: str, *, lake: str) -> str:
    """The folder's absolute path."""
    if not output or not storage.is_local(output):
        raise UsageError(f"--output {output}: must be a folder on this machine")
    target = os.path.abspath(output)
    if os.path.lexists(target):
        raise UsageError(f"--output {output}: exists; must be a new folder")
    if storage.is_local(lake):
        root = os.path.realpath(lake)
        parent = os.path.realpath(os.path.dirname(target))
        if os.path.commonpath([root, parent]) == root:
            raise UsageError(f"--output {output}: must not be within the lake")
    return target


@contextlib.contextmanager
def _staged(target: str, output: str) -> Iterator[str]:
    """A folder beside the target, on its filesystem, which is gone afterwards."""
    parent, name = os.path.split(target)
    with _told(output):
        os.makedirs(parent, exist_ok=True)
        folder = tempfile.mkdtemp(prefix=f".{name}.", dir=parent)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def _told(output: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise cannot_write(f"--output {output}", error) from error


def _write(
    snapshot: Snapshot, folder: str, *, condition: str | None, output_format: Format
) -> Exported | None:
    """Writes all files; None if no article matches."""
    data = os.path.join(folder, "data")
    spill = os.path.join(folder, "spill")
    for path in (data, spill):
        shutil.rmtree(path, ignore_errors=True)  # Of an attempt that has met a moved file.
        os.mkdir(path)
    parquet = os.path.join(spill, _INTERMEDIATE)
    articles = write_articles(snapshot, parquet, condition=condition, spill=spill)
    if not articles:
        return None
    described = describe(snapshot, parquet, condition=condition, spill=spill)
    path = os.path.join(data, FILE_NAMES[output_format])
    write_in_format(parquet, path, output_format=output_format, spill=spill)
    files = [describe_file(path)]
    for name, text in (
        (CROISSANT, croissant_json(described, files[0])),
        (DATASHEET, datasheet_text(described, files[0])),
    ):
        path = os.path.join(data, name)
        with open(path, "w", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
        files.append(describe_file(path))
    return Exported(data, articles, tuple(files))


def _publish(folder: str, target: str) -> None:
    """Gives the folder its name, when all in it is on the disk."""
    data = os.path.join(folder, "data")
    for name in os.listdir(data):
        with open(os.path.join(data, name), "rb") as stream:
            os.fsync(stream.fileno())
    os.chmod(data, 0o777 & ~_umask())
    os.rename(data, target)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
