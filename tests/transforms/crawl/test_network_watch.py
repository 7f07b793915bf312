"""When failures are the fault of this machine or its network, and not of the sites."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from feedlake.transforms.crawl.crawl_records import Fetched, NotFetched
from feedlake.transforms.crawl.http_client import Response
from feedlake.transforms.crawl.network_watch import (
    NetworkWatch,
    is_network_down,
    is_silent,
    without_blame,
)
from feedlake.transforms.crawl.politeness import Hosts

ANSWER = Fetched(
    Response("https://a.example/", status=500, headers={}, body=b"", wire_bytes=0),
    permanent_url=None,
    fetched_at=datetime(2026, 11, 4, tzinfo=UTC),
    duration_s=0.1,
)


def failure(reason: str, *, was_tried: bool = True) -> NotFetched:
    return NotFetched(reason, detail="it failed", is_transient=True, was_tried=was_tried)


def sites(well: int, silent: int) -> dict[str, bool]:
    return {str(number): number < well for number in range(well + silent)}


@pytest.mark.parametrize(
    ("proven", "unproven", "is_down"),
    [
        (sites(0, 3), {}, True),
        (sites(2, 3), sites(9, 0), True),
        (sites(3, 3), {}, False),  # Half is not most.
        (sites(0, 2), {}, False),  # Two may share a machine.
        (sites(1, 2), sites(0, 9), False),
        ({}, sites(0, 3), True),
        (sites(0, 1), sites(0, 2), True),
        ({}, sites(1, 40), False),  # A list of sites most of which are gone.
        ({}, sites(0, 2), False),
        ({}, {}, False),
    ],
)
def test_most_sites_that_were_well_must_fail_at_once(proven, unproven, is_down):
    assert is_network_down(proven, unproven) is is_down


@pytest.mark.parametrize(
    ("result", "silent"),
    [
        (failure("dns"), True),
        (failure("connect"), True),
        (failure("timeout"), True),
        (failure("tls"), True),
        (failure("host_closed"), True),
        (failure("host_closed", was_tried=False), False),  # It asked for that.
        (failure("robots_txt"), False),
        (failure("no_time"), False),
        (ANSWER, False),
    ],
)
def test_a_site_that_answers_anything_is_within_reach(result, silent):
    assert is_silent(result) is silent


def watch(*notes: tuple[str, object, bool | None]) -> NetworkWatch:
    found = NetworkWatch()
    for url, result, was_well in notes:
        found.note(url, result, was_well=was_well)  # type: ignore[arg-type]
    return found


def test_sites_count_and_not_their_addresses():
    silent = failure("timeout")
    one = [(f"https://{name}.a.org/{name}", silent, True) for name in "abcdef"]
    more = [(f"https://{name}.org/", silent, True) for name in "bc"]
    assert not watch(*one).is_down()
    assert watch(*one, *more).is_down()
    assert not watch(("https://a.org/", ANSWER, True), *one, *more).is_down()


def test_sites_that_failed_before_are_no_witnesses():
    assert not watch(*((f"https://{n}.org/", failure("dns"), False) for n in "abcd")).is_down()
    assert watch(*((f"https://{n}.org/", failure("dns"), None) for n in "abcd")).is_down()


def test_sites_that_answered_are_known():
    found = watch(("https://a.org/x", ANSWER, None), ("https://b.org/", failure("dns"), None))
    assert found.has_answer()
    assert found.has_answer("https://www.a.org/y")
    assert not found.has_answer("https://b.org/")
    assert not NetworkWatch().has_answer()


def test_blameless_failure_is_no_attempt_and_closes_no_host():
    given = NotFetched(
        "dns", detail="no such host", is_transient=False, retry_after_s=600.0, host="a.example"
    )
    found = without_blame(given)
    assert (found.reason, found.is_transient, found.was_tried) == ("no_network", True, False)
    assert (found.retry_after_s, found.host) == (None, None)
    assert found.detail.endswith("it's this machine or its network: no such host")


def test_hosts_that_were_silent_may_be_asked_again_and_others_not():
    hosts = Hosts()
    silent, resting, once = (hosts.host(name) for name in ("silent", "resting", "once"))
    for host, failures in ((silent, 3), (once, 2)):
        for _ in range(failures):
            hosts.begin(host, delay_s=0)
            hosts.end(host, delay_s=0, is_connected=False)
    hosts.close(resting, 600, because="it asked for that")
    assert hosts.why_closed(silent)

    hosts.open_silent()

    assert hosts.why_closed(silent) is None
    assert hosts.why_closed(resting) == "it asked for that"
    assert (silent.failures, once.failures) == (0, 0)
