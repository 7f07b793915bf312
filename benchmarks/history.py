"""Time and memory of the history index on a lake of simulated articles.

    python benchmarks/history.py FOLDER [--rows 1000000] [--documents 2000] [--of feeds]

FOLDER must not exist. It gets a lake whose files have all columns, but texts of a word; ids, hashes
and signatures are random, which is no easier than real ones: of 500,000 pairs of distinct real
articles 1 shares a band by chance (1,181 articles of `near_duplicates.py`, 2026-11). Titles have
eight words of their own, and times differ. Articles of feeds have authors, guids and marks of
entries beside that, those of files do not. With `--of notices` they are of files, and all have the
signatures of one template's notices with eight sentences of background, as have the documents that
are looked up.
Building and looking up run in processes of their own, whose peak memory is the kernel's figure.
"""

from __future__ import annotations

import argparse
import random
import re
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import notices
import numpy as np
import pyarrow as pa

from feedlake.pipeline.history import index
from feedlake.pipeline.lake.journal_entry import JournalEntry
from feedlake.pipeline.lake.lake import Lake
from feedlake.transforms.dedup import minhash
from feedlake.transforms.dedup.decide import NearOptions
from feedlake.transforms.dedup.lookup import Queries
from feedlake.transforms.dedup.signature import sign_all
from feedlake.transforms.normalize import storage
from feedlake.transforms.records.documents import StagedFile
from feedlake.transforms.write.parquet_files import schema_in, sort_rows, write_file
from feedlake.transforms.write.schema import TABLES

FILE_ROWS = 100_000
DOCUMENTS = 2_000
NOON = datetime(2019, 1, 23, 12, tzinfo=UTC)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--documents", type=int, default=DOCUMENTS)
    parser.add_argument("--of", choices=("feeds", "files", "notices"), default="feeds")
    parser.add_argument("--step", choices=("build", "find"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    lake = Lake(str(given.folder))
    if given.step == "build":
        report("build", lambda: index.catch_up(lake))
    elif given.step == "find":
        queries = ask(lake, given.rows, given.documents, of=given.of)
        report("find", lambda: look_up(lake, queries))
    else:
        make_lake(lake, given.rows, of=given.of)
        make_lake(Lake(f"{given.folder}-empty"), 0)
        asked = [f"--documents={given.documents}", f"--of={given.of}"]
        for name in ("build", "find"):
            step(lake.path, f"--rows={given.rows}", f"--step={name}", *asked)
        for name in ("build", "find"):
            step(f"{given.folder}-empty", "--rows=0", f"--step={name}", *asked)


def step(lake: str, *arguments: str) -> None:
    subprocess.run([sys.executable, __file__, lake, *arguments], check=True)


def make_lake(lake: Lake, rows: int, *, of: str = "feeds") -> None:
    """Publishes random articles of feeds or files, as one run of files of 100,000 rows."""
    run_id = "20190123T120000Z-000000-0000"
    with lake.writing():
        files = [
            write_random(lake.staging_folder(run_id), run_id, number, of=of)
            for number in range(rows // FILE_ROWS)
        ]
        lake.publish(JournalEntry(run_id, partition_by=("date",), add=tuple(files)))


def write_random(
    folder: str, run_id: str, number: int, *, rows: int = FILE_ROWS, of: str = "feeds"
) -> StagedFile:
    table, partition = TABLES["articles"], "date=2019-01-23"
    ids, texts, contents, signatures = draw(number, rows)
    if of == "notices":
        signatures = minhash.pack(sign_all(make_notices(number, rows)))
    names = [row.tobytes().hex() for row in ids]
    nothing = [None] * rows
    of_feeds = {
        "source": [f"https://site-{int(name[:2], 16)}.example/feed" for name in names],
        "source_record": nothing,
        "guid": [f"urn:{name}" for name in names],
        "entry_mark": [name[:16] for name in names],
        "authors": [[f"Ann {name[:6]}"] for name in names],
    }
    of_files = {
        "source": [f"/archive/2019/01/part-{number:04d}.jsonl"] * rows,
        "source_record": range(1, rows + 1),
        "guid": nothing,
        "entry_mark": nothing,
        "authors": [[]] * rows,
    }
    given = {
        "article_id": names,
        "cluster_id": names,
        "url": [f"https://site-{int(name[:2], 16)}.example/{name}" for name in names],
        "canonical_url": [f"https://site-{int(name[:2], 16)}.example/{name}" for name in names],
        "claimed_url": nothing,
        "title": [" ".join(name[place : place + 4] for place in range(0, 32, 4)) for name in names],
        "text_sha256": [row.tobytes() for row in texts],
        "content_sha256": [row.tobytes() for row in contents],
        "minhash": [row.tobytes() for row in signatures],
        "published_at": [NOON + timedelta(seconds=place) for place in range(rows)],
        "char_count": [1_000 + int(name[:3], 16) for name in names],
        "text_source": ["page"] * rows,
        **(of_feeds if of == "feeds" else of_files),
    }
    schema = schema_in(partition, table=table)
    columns = [
        pa.array(given.get(name, [filler(schema.field(name).type)] * rows), field.type)
        for name, field in zip(schema.names, schema, strict=True)
    ]
    data = pa.Table.from_arrays(columns, schema=schema)
    path = f"articles/{partition}/{run_id}-{number:04d}.parquet"
    return write_file(
        storage.join(folder, path), sort_rows(data, table=table), path=path, table=table
    )


def draw(number: int, rows: int = FILE_ROWS) -> list[np.ndarray]:
    """Returns the keys of one file's rows: ids, hashes of text and content, signatures."""
    generator = np.random.default_rng(number)
    widths = (16, 32, 32, minhash.SIGNATURE_BYTES)
    return [generator.integers(0, 256, (rows, width), dtype=np.uint8) for width in widths]


def make_notices(seed: int, count: int) -> list[str]:
    """Returns notices of one template with the same background."""
    draw, background = random.Random(seed), " ".join(notices.SENTENCES[:8])
    return [
        f"{notices.fill(notices.TEMPLATES['obituary'], draw)} {background}" for _ in range(count)
    ]


def filler(kind: pa.DataType) -> object:
    if pa.types.is_list(kind):
        return []
    if pa.types.is_struct(kind) or pa.types.is_boolean(kind):
        return None
    if pa.types.is_timestamp(kind):
        return NOON
    return "word" if pa.types.is_string(kind) else 1


def ask_known(rows: int, documents: int = DOCUMENTS) -> Queries:
    """Returns the queries of documents that the lake holds, of all its files."""
    files = rows // FILE_ROWS
    drawn = []
    for number in range(files):
        ids, texts, _, signatures = draw(number)
        step = FILE_ROWS * files // documents
        drawn += [(ids[at], texts[at], signatures[at]) for at in range(0, FILE_ROWS, step)]
    return Queries(
        article_ids=frozenset(identity.tobytes().hex() for identity, _, _ in drawn),
        text_hashes=frozenset(text.tobytes()[:16] for _, text, _ in drawn),
        minhashes=frozenset(signature.tobytes() for _, _, signature in drawn),
    )


def ask(lake: Lake, rows: int, documents: int = DOCUMENTS, *, of: str = "feeds") -> Queries:
    """Returns the queries of new documents, every tenth with a near-duplicate in the lake."""
    generator = np.random.default_rng(-1 % 2**32)
    ids, texts, signatures = (
        [row.tobytes() for row in generator.integers(0, 256, (documents, width), dtype=np.uint8)]
        for width in (16, 16, minhash.SIGNATURE_BYTES)
    )
    if of == "notices":
        signatures = sign_all(make_notices(-1, documents))
    elif rows:
        held = draw(0)[3]
        signatures[::10] = [row.tobytes() for row in held[: len(signatures[::10])]]
    return Queries(
        article_ids=frozenset(identity.hex() for identity in ids),
        text_hashes=frozenset(texts),
        minhashes=frozenset(signatures),
        near_threshold=NearOptions().threshold,
    )


def look_up(lake: Lake, queries: Queries) -> str:
    index.catch_up(lake)
    found = index.open_index(lake.path).find(queries)
    return f"{len(found.rows)} rows for {len(queries.minhashes)} documents"


def report(name: str, work: Callable[[], object]) -> None:
    before = peak_mb()
    start, cpu = time.perf_counter(), time.process_time()
    found = work()
    elapsed, cpu = time.perf_counter() - start, time.process_time() - cpu
    peak = peak_mb()
    print(f"{name}: {elapsed:.2f} s ({cpu:.2f} CPU), peak {peak} MB, {before} MB before; {found}")


def peak_mb() -> int:
    # Not `getrusage`, whose figure starts at that of the process which started this one.
    status = Path("/proc/self/status").read_text()
    return int(re.findall(r"VmHWM:\s+(\d+)", status)[0]) // 1024


if __name__ == "__main__":
    main()
