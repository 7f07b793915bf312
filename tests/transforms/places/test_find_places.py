"""Places are found in texts, told from words and persons, and told apart from their namesakes."""

# ruff: noqa: E501 (tables of texts)

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from feedlake.transforms.enrich.enrichers import EnrichOptions
from feedlake.transforms.enrich.places_index import prepare
from feedlake.transforms.normalize.word_tables import read_rows
from feedlake.transforms.places.find_places import MAX_PLACES, NOWHERE, find_places, name_places
from feedlake.transforms.places.gazetteer import Gazetteer, open_gazetteer


@pytest.fixture(scope="module")
def gazetteer() -> Gazetteer:
    options = prepare(EnrichOptions(("places",)))
    return open_gazetteer(Path(options.cache or ""))


def named(text: str, gazetteer: Gazetteer, *, title: str | None = None, language: str = "en"):
    """Canonical name and country of each place found."""
    found = find_places(title, text, language=language, gazetteer=gazetteer)
    return [(place.canonical, place.country) for place in found.places]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("He lives in Paris, Texas, with his wife.", [("Paris", "US"), ("Texas", "US")]),
        ("He lives in Paris with his wife.", [("Paris", "FR")]),
        ("Police in Moscow, Idaho, arrested a man.", [("Moscow", "US"), ("Idaho", "US")]),
        ("Talks in Moscow ended on Friday.", [("Moscow", "RU")]),
        ("The club plays in London, Ontario, tonight.", [("London", "CA"), ("Ontario", "CA")]),
        ("SPRINGFIELD, Ill. (AP) \u2014 A bridge was closed.", [("Springfield", "US")]),
        ("Voters of Georgia met in Atlanta.", [("Georgia", "US"), ("Atlanta", "US")]),
        ("Tbilisi is the capital of Georgia.", [("Tbilisi", "GE"), ("Georgia", "GE")]),
        ("A train from St. Louis was late.", [("St. Louis", "US")]),
        ("The UK and the U.S. signed it.", [("United Kingdom", "GB"), ("United States", "US")]),
        ("It happened in Sana'a, Yemen.", [("Sanaa", "YE"), ("Yemen", "YE")]),
        (
            "Rain fell in S\u00e3o Paulo and Zu\u0308rich.",
            [("S\u00e3o Paulo", "BR"), ("Z\u00fcrich", "CH")],
        ),
        ("It fell on Rio de Janeiro.", [("Rio de Janeiro", "BR")]),
        ("They left Dubai\u2019s airport.", [("Dubai", "AE")]),
        ("Ministers of Laos and the Philippines met.", [("Laos", "LA"), ("Philippines", "PH")]),
        (
            "Farms in Alabama, Iowa and Georgia were closed, officials of the United States said.",
            [("Alabama", "US"), ("Iowa", "US"), ("Georgia", "US"), ("United States", "US")],
        ),
    ],
)
def test_place_is_found_where_the_text_says(text, expected, gazetteer):
    assert named(text, gazetteer) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Police in Kent arrested a man.", [("Kent", "GB")]),
        ("Farmers in Norfolk and Suffolk fear a drought.", [("Norfolk", "GB"), ("Suffolk", "GB")]),
        ("Boston, Lincolnshire, was flooded.", [("Boston", "GB"), ("Lincolnshire", "GB")]),
        ("Police in Kent, Washington, saw it.", [("Kent", "US"), ("Washington", "US")]),
        ("Snow fell in Cornwall, Ontario.", [("Cornwall", "CA"), ("Ontario", "CA")]),
        ("Suffolk County police stopped a car.", []),
        ("Floods closed roads in Yorkshire and in Sussex.", []),
        ("Hundreds of people marched in Trinidad.", []),
        ("A boat left Trinidad, Bolivia, on time.", [("Trinidad", "BO"), ("Bolivia", "BO")]),
        ("Clark Kent met Jane Cornwall.", []),
    ],
)
def test_county_is_not_the_town_elsewhere_that_has_its_name(text, expected, gazetteer):
    assert named(text, gazetteer) == expected


def test_areas_lie_where_their_seats_are(gazetteer):
    rows = read_rows("feedlake.transforms.places", "areas.tsv", columns=6)
    bounds = {"FR": (41, 52, -5, 10), "GB": (50, 58, -6, 2), "IE": (51, 56, -11, -6)}
    for country, _, number, name, _, _ in rows:
        language, text = (
            ("fr", f"Pluie dans {name}.") if country == "FR" else ("en", f"Rain in {name}.")
        )
        place = find_places(None, text, language=language, gazetteer=gazetteer).places[0]
        south, north, west, east = bounds[country]

        assert str(place.geonames_id) == number, name
        assert south < place.latitude < north, name
        assert west < place.longitude < east, name


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("fr", "Pluie forte dans l'Hérault et en Haute-Savoie.", ["Hérault", "Haute-Savoie"]),
        ("fr", "L'Iran a dit non, l'Italie oui.", ["Iran", "Italy"]),
        ("it", "L\u2019Ucraina ha detto di sì.", ["Ukraine"]),
        ("it", "Un terremoto a L'Aquila.", ["L'Aquila"]),
        ("fr", "La mairie d'Albi sera fermée.", ["Albi"]),
        ("fr", "L'Union et L'Humanité publient la liste.", []),
        ("de", "In Husum und Niebüll fiel Schnee.", ["Husum", "Niebüll"]),
        ("de", "Die Stadtwerke Bielefeld senken die Preise.", ["Bielefeld"]),
        ("ru", "Врачи из Дагестана приехали в Чечню.", ["Dagestan, Respublika", "Chechnya"]),
        ("pl", "Na Mazowszu i na Podlasiu spadł śnieg.", ["Mazowieckie", "Podlaskie"]),
        ("pl", "Para młoda pojechała do ślubu.", []),
        ("ha", "An kama barayi a jihar Filato.", ["Plateau"]),
        ("zu", "Amaphoyisa aseThekwini ayasebenza.", ["Durban"]),
        ("es", "El Banco de la ciudad cerró. Fue el 25 de Mayo.", []),
        ("en", "Farmers in County Kerry and in Mayo waited.", ["Kerry", "Mayo"]),
        ("en", "Mr Mayo and John Kerry met Clare at the Mayo Clinic.", []),
    ],
)
def test_names_of_a_language_are_found_as_it_writes_them(language, text, expected, gazetteer):
    assert [name for name, _ in named(text, gazetteer, language=language)] == expected


@pytest.mark.parametrize("title", [None, "Four words of title and two more"])
@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("en", "KYIV \u2014 Nobody was hurt.", ["Kyiv"]),
        ("it", "ROMA - Il governo si riunisce.", ["Rome"]),
        ("es", "LIMA.- Nadie murió.", ["Lima"]),
        ("en", "NATO \u2014 Nobody was hurt.", []),
        ("en", "Nobody was hurt. KYIV is what it said.", []),
        ("en", "LEWES (Reuters) \u2014 Nobody was hurt.", ["Lewes"]),
    ],
)
def test_dateline_is_read_below_a_title_and_in_short_capitals(
    title, language, text, expected, gazetteer
):
    assert [name for name, _ in named(text, gazetteer, title=title, language=language)] == expected


@pytest.mark.parametrize(
    ("text", "country"),
    [
        ("Une usine ouvre à Laval.", "FR"),
        ("À Verdun, on se souvient.", "FR"),
        ("Une usine ouvre à Laval, près de Montréal.", "CA"),
        ("Le Québec ouvre une école à Verdun.", "CA"),
    ],
)
def test_french_news_means_towns_of_france_unless_it_speaks_of_another_country(
    text, country, gazetteer
):
    assert {found for _, found in named(text, gazetteer, language="fr")} == {country}


def test_words_of_a_divisions_name_do_not_speak_for_another_country(gazetteer):
    text = "Fires spread in British Columbia, and people left Kelowna."

    assert find_places(None, text, language="en", gazetteer=gazetteer).countries == ("CA",)


@pytest.mark.parametrize(
    "text",
    [
        "Nice people were reading on their mobile phones.",
        "Nice weather is expected. Reading is fun. Mobile users pay less.",
        "We eat turkey at home. Turkey is a bird that people roast.",
        "Turkey prices rose before the holiday.",
        "In March and on Wednesday nothing happened.",
        "They had to split an orange before the bath.",
        "Paris Hilton met Jack London.",
        "Mr. Washington thanked Dr. Houston.",
        "Hillary Clinton spoke. Later Clinton said no.",
        "Senator Lincoln and Judge Jackson disagreed.",
        "The Washington Post and the New York Times reported it.",
        "Most of us will march on Sunday.",
        "The State University said so.",
        "HE TOLD US TO GO.",
        "",
        " \n",
        "\U0001f600 \U0001f1eb\U0001f1f7",
    ],
)
def test_words_and_persons_are_no_places(text, gazetteer):
    assert named(text, gazetteer) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The train stopped in Nice, France, at noon.", ("Nice", "FR")),
        ("She lives in Reading, a town in England.", ("Reading", "GB")),
        ("A storm hit Mobile, Alabama, at night.", ("Mobile", "US")),
        ("Turkey said on Monday that talks would go on.", ("Turkey", "TR")),
        ("The quake was felt near Of, in Trabzon province, Turkey.", ("Of", "TR")),
        ("Ferries left from Split, Croatia, on time.", ("Split", "HR")),
        ("The museum in Bath, England, is closed.", ("Bath", "GB")),
        ("Fires burned in Orange, California.", ("Orange", "US")),
    ],
)
def test_word_is_a_place_where_its_context_says_so(text, expected, gazetteer):
    assert expected in named(text, gazetteer)


@pytest.mark.parametrize(
    "name",
    ["Abu al-Duhur", "Abu ad-Duhur", "Abu al Duhur", "Abu adh-Dhuhur", "Abu Duhur", "Abu az-Zuhur"],
)
def test_transliterations_meet(name, gazetteer):
    found = find_places(
        None, f"Syrian troops left Idlib and {name} in Syria.", language="en", gazetteer=gazetteer
    )

    place = found.places[1]
    assert (place.name, place.geonames_id, place.country) == (name, 174611, "SY")
    assert (round(place.latitude, 2), round(place.longitude, 2)) == (35.74, 37.04)


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("de", "Der Zug fuhr von M\u00fcnchen nach K\u00f6ln in Deutschland.", ["Munich", "K\u00f6ln", "Germany"]),
        ("fr", "Le pr\u00e9sident a quitt\u00e9 l'Allemagne pour Marseille.", ["Germany", "Marseille"]),
        ("es", "El tren lleg\u00f3 a Sevilla desde Alemania.", ["Sevilla", "Germany"]),
        ("ru", "\u041c\u043e\u0441\u043a\u0432\u0430 \u0438 \u041a\u0438\u0435\u0432", ["Moscow", "Kyiv"]),
        ("ru", "\u0412 \u041c\u043e\u0441\u043a\u0432\u0435 \u0438 \u041a\u0438\u0435\u0432\u0435 \u0433\u043e\u0432\u043e\u0440\u0438\u043b\u0438 \u043e \u0420\u043e\u0441\u0441\u0438\u0438, \u0422\u0443\u0440\u0446\u0438\u0435\u0439 \u0438 \u0421\u0430\u043c\u0430\u0440\u043e\u0439.", ["Moscow", "Kyiv", "Russia", "Turkey", "Samara"]),
        ("ru", "\u041f\u043e\u0431\u0435\u0434\u044b \u0412\u043b\u0430\u0434\u0438\u043c\u0438\u0440\u0430 \u0438 \u041c\u0430\u0440\u0438\u0438.", []),
        ("uk", "\u041f\u0440\u0435\u0437\u0438\u0434\u0435\u043d\u0442 \u0423\u043a\u0440\u0430\u0457\u043d\u0438 \u0431\u0443\u0432 \u0443 \u041b\u044c\u0432\u043e\u0432\u0456.", ["Ukraine"]),
        ("sr", "\u041f\u0440\u0435\u0434\u0441\u0435\u0434\u043d\u0438\u043a \u0421\u0440\u0431\u0438\u0458\u0435 \u0443 \u0411\u0435\u043e\u0433\u0440\u0430\u0434\u0443.", ["Serbia", "Belgrade"]),
        ("ja", "\u9996\u76f8\u306f\u6771\u4eac\u3067\u4e2d\u56fd\u306e\u4ee3\u8868\u3068\u4f1a\u3063\u305f\u3002", ["Tokyo", "China"]),
        ("zh", "\u4ee3\u8868\u56e2\u5728\u5317\u4eac\u4f1a\u89c1\u4e86\u8bb0\u8005\u3002", ["Beijing"]),
        ("ko", "\ub300\ud45c\ub2e8\uc740 \uc11c\uc6b8\uc5d0\uc11c \ud68c\ub2f4\ud588\ub2e4.", ["Seoul"]),
        ("ar", "\u0648\u0635\u0644 \u0627\u0644\u0648\u0641\u062f \u0625\u0644\u0649 \u062f\u0645\u0634\u0642 \u0641\u064a \u0633\u0648\u0631\u064a\u0627", ["Damascus", "Syria"]),
        ("he", "\u05d4\u05e0\u05e9\u05d9\u05d0 \u05d4\u05d2\u05d9\u05e2 \u05dc\u05de\u05d5\u05e1\u05e7\u05d1\u05d4", ["Moscow"]),
    ],
)  # fmt: skip
def test_names_in_other_languages_and_scripts_are_found(language, text, expected, gazetteer):
    assert [name for name, _ in named(text, gazetteer, language=language)] == expected


def test_place_carries_count_offset_and_region(gazetteer):
    text = "Fire broke out in Denver. Firemen from Boulder drove to Denver."
    found = find_places("Fire in Denver", text, language="en", gazetteer=gazetteer)

    denver, boulder = found.places
    assert (denver.canonical, denver.admin1, denver.count, denver.offset) == (
        "Denver",
        "Colorado",
        3,
        18,
    )
    assert text[boulder.offset :].startswith("Boulder")
    assert found.countries == ("US",)


def test_place_of_the_title_only_has_no_offset(gazetteer):
    found = find_places("Rain in Lisbon", "It will go on.", language="en", gazetteer=gazetteer)

    assert [(place.canonical, place.offset, place.count) for place in found.places] == [
        ("Lisbon", None, 1)
    ]


def test_country_of_most_places_comes_first(gazetteer):
    text = "Envoys from Germany and France met in Damascus. Syrian officials in Aleppo and Homs agreed."
    found = find_places(None, text, language="en", gazetteer=gazetteer)

    assert found.countries[0] == "SY"
    assert set(found.countries) == {"SY", "DE", "FR"}


def test_adjectives_weigh_for_the_country_but_are_no_places(gazetteer):
    found = find_places(
        None, "The Syrian army and Russian jets.", language="en", gazetteer=gazetteer
    )

    assert (found.places, found.countries) == ((), ("SY", "RU"))


def test_each_mention_is_named_with_its_place(gazetteer):
    text = "In Lyon it rained. From Lyon to Paris, Texas, it did not."
    named = name_places("Rain", text, language="en", gazetteer=gazetteer)

    assert [
        (text[m.start - named.text_start : m.end - named.text_start], place.country)
        for m, place in named.names
    ] == [("Lyon", "FR"), ("Lyon", "FR"), ("Paris", "US"), ("Texas", "US")]


def test_long_lists_are_cut(gazetteer):
    towns = "Berlin, Hamburg, Munich, Cologne, Frankfurt, Stuttgart, Leipzig, Dresden. " * 20_000
    found = find_places(None, towns, language="en", gazetteer=gazetteer)

    assert 5 <= len(found.places) <= MAX_PLACES


def test_nothing_is_nowhere(gazetteer):
    assert find_places(None, "", language="und", gazetteer=gazetteer) == NOWHERE


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(text=st.text(max_size=200), title=st.none() | st.text(max_size=50))
def test_any_text_is_read(text, title, gazetteer):
    found = find_places(title, text, language="en", gazetteer=gazetteer)

    for place in found.places:
        assert place.offset is None or text[place.offset :].startswith(place.name)


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        (
            "de",
            "Dabei war die Region nicht betroffen. Klar ist, dass sie in Essen leben.",
            ["Essen"],
        ),
        ("de", "Die Stadt lebt vom Gang der Dinge, sagt Regen. Rot war das Tor.", []),
        ("pt", "Os ministros voltaram. Esse fato agradou o Porto.", ["Porto"]),
        ("es", "La gente vive en Medell\u00edn. La corona pes\u00f3.", ["Medell\u00edn"]),
        ("pl", "Po wyborach by\u0142o cicho. Po prostu region.", []),
        (
            "vi",
            "L\u00e0 ng\u01b0\u1eddi H\u00e0 N\u1ed9i. L\u00fac \u0111\u00f3 \u1edf Ph\u00e1p.",
            ["Hanoi", "France"],
        ),
        ("sw", "Virusi vya Corona nchini Kenya. Baraza la Israeli.", ["Kenya", "Israel"]),
        (
            "yo",
            "L\u00e1ra \u00e0w\u1ecdn t\u00f3 w\u00e0 n\u00ed \u00ccb\u00e0d\u00e0n.",
            ["Ibadan"],
        ),
        ("zu", "Amaphoyisa asePitoli ahambe waseNigeria.", ["Pretoria", "Nigeria"]),
        ("zu", "Kwakukhona abantu eThekwini, eGoli naseBloemfontein.", ["Durban", "Johannesburg", "Bloemfontein"]),
        ("pl", "Po wizycie w Warszawie i Krakowie wraca do Moskwy, a potem do Niemiec.", ["Warsaw", "Krak\u00f3w", "Moscow", "Germany"]),
        ("de", "Sie traf US-Amerikaner. Die USA sind gro\u00df.", ["United States"]),
        ("tr", "Mali konular. T\u00fcrk Dili. Almanya ve Mali anla\u015ft\u0131.", ["Germany", "Mali"]),
        ("vi", "\u0110\u1ee9c Anh n\u00f3i. Anh \u0111i. Ch\u00ednh ph\u1ee7 \u0110\u1ee9c v\u00e0 M\u1ef9.", ["Germany", "United States"]),
        ("ar", "\u0648\u0636\u0639 \u0645\u0627\u0644\u064a \u0635\u0639\u0628 \u0641\u064a \u0644\u0628\u0646\u0627\u0646", ["Lebanon"]),
        ("zh", "\u4e2d\u975e\u5408\u4f5c\u8bba\u575b\u5728\u5317\u4eac\u4e3e\u884c", ["Beijing"]),
        ("am", "\u12e8\u12a2\u1275\u12ee\u1335\u12eb \u1218\u1295\u130d\u1235\u1275", ["Ethiopia"]),
        ("so", "Soomaaliya iyo Itoobiya. Waa in la sameeyo.", ["Somalia", "Ethiopia"]),
    ],
)  # fmt: skip
def test_words_of_a_language_are_no_places_of_others(language, text, expected, gazetteer):
    assert [name for name, _ in named(text, gazetteer, language=language)] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The bank has its seat in Frankfurt.", [("Frankfurt am Main", "DE")]),
        ("Talks went on in Geneva.", [("Geneva", "CH")]),
        ("Trucks waited for days to enter Gaza.", [("Gaza", "PS")]),
        ("A bank in Toronto said that the United States and Florida agreed.", [("Toronto", "CA"), ("United States", "US"), ("Florida", "US")]),
    ],
)  # fmt: skip
def test_well_known_place_wins_over_its_namesakes(text, expected, gazetteer):
    assert named(text, gazetteer) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Fighters of Hamas were there.",
        "He spoke of the Commonwealth and of the West Coast.",
        "She teaches Christian theology.",
        "Nobody in the Clinton administration knew.",
        "The fans of LA La Land left.",
        "It is owned by Alden Capital, and Alden said so.",
        "The set opened up Baron, who served as well as before.",
    ],
)
def test_names_of_other_things_are_no_places(text, gazetteer):
    assert named(text, gazetteer) == []


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("es", "Banco Santander ganó más. El río Paraná creció. Un hombre murió en Getafe.", ["Getafe"]),
        ("es", "León, el perro policía, fue condecorado en Lugo. La Audiencia de León condenó a un hombre.", ["Lugo", "León"]),
        ("pt", "A Folha de Londrina publicou a lista. Vitória do governo na Câmara. Em Natal, chove.", ["Natal"]),
        ("pt", "Joana Coimbra vence a corrida de Beja. Porto: dois feridos.", ["Beja", "Porto"]),
        ("fr", "Tours de magie à la médiathèque. À Tours, les soignants manifestent.", ["Tours"]),
        ("it", "Potenza e controllo: così ha vinto. La Gazzetta di Parma compie 290 anni.", []),
        ("ru", "Банк «Санкт-Петербург» открыл офис в Казани. Орёл вернулся в природу.", ["Казани"]),
        ("ha", "Kogin Neja ya cika. Gobara ta tashi a Minna.", ["Minna"]),
        ("en", "Settlers went to the West Bank. They attacked West Bank Ramallah. The Bank of Baroda opened in Leeds.", ["West Bank", "Ramallah", "Leeds"]),
    ],
)  # fmt: skip
def test_companies_rivers_and_words_that_begin_a_sentence_are_no_places(
    language, text, expected, gazetteer
):
    found = find_places(None, text, language=language, gazetteer=gazetteer)
    assert [place.name for place in found.places] == expected


def test_country_in_the_name_of_a_company_weighs_as_its_adjective(gazetteer):
    found = find_places(
        None, "The Bank of Japan met. Air France fell. Nothing moved in Japan.",
        language="en", gazetteer=gazetteer,
    )  # fmt: skip
    assert [place.name for place in found.places] == ["Japan"]
    assert (found.countries, found.country_weights) == (("JP", "FR"), (0.75, 0.25))


def test_dateline_of_a_later_item_is_read(gazetteer):
    text = "Piove.\nROMA, 5 gen. (ANSA) - Il Consiglio si riunisce.\nBARI - Una donna è morta."
    assert named(text, gazetteer, language="it") == [("Rome", "IT"), ("Bari", "IT")]


def test_unmeasured_language_gets_countries_and_capitals_alone(gazetteer):
    text = "Ministrarna i Stockholm, G\u00f6teborg och Tyskland m\u00f6ttes i Lund."

    assert named(text, gazetteer, language="sv") == [("Stockholm", "SE"), ("Germany", "DE")]


def test_countries_say_how_sure_they_are(gazetteer):
    text = "Ministers of France and Germany met in Paris. They had been in Tsumeb before."
    found = find_places(None, text, language="en", gazetteer=gazetteer)

    assert (found.countries, found.country_weights) == (("FR", "DE"), (0.5, 0.25))
    assert "Tsumeb" in [place.name for place in found.places]


def test_two_mentions_of_a_small_place_make_a_country(gazetteer):
    text = "Rain fell in Tsumeb. In Tsumeb nobody slept."

    assert find_places(None, text, language="en", gazetteer=gazetteer).countries == ("NA",)


@pytest.mark.parametrize(
    ("language", "text", "name"),
    [
        ("ko", "\ubbf8\uad6d\uacfc \ud68c\ub2f4", "\ubbf8\uad6d"),
        ("ar", "\u0648\u0631\u0648\u0633\u064a\u0627", "\u0631\u0648\u0633\u064a\u0627"),
        ("am", "\u12e8\u12a2\u1275\u12ee\u1335\u12eb", "\u12a2\u1275\u12ee\u1335\u12eb"),
    ],
)
def test_particles_are_no_part_of_a_name(language, text, name, gazetteer):
    [place] = find_places(None, text, language=language, gazetteer=gazetteer).places

    assert (place.name, place.offset) == (name, text.index(name))


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("ru", "Он был в Сирии и Новой Зеландии.", [("Syria", "SY"), ("New Zealand", "NZ")]),
        (
            "ru",
            "Поезд из Нижнего Новгорода шёл в Химки.",
            [("Nizhniy Novgorod", "RU"), ("Khimki", "RU")],
        ),
        (
            "ru",
            "Граница Южной Кореи и Северной Кореи.",
            [("South Korea", "KR"), ("North Korea", "KP")],
        ),
        ("pl", "Byli w Korei Północnej i Kielcach.", [("North Korea", "KP"), ("Kielce", "PL")]),
        (
            "pl",
            "Wojska Stanów Zjednoczonych są w Bośni.",
            [("United States", "US"), ("Bosnia and Herzegovina", "BA")],
        ),
        ("fr", "Le ministre est allé en Arabie saoudite.", [("Saudi Arabia", "SA")]),
        ("fr", "Il vit en Guinée équatoriale depuis un an.", [("Equatorial Guinea", "GQ")]),
        ("pt", "Ele mora nos EUA há dez anos.", [("United States", "US")]),
        ("it", "Sono arrivati negli Usa ieri sera.", [("United States", "US")]),
        (
            "de",
            "Sie fuhren nach Bosnien und in die Niederlanden.",
            [("Bosnia and Herzegovina", "BA"), ("Netherlands", "NL")],
        ),
        ("de", "In Bengasi fielen Schüsse.", [("Benghazi", "LY")]),
        ("sw", "Anaishi katika wilaya ya Lira nchini Uganda.", [("Lira", "UG"), ("Uganda", "UG")]),
        ("ja", "東京で会議が開かれた。", [("Tokyo", "JP")]),
        ("ko", "회의는 서울에서 열렸다.", [("Seoul", "KR")]),
        ("en", "Trains from Kiev to Leningrad.", [("Kyiv", "UA"), ("Saint Petersburg", "RU")]),
        ("de", "Er reiste von Peking nach Kiew.", [("Beijing", "CN"), ("Kyiv", "UA")]),
        ("it", "Il patriarca di Costantinopoli.", [("Istanbul", "TR")]),
        ("ru", "Музей в Ленинграде.", [("Saint Petersburg", "RU")]),
        ("en", "She flew from Milano last week.", [("Milan", "IT")]),
        ("en", "The flight to Rio was full.", [("Rio de Janeiro", "BR")]),
        ("en", "He writes from Washington DCThe report is long.", [("Washington", "US")]),
    ],
)
def test_country_or_town_is_found_as_the_language_writes_it(language, text, expected, gazetteer):
    assert named(text, gazetteer, language=language) == expected


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("ru", "Об этом сообщил Иванов, статью Иванова читали."),
        ("ru", "\u2014 Думаю, это верно."),
        ("sw", "Gavana alisema hivyo jana."),
        ("zu", "Izindaba zakwamaCala zifike izolo."),
        ("en", "The University of Texas Austin said so."),
        ("pt", "Os membros da Carta votaram."),
        ("zh", "国务院关于促进内蒙古发展的意见。"),
        ("vi", "Cô ấy học tiếng Anh mỗi ngày."),
        ("he", "הוא שילם סכום שלם עבור הבנין."),
        ("fa", "او روز دوشنبه آمد."),
        ("ur", "وہ شام کو گھر آیا۔"),
        ("th", "เขาเดินทางห้ากิโลเมตร"),
        ("sv", "Män och kvinnor deltog."),
        ("st", "Ba phela Robben Island."),
    ],
)
def test_person_or_word_is_no_place_of_that_name(language, text, gazetteer):
    assert named(text, gazetteer, language=language) == []


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("it", "I comuni soppressi di Bruzella, Caneggio e Muggio.", ["Muggio"]),
        ("it", "La seconda città è Stromness.", ["Stromness"]),
        ("pl", "Największym miastem jest Kirakira.", ["Kirakira"]),
        ("fr", "Les stations de Besse, La Bourboule et Murol.", ["Besse", "La Bourboule", "Murol"]),
        ("en", "The railway reached towns such as Forres and Cunnamulla.", ["Forres", "Cunnamulla"]),
        ("en", "The army withdrew to Gori.", ["Gori"]),
        ("en", "The museum moved to Reading in 1998.", ["Reading"]),
        ("en", "She was a native of Chepstow.", ["Chepstow"]),
        ("en", "The line opened from Thirsk to Malton.", ["Thirsk", "Malton"]),
        ("en", "She was christened at Penzance.", ["Penzance"]),
        ("it", "Una frana ha isolato Maser e Asolo.", ["Maser", "Asolo"]),
        ("it", "Le isole principali sono Lipari e altre.", ["Lipari"]),
        ("fr", "Il joue aujourd'hui à Dax.", ["Dax"]),
        ("fr", "Le Lot traverse Mende, Espalion et Cahors.", ["Mende", "Espalion", "Cahors"]),
        ("en", "She lives in Taos.", ["Taos"]),
        ("pl", "Do Ciechocinka przyjechali kuracjusze.", ["Ciechocinka"]),
        ("pl", "Leży niedaleko miejscowości Lindos.", ["Lindos"]),
        ("sw", "Wakazi wa mji wa Roma.", ["Roma"]),
        ("pt", "Faz limites com Arapoti, a norte; Tibagi, a oeste.", ["Arapoti", "Tibagi"]),
        ("pl", "Najbliższe miasta to Pisz i Orzysz.", ["Pisz", "Orzysz"]),
        ("ha", "Kotun Minna ta yanke hukunci.", ["Minna"]),
        ("en", "Voters of Texas and Iowa wrote to members of Congress.", ["Texas", "Iowa"]),
        ("en", "They left Texas and Iowa, Richard Axel and Linda Buck said.", ["Texas", "Iowa"]),
        ("ha", "Kwamitin gudanarwa da Gusau ke jagoranta.", ["Gusau"]),
        ("zu", "Uhambe eNigeria kanye naseGhana.", ["Nigeria", "Ghana"]),
        ("tr", "Ankara'da ve Katar’ı ziyaret etti.", ["Ankara", "Katar"]),
        ("rn", "Yagiye mu Bubiligi no mu Bushinwa.", ["Bubiligi", "Bushinwa"]),
        ("zu", "Bashone engozini eDurban KwaZulu-Natal.", ["Durban", "KwaZulu-Natal"]),
        ("yo", "Gomina Ipinle Sokoto tele.", ["Sokoto"]),
        ("pl", "Jechał przez Szkocję do Saksonii.", ["Szkocję", "Saksonii"]),
        ("ru", "Он жил в Кентукки и на Сардинии.", ["Кентукки", "Сардинии"]),
        ("fr", "Il vit en Écosse, puis en Egypte.", ["Écosse", "Egypte"]),
    ],
)  # fmt: skip
def test_place_is_found_by_the_words_around_it(language, text, expected, gazetteer):
    found = find_places(None, text, language=language, gazetteer=gazetteer)

    assert [place.name for place in found.places] == expected


def test_place_is_rather_where_the_language_is_spoken(gazetteer):
    text = "Il joue à Pau, puis en Navarre."

    found = named(text, gazetteer, language="fr")

    assert found == [("Pau", "FR"), ("Navarre", "ES")]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "It runs in FreeRTOS, Zephyr and Excel."),
        ("en", "The tickets cost US$25 at the door."),
        ("en", "An excellent take from Martinez under pressure."),
        ("en", "Companies using it are Nokia and Vonage."),
        ("pt", "Foi preso em Maio de 1974."),
        ("yo", "Àtàwọn jàǹdùkú agbébọnrìn Ọwọ́ àwọn agbófinró."),
        ("it", "Sul traguardo di Honda, Coma ha preceduto Bianchi."),
        ("de", "Wandmalereien in Rot, Weiß und Schwarz."),
        ("fr", "La guerre opposa les Français aux Anglais."),
        ("sn", "Vakasangana neChina mangwanani. China chakapfuura."),
        ("vi", "Phạm Nhật Vượng và bà Nga đến dự vào Chủ Nhật."),
        ("zu", "UNgqongqoshe wezeMali ukhulumile."),
        ("zh", "建设一个与自由市场制度相适应的社会。"),
        ("om", "Manni murtii Tolasaa Mali itti murteesse."),
        ("sw", "Genge lilivamia Bunge jana."),
        ("ha", "Kwamitin gasar Olympic a bana."),
    ],
)
def test_lists_and_words_around_make_no_place_of_other_things(language, text, gazetteer):
    assert named(text, gazetteer, language=language) == []
