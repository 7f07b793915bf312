"""Words that tell places from what only looks like them; `place_words.toml` says what each is."""

from __future__ import annotations

from feedlake.transforms.normalize.word_tables import WordTables

_TABLES = WordTables(__package__, "place_words.toml")

MONTHS = _TABLES.words("months")
OTHER_THINGS = _TABLES.words("other_things")
KIND_WORDS = _TABLES.words("kind_words")
REGION_WORDS = _TABLES.words("region_words")
PERSON_TITLES = _TABLES.words("person_titles")
FIRST_NAMES = _TABLES.words("first_names")
SURNAMES = _TABLES.words("surnames")
AFTER_NAMES = _TABLES.words("after_names")
COMPANY_WORDS = _TABLES.words("company_words")
COMPANY_LINKS = _TABLES.words("company_links")
RIVER_WORDS = _TABLES.words("river_words")
ROLES = _TABLES.words("roles")
COMMON_WORDS = _TABLES.words("common_words")
AREA_PREFIXES = _TABLES.words("area_prefixes")
DISH_WORDS = _TABLES.words("dish_words")
ABBREVIATIONS_WITH_SMALL_LETTERS = _TABLES.words("abbreviations_with_small_letters")
CITIES_BEFORE_STATES = _TABLES.lines("cities_before_states")
ACRONYMS = _TABLES.texts("acronyms")


def _by_word(section: str) -> dict[str, str]:
    """The country or state of each word of a section."""
    texts = _TABLES.texts(section)
    return {word: code for code, words in texts.items() for word in words.split()}


def _read_demonyms() -> dict[str, str]:
    """The country of each demonym, in singular and plural."""
    singular, no_plurals = _by_word("demonyms"), _TABLES.words("no_plurals")
    plural = {f"{word}s": country for word, country in singular.items()}
    kept = {word: country for word, country in plural.items() if word not in no_plurals}
    return singular | kept | _by_word("demonyms_as_written")


DEMONYMS = _read_demonyms()
US_ABBREVIATIONS = _by_word("us_abbreviations")
LACKING_AREAS = _by_word("lacking_areas")

CYRILLIC_ENDINGS = {
    ending: tuple(other.strip("-") for other in others.split())
    for ending, others in _TABLES.texts("cyrillic_endings").items()
}
AFFIXES = {script: tuple(words.split()) for script, words in _TABLES.texts("affixes").items()}
