"""The faults that `make faults` puts in: they can be put in, and what is said of them is true."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import PROJECT
from faults import Fault, InapplicableError, find_test, put_in, read_faults, try_fault


@pytest.mark.parametrize("fault", read_faults(), ids=lambda fault: fault.does)
def test_a_fault_can_be_put_in_at_one_place_and_has_one_test(fault: Fault) -> None:
    assert put_in(fault, PROJECT) != (PROJECT / fault.file).read_text(encoding="utf-8")
    assert (PROJECT / find_test(fault, PROJECT).partition("::")[0]).is_file()


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project of one function, a test that would notice and one that would not."""
    (tmp_path / "tests").mkdir()
    (tmp_path / "double.py").write_text("def double(n):\n    return 2 * n\n\n# 2 * n\n")
    (tmp_path / "tests" / "test_double.py").write_text(
        "from double import double\n\n"
        "def test_three():\n    assert double(3) == 6\n\n"
        "def test_nought():\n    assert double(0) == 0\n"
    )
    return tmp_path


@pytest.mark.parametrize(
    ("test", "outcome"),
    [
        ("test_three", "caught"),
        ("test_nought", "SURVIVED tests/test_double.py::test_nought"),
    ],
)
def test_a_fault_that_no_test_notices_has_survived(project: Path, test: str, outcome: str) -> None:
    before = (project / "double.py").read_text()

    assert (
        try_fault(Fault("trebles", "double.py", "return 2", "return 3", test), project) == outcome
    )
    assert (project / "double.py").read_text() == before


@pytest.mark.parametrize(
    ("fault", "why"),
    [
        (Fault("", "double.py", "2 * n", "", "test_three"), "double.py has this 2 times, not once"),
        (Fault("", "double.py", "4 * n", "", "test_three"), "double.py has this 0 times, not once"),
        (Fault("", "treble.py", "2", "", "test_three"), "there is no file treble.py"),
        (Fault("", "double.py", "return", "", "test_four"), "0 files of tests have test_four"),
        (Fault("", "double.py", "return", "(", "test_three"), "test_three could not be run"),
    ],
)
def test_a_fault_that_cannot_be_tried_is_no_fault_that_was_caught(
    project: Path, fault: Fault, why: str
) -> None:
    with pytest.raises(InapplicableError, match=why):
        try_fault(fault, project)
