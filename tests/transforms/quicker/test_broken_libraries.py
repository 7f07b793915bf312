"""Libraries whose private parts are gone cost time, and not a row."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from conftest import PROJECT, content_of

from feedlake.transforms.quicker.compared import COMPARED

RUN = """
import sys
from importlib.util import find_spec
folder, *names = sys.argv.pop(1).split(",")
assert all(find_spec(name).origin.startswith(folder) for name in names), sys.path
from feedlake.pipeline.cli.main import main
sys.exit(main())
"""

# Of each package: modules and names that others have no business with. jusText's modules are used
# by trafilatura, so that only names are private there.
MODULES = {
    "bpe_openai": ("configuration", "results"),
    "charset_normalizer": (),
    "justext": ("paragraph",),
    "trafilatura": (
        *("baseline", "core", "deduplication", "external", "htmlprocessing", "json_metadata"),
        *("main_extractor", "metadata", "readability_lxml", "settings", "utils", "xml", "xpaths"),
    ),
    "vaderSentiment": (),
}
NAMES = {
    "bpe_openai": ("_load_backend", "build_encoding_from_name"),
    "charset_normalizer": ("FREQUENCIES",),
    "justext": ("PathInfo",),
    "trafilatura": (
        *("_extract_and_compare", "compare_extraction", "extract_content", "jt_stoplist_init"),
        *("BODY_XPATH", "JT_STOPLIST", "RAW_TREE_PRUNE_XPATH", "extract_title"),
    ),
    "vaderSentiment": (
        *("BOOSTER_DICT", "SentiText", "sentiment_valence", "score_valence", "lexicon", "emojis"),
    ),
}


def folder_of(package: str) -> Path:
    spec = find_spec(package)
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent


def break_library(package: str, *, into: Path) -> None:
    """Copies a package with other names for its private modules and for some of its names."""
    copy = into / package
    # Compiled modules would still know the names.
    ignored = shutil.ignore_patterns("__pycache__", "cd.*.so", "md.*.so")
    shutil.copytree(folder_of(package), copy, ignore=ignored)
    for module in MODULES[package]:
        (copy / f"{module}.py").rename(copy / f"{module}_x.py")
    modules = "|".join(MODULES[package] or ["-"])
    for path in copy.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        text = re.sub(rf"(from \.)({modules})\b", r"\1\2_x", text)
        text = re.sub(rf"(from \. import )({modules})\b", r"\1\2_x as \2", text)
        for name in NAMES[package]:
            text = re.sub(rf"(?<!['\"])\b{name}\b(?!['\"])", f"{name}_x", text)
        text = text.replace("bpe_openai._bindings", "bpe_openai.native._bindings")
        path.write_text(text, encoding="utf-8")
    for extension in copy.glob("_bindings.*.so"):  # Its name is compiled in, its folder isn't.
        (copy / "native").mkdir()
        extension.rename(copy / "native" / extension.name)


def ingest(lake: Path, *, path: Path, packages: tuple[str, ...] = ()) -> str:
    """Reads `seeds/` with packages of a folder and returns what was said on standard error."""
    arguments = ["ingest", str(PROJECT / "seeds"), "--lake", str(lake)]
    done = subprocess.run(
        [sys.executable, "-c", RUN, ",".join([str(path), *packages]), *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=path,
        env={**os.environ, "PYTHONPATH": str(path)},
    )
    assert done.returncode == 0, done.stderr
    return done.stderr


def test_run_with_libraries_whose_private_parts_are_gone_gives_the_same_rows(seed_lake, tmp_path):
    for package in MODULES:
        break_library(package, into=tmp_path / "broken")

    told = ingest(tmp_path / "lake", path=tmp_path / "broken", packages=(*MODULES,))

    assert content_of(tmp_path / "lake") == content_of(seed_lake)
    notices = [line for line in told.splitlines() if "was compared" in line]
    assert [re.split("[ :]+", line)[1] for line in notices] == list(COMPARED)


def test_one_line_is_changed_where_the_folder_of_shortcuts_is_deleted(seed_lake, tmp_path):
    ignored = shutil.ignore_patterns("__pycache__")
    transforms = tmp_path / "code" / "feedlake" / "transforms"
    shutil.copytree(PROJECT / "feedlake", tmp_path / "code" / "feedlake", ignore=ignored)
    shutil.rmtree(transforms / "quicker")
    path = transforms / "process" / "library_shortcuts.py"
    line = "from feedlake.transforms.quicker import offers as _offers\n"
    source = path.read_text(encoding="utf-8")
    assert source.count(line) == 1
    path.write_text(source.replace(line, "_offers = None\n"), encoding="utf-8")

    told = ingest(tmp_path / "lake", path=tmp_path / "code", packages=("feedlake",))

    assert content_of(tmp_path / "lake") == content_of(seed_lake)
    assert "compared" not in told
