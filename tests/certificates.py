"""A certificate that nobody trusts, as a fixture."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for `secure.test` that nobody signed, with its key."""
    if shutil.which("openssl") is None:
        pytest.skip("needs openssl to make a certificate")
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    command = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=secure.test"
    subprocess.run(
        [
            *command.split(),
            *("-addext", "subjectAltName=DNS:secure.test"),
            *("-keyout", f"{path}.key", "-out", f"{path}.crt"),
        ],
        check=True,
        capture_output=True,
    )
    both = [Path(f"{path}{end}").read_text(encoding="ascii") for end in (".key", ".crt")]
    path.write_text("".join(both), encoding="ascii")
    return path
