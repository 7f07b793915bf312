"""How long a server asks to be left alone: the header field Retry-After."""

from __future__ import annotations

import re
from datetime import UTC, datetime

MAX_DELAY_S = float(1 << 31)
"""What any longer delay counts as, 68 years; RFC 9111, section 1.2.2, has it for delta-seconds."""

# RFC 9110, section 10.2.3: delay-seconds. The fraction is not in it, but some servers send one.
_SECONDS = re.compile(r"([0-9]+)(?:\.[0-9]*)?")

# RFC 9110, section 5.6.7: IMF-fixdate, then the obsolete rfc850-date and asctime-date. Names of
# days are not compared with the date; a server that errs there still wants to be left alone.
_WEEKDAY = "[a-z]{3,9}"
_DAY = "(?P<day>[0-9]{1,2})"
_MONTH = "(?P<month>[a-z]{3})"
_YEAR = "(?P<year>[0-9]{4})"
_CLOCK = "(?P<hour>[0-9]{2}):(?P<minute>[0-9]{2}):(?P<second>[0-9]{2})"
_ZONE = "(?:GMT|UTC|[+-]0000)"
_DATES = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        f"{_WEEKDAY}, +{_DAY} +{_MONTH} +{_YEAR} +{_CLOCK} +{_ZONE}",
        f"{_WEEKDAY}, +{_DAY}-{_MONTH}-(?P<year>[0-9]{{2}}|[0-9]{{4}}) +{_CLOCK} +{_ZONE}",
        f"{_WEEKDAY} +{_MONTH} +{_DAY} +{_CLOCK} +{_YEAR}",
    )
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def parse_retry_after(value: str | None, *, now: datetime) -> float | None:
    """Returns the seconds to wait, from 0 to `MAX_DELAY_S`, or None if the value says nothing.

    A day or a year is as good an answer as a minute: what is too long is the caller's to decide.

    Args:
        value: The header field as received; None if there was none.
        now: When it was received, with a timezone; what dates count from.
    """
    text = (value or "").strip(" \t")
    if (match := _SECONDS.fullmatch(text)) is not None:
        # Digits are counted first: Python refuses to read numbers of thousands of them.
        return MAX_DELAY_S if len(match[1].lstrip("0")) > 10 else min(float(text), MAX_DELAY_S)
    moment = _parse_http_date(text, now=now)
    if moment is None:
        return None
    return min(max((moment - now).total_seconds(), 0.0), MAX_DELAY_S)


def _parse_http_date(text: str, *, now: datetime) -> datetime | None:
    """Returns the moment in UTC, or None if the text is no HTTP-date."""
    match = next((found for rule in _DATES if (found := rule.fullmatch(text))), None)
    if match is None or (month := match["month"].lower()) not in _MONTHS:
        return None
    year = int(match["year"])
    if len(match["year"]) == 2:
        # RFC 9110, section 5.6.7: what seems more than 50 years ahead is past.
        latest = now.astimezone(UTC).year + 50
        year = latest - (latest - year) % 100
    second = int(match["second"])
    try:
        return datetime(
            year,
            _MONTHS.index(month) + 1,
            int(match["day"]),
            int(match["hour"]),
            int(match["minute"]),
            59 if second == 60 else second,  # a leap second, which the grammar has
            tzinfo=UTC,
        )
    except ValueError:  # The calendar or the clock has no such moment.
        return None
