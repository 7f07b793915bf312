"""What quality keeps of labelled texts, and what tone makes of labelled headlines."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from feedlake.transforms.enrich.quality import rate_quality
from feedlake.transforms.enrich.tone import rate_tone
from feedlake.transforms.language.detect_language import identify_language

LABELLED = Path(__file__).parents[3] / "benchmarks" / "labelled"
TEXTS = [
    json.loads(line) for line in (LABELLED / "texts.jsonl").read_text(encoding="utf-8").splitlines()
]
NEWS = {row["language"]: row["text"] for row in TEXTS if row["kind"] == "news"}
JUNK = {
    f"{row['kind']} {row.get('language') or row['what']}": row["text"]
    for row in TEXTS
    if not row["keep"]
}
KEPT_ALL_THE_SAME = {"machine output log"}
"""Documented: its lines hold words, and no two are alike."""

HEADLINES = [
    line.split("\t")
    for line in (LABELLED / "headlines.tsv").read_text(encoding="utf-8").splitlines()
    if not line.startswith("#")
]


def score(text: str) -> float:
    quality = rate_quality(text, language=identify_language(None, text, declared=None).tag)
    return quality.quality_score if quality else 0.0


@pytest.mark.parametrize("language", NEWS)
def test_news_is_kept_in_every_language(language):
    assert score(NEWS[language]) > 0.8
    assert identify_language(None, NEWS[language], declared=None).tag == language


@pytest.mark.parametrize("what", sorted(JUNK.keys() - KEPT_ALL_THE_SAME))
def test_menus_tables_machine_output_and_notices_are_refused(what):
    assert score(JUNK[what]) < 0.4


def test_texts_of_an_odd_form_are_kept():
    odd = [row["text"] for row in TEXTS if row["kind"] == "odd form"]

    assert len(odd) == 5
    assert min(map(score, odd)) > 0.4


def test_each_language_of_the_menus_has_news_too():
    menus = {row["language"] for row in TEXTS if row["kind"] == "menu"}

    assert len(menus) == 12
    assert menus <= NEWS.keys()


def test_plain_headlines_have_the_tone_that_readers_hear():
    wrong = Counter[str]()
    for label, kind, text in HEADLINES:
        tone = rate_tone(None, text, language="en") or 0.0
        found = "good" if tone >= 0.05 else "bad" if tone <= -0.05 else "neither"
        wrong[kind] += found != label

    # Of the others most are wrong, as the documentation says: the lexicon goes by single words.
    assert wrong["plain"] <= 3
    assert sum(kind == "plain" for _, kind, _ in HEADLINES) == 54
