"""Near languages are told by what only some of them write."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedlake.transforms.language.detect_language import identify_language
from feedlake.transforms.language.near_languages import _EDGE_CHARS, _SIGNS, votes_between

ARTICLES = {
    "hr": "Ministar financija kazao je u srijedu da će prosječna mirovina u lipnju porasti za dva "
    "posto. Udruge umirovljenika nisu zadovoljne. Tko živi sam, tvrde, neće moći platiti ni "
    "režije. Povjerenstvo će o prijedlogu raspravljati idući tjedan, a zastupnici potkraj mjeseca.",
    "bs": "Ministar finansija kazao je u srijedu da će prosječna penzija u junu porasti za dva "
    "posto. Udruženja penzionera nisu zadovoljna. Ko živi sam, tvrde, neće moći platiti ni "
    "režije. Komisija će o prijedlogu raspravljati iduće sedmice, a poslanici krajem mjeseca.",
    "sr": "Ministar finansija rekao je u sredu da će prosečna penzija u junu porasti za dva odsto. "
    "Udruženja penzionera nisu zadovoljna. Ko živi sam, tvrde, neće moći da plati ni račune. "
    "Komisija će o predlogu raspravljati sledeće nedelje, a poslanici krajem meseca.",
    "ms": "Kerajaan bersetuju membina hospital baharu di bandar itu kerana wad sedia ada terlalu "
    "sesak. Menteri Kesihatan berkata projek itu menelan kos dua bilion ringgit dan dijangka siap "
    "selepas tiga tahun. Penduduk pula mahu syarikat tempatan diberi peluang.",
    "id": "Pemerintah setuju membangun rumah sakit baru di kota itu karena bangsal yang ada sudah "
    "terlalu sesak. Menteri Kesehatan mengatakan proyek itu menelan biaya dua miliar rupiah dan "
    "akan selesai setelah tiga tahun. Warga ingin perusahaan setempat diberi kesempatan.",
    "nn": "Kommunestyret vedtok tysdag å byggje ein ny skule ved kyrkja. Ordføraren seier at dei "
    "ikkje veit kva han kjem til å koste. Foreldra fryktar at vegen dit blir lengre, og mange "
    "born må ta buss. Arbeidet kan ikkje ta til før til hausten.",
    "no": "Kommunestyret vedtok tirsdag å bygge en ny skole ved kirken. Ordføreren sier at de ikke "
    "vet hva den kommer til å koste. Foreldrene frykter at veien dit blir lengre, og mange barn "
    "må ta buss. Arbeidet kan ikke begynne før til høsten.",
    "da": "Kommunalbestyrelsen vedtog tirsdag at bygge en ny skole ved kirken. Borgmesteren siger, "
    "at de ikke ved, hvad den kommer til at koste. Forældrene frygter, at vejen derhen bliver "
    "længere, og mange børn skal tage bussen. Arbejdet kan ikke begynde før til efteråret.",
    "en": "The governor has told people that the new hospital will open in April. He said the "
    "money which was left had been paid, but workers complain that they have not seen it. Women "
    "who sell at the market said they did not know what would happen if the road was not mended.",
    "pcm": "Di governor don tell pipo say di new hospital go open for April. E say goment don pay "
    "di money wey remain, but di workers dey complain say dem never see am. Some mama wey dey "
    "sell for market tok say dem no sabi wetin go happun if di road no beta.",
    "rn": "Umukuru w'igihugu yavuze ko reta izokwubaka amashure mashasha mu ntara zose. "
    "Abanyagihugu bavuga ko ivyo ari vyiza, ariko ngo amahera ntakwiye. Ishirahamwe ry'abigisha "
    "ryasavye ko umushahara wiyongera canke bagahagarika akazi mu ndwi iza, ku musi wa gatatu.",
    "tn": "Puso e tlhalosa gore bana botlhe ba tshwanetse go tsena sekolo, mme batsadi ba re ga go "
    "na barutabana ba ba lekaneng kwa metseng. Tona ya thuto o rile madi a a neng a beetswe kwa "
    "thoko ga a lekane, gonne ditiro tsa kago di tura thata jaanong.",
    "nso": "Mmušo o hlaloša gore bana bohle ba swanetše go tsena sekolo, eupša batswadi ba re ga "
    "go na barutiši ba ba lekanego metseng. Tona ya thuto o boletše gore tšhelete yeo e beetšwego "
    "thoko ga e lekane, ka gobane mošomo wa kago o a tura kudu bjale.",
    "st": "Mmuso o hlalosa hore bana bohle ba tshwanetse ho kena sekolo, empa batswadi ba re ha ho "
    "na matitjhere a lekaneng metseng. Letona la thuto le itse tjhelete e neng e behetswe ka "
    "thoko ha e a lekana, hobane mosebetsi wa kaho o a tura haholo jwale.",
    "rw": "Perezida yavuze ko leta izubaka amashuri mashya mu ntara zose. Abaturage bavuga ko ibyo "
    "ari byiza, ariko ngo amafaranga ntahagije. Ishyirahamwe ry'abarimu ryasabye ko umushahara "
    "wiyongera cyangwa bagahagarika akazi mu cyumweru gitaha, ku munsi wa gatatu.",
}


@pytest.mark.parametrize("language", ARTICLES)
def test_the_same_news_is_told_in_each_of_the_near_languages(language):
    found = identify_language(None, ARTICLES[language], declared=None)

    assert found.tag == language
    assert found.score > 0.9


@pytest.mark.parametrize("language", ARTICLES)
def test_a_near_language_that_is_declared_does_not_overrule_a_clear_article(language):
    near = next(group for group in _SIGNS if language in group.split()).split()

    found = [identify_language(None, ARTICLES[language], declared=tag).tag for tag in near]

    assert found == [language] * len(near)


@pytest.mark.parametrize("group", [*_SIGNS])
def test_signs_speak_for_the_language_of_an_article(group):
    for tag in group.split():
        votes = {near: votes_between(near, ARTICLES[tag])[tag] for near in group.split()}

        assert set(votes.values()) == {0}, "whichever of them the text seemed to be in"
        assert sorted(votes_between(tag, ARTICLES[tag]).values())[-2] < 0


@pytest.mark.parametrize("tag", ["fr", "de", "ru", "sl", "sv", "und"])
def test_languages_without_near_ones_are_left_alone(tag):
    assert votes_between(tag, ARTICLES["hr"]) == {}


@pytest.mark.parametrize("group", [*_SIGNS])
def test_each_sign_stands_once_and_can_be_found(group):
    signs = [sign for listed in _SIGNS.texts(group).values() for sign in listed.split()]
    parts = [sign for sign in signs if "-" in sign]

    assert len(signs) == len(set(signs))
    assert all(sign == sign.lower() for sign in signs)
    assert all(sign.count("-") == 1 and len(sign) > _EDGE_CHARS for sign in parts)
    for tags in _SIGNS.texts(group):
        assert set(tags.split()) < set(group.split()), "a sign of all tells none"


def test_what_is_repeated_counts_twice_at_most():
    assert votes_between("hr", "tko " * 2) == votes_between("hr", "tko " * 50)
    assert votes_between("hr", "tko") != votes_between("hr", "tko tko")


@given(st.sampled_from(sorted(ARTICLES)), st.text(max_size=300))
def test_any_text_speaks_most_for_one(tag, sample):
    votes = votes_between(tag, sample)

    assert tag in votes
    assert max(votes.values()) == 0


def test_setswana_in_words_of_law_is_no_sepedi():
    rights = (
        "Motho mongwe le mongwe o na le tshwanelo ya go tshela, le ya kgololesego le pabalesego ya "
        "gagwe. Ga go ope yo o tshwanetseng go tsewa jaaka lekgoba. Batho botlhe ba a lekana fa "
        "pele ga molao, e bile ba na le tshwanelo ya go sirelediwa ke molao."
    )

    assert identify_language(None, rights, declared=None).tag == "tn"
