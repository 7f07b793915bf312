"""Rules for addresses: what is one, when two are the same page, and whose site it is.

Why no URL library carries the rule (measured 2026-11, courlan 1.4.0 and w3lib 2.5.0): courlan
removes parameters that may select content (`ref`, `cid`, `session`, `keyword`, `source`),
drops blank ones and replaces an address by another that it carries; w3lib reorders repeated
parameters, equates `%2C` with `,` and `?a` with `?a=`, maps hosts by IDNA 2003 (`straße.de`
becomes `strasse.de`, another owner's site), keeps `:443` and raises on a port that is no
number. Here both would need more mending than the rule has lines.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from typing import NamedTuple
from urllib.parse import unquote

import idna
from tld import get_fld

URL_RULE_VERSION: int = 1
"""Raised whenever `canonicalize_url` answers differently for any address. Canonical URLs are stored
and compared across runs, so each file of a lake says which rule it follows: a lake of an older one
takes no new documents until `feedlake upgrade` has brought it up to date."""

FORMER_RULES: dict[int, Callable[[str], str | None]] = {}
"""What `canonicalize_url` answered under each earlier version of the rule. Without it, an upgrade
could not tell a canonical URL that was made from `url` from one that the page named itself."""

# Parameters that only ever say how a reader came to a page, named by the trackers that append
# them: Meta, Google, Microsoft, Yandex, X, mail senders, Matomo, Webtrekk, AT Internet, Yahoo.
# Left out because some sites select content by them: ref, source, cid, cmp, cmpid, ncid, ocid,
# spm, partner, s, smid. A copy that slips through is still found by its text; an article
# mistaken for another would be lost.
_TRACKING_PREFIXES = ("utm_",)
_TRACKING_NAMES = frozenset({
    "fbclid", "fb_action_ids", "fb_action_types", "igsh", "igshid", "mibextid", "gclid",
    "gclsrc", "dclid", "gbraid", "wbraid", "srsltid", "_ga", "_gl", "msclkid", "yclid",
    "ysclid", "ymclid", "_openstat", "twclid", "ttclid", "li_fat_id", "epik", "ref_src",
    "__twitter_impression", "mc_cid", "mc_eid", "mkt_tok", "oly_anon_id", "oly_enc_id",
    "vero_id", "vero_conv", "_hsenc", "_hsmi", "__hssc", "__hstc", "__hsfp", "hsctatracking",
    "mtm_campaign", "mtm_cid", "mtm_content", "mtm_group", "mtm_keyword", "mtm_kwd",
    "mtm_medium", "mtm_placement", "mtm_source", "pk_campaign", "pk_cid", "pk_content",
    "pk_keyword", "pk_kwd", "pk_medium", "pk_source", "piwik_campaign", "piwik_kwd", "wt_mc",
    "wt_zmc", "wt.mc_id", "xtor", "at_medium", "at_campaign", "at_campaign_type", "at_custom1",
    "at_custom2", "at_custom3", "at_custom4", "at_bbc_team", "at_format", "at_link_id",
    "at_link_origin", "at_link_type", "at_ptr_name", "guccounter", "guce_referrer",
    "guce_referrer_sig", "soc_src", "soc_trk",
})  # fmt: skip

# A page's address and its site's are asked about again and again.
_REMEMBERED, _MAX_REMEMBERED_CHARS = 1_024, 500

_DEFAULT_PORTS = {"http": 80, "https": 443}
_MAX_PORT = 65_535  # RFC 793, section 3.1: 16 bits.

# RFC 1035, section 2.3.4: a label has at most 63 octets, a name 255 with its length octets,
# which leaves 253 characters. The underscore is no host character there, but resolves.
_MAX_HOST_CHARS = 253
_HOST = re.compile(r"[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*")
# WHATWG URL, "ends in a number": such a host is an IPv4 address or nothing.
_NUMERIC_HOST = re.compile(r"(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)")

_HTTP_URL = re.compile(r"(https?)://([^/?#]*)([^?#]*)(\?[^#]*)?(#.*)?", re.IGNORECASE)
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)  # RFC 3986, section 3.1
_AUTHORITY = re.compile(r"(\[[^\[\]]*\]|[^:\[\]]*)(?::([0-9]*))?")
# A `&` that was escaped twice, as WordPress does; its `#` would begin a fragment and make all
# articles of `/?post_type=article&#038;p=1` one.
_NUMERIC_ENTITIES = re.compile(r"&(?:amp;|#0*38;)*#0*38;")
_QUERY_OR_FRAGMENT = re.compile(r"[?#]")
_SURPLUS_SLASHES = re.compile(r"^((?:https?:)?//)/+", re.IGNORECASE)

# Controls (C0, DEL, C1) and halves of surrogate pairs, which UTF-8 cannot express.
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]+")
_BLANKS = "\u0020\u00a0\u1680\u2028\u2029\u202f\u205f\u2060\u3000\ufeff" + "".join(
    map(chr, range(0x2000, 0x200E))
)

# RFC 3986, section 3.3 (pchar) and section 3.4 (query), without the percent sign.
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_TO_NORMALIZE = re.compile(r"%[0-9A-Fa-f]{2}|[^A-Za-z0-9._~!$&'()*+,;=:@/?-]")
_AMP_ENTITIES = re.compile(r"(?:amp;)+", re.IGNORECASE)


class _Parts(NamedTuple):
    """An absolute http(s) address as written, without credentials; host and port canonical."""

    scheme: str
    authority: str
    host: str
    port: int | None
    path: str
    query: str
    fragment: str


def canonicalize_url(url: str, *, base: str | None = None) -> str | None:
    """Returns the identity of a page's address, or None if it has no valid one.

    Lower-cased: scheme and host (IDNA 2008 with UTS 46, as browsers do). Removed: controls,
    credentials, the host's final dot, the default port, the fragment, tracking parameters and
    empty ones (`?&`). Resolved: dot segments. Percent-encoded as RFC 3986, section 6.2.2, has
    it: reserved characters stay as written, a stray `%` becomes `%25`. Parameters are sorted
    by name, those of one name stay in order; `%20` in a query becomes `+`; `&amp;` and `&#038;`
    count as `&`. Still distinct: http and https, `www.`, letter case of the path, doubled and
    trailing slashes, `?a` and `?a=`. Canonicalising twice changes nothing.

    Args:
        url: Address, absolute or relative to `base`.
        base: Address of the document that named it.
    """
    parts = _split_url(url, base)
    if parts is None:
        return None
    scheme = parts.scheme.lower()
    port = "" if parts.port in (None, _DEFAULT_PORTS[scheme]) else f":{parts.port}"
    path = _remove_dot_segments(_normalize_percents(parts.path)) or "/"
    query = _canonicalize_query(parts.query)
    return f"{scheme}://{parts.host}{port}{path}{'?' if query else ''}{query}"


def resolve_url(url: str, base: str | None) -> str | None:
    """Returns the absolute http(s) address as written, or None if there is no valid one.

    Blanks around it, controls and credentials are removed, blanks inside are written `%20`
    and backslashes before the query as slashes, `&#038;` as `&`; nothing else changes.

    Args:
        url: Address, absolute or relative to `base`.
        base: Address of the document that named it; None if unknown.
    """
    parts = _split_url(url, base)
    if parts is None:
        return None
    tail = f"{parts.path}{parts.query}{parts.fragment}".replace(" ", "%20")
    return f"{parts.scheme}://{parts.authority}{tail}"


def registered_domain(url: str) -> str | None:
    """Returns the domain under which the site's owner registered, such as `bbc.co.uk`.

    For an IP address, a bare suffix and a host under no known suffix it is the host itself;
    None if the address has no host. Suffixes come from the list that `tld` ships, those that
    hosting companies entered (`blogspot.com`) not counted. IDN names are in punycode.

    Args:
        url: Absolute address.
    """
    parts = _split_url(url, None)
    if parts is None:
        return None
    return _registered(parts.host)


@lru_cache(_REMEMBERED)
def _registered(host: str) -> str:
    # `tld` knows its international suffixes in Unicode only.
    labels = [_from_punycode(label) for label in host.split(".")]
    domain = get_fld(f"http://{'.'.join(labels)}", fail_silently=True, search_private=False)
    if domain is None:
        return host
    return ".".join(host.split(".")[-domain.count(".") - 1 :])


def is_site_root(url: str) -> bool:
    """Returns whether the address is a site's home page: no path, and no query but tracking.

    Args:
        url: Absolute address.
    """
    canonical = canonicalize_url(url)
    return canonical is not None and canonical.count("/") == 3 and canonical.endswith("/")


def _split_url(url: str, base: str | None) -> _Parts | None:
    """Returns the parts of the address, if it is http(s) and its host and port are valid."""
    is_short = len(url) + len(base or "") <= _MAX_REMEMBERED_CHARS
    return _split_short_url(url, base) if is_short else _split_any_url(url, base)


def _split_any_url(url: str, base: str | None) -> _Parts | None:
    reference = _clean_url(url)
    match = _HTTP_URL.fullmatch(reference)
    if match is None and base is not None and not _SCHEME.match(reference):
        joined = _join_url(_clean_url(base), reference)
        match = _HTTP_URL.fullmatch(joined) if joined is not None else None
    if match is None:
        return None
    authority = match[2].rpartition("@")[2]
    host_and_port = _AUTHORITY.fullmatch(authority)
    if host_and_port is None:
        return None
    host = _canonicalize_host(host_and_port[1])
    digits = (host_and_port[2] or "").lstrip("0") or ("0" if host_and_port[2] else "")
    if host is None or len(digits) > 5 or int(digits or "0") > _MAX_PORT:
        return None
    port = int(digits) if digits else None
    return _Parts(match[1], authority, host, port, match[3], match[4] or "", match[5] or "")


_split_short_url = lru_cache(_REMEMBERED)(_split_any_url)


def _clean_url(url: str) -> str:
    """Returns the address without blanks and controls, with the slashes that browsers see."""
    cleaned = _CONTROLS.sub("", url).strip(_BLANKS)
    if "\\" in cleaned:
        end = _tail_start(cleaned)
        cleaned = cleaned[:end].replace("\\", "/") + cleaned[end:]
    if "&" in cleaned:
        cleaned = _NUMERIC_ENTITIES.sub("&", cleaned)
    return _SURPLUS_SLASHES.sub(r"\1", cleaned) if "///" in cleaned else cleaned


def _tail_start(reference: str) -> int:
    """Returns where the query or fragment begins; the length if there is neither."""
    match = _QUERY_OR_FRAGMENT.search(reference)
    return len(reference) if match is None else match.start()


def _join_url(base: str, reference: str) -> str | None:
    """Returns a relative reference made absolute, as RFC 3986, section 5.2.2, has it.

    Unlike `urllib.parse.urljoin` it leaves doubled slashes alone.
    """
    match = _HTTP_URL.fullmatch(base)
    if match is None:
        return None
    scheme, authority, path, query, _ = match.groups(default="")
    if reference.startswith("//"):
        return f"{scheme}:{reference}"
    if reference.startswith("/"):
        return f"{scheme}://{authority}{reference}"
    if reference.startswith("?"):
        return f"{scheme}://{authority}{path}{reference}"
    if not reference or reference.startswith("#"):
        return f"{scheme}://{authority}{path}{query}{reference}"
    end = _tail_start(reference)
    joined = _remove_dot_segments(f"{path.rpartition('/')[0]}/{reference[:end]}")
    return f"{scheme}://{authority}{joined}{reference[end:]}"


def _canonicalize_host(host: str) -> str | None:
    """Returns the host as ASCII in lower case, or None if it is none."""
    if host.startswith("["):
        return _canonicalize_ipv6(host[1:-1])
    name = unquote(host) if "%" in host else host
    if len(name) > _MAX_HOST_CHARS + 1:  # Punycode takes quadratic time.
        return None
    if not name.isascii():
        ascii_name = _to_punycode(name)
        if ascii_name is None:
            return None
        name = ascii_name
    name = name.lower().removesuffix(".")
    if len(name) > _MAX_HOST_CHARS or not _HOST.fullmatch(name):
        return None
    if not _NUMERIC_HOST.fullmatch(name):
        return name
    try:
        return str(IPv4Address(name))
    except AddressValueError:
        return None


def _canonicalize_ipv6(literal: str) -> str | None:
    """Returns the address in brackets as RFC 5952 writes it, or None if it is none."""
    if "%" in literal:
        return None  # A zone names an interface of one machine, not a place on the web.
    try:
        address = IPv6Address(literal)
    except AddressValueError:
        return None
    if address.ipv4_mapped is not None:  # Python 3.13 writes these with dots, 3.11 does not.
        number = int(address.ipv4_mapped)
        return f"[::ffff:{number >> 16:x}:{number & 0xFFFF:x}]"
    return f"[{address.compressed}]"


def _to_punycode(name: str) -> str | None:
    """Returns the host name in ASCII, or None if a character cannot stand in one.

    `idna.encode` would refuse emoji, which registries sell and browsers open.
    """
    try:
        mapped = idna.uts46_remap(name, std3_rules=False, transitional=False)
        labels = [
            label if label.isascii() else f"xn--{label.encode('punycode').decode('ascii')}"
            for label in mapped.split(".")
        ]
    except (idna.IDNAError, UnicodeError):
        return None
    return ".".join(labels)


def _from_punycode(label: str) -> str:
    """Returns one part of a host name in Unicode; as it is where that is not possible."""
    if not label.startswith("xn--"):
        return label
    try:
        return label[4:].encode("ascii").decode("punycode")
    except UnicodeError:
        return label


def _normalize_percents(text: str) -> str:
    """Returns the text with each character encoded exactly if RFC 3986 asks for it."""
    return _TO_NORMALIZE.sub(_normalize_match, text)


def _normalize_match(match: re.Match[str]) -> str:
    """Returns one percent-encoded octet, or one character that may not stand bare, rewritten."""
    written = match[0]
    if len(written) == 3:
        character = chr(int(written[1:], 16))
        return character if character in _UNRESERVED else written.upper()
    return "".join(f"%{octet:02X}" for octet in written.encode())


def _remove_dot_segments(path: str) -> str:
    """Returns the path without `.` and `..`, as RFC 3986, section 5.2.4, has it."""
    if "/." not in path:
        return path
    kept: list[str] = []
    segments = path.split("/")[1:]
    for segment in segments:
        if segment == "..":
            del kept[-1:]
        elif segment != ".":
            kept.append(segment)
    if segments[-1] in (".", ".."):
        kept.append("")
    return "/" + "/".join(kept)


def _canonicalize_query(query: str) -> str:
    """Returns the parameters that may select content, sorted by name, without the `?`."""
    if len(query) < 2:
        return ""
    kept: list[tuple[str, str]] = []
    for piece in _normalize_percents(query[1:]).replace("%20", "+").split("&"):
        entity = _AMP_ENTITIES.match(piece)
        parameter = piece[entity.end() :] if entity else piece
        name = parameter.partition("=")[0]
        if parameter and not _is_tracking(name.lower()):
            kept.append((name, parameter))
    kept.sort(key=lambda pair: pair[0])
    return "&".join(parameter for _, parameter in kept)


def _is_tracking(name: str) -> bool:
    """Returns whether a parameter of this lower-cased name never selects content."""
    return name in _TRACKING_NAMES or name.startswith(_TRACKING_PREFIXES)
