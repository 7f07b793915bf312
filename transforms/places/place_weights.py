"""The weights by which names are judged to be places; `place_weights.tsv` says what each is."""

from __future__ import annotations

from feedlake.transforms.normalize.word_tables import read_rows

COLUMNS = ("name", "value", "unit", "meaning", "source")


def read_units() -> dict[str, str]:
    """Returns the unit of each weight: `points`, or what a limit counts."""
    return {name: unit for name, _, unit, *_ in _rows()}


def _rows() -> list[list[str]]:
    return read_rows(__package__, "place_weights.tsv", columns=len(COLUMNS))


def _read_weights() -> dict[str, float]:
    """The value of each weight by its name.

    Raises:
        ValueError: If a value is no number, or a name comes twice.
    """
    weights: dict[str, float] = {}
    for name, value, *_ in _rows():
        if name in weights:
            raise ValueError(f"place_weights.tsv has {name} twice")
        try:
            weights[name] = float(value)
        except ValueError as error:
            raise ValueError(f"place_weights.tsv: {name} is {value}, not a number") from error
    return weights


WEIGHTS = _read_weights()
