"""Which Prism is taken."""

from __future__ import annotations

import pytest

from feedlake.pipeline.options.failures import UsageError
from feedlake.pipeline.run.find_prism import find_prism


def test_prism_is_the_one_named_or_the_first_on_the_path(tmp_path, monkeypatch):
    named, found = tmp_path / "named", tmp_path / "bin" / "prism"
    found.parent.mkdir()
    for path in (named, found):
        path.write_text("#!/bin/sh\n")
        path.chmod(0o755)
    monkeypatch.setenv("PATH", str(found.parent))

    assert find_prism(str(named), version="2.77.0") == named
    assert find_prism(None, version="2.77.0") == found


def test_where_there_is_no_prism_it_says_how_to_get_it(tmp_path, monkeypatch):
    for name in ("PATH", "GOBIN", "GOPATH", "FEEDLAKE_ENGINE_CACHE"):
        monkeypatch.setenv(name, str(tmp_path))

    with pytest.raises(UsageError, match=r"no Prism here; .*go install .*prism@v2\.77\.0"):
        find_prism(None, version="2.77.0")
