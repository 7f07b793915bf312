"""Which claim of a page counts, by the cases of docs/duplicates.md."""

import pytest

from feedlake.transforms.extract.own_address import Agreement, Claim, judge_claims, names_a_page

SITE = "https://news.example"
STORY = f"{SITE}/town/new-pier-opens-at-last-483920"


@pytest.mark.parametrize(
    ("own", "claim", "title", "agreement"),
    [
        # The same page, in this form or another.
        (STORY, STORY, None, "same"),
        (f"{STORY}?utm_source=feed#top", STORY, None, "same"),
        ("http://www.news.example/town/pier/", f"{SITE}/town/pier", None, "same"),
        ("https://m.news.example/town/pier", f"{SITE}/town/pier", None, "same"),
        ("https://amp.news.example/town/pier", "https://www.news.example/town/pier", None, "same"),
        (f"{SITE}/amp/town/pier", f"{SITE}/town/pier", None, "same"),
        (f"{SITE}/town/pier/amp/", f"{SITE}/town/pier/", None, "same"),
        (f"{SITE}/amp/amp", f"{SITE}/amp", None, "same"),
        (f"{SITE}/town/pier.amp.html", f"{SITE}/town/pier.html", None, "same"),
        (f"{SITE}/town/pier?amp=1", f"{SITE}/town/pier", None, "same"),
        (f"{SITE}/town/pier?outputType=amp", f"{SITE}/town/pier", None, "same"),
        (f"{SITE}/town/pier/print", f"{SITE}/town/pier", None, "same"),
        (f"{SITE}/town/pier.html", f"{SITE}/town/pier", None, "same"),
        (f"{SITE}/town/pier/index.html", f"{SITE}/town/pier/", None, "same"),
        (f"{SITE}/town/pier?page=1", f"{SITE}/town/pier", None, "same"),
        (f"{SITE}/read?id=7&ref=rss", f"{SITE}/read?id=7", None, "same"),
        (f"{STORY}?mod=home", STORY, None, "same"),
        (f"https://web.archive.org/web/2020/{STORY}", STORY, None, "same"),
        ("https://news-example.cdn.ampproject.org/c/s/news.example/a/pier", f"{SITE}/a/pier", None,
         "same"),
        # Something else speaks for it.
        (f"{SITE}/read?mod=home", f"{SITE}/read", None, "likely"),
        (f"{STORY}?PHPSESSID=4fd9c1", STORY, None, "likely"),
        (f"{SITE}/a/new-pier-opens", f"{SITE}/town/new-pier-opens", None, "likely"),
        ("https://eu.example.com/new-pier-opens", "https://example.com/new-pier-opens", None,
         "likely"),
        (f"{SITE}/article/483920/old-headline", f"{SITE}/article/483920/new-headline", None,
         "likely"),
        (f"{SITE}/?p=483920", STORY, None, "likely"),
        (f"{SITE}/a/Ard8wM/first", f"{SITE}/a/Ard8wM/later", None, "likely"),
        (f"{SITE}/?p=123", f"{SITE}/2024/03/new-pier-opens/", "New pier opens | News", "likely"),
        (f"{SITE}/?p=12", f"{SITE}/ueber-die-bruecke/", "Über die Brücke", "likely"),
        (f"{SITE}/?p=12", f"{SITE}/lete-a-la-plage/", "L’été à la plage", "likely"),
        # Nothing does: another page of the article, the section, another story, another site.
        (f"{STORY}?p=2", STORY, "New pier opens at last", "none"),
        (f"{STORY}?page=2", STORY, "New pier opens at last", "none"),
        (f"{STORY}/2", STORY, "New pier opens at last", "none"),
        (f"{STORY}/page/2/", STORY, "New pier opens at last", "none"),
        (f"{SITE}/town/pier-opens-today-2.html", f"{SITE}/town/pier-opens-today.html",
         "Pier opens today", "none"),
        (f"{SITE}/read?id=2", f"{SITE}/read", None, "none"),
        (f"{SITE}/read?story=2", f"{SITE}/read", None, "none"),
        (f"{SITE}/read?cid=7", f"{SITE}/read", None, "none"),
        (f"{SITE}/index.php?articleid=2", f"{SITE}/index.php?lang=en", None, "none"),
        (f"{SITE}/?p=123", f"{SITE}/2024/03/another-one-opens/", "New pier opens", "none"),
        (f"{SITE}/news/story-0.html", f"{SITE}/news/", "Story 0", "none"),
        (f"{SITE}/story-0.html", f"{SITE}/news/", "Story 0", "none"),
        (f"{SITE}/2024-03-05/pier", f"{SITE}/2024-03-05/bridge", None, "none"),
        (f"{SITE}/20240305/pier", f"{SITE}/20240305/bridge", None, "none"),
        (f"{SITE}/2024/03/pier", f"{SITE}/2024/03/", None, "none"),
        (STORY, f"{SITE}/", None, "none"),
        (STORY, f"{SITE}/index.html", None, "none"),
        (STORY, f"{SITE}/en/", "New pier opens", "none"),
        (STORY, "https://other.example/town/new-pier-opens-at-last-483920", None, "none"),
        (STORY, "http://localhost:3000/town/new-pier-opens-at-last-483920", None, "none"),
        (STORY, f"{SITE}/town/{{{{slug}}}}", None, "none"),
    ],
)  # fmt: skip
def test_a_claim_counts_if_it_agrees_with_where_the_page_came_from(
    own: str, claim: str, title: str | None, agreement: Agreement
) -> None:
    assert judge_claims([claim], own=own, title=title) == Claim(claim, agreement)


@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        ([f"{SITE}/news/", f"{SITE}/news/story-0.html"], f"{SITE}/news/story-0.html"),
        ([f"{SITE}/blog/2026/02/story", f"{SITE}/"], f"{SITE}/blog/2026/02/story"),
        ([f"{SITE}/", f"{SITE}/pier"], f"{SITE}/pier"),
        ([f"{SITE}/read", f"{SITE}/read?id=2"], f"{SITE}/read?id=2"),
        ([f"{SITE}/pier", f"{SITE}/pier?ref=og"], f"{SITE}/pier"),
        ([f"{SITE}/pier", f"{SITE}/bridge"], f"{SITE}/pier"),
        (["http://localhost/pier", f"{SITE}/pier"], f"{SITE}/pier"),
        ([f"{SITE}/{{{{ slug }}}}", f"{SITE}/pier"], f"{SITE}/pier"),
    ],
)
def test_of_a_saved_page_the_claim_counts_that_names_a_story(
    claims: list[str], expected: str
) -> None:
    assert judge_claims(claims, own=None, title=None) == Claim(expected, "likely")


def test_the_claim_that_agrees_best_counts_whatever_stands_before_it() -> None:
    own = f"{SITE}/news/amp/new-pier-opens"
    claims = [f"{SITE}/news/", f"{SITE}/old/new-pier-opens", f"{SITE}/news/new-pier-opens"]

    for given in (claims, claims[::-1]):
        assert judge_claims(given, own=own, title=None) == Claim(claims[2], "same")


def test_a_page_that_claims_nothing_has_no_claim() -> None:
    assert judge_claims([], own=STORY, title=None) is None
    assert judge_claims(["about:blank"], own=None, title=None) is None


@pytest.mark.parametrize(
    "address",
    [
        f"{SITE}/",
        f"{SITE}",
        f"{SITE}/index.php",
        f"{SITE}/?utm_source=x",
        f"{SITE}/en",
        f"{SITE}/en/",
        f"{SITE}/de-AT/",
        f"{SITE}/pt_br/index.html",
        f"{SITE}/us/en/",
        "http://localhost/pier",
        "http://localhost:3000/pier",
        "http://127.0.0.1/pier",
        "http://[::1]:8000/pier",
        "http://192.168.0.7/pier",
        "http://10.1.2.3/pier",
        "http://169.254.1.1/pier",
        "http://intranet/pier",
        "http://cms.local/pier",
        "http://cms.internal/pier",
        "http://news.lan/pier",
        f"{SITE}/{{{{ slug }}}}",
        f"{SITE}/%7B%7Bslug%7D%7D",
        f"{SITE}/{{slug}}",
        f"{SITE}/<%= path %>",
        f"{SITE}/${{path}}",
        f"{SITE}/[[url]]",
        f"{SITE}/story/undefined",
        f"{SITE}/null",
        "javascript:void(0)",
    ],
)
def test_some_addresses_are_those_of_no_published_page(address: str) -> None:
    assert not names_a_page(address, own=None)
    assert judge_claims([address], own=None, title=None) in (None, Claim(address, "none"))


@pytest.mark.parametrize(
    "address",
    [
        f"{SITE}/pier",
        f"{SITE}/tv1",
        f"{SITE}/print",
        f"{SITE}/?p=12",
        f"{SITE}/en/pier",
        "http://93.184.216.34/pier",
        f"{SITE}/view?item={{3F2504E0-4F89-11D3-9A0C-0305E82C3301}}",
        f"{SITE}/undefined-behaviour",
        "https://localhost.news.example/pier",
    ],
)
def test_others_may_be_those_of_one(address: str) -> None:
    assert names_a_page(address, own=None)


def test_a_host_of_ones_own_is_believed_in_what_comes_from_it() -> None:
    own = "http://localhost:3000/town/pier?page=1"

    assert names_a_page("http://localhost:3000/town/pier", own=own)
    assert not names_a_page("http://localhost:8080/town/pier", own=own)
    claim = "http://localhost:3000/town/pier"
    assert judge_claims([claim], own=own, title=None) == Claim(claim, "same")
