"""The call to end soon reaches whoever waits on the network."""

from __future__ import annotations

import threading

from feedlake.transforms.process.stop import StopRequest


def test_listeners_hear_the_call_while_they_listen():
    stop = StopRequest()
    heard: list[str] = []
    with stop.listening(lambda: heard.append("first")):
        with stop.listening(lambda: heard.append("second")):
            assert not stop.is_asked()
        stop.ask()

    stop.ask()
    assert heard == ["first"]
    assert stop.is_asked()


def test_call_that_came_before_is_heard_at_once():
    stop = StopRequest()
    heard: list[str] = []
    stop.ask()
    with stop.listening(lambda: heard.append("late")):
        assert heard == ["late"]


def test_call_is_taken_back_for_the_next_command():
    stop = StopRequest()
    stop.ask()
    stop.reset()
    heard: list[str] = []
    with stop.listening(lambda: heard.append("none")):
        assert not stop.is_asked()
    assert heard == []


def test_call_may_come_from_any_thread_and_from_within_a_listener():
    stop = StopRequest()
    heard: list[str] = []
    with stop.listening(lambda: heard.append("again") or (len(heard) < 2 and stop.ask())):
        thread = threading.Thread(target=stop.ask)
        thread.start()
        thread.join(5)

    assert heard == ["again", "again"]
