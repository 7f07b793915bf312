"""What is removed is gone from the lake's bytes, and comes back by no way."""

from __future__ import annotations

import json
import os
import shutil
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from articles import prose
from conftest import Outcome, read_rows, run_command

from feedlake.pipeline.lake.lake import Lake
from feedlake.pipeline.query.views import connect
from feedlake.pipeline.upkeep.verify import verify

ADDRESS = "https://paper.example/zebra-story"
COPY = "https://agency.example/wire/77"
OTHER = "https://paper.example/other"
TITLE = "Zebrastory of the harbour"
TEXT, OTHER_TEXT = prose(1), prose(2)
REVISED = prose(1, changed=range(0, 60, 5))
RARE = "zebrastory"
# Each takes half a second of CPU with what is looked at after it.
KILLS = int(os.environ.get("FEEDLAKE_KILLS", "8"))


def record(url: str | None, text: str, title: str = TITLE, **more: Any) -> dict[str, Any]:
    return {"url": url, "title": title, "text": text, "date": "2026-03-04", **more}


def write(path: Path, *records: dict[str, Any]) -> Path:
    path.write_text("\n".join(map(json.dumps, records)), encoding="utf-8")
    return path


def ingest(lake: Path, *sources: object) -> dict[str, Any]:
    flags = ("--enrich", "none", "--json", "--lake", lake)
    outcome = run_command("ingest", *sources, *flags)
    assert outcome.code in (0, 3), outcome.err
    return json.loads(outcome.out)


def remove(lake: Path, *flags: object) -> Outcome:
    return run_command("remove", *flags, "--reason", "the author asked for it", "--lake", lake)


def held(lake: Path) -> dict[str, int]:
    tables = ("articles", "revisions", "duplicates", "rejects", "deferred", "known", "removals")
    counts = {table: len(read_rows(lake, table)) for table in tables}
    return {table: count for table, count in counts.items() if count}


def strings_in(lake: Path) -> str:
    """All that the lake's files say, the compressed columns too."""
    parts = []
    for path in sorted(lake.rglob("*")):
        if path.is_file():
            parts.append(path.read_bytes().decode("latin-1"))
            if path.suffix == ".parquet":
                try:
                    parts.append(repr(pq.ParquetFile(path).read().to_pylist()))
                except pa.ArrowException:
                    continue  # A damaged one, of the quarantine.
    return "\n".join(parts).lower()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lake with an article, a revision and a copy of it, a cut record, and another article."""
    folder = tmp_path_factory.mktemp("made")
    first = write(folder / "first.jsonl", record(ADDRESS, TEXT), record(OTHER, OTHER_TEXT, "Other"))
    later = write(folder / "later.jsonl", record(ADDRESS, REVISED), record(COPY, TEXT))
    empty = write(folder / "empty.jsonl", record(f"{ADDRESS}?utm_source=x", ""))
    lake = folder / "lake"
    for source in (first, later, empty):
        ingest(lake, source)
    assert held(lake) == {"articles": 2, "revisions": 1, "duplicates": 1, "rejects": 1}
    return folder


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    return shutil.copytree(made, tmp_path / "made")


@pytest.fixture
def lake(folder: Path) -> Path:
    return folder / "lake"


def test_article_goes_with_its_versions_its_copies_and_what_tells_of_it(lake):
    done = remove(lake, "--url", f"{ADDRESS}#top")

    assert done.code == 0
    assert TITLE in done.out
    assert "removed: 4 rows (articles 1, revisions 1, duplicates 1, rejects 1)" in done.out
    assert held(lake) == {"articles": 1, "removals": 4}
    assert [row["url"] for row in read_rows(lake, "articles")] == [OTHER]
    assert verify(Lake(str(lake))) == []


def test_no_byte_of_it_is_left_in_the_lake(made, lake):
    ingest(lake, made / "first.jsonl", "--reread")
    assert list((lake / "_cache").iterdir())
    assert RARE in strings_in(lake)
    words = [word for word in TEXT.split()[:4] if word not in OTHER_TEXT]

    remove(lake, "--url", ADDRESS)

    found = strings_in(lake)
    assert RARE not in found
    assert not any(word in found for word in words)
    assert not (lake / "_cache").exists()
    assert "other" in found


def test_dry_run_says_the_same_and_changes_nothing(lake):
    before = {path: path.read_bytes() for path in lake.rglob("*") if path.is_file()}

    told = remove(lake, "--url", ADDRESS, "--dry-run")

    assert told.code == 0
    assert "would be removed: 4 rows (articles 1, revisions 1, duplicates 1, rejects 1)" in told.out
    assert {path: path.read_bytes() for path in lake.rglob("*") if path.is_file()} == before


WARC = """\
WARC/1.0\r
WARC-Type: response\r
WARC-Target-URI: {url}\r
WARC-Date: 2026-03-05T00:00:00Z\r
WARC-Record-ID: <urn:uuid:12345678-1234-1234-1234-123456789abc>\r
Content-Type: application/http; msgtype=response\r
Content-Length: {length}\r
\r
"""


def page(text: str, head: str = "") -> str:
    paragraphs = "".join(f"<p>{part}</p>" for part in text.split("\n\n"))
    return (
        f"<html lang=en><head><title>{TITLE}</title>{head}</head>"
        f"<body><article><h1>{TITLE}</h1>{paragraphs}</article></body></html>"
    )


def warc(url: str, html: str) -> bytes:
    answer = f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n{html}"
    return (WARC.format(url=url, length=len(answer)) + answer + "\r\n\r\n").encode()


def test_it_comes_back_by_no_way(made, lake, folder):
    remove(lake, "--url", ADDRESS)
    new = folder / "new"
    new.mkdir()
    canonical = f'<link rel="canonical" href="{ADDRESS}">'
    write(
        new / "records.jsonl",
        record(ADDRESS, TEXT),
        record(f"{ADDRESS}?utm_source=feed#comments", prose(7)),  # Another text at the address.
        record(COPY, prose(8)),  # The address of a copy.
        record("https://third.example/x", TEXT, "Under another title"),
        record("https://third.example/y", TEXT.replace("\n\n", "\n").upper(), "In capitals"),
        record("https://third.example/z", REVISED, "The later version"),
        record(None, TEXT, "Without an address"),
        record(ADDRESS, ""),  # Rejected for another reason.
    )
    (new / "amp.html").write_text(page(prose(9), canonical), encoding="utf-8")
    (new / "plain.txt").write_text(TEXT, encoding="utf-8")
    (new / "crawl.warc").write_bytes(warc(ADDRESS, page(TEXT)) + warc(COPY, page(prose(10))))

    account = ingest(lake, new)
    again = ingest(lake, new, made / "first.jsonl", made / "later.jsonl", "--reread")

    assert account["reject_reasons"] == {"removed": 12}
    assert (account["documents"], account["articles"]) == (12, 0)
    assert again["reject_reasons"] == {"removed": 3}  # Those of the two files of before.
    assert (again["articles"], again["revisions"], again["duplicates"]) == (0, 0, 0)
    rejects = read_rows(lake, "rejects")
    assert {(row["url"], row["title"]) for row in rejects} == {(None, None)}
    assert all("the author asked for it" in row["detail"] for row in rejects)
    assert RARE not in strings_in(lake).replace(str(folder).lower(), "")
    assert verify(Lake(str(lake))) == []


def test_near_copy_elsewhere_is_another_document(lake, folder):
    remove(lake, "--url", ADDRESS)
    near = prose(1, changed=(3, 150))

    account = ingest(lake, write(folder / "n.jsonl", record("https://third.example/n", near)))

    assert account["articles"] == 1


def test_copy_alone_goes_alone_and_the_article_is_still_recognised(made, lake):
    done = remove(lake, "--url", COPY)

    assert "removed: 1 row (duplicates 1)" in done.out
    again = ingest(lake, made / "first.jsonl", made / "later.jsonl", "--reread")
    assert (again["already_in_lake"], again["reject_reasons"]) == (3, {"removed": 1})
    assert verify(Lake(str(lake))) == []


def test_same_command_again_changes_nothing(lake):
    remove(lake, "--url", ADDRESS)
    before = {path: path.read_bytes() for path in lake.rglob("*") if path.is_file()}

    again = remove(lake, "--url", ADDRESS)

    assert again.code == 0
    assert "it was removed on" in again.out
    assert {path: path.read_bytes() for path in lake.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize(
    ("flags", "code", "said"),
    [
        (("--url", "https://paper.example/nobody"), 3, "nothing to remove"),
        (("--id", "0" * 32), 3, "nothing to remove"),
        (("--where", "title = 'nobody'"), 3, "nothing to remove"),
        (("--url", "paper"), 2, "--url paper: must be an http(s) address"),
        (("--id", "12"), 2, "--id 12: must be 32 hex digits"),
        (("--where", "titel = 'x'"), 2, '--where: Binder Error: Referenced column "titel"'),
        (("--where", "true); SELECT (1"), 2, "--where: must be one condition"),
        (("--where", "title"), 2, "--where: Conversion Error"),
        ((), 2, "one of --url, --id and --where must say what to remove"),
        (("--id", "0" * 32, "--where", "true"), 2, "one of --url, --id and --where"),
    ],
)
def test_what_cannot_be_removed_is_said_and_nothing_changes(made, flags, code, said):
    lake = made / "lake"
    before = held(lake)

    done = remove(lake, *flags)

    assert done.code == code
    assert said in done.out + done.err
    assert held(lake) == before


def test_condition_takes_articles_by_any_version_and_copies_by_their_own(lake):
    by_version = remove(lake, "--where", "contains(text, 'changed5')", "--dry-run")
    by_copy = remove(lake, "--where", "original_id <> article_id", "--dry-run")
    by_view = remove(
        lake, "--where", "article_id IN (SELECT article_id FROM latest WHERE revision > 0)"
    )

    assert "articles 1, revisions 1, duplicates 1" in by_version.out
    assert "1 row (duplicates 1)" in by_copy.out
    assert "articles 1, revisions 1, duplicates 1" in by_view.out


def test_id_of_a_reject_stands_for_its_address(lake):
    [reject] = read_rows(lake, "rejects")

    done = remove(lake, "--id", reject["reject_id"])

    assert "articles 1, revisions 1, duplicates 1, rejects 1" in done.out


def test_files_of_the_quarantine_that_may_hold_it_go_as_well(lake, folder):
    held_there = next(path for path in lake.glob("articles/**/*.parquet"))
    rows = pq.ParquetFile(held_there).read()
    aside = lake / "_quarantine" / held_there.relative_to(lake).parent
    aside.mkdir(parents=True)
    has = pa.compute.equal(rows.column("url"), ADDRESS)
    pq.write_table(rows.filter(has), aside / "old-0000.parquet")
    pq.write_table(rows.filter(pa.compute.invert(has)), aside / "harmless-0000.parquet")
    (aside / "damaged-0000.parquet").write_bytes(b"PAR1" + RARE.encode())

    done = remove(lake, "--url", ADDRESS)

    assert "2 files of _quarantine" in done.out
    assert [path.name for path in lake.glob("_quarantine/**/*.parquet")] == [
        "harmless-0000.parquet"
    ]
    assert RARE not in strings_in(lake)


def test_damaged_file_of_the_quarantine_stays_if_nothing_is_removed(lake):
    damaged = lake / "_quarantine" / "articles" / "date=2026-03-04" / "damaged-0000.parquet"
    damaged.parent.mkdir(parents=True)
    damaged.write_bytes(b"PAR1")

    done = remove(lake, "--url", "https://paper.example/nobody")

    assert (done.code, damaged.exists()) == (3, True)


def test_compaction_keeps_what_is_known_of_removals(made, lake):
    remove(lake, "--url", COPY)
    remove(lake, "--url", ADDRESS)

    run_command("compact", "--lake", lake)

    account = ingest(lake, made / "first.jsonl", made / "later.jsonl", "--reread")
    assert account["reject_reasons"] == {"removed": 3}
    assert len(list(lake.glob("removals/**/*.parquet"))) == 1
    assert verify(Lake(str(lake))) == []


def test_verify_sees_what_came_back(lake, folder):
    saved = shutil.copytree(lake, folder / "saved")
    remove(lake, "--url", ADDRESS)
    for path in saved.glob("articles/**/*.parquet"):  # As a faulty restore would.
        target = lake / path.relative_to(saved)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)
    [entry] = lake.glob("_journal/*-remove.json")
    said = json.loads(entry.read_text(encoding="utf-8"))
    said["remove"] = [path for path in said["remove"] if not path.startswith("articles")]
    said["add"] = [file for file in said["add"] if file["table"] != "articles"]
    entry.write_text(json.dumps(said), encoding="utf-8")
    for path in lake.glob("articles/**/*-remove-*.parquet"):
        path.unlink()

    messages = [fault.message for fault in verify(Lake(str(lake)))]

    assert any(message.startswith("what was removed is there again: ") for message in messages)


def documents(lake: Path) -> Counter[str]:
    with connect(str(lake)) as connection:
        found = connection.execute(
            "SELECT 'articles', url FROM articles UNION ALL SELECT 'revisions', url FROM revisions "
            "UNION ALL SELECT 'duplicates', url FROM duplicates "
            "UNION ALL SELECT 'rejects', url FROM rejects UNION ALL SELECT kind, '' FROM removals"
        ).fetchall()
    return Counter(f"{table} {url}" for table, url in found)


def test_killed_at_any_instant_it_leaves_the_lake_before_or_after(forks, folder, lake):
    before = documents(lake)
    whole = shutil.copytree(lake, folder / "whole")
    flags = ("remove", "--url", ADDRESS, "--reason", "x", "--lake")
    changes = forks.run(*flags, whole)
    after = documents(whole)
    assert changes > 10

    seen = Counter[str]()
    for die_at in range(2, changes + 1, max(1, changes // KILLS)):
        tried = shutil.copytree(lake, folder / f"tried-{die_at}")
        assert forks.run(*flags, tried, die_at=die_at) == 0
        found = documents(tried)
        assert found in (before, after), f"at change {die_at}"
        seen["before" if found == before else "after"] += 1
        assert forks.run(*flags, tried) >= 0
        assert documents(tried) == after
        assert verify(Lake(str(tried))) == []
        assert RARE not in strings_in(tried)
        shutil.rmtree(tried)

    assert min(seen["before"], seen["after"]) > 1


@pytest.fixture
def reader(lake: Path) -> Iterator[list[Counter[str]]]:
    """Somebody who reads the lake again and again."""
    seen: list[Counter[str]] = []
    is_over = threading.Event()

    def read() -> None:
        while not is_over.is_set():
            seen.append(Lake(str(lake)).ask(lambda snapshot: _count(snapshot)))

    thread = threading.Thread(target=read)
    thread.start()
    yield seen
    is_over.set()
    thread.join()


def _count(snapshot: Any) -> Counter[str]:
    rows = Counter[str]()
    for table in ("articles", "revisions", "duplicates", "rejects", "removals"):
        for path in snapshot.files(table):
            rows[table] += pq.ParquetFile(path).metadata.num_rows
    return rows


def test_reader_sees_the_lake_before_or_after(lake, reader):
    while len(reader) < 3:
        pass
    remove(lake, "--url", ADDRESS)
    count = len(reader)
    while len(reader) < count + 3:
        pass

    assert {tuple(sorted(rows.items())) for rows in reader} == {
        (("articles", 2), ("duplicates", 1), ("rejects", 1), ("revisions", 1)),
        (("articles", 1), ("removals", 4)),
    }


def test_explain_says_that_it_was_removed_and_why(lake):
    before = run_command("explain", ADDRESS, "--lake", lake)
    remove(lake, "--url", ADDRESS)

    told = run_command("explain", f"{ADDRESS}?utm_source=x", "--lake", lake)
    nobody = run_command("explain", "https://paper.example/nobody", "--lake", lake)

    assert "was removed" not in before.out
    assert (told.code, nobody.code) == (0, 3)
    assert "What was here was removed (article), " in told.out
    assert ": the author asked for it" in told.out
