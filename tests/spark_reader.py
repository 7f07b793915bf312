"""Spark in a process of its own: `python spark_reader.py` reads folders, as this module asks it."""

from __future__ import annotations

import importlib.util
import os
import pickle
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any


def why_not() -> str | None:
    """Why Spark cannot run here; None if it can."""
    if importlib.util.find_spec("pyspark") is None:
        return "Spark isn't installed: make engines installs it"
    if shutil.which("java") is None:
        return "Spark needs Java 17 or newer, and there's no java on the path"
    return None


class Spark:
    """Reads folders of Parquet as the README shows; starting it takes seconds, so do it once."""

    def __init__(self, folder: Path) -> None:
        self._log = open(folder / "spark.log", "w+", encoding="utf-8")  # noqa: SIM115 - `close`
        self._process = subprocess.Popen(
            [sys.executable, __file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            cwd=folder,
            env={**os.environ, "TZ": "UTC", "SPARK_LOCAL_IP": "127.0.0.1"},
        )

    def read(self, folder: Path) -> list[dict[str, Any]]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{folder}\n".encode())
        self._process.stdin.flush()
        try:
            rows: list[dict[str, Any]] = pickle.load(self._process.stdout)
        except EOFError:
            self._log.seek(0)
            raise AssertionError(self._log.read()[-4_000:]) from None
        return rows

    def close(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()
        self._log.close()


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, datetime):
        return value.replace(tzinfo=UTC)  # The process's own zone.
    return bytes(value) if isinstance(value, bytearray) else value


def _serve() -> None:
    from pyspark.sql import SparkSession

    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    settings = {
        "spark.ui.enabled": "false",
        "spark.sql.session.timeZone": "UTC",
        "spark.driver.bindAddress": "127.0.0.1",
    }
    builder = SparkSession.builder.master("local[1]")
    for name, value in settings.items():
        builder = builder.config(name, value)
    spark = builder.getOrCreate()
    for line in sys.stdin:
        found = spark.read.option("mergeSchema", "true").parquet(line.rstrip("\n")).collect()
        pickle.dump([_plain(row.asDict(recursive=True)) for row in found], out)
        out.flush()
    spark.stop()


if __name__ == "__main__":
    _serve()
