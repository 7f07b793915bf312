"""The language of searches: words, phrases, prefixes, NEAR, AND, OR, NOT, parentheses and fields.

    inflat* AND bank
    "central bank" OR (rate NEAR/5 rise)
    title:élection -site:example.org

What is written one after the other must all be there. AND, OR and NOT count in capitals only, so
that texts may be pasted. OR binds less than AND.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from feedlake.pipeline.options.failures import UsageError, nearest
from feedlake.pipeline.search.search_nodes import (
    All,
    Any,
    Near,
    Node,
    Not,
    Phrase,
    Token,
    Value,
    leaves,
)
from feedlake.pipeline.search.words import Word, words_in

TEXT_FIELDS = ("title", "text", "author", "tag")
"""Fields that hold words."""

VALUE_FIELDS = ("site", "language")
"""Fields that hold one value."""

MAX_CHARS = 2_000
MAX_COST = 100
"""How much a query may ask for: a word costs 1, a prefix 5, and words of NEAR cost more the more
there are. So the longest time an answer can take has a bound."""

MAX_DEPTH = 20
"""Parentheses in parentheses."""

MAX_NEAR = 4
"""Words of one NEAR: each order of them is looked for."""

MAX_DISTANCE = 100
DEFAULT_DISTANCE = 10
_PREFIX_COST = 5
_NEAR_COSTS = {2: 4, 3: 18, 4: 96}

_PLAIN = str.maketrans("“”„‟«»「」『』\uff02\uff08\uff09\uff1a\uff0a\u3000", '"""""""""""():* ')
"""Signs that stand for those of the language, where keyboards and word processors write them."""

_LEXEME = re.compile(
    r"""\s*(?:
        (?P<near>NEAR\() |
        (?P<open>[(]) | (?P<close>[)]) |
        (?P<minus>-(?=[^\s)-])) |
        (?P<field>[^\W\d_]+):(?=[^\s/)]) |
        "(?P<phrase>[^"]*)"(?P<phrase_star>\*?) |
        (?P<quote>") |
        (?P<comma>,) |
        (?P<word>[^\s"(),]+)
    )""",
    re.VERBOSE,
)
_NEAR_INFIX = re.compile(r"NEAR(?:/(\d{1,9}))?")


class SearchError(UsageError):
    """The search can't be read; why, in one sentence."""


def parse_query(text: str) -> Node:
    """Returns what a search asks for.

    Args:
        text: As a user writes it.

    Raises:
        SearchError: It can't be understood, or asks for too much; the sentence says what is wrong.
    """
    if len(text) > MAX_CHARS:
        raise SearchError(f"the search has {len(text):,} characters; at most {MAX_CHARS:,} may be")
    node = _Parser(text.translate(_PLAIN)).parse()
    if (cost := sum(map(_cost, leaves(node)))) > MAX_COST:
        raise SearchError(
            f"the search asks for too much at once ({cost}, at most {MAX_COST}: a word counts 1, a "
            f"prefix {_PREFIX_COST}, NEAR {_NEAR_COSTS[2]} and more)"
        )
    return node


def _cost(leaf: Phrase | Near | Value) -> int:
    if isinstance(leaf, Value):
        return 1
    prefixes = sum(token.is_prefix for token in leaf.tokens)
    if isinstance(leaf, Near):
        return _NEAR_COSTS[len(leaf.tokens)] * (1 + prefixes)
    return len(leaf.tokens) + (_PREFIX_COST - 1) * prefixes


@dataclass(frozen=True)
class _Lexeme:
    kind: str
    text: str
    star: bool = False


class _Parser:
    """Reads one search, from left to right."""

    def __init__(self, text: str) -> None:
        self._lexemes = [*_lexemes(text)]
        self._at = 0
        self._depth = 0

    def parse(self) -> Node:
        if not self._lexemes:
            raise SearchError("the search is empty; write a word")
        node = self._read_any("")
        if self._at < len(self._lexemes):
            raise SearchError("the search has a ) without a ( before it")
        return node

    def _next(self) -> _Lexeme | None:
        return self._lexemes[self._at] if self._at < len(self._lexemes) else None

    def _read_any(self, field: str) -> Node:
        parts = [self._read_all(field)]
        while (lexeme := self._next()) is not None and lexeme.text == "OR":
            self._at += 1
            parts.append(self._read_all(field, after="OR"))
        return parts[0] if len(parts) == 1 else Any(tuple(parts))

    def _read_all(self, field: str, *, after: str = "") -> Node:
        parts: list[Node] = []
        while (lexeme := self._next()) is not None and lexeme.kind != "close":
            if lexeme.text == "OR" and lexeme.kind == "word":
                break
            if lexeme.text == "AND" and lexeme.kind == "word":
                if not parts:
                    raise SearchError(f"something must stand before AND{_HOW_TO_QUOTE}")
                self._at += 1
                after = "AND"
                continue
            parts.append(self._read_one(field))
            after = ""
        if after or not parts:
            where = f"after {after}" if after else "before OR" if self._next() else "in ( )"
            if not after and lexeme is not None and lexeme.kind == "close":
                where = "between ( and )"
            raise SearchError(f"something must stand {where}{_HOW_TO_QUOTE}")
        return parts[0] if len(parts) == 1 else All(tuple(parts))

    def _read_one(self, field: str) -> Node:
        """One thing, with the NEARs that follow it."""
        node = self._read_atom(field)
        tokens: list[Token] = []
        distance = 0
        while (lexeme := self._next()) is not None and (
            infix := _NEAR_INFIX.fullmatch(lexeme.text if lexeme.kind == "word" else "")
        ):
            self._at += 1
            if self._next() is None:
                raise SearchError(f"something must stand after {lexeme.text}{_HOW_TO_QUOTE}")
            own = int(infix[1]) if infix[1] else DEFAULT_DISTANCE
            other = self._read_atom(field)
            tokens += [*(() if tokens else _single(node)), *_single(other)]
            distance = max(distance, own)
        return _near(tokens, distance, field) if tokens else node

    def _read_atom(self, field: str) -> Node:
        lexeme = self._next()
        if lexeme is None or lexeme.kind == "close":
            raise SearchError("the search ends where something must follow")
        self._at += 1
        match lexeme.kind:
            case "minus":
                return self._read_not(field, "-")
            case "word" if lexeme.text == "NOT":
                return self._read_not(field, "NOT")
            case "open":
                return self._read_inside(field)
            case "near":
                return self._read_near(field)
            case "field":
                return self._read_field(lexeme.text)
            case "comma":
                return self._read_atom(field) if self._next() else _leaf(",", False, field)
        if lexeme.text in ("AND", "OR") and lexeme.kind == "word":
            raise SearchError(f"something must stand before {lexeme.text}{_HOW_TO_QUOTE}")
        return _leaf(lexeme.text, lexeme.star, field)

    def _read_not(self, field: str, sign: str) -> Node:
        if self._next() is None:
            raise SearchError(f"something must stand after {sign}{_HOW_TO_QUOTE}")
        self._go_deeper()
        part = self._read_atom(field)
        self._depth -= 1
        return part.part if isinstance(part, Not) else Not(part)

    def _read_inside(self, field: str) -> Node:
        self._go_deeper()
        node = self._read_any(field)
        self._depth -= 1
        if self._next() is None:
            raise SearchError("the search has a ( without a ) after it")
        self._at += 1
        return node

    def _go_deeper(self) -> None:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise SearchError(f"the search has more than {MAX_DEPTH} levels of ( )")

    def _read_near(self, field: str) -> Node:
        """What follows `NEAR(`: words, and perhaps a comma and a number."""
        tokens: list[Token] = []
        distance = DEFAULT_DISTANCE
        while (lexeme := self._next()) is not None and lexeme.kind in ("word", "phrase"):
            self._at += 1
            tokens += _single(_leaf(lexeme.text, lexeme.star, field))
        if lexeme is not None and lexeme.kind == "comma":
            self._at += 1
            number = self._next()
            if number is None or not re.fullmatch(r"[0-9]{1,9}", number.text):
                raise SearchError("NEAR( … , N): N must be a number of words")
            distance = int(number.text)
            self._at += 1
            lexeme = self._next()
        if lexeme is None or lexeme.kind != "close":
            raise SearchError("NEAR( must hold words, and end with )")
        self._at += 1
        return _near(tokens, distance, field)

    def _read_field(self, name: str) -> Node:
        field = {"authors": "author", "tags": "tag", "lang": "language"}.get(
            name.lower(), name.lower()
        )
        known = (*TEXT_FIELDS, *VALUE_FIELDS)
        if field not in known:
            hint = nearest(name, known, otherwise=f"the fields are {', '.join(known)}")
            raise SearchError(f'{name}: is no field; {hint} (a colon in what you look for: "…")')
        if field in VALUE_FIELDS:
            lexeme = self._next()
            assert lexeme is not None  # The colon is followed by something.
            if lexeme.kind == "open":
                raise SearchError(f"{field}: takes one value, such as {field}:{_EXAMPLES[field]}")
            self._at += 1
            value, star = _without_star(lexeme.text, lexeme.star)
            return Value(field, value.lower(), is_prefix=star)
        return self._read_atom(field)


_HOW_TO_QUOTE = " (to look for the word itself, put it in quotes)"
_EXAMPLES = {"site": "example.org", "language": "en"}


def _lexemes(text: str) -> Iterator[_Lexeme]:
    text = text.rstrip()
    at = 0
    while at < len(text):
        found = _LEXEME.match(text, at)
        assert found is not None  # A word takes whatever nothing else does.
        kind = found.lastgroup or ""
        if kind == "quote":
            raise SearchError('the search has a " without another one after it')
        if kind in ("phrase", "phrase_star"):
            yield _Lexeme("phrase", found["phrase"], star=bool(found["phrase_star"]))
        else:
            yield _Lexeme(kind, found[kind])
        at = found.end()


def _without_star(text: str, star: bool) -> tuple[str, bool]:
    bare = text.rstrip("*")
    return bare, star or bare != text


def _leaf(text: str, star: bool, field: str) -> Phrase:
    """The words of a word or phrase, which may be several: don't, U.S., 日本経済."""
    bare, is_prefix = _without_star(text, star)
    words = [*words_in(bare)]
    if not words:
        raise SearchError(f"{text!r} has neither letter nor digit to look for")
    tokens: list[Token] = []
    for place, word in enumerate(words):
        if word.is_last_of_run:
            # In texts the run may go on; the pair before says all of it.
            if place and words[place - 1].end == word.end and _is_pair(words[place - 1].text, word):
                continue
            tokens.append(Token(word.text, place, is_prefix=True))
        else:
            tokens.append(Token(word.text, place))
    if is_prefix:
        last = tokens[-1]
        tokens[-1] = Token(last.text, last.place, is_prefix=True)
    first = tokens[0].place
    return Phrase(
        tuple(Token(token.text, token.place - first, token.is_prefix) for token in tokens), field
    )


def _is_pair(text: str, last: Word) -> bool:
    return text.endswith(last.text) and text != last.text


def _single(node: Node) -> tuple[Token, ...]:
    if not isinstance(node, Phrase):
        raise SearchError("NEAR stands between words, not between what is in parentheses")
    return node.tokens


def _near(tokens: Sequence[Token], distance: int, field: str) -> Node:
    if len(tokens) < 2:
        raise SearchError("NEAR needs two words")
    if len(tokens) > MAX_NEAR:
        raise SearchError(f"NEAR takes up to {MAX_NEAR} words, not {len(tokens)}")
    if distance > MAX_DISTANCE:
        raise SearchError(f"NEAR: {distance:,} words between; at most {MAX_DISTANCE} may be")
    return Near(tuple(Token(one.text, 0, one.is_prefix) for one in tokens), distance, field)
