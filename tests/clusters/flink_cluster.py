"""A Flink cluster on this machine: a JobManager, two TaskManagers, Beam's job server, workers."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import engine_cache
from worker_script import write_worker

PATIENCE_S = 120.0

_MARK = "FEEDLAKE_TEST_CLUSTER"
"""Environment variable that all processes of a cluster inherit, with its token."""

_MB = 1 << 20
_ENDED = ("CANCELED", "FAILED", "FINISHED")

# Java 17 keeps these from libraries unless told; of the list in Flink's own conf/.
_OPENED = """
    java.base/java.io java.base/java.lang java.base/java.lang.reflect java.base/java.net
    java.base/java.nio java.base/java.text java.base/java.time java.base/java.util
    java.base/java.util.concurrent java.base/java.util.concurrent.atomic
    java.base/java.util.concurrent.locks java.base/sun.nio.ch
""".split()
_EXPORTED = ("java.base/sun.net.util", "java.security.jgss/sun.security.krb5")

# bin/taskmanager.sh has these worked out by a program; here they are given by hand.
_TASK_MANAGER = {
    "taskmanager.cpu.cores": "2.0",
    "taskmanager.memory.framework.heap.size": f"{128 * _MB}b",
    "taskmanager.memory.task.heap.size": f"{384 * _MB}b",
    "taskmanager.memory.framework.off-heap.size": f"{128 * _MB}b",
    "taskmanager.memory.task.off-heap.size": f"{128 * _MB}b",
    "taskmanager.memory.managed.size": f"{256 * _MB}b",
    "taskmanager.memory.jvm-metaspace.size": f"{256 * _MB}b",
    "taskmanager.memory.jvm-overhead.min": f"{192 * _MB}b",
    "taskmanager.memory.jvm-overhead.max": f"{192 * _MB}b",
}

_LOG4J = """
rootLogger.level = INFO
rootLogger.appenderRef.file.ref = File
appender.file.name = File
appender.file.type = File
appender.file.fileName = ${sys:log.file}
appender.file.layout.type = PatternLayout
appender.file.layout.pattern = %d{HH:mm:ss,SSS} %-5p %c{1} - %m%n
"""


class FlinkCluster:
    """Starts a cluster in a folder, and ends all that it started, the workers' orphans included.

    Args:
        folder: For configuration, logs, and what the cluster writes.
        network_mb: Network memory of each TaskManager. A stage of the graph that waits for another
            takes buffers of it.
        is_runner_in_lib: Whether Flink loads Beam's runner itself, and not with each job.
        settings: What else is to be in Flink's configuration, or other than it is here.
    """

    def __init__(
        self,
        folder: Path,
        *,
        network_mb: int = 128,
        is_runner_in_lib: bool = True,
        settings: Mapping[str, object] = MappingProxyType({}),
    ) -> None:
        self.folder = folder
        self._network_mb = network_mb
        self._token = secrets.token_hex(8)
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._ports = {
            name: _free_port() for name in ("rpc", "blob", "rest", "job", "artifact", "expansion")
        }
        flink = engine_cache.flink_jars()
        self._server_jars = [engine_cache.job_server(), *flink]
        self._cluster_jars = self._server_jars if is_runner_in_lib else flink
        self._write_configuration(settings)

    def __enter__(self) -> FlinkCluster:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Starts all, and returns when it is ready for a job."""
        self._java(
            *("job-manager", "-Xmx512m", "-XX:MaxMetaspaceSize=256m"),
            "org.apache.flink.runtime.entrypoint.StandaloneSessionClusterEntrypoint",
            *("--configDir", str(self.folder / "conf")),
        )
        self._wait_for(lambda: self._rest("/overview") is not None, "the JobManager")
        self._java(
            *("job-server", "-Xmx512m", "org.apache.beam.runners.flink.FlinkJobServerDriver"),
            f"--flink-master=localhost:{self._ports['rest']}",
            *("--flink-conf-dir", str(self.folder / "conf")),
            *("--job-host=localhost", f"--job-port={self._ports['job']}"),
            f"--artifact-port={self._ports['artifact']}",
            f"--expansion-port={self._ports['expansion']}",
            f"--artifacts-dir={self.folder / 'artifacts'}",
        )
        # A TaskManager that finds no JobManager waits for long before it tries again.
        for name in ("tm1", "tm2"):
            self.start_task_manager(name)
        self.wait_for_task_managers(2)
        self._wait_for(lambda: _is_open(self._ports["job"]), "the job server")

    def start_task_manager(self, name: str) -> None:
        """Starts a TaskManager of two slots."""
        network = {
            "taskmanager.memory.network.min": f"{self._network_mb * _MB}b",
            "taskmanager.memory.network.max": f"{self._network_mb * _MB}b",
        }
        settings = {"taskmanager.resource-id": name, **_TASK_MANAGER, **network}
        self._java(
            *(name, "-Xmx512m", "-XX:MaxMetaspaceSize=256m"),
            f"-XX:MaxDirectMemorySize={(256 + self._network_mb) * _MB}",
            "org.apache.flink.runtime.taskexecutor.TaskManagerRunner",
            *("--configDir", str(self.folder / "conf")),
            *(word for key, value in settings.items() for word in ("-D", f"{key}={value}")),
        )

    def wait_for_task_managers(self, count: int) -> None:
        """Returns when so many have registered."""

        def are_there() -> bool:
            overview = self._rest("/overview")
            return overview is not None and overview["taskmanagers"] == count

        self._wait_for(are_there, f"{count} TaskManagers")

    def kill_task_manager(self, name: str) -> None:
        """Sends SIGKILL, as a machine that is gone."""
        process = self._processes.pop(name)
        process.kill()
        process.wait()

    def hosting(self, step: str) -> set[str]:
        """Returns the TaskManagers that run a step of a job now."""
        found: set[str] = set()
        for vertex in self.vertices():
            if vertex["status"] == "RUNNING" and step in vertex["name"]:
                tasks = self._rest(f"/jobs/{vertex['job']}/vertices/{vertex['id']}")
                found |= {
                    task["taskmanager-id"]
                    for task in (tasks or {}).get("subtasks", ())
                    if task["status"] == "RUNNING"
                }
        return found

    def restarts(self) -> int:
        """Returns how many attempts at tasks there were beyond the first, in all jobs."""
        found = 0
        for vertex in self.vertices():
            tasks = self._rest(f"/jobs/{vertex['job']}/vertices/{vertex['id']}")
            found += sum(task["attempt"] for task in (tasks or {}).get("subtasks", ()))
        return found

    def vertices(self) -> list[dict[str, Any]]:
        """Returns what Flink says of the vertices of all jobs, those that have ended included."""
        found = []
        for job in (self._rest("/jobs") or {"jobs": ()})["jobs"]:
            details = self._rest(f"/jobs/{job['id']}") or {"vertices": ()}
            found += [{"job": job["id"], **vertex} for vertex in details["vertices"]]
        return found

    def cancel_jobs(self) -> None:
        """Ends all jobs, and returns when they have ended."""

        def are_running() -> list[str]:
            jobs = (self._rest("/jobs") or {"jobs": ()})["jobs"]
            return [job["id"] for job in jobs if job["status"] not in _ENDED]

        for job in are_running():
            self._rest(f"/jobs/{job}", method="PATCH")
        self._wait_for(lambda: not are_running(), "the end of all jobs")

    def flags(self, *more: str) -> list[str]:
        """Returns the flags of `feedlake ingest` that run it here."""
        command = json.dumps({"command": str(self.folder / "worker.sh")})
        return [
            *("--runner", "PortableRunner", "--", f"--job_endpoint=localhost:{self._ports['job']}"),
            *("--environment_type=PROCESS", f"--environment_config={command}"),
            *("--environment_cache_millis=600000", "--parallelism=2", *more),
        ]

    def workers_started(self) -> int:
        """Returns how many workers there have been."""
        return len(list((self.folder / "workers").glob("*.log")))

    def stop(self) -> None:
        """Ends all processes that the cluster has started, however they got on."""
        for process in self._processes.values():
            process.kill()
            process.wait()
        self._processes.clear()
        deadline = time.monotonic() + PATIENCE_S
        while marked := list(_marked(self._token)):
            assert time.monotonic() < deadline, f"processes {marked} do not end"
            for pid in marked:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            time.sleep(0.1)

    def _java(self, name: str, *arguments: str) -> None:
        options = [
            *("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"),  # Short lives, two cores.
            *(f"--add-opens={package}=ALL-UNNAMED" for package in _OPENED),
            *(f"--add-exports={package}=ALL-UNNAMED" for package in _EXPORTED),
            f"-Dlog.file={self.folder / name}.log",
            f"-Dlog4j.configurationFile=file:{self.folder / 'conf' / 'log4j.properties'}",
        ]
        is_server = name == "job-server"
        jars = self._server_jars if is_server else self._cluster_jars
        with open(self.folder / f"{name}.out", "ab") as out:
            self._processes[name] = subprocess.Popen(
                ["java", *options, "-cp", os.pathsep.join(map(str, jars)), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                env={**os.environ, _MARK: self._token},
            )

    def _wait_for(self, is_ready: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while not is_ready():
            for name, process in self._processes.items():
                assert process.poll() is None, f"{name} has ended: {self._last_words(name)}"
            assert time.monotonic() < deadline, f"{what}: not ready after {PATIENCE_S:.0f} s"
            time.sleep(0.2)

    def _last_words(self, name: str) -> str:
        paths = (self.folder / f"{name}.out", self.folder / f"{name}.log")
        return "\n".join(path.read_text("utf-8")[-2_000:] for path in paths if path.exists())

    def _rest(self, path: str, *, method: str = "GET") -> Any:
        """What the JobManager answers; None if it does not, or knows no such thing."""
        url = f"http://127.0.0.1:{self._ports['rest']}{path}"
        try:
            request = urllib.request.Request(url, method=method)
            with urllib.request.urlopen(request, timeout=10) as answer:
                return json.load(answer)
        except OSError:
            return None

    def _write_configuration(self, more: Mapping[str, object]) -> None:
        for name in ("conf", "workers", "tmp"):
            (self.folder / name).mkdir(parents=True)
        settings = {
            "jobmanager.rpc.address": "localhost",
            "jobmanager.rpc.port": self._ports["rpc"],
            "jobmanager.bind-host": "localhost",
            "jobmanager.memory.process.size": "900m",
            "jobmanager.execution.failover-strategy": "region",
            "taskmanager.host": "localhost",
            "taskmanager.bind-host": "localhost",
            "taskmanager.numberOfTaskSlots": 2,
            "taskmanager.load-balance.mode": "SLOTS",
            "taskmanager.network.sort-shuffle.min-buffers": 32,
            "rest.address": "localhost",
            "rest.bind-address": "localhost",
            "rest.port": self._ports["rest"],
            "web.refresh-interval": 100,  # Or else what it says of a job is up to 3 s old.
            "blob.server.port": self._ports["blob"],
            "parallelism.default": 2,
            "heartbeat.interval": 2000,
            "heartbeat.timeout": 30000,
            "io.tmp.dirs": str(self.folder / "tmp"),
            # A fixed number of attempts can run out while a TaskManager comes back.
            "restart-strategy.type": "exponential-delay",
            "restart-strategy.exponential-delay.initial-backoff": "1 s",
            "restart-strategy.exponential-delay.max-backoff": "10 s",
            "classloader.check-leaked-classloader": "false",
            "classloader.resolve-order": "parent-first",
            "pekko.ask.timeout": "120 s",
            "web.timeout": 120000,
            "slot.request.timeout": 300000,
            **more,
        }
        conf = self.folder / "conf"
        lines = [f"{key}: {json.dumps(value)}" for key, value in settings.items()]
        (conf / "config.yaml").write_text("\n".join(lines) + "\n", encoding="utf-8")
        (conf / "log4j.properties").write_text(_LOG4J, encoding="utf-8")
        write_worker(
            self.folder / "worker.sh", python=Path(sys.executable), folder=self.folder / "workers"
        )


def _marked(token: str) -> Iterator[int]:
    """The processes that have inherited a cluster's mark, but for those that have ended."""
    mark = f"{_MARK}={token}".encode()
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # It has ended meanwhile, or is another user's.
            if mark in (folder / "environ").read_bytes().split(b"\0"):
                yield int(folder.name)


def _free_port() -> int:
    with contextlib.closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _is_open(port: int) -> bool:
    with contextlib.closing(socket.socket()) as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
