"""What the values of flags may be: each parser returns the value or says what is wrong."""

from __future__ import annotations

import argparse
import ipaddress
import math
import re
from collections.abc import Callable
from datetime import date

PARTITIONS = ("date", "date:month", "date:year", "language", "site", "source_kind", "text_source")
FIELDS = ("url", "html", "text", "title", "date", "author", "authors", "language", "source")

_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(s|m|min|h|d)?", re.ASCII)
_UNITS = {None: 1, "s": 1, "m": 60, "min": 60, "h": 3_600, "d": 86_400}


def whole(least: int, most: int) -> Callable[[str], int]:
    """Returns a parser of whole numbers between two bounds."""

    def parse(text: str) -> int:
        try:
            number = int(text)
        except ValueError:
            number = least - 1
        if not least <= number <= most:
            raise argparse.ArgumentTypeError(
                f"{text}: must be a whole number from {least:,} to {most:,}"
            )
        return number

    return parse


def share(text: str) -> float:
    """Returns a number from 0.5 to 1."""
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0.5 <= number <= 1:
        raise argparse.ArgumentTypeError(f"{text}: must be a number from 0.5 to 1")
    return number


def day(text: str) -> date:
    """Returns a day, written YYYY-MM-DD."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text}: must be a date, YYYY-MM-DD") from None


def named(text: str) -> str:
    """Returns the text, which must not be empty."""
    if not text:
        raise argparse.ArgumentTypeError("an empty name; must be a path")
    return text


def field(text: str) -> tuple[str, str]:
    """Returns the two sides of NAME=OWN."""
    name, _, own = text.partition("=")
    if name not in FIELDS or not own:
        raise argparse.ArgumentTypeError(
            f"{text}: must be NAME=OWN with NAME one of {', '.join(FIELDS)}"
        )
    return name, own


def partitions(text: str) -> tuple[str, ...]:
    """Returns the names of partition columns, written with commas between."""
    names = tuple(name.strip() for name in text.split(","))
    if not set(names) <= set(PARTITIONS) or len(set(names)) < len(names):
        raise argparse.ArgumentTypeError(
            f"{text}: must be among {', '.join(PARTITIONS)}, each once"
        )
    return names


def duration(least_s: float, most_s: float) -> Callable[[str], float]:
    """Returns a parser of durations such as `90`, `30s`, `15m`, `1.5h`, `1d`, in seconds."""

    def parse(text: str) -> float:
        match = _DURATION.fullmatch(text.strip())
        seconds = float(match[1]) * _UNITS[match[2]] if match else math.nan
        if not least_s <= seconds <= most_s:
            raise argparse.ArgumentTypeError(
                f"{text}: must be a duration such as 30s, 15m or 2h, from {least_s:.0f} s to "
                f"{most_s:.0f} s"
            )
        return seconds

    return parse


def network(text: str) -> str:
    """Returns a network in CIDR notation."""
    try:
        return str(ipaddress.ip_network(text, strict=False))
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text}: must be a network such as 10.1.0.0/16 or fd00::/8"
        ) from None


def line(text: str) -> str:
    """Returns one line of visible text, as a header may hold."""
    if not text.strip() or not text.isprintable() or not text.isascii():
        raise argparse.ArgumentTypeError("must be one line of visible ASCII text")
    return text.strip()
