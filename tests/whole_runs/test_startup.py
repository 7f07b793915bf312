"""What a run does not do, so that one over a small file is soon over."""

from __future__ import annotations

import gc
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import PROJECT, read_rows

from feedlake.pipeline.run import collector
from feedlake.transforms.enrich import enrich_pool
from feedlake.transforms.extract import extract_document
from feedlake.transforms.poll import polling
from feedlake.transforms.read import kinds

RUN = """
import gc, sys
from feedlake.pipeline.cli.main import main
code = main()
print(gc.isenabled(), gc.get_freeze_count(), *sys.modules)
sys.exit(code)
"""

UNUSED = {
    *("IPython", "feedlake.transforms.fetch.replay_page"),
    *("pandas", "boto3", "google.cloud.storage", "pymongo", "requests"),  # Beam's, if there.
    *("aiohttp", "protego", "feedparser", "bpe_openai", "vaderSentiment", "spacy", "duckdb"),
    *("trafilatura", "dateparser", "feedlake.transforms.extract.html_page"),
    *(
        "feedlake.pipeline.run.web_graph",
        "feedlake.pipeline.run.web_plan",
        "feedlake.transforms.crawl.crawler",
        "feedlake.transforms.poll.interpret",
    ),
    *(
        "feedlake.transforms.places.place_words",
        "feedlake.transforms.language.stop_words",
    ),  # Tables of words for children.
    *(
        "feedlake.transforms.enrich.run_enrichers",
        "feedlake.transforms.language.detect_language",
        "feedlake.transforms.places.find_places",
        "feedlake.transforms.enrich.tone",
    ),
}


@pytest.fixture(scope="module")
def lake_and_words(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    """The lake of a run over one text, and what its process printed at its end."""
    folder = tmp_path_factory.mktemp("run")
    (folder / "text.txt").write_text(
        "date 2020-02-03\nThe ferry to Oban was late again on Monday, and nobody said why. " * 9
    )
    lake = folder / "lake"
    arguments = ["ingest", str(folder / "text.txt"), "--lake", str(lake), "--quiet"]
    done = subprocess.run(
        [sys.executable, "-c", RUN, *arguments], capture_output=True, text=True, check=True
    )
    return lake, done.stdout.split()


def test_run_over_a_text_does_without_what_reads_pages_and_the_web_and_enriches(
    lake_and_words,
):
    lake, (_, _, *modules) = lake_and_words

    assert {"apache_beam", "feedlake.pipeline.run.graph"} <= set(modules)
    assert UNUSED & set(modules) == set()
    [article] = read_rows(lake, "articles")
    assert article["language"] == "en"  # Children have run the enrichers.


def test_modules_are_no_garbage_and_what_comes_later_may_be(lake_and_words):
    _, (is_enabled, frozen, *_) = lake_and_words

    assert is_enabled == "True"
    assert int(frozen) > 100_000  # Beam's alone are more; 0 without `collector`.


def test_collector_stays_as_it_was():
    for turn in (gc.enable, gc.disable, gc.enable):
        turn()
        before = gc.isenabled()
        with collector.paused():
            assert not gc.isenabled()
        assert gc.isenabled() == before


IMPORT = """
import gc
import pickle
from feedlake.pipeline.run import collector
{claim}
with collector.paused():
    import {module}
print(gc.get_freeze_count() > 0)
"""


@pytest.mark.parametrize(
    ("claim", "module", "is_frozen"),
    [
        ("collector.claim_process()", "wave", True),
        ("collector.claim_process()", "sys", False),
        ("", "wave", False),
    ],
    ids=["new module", "known module", "process of another program"],
)
def test_collector_leaves_alone_what_was_imported(claim, module, is_frozen):
    code = IMPORT.format(claim=claim, module=module)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout == f"{is_frozen}\n"


LEFT_OUT = """
import os, sys
from feedlake.pipeline.run import collector
collector.claim_process()
import numpy
import feedlake.transforms.enrich.places_index
print(len(os.listdir("/proc/self/task")), "feedlake.transforms.places.gazetteer" in sys.modules)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_threads_of_numpy_and_the_gazetteer_are_left_to_those_who_use_them(monkeypatch):
    monkeypatch.delenv("OPENBLAS_NUM_THREADS", raising=False)
    command = [sys.executable, "-c", LEFT_OUT]
    done = subprocess.run(command, capture_output=True, text=True, check=True)

    assert done.stdout == "1 False\n"


SWALLOWED = """
import signal, sys
from feedlake.pipeline.cli.main import main

class Finder:
    def find_spec(self, name, path, target=None):
        if name == "apache_beam":
            try:
                signal.raise_signal(signal.SIGTERM)
            except BaseException:
                pass

sys.meta_path.insert(0, Finder())
sys.exit(main())
"""


def test_signal_that_an_import_swallows_ends_the_run_all_the_same(tmp_path):
    (tmp_path / "text.txt").write_text("The ferry was late again on Monday. " * 9)
    arguments = ["ingest", str(tmp_path / "text.txt"), "--lake", str(tmp_path / "lake")]
    done = subprocess.run(
        [sys.executable, "-c", SWALLOWED, *arguments], capture_output=True, text=True, check=False
    )

    assert done.returncode == 1
    assert "interrupted; nothing was published" in done.stderr


CHILDREN = f"""
import sys
sys.path.insert(0, {str(PROJECT / "tests")!r})
import sandbox_tasks as tasks
from feedlake.transforms.process import sandbox
from {{module}} import {{function}} as imports

children = sandbox.Sandbox(workers=1, limits=sandbox.Limits(), imports=imports)
children.submit(None, tasks.imported, "")
print(*(name for _, names in children.drain() for name in names))
children.close()
"""


@pytest.mark.parametrize(
    ("function", "module"),
    [
        (extract_document.import_page_readers, "feedlake.transforms.extract.html_page"),
        (kinds.import_parquet_readers, "feedlake.transforms.read.parquet_part"),
        (polling.import_answer_readers, "feedlake.transforms.poll.interpret"),
        (enrich_pool.import_runners, "feedlake.transforms.enrich.run_enrichers"),
        (enrich_pool.load_tokenizer, "_bindings"),
        (enrich_pool.load_languages, "fasttext"),
    ],
)
def test_children_find_imported_what_their_step_asks_for(function, module):
    program = CHILDREN.format(module=function.__module__, function=function.__name__)
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    imported = done.stdout.split()
    assert module in imported
    assert "apache_beam" not in imported
