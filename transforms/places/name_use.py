"""In which languages a name is a place's, and how it may be spelled there."""

from __future__ import annotations

from typing import NamedTuple

from feedlake.transforms.places.place_names import ANY_SPELLING, FOLDED_WORDS

OWN, SPELLING, OTHER = "*", "~", "?"
"""Who uses a name, beside the languages that have it: all, as it is the place's own; nobody in
particular, as it is a spelling of that; or whoever, as nothing is known of it."""


class CommonWords(dict[str, bool]):
    """Whether words need more than a capital to be a place, by the words as written."""

    def __init__(self, common: frozenset[str], frequent: frozenset[str]) -> None:
        """Remembers nothing yet.

        Args:
            common: Words that are names in the gazetteer, but mostly mean something else, folded.
            frequent: The same, of one language alone, with their accents.
        """
        super().__init__()
        self._common, self._frequent = common, frequent

    def __missing__(self, word: str) -> bool:
        if len(self) >= 1 << 15:
            self.clear()
        is_common = FOLDED_WORDS[word] in self._common or word.lower() in self._frequent
        self[word] = is_common
        return is_common


class Rules(NamedTuple):
    """What holds for the names of places in a language.

    Attributes:
        language: Its BCP 47 primary tag.
        is_english: Whether it is English, whose words and habits are known best.
        is_measured: Whether it is known how well places are found; if not, only countries and
            capitals are.
        has_accents: Whether it writes accents, so that names are compared with theirs.
        has_tones: Whether its accents are tones, which often are left away or written otherwise.
        has_prefixes: Whether it puts small letters before a name, in one word with it.
        has_apostrophe_endings: Whether it hangs endings on a name with an apostrophe.
        has_noun_capitals: Whether each noun has a capital, which then says nothing.
        has_capital_names: Whether hardly anything but names has a capital inside a sentence.
        has_native_capital_names: Whether that speaks only for places where it is spoken, since it
            has many names from elsewhere.
        endings: Those of cases, each with those of the nominative.
        within: Words that hardly stand before anything but a place, in small letters.
        before: Those, and others that often stand before one.
        home: The country whose towns are meant rather than larger ones elsewhere; empty for none.
        short_names: Names of countries that look like acronyms, as written.
        lower_ends: Words in small letters that may end a name.
        articles: Words that do not stand before a town.
        titles: Words after which one of `doubtful` is a person.
        says: Words of speech, beside which a name is a person's.
        kinds: Words beside a name that say what place it is.
        of: Words that stand between one of these and the name.
        heads: Two words before which hardly anything but a place stands: `north of`.
        such_as: Last words between one of these and examples of it.
        copulas: Forms of `be`.
        common: Words that are names in the gazetteer, but mostly mean something else, folded.
        doubtful: Names of countries and capitals that are words, too, in small letters.
        phrases: Several words that hold the name of a country but mean something else.
        frequent: The same, of this language alone, with their accents.
        is_common: Whether a word is among either.
    """

    language: str
    is_english: bool
    is_measured: bool
    has_accents: bool
    has_tones: bool
    has_prefixes: bool
    has_apostrophe_endings: bool
    has_noun_capitals: bool
    has_capital_names: bool
    has_native_capital_names: bool
    endings: tuple[tuple[str, tuple[str, ...]], ...]
    within: frozenset[str]
    before: frozenset[str]
    home: str
    short_names: frozenset[str]
    lower_ends: frozenset[str]
    articles: frozenset[str]
    titles: frozenset[str]
    says: frozenset[str]
    kinds: frozenset[str]
    of: frozenset[str]
    heads: frozenset[str]
    such_as: frozenset[str]
    copulas: frozenset[str]
    common: frozenset[str]
    doubtful: frozenset[str]
    phrases: frozenset[str]
    frequent: frozenset[str]
    is_common: CommonWords


def is_used(
    users: frozenset[str], spoken: frozenset[str], feature: str, rules: Rules
) -> bool | None:
    """Returns whether a name is the usual one for a place in a language; None if it is not used.

    Args:
        users: The languages that have the name; `OWN`, `SPELLING` or `OTHER`.
        spoken: The languages of the place's country.
        feature: What the place is.
        rules: Those of the text's language.
    """
    language = rules.language
    if not rules.is_measured and feature not in ("country", "capital"):
        return None
    if language in users or OWN in users:
        return True
    if "en" in users:
        return True
    if SPELLING in users and rules.is_measured:
        return False
    # Of others there would be too many: `Island` is Iceland's in Danish, which is spoken there.
    may_be_own = feature in ("city", "region") or (feature == "capital" and language in spoken)
    if may_be_own and not spoken.isdisjoint(users):
        return True
    if SPELLING in users or OTHER in users:
        return False if language in spoken and not rules.is_english else None
    return None


def is_spelled_so(spelling: int, known: int, is_native: bool, rules: Rules) -> bool:
    """Returns whether a text that spells a name in one way may mean the same in another way.

    Args:
        spelling: How the text spells it, see `place_names.hash_spelling`.
        known: How the gazetteer does.
        is_native: Whether the name is one in the text's language, or in its country.
        rules: Those of the text's language.
    """
    if ANY_SPELLING in (spelling, known):
        return True
    if rules.has_tones:
        return True
    # Foreign accents are often left away.
    return spelling == 0 and not (rules.has_accents and is_native)
