"""What a feed says about its next update, and what of that is believed."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedlake.transforms.feeds.feed_hints import (
    MAX_INTERVAL_S,
    MIN_INTERVAL_S,
    NO_HINTS,
    FeedHints,
    read_hints,
)
from feedlake.transforms.feeds.parse_feed import read_feed

SOURCE = "https://example.org/feeds/all.xml"
SYNDICATION = 'xmlns:sy="http://purl.org/rss/1.0/modules/syndication/"'
ATOM = 'xmlns:a="http://www.w3.org/2005/Atom"'
ITEM = "<item><title>One</title><link>/1</link><ttl>9</ttl></item>"


def _rss(channel: str) -> bytes:
    return (
        f'<rss version="2.0" {SYNDICATION} {ATOM}><channel><title>T</title>{channel}{ITEM}'
        "</channel></rss>"
    ).encode()


def _hints(body: bytes) -> FeedHints:
    return read_feed(body, source=SOURCE, base_url=SOURCE).hints


@pytest.mark.parametrize("fault", ["", "<undeclared:x/>"], ids=["well-formed", "ill-formed"])
def test_all_hints_of_a_channel_are_read(fault: str) -> None:
    body = _rss(
        "<ttl> 90 </ttl><sy:updatePeriod>\nhourly</sy:updatePeriod>"
        "<sy:updateFrequency>4</sy:updateFrequency>"
        "<skipHours> <hour>0</hour>\n<hour>23</hour></skipHours>"
        "<skipDays><day>Saturday</day><day>SUNDAY</day></skipDays>"
        f'<a:link rel="hub" href="https://hub.example/"/>{fault}'
    )

    assert _hints(body) == FeedHints(
        ttl_s=5_400,
        update_interval_s=900,
        skip_hours=frozenset({0, 23}),
        skip_days=frozenset({5, 6}),
        hub="https://hub.example/",
    )


@pytest.mark.parametrize(
    ("ttl", "ttl_s"),
    [
        ("1", 60),
        ("60", 3_600),
        ("0.5", None),
        ("1.5", 90),
        ("0", None),
        ("-60", None),
        ("1000000000", None),
        ("9" * 400, None),
        ("1e3", None),
        ("nan", None),
        ("inf", None),
        ("an hour", None),
        ("٦٠", None),
        ("", None),
    ],
)
def test_a_ttl_is_minutes_and_nonsense_is_none(ttl: str, ttl_s: int | None) -> None:
    assert _hints(_rss(f"<ttl>{ttl}</ttl>")).ttl_s == ttl_s


@pytest.mark.parametrize(
    ("period", "frequency", "interval_s"),
    [
        ("hourly", "1", 3_600),
        ("Daily", None, 86_400),
        ("weekly", "7", 86_400),
        ("monthly", "1", 30 * 86_400),
        ("yearly", "1", 365 * 86_400),
        (None, "2", 43_200),
        ("hourly", "0", None),
        ("hourly", "-1", None),
        ("hourly", "1000000000", None),
        ("hourly", "often", None),
        ("yearly", "0.5", None),
        ("never", "1", None),
        (None, None, None),
    ],
)
def test_a_period_over_its_frequency_is_an_interval(
    period: str | None, frequency: str | None, interval_s: int | None
) -> None:
    fields = {"sy_updateperiod": period, "sy_updatefrequency": frequency}
    assert read_hints(fields, hub=None).update_interval_s == interval_s


@pytest.mark.parametrize(
    ("hours", "skipped"),
    [
        (["1", " 2 "], {1, 2}),
        (["24"], {0}),
        (["25", "-1", "1.5", "noon", ""], set()),
        ([str(hour) for hour in range(23)], set(range(23))),
        ([str(hour) for hour in range(24)], set()),
    ],
)
def test_hours_are_those_of_a_day_and_never_all(hours: list[str], skipped: set[int]) -> None:
    assert read_hints({"skiphours": hours}, hub=None).skip_hours == skipped


@pytest.mark.parametrize(
    ("days", "skipped"),
    [
        (["Monday", "sunday"], {0, 6}),
        (["Someday", "1", ""], set()),
        ("Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split(), set()),
    ],
)
def test_days_are_those_of_a_week_and_never_all(days: list[str], skipped: set[int]) -> None:
    assert read_hints({"skipdays": days}, hub=None).skip_days == skipped


@pytest.mark.parametrize(
    ("href", "hub"),
    [
        ("https://hub.example/", "https://hub.example/"),
        ("/hub", "https://example.org/hub"),
        ("javascript:x", None),
        ("", None),
    ],
)
def test_a_hub_is_an_absolute_address(href: str, hub: str | None) -> None:
    assert _hints(_rss(f'<a:link rel="hub" href="{href}"/>')).hub == hub


def test_a_json_feed_names_its_hubs_only() -> None:
    hubs = [7, {"type": "WebSub"}, {"type": "WebSub", "url": "https://hub.example/"}]
    feed = {"version": "https://jsonfeed.org/version/1.1", "hubs": hubs, "ttl": "60", "items": []}
    assert _hints(json.dumps(feed).encode()) == FeedHints(hub="https://hub.example/")


def test_what_stands_in_an_item_is_no_hint() -> None:
    assert _hints(_rss("")) == NO_HINTS


@given(
    st.dictionaries(
        st.sampled_from(["ttl", "sy_updateperiod", "sy_updatefrequency", "skiphours", "skipdays"]),
        st.one_of(
            st.text(),
            st.integers().map(str),
            st.sampled_from(["daily", "hourly"]),
            st.lists(st.one_of(st.text(), st.integers().map(str), st.none())),
            st.none(),
        ),
    )
)
def test_no_words_lead_to_a_hint_that_cannot_be_followed(fields: dict[str, object]) -> None:
    hints = read_hints(fields, hub=None)
    for interval_s in (hints.ttl_s, hints.update_interval_s):
        assert interval_s is None or MIN_INTERVAL_S <= interval_s <= MAX_INTERVAL_S
    assert hints.skip_hours < frozenset(range(24))
    assert hints.skip_days < frozenset(range(7))
