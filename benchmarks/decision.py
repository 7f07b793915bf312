"""What deciding about a chunk costs, on simulated documents: keys without texts.

    python benchmarks/decision.py [--documents 10000 100000] [--ways graph call workers] [--hub 0]

`graph`: `Deduplicate` in Beam's in-process runner, beside an empty lake; making the documents is
part of it. With `--beam="--runner=FlinkRunner --flink_master=…"` on another one, whose workers have
this folder on their path and write to this machine's /tmp. `call`: one call of `decide` on all
keys, which is what was done before. `workers`: the functions of the graph's steps one after the
other, each in a process of its own, with one element in memory at a time and the others on disk:
what a worker of a cluster needs, and the bytes that pass between steps.

Peak memory is the kernel's figure, that of a process without documents beside it. Of a hundred
documents 7 repeat a text, 10 are near-duplicates; `--hub` of them share a band, as reports from one
template do.
"""

from __future__ import annotations

import argparse
import json
import pickle
import re
import shlex
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import apache_beam as beam
import numpy as np
from apache_beam.options.pipeline_options import PipelineOptions

from feedlake.transforms.dedup import deduplicate, groups, minhash
from feedlake.transforms.dedup.decide import NearOptions, decide
from feedlake.transforms.dedup.deduplicate import Deduplicate, LookUpInHistory
from feedlake.transforms.dedup.fingerprint import Fingerprinted
from feedlake.transforms.dedup.known_rows import Key
from feedlake.transforms.dedup.lookup import Facts, Queries, Statement, article_id_of, document_id
from feedlake.transforms.records.batch import Batch
from feedlake.transforms.records.documents import Article

BATCH = 250
NOON = datetime(2019, 1, 23, 12, tzinfo=UTC)
REPEATED, NEAR = 0.07, 0.1
RUNNER = "apache_beam.runners.portability.fn_api_runner.FnApiRunner"
STEPS = ("take keys", "link", "gather", "decide alone", "decide together")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--documents", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--ways", nargs="+", default=["graph", "call", "workers"])
    parser.add_argument("--hub", type=int, default=0)
    parser.add_argument("--beam", default=f"--runner={RUNNER}", help="flags of Beam, for `graph`")
    parser.add_argument("--run", nargs=2, metavar=("WHAT", "FOLDER"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.run:
        print(json.dumps(run(*given.run, given.documents[0], given.hub, given.beam)))
        return
    for count in given.documents:
        for way in given.ways:
            with tempfile.TemporaryDirectory() as folder:
                for what in STEPS if way == "workers" else [way]:
                    command = [sys.executable, __file__, "--run", what, folder]
                    command += [f"--hub={given.hub}", "--documents", str(count)]
                    command.append(f"--beam={given.beam}")
                    said = subprocess.check_output(command, text=True, stderr=subprocess.DEVNULL)
                    print(f"{count} documents, {way}, {what}: {said.strip()}", flush=True)


def run(what: str, folder: str, count: int, hub: int, flags: str) -> dict[str, object]:
    """Returns the figures of one way, or of one step of the workers."""
    before, start, cpu = peak_mib(), time.perf_counter(), time.process_time()
    if what == "graph":
        found = run_graph(count, hub, flags)
    else:
        found = WAYS[what](Path(folder), count, hub)
    took: dict[str, object] = {
        "cpu_s": round(time.process_time() - cpu, 1),
        "s": round(time.perf_counter() - start, 1),
        "peak_mib": peak_mib(),
        "idle_mib": before,
    }
    return {**took, **found}


def simulate(number: int, hub: int) -> Iterator[Fingerprinted]:
    """Yields a batch's documents; some of them repeat those of batches before."""
    generator = np.random.default_rng(number)
    for place in range(BATCH):
        name = number * BATCH + place
        kind = generator.random()
        story = name
        if kind < REPEATED + NEAR and name:
            story = int(generator.integers(0, name))
        text = article_id_of(f"text {story}".encode())
        changed = 0
        if REPEATED <= kind < REPEATED + NEAR:
            text, changed = article_id_of(f"text {name}".encode()), 6
        signature = sign(story, changed=changed, in_hub=name < hub)
        yield document(name, bytes.fromhex(text), signature)


def sign(story: int, *, changed: int, in_hub: bool) -> bytes:
    drawn = np.random.default_rng(1 << 32 | story).integers(
        0, 256, minhash.SIGNATURE_BYTES, np.uint8
    )
    drawn[:4] = (44, 1, 0, 0)
    drawn[-minhash.MARK_BYTES :] = 0
    drawn[4 : 4 + changed * 10 : 10] += 1
    if in_hub:
        drawn[4 : 4 + minhash.BAND_ROWS] = 7
    return drawn.tobytes()


def document(name: int, text_hash: bytes, signature: bytes) -> Fingerprinted:
    url = f"https://{name % 1_000}.example/news/{name}"
    identity, source = article_id_of(url.encode()), f"/archive/part-{name // 5_000:05d}.warc.gz"
    article = Article(
        article_id=identity, url=url, canonical_url=url, claimed_url=None, is_claimed=False,
        source=source, source_kind="warc", source_record=name, guid=None, site=None,
        site_name=None, title=f"Story {name}", authors=(), excerpt=None, image_url=None, tags=(),
        published_at=NOON, published_text=None, published_offset_min=None, updated_at=None,
        fetched_at=NOON, date_source="page", text="", text_source="page", text_note=None,
        declared_language=None, word_count=500, char_count=3_000, text_sha256=text_hash * 2,
        extractor="simulated", extra=None,
    )  # fmt: skip
    microseconds = int(NOON.timestamp()) * 1_000_000 + name * 60_000_000
    key = Key(
        document_id=document_id(source, name, identity, text_hash), article_id=identity,
        has_url=True, text_hash=text_hash, content_sha256=text_hash * 2, minhash=signature,
        published_at=microseconds, fetched_at=microseconds, char_count=3_000, source=source,
        source_record=name, is_summary=False, guid_key=b"", own_id=identity, has_own_url=True,
        text_id=article_id_of(text_hash * 2), address_id=identity, claim_id="", is_claimed=False,
        statement=Statement(b"12345678", name.to_bytes(4, "big"), b"", name.to_bytes(8, "big")),
    )  # fmt: skip
    return Fingerprinted(article, key)


class EmptyLake:
    """A history that holds nothing."""

    def find(self, queries: Queries) -> Facts:
        """Returns nothing."""
        return Facts()


def add_steps(pipeline: beam.Pipeline, count: int, hub: int) -> Any:
    articles = (
        pipeline
        | beam.Create(range(count // BATCH))
        | beam.Map(lambda number: Batch(simulate(number, hub)))
    )
    rejected = pipeline | "Rejected" >> beam.Create([])
    return (articles, rejected) | Deduplicate(LookUpInHistory(EmptyLake), NearOptions())


def run_graph(count: int, hub: int, flags: str) -> dict[str, object]:
    with tempfile.NamedTemporaryFile() as file:
        with beam.Pipeline(options=PipelineOptions(shlex.split(flags))) as pipeline:
            out = add_steps(pipeline, count, hub)
            _ = (
                [getattr(out, name) for name in ("rows", "duplicates")]
                | "JoinRows" >> beam.Flatten()
                | "Name" >> beam.FlatMap(lambda rows: [row.verdict.outcome for row in rows.items])
                | "Count" >> beam.combiners.Count.PerElement()
                | "Keep" >> beam.ParDo(keep, path=file.name)
            )
        return {"outcomes": dict(json.loads(line) for line in Path(file.name).open())}


def keep(pair: tuple[str, int], path: str) -> None:
    with Path(path).open("a") as file:
        print(json.dumps(pair), file=file)


def run_call(_: Path, count: int, hub: int) -> dict[str, object]:
    keys = [one.key for number in range(count // BATCH) for one in simulate(number, hub)]
    start = time.process_time()
    decided = decide(keys, Facts(), NearOptions())
    found = Counter(verdict.outcome for _, verdict in decided)
    return {"deciding_cpu_s": round(time.process_time() - start, 1), "outcomes": found}


def take_keys(folder: Path, count: int, hub: int) -> dict[str, object]:
    """Leaves documents and pairs of `TakeKeys` on disk, by bundles of 5,000."""
    for name in ("documents", "pairs", "lots", "links"):
        (folder / name).mkdir()
    moved = spent = 0.0
    per_bundle = deduplicate.MAX_HELD_KEYS // BATCH
    for first in range(0, count // BATCH, per_bundle):
        numbers = range(first, min(first + per_bundle, count // BATCH))
        batches = [Batch(simulate(number, hub)) for number in numbers]
        start = time.process_time()
        step = deduplicate._TakeKeysFn()
        outputs = [one for batch in batches for one in step.process(batch)]
        outputs += list(step.finish_bundle())
        for number, output in enumerate(outputs):
            if not isinstance(output, beam.pvalue.TaggedOutput):
                write(folder / f"documents/{first}-{number}", getattr(output, "value", output))
            elif output.tag == "pairs":
                shard, pairs = getattr(output.value, "value", output.value)
                moved += write(folder / f"pairs/{shard}-{first}-{number}", pairs)
        spent += time.process_time() - start
    return {"besides_simulating_cpu_s": round(spent, 1), "to_link_mb": megabytes(moved)}


def link(folder: Path, *_: int) -> dict[str, object]:
    moved = 0
    largest = 0
    for shard in range(groups.SHARDS):
        step = deduplicate._LinkFn()
        pairs = list(read(folder, f"pairs/{shard}-*"))
        largest = max(largest, sum(one.keys.nbytes + one.members.nbytes for one in pairs))
        step.process((shard, pairs))
        for value in step.finish_bundle():
            moved += write(folder / f"links/{shard}", value.value[1])
    return {"largest_shard_mb": megabytes(largest), "to_gather_mb": megabytes(moved)}


def gather(folder: Path, *_: int) -> dict[str, object]:
    found = deduplicate._gather((None, read(folder, "links/*")))
    size = write(folder / "found", found)
    lots = Counter(np.frombuffer(found.lots, dtype=np.int32).tolist())
    return {
        "members": len(found.members) // 8,
        "lots": len(lots),
        "largest_lot": max(lots.values()),
        "to_each_worker_mb": megabytes(size),
    }


def decide_alone(folder: Path, *_: int) -> dict[str, object]:
    [found] = read(folder, "found")
    moved = 0
    outcomes: Counter[str] = Counter()
    for number, element in enumerate(read(folder, "documents/*")):
        for out in deduplicate._decide_alone(
            element, found=[found], near=NearOptions(), reread=frozenset()
        ):
            if isinstance(out, beam.pvalue.TaggedOutput):
                lot, documents = out.value
                moved += write(folder / f"lots/{lot}-{number}", documents)
            else:
                outcomes.update(answer.verdict.outcome for answer in out[1].items)
    return {"to_lots_mb": megabytes(moved), "outcomes": outcomes}


def decide_together(folder: Path, *_: int) -> dict[str, object]:
    lots = {path.name.partition("-")[0] for path in (folder / "lots").iterdir()}
    outcomes: Counter[str] = Counter()
    for lot in sorted(lots, key=int):
        met = (int(lot), read(folder, f"lots/{lot}-*"))
        for _, answers in deduplicate._decide_lot(met, near=NearOptions(), reread=frozenset()):
            outcomes.update(answer.verdict.outcome for answer in answers.items)
    return {"outcomes": outcomes}


def write(path: Path, element: object) -> int:
    return path.write_bytes(pickle.dumps(element, pickle.HIGHEST_PROTOCOL))


def read(folder: Path, pattern: str) -> Iterator[Any]:
    for path in sorted(folder.glob(pattern)):
        yield pickle.loads(path.read_bytes())


def megabytes(size: float) -> float:
    return round(size / 1e6, 1)


def peak_mib() -> int:
    status = Path("/proc/self/status").read_text()
    found = re.search(r"VmHWM:\s+(\d+)", status)
    assert found
    return int(found[1]) // 1024


WAYS: dict[str, Callable[[Path, int, int], dict[str, object]]] = {
    "call": run_call,
    "take keys": take_keys,
    "link": link,
    "gather": gather,
    "decide alone": decide_alone,
    "decide together": decide_together,
}

if __name__ == "__main__":
    main()
