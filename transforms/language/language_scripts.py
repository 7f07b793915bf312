"""Which script a text is in, and which language that tells where only one writes it."""

# ruff: noqa: E501 (tables of words and letters read better in long lines)

from __future__ import annotations

import re
from collections import Counter
from functools import cache

_BLOCKS = {
    "hangul": "\u1100-\u11ff\u3130-\u318f\uac00-\ud7af",
    "kana": "\u3041-\u309f\u30a1-\u30fa\u30fd-\u30ff",
    "han": "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff",
    "th": "\u0e01-\u0e3a\u0e40-\u0e4e",
    "lo": "\u0e81-\u0ebd\u0ec0-\u0ecd",
    "my": "\u1000-\u103f\u1050-\u108f",
    "km": "\u1780-\u17d3",
    "ka": "\u10a0-\u10ff\u1c90-\u1cbf",
    "hy": "\u0531-\u0587",
    "el": "\u0370-\u03ff\u1f00-\u1fff",
    "hebrew": "\u05b0-\u05c7\u05d0-\u05f2\ufb1d-\ufb4f",
    "arabic": "\u0620-\u06d3\u06d5\u06fa-\u06ff\u0750-\u077f\ufb50-\ufdff\ufe70-\ufefc",
    "cyrillic": "\u0400-\u052f",
    "devanagari": "\u0900-\u0963",
    "bengali": "\u0980-\u09f1",
    "pa": "\u0a01-\u0a75",
    "gu": "\u0a81-\u0adf",
    "or": "\u0b01-\u0b77",
    "ta": "\u0b82-\u0bd7",
    "te": "\u0c00-\u0c63",
    "kn": "\u0c80-\u0ce3",
    "ml": "\u0d00-\u0d63",
    "si": "\u0d81-\u0df3",
    "tibetan": "\u0f40-\u0fbc",
    "ethiopic": "\u1200-\u135a",
    "dv": "\u0780-\u07b1",
    "chr": "\u13a0-\u13f5\uab70-\uabbf",
    "iu": "\u1400-\u167f",
    "zgh": "\u2d30-\u2d7f",
    "mn": "\u1820-\u18aa",
    "latin": "A-Za-z\u00aa\u00ba\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u0253-\u0299\u1e00-\u1eff",
}
_LETTERS = {script: re.compile(f"[{letters}]") for script, letters in _BLOCKS.items()}
_WEIGHTS = {"han": 3, "kana": 3, "hangul": 3}
"""Letters of scripts with few letters a word weigh as much as a word of three does."""

# Languages that may be told for a script; where there are several, model and words choose.
OF_SCRIPT = {
    "hebrew": "he yi",
    "arabic": "ar fa ur ps ckb ug sd pnb azb ku mzn ks",
    "cyrillic": "ru uk be bg mk sr kk ky tg mn tt ba cv os ce av kv sah tyv rue krc myv mhr bxr xal lez",
    "devanagari": "hi mr ne sa bho mai gom new dty",
    "bengali": "bn as bpy",
    "tibetan": "bo dz",
    "han": "zh ja yue",
    "ethiopic": "am ti",
}
ASKS_WORDS = frozenset(("latin", "cyrillic", "arabic", "devanagari"))
NEVER_LATIN = frozenset(
    {tag for tags in OF_SCRIPT.values() for tag in tags.split()} - {"sr", "ku", "az", "tt", "mn"}
    | set(_BLOCKS) | {"he", "ja", "ko", "am"}
)  # fmt: skip

_JAPANESE = re.compile(
    "[\u5bfe\u767a\u56f3\u5e83\u5186\u58f2\u99c5\u95a2\u6a29\u9a13\u6c17\u6ca2\u685c\u7adc\u5909\u5b9f"
    "\u5e30\u8aad\u7d9a\u770c\u899a\u52b4\u5358\u55b6\u53b3\u6226\u6e0b\u51e6\u4eee\u4f1d\u4fa1\u5869"
    "\u58ca\u629e\u6b69\u6bce\u7d4c\u6e08\u7dcf\u7dd1\u8074\u8fba\u9045\u9244\u9332\u970a\u983c\u60aa"
    "\u5727\u56f2\u70ba\u6804\u52b9\u691c\u658e\u56e3\u6255\u8c4a\u89a7\u4e21\u8fbc\u50cd\u7551\u5ce0]"
)
"""Characters of Japan's reform of 1946 (and some made there) that Chinese writes otherwise."""

_CANTONESE = re.compile("[\u5605\u5497\u5594\u5514\u54cb\u5187\u4f62\u563f\u5572]")
_YIDDISH = re.compile(
    "[\u05f0-\u05f2]|\u05d0[\u05b7\u05b8]|\u05e4\u05bf"
    "|\\b(?:\u05d0\u05d5\u05df|\u05d0\u05d9\u05d6|\u05d3\u05e2\u05e8|\u05d3\u05d0\u05e1|\u05e4\u05d5\u05df|\u05de\u05d9\u05d8"
    "|\u05e0\u05d9\u05e9\u05d8|\u05e0\u05d9\u05d8|\u05d4\u05d0\u05d8|\u05d0\u05d5\u05d9\u05e3|\u05d4\u05d0\u05d1\u05df)\\b"
)
"""Ligatures and pointed letters that Hebrew does not write, and frequent words."""

_TIGRINYA = re.compile(
    r"\b(?:ናይ|ኣብ|አብ|እዩ|ካብ|እቲ|ነቲ|እዚ|ነዚ|ምስ|ከም|ድማ|ዘሎ|ኣሎ|እውን|ግና|ሓደ|ይኹን|ወይ|ኩሉ|ኩሎም|ሰብ|ብዘይ|ንምግባር|መሰል|ኣለዎ)\b"
)
_AMHARIC = re.compile(
    r"\b(?:ነው|እና|ላይ|ውስጥ|ነበር|ጋር|ወደ|እንደ|ግን|ነበረ|ሲሆን|ደግሞ|በኋላ|ብቻ|ይህ|አንድ|ናቸው|መካከል|ቀን|ዓመት|ምክንያት|ማንኛውም|የ\w+)\b"
)
"""Frequent words; the model knows no Tigrinya. Amharic alone begins words with `የ` for `of`."""


def main_script(characters: Counter[str]) -> tuple[str, float, int]:
    """The script with the most letters, its share of all letters, and how many they are."""
    counts: Counter[str] = Counter()
    for character, count in characters.items():
        script = _script_of(character)
        if script is not None:
            counts[script] += count * _WEIGHTS.get(script, 1)
    if counts["kana"] > 0.05 * (counts["han"] + counts["kana"]):  # Chinese quotes a kana at most.
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
    """The language that the script and its letters tell, or None if they do not."""
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
        return _tell_ethiopic(sample)
    if script == "bengali":
        return "as" if len(re.findall("[\u09f0\u09f1]", sample)) >= 2 else "bn"
    if script == "tibetan":
        return "bo"
    return None if script in ASKS_WORDS else script


def _tell_ethiopic(sample: str) -> str:
    """Tigrinya where its words or, between equals, its letter for `a` are more; else Amharic."""
    tigrinya, amharic = (len(words.findall(sample)) for words in (_TIGRINYA, _AMHARIC))
    if tigrinya == amharic:
        return "ti" if sample.count("\u12a3") > sample.count("\u12a0") else "am"
    return "ti" if tigrinya > amharic else "am"
