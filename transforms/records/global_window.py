"""The window of all that feedlake handles: its sources are bounded, so there is one."""

from __future__ import annotations

from apache_beam.transforms.window import GlobalWindow
from apache_beam.utils.windowed_value import WindowedValue


def in_global_window(value: object) -> WindowedValue:
    """Returns the value as `finish_bundle` has to yield it, in the global window and at its end.

    Args:
        value: An element of the output, or of one of its tags.
    """
    window = GlobalWindow()
    return WindowedValue(value, window.max_timestamp(), (window,))
