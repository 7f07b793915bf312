"""Languages are told from short news sentences, and near ones are kept apart."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sentences import SENTENCES

from feedlake.transforms.language import detect_language as language
from feedlake.transforms.language.detect_language import (
    LEAD_CHARS,
    MIN_SCORE,
    UNKNOWN,
    identify_language,
)


@pytest.mark.parametrize("language", SENTENCES)
def test_one_sentence_tells_its_language(language):
    found = identify_language(None, SENTENCES[language], declared=None)

    assert found.tag == language
    assert MIN_SCORE <= found.score <= 1


@pytest.mark.parametrize(
    "text",
    ["", " \n ", "ok", "12345 67 89 2026", "\U0001f600" * 50, "!?" * 40, "\ud800\udfff", "\x00"],
)
def test_what_holds_no_words_is_of_no_language(text):
    assert identify_language(None, text, declared="en") == UNKNOWN


def test_a_row_of_letters_is_of_no_language():
    for text in ("XK-2234 BVT-88 QRS-7781 LMN-201 TTR", "tsk hmm brr pfft shh"):
        assert identify_language(None, text, declared=None) == UNKNOWN


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Consiliul a hotarat luni sa repare podul vechi pentru ca este in pericol.", "ro"),
        ("Reditel rekl, ze se stary most opravi jeste letos, protoze je v havarijnim stavu.", "cs"),
        ("Predsednik je rekao da će vlada posle sednice doneti odluku o ceni hleba.", "sr"),
        ("Predsjednik je kazao da će vlada poslije sjednice donijeti odluku o cijeni kruha.", "hr"),
        ("古い橋修理決定、市議会賛成多数で可決 費用総額二億円", "ja"),
        ("市政府表示，為改善交通，將拆除舊橋，並為居民興建新橋。", "zh"),
        ("據悉，市議會發言人表示，舊橋將於冬季前完成修復工程。", "zh"),
        ("מועצת העיר דנה בקידום הגינון וברווחה של התושבים בשכונות.", "he"),
    ],
)
def test_spelling_that_is_less_common_is_known_too(text, language):
    assert identify_language(None, text, declared=None).tag == language


def test_more_is_read_where_the_lead_leaves_doubt():
    noise = "tsk hmm brr pfft shh " * (LEAD_CHARS // 21 + 1)
    text = noise + (SENTENCES["pl"] + " ") * 10

    assert identify_language(None, noise, declared=None) == UNKNOWN
    assert identify_language(None, text, declared=None).tag == "pl"


def test_words_that_leave_no_doubt_need_no_model(monkeypatch):
    news = (
        "The mayor said that the bridge would be closed for the whole of the week, and that the "
        "people of the town could still take the ferry to the market on the other side. It is not "
        "known when the work will be done, but he was sure that they would have it by the winter."
    )
    monkeypatch.setattr(language, "_ask_model", lambda *_: pytest.fail("the model was asked"))

    assert identify_language(None, news, declared="de") == ("en", 1.0)
    assert identify_language("The bridge", news.upper(), declared=None) == ("en", 1.0)


def test_words_alone_do_not_tell_a_language_whose_relative_only_the_model_knows():
    cebuano = (
        "Ang mayor miingon nga ang bag-ong eskuylahan tukoron sa sunod tuig sa daang yuta tapad "
        "sa simbahan. Nalipay ang mga tawo sa lungsod kay dugay na nila kining gihulat, apan ang "
        "uban nagtuo nga mahal kaayo ug dili kini angay sa mga bata nga nagpuyo sa layo."
    )

    assert identify_language(None, cebuano, declared=None).tag == "ceb"


def test_addresses_and_handles_do_not_count():
    text = "https://example.com/the/latest/news/about/the/world @reporter_of_the_day #news"

    assert identify_language("", text, declared=None) == UNKNOWN


def test_capitals_are_read_as_small_letters():
    assert identify_language(SENTENCES["de"].upper(), "", declared=None).tag == "de"


def test_only_title_and_lead_are_read():
    lead = (SENTENCES["fr"] + " ") * (LEAD_CHARS // len(SENTENCES["fr"]) + 1)

    assert identify_language(None, lead + SENTENCES["ru"] * 500, declared=None).tag == "fr"


def test_declared_language_decides_between_near_ones():
    text = "Priser og takster for 2026"

    assert identify_language(None, text, declared="nb-NO").tag == "no"
    assert identify_language(None, text, declared="da").tag == "da"


def test_declared_language_does_not_overrule_a_clear_text():
    assert identify_language(None, SENTENCES["pl"] * 3, declared="en").tag == "pl"


def test_quoted_words_of_another_script_change_nothing():
    text = f"{SENTENCES['en']} The sign said \u041c\u043e\u0441\u043a\u0432\u0430 and \u6771\u4eac."

    assert identify_language(None, text, declared=None).tag == "en"


def test_threads_share_one_model():
    with ThreadPoolExecutor(4) as pool:
        found = list(
            pool.map(lambda t: identify_language(None, t, declared=None).tag, SENTENCES.values())
        )

    assert found == list(SENTENCES)


@given(st.text(max_size=300), st.text(max_size=300), st.none() | st.text(max_size=8))
def test_any_text_has_a_tag(title, text, declared):
    found = identify_language(title, text, declared=declared)

    assert found.tag == found.tag.lower()
    assert 0 <= found.score <= 1
