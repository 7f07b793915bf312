"""Many named arrays in one file, which are mapped, not read."""

from __future__ import annotations

import json
import math
import os
import zlib
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

_ALIGNED = 8  # Bytes, of which each array starts at a multiple.


def save_arrays(path: str, arrays: dict[str, Array], about: Any) -> None:
    """Writes arrays into one file, through to the disk.

    Args:
        path: The file.
        arrays: By name.
        about: What else is to be known of them, as JSON can hold it.
    """
    kinds = {name: (array.dtype.str, array.shape) for name, array in arrays.items()}
    header = zlib.compress(json.dumps([kinds, about], separators=(",", ":")).encode())
    with open(path, "wb") as stream:
        stream.write(len(header).to_bytes(8, "little") + header)
        for array in arrays.values():
            stream.write(bytes(-stream.tell() % _ALIGNED))
            stream.write(np.ascontiguousarray(array).data)
        stream.flush()
        os.fsync(stream.fileno())


def load_arrays(path: str) -> tuple[dict[str, Array], Any]:
    """Returns what `save_arrays` was given, the arrays mapped."""
    content = np.asarray(np.memmap(path, dtype=np.uint8, mode="r"))
    start = 8 + int.from_bytes(content[:8].tobytes(), "little")
    kinds, about = json.loads(zlib.decompress(content[8:start].tobytes()))
    arrays = {}
    for name, (kind, shape) in kinds.items():
        start += -start % _ALIGNED
        end = start + math.prod(shape) * np.dtype(kind).itemsize
        arrays[name] = content[start:end].view(kind).reshape(shape)
        start = end
    return arrays, about
