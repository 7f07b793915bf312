"""The browser offers the queries of the cookbook, all of them, as they are."""

from __future__ import annotations

import importlib.util

from conftest import PROJECT

from feedlake.pipeline.explore.cookbook import cookbook


def test_the_queries_in_the_package_are_those_of_the_page():
    path = PROJECT / "docs" / "make_cookbook.py"
    spec = importlib.util.spec_from_file_location("make_cookbook", path)
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    page = made.COOKBOOK.read_text(encoding="utf-8")

    assert made.TARGET.read_text(encoding="utf-8") == made.render(page)
    titles = [line[3:] for line in page.splitlines() if line.startswith("## ")]
    left_out = {"Articles of one site, in a lake partitioned by site", "Export"}
    assert [*cookbook()] == [title for title in titles if title not in left_out]
