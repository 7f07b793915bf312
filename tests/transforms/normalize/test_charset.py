"""What decoding promises."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedlake.transforms.normalize.charset import decode_body, detect_encoding

FRENCH = (
    "L’été dernier, les pêcheurs de la côte ont réparé le vieux phare. « Nous étions déçus », "
    "dit Hélène, « mais la fête a été très réussie. » Le goûter coûtait 3 €."
)
RUSSIAN = (
    "Вчера вечером рыбаки вернулись в порт и рассказали, что старый маяк снова работает. "
    "Жители города очень рады этой новости."
)
JAPANESE = (
    "昨夜、漁師たちは港に戻り、古い灯台がまた動いていると話しました。"
    "町の人々はこの知らせをとても喜んでいます。\n"
)
CHINESE = (
    "昨天晚上渔民们回到港口，说古老的灯塔又亮了。"
    "镇上的居民听到这个消息都非常高兴，孩子们在河边唱歌。\n"
)
KOREAN = (
    "어제 저녁 어부들이 항구로 돌아와 오래된 등대가 다시 켜졌다고 말했다. "
    "마을 사람들은 이 소식에 매우 기뻐했다."
)
GREEK = (
    "Χθες το βράδυ οι ψαράδες γύρισαν στο λιμάνι και είπαν ότι ο παλιός φάρος λειτουργεί ξανά. "
    "Οι κάτοικοι χάρηκαν πολύ."
)
LEGACY = {
    "french": (FRENCH, "cp1252"),
    "german": (
        "Die Bäcker im Städtchen öffnen früh. Für große Körbe voller Brötchen müssen die "
        "Schüler über die Brücke gehen und grüßen höflich.",
        "latin-1",
    ),
    "spanish": (
        "El año pasado los niños pintaron el puente más pequeño de la región. ¿Quién lo diría? "
        "Según José, mañana habrá más música.",
        "cp1252",
    ),
    "swedish": (
        "I går kväll kom fiskarna tillbaka till hamnen och berättade att den gamla fyren är "
        "tänd igen. Alla på ön blev mycket glada.",
        "latin-1",
    ),
    "polish": (
        "W zeszłą środę uczniowie pomalowali most. Zażółć gęślą jaźń, powiedział burmistrz, i "
        "wszyscy się śmiali. Później była herbata i świeże pączki.",
        "cp1250",
    ),
    "czech": (
        "Příliš žluťoučký kůň úpěl ďábelské ódy. Děti ze školy opravily starý mlýn u řeky a "
        "večer zazpívaly písničky.",
        "cp1250",
    ),
    "hungarian": (
        "Tegnap este a halászok visszatértek a kikötőbe, és elmondták, hogy az öreg "
        "világítótorony újra működik. A város lakói nagyon örültek.",
        "cp1250",
    ),
    "turkish": (
        "Dün akşam balıkçılar limana döndü ve eski deniz fenerinin yeniden çalıştığını söyledi. "
        "Şehir halkı bu habere çok sevindi.",
        "cp1254",
    ),
    "russian": (RUSSIAN, "cp1251"),
    "russian-koi8": (RUSSIAN, "koi8-r"),
    "ukrainian": (
        "Учора ввечері рибалки повернулися до порту й розповіли, що старий маяк знову працює. "
        "Її мешканці дуже раді цій новині.",
        "cp1251",
    ),
    "greek": (GREEK, "cp1253"),
    "hebrew": (
        "אתמול בערב חזרו הדייגים לנמל וסיפרו שהמגדלור הישן שוב פועל. "
        "תושבי העיר שמחו מאוד לשמוע את החדשות.",
        "cp1255",
    ),
    "arabic": (
        "عاد الصيادون مساء أمس إلى الميناء وقالوا إن المنارة القديمة تعمل من جديد. "
        "فرح سكان المدينة كثيرا بهذا الخبر.",
        "cp1256",
    ),
    "japanese": (JAPANESE, "shift_jis"),
    "japanese-euc": (JAPANESE * 5, "euc_jp"),
    "chinese": (CHINESE, "gbk"),
    "korean": (KOREAN, "euc_kr"),
}
UNICODE = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32")


@pytest.mark.parametrize("name", LEGACY)
def test_legacy_text_without_a_declaration_is_read(name: str) -> None:
    text, encoding = LEGACY[name]
    assert decode_body(text.encode(encoding)) == text


@pytest.mark.parametrize("encoding", UNICODE)
@pytest.mark.parametrize("text", [FRENCH, RUSSIAN, GREEK, JAPANESE, CHINESE, KOREAN, "plain words"])
def test_unicode_is_read_with_and_without_a_mark(text: str, encoding: str) -> None:
    assert decode_body(text.encode(encoding)) == text


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf16_that_ends_within_a_character_keeps_the_rest(encoding: str) -> None:
    assert decode_body("The ferry".encode(encoding)[:-1]).startswith("The ferr")


@pytest.mark.parametrize(
    "body", [b"", b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"\xff\xfe\x00\x00"]
)
def test_a_mark_alone_is_no_text(body: bytes) -> None:
    assert decode_body(body) == ""


@pytest.mark.parametrize(
    "body", [b"The fer\x00ry sails\x00 at nine", b"ab\x00c", b"record one\x00\x00\x00two\x00"]
)
def test_zero_bytes_do_not_make_utf16_of_ascii(body: bytes) -> None:
    assert decode_body(body) == body.decode()


def test_valid_utf8_wins_over_a_wrong_declaration() -> None:
    assert decode_body("été".encode(), declared="iso-8859-1") == "été"


@pytest.mark.parametrize(
    ("body", "declared", "text"),
    [
        ("été".encode("latin-1"), "ISO-8859-1", "été"),
        ("灯台".encode("iso-2022-jp"), "iso-2022-jp", "灯台"),
        ("灯塔".encode("hz"), "hz-gb-2312", "灯塔"),
        (b'<meta charset="koi8-r">' + "маяк".encode("koi8-r"), None, "маяк"),
        (b'<?xml version="1.0" encoding="cp1251"?>' + "маяк".encode("cp1251"), None, "маяк"),
    ],
)
def test_a_declaration_decides_where_utf8_does_not(
    body: bytes, declared: str | None, text: str
) -> None:
    assert decode_body(body, declared=declared, is_html=True).endswith(text)


@pytest.mark.parametrize(
    "declared",
    [
        "base64",
        "bogus",
        "hex",
        "idna",
        "mbcs",
        "punycode",
        "raw_unicode_escape",
        "rot13",
        "undefined",
        "unicode_escape",
        "utf-7",
        "UTF-16",
        "utf-32",
        "x-user-defined",
        "\x00",
        "",
    ],
)
def test_a_declaration_that_is_no_character_set_is_passed_over(declared: str) -> None:
    body = rb"The ferry \q +ADw- sails. " + FRENCH.encode("cp1252")
    assert decode_body(body, declared=declared) == rb"The ferry \q +ADw- sails. ".decode() + FRENCH


def test_one_bad_byte_in_utf8_costs_one_character() -> None:
    body = FRENCH.encode() + b"\xff" + FRENCH.encode()
    assert decode_body(body) == f"{FRENCH}\ufffd{FRENCH}"


GERMAN = "Die Fähre fährt früher – „zwei Wochen“, hieß es – und kostet 4 €. "
STRAY = "Foto: André Müller © Köhler Groß".encode("latin-1")
LOST = "Foto: Andr\ufffd M\ufffdller \ufffd K\ufffdhler Gro\ufffd"


@pytest.mark.parametrize("times", [3, 40, 4_000])
@pytest.mark.parametrize("head", [b"", b"<meta charset=utf-8>", b"<meta charset=iso-8859-1>"])
def test_a_few_stray_bytes_do_not_turn_utf8_into_another_encoding(head: bytes, times: int) -> None:
    times *= 3 if b"8859" in head else 1
    body = head + times * GERMAN.encode() + STRAY
    assert decode_body(body, is_html=True) == head.decode() + times * GERMAN + LOST


def test_a_tenth_may_be_damaged_where_another_encoding_is_declared() -> None:
    bodies = [GERMAN.encode() + b"M\xfcller" * bad for bad in (1, 2)]  # Nine are not.
    assert [detect_encoding(body, declared="cp1252") for body in bodies] == ["utf-8", "cp1252"]


ENGLISH = "The crossings start two weeks earlier, said the office on Tuesday. " * 40


@pytest.mark.parametrize("declared", ["utf-8", None])
@pytest.mark.parametrize(
    "words",
    [
        "caf\u00e9",
        "S\u00e3o",
        "\u00a9 2020",
        "\u00a35",
        "\u201cquoted\u201d",
        "it\u2019s \u2013 20\u00b0",
    ],
)
def test_few_bytes_in_a_text_of_plain_letters_are_no_guess(
    words: str, declared: str | None
) -> None:
    text = f"{ENGLISH}{words} {ENGLISH}"
    assert decode_body(text.encode("cp1252"), declared=declared) == text


@pytest.mark.parametrize("cut", [b"\xe2\x80", b"\xf0\x9f\x98", b"\xc3\xa9\xc3"])
def test_a_character_that_was_cut_is_no_other_encoding(cut: bytes) -> None:
    body = ENGLISH.encode() + cut + b" end"
    assert detect_encoding(body) == detect_encoding(body, declared="utf-8") == "utf-8"


@pytest.mark.parametrize("declared", ["utf-8", "iso-8859-1", None])
def test_one_character_of_utf8_tells_that_a_few_stray_bytes_are_damage(
    declared: str | None,
) -> None:
    body = ENGLISH.encode() + "\u201ctwo\u201d ".encode() + b"\xe9 \xe9 \xe9 end"
    assert decode_body(body, declared=declared).endswith("\u201ctwo\u201d \ufffd \ufffd \ufffd end")


@pytest.mark.parametrize("encoding", ["iso8859-2", "cp1250"])
def test_many_bytes_in_much_markup_are_still_told_by_their_language(encoding: str) -> None:
    polish = "W\u0142a\u015bnie ta\u0144cz\u0105 \u0142\u00f3dki, m\u00f3wi\u0105 rybacy. " * 8
    body = f"{'<p class=a></p>' * 9_000}{polish}".encode(encoding)
    assert decode_body(body, declared="utf-8").endswith(polish)


@pytest.mark.parametrize("name", LEGACY)
def test_legacy_text_is_read_although_it_is_declared_as_utf8(name: str) -> None:
    text, encoding = LEGACY[name]
    assert decode_body(text.encode(encoding), declared="utf-8") == text


def test_replacement_characters_that_were_written_are_no_damage() -> None:
    body = LOST.encode() + STRAY
    assert decode_body(body, declared="utf-8") == LOST + LOST


def test_a_cut_head_is_not_taken_for_another_encoding() -> None:
    body = ("a" * 99 + "é" * 100).encode()
    assert [detect_encoding(body[:end], is_cut=True) for end in (100, 101, 102)] == ["utf-8"] * 3


@pytest.mark.parametrize(
    "body",
    [
        b"a" * 2_000_000 + b"\n" + FRENCH.encode("cp1252"),
        b"word " * 400_000 + FRENCH.encode("cp1252"),
    ],
    ids=["one line before", "in one line"],
)
def test_few_legacy_letters_in_much_ascii_are_found(body: bytes) -> None:
    assert decode_body(body).endswith(FRENCH)


@given(st.binary(max_size=300), st.sampled_from([None, "utf-16", "shift_jis", "hz", "idna"]))
def test_any_bytes_are_some_text(body: bytes, declared: str | None) -> None:
    assert isinstance(decode_body(body, declared=declared, is_html=True), str)


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("cp1252", "As simulações mostram que a ação não é possível. São 3 opções."),
        ("cp1252", "simulações"),
        ("cp1252", "L'été à la plage: déjà la fête. Ecole, coeur et façade sont repeints à neuf"),
        ("cp1252", "Marché fermé"),
        ("cp1252", "Brücke"),
        ("cp1252", "La città è più bella perché c'è il sole. Così è però"),
        ("cp1252", "Hän lähti töihin sää oli hyvää ja kylmää pakkasta"),
        ("cp1252", "Skipið fór frá höfninni í gær, þá var veðrið gott"),
        ("cp1252", "L'aigua és molt freda avui, però el vent és suau. Què fem? plaça"),
        ("cp1252", "Ja, for ikke å glemme"),
        ("cp1252", "It’s “quoted” – once"),
        ("cp1250", "Żółć i gęślą jaźń, które są już późno w Łodzi"),
        ("cp1250", "Brod je isplovio u četvrtak, kaže načelnik. Šibenik i Čakovec žele više"),
        ("iso8859-2", "În această dimineaţă preşedintele a spus că ţara este pregătită"),
        ("iso8859-2", "Ladja je odplula v četrtek, pravi župan. Šola in čaj"),
        ("cp1254", "Gemi pazartesi günü limandan ayrıldı, başkan söyledi. Şimdi çağ"),
        ("cp1257", "Kuģis izbrauca pirmdienā, sacīja mērs. Šodien ļoti"),
        ("cp1251", "Паром ушёл в полдень, сказал капитан. Новости порта"),
        ("cp1253", "Το πλοίο αναχώρησε το μεσημέρι, είπε ο καπετάνιος"),
        ("shift_jis", "船は正午に出港したと船長は語った。"),
        ("gbk", "船长说，轮船中午离港。今天天气很好"),
    ],
)
def test_a_short_text_without_declaration_is_read_by_its_letters(encoding: str, text: str) -> None:
    assert decode_body(text.encode(encoding)) == text
