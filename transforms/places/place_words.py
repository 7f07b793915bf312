"""Words that tell places from what only looks like them; tables for `places`."""

# ruff: noqa: E501 (tables of words and letters read better in long lines)

from __future__ import annotations

COUNTRY_NAMES = {
    "AE": "United Arab Emirates|Emirates|UAE",
    "BA": "Bosnia and Herzegovina|Bosnia|Bosnia-Herzegovina",
    "BN": "Brunei",
    "BO": "Bolivia",
    "CD": "Democratic Republic of the Congo|Democratic Republic of Congo|DR Congo|Congo-Kinshasa|DRC",
    "CG": "Republic of the Congo|Republic of Congo|Congo-Brazzaville|Congo",
    "CI": "Ivory Coast|Côte d'Ivoire|Cote d'Ivoire",
    "CN": "China|People's Republic of China|Mainland China",
    "CV": "Cabo Verde|Cape Verde",
    "CZ": "Czechia|Czech Republic",
    "FK": "Falkland Islands|Falklands",
    "FM": "Micronesia",
    "GB": "United Kingdom|Great Britain|Britain|UK",
    "GM": "Gambia|The Gambia",
    "HK": "Hong Kong",
    "IR": "Iran|Islamic Republic of Iran",
    "KP": "North Korea|DPRK",
    "KR": "South Korea|Republic of Korea|Korea",
    "LA": "Laos",
    "MD": "Moldova",
    "MK": "North Macedonia|Macedonia",
    "MM": "Myanmar|Burma",
    "MO": "Macao|Macau",
    "NL": "Netherlands|The Netherlands|Holland",
    "PH": "Philippines|The Philippines",
    "PS": "Palestine|State of Palestine|Palestinian Territories|Palestinian Territory",
    "RU": "Russia|Russian Federation",
    "SY": "Syria|Syrian Arab Republic",
    "SZ": "Eswatini|Swaziland",
    "TL": "Timor-Leste|East Timor",
    "TR": "Turkey|Türkiye|Turkiye",
    "TW": "Taiwan",
    "TZ": "Tanzania",
    "US": "United States|United States of America|USA|America",
    "VA": "Vatican City|Vatican|Holy See",
    "VE": "Venezuela",
    "VN": "Vietnam|Viet Nam",
    "XK": "Kosovo",
}
"""Usual English names of countries, the first of them shown; CLDR has one of each."""

ACRONYMS = {
    "US": "usa", "U.S": "usa", "U.S.": "usa", "USA": "usa", "U.S.A.": "usa", "UK": "uk", "U.K.": "uk", "U.K": "uk",
    "UAE": "uae", "U.A.E.": "uae", "DRC": "drc", "DPRK": "dprk",
}  # fmt: skip
"""Names of countries that are names in capitals only; the folded names of `COUNTRY_NAMES`."""

NO_REGION_NAMES = frozenset(
    "north south east west central centre center northern southern eastern western capital coast "
    "islands highlands northeast northwest southeast southwest north-east north-west south-east "
    "south-west national federal district state region province city rural urban interior "
    "littoral midlands metropolitan union liberty good hope plateau delta rivers sea lakes "
    "oriental occidental norte sur este oeste nord sud est ouest centro centrale middle upper "
    "lower saint paul saint john saint george saint andrew saint david saint peter saint mary "
    "saint thomas saint patrick saint philip saint joseph saint michael saint james christ "
    "church hamilton warwick smith paget devonshire kent manchester portland trelawny hanover "
    "clarendon westmoreland cornwall middlesex surrey victoria florida artigas durazno division "
    "trinity unity mary colon".split()
)
"""Words that alone make no name of a division, outside the countries of `STATES`: they are words,
or better known as others' names."""

STATES = frozenset({"US", "CA", "AU", "IN", "DE", "GB", "ES", "IT", "MX", "BR", "PS"})
"""Countries whose first-level divisions the world's news calls by name alone."""

NO_PLACES = frozenset(
    (
        "white house",
        "wall street",
        "black friday",
        "cyber monday",
        "super bowl",
        "black sea",
        "red sea",
    )
)
"""Folded names that gazetteers hold as translations or by chance, and that mean others."""

MONTHS = frozenset(
    "january february march april may june july august september october november december monday "
    "tuesday wednesday thursday friday saturday sunday".split()
)

_DEMONYMS = """AF afghan|AL albanian|DZ algerian|AO angolan|AR argentine argentinian|AM armenian|AU australian|AT austrian
AZ azerbaijani azeri|BH bahraini|BD bangladeshi|BY belarusian belarussian|BE belgian|BO bolivian|BA bosnian|BW botswanan|BR brazilian
BG bulgarian|BI burundian|KH cambodian|CM cameroonian|CA canadian|TD chadian|CL chilean|CN chinese|CO colombian|CD congolese|CR rican
HR croatian croat|CU cuban|CY cypriot|CZ czech|DK danish dane|DO dominican|EC ecuadorian ecuadorean|EG egyptian|SV salvadoran salvadorian
ER eritrean|EE estonian|ET ethiopian|FJ fijian|FI finnish finn|FR french frenchman|GE georgian|DE german|GH ghanaian|GR greek
GT guatemalan|GN guinean|GY guyanese|HT haitian|HN honduran|HU hungarian|IS icelandic|IN indian|ID indonesian|IR iranian|IQ iraqi
IE irish|IL israeli|IT italian|CI ivorian|JM jamaican|JP japanese|JO jordanian|KZ kazakh|KE kenyan|XK kosovar|KW kuwaiti|KG kyrgyz
LA laotian lao|LV latvian|LB lebanese|LR liberian|LY libyan|LT lithuanian|LU luxembourgish|MK macedonian|MG malagasy|MW malawian
MY malaysian|ML malian|MT maltese|MR mauritanian|MX mexican|MD moldovan|MN mongolian|ME montenegrin|MA moroccan|MZ mozambican
MM burmese|NA namibian|NP nepalese nepali|NL dutch dutchman|NZ zealander|NI nicaraguan|NE nigerien|NG nigerian|KP korean|NO norwegian
OM omani|PK pakistani|PS palestinian|PA panamanian|PY paraguayan|PE peruvian|PH filipino philippine|PL polish|PT portuguese|QA qatari
RO romanian|RU russian|RW rwandan|SA saudi|SN senegalese|RS serbian serb|SL leonean|SG singaporean|SK slovak slovakian|SI slovenian slovene
SO somali|ZA african|KR korean|SS sudanese|ES spanish spaniard|LK lankan|SD sudanese|SE swedish swede|CH swiss|SY syrian|TW taiwanese|TJ tajik
TZ tanzanian|TH thai|TN tunisian|TR turkish turk|TM turkmen|UG ugandan|UA ukrainian|AE emirati|GB british briton scottish english welsh|US american
UY uruguayan|UZ uzbek|VE venezuelan|VN vietnamese|YE yemeni|ZM zambian|ZW zimbabwean|RU kremlin"""
_AMBIGUOUS = frozenset(
    {"rican", "zealander", "leonean", "lankan", "korean", "african", "english", "sudanese"}
)
DEMONYMS = {
    word + ending: entry.split()[0]
    for entry in _DEMONYMS.replace("\n", "|").split("|")
    for word in entry.split()[1:]
    if word not in _AMBIGUOUS
    for ending in ("", "s")
    if word + ending not in ("laos", "philippines")
}
"""English adjectives and inhabitants of countries: they weigh for the country, but are no places."""
DEMONYMS |= {"brits": "GB", "englishman": "GB", "londoners": "GB", "londoner": "GB"}

US_ABBREVIATIONS = {
    "ala": "AL", "ariz": "AZ", "ark": "AR", "calif": "CA", "colo": "CO", "conn": "CT", "del": "DE", "fla": "FL",
    "ga": "GA", "ill": "IL", "ind": "IN", "kan": "KS", "ky": "KY", "la": "LA", "md": "MD", "mass": "MA",
    "mich": "MI", "minn": "MN", "miss": "MS", "mo": "MO", "mont": "MT", "neb": "NE", "nev": "NV", "nm": "NM",
    "ny": "NY", "nc": "NC", "nd": "ND", "nj": "NJ", "nh": "NH", "okla": "OK", "ore": "OR", "pa": "PA", "ri": "RI",
    "sc": "SC", "sd": "SD", "tenn": "TN", "tex": "TX", "vt": "VT", "va": "VA", "wash": "WA", "wva": "WV",
    "wis": "WI", "wyo": "WY", "dc": "DC",
    **{code.lower(): code for code in (
        "AL AK AZ AR CA CO CT DE FL GA HI IA ID IL IN KS KY LA MA MD ME MI MN MO MS MT NC ND NE NH NJ NM NV "
        "NY OH OK OR PA RI SC SD TN TX UT VA VT WA WI WV WY DC").split()},
}  # fmt: skip
"""Abbreviations of states after a comma, as news agencies and the post write them."""

BEFORE_PLACES = frozenset(
    "in near from outside around inside across throughout northern southern eastern western downtown "
    "central at within nearby toward towards leaving reached visiting neighboring neighbouring "
    "en à au aux dans près de di da em en nach aus bei im près vers hacia desde a w we i do fra til ved i på från "
    "dalam dari ke di pada".split()
)
"""Words after which a capitalised word is often a place."""

IN_WORDS = frozenset("in near outside nach bei dans dalam across throughout inside around".split())
"""Those after which it is hardly anything else."""

KIND_WORDS = frozenset(
    "city town village province governorate region state county district area suburb neighborhood "
    "neighbourhood capital port island communities community oblast prefecture zone municipality "
    "countryside outskirts border airport airspace residents".split()
)
"""Words beside a name that say what place it is."""

REGION_WORDS = frozenset("province governorate region state oblast prefecture".split())
"""Those that say that it is a first-level division."""

PERSON_TITLES = frozenset(
    "mr mrs ms miss dr sir dame lord lady prof professor president prime minister chancellor senator sen "
    "rep representative congressman congresswoman gov governor mayor judge justice king queen prince "
    "princess pope general gen colonel col captain capt sergeant sgt lieutenant lt major officer "
    "detective coach manager secretary ambassador rev reverend father sister brother saint "
    "chairman chairwoman ceo director minister striker midfielder actor actress singer author "
    "analyst spokesman spokeswoman attorney lawyer sheriff commissioner herr frau monsieur madame "
    "señor señora don doña".split()
)
"""Words after which a name is a person's."""

FIRST_NAMES = frozenset(
    "aaron abraham adam adrian alan albert alex alexander alexandra alfred alice allen allison amanda amy andrea andrew "
    "angela ann anna anne anthony antonio arthur ashley audrey austin barack barbara benjamin bernard beth betty bill "
    "billy bob boris brad bradley brandon brenda brian brooke brooklyn bruce bryan carl carlos carol caroline carolina "
    "carrie catherine chad charles charlie charlotte chelsea cheryl chris christian christina christine christopher "
    "cindy claire clara clark colin craig crystal cynthia dakota dale dan daniel david dean deborah dennis derek diana "
    "diane don donald donna doris dorothy douglas dylan edward elizabeth ella emily emma eric ernest ethan eugene eva "
    "evan evelyn florence frances francis francisco frank fred gabriel gary george georgia gerald gloria gordon grace "
    "graham grant greg gregory hannah harold harry harvey heather heidi helen henry hillary holly howard hugh hunter ian "
    "india irene isaac isabella ivan jack jackie jackson jacob jacqueline james jamie jane janet jason jay jean jeff "
    "jeffrey jennifer jeremy jerry jesse jessica jim jimmy joan joe joel john johnny jonathan jordan jose joseph joshua "
    "joyce juan judith judy julia julian julie justin karen karl kate katherine kathleen kathy katie keith kelly kenneth "
    "kent kevin kim kimberly kyle larry laura lauren lawrence lee leo leon leonard lewis lily linda lindsay lisa logan "
    "london lori louis louise lucas lucy luis luke lynn madison margaret maria marie marilyn mario mark marshall martha "
    "martin marvin mary mason matt matthew maurice megan melanie melissa michael michelle miguel mike milan mitchell "
    "mohamed mohammed monica morgan nancy natalie nathan neil nelson nicholas nick nicole nigel noah norman oliver "
    "olivia oscar owen pamela paris patricia patrick paul paula pedro peter philip phillip phoenix rachel ralph ray "
    "raymond rebecca regina richard rick rita robert robin rodney roger ron ronald rosa rose ross roy russell ruth ryan "
    "sally sam samantha samuel sandra santiago sara sarah savannah scott sean sergei sergey sharon shelby shirley sierra "
    "simon sofia sophia spencer stanley stella stephanie stephen steve steven stewart stuart susan sydney sylvia taylor "
    "ted teresa terry theodore theresa thomas tiffany tim timothy tina todd tom tony tracy travis trent troy tyler "
    "valerie vanessa vernon veronica vicki victor victoria vincent viola violet virginia vladimir walter wanda warren "
    "wayne wendy wesley william wilson xavier zoe ahmed ali omar hassan ibrahim yusuf abdullah recep tayyip emmanuel "
    "giuseppe pierre jacques françois hans klaus jürgen wolfgang angela olaf sebastian".split()
)
"""First names: those that are places too, and common ones, which make their neighbour a surname."""

AFTER_NAMES = frozenset(
    "times post herald tribune gazette journal news daily observer guardian telegraph chronicle examiner "
    "globe star sun mirror university college school institute hospital bank exchange airlines airways air "
    "united fc afc club rovers wanderers athletic albion hotspur giants jets rangers yankees mets knicks "
    "nets lakers clippers warriors celtics patriots bruins cubs bears bulls eagles falcons saints cowboys "
    "texans astros rockets spurs dodgers rams chargers raiders hilton jackson motors energy records street "
    "avenue road boulevard lane square bridge museum opera symphony philharmonic ballet festival marathon "
    "committee commission council foundation association society center centre company corporation corp inc "
    "ltd llc group holdings pictures studios press fashion week declaration agreement accord treaty protocol "
    "convention consensus open masters derby gp prix sausage sea".split()
)
"""Words that make what stands before them the name of something other than the place."""

ROLES = frozenset(
    "president prime foreign minister governor gov mayor senator sen rep representative attorney police "
    "state city county district democrat democrats republican republicans chancellor king queen "
    "supreme parliament army military government officials ambassador defense defence secretary "
    "monday tuesday wednesday thursday friday saturday sunday on the in and or is are was after "
    "january february march april may june july august september october november december "
    "gop fbi cia pm mp mps".split()
)
"""Capitalised words that may follow a place without taking it into their name."""

COMMON_WORDS = frozenset(
    "western eastern northern southern upper lower middle a i of the and as at an are is by in on or to be he she it its we us you they them his her our my me so no yes if "
    "nice reading mobile orange bath split turkey march may august sunday monday tuesday wednesday thursday friday "
    "saturday january february april june july september october november december spring summer autumn fall winter "
    "most many much more less best better good great big small new old young long short high low hot cold warm cool "
    "police university college church school hall house home court park field hill lake river bay beach bridge castle "
    "center centre central union liberty freedom justice hope faith grace mercy peace victory independence commerce "
    "industry enterprise energy power progress success opportunity friendship unity harmony eden paradise media "
    "man men woman women boy girl mother father brother sister king queen prince princess duke earl lord lady pope "
    "male female sale rate date data bank march battle war defense defiance eagle bear wolf fox buffalo elk deer beaver "
    "salmon trout crane swan star sun moon sky earth fire ice snow rain wind storm gold silver diamond pearl ruby iron "
    "steel copper lead coal salt sugar rice corn bread butter milk cream pepper ginger rose lily olive apple cherry "
    "peach plum lemon pineapple walnut maple oak pine cedar elm ash birch willow holly ivy fern moss heath clay sand "
    "stone rock boulder cliff summit peak valley glen forest woods grove garden green blue red black white brown gray "
    "grey pink golden happy lucky early late first last second third one two three four five six seven eight nine ten "
    "bar ban can day era eye far fit gap hit ham jet key law lay lie lot mad mat mix net odd oil pen pit pop pot ram "
    "red rib rim rod row rug sad sap saw set sip sit son spa sun tan tar tax tie tin toe ton top toy van vat war wax "
    "way web win wit act add age aid aim air all alma also alto any arc area arm art ask bad bag bat bed bell bend "
    "berry bet bid bit block bold bond bone book boom boot born boss bound bow box brand brave bright broad brook "
    "brush buck bud bull burn bush busy buy call calm camp cap cape car card care cargo case cash cast cat cause chance "
    "change chase check chess chief child choice city class clean clear click climax clock close cloud club coach coast "
    "cobalt code coffee comet comfort commander common company concord contact convoy corner cost cottage council count "
    "country county cove cover craft cross crown crystal cup current cut cut cyber dam dance dark dawn deal dean dear "
    "death decision deep delight delta depot devil diary dish dome door double dove down draft dragon drama draw dream "
    "dress drew drive dry dust duty east easy echo edge effect effort electric elite empire end english equality "
    "essential essex estate ever every exchange exile experiment extra face fact fair fairy fall fame family farm fast "
    "fate father federal few fiat fine fish flag flat fleet flower fly folk food foot force ford form fort forward "
    "foster found fountain frame frank free freeman fresh friend front frost full fun future gas gate gem general "
    "gentry gilbert glass globe go goal god government grade grand granite grant grass gravity grey ground group grow "
    "guard guide gun halfway hand harbor harmony harvest hat hazard head heart heaven heavy helper herald here hero "
    "high holiday holy home honor horizon horn horse host hotel hour hub human hunt hunter idea ideal image imperial "
    "index indian inn intercourse internet iron island issue jewel job jolly journal joy jubilee judge jump jungle just "
    "justice keen keep kill kind kiss knight lab lamb lance land lane large laser last law league leader leaf legal "
    "legend level liberal life light like lime limit line link lion list live loan local lodge logic loop loss love "
    "luck luxury magic magnet mail main major make manager mall many march marine mark market marshal mask mass master "
    "match media medical memory mercury mere metal middle midway mill mind mine mineral minister minor miracle mission "
    "model modern moment money monument moral morning motion motor mount mountain mouse movie music myth name nation "
    "national native natural nature navy near neck need neutral new news next night noble normal north note notice "
    "novel number object ocean odd office official only open opera oral order oval owner pace pack page paint pair "
    "palace pan panel panic paper park part party pass past path patriot pay peak people perfect person pilot pink "
    "pioneer pipe place plain plan plane planet plant plate play plaza pleasant plus point polar pole political poor "
    "port portal post pound premier present president press pride prime print prior private prize problem project "
    "promise prospect proper public pulse pure purpose quality quarter quick quiet race radio rail rainbow ranger rank "
    "rapid real reason rebel record red reform relay relief remote republic rescue reserve rest result retreat return "
    "rich rider right ring rise risk road robe rocket role romance roof room root rope round route royal rule run rural "
    "safe sage sail same sanctuary sand school science scout sea seal season seat secret section security see senate "
    "senator senior sense seven shade share sharp shelter shift shine ship shop shore show side sign signal silent "
    "simple single site size skill sleepy slim slow smart smoke smooth social soda soft soil solo song soul sound "
    "source south space spark speed sport spot spring square stadium staff stage stand star start state station stay "
    "steady step still stock stop store story straight strange stream street strong student style subject suite sun "
    "super supply support sure surprise sweet swift system table target task team temple tent test text theater theory "
    "thing think this those thunder tide tiger time title today token tool torch tour tower town track trade trail "
    "train trap travel treasure tree trend trial tribune trinity trip triumph truce true trust truth tunnel turn twin "
    "type uncertain under union unique unit up upper urban use vale value van vanguard veteran via victor view villa "
    "village violet virgin vision vital voice volt vote wall war ward warrior watch water wave way wealth web weed week "
    "well west wheel while will window wine wing winner wise wish wood word work world worth yard year yellow young "
    "zero zone senators bills ravens bucks magic heat jazz thunder dolphins lions tigers twitter google apple amazon "
    "facebook netflix ford tesla toyota honda siri alexa arsenal everton chili disney christmas easter halloween jesus christ bible islam muslim catholic buddha "
    "santa san los las les der die das und est pas mon ton sur pour dans avec une des que per con del por para este "
    "esta ella nos van het een dat niet och att som var men ett till mit von auf".split()
)
"""Words, and names of other things, that gazetteers hold as places: they need a reason to be one.
Found as words in lower case in English news that are names in the gazetteer, and gone through."""

AREA_PREFIXES = frozenset(
    "north south east west northern southern eastern western central upper lower greater downtown inner "
    "outer northeast northwest southeast southwest mainland rural the in from at on for and to of by "
    "when while but as if after before since with near this that former new late yet a an all every no our "
    "his her their its my your not so then also how why what who there here both even once only one two some "
    "most many other should would could can may will does did do is are was were has have".split()
)
"""Capitalised words that may stand before a place without making it a surname."""

DISH_WORDS = frozenset(
    "breast sandwich sandwiches dinner dinners meat farm farms farmer farmers leftovers recipe recipes "
    "soup burger burgers stuffing gravy legs leg wings prices trot bacon chili".split()
)
"""Words after which Turkey is the bird."""
