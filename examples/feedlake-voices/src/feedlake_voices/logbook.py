"""Writes a line for each run into the file that the environment variable `VOICES_LOG` names."""

from __future__ import annotations

import os

import feedlake


def write_line(account: feedlake.Account) -> None:
    """Writes how many articles a run has added, and how many documents it has rejected."""
    path = os.environ.get("VOICES_LOG")
    if path is not None:
        with open(path, "a", encoding="utf-8") as log:
            log.write(f"{account.articles} articles, {account.rejects} rejects\n")
