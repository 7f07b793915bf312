"""The plugins that are installed: what each is, where it comes from, and what is wrong with it."""

from __future__ import annotations

import importlib.metadata
import re
from collections.abc import Callable, Iterable
from dataclasses import KW_ONLY, dataclass
from functools import cache
from typing import Any, Literal

import pyarrow as pa

from feedlake.transforms.plugins.plugin_kinds import Enricher, PluginFault, Reader

Kind = Literal["enricher", "reader", "notifier"]
KINDS: tuple[Kind, ...] = ("enricher", "reader", "notifier")

PREFIX = "x_"
"""What the names of columns and of kinds of sources begin with that are a plugin's."""

_NAME = re.compile(r"[a-z][a-z0-9_]{0,40}")


@dataclass(frozen=True)
class Plugin:
    """One entry point of another package's.

    Attributes:
        kind: What it is.
        name: As the entry point has it; without the `x_` that columns add.
        distribution: The package that brings it, and its version, as `feedlake-mood 1.2`.
        place: Where in that package it is, as `feedlake_mood.mood:MOOD`.
        fault: Why it is not used, as a sentence; None if it is.
        found: The object; None if it is not used.
    """

    kind: Kind
    _: KW_ONLY
    name: str
    distribution: str
    place: str
    fault: str | None
    found: Any

    @property
    def version(self) -> str:
        """What the object says of its version; empty if it says nothing."""
        return str(getattr(self.found, "version", ""))


@cache
def find_plugins(kind: Kind) -> tuple[Plugin, ...]:
    """Returns the plugins of a kind, by name, those not used among them; imports them.

    Args:
        kind: Which.
    """
    return _find(kind, None)


@cache
def find_one(kind: Kind, name: str) -> Any:
    """Returns the object of one plugin, without importing others.

    Args:
        kind: What it is.
        name: Its name, with `x_`.

    Raises:
        PluginFault: It is not installed here, or not used.
    """
    for plugin in _find(kind, name.removeprefix(PREFIX)):
        if plugin.fault is None:
            return plugin.found
        raise PluginFault(plugin.fault)
    raise PluginFault(f"the {kind} {name} is not installed here")


def are_installed(kind: Kind) -> bool:
    """Returns whether there is any plugin of a kind, used or not, without importing it.

    Args:
        kind: Which.
    """
    return bool(_entry_points(kind))


def _entry_points(kind: Kind) -> importlib.metadata.EntryPoints:
    points: importlib.metadata.EntryPoints = _all_entry_points().select(group=f"feedlake.{kind}s")
    return points


@cache
def _all_entry_points() -> Any:
    """Those of all packages; to find some of them takes as long, since a file of each is read.

    What they come in differs between Python 3.11 and 3.12; both can `select`.
    """
    return importlib.metadata.entry_points()


def _find(kind: Kind, name: str | None) -> tuple[Plugin, ...]:
    wanted = [point for point in _entry_points(kind) if name in (None, point.name)]
    found: list[Plugin] = []
    for point in sorted(wanted, key=lambda one: (one.name, _distribution(one), one.value)):
        if found and found[-1].name == point.name and found[-1].place == point.value:
            continue  # A package that is found twice, as in an editable install.
        is_taken = any(other.name == point.name and other.fault is None for other in found)
        found.append(_load(kind, point, is_taken=is_taken))
    return tuple(found)


def used(kind: Kind) -> dict[str, Any]:
    """Returns the objects of those plugins of a kind that are used, by `x_` and name."""
    return {
        PREFIX + plugin.name: plugin.found for plugin in find_plugins(kind) if plugin.fault is None
    }


def enrichers() -> dict[str, Enricher]:
    """Returns the enrichers that plugins bring, by `x_` and name, sorted."""
    return used("enricher")


def readers() -> dict[str, Reader]:
    """Returns the readers that plugins bring, by `x_` and name, sorted."""
    return used("reader")


def columns_of(names: Iterable[str]) -> tuple[pa.Field, ...]:
    """Returns the columns of plugins' enrichers.

    Args:
        names: Of enrichers; ours have columns of their own, and are left out.
    """
    own = [name for name in names if name.startswith(PREFIX)]
    found = enrichers() if own else {}
    return tuple(pa.field(name, found[name].type) for name in own)


def describe_faults() -> list[str]:
    """Returns a sentence for each plugin that is not used."""
    return [
        f"the {plugin.kind} {plugin.name} of {plugin.distribution} isn't used: {plugin.fault}"
        for kind in KINDS
        for plugin in find_plugins(kind)
        if plugin.fault is not None
    ]


def _load(kind: Kind, point: importlib.metadata.EntryPoint, *, is_taken: bool) -> Plugin:
    found, fault = None, None
    try:
        if not _NAME.fullmatch(point.name):
            raise PluginFault("its name must be lower-case letters, digits and _, a letter first")
        if is_taken:
            raise PluginFault("another package has one of this name")
        found = point.load()
        _CHECKS[kind](found)
    except PluginFault as error:
        fault = str(error)
    # The border to code that is not ours: whatever it does when it is imported must not end the
    # command, which may not even need it. What was raised is told, by `feedlake plugins`, too.
    except (Exception, SystemExit) as error:
        fault = f"{type(error).__name__}: {error}".removesuffix(": ")
    return Plugin(
        kind,
        name=point.name,
        distribution=_distribution(point),
        place=point.value,
        fault=fault,
        found=found if fault is None else None,
    )


def _is_enricher(found: object) -> None:
    if not isinstance(found, Enricher):
        raise PluginFault("it must be a feedlake.plugins.Enricher")


def _is_reader(found: object) -> None:
    if not isinstance(found, Reader):
        raise PluginFault("it must be a feedlake.plugins.Reader")


def _is_notifier(found: object) -> None:
    if not callable(found):
        raise PluginFault("it must be a function that takes an account")


_CHECKS: dict[Kind, Callable[[object], None]] = {
    "enricher": _is_enricher,
    "reader": _is_reader,
    "notifier": _is_notifier,
}


def _distribution(point: importlib.metadata.EntryPoint) -> str:
    own = point.dist
    return f"{own.name} {own.version}" if own is not None else "an unknown package"
