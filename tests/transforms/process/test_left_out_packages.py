"""Packages that an import does without are there again when it has ended."""

from __future__ import annotations

import importlib
import sys

import pytest

from feedlake.transforms.process.left_out_packages import left_out


@pytest.fixture
def unseen(monkeypatch: pytest.MonkeyPatch) -> None:
    """A module that nobody has imported yet."""
    monkeypatch.delitem(sys.modules, "wave", raising=False)


@pytest.mark.usefixtures("unseen")
def test_package_is_missing_in_the_block_and_there_afterwards():
    with (
        left_out(("wave",)),
        pytest.raises(ModuleNotFoundError, match="wave is left out"),
    ):
        importlib.import_module("wave")

    assert "wave" not in sys.modules  # pyarrow takes any entry for the package.
    assert importlib.import_module("wave").__name__ == "wave"


@pytest.mark.usefixtures("unseen")
def test_no_other_package_is_missing_nor_one_that_is_imported():
    importlib.import_module("wave")

    with left_out(("wave", "waves")):
        assert importlib.import_module("wave").__name__ == "wave"
        assert importlib.import_module("colorsys").__name__ == "colorsys"


def test_nothing_stays_of_it_if_the_block_fails():
    before = [*sys.meta_path]

    with pytest.raises(KeyboardInterrupt), left_out(("wave",)):
        raise KeyboardInterrupt

    assert sys.meta_path == before
