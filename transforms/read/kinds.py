"""What a source is: decided by its first bytes, its name only where they leave it open."""

from __future__ import annotations

import json
import mimetypes
import posixpath
import re
from dataclasses import dataclass

from feedlake.transforms.archives.arc_records import MAGIC
from feedlake.transforms.archives.tar_members import begins_tar
from feedlake.transforms.normalize.charset import detect_encoding
from feedlake.transforms.normalize.xml_tags import find_wrapped_feed
from feedlake.transforms.records.documents import SourceKind
from feedlake.transforms.texts.front_matter import begins_with_front_matter
from feedlake.transforms.texts.read_mail import begins_mail

HEAD_BYTES = 65_536
"""How much of a source decides its kind: prologues with long comments or licences fit."""

# Formats that people keep beside their seeds; named so that the message can name them.
_BINARY_MAGIC = (
    (b"%PDF-", "PDF"),
    (b"\x89PNG\r\n", "PNG image"),
    (b"\xff\xd8\xff", "JPEG image"),
    (b"GIF8", "GIF image"),
    (b"\xd0\xcf\x11\xe0", "office document"),
    (b"7z\xbc\xaf\x27\x1c", "7-Zip archive"),
    (b"\x7fELF", "program"),
    (b"SQLite format 3\x00", "SQLite database"),
)
_SUFFIX_KINDS: dict[str, SourceKind] = {
    ".html": "html",
    ".htm": "html",
    ".xhtml": "html",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "jsonl",
    ".csv": "csv",
    ".tsv": "csv",
    ".tab": "csv",
    ".warc": "warc",
    ".parquet": "parquet",
    ".tar": "tar",
    ".eml": "mail",
    ".mbox": "mail",
    **dict.fromkeys((".md", ".markdown", ".mdown", ".mkd", ".mkdn"), "markdown"),
}
# How files begin that are ZIP archives for their programs alone, with which file first or under
# which names: office documents, e-books, programs.
_FORMATS_IN_ZIP = re.compile(rb"mimetype|\[Content_Types\]\.xml|(?:META-INF|_rels|docProps)/")
_SUFFIXES_OF_ZIP = frozenset(
    ".docx .docm .dotx .xlsx .xlsm .pptx .pptm .odt .ods .odp .epub .jar .war .apk .whl .xpi .kmz"
    " .key .pages .numbers".split()
)
_NAME_IN_ZIP = 30
"""Where the name of the first file begins (APPNOTE.TXT 6.3.10, section 4.3.7)."""
_FRONT_MATTER = ("---", "+++")
_TEXT_SUFFIXES = ("", ".txt", ".text")
_COMPRESSION_SUFFIXES = (".gz", ".bz2", ".xz", ".zst", ".zstd")
# The built-in table alone: the files of the machine would make the answer depend on it. The
# type added is in the tables of later Pythons only.
_TYPES_BY_NAME = mimetypes.MimeTypes()
_TYPES_BY_NAME.add_type("text/x-rst", ".rst")
# Atomic groups: what has matched is not tried in other ways, which could take for ever.
_PROLOGUE = re.compile(
    r"(?>(?:<\?[^>]*>|<!--.*?-->|<!DOCTYPE(?>[^>\[]*)(?:\[.*?\]\s*+)?>|\s++)*)", re.S | re.I
)
_ROOT = re.compile(r"<(?:([A-Za-z_][\w.-]*):)?([A-Za-z_][\w.-]*)")
# Control characters that no text holds. Escape is none of them: terminal logs and ISO 2022 have it.
_ODD = re.compile("[\x01-\x08\x0e-\x1a\x1c-\x1f\ufffd]")
_JSON_FEED = re.compile(
    r'"version"\s*:\s*"https?:\\?/\\?/(?:www\.)?jsonfeed\.org\\?/version|"items"\s*:\s*\[\s*[{\]]'
)


@dataclass(frozen=True)
class Unknown:
    """A source that holds no articles.

    Attributes:
        name: What it is, for people: `PDF`, `OPML`, `text/markdown`.
    """

    name: str


def detect_kind(head: bytes, *, path: str) -> SourceKind | Unknown:
    """Returns what a source is.

    Args:
        head: Its first `HEAD_BYTES` bytes, decompressed.
        path: Its path or URL: the suffix settles what the bytes leave open.
    """
    suffix = _suffix(path)
    kind = _kind_of_bytes(head, suffix=suffix)
    if kind is not None:
        return kind
    encoding = detect_encoding(head, is_html=True, is_cut=len(head) >= HEAD_BYTES)
    text = head.decode(encoding, errors="replace").lstrip("\ufeff \t\r\n\x00")
    if text.startswith("<"):
        kind = _kind_of_markup(text)
    elif path and suffix in _TEXT_SUFFIXES and text.startswith(_FRONT_MATTER):
        kind = "markdown" if begins_with_front_matter(text.replace("\r\n", "\n")) else None
    elif path and suffix in _TEXT_SUFFIXES and begins_mail(head):
        kind = "mail"
    elif text.startswith(("{", "[")) and _SUFFIX_KINDS.get(suffix) != "markdown":
        kind = _kind_of_json(text, is_whole=len(head) < HEAD_BYTES, suffix=suffix)
    if kind is None:
        kind = _kind_of_suffix(suffix)
    if kind is not None:
        return kind
    return Unknown("binary data") if _is_binary(text) else "text"


def root_of(head: bytes) -> str | None:
    """Returns the name of the root element, without its prefix; None if this is no markup.

    Args:
        head: The first bytes, decompressed.
    """
    encoding = detect_encoding(head, is_html=True, is_cut=len(head) >= HEAD_BYTES)
    text = head.decode(encoding, errors="replace").lstrip("\ufeff \t\r\n\x00")
    if not text.startswith("<"):
        return None
    prologue = _PROLOGUE.match(text)
    root = _ROOT.match(text, prologue.end() if prologue else 0)
    return root[2] if root else None


def _kind_of_bytes(head: bytes, *, suffix: str) -> SourceKind | Unknown | None:
    if head.startswith(b"PAR1"):
        return "parquet"
    if head.startswith(b"WARC/"):
        return "warc"
    if head.startswith(MAGIC):
        return "arc"
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        if suffix in _SUFFIXES_OF_ZIP or _FORMATS_IN_ZIP.match(head, _NAME_IN_ZIP):
            return Unknown("office document, e-book or program")
        return "zip"
    if begins_tar(head):
        return "tar"
    return next((Unknown(name) for magic, name in _BINARY_MAGIC if head.startswith(magic)), None)


def _kind_of_suffix(suffix: str) -> SourceKind | Unknown | None:
    if suffix in _SUFFIX_KINDS:
        return _SUFFIX_KINDS[suffix]
    if suffix in _TEXT_SUFFIXES:
        return None
    named_type, _ = _TYPES_BY_NAME.guess_type("name" + suffix)
    if named_type is None or named_type == "text/plain":
        return None
    return Unknown(named_type)


def _suffix(path: str) -> str:
    stem, suffix = posixpath.splitext(posixpath.basename(path.replace("\\", "/")).lower())
    return posixpath.splitext(stem)[1] if suffix in _COMPRESSION_SUFFIXES else suffix


def _kind_of_markup(text: str) -> SourceKind | Unknown | None:
    if find_wrapped_feed(text) is not None:
        return "feed"
    if re.match(r"<!doctype\s+html", text, re.I):
        return "html"
    prologue = _PROLOGUE.match(text)
    root = _ROOT.match(text, prologue.end() if prologue else 0)
    if root is None:
        return None
    name = root[2].lower()
    if name in ("rss", "feed", "rdf", "channel"):
        return "feed"
    if name == "html":
        return "html"
    if name in ("opml", "urlset", "sitemapindex"):
        return Unknown("OPML" if name == "opml" else "sitemap")
    if text.startswith("<?xml"):
        return Unknown(f"XML <{name[:40]}>")
    return "html" if name in ("head", "body") else None


def _kind_of_json(text: str, *, is_whole: bool, suffix: str) -> SourceKind | None:
    if text.startswith("{") and _JSON_FEED.search(text):
        first_line = text.split("\n", 1)[0]
        if not (suffix in (".jsonl", ".ndjson") and _is_json(first_line)):
            return "feed"
    if _SUFFIX_KINDS.get(suffix) == "jsonl":
        return None
    whole = text if text.startswith("[") else text.split("\n", 1)[0]
    if _is_json(whole) or (is_whole and _is_json(text)):
        return "jsonl"
    return "jsonl" if not is_whole and re.match(r'\[\s*\{\s*"', text) else None


def _is_json(text: str) -> bool:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return False
    return isinstance(value, dict) or (
        isinstance(value, list) and bool(value) and all(isinstance(item, dict) for item in value)
    )


def _is_binary(text: str) -> bool:
    """Whether control characters and undecodable bytes make up over a tenth of the head."""
    if text.replace("\n", "").isprintable():
        return False
    return len(_ODD.findall(text)) > len(text) // 10 or text.count("\x00") > len(text) // 4


def import_parquet_readers() -> None:
    """Imports what reads Parquet: once, for all children."""
    from feedlake.transforms.read import parquet_part  # noqa: F401
