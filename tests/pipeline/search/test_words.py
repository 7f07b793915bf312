"""What counts as a word, in texts and in searches."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedlake.pipeline.search.words import to_indexed, words_in

_LETTERS = "aZé ß½_™-'’日本かがｶﾞ한ไทยก้ำ\u0301\u0308हि्نَ\u200cﬁ㎏ΆΣςЁй1²Ⅷ\u3099"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Don't panic: 3.5% in the U.S.", "don t panic 3 5 in the u s"),
        ("Müller, ÅNGSTRÖM, Straße, İstanbul", "muller angstrom strasse istanbul"),
        ("Ёлка мой", "елка мой"),
        ("ΑΘΉΝΑ σοφός", "αθηνα σοφοσ"),
        ("Tiếng Việt, Łódź, Ærø", "tieng viet lodz aero"),
        ("ﬁre ｅｎ ½ ㎏ Apple™", "fire en 1 2 apple"),
        ("हिन्दी में", "हिन्दी में"),
        ("مُحَمَّد أحمد می\u200cخواهم", "محمد احمد ميخواهم"),
        ("日本経済の2024年", "日本 本経 経済 済の の 2024 年"),
        ("iPhone手机", "iphone 手机 机"),
        ("ｶﾞﾗｽ", "ガラ ラス ス"),
        ("한국 경제", "한국 국 경제 제"),
        ("น้ำไทย", "น้ำ ำไ ไท ทย ย"),
    ],
)
def test_words_are_in_lower_case_without_accents_and_pairs_in_scripts_without_spaces(text, words):
    assert to_indexed(text).split() == words.split()


@given(st.one_of(st.text(_LETTERS, max_size=12), st.text(max_size=30)))
def test_words_that_are_highlighted_are_those_that_are_indexed(text):
    assert [word.text for word in words_in(text)] == to_indexed(text).split()


@given(st.text(_LETTERS, max_size=12))
def test_words_say_where_they_stand(text):
    words = [*words_in(text)]

    assert all(0 <= word.start < word.end <= len(text) for word in words)
    assert [word.start for word in words] == sorted(word.start for word in words)
