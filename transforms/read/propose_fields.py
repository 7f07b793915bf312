"""Which of a file's own fields may be those that it seems to lack, for messages."""

from __future__ import annotations

import re
from collections.abc import Iterable

from feedlake.transforms.normalize.word_tables import WordTables

_NAMES = WordTables("feedlake.transforms.read", "field_names.toml")
_JOINTS = re.compile(r"[\s_.-]+")


def propose_fields(own_names: Iterable[str], missing: Iterable[str]) -> str:
    """Returns the flags that would fit, such as `--field text=body`; empty if none is known.

    Args:
        own_names: The fields of the file.
        missing: feedlake's names of those that it lacks, in the order in which to tell them; `text`
            goes before `html`.
    """
    plain = {_plain(name.rpartition(".")[2]): name for name in reversed(list(own_names))}
    flags: list[str] = []
    for field in missing:
        if field == "html" and flags:
            continue  # There is a text already, which wins.
        known = _NAMES.text(field).split() if field in _NAMES else []
        if "." in plain.get(field, ""):  # The very name, but in an object.
            known = [field, *known]
        own = next((plain.pop(name) for name in known if name in plain), None)
        if own is not None:
            quoted = own if re.fullmatch(r"[\w.-]+", own) else f"'{own}'"
            flags.append(f"--field {field}={quoted}")
    return " ".join(flags)


def _plain(name: str) -> str:
    return _JOINTS.sub("", name).casefold()
