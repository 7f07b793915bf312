"""Telling an article's whole text from one that was cut, and both from words that are neither."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from feedlake.transforms.feed_texts.feed_words import footer, no_text, read_more
from feedlake.transforms.normalize.scripts import KANA_HAN, SOUTHEAST_ASIAN
from feedlake.transforms.normalize.text import count_words

_MIN_WHOLE = ((3, 500), (2, 800), (1, 1_200))
"""How many paragraphs of how much text (a Chinese, Japanese or Korean character counts for two)
are a whole text, though its element is made for summaries. Of the 63 feeds that other parsers are
tested with, summaries have one paragraph of at most 533 characters, whole texts mostly more than
four paragraphs (2026-11)."""

_LONG = 2_000
"""From how much on a text in an element for whole texts is one, though its end leads on: to
another story, most likely."""

_MAX_SHORT_CHARS, _MAX_SHORT_WORDS = 400, 30
_SENTENCE_WORDS = 3
_MIN_PARAGRAPH = 40
_MIN_DOTTED_PARAGRAPHS = 4
_MIN_SHARED_TEXTS = 3
_MAX_SHARED_CHARS = 600
_MIN_CUT_TEXTS = 4
_CUT_BAND_CHARS, _MIN_CUT_CHARS = 20, 80
_TAIL_CHARS, _MAX_REST_CHARS = 200, 80

_WIDE = re.compile(f"[\u1100-\u11ff\uac00-\ud7af{KANA_HAN}]")
_IDEOGRAPH = re.compile(f"[{KANA_HAN}]")
# Scripts that put no blanks between words.
_UNSPACED = re.compile(f"[{SOUTHEAST_ASIAN}]")
_CHARS_A_WORD = 6
_CLOSING = " \t\r\n)]}>\"'\u201c\u201d\u2019\u00bb\u203a\u300d\u300f\uff09*_"
_SENTENCE_ENDS = ".!?\u2026\u3002\uff01\uff1f\u0964\u061f\u06d4\u203c\u2049\u2e2e"
_ELLIPSIS = re.compile(
    r"(?:\u2026|\.{3}|\. \. \.|\u22ef|\[\.\.\]|\.\.)[\s\])}>\u00bb\"'\u2192\u21d2-]*$"
)
_ADDRESS = re.compile(r"\b(?:https?://|www\.)\S+|(?<!\w)/?u/[\w-]+|(?<!\w)/?r/\w+", re.IGNORECASE)
_ADDRESS_END = re.compile(r"[\w-]+[./@:][\w./@:?=&%#~-]+\W*$")
_SMILEY = re.compile("[:;=]['-]?[)(DPp3]\\s*$|[\U0001f300-\U0001faff\u2600-\u27bf]\ufe0f?\\s*$")
_COUNTED = re.compile(
    r"\d[\d.,]{0,9}(?= ?(?:comment|repl|view|point|vote|share|like|kommentar|comentario))"
    r"|(?<=comments: )\d+|(?<=points: )\d+"
)
_COUNT = re.compile(r"\d+")
# Up to which length programs cut off at multiples of what; a blank or two may be cut off after it.
_STEPS = ((400, 10), (1_000, 50), (2_000, 100), (5_000, 1_000))
_CUT_BLANKS = 1
# Lengths at which programs cut off, beside round ones.
_LIMITS = frozenset({255, 256, 511, 512, 1_023, 1_024, 2_047, 2_048, 4_095, 4_096})


def says_nothing(text: str, *, min_words: int) -> bool:
    """Returns whether a text has too few words of its own.

    Args:
        text: Plain text.
        min_words: Fewest words that say something, three if they are a sentence; those that stand
            for a text don't count.
    """
    if len(text) > _MAX_SHORT_CHARS or len(text.split()) > _MAX_SHORT_WORDS:
        return False
    folded = _ADDRESS.sub(" ", " ".join(text.casefold().split()).replace("\u2019", "'"))
    rest = _COUNT.sub(" ", no_text().sub(" ", folded))
    words = _count_words(rest)
    return words < min_words and (words < _SENTENCE_WORDS or not ends_sentence(text))


def is_cut(text: str, *, written_chars: int | None = None) -> bool:
    """Returns whether a text that should be whole is no more than its beginning.

    Args:
        text: Plain text.
        written_chars: Its length as the feed gives it, blanks and line breaks included.
    """
    text = _without_footer(text)
    if is_cut_at_limit(text, written_chars=written_chars):
        return True
    if _amount(text) >= _LONG:
        return False
    # Some articles end with three dots, too.
    return _read_more(_last_line(text)) is not None or (
        _has_ellipsis(text) and _count_paragraphs(text) < _MIN_DOTTED_PARAGRAPHS
    )


def is_whole(text: str, *, written_chars: int | None = None) -> bool:
    """Returns whether a text that might be a summary is all of an article.

    Args:
        text: Plain text.
        written_chars: Its length as the feed gives it, blanks and line breaks included.
    """
    text = _without_footer(text)
    amount = _amount(text)
    if (
        amount < _MIN_WHOLE[0][1]
        or _leads_on(text)
        or is_cut_at_limit(text, written_chars=written_chars)
    ):
        return False
    paragraphs = _count_paragraphs(text)
    if not ends_sentence(text) and (paragraphs < 4 or amount < 1_000):
        return False
    return any(paragraphs >= count and amount >= least for count, least in _MIN_WHOLE)


def is_cut_at_limit(text: str, *, written_chars: int | None = None) -> bool:
    """Returns whether a text ends within a sentence, and at a length where programs cut off.

    Args:
        text: Plain text.
        written_chars: Its length as the feed gives it, blanks and line breaks included.
    """
    if ends_sentence(text) or _ADDRESS_END.search(text[-_TAIL_CHARS:]):
        return False
    sizes = {len(text), len(text.encode("utf-8", "replace")), written_chars or 0}
    return any(map(_is_limit, sizes))


def find_cut_alike(texts: Sequence[str]) -> bool:
    """Returns whether a feed's texts were all cut at one length, or after as many words.

    Args:
        texts: Plain texts of one feed.
    """
    open_ended = [text for text in texts if not ends_sentence(text)]
    if len(texts) < _MIN_CUT_TEXTS or 5 * len(open_ended) < 4 * len(texts):
        return False
    most = max(map(len, texts))
    if most < _MIN_CUT_CHARS:
        return False
    near = sum(len(text) >= most - _CUT_BAND_CHARS for text in open_ended)
    words = Counter(len(text.split()) for text in open_ended).most_common(1)[0][1]
    return 5 * max(near, words) >= 4 * len(texts)


def find_shared(texts: Iterable[tuple[str, str | None]]) -> frozenset[str]:
    """Returns the texts, as `shared_form` makes them, that stand for several entries of a feed.

    Args:
        texts: Plain text and title of each entry that has a text.
    """
    titles: dict[str, set[str | None]] = {}
    counts: dict[str, int] = {}
    total = 0
    for text, title in texts:
        total += 1
        form = shared_form(text)
        titles.setdefault(form, set()).add(title)
        counts[form] = counts.get(form, 0) + 1
    return frozenset(
        form
        for form, named in titles.items()
        if len(named) > 1
        and (counts[form] == total or counts[form] >= _MIN_SHARED_TEXTS)
        and (2 * counts[form] > total or len(form) <= _MAX_SHARED_CHARS)
    )


def shared_form(text: str) -> str:
    """Returns a text as it is compared with others of its feed.

    Case, addresses, and how many comments there are make no difference.
    """
    if len(text) > _MAX_SHARED_CHARS:  # Addresses make no difference here, and take time.
        return " ".join(text.casefold().split())
    return " ".join(_COUNTED.sub("", _ADDRESS.sub("", text.casefold())).split())


def ends_sentence(text: str) -> bool:
    """Returns whether a text ends where a sentence does."""
    end = text[-_TAIL_CHARS:].rstrip(_CLOSING)
    return end.endswith(tuple(_SENTENCE_ENDS)) or bool(_SMILEY.search(text[-_TAIL_CHARS:]))


def without_lead_on(text: str) -> str:
    """Returns a summary without the words behind it that lead on to the page."""
    lines = _without_footer(text).split("\n")
    while len(lines) > 1 and (match := _read_more(lines[-1])) and match.start() == 0:
        lines = lines[:-1]
        while lines and not lines[-1].strip():
            lines.pop()
    return "\n".join(lines)


def _without_footer(text: str) -> str:
    lines = text.rstrip().split("\n")
    while len(lines) > 1 and (not lines[-1].strip() or _is_footer(lines[-1])):
        lines.pop()
    return "\n".join(lines)


def _is_footer(line: str) -> bool:
    return len(line) <= 600 and bool(footer().fullmatch(" ".join(line.casefold().split())))


def _leads_on(text: str) -> bool:
    return _has_ellipsis(text) or _read_more(_last_line(text)) is not None


def _has_ellipsis(text: str) -> bool:
    return _ELLIPSIS.search(text[-_TAIL_CHARS:]) is not None


def _last_line(text: str) -> str:
    return text.rsplit("\n", 1)[-1]


def _count_paragraphs(text: str) -> int:
    lines = (line for line in text.split("\n") if _amount(line) >= _MIN_PARAGRAPH)
    return sum(map(ends_sentence, lines))


def _read_more(line: str) -> re.Match[str] | None:
    line = " ".join(line.casefold().replace("\u2019", "'").split())
    match = read_more().search(line[-_TAIL_CHARS:])
    return match if match and len(match["rest"]) <= _MAX_REST_CHARS else None


def _is_limit(size: int) -> bool:
    if size < _MIN_CUT_CHARS:
        return False
    if size in _LIMITS or size + _CUT_BLANKS in _LIMITS:
        return True
    for longest, step in _STEPS:
        if size <= longest:
            return -size % step <= _CUT_BLANKS
    return False


def _amount(text: str) -> int:
    return len(text) + len(_WIDE.findall(text))


def _count_words(text: str) -> int:
    unspaced = len(_UNSPACED.findall(text)) // _CHARS_A_WORD
    ideographs = len(_IDEOGRAPH.findall(text))
    return max(count_words(text) - ideographs // 2, unspaced)
