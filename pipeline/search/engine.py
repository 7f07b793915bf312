"""Searches in terms of Tantivy: the fields of its index, and the queries that it answers."""

from __future__ import annotations

import itertools
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any as Anything

import tantivy
import zstandard
from tantivy import FieldType, Occur, Query

from feedlake.pipeline.search.query_language import TEXT_FIELDS, SearchError
from feedlake.pipeline.search.search_nodes import All, Any, Near, Node, Not, Phrase, Token, Value
from feedlake.pipeline.search.words import to_indexed
from feedlake.transforms.normalize.microseconds import from_microseconds

_ANALYZER = "words"
_TITLE_WEIGHT = 2.0
"""How much more a word of a title says than one of a text."""

_HOURS = float(1 << 20)
"""Hours since 1970 are divided by that for the weight by which Tantivy multiplies a score: a year
makes 0.4 % of it, and an hour is more than what numbers of 32 bits lose. So it decides between
articles that are as good as each other, and hardly between others."""

_US_PER_HOUR = 3_600_000_000
_US_PER_DAY = 24 * _US_PER_HOUR
_LONGEST_WORD = 200
_EPOCH_DAY = date(1970, 1, 1).toordinal()

COLUMNS = (
    *("article_id", "title", "url", "site", "language", "authors", "tags", "text"),
    *("published_at", "fetched_at"),
)
"""What is read of an article, times as microseconds."""


@dataclass(frozen=True)
class Filters:
    """What else must be true of an article.

    Attributes:
        since: First day, by `date`; None: any.
        until: Last day.
        languages: It is in one of these; none: in any.
        sites: It is of one of these; none: of any.
    """

    since: date | None = None
    until: date | None = None
    languages: tuple[str, ...] = ()
    sites: tuple[str, ...] = ()


@dataclass(frozen=True)
class Shown:
    """What is shown of an article that was found.

    Attributes:
        article_id: Its id.
        title: Its title, or None.
        url: Its address, or None.
        site: Its site, or None.
        language: Its language.
        published_at: As in the lake, or None.
        day: Its day, as in the column `date`.
        text: Its text.
    """

    article_id: str
    title: str | None
    url: str | None
    site: str | None
    language: str | None
    published_at: datetime | None
    day: date
    text: str


def make_schema() -> tantivy.Schema:
    """Returns the fields of an index."""
    builder = tantivy.SchemaBuilder()
    for name in TEXT_FIELDS:
        builder.add_text_field(name, tokenizer_name=_ANALYZER)
    for name in ("id", "file", "site", "language"):
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic")
    builder.add_integer_field("time", fast=True)
    builder.add_integer_field("day", fast=True)
    builder.add_unsigned_field("key", fast=True)
    builder.add_float_field("weight", fast=True)
    builder.add_bytes_field("shown", stored=True)
    return builder.build()


def open_engine(schema: tantivy.Schema, folder: str) -> tantivy.Index:
    """Returns the index in a folder, which is made if it is empty.

    Args:
        schema: What `make_schema` gives.
        folder: An existing folder.

    Raises:
        ValueError: What is there is no such index.
    """
    index = tantivy.Index(schema, path=folder)
    whole = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace())
    index.register_tokenizer(
        _ANALYZER, whole.filter(tantivy.Filter.remove_long(_LONGEST_WORD)).build()
    )
    return index


class Documents:
    """Makes the index's documents of rows."""

    def __init__(self) -> None:
        self._compressor = zstandard.ZstdCompressor(level=3)

    def make(self, row: dict[str, Anything], *, file: str) -> tantivy.Document:
        """Returns what is indexed of an article.

        Args:
            row: Its `COLUMNS`; what its file does not have may be missing.
            file: The file of the lake that the row is in.
        """
        title, text, site = row.get("title"), row.get("text") or "", row.get("site")
        language = row.get("language")
        published = row.get("published_at")
        moment = row["fetched_at"] if published is None else published
        document = tantivy.Document()
        document.add_text("id", row["article_id"])
        document.add_text("file", file)
        document.add_text("title", to_indexed(title or ""))
        document.add_text("text", to_indexed(text))
        for name, column in (("author", "authors"), ("tag", "tags")):
            for value in row.get(column) or ():
                document.add_text(name, to_indexed(value))
        if site:
            document.add_text("site", site.lower())
        if language:
            document.add_text("language", language.lower())
        document.add_integer("time", moment)
        document.add_integer("day", moment // _US_PER_DAY)
        document.add_unsigned("key", int(row["article_id"][:16], 16))
        hours = min(max(moment / _US_PER_HOUR, 0.0), _HOURS)
        document.add_float("weight", hours / _HOURS)
        shown = [row["article_id"], title, row.get("url"), site, language, published, moment, text]
        encoded = json.dumps(shown, ensure_ascii=False).encode("utf-8", "surrogatepass")
        document.add_bytes("shown", self._compressor.compress(encoded))
        return document


def read_shown(stored: bytes) -> Shown:
    """Returns what `Documents.make` has stored of an article."""
    content = zstandard.ZstdDecompressor().decompress(stored)
    name, title, url, site, language, published, moment, text = json.loads(
        content.decode("utf-8", "surrogatepass")
    )
    return Shown(
        name,
        title,
        url,
        site,
        language,
        None if published is None else from_microseconds(published),
        from_microseconds(moment).astimezone(UTC).date(),
        text,
    )


def day_of_number(number: float) -> date:
    """Returns the day of a value of the field `day`."""
    return date.fromordinal(_EPOCH_DAY + int(number))


def to_engine(schema: tantivy.Schema, node: Node, filters: Filters) -> Query:
    """Returns a search as Tantivy takes it.

    Args:
        schema: What `make_schema` gives.
        node: The search.
        filters: What else must be true; it doesn't influence scores.
    """
    wanted = _Translator(schema).query(node)
    conditions = [*_conditions(schema, filters)]
    if not conditions:
        return wanted
    silent = [(Occur.Must, Query.const_score_query(one, 0.0)) for one in conditions]
    return Query.boolean_query([(Occur.Must, wanted), *silent])


def _conditions(schema: tantivy.Schema, filters: Filters) -> list[Query]:
    found = []
    for field, values in (("language", filters.languages), ("site", filters.sites)):
        if values:
            lowered = [value.lower() for value in values]
            found.append(Query.term_set_query(schema, field, lowered))
    if filters.since is not None or filters.until is not None:
        first, last = (
            None if day is None else day.toordinal() - _EPOCH_DAY
            for day in (filters.since, filters.until)
        )
        found.append(Query.range_query(schema, "day", FieldType.Integer, first, last))
    return found


@dataclass(frozen=True)
class _Translator:
    schema: tantivy.Schema

    def query(self, node: Node) -> Query:
        match node:
            case Phrase() | Near():
                fields = {node.field: 1.0} if node.field else {"title": _TITLE_WEIGHT, "text": 1.0}
                own = [
                    (Occur.Should, Query.boost_query(self._in_field(node, field), weight))
                    for field, weight in fields.items()
                ]
                return own[0][1] if len(own) == 1 else Query.boolean_query(own)
            case Value(field, value, is_prefix):
                if is_prefix:
                    found = Query.regex_query(self.schema, field, _escape(value) + ".*")
                else:
                    found = Query.term_query(self.schema, field, value, "basic")
                return Query.const_score_query(found, 1.0)
            case Not():
                return self._all((node,))
            case All(parts):
                return self._all(parts)
            case Any(parts):
                return Query.boolean_query([(Occur.Should, self.query(part)) for part in parts])

    def _all(self, parts: Sequence[Node]) -> Query:
        clauses = [
            (Occur.MustNot, self.query(part.part))
            if isinstance(part, Not)
            else (Occur.Must, self.query(part))
            for part in parts
        ]
        if all(isinstance(part, Not) for part in parts):
            every = Query.const_score_query(Query.all_query(), 1.0)
            clauses.append((Occur.Must, every))
        return Query.boolean_query(clauses)

    def _in_field(self, leaf: Phrase | Near, field: str) -> Query:
        if isinstance(leaf, Phrase):
            return self._in_order([(one.place, one) for one in leaf.tokens], field)
        # Each order by itself: where words may change places, Tantivy counts that as distance.
        orders = set(itertools.permutations(leaf.tokens))
        return Query.boolean_query(
            [
                (Occur.Should, self._in_order([*enumerate(order)], field, slop=leaf.distance))
                for order in sorted(orders, key=str)
            ]
        )

    def _in_order(self, tokens: Sequence[tuple[int, Token]], field: str, *, slop: int = 0) -> Query:
        if len(tokens) == 1:
            [(_, token)] = tokens
            if token.is_prefix:
                return Query.regex_query(self.schema, field, _escape(token.text) + ".*")
            return Query.term_query(self.schema, field, token.text)
        if not any(token.is_prefix for _, token in tokens):
            words: list[str | tuple[int, str]] = [(place, token.text) for place, token in tokens]
            return Query.phrase_query(self.schema, field, words, slop)
        patterns: list[str | tuple[int, str]] = [
            (place, _escape(token.text) + (".*" if token.is_prefix else ""))
            for place, token in tokens
        ]
        return Query.regex_phrase_query(self.schema, field, patterns, slop)


def _escape(text: str) -> str:
    """A text as a regular expression for itself."""
    return "".join(f"\\{one}" if one.isascii() and not one.isalnum() else one for one in text)


def explain_refusal(error: ValueError) -> SearchError:
    """Returns what to say when Tantivy refuses a search, which it does for prefixes of too many
    words within phrases."""
    return SearchError(f"the search asks for too much: {error}")
