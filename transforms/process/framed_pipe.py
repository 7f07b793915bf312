"""Messages over the pipe between this process and a child that may be anybody's by now.

A child that hostile bytes took over may send half a message and sleep, or one without end, or take
none. So whoever reads or writes here waits no longer than it wants to, and takes no more than it
may.
"""

from __future__ import annotations

import os
import select
import struct
from math import inf
from time import monotonic

_SIZE = struct.Struct("!Q")
_PART_BYTES = 1 << 20


class TooLargeError(Exception):
    """A message has more bytes than it may have."""


class Inbox:
    """One message, as far as it has come."""

    def __init__(self, *, max_bytes: float = inf) -> None:
        """Takes nothing yet.

        Args:
            max_bytes: Size of the largest message.
        """
        self._max_bytes = max_bytes
        self._held = bytearray()

    def take(self, pipe: int) -> bytes | None:
        """Reads once; returns the message if that was its end, None if not.

        Args:
            pipe: Descriptor that has something to read, or else this waits.

        Raises:
            EOFError: The other end is closed.
            OSError: It can't be read.
            TooLargeError: More was sent than one message that is not too large.
        """
        try:
            part = os.read(pipe, self._left())
        except BlockingIOError:
            return None
        if not part:
            raise EOFError
        self._held += part
        if self._left():
            return None
        return bytes(memoryview(self._held)[_SIZE.size :])

    def _left(self) -> int:
        """How much to read next; 0 at the end of the message."""
        if len(self._held) < _SIZE.size:
            return _SIZE.size - len(self._held)
        size: int = _SIZE.unpack_from(self._held)[0]
        if size > self._max_bytes:
            raise TooLargeError(f"a message of {size} bytes")
        return min(size + _SIZE.size - len(self._held), _PART_BYTES)


def receive(pipe: int) -> bytes:
    """Waits for a message and returns it.

    Raises:
        EOFError: The other end is closed.
        OSError: It can't be read.
    """
    inbox = Inbox()
    while (message := inbox.take(pipe)) is None:
        pass
    return message


def send(pipe: int, message: bytes, *, deadline: float = inf) -> None:
    """Sends a message.

    Args:
        pipe: Descriptor; if there is a deadline, one that does not block.
        message: The message.
        deadline: By when, of `monotonic`, the other end must have taken all but what the pipe
            holds.

    Raises:
        OSError: It can't be written, or (TimeoutError) not by then.
    """
    for part in (_SIZE.pack(len(message)), memoryview(message)):
        while part:
            if deadline < inf:
                _await_room(pipe, deadline)
            try:
                part = part[os.write(pipe, part) :]
            except BlockingIOError:
                continue


def _await_room(pipe: int, deadline: float) -> None:
    poll = select.poll()
    poll.register(pipe, select.POLLOUT)
    left_s = deadline - monotonic()
    if left_s <= 0 or not poll.poll(left_s * 1_000):
        raise TimeoutError("the other end doesn't read")
