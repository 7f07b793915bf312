"""The same run through Beam's portable job API, its functions in other processes."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing

import pytest
from conftest import PROJECT, content_of, run_command

PATIENCE_S = 60


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        assert process.poll() is None, "the server has ended"
        with closing(socket.socket()) as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    pytest.fail(f"nothing listens on port {port}")


@pytest.fixture(scope="module")
def job_flags() -> Iterator[list[str]]:
    """Flags for a job service and a worker pool, each a process of its own, on loopback."""
    service, pool = free_port(), free_port()
    servers = {
        service: ["runners.portability.local_job_service_main", "-p", str(service)],
        pool: ["runners.worker.worker_pool_main", f"--service_port={pool}"],
    }
    # The pool starts its workers by the bare name `python`.
    path = os.pathsep.join([os.path.dirname(sys.executable), os.environ["PATH"]])
    with ExitStack() as stack:
        for port, (module, *arguments) in servers.items():
            process = stack.enter_context(
                subprocess.Popen(
                    [sys.executable, "-m", f"apache_beam.{module}", *arguments],
                    env={**os.environ, "PATH": path},
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                )
            )
            # Not SIGTERM: it may be ignored, as signals are that this process ignores.
            stack.callback(process.kill)
            wait_for(port, process)
        yield [
            *("--runner", "PortableRunner", "--", f"--job_endpoint=localhost:{service}"),
            *("--environment_type=EXTERNAL", f"--environment_config=localhost:{pool}"),
        ]


def test_workers_in_other_processes_give_the_same_lake(seed_lake, tmp_path, job_flags):
    lake = tmp_path / "lake"

    outcome = run_command("ingest", PROJECT / "seeds", "--lake", lake, "--quiet", *job_flags)

    assert (outcome.code, outcome.out) == (0, "")
    assert content_of(lake) == content_of(seed_lake)
    again = run_command("ingest", PROJECT / "seeds", "--lake", lake, "--reread", *job_flags)
    assert "40 already in the lake" in again.out


def test_workers_reach_the_store_whose_address_only_the_command_knows(bucket, stories, job_flags):
    for story in stories.iterdir():
        bucket.put(f"in/{story.name}", story.read_bytes())
    lake = f"{bucket.url}/lake"
    keys = ["--s3_access_key_id=ada", "--s3_secret_access_key=Geheim-4713"]
    words = ["ingest", f"{bucket.url}/in", "--lake", lake, *job_flags, *keys]

    first = run_command(*words[:4], "--quiet", *words[4:])
    again = run_command(*words[:4], "--reread", *words[4:])

    assert (first.code, first.err) == (0, "")
    assert "2 already in the lake" in again.out
    assert run_command("compact", "--verify", "--lake", lake).out == "the lake is sound\n"
