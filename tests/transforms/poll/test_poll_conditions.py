"""When a feed is asked whether it has changed, and when that is not believed."""

from __future__ import annotations

from dataclasses import replace

import pytest
from polls import (
    FAILED,
    GONE,
    NEW,
    NEWS,
    NOON,
    NOT_MODIFIED,
    OWN,
    SAME,
    moved,
    poll,
)

from feedlake.transforms.poll.poll_interval import PollIntervals
from feedlake.transforms.poll.polling import conditional_headers
from feedlake.transforms.records.polls import Answer, PollState


def test_validators_are_sent_as_they_came():
    state = poll(None, replace(NEWS, etag='W/"x,y" z', last_modified="yesterday noon"))

    assert conditional_headers(state, chance=0.5) == {
        "If-None-Match": 'W/"x,y" z',
        "If-Modified-Since": "yesterday noon",
    }
    assert conditional_headers(replace(state, etag=None), chance=0.5) == {
        "If-Modified-Since": "yesterday noon"
    }


def test_nothing_is_sent_without_validators():
    assert conditional_headers(None, chance=0.5) == {}
    assert conditional_headers(PollState(OWN), chance=0.5) == {}


@pytest.mark.parametrize("value", ["", "a\r\nX: y", "a\x00", "\udc80", '"' + "e" * 9_000 + '"'])
def test_validator_that_cannot_be_sent_is_not_kept(value):
    state = poll(None, replace(NEWS, etag=value, last_modified=value))

    assert conditional_headers(state, chance=0.5) == {}


def test_body_without_validators_clears_them():
    state = poll(None, NEWS, replace(SAME, etag=None))

    assert (state.etag, state.last_modified) == (None, None)


def test_304_brings_new_validators_or_leaves_the_old_ones():
    state = poll(None, replace(NEWS, last_modified="then"), NOT_MODIFIED)
    assert (state.etag, state.last_modified) == ('"a"', "then")

    state = poll(state, replace(NOT_MODIFIED, etag='"b"'))
    assert (state.etag, state.last_modified) == ('"b"', "then")


def test_one_poll_in_twenty_is_unconditional():
    state = poll(None, NEWS)

    unconditional = [c for c in range(1_000) if not conditional_headers(state, chance=c / 1_000)]

    assert len(unconditional) == 50


@pytest.mark.parametrize("chance", [0.0, 0.01, 0.049, 0.5, 0.95, 0.999])
def test_chance_that_is_always_the_same_chooses_one_poll_in_twenty_as_well(chance):
    state, unconditional = poll(None, NEWS), 0
    for _ in range(200):
        is_conditional = bool(conditional_headers(state, chance=chance))
        unconditional += not is_conditional
        state = poll(state, NOT_MODIFIED if is_conditional else SAME)

    assert unconditional == 10


def test_unconditional_polls_come_whatever_chance_says():
    state = poll(None, NEWS)
    while conditional_headers(state, chance=(10 - state.polls) % 20 / 20):
        state = poll(state, NOT_MODIFIED, options=PollIntervals(max_interval_s=900))
    assert state.not_modified_polls == 40

    daily = replace(poll(None, NEWS), interval_s=86_400.0, not_modified_polls=7)
    assert conditional_headers(daily, chance=0.5) == {}


@pytest.mark.parametrize("was_conditional", [True, False])
@pytest.mark.parametrize(
    ("old", "new", "is_lie"),
    [
        (('"a"', None), ('"a"', None), True),
        (('"a"', None), ('W/"a"', None), True),
        (('"a"', "then"), ('"a"', "now"), True),  # The ETag goes before the date.
        ((None, "then"), (None, "then"), True),
        (('"a"', None), ('"b"', None), False),
        (('"a"', "then"), ('"b"', "then"), False),
        ((None, "then"), (None, "now"), False),
        (('"a"', "then"), (None, "then"), False),
        ((None, None), (None, None), False),
    ],
)
def test_news_under_equal_validators_is_a_lie(old, new, is_lie, was_conditional):
    state = poll(None, replace(NEWS, etag=old[0], last_modified=old[1]))
    answer = replace(
        NEWS,
        etag=new[0],
        last_modified=new[1],
        body_sha256=b"b",
        was_conditional=was_conditional,
    )

    state = poll(state, answer)

    assert state.has_lying_validators is is_lie
    assert bool(conditional_headers(state, chance=0.5)) is (not is_lie and any(new))


def test_another_body_without_news_is_no_lie():
    state = poll(None, NEWS, replace(NEWS, body_sha256=b"b", new_entries=0))

    assert not state.has_lying_validators


def test_a_lie_is_never_forgotten():
    state = poll(None, NEWS, replace(NEWS, body_sha256=b"b"))
    state = poll(state, FAILED, SAME, GONE, moved(NEWS, NEW), moved(SAME, NEW))

    assert state.address == NEW
    assert conditional_headers(state, chance=0.5) == {}


@pytest.mark.parametrize("answers_304", ["always", "honestly", "never"])
def test_server_that_answers_304_for_ever_is_found_out(answers_304):
    state, now, found, unconditional = None, NOON, 0, 0
    for turn in range(300):
        version = turn // 60  # News comes with every sixtieth poll.
        headers = conditional_headers(state, chance=0.5)
        etag = f'"{version}"'
        is_equal = headers.get("If-None-Match") == etag
        unconditional += not headers
        if headers and (answers_304 == "always" or (is_equal and answers_304 == "honestly")):
            answer = NOT_MODIFIED
        else:
            new = max(version + 1 - found, 0)
            found += new
            answer = Answer(
                "changed" if new else "same",
                http_status=200,
                etag=etag,
                body_sha256=etag.encode(),
                entries=20,
                new_entries=new,
                was_conditional=bool(headers),
            )
        state = poll(state, answer, now=now)
        assert state.next_due is not None
        now = state.next_due

    assert state is not None
    assert found == 5
    assert state.has_lying_validators is (answers_304 == "always")
    assert (unconditional > 150) is (answers_304 == "always")


@pytest.mark.parametrize(
    ("before", "was_conditional"),
    [([NOT_MODIFIED], True), ([], False), ([NOT_MODIFIED, SAME], False)],
)
def test_validators_are_only_doubted_after_nothing_but_304(before, was_conditional):
    news = replace(NEWS, etag='"b"', body_sha256=b"b", was_conditional=was_conditional)

    state = poll(None, NEWS, *before, news)

    assert (state.etag, state.has_doubtful_validators) == ('"b"', False)


def test_coincidence_is_no_lie():
    state = poll(None, NEWS, NOT_MODIFIED)
    news = replace(NEWS, etag='"b"', body_sha256=b"b")
    state = poll(state, news)
    assert state.has_doubtful_validators
    for chance in range(100):
        assert conditional_headers(state, chance=chance / 100) == {"If-None-Match": '"a"'}

    honest = replace(news, kind="same", new_entries=0, was_conditional=True)
    state = poll(state, honest)
    assert (state.etag, state.has_doubtful_validators) == ('"b"', False)
    assert not state.has_lying_validators
