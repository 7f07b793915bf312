"""What bounds on the memory of readers promise: bombs cost themselves, and all else is read."""

import bz2
import contextlib
import io
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from feedlake.transforms.process.sandbox import Limits, Sandbox
from feedlake.transforms.read import kinds
from feedlake.transforms.read.read_sources import ReadOptions, read_source
from feedlake.transforms.records.documents import Document, Rejection, SourceFile

MIB = 1 << 20
GOOD = ["The ferry.", "The gulls."]

Found = list[tuple[int | None, str]]


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox[None]]:
    sandbox = Sandbox[None](
        workers=1, limits=Limits(memory_bytes=384 * MIB), imports=kinds.import_parquet_readers
    )
    with contextlib.closing(sandbox):
        yield sandbox


def _read(path: Path, sandbox: Sandbox[None], **options: Any) -> Found:
    """Number and text of each document, or the reason of each rejection."""
    found: Found = []
    options = {"max_document_bytes": MIB, **options}
    file = SourceFile(str(path), size_bytes=0)
    for item in read_source(file, options=ReadOptions(**options), sandbox=sandbox):
        if isinstance(item, Document):
            found.append((item.source_record, str(item.body)))
        elif isinstance(item, Rejection):
            found.append((item.source_record, item.reason))
    return found


def _own_peak_mib() -> int:
    """The most memory that this process has had so far."""
    with open("/proc/self/status", encoding="ascii") as status:
        peak = next(line for line in status if line.startswith("VmHWM"))
    return int(peak.split()[1]) >> 10


def _write(path: Path, groups: list[dict[str, Any]], **options: Any) -> None:
    tables = [pa.table(group) for group in groups]
    with pq.ParquetWriter(path, tables[0].schema, compression="zstd", **options) as writer:
        for table in tables:
            writer.write_table(table)


@pytest.mark.parametrize("says_so", [True, False])
def test_a_text_that_all_rows_refer_to_is_not_copied_for_each(
    tmp_path: Path, sandbox: Sandbox[None], says_so: bool
) -> None:
    texts = pa.array([GOOD[0], "x" * (20 * MIB), GOOD[1]])
    bombs = pa.DictionaryArray.from_arrays(pa.array([0] + [1] * 400 + [2], pa.int32()), texts)
    good = pa.array(GOOD).dictionary_encode()
    path = tmp_path / "a.parquet"
    _write(path, [{"text": bombs}, {"text": good}], store_schema=says_so)
    assert path.stat().st_size < 40_000
    before = _own_peak_mib()
    found = _read(path, sandbox)
    assert [text for _, text in found] == [GOOD[0], *["too_large"] * 400, GOOD[1], *GOOD]
    assert [number for number, _ in found] == list(range(1, 405))
    assert _own_peak_mib() - before < 64


_PROGRAM = """
import sys
from feedlake.transforms.process.sandbox import Limits, Sandbox
from feedlake.transforms.read import kinds
from feedlake.transforms.read.read_sources import ReadOptions, read_source
from feedlake.transforms.records.documents import SourceFile

limits = Limits(memory_bytes=1024 << 20)
sandbox = Sandbox(workers=1, limits=limits, imports=kinds.import_parquet_readers)
file = SourceFile(sys.argv[1], size_bytes=0)
*items, report = read_source(file, options=ReadOptions(), sandbox=sandbox)
print(*(item.reason for item in items))
sandbox.close()
"""


def test_what_children_find_imported_takes_nothing_of_their_memory(tmp_path: Path) -> None:
    texts = pa.array(["x" * (100 * MIB)])
    bombs = pa.DictionaryArray.from_arrays(pa.array([0] * 5, pa.int32()), texts)
    path = tmp_path / "a.parquet"
    _write(path, [{"text": bombs}])
    # A server of its own: pyarrow has taken what it takes at once before the limit is set.
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM, path], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["too_large"] * 5


def test_a_row_that_takes_too_much_memory_costs_its_row_group_at_most(
    tmp_path: Path, sandbox: Sandbox[None]
) -> None:
    path = tmp_path / "a.parquet"
    large = {"text": ["a", "b", "c" * (300 * MIB), "d"]}
    _write(path, [{"text": GOOD}, large, {"text": GOOD}], use_dictionary=False)
    before = _own_peak_mib()
    found = _read(path, sandbox)
    memory = [(number, text) for number, text in found if text == "memory"]
    assert len(memory) in (1, 2)
    assert [item for item in found if item[0] in (1, 2, 7, 8)] == [
        *((1, GOOD[0]), (2, GOOD[1])),
        *((7, GOOD[0]), (8, GOOD[1])),
    ]
    assert _own_peak_mib() - before < 64


def test_a_list_that_takes_too_much_memory_costs_its_row_group_at_most(
    tmp_path: Path, sandbox: Sandbox[None]
) -> None:
    path = tmp_path / "a.parquet"
    numbers = pa.ListArray.from_arrays([0, 1, 20_000_001], pa.array([7]).take([0] * 20_000_001))
    few = pa.array([[1], [2]], pa.list_(pa.int64()))
    _write(path, [{"text": GOOD, "x": numbers}, {"text": GOOD, "x": few}])
    found = _read(path, sandbox)
    assert found[-2:] == [(3, GOOD[0]), (4, GOOD[1])]
    assert "memory" in [text for _, text in found]


@pytest.mark.parametrize("name", ["a.txt", "a.jsonl", "a.csv", "a.html", "a.parquet", "a.xml"])
def test_a_bomb_of_any_kind_is_one_reject(
    tmp_path: Path, sandbox: Sandbox[None], name: str
) -> None:
    start = {
        "a.jsonl": b'{"text": "The ferry."}\n{"text": "',
        "a.csv": b'text,title\nThe ferry.,a\n"',
        "a.html": b"<html><p>",
        "a.parquet": b"PAR1",
        "a.xml": b'<rss version="2.0"><channel><title>',
    }.get(name, b"words")
    filler = bz2.compress(b"a" * (64 * MIB))
    (tmp_path / name).write_bytes(bz2.compress(start) + filler * 40)
    before = _own_peak_mib()
    found = _read(tmp_path / name, sandbox)
    good = [(2 if name == "a.csv" else 1, "The ferry.")] if name in ("a.jsonl", "a.csv") else []
    assert found == [*good, (None, "too_large")]
    assert _own_peak_mib() - before < 64


def test_a_page_of_a_table_that_lies_about_its_size_costs_its_row_group(
    tmp_path: Path, sandbox: Sandbox[None]
) -> None:
    stream = io.BytesIO()
    with pq.ParquetWriter(stream, pa.schema([("text", pa.string())]), compression="snappy") as to:
        for texts in (["x" * 1000], GOOD):
            to.write_table(pa.table({"text": texts}))
    (tmp_path / "a.parquet").write_bytes(stream.getvalue().replace(b"x" * 8, b"\xff" * 8))
    found = _read(tmp_path / "a.parquet", sandbox)
    assert found[-2:] == [(2, GOOD[0]), (3, GOOD[1])]
