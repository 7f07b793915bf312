"""What tells near languages apart: words, beginnings and endings that only some of them write."""

# ruff: noqa: E501 (tables of words read better in long lines)

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from typing import NamedTuple

_VOTE = 1.5
"""Weight of a sign, as a natural logarithm: who writes it does so about 4.5 times as often. With 1 and
2 articles in near languages were within 0.6 points (November 2026)."""

_MAX_REPEATS = 2
"""A word counts so often at most: what repeats is often the text's subject."""

_EDGE_CHARS = 3
"""Letters by which beginnings and endings are looked up; none is shorter."""

_WORD = re.compile(r"[^\W\d_]+")

# By group and language or languages: signs. `word`, `beginning-`, `-ending`.
_SIGNS = {
    # The yat is `ije` or `je` in Croatian and Bosnian, `e` in Serbian; much of the vocabulary divides
    # Croatian from the other two.
    "hr bs sr": {
        "hr": "autocest- biskup- blagdan- dalma- desetlj- dionik- dječj- dojam dojm- domovinsk- dostatn- dragovolj- dušik- dužnosn- dvojb- eura eure euro europ- "
        "euru- financ- glasnogov- glazb- glede gospodar- hdz hrt hrvat- hrvaš- inozem- istarsk- istodob- itko izbornik- izlučn- izravn- izuzev izvanred- "
        "izvješć- jamstv- jamč- jednadžb- kazališ- kemij- kemič- kirurg- knjižnic- -koga kolodvor- kolovoz- kruh- kršćan- kuna kunama kune kunu lipanj lipnj- "
        "listopad- ljekarn- milijun- mirovin- mladež- mladih- momčad- nadbisk- napokon naputk- natjec- natječ- natuknic- nazočn- netko nitko njezin- -noga "
        "nogomet- obrambe- obrana obrane obranu obvez- odgoj- odvjetni- okoliš- opskrb- osije- osob- otoč- ovrh- ozračj- ožuj- pismohran- podrijet- poduzetni- "
        "poduzeć- poglavit- ponajprije potaknu- poticaj- potpor- povijes- povjerens- pozorn- pravodob- predmnij- prigod- prijamn- primjeric- priopć- pristojb- "
        "prometa prometn- promic- promidž- promjer- proračun- prosinac prosinc- prosvjed- putnič- putovnic- pučanst- rabi rabiti rabljen- rajčic- ravnatelj- "
        "razin- računal- redatelj- rujan rujn- sabor- sdp siječanj siječnj- skladatelj- skrb- skupin- slavon- split- srpanj srpnj- stajališ- stožer- studeni "
        "studenog- suca suci sucu sudac sudionik- suglas- sukladn- sustav- suvrem- sučel- svatko sveučil- svibanj svibnj- tajnic- tajnik- tečaj- tijek tijekom "
        "tisak tiska tiskan- tiskov- tisuć- tjedan tjedna tjednik tko toplinsk- travanj travnj- tvornic- tvrtk- ubojic- ubojstv- udrug- ugod- ugođ- umirovlj- "
        "unatoč uporab- uskrs- učinkov- varaždin- veleposl- veljač- vlak vlaka vlakom vlakov- vlastit- vodik- vojarn- zadar- zagreb- zaklad- zamjenik- zapošlj- "
        "zastupni- zemljopis- zemljovid- znanost- znanstv- čimbeni- šport- štoviše žlic- župa župan- župnik-",
        "bs": "allah- augusta augustu bezbjedn- bosanc- bosansk- bosn- bošnja- džamij- entitet- hercegov- histor- hljeb- kahv- kanton- kćerk- lahko mehko mostar- "
        "naprimjer obezbijed- obezbjeđ- općen- pejgamber- porijekl- saopć- sarajev- sedmic- sedmičn- tuzl- uposlen- zenic-",
        "sr": "avgust- bela bele belešk- belež- belo belog bezbedn- cela celin- celo celog celokup- celom celu cena cenama cene cenu ceo cvet cveta cvetov- deca dece "
        "deci decu dela delima delimičn- delo delom delov- delu deluj- deo dete deteta detetu doživ- dve gde gnezd- greh- greš- gvozd- gvožđ- hleb- hrišć- "
        "htela hteli hteo istorij- izmena izmene izmenj- izvest- izvešta- jevrej- juče koleno koren korena lekar- lekov- lepa lepe lepi lepih lepo letnj- leto "
        "letu levic- levo lečenj- leči menja menjanj- merama meren- meru mesec meseca meseci mesecima mesecu mestimič- mesto mestom mestu mešavin- mleka mleko "
        "mlečn- namenjen- namer- nasled- nedeljn- nedeljom nedelju negde nemač- nemc- nigde obavest- obavešt- obe obezbed- obezbeđ- ocena ocene oceni ocenj- "
        "ocenu odelj- odeć- opštin- oseća- osvetl- ovde pesam pesma pesme pesmu pesnič- pevanj- pevač- pobeda pobede pobedi- pobedn- pobedu pobeđ- podela "
        "podele podeljen- podelu ponedelj- porekla poreklo posed- poseta posete poseti posetil- posetu posle posledic- poslednj- poverenj- povred- povređ- pre "
        "predlog- predsed- prenos prenosa presek- pretnj- prevazi- prevod prevoda prevoz prevoza primena primene primenj- primenu primer primera primerak "
        "primerc- primeri primeru primet- procena procene proceni procenj- procenu promena promenama promene promeni promenila promenio promenj- promenu "
        "proseč- raspodel- razume razumev- reka retk- reč reči rečima rečju rešava- rešen- rešio rešit- saobrać- saopšt- savet- sedel- sedišt- sednic- senk- "
        "severn- severo- severu seća sećanj- sledeć- sledi sledilo smej- smer smera smernic- smeru smeta smešt- sneg- snežn- sopstven- spreč- sreda srede sredu "
        "srećan srećn- sused- svedo- svesn- svest svesti svet svetl- svetsk- svetu sveć- svež- tela telesn- telo telu tera teraj- ubeđ- umeren- umesto umetni- "
        "umetno- usmer- uspe uspeh- uspela uspeo uspev- uspešn- uvek uveren- vazduh- vek veka vekov- veku vernic- vernik- verova- versk- veru veruj- vest vesti "
        "vestima vetar vetra vetro- večn- vešt- vežb- videla videli videlo videti vojvodin- volela voleo voleti vrednost- vreme zabelež- zahtev- zamena zamene "
        "zamenik- zamenj- zapoved- zvezd- ćerk- čovek- želela želeli želeo živela živeli živeo živeti",
        "hr bs": "angažir- bijel- bilješk- bilježi- bjeg- bjež- cijel- cijen- cijep- cjel- cjen- crijev- cvijet- cvjet- definir- dijel- dijet- dio dionic- djec- djed- "
        "djel- djet- djev- dolje dospije- dospje- doživje- dvije emitir- funkcionir- gdje gdjegdje gnijezd- grijeh- griješ- htje- identific- informir- "
        "integrir- isprijed izmijen- izmjen- iznijel- izvijest- izvješ- jučer kisik- kolijevk- koljen- komentir- koncentrir- kontrolir- korijen- kritizir- "
        "kvalific- kćer- lijek- lijen- lijep- lijev- liječ- ljekar- ljep- ljeta ljeti ljetn- ljeto mijenja- miješ- mjehur- mjera- mjere mjerenj- mjeri- mjeru "
        "mjesec- mjesečn- mjest- mješ- mlijek- mliječn- namijen- namješ- naslijed- nasljed- nasmije- nedjelj- negdje nigdje nijem- njemač- no obavijest- "
        "obavješ- obitelj- objema ocijen- ocjen- odijel- odjeć- ondje opredijel- opredjelj- opća opće općeg općenit- opći općih općim općin- općom organizir- "
        "osjet- osjeć- otoci otoka otoku ovdje ovisi- ovisn- ozljed- pjen- pjesm- pjesn- pješač- pješic- pješk- pobijedi- pobjed- pobjeđ- podijel- podjel- "
        "pogriješ- ponedjelj- ponegdje ponovno posjed- posjet- posjeć- poslije posljed- posto povijest povjer- povrijed- presjek- prije prijedlog- prijelaz- "
        "prijenos- prijeti- prijetn- prijevod- prijevoz- primijen- primijet- primjen- primjer- primjet- primjeć- pripovijed- procijen- procjen- promijen- "
        "promjen- prosječ- raspodjel- razdijel- razdoblj- razmijen- razmjen- razmjer- razumije- razumje- reagir- realizir- registrir- regulir- rijek- rijet- "
        "riječ- riješ- rješ- s savjes- savjet- sigurnosn- sjekir- sjem- sjen- sjet- sjever- sjeć- slijed- sljedb- sljede- smije smijeh- smjel- smjen- smjer- "
        "smjest- smješt- snijeg- snjež- sprječ- srijed- stijen- stjen- stoljeć- strijel- sudjel- suradn- surađ- susjed- svećeni- svijes- svijet- svijeć- svjed- "
        "svjet- svjež- svugdje također tijek- tijel- tijesn- tjedn- tjel- tjera- tješ- točk- točn- umijeć- umjer- umjes- umjet- unaprijed uopće ured ureda "
        "uredi uredu usmjer- uspije- uspje- uspored- utemelj- utjeca- uvijek uvjer- uvjet- uvrijed- vidje- vijenac vijenc- vijes- vijeć- vjek- vjenč- vjer- "
        "vjesn- vjet- vješ- vježb- vlijed voljel- vrijed- vrijem- zabilježi- zahtijeva- zahtjev- zamijen- zamjen- zapovijed- zapovjed- zaprijet- zasjed- zrak "
        "zraka zrakoplov- zračn- zvijezd- zvjezd- čovje- željel- živje- žlijezd-",
        "bs sr": "advokat- aerodrom- angažov- angažuj- aprila aprilu autobusk- autoput- avion- azot azota bezb- bioskop- decemb- deceni- definis- definiš- dejstv- "
        "efekat efekta emitov- emituj- evra evro evrop- evru fabrik- fabričk- februar- finans- fudbal- funkcionis- hapš- hemij- hemič- hiljad- hirurg- hrišćan- "
        "identifikov- iko informis- inostran- insistir- integris- interesov- interesuj- italijan- išta januar- jednačin- jermen- jula juli julu juna juni junu "
        "karakteris- kašik- kiseoni- ko komand- komentaris- komšij- koncentris- kontrolis- kritikov- ličn- maja maju mart marta martu milion- mobilis- muzik- "
        "muzič- naročit- nauka nauke naučn- neko nešta niko nivo nivoa nivou norveš- novemb- obavez- obezb- obim- objekat objekta odbran- odsust- okarakteris- "
        "oktob- opšt- organizov- organizuj- ostrv- otpoč- pasoš- penzij- penzion- ponovo porodi- pozoriš- pošto pravosl- preduzet- preduzeć- preduzim- prečnik- "
        "procen- proglašav- projekat reagov- realizov- realizuj- registrov- regulis- sa saglas- saobraćaj- saradn- sarađ- savrem- sekretar- septemb- sistem- "
        "sopst- spisak spiska spisku sprat- sprove- sprovod- stanovniš- subjekat sudija sudije sudijsk- sveštenik- takmič- takođe talas- tačan tačk- tačn- "
        "tokom trke- ubic- ubistv- ugalj uhapš- univerzit- uopšte uslov- uticaj- utiče učesni- učestv- učešć- vazd- veoma vještačk- vodonik- voz voza vozom "
        "vozov- vozu zavisi- zavisn- zvanič- ćirilic- španij- šta štab- štamp- žureb-",
    },
    # English loans of Malay stand beside Dutch ones of Indonesian; so do other words of everyday life.
    "ms id": {
        "ms": "adun ahad akaun akhbar akta aktiviti amat antarabangsa apabila askar awak bagaimanapun baharu bahawa bajet bandaran bandaraya bantahan basikal bekalan "
        "belia berbanding berbeza berfikir berhubung berikutan beritahu berkahwin berkata berkenaan berkhidmat berkongsi berlakunya bermula berniaga bersara "
        "bersesuaian beza bilangan bilik bilion boleh bomba bual bukannya bursa cabaran cakap capaian caruman cili cuba cukai dadah dagangan dap daripada datuk "
        "derma dianjurkan diberitahu dibezakan dibina dicabar dicadangkan dicuba didapati digesa dijadualkan dijangka dijangkiti dilakonkan dimaklumkan "
        "dinasihatkan dipaparkan dipercayai diperuntukkan dirasmikan direman disebabkan disemak disember disenaraikan disiasat disyorkan diuruskan ekoran "
        "eksport elaun england eropah esok exco faham fahaman felda fikiran filem gerai gus hadapan hadith haiwan hartanah haruslah hendaklah hidangan hospital "
        "iaitu ialah iban identiti imej imigresen import insurans ipd ipk isnin isteri itali -iti jabatannya jadual jangkitan jantina jawatan jawatankuasa "
        "jenayah jepun jikalau jiran johan jpj jpn jualan julai jumaat jun jurulatih jururawat justeru kadazan kahwin kaji kajian kakitangan kanak kanser kanun "
        "kastam katanya kaunter kebangsaan kedah kejohanan kelantan keluaran kemalangan kementerian kementeriannya kempen kendiri kenyataan kepelbagaian "
        "kerajaan kerana kes kesihatan ketara kewangan khamis khidmat kilang klia kompaun kongsi konsert kos kosmo kpdn kristian kualiti kuantiti kwsp lakonan "
        "laman lawatan lebuh lebuhraya lelaki letupan lhdn lori ltat mac mahu majikan majistret majlis majoriti maklumat malah manakala mandatori mangsa "
        "matawang maut melabur melawat memaklumkan memandangkan memaparkan membabitkan membekalkan memberitahu membezakan membina menasihatkan mencabar "
        "mencadangkan mencuba mendapati menegur menerusi menganjurkan mengesyorkan menggesa menghadkan mengkaji menguatkuasakan mengundi menguruskan "
        "menjadualkan menjangka menjelang mentadbir menumpukan menyelamat menyeluruh menyemak menyertai menyiasat menyokong merasmikan mesra mestilah mesyuarat "
        "motosikal muafakat mualaf mukim mustahak muzik nak negeri nombor ogos pangsapuri paparan parlimen parti pasaraya pasport pdrm peguam peguambela "
        "pelabur pelaburan pelajar pelakon pelancong pelancongan pelarian pelawak pelbagai pemaju pembangkang pembekal pembinaan peminjam pemohon pencabar "
        "pencen pendakwa pendatang peneroka pengajian penganjur penganjuran pengarah pengeluar pengerusi pengetua penguatkuasaan pengundi pengurusan peniaga "
        "penjaring pensyarah pentadbiran penyewa penyokong perancis peranti perasmian peratus perbezaan percubaan perenggan perisian perkahwinan perkara "
        "perkhidmatan perkongsian perlawanan perlembagaan perlukan perniagaan pertubuhan peruntukan pesakit petang pihak pilihanraya pingat pinjaman pkr polis "
        "ponteng premis projek pusingan putrajaya rakan ramai rasmi rayuan reman rentetan resipi ringgit rm rompakan rotan sahaja saingan sains saintifik "
        "saintis sambutan sebanyak sebat sebegini sebegitu secukupnya sehubungan sejurus sekiranya seksyen selari selepas semakan semalam semasa sen senarai "
        "senegara sepanyol sesawang sesyen seterusnya setiausaha siasat siasatan sihat skrin sokong sokongan sprm stesen sukan sungguhpun supaya suspek susulan "
        "syarikat -syen syor tadbir talian tandas tauke teguran teksi telefon televisyen temubual tentera terbabit terengganu terhad tertuduh teruk tiada "
        "timbalan tindakan tnb tular tumpu turut ubat ubatan umno undi universiti urus ustaz utusan wabak walaupun wang wanita warden warganegara yab yb",
        "id": "agustus aktor aktris akuntansi apartemen apbd apbn apotek artis asuransi bahkan bahwa bahwasanya bandara bandung banget bapak bawaslu beda bensin "
        "berbagai berbeda berkunjung berpikir besok bisa bisakah bisnis bpk brimob bumn bupati bus butuh caleg capres cawapres coba cokelat daring desember "
        "dibutuhkan dijelaskan dikarenakan dikatakan dikutip dilansir dilantik dipakai direktur diresmikan dirjen disebutkan ditayangkan diunduh diunggah "
        "diungkapkan divonis dokter dosen dpd dpr dprd dukung dukungan dusun ekspor enggak eropa evakuasi fakultas film foto ga gak gampang gedung gempa grup "
        "gubernur harus heboh hewan humas ibukota ilmuwan imbas imbuh imbuhnya imigrasi impor indonesia informasi inggris internasional investasi investor "
        "istri italia -itas jakarta jaksa jalur jelasnya jepang juara juli jumat juni kabid kabupaten kalau kalian kamar kamis kanker kantong kantor kapolda "
        "kapolres karena karyawan kasatreskrim kasus kayak kebijakan kebutuhan kecamatan kejaksaan kejuaraan kelurahan kemarin kendati kepolisian kesehatan "
        "ketimbang keuangan kiper komite konstitusi koran korban korporasi korupsi kpk kpu kristen kuartal kunjungan lainnya lalin lanjutnya lantai lapas "
        "ledakan listrik longsor mahasiswa maka maret medali melainkan melansir memakai membedakan membutuhkan memiliki mencoba mendukung mengatakan mengunduh "
        "mengunggah mengungkapkan mengutip menikah menko menyebutkan meresmikan miliar militer mobil mpr mulai mulanya musik narapidana narkoba netizen nggak "
        "nikah nomor obat obatan ojk olahraga oposisi pabrik paham pajak pakai para pariwisata parlemen partai pasal pasien paslon paspor pedagang pedesaan "
        "pelatih pemerintah pemerintahan pemilu pemkab pemkot pencurian pendukung peneliti pengacara pengadilan pengemudi pengungsi penyidik penyidikan "
        "perbedaan perempuan perkotaan pernikahan persen perusahaan petugas pihaknya pikir pikiran pilkada pilpres polda polisi polres polri polsek polwan "
        "ponsel prancis pria provinsi proyek puskesmas resmi restoran rp rumahsakit rupiah saat saja sangat satpam sedangkan sehat sekretaris selebritas senin "
        "sepakbola sepeda sesudah setelah siswa situs sontak sopir sore spanyol stasiun sulawesi sulit sumatera surabaya syuting tabrakan taksi tambahnya tapi "
        "tegasnya telepon televisi terdakwa terkait ternyata terpidana tersangka tetangga tewas tilang tim timnas tiongkok tni toko triliun truk tuturnya uang "
        "unduh unggahan ungkap ungkapnya unjuk usai walikota wapres warganet warganya wawancara wisata wisatawan yaitu yakni yogyakarta",
    },
    # Norwegian has two written forms; Bokmål shares much of its spelling with Danish.
    "no nn da": {
        "no": "annen annet ansatte avgjøre avgjørelse barna begynnelse begynner begynte ble bodde bor brukere brukerne dere elevene elever -ene ennå enten fant fikk "
        "finner forsker forskere forskning fortalte forteller fremtid fremtiden ganger gi gir gjør gjøre guttene gutter hennes -het -heten -heter hva hverandre "
        "høre hører hørt høy høye høyere høyeste -ingene innbygger- innenfor kjente kjærlighet kommunene kommuner kreve krever ledelse leder ledere -ligere "
        "ligger -ligste læreren løsninger mer mulig mulighet muligheter mye myndighetene myndigheter nedenfor noe noen noensinne norge norges nå nødvendig "
        "oppgave oppgaver ovenfor penger sannsynligvis senere sier skolen skoler skrev spilleren spilt tilbudet tjenesten tjenester uke uken ukene uker uten "
        "utenfor utvikling utviklingen vanlig veien verken vet videre virksomhet virksomheter vært østlandet",
        "nn": "allereie amerikanar- -ande -ane anna annan annleis -arane -arar arbeidde -ast aust austland- avgjer avgjerd avgjerda berre betre blei borgar- born "
        "borna breidd breitt brukarar brør budde bur bygde bygder byggja byggje bygt byrja byrjar byrjing båe dei deira desse difor djup djupn djupna dykk "
        "dykkar då døme dømes dømet døydde eg ei eige eigen eigenskap- eigne ein einskild einskilde eit elevane elevar enno fann fekk fleire forfattar- forskar "
        "forskarar forsking fortalde fortel fortelje fortida framtida frå fylka fylkesmannen fyrst fyrste gje gjekk gjer gjere gjev gjeve gjevne gong gongen "
        "gonger grensar gutane gutar gåve gåver halde haldne heile heilt heime heimen -heit -heita -heiter heiter heitte heldne heldt hendinga hendingar hennar "
        "ho honom hovud- hundreår- høg høgare høgaste høgd høgda høge høyrer høyrt ikkje ikring imot inga -ingane -ingar inkje innanfor innanlands innbyggar- "
        "innbyggjar- innsjø- kalla kallar kallast kjelde kjelder kjem kjend kjende kjærleik kome komen kommunane kommunar korleis krev krevje krevst kring kva "
        "kvar kvarandre kven kvifor kvinneleg kyrkj- laga laurdag -leg -legare -legaste -lege leiar leiarar leiaren leiing leiinga lengd liten lærar lærarar "
        "læraren løysing løysingar løyve me medan medlemane medlemer meiner meining meir mellomalder- mogleg moglegheit moglegheiter mykje målar- måndag -nad "
        "namn namna namnet naudsynt nedanfor noko nokon nokre noregs notida nynorsk oppgåve oppgåver ovanfor overteke pengar rekna røynsle røynsler røyst "
        "røysta røyster røysting saka saman samstundes seie seier seinare sidan sjå sjølv sjølve sjølvsagt skodespel- skreiv skriv skrivne skular skule skulen "
        "slutta soga soge songar- spelar- spele spelemann- spelt språka staden stader storleik stundom styresmakt- sundag talet teikn tek teke teken tenesta "
        "tenester tettstad- tida tidlegare tilbod tilhøve tilsett tilsette- truleg trur tysdag tyskarar ungane ungar utan utanfor utdanninga utvikla utviklinga "
        "vanleg vart vassdrag- vatn vatnet vedteke vedtok vegen veit veka veke vekene veker ventar vera verda verdas verdskrig- vere veret verksemd verksemder "
        "vert verta verte vesle vestlandet vidare viktigaste von vonar vore yngre òg øya",
        "da": "aalborg aarhus af afgør- aflyst afsted aften- aldrig alligevel anden andet arbejd- bag bange bedst billed- blandt blev blevet bliv- bog bogen brug- "
        "bøger børn børnene dage danmarks dansk danske dansker- derimod dig dog dreng drenge -dste dårlige dårligt efter- end endnu -eret fik find- folketing- "
        "fortsat fortæller forældre- fremtid- fyn fyrre fået færdig- færre føle føler følt gange gennem gik giver givet gået gør haft halvtreds havde have -hed "
        "hedder -heden -heder hende hendes hjemmet hjælp hjælpe hjælper hundrede hurtig- hvad hverken hvornår høj høje højere igen igennem -igt ind- jer jeres "
        "jo jylland kender kendt kendte kræft- kun kvinde kvinder kvinderne kæmpe kærlig- køb- køre kører lande lave laver lavet lidt ligesom lille læge- "
        "længe- læs læse læser læst læste lørdagen mand meget mellem mere mig mindst ministeren mod morgen muligt måde måder måneder måske mænd mænds nej "
        "niende nogen noget nogle nu nyt næste næsten odense op os otte ottende penge pengene pige piger procent præsident- pænt regering- rigtig rigtigt sag "
        "sagde sagen sager selvom set sidste sig sige siger sjette sjælland -skab sker smuk- socialdemokrat- sprog spurgte spørgsmål- -ssion stærk- syg sygdom- "
        "syge sygehus- syvende sådan sådanne sæson- tage tager taget tiende tilbage -tion -tionen -tioner tredive tres træner- tusind tværtimod tyve tænke "
        "tænker tænkt ud uddannelse- uden udenfor udvikling- uge ugen ugens uger undersøgelse- vand vandet vej vejen vigtig vigtige vigtigt ville vist viste "
        "vores været ålborg århus ældre",
        "no nn": "arbeid- av avgift- barnehagar barnehage- bedrift- bergen best blant blir blitt bort bruk- budsjett- bygda bøker deg dersom egg eldre elva enn equinor "
        "etter felles- femti fjell- fjord- flyet fotball- fram fylke fylket fått førti ga gass- gikk gitt gjennom gjennomføre grunn- gutt gått ha hadde hatt "
        "havet heim helse- hjelp hundre høgre inn innen- jenta jente jenter jobb- kanskje kjent kjøp kjøpe kjøper kjøre kjøretøy kjøtt kommunestyre- køyre lag "
        "laget laks lakse- lenger lengre likevel litt lækjar- mann maten meg melk mellom menn milliard- mjølk mot nei neste nesten nett- noreg norsk norske nrk "
        "olje- opp oppdrett- oslo oss prosent prosjekt- regjering- riktig sa saker seg selskap- sesong- siste sjef- -sjon -sjonane -sjonar -sjonen -sjonene "
        "-sjoner sjukehus- skjer slik slike spesiel- språk spørsmål- statoil stavanger stortinget stortings- strøm- studie- stått sykehus- tatt tilbake tjue "
        "trenar- trener- treng trenger tretti tromsø trondheim tusen ungdomsskole- ut val vann vanskeleg vanskelig veg vei velgere veljarar verre vgs viktig "
        "viktige vår våre å åtte ønskjer øy",
        "no da": "allerede bedre de dem deres derfor disse egen eget egne -else -elsen -elser en -ende enkelte erfaring -erne et flere fra frem gang hjemme holde holder "
        "holdt hoved- hun hvem hver hvilke hvilken hvilket hvis hvor hvordan hvorfor ikke -inger jeg kirke kirken kommer -lig -lige løsning medlemmer mener "
        "mens også samme sammen samtidig selv siden skole skrevet spille spiller sted steder stedet tiden tidligere tror undervis- være",
    },
}  # fmt: skip


class _Signs(NamedTuple):
    """Signs of a group of languages, each with the languages that write it.

    Attributes:
        words: Whole words.
        stems: Beginnings by their first letters, longest first.
        endings: Endings by their last letters, longest first.
    """

    words: dict[str, tuple[str, ...]]
    stems: dict[str, list[tuple[str, tuple[str, ...]]]]
    endings: dict[str, list[tuple[str, tuple[str, ...]]]]


def votes_between(tag: str, sample: str) -> dict[str, float]:
    """Returns how far a text speaks for a language and each that is near it; nothing if none is.

    Args:
        tag: The language that the text seems to be in.
        sample: The text, in Latin letters.

    Returns:
        For each language of the group a natural logarithm: 0 for the one that most signs speak for,
        less for the others.
    """
    group = _groups().get(tag)
    if group is None:
        return {}
    votes = dict.fromkeys(group.split(), 0)
    signs = _signs(group)
    for word, count in Counter(_WORD.findall(sample.lower())).items():
        for near in _who_writes(word, signs):
            votes[near] += min(count, _MAX_REPEATS)
    most = max(votes.values())
    return {near: _VOTE * (count - most) for near, count in votes.items()}


def _who_writes(word: str, signs: _Signs) -> tuple[str, ...]:
    """The languages of the group that a word is a sign of."""
    if (found := signs.words.get(word)) is not None:
        return found
    for stem, tags in signs.stems.get(word[:_EDGE_CHARS], ()):
        if word.startswith(stem):
            return tags
    for ending, tags in signs.endings.get(word[-_EDGE_CHARS:], ()):
        if word.endswith(ending):
            return tags
    return ()


@cache
def _groups() -> dict[str, str]:
    """The group of each language that has near ones."""
    return {tag: group for group in _SIGNS for tag in group.split()}


@cache
def _signs(group: str) -> _Signs:
    """The signs of a group, by kind."""
    found = _Signs({}, {}, {})
    for names, signs in _SIGNS[group].items():
        tags = tuple(names.split())
        for sign in signs.split():
            part = sign.strip("-")
            if sign.endswith("-"):
                found.stems.setdefault(part[:_EDGE_CHARS], []).append((part, tags))
            elif sign.startswith("-"):
                found.endings.setdefault(part[-_EDGE_CHARS:], []).append((part, tags))
            else:
                found.words[part] = tags
    for listed in (*found.stems.values(), *found.endings.values()):
        listed.sort(key=lambda item: -len(item[0]))
    return found
