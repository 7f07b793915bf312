"""Tables of words and numbers that stand beside the code, in files edited by hand."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from importlib import resources
from typing import Any


class WordTables:
    """The tables of one file, read once, when the module that needs them is imported."""

    def __init__(self, package: str, name: str) -> None:
        """Reads a file.

        Args:
            package: Where it lies, as in `feedlake.transforms.places`.
            name: The file's name.

        Raises:
            FileNotFoundError: If the installation lacks it.
            ValueError: If it is no TOML; the message says where.
        """
        self._shown = f"{name} in {package}"
        text = _read(package, name)
        try:
            self._tables = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise ValueError(f"{self._shown} is no TOML: {error}") from error

    def __contains__(self, name: str) -> bool:
        return name in self._tables

    def __iter__(self) -> Iterator[str]:
        return iter(self._tables)

    def text(self, name: str, *within: str) -> str:
        """Returns a text as it stands in the file.

        Args:
            name: Its key; or, where more names follow, the section that it is in.
            within: The sections further in, and its key.

        Raises:
            ValueError: If the file has no such text.
        """
        found = self._find(name, *within)
        if not isinstance(found, str):
            raise ValueError(f"{self._shown}: {'.'.join((name, *within))} must be a text")
        return found

    def words(self, name: str, *within: str) -> frozenset[str]:
        """Returns the words of a text, which blanks and line ends part; see `text`."""
        return frozenset(self.text(name, *within).split())

    def lines(self, name: str, *within: str) -> frozenset[str]:
        """Returns the lines of a text, for names of several words; see `text`."""
        return frozenset(
            line.strip() for line in self.text(name, *within).splitlines() if line.strip()
        )

    def texts(self, name: str, *within: str) -> dict[str, str]:
        """Returns all texts of a section by their keys, in the order of the file.

        Raises:
            ValueError: If there is no such section, or anything but texts in it.
        """
        return {key: self.text(name, *within, key) for key in self.section(name, *within)}

    def section(self, name: str, *within: str) -> dict[str, Any]:
        """Returns a section.

        Raises:
            ValueError: If the file has no such section.
        """
        found = self._find(name, *within)
        if not isinstance(found, dict):
            raise ValueError(f"{self._shown}: {'.'.join((name, *within))} must be a section")
        return found

    def rows(self, name: str, *, columns: int) -> list[tuple[str, ...]]:
        """Returns an array of rows, each of which has the same number of texts.

        Raises:
            ValueError: If there is no such array; the message names the row that differs.
        """
        found = self._find(name)
        if not isinstance(found, list):
            raise ValueError(f"{self._shown}: {name} must be an array of rows")
        for row in found:
            is_row = isinstance(row, list) and all(isinstance(value, str) for value in row)
            if not is_row or len(row) != columns:
                raise ValueError(f"{self._shown}: {name} needs {columns} texts a row, not {row}")
        return [tuple(row) for row in found]

    def _find(self, *path: str) -> object:
        found: Any = self._tables
        for name in path:
            if not isinstance(found, dict) or name not in found:
                raise ValueError(f"{self._shown} has no {'.'.join(path)}")
            found = found[name]
        return found


def read_rows(package: str, name: str, *, columns: int) -> list[list[str]]:
    """Returns the rows of a file of values parted by tabs; lines that begin with `#` are comments.

    Args:
        package: Where it lies, as in `feedlake.transforms.places`.
        name: The file's name.
        columns: How many values each row must have.

    Raises:
        FileNotFoundError: If the installation lacks it.
        ValueError: If a row has more or fewer values; the message says which.
    """
    rows = []
    for number, line in enumerate(_read(package, name).splitlines(), start=1):
        if line and not line.startswith("#"):
            rows.append(line.split("\t"))
            if len(rows[-1]) != columns:
                found = f"line {number} has {len(rows[-1])}"
                raise ValueError(f"{name} in {package} needs {columns} values a row; {found}")
    return rows


def _read(package: str, name: str) -> str:
    try:
        return resources.files(package).joinpath(name).read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise FileNotFoundError(
            f"{name} in {package} is missing: install feedlake again"
        ) from error
