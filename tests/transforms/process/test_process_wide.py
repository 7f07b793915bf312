"""What a process has one of."""

from __future__ import annotations

import contextlib
import threading

from feedlake.transforms.process.process_wide import process_wide


def test_each_class_has_one_instance_in_a_process():
    class One:
        pass

    class Other:
        pass

    assert process_wide(One) is process_wide(One)
    assert isinstance(process_wide(Other), Other)


def test_threads_that_ask_at_once_get_the_same():
    both_are_in = threading.Barrier(2)

    class Slow:
        def __init__(self) -> None:
            with contextlib.suppress(threading.BrokenBarrierError):
                both_are_in.wait(0.05)

    found: list[Slow] = []
    threads = [threading.Thread(target=lambda: found.append(process_wide(Slow))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 2
    assert len(set(found)) == 1
