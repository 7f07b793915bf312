"""The export's description for people, in Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterator

from feedlake.pipeline.export.croissant import meaning_of
from feedlake.pipeline.export.describe import (
    DataFile,
    Described,
    Listed,
    cite,
    title_of,
    version_of,
)
from feedlake.transforms.normalize.text import normalize_line

_MAX_SHOWN = 50
"""Rows of a table; `croissant.json` has more of them."""

_MAX_CELL_CHARS = 200
_MARKUP = re.compile(r"([\\`*_{}\[\]<>#|~&!])")


def datasheet_text(described: Described, file: DataFile) -> str:
    """Returns the description.

    Args:
        described: The export.
        file: The file with the articles.
    """
    return "\n".join(_lines(described, file)) + "\n"


def _lines(described: Described, file: DataFile) -> Iterator[str]:
    yield f"# {title_of(described)}"
    yield ""
    chosen = "all" if described.condition is None else "those that match the condition below"
    as_of = f"{described.as_of:%Y-%m-%d %H:%M} UTC" if described.as_of else "an unknown time"
    yield (
        f"Articles of the feedlake lake {_cell(described.lake)} as of {as_of}, each in its newest "
        f"version: {chosen}. This is version {version_of(described)}: that of the columns, then "
        "the place of the lake's newest run, then 0. `croissant.json` says the same to programs."
    )
    if described.condition is not None:
        yield ""
        yield from _block(described.condition)
    yield from _section("Files")
    yield "| file | bytes | SHA-256 |"
    yield "|---|---|---|"
    yield f"| {file.name} | {file.size_bytes:,} | `{file.sha256}` |"
    yield from _section("Counts")
    yield "| what | number |"
    yield "|---|---|"
    for what, count in (
        ("articles", described.articles),
        ("of these in a later version than the first", described.revised),
        ("sites", described.sites.total),
        ("sources", described.sources.total),
        ("runs that wrote them", len(described.runs) + described.older_runs),
    ):
        yield f"| {what} | {count:,} |"
    yield from _section("Rights")
    yield (
        f"A licence is stated for {described.with_license:,} of the articles, and "
        f"{described.reserved:,} are reserved from text and data mining. Each article's own "
        "statements are in the column `rights`; where nothing is stated, nothing is known, and "
        "the texts remain their publishers'."
    )
    if described.unlooked:
        yield (
            f"{described.unlooked:,} articles were written by an older feedlake, which did not "
            "look for rights."
        )
    yield from _table("licence", described.licenses)
    yield from _table("copyright", described.copyrights)
    yield from _section("How to cite")
    yield "Cite an article by its own `authors`, `title`, `site_name` and `url`; all of them as:"
    yield ""
    yield from _block(cite(described))
    yield from _section("Sources")
    yield from _table("source", described.sources)
    yield from _table("site", described.sites)
    yield from _table("language", described.languages)
    yield from _table("where the text stood", described.text_sources)
    yield from _table("what found the text", described.extractors)
    yield from _section("Runs and versions")
    yield "| run | started (UTC) | articles |"
    yield "|---|---|---|"
    for run in described.runs[:_MAX_SHOWN]:
        yield f"| {_cell(run.run_id)} | {run.started_at:%Y-%m-%d %H:%M} | {run.articles:,} |"
    older = described.older_runs + max(0, len(described.runs) - _MAX_SHOWN)
    if older:
        yield f"| {older:,} older runs | | |"
    yield ""
    yield "| program | versions |"
    yield "|---|---|"
    for name, versions in described.versions.items():
        yield f"| {_cell(name)} | {_cell(', '.join(versions))} |"
    yield from _section("Columns")
    yield "| column | meaning |"
    yield "|---|---|"
    for column in described.schema:
        yield f"| `{column.name}` | {meaning_of(column).replace('|', ' or ')} |"


def _section(title: str) -> Iterator[str]:
    yield ""
    yield f"## {title}"
    yield ""


def _table(what: str, listed: Listed) -> Iterator[str]:
    if not listed.counts:
        return
    yield ""
    yield f"| {what} | articles |"
    yield "|---|---|"
    for name, count in listed.counts[:_MAX_SHOWN]:
        yield f"| {_cell(name)} | {count:,} |"
    hidden = listed.counts[_MAX_SHOWN:]
    others = len(hidden) + listed.others
    if others:
        articles = sum(count for _, count in hidden) + listed.other_articles
        yield f"| {others:,} others | {articles:,} |"


def _block(text: str) -> Iterator[str]:
    """A text as it is, whatever is in it."""
    for line in text.splitlines():
        yield f"    {line}"


def _cell(text: str) -> str:
    """A text of somebody else's on one line, its Markdown without effect."""
    line = normalize_line(text) or ""
    short = line if len(line) <= _MAX_CELL_CHARS else f"{line[:_MAX_CELL_CHARS]}…"
    return _MARKUP.sub(r"\\\1", short)
