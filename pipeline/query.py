"""Asking a lake in SQL, through DuckDB."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile

import duckdb
import pyarrow as pa

from pipeline.lake import Lake
from pipeline.options import UsageError
from transforms import storage
from transforms.schema import TABLES


class QueryError(Exception):
    """The query cannot be answered; DuckDB's message."""


def query(sql: str, *, lake: str, output_format: str, output: str | None) -> None:
    """Writes the query's answer to a file or to standard output.

    Args:
        sql: One SQL query over the views `articles`, `duplicates`, `rejects`, `sources`, `runs`.
        lake: Path of the lake.
        output_format: `table`, `csv`, `json` or `parquet`.
        output: Path of a file; None for standard output.

    Raises:
        UsageError: The path is no lake.
        QueryError: DuckDB cannot run the query.
    """
    if not storage.is_local(lake):
        raise UsageError(
            f"--lake {lake}: query reads lakes on this machine; point DuckDB at the others"
        )
    Lake(lake).check_exists()
    connection = connect(lake)
    try:
        if output_format == "table":
            _write_table(connection, sql, output)
        else:
            _write_file(connection, sql, output_format, output)
    except duckdb.Error as error:
        raise QueryError(str(error)) from error
    finally:
        connection.close()


def connect(lake: str) -> duckdb.DuckDBPyConnection:
    """Returns a DuckDB connection with a view for each table of the lake, times in UTC."""
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    # All that is needed is in the package; a missing extension must not be looked for outside.
    connection.execute("SET autoinstall_known_extensions = false")
    opened = Lake(lake)
    for name, table in TABLES.items():
        files = opened.files(name)
        if files:
            paths = ", ".join("'" + path.replace("'", "''") + "'" for path in files)
            source = f"read_parquet([{paths}], hive_partitioning = true, union_by_name = true)"
            connection.execute(f"CREATE VIEW {name} AS SELECT * FROM {source}")
        else:
            day = "date" if name == "articles" else "run_date"
            connection.register(
                f"no_{name}", table.schema.append(pa.field(day, pa.date32())).empty_table()
            )
            connection.execute(f"CREATE VIEW {name} AS SELECT * FROM no_{name}")
    return connection


def _write_table(connection: duckdb.DuckDBPyConnection, sql: str, output: str | None) -> None:
    relation = connection.sql(sql)
    text = "" if relation is None else str(relation)
    if output is None:
        print(text)
        return
    with open(output, "w", encoding="utf-8") as stream:
        stream.write(text + "\n")


def _write_file(
    connection: duckdb.DuckDBPyConnection, sql: str, output_format: str, output: str | None
) -> None:
    options = {
        "csv": "FORMAT csv, HEADER",
        "json": "FORMAT json, ARRAY true",
        "parquet": "FORMAT parquet",
    }
    statement = sql.strip().rstrip(";")
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "answer")
        connection.execute(f"COPY ({statement}\n) TO '{path}' ({options[output_format]})")
        if output is not None:
            shutil.copyfile(path, output)
            return
        with open(path, "rb") as stream:
            shutil.copyfileobj(stream, sys.stdout.buffer)
        sys.stdout.buffer.flush()
