"""Which files the SOURCE arguments stand for: each once, whatever leads to it."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from feedlake.pipeline.options.failures import UsageError
from feedlake.pipeline.run.sources import list_sources
from feedlake.transforms.records.documents import SourceFile


@pytest.fixture(autouse=True)
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with files, hidden ones, brackets, links and a lake."""
    monkeypatch.chdir(tmp_path)
    for name in (
        "in/b.txt",
        "in/a.txt",
        "in/deep/er/c.html",
        "in/.hidden",
        "in/.git/config",
        "in/[x].txt",
        "in/x.txt",
        "in/lake/_journal/lock",
        "in/lake/articles/date=2020-01-01/r-0000.parquet",
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name, encoding="utf-8")
    return tmp_path


def names(*arguments: str, lake: str = "elsewhere") -> list[str]:
    files = list_sources(arguments, lake=os.path.abspath(lake))
    return [os.path.relpath(file.path) for file in files]


ALL = ["in/[x].txt", "in/a.txt", "in/b.txt", "in/deep/er/c.html", "in/x.txt"]


def test_folder_is_walked_to_its_leaves_without_hidden_names_and_lakes():
    assert names("in") == ALL
    assert names("in", lake="in/lake") == ALL
    assert names("in", lake="in/deep") == [name for name in ALL if "deep" not in name]


@pytest.mark.parametrize(
    ("pattern", "matched"),
    [
        ("in/*.txt", ["in/[x].txt", "in/a.txt", "in/b.txt", "in/x.txt"]),
        ("in/[ab].txt", ["in/a.txt", "in/b.txt"]),
        ("in/[x].txt", ["in/[x].txt"]),
        ("in/[[]x].txt", ["in/[x].txt"]),
        ("in/**/*.html", ["in/deep/er/c.html"]),
        ("in/d*", ["in/deep/er/c.html"]),
        ("*/?.txt", ["in/a.txt", "in/b.txt", "in/x.txt"]),
    ],
)
def test_glob_matches_unless_a_file_has_that_name(pattern, matched):
    assert names(pattern) == matched


def test_all_below_a_double_star_is_read_once(tree):
    assert set(ALL) <= set(names("in/**"))


@pytest.mark.parametrize(
    "arguments",
    [
        ("in/a.txt", "./in/../in/a.txt"),
        ("in/a.txt", "in/*.txt", "in"),
        ("in", "in/", "{}/in"),
        ("in/link.txt", "in/a.txt", "in"),
        ("round/in/a.txt", "in"),
    ],
)
def test_file_that_several_paths_lead_to_is_read_once_by_its_own(tree, arguments):
    os.symlink("a.txt", "in/link.txt")
    os.symlink(".", "round")

    listed = names(*(argument.format(tree) for argument in arguments))

    assert listed.count("in/a.txt") == 1
    assert "in/link.txt" not in listed
    assert len(listed) == len(set(map(os.path.realpath, listed)))


def test_link_alone_is_read_by_its_name_and_hard_links_are_files_of_their_own():
    os.symlink("in/a.txt", "link.txt")
    os.link("in/a.txt", "hard.txt")

    assert names("link.txt") == ["link.txt"]
    assert names("in/a.txt", "hard.txt") == ["hard.txt", "in/a.txt"]


def test_linked_folders_are_walked_and_circles_end():
    os.mkdir("links")
    os.symlink("../in/deep", "links/deep")
    os.symlink("..", "in/deep/up")

    assert sorted(names("links")) == sorted(
        [
            *(name.replace("in/", "links/deep/up/", 1) for name in ALL if "deep" not in name),
            "links/deep/er/c.html",
        ]
    )


def test_order_of_arguments_does_not_matter():
    os.symlink("in/b.txt", "one.txt")
    os.symlink("in/b.txt", "two.txt")
    arguments = ("two.txt", "in/a.txt", "one.txt", "in/x.txt")

    assert names(*arguments) == names(*reversed(arguments)) == ["in/a.txt", "in/x.txt", "one.txt"]


def test_home_folder_is_expanded(tree, monkeypatch):
    monkeypatch.setenv("HOME", str(tree / "in"))

    assert names("~/deep") == ["in/deep/er/c.html"]
    assert names("~/[ab].txt") == ["in/a.txt", "in/b.txt"]


def test_file_is_described_by_absolute_path_size_and_time(tree):
    os.utime("in/a.txt", (86400, 86400))

    assert list_sources(("in/a.txt",), lake="/elsewhere") == [
        SourceFile(f"{tree}/in/a.txt", size_bytes=8, modified_at=datetime(1970, 1, 2, tzinfo=UTC))
    ]


@pytest.mark.parametrize("argument", ["in/lake", "in/lake/articles", "in/lake/*/*/*.parquet"])
def test_lake_itself_is_no_source(argument):
    with pytest.raises(UsageError):
        names(argument, lake="in/lake")


def test_lake_is_known_through_a_link():
    os.symlink("in/lake", "link")

    assert names("in", lake="link") == ALL
    with pytest.raises(UsageError, match="is inside the lake"):
        names("link/articles", lake="in/lake")


def test_a_folder_in_a_folder_that_may_not_be_entered_stands_for_its_files(tree, monkeypatch):
    scan = os.scandir

    def refuse(path):
        if os.path.basename(path) == "deep":
            raise PermissionError(13, "Permission denied", path)
        return scan(path)

    monkeypatch.setattr(os, "scandir", refuse)

    assert names("in") == ["in/[x].txt", "in/a.txt", "in/b.txt", "in/deep", "in/x.txt"]
    with pytest.raises(UsageError, match="the folder cannot be read: Permission denied"):
        names("in/deep")
