"""Speed of signing and deciding, and what is found of copies after graded edits.

    python benchmarks/near_duplicates.py [DOCS…]

DOCS are JSON lines with `id` and `text`, beside them perhaps `truth.jsonl` with `id` and `cluster`,
or a JSON object of `{"<id>": {"articleBody": …}}` (the format of `quality.py`). Without any, texts
are made of random words. An edit is found if the copy shares a band with its original and counts as
near; it is wrong if that holds for another article.
"""

from __future__ import annotations

import argparse
import json
import random
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from statistics import mean, quantiles
from time import process_time

from feedlake.transforms.dedup import minhash
from feedlake.transforms.dedup.decide import NearOptions, Verdict, decide
from feedlake.transforms.dedup.fingerprint import fingerprint_article, fingerprint_articles
from feedlake.transforms.dedup.known_rows import Key
from feedlake.transforms.dedup.lookup import HASH_BYTES, Facts, LakeRow
from feedlake.transforms.dedup.minhash import compare_signatures
from feedlake.transforms.dedup.signature import are_copies, sign
from feedlake.transforms.dedup.text_words import read_words
from feedlake.transforms.normalize.text import hash_text
from feedlake.transforms.records.documents import Article

CHUNK, BATCH, TEXT_CHARS, ROUNDS = 5_000, 100, 3_000, 3
GROUPS, COPIES = 300, 4
THRESHOLD = NearOptions().threshold
NOON = datetime(2019, 1, 23, 12, tzinfo=UTC)
VOCABULARY = [a + b + c for a in "bdfgklmnprst" for b in "aeiou" for c in ("n", "ra", "st", "lo")]

Edit = Callable[[str, random.Random], str]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("docs", type=Path, nargs="*")
    given = parser.parse_args()
    texts, truth = read(given.docs) if given.docs else (make(), {})
    sentences = [part for text in texts.values() for part in split(text)]
    print_speed(list(texts.values()))
    print_distinct(texts, truth)
    for name, edit in edits(sentences).items():
        print_recall(name, edit, texts, truth)
    print_splits(texts, edits(sentences)["5 % of words"])


def read(paths: list[Path]) -> tuple[dict[str, str], dict[str, str]]:
    """Returns texts by id, and the ids of clusters by id of text."""
    texts: dict[str, str] = {}
    truth: dict[str, str] = {}
    for path in paths:
        if path.suffix == ".json":
            pages = json.loads(path.read_text())
            texts |= {name: page["articleBody"] for name, page in pages.items()}
            continue
        lines = map(json.loads, path.read_text().splitlines())
        texts |= {line["id"]: line["text"] for line in lines}
        known = path.with_name("truth.jsonl")
        if known.exists():
            lines = map(json.loads, known.read_text().splitlines())
            truth |= {line["id"]: line["cluster"] for line in lines}
    return texts, truth


def make() -> dict[str, str]:
    draw = random.Random(1)
    return {
        str(number): ". ".join(
            " ".join(draw.choices(VOCABULARY, k=20)) for _ in range(draw.randint(5, 40))
        )
        for number in range(1_000)
    }


def split(text: str) -> list[str]:
    return [part for part in re.split(r"(?<=[.!?])\s+", text) if part]


def print_speed(texts: list[str]) -> None:
    draw = random.Random(2)
    # A text of one article in plain ASCII and of one in Cyrillic would be like no real one.
    pools = {
        plain: [part for text in texts if text.isascii() == plain for part in split(text)]
        for plain in (True, False)
    }
    articles = [
        article(number, pools[draw.choice(texts).isascii()], draw) for number in range(CHUNK)
    ]
    chars = mean(len(one.text) for one in articles)
    rounds = []
    for _ in range(ROUNDS):
        start = process_time()
        batches = [articles[at : at + BATCH] for at in range(0, CHUNK, BATCH)]
        keys = [one.key for batch in batches for one in fingerprint_articles(batch)]
        signed = process_time()
        decided = decide(keys, Facts(), NearOptions())
        rounds.append((process_time() - start, signed - start))
    new = sum(verdict.outcome == "article" for _, verdict in decided)
    for name, (total, signing) in (("best", min(rounds)), ("worst", max(rounds))):
        print(
            f"speed, {name} of {ROUNDS} rounds: {CHUNK / total:.0f} documents of {chars:.0f} "
            f"characters per CPU-second; {1e6 * signing / CHUNK:.0f} us to sign, "
            f"{1e6 * (total - signing) / CHUNK:.0f} us to decide; {new} of {CHUNK} are articles"
        )


def article(number: int, sentences: list[str], draw: random.Random) -> Article:
    parts: list[str] = []
    while sum(map(len, parts)) < TEXT_CHARS:
        parts.append(draw.choice(sentences))
    return article_of(number, "\n\n".join(parts))


def article_of(number: int, text: str) -> Article:
    return Article(
        article_id=f"{number:032x}", url=None, canonical_url=f"https://news.example/{number}",
        source="docs.jsonl", source_kind="jsonl", source_record=number, site=None, site_name=None,
        title=None, authors=(), excerpt=None, image_url=None, tags=(), published_at=NOON,
        updated_at=None, fetched_at=NOON, date_source="seed", text=text, text_source="text",
        declared_language="en", word_count=0, char_count=len(text), text_sha256=hash_text(text),
        extractor="none", extra=None, guid=None, text_note=None, published_text=None,
        published_offset_min=None, claimed_url=None, is_claimed=False,
    )  # fmt: skip


class Signed:
    """Texts with all by which they are compared."""

    def __init__(self, texts: dict[str, str]) -> None:
        self.signatures = {name: sign(text) for name, text in texts.items()}
        self._by_band: dict[tuple[int, int], set[str]] = {}
        for name, signature in self.signatures.items():
            for band in minhash.band_keys(signature):
                self._by_band.setdefault(band, set()).add(name)

    def near(self, signature: bytes) -> Iterator[str]:
        """Yields the names of the texts that count as copies."""
        bands = minhash.band_keys(signature)
        for name in set().union(*(self._by_band.get(band, set()) for band in bands)):
            similarity = compare_signatures(signature, self.signatures[name])
            if are_copies(similarity, signature, self.signatures[name], threshold=THRESHOLD):
                yield name


def print_distinct(texts: dict[str, str], truth: dict[str, str]) -> None:
    """What of the articles themselves is found to be near."""
    signed = Signed(texts)
    pairs = {
        tuple(sorted((name, other)))
        for name in texts
        for other in signed.near(signed.signatures[name])
        if other != name
    }
    right = sum(truth.get(one, one) == truth.get(other, other) for one, other in pairs)
    print(f"{right} of {len(pairs)} near pairs of {len(texts)} articles are right")


def print_recall(name: str, edit: Edit, texts: dict[str, str], truth: dict[str, str]) -> None:
    draw = random.Random(3)
    signed = Signed(texts)
    found = wrong = 0
    similarities = []
    for original, text in texts.items():
        edited = edit(text, draw)
        similarities.append(jaccard(shingles_of(edited), shingles_of(text)))
        near = set(signed.near(sign(edited)))
        found += original in near
        wrong += any(truth.get(one, one) != truth.get(original, original) for one in near)
    least, *_, most = quantiles(similarities, n=20)
    print(
        f"{name}: {found / len(texts):.3f} found, {wrong} wrong"
        f"; Jaccard of 90 % from {least:.2f} to {most:.2f}"
    )


def shingles_of(text: str) -> frozenset[int]:
    return frozenset(minhash.shingle(read_words(text)).tolist())


def jaccard(first: frozenset[int], second: frozenset[int]) -> float:
    return len(first & second) / len(first | second)


def print_splits(texts: dict[str, str], edit: Edit) -> None:
    """Whether four runs in any order find the groups that one run finds."""
    draw = random.Random(5)
    chosen = [text for text in [*texts.values()][:GROUPS] for _ in range(COPIES)]
    keys = [
        fingerprint_article(article_of(number, edit(text, draw) if number % COPIES else text)).key
        for number, text in enumerate(chosen)
    ]
    whole = groups(keys, [len(keys)])
    for _ in range(ROUNDS):
        draw.shuffle(keys)
        parts = groups(keys, [len(keys) // 4] * 3 + [len(keys)])
        print(
            f"{len(keys)} copies of {min(GROUPS, len(texts))} articles: {len(whole)} groups in one"
            f" run, {len(parts)} in four in random order, {len(whole ^ parts)} differ"
        )


def groups(keys: list[Key], sizes: list[int]) -> set[frozenset[str]]:
    """The near-duplicate groups that runs over so many of the keys find, one after the other."""
    rows: set[LakeRow] = set()
    members: dict[str, set[str]] = {}
    start = 0
    for size in sizes:
        decided = decide(keys[start : start + size], Facts(frozenset(rows)), NearOptions())
        start += size
        for key, verdict in decided:
            rows.add(row_of(key, verdict))  # No text is there twice, so each has its signature.
            names = (verdict.cluster_id, *verdict.other_clusters)
            joined = set().union(*(members.get(name, {name}) for name in names), {key.article_id})
            members |= dict.fromkeys(joined, joined)
    return {frozenset(joined) for joined in members.values()}


def row_of(key: Key, verdict: Verdict) -> LakeRow:
    assert verdict.outcome in ("article", "duplicate")
    return LakeRow(
        kind=verdict.outcome, article_id=key.article_id, original_id=verdict.original_id or "",
        cluster_id=verdict.cluster_id, text_hash=key.text_hash,
        content_hash=key.content_sha256[:HASH_BYTES], minhash=key.minhash, revision=0,
        published_at=key.published_at, char_count=key.char_count, document_id=key.document_id,
    )  # fmt: skip


def edits(sentences: list[str]) -> dict[str, Edit]:
    words = [word for sentence in sentences for word in sentence.split()]

    def change(share: float) -> Edit:
        def edit(text: str, draw: random.Random) -> str:
            # The white space stays what it is, as in an edit by hand.
            parts = re.split(r"(\s+)", text)
            count = round(share * (len(parts) // 2 + 1))
            for place in draw.sample(range(0, len(parts), 2), count):
                parts[place] = draw.choice(words)
            return "".join(parts)

        return edit

    def append(text: str, draw: random.Random) -> str:
        return f"{text}\n\n{' '.join(draw.sample(sentences, 2))}"

    def cut(text: str, draw: random.Random) -> str:
        parts = split(text)
        start = draw.randrange(max(1, len(parts) - 1))
        return " ".join(parts[:start] + parts[start + 2 :]) or text

    def head(text: str, draw: random.Random) -> str:
        byline = " ".join(draw.choices(words, k=8))
        rest = text.split(" ", 12)[-1]
        return f"{' '.join(draw.choices(words, k=10))}\n\nBy {byline}\n\n{rest}"

    def shuffle(text: str, draw: random.Random) -> str:
        parts = split(text)
        draw.shuffle(parts)
        return " ".join(parts)

    def halve(text: str, draw: random.Random) -> str:
        parts = split(text)
        return " ".join(parts[: max(1, len(parts) // 2)])

    return {
        "1 % of words": change(0.01),
        "2 % of words": change(0.02),
        "two sentences appended": append,
        "two sentences cut": cut,
        "headline and byline replaced": head,
        "5 % of words": change(0.05),
        "10 % of words": change(0.1),
        "20 % of words": change(0.2),
        "sentences in another order": shuffle,
        "second half cut": halve,
    }


if __name__ == "__main__":
    main()
