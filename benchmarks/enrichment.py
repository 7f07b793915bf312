"""Cost of each enrichment against extracting the same pages, and what it finds.

    python benchmarks/enrichment.py PAGES_DIR TRUTH_JSON [--cache DIR] [--entities]

The pages are as for `quality.py`: `PAGES_DIR/<id>.html.gz`, and `{"<id>": {"articleBody": …}}`.
"""

from __future__ import annotations

import argparse
import gzip
import json
import logging
import resource
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import perf_counter, process_time

import trafilatura

from feedlake.transforms.enrich.counts import count_text, count_tokens
from feedlake.transforms.enrich.entities import find_entities, has_entity_model
from feedlake.transforms.enrich.keywords import find_keywords
from feedlake.transforms.enrich.quality import rate_quality
from feedlake.transforms.enrich.tone import rate_tone
from feedlake.transforms.language.detect_language import identify_language
from feedlake.transforms.normalize.charset import decode_body
from feedlake.transforms.places.find_places import find_places
from feedlake.transforms.places.gazetteer import open_gazetteer

ROUNDS = 3


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("pages", type=Path, help="folder of <id>.html.gz")
    parser.add_argument("truth", type=Path, help="JSON object: id to articleBody")
    parser.add_argument(
        "--cache", type=Path, help="folder of the gazetteer's index; else a new one"
    )
    parser.add_argument("--entities", action="store_true", help="measure the extra nlp, too")
    arguments = parser.parse_args()
    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    records = json.loads(arguments.truth.read_text(encoding="utf-8"))
    names = sorted(records)
    bodies = [gzip.decompress((arguments.pages / f"{n}.html.gz").read_bytes()) for n in names]
    texts = [records[name]["articleBody"] for name in names]
    titles = [text.partition("\n")[0][:100] for text in texts]
    with tempfile.TemporaryDirectory() as folder:
        measure(bodies, titles, texts, arguments.cache or Path(folder), arguments.entities)
        measure_limits(arguments.cache or Path(folder))
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak memory of this process {peak_mb:.0f} MB")


def measure(
    bodies: list[bytes], titles: list[str], texts: list[str], cache: Path, with_entities: bool
) -> None:
    """Prints CPU per document of extraction and of each enrichment."""
    started_s, cpu_s = perf_counter(), process_time()
    gazetteer = open_gazetteer(cache)
    wall_s, cpu_s = perf_counter() - started_s, process_time() - cpu_s
    print(f"gazetteer: opened, or built, in {wall_s:.2f} s, {cpu_s:.2f} CPU s")
    languages = [
        identify_language(a, b, declared=None).tag for a, b in zip(titles, texts, strict=True)
    ]
    steps: dict[str, Callable[[int], object]] = {
        "language": lambda i: identify_language(titles[i], texts[i], declared=None),
        "places": lambda i: find_places(
            titles[i], texts[i], language=languages[i], gazetteer=gazetteer
        ),
        "keywords": lambda i: find_keywords(titles[i], texts[i], language=languages[i]),
        "tone": lambda i: rate_tone(titles[i], texts[i], language=languages[i]),
        "quality": lambda i: rate_quality(texts[i], language=languages[i]),
        "counts": lambda i: count_text(texts[i]),
    }
    defaults = [name for name in steps if name != "keywords"]
    if with_entities and has_entity_model():
        steps["entities, lead"] = lambda i: find_entities(
            titles[i], texts[i], scope="lead", language=languages[i]
        )
        steps["entities, full"] = lambda i: find_entities(
            titles[i], texts[i], scope="full", language=languages[i]
        )
    extraction = "trafilatura with metadata"
    steps[extraction] = lambda i: trafilatura.bare_extraction(
        decode_body(bodies[i], is_html=True), with_metadata=True, include_comments=False
    )
    for run in steps.values():
        run(0)  # Models load once.
    rounds: dict[str, list[float]] = {name: [] for name in steps}
    for _ in range(ROUNDS):
        spent_s = dict.fromkeys(steps, 0.0)
        for name, run in steps.items():  # As in a run: each step has its documents in a row.
            begun_s = process_time()
            for number in range(len(texts)):
                run(number)
            spent_s[name] += process_time() - begun_s
        for name, seconds in spent_s.items():
            rounds[name].append(1000 * seconds / len(texts))
    costs_ms = {name: median(values) for name, values in rounds.items()}
    costs_ms["all defaults"] = sum(costs_ms[name] for name in defaults)
    # In the first round each text is new, as in a run: later ones find its words in caches.
    first_ms = {name: values[0] for name, values in rounds.items()}
    first_ms["all defaults"] = sum(first_ms[name] for name in defaults)
    print(
        f"{len(texts)} pages, CPU ms per document, share of extraction:"
        f" median of {ROUNDS} rounds, and the first"
    )
    for name, cost_ms in costs_ms.items():
        shares = cost_ms / costs_ms[extraction], first_ms[name] / first_ms[extraction]
        print(f"{name:28}{cost_ms:8.2f}{shares[0]:8.1%}{first_ms[name]:8.2f}{shares[1]:8.1%}")


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
