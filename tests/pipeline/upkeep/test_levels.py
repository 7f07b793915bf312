"""Which files are merged, by their sizes: bounds on what is rewritten, and on what is left."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedlake.pipeline.upkeep.levels import Merge, SizedFile, plan_merges

KB, MB = 1 << 10, 1 << 20

Folders = dict[str, list[SizedFile]]


class Sizes:
    """A lake of sizes alone: what came, what was rewritten, and what is there."""

    def __init__(self, *, kept: float = 1.0) -> None:
        """Makes an empty one.

        Args:
            kept: Share of the rows' bytes that merging keeps.
        """
        self.folders: Folders = {}
        self.came = self.rewritten = self.number = 0
        self._kept = kept
        self._fixed: dict[str, int] = {}

    def add(self, folder: str, size: int, fixed: int = 0) -> None:
        """Adds a file of some bytes of rows, and those that each of the folder's files has."""
        self.came += size + fixed
        self._fixed[folder] = fixed
        self._put(folder, size + fixed, is_new=True)

    def count_savings(self) -> int:
        return sum(len(merge.files) - 1 for merge in plan_merges(self.folders))

    def compact(self, *, max_bytes: int = 256 * MB) -> int:
        """Makes the merges of one plan; returns how many files fewer there are."""
        saved = 0
        for merge in plan_merges(self.folders, max_bytes=max_bytes):
            folder = merge.files[0].path.rpartition("/")[0]
            gone = set(merge.files)
            assert len(gone) == len(merge.files) > 1
            assert merge.size_bytes <= max_bytes
            left = [file for file in self.folders[folder] if file not in gone]
            assert len(left) == len(self.folders[folder]) - len(gone)
            self.folders[folder] = left
            fixed = self._fixed[folder]
            size = fixed + int((merge.size_bytes - fixed * len(gone)) * self._kept)
            self.rewritten += size
            self._put(folder, size, is_new=False)
            saved += len(gone) - 1
        return saved

    def files(self) -> int:
        return sum(map(len, self.folders.values()))

    def _put(self, folder: str, size: int, *, is_new: bool) -> None:
        self.number += 1
        file = SizedFile(size, f"{folder}/{self.number:06d}", is_new)
        self.folders.setdefault(folder, []).append(file)


def sized(sizes: Iterable[int], *, is_new: bool = True) -> list[SizedFile]:
    return [SizedFile(size, f"a/{number}", is_new) for number, size in enumerate(sizes)]


def merged(files: Sequence[SizedFile]) -> list[list[int]]:
    """The sizes that a plan merges, in kB."""
    plan = plan_merges({"a": list(files)})
    return [[file.size_bytes // KB for file in merge.files] for merge in plan]


@pytest.mark.parametrize("count", [2, 3, 5, 96, 2_000])
def test_new_files_of_like_size_become_one(count):
    assert merged(sized([15 * KB] * count)) == [[15] * count]
    assert merged(sized([15 * KB, 29 * KB][:count] * (count // 2))) == [
        sorted([15, 29] * (count // 2))
    ]


@pytest.mark.parametrize("large", [300 * KB, 5 * MB, 200 * MB])
@pytest.mark.parametrize("is_new", [True, False])
@pytest.mark.parametrize("small", [1, 2, 5])
def test_a_few_new_rows_leave_large_files_as_they_are(large, is_new, small):
    files = [SizedFile(large, "a/large", is_new), *sized([15 * KB] * small)]

    assert merged(files) == ([[15] * small] if small > 1 else [])


def test_levels_merge_what_compactions_wrote_once_it_is_twelve_times_the_largest():
    assert merged(sized([MB] * 11, is_new=False)) == []
    assert merged(sized([MB] * 12, is_new=False)) == [[1024] * 12]


def test_files_that_do_not_fit_together_stay_apart():
    assert merged(sized([150 * MB] * 9)) == []
    assert merged(sized([100 * MB] * 9)) == [[100 * KB] * 2]
    assert merged(sized([300 * MB] * 9)) == []


def test_new_bytes_of_one_folder_pay_for_the_last_leaves_of_another():
    leaves = [SizedFile(40 * KB, f"old/{number}", False) for number in range(2)]
    few = [SizedFile(15 * KB, f"new/{number}", True) for number in range(2)]
    many = [SizedFile(15 * KB, f"new/{number}", True) for number in range(20)]

    assert [len(merge.files) for merge in plan_merges({"old": leaves, "new": few})] == [2]
    assert [len(merge.files) for merge in plan_merges({"old": leaves, "new": many})] == [2, 20]
    assert plan_merges({"old": leaves}) == []


def test_credit_is_spent_once_and_where_it_saves_most():
    """Levels merge 20 new files of 15 kB, and three times 19 of these, 855 kB, are the credit."""
    folders = {
        f"old-{day:02}": [
            SizedFile((30 + day) * KB, f"old-{day:02}/{leaf}", False) for leaf in range(2)
        ]
        for day in range(50)
    }
    new = {"new": [SizedFile(15 * KB, f"new/{number}", True) for number in range(20)]}

    merges = plan_merges(folders | new)

    assert [merge.size_bytes // KB for merge in merges] == [*range(60, 84, 2), 300]
    assert sum(merge.size_bytes for merge in merges[:-1]) == 852 * KB


def test_credit_rewrites_no_more_than_eight_mb_to_have_one_file_less():
    many = [SizedFile(MB, f"new/{number}", True) for number in range(200)]
    late = SizedFile(15 * KB, "old/late", True)

    def merges(large: int) -> list[Merge]:
        return plan_merges({"new": many, "old": [SizedFile(large, "old/day", False), late]})

    assert [len(merge.files) for merge in merges(7 * MB)] == [200, 2]
    assert [len(merge.files) for merge in merges(9 * MB)] == [200]


ARRIVALS = st.lists(
    st.tuples(
        st.sampled_from("abc"),
        st.sampled_from([4, 5, 8, 15, 16, 40, 100, 1_000, 3_000, 20_000, 140_000]),
        st.sampled_from([1, 1, 1, 4, 30]),
        st.booleans(),
    ),
    max_size=60,
)
"""Folder, size in kB, how many of them at once, and whether somebody compacts then."""


@given(ARRIVALS, st.sampled_from([1.0, 0.9, 0.5]), st.sampled_from([64 * MB, 256 * MB]))
def test_at_most_eight_bytes_are_rewritten_for_each_that_came(arrivals, kept, max_bytes):
    lake = Sizes(kept=kept)
    for folder, size, count, is_compacted in arrivals:
        for _ in range(count):
            lake.add(folder, size * KB)
        if is_compacted:
            lake.compact(max_bytes=max_bytes)
        assert lake.rewritten <= 8 * lake.came


@pytest.mark.parametrize("size", [4 * KB, 15 * KB, 200 * KB])
@pytest.mark.parametrize("every", [1, 7, 96])
def test_one_folder_that_grows_for_ever_is_rewritten_at_most_eight_times(size, every):
    """A lake by years, say, compacted after each run; nothing is saved by merging."""
    lake = Sizes()
    most = 0
    for number in range(1, 12_000):
        lake.add("articles/year=2026", size)
        if number % every == 0:
            lake.compact()
            most = max(most, lake.files() - lake.came // (128 * MB))

    assert lake.rewritten <= 8 * lake.came
    assert most <= 60


@given(ARRIVALS)
def test_compacting_comes_to_an_end_and_leaves_nothing_that_levels_call_for(arrivals):
    lake = Sizes(kept=0.8)
    for folder, size, count, _ in arrivals:
        for _ in range(count):
            lake.add(folder, size * KB, 3 * KB)
    before = lake.files()
    saved = 0
    while step := lake.compact():
        saved += step

    assert lake.files() == before - saved
    for files in lake.folders.values():
        sizes = sorted(file.size_bytes for file in files)
        for number in range(2, len(sizes) + 1):
            together = sum(sizes[:number])
            assert together > 256 * MB or together < 12 * sizes[number - 1]


@given(ARRIVALS, st.randoms())
def test_the_order_of_files_decides_nothing(arrivals, dice):
    lake = Sizes()
    for folder, size, count, _ in arrivals:
        for _ in range(count):
            lake.add(folder, size * KB)
    shuffled = {name: dice.sample(files, len(files)) for name, files in lake.folders.items()}

    assert plan_merges(shuffled) == plan_merges(lake.folders)


RUN = {
    "runs": (15, 0, 400, 1.0),
    "sources": (20, 60, 250, 1.0),
    "known": (5, 8, 80, 0.9),
    "deferred": (9, 6, 400, 0.9),
    "rejects": (7, 2, 120, 0.7),
    "duplicates": (14, 2, 900, 0.6),
    "articles": (16, 10, 1_800, 1.0),
    "revisions": (17, 2, 1_800, 0.6),
}
"""Of each table: kB of a file without rows (measured 2026-11), about how many rows a run adds,
their bytes, and how often it adds any."""


@pytest.mark.parametrize(
    ("days", "every", "beyond", "most_beyond"),
    [(365, 12, 500, 1_100), (365, 96 * 7, 0, 6_500), (30, 1, 0, 800)],
    ids=["scheduled", "compacted weekly", "compacted after each run"],
)
def test_96_runs_a_day_leave_about_a_file_a_folder(days, every, beyond, most_beyond):
    """Late articles for old days among them."""
    dice = random.Random(5)
    lake = Sizes()
    fixed = {table: kb * KB for table, (kb, *_) in RUN.items()}
    most = 0
    for run in range(days * 96):
        day = run // 96
        for table, (_, mean, row_bytes, chance) in RUN.items():
            if dice.random() < chance:
                rows = 1 + int(dice.expovariate(1 / mean) if mean else 0)
                lake.add(f"{table}/{day}", rows * row_bytes, fixed[table])
            if table in ("articles", "revisions") and dice.random() < 0.5:
                earlier = day - 1 - int(dice.expovariate(1 / 20))
                lake.add(f"{table}/{earlier}", row_bytes, fixed[table])
        if run % every == 0 and lake.count_savings() > beyond:
            lake.compact(max_bytes=64 * MB)
        most = max(most, lake.files() - len(lake.folders))

    assert lake.rewritten <= 8 * lake.came
    assert most <= most_beyond
    lake.compact()
    files = Counter(name.partition("/")[0] for name, held in lake.folders.items() for _ in held)
    folders = Counter(name.partition("/")[0] for name in lake.folders)
    if days == 365:
        assert lake.files() <= 1.1 * len(lake.folders)
        assert files["articles"] <= 1.6 * folders["articles"]
        many = {table for table in RUN if files[table] > 1.1 * folders[table]}
        assert many <= {"articles"}
    assert files["runs"] <= 1.1 * folders["runs"]
