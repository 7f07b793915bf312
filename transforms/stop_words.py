"""Words that carry grammar rather than meaning, for the languages that most news is in."""

# ruff: noqa: E501, RUF001 (tables of words and letters read better in long lines)

from __future__ import annotations

from functools import cache

_STOP_WORDS = {
    "en": "a about after again all also am an and any are as at be because been before being both but by can could did do "
    "does down each even for from get had has have he her here him his how i if in into is it its just last like made "
    "make many may me more most much must my new no not now of off on one only or other our out over own per said same "
    "say says she should since so some still such than that the their them then there these they this those through "
    "to too two under until up us very was way we well were what when where which while who whom why will with would "
    "year years yet you your according told first three including another however",
    "de": "aber alle als also am an auch auf aus bei beim bereits bin bis da damit dann das dass dem den denn der des die dies "
    "diese diesem diesen dieser dieses doch dort du durch ein eine einem einen einer eines er es etwa für gegen habe haben "
    "hat hatte hatten ich ihm ihn ihr ihre immer im in ins ist ja jetzt kann kein keine können man mehr mit nach nicht noch "
    "nun nur ob oder ohne sagte schon sehr sei sein seine seit sich sie sind so soll sollen sowie über um und uns unter vom "
    "von vor war waren was weil wenn werden wie wieder will wird wir wo wurde wurden zu zum zur zwei zwischen jahr jahre jahren",
    "fr": "à afin ainsi alors après au aucun aussi autre aux avait avant avec avoir bien car ce cela celle celui ces cet cette ceux "
    "comme contre dans de depuis des deux dit dont du elle elles en encore entre est et été être eu fait il ils je jour la le "
    "les leur leurs lors lui mais même moins mon ne ni non nos notre nous on ont ou où par pas peu peut plus pour qu quand "
    "que quel qui sa sans se selon ses si son sont sous sur tous tout toute toutes très trois un une vers vous y an ans c d j l m n s t",
    "es": "a al algo ante antes aquí así aunque año años cada como con contra cual cuando de del desde después donde dos durante el "
    "él ella ellos en entre era es esa ese eso esta está están este esto estos fue fueron ha había han hasta hay la las le les "
    "lo los más me mi mientras muy ni no nos o otra otro para pero por porque pues que qué quien se según ser si sí sido sin "
    "sobre son su sus también tan tanto te tiene todo todos tras tres un una uno unos y ya yo dijo",
    "it": "a ad ai al alla alle allo anche ancora anni anno avere c che chi ci ciò come con contro cosa così cui da dal dalla dalle dei "
    "del della delle dello di dopo dove due e è ed era essere fa fra già gli ha hanno i il in io l la le lei lo loro lui ma mi "
    "molto ne nei nel nella nelle noi non o ogni per perché più po prima quale quando quanto quella quello questa questo se "
    "senza si sia sono stata stato su sua sue sugli sui sul sulla suo suoi tra tre tutti tutto un una uno d",
    "pt": "a à ainda ano anos ao aos apenas após as às até cada com como contra da das de depois desde disse do dois dos e é ela ele "
    "eles em entre era essa esse esta está estão este eu foi foram há isso isto já lhe mais mas me mesmo meu muito na nas não nem "
    "no nos o onde os ou para pela pelas pelo pelos por porque qual quando que quem são se segundo sem ser seu seus sido só "
    "sob sobre sua suas também tem ter todos três tudo um uma",
    "nl": "aan al alle als ook altijd andere bij binnen dan dat de deze die dit door dus een eerste en er gaan gaat geen haar had "
    "hebben heeft hem het hier hij hoe hun ik in is jaar kan komen kunnen maar meer men met mijn moet na naar niet nog nu of om "
    "omdat onder ons op over sinds te tegen toch tot twee u uit van veel voor waar was wat we wel werd werden wie wil worden "
    "wordt zal ze zegt zei zich zij zijn zo zou zonder",
    "sv": "alla att av blev bli blir de del den denna det detta dig din dock du då efter ej eller en enligt er ett finns fick får för "
    "från ha hade han har hela hon hur här i in inte ja jag kan kom kommer kunde man med mellan men mer mot mycket många måste "
    "ni nu när någon något några och också om oss på sade sedan sig ska skulle som säger så till två under upp ut utan vad var "
    "vara varit vi vid vill åt än är även år över",
    "da": "af alle at blev blive bliver da de den der deres det dette dig din du efter eller en end er et for fra får få ham han har "
    "havde her hun hvad hvis hvor i ikke ind jeg jo kan kom kun kunne man mange med meget mellem men mere mig mod må ned noget "
    "nogle nu når og også om op os over på siger sig sin skal skulle som så til to ud under var ved vi vil ville være været år",
    "no": "alle at av ble bli blir blitt da de den denne der dere det dette du eller en enn er et etter for fordi fra få får ha hadde "
    "han har her hun hva hvis hvor hvordan i ifølge ikke inn jeg kan kom kommer kunne man mange med meg mellom men mer mot mye "
    "må ned noe noen nå når og også om opp oss over på sa seg sier sin skal skulle som så til to under ut var ved vi vil ville "
    "vært være år",
    "fi": "ei eivät eli ennen että hän he ja jo joka jos jotka kanssa koska kuin kun me mikä mitä mukaan mutta myös ne niin noin nyt "
    "ole oli olisi olivat olla on ovat sanoi se sen siitä sitä tai tämä tämän vain vielä vuoden vuonna voi",
    "pl": "aby albo ale bez bo być był była było były będą będzie ci co czy dla do dwa gdy gdzie go i ich ile im innych ja jak jako je jego "
    "jej jest jeszcze jeśli już ją kiedy kto która które którego której który których którzy lat lub ma mają może mu na nad nie "
    "nich niż o od on ona oraz oni po pod podczas powiedział przed przez przy roku również są się ta tak także tam te tego tej "
    "ten też to tych tylko tym u w we więc wszystkich z za ze że",
    "cs": "a aby ale ani až bude budou by byl byla bylo byly být co či do ho i jak jako je jeho jejich ještě jen její jsem jsou k kde "
    "když který která které které kteří let má mezi mezi mu na nad nebo než o od on podle po pod pro proti protože před při "
    "roce roku řekl s se si tak také tak ten to tom tím už v ve více však z za ze že",
    "ru": "а без более бы был была были было быть в вам вас весь во вот все всего всех вы где года году да для до его ее ей ему если есть "
    "еще же за и из или им их к как когда которая которые который которых кто ли лет между меня мы на над нас не него нее нет "
    "них но ну о об он она они оно от очень по под после при с сказал со так также такой там тем то того только том у уже что "
    "чтобы это этого этом этот эти я",
    "uk": "а але без більше був була були було бути в вже ви від він вона вони все всі де для до є з за зі і із їх його її й коли котрий "
    "ми між на над не ні ну о один під після по при про року році сказав та так також такий там те ти то тому у це цей цього ці "
    "чи що щоб яка які який як я",
    "tr": "ama ancak bir bu bunun çok da daha de dedi değil diye en gibi göre hem her için ile ise kadar ki mi ne o olan olarak oldu "
    "olduğu olduğunu olan sonra şu tüm ve veya ya yaptığı yeni yıl",
    "ar": "أن أو إلى إن التي الذي الذين الى ان او بعد بين ثم حتى حيث خلال ذلك عام على عن عند غير في فيما قال قبل قد كان كانت كل كما لا لم لن له "
    "لها ما مع من منذ نحو هذا هذه هناك هو هي و وأن وفي وقال وقد وكان ولا وهو وهي يوم",
    "fa": "آن از است اما او این با باید برای بر بود به تا تر چه خود در را شد شده شود کرد که گفت ما می نیز هم های هر و یا یک",
    "hi": "अपने इस उन एक और कर करने का कि किया की के को कोई गया जा जो तक था थी थे ने नहीं पर भी में यह ये रहा रहे लिए वह वाले से हुआ है हैं हो",
    "id": "ada adalah agar akan antara atau bagi bahwa banyak beberapa belum bisa dalam dan dapat dari dengan di dia hanya harus ia ini "
    "itu juga kami karena kata ke kepada lebih mereka oleh pada para saat satu sebagai secara sejak seperti serta setelah "
    "sudah tahun tapi telah tersebut tidak ujar untuk yang",
    "ro": "a ai al ale am ani ar are au bine ca când care că ce cea cei cel cu cum da dar de decât din după el ele este eu fi fie fost iar "
    "în între la le lui mai mult ne nici nu o pe pentru prin sa sale să se spus sunt sub și te toate un una unei unor unui",
    "hu": "a az ami azt be csak de egy egyik el én és ez ezt fel ha hogy hogyan is ki le már még meg mert mi mint míg mond nem nincs "
    "olyan ő sem szerint talán után vagy van volt",
    "el": "αλλά αν από αυτή αυτό αυτός για δεν είναι ένα ένας έχει έχουν η ή θα και κατά με μετά μια μας μη να ο οι όμως όπως ότι που πως σε "
    "στα στη στην στις στο στον στους τα τη την της τι τις το τον του τους των ως",
    "vi": "bị bởi cả các cho chỉ có còn của cùng cũng do đã đang đây để đến đó được hay khi không là lại làm lên mà mới một nào này năm "
    "nên người nhiều như những nó ra rằng rất sau sẽ tại theo thì trên trong trước từ và vào với về",
}  # fmt: skip


@cache
def stop_words(language: str) -> frozenset[str]:
    """Returns the stop words of a language in lower case; empty where none are known.

    Args:
        language: BCP 47 primary tag.
    """
    language = {"nb": "no", "nn": "no", "ms": "id"}.get(language, language)
    return frozenset(_STOP_WORDS.get(language, "").split())
