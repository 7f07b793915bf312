"""A lake of made-up news, as months of scheduled runs would leave it, for what shows lakes.

All people, places of events and papers are invented; the towns on the map are real.
"""

from __future__ import annotations

import hashlib
import os
import random
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa

from feedlake.pipeline.lake.journal_entry import JournalEntry
from feedlake.pipeline.lake.lake import Lake
from feedlake.transforms.records.documents import StagedFile
from feedlake.transforms.write.parquet_files import schema_in, sort_rows, write_file
from feedlake.transforms.write.schema import TABLES

Row = dict[str, Any]

TODAY = date(2026, 11, 30)
NOON = datetime.combine(TODAY, time(12), UTC)

SITES = (
    *("courier.example", "harbour-post.example", "morgenblatt.example", "lejournal.example"),
    *("northern-echo.example", "daily-lantern.example", "elfaro.example", "coast-radio.example"),
    *("valley-news.example", "citydesk.example", "weekender.example", "signal.example"),
)

PLACES: dict[str, tuple[str, str, float, float, int, str]] = {
    name: (name, country, latitude, longitude, key, feature)
    for name, country, latitude, longitude, key, feature in (
        ("Lisbon", "PT", 38.71667, -9.13333, 2267057, "capital"),
        ("Hamburg", "DE", 53.57532, 10.01534, 2911298, "city"),
        ("Lyon", "FR", 45.74846, 4.84671, 2996944, "city"),
        ("Nairobi", "KE", -1.28333, 36.81667, 184745, "capital"),
        ("Lima", "PE", -12.04318, -77.02824, 3936456, "capital"),
        ("Jakarta", "ID", -6.21462, 106.84513, 1642911, "capital"),
        ("Osaka", "JP", 34.69374, 135.50218, 1853909, "city"),
        ("Chicago", "US", 41.85003, -87.65005, 4887398, "city"),
        ("Halifax", "CA", 44.64533, -63.57239, 6324729, "city"),
        ("Lagos", "NG", 6.45407, 3.39467, 2332459, "city"),
        ("Sydney", "AU", -33.86785, 151.20732, 2147714, "city"),
        ("Bergen", "NO", 60.39299, 5.32415, 3161732, "city"),
        ("Chennai", "IN", 13.08784, 80.27847, 1264527, "city"),
        ("Valparaíso", "CL", -33.036, -71.62963, 3868626, "city"),
    )
}

HEADLINES = (
    ("Night ferries return to the northern line after eleven years", "Bergen", "transport"),
    ("Harbour engineers find a seventh arch under the old bridge", "Lisbon", "culture"),
    ("A school orchestra borrows the foghorn for its winter concert", "Halifax", "culture"),
    ("Tram drivers and council agree on a four-day week", "Hamburg", "work"),
    ("Scientists count fireflies from the air, and find more than hoped", "Osaka", "science"),
    ("The city library lends out telescopes until spring", "Lyon", "science"),
    ("Storm warning for the coast: markets close at noon", "Valparaíso", "weather"),
    ("Bakers vote on the price of the long loaf", "Lyon", "economy"),
    ("First electric fishing boats leave the river mouth", "Lagos", "economy"),
    ("Marathon route moves to spare the nesting herons", "Nairobi", "sport"),
    ("A map drawn in 1790 turns up in a suitcase", "Lima", "culture"),
    ("Ring road tolls end; buses get a lane of their own", "Jakarta", "transport"),
    ("Goalkeeper, 41, saves two penalties in her last match", "Sydney", "sport"),
    ("Rooftop gardens cool a whole quarter by two degrees", "Chennai", "science"),
    ("Lake freezes early, and the ice market opens", "Chicago", "weather"),
    ("Lighthouse keeper's diary is read on the radio", "Halifax", "culture"),
)
GERMAN = (
    ("Die Nachtfähre fährt wieder, und der Hafen feiert", "Hamburg", "transport"),
    ("Rat streitet über das Dach der Markthalle", "Hamburg", "economy"),
    ("Chor probt im leeren Schwimmbad", "Hamburg", "culture"),
)
FRENCH = (
    ("Les boulangers votent le prix de la grande miche", "Lyon", "economy"),
    ("Un télescope dans chaque bibliothèque", "Lyon", "science"),
)
JAPANESE = (("空から数えた蛍は予想より多かった", "Osaka", "science"),)

PEOPLE = ("Ada Holm", "Ines Carvalho", "Tomas Reyes", "Mei Tanaka", "Grace Wanjiru", "Ole Brandt")

HOSTILE = (
    "<script>document.title = 'owned'</script><img src=x onerror=alert(1)>",
    '" onmouseover="alert(1)" x="',
    "\u202egnihton syas enildaeh sihT\u202c and goes on",
    "Zal" + "\u0335\u0322\u0321" * 60 + "go over the lines",
    "A very long title " + "without an end " * 660,
    "W" * 10_000,
)
"""Titles of strangers who mean no good: in the lake if it is asked for them."""

_SENTENCES = (
    "People lined the quay from early morning, and the brass band played until the rain came.",
    "The council had argued about it for most of a decade, and the vote was close.",
    "Nobody was hurt, the harbour office said, and the repairs will be done by the weekend.",
    "A spokeswoman called the figures encouraging, but warned against reading too much into them.",
    "The work cost less than planned, which surprised everyone who had seen the first estimate.",
    "Shops along the route stayed open late, and some sold out of bread before nine.",
    "Older residents remember the last time it happened, in the winter of the long frost.",
    "The plan now goes to the regional assembly, which meets again in January.",
    "Engineers measured for three weeks before they were sure of what they had found.",
    "Schools will be told in the spring whether they can take part next year.",
)


def make_shown_lake(
    path: str, *, days: int = 60, today: date = TODAY, is_hostile: bool = False
) -> None:
    """Publishes some hundred articles and what belongs to them, as a run every three days.

    Args:
        path: The lake's; it must not be there.
        days: How many days have articles, up to the last.
        today: The last.
        is_hostile: Whether the last day also has articles with hostile titles.
    """
    lake = Lake(path)
    with lake.writing():
        for number, start in enumerate(range(days - 1, -1, -3)):
            of_run = [today - timedelta(days=back) for back in range(start, max(start - 3, -1), -1)]
            publish_run(lake, of_run, number, is_hostile=is_hostile and of_run[-1] == today)


def publish_run(lake: Lake, days: list[date], number: int, *, is_hostile: bool = False) -> str:
    """Publishes the news of some days as one run, and returns its id; needs the lake's lock.

    Args:
        lake: The lake.
        days: The days; the run is of the last.
        number: Of the run; makes its rows others.
        is_hostile: Whether some titles are.
    """
    at = datetime.combine(days[-1], time(11, 40), UTC)
    run_id = f"{at:%Y%m%dT%H%M%SZ}-{number:06x}-0001"
    tables: dict[str, list[Row]] = {name: [] for name in TABLES}
    for day in days:
        _add_day(tables, day, at=at)
    if is_hostile:
        for place, title in enumerate(HOSTILE):
            tables["articles"].append(article_of(days[-1], f"hostile-{place}", title, at=at))
    _add_outcomes(tables, days, at=at, number=number)
    counts = {
        name: len(tables[name]) for name in ("articles", "revisions", "duplicates", "rejects")
    }
    known = 40 + number % 7
    tables["runs"].append(
        {
            **{"started_at": at, "finished_at": at + timedelta(seconds=48 + number % 9)},
            **{"chunk": 1, "sources": len(SITES), "unchanged_sources": 3, "already_in_lake": known},
            **{"known_by_entry": known - 5, "known_by_address": 5, "known_by_guid": 0},
            **{"known_by_text": 0, "known_rejects": 0, "unused_dates": 0, "deferred": 2},
            **{"publication": number + 1, "documents": sum(counts.values()) + known},
            **{
                "options": '{"lake": "lake", "near_threshold": 0.8}',
                "versions": '{"feedlake": "0.2"}',
            },
            **counts,
        }
    )
    publish(lake, run_id, tables)
    return run_id


def publish(lake: Lake, run_id: str, tables: dict[str, list[Row]]) -> None:
    """Publishes rows as one run; needs the lake's lock.

    Args:
        lake: The lake.
        run_id: The run's id.
        tables: Rows by table, without `run_id` and what follows from it.
    """
    files: list[StagedFile] = []
    for name, rows in tables.items():
        by_partition: dict[str, list[Row]] = {}
        for row in rows:
            is_dated = name in ("articles", "revisions")
            partition = f"date={row['date']}" if is_dated else f"run_date={_day_of(run_id)}"
            by_partition.setdefault(partition, []).append({**row, "run_id": run_id})
        files += [
            _write(lake, name, partition, held, run_id=run_id)
            for partition, held in by_partition.items()
        ]
    lake.publish(JournalEntry(run_id, partition_by=("date",), add=tuple(files)))


def _day_of(run_id: str) -> str:
    return f"{run_id[:4]}-{run_id[4:6]}-{run_id[6:8]}"


def _write(lake: Lake, name: str, partition: str, rows: list[Row], *, run_id: str) -> StagedFile:
    table = TABLES[name]
    schema = schema_in(partition, table=table)
    columns = [
        pa.array(
            [_value(row, field) for row in rows],
            field.type,
        )
        for field in schema
    ]
    data = sort_rows(pa.Table.from_arrays(columns, schema=schema), table=table)
    path = f"{name}/{partition}/{run_id}-0000.parquet"
    written: StagedFile = write_file(
        os.path.join(lake.staging_folder(run_id), path), data, path=path, table=table
    )
    return written


def _value(row: Row, field: Any) -> Any:
    if field.name == "schema_version":
        return 3
    if field.name in row or field.nullable:
        return row.get(field.name)
    if pa.types.is_list(field.type):
        return []
    return 0 if pa.types.is_integer(field.type) else None


def id_of(url: str) -> str:
    """Returns the id of the article at an address."""
    return hashlib.sha256(url.encode()).hexdigest()[:32]


def url_of(site: str, day: date, slug: str) -> str:
    """Returns the address of an article."""
    return f"https://{site}/{day:%Y/%m/%d}/{slug}"


def _add_day(tables: dict[str, list[Row]], day: date, *, at: datetime) -> None:
    pick = random.Random(str(day))
    language_of = [("en", one) for one in HEADLINES] + [("de", one) for one in GERMAN]
    language_of += [("fr", one) for one in FRENCH] + [("ja", one) for one in JAPANESE]
    count = 7 if day.weekday() > 4 else 13
    # The biggest story of a day first.
    for place, (language, (title, town, tag)) in enumerate(pick.sample(language_of, count)):
        site = SITES[(day.toordinal() + place) % len(SITES)]
        article = article_of(
            day, f"story-{place}", title, site=site, town=town, tag=tag, language=language, at=at
        )
        tables["articles"].append(article)
        copies = (9, 5, 3, 1)[place] if place < 4 else 0
        for number in range(copies):
            copied_by = SITES[(day.toordinal() + place + 1 + number) % len(SITES)]
            tables["duplicates"].append(_copy(article, copied_by, day, number))
        if place in (0, 5):
            text = article["text"].replace("three weeks", "four weeks").replace("close", "clear")
            tables["revisions"].append(
                {
                    **article,
                    **{"text": f"{text}\n\nUpdated with the council's answer.", "revision": 1},
                    **{"title": f"{title}, and the council answers", "similarity": 0.93},
                    **{"char_delta": 36, "fetched_at": at + timedelta(seconds=5)},
                }
            )


def article_of(
    day: date,
    slug: str,
    title: str,
    *,
    at: datetime,
    site: str = "courier.example",
    town: str = "Lisbon",
    tag: str = "culture",
    language: str = "en",
) -> Row:
    pick = random.Random(f"{day} {slug}")
    name, country, latitude, longitude, key, feature = PLACES[town]
    paragraphs = [" ".join(pick.sample(_SENTENCES, 3)) for _ in range(4)]
    text = "\n\n".join([f"{town}. {title[:80]}. {paragraphs[0]}", *paragraphs[1:]])
    url = url_of(site, day, slug)
    digest = hashlib.sha256(text.encode()).digest()
    person = pick.choice(PEOPLE)
    return {
        **{"article_id": id_of(url), "url": url, "canonical_url": url, "site": site},
        **{"source": f"https://{site}/feed.xml", "source_kind": "feed", "source_record": 1},
        **{"site_name": site.partition(".")[0].replace("-", " ").title(), "title": title},
        **{"authors": [person], "excerpt": paragraphs[0], "tags": [tag], "text": text},
        **{"published_at": datetime.combine(day, time(6 + pick.randrange(5), 5), UTC)},
        **{"published_text": f"{day:%a, %d %b %Y} 08:05:00 GMT", "fetched_at": at, "date": day},
        **{"date_source": "feed", "text_source": "page", "language": language},
        **{"language_score": 0.97, "declared_language": language, "word_count": len(text.split())},
        **{"char_count": len(text), "text_sha256": digest, "content_sha256": digest},
        **{"cluster_id": id_of(url), "countries": [country], "reading_time_s": 64},
        "places": [
            {
                **{"name": name, "canonical": name, "country": country, "admin1": None},
                **{"latitude": latitude, "longitude": longitude, "geonames_id": key},
                **{"feature": feature, "count": 2, "offset": 0},
            }
        ],
        "entities": [{"name": person, "type": "person", "count": 2, "offset": 40}],
        **{"tone": round(pick.uniform(-0.8, 0.9), 2) if language == "en" else None},
        **{"quality_score": round(pick.uniform(0.45, 1.0), 2), "sentence_count": 12},
        **{"enrichers": "language 1, places 1, quality 1, tone 1", "extractor": "trafilatura 2.3"},
    }


def _copy(article: Row, site: str, day: date, number: int) -> Row:
    url = url_of(site, day, f"copy-of-{article['article_id'][:6]}")
    is_same = number % 3 == 0
    text = article["text"].replace("three weeks", "some weeks") + "\n\nFrom our wire service."
    return {
        **{name: article[name] for name in ("title", "date_source", "cluster_id", "char_count")},
        **{name: article[name] for name in ("text_sha256", "content_sha256", "fetched_at")},
        **{"article_id": id_of(url), "original_id": article["article_id"], "url": url},
        **{"matched_id": article["article_id"], "test": "text" if is_same else "near"},
        **{"similarity": 1.0 if is_same else 0.91, "canonical_url": url, "site": site},
        **{"source": f"https://{site}/feed.xml", "source_kind": "feed", "source_record": 2},
        **{"published_at": article["published_at"] + timedelta(minutes=20 * (number + 1))},
        **{"text": None if is_same else text},
    }


def _add_outcomes(
    tables: dict[str, list[Row]], days: list[date], *, at: datetime, number: int
) -> None:
    reasons = ("too_short", "login_wall", "consent_wall", "timeout", "no_main_text", "soft_404")
    for place in range(5 + number % 3):
        site = SITES[(number + place) % len(SITES)]
        reason = reasons[(number * place) % len(reasons)]
        url = url_of(site, days[-1], f"lost-{number}-{place}")
        tables["rejects"].append(
            {
                **{"reject_id": id_of(url), "source": f"https://{site}/feed.xml", "url": url},
                **{
                    "source_kind": "feed",
                    "source_record": place + 1,
                    "title": "A page that was lost",
                },
                **{"step": "fetch" if reason == "timeout" else "extract", "reason": reason},
                **{"detail": "82 characters, fewer than 200", "rejected_at": at},
            }
        )
    for place in range(2):
        site = SITES[(number + 3 * place) % len(SITES)]
        url = url_of(site, days[-1], f"later-{number}-{place}")
        tables["deferred"].append(
            {
                **{"deferred_id": id_of(url), "source": f"https://{site}/feed.xml", "url": url},
                **{"title": "A page that waits", "status": "waiting", "reason": "timeout"},
                **{"detail": "no answer within 20 s", "attempts": 2, "first_tried_at": at},
                **{"tried_at": at, "next_try_at": at + timedelta(hours=2), "entry": "{}"},
            }
        )
    polls = 0
    for place, site in enumerate(SITES):
        for day in days:
            is_dead, is_silent = place == 10, place == 11
            luck = random.Random(f"{site} {day}").random()
            if luck < 0.04 * (place % 4):  # This one is polled on some days only.
                continue
            is_dead, is_quiet = is_dead or luck > 0.99, is_silent or luck > 0.8
            polled = datetime.combine(day, time(9, place), UTC)
            polls = 2 + 2 * number + (day == days[-1])
            tables["sources"].append(
                {
                    **{"source": f"https://{site}/feed.xml", "source_kind": "feed"},
                    **{"status": "failed" if is_dead else "read", "size_bytes": 20_000},
                    **{"documents": 0 if is_dead or is_quiet else 4, "duration_ms": 180},
                    **{"address": f"https://{site}/feed.xml", "polled_at": polled},
                    **{"succeeded_at": polled - timedelta(days=12) if is_dead else polled},
                    **{"changed_at": polled - timedelta(days=20) if is_silent else polled},
                    **{"next_due": polled + timedelta(hours=3), "interval_s": 10_800.0},
                    **{
                        "failures": number * 3 + 1 if is_dead else 0,
                        "gone": 0,
                        "is_stopped": False,
                    },
                    **{"failing_since": polled - timedelta(days=12) if is_dead else None},
                    **{"moved_count": 0, "not_modified_polls": 0, "polls": polls},
                    **{"new_per_day": 0.1 if is_silent else 4.2, "observed_s": 86_400.0 * 50},
                    **{"newest_entry_at": polled, "http_status": 503 if is_dead else 200},
                    **{"was_conditional": True, "entries": None if is_dead else 20},
                    **{"new_entries": None if is_dead else 0 if is_quiet else 4},
                    **{"missed_entries": 0, "error": "http_error" if is_dead else None},
                    **{"detail": "HTTP status 503" if is_dead else None},
                    "title": site.partition(".")[0].replace("-", " ").title(),
                }
            )


def make_empty_lake(path: Path) -> None:
    """Makes a lake without a single row."""
    with Lake(str(path)).writing():
        pass
