"""Sources and lakes on a filesystem that only Beam knows."""

import os
from typing import ClassVar

import pyarrow.parquet as pq
import pytest
from apache_beam.io.filesystem import FileMetadata
from apache_beam.io.localfilesystem import LocalFileSystem
from apache_beam.options.pipeline_options import HadoopFileSystemOptions

from feedlake.pipeline.cli.main import main
from feedlake.pipeline.lake.lake import Lake
from feedlake.pipeline.upkeep.verify import verify

PREFIX = "shelf://"


class ShelfFileSystem(LocalFileSystem):
    """The local disk under another name, as an object store has one: no folders to make."""

    hosts: ClassVar[list[str | None]] = []

    def __init__(self, pipeline_options):
        super().__init__(pipeline_options)
        host = pipeline_options and pipeline_options.view_as(HadoopFileSystemOptions).hdfs_host
        self.hosts.append(host)

    @classmethod
    def scheme(cls):
        return "shelf"

    def join(self, basepath, *paths):
        return "/".join([basepath.rstrip("/"), *paths])

    def split(self, path):
        head, _, tail = path.rpartition("/")
        return head, tail

    def _list(self, dir_or_prefix):
        for parent, _, names in os.walk(dir_or_prefix.removeprefix(PREFIX)):
            for name in names:
                yield self.metadata(f"{PREFIX}{parent}/{name}")

    def create(self, path, *arguments, **options):
        local = path.removeprefix(PREFIX)
        os.makedirs(os.path.dirname(local), exist_ok=True)
        return super().create(local, *arguments, **options)

    def open(self, path, *arguments, **options):
        return super().open(path.removeprefix(PREFIX), *arguments, **options)

    def rename(self, sources, targets):
        for target in targets:
            os.makedirs(os.path.dirname(target.removeprefix(PREFIX)), exist_ok=True)
        super().rename(
            [source.removeprefix(PREFIX) for source in sources],
            [target.removeprefix(PREFIX) for target in targets],
        )

    def metadata(self, path):
        found = super().metadata(path.removeprefix(PREFIX))
        return FileMetadata(path, found.size_in_bytes, found.last_updated_in_seconds)

    def exists(self, path):
        return os.path.isfile(path.removeprefix(PREFIX))

    def delete(self, paths):
        super().delete([path.removeprefix(PREFIX) for path in paths])


@pytest.fixture
def sources(tmp_path):
    folder = tmp_path / "sources"
    folder.mkdir()
    (folder / "harbour.txt").write_text("date 2026-01-05 The harbour opens again on Monday.\n")
    (folder / "bridge.txt").write_text("date 2026-01-06 The bridge stays closed for a week.\n")
    return folder


def test_sources_are_read_from_a_filesystem_that_beam_knows(tmp_path, sources):
    assert main(["ingest", f"{PREFIX}{sources}", "--lake", str(tmp_path / "lake"), "--quiet"]) == 0

    files = Lake(str(tmp_path / "lake")).files("articles")
    assert [pq.ParquetFile(path).read().column("source").to_pylist() for path in files] == [
        [f"{PREFIX}{sources}/harbour.txt"],
        [f"{PREFIX}{sources}/bridge.txt"],
    ]


def test_filesystems_get_the_flags_of_beams(tmp_path, sources):
    ShelfFileSystem.hosts.clear()
    words = ["ingest", f"{PREFIX}{sources}", "--lake", str(tmp_path / "lake"), "--quiet"]

    assert main([*words, "--", "--hdfs_host=harbour.example"]) == 0

    assert set(ShelfFileSystem.hosts) == {"harbour.example"}


def test_a_lake_on_such_a_filesystem_holds_each_article_once(tmp_path, sources):
    lake = f"{PREFIX}{tmp_path}/lake"
    for _ in range(2):
        words = ["ingest", str(sources), "--lake", lake, "--quiet", "--reread", "--unlocked"]
        assert main(words) == 0

    assert verify_rows(tmp_path / "lake") == 2
    assert Lake(lake).files("articles") == [
        path.replace(str(tmp_path), f"{PREFIX}{tmp_path}")
        for path in Lake(str(tmp_path / "lake")).files("articles")
    ]


def test_such_a_lake_is_not_written_to_without_the_word_of_the_operator(tmp_path, sources, capsys):
    lake = f"{PREFIX}{tmp_path}/lake"

    assert main(["ingest", str(sources), "--lake", lake]) == 2

    assert "with --unlocked you see to it yourself" in capsys.readouterr().err
    assert not (tmp_path / "lake").exists()


def test_such_a_lake_is_queried_and_verified(tmp_path, sources, capsys):
    lake = f"{PREFIX}{tmp_path}/lake"
    main(["ingest", str(sources), "--lake", lake, "--quiet", "--unlocked"])

    assert main(["query", "SELECT count(*) AS n FROM articles", "--lake", lake]) == 0
    assert "2" in capsys.readouterr().out
    assert main(["compact", "--verify", "--lake", lake]) == 0


def verify_rows(lake):
    assert verify(Lake(str(lake))) == []
    return sum(pq.ParquetFile(path).metadata.num_rows for path in Lake(str(lake)).files("articles"))
