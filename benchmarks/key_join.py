"""What a cluster pays for looking up a chunk in a large lake: `--history join`.

    python benchmarks/key_join.py FOLDER [--documents 10000 100000 1000000] [--lake-rows 10000000]

FOLDER must not exist. It gets one file of 100,000 random rows, as `history.py` makes them: files of
a lake are read one by one, so one file, read three times, stands for all of a lake
of `--lake-rows`. The documents are random as well: all that is found of them is found by chance, as
bands of 32 bits are. Memory is that of a worker that holds what is asked for, and one file.
"""

from __future__ import annotations

import argparse
import pickle
import re
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
from history import FILE_ROWS, write_random

from feedlake.pipeline.history.find_keys import find_facts, find_leads
from feedlake.pipeline.history.wanted import Leads, Wanted
from feedlake.transforms.dedup import minhash
from feedlake.transforms.dedup.lookup import Queries

ROUNDS = 3
PART = 5_000


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--documents", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--lake-rows", type=int, default=10_000_000)
    parser.add_argument("--run", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.run:
        report(next(given.folder.rglob("*.parquet")), given.documents[0], given.lake_rows)
        return
    file = write_random(str(given.folder), "20190123T120000Z-000000-0000", 0)
    print(f"a file of {FILE_ROWS} rows has {file.size_bytes / 1e6:.0f} MB")
    for count in given.documents:
        command = [sys.executable, __file__, str(given.folder), "--run"]
        command += [f"--lake-rows={given.lake_rows}", f"--documents={count}"]
        subprocess.run(command, check=True)


def report(path: Path, documents: int, lake_rows: int) -> None:
    parts = [Wanted.of(ask(number)) for number in range(documents // PART)]
    sent = sum(len(pickle.dumps(part, pickle.HIGHEST_PROTOCOL)) for part in parts)
    start = time.process_time()
    wanted = Wanted.join(parts)
    parts.clear()
    joined = time.process_time() - start
    before, start, wall = peak_mib(), time.process_time(), time.perf_counter()
    found = 0
    for _ in range(ROUNDS):
        leads = Leads.join([find_leads(str(path), wanted)])
        found += sum(len(facts.rows) for facts in find_facts(str(path), "articles", wanted, leads))
    files = lake_rows / FILE_ROWS / ROUNDS
    cpu, wall = (time.process_time() - start) * files, (time.perf_counter() - wall) * files
    print(
        f"{documents} documents, {lake_rows} rows: {cpu:.0f} s of CPU ({wall:.0f} s), "
        f"{found * files:.0f} rows found by chance; sent to each worker {sent / 1e6:.1f} MB, "
        f"joined there in {joined:.1f} s; peak {peak_mib()} MiB, before the first file {before}",
        flush=True,
    )


def ask(number: int) -> Queries:
    generator = np.random.default_rng(1 << 40 | number)
    ids, texts, addresses, signatures = (
        [row.tobytes() for row in generator.integers(0, 256, (PART, width), dtype=np.uint8)]
        for width in (16, 16, 8, minhash.SIGNATURE_BYTES)
    )
    return Queries(
        article_ids=frozenset(identity.hex() for identity in ids),
        text_hashes=frozenset(texts),
        address_keys=frozenset(addresses),
        minhashes=frozenset(signatures),
    )


def peak_mib() -> int:
    found = re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())
    assert found
    return int(found[1]) // 1024


if __name__ == "__main__":
    main()
