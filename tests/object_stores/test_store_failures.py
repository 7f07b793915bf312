"""What is wrong with a store is said in one sentence, with the right exit code, and in time."""

from __future__ import annotations

import http.server
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from conftest import run_command
from store_servers import ENVIRONMENT

from feedlake.transforms.stores import s3_store

ERROR = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    "<Error><Code>{code}</Code><Message>{message}</Message>{more}</Error>"
)


@pytest.fixture
def answering(reach: Callable[..., None]) -> Iterator[Callable[..., str]]:
    """A store that gives one answer to all requests; returns its address."""
    servers: list[http.server.ThreadingHTTPServer] = []

    def answer(status: int, code: str, *, more: str = "", **headers: str) -> str:
        body = ERROR.format(code=code, message="as they say", more=more).encode()

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name.replace("_", "-"), value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body if self.command != "HEAD" else b"")

            do_PUT = do_HEAD = do_GET

            def log_message(self, *_: Any) -> None:
                """Says nothing."""

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        url = f"http://127.0.0.1:{server.server_port}"
        reach({**ENVIRONMENT, "AWS_ENDPOINT_URL": url})
        return url

    yield answer
    for server in servers:
        server.shutdown()
        server.server_close()


COMMANDS = (
    ("ingest", "{story}", "--lake", "s3://news/lake", "--quiet"),
    ("ingest", "s3://news/in", "--lake", "{here}", "--quiet"),
    ("query", "SELECT 1", "--lake", "s3://news/lake"),
    ("compact", "--lake", "s3://news/lake"),
    ("compact", "--verify", "--lake", "s3://news/lake"),
    ("feeds", "--lake", "s3://news/lake"),
    ("enrich", "--lake", "s3://news/lake"),
    ("upgrade", "--lake", "s3://news/lake"),
)


def outcomes(stories: Any, tmp_path: Any) -> Iterator[Any]:
    for words in COMMANDS:
        yield run_command(*(word.format(story=stories, here=tmp_path / "lake") for word in words))


@pytest.mark.parametrize(
    ("status", "code", "more", "headers", "said"),
    [
        (404, "NoSuchBucket", "", {}, "there is no such bucket at {url}"),
        (403, "AccessDenied", "", {}, "the store refuses access (403 AccessDenied)"),
        (403, "InvalidAccessKeyId", "", {}, "refuses the credentials (InvalidAccessKeyId)"),
        (403, "SignatureDoesNotMatch", "", {}, "refuses the credentials (SignatureDoesNotMatch)"),
        (400, "ExpiredToken", "", {}, "refuses the credentials (ExpiredToken)"),
        (
            *(400, "IllegalLocationConstraintException", "", {"x_amz_bucket_region": "eu-west-3"}),
            "the bucket is in another region, eu-west-3; set AWS_REGION=eu-west-3",
        ),
    ],
)
def test_what_the_operator_must_correct_is_exit_code_2(
    answering, stories, tmp_path, status, code, more, headers, said
):
    url = answering(status, code, more=more, **headers)

    for outcome in outcomes(stories, tmp_path):
        assert outcome.code == 2
        assert said.format(url=url) in outcome.err
        assert outcome.err.count("\n") == 1
    assert not (tmp_path / "lake" / "articles").exists()


def test_no_credentials_are_said_to_be_missing(reach, stories, tmp_path, monkeypatch, moto_server):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name, raising=False)
    kept = {name: value for name, value in ENVIRONMENT.items() if "ACCESS_KEY" not in name}
    reach({**kept, "AWS_ENDPOINT_URL": moto_server.url})

    for outcome in outcomes(stories, tmp_path):
        assert outcome.code == 2
        assert "no credentials for S3 were found; set AWS_ACCESS_KEY_ID and" in outcome.err
        assert outcome.err.count("\n") == 1


def test_profile_that_does_not_exist_is_named(reach, stories):
    reach({**ENVIRONMENT, "AWS_PROFILE": "harbour"})

    outcome = run_command("ingest", stories, "--lake", "s3://news/lake")

    assert (outcome.code, "(harbour) could not be found" in outcome.err) == (2, True)


def test_profile_is_read(bucket, reach, stories, tmp_path, monkeypatch):
    own = ("AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION")
    for name in own:
        monkeypatch.delenv(name)
    config = tmp_path / "config"
    config.write_text(
        "[profile harbour]\nregion = eu-west-1\naws_access_key_id = ada\n"
        f"aws_secret_access_key = Geheim-4713\nendpoint_url = {bucket.server.url}\n",
        encoding="utf-8",
    )
    reach({"AWS_CONFIG_FILE": str(config), "AWS_PROFILE": "harbour"})

    outcome = run_command("ingest", stories, "--lake", f"{bucket.url}/lake", "--quiet")

    monkeypatch.delenv("AWS_PROFILE")  # The test's own client knows of none.
    assert (outcome.code, outcome.err) == (0, "")
    assert bucket.names("lake/articles") != []


def test_flags_of_beams_come_before_the_environment_and_no_secret_is_kept(
    bucket, reach, stories, monkeypatch
):
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    reach({"AWS_ENDPOINT_URL": "http://127.0.0.1:9"})
    lake = f"{bucket.url}/lake"
    flags = [
        f"--s3_endpoint_url={bucket.server.url}",
        *("--s3_access_key_id=ada", "--s3_secret_access_key", "Geheim-4713"),
    ]

    outcome = run_command("ingest", stories, "--lake", lake, "--quiet", "--", *flags)
    reach(bucket.environment)
    kept = run_command("query", "SELECT options FROM runs", "--lake", lake, "--format", "json")

    assert (outcome.code, outcome.err) == (0, "")
    assert r"--s3_access_key_id=\\u2026" in kept.out
    assert "Geheim" not in kept.out


@pytest.mark.parametrize("status", [500, 503])
def test_store_that_fails_is_exit_code_1(answering, stories, tmp_path, monkeypatch, status):
    monkeypatch.setattr(s3_store, "_ATTEMPTS", 1)
    url = answering(status, "SlowDown")

    for outcome in outcomes(stories, tmp_path):
        assert outcome.code == 1
        assert f"s3://news: the store at {url} answers {status} SlowDown" in outcome.err
        assert "Traceback" not in outcome.err


def test_store_that_is_down_is_exit_code_1_and_soon_given_up(reach, stories):
    with socket.socket() as taken:  # Bound, but nobody listens.
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        reach({**ENVIRONMENT, "AWS_ENDPOINT_URL": url})
        begun = time.monotonic()
        outcome = run_command("ingest", stories, "--lake", "s3://news/lake")

    assert outcome.code == 1
    assert f"s3://news: the store at {url} doesn't answer" in outcome.err
    assert "Traceback" not in outcome.err
    assert time.monotonic() - begun < 60


def test_store_that_swallows_requests_is_given_up(reach, stories, monkeypatch):
    monkeypatch.setattr(s3_store, "_READ_S", 1)
    monkeypatch.setattr(s3_store, "_ATTEMPTS", 2)
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen()
        reach({**ENVIRONMENT, "AWS_ENDPOINT_URL": f"http://127.0.0.1:{deaf.getsockname()[1]}"})
        outcome = run_command("query", "SELECT 1", "--lake", "s3://news/lake")

    assert (outcome.code, "doesn't answer" in outcome.err) == (1, True)


def test_store_that_goes_down_midway_leaves_what_was_published(bucket, stories, monkeypatch):
    monkeypatch.setattr(s3_store, "_ATTEMPTS", 1)
    url = f"{bucket.url}/lake"
    assert run_command("ingest", stories, "--lake", url, "--quiet").code == 0
    upload = s3_store.S3Store.upload

    def go_down(self: Any, path: str, file: Any, *, size_bytes: int) -> None:
        if "/articles/" in path:
            os.environ["AWS_ENDPOINT_URL"] = "http://127.0.0.1:9"
            self._made = None  # The connections break off, too.
        upload(self, path, file, size_bytes=size_bytes)

    (stories / "tram.txt").write_text("date 2026-01-07 The tram has a new bell, and rings it.\n")
    with monkeypatch.context() as down:
        down.setattr(s3_store.S3Store, "upload", go_down)
        failed = run_command("ingest", stories, "--lake", url, "--quiet")
    monkeypatch.setenv("AWS_ENDPOINT_URL", bucket.server.url)
    # It could not give its lease back, and a process that is alive might still be at work.
    monkeypatch.setattr("feedlake.pipeline.lease.lease._is_dead", lambda lease: True)
    again = run_command("ingest", stories, "--lake", url, "--quiet", "--", "--s3_region_name=x")

    assert failed.code == 1
    assert "the store at http://127.0.0.1:9 doesn't answer" in failed.err
    assert "Traceback" not in failed.err
    assert again.code == 0
    assert run_command("compact", "--verify", "--lake", url).out == "the lake is sound\n"


@pytest.mark.parametrize(("scheme", "extra"), [("s3", "s3"), ("gs", "gcs")])
def test_extra_that_is_not_installed_is_named(reach, stories, monkeypatch, scheme, extra):
    import importlib.util

    find_spec = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util,
        "find_spec",
        lambda name: None if name in ("boto3", "google.cloud.storage") else find_spec(name),
    )
    reach({})

    for words in (
        ("ingest", stories, "--lake", f"{scheme}://news/lake"),
        ("ingest", f"{scheme}://news/in", "--lake", "lake"),
        ("query", "SELECT 1", "--lake", f"{scheme}://news/lake"),
    ):
        outcome = run_command(*words)
        assert outcome.code == 2
        assert f"{scheme}:// needs the extra {extra}" in outcome.err


def test_one_source_that_may_not_be_read_is_one_reject(bucket, stories, tmp_path, monkeypatch):
    bucket.put("in/a.txt", b"date 2026-01-05 The harbour opens again on Monday.\n")
    bucket.put("in/b.txt", b"date 2026-01-06 The bridge stays closed for a week.\n")
    read = s3_store.S3Store.read

    def refuse(self: Any, path: str, *place: int, **named: Any) -> Any:
        if path.endswith("/b.txt"):
            raise PermissionError(13, "the store refuses access (403 AccessDenied)", path)
        return read(self, path, *place, **named)

    monkeypatch.setattr(s3_store.S3Store, "read", refuse)
    lake = tmp_path / "lake"

    outcome = run_command("ingest", f"{bucket.url}/in", "--lake", lake, "--quiet")
    sql = "SELECT source, reason FROM rejects"
    rejected = run_command("query", sql, "--lake", lake, "--format", "csv").out

    assert outcome.code == 0
    assert rejected == f"source,reason\n{bucket.url}/in/b.txt,unreadable\n"
