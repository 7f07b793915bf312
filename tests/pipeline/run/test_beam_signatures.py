"""Beam learns the same of functions, each asked once."""

from __future__ import annotations

from typing import Any

import apache_beam as beam
import pytest
from apache_beam.transforms import core

from feedlake.pipeline.run import beam_signatures


class Step(beam.DoFn):
    """A step with a parameter of Beam's."""

    def process(self, element: int, moment: Any = beam.DoFn.TimestampParam) -> None:
        """Does nothing."""


def shout(word: str, *, twice: bool = False, sign: str = "!") -> str:
    return word + sign


def times(number: int, factor: int = 2) -> int:
    return number * factor


CALLABLES = [shout, times, lambda x, y=3: x + y, Step().process, Step().setup, Step.process]


@pytest.mark.parametrize("function", CALLABLES)
def test_names_and_defaults_are_those_that_beam_finds(function: Any):
    expected = core.get_function_args_defaults(function)

    with beam_signatures.remembered():
        first, second = (core.get_function_args_defaults(function) for _ in range(2))

    assert first == second == expected


def test_a_method_is_inspected_once_for_all_steps(monkeypatch: pytest.MonkeyPatch):
    asked: list[Any] = []
    inspect = core.get_signature
    monkeypatch.setattr(core, "get_signature", lambda f: asked.append(f) or inspect(f))

    with beam_signatures.remembered():
        for _ in range(3):
            core.get_function_args_defaults(Step().process)
            core.get_function_args_defaults(times)

    assert len(asked) == 2


def test_a_method_of_a_step_is_told_from_the_function_of_its_class():
    with beam_signatures.remembered():
        bound, _ = core.get_function_args_defaults(Step().process)
        plain, _ = core.get_function_args_defaults(Step.process)

    assert (bound, plain) == (["element", "moment"], ["self", "element", "moment"])


def test_an_answer_that_is_changed_stays_with_who_asked():
    with beam_signatures.remembered():
        names, defaults = core.get_function_args_defaults(times)
        names.clear()
        defaults.clear()

        assert core.get_function_args_defaults(times) == (["number", "factor"], [2])


def test_beam_is_left_as_it_was():
    before = core.get_function_args_defaults

    with pytest.raises(ZeroDivisionError), beam_signatures.remembered():
        raise ZeroDivisionError

    assert core.get_function_args_defaults is before
