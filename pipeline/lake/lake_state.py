"""What a journal comes to: the files that count, and what else is asked of all entries together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from feedlake.pipeline.lake.journal_entry import JournalEntry, run_of
from feedlake.transforms.records.documents import StagedFile


@dataclass(frozen=True)
class LakeState:
    """A lake at one instant, as its journal has it; where files lie is another question.

    Attributes:
        runs: All that are published, and the place of each in the order in which they were, from
            1. No clock has a say in it: one may have been set back.
        files: Those that count, by path below the lake.
        partition_by: Layout of `articles`; None if no run has added any.
        set_aside: Rows that left the lake with damaged files, or their table in an upgrade, by
            table.
        pending: Entries of runs whose files have not all been moved.
    """

    runs: Mapping[str, int] = field(default_factory=dict)
    files: Mapping[str, StagedFile] = field(default_factory=dict)
    partition_by: tuple[str, ...] | None = None
    set_aside: Mapping[str, int] = field(default_factory=dict)
    pending: tuple[JournalEntry, ...] = ()

    def newest_file(self, tables: Collection[str]) -> StagedFile | None:
        """Returns a file that the newest run added to one of these tables; None without any.

        Runs of which no file is left are passed over.
        """
        held = (file for file in self.files.values() if file.table in tables)
        return max(held, key=lambda file: (self.place_of(file.path), file.path), default=None)

    def place_of(self, path: str) -> int:
        """Returns the place of the run that wrote a file; 0 if the journal has no such run."""
        return self.runs.get(run_of(path), 0)


def add_entries(
    base: LakeState, entries: Collection[JournalEntry], *, pending: frozenset[str] = frozenset()
) -> LakeState:
    """Returns the state that further entries make of one; in which order they stand is the same.

    They were published in the order of their numbers. Those without any, by an older feedlake, came
    before them, and their ids, which begin with times, are all that is known of their order.

    Args:
        base: The state before.
        entries: The entries.
        pending: The runs among them whose files have not all been moved.
    """
    entries = sorted(entries, key=lambda entry: (entry.number or 0, entry.run_id))
    known = {**base.files, **{file.path: file for entry in entries for file in entry.add}}
    removed = {path for entry in entries for path in entry.remove}
    files = {path: file for path, file in known.items() if path not in removed}
    set_aside = Counter(base.set_aside)
    for entry in entries:
        if entry.remove and not entry.is_rewrite:
            for path in entry.remove:
                if path in known:
                    set_aside[known[path].table] += known[path].rows
            for file in entry.add:
                set_aside[file.table] -= file.rows
    return LakeState(
        {
            **base.runs,
            **{
                entry.run_id: place for place, entry in enumerate(entries, start=len(base.runs) + 1)
            },
        },
        files,
        _layout(base, entries, files),
        set_aside,
        tuple(entry for entry in entries if entry.run_id in pending),
    )


def _layout(
    base: LakeState, entries: Sequence[JournalEntry], files: Mapping[str, StagedFile]
) -> tuple[str, ...] | None:
    """That of the newest run whose articles are not all replaced, or of the newest at all.

    A change of layout replaces the articles of all runs before it.
    """
    newest = None
    for entry in reversed(entries):
        added = [file.path for file in entry.add if file.table == "articles"]
        if any(path in files for path in added):
            return entry.partition_by
        if added:
            newest = newest or entry.partition_by
    if any(file.table == "articles" and file.path in files for file in base.files.values()):
        return base.partition_by
    return newest or base.partition_by
