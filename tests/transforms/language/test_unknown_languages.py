"""What is in a language that feedlake does not know is `und`, not in a language that is near it."""

from __future__ import annotations

import pytest

from feedlake.transforms.language.detect_language import UNKNOWN, identify_language
from feedlake.transforms.language.frequent_words import frequent_in
from feedlake.transforms.normalize.word_tables import read_rows

# From the Declaration of Human Rights, partly without accents. By the votes of words alone, each is
# in the language that it is not.
UNKNOWN_LANGUAGES = {
    "Serer, not Tswana": "Yeegnit neene adna fee ndeerna ni ke warna o kiinnen kaa wiine op kam a "
    "caax ake kam pokatoor ke a mbarna and. A mbara o ndam yeegnit neene na yiif ake. Njeem kaa "
    "baatuuna no saax ole na cangin ale na yar faye ndax ke yeegnit neene a waag o wuy kam.",
    "Bugis, not Tagalog": "Pura ritimbang nasengnge ianaro Bangsa Bangsae pole ri asseddingenna "
    "Bangsa Bangsae na ri lalenna piagamna pura ripamasse atteprenna ri hak hak simulangenna rupa "
    "tau ri pancajie ri Puang Seuwae, ri appongeng madecenna na allebbirengna.",
    "Mende, not Tsonga": "Dunya Lahei ji nuvuu lonyinsia va i wote a naiki numui kpele kee ndolei "
    "kpele va nahii ke numu gbi oo ngoyila hugbate gbi na hinda yayilingoi ji ngi enmahu kpotu i "
    "lapi kpugu kpugu a numu gaalahu wie i to ke bagooma iye tonei jisia ma kee hugbemboi jisia "
    "nungei nasia.",
    "Lozi, not Tsonga": "Tumelelano ya liswanelo za butu ki tuso ye konahalile ili ya batu kaufela "
    "mwa linaha kaufela kuluta batu ni ku zwisezapili ku kuteka mulao wa liswanelo wo ili kuli "
    "manaha a fite fa nako ya tokomelo i be mutu yena a nosi kapa linaha ze li mamembala.",
    "Khasi, not Sotho": "Kumba ka jingibein bad jingbymsuidkhai ia ki hok longbriew manbriew la "
    "pynkhha ia ki kam riewkhlaw kiba la pynkhih win ia ka jingiatiplem u bynriew, bad ka "
    "jingkylla ka pyrthei ha kaba u khun bynriew un leh kmen laitluid ha ka kren ka khana.",
    "Samoan, not Tswana": "Ona o ituaiga tagata o lanu ma gagana eseese o atunuu o Malo Aufaatasi "
    "i totonu o le Faavae Tusitusia ua latou toe faamautuina mai lo latou faatuatuaga i aia tatau "
    "faavae tau tagata soifua, i totonu o tulaga aloaia ma le taua o le tagata soifua.",
}

# Written for this test.
RIVALS = {
    "Asturian, not Spanish": "El gobiernu presentó ayeri'l plan pa los pueblos de la montaña. Los "
    "vecinos dixeron que nun tienen médicu dende va dos años y que la escuela va zarrar si nun "
    "lleguen más families nueves. L'alcaldesa prometió que la carretera va tar iguada enantes del "
    "iviernu.",
    "Faroese, not Icelandic": "Landsstýrið hevur samtykt at byggja ein nýggjan skúla í Klaksvík. "
    "Foreldrini eru fegin, men fleiri siga, at pengarnir ikki røkka. Borgarstjórin sigur, at "
    "arbeiðið byrjar í summar, og at skúlin verður liðugur um tvey ár.",
    "Papiamento, not Spanish": "Gobièrnu di Kòrsou a anunsiá ku lo konstruí un skol nobo na "
    "Bandabou. Mayornan ta kontentu, pero nan ta bisa ku e plaka no ta sufisiente. Minister a bisa "
    "ku e trabou lo kuminsá na yüli i ku e skol lo ta kla den dos aña.",
    "Kabuverdianu, not Portuguese": "Governu anunsia ma ta konstrui un skola novu na Praia. Pais "
    "di alunus sta kontenti, mas es fla ma dinheru ka ta txiga. Ministru fla ma trabadju ta kumesa "
    "na Julhu y ma skola ta fika prontu na dôs anu.",
    "Scots, not English": "The cooncil says it wull bigg a new schuil in the toun afore the hinner "
    "end o the year. Fowk that bides there is gled, but a wheen o thaim thinks the siller isna "
    "eneuch. The provost telt us the darg wad stert in the simmer, an that it wadna tak ower lang.",
}

NEWS = {
    "om": "Ministirri fayyaa hospitaala haaraa magaalaa Adaamaa keessatti ijaaramu kaleessa "
    "eebbisan. Namoonni naannoo sana jiraatan waggaa dheeraaf tajaajila fayyaa gaarii akka hin "
    "arganne himu. Hojiin isaa bara dhufu akka xumuramu kan beeksisan yoo ta'u, baasiin isaa "
    "garuu hin ibsamne.",
    "ln": "Mokonzi ya mboka alobi ete bakambi ya ekolo bakoki kosala makasi mpo na bana. Bato "
    "mingi bazali na mposa ya mai mpe misala, kasi mbongo ezali te. Lobi na Kinshasa, basi ya "
    "zando balobaki ete bango bazali kofuta motuya ya likolo mpo na bilei.",
    "ny": "Boma la Malawi lati lidzamanga zipatala zatsopano m'maboma onse chaka chamawa. Anthu "
    "ambiri anati ali okondwa ndi nkhaniyi, koma ena akuti ndalama sizokwanira. Mtsogoleri wa "
    "bungwe la aphunzitsi anapempha kuti malipiro akwere chifukwa zinthu zikudula.",
    "wo": "Njiitu réew mi nee na dina tabax ay daara yu bees ci réew mi yépp. Askan wi dafa bég, "
    "waaye ñenn ñi dañuy wax ne xaalis bi doyul. Mbootaayu jàngalekat yi ñaan nañu ñu yokk seen "
    "payoor walla ñu bañ a liggéey ci ayu-bis bi.",
}


@pytest.mark.parametrize(
    "text", [*UNKNOWN_LANGUAGES.values(), *RIVALS.values()], ids=[*UNKNOWN_LANGUAGES, *RIVALS]
)
def test_what_is_not_known_is_no_neighbour(text):
    assert identify_language(None, text, declared=None) == UNKNOWN


@pytest.mark.parametrize("language", NEWS)
def test_languages_that_only_their_words_tell_are_told(language):
    found = identify_language(None, NEWS[language], declared=None)

    assert found.tag == language
    assert found.score > 0.9


def test_a_known_language_is_told_though_names_fill_much_of_the_text():
    report = (
        "Newcastle beat Leeds at home: Isak and Gordon scored for Howe's side before Aaronson, "
        "Gnonto and James had chances. Pope, Trippier, Botman, Schar and Burn kept a clean sheet."
    )

    assert identify_language("Newcastle United 2, Leeds 0", report, declared=None).tag == "en"


def test_ethiopic_letters_alone_are_neither_amharic_nor_tigrinya():
    syllables = "\u1260\u122d \u121d\u1235\u1275 \u1308\u121d\u1263 \u1240\u1228\u1295 "

    assert identify_language(None, syllables * 20, declared=None) == UNKNOWN
    assert identify_language(None, syllables, declared=None).tag == "am"


def test_uzbek_in_cyrillic_letters_is_uzbek():
    news = (
        "Ҳукумат Тошкентда янги мактаб қуриш ҳақида қарор қабул қилди. Ота-оналар хурсанд, аммо "
        "улар маблағ етарли эмас, деб айтмоқда. Вазирнинг сўзларига кўра, ишлар ёзда бошланади ва "
        "мактаб икки йилдан кейин тайёр бўлади."
    )

    assert identify_language(None, news, declared=None).tag == "uz"


@pytest.mark.parametrize(
    ("words", "language"),
    [
        ("ကျောင်းအသစ်ကို မြို့ထဲမှာ ဆောက်မယ်လို့ ဝန်ကြီးက ပြောပါတယ်", "my"),
        ("ၵူၼ်းၼႂ်းမိူင်း လႄႈ ႁူင်းႁဵၼ်းမႂ်ႇ", "und"),  # Shan.
        ("ᐃᓕᓐᓂᐊᕐᕕᒃ ᓄᑖᖅ ᐃᖃᓗᓐᓂ ᓴᓇᔭᐅᓂᐊᖅᑐᖅ ᐊᕐᕌᒍᓂ", "iu"),
        ("ᐅᔥᑭ ᒋᔅᑯᓛᐅᑲᒥᒄ ᒉ ᐅᔑᐦᑖᑲᓄᐎᐟ ᐁᐎᐟ ᐅᑌᓈᐠ", "und"),  # Cree.
        ("སློབ་གྲྭ་གསར་པ་ཞིག་ལྷ་སར་བསྐྲུན་རྒྱུ་ཡིན་པ་རེད།", "bo"),
        ("སློབ་གྲྭ་གསརཔ་ཅིག་ཐིམ་ཕུག་ལུ་རྐྱབ་ནི་ཨིན་མས། ཨ་ལོ་ཚུ་དགའ་ཡི།", "dz"),
    ],
)
def test_scripts_of_several_languages_are_told_by_letters_and_words(words, language):
    assert identify_language(None, words, declared=None).tag == language


def test_no_language_that_is_told_is_a_rival_of_itself():
    rows = read_rows("feedlake.transforms.language", "rival_words.tsv", columns=3)

    assert {"latin", "cyrillic", "arabic", "devanagari"} == {script for _, script, _ in rows}
    for tag, script, _ in rows:
        assert tag.partition("-")[0] not in frequent_in(script).languages, tag
    assert len(rows) == len({(tag, script) for tag, script, _ in rows})
