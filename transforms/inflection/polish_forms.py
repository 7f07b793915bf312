"""The forms that names of places take in Polish sentences, out of a table."""

from __future__ import annotations

from functools import cache

from feedlake.transforms.normalize.word_tables import read_rows


def polish_forms(name: str) -> tuple[str, ...]:
    """Returns the other forms of a name; none if it has none, or is not in the table.

    Args:
        name: As dictionaries have it, which is the nominative.
    """
    return _read_forms().get(name, ())


@cache
def _read_forms() -> dict[str, tuple[str, ...]]:
    rows = read_rows(__package__, "polish_forms.tsv", columns=2)
    return {name: tuple(forms.split("|")) for name, forms in rows}
