"""Steps that keep no state with Beam, of which a pipeline is built and started sooner."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import apache_beam as beam


class StatelessFn(beam.DoFn):
    """A DoFn without state and timers of Beam's.

    Beam looks for those in the signatures of all methods that `dir` names, some forty, and eight
    times for each step, before a pipeline has begun: 80 of the 900 ms of CPU that a run over one
    page took in its own process (measured 2026-11). Here `dir` names none.
    """

    def __init_subclass__(cls) -> None:
        """Refuses a class in which Beam would have found some.

        Raises:
            TypeError: One of its methods has state or a timer as a parameter.
        """
        super().__init_subclass__()
        for name, member in vars(cls).items():
            for default in getattr(member, "__defaults__", None) or ():
                if isinstance(default, beam.DoFn.StateParam | beam.DoFn.TimerParam):
                    raise TypeError(f"{cls.__name__}.{name} has state: derive it from beam.DoFn")

    def __dir__(self) -> list[str]:
        return []


class _CallFn(StatelessFn):
    def __init__(self, function: Callable[..., Iterable[Any]]) -> None:
        self._function = function

    def default_type_hints(self) -> None:
        """What `process` takes says nothing about what the function takes."""

    def infer_output_type(self, input_type: Any) -> Any:
        """Anything: Beam would look for it in the bytecode of `process`."""
        return beam.typehints.Any

    def process(self, element: Any, *given: Any, **named: Any) -> Iterable[Any]:
        return self._function(element, *given, **named)


class _CallForOneFn(_CallFn):
    def process(self, element: Any, *given: Any, **named: Any) -> Iterable[Any]:
        return (self._function(element, *given, **named),)


def flat_map(function: Callable[..., Iterable[Any]], *given: Any, **named: Any) -> beam.ParDo:
    """Returns the step that `beam.FlatMap` is, but for types: they are what the step is told.

    Args:
        function: Takes an element and the other arguments, and gives what comes of it.
        given: Further arguments, side inputs too.
        named: The same by name.
    """
    step = beam.ParDo(_CallFn(function), *given, **named)
    step.label = f"FlatMap({function.__name__})"
    return step


def map_one(function: Callable[..., Any], *given: Any, **named: Any) -> beam.ParDo:
    """Returns the step that `beam.Map` is, but for types: they are what the step is told.

    Args:
        function: Takes an element and the other arguments, and gives the one that comes of it.
        given: Further arguments, side inputs too.
        named: The same by name.
    """
    step = beam.ParDo(_CallForOneFn(function), *given, **named)
    step.label = f"Map({function.__name__})"
    return step
