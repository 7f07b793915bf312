"""What is shown: text that a terminal may see, the account, why a run failed."""

from __future__ import annotations

import errno
import json
import logging
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedlake.pipeline.cli.reports import (
    account_json,
    account_text,
    feeds_text,
    imported_text,
    tick_json,
)
from feedlake.pipeline.run.account import Account, Unread
from feedlake.pipeline.service.schedule import Tick
from feedlake.pipeline.terminal.console import explain, printable, progress
from feedlake.pipeline.web.feed_opml import Imported
from feedlake.pipeline.web.feed_status import FeedStatus


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Überraschung in 東京", "Überraschung in 東京"),
        ("\x1b[31mred", r"\x1b[31mred"),
        ("two\nlines\r", r"two\x0alines\x0d"),
        ("byte \udcff", r"byte \xff"),
        ("half \ud800", r"half \ud800"),
        ("\u202eturned", r"\u202eturned"),
        ("\u2067\u061c\u200fmarked", r"\u2067\u061c\u200fmarked"),
        ("\x9b31m", r"\x9b31m"),
    ],
)
def test_what_a_terminal_would_obey_is_shown_as_an_escape(text, shown):
    assert printable(text) == shown


@given(st.text(alphabet=st.characters()))
def test_printable_text_is_one_line_of_utf_8_and_stays_as_it_is(text):
    shown = printable(text)

    assert shown.isprintable() or not set(shown) & {chr(code) for code in range(32)}
    assert len(f"{shown}.".splitlines()) == 1
    assert shown.encode().decode() == shown
    assert printable(shown) == shown


def test_account_adds_up_in_words_of_the_right_number():
    account = Account(
        lake="/lake",
        runs=("run-1", "run-2"),
        sources=1204,
        unchanged_sources=3,
        documents=1206,
        articles=900,
        revisions=1,
        duplicates=250,
        rejects=54,
        already_in_lake=1,
        reject_reasons={"empty": 50, "too_short": 4},
        unread_sources=4,
        unread=(
            Unread("/news/a.pdf", "application/pdf: no kind that holds articles"),
            Unread("https://example.org/\x1b[2Jfeed", "HTTP 503"),
            Unread("/news/c", "failed"),
            Unread("/news/d", "failed"),
        ),
    )

    first, *rest = account_text(account).splitlines()

    assert first == (
        "1,206 documents = 900 articles + 1 revision + 250 duplicates + 54 rejects "
        "+ 1 already in the lake"
    )
    assert "  rejects: empty 50, too_short 4" in rest
    told = rest.index("  sources not read: 4 of 1,204 (see table sources)")
    assert rest[told + 1 : told + 4] == [
        "    /news/a.pdf: application/pdf: no kind that holds articles",
        r"    https://example.org/\x1b[2Jfeed: HTTP 503",
        "    /news/c: failed",
    ]
    assert not any("/news/d" in line for line in rest)
    said = json.loads(account_json(account))["unread"]
    assert said[3] == {"source": "/news/d", "reason": "failed"}
    assert any(line.startswith("  1,204 sources read, 3 unchanged") for line in rest)
    assert json.loads(account_json(account))["articles"] == 900


_FULL, _NO_PROCESS = "No space left on device", "Resource temporarily unavailable"


def test_refusal_of_the_machine_is_a_sentence():
    error = RuntimeError("Beam says so at length")
    error.__cause__ = OSError(errno.ENOSPC, "No space left on device", "/lake/x")

    assert explain(error) == ("/lake/x: No space left on device", "")


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (OSError("Error writing file. Detail: [errno 28] No space left on device"), _FULL),
        (RuntimeError("a child: OSError(24, 'Too many open files')"), "Too many open files"),
        (BlockingIOError(errno.EAGAIN, "Resource temporarily unavailable"), _NO_PROCESS),
        (ImportError("x.so: failed to map segment from shared object"), "not enough memory"),
        (RuntimeError("std::bad_alloc"), "not enough memory"),
        (
            RuntimeError("can't start new thread"),
            "the system lets feedlake start no more threads (ulimit -u)",
        ),
        (
            FileNotFoundError(2, "No usable temporary directory found in ['/tmp', '/srv']"),
            "no folder for temporary files can be written to: TMPDIR may name one",
        ),
    ],
    ids=["arrow", "child", "fork", "import", "c++", "thread", "temporary folder"],
)
def test_refusal_that_a_library_words_anew_is_a_sentence(error, sentence):
    assert explain(error) == (sentence, "")


def test_other_errors_have_their_traceback():
    sentence, details = explain(KeyError("column"))

    assert sentence == "a bug in feedlake: KeyError"
    assert details.splitlines()[-1] == "KeyError: 'column'"


def test_warnings_are_lines_and_what_beam_raises_too_is_not(capsys):
    handlers = logging.getLogger().handlers[:]

    with progress(is_quiet=True):
        logging.getLogger("some.library").warning("look at this")
        logging.getLogger("some.library").info("not at this")
        try:
            raise ValueError("x")
        except ValueError:
            logging.getLogger("apache_beam.runners.common").exception("said twice")

    assert capsys.readouterr().err == "WARNING some.library: look at this\n"
    assert logging.getLogger().handlers == handlers


def test_tick_as_json_is_one_line():
    noon = datetime(2026, 11, 22, 12, tzinfo=UTC)
    tick = Tick(
        1,
        started_at=noon,
        account=Account("lake"),
        failure="two\nlines\x1b",
        merged_files=0,
        next_at=None,
        next_due=noon,
        addresses=3,
    )

    line = tick_json(tick)

    assert line.isprintable()
    assert json.loads(line)["started_at"] == "2026-11-22 12:00:00+00:00"
    assert json.loads(line)["account"]["lake"] == "lake"


def test_feeds_are_shown_as_they_are_named_not_as_markup():
    feed = FeedStatus(
        "https://x.example/[bold]a\x1b[0m[/bold]",
        address="https://x.example/",
        title=None,
        kind="feed",
        health="silent",
        sentence="Says [link=https://evil.example]so[/link].",
        needs_a_look=True,
        is_dropped=False,
        last_success=None,
        failures=0,
        next_due=None,
        entries_a_day=0.0,
        articles_a_day=0.0,
        usual_articles_a_day=2.25,
        usual_entries_a_day=None,
    )

    shown = feeds_text([feed], is_all=False, width=80)

    assert r"https://x.example/[bold]a\x1b[0m[/bold]" in shown
    assert "[link=https://evil.example]so[/link]" in shown
    assert "\x1b" not in shown
    assert shown.splitlines()[-2:] == [
        "  0.0 articles a day, usually 2.2; no answer yet",
        "1 address: silent 1",
    ]
    narrow = feeds_text([feed, feed, feed], is_all=False, width=40)
    assert max(map(len, narrow.splitlines())) <= 40


@pytest.mark.parametrize(
    ("left_out", "said"),
    [
        (0, "1,200 addresses"),
        (1, "1,200 addresses; 1 list in the file left out; name them as sources of"),
    ],
)
def test_import_says_what_was_left_out(left_out, said):
    assert imported_text(Imported(b"", 1_200, left_out)).startswith(said)
