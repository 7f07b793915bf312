"""Which texts of feeds are whole, which are cut, and which tell nothing. All are made up."""

from __future__ import annotations

import time

import pytest

from feedlake.transforms.feed_texts.whole_text import (
    ends_sentence,
    find_cut_alike,
    find_shared,
    is_cut,
    is_cut_at_limit,
    is_whole,
    says_nothing,
    without_lead_on,
)

SENTENCE = "The harbour council met on Tuesday to settle who may moor at the western pier."
PARAGRAPHS = "\n\n".join(
    f"{SENTENCE} It was the {place} time this winter."
    for place in ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth")
)
LONG = " ".join([SENTENCE] * 16)


@pytest.mark.parametrize(
    "text",
    [
        PARAGRAPHS,
        LONG,
        "\n\n".join([LONG, LONG]),
        f"{PARAGRAPHS}\n\nThe post Moorings appeared first on Harbour Times.",
        f"{PARAGRAPHS}\n\n[link] [comments]",
        f"{PARAGRAPHS}\n\nFiled under: Sea, Trade",
        f"{PARAGRAPHS} She said: \u201cWe learn to read more.\u201d",
        "\n\n".join(["港の議会は火曜日に集まり、西の桟橋に誰が係留できるかを決めた。" * 4] * 3),
        "\n".join(f"Первая строка о заливе, номер {n}, длинная и полная слов." for n in range(12)),
    ],
)
def test_a_summary_is_whole_if_it_reads_like_an_article(text: str) -> None:
    assert is_whole(text)
    assert not is_cut(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        SENTENCE,
        "\n\n".join([SENTENCE] * 3),
        f"{PARAGRAPHS}\n\nThe vote is expected within three…",
        f"{PARAGRAPHS}\n\nThe vote is expected within three [...]",
        f"{PARAGRAPHS}\n\nThe vote is expected […]\n\nThe post Moorings appeared first on Times.",
        f"{PARAGRAPHS}\n\nRead more",
        PARAGRAPHS[:700],
        LONG[: LONG.index("moor", 1_200)],
    ],
)
def test_a_summary_that_is_short_or_leads_on_is_not_whole(text: str) -> None:
    assert not is_whole(text)


@pytest.mark.parametrize(
    "end",
    [
        *("Read more", "Read More »", "(more…)", "Continue reading Moorings →", "Full story"),
        *("Click here to read the full article", "Read full article >>", "[Read more]"),
        *("Weiterlesen", "Mehr lesen auf hafen.example", "Den ganzen Artikel lesen"),
        *("Lire la suite", "Lire l'article", "Lire l\u2019article complet", "En savoir plus"),
        *("Leer más", "Seguir leyendo", "Leggi tutto", "Continua a leggere", "Leia mais"),
        *("Lees verder", "Läs mer", "Læs mere", "Les mer", "Lue lisää", "Czytaj dalej"),
        *("Číst dál", "Čítať ďalej", "Tovább olvasom", "Citește mai mult", "Devamını oku"),
        *("Διαβάστε περισσότερα", "Читать далее", "Читати далі", "Прочетете още", "Pročitaj više"),
        *("اقرأ المزيد", "המשך קריאה", "ادامه مطلب", "और पढ़ें", "Baca selengkapnya", "Đọc thêm"),
        *("อ่านต่อ", "阅读全文", "閱讀全文", "続きを読む", "더 보기", "Baca juga"),
    ],
)
def test_what_leads_on_is_known_in_many_languages(end: str) -> None:
    teaser = f"{SENTENCE} {SENTENCE}"
    for text in (f"{teaser}\n\n{end}", f"{teaser} {end}", f"{teaser}\n{end}"):
        assert is_cut(text), text
        assert not is_whole(f"{PARAGRAPHS}\n\n{text}")
    assert without_lead_on(f"{teaser}\n\n{end}") == teaser


@pytest.mark.parametrize(
    "text",
    [
        "A note.",
        SENTENCE,
        f"{SENTENCE} Children are told to read more.",
        f"{SENTENCE} See you there :)",
        f"{SENTENCE}\n\nAnn Lee",
        f"{SENTENCE}\n\nhttps://harbour.example/moorings/2026",
        "\n\n".join([SENTENCE] * 30) + "\n\nRead more: how the pier was built",
        "\n\n".join([SENTENCE] * 5) + "\n\nAnd then there was the old gate...",
    ],
)
def test_full_content_stays_full(text: str) -> None:
    assert not is_cut(text)


@pytest.mark.parametrize("size", [100, 119, 140, 200, 255, 256, 299, 500, 512, 1_000, 1_500, 2_000])
def test_a_text_cut_at_a_round_number_of_characters_is_cut(size: int) -> None:
    words = " ".join(["boats and nets"] * 200)
    text = words[:size]
    assert is_cut_at_limit(text)
    assert is_cut(text)
    assert not is_cut_at_limit(f"{text[:-1]}.")
    if size > 400:
        assert not is_cut_at_limit(words[: size + 17])


def test_texts_of_a_feed_that_end_alike_between_words_are_cut() -> None:
    words = " ".join(f"harbour{n}" for n in range(300))
    cut = [words[start : start + 330].rsplit(" ", 1)[0] for start in range(0, 900, 90)]
    assert find_cut_alike(cut)
    assert not find_cut_alike([f"{text}." for text in cut])
    assert not find_cut_alike([text[: 80 + 20 * n] for n, text in enumerate(cut)])
    assert not find_cut_alike(cut[:3])
    fifty = [" ".join(f"{'pier' * n}{word}" for word in range(50)) for n in range(1, 6)]
    assert find_cut_alike(fifty)
    assert not find_cut_alike([f"{text} {'more ' * n}" for n, text in enumerate(fifty)])


@pytest.mark.parametrize(
    "text",
    [
        *("", "Comments", "Comments (12)", "12 comments", "Kommentare", "コメント", "评论"),
        *("Read more", "Full story here", "Click here to read the full article", "n/a", "Video"),
        "Article URL: https://a.example/1 Comments URL: https://b.example Points: 9 # Comments: 3",
        *("submitted by /u/ann [link] [comments]", "https://example.org/a", "The pier", "อ่านต่อ"),
        *("Photos of the pier", "It sails."),
    ],
)
def test_a_text_of_a_few_words_tells_nothing(text: str) -> None:
    assert says_nothing(text, min_words=5)


@pytest.mark.parametrize(
    "text",
    [
        "Bus 12 stops at the pier.",
        "The ferry sails.",
        "Комитет порта собрался во вторник.",
        "港の議会は火曜日に集まった。",
        "항구 의회가 화요일에 모여 결정했다.",
        "สภาท่าเรือประชุมกันเมื่อวันอังคารเพื่อตัดสินใจเรื่องท่าเรือ",
        SENTENCE,
    ],
)
def test_a_sentence_tells_something(text: str) -> None:
    assert not says_nothing(text, min_words=5)


@pytest.mark.parametrize(
    ("texts", "shared"),
    [
        ([("All news.", "A"), ("All news.", "B")], {"all news."}),
        ([("All news.", "A"), ("ALL  news.", "B"), ("all news.", "C"), (LONG, "D")], {"all news."}),
        ([("See https://a.example/1", "A"), ("See https://a.example/2", "B")], {"see"}),
        ([(f"{n} comments so far, add yours", n) for n in "123"], {"comments so far, add yours"}),
        ([("All news.", "A"), ("All news.", "A")], set()),
        ([("All news.", "A"), ("All news.", "B"), (LONG, "C")], set()),
        ([("All news.", "A")], set()),
        ([(LONG, n) for n in "ABC"] + [(f"{n} {SENTENCE}", n) for n in "DEFG"], set()),
    ],
)
def test_a_text_is_shared_if_it_stands_for_several_stories(
    texts: list[tuple[str, str | None]], shared: set[str]
) -> None:
    assert find_shared(texts) == shared


@pytest.mark.parametrize(
    "text", ["It is.", "Is it?\u201d", "(So.)", "終わり。", "بله؟", "है।", "Yes! :-)"]
)
def test_sentences_end_in_many_scripts(text: str) -> None:
    assert ends_sentence(text)


@pytest.mark.parametrize(
    "text",
    ["\n" * 300_000, "read more " * 30_000, "comments\n" * 50_000, "x" * 1_000_000, "[" * 300_000],
)
def test_no_text_takes_long(text: str) -> None:
    begin = time.process_time()
    is_cut(text), is_whole(text), says_nothing(text, min_words=5), without_lead_on(text)
    find_shared([(text, "a"), (text, "b")])
    assert time.process_time() - begin < 2
