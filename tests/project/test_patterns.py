"""No pattern of ours takes quadratic time, however a page, a feed or a file repeats itself.

Each pattern is run as the code runs it (`match`, `search`, ...) over texts that repeat one piece,
at sizes that double. If the text grows eightfold, a linear pattern takes eight times as long, a
quadratic one 64 times. Only such ratios within one run decide, so a busy machine changes nothing.
"""

from __future__ import annotations

import ast
import re
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from re import _constants as ops  # type: ignore[attr-defined]
from re import _parser  # type: ignore[attr-defined]
from typing import Any, NamedTuple

import pytest
from conftest import PROJECT

from feedlake.transforms.tables.csv_rows import Dialect

ALL_USES = frozenset({"match", "fullmatch", "search", "finditer"})
"""How a pattern may be run, if its name doesn't tell: it is in a table, or handed on."""

USES = dict.fromkeys(("findall", "sub", "subn", "split"), "finditer") | {
    name: name for name in ALL_USES
}
"""What each method of a pattern does with a text: four of them look for all places."""

SMALLEST = 12
"""Characters of the shortest text: one of exponential time ends with a text twice as long."""

LONGEST = 1_536
"""Characters of the longest text, unless it looks as if time grew faster than it."""

LONGEST_DOUBTED = 12_288
"""Characters of the longest text if it does."""

DOUBTED, QUADRATIC = 13, 24
"""How much longer eight times the size may take before more sizes are tried, and at all."""

LONG_S = 0.03
"""CPU time of one text after which no longer one is tried, so that nothing hangs."""

MAX_TEXTS = 90
"""Texts that a pattern is tried with."""

PIECES = (" ", "\n", "\t", "a", "A", "0", "-", ".", ",", "<", "<a ", '"', "/", "a ", "1 ", "\u3042")
"""What every pattern meets repeated."""

SAMPLES = " a0-.\n<\"'A,:/\u3042\xe9;=&|[(\u00b7\u2022_+@#"
"""Characters of which those stand for a class of characters that belong to it."""

IN_FUNCTIONS = {
    "blocked_pages.blocked_page_words": "its module calls it, for names that are tested",
    "enrich.entities": "its module calls it, for names that are tested",
    "feed_texts.feed_words": "what its functions return is tested",
    "quicker.element_predicates": "the rules of trafilatura releases that were compared",
    "feeds.xml_feed": "an end tag of a given name",
    "language.language_scripts": "its module calls it, for names that are tested",
    "feedlake.pipeline.remote.remote_sources": "a pattern of names that the operator gave",
    "tables.csv_dialect": "a delimiter and a quote",
    "tables.csv_rows": "of a dialect: tested by themselves",
}
"""Modules with functions that build patterns from what they are given: what those are."""

IN_TABLES = {
    "TITLES": "fullmatch",  # Of `blocked_page_words`.
    "NOTICES": "match",
}
"""How the patterns of a table are run, where that matters."""

RETURNED = {
    "feedlake.transforms.feed_texts.feed_words": {
        "read_more": "search",
        "footer": "fullmatch",
        "no_text": "finditer",
        "about_markup": "search",
    }
}
"""Functions that return a pattern, by their module, and how it is run."""

BOUNDED = {
    "feedlake.transforms.extract.library_calls._CLOSED_DOCTYPE": "4,096 characters, a page's head",
    "feedlake.transforms.feed_texts.whole_text._ADDRESS_END": "200 characters of a text's end",
    "feedlake.transforms.normalize.names._LINK_WORDS": "a name, which has at most 100 characters",
}
"""Patterns that may take quadratic time, as the call cuts what they get: to what."""


class OwnPattern(NamedTuple):
    """A pattern, where it stands, and how the code runs it."""

    where: str
    pattern: re.Pattern[Any]
    uses: frozenset[str]


def module_name(path: Path) -> str:
    return ".".join(["feedlake", *path.relative_to(PROJECT).with_suffix("").parts])


@cache
def read_trees() -> dict[str, ast.Module]:
    """Returns each module of ours by its name, parsed."""
    return {
        module_name(path): ast.parse(path.read_text("utf-8"))
        for folder in ("pipeline", "transforms")
        for path in sorted((PROJECT / folder).rglob("*.py"))
        if path.name not in ("__init__.py", "__main__.py")
    }


def find_uses(trees: dict[str, ast.Module]) -> dict[tuple[str, str], set[str]]:
    """Returns what is done with each module's names: methods of patterns, or anything (`*`)."""
    uses: dict[tuple[str, str], set[str]] = defaultdict(set)
    for module, tree in trees.items():
        local: dict[str, tuple[str, str]] = {}
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("feedlake."):
                for one in node.names:
                    local[one.asname or one.name] = (node.module or "", one.name)
        told = set()
        for node in ast.walk(tree):
            if not isinstance(node, ast.Attribute):
                continue
            if isinstance(node.value, ast.Name):
                told.add(node.value)
                name = node.value.id
                if (place := local.get(name)) and ".".join(place) in trees:
                    uses[".".join(place), node.attr].add("*")  # `module.NAME`
                uses[local.get(name, (module, name))].add(USES.get(node.attr, ""))
        for node in ast.walk(tree):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node not in told:
                uses[local.get(node.id, (module, node.id))].add("*")
    return uses


def find_patterns(value: object, depth: int = 4) -> Iterator[re.Pattern[Any]]:
    """Yields the patterns in a value, or in what it holds."""
    if isinstance(value, re.Pattern):
        yield value
    elif depth and isinstance(value, dict):
        for one in (*value, *value.values()):
            yield from find_patterns(one, depth - 1)
    elif depth and isinstance(value, list | tuple | set | frozenset):
        for one in value:
            yield from find_patterns(one, depth - 1)
    elif depth and is_dataclass(value) and not isinstance(value, type):
        for field in fields(value):
            yield from find_patterns(getattr(value, field.name, None), depth - 1)


def find_written_out(module: str, tree: ast.Module) -> Iterator[OwnPattern]:
    """Yields the patterns that stand as they are in a call like `re.match("...", text)`."""
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and ast.unparse(node.func.value) == "re"
            and node.func.attr in USES
            and isinstance(node.args[0], ast.Constant)
        ):
            flags = 0
            for part in [*node.args[2:], *(one.value for one in node.keywords)]:
                for name in re.findall(r"\bre\.([A-Z]+)\b", ast.unparse(part)):
                    flags |= getattr(re, name)
            pattern = re.compile(node.args[0].value, flags)
            yield OwnPattern(f"{module}:{node.lineno}", pattern, frozenset({USES[node.func.attr]}))


@cache
def read_patterns() -> dict[str, list[OwnPattern]]:
    """Returns all patterns of ours by the package that they stand in."""
    trees = read_trees()
    uses = find_uses(trees)
    places: dict[tuple[str | bytes, int], list[str]] = defaultdict(list)
    found: dict[tuple[str | bytes, int], tuple[re.Pattern[Any], set[str]]] = {}
    for module, tree in trees.items():
        for name, value in vars(import_module(module)).items():
            in_table = not isinstance(value, re.Pattern)
            for pattern in find_patterns(value):
                key = (pattern.pattern, pattern.flags)
                mine = uses[module, name]
                if in_table:
                    mine = {IN_TABLES.get(name, "*")}
                places[key].append(f"{module}.{name}")
                found.setdefault(key, (pattern, set()))[1].update(mine)
        for name, use in RETURNED.get(module, {}).items():
            pattern = getattr(import_module(module), name)()
            key = (pattern.pattern, pattern.flags)
            places[key].append(f"{module}.{name}")
            found.setdefault(key, (pattern, set()))[1].add(use)
        for one in find_written_out(module, tree):
            key = (one.pattern.pattern, one.pattern.flags)
            places[key].append(one.where)
            found.setdefault(key, (one.pattern, set()))[1].update(one.uses)
    by_package: dict[str, list[OwnPattern]] = defaultdict(list)
    for key, (pattern, names) in found.items():
        done = ALL_USES if "*" in names else frozenset(names & ALL_USES)
        where = places[key][0]
        package = ".".join(where.partition(":")[0].split(".")[1:3])
        by_package[package].append(OwnPattern(where, pattern, done))
    return by_package


def sample_class(items: list[Any]) -> list[str]:
    """Returns up to three characters that belong to a class of characters."""
    return [char for char in SAMPLES if _is_in(char, items)][:3] or [_first(items)]


def _first(items: list[Any]) -> str:
    op, value = items[0] if items[0][0] is not ops.NEGATE else (ops.LITERAL, 0x2603)
    return chr(value[0] if op is ops.RANGE else value) if op is not ops.CATEGORY else " "


def _is_in(char: str, items: list[Any]) -> bool:
    is_negated = items[0][0] is ops.NEGATE
    for op, value in items:
        if (
            (op is ops.LITERAL and ord(char) == value)
            or (op is ops.RANGE and value[0] <= ord(char) <= value[1])
            or (op is ops.CATEGORY and re.match(CATEGORIES[value], char))
        ):
            return not is_negated
    return is_negated


CATEGORIES = {
    ops.CATEGORY_DIGIT: r"\d",
    ops.CATEGORY_NOT_DIGIT: r"\D",
    ops.CATEGORY_SPACE: r"\s",
    ops.CATEGORY_NOT_SPACE: r"\S",
    ops.CATEGORY_WORD: r"\w",
    ops.CATEGORY_NOT_WORD: r"\W",
}
REPEATS = (ops.MAX_REPEAT, ops.MIN_REPEAT, ops.POSSESSIVE_REPEAT)


def sample_one(op: Any, value: Any) -> list[str]:
    """Returns characters for a part of a pattern that takes one, or an empty text."""
    if op is ops.LITERAL:
        return [chr(value)]
    if op is ops.NOT_LITERAL:
        return [char for char in SAMPLES if ord(char) != value][:3]
    if op is ops.ANY:
        return ["a", " ", "<"]
    return sample_class(value) if op is ops.IN else [""]


def find_repeats(tree: Any, before: str = "") -> Iterator[tuple[str, list[str]]]:
    """Yields each repeated part of a parsed pattern: what stands before it, and what it takes.

    Last comes one text for the whole, with nothing to take.
    """
    for op, value in tree:
        texts = sample_one(op, value)
        if op is ops.SUBPATTERN:
            texts = yield from _inner(value[-1], before)
        elif op is ops.ATOMIC_GROUP:
            texts = yield from _inner(value, before)
        elif op is ops.BRANCH:
            texts = []
            for branch in value[1]:
                texts += yield from _inner(branch, before)
        elif op in REPEATS:
            least, most, inner = value
            texts = yield from _inner(inner, before)
            if most > 8:
                yield before, texts[:4]
            texts = [text * least for text in texts]
        elif op in (ops.ASSERT, ops.ASSERT_NOT):
            yield from _inner(value[1], before)
        before += texts[0]
    yield before, []


def _inner(tree: Any, before: str) -> Any:
    """Passes on what repeats in a part, and returns texts for it."""
    whole = before
    for start, texts in find_repeats(tree, before):
        if texts:
            yield start, texts
        else:
            whole = start
    texts = [whole[len(before) :]]
    if len(tree) == 1 and tree[0][0] is ops.IN:
        texts = sample_class(tree[0][1])
    return texts


def find_texts(pattern: re.Pattern[Any]) -> list[tuple[str, str, str]]:
    """Returns texts for a pattern, as what stands first, what repeats, and what stands last."""
    repeats = list(find_repeats(_parser.parse(pattern.pattern, pattern.flags & ~re.UNICODE)))
    whole = repeats.pop()[0]
    found = dict.fromkeys(("", piece, end) for piece in PIECES for end in ("", "\x00"))
    own: dict[tuple[str, str, str], None] = {}
    for before, texts in repeats:
        for text in texts:
            if text:
                own |= dict.fromkeys([("", text, "\x00"), ("", before + text, "")])
                if before:
                    own |= dict.fromkeys([(before, text, "\x00"), (before, text, "")])
    for cut in {len(whole), len(whole) - 1, len(whole) // 2} - {0, -1}:
        own[("", whole[:cut], "")] = None
    room = MAX_TEXTS - len(found)
    step = max(1, len(own) // room)
    return [*found, *list(own)[::step][:room]]


RUNS: dict[str, Callable[[re.Pattern[Any], Any], object]] = {
    "match": lambda pattern, text: pattern.match(text),
    "fullmatch": lambda pattern, text: pattern.fullmatch(text),
    "search": lambda pattern, text: pattern.search(text),
    "finditer": lambda pattern, text: sum(1 for _ in pattern.finditer(text)),
}


def measure(pattern: re.Pattern[Any], use: str, text: str | bytes) -> float:
    """Returns the CPU seconds that one run takes."""
    run = RUNS[use]
    begin = time.process_time()
    run(pattern, text)
    return time.process_time() - begin


def is_quadratic(pattern: re.Pattern[Any], use: str, parts: tuple[str, str, str]) -> bool:
    """Whether time grows much faster than a text that repeats a piece."""
    first, piece, last = parts

    def run(size: int, times: int) -> float:
        text = first + piece * (size // len(piece) + 1) + last
        given: str | bytes = text
        if isinstance(pattern.pattern, bytes):
            given = text.encode("latin-1", "replace")
        return min(measure(pattern, use, given) for _ in range(times))

    size = SMALLEST
    while size < LONGEST and run(size, 1) < LONG_S / 4:
        size *= 2
    if run(size, 1) < DOUBTED * run(max(size // 8, 1), 2):
        return False
    while size < LONGEST_DOUBTED and run(size, 1) < LONG_S:
        size *= 2
    return run(size, 3) > QUADRATIC * run(max(size // 8, 1), 5)


PACKAGES = sorted(
    {
        f"{folder}.{path.name}"
        for folder in ("pipeline", "transforms")
        for path in (PROJECT / folder).iterdir()
        if path.is_dir() and not path.name.startswith("_")
    }
)


@pytest.mark.parametrize("package", PACKAGES)
def test_a_repetitive_text_takes_no_quadratic_time(package):
    slow = [
        f"{one.where} {use} of {parts}: {one.pattern.pattern!r:.100}"
        for one in read_patterns().get(package, [])
        if one.where not in BOUNDED
        for use in sorted(one.uses)
        if (parts := find_slow_text(one.pattern, use))
    ]

    assert not slow, "\n".join(slow)


def find_slow_text(pattern: re.Pattern[Any], use: str) -> tuple[str, str, str] | None:
    return next((text for text in find_texts(pattern) if is_quadratic(pattern, use, text)), None)


@pytest.mark.parametrize("part", ["inside", "opening", "behind", "loose_field"])
@pytest.mark.parametrize("has_escapes", [False, True])
def test_a_row_of_a_table_takes_no_quadratic_time(part, has_escapes):
    pattern = getattr(Dialect(",", '"', has_escapes=has_escapes), part)

    assert find_slow_text(pattern, "match") is None


def test_patterns_are_built_where_they_are_tested():
    building = {
        module.removeprefix("feedlake.transforms.")
        for module, tree in read_trees().items()
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and ast.unparse(node.func.value) == "re"
        and node.func.attr in {"compile", *USES}
        and not isinstance(node.args[0], ast.Constant)
    }

    assert building == set(IN_FUNCTIONS)


@pytest.mark.parametrize("module", RETURNED)
def test_all_functions_that_return_patterns_are_tested(module):
    cached = {name for name, value in vars(import_module(module)).items() if is_cached(value)}

    assert cached == set(RETURNED[module])


def is_cached(value: object) -> bool:
    return hasattr(value, "cache_info")


@pytest.mark.parametrize(
    ("pattern", "use", "is_slow"),
    [
        (r"feed\s*\+?\s*json", "search", True),
        (r"feed\s*+\+?\s*+json", "search", False),
        (r"\s*x", "search", True),
        (r"\s*x", "match", False),
        (r"(a+)+$", "match", True),
        (r"\s+$", "sub", True),
        (r"(?<!\s)\s+$", "sub", False),
        (r"<!--.*?-->", "findall", True),
    ],
)
def test_quadratic_time_is_seen(pattern, use, is_slow):
    compiled = re.compile(pattern, re.DOTALL)

    assert (find_slow_text(compiled, USES[use]) is not None) == is_slow
