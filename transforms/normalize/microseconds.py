"""Moments as whole microseconds since 1970, UTC: as Parquet stores them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
"""The moment from which numbers of seconds, or of parts of them, are counted."""


def to_microseconds(moment: datetime) -> int:
    """Returns the moment as a number.

    Args:
        moment: With a timezone.
    """
    return (moment - EPOCH) // timedelta(microseconds=1)


def from_microseconds(number: int) -> datetime:
    """Returns the moment of a number, in UTC."""
    return EPOCH + timedelta(microseconds=number)
