"""When a step that has begun an errand looks after it again."""

from __future__ import annotations

FIRST_LOOK_S, LAST_LOOK_S = 0.2, 4.0


def next_look_s(age_s: float | None) -> float:
    """Returns in how many seconds to look after an errand.

    Most servers answer within a second. One that takes long is looked after seldom: each look is a
    timer that the runner sets and fires, which takes it and the worker some milliseconds.

    Args:
        age_s: Since when it is under way; None if it was begun just now.
    """
    return min(LAST_LOOK_S, max(FIRST_LOOK_S, (age_s or 0.0) / 2))
