"""A bucket on loopback, and a process that knows how to reach it."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from store_servers import ENVIRONMENT, Server, fake_gcs, gofakes3, moto

from feedlake.transforms.stores.store_settings import StoreSettings
from feedlake.transforms.stores.stores import use_stores


@dataclass(frozen=True)
class Bucket:
    """A bucket of its own for one test.

    Attributes:
        url: Its address, as feedlake takes it.
        server: Where it is.
        environment: What a process needs to reach it.
    """

    url: str
    server: Server
    environment: dict[str, str]

    def put(self, name: str, content: bytes) -> str:
        """Writes a file without our code, and returns its URL."""
        self.server.client().put_object(Bucket=self.url[5:], Key=name, Body=content)
        return f"{self.url}/{name}"

    def names(self, prefix: str = "") -> list[str]:
        """Returns the names of the files that are there, asked without our code."""
        pages = self.server.client().get_paginator("list_objects_v2")
        found = pages.paginate(Bucket=self.url[5:], Prefix=prefix)
        return [file["Key"] for page in found for file in page.get("Contents", [])]


@pytest.fixture(scope="session")
def moto_server() -> Iterator[Server]:
    with moto() as server:
        yield server


@pytest.fixture(scope="session")
def gofakes3_server() -> Iterator[Server]:
    with gofakes3() as server:
        yield server


@pytest.fixture(scope="session")
def gcs_server() -> Iterator[Server]:
    with fake_gcs() as server:
        yield server


@pytest.fixture
def reach(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Sets variables of the environment; connections that were made before are let go."""

    def set_all(variables: dict[str, str]) -> None:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        use_stores(StoreSettings(flags=(f"--made_anew={secrets.token_hex(4)}",)))

    yield set_all
    use_stores(StoreSettings())


def _bucket(server: Server, reach: Callable[..., None]) -> Bucket:
    name = f"news-{secrets.token_hex(6)}"
    server.client().create_bucket(Bucket=name)
    environment = {**ENVIRONMENT, "AWS_ENDPOINT_URL": server.url}
    reach(environment)
    return Bucket(f"s3://{name}", server, environment)


@pytest.fixture
def bucket(moto_server: Server, reach: Callable[..., None]) -> Bucket:
    """A bucket of moto's."""
    return _bucket(moto_server, reach)


@pytest.fixture(params=["moto", "gofakes3"])
def any_bucket(request: pytest.FixtureRequest, reach: Callable[..., None]) -> Bucket:
    """A bucket of each S3."""
    return _bucket(request.getfixturevalue(f"{request.param}_server"), reach)


@pytest.fixture(params=["moto", "gofakes3", "gcs"])
def place(request: pytest.FixtureRequest, reach: Callable[..., None]) -> str:
    """URL of a folder in each store."""
    if request.param != "gcs":
        server = request.getfixturevalue(f"{request.param}_server")
        return _bucket(server, reach).url + "/folder"
    server = request.getfixturevalue("gcs_server")
    reach({"STORAGE_EMULATOR_HOST": server.url})
    from google.cloud import storage

    name = f"news-{secrets.token_hex(6)}"
    client: Any = storage.Client(project="-")
    client.create_bucket(name)
    client.close()
    return f"gs://{name}/folder"


@pytest.fixture
def stories(tmp_path: Path) -> Path:
    """A folder with two short stories."""
    folder = tmp_path / "stories"
    folder.mkdir()
    for name, day, text in (
        ("harbour", "2026-01-05", "The harbour opens again on Monday."),
        ("bridge", "2026-01-06", "The bridge stays closed for a week."),
    ):
        (folder / f"{name}.txt").write_text(f"date {day} {text}\n", encoding="utf-8")
    return folder
