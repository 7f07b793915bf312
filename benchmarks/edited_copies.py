"""What is found of copies of many kinds, in many languages, and whether order or split matters.

    python benchmarks/edited_copies.py TRUTH… [--texts 300] [--orders 5]

TRUTH are JSON objects of `{"<id>": {"articleBody": …, "language": …}}`. Texts of all lengths are
taken, those in the rarer languages first and whole as well as cut into parts. Each kind of edit is
made of each text. A copy is found if it shares a band with its original and counts as near; it is
wrong if that holds for another text. Then all texts with some copies of each are decided in so many
orders, each in one run, two, ten, and one run for each document.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from statistics import median

from near_duplicates import Signed, article_of, groups, jaccard, shingles_of

from feedlake.transforms.dedup.fingerprint import fingerprint_articles
from feedlake.transforms.dedup.signature import sign
from feedlake.transforms.normalize.text import normalize_text

MIN_WORDS, MAX_WORDS = 40, 5_000
COPIES = 4
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")
_NUMBER = re.compile(r"(?<![\w.,])\d{1,3}(?:,\d{3})+(?![\w,])|(?<![\w.,])\d{1,2}(?![\w.,%])")
_SMALL = "zero one two three four five six seven eight nine ten eleven twelve".split()
_LIGATURES = {"ffi": "\ufb03", "ffl": "\ufb04", "fi": "\ufb01", "fl": "\ufb02"}

Draw = random.Random


Edit = Callable[[str, Sequence[str], Draw], str]
"""Makes the edited text, out of the text, the words of others and chance."""


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("truth", type=Path, nargs="+")
    parser.add_argument("--texts", type=int, default=300)
    parser.add_argument("--orders", type=int, default=5)
    given = parser.parse_args()
    texts = choose(read(given.truth), given.texts)
    counts = sorted(len(units(text)) for text in texts.values())
    middle = f"{median(counts):.0f} in the median"
    print(f"{len(texts)} texts of {counts[0]} to {counts[-1]} words, {middle}")
    pools = pool(texts)
    for name, edit in EDITS.items():
        print_found(name, edit, texts, pools)
    print_splits(texts, pools, given.orders)


def read(paths: Sequence[Path]) -> list[tuple[str, str, str]]:
    """Returns the name, language and text of each page."""
    return [
        (name, page.get("language") or "en", normalize_text(page["articleBody"]))
        for path in paths
        for name, page in json.loads(path.read_text()).items()
    ]


def choose(pages: list[tuple[str, str, str]], count: int) -> dict[str, str]:
    """Texts by name: those of rare languages whole and in parts, and others of all lengths."""
    rare: dict[str, str] = {}
    rest: dict[str, str] = {}
    for name, language, text in pages:
        if language != "en":
            rare[name] = text
            if is_unspaced(text) or language in ("ar", "hi", "ko"):
                rare |= {f"{name}-{part}": cut for part, cut in enumerate(parts(text, 150))}
        else:
            rest[name] = text
    kept = {name: text for name, text in rare.items() if is_long_enough(text)}
    others = [(name, text) for name, text in rest.items() if is_long_enough(text)]
    draw = random.Random(7)
    draw.shuffle(others)
    for name, text in others:
        # A third is cut short: most of what feeds hold is.
        if draw.random() < 1 / 3:
            text = next(parts(text, draw.choice([40, 60, 90, 130, 200])))
        if len(kept) < count and text not in kept.values() and is_long_enough(text):
            kept[name] = text
    return dict(list(kept.items())[:count])


def is_long_enough(text: str) -> bool:
    return MIN_WORDS <= len(units(text)) <= MAX_WORDS


def parts(text: str, words: int) -> Iterator[str]:
    """Runs of sentences with so many words or a few more."""
    held: list[str] = []
    for sentence in sentences(text):
        held.append(sentence)
        if len(units(joined(held))) >= words:
            yield joined(held)
            held = []
    if held:
        yield joined(held)


def sentences(text: str) -> list[str]:
    return [
        part
        for part in re.split(r"(?<=[.!?])\s+|(?<=[\u3002\uff01\uff1f\u0964])|\n+", text)
        if part.strip()
    ]


def joined(held: Sequence[str]) -> str:
    return ("" if held and is_unspaced(held[0]) else " ").join(held)


def is_unspaced(text: str) -> bool:
    return len(_UNSPACED.findall(text)) * 2 > len(re.sub(r"\s", "", text))


def units(text: str) -> list[str]:
    """Words with what separates them, or two characters of a script without spaces."""
    return re.findall(r"\s*..?" if is_unspaced(text) else r"\s*\S+", text)


def pool(texts: dict[str, str]) -> dict[bool, list[str]]:
    pools: dict[bool, list[str]] = {False: [], True: []}
    for text in texts.values():
        pools[is_unspaced(text)] += units(text)
    return pools


def print_found(name: str, edit: Edit, texts: dict[str, str], pools: dict[bool, list[str]]) -> None:
    draw = random.Random(3)
    signed = Signed(texts)
    found = wrong = alike = alike_found = changed = 0
    missed = []
    for original, text in texts.items():
        edited = normalize_text(edit(text, pools[is_unspaced(text)], draw))
        if edited == text:
            continue
        changed += 1
        near = set(signed.near(sign(edited)))
        is_found = original in near
        found += is_found
        if jaccard(shingles_of(edited), shingles_of(text)) >= 0.8:
            alike, alike_found = alike + 1, alike_found + is_found
        if not is_found:
            missed.append(original)
        wrong += any(other.partition("-")[0] != original.partition("-")[0] for other in near)
    share = alike_found / alike if alike else 1
    print(
        f"{name}: {found} of {changed} found; {alike_found} of {alike} ({share:.3f}) with a Jaccard"
        f" similarity of 0.8 or more; {wrong} wrong; missed e.g. {' '.join(missed[:6])}",
        flush=True,
    )


def print_splits(texts: dict[str, str], pools: dict[bool, list[str]], orders: int) -> None:
    draw = random.Random(5)
    kinds = list(EDITS.values())
    made = []
    for text in texts.values():
        unspaced = is_unspaced(text)
        made.append(text)
        made += [
            normalize_text(draw.choice(kinds)(text, pools[unspaced], draw)) for _ in range(COPIES)
        ]
    made = list(dict.fromkeys(made))
    articles = [article_of(number, text) for number, text in enumerate(made)]
    keys = [one.key for one in fingerprint_articles(articles)]
    count = len(keys)
    splits = {
        "one run": [count],
        "two": [count // 2, count],
        "ten": [count // 10] * 9 + [count],
        "each alone": [1] * count,
    }
    expected = None
    for order in range(orders):
        for name, sizes in splits.items():
            found = groups(keys, sizes)
            expected = found if expected is None else expected
            print(
                f"order {order + 1}, {name}: {count} documents, {len(found)} groups,"
                f" {len(found ^ expected)} differ",
                flush=True,
            )
        draw.shuffle(keys)


def replace(share: float) -> Edit:
    def edit(text: str, words: Sequence[str], draw: Draw) -> str:
        held = units(text)
        for place in draw.sample(range(len(held)), max(1, round(share * len(held)))):
            held[place] = spaced(held[place], draw.choice(words))
        return "".join(held)

    return edit


def delete(share: float) -> Edit:
    def edit(text: str, words: Sequence[str], draw: Draw) -> str:
        held = units(text)
        for place in draw.sample(range(len(held)), max(1, round(share * len(held)))):
            held[place] = ""
        return "".join(held)

    return edit


def insert(share: float) -> Edit:
    def edit(text: str, words: Sequence[str], draw: Draw) -> str:
        held = units(text)
        for place in draw.sample(range(len(held)), max(1, round(share * len(held)))):
            held[place] += spaced(held[place] if place else " ", draw.choice(words))
        return "".join(held)

    return edit


def spaced(old: str, new: str) -> str:
    """The new unit with the space before the old one."""
    return old[: len(old) - len(old.lstrip())] + new.strip()


def footer(text: str, words: Sequence[str], draw: Draw) -> str:
    return (
        text
        + "\n\n"
        + draw.choice(
            [
                "Follow us on Facebook and Twitter. Subscribe to our newsletter for more stories.",
                "(Reporting by John Smith and Ana Costa; Editing by Mary Weber)",
                "© 2019 An Agency. All rights reserved. This material may not be published again.",
                "Read more: 5 things to know this Monday",
            ]
        )
    )


def lead(text: str, words: Sequence[str], draw: Draw) -> str:
    return next(parts(text, max(20, len(units(text)) // 5)))


def reorder(text: str, words: Sequence[str], draw: Draw) -> str:
    held = [part for part in re.split(r"\n+", text) if part]
    held = held if len(held) > 2 else sentences(text)
    draw.shuffle(held)
    return "\n\n".join(held)


def drop_sentence(text: str, words: Sequence[str], draw: Draw) -> str:
    held = sentences(text)
    if len(held) > 3:
        del held[draw.randrange(1, len(held))]
    return joined(held)


def quotes(text: str, words: Sequence[str], draw: Draw) -> str:
    for old, new in (
        ('"', "\u201d"), ("'", "\u2019"), ("\u201c", '"'), ("\u201d", '"'), ("\u2018", "'"),
        ("\u2019", "'"), ("\u00ab", '"'), ("\u00bb", '"'), ("\u201e", '"'),
    ):  # fmt: skip
        if old in text:
            text = text.replace(old, new)
            if draw.random() < 0.5:
                break
    return text


def apostrophes(text: str, words: Sequence[str], draw: Draw) -> str:
    other = "'" if "\u2019" in text else "\u2019"
    return re.sub(r"(?<=\w)['\u2019](?=\w)", other, text)


def dashes(text: str, words: Sequence[str], draw: Draw) -> str:
    return re.sub(r"\s[-\u2013\u2014]+\s|\u2014", draw.choice([" - ", " \u2013 ", "\u2014"]), text)


def blanks(text: str, words: Sequence[str], draw: Draw) -> str:
    return "".join(
        draw.choice(" \u00a0\u2009") if char == " " and draw.random() < 0.3 else char
        for char in text
    )


def hyphens(text: str, words: Sequence[str], draw: Draw) -> str:
    return re.sub(r"(\w{4})(\w{4})", lambda found: f"{found[1]}\u00ad{found[2]}", text)


def ligatures(text: str, words: Sequence[str], draw: Draw) -> str:
    for old, new in _LIGATURES.items():
        text = text.replace(old, new)
    return text


def capitals(text: str, words: Sequence[str], draw: Draw) -> str:
    first, *rest = text.split("\n")
    return "\n".join([first.upper(), *(line.upper() if len(line) < 60 else line for line in rest)])


def all_capitals(text: str, words: Sequence[str], draw: Draw) -> str:
    return text.upper()


def accents(text: str, words: Sequence[str], draw: Draw) -> str:
    return "".join(
        char for char in unicodedata.normalize("NFD", text) if not 0x300 <= ord(char) < 0x370
    )


def decomposed(text: str, words: Sequence[str], draw: Draw) -> str:
    return unicodedata.normalize("NFD", text)


def wide(text: str, words: Sequence[str], draw: Draw) -> str:
    return "".join(
        chr(ord(char) + 0xFEE0) if char.isascii() and char.isdigit() else char for char in text
    )


def numbers(text: str, words: Sequence[str], draw: Draw) -> str:
    def write(found: re.Match[str]) -> str:
        digits = found[0].replace(",", "")
        if "," in found[0]:
            return draw.choice(
                [digits, f"{int(digits):,}".replace(",", " "), f"{int(digits):,}".replace(",", ".")]
            )
        return _SMALL[int(digits)] if int(digits) < len(_SMALL) else digits

    return _NUMBER.sub(write, text).replace("%", " percent")


def agency(text: str, words: Sequence[str], draw: Draw) -> str:
    return (
        draw.choice(
            [
                "LONDON, March 3 (Reuters) - ",
                "WASHINGTON (AP) \u2014 ",
                "By Jane Doe, Staff Writer\nPublished: 3 March 2019, 10:30 GMT\n\n",
                "PARIS, 3 mars 2019 (AFP) - ",
                "(CNN) ",
            ]
        )
        + text
    )


def corrected(text: str, words: Sequence[str], draw: Draw) -> str:
    """One number is another one."""
    found = list(re.finditer(r"\d+", text))
    if not found:
        return text
    number = draw.choice(found)
    return text[: number.start()] + str(int(number[0]) + draw.randint(1, 9)) + text[number.end() :]


def updated(text: str, words: Sequence[str], draw: Draw) -> str:
    """A paragraph more at its beginning, and its second sentence gone."""
    held = sentences(text)
    new = "".join(draw.choice(words) for _ in range(max(5, min(30, len(units(text)) // 12))))
    return new.strip() + ".\n\n" + joined(held[:1] + held[2:])


EDITS: dict[str, Edit] = {
    **{f"{share:.0%} of words replaced": replace(share) for share in (0.01, 0.02, 0.05, 0.1)},
    **{f"{share:.0%} of words deleted": delete(share) for share in (0.01, 0.02, 0.05, 0.1)},
    **{f"{share:.0%} of words inserted": insert(share) for share in (0.01, 0.02, 0.05, 0.1)},
    "a footer": footer,
    "lead alone": lead,
    "paragraphs in another order": reorder,
    "a sentence dropped": drop_sentence,
    "other quotes": quotes,
    "other apostrophes": apostrophes,
    "other dashes": dashes,
    "other blanks": blanks,
    "soft hyphens": hyphens,
    "ligatures": ligatures,
    "headlines in capitals": capitals,
    "all in capitals": all_capitals,
    "without accents": accents,
    "accents apart": decomposed,
    "wide digits": wide,
    "numbers written otherwise": numbers,
    "an agency's head": agency,
    "one number corrected": corrected,
    "a paragraph more, a sentence less": updated,
}

if __name__ == "__main__":
    main()
