"""Which script a text is in, and which language that tells where only one writes it."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache

from feedlake.transforms.normalize.word_tables import WordTables

_TABLES = WordTables(__package__, "language_scripts.toml")
_RANGES = _TABLES.texts("letters")
_LETTERS = {script: re.compile(f"[{letters}]") for script, letters in _RANGES.items()}
_WEIGHTS = {"han": 3, "kana": 3, "hangul": 3}
"""How much one letter counts. Words of these scripts have about a third of the usual letters."""

OF_SCRIPT = {script: tags.split() for script, tags in _TABLES.texts("languages").items()}
"""Languages that may be told for a script; where there are several, model and words choose."""

ASKS_WORDS = _TABLES.words("asks_words")
"""Scripts in which words, too, are asked which of several languages it is."""

NEVER_LATIN = (
    frozenset(tag for tags in OF_SCRIPT.values() for tag in tags) - _TABLES.words("also_latin")
) | {*_RANGES, "he", "ja", "ko", "am"}
"""Languages that are not written in Latin letters."""


def _any_word(name: str) -> str:
    """An expression for any of the words of a table."""
    return rf"\b(?:{'|'.join(_TABLES.text(name).split())})\b"


def _any_letter(name: str) -> re.Pattern[str]:
    return re.compile(f"[{''.join(_TABLES.text(name).split())}]")


_JAPANESE, _CANTONESE = _any_letter("japanese"), _any_letter("cantonese")
_TIBETAN, _DZONGKHA = _TABLES.words("tibetan"), _TABLES.words("dzongkha")
_FOREIGN = {
    script: re.compile(f"[{letters}]") for script, letters in _TABLES.texts("foreign").items()
}
_MOST_FOREIGN = 0.04
"""A text with a larger share of letters that its script's language doesn't write is in another. In
the Declaration of Human Rights it is below 0.01 in Burmese and Inuktitut, above 0.09 in Shan, Mon,
Cree and Ojibwe."""
_YIDDISH = re.compile(f"{_TABLES.text('yiddish_letters')}|{_any_word('yiddish')}")
_ETHIOPIC_LETTERS = 150
"""So many letters of Amharic or Tigrinya hold a frequent word of the language."""
_TIGRINYA, _AMHARIC = re.compile(_any_word("tigrinya")), re.compile(_any_word("amharic"))


def main_script(characters: Counter[str]) -> tuple[str, float, int]:
    """The script with the most letters, its share of all letters, and how many they are."""
    counts: Counter[str] = Counter()
    for character, count in characters.items():
        script = _script_of(character)
        if script is not None:
            counts[script] += count * _WEIGHTS.get(script, 1)
    # Japanese mixes kana with Han, while Chinese quotes a kana now and then.
    if counts["kana"] > 0.05 * (counts["han"] + counts["kana"]):
        counts["kana"] += counts.pop("han", 0)
    total = counts.total()
    if not total:
        return "latin", 0.0, 0
    script, count = counts.most_common(1)[0]
    return script, count / total, count // _WEIGHTS.get(script, 1)


@cache
def _script_of(character: str) -> str | None:
    """The script of a letter, or None for what is no letter."""
    return next((script for script, found in _LETTERS.items() if found.match(character)), None)


def tell_by_script(script: str, sample: str, letters: int) -> str | None:
    """The language that the script and its letters tell, or None if they do not; maybe `und`."""
    if script == "hangul":
        return "ko"
    if script == "kana":
        return "ja"
    if script == "han":
        if len(_JAPANESE.findall(sample)) > letters / 40:
            return "ja"
        return "yue" if len(_CANTONESE.findall(sample)) > letters / 40 else "zh"
    if script == "hebrew":
        return "yi" if len(_YIDDISH.findall(sample)) > max(1, letters / 60) else "he"
    if script == "ethiopic":
        return _tell_ethiopic(sample, letters)
    if script == "bengali":
        return "as" if len(re.findall("[\u09f0\u09f1]", sample)) >= 2 else "bn"
    if script == "tibetan":
        syllables = Counter(re.split("[\u0f0b-\u0f14\\s]+", sample))
        tibetan, dzongkha = (
            sum(syllables[word] for word in words) for words in (_TIBETAN, _DZONGKHA)
        )
        return "dz" if dzongkha > tibetan else "bo"
    if script in _FOREIGN and len(_FOREIGN[script].findall(sample)) > _MOST_FOREIGN * letters:
        return "und"
    return None if script in ASKS_WORDS else script


def _tell_ethiopic(sample: str, letters: int) -> str:
    """Tigrinya where its words or, between equals, its letter for `a` are more; else Amharic.

    Texts without a word of either are in another language, unless they are short.
    """
    tigrinya, amharic = (len(words.findall(sample)) for words in (_TIGRINYA, _AMHARIC))
    if tigrinya == amharic:
        if not tigrinya and letters >= _ETHIOPIC_LETTERS:
            return "und"
        return "ti" if sample.count("\u12a3") > sample.count("\u12a0") else "am"
    return "ti" if tigrinya > amharic else "am"
