"""A process of its own for one notifier, which it hands an account from standard input."""

from __future__ import annotations

import json
import sys

from feedlake.pipeline.run.account import read_account
from feedlake.transforms.plugins.find_plugins import find_one


def main(name: str) -> None:
    """Calls a notifier with the account that standard input holds.

    Args:
        name: Its name, with `x_`.
    """
    account = read_account(json.load(sys.stdin))
    find_one("notifier", name)(account)
