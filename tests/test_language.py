"""Languages are told from short news sentences, and near ones are kept apart."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms import language
from transforms.language import LEAD_CHARS, MIN_SCORE, UNKNOWN, identify_language

SENTENCES = {
    "en": "The city council agreed on Monday to repair the old bridge before winter.",
    "de": "Der Stadtrat beschloss am Montag, die alte Brücke noch vor dem Winter zu reparieren.",
    "fr": "Le conseil municipal a décidé lundi de réparer le vieux pont avant l'hiver.",
    "es": "El ayuntamiento acordó el lunes reparar el viejo puente antes del invierno.",
    "pt": "A câmara municipal decidiu na segunda-feira reparar a velha ponte antes do inverno.",
    "it": "Il consiglio comunale ha deciso lunedì di riparare il vecchio ponte prima dell'inverno.",
    "nl": "De gemeenteraad besloot maandag de oude brug nog voor de winter te herstellen.",
    "af": "Die stadsraad het Maandag besluit om die ou brug nog voor die winter te herstel.",
    "sv": "Kommunfullmäktige beslutade på måndagen att reparera den gamla bron före vintern.",
    "da": "Byrådet besluttede mandag at reparere den gamle bro, siger borgmesteren efter mødet.",
    "no": "Bystyret vedtok mandag å reparere den gamle brua, sier ordføreren etter møtet.",
    "nn": "Kommunestyret vedtok måndag at den gamle brua skal vølast, men dei veit ikkje når.",
    "fi": "Kaupunginvaltuusto päätti maanantaina korjata vanhan sillan ennen talvea.",
    "et": "Linnavolikogu otsustas esmaspäeval vana silla enne talve parandada.",
    "lv": "Pilsētas dome pirmdien nolēma salabot veco tiltu vēl pirms ziemas.",
    "lt": "Miesto taryba pirmadienį nusprendė suremontuoti senąjį tiltą dar prieš žiemą.",
    "pl": "Rada miasta postanowiła w poniedziałek naprawić stary most jeszcze przed zimą.",
    "cs": "Zastupitelstvo města v pondělí rozhodlo, že starý most opraví ještě před zimou.",
    "sk": "Mestské zastupiteľstvo v pondelok rozhodlo, že starý most opravia ešte pred zimou.",
    "sl": "Mestni svet se je v ponedeljek odločil, da bo stari most popravil še pred zimo.",
    "hr": "Gradsko vijeće je u ponedjeljak odlučilo da će stari most popraviti prije zime, "
    "priopćila je tvrtka tijekom tjedna.",
    "sr": "Skupština grada je u ponedeljak odlučila da stari most popravi pre zime, saopštila je "
    "opština posle sednice.",
    "hu": "A városi közgyűlés hétfőn úgy döntött, hogy még a tél előtt megjavíttatja a régi hidat.",
    "ro": "Consiliul local a hotărât luni să repare podul vechi înainte de venirea iernii.",
    "sq": "Këshilli i qytetit vendosi të hënën të riparojë urën e vjetër para dimrit.",
    "tr": "Belediye meclisi pazartesi günü eski köprünün kıştan önce onarılmasına karar verdi.",
    "az": "Şəhər şurası bazar ertəsi köhnə körpünün qışdan əvvəl təmir edilməsinə qərar verdi.",
    "id": "Pemerintah kota mengatakan jembatan tua itu akan diperbaiki karena rusak parah bulan "
    "Agustus.",
    "ms": "Majlis perbandaran berkata jambatan lama itu akan dibaiki kerana rosak teruk pada bulan "
    "Ogos.",
    "vi": "Hội đồng thành phố hôm thứ Hai quyết định sửa cây cầu cũ trước mùa đông.",
    "tl": "Nagpasya ang konseho ng lungsod noong Lunes na kumpunihin ang lumang tulay.",
    "sw": "Baraza la mji liliamua siku ya Jumatatu kukarabati daraja la zamani kabla ya mvua.",
    "zu": "Umkhandlu wedolobha unqume ngoMsombuluko ukuthi ibhuloho elidala kufanele lilungiswe.",
    "yo": "Ìgbìmọ̀ ìlú pinnu ní ọjọ́ Ajé pé kí wọ́n tún afárá àtijọ́ náà ṣe kí òjò tó bẹ̀rẹ̀.",
    "so": "Golaha magaalada ayaa Isniintii go'aansaday in la hagaajiyo buundada hore ee magaalada.",
    "ga": "Shocraigh comhairle na cathrach Dé Luain go ndeiseofaí an seandroichead go luath.",
    "cy": "Penderfynodd cyngor y ddinas ddydd Llun y bydd yr hen bont yn cael ei thrwsio.",
    "ru": "Городской совет в понедельник решил отремонтировать старый мост ещё до зимы.",
    "uk": "Міська рада в понеділок вирішила відремонтувати старий міст ще до зими.",
    "be": "Гарадскі савет у панядзелак вырашыў адрамантаваць стары мост яшчэ да зімы.",
    "bg": "Общинският съвет реши в понеделник старият мост да бъде ремонтиран преди зимата.",
    "mk": "Градскиот совет во понеделникот одлучи стариот мост да се поправи пред зимата.",
    "kk": "Қалалық кеңес дүйсенбі күні ескі көпірді қысқа дейін жөндеу туралы шешім қабылдады.",
    "el": "Το δημοτικό συμβούλιο αποφάσισε τη Δευτέρα να επισκευάσει την παλιά γέφυρα.",
    "he": "מועצת העיר החליטה ביום שני לתקן את הגשר הישן עוד לפני החורף.",
    "yi": "דער שטאָטראַט האָט באַשלאָסן מאָנטיק צו פֿאַרריכטן די אַלטע בריק.",
    "ar": "قرر مجلس المدينة يوم الاثنين إصلاح الجسر القديم قبل حلول فصل الشتاء.",
    "fa": "شورای شهر روز دوشنبه تصمیم گرفت پل قدیمی را پیش از زمستان تعمیر کند.",
    "ckb": "ئەنجومەنی شار ڕۆژی دووشەممە بڕیاری دا پردە کۆنەکە پێش زستان چاک بکرێتەوە.",
    "ur": "سٹی کونسل نے پیر کو پرانے پل کی سردیوں سے پہلے مرمت کا فیصلہ کیا ہے۔",
    "hi": "नगर परिषद ने सोमवार को सर्दियों से पहले पुराने पुल की मरम्मत करने का फैसला किया।",
    "mr": "नगर परिषदेने सोमवारी जुना पूल हिवाळ्यापूर्वी दुरुस्त करण्याचा निर्णय घेतला आहे.",
    "ne": "नगर परिषदले सोमबार पुरानो पुल जाडो अघि मर्मत गर्ने निर्णय गरेको छ।",
    "bn": "নগর পরিষদ সোমবার শীতের আগে পুরনো সেতুটি মেরামত করার সিদ্ধান্ত নিয়েছে।",
    "ta": "நகர சபை திங்கட்கிழமை பழைய பாலத்தை சரிசெய்ய முடிவு செய்தது.",
    "te": "నగర మండలి సోమవారం పాత వంతెనను మరమ్మతు చేయాలని నిర్ణయించింది.",
    "ka": "საქალაქო საბჭომ ორშაბათს ძველი ხიდის შეკეთება გადაწყვიტა.",
    "hy": "Քաղաքային խորհուրդը երկուշաբթի որոշեց վերանորոգել հին կամուրջը։",
    "am": "የከተማው ምክር ቤት ሰኞ ዕለት አሮጌውን ድልድይ ለመጠገን ወሰነ።",
    "ti": "ቤት ምኽሪ ከተማ ነቲ ኣረጊት ድልድል ቅድሚ ክረምቲ ክዕረ ወሲኑ ኣሎ።",
    "th": "สภาเมืองมีมติเมื่อวันจันทร์ให้ซ่อมสะพานเก่าก่อนฤดูหนาว",
    "km": "ក្រុមប្រឹក្សាក្រុងបានសម្រេចជួសជុលស្ពានចាស់នៅថ្ងៃច័ន្ទ។",
    "zh": "市议会星期一决定在冬天到来之前修复这座旧桥。",
    "ja": "市議会は月曜日、古い橋を冬が来る前に修理することを決めた。",
    "ko": "시의회는 월요일 겨울이 오기 전에 오래된 다리를 수리하기로 결정했다.",
}


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
