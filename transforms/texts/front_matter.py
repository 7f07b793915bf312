"""What stands before a text between two lines: its title, date, tags and so on."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple

from feedlake.transforms.normalize.dates import parse_date_value
from feedlake.transforms.normalize.names import find_names
from feedlake.transforms.normalize.text import normalize_line
from feedlake.transforms.records.rights_statement import RightsStatement
from feedlake.transforms.rights.record_rights import read_license, read_notices
from feedlake.transforms.rights.statements import join_statements

MAX_CHARS = 1 << 16
"""Longest front matter; the longest that anyone writes has some kilobytes."""

_OPENING = re.compile(r"(---|\+\+\+)[ \t]*\n")
_CLOSING = {
    "---": re.compile(r"^(?:---|\.\.\.)[ \t]*$", re.M),
    "+++": re.compile(r"^\+\+\+[ \t]*$", re.M),
}
_JSON_START = re.compile(r"\{\s*[\"}]")
_JOINTS = re.compile(r"[\s_-]")
_FIRST_KEY = re.compile(r"(?:[ \t]*(?:#[^\n]*)?\n)*[\w\"'.-]{1,60}[ \t]*[:=](?:[ \t\n]|\Z)")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")

# The names that generators of sites and editors give to these fields, the strongest first.
_TITLE = ("title", "headline")
_DATE = ("date", "published", "publishdate", "pubdate", "publishedat", "datepublished", "datetime")
_CREATED = ("created", "createdat")
_UPDATED = ("lastmod", "updated", "modified", "lastmodified", "lastmodifiedat", "updatedat")
_AUTHORS = ("authors", "author", "byline")
_TAGS = ("tags", "tag", "keywords", "categories", "category")
_URL = ("canonicalurl", "canonical", "url", "permalink", "link", "source")
_LANGUAGE = ("lang", "language", "locale")
_EXCERPT = ("description", "summary", "excerpt")
_IMAGE = ("image", "cover", "coverimage", "featuredimage", "thumbnail")
_SITE = ("sitename", "publication", "publisher", "site")
_LICENSE = ("license", "licence")
_NOTICES = ("copyright", "rights")
_ADDRESS = re.compile(r"https?://[^\s]+", re.I)
_MAX_WORDS_CHARS = 100


class FrontMatterError(Exception):
    """What stands there is none that can be read; the message says why."""


@dataclass(frozen=True)
class FrontMatter:
    """What a text says of itself.

    The fields are those of `Document`.
    """

    url: str | None = None
    title: str | None = None
    authors: tuple[str, ...] = ()
    published_at: datetime | None = None
    published_text: str | None = None
    updated_at: datetime | None = None
    language: str | None = None
    site_name: str | None = None
    tags: tuple[str, ...] = ()
    image_url: str | None = None
    excerpt: str | None = None
    rights: tuple[RightsStatement, ...] = ()
    extra: str | None = None


@dataclass
class _Fields:
    """Fields by their names in lower case and without joints; what is taken is no `extra`."""

    values: dict[str, Any]
    taken: set[str] = field(default_factory=set)

    def find(self, names: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
        """Yields those that there are."""
        own = {_JOINTS.sub("", name).casefold(): name for name in reversed(self.values)}
        for name in names:
            if name in own and self.values[own[name]] not in (None, "", [], {}):
                yield own[name], self.values[own[name]]

    def line(self, names: tuple[str, ...]) -> str | None:
        """The first that is a line of text."""
        for name, value in self.find(names):
            line = normalize_line(_string(value))
            if line:
                self.taken.add(name)
                return line
        return None

    def address(self, names: tuple[str, ...]) -> str | None:
        """The first that is a whole address, or an object with one."""
        for name, value in self.find(names):
            inner = value
            if isinstance(value, Mapping):
                inner = next((value[key] for key in ("url", "src", "image") if key in value), None)
            if _ADDRESS.fullmatch(_string(inner) or ""):
                self.taken.add(name)
                return _string(inner)
        return None

    def moment(self, names: tuple[str, ...]) -> tuple[datetime | None, str | None]:
        """The first that is a date, and its own words; else the words of the first."""
        words = None
        for name, value in self.find(names):
            text = value.isoformat() if isinstance(value, date) else _string(value)
            moment = parse_date_value(text)
            if moment is not None:
                self.taken.add(name)
                return moment, _shorten(text)
            words = words or _shorten(text)
        return None, words

    def words(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """All that they list, each once."""
        found: dict[str, None] = {}
        for name, value in self.find(names):
            items = value if isinstance(value, list) else (_string(value) or "").split(",")
            lines = [line for item in items if (line := normalize_line(_string(item)))]
            found |= dict.fromkeys(lines)
            if lines:
                self.taken.add(name)
        return tuple(found)

    def people(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """The names in the first that has some."""
        for name, value in self.find(names):
            items = value if isinstance(value, list) else [value]
            lines = [_string(one.get("name") if isinstance(one, Mapping) else one) for one in items]
            people = find_names(line for line in lines if line)
            if people:
                self.taken.add(name)
                return people
        return ()

    def rights(
        self, names: tuple[str, ...], read: Callable[[object], tuple[RightsStatement, ...]]
    ) -> tuple[RightsStatement, ...]:
        """All that they say about rights."""
        said: list[RightsStatement] = []
        for name, value in self.find(names):
            if statements := read(value):
                self.taken.add(name)
                said += statements
        return tuple(said)


def begins_with_front_matter(text: str) -> bool:
    """Returns whether a text begins with a line that opens front matter, which has fields and ends.

    Args:
        text: Its first characters.
    """
    block = _find_block(text[:MAX_CHARS])
    return block is not None and _FIRST_KEY.match(block.content) is not None


def split_front_matter(text: str) -> tuple[dict[str, Any], str]:
    """Returns the fields of a text, if it begins with some, and the text without them.

    Args:
        text: The text, with LF at the ends of lines.

    Raises:
        FrontMatterError: It begins with what should be fields, and can't be read.
    """
    head = text[:MAX_CHARS]
    block = _find_block(head)
    if block is None:
        return _read_json(head, text) if _JSON_START.match(head) else ({}, text)
    fields = (_read_yaml if block.mark == "---" else _read_toml)(block.content)
    if fields is None:
        return {}, text
    if not isinstance(fields, dict):
        raise FrontMatterError("no fields with names")
    return {str(name): value for name, value in fields.items()}, text[block.end :]


def read_fields(fields: Mapping[str, Any]) -> FrontMatter:
    """Returns what fields say of an article; those that say something else are in `extra`."""
    inner = fields.get("taxonomies")
    found = _Fields({**(inner if isinstance(inner, Mapping) else {}), **fields})
    published_at, words = found.moment(_DATE)
    if published_at is None:
        created_at, created = found.moment(_CREATED)
        published_at, words = (created_at, created) if created_at else (None, words or created)
    front = FrontMatter(
        url=found.address(_URL),
        title=found.line(_TITLE),
        authors=found.people(_AUTHORS),
        published_at=published_at,
        published_text=words,
        updated_at=found.moment(_UPDATED)[0],
        language=found.line(_LANGUAGE),
        site_name=found.line(_SITE),
        tags=found.words(_TAGS),
        image_url=found.address(_IMAGE),
        excerpt=found.line(_EXCERPT),
        rights=join_statements(
            found.rights(_LICENSE, read_license), found.rights(_NOTICES, read_notices)
        ),
    )
    rest = {name: value for name, value in fields.items() if name not in found.taken}
    return FrontMatter(**{**vars(front), "extra": _dump(rest)})


def day_in_name(name: str) -> str | None:
    """Returns the day with which the name of a file begins, as in `2026-03-15-ferry.md`."""
    found = _DAY.match(name)
    return found[0] if found and name[found.end() : found.end() + 1] in ("-", "_", " ") else None


class _Block(NamedTuple):
    """What stands between two marks: where the text behind it begins."""

    mark: str
    content: str
    end: int


def _find_block(head: str) -> _Block | None:
    opening = _OPENING.match(head)
    if opening is None:
        return None
    closing = _CLOSING[opening[1]].search(head, opening.end())
    if closing is None:
        return None
    content = head[opening.end() : closing.start()]
    return _Block(opening[1], content, min(closing.end() + 1, len(head)))


def _read_yaml(text: str) -> Any:
    # Only children read Markdown, and this process need not import what reads YAML.
    import yaml

    class Loader(yaml.BaseLoader):  # type: ignore[misc]
        """Reads each value as text, as it is written: `no` is Norwegian, and 12:30 no number."""

        def compose_node(self, parent: Any, index: Any) -> Any:
            if self.check_event(yaml.AliasEvent):  # Ten lines of them stand for gigabytes.
                raise yaml.YAMLError("an alias of another value")
            return super().compose_node(parent, index)

    try:
        return yaml.load(text, Loader)
    except yaml.YAMLError as error:
        raise FrontMatterError(f"no YAML: {normalize_line(str(error))}") from error
    except RecursionError as error:
        raise FrontMatterError("no YAML: nested too deep") from error


def _read_toml(text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except (RecursionError, ValueError) as error:  # Also a date that is none.
        raise FrontMatterError(f"no TOML: {error}") from error


def _read_json(head: str, text: str) -> tuple[dict[str, Any], str]:
    try:
        fields, end = json.JSONDecoder().raw_decode(head)
    except (ValueError, RecursionError) as error:
        raise FrontMatterError(f"no JSON: {error}") from error
    return fields, text[end:]


def _string(value: object) -> str | None:
    if isinstance(value, bool):
        return None
    return str(value) if isinstance(value, str | int | float | date) else None


def _shorten(text: str | None) -> str | None:
    return (normalize_line(text) or "")[:_MAX_WORDS_CHARS] or None


def _dump(fields: Mapping[str, Any]) -> str | None:
    if not fields:
        return None
    text = json.dumps(fields, ensure_ascii=False, default=str, sort_keys=True)
    if "NaN" in text or "Infinity" in text:  # Perhaps as a number, which JSON has no word for.
        text = json.dumps(json.loads(text, parse_constant=lambda _: None), ensure_ascii=False)
    return text.encode("utf-8", "replace").decode()
