"""What a search asks for, and what is said of one that makes no sense."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedlake.pipeline.search.query_language import SearchError, parse_query
from feedlake.pipeline.search.search_nodes import All, Any, Near, Not, Phrase, Token, Value


def word(text, *, field="", prefix=False):
    return Phrase((Token(text, is_prefix=prefix),), field)


@pytest.mark.parametrize(
    ("text", "node"),
    [
        ("Bank", word("bank")),
        ("inflat*", word("inflat", prefix=True)),
        ("a b", All((word("a"), word("b")))),
        ("a AND b c", All((word("a"), word("b"), word("c")))),
        ("a b OR c", Any((All((word("a"), word("b"))), word("c")))),
        ("a (b OR c)", All((word("a"), Any((word("b"), word("c")))))),
        ("a NOT b", All((word("a"), Not(word("b"))))),
        ("a -b", All((word("a"), Not(word("b"))))),
        ("a -(b OR c)", All((word("a"), Not(Any((word("b"), word("c"))))))),
        ("or and not", All((word("or"), word("and"), word("not")))),
        ('"OR"', word("or")),
        ('"central bank"', Phrase((Token("central"), Token("bank", 1)))),
        ("“central ban”*", Phrase((Token("central"), Token("ban", 1, is_prefix=True)))),
        ("don't", Phrase((Token("don"), Token("t", 1)))),
        ("title:bank", word("bank", field="title")),
        ("title:(a OR b)", Any((word("a", field="title"), word("b", field="title")))),
        ("author:'Ann", word("ann", field="author")),
        ("site:News.example", Value("site", "news.example")),
        ("lang:de", Value("language", "de")),
        ("site:bbc*", Value("site", "bbc", is_prefix=True)),
        ("NEAR(a b, 5)", Near((Token("a"), Token("b")), 5)),
        ("a NEAR b", Near((Token("a"), Token("b")), 10)),
        ("a NEAR/3 b c", All((Near((Token("a"), Token("b")), 3), word("c")))),
        ("10:30", Phrase((Token("10"), Token("30", 1)))),
        (
            "https://news.example/a",
            Phrase(tuple(map(Token, "https news example a".split(), range(4)))),
        ),
        ("日本経済", Phrase((Token("日本"), Token("本経", 1), Token("経済", 2)))),
        ("猫", word("猫", prefix=True)),
        ("日本 GDP", All((word("日本"), word("gdp")))),
        ('"日本 GDP"', Phrase((Token("日本"), Token("gdp", 2)))),
        ("（猫　OR　犬）", Any((word("猫", prefix=True), word("犬", prefix=True)))),
    ],
)
def test_searches_say_what_they_look_for(text, node):
    assert parse_query(text) == node


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "the search is empty; write a word"),
        ("  ", "the search is empty; write a word"),
        ('a "b', 'the search has a " without another one after it'),
        ("(a", "the search has a ( without a ) after it"),
        ("a)", "the search has a ) without a ( before it"),
        ("()", "something must stand between ( and )"),
        ("a AND", "something must stand after AND"),
        ("OR a", "something must stand before OR"),
        ("AND a", "something must stand before AND"),
        ("a OR", "something must stand after OR"),
        ("a NOT", "something must stand after NOT"),
        ("%&", "'%&' has neither letter nor digit"),
        ("titel:a", "titel: is no field; did you mean title?"),
        ("foo:a", "foo: is no field; the fields are title, text, author, tag, site, language"),
        ("site:(a b)", "site: takes one value, such as site:example.org"),
        ("NEAR(a)", "NEAR needs two words"),
        ("NEAR(a b", "NEAR( must hold words, and end with )"),
        ("NEAR(a b, x)", "N must be a number of words"),
        ("NEAR(a b, 5000)", "NEAR: 5,000 words between; at most 100 may be"),
        ("NEAR(a b c d e)", "NEAR takes up to 4 words, not 5"),
        ("(a OR b) NEAR c", "NEAR stands between words"),
        ("(" * 30 + "a" + ")" * 30, "the search has more than 20 levels of ( )"),
        ("-" * 0 + "NOT " * 50 + "a", "the search has more than 20 levels of ( )"),
        ("a " * 2000, "the search has 4,000 characters; at most 2,000 may be"),
        ("a " * 101, "the search asks for too much at once (101, at most 100"),
        ("a* " * 21, "the search asks for too much at once (105, at most 100"),
    ],
)
def test_searches_that_make_no_sense_get_a_sentence(text, sentence):
    with pytest.raises(SearchError) as caught:
        parse_query(text)

    assert sentence in str(caught.value)


@given(
    st.text('ab "()*:-,/5', max_size=30)
    | st.lists(
        st.sampled_from(
            'a "b c" ( ) AND OR NOT NEAR NEAR( , 5 title: site: - * " NEAR/2 猫'.split()
        ),
        max_size=10,
    ).map(" ".join)
)
def test_any_text_is_a_search_or_gets_a_sentence(text):
    with contextlib.suppress(SearchError):
        assert isinstance(parse_query(text), Phrase | Near | Value | Not | All | Any)
