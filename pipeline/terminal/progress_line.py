"""The line that says how far a command is: what it does, and what it has counted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from feedlake.pipeline.terminal.text_width import width_of
from feedlake.transforms.process.process_wide import process_wide
from feedlake.transforms.process.tally import Tally

TO_INDEX, INDEXED = "articles to index", "articles indexed"
"""Names of counts: how many articles a search index lacks, and how many of them it has got."""


def amount(number: int, noun: str, plural: str = "s") -> str:
    """Returns a number with its noun, in the plural unless it is one."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}{plural}"


def progress_line(elapsed_s: float, *, width: int | None = None) -> str:
    """Returns what this process does and has counted, in words.

    Args:
        elapsed_s: Since when it counts.
        width: How many columns of a terminal it may take; what says least is left out first. None:
            as many as it takes.
    """
    tally = process_wide(Tally)
    counts = tally.snapshot()
    doing = tally.phase
    if (chunks := counts.get("chunks", 0)) > 1:
        doing = f"chunk {chunks}, {doing}" if doing else f"chunk {chunks}"
    done = counts.get(INDEXED, counts.get("documents", 0))
    rate = f"{done / elapsed_s:,.0f}/s" if elapsed_s > 0 else "0/s"
    told = _Line(doing, [*_counted(counts)], rate, str(timedelta(seconds=int(elapsed_s))))
    return str(told) if width is None else told.fit(width)


def _counted(counts: dict[str, int]) -> list[str]:
    """What was counted, the most telling first."""
    if wanted := counts.get(TO_INDEX, 0):
        return [f"{counts.get(INDEXED, 0):,} of {amount(wanted, 'article')}"]
    parts = []
    if sources := counts.get("sources to read", 0):
        parts.append(f"{counts.get('sources', 0):,} of {amount(sources, 'source')}")
    parts.append(amount(counts.get("documents", 0), "document"))
    if pages := counts.get("pages", 0):
        parts.append(f"{amount(pages, 'page')} fetched")
    # These stay at zero until all documents of a chunk have been read.
    parts += [
        amount(counts[outcome], outcome)
        for outcome in ("article", "revision", "duplicate", "reject")
        if counts.get(outcome)
    ]
    if waiting := counts.get("waiting", 0):
        parts.append(f"{waiting:,} left for later runs")
    if already_in_lake := counts.get("known", 0):
        parts.append(f"{already_in_lake:,} already in the lake")
    return parts


@dataclass(frozen=True)
class _Line:
    """The parts of a line.

    Attributes:
        doing: What the process does; empty if it hasn't said.
        counted: What it has counted, the most telling first.
        rate: How fast it is.
        elapsed: For how long it has run.
    """

    doing: str
    counted: list[str]
    rate: str
    elapsed: str

    def __str__(self) -> str:
        return self._joined(self.counted, [self.rate, self.elapsed])

    def fit(self, width: int) -> str:
        """The line without what has no room."""
        return next((line for line in self._shorter() if width_of(line) <= width), "") or _cut(
            self.doing or self.elapsed, width
        )

    def _shorter(self) -> Iterator[str]:
        yield str(self)
        for length in range(len(self.counted), 0, -1):
            yield self._joined(self.counted[:length], [self.elapsed])
        yield self._joined(self.counted[:1], [])
        yield self._joined([], [self.elapsed])

    def _joined(self, counted: list[str], times: list[str]) -> str:
        told = "; ".join(filter(None, [", ".join(counted), ", ".join(times)]))
        return ": ".join(filter(None, [self.doing, told]))


def _cut(text: str, width: int) -> str:
    """The beginning of a text that is too long."""
    if width_of(text) <= width:
        return text
    kept = ""
    for character in text:
        if width_of(kept + character) > width - 1:
            break
        kept += character
    return f"{kept}…" if width > 0 else ""
