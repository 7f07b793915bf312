"""The table of options: parser, configuration file, its template and the docs all follow it.

To add an option: a row here, a field in the record that its reader takes, and the reader; one of
`ingest` has its type in `pipeline/api/keyword_options.py`, too. Long, as
the table is, but one idea.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from feedlake.pipeline.options import option_kinds as kinds
from feedlake.pipeline.options.option_kinds import Kind, duration, one_of, share, whole

DEFAULT_FILE = "feedlake.toml"
"""The configuration file of a command without `--config`, in the working folder; may be missing."""

DEFAULT_RUNNER = "DirectRunner"
"""What users type for this machine; `beam_options` says what is started for it."""

# Three lists that other modules have too. They take a while to import, and `--help` does without
# them; tests compare the lists.
PARTITIONS = ("date", "date:month", "date:year", "language", "site", "source_kind", "text_source")
FIELDS = (
    *("url", "html", "text", "title", "date", "author", "authors", "language", "source"),
    *("license", "rights", "copyright"),
)
ENRICHERS = (
    *("language", "places", "entities", "keywords", "embedding", "tone", "quality", "counts"),
)

_MIB = 1 << 20


class Command(NamedTuple):
    """A command.

    Attributes:
        name: What one types.
        summary: What it does, in a few words.
        description: The same in sentences, for its own help.
        epilog: What stands below its options.
        page: Where the docs say more.
    """

    name: str
    summary: str
    description: str
    epilog: str = ""
    page: str = ""


class Section(NamedTuple):
    """Options that stand under one heading.

    Attributes:
        title: The heading.
        commands: Those that take the options; none: they stand in tables [[source]].
    """

    title: str
    commands: tuple[str, ...]


@dataclass(frozen=True)
class Option:
    """A row of the table.

    Attributes:
        name: `min-chars` is the flag `--min-chars` and the key `min-chars` of the file. A name
            that begins with `no-` turns off what its field says.
        kind: What its values may be.
        default: What counts if nobody says anything, as TOML has it; None: nothing counts.
        section: The heading that it stands under, which also says what commands take it.
        field: Where it goes: a field of `IngestOptions` or, as in `web.in_flight`, of another
            record; empty: the command reads it itself.
        help: What it does.
        also: Further commands that take it.
        required_by: Commands that need it.
        default_words: What is shown for the default where its value says too little.
        example: A value as TOML, for the file that `init` writes.
        page: Where the docs say more.
        is_positional: Whether it is given by its place on the command line, without its name.
        in_file: Whether it may stand in the configuration file.
        not_with: Another option that excludes it.
        letter: Its short flag, without the hyphen.
    """

    name: str
    kind: Kind
    default: Any
    section: Section
    field: str
    help: str
    also: tuple[str, ...] = ()
    required_by: tuple[str, ...] = ()
    default_words: str = ""
    example: str = ""
    page: str = ""
    is_positional: bool = False
    in_file: bool = True
    not_with: str = ""
    letter: str = ""

    @property
    def commands(self) -> tuple[str, ...]:
        """The commands that take it."""
        return self.section.commands + self.also

    @property
    def is_per_source(self) -> bool:
        """Whether it is about one address, and stands in its table [[source]]."""
        return not self.section.commands

    @property
    def shown(self) -> str:
        """What messages call it on the command line."""
        words = self.kind.metavar.strip("{}").replace(",", "|")
        return words if self.is_positional else f"--{self.name}"

    @property
    def shown_default(self) -> str:
        """The default in words for people; empty if there is none, or nothing to say of it."""
        if self.default_words or self.kind is kinds.FLAG or self.default in (None, [], {}):
            return self.default_words
        return str(self.default)

    def default_value(self) -> Any:
        """Returns the default as a command takes it."""
        return None if self.default is None else self.kind.read_toml(self.default)


COMMANDS = (
    Command(
        "ingest",
        "read sources into a lake",
        "Reads files, folders, globs and web addresses into a lake. feedlake looks at the content "
        "to tell what a source is: plain text, HTML, JSON lines, RSS, Atom, JSON Feed, WARC or "
        "Parquet, each also compressed with gzip, bzip2, xz or zstd; on the web also OPML, "
        "sitemaps, and sites that name their feeds. Documents are published in chunks, each as a "
        "whole or not at all.",
        "Flags after -- go to Beam, as in: --runner FlinkRunner -- --parallelism=8",
    ),
    Command(
        "schedule",
        "read sources into a lake, again and again",
        "Repeats ingest until you stop it. Each address is polled when it is due, and the pages of "
        "its new entries are fetched at once, beside all others; a run, one a minute, publishes "
        "what is ready and reads files that are new. Slow sites hold nobody up. If a run fails, "
        "schedule prints why and goes on with the next one. SIGTERM or Ctrl-C ends it within ten "
        "seconds.",
        "Flags after -- go to Beam.",
    ),
    Command(
        "stream",
        "read feeds into a lake without end, on a runner that streams",
        "Runs one unbounded Beam pipeline until you stop it. Each address has a timer of its own, "
        "each host a queue for its pages, and what is ready is published once a window. The lake "
        "is all that it remembers: after whatever end, the same command goes on. It needs a runner "
        "that streams: Prism, which you build once with go install, or, as an experiment, Flink. "
        "On one machine, feedlake schedule does the same work without a runner. SIGTERM or Ctrl-C "
        "ends it within ten seconds.",
        "Flags after -- go to Beam, as in: --runner PrismRunner -- --prism_location=PATH",
    ),
    Command(
        "feeds",
        "show how feeds are doing; read and write lists of them",
        "Shows for each polled address of a lake when it last succeeded, how often it has failed "
        "since, how many new entries it has a day and how many are usual, and whether it has gone "
        "silent, moved or died. The exit code is 3 if one of them needs a look.",
    ),
    Command(
        "query",
        "ask a lake in SQL",
        "Runs one SQL query (DuckDB) over the tables articles, revisions, duplicates, rejects, "
        "sources, deferred (attempts at pages that later runs try again), known (entries of feeds "
        "that added no row), captures (records of the archive), runs, removals (hashes of what "
        "was removed) and amendments, and the views latest (each article in its newest version, as "
        "it was amended), clusters (articles and duplicates with their near-duplicate group), "
        "waiting (pages that wait now) and files (the lake's own). A query never sees a part of a "
        "run.",
    ),
    Command(
        "search",
        "find articles by their words",
        'Finds articles by words, "phrases", prefix*, NEAR, AND, OR, NOT, parentheses and fields '
        "(title:, text:, author:, tag:, site:, language:), the best first, each in its newest "
        "version. The first search of a lake builds an index, in the lake's _cache; later ones add "
        "what is new. Without words, it only does that.",
        page="docs/search.md",
    ),
    Command(
        "explain",
        "say why an address, id or file is in a lake, or not",
        "Shows what the lake knows of one address, id or file: the article and where its fields "
        "come from, its revisions and what they changed, what it is a copy of, why it was rejected "
        "or waits, which feeds and runs saw it, and what robots.txt says. The exit code is 3 if "
        "the lake knows nothing of it.",
        page="docs/operations.md#why-is-this-here",
    ),
    Command(
        "serve",
        "show a lake in the browser",
        "Serves a lake to browsers on this machine until you stop it: the stories of a day, each "
        "article with where it comes from and what it was copied to, how feeds are doing, what is "
        "missing and why, runs, and SQL. It never changes the lake, and shows what runs publish "
        "meanwhile. Needs the extra serve.",
        page="docs/serve.md",
    ),
    Command(
        "export",
        "write articles and a description of them to a folder",
        "Writes the articles that match a condition, each in its newest version, to a new folder: "
        "as Parquet, JSON lines or CSV, with what they hold, their sources, runs, rights and "
        "checksums in croissant.json (for programs) and datasheet.md (for people). The folder "
        "appears as a whole or not at all. The exit code is 3 if no article matches.",
        page="docs/export.md",
    ),
    Command(
        "report",
        "write a day of a lake, or several, as one page",
        "Writes one HTML file that needs no network and no scripts: the stories of a day, ranked "
        "by how many sites carry them, volume by source and language, a map, tone, what was "
        "copied most, rejects by reason, how feeds are doing, how long runs took, and the size of "
        "the lake, the figures with their SQL. It can be mailed and printed.",
        page="docs/report.md",
    ),
    Command(
        "extract",
        "show the article of one page, without a lake",
        "Shows the text that feedlake finds in one page, and what else it finds out: title, "
        "authors, dates, address, language. It needs no lake and writes none. A page on the web is "
        "fetched as ingest does it: from public addresses only, and if robots.txt allows it. The "
        "exit code is 3 if there is no article; then it says why.",
        page="docs/python.md#one-page",
    ),
    Command(
        "compact",
        "check a lake, or merge its small files",
        "Merges the small files that many runs leave, partition by partition; the rows stay as "
        "they are. Files of an older feedlake get the columns that they lack. With --partition-by "
        "it first moves articles and revisions to other partitions. With --verify it changes "
        "nothing and checks the lake: the files and their checksums against the journal, that no "
        "id occurs twice, and the sums of all runs. The exit code is 1 if it finds a fault.",
    ),
    Command(
        "enrich",
        "bring language, places, tone and the like up to date in a lake",
        "Fills the enrichment columns of articles and revisions anew, after an update of feedlake "
        "or for enrichers that were not run before. Sources are not read again, and all other "
        "columns stay as they are. You can stop it at any time: the same command goes on where it "
        "stopped.",
    ),
    Command(
        "reextract",
        "bring texts up to date from a lake's archive",
        "Extracts the pages in a lake's archive anew, after an update of feedlake that finds more "
        "in them. Where the text of an article's newest version comes out different, it becomes a "
        "revision whose revision_reason is extractor; where it doesn't, nothing is written. Nobody "
        "is asked for anything. You can stop it at any time: the same command goes on.",
        page="docs/archive.md#bringing-texts-up-to-date",
    ),
    Command(
        "upgrade",
        "bring the ids in a lake up to date with this feedlake",
        "A newer feedlake may see that two addresses are the same page. This command makes the ids "
        "in a lake anew from its addresses, in one step that happens wholly or not at all. If two "
        "articles turn out to be one, it says so, and the later one becomes a revision or a copy. "
        "Until it has run, ingest adds nothing to a lake with older ids.",
        page="docs/operations.md#after-an-update-upgrade",
    ),
    Command(
        "remove",
        "take articles out of a lake for good",
        "Removes what is at an address, what has an id, or what a condition in SQL holds for: "
        "articles with all their versions and copies, and the rows that tell of them in rejects, "
        "deferred and known. The files that held them are written anew, in one step that happens "
        "wholly or not at all, and the old ones are deleted. A row of hashes stays in the table "
        "removals, so that no later run brings them back: it rejects them as removed. The exit "
        "code is 3 if there is nothing to remove. Backups and copies of the lake are yours to see "
        "to.",
        page="docs/removal.md",
    ),
    Command(
        "retain",
        "keep only the articles of the last days",
        "Removes the articles whose versions are all older than --days, by the column date, as "
        "remove does: with their copies and what tells of them. So that what a feed still offers "
        "doesn't come back, a row of hashes stays in the table removals, for as long again as "
        "--days, and a year at least. Run it once a day.",
        page="docs/removal.md#by-age",
    ),
    Command(
        "amend",
        "correct what a lake says of an article",
        "Lets columns of an article say something else in the view latest, for this version and "
        "for those to come. What was read stays as it is in articles and revisions; the table "
        "amendments has what was said instead, when and why.",
        page="docs/removal.md#amending",
    ),
    Command(
        "plugins",
        "list enrichers, readers and notifiers that other packages bring",
        "Shows the plugins that are installed: what each is called, which version it has, which "
        "package brings it, and what is wrong with those that aren't used. The exit code is 3 if "
        "there is one of these.",
        page="docs/plugins.md",
    ),
    Command(
        "init",
        "write a configuration file to start from",
        "Writes a configuration file with every key, its default and what it does. An existing "
        "file is left alone, and the exit code is 2.",
    ),
    Command(
        "completion",
        "print what makes a shell complete feedlake's words",
        "Prints a script by which the Tab key completes commands, flags, the words that they take, "
        "and paths.",
        'For bash: eval "$(feedlake completion bash)" in ~/.bashrc. For zsh: feedlake completion '
        "zsh > a file _feedlake in a folder of $fpath. For fish: feedlake completion fish > "
        "~/.config/fish/completions/feedlake.fish",
    ),
)

_INGESTING = ("ingest", "schedule", "stream")
_UPKEEP = ("compact", "enrich", "reextract", "upgrade", "remove", "retain", "amend")
_ON_A_LAKE = ("query", "search", "explain", "export", "serve", "report", *_UPKEEP)
_LAKE = Section("sources and lake", _INGESTING)
_READING = Section("how documents are read", _INGESTING)
_STORING = Section("how documents are stored", _INGESTING)
_ENRICHMENT = Section("enrichment", _INGESTING)
_WEB = Section("addresses on the web", _INGESTING)
_MACHINE = Section("what a run may use", _INGESTING)
_OUTPUT = Section("output", _INGESTING)
_SCHEDULE = Section("repeated runs", ("schedule",))
_STREAM = Section("windows", ("stream",))
_FEEDS = Section("lists of feeds", ("feeds",))
_QUERY = Section("query and answer", ("query",))
_SEARCH = Section("search and filters", ("search",))
_EXPLAIN = Section("what to explain", ("explain",))
_SERVE = Section("server", ("serve",))
_EXPORT = Section("what to export, and how", ("export",))
_REPORT = Section("days and file", ("report",))
_COMPACT = Section("checks and repairs", ("compact",))
_ENRICH = Section("what to enrich", ("enrich",))
_REMOVE = Section("what to remove", ("remove",))
_REEXTRACT = Section("which texts", ("reextract",))
_RETAIN = Section("what to keep", ("retain",))
_AMEND = Section("what to amend", ("amend",))
_COMPLETION = Section("shell", ("completion",))
_EXTRACT = Section("page", ("extract",))
_ONE_ADDRESS = Section("single addresses", ())

_SOURCES_EXAMPLE = """[
    # "feeds.opml",
    # "https://news.example/feed.xml",
    # "/srv/news",
]"""

# A table reads better with several columns on a line.
# fmt: off
OPTIONS = (
    Option("sources", kinds.SOURCES, [], _LAKE, "sources",
           "file, folder, glob, or address of a feed, site, sitemap, OPML file or page. Folders "
           "are read with all that is in them; - is standard input. A list of feeds (OPML, or one "
           "address per line) is followed only if you name the file itself",
           required_by=_INGESTING, is_positional=True, example=_SOURCES_EXAMPLE),
    Option("lake", kinds.FOLDER, None, _LAKE, "lake",
           "folder of the lake, or its URL on a filesystem that Beam knows; ingest and schedule "
           "create it if it does not exist",
           also=("feeds", *_ON_A_LAKE), required_by=(*_INGESTING, *_ON_A_LAKE),
           example='"lake"'),
    Option("reread", kinds.FLAG, False, _LAKE, "reread",
           "read files again even if they have not changed since an earlier run"),
    Option("wait", duration("0s", "1d"), "0s", _LAKE, "wait_s",
           "if another process is writing to the lake, wait for it this long before giving up",
           also=_UPKEEP, page="docs/operations.md#one-writer"),
    Option("accept-clock", kinds.FLAG, False, _LAKE, "accepts_clock",
           "go on although this machine's clock is before the lake's last run, or most documents "
           "are of a later time; without this flag, such a run stops and publishes nothing",
           page="docs/operations.md#clocks"),
    Option("unlocked", kinds.FLAG, False, _LAKE, "is_unlocked",
           "write to a lake that can't be locked, such as one on HDFS; you see to it yourself that "
           "only one process writes",
           also=_UPKEEP, page="docs/object-stores.md#one-writer"),
    Option("config", kinds.FILE, None, _LAKE, "",
           "configuration file, which may hold most flags",
           also=("extract", "feeds", *_ON_A_LAKE, "init"), in_file=False,
           page="docs/configuration.md",
           default_words=f"{DEFAULT_FILE} in the working folder, if it exists"),

    Option("text-mode", one_of("auto", "whole", "lines"), "auto", _READING, "text_mode",
           "plain text: one article per file (whole), one per line (lines), or lines only where "
           "every line begins with the date header (auto)"),
    Option("field", kinds.pairs(*FIELDS), {}, _READING, "fields",
           "your own name for a field of JSON, CSV or Parquet records, such as text=body, or "
           "text=doc.text for one in an object; repeat it for more. NAME is one of "
           f"{', '.join(FIELDS)}",
           example='{text = "body", url = "link"}'),
    Option("min-chars", whole(0, 1_000_000_000), 200, _READING, "min_chars",
           "reject HTML pages whose main text has fewer characters; plain text and what feeds "
           "contain may be as short as they like",
           also=("extract", "reextract")),
    Option("extraction", one_of("fast", "balanced", "thorough"), "balanced", _READING, "extraction",
           "how hard to look for a page's main text: with one extractor (fast), with others if "
           "that one finds little (balanced), or with whichever finds more (thorough)",
           also=("extract", "reextract")),
    Option("earliest-date", kinds.DAY, date(1990, 1, 1), _READING, "earliest_date",
           "do not guess publication dates before this day, by a page's address or its text; dates "
           "that a source states are not affected",
           also=("extract", "reextract")),
    Option("respect-rights", kinds.FLAG, False, _READING, "respects_rights",
           "reject what is reserved from text and data mining: noai in a page's or header's "
           "directives to robots, or a TDM reservation (tdm-reservation: 1)",
           page="docs/inputs.md#rights"),
    Option("max-document-mb", whole(1, 2_000, unit=_MIB), 10, _READING, "max_document_bytes",
           "reject larger documents, measured in MiB after decompression",
           also=("extract", "reextract")),

    Option("near-duplicates", one_of("drop", "keep"), "drop", _STORING, "near_duplicates",
           "what to do with texts that are nearly the same as an earlier one: list them in the "
           "table duplicates only (drop), or store them in articles with the cluster_id of the "
           "first (keep)",
           page="docs/duplicates.md"),
    Option("near-threshold", share(0.5), 0.8, _STORING, "near_threshold",
           "similarity (Jaccard, of word pairs) from which two texts are near-duplicates, 0.5 to "
           "1; below 0.7 some of them are missed"),
    Option("partition-by", kinds.some_of(*PARTITIONS, metavar="COLUMNS"),
           None, _STORING, "partition_by",
           f"columns by which articles are partitioned, one or more of {', '.join(PARTITIONS)}, "
           "with commas between; a lake's first run decides, and compact --partition-by changes "
           "it",
           default_words="as the lake is, or date", example='["date", "language"]',
           page="docs/schema.md#where-the-files-are"),
    Option("chunk-documents", whole(1, 1_000_000), 10_000, _STORING, "chunk_documents",
           "how many documents to publish at a time; a run that is stopped goes on after its last "
           "published chunk when you start it again"),
    Option("history", one_of("index", "join"), None, _STORING, "history",
           "how to find out what the lake already holds: in an index below its _cache (index), or "
           "by a join with its key columns (join)",
           default_words="index if runner and lake are on this machine, otherwise join",
           example='"index"', page="docs/cluster.md#history"),

    Option("enrich", kinds.set_or_some_of(("default", "all", "none"), ENRICHERS),
           "default", _ENRICHMENT, "enrichment.enrich",
           "what to find out about each text: default, all, none, or some of "
           f"{', '.join(ENRICHERS)}, with commas between; embedding needs the extra embeddings; "
           "plugins are called x_ and their name",
           also=("reextract",), default_words="all but entities, keywords and embedding",
           page="docs/enrichment.md"),
    Option("entities", one_of("off", "lead", "full"), "off", _ENRICHMENT, "enrichment.entities",
           "find persons and organisations in English texts: not at all (off), in the title and "
           "the first 1,000 characters (lead), or everywhere (full); needs the extra nlp",
           also=("enrich", "reextract", "search")),
    Option("min-quality", share(0), 0.0, _ENRICHMENT, "enrichment.min_quality",
           "reject texts with a lower quality score, 0 to 1; 0 keeps all"),

    Option("contact", kinds.LINE, None, _WEB, "web.contact",
           "mail address or web page where sites can reach you; sent in the User-Agent",
           example='"editor@news.example"',
           also=("extract",)),
    Option("no-fetch", kinds.FLAG, False, _WEB, "web.fetches_pages",
           "take what feeds contain, and do not fetch the pages of their entries"),
    Option("no-robots", kinds.FLAG, False, _WEB, "web.obeys_robots",
           "do not ask for robots.txt; without this flag feedlake asks for it and obeys it",
           also=("extract",)),
    Option("host-delay", duration("0s", "1h"), "2s", _WEB, "web.host_delay_s",
           "pause between a host's answer and the next request to it; if its robots.txt asks for "
           "a longer one, that counts"),
    Option("host-concurrency", whole(1, 64), 1, _WEB, "web.host_concurrency",
           "requests to one host at the same time"),
    Option("in-flight", whole(1, 1_024), 64, _WEB, "web.in_flight",
           "requests to all hosts at the same time"),
    Option("host-pages", whole(1, 100_000), 100, _WEB, "web.host_pages",
           "pages of one host that a run fetches at most; the next run goes on with the rest"),
    Option("publish-within", duration("1s", "1d"), "2m", _WEB, "web.publish_within_s",
           "publish what there is after polling and fetching for this long, and go on with the "
           "rest in the run's next chunk",
           page="docs/scheduling.md#slow-sites"),
    Option("recheck", duration("1h", "60d"), None, _WEB, "web.recheck_s",
           "ask again for the pages of articles younger than this, so that corrections are seen "
           "although the feed doesn't tell of them",
           default_words="never", example='"3d"', page="docs/scheduling.md#corrections"),
    Option("min-interval", duration("1s", "1d"), "15m", _WEB, "web.min_interval_s",
           "shortest time between two polls of an address in scheduled runs; how often it has "
           "news decides up to a day"),
    Option("max-entries", whole(1, 1_000_000), 2_000, _WEB, "web.max_entries",
           "entries to read from one feed or sitemap at most"),
    Option("sitemap-days", whole(1, 36_500), 7, _WEB, "web.sitemap_days",
           "leave out entries of sitemaps that are older than this many days"),
    Option("allow-network", kinds.NETWORKS, [], _WEB, "web.allow_networks",
           "network that may be asked although it is not public, such as 10.1.0.0/16; repeat it "
           "for more",
           default_words="public addresses only", example='["10.1.0.0/16"]',
           also=("extract",)),
    Option("archive", kinds.FLAG, False, _WEB, "web.is_archived",
           "keep what was fetched (feeds, pages, robots.txt) as WARC files in the lake's folder "
           "archive, so that you can read it again",
           page="docs/archive.md"),

    Option("workers", whole(1, 256), min(os.cpu_count() or 1, 256), _MACHINE, "workers",
           "processes that extract and enrich",
           also=("enrich", "reextract"), default_words="one per core"),
    Option("timeout", whole(1, 86_400, metavar="SECONDS"), 20, _MACHINE, "limits.cpu_s",
           "CPU time that reading one page or feed may take, in seconds, and three times that in "
           "wall time; what takes longer is rejected",
           also=("extract", "reextract")),
    Option("max-memory-mb", whole(1, 1 << 20, unit=_MIB), 1_024, _MACHINE, "limits.memory_bytes",
           "memory that reading one page or feed may take, in MiB; what takes more is rejected",
           also=("extract", "reextract")),
    Option("runner", kinds.NAME, DEFAULT_RUNNER, _MACHINE, "runner",
           "Beam runner; the default runs on this machine, in this process, without network",
           page="docs/cluster.md"),

    Option("json", kinds.FLAG, False, _OUTPUT, "",
           "print the result as JSON",
           also=("extract", "feeds", "explain", "plugins", "enrich", "reextract", "remove",
                 "retain", "amend", "query", "search")),
    Option("quiet", kinds.FLAG, False, _OUTPUT, "",
           "print errors only, and the result if --json is given",
           also=("enrich", "reextract", "search")),

    Option("every", duration("1s", "30d"), "1m", _SCHEDULE, "schedule.every_s",
           "time from the start of one run, which publishes what is ready, to the start of the "
           "next, such as 30s, 1m or 2h; after a run that takes longer, the next one starts at "
           "once"),
    Option("runs", whole(1, 1_000_000_000), None, _SCHEDULE, "schedule.runs",
           "stop after this many runs; the last one waits for all that is due then",
           default_words="until you stop it", example="24"),
    Option("metrics", whole(0, 65_535, metavar="PORT"), None, _SCHEDULE, "",
           "serve counts for Prometheus at this port of the loopback address; 0 takes a free port "
           "and prints it",
           also=("stream",), example="9464"),
    Option("report", kinds.FOLDER, None, _SCHEDULE, "",
           "write report-YYYY-MM-DD.html into this folder for each day (UTC) that has ended",
           also=("stream",), example='"reports"', page="docs/report.md#each-day-by-itself"),
    Option("compact-files", whole(2, 1_000_000), 500, _SCHEDULE, "schedule.compact_files",
           "merge small files when that leaves the lake with more than this many files fewer",
           also=("stream",)),

    Option("window", duration("1s", "1h"), "1m", _STREAM, "stream.window_s",
           "for how long what is ready is collected before it is published"),
    Option("windows", whole(1, 1_000_000_000), None, _STREAM, "stream.windows",
           "stop after this many windows that held anything",
           default_words="until you stop it", example="60"),

    Option("action", one_of("show", "export", "import"), "show", _FEEDS, "",
           "show: how feeds are doing; export: write the lake's feeds as OPML; import: check a "
           "list of feeds and write it as OPML",
           is_positional=True, in_file=False),
    Option("file", kinds.FILE, None, _FEEDS, "",
           "import: the list to read; export: the file to write (standard output if left out)",
           is_positional=True, in_file=False),
    Option("all", kinds.FLAG, False, _FEEDS, "",
           "also show feeds that are doing well",
           in_file=False),

    Option("sql", kinds.SQL, None, _QUERY, "",
           'for example "SELECT title FROM articles"; - reads it from standard input',
           is_positional=True, in_file=False),
    Option("file", kinds.FILE, None, _QUERY, "",
           "read the SQL from this file; - is standard input",
           in_file=False, letter="f"),
    Option("full", kinds.FLAG, False, _QUERY, "",
           "show whole cells, all columns and all rows in a table; without this flag, cells are "
           "cut to three lines",
           in_file=False),
    Option("format", one_of("table", "csv", "csv-safe", "json", "parquet"), "table", _QUERY, "",
           "how to write the answer; csv-safe puts ' before cells that a spreadsheet would run as "
           "formulas",
           also=("search",), in_file=False),
    Option("output", kinds.FILE, None, _QUERY, "",
           "file to write to",
           also=("feeds", "search"), in_file=False, default_words="standard output"),
    Option("partial", kinds.FLAG, False, _QUERY, "",
           "answer from what is there if files of the lake are missing; without this flag, such a "
           "query fails and names them",
           in_file=False),

    Option("words", kinds.SEARCH, None, _SEARCH, "",
           "for example 'inflat* AND bank'",
           is_positional=True, in_file=False),
    Option("since", kinds.DAY, None, _SEARCH, "",
           "only articles of this day or later, by date",
           in_file=False),
    Option("until", kinds.DAY, None, _SEARCH, "",
           "only articles of this day or earlier",
           in_file=False),
    Option("language", kinds.LANGUAGES, [], _SEARCH, "",
           "only articles in this language, or one of these, with commas between",
           in_file=False),
    Option("site", kinds.SITES, [], _SEARCH, "",
           "only articles of this site, or one of these, as the column site has them",
           in_file=False),
    Option("limit", whole(1, 10_000), 20, _SEARCH, "",
           "how many articles to show",
           in_file=False),

    Option("subject", kinds.SUBJECT, None, _EXPLAIN, "",
           "an address, the id of an article, reject or waiting entry, or the path of a file",
           required_by=("explain",), is_positional=True, in_file=False),

    Option("port", whole(0, 65_535, metavar="PORT"), 8_200, _SERVE, "",
           "port of the loopback address; 0 takes a free one", in_file=False),

    Option("where", kinds.CONDITION, None, _EXPORT, "",
           "condition of SQL on the columns of the view latest, for example "
           "\"language = 'en' AND NOT rights_reserved\"",
           in_file=False, default_words="all articles"),
    Option("output", kinds.FOLDER, None, _EXPORT, "",
           "folder to write to; must not exist yet",
           required_by=("export",), in_file=False),
    Option("format", one_of("parquet", "jsonl", "csv"), "parquet", _EXPORT, "",
           "how to write the articles; csv puts ' before cells that a spreadsheet would run as "
           "formulas",
           in_file=False),
    Option("day", kinds.DAY, None, _REPORT, "",
           "the day, UTC, or the last one if there are several",
           in_file=False, default_words="the newest that has articles"),
    Option("days", whole(1, 366), 1, _REPORT, "",
           "how many days, up to that one",
           in_file=False),
    Option("output", kinds.FILE, None, _REPORT, "",
           "file to write to; - is standard output",
           in_file=False, default_words="standard output", letter="o"),

    Option("verify", kinds.FLAG, False, _COMPACT, "",
           "check the lake and change nothing",
           in_file=False),
    Option("quarantine", kinds.FLAG, False, _COMPACT, "",
           "first move damaged files to _quarantine and write off those that are missing; "
           "ingest --reread brings their rows back",
           in_file=False, not_with="verify"),
    Option("partition-by", kinds.some_of(*PARTITIONS, metavar="COLUMNS"), None, _COMPACT, "",
           "first move all articles and revisions to partitions by these columns, such as "
           "date:month; later runs go on with them",
           in_file=False, not_with="verify", default_words="as the lake is",
           page="docs/operations.md#another-layout"),

    Option("where", kinds.CONDITION, None, _REEXTRACT, "",
           "condition in SQL on the columns of the view latest, such as "
           "\"site = 'news.example'\": only these articles",
           in_file=False),

    Option("only", kinds.set_or_some_of(("default", "all", "none"), ENRICHERS), None, _ENRICH, "",
           "enrichers to run, with commas between",
           in_file=False,
           default_words="those that ingest runs by default, and those that a row has already"),
    Option("all", kinds.FLAG, False, _ENRICH, "",
           "also enrich rows that are up to date",
           in_file=False),

    Option("url", kinds.ADDRESS, None, _REMOVE, "",
           "remove what is at this address, and reject whatever comes from there later",
           in_file=False),
    Option("id", kinds.NAME, None, _REMOVE, "",
           "remove the article or copy with this article_id, or what is at the address of a reject "
           "or waiting page with this id",
           in_file=False, not_with="url"),
    Option("where", kinds.CONDITION, None, _REMOVE, "",
           "remove the articles and copies for which this condition holds, in SQL on the columns "
           "of articles, revisions and duplicates, such as \"site = 'example.org'\"",
           in_file=False),
    Option("reason", kinds.WORDS, None, _REMOVE, "",
           "why, in one line; it stays in the table removals or amendments",
           also=("amend",), required_by=("remove", "amend"), in_file=False),
    Option("dry-run", kinds.FLAG, False, _REMOVE, "",
           "show what would be removed, and change nothing",
           also=("retain",), in_file=False),

    Option("days", whole(1, 36_500), None, _RETAIN, "",
           "remove articles all of whose versions are of an earlier day than this many days ago",
           required_by=("retain",), in_file=False),
    Option("where", kinds.CONDITION, None, _RETAIN, "",
           "only those for whose row in articles this condition holds, in SQL, such as "
           "\"source_kind = 'feed'\"",
           in_file=False),

    Option("id", kinds.NAME, None, _AMEND, "",
           "the article, by its article_id",
           required_by=("amend",), in_file=False),
    Option("set", kinds.SETTINGS, None, _AMEND, "",
           "column, and what it is to say, such as title=\"Harbour opens\"; repeat it for more, "
           "also for several authors or tags. Without a value, the column says nothing",
           required_by=("amend",), in_file=False),

    Option("shell", one_of("bash", "zsh", "fish"), None, _COMPLETION, "",
           "the shell that you use",
           required_by=("completion",), is_positional=True, in_file=False),
    Option("page", kinds.PAGE, None, _EXTRACT, "",
           "file with one page or text, or address of one",
           required_by=("extract",), is_positional=True, in_file=False),
    Option("url", kinds.ADDRESS, None, _EXTRACT, "",
           "address that the page in the file came from: with it, links are absolute and the "
           "article has an identity",
           in_file=False, default_words="as the page says"),

    Option("url", kinds.ADDRESS, None, _ONE_ADDRESS, "",
           "address of a feed, site, sitemap, OPML file or page; required",
           example='"https://news.example/feed.xml"'),
    Option("tags", kinds.TAGS, None, _ONE_ADDRESS, "source.tags",
           "added to the tags of its articles",
           example='["local", "economy"]'),
    Option("language", kinds.LANGUAGE, None, _ONE_ADDRESS, "source.language",
           "language of its articles, if the source does not say",
           example='"de"'),
    Option("interval", duration("1s", "30d"), None, _ONE_ADDRESS, "source.interval_s",
           "shortest time between two polls of it in scheduled runs, instead of min-interval; up "
           "to 30d",
           example='"6h"'),
    Option("max-interval", duration("1s", "30d"), None, _ONE_ADDRESS, "source.max_interval_s",
           "longest time between two polls of it in scheduled runs, whatever it asks for (ttl, "
           "Cache-Control)",
           example='"12h"'),
    Option("delay", duration("0s", "1h"), None, _ONE_ADDRESS, "source.delay_s",
           "pause between requests to its host, instead of host-delay; up to 1h",
           example='"5s"'),
    Option("headers", kinds.HEADERS, None, _ONE_ADDRESS, "source.headers",
           "sent with requests to its own site and to no other; no place for secrets",
           example='{ Accept-Language = "de" }'),
    Option("fetch", kinds.FLAG, None, _ONE_ADDRESS, "source.fetches_pages",
           "whether to fetch the pages of its entries (default true)",
           example="false"),
    Option("robots", kinds.FLAG, None, _ONE_ADDRESS, "source.obeys_robots",
           "whether to ask for its robots.txt and obey it (default true)",
           example="false"),
    Option("auth-env", kinds.VARIABLE, None, _ONE_ADDRESS, "source.auth_env",
           "name of the environment variable with user:password for it (basic authentication)",
           example='"FEEDLAKE_NEWS_LOGIN"'),
    Option("cookies-env", kinds.VARIABLE, None, _ONE_ADDRESS, "source.cookies_env",
           "name of the environment variable with the Cookie header for it",
           example='"FEEDLAKE_NEWS_COOKIES"'),
)
# fmt: on

FILE_OPTIONS = {
    option.name: option for option in OPTIONS if option.in_file and not option.is_per_source
}
"""What may stand in the configuration file, before its tables [[source]], by name."""

SOURCE_OPTIONS = {option.name: option for option in OPTIONS if option.is_per_source}
"""What may stand in a table [[source]], by name."""


def options_of(command: str) -> dict[str, Option]:
    """Returns the options that a command takes, by name, in the order of its help.

    Args:
        command: Its name.
    """
    return {option.name: option for option in OPTIONS if command in option.commands}
