"""Secrets are nowhere: in no lake, on no terminal, in no list of processes, at no other site."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from conftest import PROJECT, run_command
from feed_sites import Feed, Item, page, rss, text_of
from internet import Internet, Reply

SECRETS = {
    "a login of the environment": "Sesam-4711",
    "a cookie of the environment": "Keks-4712",
    "a password in an address": "Geheim-4713",
    "a password in a list": "Segredo-4714",
    "a password in an entry's link": "Segreto-4715",
    "a password in a redirect": "Hemlig-4716",
    "a password of a proxy": "Salaisuus-4717",
    "a key of a cloud": "Tajne-4718",
    "a header": "Titok-4719",
}


@pytest.fixture
def net() -> Iterator[Internet]:
    with Internet() as internet:
        yield internet


def with_password(url: str, secret: str) -> str:
    return url.replace("://", f"://ada:{SECRETS[secret]}@")


def commands_of_processes(stop: threading.Event, found: set[bytes]) -> None:
    while not stop.wait(0.02):
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                found.add((folder / "cmdline").read_bytes())
            except OSError:
                continue  # It has ended.


def words_of(folder: Path) -> Iterator[bytes]:
    """All that a lake says, and the bytes of its files."""
    for path in folder.rglob("*"):
        if path.is_file():
            yield path.read_bytes()
            if path.suffix == ".parquet":
                yield repr(pq.ParquetFile(path).read().to_pydict()).encode()


@pytest.mark.skipif(sys.platform != "linux", reason="the list of processes is read in /proc")
def test_nine_secrets_are_nowhere(net, tmp_path):
    own, foreign, listed = net.add_site(), net.add_site(), net.add_site()
    inside = with_password(own.url("/Inside", by_address=True), "a password in an entry's link")
    names = [Item("Inside", link=inside), Item("Away"), Item("Plain")]
    feed = Feed(own, names)
    for name in ("Inside", "Plain"):
        own.add(f"/{name}", page(name))
    away = with_password(foreign.url("/Away", by_address=True), "a password in a redirect")
    own.add("/Away", Reply(status=302, headers={"Location": away}))
    foreign.add("/Away", page("Away"))
    listed.add("/feed.xml", Reply(rss(listed, [Item("Listed", summary=text_of("Listed"))])))
    listed.add("/Listed", page("Listed"))
    in_list = with_password(listed.url("/feed.xml", by_address=True), "a password in a list")
    (tmp_path / "list.txt").write_text(f"{in_list}\n", encoding="utf-8")
    config, lake = tmp_path / "own.toml", tmp_path / "lake"
    config.write_text(
        f'[[source]]\nurl = "{feed.url}"\nauth-env = "FEEDLAKE_LOGIN"\n'
        f'cookies-env = "FEEDLAKE_COOKIE"\nheaders = {{ X-Key = "{SECRETS["a header"]}" }}\n',
        encoding="utf-8",
    )
    environment = {
        **os.environ,
        "FEEDLAKE_LOGIN": f"ada:{SECRETS['a login of the environment']}",
        "FEEDLAKE_COOKIE": f"id={SECRETS['a cookie of the environment']}",
        "HTTP_PROXY": f"http://ada:{SECRETS['a password of a proxy']}@127.0.0.1:9",
        "AWS_SECRET_ACCESS_KEY": SECRETS["a key of a cloud"],
    }
    flags = ("--lake", lake, "--config", config, "--allow-network", "127.0.0.0/8")
    flags = (*flags, "--host-delay", "0s", "--enrich", "none")
    sources = (tmp_path / "list.txt", feed.url)
    said, processes, stop = b"", set[bytes](), threading.Event()
    watcher = threading.Thread(target=commands_of_processes, args=(stop, processes))
    watcher.start()
    try:
        for more in ((), ("--json",)):
            done = subprocess.run(
                [sys.executable, "-m", "feedlake", "ingest", *sources, *flags, *more],
                cwd=PROJECT,
                env=environment,
                capture_output=True,
                check=False,
            )
            assert done.returncode == 0, done.stderr
            said += done.stdout + done.stderr
    finally:
        stop.set()
        watcher.join()

    titles = {row["title"] for row in pq.read_table(lake / "articles").to_pylist()}
    assert titles == {"Inside", "Away", "Plain", "Listed"}
    assert "Basic" in {r.headers.get("authorization", "")[:5] for r in own.requests}
    assert {r.headers.get("x-key") for r in own.requests} >= {SECRETS["a header"]}
    assert not {"authorization", "cookie", "x-key"} & {
        name for request in foreign.requests for name in request.headers
    }
    assert any(b"ingest" in command for command in processes)
    everything = {
        "the lake": b"\n".join(words_of(lake)),
        "the terminal": said,
        "the list of processes": b"\n".join(processes),
    }
    for place, content in everything.items():
        found = [what for what, secret in SECRETS.items() if secret.encode() in content]
        assert found == [], place


GIVEN = [
    "ftp://ada:Geheim-4713@news.example/x",
    "ada:Geheim-4713@news.example",
    "http:ada:Geheim-4713@news.example/x",
    "http://ada:Geheim-4713@[bad/",
    "//ada:Geheim-4713@news.example/",
    "s3://ada:Geheim-4713@bucket/x",
    "http://ada:Geheim-4713@news.example:99999/",
]


@pytest.mark.parametrize("given", GIVEN)
def test_no_message_repeats_the_password_of_an_address_that_cannot_be_read(given, tmp_path):
    for words in (
        ("ingest", given, "--lake", tmp_path / "lake"),
        ("ingest", tmp_path / "none.txt", "--lake", given),
        ("query", "SELECT 1", "--lake", given),
        ("compact", "--lake", given),
        ("feeds", "--lake", given),
    ):
        outcome = run_command(*words)
        assert "Geheim-4713" not in outcome.out + outcome.err, words
    for path in tmp_path.rglob("*"):
        assert not path.is_file() or b"Geheim-4713" not in path.read_bytes()
