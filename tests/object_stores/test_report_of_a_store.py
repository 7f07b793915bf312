from __future__ import annotations

from pathlib import Path

from buckets import Bucket
from shown_lake import NOON, TODAY, make_shown_lake

from feedlake.pipeline.cli.main import main
from feedlake.pipeline.lake.lake import Lake
from feedlake.pipeline.report.write_report import page_of


def test_a_lake_in_a_bucket_has_the_report_of_its_copy_here(bucket: Bucket, tmp_path: Path):
    here = tmp_path / "lake"
    make_shown_lake(str(here), days=2)
    for path in here.rglob("*"):
        if path.is_file() and path.name != "lock":
            bucket.put(f"lake/{path.relative_to(here)}", path.read_bytes())
    there = f"{bucket.url}/lake"

    page = page_of(Lake(there), day=TODAY, days=1, now=NOON)

    assert page == page_of(Lake(str(here)), day=TODAY, days=1, now=NOON)
    assert b"also in 9 other sites" in page
    assert main(["report", "--lake", there, "--output", str(tmp_path / "report.html")]) == 0
