"""Object stores on loopback, each a process: moto's S3, gofakes3's S3, and a double of Google's.

moto comes with the extra dev. The other two are written in Go: `make stores` builds them into the
user's cache folder, and tests that need one are skipped without it.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(os.environ.get("FEEDLAKE_STORES", "~/.cache/feedlake-stores")).expanduser()
"""Where `make stores` puts what it builds."""

ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "ada",
    "AWS_SECRET_ACCESS_KEY": "Geheim-4713",
    "AWS_REGION": "us-east-1",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",  # Tests ask no address but loopback.
}


@dataclass(frozen=True)
class Server:
    """A store that listens.

    Attributes:
        url: Its address.
        process: What serves it.
    """

    url: str
    process: subprocess.Popen[bytes]

    def client(self) -> Any:
        """Returns a client of an S3 store that doesn't go through our code."""
        import boto3

        return boto3.client(
            "s3",
            endpoint_url=self.url,
            region_name="us-east-1",
            aws_access_key_id="ada",
            aws_secret_access_key="Geheim-4713",
        )


@contextlib.contextmanager
def moto() -> Iterator[Server]:
    """Serves S3 by moto."""
    with _serve(sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", "{port}") as server:
        yield server


@contextlib.contextmanager
def gofakes3() -> Iterator[Server]:
    """Serves S3 by gofakes3, or skips the test."""
    binary = _built("gofakes3")
    with _serve(binary, "-backend", "mem", "-host", "127.0.0.1:{port}") as server:
        yield server


@contextlib.contextmanager
def fake_gcs() -> Iterator[Server]:
    """Serves Google Cloud Storage by fake-gcs-server, or skips the test."""
    binary = _built("fake-gcs-server")
    flags = ["-scheme", "http", "-host", "127.0.0.1", "-port", "{port}", "-backend", "memory"]
    with _serve(binary, *flags) as server:
        yield server


def _built(name: str) -> str:
    found = shutil.which(name, path=str(FOLDER))
    if found is None:
        pytest.skip(f"no {name}: make stores builds it, which takes Go")
    return found


@contextlib.contextmanager
def _serve(*command: str) -> Iterator[Server]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [word.format(port=port) for word in command],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for(port, process)
        yield Server(f"http://127.0.0.1:{port}", process)
    finally:
        process.kill()
        process.wait()


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 120  # Of which a busy machine may need a good part.
    while time.monotonic() < until and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise RuntimeError(f"{process.args!r} doesn't listen")
