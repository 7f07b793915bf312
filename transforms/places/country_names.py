"""Names of countries and divisions for the gazetteer; `country_names.toml` says what each is."""

from __future__ import annotations

from feedlake.transforms.normalize.word_tables import WordTables

_TABLES = WordTables(__package__, "country_names.toml")

COUNTRY_NAMES = {code: names.split("|") for code, names in _TABLES.texts("country_names").items()}
"""Names by ISO 3166-1 code, the one to show first."""

NAMES_BY_LANGUAGE = {
    language: {
        code: names.split("|")
        for code, names in _TABLES.texts("names_by_language", language).items()
    }
    for language in _TABLES.section("names_by_language")
}
"""Other usual names of countries by language and code."""

TOWN_NAMES = {
    place: dict(name.split("=") for name in names.split("|"))
    for place, names in _TABLES.texts("town_names").items()
}
"""Names of towns beside those by language, by number in GeoNames: who uses each."""

STATES = _TABLES.words("states")
NO_REGION_NAMES = _TABLES.words("no_region_names")
NO_PLACES = _TABLES.lines("no_places")
