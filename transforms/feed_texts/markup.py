"""Telling markup from text about markup, where a feed's declaration can't be relied on."""

from __future__ import annotations

import html
import re

from feedlake.transforms.feed_texts.feed_words import about_markup

_BLOCK_NAMES = (
    r"article|aside|blockquote|center|div|dl|figure|footer|h[1-6]|header|hr|iframe|li|object|ol|p|pre"
    r"|section|table|tbody|td|th|tr|ul|video"
)
_INLINE_NAMES = (
    r"a|abbr|acronym|audio|b|big|br|button|canvas|cite|code|dd|del|dt|em|embed|figcaption|font|form|i"
    r"|img|input|ins|kbd|label|map|mark|noscript|param|picture|q|s|samp|script|small|source|span|strike"
    r"|strong|style|sub|sup|svg|template|time|track|tt|u|var|wbr"
)
_NAMES = f"{_BLOCK_NAMES}|{_INLINE_NAMES}"
_REST = r"(?:\s[^<>]*)?"
# A tag that does something: with an attribute, or one that HTML has no text for.
_ACTIVE = re.compile(
    rf"<(?:{_NAMES})\s[^<>=]*=[^<>]*>|<(?:br|hr|wbr|img|style|script)\b[^<>]*>|<!--", re.IGNORECASE
)
_PAIR = re.compile(rf"<(?P<name>{_NAMES}){_REST}>[^<>]*</(?P=name)\s*>", re.IGNORECASE)
_CLOSING = re.compile(rf"</(?:{_NAMES})\s*>", re.IGNORECASE)
_ONE_BLOCK = re.compile(rf"\s*<(?:{_BLOCK_NAMES}|br|img){_REST}/?>", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]*>|&lt;[^<>&]*&gt;")
# An empty string is in both: the text may begin or end there.
_BEFORE_WORDS, _AFTER_WORDS = " (\"'\u201c", " ,.;:!?)\"'\u201d"
# Tags in these are shown to be read.
_CODE_TAG = re.compile(r"<(/?)(?:pre|code|kbd|samp|tt|textarea|xmp)\b[^<>]*>", re.IGNORECASE)
_ESCAPED_TAG = re.compile(
    rf"&lt;(/?(?:{_NAMES})(?:\s(?:(?!&[lg]t;)[^<>]){{0,2000}})?/?)&gt;", re.IGNORECASE
)
_WORKING = re.compile(
    rf"<(?:{_NAMES})\s[^<>=]*=[^<>]*>|</?(?:{_BLOCK_NAMES}|br)\s*/?>", re.IGNORECASE
)
# What WordPress makes HTML of, where it does: a picture with its caption, and frames around text.
_CAPTION = re.compile(r"\[caption\s[^\[\]]{0,500}\][^\[\]]{0,2000}\[/caption\]", re.IGNORECASE)
_SHORT_CODE = re.compile(
    r"\[/?(?:vc_|et_pb_|fusion_|su_|av_)\w{1,40}(?:\s[^\[\]]{0,2000})?\]"
    r"|\[(?:audio|embed|gallery|playlist|video)\s[^\[\]=]{0,100}=[^\[\]]{0,1000}\]"
    r"|\[/(?:audio|embed|playlist|video)\]",
    re.IGNORECASE,
)
_BLOCK_BEFORE_WORD = re.compile(rf"\s*<(?:{_BLOCK_NAMES}){_REST}>\w", re.IGNORECASE)
_UNFINISHED = re.compile(rf"</?(?:{_NAMES})(?:\s[^<>]*)?$", re.IGNORECASE)
# References escaped once too often; not those of "<" and ">", which would begin a tag.
_ESCAPED_TWICE = re.compile(
    r"&amp;(?=(?:#\d{1,7}|#x[0-9A-F]{1,6}|(?!(?:lt|gt);)[A-Z]\w{1,20});)", re.IGNORECASE
)


def has_active_tags(text: str) -> bool:
    """Returns whether there is a tag that nobody writes to be read: one with attributes, say.

    Args:
        text: Without references to characters where these are markup.
    """
    return bool(_ACTIVE.search(text))


def is_marked_up(text: str) -> bool:
    """Returns whether a text, said to be plain, is HTML all the same.

    It is if it begins with a block, or holds tags that do something, unless it's about markup:
    text that speaks of tags, elements and the like shows them on purpose, and so does one in
    which a tag stands like a word.

    Args:
        text: As written, or what its references resolve to.
    """
    if "<" not in text:
        return False
    if is_all_markup(text):
        return True
    is_active = any(_works(text, tag) for tag in _ACTIVE.finditer(text))
    has_closing = _CLOSING.search(text) is not None
    if _is_about_markup(text):
        return False
    if is_active or (has_closing and _PAIR.search(text)):
        return True
    return not has_closing and _BLOCK_BEFORE_WORD.match(text) is not None


def is_all_markup(text: str) -> bool:
    """Returns whether a text is HTML from a block at its beginning to a tag at its end.

    Args:
        text: As written.
    """
    if not (_ONE_BLOCK.match(text) and text.rstrip().endswith(">")):
        return False
    return bool(_CLOSING.search(text)) or any(_works(text, tag) for tag in _ACTIVE.finditer(text))


def undo_escapes(body: str) -> str:
    """Returns HTML whose markup or references were escaped once too often as it was meant.

    Text about tags stays as it is.

    Args:
        body: HTML as a feed gives it.
    """
    if "&" not in body:
        return body
    if "<" not in body:
        if is_marked_up(unescaped := html.unescape(body)):
            body = unescaped
    elif "&lt;" in body:
        body = _undo_escaped_tags(body)
    if "&amp;" in body and _ESCAPED_TWICE.search(body) and not _is_about_markup(body):
        body = _ESCAPED_TWICE.sub("&", body)
    return body


def _undo_escaped_tags(body: str) -> str:
    """Returns HTML in which the tags work that were escaped among others that were not."""
    if not _ESCAPED_TAG.search(body) or _is_about_markup(body):
        return body
    pieces, start, depth = [], 0, 0
    for tag in _CODE_TAG.finditer(body):
        if depth == 0:
            pieces.append(_unescape_tags(body[start : tag.start()]))
            start = tag.start()
        depth = max(depth + (-1 if tag[1] else 1), 0)
        if depth == 0:
            pieces.append(body[start : tag.end()])
            start = tag.end()
    rest = body[start:]
    return "".join([*pieces, rest if depth else _unescape_tags(rest)])


def _unescape_tags(part: str) -> str:
    """Returns a part of HTML with its escaped tags at work, if one of them must have been meant so.

    That is one with attributes, or of a block, unless it stands like a word.
    """
    tags = _ESCAPED_TAG.finditer(part)
    if not any(_WORKING.fullmatch(html.unescape(tag[0])) and _works(part, tag) for tag in tags):
        return part
    return _ESCAPED_TAG.sub(lambda tag: html.unescape(tag[0]), part)


def _works(text: str, tag: re.Match[str]) -> bool:
    """Whether a tag has attributes, or stands at a word rather than like one."""
    if "=" in tag[0]:
        return True
    before, after = text[max(tag.start() - 1, 0) : tag.start()], text[tag.end() : tag.end() + 1]
    return not (before in _BEFORE_WORDS and after in _AFTER_WORDS)


def _is_about_markup(text: str) -> bool:
    return about_markup().search(_without_tags(text)) is not None


def without_short_codes(text: str) -> str:
    """Returns a text without what WordPress would have made HTML of, captions of pictures included.

    Args:
        text: Plain text or HTML.
    """
    return _SHORT_CODE.sub("", _CAPTION.sub("", text)) if "[" in text else text


def without_cut_tag(body: str) -> str:
    """Returns HTML without the tag in whose middle it was cut off."""
    start = body.rfind("<")
    return body[:start] if start >= 0 and _UNFINISHED.match(body, start) else body


def _without_tags(text: str) -> str:
    return _TAG.sub(" ", text).casefold()
