"""What a plugin is: the objects that other packages hand over, and what they may hold."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import KW_ONLY, dataclass
from typing import Any

import pyarrow as pa

from feedlake.transforms.records.subject import Subject

MAX_READ_BYTES = 64 << 20
"""Largest file that a plugin's reader is given: it has the file whole, and its documents too."""

_VERSION = re.compile(r"[\w.+-]{1,40}", re.ASCII)
_FIELD_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
_PLAIN = (
    *(pa.types.is_boolean, pa.types.is_integer, pa.types.is_floating, pa.types.is_string),
    *(pa.types.is_binary, pa.types.is_date32),
)
_TYPES = (
    "booleans, whole numbers, floating-point numbers, string, binary, date32, "
    "timestamp('us', tz='UTC'), and lists and structs of these"
)


class PluginFault(Exception):
    """A plugin is not what it has to be; why, in one sentence."""


@dataclass(frozen=True)
class Enricher:
    """Finds something out about each article: a column of its own.

    Attributes:
        version: Raised with any change of result; rows say by which one they were filled.
        fields: What the column holds, which is a struct of these.
        run: Finds it out: the values by the names of fields, or None if it cannot tell. It runs in
            a child process with limits. If it raises, the column is null.
        is_default: Whether it runs unless `--enrich` says otherwise.
    """

    version: int | str
    _: KW_ONLY
    fields: tuple[pa.Field, ...]
    run: Callable[[Subject], Mapping[str, object] | None]
    is_default: bool = True

    def __post_init__(self) -> None:
        if not _VERSION.fullmatch(str(self.version)):
            raise PluginFault(f"version {self.version!r}: must be a number, or a short word")
        if not self.fields:
            raise PluginFault("fields: there are none")
        for field in self.fields:
            _check_field(field)
        names = [field.name for field in self.fields]
        if len(set(names)) < len(names):
            raise PluginFault("fields: a name is there twice")
        _check_callable(self.run, "run")

    @property
    def type(self) -> pa.DataType:
        """The type of its column."""
        return pa.struct([field.with_nullable(True).remove_metadata() for field in self.fields])


@dataclass(frozen=True)
class Reader:
    """Reads files of a kind of its own. At least one of `magic`, `roots` and `suffixes` says which.

    Attributes:
        version: Of what it makes of a file.
        read: The records in a file, given its bytes, decompressed: mappings with the fields that
            JSON lines have (`text` or `html`, `title`, `url`, `date`…). It runs in a child process
            with limits.
        magic: Bytes that such files begin with.
        roots: Names of the root element, if such files are XML.
        suffixes: How names of such files end, as `.ext`: they count where the content says no more
            than that the file is text, or nothing.
    """

    version: int | str
    _: KW_ONLY
    read: Callable[[bytes], Iterable[Mapping[str, object]]]
    magic: tuple[bytes, ...] = ()
    roots: tuple[str, ...] = ()
    suffixes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not _VERSION.fullmatch(str(self.version)):
            raise PluginFault(f"version {self.version!r}: must be a number, or a short word")
        for name, kind in (("magic", bytes), ("roots", str), ("suffixes", str)):
            given: object = getattr(self, name)
            if not isinstance(given, tuple) or not all(isinstance(one, kind) for one in given):
                raise PluginFault(f"{name}: must be a tuple of {kind.__name__}")
            if not all(given):
                raise PluginFault(f"{name}: one of them is empty")
        if not (self.magic or self.roots or self.suffixes):
            raise PluginFault("neither magic nor roots nor suffixes says what it reads")
        if not all(suffix.startswith(".") for suffix in self.suffixes):
            raise PluginFault("suffixes: each must begin with a dot")
        _check_callable(self.read, "read")


def _check_field(field: Any) -> None:
    if not isinstance(field, pa.Field):
        raise PluginFault(f"fields: {field!r} is no pyarrow.Field")
    if not _FIELD_NAME.fullmatch(field.name):
        raise PluginFault(
            f"field {field.name!r}: must be lower-case letters, digits and _, a letter first"
        )
    _check_type(field.type, field.name)


def _check_type(kind: pa.DataType, name: str) -> None:
    if pa.types.is_struct(kind):
        for number in range(kind.num_fields):
            _check_field(kind.field(number))
    elif pa.types.is_list(kind):
        _check_type(kind.value_type, name)
    elif kind != pa.timestamp("us", tz="UTC") and not any(is_kind(kind) for is_kind in _PLAIN):
        raise PluginFault(f"field {name}: {kind} is none of the types that may be: {_TYPES}")


def _check_callable(function: object, name: str) -> None:
    if not callable(function):
        raise PluginFault(f"{name}: must be a function")
