"""What the journal tells of a file's rows, so that who looks for some need not open all files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

Bound = str | int


@dataclass(frozen=True)
class FileFacts:
    """What is known of the rows of a file without opening it.

    Attributes:
        schema_version: Version of its columns.
        columns: 16 hex digits that are the same in files with the same columns.
        ranges: Name, least and greatest value of some columns, nulls apart: texts as they are,
            days as YYYY-MM-DD, times in microseconds since 1970, UTC.
        keys: A Bloom filter over ids and addresses, as base64; empty if there are none.
        url_rule: Version of the rule for addresses that its ids follow; None if that is not known.
        minhash_version: That of its signatures; None if that is not known.
    """

    schema_version: int
    columns: str
    ranges: tuple[tuple[str, Bound, Bound], ...]
    keys: str = ""
    url_rule: int | None = None
    minhash_version: int | None = None


def read_facts(content: Any) -> FileFacts | None:
    """Returns the facts in what was read as JSON; None for None.

    Raises:
        KeyError, TypeError, ValueError: It is something else.
    """
    if content is None:
        return None
    version, columns = content["schema_version"], content["columns"]
    ranges, keys = content["ranges"], content["keys"]
    if not (type(version) is int and isinstance(columns, str) and isinstance(keys, str)):
        raise TypeError(f"{content!r:.100} are no facts of a file")
    url_rule, minhash_version = content.get("url_rule"), content.get("minhash_version")
    if not {type(url_rule), type(minhash_version)} <= {int, type(None)}:
        raise TypeError(f"{url_rule!r:.100} or {minhash_version!r:.100} is no version")
    ranged = tuple(_range_of(*one) for one in ranges)
    return FileFacts(version, columns, ranged, keys, url_rule, minhash_version)


def _range_of(name: Any, least: Any, greatest: Any) -> tuple[str, Bound, Bound]:
    is_sound = isinstance(name, str) and type(least) is type(greatest) and type(least) in (str, int)
    if not is_sound:
        raise TypeError(f"{name!r:.100} has no range")
    return name, least, greatest
