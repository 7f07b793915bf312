"""What holds for names of places in each language; `languages.toml` has the words."""

from __future__ import annotations

from functools import cache

from feedlake.transforms.normalize.word_tables import WordTables, read_rows
from feedlake.transforms.places.name_use import CommonWords, Rules
from feedlake.transforms.places.place_names import fold_word
from feedlake.transforms.places.place_words import COMMON_WORDS, KIND_WORDS, OTHER_THINGS

_TABLES = WordTables(__package__, "languages.toml")
_MEASURED = _TABLES.words("measured")
_WITHOUT_ACCENTS = _TABLES.words("without_accents")
_NOUN_CAPITALS = _TABLES.words("noun_capitals")
_CAPITAL_NAMES = _TABLES.words("capital_names")
_NATIVE_CAPITAL_NAMES = _TABLES.words("native_capital_names")
_TONES = _TABLES.words("tones")
_APOSTROPHE_ENDINGS = _TABLES.words("apostrophe_endings")
_PREFIXING = _TABLES.words("prefixing")
AND_WORDS = _TABLES.words("and_words")
_ENGLISH = frozenset({"en", "pcm"})


@cache
def _read_frequent() -> dict[str, frozenset[str]]:
    rows = read_rows(__package__, "frequent_names.tsv", columns=2)
    return {language: frozenset(words.split()) for language, words in rows}


@cache
def _read_endings() -> dict[str, tuple[tuple[str, tuple[str, ...]], ...]]:
    return {
        language: tuple(
            (ending, tuple(other.strip("-") for other in others.split()))
            for ending, others in _TABLES.texts("endings", language).items()
        )
        for language in _TABLES.section("endings")
    }


def _read_heads(language: str) -> frozenset[str]:
    """Words before a name that make it a place if a certain word stands between: `north of`."""
    groups = _TABLES.texts("heads").get(language, "").split(";")
    pairs = (group.partition("/")[::2] for group in groups)
    return frozenset(
        f"{head} {between}"
        for heads, betweens in pairs
        for head in heads.split()
        for between in betweens.split()
    )


def _of_language(section: str, language: str) -> frozenset[str]:
    return _fold(_TABLES.texts(section).get(language, "").split(), language)


def _fold(words: list[str], language: str) -> frozenset[str]:
    """Words as names have them around; without their accents where those are tones."""
    return frozenset(map(fold_word, words) if language in _TONES else words)


@cache
def rules_of(language: str) -> Rules:
    """Returns what holds for a language.

    Args:
        language: A BCP 47 primary tag.
    """
    is_english = language in _ENGLISH
    is_measured = language in _MEASURED
    befores = _TABLES.texts("before")
    within, _, before = befores.get(language, befores["other"]).partition("/")
    doubtful = _of_language("doubtful", language)
    common = COMMON_WORDS | OTHER_THINGS if is_english or language == "und" else OTHER_THINGS
    frequent = _read_frequent().get(language, frozenset()) - doubtful
    frequent |= frozenset(_TABLES.texts("words").get(language, "").split())
    return Rules(
        language=language,
        is_english=is_english,
        is_measured=is_measured,
        has_accents=language not in _WITHOUT_ACCENTS,
        has_tones=language in _TONES,
        has_prefixes=language in _PREFIXING,
        has_apostrophe_endings=language in _APOSTROPHE_ENDINGS,
        has_noun_capitals=language in _NOUN_CAPITALS,
        has_capital_names=language in _CAPITAL_NAMES or language in _NATIVE_CAPITAL_NAMES,
        has_native_capital_names=language in _NATIVE_CAPITAL_NAMES,
        endings=_read_endings().get(language, ()),
        within=_fold(within.split(), language),
        before=_fold([*before.split(), *within.split()], language),
        home=_TABLES.texts("homes").get(language, ""),
        short_names=_of_language("short_names", language),
        lower_ends=_of_language("lower_ends", language),
        articles=_of_language("articles", language),
        titles=_of_language("titles", language),
        says=_of_language("says", language),
        of=_of_language("of", language) or _of_language("of", "other"),
        heads=_read_heads(language),
        such_as=_of_language("such_as", language),
        copulas=_of_language("copulas", language),
        kinds=KIND_WORDS | _of_language("kinds", language),
        common=common,
        doubtful=doubtful,
        phrases=frozenset(_TABLES.texts("phrases").get(language, "").splitlines()) - {""},
        frequent=frequent,
        is_common=CommonWords(common, frequent),
    )
