"""Which offset from UTC the name of a time zone means."""

from __future__ import annotations

import re
from datetime import timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

# Hours from UTC. The first two lines: RFC 5322, section 4.3. The others: names in common use. ET,
# CT, MT and PT are read as standard time, an hour off in summer. Of names that stand for several
# zones, the one counts that more people live in, or that feeds have always meant by it: BST is
# British, CST American, AST Atlantic, IST Indian, GST of the Gulf, AMT of the Amazon.
_HOURS: dict[str, float] = (
    {"UT": 0, "UTC": 0, "GMT": 0, "Z": 0}
    | {"EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7}
    | {"ET": -5, "CT": -6, "MT": -7, "PT": -8, "AKST": -9, "AKDT": -8, "HST": -10, "HDT": -9}
    | {"AST": -4, "ADT": -3, "AT": -4, "NST": -3.5, "NDT": -2.5}
    | {"HNE": -5, "HAE": -4, "HNC": -6, "HAC": -5, "HNR": -7, "HAR": -6, "HNP": -8, "HAP": -7}
    | {"BRT": -3, "BRST": -2, "ART": -3, "CLT": -4, "CLST": -3, "COT": -5, "PET": -5, "VET": -4}
    | {"UYT": -3, "BOT": -4, "AMT": -4, "GYT": -4, "SRT": -3, "GFT": -3}
    | {"WET": 0, "WEST": 1, "WEZ": 0, "WESZ": 1, "BST": 1, "CET": 1, "CEST": 2, "MEZ": 1}
    | {"MESZ": 2, "MET": 1, "MEST": 2, "EET": 2, "EEST": 3, "OEZ": 2, "OESZ": 3, "MSK": 3, "MSD": 4}
    | {"TRT": 3, "IDT": 3, "SAST": 2, "CAT": 2, "EAT": 3, "WAT": 1, "AZT": 4, "GET": 4, "GST": 4}
    | {"IRST": 3.5, "IRDT": 4.5, "AFT": 4.5, "PKT": 5, "UZT": 5, "YEKT": 5, "IST": 5.5, "NPT": 5.75}
    | {
        "OMST": 6,
        "MMT": 6.5,
        "ICT": 7,
        "WIB": 7,
        "KRAT": 7,
        "NOVT": 7,
        "WITA": 8,
        "HKT": 8,
        "SGT": 8,
    }
    | {"MYT": 8, "PHT": 8, "AWST": 8, "IRKT": 8, "JST": 9, "KST": 9, "WIT": 9, "YAKT": 9}
    | {"ACST": 9.5, "ACDT": 10.5, "AEST": 10, "AEDT": 11, "VLAT": 10, "MAGT": 11, "NZST": 12}
    | {"NZDT": 13, "FJT": 12, "CHST": 10}
    # RFC 822, section 5.1, to which RSS refers; there, A is an hour behind UTC.
    | {letter: -hours for hours, letter in enumerate("ABCDEFGHIKLM", start=1)}
    | dict(zip("NOPQRSTUVWXY", range(1, 13), strict=True))
)
# The names that Windows and browsers write, by their first words.
_LONG_HOURS: dict[str, float] = {
    "coordinated universal": 0,
    "greenwich mean": 0,
    "british": 0,
    "western european": 0,
    "central european": 1,
    "w. europe": 1,
    "eastern european": 2,
    "moscow": 3,
    "india": 5.5,
    "china": 8,
    "japan": 9,
    "korean": 9,
    "australian eastern": 10,
    "new zealand": 12,
    "atlantic": -4,
    "eastern": -5,
    "central": -6,
    "mountain": -7,
    "pacific": -8,
}
_LONG = re.compile(r"((?:[a-z.]+ ){1,2}?)(standard |daylight |summer )?time", re.IGNORECASE)


def zone_named(name: str) -> tzinfo | None:
    """Returns the zone that goes by a name, or None if none does, or if it is not known.

    Args:
        name: Letters (`EST`), a name of the tz database (`Europe/Berlin`), or one in words
            (`Pacific Standard Time`).
    """
    hours = _HOURS.get(name.upper())
    if hours is None and "/" not in name and (match := _LONG.fullmatch(name)) is not None:
        hours = _LONG_HOURS.get(match[1].strip().lower())
        is_summer = (match[2] or "").strip().lower() in ("daylight", "summer")
        hours = hours + is_summer if hours is not None else None
    if hours is not None:
        return timezone(timedelta(hours=hours))
    try:
        return (
            ZoneInfo(name) if "/" in name or (name[-3:].isalpha() and name[3:4].isdigit()) else None
        )
    except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: a folder of the database
        return None
