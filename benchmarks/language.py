"""How often the language of labelled texts is told right, and what that costs.

    python benchmarks/language.py FILE... [--only en,de] [--latin-serbian] [--wrong DIR]

Each line of a file is a language tag, a tab and a text. Every line is told as it stands; then
"articles" are made, by joining 8 to 15 lines of the same tag, in five orders by chance. Printed are
the share that is right, wrong and `und`, by language and in all, and the CPU time a text. No
language is declared. Sets hold Serbian in Cyrillic; `--latin-serbian` writes it in Latin letters.
"""

from __future__ import annotations

import argparse
from collections import Counter, defaultdict
from pathlib import Path
from random import Random
from time import process_time
from typing import NamedTuple

from feedlake.transforms.language.detect_language import identify_language
from feedlake.transforms.language.language_scripts import main_script

ARTICLE_LINES = range(8, 16)
WRONG_OFTEN = 0.1
"""No language ought to be told wrong in more of its texts than this."""
ORDERS = 5
"""How often lines are joined anew: from one order to another languages differ by points."""
SAME_TAG = {"nb": "no", "fil": "tl", "iw": "he", "in": "id"}
"""Labels of sets, and the tag that the lake uses for the same language."""
_KURDISH = {True: "ckb", False: "ku"}
"""The lake's tags, by whether the script is Arabic; sets call either of them `ku` or `ckb`."""
_LATIN = dict(
    zip(
        "\u0430\u0431\u0432\u0433\u0434\u0452\u0435\u0436\u0437\u0438\u0458\u043a\u043b\u0459\u043c"
        "\u043d\u045a\u043e\u043f\u0440\u0441\u0442\u045b\u0443\u0444\u0445\u0446\u0447\u045f\u0448",
        "a b v g d đ e ž z i j k l lj m n nj o p r s t ć u f h c č dž š".split(),
        strict=True,
    )
)
_LATIN_OF = str.maketrans(_LATIN | {letter.upper(): to.title() for letter, to in _LATIN.items()})


class Told(NamedTuple):
    """A labelled text and the tag that was told."""

    truth: str
    tag: str
    text: str


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("files", type=Path, nargs="+", help="lines of tag, tab, text")
    parser.add_argument("--only", default="", help="tags to measure, by comma; all by default")
    parser.add_argument("--latin-serbian", action="store_true", help="Serbian in Latin letters")
    parser.add_argument("--wrong", type=Path, help="folder for the texts that were told wrong")
    arguments = parser.parse_args()
    only = frozenset(arguments.only.split(",")) - {""}
    identify_language(None, "Reads the model before the clock starts.", declared=None)
    for file in arguments.files:
        texts = read_texts(file, only)
        if arguments.latin_serbian:
            texts = [(tag, s.translate(_LATIN_OF) if tag == "sr" else s) for tag, s in texts]
        for kind, labelled in (("lines", texts), ("articles", join_texts(texts))):
            told, seconds = tell(labelled)
            print(f"\n{file.name}, {len(told)} {kind}, {1e6 * seconds / len(told):.0f} µs a text")
            print_shares(told)
            if arguments.wrong is not None:
                write_wrong(told, arguments.wrong / f"{file.stem}.{kind}.tsv")


def read_texts(file: Path, only: frozenset[str]) -> list[tuple[str, str]]:
    """The labelled lines of a file as (tag, text)."""
    rows = (line.partition("\t") for line in file.read_text(encoding="utf-8").split("\n"))
    texts = [(_lake_tag(tag, text), text) for tag, _, text in rows if text.strip()]
    return [(tag, text) for tag, text in texts if not only or tag in only]


def _lake_tag(label: str, text: str) -> str:
    """The tag that the lake uses for a labelled text."""
    if label in _KURDISH.values():
        return _KURDISH[main_script(Counter(text))[0] == "arabic"]
    return SAME_TAG.get(label, label)


def join_texts(texts: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Texts of 8 to 15 lines of a language, in several orders by chance; rests are left out."""
    random = Random(1)
    by_tag: dict[str, list[str]] = defaultdict(list)
    for tag, text in texts:
        by_tag[tag].append(text)
    joined = []
    for tag, lines in sorted(by_tag.items()):
        for _ in range(ORDERS):
            random.shuffle(lines)
            start = 0
            while len(lines) - start >= ARTICLE_LINES.start:
                size = random.choice(ARTICLE_LINES)
                joined.append((tag, " ".join(lines[start : start + size])))
                start += size
    return joined


def tell(texts: list[tuple[str, str]]) -> tuple[list[Told], float]:
    """What is told of each text, and the CPU seconds of all."""
    started_s = process_time()
    tags = [identify_language(None, text, declared=None).tag for _, text in texts]
    seconds = process_time() - started_s
    return [Told(truth, tag, text) for (truth, text), tag in zip(texts, tags, strict=True)], seconds


def print_shares(told: list[Told]) -> None:
    """Prints a line for all, and one for each language that is not always right, worst first."""
    by_truth: dict[str, Counter[str]] = defaultdict(Counter)
    for truth, tag, _ in told:
        by_truth[truth][tag] += 1
    right = sum(tags[truth] for truth, tags in by_truth.items())
    unknown = sum(tags["und"] for tags in by_truth.values())
    means = [tags[truth] / tags.total() for truth, tags in by_truth.items()]
    print(
        f"{len(by_truth)} languages: {right / len(told):.2%} right, {unknown / len(told):.2%} und; "
        f"each language weighing the same: {sum(means) / len(means):.2%}"
    )
    wrong = {
        truth: 1 - (tags[truth] + tags["und"]) / tags.total() for truth, tags in by_truth.items()
    }
    often = sorted(truth for truth, share in wrong.items() if share > WRONG_OFTEN)
    print(
        f"told wrong, und aside: {sum(wrong.values()) / len(wrong):.2%}; "
        f"in more than {WRONG_OFTEN:.0%} of their texts: {len(often)} ({' '.join(often)})"
    )
    always = [truth for truth, tags in by_truth.items() if tags[truth] == tags.total()]
    print(f"always right ({len(always)}): {' '.join(sorted(always))}")
    shares = {truth: tags[truth] / tags.total() for truth, tags in by_truth.items()}
    for truth, share in sorted(shares.items(), key=lambda item: item[1]):
        tags = by_truth[truth]
        others = [f"{tag} {count}" for tag, count in tags.most_common() if tag != truth]
        if others:
            print(f"{truth:>5} {share:7.1%} of {tags.total():5}: {', '.join(others[:6])}")


def write_wrong(told: list[Told], file: Path) -> None:
    """Writes truth, told tag and text of what is wrong."""
    file.parent.mkdir(parents=True, exist_ok=True)
    lines = [f"{truth}\t{tag}\t{text}\n" for truth, tag, text in told if truth != tag]
    file.write_text("".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
