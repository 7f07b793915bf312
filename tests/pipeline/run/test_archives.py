"""Archives across runs: read once, known by what they hold, and told member by member."""

from __future__ import annotations

import io
import json
import os
import tarfile
import zipfile

import pytest
from conftest import content_of, read_rows

NOTES = {
    "news/1.txt": "date 2026-11-01\nThe ferry sails at nine, and the gulls are early.",
    "news/2.txt": "date 2026-11-02\nThe library at the lighthouse is open on Sundays.",
    "more.jsonl": '{"text": "The mill is old.", "date": "2026-11-03"}\n{broken\n',
}


def write_archive(path, members):
    if path.suffix == ".zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as zipped:
            for name, text in members.items():
                zipped.writestr(name, text)
        return path
    with tarfile.open(path, "w:gz") as tarred:
        for name, text in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(text.encode())
            tarred.addfile(member, io.BytesIO(text.encode()))
    return path


@pytest.mark.parametrize("name", ["more.zip", "more.tar.gz"])
def test_archive_gives_the_rows_of_a_folder_and_is_read_once(tmp_path, feedlake, name):
    lake, news = tmp_path / "lake", tmp_path / "news"
    news.mkdir()
    path = write_archive(news / name, NOTES)

    first = json.loads(feedlake("ingest", news, "--lake", lake, "--json").out)
    again = json.loads(feedlake("ingest", news, "--lake", lake, "--json").out)
    reread = json.loads(feedlake("ingest", news, "--lake", lake, "--json", "--reread").out)
    os.utime(path, (1_000_000_000, 1_000_000_000))
    touched = json.loads(feedlake("ingest", news, "--lake", lake, "--json").out)

    names = ("sources", "unchanged_sources", "documents", "articles", "rejects", "already_in_lake")
    assert [first[name] for name in names] == [1, 0, 4, 3, 1, 0]
    assert [again[name] for name in names] == [0, 1, 0, 0, 0, 0]
    assert [reread[name] for name in names] == [1, 0, 4, 0, 0, 4]
    assert [touched[name] for name in names] == [1, 0, 4, 0, 0, 4]
    sources = {row["source"] for row in read_rows(lake, "articles")}
    assert sources == {f"{path}!/{member}" for member in NOTES}
    told = json.loads(feedlake("explain", path, "--lake", lake, "--json").out)
    assert (len(told["articles"]), len(told["rejects"])) == (3, 1)


def test_chunks_of_an_archive_give_what_one_run_gives(tmp_path, feedlake):
    path = write_archive(
        tmp_path / "more.zip", {**NOTES, "inner/page.html": "<!doctype html><p>Short."}
    )
    feedlake("ingest", path, "--lake", tmp_path / "whole")
    cut = feedlake("ingest", path, "--lake", tmp_path / "cut", "--chunk-documents", 2, "--json")

    account = json.loads(cut.out)
    assert (account["sources"], account["documents"], len(account["runs"])) == (1, 5, 3)
    for table in ("articles", "rejects"):
        found = content_of(tmp_path / "cut")[table]
        assert found == content_of(tmp_path / "whole")[table]
