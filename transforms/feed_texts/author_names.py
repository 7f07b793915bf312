"""The names of those who wrote an entry, out of what its feed says of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from feedlake.transforms.normalize.names import comparable, find_names, may_be_person
from feedlake.transforms.normalize.text import normalize_line

_MAIL = r"(?:mailto:)?[^\s@()<>,;]{1,100}@[^\s@()<>,;]{1,200}"
_NAME_AFTER_MAIL = re.compile(rf"(?<![^\s,;]){_MAIL}\s*\(([^()]*)\)")
_MAIL_IN_BRACKETS = re.compile(rf"(?<=[^\s,;])\s*[<(]\s*{_MAIL}\s*[>)]")
_ONLY_MAIL = re.compile(_MAIL)
# Mailboxes of a site's or its software's, which are nobody's.
_NOBODYS = re.compile(
    r"(?:mailto:)?(?:no-?reply|do-?not-?reply|admin(?:istrator)?|webmaster|postmaster|hostmaster|info"
    r"|contact|editors?|editorial|news(?:room|desk)?|root|support|hello|mail|feedback|redaktion|rss)@",
    re.IGNORECASE,
)


def find_authors(lines: Sequence[str], *, site_name: str | None) -> tuple[str, ...]:
    """Returns the names, by the rule for bylines; mail addresses only where there is no name.

    A name of a few words that is also the feed's title is a person's whose feed it is.

    Args:
        lines: What the feed gives as names and mail addresses, as plain text.
        site_name: Title of the feed.
    """
    names = [_without_mail(line) for line in lines]
    names = [name for name in names if name and not _ONLY_MAIL.fullmatch(name)]
    found = find_names(names, site_names=[site_name] if site_name else ())
    if not found and site_name:
        found = tuple(name for name in find_names(names) if _is_owner(name, site_name))
    return found or tuple(dict.fromkeys(_mails(lines)))


def _mails(lines: Iterable[str]) -> Iterable[str]:
    for line in lines:
        mail = normalize_line(line) or ""
        if _ONLY_MAIL.fullmatch(mail) and not _NOBODYS.match(mail):
            yield mail.removeprefix("mailto:")


def _without_mail(line: str) -> str:
    """The names of `ann@quay.example (Ann Lee)` and of `Ann Lee <ann@quay.example>, Bo Ek`."""
    name = _NAME_AFTER_MAIL.sub(r"\1", normalize_line(line) or "")
    return _MAIL_IN_BRACKETS.sub("", name)


def _is_owner(name: str, site_name: str) -> bool:
    return may_be_person(name) and comparable(name) == comparable(site_name)
