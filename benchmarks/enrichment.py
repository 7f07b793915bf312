"""Cost of each enrichment on texts of real words, each read once, and what tables cost to load.

    python benchmarks/enrichment.py TRUTH_JSON… [--pages DIR…] [--cache DIR] [--entities]

The texts are the `articleBody` of `{"<id>": {"articleBody": …}}`, with the `title` if there is one.
What is remembered of words makes a text cheaper when it comes again, so no text does. With
`--pages`, folders of `*.html.gz`, trafilatura reads each page once for comparison.
"""

from __future__ import annotations

import argparse
import json
import logging
import resource
import tempfile
from dataclasses import replace
from pathlib import Path
from time import perf_counter, process_time

import trafilatura
from distinct_pages import read_distinct

from feedlake.transforms.enrich.counts import count_text, count_tokens
from feedlake.transforms.enrich.enrich_article import inform
from feedlake.transforms.enrich.enrich_pool import BATCH_ARTICLES
from feedlake.transforms.enrich.enrichers import DEFAULTS, EnrichOptions
from feedlake.transforms.enrich.entities import has_entity_model
from feedlake.transforms.enrich.keywords import find_keywords
from feedlake.transforms.enrich.quality import rate_quality
from feedlake.transforms.enrich.run_enrichers import run_of
from feedlake.transforms.enrich.tone import rate_tone
from feedlake.transforms.language.detect_language import identify_language
from feedlake.transforms.normalize.charset import decode_body
from feedlake.transforms.places.find_places import find_places
from feedlake.transforms.places.gazetteer import open_gazetteer
from feedlake.transforms.records.subject import Subject

FIRST = "The minister said on Monday that the road from Paris to the sea would be a great help."


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("truth", type=Path, nargs="+", help="JSON object: id to articleBody")
    parser.add_argument("--pages", type=Path, nargs="+", default=[], help="folders of *.html.gz")
    parser.add_argument(
        "--cache", type=Path, help="folder of the gazetteer's index; else a new one"
    )
    parser.add_argument("--entities", action="store_true", help="measure the extra nlp, too")
    arguments = parser.parse_args()
    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    subjects = read_texts(arguments.truth)
    with tempfile.TemporaryDirectory() as folder:
        cache = arguments.cache or Path(folder)
        measure_loading(cache)
        cost_ms = measure(subjects, cache, with_entities=arguments.entities)
        if arguments.pages:
            measure_extraction(read_distinct(arguments.pages), all_defaults_ms=cost_ms)
        measure_limits(cache)
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak memory of this process {peak_mb:.0f} MB")


def read_texts(paths: list[Path]) -> list[Subject]:
    """Returns the texts of all files, each once."""
    found: dict[str, Subject] = {}
    for path in paths:
        records = json.loads(path.read_text(encoding="utf-8"))
        for _, record in sorted(records.items()):
            text = record["articleBody"]
            title = record.get("title") or text.partition("\n")[0][:100]
            found[text] = Subject(title, text=text, declared_language="und", language="und")
    return list(found.values())


def measure_loading(cache: Path) -> None:
    """Prints what opening or building the gazetteer takes, and the first text of each enricher."""
    started_s, cpu_s = perf_counter(), process_time()
    open_gazetteer(cache)
    wall_s, cpu_s = perf_counter() - started_s, process_time() - cpu_s
    print(f"gazetteer: opened, or built, in {wall_s:.2f} s, {cpu_s:.3f} CPU s")
    subject = Subject("A road", text=FIRST, declared_language="und", language="en")
    for name in DEFAULTS:
        begun_s = process_time()
        run_of(name)(subject, EnrichOptions((name,), cache=str(cache)))
        print(f"{name:12} first text, CPU ms: {1000 * (process_time() - begun_s):.1f}")


def measure(subjects: list[Subject], cache: Path, *, with_entities: bool) -> float:
    """Prints CPU per text of each enrichment; returns that of all defaults together.

    As in a run, an enricher reads a batch before the next one begins.
    """
    options = EnrichOptions(DEFAULTS, cache=str(cache))
    steps = [(name, name, options) for name in (*DEFAULTS, "keywords")]
    if with_entities and has_entity_model():
        lead, full = (replace(options, entity_scope=scope) for scope in ("lead", "full"))
        steps += [("entities, lead", "entities", lead), ("entities, full", "entities", full)]
    spent_s = dict.fromkeys((step for step, *_ in steps), 0.0)
    for start in range(0, len(subjects), BATCH_ARTICLES):
        batch = subjects[start : start + BATCH_ARTICLES]
        for step, name, chosen in steps:
            run = run_of(name)
            begun_s = process_time()
            found = [run(subject, chosen) for subject in batch]
            spent_s[step] += process_time() - begun_s
            batch = [
                inform(subject, columns) for subject, columns in zip(batch, found, strict=True)
            ]
    chars = sum(len(subject.text) for subject in subjects) / len(subjects)
    print(f"{len(subjects)} texts of {chars:.0f} characters, each once, CPU ms per text:")
    costs_ms = {step: 1000 * seconds / len(subjects) for step, seconds in spent_s.items()}
    costs_ms["all defaults"] = sum(costs_ms[name] for name in DEFAULTS)
    for step, cost_ms in costs_ms.items():
        print(f"{step:28}{cost_ms:8.3f}")
    return costs_ms["all defaults"]


def measure_extraction(bodies: list[bytes], *, all_defaults_ms: float) -> None:
    """Prints CPU per page of trafilatura with metadata, and the share that the defaults are."""
    begun_s = process_time()
    for body in bodies:
        trafilatura.bare_extraction(
            decode_body(body, is_html=True), with_metadata=True, include_comments=False
        )
    cost_ms = 1000 * (process_time() - begun_s) / len(bodies)
    print(f"{'trafilatura with metadata':28}{cost_ms:8.3f} on {len(bodies)} pages")
    print(f"all defaults are {all_defaults_ms / cost_ms:.1%} of it")


def measure_limits(cache: Path) -> None:
    """Prints the CPU time of texts of a million characters."""
    gazetteer = open_gazetteer(cache)
    long_texts = {
        "words": "The minister spoke in Berlin about the new road. " * 20_000,
        "one word": "a" * 1_000_000,
        "capitals": "Paris " * 166_000,
        "Han": "\u4e2d\u56fd\u5317\u4eac\u7684\u65b0\u95fb\u3002" * 125_000,
        "signs": "!?. " * 250_000,
        "lines": "ab\n" * 333_000,
    }
    for name, text in long_texts.items():
        spent = []
        for run in (
            lambda text: identify_language(None, text, declared=None),
            lambda text: find_places(None, text, language="en", gazetteer=gazetteer),
            lambda text: find_keywords(None, text, language="en"),
            lambda text: rate_tone(None, text, language="en"),
            lambda text: rate_quality(text, language="en"),
            count_text,
            count_tokens,
        ):
            begun_s = process_time()
            run(text)
            spent.append(f"{process_time() - begun_s:.2f}")
        names = "language, places, keywords, tone, quality, counts, tokens"
        print(f"1 MB of {name}, CPU s of {names}: {' '.join(spent)}")


if __name__ == "__main__":
    main()
