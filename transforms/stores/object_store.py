"""What feedlake asks of an object store, and what can go wrong there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO, Protocol


class StoreError(OSError):
    """The store is at fault, not one file in it: it is down, or answers what it should not.

    Its words are one sentence that names the store.
    """


class StoreMistakeError(StoreError):
    """The operator's mistake: no or wrong credentials, no such bucket, another region."""


class ConditionError(Exception):
    """A file was not written, since it isn't, or is no longer, as the condition says."""


class NoConditionsError(Exception):
    """The store does not keep to conditions, or says that it knows none."""


@dataclass(frozen=True)
class StoredFile:
    """A file as a listing has it.

    Attributes:
        path: Its URL.
        size_bytes: Length.
        modified_at: When it was written, by the store's clock; UTC.
        version: The store's mark of its content (ETag, generation); None where there is none.
    """

    path: str
    size_bytes: int
    modified_at: datetime | None
    version: str | None


@dataclass(frozen=True)
class Part:
    """Some bytes of a file.

    Attributes:
        content: The bytes.
        size_bytes: Length of the whole file.
        version: The store's mark of its content.
    """

    content: bytes
    size_bytes: int
    version: str


class ObjectStore(Protocol):
    """One kind of store. Paths are URLs; every method may be called from several threads.

    Each request is bounded in time, and tried again a few times. Raises:
        FileNotFoundError: The file is not there.
        PermissionError: The store refuses the request.
        StoreError: The store itself is at fault, or the operator.
    """

    def read(self, path: str, start: int, end: int, *, version: str | None = None) -> Part:
        """Returns the bytes from `start` to before `end`, or to the file's end.

        Args:
            path: The file.
            start: Where to begin.
            end: Where to stop.
            version: What the file must be; None: whatever it is.

        Raises:
            OSError: It is another one meanwhile.
        """

    def upload(self, path: str, file: BinaryIO, *, size_bytes: int) -> None:
        """Writes a file, which appears under its name whole, and replaces what is there."""

    def put_if(self, path: str, content: bytes, *, version: str | None) -> str:
        """Writes a small file on a condition, in one step, and returns its version.

        Args:
            path: The file.
            content: Its bytes.
            version: What must be there; None: nothing may be there.

        Raises:
            ConditionError: Something else is there, or nothing.
            NoConditionsError: The store says that it knows no conditions.
        """

    def copy(self, source: str, target: str) -> None:
        """Copies a file within the store, and replaces what is there."""

    def delete(self, paths: Iterable[str]) -> None:
        """Deletes files; those that are not there are no error."""

    def list(self, prefix: str, *, limit: int | None = None) -> Iterator[StoredFile]:
        """Yields the files whose URLs begin with a prefix, by name; marks of folders are none.

        Args:
            prefix: How they begin.
            limit: How many names to look at, at most; None: all.
        """


def split_url(url: str) -> tuple[str, str]:
    """Returns the bucket and the name in it that a URL has.

    Raises:
        StoreMistakeError: It names no bucket.
    """
    bucket, _, name = url.partition("://")[2].partition("/")
    if not bucket:
        raise StoreMistakeError(f"{url}: names no bucket")
    return bucket, name
