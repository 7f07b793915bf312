"""What a link was meant to be: the faults with which feeds write links, undone in one place.

Whoever compares an address and whoever asks for it must mean the same one, so every link of a
feed, a sitemap, a list of feeds or a header goes through here before anything is done with it.
"""

from __future__ import annotations

import html
import re
from urllib.parse import unquote

from feedlake.transforms.normalize.urls import resolve_url

MAX_LINK_CHARS = 100_000
"""Longest link that is read, in Unicode code points; what asks for pages has its own limit."""

_MAX_ESCAPES = 4  # How often a link may have been escaped.

# A link in which nothing can be wrong, as most are.
_PLAIN = re.compile(
    r"https?://(?:[a-z0-9-]+\.)+[a-z][a-z0-9-]+(?::[0-9]{2,4})?"
    r"(?:/[A-Za-z0-9._~!$+,=@%/-]*+(?:\?[A-Za-z0-9._~!$+,=@&/-]*+)?)?"
)
# What XML itself escapes, and characters by number; a name such as `&copy;` may be a parameter.
_REFERENCE = re.compile(r"&(?:amp|lt|gt|quot|apos|#[0-9]{1,7}|#x[0-9a-f]{1,6});", re.IGNORECASE)
_ANCHOR = re.compile(r"<a\s[^<>]*?\bhref\s*=\s*[\"']?([^\"'<>\s]++)", re.IGNORECASE)
_CDATA = re.compile(r"<!\[CDATA\[|\]\]>")
_TAG_AND_REST = re.compile(r"</?[A-Za-z][^<>]*+>.*+|<!--.*+", re.DOTALL)
_AROUND = {'"': '"', "'": "'", "<": ">", "(": ")", "[": "]", "\u201c": "\u201d", "\u00ab": "\u00bb"}
_LINE_BREAK = re.compile(r"[\r\n\u2028\u2029]++[ \t\xa0]*+")
_ZERO_WIDTH = re.compile("[\u200b\u2060\ufeff\u00ad]")
_ESCAPED_BLANKS = re.compile(r"(?:%20|%0[9AD])+", re.IGNORECASE)
_ESCAPED_SCHEME = re.compile(r"https?%3a(?:%2f|/){2}", re.IGNORECASE)
_FEED_SCHEME = re.compile(r"feed:(?:(?=\s*https?:)|(//))", re.IGNORECASE)

# `http://`, and what becomes of it: `http//`, `http;//`, `htp://`, `hhttp://`, `http:://`.
_SCHEME = re.compile(
    r"\s*+(?P<name>h{0,3}t{1,4}p{1,2}s{0,2})\s?(?:[:;.]{1,3}\s?)?[/\\]{2,}", re.IGNORECASE
)
_ONE_SLASH = re.compile(r"(?P<name>https?)\s?:\s?(?P<slash>[/\\]?)\s?", re.IGNORECASE)
_THREE_SLASHES = re.compile(r"[/\\]{3}")
_NO_SCHEME = re.compile(r":\s?//+")
# `http://a.example` put before a link that was absolute, with or without a slash between.
_GLUED = re.compile(r"[^/?#\s]*?(?P<name>https?):/{2,}(?=[^/])", re.IGNORECASE)
_JOINED = re.compile(r"([^/?#\s]++)/++(?P<name>https?)://(?=\1(?:[/?#]|$))", re.IGNORECASE)
_AUTHORITY = re.compile(r"[^/?#\\]*")
_BASE = re.compile(r"\s*(https?)://([^/?#\\]*)", re.IGNORECASE)
_WWW = re.compile(r"www[0-9]?\.[^\s/?#]+\.[^\s/?#.]{2,}", re.IGNORECASE)
_IPV4 = re.compile(r"(?:[0-9]{1,3}\.){3}[0-9]{1,3}")
_DOTTED_NAME = re.compile(r"[^\W_](?:[\w-]*\.)+([^\W\d_]{2,}|xn--[a-z0-9-]+)\.?", re.IGNORECASE)
_FILE_SUFFIXES = frozenset(
    {"html", "htm", "xhtml", "shtml", "php", "asp", "aspx", "jsp", "cgi", "cfm", "do"}
    | {"xml", "rss", "atom", "rdf", "json", "txt", "pdf", "jpg", "jpeg", "png", "gif"}
)


def mend_link(written: str | None, *, base: str | None = None) -> str | None:
    """Returns the absolute http(s) address that a link means, or None if it means none.

    Undone: escaping, also done twice; markup, quotes and blanks around it; line breaks and blanks
    in it; a scheme that is misspelt, missing, doubled or has lost a slash; an address that was
    put before one that needed none. What is no fault stays as written. Mending what has been
    mended changes nothing.

    Args:
        written: The link, as it stands in the document, references of its markup resolved.
        base: Address that it goes by if it is relative; None or empty if none is known.
    """
    if written is None or len(written) > MAX_LINK_CHARS:
        return None
    if _PLAIN.fullmatch(written):
        return written
    text = _bare(written)
    if not text:
        return None
    base = base or None
    link = _with_scheme(text, base)
    return resolve_url(link, base) if link else None


def _bare(written: str) -> str:
    """Returns the link out of its escapes, markup and blanks."""
    text = written
    for _ in range(_MAX_ESCAPES):
        before = text
        text = _REFERENCE.sub(lambda match: html.unescape(match[0]), text) if "&" in text else text
        if text == before:
            break
    text = _ZERO_WIDTH.sub("", _CDATA.sub("", text)).strip()
    while len(text) > 1 and _AROUND.get(text[0]) == text[-1] and text[0] not in text[1:-1]:
        text = text[1:-1].strip()
    if "<" in text:
        anchor = _ANCHOR.search(text)
        text = _TAG_AND_REST.sub("", text).strip() if anchor is None else anchor[1]
    words = text.split()
    if len(words) > 1:
        addresses = [word for word in words if _BASE.match(word) and not word.endswith("//")]
        if addresses and (len(addresses) > 1 or words[0] != addresses[0]):
            text = addresses[0]  # Of several, the first; of an address in words, the address.
        text = _LINE_BREAK.sub("", text)
    if "%" in text:
        text = _without_escaped_blanks(text)
        if _ESCAPED_SCHEME.match(text):
            text = unquote(text)
    feed = _FEED_SCHEME.match(text)
    return text if feed is None else f"{'http://' if feed[1] else ''}{text[feed.end() :].strip()}"


def _without_escaped_blanks(text: str) -> str:
    first = _ESCAPED_BLANKS.match(text)
    start, end = first.end() if first else 0, len(text)
    while end > start and text[end - 3 : end].lower() in ("%20", "%09", "%0a", "%0d"):
        end -= 3
    return text[start:end]


def _with_scheme(text: str, base: str | None) -> str:
    """Returns the link with the scheme that it was meant to have; as it is if it is relative.

    Empty if it leads nowhere.
    """
    own = _BASE.match(base or "")
    base_scheme, base_host = (own[1].lower(), own[2].lower()) if own else ("http", "")
    if (match := _SCHEME.match(text)) is not None:
        rest = text[match.end() :]
        if _THREE_SLASHES.search(match[0]) and not _is_host(_host_in(rest), base_host=base_host):
            return ""  # `https:///path` names no host.
        return _absolute(_scheme_named(match), rest)
    if (match := _ONE_SLASH.match(text)) is not None:
        rest = text[match.end() :]
        if _is_host(_host_in(rest), base_host=base_host):
            return _absolute(_scheme_named(match), rest)
        return f"{match['slash']}{rest}"
    if (match := _NO_SCHEME.match(text)) is not None:
        return _absolute(base_scheme, text[match.end() :])
    if text.startswith("//"):
        rest = text.lstrip("/")
        if _is_host(_host_in(rest), base_host=base_host) or not base:
            return _absolute(base_scheme, rest)
        return f"/{rest}"  # A slash too many in a path.
    if _WWW.match(text) or (base_host and _names(_host_in(text), base_host)):
        return _absolute(base_scheme, text)
    return text


def _scheme_named(match: re.Match[str]) -> str:
    return "https" if match["name"].lower().endswith("s") else "http"


def _absolute(scheme: str, rest: str) -> str:
    """Returns scheme and rest as an address: the last one, if others were put before it."""
    while (match := _SCHEME.match(rest) or _GLUED.match(rest) or _JOINED.match(rest)) is not None:
        scheme, rest = _scheme_named(match), rest[match.end() :]
    rest = rest.lstrip("/\\ ")
    host = _host_in(rest)
    return f"{scheme}://{''.join(host.split())}{rest[len(host) :].lstrip(' ')}"


def _host_in(text: str) -> str:
    match = _AUTHORITY.match(text)
    return match[0] if match else ""


def _is_host(text: str, *, base_host: str) -> bool:
    """Whether the first part of a link is a host, and no folder or file."""
    if base_host and _names(text, base_host):
        return True
    name = text.rpartition("@")[2].partition(":")[0].strip().lower()
    if name == "localhost" or _IPV4.fullmatch(name):
        return True
    dotted = _DOTTED_NAME.fullmatch(name)
    return dotted is not None and dotted[1] not in _FILE_SUFFIXES


def _names(text: str, host: str) -> bool:
    return "." in host and text.strip().lower().removeprefix("www.") == host.removeprefix("www.")
