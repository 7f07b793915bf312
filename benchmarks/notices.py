"""What of two notices of one template counts as a copy, and what of real copies.

    python benchmarks/notices.py PAGES_TRUTH…

The files are JSON objects of `{"<id>": {"articleBody": …}}` (the format of `quality.py`); news
texts are cut from them and edited. The notices are made here: nine templates, whose names and
figures are drawn, each alone and with one, three or eight sentences of background; and five lists,
whose figures stand between the same words again and again. Last come 60 pairs of notices and 60 of
copies in five languages, written by hand (`labelled/near_pairs.txt`).
"""

from __future__ import annotations

import argparse
import json
import random
import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from feedlake.transforms.dedup import minhash
from feedlake.transforms.dedup.decide import NearOptions
from feedlake.transforms.dedup.signature import are_copies, sign

PAIRS = 60
THRESHOLD = NearOptions().threshold
LABELLED = Path(__file__).with_name("labelled") / "near_pairs.txt"
SIZES = {"40 words": 40, "75 words": 75, "130 words": 130, "350 words": 350}
BACKGROUND = (0, 1, 3, 8)

FIRST = "Mary John Ahmed Sofia Liam Olga Pedro Ingrid Kwame Yuki Fatima Anton Hugo Rosa".split()
LAST = "Smith Novak Haddad Rossi Murphy Alvarez Mensah Tanaka Weber Costa Okafor Wilde".split()
TOWNS = "Springfield Oakham Riverton Ashford Milltown Larkhill Elmwood Thornbury Dunmore".split()
FIRMS = "Acme Borealis Cobalt Everfield Granite Helix Juniper Lumina Orbit Summit".split()
DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
TEMPLATES = {
    "obituary": (
        "{P}, {58-99}, of {T}, died on {D} at {T} General Hospital after a short illness. Born "
        "in {T}, {L} worked for {10-45} years as a teacher. Survivors include {2-5} children "
        "and {2-14} grandchildren. A service will be held at {9-11} a.m. {D} at {T} Chapel."
    ),
    "match": (
        "{T} Rovers beat {T} United {2-6}-{0-1} on {D} night in front of {3-60},{100-999} "
        "spectators. The first goal by {P} came in the {1-44}th minute and {P} added a second "
        "after {46-89} minutes. The win leaves the club with {20-80} points from {12-38} "
        "matches."
    ),
    "weather": (
        "Forecast for {T}: partly cloudy with a high of {5-38} degrees and a low of {0-4} "
        "degrees. Winds from the north at {5-45} kilometres an hour. The chance of rain is "
        "{0-100} percent and humidity will reach {30-99} percent by evening."
    ),
    "earnings": (
        "{F} Industries said net profit for the quarter rose to {2-900} million dollars from "
        "{2-900} million a year earlier. Revenue was {2-90}.{0-9} billion dollars. Earnings per "
        "share came to {0-9}.{10-99} dollars. The company kept its dividend at {5-90} cents."
    ),
    "earthquake": (
        "A magnitude {3-7}.{0-9} earthquake struck {3-180} kilometres north of {T} on {D}, the "
        "geological survey said. The quake hit at {0-23}:{10-59} local time at a depth of "
        "{3-200} kilometres. No tsunami warning was issued."
    ),
    "police": (
        "Police arrested a {18-70}-year-old man from {T} after a robbery in {T} on {D} evening. "
        "Officers were called to {2-400} {T} Road at about {1-11} p.m. The man, named as {P}, "
        "is due before magistrates on {D}."
    ),
    "exchange": (
        "The central bank set the official exchange rate for {D} at {60-110}.{1000-9999} to the "
        "dollar and {60-120}.{1000-9999} to the euro. The dollar rose by {1-90} kopecks and the "
        "euro by {1-90} kopecks. Trading volume reached {1-9}.{0-9} billion."
    ),
    "road": (
        "{T} Road between {T} and {T} will be closed for {2-12} days. Crews will replace "
        "{100-999} metres of pipe at a cost of {20-900},000 pounds. Diversions are signed, said "
        "project manager {P}."
    ),
    "shares": (
        "Shares of {F} Holdings rose {0-9}.{0-9} percent to {20-400} crowns on {D} after results."
    ),
}
LISTS = {
    "rates": "The bank set its rates. " + " ".join(["{2-12} months {1-9}.{10-99} percent."] * 8),
    "week": "Forecast for {T}. "
    + " ".join(
        f"{day} will be cloudy with a high of {{5-38}} degrees and a low of {{0-4}} degrees."
        for day in DAYS
    ),
    "quakes": " ".join(
        ["A magnitude {3-7}.{0-9} earthquake struck {3-180} kilometres north of {T} at dawn."] * 5
    ),
    "table": "Table after {12-38} rounds. "
    + " ".join(f"{town} {{20-38}} {{1-20}} {{1-20}} points {{1-90}}." for town in TOWNS),
    "results": "Results of the round. " + " ".join(["{T} beat {T} {1-6}-{0-1}."] * 8),
}
SENTENCES = (
    "Family and friends are asked to give to a local charity in place of flowers.",
    "The office did not respond to a request for comment and would not say what comes next.",
    "Residents should secure loose objects and avoid unnecessary travel until the evening.",
    "Shares of the company, which makes parts for aircraft and cars, closed slightly higher.",
    "Forward looking statements involve risks, and actual results may differ from those expected.",
    "Anyone with information is asked to contact the police or leave an anonymous message.",
    "The home side pressed hard after the break but could not find a way through the defence.",
    "The agency said the event was felt across the region but there were no reports of damage.",
    "Tickets can be bought at the door or online, and children are admitted free with an adult.",
    "Officials thanked drivers for their patience while crews complete the work overnight.",
)  # fmt: skip
_EITHER = re.compile(r"\[([^]|]*)\|([^]|]*)\]")
_SLOT = re.compile(r"\{(?:([A-Z])|(\d+)-(\d+))\}")

Edit = Callable[[str, random.Random], tuple[str, str]]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("truth", type=Path, nargs="+")
    found: Counter[str] = Counter()
    pairs: Counter[str] = Counter()
    for name, first, second in [
        *notices(random.Random(1)),
        *copies(random.Random(2), read(parser.parse_args().truth)),
        *labelled(LABELLED.read_text()),
    ]:
        pairs[name] += 1
        found[name] += is_copy(first, second)
    for name in pairs:
        print(f"{name}: {found[name]} of {pairs[name]} count as copies")


def is_copy(first: str, second: str) -> bool:
    one, other = sign(first), sign(second)
    if not {*minhash.band_keys(one)} & {*minhash.band_keys(other)}:
        return False
    similarity = minhash.compare_signatures(one, other)
    return are_copies(similarity, one, other, threshold=THRESHOLD)


def read(paths: list[Path]) -> list[str]:
    pages = [page for path in paths for page in json.loads(path.read_text()).values()]
    return [page["articleBody"] for page in pages]


def notices(draw: random.Random) -> Iterator[tuple[str, str, str]]:
    """Yields pairs of notices of one template: all else differs, or a person's name alone."""
    for count in BACKGROUND:
        for template in TEMPLATES.values():
            for _ in range(PAIRS):
                background = " ".join(["", *draw.sample(SENTENCES, count)])
                one, other = fill(template, draw), fill(template, draw)
                yield f"notices, {count} sentences more", one + background, other + background
                if count < 2 and "{P}" in template:
                    renamed = rename(one, draw)
                    yield "short notices, another name", one + background, renamed + background
    for name, template in LISTS.items():
        for _ in range(PAIRS):
            background = " ".join(["", *draw.sample(SENTENCES, 8)])
            one, other = fill(template, draw), fill(template, draw)
            yield f"lists of {name}, 8 sentences more", one + background, other + background


def labelled(pairs: str) -> Iterator[tuple[str, str, str]]:
    """Yields pairs written by hand, by language and by what they are."""
    for pair in re.split("^= ", pairs, flags=re.MULTILINE)[1:]:
        head, _, text = pair.partition("\n")
        language, _, label = head.split(", ")
        name = f"written by hand, {language}, {label}"
        yield name, _EITHER.sub(r"\1", text).strip(), _EITHER.sub(r"\2", text).strip()


def fill(template: str, draw: random.Random) -> str:
    person = draw.choice(FIRST), draw.choice(LAST)

    def word(slot: re.Match[str]) -> str:
        if slot[1] is None:
            return str(draw.randint(int(slot[2]), int(slot[3])))
        lists = {"T": TOWNS, "D": DAYS, "F": FIRMS, "L": [person[1]], "P": [" ".join(person)]}
        return draw.choice(lists[slot[1]])

    return _SLOT.sub(word, template)


def rename(notice: str, draw: random.Random) -> str:
    """The notice about another person, both of whose names are others."""
    for names in (FIRST, LAST):
        held = next(name for name in names if name in notice)
        notice = notice.replace(held, draw.choice([name for name in names if name != held]))
    return notice


def copies(draw: random.Random, texts: list[str]) -> Iterator[tuple[str, str, str]]:
    words = [word for text in texts for word in text.split()]
    for name, edit in edits(words).items():
        for size, count in SIZES.items():
            for text in texts:
                start = cut(text, count)
                if 0.8 * count <= len(start.split()) <= 1.4 * count:
                    yield f"{name}, {size}", *edit(start, draw)


def cut(text: str, words: int) -> str:
    kept: list[str] = []
    for sentence in re.split(r"(?<=[.!?])\s+", text):
        kept.append(sentence)
        if len(" ".join(kept).split()) >= words:
            break
    return " ".join(kept)


def edits(words: list[str]) -> dict[str, Edit]:
    def change(share: float) -> Edit:
        def edit(text: str, draw: random.Random) -> tuple[str, str]:
            parts = text.split()
            for place in draw.sample(range(len(parts)), max(1, round(share * len(parts)))):
                parts[place] = draw.choice(words)
            return text, " ".join(parts)

        return edit

    def mark(text: str, draw: random.Random) -> tuple[str, str]:
        return text, f"{text} {draw.choice(['Reuter', '(AP)', 'AFP'])}"

    def date(text: str, draw: random.Random) -> tuple[str, str]:
        one, other = draw.sample(range(1, 29), 2)
        return f"LONDON, March {one} (Reuters) - {text}", f"LONDON, March {other} (AP) - {text}"

    def misspell(text: str, draw: random.Random) -> tuple[str, str]:
        name = draw.choice(re.findall(r"[A-Z][a-z]{4,}", text) or ["Reuter"])
        return text, text.replace(name, f"{name[:2]}{name[3]}{name[2]}{name[4:]}")

    return {
        "an agency's mark": mark,
        "another dateline": date,
        "a misspelt name": misspell,
        "2 % of words": change(0.02),
        "5 % of words": change(0.05),
    }


if __name__ == "__main__":
    main()
