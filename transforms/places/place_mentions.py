"""Where a text may name places: one idea, names of the gazetteer with what stands around them."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from feedlake.transforms.places.gazetteer import Gazetteer, KnownPlace
from feedlake.transforms.places.language_rules import AND_WORDS
from feedlake.transforms.places.name_use import Rules
from feedlake.transforms.places.place_names import ANY_SPELLING, FOLDED_WORDS, Tokens
from feedlake.transforms.places.place_spans import (
    bare_word,
    cut_affix,
    find_spans,
    is_dateline,
)
from feedlake.transforms.places.place_weights import WEIGHTS
from feedlake.transforms.places.place_words import (
    ACRONYMS,
    AREA_PREFIXES,
    COMPANY_LINKS,
    COMPANY_WORDS,
    DEMONYMS,
    FIRST_NAMES,
    PERSON_TITLES,
    REGION_WORDS,
    RIVER_WORDS,
)

_SENTENCE_END = re.compile(
    r"[.!?:\u2026\u3002\u0964\"\u201c\u201d\u2018\u00ab(\[\n\u2022|]|[-\u2013\u2014]\s"
)
_DEMONYM_FORMS = frozenset(
    form + ending
    for word in DEMONYMS
    for form in (word.title(), word.upper())
    for ending in ("", "'s", "\u2019s")
)
"""Demonyms as texts have them, which spares folding each word."""

_DIRECTION = re.compile(
    r",? (?:to the (?:north|south|east|west)"
    r"|(?:ad?|al?|au|à l['\u2019]|all['\u2019]) ?"
    r"(?:nord|norte|sud|sur|sul|est|este|leste|ovest|ouest|oeste)"
    r"|im (?:Nord|Süd|Ost|West)en|(?:na|od) (?:półno|połud|wscho|zacho)\w{1,5}"
    r"|на (?:север|юг|восток|запад)\w{0,2})\b"
)
"""What stands after the neighbours of a place: `borders Gevgelija to the south`."""

_PREFIX = "e"
"""Stands for all that a language puts before a name in one word with it."""

_MAX_MENTIONS = 3_000
_MAX_ITEMS, _MAX_ITEM_WORDS = 20, 4
_LEFT = frozenset({"left", "leaves", "leave", "leaving", "departed"})
_AFTER_ITEM = (", ", " , ")
_OPENING_QUOTES = '\u00ab\u201c\u201e"'


class Mention(NamedTuple):
    """One name in a text that the gazetteer knows, whether it means a place or not.

    No dataclass, since a frozen one takes three times as long to make.

    Attributes:
        text: As written.
        key: Its folded words, by which mentions of the same name are told.
        start: Offset of its first character in its part.
        end: Offset after its last.
        words: Number of words, one that is elided (`L'Aquila`) not counted.
        is_title: Whether it stands in the title.
        candidates: Places of that name, each with whether it is its own name.
        before: The word before it in its sentence, as written; empty at the start of one.
        before2: The one before that.
        before_folded: The word before it in small letters, without a stop or an apostrophe.
        after: The word after it, if nothing but a blank or a hyphen stands between.
        after_folded: The word after it in small letters, without a stop.
        gap: What stands between it and the next word.
        next_word: The next word, whatever stands between.
        next_start: Offset of the next word.
        is_sentence_start: Whether it begins a sentence.
        is_second: Whether the word before it begins one, so that its capital says nothing.
        is_cased: Whether its script has capitals.
        is_shouted: Whether all about it is in capitals.
        around: The words before, in and after it.
        is_lower_elsewhere: Whether the text has the word in small letters too.
        is_dateline: Whether it stands where agencies put the place of their report.
        is_in_person: Whether a first name or a title makes it a person.
        is_possessive: Whether it has an ending like `'s`.
        says_region: Whether a word beside it makes it a first-level division.
        governor: The word before the list in which it stands, in small letters; else empty.
        is_kind_told: Whether words before it or its list say that places follow.
    """

    text: str
    key: str
    start: int
    end: int
    words: int
    is_title: bool
    candidates: tuple[tuple[KnownPlace, bool], ...]
    before: str
    before2: str
    before_folded: str
    after: str
    after_folded: str
    gap: str
    next_word: str
    next_start: int
    is_sentence_start: bool
    is_second: bool
    is_cased: bool
    is_shouted: bool
    around: list[str]
    is_lower_elsewhere: bool
    is_dateline: bool
    is_in_person: bool
    is_possessive: bool
    says_region: bool
    governor: str
    is_kind_told: bool

    @property
    def is_headline(self) -> bool:
        """Whether nearly all words around it have a capital; few names need it."""
        return _is_headline(self.around)


def weigh_demonyms(tokens: Tokens, bounds: list[int], mentions: list[Mention]) -> Counter[str]:
    """Returns how often adjectives and inhabitants of each country are named.

    Args:
        tokens: The words of a text.
        bounds: Those that do not begin with a small letter.
        mentions: Its names, whose own words say nothing: `British Columbia`.
    """
    texts = tokens.texts
    words = [texts[number] for number in bounds]
    if _DEMONYM_FORMS.isdisjoint(words):
        return Counter()
    of_names = (word for mention in mentions if mention.words > 1 for word in mention.text.split())
    return _count_demonyms(words) - _count_demonyms(of_names)


def _count_demonyms(words: Iterable[str]) -> Counter[str]:
    countries = (DEMONYMS.get(FOLDED_WORDS[word]) for word in words if word in _DEMONYM_FORMS)
    return Counter(country for country in countries if country)


def find_mentions(
    text: str,
    tokens: Tokens,
    bounds: list[int],
    gazetteer: Gazetteer,
    *,
    rules: Rules,
    title_chars: int,
) -> tuple[list[Mention], Counter[str]]:
    """Returns the names of the gazetteer in a text, the longest where several overlap.

    Names of rivers and of companies are left out; of the latter it returns how often each country
    is in one, which tells as much as an adjective: `Bank of Japan`.

    Args:
        text: Title and text.
        tokens: Its words.
        bounds: Those with which a name may begin or end.
        gazetteer: The names to find.
        rules: What holds for names in it.
        title_chars: Length of the title at its start.
    """
    opening = bisect_left(tokens.starts, title_chars)
    spans = find_spans(text, tokens, bounds, gazetteer, rules, opening=opening)
    companies: Counter[str] = Counter()
    if not spans:
        return [], companies
    texts = tokens.texts
    # Words in capitals are always among the bounds, so with few bounds there is no need to count.
    is_shouted = len(bounds) > 0.6 * len(texts) and (
        sum(map(str.isupper, texts)) > 0.6 * len(texts)
    )
    lower = set(texts)
    mentions = []
    name_end = -1
    for first, words, number, spelling in spans[:_MAX_MENTIONS]:
        follows_name = first == name_end
        name_end = first + words if words > 1 else -1
        if text.startswith("$", tokens.ends[first + words - 1]):
            continue  # `US$5 million`
        if _is_river(text, tokens, first):
            continue
        if words == 1 and (
            _is_plain_word(text, tokens, first, rules)
            or (not rules.is_english and _begins_compound(text, tokens, first))
        ):
            continue
        candidates = gazetteer.candidates(number, rules, spelling)
        if not candidates or (rules.phrases and _is_in_phrase(text, tokens, first, words, rules)):
            continue
        if not follows_name and _is_company(text, tokens, first):  # Not `West Bank Jenin`.
            companies.update(_countries_told(candidates))
            continue
        mention = _describe(
            text, tokens, first, words, candidates=candidates, rules=rules,
            lower=lower, opening=opening, is_shouted=is_shouted,
        )  # fmt: skip
        if spelling == ANY_SPELLING and words == 1 and not mention.is_cased:
            before, after = cut_affix(texts[first], number, gazetteer)
            start, end = mention.start + before, mention.end - after
            mention = mention._replace(text=text[start:end], start=start, end=end)
        mentions.append(mention)
    return mentions, companies


def _is_river(text: str, tokens: Tokens, first: int) -> bool:
    """Whether the word before a name makes it a river's: `río Paraná`."""
    return (
        first > 0
        and tokens.fold(first - 1) in RIVER_WORDS
        and text[tokens.ends[first - 1] : tokens.starts[first]] == " "
    )


def _is_company(text: str, tokens: Tokens, first: int) -> bool:
    """Whether a name is that of a bank, a paper or an airline: `Banco do Brasil`, `Air France`."""
    head = first - 1
    if head > 0 and tokens.fold(head) in COMPANY_LINKS:
        head -= 1
    return (
        head >= 0
        and tokens.fold(head) in COMPANY_WORDS
        and tokens.texts[head][0].isupper()
        and text[tokens.ends[head] : tokens.starts[head + 1]].rstrip(_OPENING_QUOTES) == " "
        and text[tokens.ends[first - 1] : tokens.starts[first]].rstrip(_OPENING_QUOTES) in ("", " ")
    )


def _countries_told(candidates: tuple[tuple[KnownPlace, bool], ...]) -> list[str]:
    """The country that a name is, or that has a division of that name; none for a town's."""
    told = [place for place, _ in candidates if place.feature in ("country", "region")]
    told.sort(key=lambda place: place.feature)  # Countries first.
    return [place.country for place in told[:1]]


def _begins_compound(text: str, tokens: Tokens, first: int) -> bool:
    """Whether an acronym is the first part of a word, as in the German `US-Amerikaner`."""
    end = tokens.ends[first]
    return text[end : end + 1] == "-" and bare_word(tokens.texts[first]) in ACRONYMS


def _is_in_phrase(text: str, tokens: Tokens, first: int, words: int, rules: Rules) -> bool:
    """Whether a name is a part of words that mean something else."""
    start, end = tokens.starts[first], tokens.ends[first + words - 1]
    name = text[start:end]
    return any(
        name in phrase and text.startswith(phrase, start - phrase.index(name))
        for phrase in rules.phrases
    )


def _is_plain_word(text: str, tokens: Tokens, first: int, rules: Rules) -> bool:
    """Whether a name is a common word, with nothing around it that makes it a place.

    That goes for most names found, which need not be described any further.
    """
    word = tokens.texts[first]
    folded = FOLDED_WORDS[word]
    if not rules.is_common[word] or folded == "turkey" or bare_word(word) in ACRONYMS:
        return False
    end = tokens.ends[first]
    if text[end : end + 2] in (", ", " (") or text[end : end + 1] in "\u2013\u2014":
        return False
    before = tokens.fold(first - 1) if first else ""
    after = tokens.fold(first + 1) if first + 1 < len(tokens.texts) else ""
    return (
        before not in rules.before
        and before != "of"
        and before not in rules.kinds
        and after not in rules.kinds
        and (before != "to" or f"{tokens.texts[first - 2]} to" not in rules.heads)
    )


def _describe(
    text: str,
    tokens: Tokens,
    first: int,
    words: int,
    *,
    candidates: tuple[tuple[KnownPlace, bool], ...],
    rules: Rules,
    lower: set[str],
    opening: int,
    is_shouted: bool,
) -> Mention:
    """The mention with its context."""
    texts, starts, ends = tokens
    start, last_end = starts[first], ends[first + words - 1]
    end = last_end
    is_title = first < opening
    if text[end - 2 : end] in ("'s", "\u2019s"):
        end -= 2
    elif text[start] in "'\u2018\u2019":
        start += 1
    between = text[ends[first - 1] : start] if first else "."
    is_sentence_start = between != " " and _SENTENCE_END.search(between) is not None
    if first and between == ". " and len(texts[first - 1]) == 1 and texts[first - 1].isupper():
        is_sentence_start = False  # The stop belongs to an initial, as in `J. London`.
    is_linked = not is_sentence_start and "," not in between and ";" not in between
    before = texts[first - 1] if is_linked else ""
    before2 = texts[first - 2] if is_linked and first > 1 else ""
    is_second = bool(before) and (
        first == 1 or _ends_sentence(text[ends[first - 2] : starts[first - 1]])
    )
    after_last = first + words
    has_next = after_last < len(texts)
    gap = text[last_end : starts[after_last]] if has_next else text[last_end : last_end + 3]
    next_word = texts[after_last] if has_next else ""
    after = next_word if gap in (" ", "-", "\u2010") and end == last_end else ""
    if text[start].islower() or text[start - 1 : start].islower():  # As in `eGoli`.
        before = before2 = _PREFIX
    elif before[:1].isupper() and text.startswith("Kwa", start) and text[start + 3].isupper():
        before = before2 = _PREFIX  # `Durban KwaZulu-Natal`
    around = texts[max(0, first - 4) : after_last + 4]
    if rules.has_tones:  # They are often left away, in the words around names, too.
        before_folded, after_folded = FOLDED_WORDS[before], FOLDED_WORDS[after]
    else:
        before_folded, after_folded = (
            word.casefold().rstrip(".'\u2019") for word in (before, after)
        )
    head = first
    if between in _AFTER_ITEM or before_folded in AND_WORDS:
        head = _head_of_list(text, tokens, first, rules)
    governor = ""
    is_item = between not in _AFTER_ITEM or gap in _AFTER_ITEM or next_word in AND_WORDS
    if 0 < head < first and is_item and text[ends[head - 1] : starts[head]] == " ":
        # Not `In Ohio, Jackson said`, where no list goes on.
        governor = texts[head - 1].casefold()
    elif before in ("to", "for") and first > 2 and before2[:1].isupper():
        # `from Thirsk to Malton`, `left Perugia for Orvieto`
        governor = "from" if texts[first - 3] in _LEFT else texts[first - 3]
    says_region = (
        before_folded in REGION_WORDS
        or after_folded in REGION_WORDS
        or before2.casefold() in REGION_WORDS
    )
    initial = texts[first][:2]
    is_cased = initial.lower() != initial.upper()
    folded = FOLDED_WORDS[texts[first]]
    is_elided = words > 1 and texts[first].endswith(("'", "\u2019"))
    return Mention(
        text[start:end],
        folded if words == 1 else " ".join(map(tokens.fold, range(first, after_last))),
        start, end, words - is_elided, is_title, candidates,
        before, before2, before_folded, after, after_folded, gap, next_word,
        starts[after_last] if has_next else len(text),
        is_sentence_start, is_second, is_cased, is_shouted, around,
        words == 1 and folded in lower,
        is_dateline(text, tokens, first, end, opening),
        _is_in_person(text, tokens, first, words, before, after, around, candidates),
        end != last_end,
        says_region,
        governor,
        _follows_kind(text, tokens, head, rules, is_list=head < first)
        or _DIRECTION.match(text, last_end) is not None,
    )  # fmt: skip


def _head_of_list(text: str, tokens: Tokens, first: int, rules: Rules) -> int:
    """The first word of the list of names in which a name stands: `Ayr, New Cumnock and Largs`."""
    texts, starts, ends = tokens
    head = first
    for _ in range(_MAX_ITEMS):
        last, gap = head - 1, text[ends[head - 1] : starts[head]] if head else ""
        if gap == " " and last > 0 and texts[last] in AND_WORDS:
            gap = text[ends[last - 1] : starts[last]]
            last -= 1
            gap = ", " if gap == " " else gap
        if gap not in _AFTER_ITEM or not texts[last][:1].isupper():
            break
        head = last
        for _ in range(_MAX_ITEM_WORDS):
            if not head or text[ends[head - 1] : starts[head]] not in (" ", "-"):
                break
            word = texts[head - 1]
            if word[:1].isupper() and word.casefold() not in rules.before:
                head -= 1
            elif head > 1 and word in rules.of and texts[head - 2][:1].isupper():
                head -= 2  # `Calf of Flotta`
            else:
                break
    return head


def _follows_kind(text: str, tokens: Tokens, head: int, rules: Rules, *, is_list: bool) -> bool:
    """Whether words before a name or a list say that it is places: `in towns such as Ayr`."""
    texts, starts, ends = tokens
    if not head:
        return False
    gap, word = text[ends[head - 1] : starts[head]], texts[head - 1].casefold()
    if gap == ": ":
        most = 3
    elif gap != " ":
        return False
    elif word in rules.kinds:
        return is_list
    elif word in rules.such_as:
        most, head = 3, head - 1
    elif word in rules.copulas:
        # An adjective stands between in Romance languages, in English a person's office.
        most, head = (0 if rules.is_english else 1), head - 1
    elif word in rules.of:
        most, head = 1, head - 1
    else:
        return False
    for back in range(1, most + 2):
        place = head - back
        if place < 0 or (back > 1 and text[ends[place] : starts[place + 1]] != " "):
            return False
        word = texts[place]
        if word.casefold() in rules.kinds:
            return True
        if not word[:1].islower():
            return False
    return False


def _is_headline(words: list[str]) -> bool:
    longer = [word[0] for word in words if len(word) > 3]
    return len(longer) >= 4 and sum(map(str.isupper, longer)) >= 0.85 * len(longer)


def _ends_sentence(between: str) -> bool:
    return between != " " and _SENTENCE_END.search(between) is not None


def _is_in_person(
    text: str,
    tokens: Tokens,
    first: int,
    words: int,
    before: str,
    after: str,
    around: list[str],
    candidates: tuple[tuple[KnownPlace, bool], ...],
) -> bool:
    """Whether a first name, an initial or a title before the name makes it a person's."""
    if words > 2:
        return False
    if before[:1].isupper():
        word = before.casefold().rstrip(".")
        is_initial = len(word) == 1 and text.startswith(".", tokens.ends[first - 1])
        if word in FIRST_NAMES or word in PERSON_TITLES or is_initial:
            return True
    if first and not before and text[tokens.ends[first - 1] : tokens.starts[first]] == " ":
        return tokens.texts[first - 1][:1].isupper() and tokens.fold(first - 1) in FIRST_NAMES
    return (
        words == 1
        and after[:1].isupper()
        and tokens.fold(first) in FIRST_NAMES
        and after.casefold() not in AREA_PREFIXES
        and not (_is_headline(around) and any(_is_known(place) for place, _ in candidates))
    )


def _is_known(place: KnownPlace) -> bool:
    """Whether a headline may well have a place: `Jordan Signs Treaty`, but not `Linda Buck`."""
    return place.feature != "city" or place.population >= WEIGHTS["part_inhabitants"]
