"""Workers that have Beam alone are brought feedlake: `--setup_file ./setup.py`."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import engine_cache
import pytest
from cluster_runs import check_same, finish, need, start
from conftest import PROJECT
from worker_script import write_worker


def free_port() -> int:
    with contextlib.closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_for(port: int) -> None:
    deadline = time.monotonic() + 60
    while True:
        with contextlib.closing(socket.socket()) as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        assert time.monotonic() < deadline, f"nothing listens on port {port}"
        time.sleep(0.1)


@pytest.fixture
def python(tmp_path: Path) -> Path:
    """An interpreter whose environment holds Beam and nothing of feedlake."""
    need("prism")
    env = tmp_path / "env"
    shutil.copytree(engine_cache.beam_alone(), env, symlinks=True, copy_function=os.link)
    return env / "bin" / "python"


@pytest.fixture
def flags(python: Path, tmp_path: Path) -> Iterator[list[str]]:
    """Flags for Beam's job service, and a pool whose workers Beam's boot starts."""
    service, pool = free_port(), free_port()
    worker = tmp_path / "worker.sh"
    write_worker(worker, python=python, folder=tmp_path / "workers")
    jobs = [sys.executable, "-m", "apache_beam.runners.portability.local_job_service_main"]
    workers = [str(python), "-m", "apache_beam.runners.worker.worker_pool_main"]
    commands = {
        service: [*jobs, "-p", str(service)],
        pool: [*workers, f"--service_port={pool}", f"--container_executable={worker}"],
    }
    with contextlib.ExitStack() as stack:
        for port, command in commands.items():
            log = stack.enter_context(open(tmp_path / f"{port}.log", "wb"))
            process = stack.enter_context(
                subprocess.Popen(
                    command, cwd=tmp_path, stdout=log, stderr=log, start_new_session=True
                )
            )
            stack.callback(os.killpg, process.pid, 9)  # The workers, too.
            wait_for(port)
        yield [
            *("--runner", "PortableRunner", "--", f"--job_endpoint=localhost:{service}"),
            *("--environment_type=EXTERNAL", f"--environment_config=localhost:{pool}"),
            *("--setup_file", "./setup.py", "--experiments=pip_use_build_isolation"),
        ]


def test_workers_are_brought_feedlake(python, flags, seed_lake, tmp_path):
    can_import = [python, "-c", "import apache_beam, feedlake"]
    before = subprocess.run(can_import, cwd=tmp_path, capture_output=True, text=True)
    assert "No module named 'feedlake'" in before.stderr

    finish(start(tmp_path / "lake", [PROJECT / "seeds"], flags), within_s=500)

    check_same(tmp_path / "lake", seed_lake)
    subprocess.run(can_import, check=True, cwd=tmp_path)
