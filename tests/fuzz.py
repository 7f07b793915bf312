"""Reads mutants of files with all readers, or with one, until it is stopped or one fails.

`make fuzz` reads other mutants each time; `make fuzz READER=csv START=17` begins with number 17
of the reader of CSV, which is how a failure is repeated.
"""

from __future__ import annotations

import sys
import time
from itertools import count

from fuzzing import TARGETS, read_mutant


def main(names: list[str], start: int) -> None:
    """Reads mutants until Ctrl-C; what a reader raises rises.

    Args:
        names: Readers, of `TARGETS`.
        start: Number of the first mutant.
    """
    print(f"mutants from {start} on of {', '.join(names)}; Ctrl-C ends this", flush=True)
    name, number = names[0], start
    try:
        for number in count(start):
            for name in names:
                read_mutant(name, number)
            if (number - start) % 100 == 99:
                print(f"{number - start + 1} mutants each", flush=True)
    except KeyboardInterrupt:
        pass
    finally:
        print(f"the last one: make fuzz READER={name} START={number}")


if __name__ == "__main__":
    reader, first = (*sys.argv[1:], "", "")[:2]
    main([reader] if reader else list(TARGETS), int(first or time.time()))
