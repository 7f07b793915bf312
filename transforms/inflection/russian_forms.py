"""The forms that names of places take in Russian sentences, by the rules of declension.

They are made when the gazetteer's index is built, so that finding names costs nothing more. Where a
noun may belong to one of two declensions (`Тверь`, `Ярославль`), it gets the forms of both: the wrong
ones are no words.
"""

# ruff: noqa: E501, RUF001 (tables of endings, in Cyrillic)

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import product

CASES = range(5)
"""Genitive, dative, accusative, instrumental, prepositional."""

PREPOSITIONAL = 4

_NAME = re.compile("[\u0400-\u04ff'\u2019]+(?:(?: \u2014 |[ -])[\u0400-\u04ff'\u2019]+)*")
_PARTS = re.compile("( \u2014 |[ -])")
_HUSHING = "жшчщ"
_VELAR = "гкх"
_LEAST_LETTERS = 3

# Endings of the nominative, and those of the five cases; `|` parts several. The first that fits counts.
_ADJECTIVES: tuple[tuple[str, str], ...] = (
    ("ский", "ского скому ский ским ском"),
    ("цкий", "цкого цкому цкий цким цком"),
    ("ний", "него нему ний ним нем"),
    ("кий", "кого кому кий ким ком"),
    ("гий", "гого гому гий гим гом"),
    ("хий", "хого хому хий хим хом"),
    ("ый", "ого ому ый ым ом"),
    ("ой", "ого ому ой ым ом"),
    ("яя", "ей ей юю ей ей"),
    ("жая", "жей жей жую жей жей"),
    ("шая", "шей шей шую шей шей"),
    ("ая", "ой ой ую ой ой"),
    ("нее", "него нему нее ним нем"),
    ("шее", "шего шему шее шим шем"),
    ("кое", "кого кому кое ким ком"),
    ("ое", "ого ому ое ым ом"),
    ("ие", "их им ие ими их"),
    ("ые", "ых ым ые ыми ых"),
)
_NOUNS: tuple[tuple[str, str], ...] = (
    ("ия", "ии ии ию ией ии"),
    ("ья", "ьи ье ью ьей ье"),
    ("я", "и е ю ей е"),
    ("ца", "цы це цу цей це"),
    *((f"{letter}а", f"{letter}и {letter}е {letter}у {letter}ей {letter}е") for letter in _HUSHING),
    *((f"{letter}а", f"{letter}и {letter}е {letter}у {letter}ой {letter}е") for letter in _VELAR),
    ("а", "ы е у ой е"),
    ("ово", "ова ову ово овом ове"),
    ("ево", "ева еву ево евом еве"),
    ("ёво", "ёва ёву ёво ёвом ёве"),
    ("ино", "ина ину ино ином ине"),
    ("ыно", "ына ыну ыно ыном ыне"),
    ("ье", "ья ью ье ьем ье"),
    ("ие", "ия ию ие ием ии"),
    ("ки", "ок|ек|к|ков кам ки ками ках"),
    ("щи", "щ|щей щам щи щами щах"),
    ("ичи", "ичей ичам ичи ичами ичах"),
    ("цы", "ц|цев|ец цам цы цами цах"),
    ("ы", "|ов ам ы ами ах"),
    ("лец", "льца льцу лец льцем|льцом льце"),
    ("ец", "ца цу ец цем|цом це"),
    ("жок", "жка жку жок жком жке"),
    ("ёл", "ла лу ёл лом ле"),
    ("пет", "пта пту пет птом пте"),
    ("ь", "и|я и|ю ь ью|ем и|е"),
    ("ий", "ия ию ий ием ии|ие"),
    ("й", "я ю й ем е"),
    *((letter, f"{letter}а {letter}у {letter} {letter}ем {letter}е") for letter in _HUSHING),
    *(
        (letter, f"{letter}а {letter}у {letter} {letter}ом {letter}е")
        for letter in "бвгдзклмнпрстфх"
    ),
    ("ц", "ца цу ц цем|цом це"),
)
_ADJECTIVE_ENDS = (
    *("ский", "цкий", "ний", "ный", "вый", "тый", "рый", "лый", "мый", "кий", "ской"),
    *("ская", "цкая", "ная", "вая", "тая", "рая", "лая", "няя", "жая"),
    *("ское", "цкое", "ное", "вое", "рое"),
    *("ские", "цкие", "ные", "вые", "рые", "лые", "кие", "тые"),
)
_PREPOSITIONS = frozenset("на над под в во у при".split())
_AND = "и"
_WITHOUT_CASES = frozenset({"Папуа"})


def russian_forms(name: str, *, cases: Iterable[int] = CASES) -> frozenset[str]:
    """Returns the other forms of a name; none if it is not in Cyrillic letters.

    Args:
        name: As dictionaries have it, which is the nominative.
        cases: Those wanted.
    """
    if not _NAME.fullmatch(name):
        return frozenset()
    parts = _PARTS.split(name)
    words, joints = parts[::2], parts[1::2]
    inflected = _find_inflected(words, joints)
    if not inflected:
        return frozenset()
    forms = set()
    for case in cases:
        options = [
            _decline(word, case, is_adjective=inflected[number] == "adjective")
            if number in inflected
            else [word]
            for number, word in enumerate(words)
        ]
        for chosen in product(*options):
            pairs = zip(chosen, [*joints, ""], strict=True)
            forms.add("".join(word + joint for word, joint in pairs))
    return frozenset(forms - {name})


def _find_inflected(words: Sequence[str], joints: Sequence[str]) -> dict[int, str]:
    """The words of a name that have cases, by number, each with how it is declined.

    Adjectives are, and the first noun after them; of nouns with a hyphen between them the last one,
    or the first one where a preposition follows (`Ростов-на-Дону`).
    """
    found: dict[int, str] = {}
    has_noun = False
    for number, word in enumerate(words):
        if word in _PREPOSITIONS:
            break
        if word == _AND:
            has_noun = False  # `Босния и Герцеговина`
            continue
        if word in _WITHOUT_CASES:
            continue
        if _is_adjective(word) and (word[:1].isupper() or not has_noun or len(words) == 2):
            found[number] = "adjective"
            continue
        is_first_half = number < len(joints) and joints[number] == "-"
        if is_first_half and not _is_head(words, number):
            continue
        if not has_noun and _is_noun(word):
            found[number] = "noun"
        has_noun = True
    return found


def _is_head(words: Sequence[str], number: int) -> bool:
    """Whether a noun before a hyphen has cases itself."""
    after = words[number + 1]
    return after in _PREPOSITIONS or _is_adjective(after)


def _is_adjective(word: str) -> bool:
    return len(word) > _LEAST_LETTERS + 1 and word.endswith(_ADJECTIVE_ENDS)


def _is_noun(word: str) -> bool:
    """Whether a word is long enough to be told from the forms of others, and has cases at all."""
    return len(word) >= _LEAST_LETTERS and any(word.endswith(end) for end, _ in _NOUNS)


def _decline(word: str, case: int, *, is_adjective: bool) -> list[str]:
    for ending, others in _ADJECTIVES if is_adjective else _NOUNS:
        if word.endswith(ending):
            stem = word.removesuffix(ending)
            return [stem + other for other in others.split(" ")[case].split("|")]
    return [word]
