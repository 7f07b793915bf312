"""Where a text may name places: names of the gazetteer, with what stands around them."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from transforms.gazetteer import Gazetteer, KnownPlace
from transforms.place_names import (
    Token,
    Tokens,
)
from transforms.place_spans import bare_word, find_spans
from transforms.place_words import (
    ACRONYMS,
    AREA_PREFIXES,
    BEFORE_PLACES,
    COMMON_WORDS,
    DEMONYMS,
    FIRST_NAMES,
    KIND_WORDS,
    PERSON_TITLES,
)

_SENTENCE_END = re.compile(
    r"[.!?:\u2026\u3002\u0964\"\u201c\u201d\u2018\u00ab(\[\n\u2022|]|[-\u2013\u2014]\s"
)
_DATELINE = re.compile(
    r"\s{0,3}(?:\([A-Z]|[\u2013\u2014]|--|,\s?[A-Z][a-z]{1,20}\.?\s?(?:\(|[\u2013\u2014]|--))"
)
_MAX_MENTIONS = 3_000


@dataclass(frozen=True)
class Mention:
    """One name in a text that the gazetteer knows, whether it means a place or not.

    Attributes:
        text: As written.
        key: Its folded words, by which mentions of the same name are told.
        start: Offset of its first character in its part.
        end: Offset after its last.
        words: Number of words.
        is_title: Whether it stands in the title.
        candidates: Places of that name, each with whether it is its own name.
        before: The word before it in its sentence, as written; empty at the start of one.
        before2: The one before that.
        after: The word after it, if nothing but a blank or a hyphen stands between.
        gap: What stands between it and the next word.
        next_word: The next word, whatever stands between.
        next_start: Offset of the next word.
        is_sentence_start: Whether it begins a sentence.
        is_second: Whether the word before it begins one, so that its capital says nothing.
        is_cased: Whether its script has capitals.
        is_shouted: Whether all about it is in capitals.
        is_headline: Whether nearly all words of its line have a capital.
        is_lower_elsewhere: Whether the text has the word in small letters too.
        is_dateline: Whether it stands where agencies put the place of their report.
        is_in_person: Whether a first name or a title makes it a person.
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
    after: str
    gap: str
    next_word: str
    next_start: int
    is_sentence_start: bool
    is_second: bool
    is_cased: bool
    is_shouted: bool
    is_headline: bool
    is_lower_elsewhere: bool
    is_dateline: bool
    is_in_person: bool


def weigh_demonyms(tokens: Tokens) -> Counter[str]:
    """Returns how often adjectives and inhabitants of each country are named."""
    return Counter(
        DEMONYMS[folded]
        for folded, word in zip(tokens.folded, tokens.texts, strict=True)
        if folded in DEMONYMS and word[0].isupper()
    )


def find_mentions(
    text: str, tokens: Tokens, gazetteer: Gazetteer, *, title_chars: int
) -> list[Mention]:
    """Returns the names of the gazetteer in a text, the longest where several overlap.

    Args:
        text: Title and text.
        tokens: Its words.
        gazetteer: The names to find.
        title_chars: Length of the title at its start.
    """
    if not len(tokens):
        return []
    spans = find_spans(text, tokens, gazetteer)
    if not spans:
        return []
    lower = set(tokens.texts)
    is_shouted = sum(map(str.isupper, tokens.texts)) > 0.6 * len(tokens)
    found: list[Mention] = []
    for first, words, number in spans[:_MAX_MENTIONS]:
        if words == 1 and _is_plain_word(text, tokens, first):
            continue
        found.append(
            _describe(
                text, tokens, first, words,
                candidates=gazetteer.candidates(number),
                lower=lower, title_chars=title_chars, is_shouted=is_shouted,
            )
        )  # fmt: skip
    return found


def _is_plain_word(text: str, tokens: Tokens, first: int) -> bool:
    """Whether a name is a word that nothing around it makes a place; most names found are."""
    folded = tokens.folded[first]
    if folded not in COMMON_WORDS or folded == "turkey":
        return False
    token = tokens[first]
    if bare_word(token.text) in ACRONYMS:
        return False
    if (
        text[token.end : token.end + 2] in (", ", " (")
        or text[token.end : token.end + 1] in "\u2013\u2014"
    ):
        return False
    around = [tokens.folded[first - 1] if first else ""]
    around += [tokens.folded[first + 1] if first + 1 < len(tokens) else ""]
    return (
        BEFORE_PLACES.isdisjoint(around[:1]) and around[0] != "of" and KIND_WORDS.isdisjoint(around)
    )


def _is_initial(text: str, token: Token) -> bool:
    return len(token.folded) == 1 and text[token.end : token.end + 1] == "."


def _describe(
    text: str,
    tokens: Tokens,
    first: int,
    words: int,
    *,
    candidates: tuple[tuple[KnownPlace, bool], ...],
    lower: set[str],
    title_chars: int,
    is_shouted: bool,
) -> Mention:
    """The mention with its context."""
    texts, starts, ends = tokens.texts, tokens.starts, tokens.ends
    start, last_end = starts[first], ends[first + words - 1]
    end = last_end
    is_title = start < title_chars
    if text[end - 2 : end] in ("'s", "\u2019s"):
        end -= 2
    elif text[start : start + 1] in "'\u2018\u2019":
        start += 1
    between = text[ends[first - 1] : start] if first else "."
    is_sentence_start = first == 0 or _ends_sentence(between)
    if first and between == ". " and len(texts[first - 1]) == 1:
        is_sentence_start = False  # An initial.
    is_linked = not is_sentence_start and "," not in between and ";" not in between
    before = texts[first - 1] if is_linked else ""
    before2 = texts[first - 2] if is_linked and first > 1 else ""
    is_second = bool(before) and (
        first == 1 or _ends_sentence(text[ends[first - 2] : starts[first - 1]])
    )
    after_last = first + words
    has_next = after_last < len(tokens)
    gap = text[last_end : starts[after_last]] if has_next else text[last_end : last_end + 3]
    is_adjacent = has_next and gap in (" ", "-", "\u2010") and end == last_end
    after = texts[after_last] if is_adjacent else ""
    around = texts[max(0, first - 4) : after_last + 4]
    longer = [word[0] for word in around if len(word) > 3]
    is_headline = len(longer) >= 4 and sum(map(str.isupper, longer)) >= 0.85 * len(longer)
    is_cased = texts[first][:2].lower() != texts[first][:2].upper()
    key = " ".join(tokens.folded[first : first + words])
    return Mention(
        text=text[start:end], key=key, start=start, end=end, words=words, is_title=is_title,
        candidates=candidates, before=before, before2=before2, after=after, gap=gap,
        next_word=texts[after_last] if has_next else "",
        next_start=starts[after_last] if has_next else len(text),
        is_sentence_start=is_sentence_start, is_second=is_second, is_cased=is_cased,
        is_shouted=is_shouted,
        is_headline=is_headline, is_lower_elsewhere=words == 1 and tokens.folded[first] in lower,
        is_dateline=not is_title and first < 4 and _DATELINE.match(text, end) is not None,
        is_in_person=_is_in_person(text, tokens, first, words, before, after, is_headline),
    )  # fmt: skip


def _ends_sentence(between: str) -> bool:
    return between != " " and _SENTENCE_END.search(between) is not None


def _is_in_person(
    text: str, tokens: Tokens, first: int, words: int, before: str, after: str, is_headline: bool
) -> bool:
    """Whether a first name, an initial or a title before the name makes it a person's."""
    if words > 2:
        return False
    word = before.casefold().rstrip(".")
    if before[:1].isupper() and (
        word in FIRST_NAMES or word in PERSON_TITLES or _is_initial(text, tokens[first - 1])
    ):
        return True
    if first and not before and text[tokens.ends[first - 1] : tokens.starts[first]] == " ":
        return tokens.texts[first - 1][:1].isupper() and tokens.folded[first - 1] in FIRST_NAMES
    return (
        words == 1
        and tokens.folded[first] in FIRST_NAMES
        and after[:1].isupper()
        and after.casefold() not in AREA_PREFIXES
        and not is_headline
    )
