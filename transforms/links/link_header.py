"""Reads the links of an HTTP response's `Link` header (RFC 8288, section 3)."""

from __future__ import annotations

import re
from collections.abc import Iterator

MAX_HEADER_LINKS = 100
"""Most links of one header that are read: sites name what a browser shall load first in it."""

_PARAMETER = r';\s*+([^\s=;,"<>]*+)(?:\s*+=\s*+(?:"((?:[^"\\]|\\.)*+)"|([^\s;,"]*+)))?'
_LINK = re.compile(rf"<([^<>]*+)>((?:\s*+{_PARAMETER})*+)")
_ONE_PARAMETER = re.compile(_PARAMETER)
_NO_TEXT = re.compile("[\x00-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_ESCAPED = re.compile(r"\\(.)")


def read_link_header(value: str) -> Iterator[dict[str, str]]:
    """Yields the parameters of each link by lower-case name, its target as `href`.

    The first of several parameters of one name counts, as RFC 8288 has it for `rel`.

    Args:
        value: The header's value, those of several headers joined by commas.
    """
    for count, match in enumerate(_LINK.finditer(_NO_TEXT.sub("", value))):
        if count == MAX_HEADER_LINKS:
            return
        link = {"href": match[1].strip()}
        for name, quoted, bare in _ONE_PARAMETER.findall(match[2]):
            link.setdefault(name.lower(), _ESCAPED.sub(r"\1", quoted) or bare)
        yield link
