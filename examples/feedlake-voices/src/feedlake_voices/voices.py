"""How much of an article is said by others: quotations between double quotation marks."""

from __future__ import annotations

import re

import pyarrow as pa

from feedlake.plugins import Enricher, Subject

_QUOTED = re.compile(r"[\u201c\u201e\"]([^\u201c\u201d\u201e\"]{1,2000})[\u201c\u201d\"]")


def count_voices(subject: Subject) -> dict[str, object] | None:
    """Returns how many quotations a text has and their share of it; None for an empty text."""
    if not subject.text:
        return None
    quoted = _QUOTED.findall(subject.text)
    return {
        "quotations": len(quoted),
        "share": sum(map(len, quoted)) / len(subject.text),
        "longest": max(quoted, key=len, default=None),
    }


VOICES = Enricher(
    1,
    fields=(
        pa.field("quotations", pa.int32()),
        pa.field("share", pa.float32()),
        pa.field("longest", pa.string()),
    ),
    run=count_voices,
)
