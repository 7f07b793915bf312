"""What a site's robots.txt allows: the rules of RFC 9309, read once for one crawler.

`protego` matches addresses against rules. Which lines are ours is decided before it sees them,
for three reasons (measured 2026-11, protego 0.7.0). It keeps each rule once for every user agent
of its group: 1,500 agents over 1,500 rules take 2.7 s, and 500 KiB can hold two hundred times as
many pairs. It takes a group for `feed` as one for `feedlake`, and one for `feedlake/1.0` as none
of ours. And it reads all octets that are not UTF-8 as the same character, so that the paths of a
site in windows-1251 are all alike. Its patterns are no regular expressions: 250,000 wildcards in
one of them take 1 ms.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache

from protego import Protego

from feedlake.transforms.normalize.urls import canonicalize_url, resolve_url

MAX_ROBOTS_BYTES = 500 * 1024
"""Bytes of a robots.txt that count, RFC 9309, section 2.5; what follows is ignored."""

MAX_BELIEVED_DELAY_S = 3600.0
"""Longest pause between two requests that a site can ask for. Who asks for more means "rarely"
or "never", and there is `Disallow: /` for that."""

MAX_SITEMAPS = 500
"""Sitemaps taken from one robots.txt. Large publishers name some dozens."""

MAX_WILDCARD_RULES = 2_000
"""Rules with `*` that are matched as they stand. 28,000 of them, which fit into the file, took
530 ms for one address of 8 kB (2026-11), 2,000 take 40 ms."""

_MAX_SITEMAP_CHARS = 2_048  # sitemaps.org, protocol: `loc`.

# RFC 9309, section 2.2, and what it lets a reader forgive: misspellings that protego knows, and
# a missing colon.
_LINE = re.compile(
    r"(user[ -]?agent|allow|dis+al+ow|diasllow|disallaw|crawl[ -]delay|request[ -]rate"
    r"|visit[ -]time|sitemaps?|site-map)[ \t]*(?::|[ \t])[ \t]*(.*)",
    re.IGNORECASE,
)
_ORIGIN = re.compile(r"https?://[^/\\?#]+")
_LINE_ENDS = re.compile("[\r\n]+")  # RFC 9309, section 2.2: EOL
_PRODUCT_TOKEN = re.compile("[A-Za-z_-]+")  # RFC 9309, section 2.2.1
_FIELDS = {
    "u": "User-agent",
    "a": "Allow",
    "d": "Disallow",
    "c": "Crawl-delay",
    "r": "Request-rate",
    "v": "Visit-time",
    "s": "Sitemap",
}
_UTF16_BOMS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_TO_ESCAPE = re.compile("[\x00-\x20\x7f-\xff]|%[89A-Fa-f][0-9A-Fa-f]")


@dataclass(frozen=True)
class Robots:
    """What one crawler may ask a site for.

    Attributes:
        rules: The rules that concern this crawler, as one group of a robots.txt.
        crawl_delay_s: Seconds between two requests that the site asks for, at most
            `MAX_BELIEVED_DELAY_S`; None if it asks for none.
        sitemaps: Absolute http(s) addresses, in the order named, each once.
    """

    rules: str
    crawl_delay_s: float | None = None
    sitemaps: tuple[str, ...] = ()

    def is_allowed(self, url: str) -> bool:
        """Returns whether the rules let the crawler ask for the address.

        The longest rule that matches decides, allow on a tie; what no rule matches is allowed,
        and so is /robots.txt (RFC 9309, section 2.2.2). Path and query count, the path with dot
        segments resolved, as the server will see it. What is no http(s) address is not allowed.

        Args:
            url: Absolute address, of the site whose robots.txt this is.
        """
        path = _path_and_query(url)
        return path is not None and self._matcher.can_fetch(f"http://site{path}", "*")

    def __reduce__(self) -> tuple[type[Robots], tuple[str, float | None, tuple[str, ...]]]:
        # Without the matcher: what is stored must not depend on protego's version.
        return Robots, (self.rules, self.crawl_delay_s, self.sitemaps)

    @cached_property
    def _matcher(self) -> Protego:
        return Protego.parse(self.rules)


ALLOW_ALL = Robots("User-agent: *")


def robots_url(url: str) -> str:
    """Returns where the robots.txt for an address is: at its scheme, host and port.

    Args:
        url: Absolute http(s) address.

    Raises:
        ValueError: It is none.
    """
    canonical = canonicalize_url(url)
    if canonical is None:
        raise ValueError(f"no http(s) address: {url!r}")
    return "/".join((*canonical.split("/", 3)[:3], "robots.txt"))


def robots_place(url: str) -> str | None:
    """Returns where the robots.txt of an address is; None if it is no address."""
    match = _ORIGIN.match(url)
    return _robots_place_of(match[0] if match else url)


@lru_cache(4_096)
def _robots_place_of(origin: str) -> str | None:
    try:
        return robots_url(origin)
    except ValueError:
        return None


def judge_robots(
    status: int | None, body: bytes, *, product_token: str = "feedlake"
) -> Robots | None:
    """Returns the rules that follow from a site's answer, or None: wait and ask again later.

    RFC 9309, section 2.3.1: a success is read; client errors (also 401 and 403), and redirects
    that were not followed to an end, mean that there are no rules; after a server error, or
    no answer, nothing may be fetched. A 429 speaks of the server's load and not of the file.
    A 304 is the caller's, who knows what has not changed.

    Args:
        status: HTTP status after redirects; None if there was no answer.
        body: The answer's body, decompressed.
        product_token: As in `read_robots`.
    """
    if status is None or status == 429 or not 200 <= status < 500:
        return None
    return read_robots(body, product_token=product_token) if status < 300 else ALLOW_ALL


def read_robots(body: bytes, *, product_token: str = "feedlake") -> Robots:
    """Returns the rules of the groups that name the crawler; of those for `*` if none does.

    Lines that are no rules are skipped, so a page of HTML allows everything. `Visit-time` is not
    obeyed; a `Request-rate` holds at all hours.

    Args:
        body: The file, decompressed.
        product_token: The crawler's name, of letters, `_` and `-`; letter case does not matter.
    """
    lines = _read_lines(body)
    own = _own_rules(lines, token=product_token.lower())
    rules = "\n".join(("User-agent: *", *_limit_wildcards(own)))
    sitemaps = (value for field, value in lines if field == "Sitemap")
    return Robots(rules, _find_pause(rules), _read_sitemaps(sitemaps))


def _read_lines(body: bytes) -> list[tuple[str, str]]:
    """Returns fields and values; a value's characters are its octets."""
    head = body[:MAX_ROBOTS_BYTES]
    if len(body) > MAX_ROBOTS_BYTES:
        # Half a line may say what the whole one did not: `Disallow: /` of `Disallow: /private`.
        head = head[: max(head.rfind(b"\n"), head.rfind(b"\r")) + 1]
    if head.startswith(_UTF16_BOMS):
        head = head.decode("utf-16", errors="replace").encode()
    text = head.removeprefix(codecs.BOM_UTF8).decode("latin-1")
    lines = []
    for line in _LINE_ENDS.split(text):
        match = _LINE.match(line.partition("#")[0].strip())
        if match is not None:
            lines.append((_FIELDS[match[1][0].lower()], match[2]))
    return lines


def _own_rules(lines: list[tuple[str, str]], *, token: str) -> Iterator[tuple[str, str]]:
    """Yields the rules of all groups for the token, or else of all groups for `*`."""
    named: list[tuple[str, str]] | None = None
    common: list[tuple[str, str]] = []
    is_named = is_common = is_head = False
    for field, value in lines:
        if field == "User-agent":
            if not is_head:
                is_named = is_common = False
            is_head = True
            match = _PRODUCT_TOKEN.match(value)
            if match is not None and match[0].lower() == token:
                is_named, named = True, named or []
            is_common = is_common or value.split(maxsplit=1)[:1] == ["*"]
        elif field != "Sitemap":  # `Sitemap` belongs to no group, even if it stands in one.
            is_head = False
            if value and is_named and named is not None:
                named.append((field, value))
            if value and is_common:
                common.append((field, value))
    yield from common if named is None else named


def _limit_wildcards(rules: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Yields each rule once, as a line.

    Beyond `MAX_WILDCARD_RULES` what would be forbidden by its end is forbidden by its beginning,
    and what would be allowed so is not.
    """
    wildcards = 0
    for field, value in dict.fromkeys(rules):
        if field in ("Crawl-delay", "Request-rate"):
            yield f"{field}: {value}"
        elif field in ("Allow", "Disallow"):
            pattern = _escape_octets(value)
            wildcards += "*" in pattern
            if "*" not in pattern or wildcards <= MAX_WILDCARD_RULES:
                yield f"{field}: {pattern}"
            elif field == "Disallow":
                yield f"{field}: {pattern.partition('*')[0] or '/'}"


def _find_pause(rules: str) -> float | None:
    """Returns the longer of the pauses that `Crawl-delay` and `Request-rate` ask for."""
    matcher = Protego.parse(rules)
    pauses = []
    delay_s, rate = matcher.crawl_delay("*"), matcher.request_rate("*")
    if delay_s is not None:
        pauses.append(min(delay_s, MAX_BELIEVED_DELAY_S))
    if rate is not None:  # Numbers of any length; dividing them may pass what a float holds.
        slowest = rate.requests * int(MAX_BELIEVED_DELAY_S) <= rate.seconds
        pauses.append(MAX_BELIEVED_DELAY_S if slowest else rate.seconds / rate.requests)
    return max(pauses, default=None)


def _read_sitemaps(values: Iterable[str]) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for value in values:
        if len(found) == MAX_SITEMAPS:
            break
        address = value.encode("latin-1").decode(errors="replace")
        url = resolve_url(address, None) if len(address) <= _MAX_SITEMAP_CHARS else None
        if url is not None:
            found[url] = None
    return tuple(found)


def _path_and_query(url: str) -> str | None:
    """Returns what rules match against, or None if the address is none."""
    canonical, written = canonicalize_url(url), resolve_url(url, None)
    if canonical is None or written is None:
        return None
    path = canonical.split("/", 3)[3].partition("?")[0]
    # As written: the canonical query is sorted and has lost parameters that rules may name.
    _, mark, query = written.partition("#")[0].partition("?")
    return _escape_octets(f"/{path}{mark}{query}".encode().decode("latin-1"))


def _escape_octets(text: str) -> str:
    """Returns a path or pattern in ASCII.

    Octets beyond ASCII are escaped twice, in rules and addresses alike, since protego undoes one
    escape and reads what comes out as UTF-8, which it may not be.
    """
    return _TO_ESCAPE.sub(_escape_match, text)


def _escape_match(match: re.Match[str]) -> str:
    octet = int(match[0][1:], 16) if len(match[0]) == 3 else ord(match[0])
    return f"%{'25' if octet > 0x7F else ''}{octet:02X}"
