"""JSON Feed 1.0 and 1.1 in the shape that feedparser, which cannot read it, gives other feeds."""

from __future__ import annotations

import json
import re
from typing import Any

from feedlake.transforms.feeds.parsed_feed import BadFeed, Fields, ParsedFeed

# What `version` says: the address that the specification asks for, or the bare number.
_VERSION = re.compile(r"jsonfeed\.org/version/|^1(\.[01])?$")


class _Number(str):
    """A number of the document, as written."""

    __slots__ = ()


def read_json_feed(text: str) -> ParsedFeed:
    """Returns the feed.

    Values of a wrong type are left out; an item that is no object becomes an empty entry, so
    that every item keeps its number.

    Args:
        text: The whole document.

    Raises:
        BadFeed: The text is not JSON, not a JSON Feed, or a JSON Feed without `items`.
    """
    try:
        # As text, for int() refuses more than 4,300 digits, and no field but an id, which readers
        # shall take as text, may be a number.
        top = json.loads(text, strict=False, parse_int=_Number, parse_float=_Number)
    except json.JSONDecodeError as error:
        raise BadFeed(
            "bad_json", f"No JSON at line {error.lineno}, column {error.colno}: {error.msg}."
        ) from error
    except RecursionError as error:
        raise BadFeed("bad_json", "The JSON is nested too deeply.") from error
    if not isinstance(top, dict):
        raise BadFeed("not_a_feed", "The JSON document is no object.")
    if not _VERSION.search(_string(top, "version") or ""):
        raise BadFeed("not_a_feed", "The JSON document names no JSON Feed version.")
    items = top.get("items")
    if not isinstance(items, list):
        raise BadFeed("corrupt_feed", "The JSON Feed has no list of items.")
    fields: Fields = {
        "title": _string(top, "title"),
        "link": _string(top, "home_page_url") or _string(top, "feed_url"),
        "links": _links(top),
        "language": _string(top, "language"),
        "authors": _authors(top),
        **_rights(top),
    }
    entries = [_read_item(item) for item in items]
    return ParsedFeed(version="json", fields=fields, entries=entries)


def _links(top: Fields) -> list[Fields]:
    """Returns the feed's own address, and those of its WebSub hubs."""
    hubs = [_string(hub, "url") for hub in _list(top, "hubs") if isinstance(hub, dict)]
    links = [("self", _string(top, "feed_url")), *(("hub", hub) for hub in hubs)]
    return [{"rel": rel, "href": href} for rel, href in links if href]


def _read_item(item: Any) -> Fields:
    if not isinstance(item, dict):
        return {}
    contents = (("text/html", "content_html"), ("text/plain", "content_text"))
    image = _string(item, "image") or _string(item, "banner_image")
    pages = [("alternate", _string(item, key), None) for key in ("url", "external_url")]
    enclosures = [
        ("enclosure", _string(attachment, "url"), _string(attachment, "mime_type"))
        for attachment in _list(item, "attachments")
        if isinstance(attachment, dict)
    ]
    return {
        "id": str(item["id"]) if isinstance(item.get("id"), str) else None,
        "guidislink": True,  # "ideally the id is the full URL": parse_feed checks that it is one
        "links": [
            {"rel": rel, "href": href, "type": kind}
            for rel, href, kind in (*pages, *enclosures)
            if href
        ],
        "title": _string(item, "title"),
        "content": [
            {"type": kind, "value": value}
            for kind, key in contents
            if (value := _string(item, key))
        ],
        "summaries": [{"type": "text/plain", "value": _string(item, "summary")}],
        "published": _string(item, "date_published"),
        "updated": _string(item, "date_modified"),
        "language": _string(item, "language"),
        "authors": _authors(item),
        "tags": [{"term": tag} for tag in _list(item, "tags") if isinstance(tag, str)],
        "image": {"href": image} if image else {},
        **_rights(item),
    }


def _authors(owner: Fields) -> list[dict[str, str]]:
    """Returns the authors of version 1.1, or the one of version 1.0; some write names alone."""
    found = [*_list(owner, "authors"), owner.get("authors"), owner.get("author")]
    names = [
        _string(author, "name") if isinstance(author, dict) else author
        for author in found
        if isinstance(author, dict | str) and not isinstance(author, _Number)
    ]
    return [{"name": name} for name in names if name]


def _rights(owner: Fields) -> Fields:
    """Returns what the feed or item says by names that other feeds use; JSON Feed has none."""
    notices = [text for key in ("copyright", "rights") if (text := _string(owner, key))]
    license_ = _string(owner, "license")
    return {"notices": notices, "licenses": [license_] if license_ else []}


def _list(owner: Fields, key: str) -> list[Any]:
    value = owner.get(key)
    return value if isinstance(value, list) else []


def _string(owner: Fields, key: str) -> str | None:
    value = owner.get(key)
    if not isinstance(value, str) or isinstance(value, _Number):
        return None
    return value if value.strip() else None
