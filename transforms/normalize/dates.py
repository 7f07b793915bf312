"""Rules for dates: what feeds, files, headers and addresses say; one idea in many forms.

A wrong date is worse than none: what lacks a day, a month or a year, depends on the present
("yesterday"), or can be read in two ways (03/04/2019) is no date.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from feedlake.transforms.date_words.month_names import (
    is_english_month,
    is_weekday,
    languages_of_months,
    month_named,
)
from feedlake.transforms.date_words.spelled_out import spell_out
from feedlake.transforms.date_words.zone_names import zone_named
from feedlake.transforms.normalize.date_bounds import EARLIEST_DATE
from feedlake.transforms.normalize.microseconds import EPOCH, from_microseconds

MAX_DATE_CHARS = 100
"""Longest text read as a date, in Unicode code points: more than any format known here needs,
and a bound on the time that the last resort may take (0.3 s at worst, measured 2026-11)."""

_WEEKDAYS = frozenset({"mon", "tue", "wed", "thu", "fri", "sat", "sun"})
_SEPARATORS = " ,.|\u00b7\u2013-"
_MAX_OFFSET_HOURS = 14  # The tz database's largest: Pacific/Kiritimati.

# Unix time is told by its number of digits: seconds since March 1973, or the finer units that
# JavaScript and pandas (ms), BigQuery (us) and NumPy (ns) write, with a digit fewer until 2001.
_EPOCH_UNITS_PER_S = {9: 1, 10: 1, 12: 10**3, 13: 10**3, 15: 10**6, 16: 10**6, 18: 10**9, 19: 10**9}

_NUMBER = re.compile(r"-?[0-9]{8,19}(?:\.[0-9]+)?")
_DOT_NET = re.compile(r"/?Date\((-?[0-9]{9,19})(?:[+-][0-9]{4})?\)/?")  # as .NET writes JSON
# Twelve digits are a date in these centuries alone; others are milliseconds.
_COMPACT_DATETIME = re.compile(
    r"((?:19|20)[0-9]{6}|[0-9]{8}(?=[0-9]{6}$))([0-9]{2})([0-9]{2})([0-9]{2})?"
)
_TIME = re.compile(
    r"(?:(?<=[0-9])[Tt]|(?<![0-9:.,]))([0-9]{1,2}):([0-9]{1,2})"
    r"(?::([0-9]{1,2})(?:[.,]([0-9]+)|:[0-9]{3})?)?(?![0-9]|:[0-9])(?:\s*([AaPp])\.?\s?[Mm]\b\.?)?"
)
_OFFSET = re.compile(
    r"\s*(?:(?:UTC|GMT|UT)\s?)?:?([+\u2212-]{1,2})"
    r"(?:([0-9]{1,2}):([0-9]{2})(?::00)?|([0-9]{1,4}))(?![0-9:])"
    r"(?:\s*(?:[A-Za-z]+(?:/[A-Za-z_+-]+[0-9]*){1,2}|[A-Z]{1,5}\b))?"
)
_LAST_OFFSET = re.compile(r" [+-][0-9]{4}$")
_ZONE_NAME = re.compile(
    r"\s*([A-Za-z]+(?:/[A-Za-z_+-]+[0-9]*){1,2}|[A-Z]{3}[0-9][A-Z]{3}\b"
    r"|(?:[A-Z][a-z.]+ ){1,2}(?:(?:Standard|Daylight|Summer) )?Time\b|[A-Za-z]{1,5}\b)"
)
_LEADING_WORD = re.compile(r"([^\W\d_]+)\s?([.,]{0,2})\s*(?=\S)")
_TRAILING_WORD = re.compile(r"(?<=[^\s,])[\s,]+([^\W\d_]+)\.?$")
# What stands between a day and a time, or behind a time ("26. November 2026 um 7:00 Uhr").
_BETWEEN = frozenset(
    {"at", "um", "\u00e0", "las", "a", "alle", "ore", "ora", "kl", "klo", "om", "ob", "o", "u", "v"}
    | {"\u0432", "\u043e", "saat", "as", "\u00e0s", "uhr", "h", "hs", "hrs", "t", "\u0433"}
)

_YEAR_FIRST = re.compile(r"([0-9]{4})([-/.])([0-9]{1,2})\2([0-9]{1,2})")
_COMPACT_DATE = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})")
_ORDINAL_DATE = re.compile(r"([0-9]{4})-([0-9]{3})")
_WEEK_DATE = re.compile(r"([0-9]{4})-?W([0-9]{2})-?([1-7])")
_YEAR_LAST = re.compile(r"([0-9]{1,2})([-/.]) ?([0-9]{1,2})\2 ?([0-9]{4})")
_MONTH = r"([^\W\d_][^\s\d./,-]{1,15})"
_DAY_MONTH_YEAR = re.compile(
    rf"([0-9]{{1,2}})(?:st|nd|rd|th|er)?\xba?[ ./-]*(?:de |d')?{_MONTH}[ ./-]*(?:del? )?"
    r"([0-9]{4}|[0-9]{2})(?: \u0433(?:\.|\u043e\u0434\u0430)?)?"
)
_MONTH_DAY_YEAR = re.compile(rf"{_MONTH}[ .-]*([0-9]{{1,2}})(?:st|nd|rd|th)?[ -]([0-9]{{4}})")
_YEAR_MONTH_DAY = re.compile(rf"([0-9]{{4}})[ .-]{{1,2}}{_MONTH}[ .-]*([0-9]{{1,2}})\.?")

_NUMERIC_DATE = re.compile(r"[0-9]{1,2}\s*[-/.]\s*[0-9]{1,2}\s*[-/.]\s*[0-9]{2}")
_WORD = re.compile(r"[^\W\d_]")
_LABEL = re.compile(r"[^\W\d_]{4}:")  # "Updated: Sat 17 Feb 2018": no language has such a date.
_YEAR_MONTH = re.compile(r"([0-9]{4})[-/.]([0-9]{1,2})")
_FULL_YEAR = re.compile(r"(?<![0-9])(?:19|20)[0-9]{2}(?![0-9])")
_DATEPARSER_SETTINGS = {
    "PARSERS": ["absolute-time"],
    "REQUIRE_PARTS": ["day", "month", "year"],
    "RELATIVE_BASE": datetime(2000, 1, 1),  # In place of the clock; no part is taken from it.
}

_SEED_HEADER = re.compile(
    r"\ufeff?\s*(?i:date)(?:[ \t]*:)?[ \t]+([0-9]{4}-[0-9]{2}-[0-9]{2})(?!\S)\s*"
)

_URL_PATH = re.compile(r"[^:/?#]+://[^/?#]*(/[^?#]*)", re.DOTALL)
_URL_DATES = (
    # The day must end its segment: `/2019/01/23-things-to-do` is an article of some January.
    re.compile(r"(?<=/)([0-9]{4})/([0-9]{1,2}|[A-Za-z]{3})/([0-9]{1,2})(?=/|$)"),
    re.compile(r"(?<=/)([0-9]{4})/([0-9]{2})([0-9]{2})(?=/)"),
    re.compile(r"(?<=/)([0-9]{4})-([0-9]{2})/([0-9]{2})(?=/)"),
    re.compile(r"(?<=[/_-])([0-9]{4})-([0-9]{2})-([0-9]{2})(?=[/_.-]|$)"),
    re.compile(r"(?<=/)([0-9]{4})([0-9]{2})([0-9]{2})(?=/)"),
)
_LATEST_URL_YEAR = 2099


class _TimeOfDay(NamedTuple):
    """A time as a text gives it; `days` is 1 for 24:00, `zone` None if it names none."""

    clock: time
    days: int
    zone: tzinfo | None


class _Unread(NamedTuple):
    """Words in which no day was found, and the time that stood beside them."""

    words: str
    of_day: _TimeOfDay | None


def parse_date(text: str, *, default_timezone: tzinfo = UTC) -> datetime | None:
    """Returns the moment that a text names, in UTC, or None if it names none for certain.

    Read is what `parse_usual_date` reads, and what a library knows of dates in other languages.

    Args:
        text: One date, with or without a time, and nothing else.
        default_timezone: Zone of a time that names none.
    """
    found = _read_usual(text, default_timezone)
    if not isinstance(found, _Unread):
        return found
    spoken = _parse_other_language(found.words)
    if spoken is None:
        return None
    if found.of_day is not None:
        return _to_utc(spoken.date(), found.of_day, default_timezone)
    zone = spoken.tzinfo or default_timezone
    return _to_utc(spoken.date(), _TimeOfDay(spoken.time(), 0, zone), default_timezone)


def parse_usual_date(text: str, *, default_timezone: tzinfo = UTC) -> datetime | None:
    """Returns the moment that a text names, in UTC, or None if it names none in a usual form.

    Read are RFC 822 and its successors (obsolete zones, two-digit years, wrong weekdays), ISO
    8601 down to the day, Unix time in digits, numeric dates of which one part is over 12, and
    days, months and zones by their names. An unknown zone is read as UTC (RFC 5322, section
    4.3); a date without a time is its midnight. It takes microseconds, where `parse_date` may
    take 50 ms.

    Args:
        text: One date, with or without a time, and nothing else.
        default_timezone: Zone of a time that names none.
    """
    found = _read_usual(text, default_timezone)
    return None if isinstance(found, _Unread) else found


def latest_moment(text: str) -> datetime | None:
    """Returns a moment than which what a text means cannot be later, in UTC, or None.

    That is the date, if it is one; else the end of the month, if the text is a year and a month;
    else the end of the last year that is in it.

    Args:
        text: What stands where a date should.
    """
    moment = parse_usual_date(text)
    if moment is not None or len(text) > MAX_DATE_CHARS:
        return moment
    if (month := _YEAR_MONTH.fullmatch(text.strip())) is not None:
        first = _make_day(month[1], month[2], "1")
        if first is not None:
            after = _make_day(str(first.year + first.month // 12), str(first.month % 12 + 1), "1")
            return datetime.combine(after, time(), UTC) if after is not None else None
    years = [int(year) for year in _FULL_YEAR.findall(text)]
    return datetime(max(years) + 1, 1, 1, tzinfo=UTC) if years else None


def _read_usual(text: str, default_timezone: tzinfo) -> datetime | _Unread | None:
    """Returns the moment, None if there is none for certain, or what another reader may know."""
    words = _plain_text(text)
    if words is None:
        return None
    if (dot_net := _DOT_NET.fullmatch(words)) is not None:
        words = dot_net[1]
    if _NUMBER.fullmatch(words):
        return _parse_digits(words, default_timezone)
    found = _cut_time(spell_out(words))
    if found is None:
        return None
    rest, of_day = _drop_weekday(found[0]), found[1]
    day = _parse_day(rest)
    return _Unread(rest, of_day) if day is None else _to_utc(day, of_day, default_timezone)


def parse_date_value(value: object) -> datetime | None:
    """Returns the moment that a value of a Parquet or JSON field names, in UTC, or None.

    Args:
        value: A datetime (without zone: UTC), a date (its midnight in UTC), a number (Unix
            time, negative before 1970, or YYYYMMDD), or a text as for `parse_date`; anything
            else names none.
    """
    if isinstance(value, datetime):
        return _to_utc(value.date(), _TimeOfDay(value.time(), 0, value.tzinfo), UTC)
    if isinstance(value, date):
        return datetime.combine(value, time(), UTC)
    if isinstance(value, str):
        return parse_date(value)
    if isinstance(value, Decimal) and value.is_finite():
        value = int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if not abs(value) < 10 ** max(_EPOCH_UNITS_PER_S):  # Nor is NaN.
        return None
    return parse_date(str(value) if isinstance(value, int) else f"{value:.6f}")


def stated_offset(text: str) -> int | None:
    """Returns how many minutes ahead of UTC the zone is that a date names, or None without one."""
    words = _plain_text(text)
    found = _cut_time(spell_out(words)) if words else None
    zone = found[1].zone if found and found[1] else None
    offset = zone.utcoffset(None) if zone is not None else None
    if zone is not None and offset is None and (moment := parse_usual_date(text)) is not None:
        offset = moment.astimezone(zone).utcoffset()  # of a place, by its summer time
    return None if offset is None else offset // timedelta(minutes=1)


def split_seed_header(text: str) -> tuple[date | None, str]:
    """Returns the date in a plain-text seed's header, and the text after it.

    The header is `date YYYY-MM-DD` before anything but blanks, also as `DATE` or `Date:`; without
    a header, or with one that is no calendar date, the date is None and the text is returned whole.

    Args:
        text: Content of a seed.
    """
    match = _SEED_HEADER.match(text)
    day = _parse_day(match[1]) if match is not None else None
    if match is None or day is None:
        return None, text
    return day, text[match.end() :]


def date_from_url(url: str) -> date | None:
    """Returns the day that the path of an address names, or None if it names none or several.

    Args:
        url: Absolute address, such as `https://example.com/2019/01/23/slug`.
    """
    path = _URL_PATH.match(url)
    days = set(_dates_in_path(path[1])) if path is not None else set()
    return days.pop() if len(days) == 1 else None


def _plain_text(text: str) -> str | None:
    """Returns the text with ASCII digits and single blanks, or None if it is no date's length."""
    if len(text) > MAX_DATE_CHARS:
        text = text.strip()
    if not 6 <= len(text) <= MAX_DATE_CHARS:
        return None
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
        digits = {c: str(unicodedata.digit(c)) for c in set(text) if c.isdecimal()}
        text = "".join(digits.get(c, c) for c in text)
    text = html.unescape(text) if "&" in text else text
    return " ".join(text.strip(" \t\r\n\"'").split())


def _parse_digits(number: str, default_timezone: tzinfo) -> datetime | None:
    """Returns the moment that a bare number names: digits of date and time, or Unix time."""
    whole = number.partition(".")[0]
    match = _COMPACT_DATETIME.fullmatch(f"{whole}000000" if len(whole) == 8 else whole)
    day = _parse_day(match[1]) if match is not None else None
    if match is not None and day is not None:
        of_day = _make_time(int(match[2]), int(match[3]), int(match[4] or 0), 0, None)
        if of_day is not None:
            return _to_utc(day, of_day, default_timezone)
    units_per_s = _EPOCH_UNITS_PER_S.get(len(whole.lstrip("-")))
    if units_per_s == 1:
        return EPOCH + timedelta(seconds=float(number))
    return None if units_per_s is None else from_microseconds(int(whole) * 10**6 // units_per_s)


def _cut_time(words: str) -> tuple[str, _TimeOfDay | None] | None:
    """Returns the text around the time, and the time if there is one; None if it is invalid."""
    match = _TIME.search(words)
    if match is None:
        return words, None
    hour = int(match[1])
    if match[5] is not None and hour <= 12:
        hour = hour % 12 + (12 if match[5] in "Pp" else 0)
    zone, end = _read_zone(words, match.end())
    last = _LAST_OFFSET.search(words, match.end()) if zone is None else None
    if last is not None:  # "15:04 13.01.2006 +0100"
        zone, _ = _read_zone(words, last.start())
        words = words[: last.start()]
    of_day = _make_time(
        hour, int(match[2]), int(match[3] or 0), int(f"{match[4] or ''}000000"[:6]), zone
    )
    if of_day is None or end is None:
        return None
    return f"{words[: match.start()]} {words[end:]}", of_day


def _read_zone(words: str, start: int) -> tuple[tzinfo | None, int | None]:
    """Returns the zone that follows a time, and where it ends: None if it is impossible."""
    offset = _OFFSET.match(words, start)
    if offset is not None:
        digits = offset[4] or ""
        hours = int(offset[2] or (digits[:-2] if len(digits) > 2 else digits))
        minutes = int(offset[3] or (digits[-2:] if len(digits) > 2 else "0"))
        if hours > _MAX_OFFSET_HOURS or minutes > 59:
            return None, None
        shift = timedelta(hours=hours, minutes=minutes)
        return timezone(shift if offset[1] == "+" else -shift), offset.end()
    name = _ZONE_NAME.match(words, start)
    if name is None:
        return None, start
    is_date_word = is_english_month(name[1]) or name[1][:3].lower() in _WEEKDAYS
    zone = None if is_date_word else zone_named(name[1])
    if zone is not None:
        return zone, name.end()
    if name[1].isupper() and not is_date_word:
        return UTC, name.end()
    return None, start


def _make_time(
    hour: int, minute: int, second: int, microsecond: int, zone: tzinfo | None
) -> _TimeOfDay | None:
    """Returns the time of day; 24:00 ends the day, a leap second counts as the one before."""
    if hour == 24 and minute == second == microsecond == 0:
        return _TimeOfDay(time(), 1, zone)
    if hour > 23 or minute > 59 or second > 60:
        return None
    return _TimeOfDay(time(hour, minute, min(second, 59), microsecond), 0, zone)


def _drop_weekday(text: str) -> str:
    """Returns the text around a time without the weekday, which may be wrong, and separators."""
    words = text.replace(",", ", ").strip(_SEPARATORS)
    for _ in range(2):  # "Thursday at", "Uhr"
        last = _TRAILING_WORD.search(words)
        if last is None or not (last[1].lower() in _BETWEEN or is_weekday(last[1])):
            break
        words = words[: last.start()].strip(_SEPARATORS)
    word = _LEADING_WORD.match(words)
    if word is not None:
        rest = words[word.end() :]
        if is_weekday(word[1]):  # French "mar" is both: a month if there is no other.
            is_dropped = month_named(word[1]) is None or _names_month(rest)
        else:
            is_dropped = word[2].endswith(",") and not is_english_month(word[1])
        words = rest if is_dropped else words
    return " ".join(words.replace(",", " ").split())


def _names_month(words: str) -> bool:
    return any(month_named(word) is not None for word in re.findall(r"[^\W\d_]{2,}", words))


def _parse_day(words: str) -> date | None:
    """Returns the day that digits and English month names give, without a time, or None."""
    if (m := _YEAR_FIRST.fullmatch(words)) is not None:
        return _make_day(m[1], m[3], m[4])
    if (m := _COMPACT_DATE.fullmatch(words)) is not None:
        return _make_day(m[1], m[2], m[3])
    if (m := _DAY_MONTH_YEAR.fullmatch(words)) is not None:
        return _make_day(_full_year(m[3]), m[2], m[1])
    if (m := _MONTH_DAY_YEAR.fullmatch(words)) is not None:
        return _make_day(m[3], m[1], m[2])
    if (m := _YEAR_MONTH_DAY.fullmatch(words)) is not None:
        return _make_day(m[1], m[2], m[3])
    if (m := _YEAR_LAST.fullmatch(words)) is not None:
        readings = {_make_day(m[4], m[3], m[1]), _make_day(m[4], m[1], m[3])} - {None}
        return readings.pop() if len(readings) == 1 else None
    return _parse_iso_count(words)


def _parse_iso_count(words: str) -> date | None:
    """Returns the day that ISO 8601 counts from the start of a year or a week, or None."""
    try:
        if (m := _ORDINAL_DATE.fullmatch(words)) is not None:
            day = date(int(m[1]), 1, 1) + timedelta(days=int(m[2]) - 1)
            return day if day.year == int(m[1]) else None
        if (m := _WEEK_DATE.fullmatch(words)) is not None:
            return date.fromisocalendar(int(m[1]), int(m[2]), int(m[3]))
    except (ValueError, OverflowError):  # No such year, or no such week in it.
        return None
    return None


def _make_day(year: str, month: str, day: str) -> date | None:
    """Returns the day, if the calendar has it; the month is a number or an English name."""
    try:
        number = int(month) if month.isdigit() else month_named(month) or 0
        if not month.isascii() and not _FULL_YEAR.fullmatch(year):
            return None  # A year of another calendar, such as the Thai one.
        return date(int(year), number, int(day))
    except ValueError:
        return None


def _full_year(digits: str) -> str:
    """Returns the year in four digits, as RFC 5322, section 4.3, completes two."""
    if len(digits) == 4:
        return digits
    return f"20{digits}" if int(digits) < 50 else f"19{digits}"


@lru_cache(maxsize=1024)  # Entries of one feed often share their day; a miss costs 1 to 70 ms.
def _parse_other_language(text: str) -> datetime | None:
    """Returns the date that the text gives in words of some language, or None.

    Asked is only where month names decide: numbers alone have been read before, by a stricter
    rule. The answer's year and day must stand in the text. Only the languages in which a word
    names a month are tried: for all two hundred of them the library needs 1.5 s of CPU in each
    process that reads such a text (2026-11), and knows no other months than these.
    """
    if not _FULL_YEAR.search(text) or not _WORD.search(text) or _NUMERIC_DATE.search(text):
        return None
    languages = languages_of_months(text)
    if not languages or _LABEL.search(text):
        return None
    # Few dates get here; to import it takes as long as it has for a hundred of them.
    import dateparser  # type: ignore[import-untyped]  # It ships no types.

    try:
        found = dateparser.parse(text, languages=languages, settings=_DATEPARSER_SETTINGS)
    except (ValueError, OverflowError):  # A number in it is larger than any part of a date.
        return None
    if not isinstance(found, datetime):
        return None
    numbers = {int(digits) for digits in re.findall(r"[0-9]+", text)}
    return found if {found.year, found.day} <= numbers else None


def _to_utc(day: date, of_day: _TimeOfDay | None, default_timezone: tzinfo) -> datetime | None:
    """Returns day and time in UTC, or None where that is outside the calendar."""
    clock, days, zone = of_day or _TimeOfDay(time(), 0, None)
    try:
        moment = datetime.combine(day, clock, zone or default_timezone) + timedelta(days=days)
        return moment.astimezone(UTC)
    except OverflowError:
        return None


def _dates_in_path(path: str) -> Iterator[date]:
    """Yields each day that stands in the path in a form that news sites use for dates."""
    for pattern in _URL_DATES:
        for year, month, day in pattern.findall(path):
            if not month.isdigit() and not is_english_month(month):
                continue  # `/2019/out/12` may be anything.
            found = _make_day(year, month, day)
            if found is not None and EARLIEST_DATE.year <= found.year <= _LATEST_URL_YEAR:
                yield found
