"""The columns that enrichers fill, as users see them."""

from __future__ import annotations

import re
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

EMBEDDING_MODEL, EMBEDDING_DIMENSION = "multilingual-e5-small", 384
"""Model of `embedding` (Wang et al., 2024, arXiv:2402.05672), and how many numbers it gives."""


def _column(name: str, kind: pa.DataType, meaning: str) -> pa.Field:
    return pa.field(name, kind, metadata={"meaning": meaning})


_PLACE = pa.struct([
    ("name", pa.string()), ("canonical", pa.string()), ("country", pa.string()),
    ("admin1", pa.string()), ("latitude", pa.float64()), ("longitude", pa.float64()),
    ("geonames_id", pa.int32()), ("feature", pa.string()), ("count", pa.int32()),
    ("offset", pa.int32()),
])  # fmt: skip
_ENTITY = pa.struct([
    ("name", pa.string()), ("type", pa.string()), ("count", pa.int32()), ("offset", pa.int32()),
])  # fmt: skip
_KEYWORD = pa.struct([("term", pa.string()), ("score", pa.float32())])
# No fixed-size list: pyarrow 25 writes a null of one so that it cannot read the file again.
_EMBEDDING = pa.list_(pa.float32())
_SHARES_BEFORE, _SHARES_AFTER = (
    ("mean_word_length", "symbol_word_ratio", "alphabetic_word_share", "stop_word_share",
     "bullet_line_share", "ellipsis_line_share", "terminal_line_share", "short_line_share",
     "duplicate_line_share", "duplicate_line_char_share", "duplicate_paragraph_share",
     "top_bigram_share", "duplicate_ngram_share", "boilerplate_share"),
    ("javascript_line_share", "code_char_share"),
)  # fmt: skip
_QUALITY = pa.struct([
    *((name, pa.float32()) for name in _SHARES_BEFORE),
    ("has_lorem_ipsum", pa.bool_()),
    *((name, pa.float32()) for name in _SHARES_AFTER),
])  # fmt: skip

ENRICHMENT = (
    _column("language_score", pa.float32(), "How certain `language` is, 0 to 1; 0 for `und`; null if it is the declared one."),
    _column("declared_language", pa.string(), "Language that the source or page declares, as its primary BCP 47 subtag in lower case; `und` if none is declared."),
    _column("places", pa.list_(_PLACE), "Places named in title and text, those of the text first: `name` as it is first written, `canonical` as GeoNames has it, `country` (ISO 3166-1 alpha-2), `admin1` (first-level division), `latitude` and `longitude`, `geonames_id`, `feature` (`continent`, `country`, `region`, `capital`, `city`), `count` of mentions, `offset` of the first one in `text` in code points (null if it is in the title only)."),
    _column("countries", pa.list_(pa.string()), "Countries (ISO 3166-1 alpha-2) that the article is about, starting with the one that most of it is about."),
    _column("country_weights", pa.list_(pa.float32()), "How much of what the article says of countries speaks for each of `countries`, 0 to 1, in the same order. They add up to less than 1 where a single small place was not enough to name its country."),
    _column("entities", pa.list_(_ENTITY), "Persons, organisations and other names: `type` is `person`, `organisation`, `place` or `other`; `count` of mentions; `offset` as in `places`. Needs `--entities`; English only."),
    _column("keywords", pa.list_(_KEYWORD), "Up to ten terms, the most important first; its score is 1."),
    _column("embedding", _EMBEDDING, "Title and lead as a vector of 384 numbers and unit length: the more alike two articles are, in whatever languages, the higher their cosine. Needs `--enrich embedding`; [the file's metadata](#the-files) names the model."),
    _column("tone", pa.float32(), "Tone of title and lead, -1 (negative) to 1; English only."),
    _column("quality", _QUALITY, "Signals that say how much the text is like prose: [enrichment.md](enrichment.md#quality) explains each of them."),
    _column("quality_score", pa.float32(), "0 (menu, list, machine output) to 1 (prose)."),
    _column("sentence_count", pa.int32(), "Sentences in `text`."),
    _column("reading_time_s", pa.int32(), "Seconds that it takes to read the text silently."),
    _column("token_count", pa.int32(), "Tokens in the encoding `o200k_base`."),
    _column("enrichers", pa.string(), "Names and versions of the enrichers that filled the row, such as `language 1, tone 1`. If an enricher isn't named, it wasn't run or it failed, and its columns are null."),
)  # fmt: skip
"""All but `language`, which has its place among the older columns."""

FAILURES = pa.list_(
    pa.struct([
        ("enricher", pa.string()), ("cause", pa.string()), ("count", pa.int64()),
        ("example", pa.string()),
    ])
)  # fmt: skip
"""Type of `runs.enrich_failures`."""

_EMBEDDING_VERSION = re.compile(r"(?:^|, )embedding ([^,]+)")

NOTHING: dict[str, Any] = dict.fromkeys(column.name for column in ENRICHMENT)
"""The columns of an article that no enricher has seen."""


def embedding_metadata(data: pa.Table) -> dict[str | bytes, str | bytes]:
    """Returns what a file's metadata says of its embeddings; nothing if it has none.

    The version is that which the rows state in `enrichers`, each once where they differ.
    """
    if "embedding" not in data.column_names or data["embedding"].null_count == len(data):
        return {}
    found = _EMBEDDING_VERSION.findall
    labels = pc.unique(data.column("enrichers")).to_pylist()
    versions = {version for label in labels for version in found(label or "")}
    return {
        "feedlake.embedding_model": EMBEDDING_MODEL,
        "feedlake.embedding_version": ", ".join(sorted(versions)),
        "feedlake.embedding_dimension": str(EMBEDDING_DIMENSION),
    }
