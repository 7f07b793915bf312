"""Nothing that we start uses the network by itself."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import PROJECT

# Python runs this at the start of every interpreter, those of the child processes included.
SITECUSTOMIZE = """
import os, sys

def watch(event, arguments):
    if event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
        address = arguments[1]
        if not isinstance(address, tuple) or address[0] in ("127.0.0.1", "::1", "localhost"):
            return
    elif event in ("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"):
        if arguments[0] in (None, "", "127.0.0.1", "::1", "localhost"):
            return
    else:
        return
    with open(os.environ["TRIED"], "a") as tried:
        print(event, arguments, file=tried)
    raise ConnectionRefusedError("refused by the test")

sys.addaudithook(watch)
with open(os.environ["WATCHED"], "a") as watched:
    print(os.getpid(), file=watched)
"""


@pytest.fixture
def watched(tmp_path: Path) -> dict[str, str]:
    """An environment whose Pythons note and refuse each connection that leaves this machine."""
    (tmp_path / "sitecustomize.py").write_text(SITECUSTOMIZE, encoding="utf-8")
    own = {name: value for name, value in os.environ.items() if "proxy" not in name.lower()}
    return {
        **own,
        "PYTHONPATH": os.pathsep.join([str(tmp_path), str(PROJECT)]),
        "TRIED": str(tmp_path / "tried"),
        "WATCHED": str(tmp_path / "watched"),
    }


def test_ingest_and_query_try_no_connection(watched, tmp_path):
    lake = str(tmp_path / "lake")
    for arguments in (
        ("ingest", str(PROJECT / "seeds"), "--lake", lake, "--quiet"),
        ("query", "FROM articles", "--lake", lake),
    ):
        subprocess.run(
            [sys.executable, "-m", "feedlake", *arguments],
            env=watched,
            check=True,
            capture_output=True,
        )

    assert not Path(watched["TRIED"]).exists(), Path(watched["TRIED"]).read_text()
    # Two commands, and of the first at least the process that its children come from.
    assert len(Path(watched["WATCHED"]).read_text().split()) >= 3


@pytest.mark.parametrize(
    "code",
    [
        "import socket; socket.create_connection(('192.0.2.1', 80), timeout=1)",
        "import socket; socket.getaddrinfo('news.example', 80)",
        "import urllib.request; urllib.request.urlopen('http://news.example/')",
    ],
)
def test_connection_would_be_noticed(watched, code):
    outcome = subprocess.run(
        [sys.executable, "-c", code], env=watched, check=False, capture_output=True
    )

    assert outcome.returncode != 0
    assert Path(watched["TRIED"]).exists()
