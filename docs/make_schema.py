"""Writes docs/schema.md, and the columns for `query`, out of the schemas that the code uses.

python docs/make_schema.py
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pyarrow as pa

from feedlake.pipeline.query.views import connect
from feedlake.transforms.dedup.minhash import MINHASH_VERSION
from feedlake.transforms.write.parquet_files import NO_SITE, PARTITION_COLUMNS
from feedlake.transforms.write.schema import SCHEMA_VERSION, TABLES

PAGE = Path(__file__).resolve().parent / "schema.md"
COLUMNS = PAGE.parents[1] / "pipeline" / "query" / "table_columns.tsv"
"""The columns of each table with their types in DuckDB, for those who don't import pyarrow."""

TABLES_MEAN = {
    "articles": "Every article once, in its first accepted version.",
    "revisions": "Later versions of an article. See [duplicates.md](duplicates.md#revisions).",
    "duplicates": "Documents that feedlake dropped as copies of an article. "
    "See [duplicates.md](duplicates.md).",
    "rejects": "Documents, and unreadable parts of sources, that could not become an article.",
    "sources": "One row for each source that a chunk has read or tried to read: a file, a poll of "
    "an address, a robots.txt file. The newest row of an address holds everything that the next "
    "poll needs to know about it.",
    "deferred": "Entries of feeds whose pages couldn't be fetched yet. The newest row of an entry "
    "says whether it still waits. See [scheduling.md](scheduling.md#pages-that-wait).",
    "known": "Entries of polled feeds that added no row because the lake has their article, and "
    "what they were recognised by. Entries that say what they said before aren't here. See "
    "[duplicates.md](duplicates.md#what-is-known-without-reading).",
    "captures": "Where each response that feedlake was given is in the lake's "
    "[archive](archive.md), and what became of each document: only runs with `--archive` add rows.",
    "runs": "One row for each chunk that was published. A command publishes at least one.",
    "amendments": "One row for each column of an article that `feedlake amend` has let say "
    "something else. The view `latest` shows that; `articles` and `revisions` stay as they were. "
    "See [removal.md](removal.md#amending).",
    "removals": "One row for each row that `feedlake remove` or `feedlake retain` took out: hashes "
    "by which feedlake knows it if it comes again, and nothing that it said. See "
    "[removal.md](removal.md).",
}

REASONS = {
    "bad_encoding": "A page declares a compression, but its bytes aren't compressed that way.",
    "bad_http": "An archive holds a page without the HTTP header that says how it was served.",
    "bad_csv": "A row of a table has too many fields or too few, or its quotes don't match.",
    "bad_json": "A line or feed isn't JSON, or is nested too deeply.",
    "bad_response": "The site's answer isn't HTTP.",
    "bad_url": "The address can't be requested: another scheme, no host, a wrong port.",
    "bad_value": "A record holds a value that no program can read: the year 20000, a number of 310 "
    "digits, a WARC-Date that is no moment in UTC.",
    "binary": "The document is supposed to be HTML, but its bytes aren't text.",
    "blocked": "The site refuses access, in general or from this country.",
    "challenge": "The site wants proof that you're human: a CAPTCHA, or a script to run.",
    "connect": "feedlake couldn't connect to the site, or the site closed the connection without "
    "an answer.",
    "consent_wall": "Instead of the page, the site asks for consent to cookies.",
    "content_type": "The page is neither HTML nor plain text, or an archive holds a page that was "
    "declared as something else. `detail` says what it is.",
    "corrupt": "A file or array is damaged or cut off; feedlake read everything before the fault. "
    "Of an archive: a damaged part; feedlake read all records around it.",
    "corrupt_feed": "A feed is damaged or cut off; feedlake read all complete entries before the "
    "fault.",
    "crash": "The page or feed crashed its reader. The run went on without it.",
    "dns": "The host name has no address, or feedlake couldn't look it up.",
    "empty": "The document has no text at all, or the record has neither `text` nor `html`.",
    "encrypted": "A member of a ZIP archive is encrypted.",
    "extractor_error": "The extraction library failed on the page. `detail` has its message.",
    "forbidden_address": "The host's address isn't public, and `--allow-network` doesn't allow it.",
    "host_closed": "feedlake leaves the host alone, because it asked for that or failed to answer "
    "several times.",
    "host_pages": "There are more pages of one host than `--host-pages`; the next runs fetch them.",
    "http_error": "The site answered with an HTTP status of 400 or above.",
    "http_status": "An archive holds a page with an HTTP status below 300 other than 200 or 203.",
    "in_turn": "There are more entries than `--chunk-documents`, or the chunk had been fetching "
    "for as long as `--publish-within` allows; the next chunks fetch them.",
    "javascript_wall": "The page holds nothing but a notice that you need to turn on scripts.",
    "login_wall": "The page holds nothing but a form to log in or an offer to subscribe.",
    "low_quality": "The text is hardly prose: its quality score is below `--min-quality`.",
    "memory": "Reading the page or feed took more than `--max-memory-mb`, or unpacking the file "
    "more than 128 MiB.",
    "missing_record": "An archive of feedlake's own says what became of a page, but the record "
    "that holds the page isn't in it.",
    "missing_secret": "An environment variable that a source's options name is not set.",
    "no_main_text": "The page or feed entry holds nothing that reads like an article.",
    "no_network": "Most of what the run asked failed at once, so it's this machine or its network. "
    "No attempt is counted.",
    "no_time": "The host has had all the time that a run gives one host, or the run was asked to "
    "stop.",
    "not_a_feed": "The document looks like a feed, but in no known format.",
    "not_an_object": "A JSON record is a number, a string or a list, not an object.",
    "not_opml": "The list of feeds isn't OPML.",
    "pdf": "The link leads to a PDF file.",
    "redirect_loop": "The address redirects in a circle.",
    "removed": "You removed this document from the lake, or what was at its address. The row has "
    "neither its address nor its title. See [removal.md](removal.md).",
    "rights_reserved": "The text is reserved from text and data mining, and the run respects that "
    "(`--respect-rights`). `detail` says who reserves it, and how.",
    "robots_txt": "The site's robots.txt disallows the address.",
    "robots_unreachable": "The site's robots.txt answers with a server error, so feedlake may not "
    "ask for anything.",
    "shared_text": "The feed gives the same text for several entries, so that it tells of none of "
    "them.",
    "soft_404": "The page says that it doesn't exist, although its status says that it does.",
    "timeout": "Reading the page or feed took longer than `--timeout`, or the site didn't answer "
    "in time.",
    "tls": "The site's certificate isn't valid, or encryption failed.",
    "too_deep": "An archive lies in an archive that lies in two others.",
    "too_large": "The document is larger than `--max-document-mb`, or the file unpacks to more "
    "than 500 times its size, or all that an archive holds to more than 1,000 times its size.",
    "too_many_redirects": "The address redirects more than ten times.",
    "too_short": "The page's main text is shorter than `--min-chars`, or a feed's text has fewer "
    'than five words of its own ("Comments", "Full story here") and isn\'t a sentence.',
    "truncated": "The body ended before its declared length, or in the middle of its compressed "
    "data; or an archive holds only a part of the page (HTTP status 206).",
    "unknown_columns": "No column of a table holds texts or pages; `detail` names the columns.",
    "unsupported": "A member of an archive is packed in a way that feedlake doesn't unpack.",
    "unreadable": "The operating system refused to give the file.",
    "reader_failed": "The [plugin](plugins.md#readers) that reads the file failed: see `detail`.",
}
"""All values of `rejects.reason`, `deferred.reason`, and most of `sources.error`; a test compares
the names with those in the code."""

SKIPS = {
    "device": "A device or pipe in a ZIP or tar archive.",
    "link": "A link in a ZIP or tar archive.",
    "not_read": "A file of no kind that holds articles in a ZIP or tar archive.",
    "bad_http": "A `response` record with neither an HTTP response nor a page in it.",
    "content_type": "The response is declared as something other than HTML, and isn't a page.",
    "http_error": "HTTP status 400 or above.",
    "http_status": "Any other HTTP status except 200 and 203, without a page.",
    "not_html": "Declared as HTML or plain text, or not declared, but its first bytes are neither "
    "a page nor prose.",
    "not_http": "A `response` record of another protocol, such as DNS.",
    "redirect": "HTTP status 301, 302, 303, 307 or 308.",
    "robots_txt": "A site's robots.txt.",
}
"""Values of `sources.skipped[].reason`, beside the types of WARC records."""

_VIEWS_MEAN = {
    "latest": "Each article in its newest version, as `feedlake amend` has amended it: the columns "
    "of `articles`, and `revision`, which is 0 if the first version is still the newest, and "
    "`revision_reason`.",
    "clusters": "Articles and duplicates with the group of near-duplicates that they belong to. If "
    "a later document has connected groups, they are one group here, under the smallest of their "
    "ids.",
    "waiting": "Entries whose pages still wait for a later run, one row each, as they stand now; "
    "`deferred` has every attempt.",
    "files": "The lake's own files at the instant of the query, as its journal has them: how many "
    "there are, and what they take on disk.",
}
_VIEW_COLUMNS = {
    "article_id": ("The document's id.", "string", False),
    "original_id": (
        "For a duplicate, the id of the article that it repeats; otherwise its own.",
        "string",
        False,
    ),
    "is_article": (
        "Whether the row comes from `articles`, not from `duplicates`.",
        "boolean",
        False,
    ),
    "cluster_id": ("Id of the group, the same for all its documents.", "string", False),
    "revision": ("Number of the version; 0 for the one in `articles`.", "int32", False),
    "revision_reason": ("As in `revisions`; null for the version in `articles`.", "string", True),
    "table_name": ("The table that the file belongs to.", "string", False),
    "path": ("Its path below the lake.", "string", False),
    "rows": ("Rows in it.", "int64", False),
    "size_bytes": ("Its size.", "int64", False),
}
"""Columns of the views that mean something else than in `articles`: meaning, type, null."""

_INTRO = f"""\
<!-- Written by docs/make_schema.py: change the code, then run it again. -->
# The tables of a lake

This page is generated from the schemas that the code uses to write. All times are in UTC. If a
column isn't nullable, it never holds a null.

The version of the columns is {SCHEMA_VERSION}, that of the near-duplicate signatures
{MINHASH_VERSION}.

## Where the files are

```
lake/
  articles/date=2026-03-14/<run>-0000.parquet
  revisions/date=2026-03-14/…
  duplicates/run_date=2026-03-15/…
  rejects/run_date=2026-03-15/…
  sources/run_date=2026-03-15/…
  deferred/run_date=2026-03-15/…
  known/run_date=2026-03-15/…
  runs/run_date=2026-03-15/…
  removals/run_date=2026-03-15/…
  amendments/run_date=2026-03-15/…
  captures/run_date=2026-03-15/…
  archive/date=2026-03-15/<run>-0000.warc.gz    what was fetched (with --archive)
  _journal/      what each run published: the truth about which files count
  _staging/      files of a run in progress
  _cache/        an index, and more that may be deleted at any time
  _quarantine/   damaged files that `feedlake compact --quarantine` has set aside
```

Folders whose names begin with `_` hold no rows. Readers that follow Hive's conventions skip them.

- `date` is the day of `published_at` in UTC, or of `fetched_at` if `date_source` is `fetched`.
  Late on March 14th in New York, it is March 15th. For the day that readers saw, add
  [`published_offset_min`](inputs.md#dates).
- `run_date` is the day on which the run started.
- `--partition-by` chooses other columns for `articles` and `revisions`, and `feedlake compact
  --partition-by` [changes them later](operations.md#another-layout):

| `--partition-by` | column in the path |
|---|---|
{{partitions}}

- A column is in the path or in the files, not in both: pandas and pyarrow refuse that
  ([why](decisions/0014-columns-in-path-or-file.md)). So `date` is in the files if the path doesn't
  say `date=`, and every lake has it.
- `by_site` repeats the column `site`, which stays in the files, since it may be null; for documents
  without an address it is `{NO_SITE}`. Filter by `by_site` to read the folder of one site only.
- Each file has every column, all nulls if no enricher filled it.
- A table gets its folder when its first row is written.

## The files

The files are Parquet with statistics and page index, compressed with zstd, but for hashes and
signatures, which no codec makes smaller. Rows are sorted by `published_at` in `articles`,
`revisions` and `duplicates`, and by `source` in `rejects` and `sources`. Row groups hold up to
100,000 rows or 64 MiB before encoding. A chunk writes one file for each partition, unless that
would be too large.

Each file carries this metadata:

| key | value |
|---|---|
| `feedlake.table` | name of the table |
| `feedlake.schema_version` | version of its columns |
| `feedlake.minhash_version` | version of the signatures in `minhash` |
| `feedlake.url_rule_version` | version of the [rule for addresses][rule] that made the ids |
| `feedlake.embedding_model` | name of the model of `embedding`, in files in which a row has one |
| `feedlake.embedding_version` | versions of it, as `enrichers` names them |
| `feedlake.embedding_dimension` | how many numbers an embedding has |

[rule]: operations.md#after-an-update-upgrade

## Versions

`schema_version` goes up whenever a column is added or changes its meaning. Old files stay as they
are until `feedlake compact` gives them the columns that they lack; until then, read old and new
files together [by name](operations.md#older-lakes). In each release, the changelog starts with the
changes to the columns. Before version 1.0 a column may still be renamed or removed; then the
changelog says how to read old files.
"""

_REASONS_HEAD = """\
## Reasons

`rejects.reason` is one of these words. They are stable, so your programs can test them. `detail`
is for people, and may change.

| reason | meaning |
|---|---|
"""

_SKIPS_HEAD = """
## Skipped records

`sources.skipped` counts them by reason. They aren't in any other table, nor in the sums of `runs`.

| reason | meaning |
|---|---|
"""


def render() -> str:
    """Returns the page."""
    partitions = "\n".join(f"| `{word}` | `{name}` |" for word, name in PARTITION_COLUMNS.items())
    parts = [_INTRO.replace("{partitions}", partitions), "## Tables\n"]
    parts += [_render_table(name) for name in TABLES]
    views = "`feedlake query` has four views in addition to the tables."
    parts += [f"## Views\n\n{views}\n", *_render_views()]
    reasons = "\n".join(f"| `{name}` | {meaning} |" for name, meaning in REASONS.items())
    skips = "\n".join(f"| `{name}` | {meaning} |" for name, meaning in SKIPS.items())
    types = (
        "| `warcinfo`, `request`, `metadata`, … | A WARC record of that type; a `resource` or "
        "`conversion` without a page or text. |"
    )
    return "\n".join(parts) + f"\n{_REASONS_HEAD}{reasons}\n{_SKIPS_HEAD}{skips}\n{types}\n"


def render_columns() -> str:
    """Returns a line for each column: table, name and type, with tabs between."""
    lines = []
    with duckdb.connect() as connection:
        for name, table in TABLES.items():
            empty = connection.from_arrow(table.schema.empty_table())
            columns = [*zip(empty.columns, map(str, empty.types), strict=True)]
            if "date" not in empty.columns:
                columns.append(("run_date", "DATE"))
            lines += [f"{name}\t{column}\t{kind}\n" for column, kind in columns]
    return "".join(lines)


def _render_table(name: str) -> str:
    rows = []
    for column in TABLES[name].schema:
        meaning, kind, nullable = _meaning(column)
        rows.append(_row(column.name, kind, nullable, meaning))
    if "date" not in TABLES[name].schema.names:
        meaning = "In the path: see [above](#where-the-files-are)."
        rows.append(_row("run_date", "date", False, meaning))
    head = "| column | type | null | meaning |\n|---|---|---|---|"
    return "\n".join([f"### {name}\n\n{TABLES_MEAN[name]}\n\n{head}", *rows]) + "\n"


def _render_views() -> Iterator[str]:
    tables = {
        view: {column.name: column for column in TABLES[table].schema}
        for view, table in (
            ("latest", "articles"),
            ("clusters", "articles"),
            ("waiting", "deferred"),
        )
    }
    with tempfile.TemporaryDirectory() as folder, connect(folder) as connection:
        for view, about in _VIEWS_MEAN.items():
            described = [row[0] for row in connection.execute(f"DESCRIBE {view}").fetchall()]
            if view == "latest":
                known = TABLES["articles"].schema.names
                described = [name for name in described if name not in known]
            rows = []
            for name in described:
                own = None if view == "waiting" else _VIEW_COLUMNS.get(name)
                meaning, kind, nullable = own or _meaning(tables[view][name])
                rows.append(_row(name, kind, nullable, meaning))
            head = "| column | type | null | meaning |\n|---|---|---|---|"
            yield "\n".join([f"### {view}\n\n{about}\n\n{head}", *rows]) + "\n"


def _meaning(column: pa.Field) -> tuple[str, str, bool]:
    return column.metadata[b"meaning"].decode(), _type(column.type), column.nullable


def _row(name: str, kind: str, nullable: bool, meaning: str) -> str:
    return f"| `{name}` | {kind} | {'yes' if nullable else 'no'} | {meaning} |"


def _type(kind: pa.DataType) -> str:
    if pa.types.is_list(kind):
        return f"list of {_type(kind.value_type)}"
    if pa.types.is_struct(kind):
        return "struct(" + ", ".join(f"{part.name} {_type(part.type)}" for part in kind) + ")"
    if pa.types.is_fixed_size_binary(kind):
        return f"binary({kind.byte_width})"
    if pa.types.is_timestamp(kind):
        return "timestamp, µs, UTC"
    return "date" if pa.types.is_date(kind) else str(kind)


if __name__ == "__main__":
    COLUMNS.write_text(render_columns(), encoding="utf-8")  # First: the page shows views upon them.
    PAGE.write_text(render(), encoding="utf-8")
