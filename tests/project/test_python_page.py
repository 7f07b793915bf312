"""The page about Python is a notebook: its cells run in a Jupyter kernel, and show what it says."""

from __future__ import annotations

import re
import warnings
from pathlib import Path
from typing import Any

import pytest
from conftest import PROJECT
from pages import FENCE, HOME, Step, check_shown, make_checkout, run_session

with warnings.catch_warnings():  # Jupyter's own, at import.
    warnings.simplefilter("ignore")
    import nbformat
    from nbclient import NotebookClient

PAGE = PROJECT / "docs" / "python.md"
LINE = re.compile(r"\d+ of \d+ sources?, \d+ documents?")


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_checkout(tmp_path_factory.mktemp("checkout"))


@pytest.fixture(scope="module")
def kernel_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(autouse=True)
def _own_home(kernel_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever runs the tests may have settings of their own for IPython."""
    for name in ("IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR"):
        monkeypatch.setenv(name, str(kernel_home / name.lower()))
    monkeypatch.setenv("PYTHONWARNINGS", "")


def run_cells(cells: list[str], folder: Path) -> list[Any]:
    """Returns the cells as a kernel has run them, one after the other."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(text) for text in cells])
    client = NotebookClient(
        notebook, kernel_name="python3", timeout=600, resources={"metadata": {"path": str(folder)}}
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        client.execute()
    return list(notebook.cells)


def printed_by(cell: Any) -> str:
    """What a cell shows, without what it has only shown for a while."""
    texts = []
    for output in cell.outputs:
        if output.output_type == "stream":
            texts.append(output.text)
        elif output.output_type == "execute_result":
            texts.append(output.data["text/plain"])
    return "\n".join(text.rstrip("\n") for text in texts)


def cells_of(text: str) -> list[tuple[str, str]]:
    """The Python cells of the page that are run, and what stands below each."""
    blocks = list(FENCE.finditer(text))
    cells = []
    for number, block in enumerate(blocks):
        if block["language"] == "python" and block["run"]:
            below = blocks[number + 1] if number + 1 < len(blocks) else None
            is_shown = below is not None and text[block.end() : below.start()].strip() == ""
            assert is_shown or below is None or below["language"] != "text"
            cells.append((block["text"].rstrip("\n"), below["text"] if is_shown else ""))
    return cells


def test_cells_show_in_a_kernel_what_the_page_says(checkout):
    cells = cells_of(PAGE.read_text(encoding="utf-8"))
    assert len(cells) >= 8
    ran = run_cells([code for code, _ in cells], checkout)
    check_shown(
        [
            Step(code, shown, printed_by(cell).replace(str(checkout), HOME))
            for (code, shown), cell in zip(cells, ran, strict=True)
        ]
    )
    [progress] = [
        output for output in ran[0].outputs if output.output_type in ("display_data", "stream")
    ]
    assert progress.output_type == "display_data", "one line, kept up to date"
    assert LINE.search(progress.data["text/plain"])


def test_commands_of_the_page_print_what_it_says(checkout):
    steps = run_session(PAGE, checkout)
    assert len(steps) == 1
    check_shown(steps)


def test_ingest_works_again_and_again_in_one_kernel_and_beside_its_event_loop(checkout):
    cells = [
        "import asyncio, feedlake",
        "feedlake.ingest('seeds/text', lake='again').articles",
        "(await asyncio.to_thread(feedlake.ingest, 'seeds/text', lake='again')).unchanged_sources",
        "asyncio.get_running_loop().is_running(), feedlake.extract('<p>x').reason",
        "feedlake.ingest('seeds/text', lake='quiet', progress=False).articles",
        "import sys; any(name.startswith('apache_beam') for name in sys.modules)",
    ]
    ran = run_cells(cells, checkout)
    shown = [printed_by(cell) for cell in ran]
    assert shown[1:] == [shown[1], "9", "(True, 'too_short')", shown[1], "False"]
    assert int(shown[1]) > 5
    assert [len(ran[4].outputs), ran[4].outputs[0].output_type] == [1, "execute_result"]


def test_interrupt_of_the_kernel_ends_the_run(checkout, tmp_path):
    """*Interrupt* is Ctrl-C for the kernel."""
    code = (
        "import os, signal, threading, time, feedlake\n"
        "def show(counts):\n"
        "    if not sent:\n"
        "        sent.append(1)\n"
        "        threading.Timer(0.2, os.kill, [os.getpid(), signal.SIGINT]).start()\n"
        "    time.sleep(0.3)\n"
        "sent = []\n"
        "try:\n"
        f"    feedlake.ingest('seeds', lake={str(tmp_path / 'lake')!r}, progress=show)\n"
        "except KeyboardInterrupt:\n"
        "    print('ended')\n"
        f"print(feedlake.ingest('seeds', lake={str(tmp_path / 'lake')!r}, progress=False).articles)"
    )
    [cell] = run_cells([code], checkout)
    assert printed_by(cell) == "ended\n31"
