"""A file of the archive while it grows, record by record."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from typing import BinaryIO, cast

from feedlake.transforms.normalize import storage
from feedlake.transforms.normalize.storage import WrittenFile

_SPOOLED_BYTES = 16 << 20


class GrowingFile:
    """A file that has its name only when it is whole.

    On this machine's disk it grows where it will be. On its way elsewhere it waits in memory, and
    what is more on this machine's disk.
    """

    def __init__(self, path: str) -> None:
        """Begins the file; its folder may not exist yet.

        Raises:
            OSError: It cannot be written.
        """
        self._path = path
        self._hash = hashlib.sha256()
        self.size_bytes = 0
        if storage.is_local(path):
            os.makedirs(os.path.dirname(path), exist_ok=True)
            self._stream: BinaryIO = open(path + storage.UNFINISHED, "wb")  # noqa: SIM115
        else:
            spooled = tempfile.SpooledTemporaryFile(_SPOOLED_BYTES, prefix="feedlake-")  # noqa: SIM115
            self._stream = cast(BinaryIO, spooled)

    def write(self, content: bytes) -> None:
        """Appends bytes.

        Raises:
            OSError: They cannot be written.
        """
        self._hash.update(content)
        self.size_bytes += len(content)
        self._stream.write(content)

    def finish(self) -> WrittenFile:
        """Gives the file its name, and returns what was written.

        Raises:
            OSError: It cannot be written.
        """
        with self._stream as stream:
            if storage.is_local(self._path):
                stream.flush()
                os.fsync(stream.fileno())
            else:
                stream.seek(0)
                storage.write_file(self._path, lambda sink: shutil.copyfileobj(stream, sink))
        if storage.is_local(self._path):
            os.replace(self._path + storage.UNFINISHED, self._path)
        return WrittenFile(self.size_bytes, self._hash.hexdigest())

    def close(self) -> None:
        """Gives the file up; it stays without its name until its folder is swept."""
        self._stream.close()
