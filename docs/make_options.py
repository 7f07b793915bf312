"""Writes the options into README.md and docs/configuration.md: `python docs/make_options.py`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

from feedlake.pipeline.config.config_template import default_as_toml
from feedlake.pipeline.options.option_kinds import FLAG
from feedlake.pipeline.options.option_table import (
    COMMANDS,
    FILE_OPTIONS,
    SOURCE_OPTIONS,
    Option,
    options_of,
)

DOCS = Path(__file__).resolve().parent
PAGES = (DOCS.parent / "README.md", DOCS / "configuration.md")
BLOCK = re.compile(r"(<!-- options: (\w+) -->\n).*?(<!-- end of options -->)", re.DOTALL)


def render(page: str) -> str:
    """Returns a page with its tables of options as the code has them.

    Args:
        page: Its text.
    """

    def fill(block: re.Match[str]) -> str:
        return block[1] + "".join(f"{line}\n" for line in TABLES[block[2]]()) + block[3]

    return BLOCK.sub(fill, page)


def _flags() -> Iterator[str]:
    yield "| flag | default | what it does |"
    yield "|---|---|---|"
    for option in options_of("ingest").values():
        if not option.is_positional:
            default = "off" if option.kind is FLAG else option.shown_default or "none"
            default = "required" if option.required_by else default
            yield f"| `{_flag(option)}` | {default} | {_help(option)} |"
    yield "| `-- FLAG…` | | what follows `--` goes to Beam |"


def _commands() -> Iterator[str]:
    yield "| command | what it does |"
    yield "|---|---|"
    shared = options_of("ingest").values()
    for command in COMMANDS[1:]:
        options = options_of(command.name).values()
        words = [_words(option, command.name) for option in options if option.is_positional]
        words += [
            _flag(option)
            for option in options
            if option.name == "lake"
            or (command.name in option.required_by and not option.is_positional)
        ]
        usage = " ".join(["feedlake", command.name, *words])
        yield f"| `{usage}` | {command.summary}{_link(command.page)} |"
        for option in options:
            if option not in shared and command.name not in option.required_by:
                shown = f" (default: {option.shown_default})" if option.shown_default else ""
                yield f"| … `{_flag(option)}` | {_help(option)}{shown} |"
    told = "print the version, and libraries whose release makes runs slower"
    page = "docs/operations.md#after-an-update-of-a-library"
    yield f"| `feedlake --version` | {told}{_link(page)} |"


def _keys() -> Iterator[str]:
    yield "| key | default, as TOML | may be |"
    yield "|---|---|---|"
    for option in FILE_OPTIONS.values():
        default = f"`{default_as_toml(option)}`"
        if option.required_by:
            default = "required, here or on the command line"
        elif option.default is None or option.name == "workers":
            default = option.shown_default or "none"
        yield f"| `{option.name}` | {default} | {_allowed(option)} |"


def _source() -> Iterator[str]:
    yield "| key | what it does | may be |"
    yield "|---|---|---|"
    for option in SOURCE_OPTIONS.values():
        yield f"| `{option.name}` | {option.help} | {_allowed(option)} |"


def _flag(option: Option) -> str:
    name = "" if option.is_positional else f"--{option.name} "
    return (name + option.kind.metavar.strip("{}").replace(",", "\\|")).strip()


def _words(option: Option, command: str) -> str:
    word = _flag(option)
    if option.kind.gather:
        return f"{word}…"
    return word if command in option.required_by else f"[{word}]"


def _help(option: Option) -> str:
    return option.help + _link(option.page)


def _link(page: str) -> str:
    return f"; see [{Path(page).stem}]({page})" if page else ""


def _allowed(option: Option) -> str:
    allowed = "`true` or `false`" if option.kind is FLAG else option.kind.allowed
    if not option.example or "\n" in option.example or option.kind is FLAG:
        return allowed
    return f"`{option.example}`: {allowed}"


TABLES: dict[str, Callable[[], Iterator[str]]] = {
    "ingest": _flags,
    "others": _commands,
    "config": _keys,
    "source": _source,
}

if __name__ == "__main__":
    for path in PAGES:
        path.write_text(render(path.read_text(encoding="utf-8")), encoding="utf-8")
