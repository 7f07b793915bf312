"""Days and times as some languages and standards write them, in the form that all know."""

from __future__ import annotations

import re

_COMPACT_TIME = re.compile(r"(?<=[0-9])[Tt]([0-9]{2})(?:([0-9]{2})([0-9]{2})?)?(?![0-9:])")
_SPACED_TIME = re.compile(r"([0-9]{8}) ([0-9]{2})([0-9]{2})([0-9]{2})?")
_ZONED_DATE = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(Z|[+-][0-9]{2}:[0-9]{2})")  # XML Schema
_COMMENT = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")  # RFC 5322; RFC 9557 (zone names)
_ZONE_COMMENT = re.compile(r"\(([A-Za-z]{2,5})\)|\[([A-Za-z]+(?:/[A-Za-z_+-]+[0-9]*){1,2})\]")

_EAST_ASIAN_DAY = re.compile(r"([0-9]{4}) ?[年년] ?([0-9]{1,2}) ?[月월] ?([0-9]{1,2}) ?[日일]?,?")
_EAST_ASIAN_WEEKDAY = re.compile(
    r"(?:星期|周|週)[一二三四五六日天]|[月火水木金土日]曜日?|[월화수목금토일]요일"
)
_EAST_ASIAN_TIME = re.compile(
    r"([0-9]{1,2}) ?[時时시点點] ?(?:([0-9]{1,2}) ?[分분])?(?: ?([0-9]{1,2}) ?[秒초])?"
)
_EAST_ASIAN_HALF = re.compile(
    r"(午前|上午|오전|午後|下午|오후) ?([0-9]{1,2}:[0-9]{1,2}(?::[0-9]{1,2})?)"
)
_FORENOON = frozenset({"午前", "上午", "오전"})
_KOREAN_DAY = re.compile(r"([0-9]{4})\. ([0-9]{1,2})\. ([0-9]{1,2})\.")
_GREEK_HALF = re.compile(r"([πμ])\.? ?μ\.?(?!\w)")

_HALF_OF_DAY = re.compile(r"(?<![\w:.])([0-9]{1,2}) ?([AaPp])\.?[Mm]\b\.?")
_HOURS = re.compile(r"(?<![\w:.])([0-9]{1,2}) ?[hH] ?([0-9]{2})?(?:min)?(?![\w:])")
_DOTTED_TIME = re.compile(r"(?<=[0-9]{4} )([0-9]{1,2})\.([0-9]{2})(?:\.([0-9]{2}))?(?![0-9.])")


def spell_out(words: str) -> str:
    """Returns the text without comments, with rarer forms of days and times in the usual one.

    Args:
        words: A date, in ASCII digits, with single blanks.
    """
    if "(" in words or "[" in words:
        words = _ZONE_COMMENT.sub(lambda m: f" {m[1] or m[2]}", words)
        words = _COMMENT.sub(" ", words).strip()
    zoned = _ZONED_DATE.fullmatch(words)
    if zoned is not None:
        return f"{zoned[1]}T00:00{zoned[2]}"
    if (spaced := _SPACED_TIME.fullmatch(words)) is not None:
        return f"{spaced[1]}T{spaced[2]}:{spaced[3]}:{spaced[4] or '00'}"
    if not words.isascii():
        words = _western(words)
    if ":" not in words:
        words = _HALF_OF_DAY.sub(r"\1:00 \2M", words)
        words = _HOURS.sub(lambda m: f"{m[1]}:{m[2] or '00'}", words)
        words = _DOTTED_TIME.sub(lambda m: f"{m[1]}:{m[2]}:{m[3] or '00'}", words)
    return _COMPACT_TIME.sub(lambda m: f"T{m[1]}:{m[2] or '00'}:{m[3] or '00'}", words)


def _western(words: str) -> str:
    words = _EAST_ASIAN_WEEKDAY.sub(" ", words.replace("\u060c", ","))
    words = _EAST_ASIAN_DAY.sub(r"\1-\2-\3 ", words)
    words = _KOREAN_DAY.sub(r"\1-\2-\3 ", words)
    words = _EAST_ASIAN_TIME.sub(lambda m: f"{m[1]}:{m[2] or '00'}:{m[3] or '00'}", words)
    words = _EAST_ASIAN_HALF.sub(lambda m: f"{m[2]} {'AM' if m[1] in _FORENOON else 'PM'}", words)
    return _GREEK_HALF.sub(lambda m: "AM" if m[1] == "π" else "PM", words)
