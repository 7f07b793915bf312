"""Google Cloud Storage, through Google's own client."""

from __future__ import annotations

import contextlib
import errno
import functools
import itertools
from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO

import requests
from google.api_core import exceptions as google
from google.auth import exceptions as google_auth
from google.cloud import storage  # type: ignore[attr-defined,unused-ignore]
from google.cloud.storage.retry import DEFAULT_RETRY

from feedlake.transforms.stores.object_store import (
    ConditionError,
    Part,
    StoredFile,
    StoreError,
    StoreMistakeError,
    split_url,
)

_TIMEOUT_S = (5, 30)
_BOUNDED: dict[str, Any] = {"timeout": _TIMEOUT_S, "retry": DEFAULT_RETRY.with_timeout(40.0)}
"""To connect and to read, for one request; and for all attempts at it."""


class GcsStore:
    """Google's store; see `feedlake.transforms.stores.object_store.ObjectStore`."""

    def read(self, path: str, start: int, end: int, *, version: str | None = None) -> Part:
        """Returns some bytes of a file."""
        with self._asking(path) as client:
            blob = _blob(client, path, version)
            if version is None:
                blob.reload(**_BOUNDED)
            try:
                content = blob.download_as_bytes(
                    start=start,
                    end=end - 1,
                    if_generation_match=blob.generation,
                    raw_download=True,  # Else it unpacks what is marked as packed.
                    **_BOUNDED,
                )
            except google.RequestRangeNotSatisfiable:  # An empty file has no first byte.
                content = b""
            except google.PreconditionFailed as error:
                raise OSError(errno.ESTALE, "changed while it was read", path) from error
        return Part(content, int(blob.size or 0), str(blob.generation))

    def upload(self, path: str, file: BinaryIO, *, size_bytes: int) -> None:
        """Writes a file."""
        with self._asking(path) as client:
            _blob(client, path).upload_from_file(file, size=size_bytes, **_BOUNDED)

    def put_if(self, path: str, content: bytes, *, version: str | None) -> str:
        """Writes a small file on a condition."""
        with self._asking(path) as client:
            blob = _blob(client, path)
            generation = 0 if version is None else int(version)
            try:
                blob.upload_from_string(content, if_generation_match=generation, **_BOUNDED)
            except google.PreconditionFailed as error:
                raise ConditionError(f"{path}: another generation") from error
        return str(blob.generation)

    def copy(self, source: str, target: str) -> None:
        """Copies a file within the store."""
        with self._asking(source) as client:
            blob = _blob(client, target)
            token = None
            while True:  # A large file takes several requests.
                token, _, _ = blob.rewrite(_blob(client, source), token=token, **_BOUNDED)
                if token is None:
                    return

    def delete(self, paths: Iterable[str]) -> None:
        """Deletes files."""
        for path in paths:
            with self._asking(path) as client, contextlib.suppress(google.NotFound):
                _blob(client, path).delete(**_BOUNDED)

    def list(self, prefix: str, *, limit: int | None = None) -> Iterator[StoredFile]:
        """Yields the files whose URLs begin with a prefix."""
        bucket, begin = split_url(prefix)
        with self._asking(f"gs://{bucket}") as client:
            listed = client.list_blobs(bucket, prefix=begin, max_results=limit, **_BOUNDED)
            for blob in itertools.islice(listed, limit):
                if not blob.name.endswith("/"):
                    yield StoredFile(
                        f"gs://{bucket}/{blob.name}", blob.size, blob.updated, str(blob.generation)
                    )

    @functools.cached_property
    def _client(self) -> Any:
        return storage.Client(project="-")  # Files need none, and most users have named none.

    @contextlib.contextmanager
    def _asking(self, path: str) -> Iterator[Any]:
        try:
            yield self._client
        except (
            google.GoogleAPIError,
            google_auth.GoogleAuthError,
            requests.RequestException,
        ) as error:
            raise _told(error, path) from error


def _blob(client: Any, path: str, version: str | None = None) -> Any:
    bucket, name = split_url(path)
    generation = None if version is None else int(version)
    blob = client.bucket(bucket).blob(name, generation=generation)
    return blob


def _told(error: Exception, path: str) -> OSError:
    """The same failure as files have it, or as one sentence about the store."""
    bucket = "/".join(path.split("/")[:3])
    if isinstance(error, google_auth.TransportError) or not isinstance(
        error, google.GoogleAPICallError | google_auth.GoogleAuthError
    ):
        return StoreError(f"{bucket}: Google Cloud Storage doesn't answer")
    if isinstance(error, google_auth.GoogleAuthError):
        return StoreMistakeError(
            f"{bucket}: no credentials for Google Cloud were found; set "
            "GOOGLE_APPLICATION_CREDENTIALS, or run gcloud auth application-default login"
        )
    if isinstance(error, google.NotFound):
        if path.rstrip("/") == bucket:
            return StoreMistakeError(f"{bucket}: there is no such bucket")
        return FileNotFoundError(errno.ENOENT, "No such file in the store", path)
    if isinstance(error, google.Unauthorized):
        return StoreMistakeError(f"{bucket}: the store refuses the credentials (401)")
    if isinstance(error, google.Forbidden):
        return PermissionError(errno.EACCES, "the store refuses access (403)", path)
    return StoreError(f"{bucket}: the store answers {error.code}: {error.message}")
