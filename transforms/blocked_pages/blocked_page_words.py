"""Words by which pages that are no articles are known, in the languages of their sites.

Written down from pages that bot filters, consent managers and common publishing software send
out (2026-11). All of it is compared with what `str.casefold` gives, with straight apostrophes and
single blanks.
"""

# ruff: noqa: RUF001 - letters of other scripts that look like Latin ones

from __future__ import annotations

import re
from textwrap import dedent
from typing import Literal

Reason = Literal[
    "challenge", "consent_wall", "javascript_wall", "login_wall", "soft_404", "blocked"
]


def _join(lines: str) -> str:
    """Returns one expression for all lines; an indented line continues the one above it."""
    joined = dedent(lines).strip().replace("\n    ", "").replace("\n", "|")
    for name, part in _PARTS.items():
        joined = joined.replace(name, part)
    return f"(?:{joined})"


def _any_of(lines: str) -> re.Pattern[str]:
    return re.compile(_join(lines))


_PARTS: dict[str, str] = {
    # The sentence ends here: articles, too, begin with what stands before it.
    "<end>": r"\W{0,4}$",
    "<js>": "java ?script( (and|und|et|y|e|i|и) cookies)?",
    "<oops>": r"((oops|ooops|ups|sorry|hoppla|désolé|lo sentimos|ops)\W{1,4})?",
}
_ERROR = _join(
    """
    http|status|error|fehler|erreur|errore|erro|fout|błąd|ошибка|помилка|грешка|hata|fel|feil|fejl
    chyba|hiba|virhe|eroare|σφάλμα|lỗi|エラー|错误|錯誤|오류
    """
)
_PARTS["<number>"] = rf"({_ERROR}\W{{0,3}}){{0,2}}404(\W{{0,3}}{_ERROR})?"
_PARTS["<lost>"] = _join(
    r"""
    (this |the |that |web ?)?(page|file|article|story|content|post)( you (requested|
        are looking for|were looking for|tried to reach))? (was |is |has )?(not (be )?found|
        missing|(cannot|can't|could not|couldn't) be found|(does not|doesn't) exist( anymore)?|
        (is not|isn't|no longer) available|unavailable|moved or deleted)
    (we )?(can't|cannot|couldn't|could not) find (that|this|the) page|not found
    nothing (was )?found( here)?|resource not found
    (die |diese |der )?(angeforderte |gesuchte )?(seite|artikel|inhalt|datei) (wurde |konnte |
        ist |existiert )?(leider )?nicht (gefunden( werden)?|verfügbar|vorhanden|mehr verfügbar)
    (diese |die )?seite existiert nicht( mehr)?|nicht gefunden
    (cette |la )?page (est )?(non trouvée|introuvable|inexistante|n'existe (pas|plus))
    article introuvable|(la )?página no (fue )?(encontrada|existe|disponible)
    no se (ha )?(encontró|encontrado|pudo encontrar) la página|contenido no encontrado
    (la )?pagina (non (è stata )?trovata|non esiste|inesistente)|contenuto non trovato
    (a )?página (não (foi )?encontrada|não existe|inexistente)|conteúdo não encontrado
    pàgina no trobada|(deze )?pagina (is )?niet gevonden|deze pagina bestaat niet
    artikel niet gevonden|sidan (kunde inte hittas|hittades inte|finns inte|saknas)
    siden (blev ikke fundet|kunne ikke findes|findes ikke|ble ikke funnet|finnes ikke)
    fant ikke siden|sivua ei löyt?dy|sivua ei löytynyt
    (ta )?strona nie (została znaleziona|istnieje)|nie znaleziono strony|strony nie znaleziono
    stránka (nenalezena|nebyla nalezena|neexistuje|sa nenašla|nebola nájdená)
    (az |a )?(keresett )?oldal nem található|pagina nu (a fost găsită|există)
    stranica (nije pronađena|ne postoji)|sayfa bulunamadı|aradığınız sayfa bulunamadı
    η σελίδα δεν (βρέθηκε|υπάρχει)|(такая )?страница не (найдена|существует)
    сторінк[ау] не (знайдено|існує)|страницата не (е намерена|съществува)|страница није пронађена
    الصفحة غير موجودة|הדף לא נמצא|העמוד לא נמצא|صفحه (مورد نظر )?(پیدا|یافت) نشد|पृष्ठ नहीं मिला
    (お探しの)?(ページ|記事)[がは]見つかりません(でした)?
    (您访问的)?(页面|頁面|网页|網頁|文章)(未找到|不存在|找不到)|找不到(页面|頁面|网页|網頁)
    페이지를 찾을 수 없(습니다|음)|không tìm thấy trang|trang không tồn tại
    halaman tidak ditemukan|ไม่พบหน้า(ที่คุณต้องการ)?
    """
)
_PARTS["<no page>"] = r"(<number>|(<number>\W{1,4})?<lost>(\W{1,4}<number>\)?)?)"
for _name in ("<number>", "<lost>"):
    _PARTS["<no page>"] = _PARTS["<no page>"].replace(_name, _PARTS[_name])

LOST_TITLE = _any_of("<oops><no page><end>")
"""Title or heading of a page that says it is not there; all of it, to its end."""

LOST_NUMBER = _any_of("<number><end>")
"""Such a title that gives the number only, which may be a name: a poem's, a blog's."""

# Whole titles and headings, or what stands between `|` and dashes in them.
TITLES: dict[Reason, re.Pattern[str]] = {
    "challenge": _any_of(
        r"""
        just a moment|one moment,? please|(nur )?einen moment(,? bitte)?|un momento(,? por favor)?
        un instant|um momento|een moment geduld|even geduld|один момент|ett ögonblick|et øjeblik
        chwileczkę|bir dakika lütfen|请稍候|請稍候|しばらくお待ちください|잠시만 기다려 주세요
        please wait|attention required! \| cloudflare|ddos-guard|checking your browser
        browser check|are you (a robot|human)|(ro)?bot (check|verification)|(re)?captcha
        human verification|security (check|verification)|verif(y|ying) you are (a )?human
        access to this page has been denied|pardon our interruption|making sure you're not a bot
        ensuring (the security of )?your connection is secure|vercel security checkpoint
        radware (bot manager )?captcha( page)?|client challenge|challenge validation
        you are being redirected|sicherheits(überprüfung|abfrage)|vérification de sécurité
        вы не робот|ой|проверка браузера|百度安全验证|安全验证|人机验证
        """
    ),
    "blocked": _any_of(
        r"""
        access (is )?(denied|restricted|forbidden|blocked)|(error )?403( -| error)? forbidden
        forbidden|request rejected|sucuri website firewall( - access denied)?
        (you have been|your access has been) blocked|(http )?451.{0,60}
        unavailable for legal reasons|unavailable (due to|for) legal reasons|zugriff verweigert
        accès (refusé|interdit)|acceso denegado|accesso negato|acesso negado|toegang geweigerd
        odmowa dostępu|доступ (запрещ[её]н|ограничен)|アクセスが拒否されました|访问被拒绝
        """
    ),
    "login_wall": _any_of(
        r"""
        (please )?(log|sign)[ -]?in( (to continue|or (register|sign up|create an account)))?
        login (page|required)|einloggen|anmelde(n|ung)|connexion|se connecter|inicia(r)? sesión
        accedi|entrar|inloggen|aanmelden|logga in|log ind|logg inn|zaloguj się|logowanie|вход
        войти|авторизация|увійти|přihlášení|bejelentkezés|giriş yap|ログイン|登录|登入|로그인
        subscri(be|ption) (required|to (read|continue( reading)?))
        """
    ),
    "consent_wall": _any_of(
        r"""
        before you continue.{0,30}|bevor sie (fortfahren|weiter).{0,30}|avant de continuer.{0,30}
        antes de (continuar|ir a).{0,30}|prima di continuare.{0,30}|voordat (je|u) verder.{0,30}
        antes de continuar.{0,30}|zanim przejdziesz.{0,30}|innan du fortsätter.{0,30}
        yahoo (is part of|ist teil|fait partie|es parte|fa parte|maakt deel).{0,60}
        (cookie|privacy)[ -]?(consent|wall|gate|settings|einstellungen)|dpg media privacy gate
        we (value|care about|respect) your privacy|your privacy( choices)?
        (wir (schätzen|respektieren) )?ihre privatsphäre.{0,30}|(cookie-)?zustimmung|einwilligung
        privatsphäre-einstellungen|willkommen bei .{2,30}|cookies? auf .{2,30}
        nous respectons votre vie privée|vos choix.{0,40}|valoramos (tu|su) privacidad
        privacy-instellingen|cookies? toestaan
        """
    ),
    "soft_404": _any_of(
        r"""
        apache2? .{0,20}default page.{0,20}|(test page for .{0,20})?welcome to nginx
        account suspended|(this )?domain (is )?(parked|for sale|parking)|domain (name )?for sale
        \S+\.[a-z]{2,} is (for sale|parked|available for purchase).{0,60}|index of /.{0,60}
        iis windows server|future home of .{0,40}
        """
    ),
}

# Sentences that such pages consist of, each from its first word: an article that quotes one of
# them begins otherwise. `<end>` where articles begin like that too.
NOTICES: dict[Reason, re.Pattern[str]] = {
    "challenge": _any_of(
        r"""
        (please )?(verify|confirm|prove) (that )?you( are|'re) (a |not a )?(human|(ro)?bot|
            real person)
        verifying (that )?you are (a )?human|i( a|')m (not a robot|human)<end>
        are you a (robot|human|bot)<end>|checking (if the site connection is secure|your browser)
        (please )?press (&|and) hold( the button)?( (to confirm|until) .{0,60})?<end>
        (please )?(complete|solve) (the|this|a) (captcha|security check|action below)
        please stand by, while we are checking|this process is automatic
        your browser will redirect to your requested|to continue, please (click the box|verify)
        (we have|we've|our systems have) detected unusual|making sure you're not a bot
        (\S+\.\S+ )?needs to review the security of your connection
        (please )?wait while (we|your request) (verif|check|is being verified)|one more step<end>
        pardon our interruption<end>|as you were browsing,? something about your browser
        request unsuccessful\. incapsula|incapsula incident id|ddos protection by .{0,40}<end>
        to regain access, please make sure|why do i have to complete a captcha
        access to this page has been denied because we believe you are using automation
        you are seeing this because the administrator of this website has set up anubis
        (bitte )?bestätigen sie, dass sie (ein mensch|kein)|ich bin kein roboter<end>
        (ihr|der) browser wird (geprüft|überprüft)
        (veuillez )?(vérifie|confirme)[rz] que vous (êtes|n'êtes pas) (un )?(être )?(humain|robot)
        je ne suis pas un robot<end>|no soy un robot<end>|não sou um robô<end>
        (verifi(que|ca)|confirm[ae]) que (você |usted )?(es|eres|é|no eres) (un )?(humano|robot)
        non sono un robot<end>|verifica di essere umano|ik ben geen robot<end>
        nie jestem robotem<end>|я не робот<end>|подтвердите, что (вы|запросы)
        проверка браузера<end>|请完成(安全)?验证|(请)?确认您是真人|请进行人机验证
        私はロボットではありません<end>|ロボットではないことを|로봇이 아닙니다<end>
        """
    ),
    "blocked": _any_of(
        r"""
        (error )?(403 )?(access (is )?(denied|forbidden)|forbidden|zugriff verweigert|
            accès (refusé|interdit)|acceso denegado|accesso negato|acesso negado|
            toegang geweigerd|доступ (запрещ[её]н|ограничен)|访问被拒绝|
            アクセスが拒否されました)<end>
        you (don't|do not) have permission to access
        (your )?access to this (page|site|resource|website|service) (has been|is|was) (denied|
            blocked|restricted|forbidden|limited)
        sorry, you have been blocked|you are unable to access|why have i been blocked
        (we('re| are) sorry,? (but )?)?(this |the )?(content|video|page|web ?site|site|article|
            service)( you requested)? (is|are) (currently )?(not |un)available (in|from|
            to (users|readers|visitors) in) (your|the european|most european)\b
        (not|un)available (in your (region|country|location)|(due to|for) legal reasons)
        we recogni[sz]e (that )?you are attempting to access this (web)?site from
        our european visitors are important to us|the requested url was rejected
        your (ip|ip address|request|access) (\S{3,40} )?(has been|was|is) (blocked|banned|denied|
            limited)
        this website is using a security service to protect itself
        (dieser|dieses|diese) (inhalt|video|seite|website) ist in (ihrem|deinem) (land|
            region) nicht verfügbar
        ce(tte)? (contenu|vidéo|site) n'est pas disponible dans votre (pays|région)
        este (contenido|sitio) no está disponible en (su|tu) (país|región)
        """
    ),
    "soft_404": _any_of(
        r"""
        <oops>(<number>|(<number>\W{1,4})?<lost>)<end>
        ((we are|we're|i am|i'm) )?(sorry|oops)?,? ?(but )?(the|this) (page|article|url|content|
            link) (that )?you('re| are| were|'ve| have)? (request|look|try|tried|follow|
            want).{0,60}(\bnot?\b|n't|moved|removed|deleted|unavailable|gone)
        (it )?(looks|seems) like (nothing was found|(this|the|that) page .{0,40}(exist|found|gone|
            moved|missing|removed)|you('ve| have) (followed|found|reached|hit) a)
        (sorry,? )?we (couldn't|can't|could not|cannot) find (the|that|this) page
        the requested (url|page|resource) .{0,60}(not found|does not exist)
        (leider )?(konnte|existiert|wurde) die (gewünschte|angeforderte|von ihnen) .{0,60}\bnicht\b
        (die|diese) (von ihnen )?(gewünschte|aufgerufene|angeforderte|gesuchte) seite .{0,60}\b
            nicht\b
        la page que vous (cherchez|recherchez|demandez|avez demandée)
        la página que (busca|buscas|está buscando|solicit)
        la pagina (che (cerchi|stai cercando)|richiesta) non|a página que você
        запрашиваемая (вами )?страница не
        (this|the) domain (name )?(\S+ )?(is|may be|has been|was) (for sale|available for|parked)
        buy this domain|\S+\.[a-z]{2,12} is (for sale|parked)( by .{0,30})?<end>
        diese domain (steht zum|ist zu|kaufen)|interested in (buying )?this domain
        the owner of this domain has|inquire about this domain
        this account has been suspended<end>|if you see this page, the (nginx|apache)
        this is the default (welcome |web )?page
        """
    ),
    "login_wall": _any_of(
        r"""
        (please |you (must|need to) )?((log|sign) ?in or )?(log ?in|sign ?in|sign ?up|register|
            subscribe|create (a |an )?(free )?account)( now| for free| today)? (to|for|and) (
            continue|keep|read|view|access|unlock|see|get|enjoy|full|unlimited)\b
        you (must|need to|have to) (be (logged|signed) in|be a (subscriber|member)<end>)
        this (article|content|story|page|post) is (only )?(available )?(exclusively )?(for|to|
            reserved for|exclusive to|restricted to|locked for) (our )?(paying |paid |registered |
            premium )?(subscribers|members|registered users)
        already (a |have )?(subscriber|member|an account|a subscription|subscribed|registered)
        to (continue|keep) reading
        you('ve| have) (reached|read|used|hit) (your|all|the) .{0,40}(limit|articles|stories)
        start your (free )?(trial|subscription)|subscribers? only<end>
        become a (paid )?(member|subscriber)( today| now)?<end>
        get (full|unlimited) (digital )?access( to (all|our|this|every) .{0,60})?<end>
        (bitte |jetzt )?((melden|loggen) sie sich (bitte |jetzt )?(an|ein)|anmelden|einloggen|
            abonnieren)(,? um .{0,80})?<end>
        dieser (artikel|inhalt|text|beitrag) (ist|steht) .{0,30}(abonnent|\babo\b|kunden\b|
            registrierte)
        weiterlesen mit|(jetzt )?weiterlesen<end>|sie haben (bereits|schon) ein abo
        lesen sie (diesen artikel|weiter) mit
        (cet article|la suite de cet article|ce contenu) est réservée? (à|aux)|déjà abonné
        abonnez-vous (pour|et|dès|à partir)|il vous reste .{1,20} de cet article
        (connectez|identifiez)-vous pour|suscr[ií]bete (para|y) (seguir|leer|continuar|accede)
        contenido exclusivo para|inicia sesión para|¿?ya (eres|soy) suscriptor
        abbonati per (continuare|leggere)|(contenuto|articolo) riservato|accedi per (cont|legg)
        (sei )?già abbonato|assine (para|e) (cont|ler|ter)|conteúdo exclusivo para|já é assinante
        faça login para|log in om|dit artikel is (alleen|exclusief)|word abonnee|al abonnee
        zaloguj się,? (aby|żeby|i)|artykuł (jest )?dostępny (tylko )?dla|logga in för att
        logg? in[dn] for at|(artikeln|artiklen|artikkelen) är? (kun )?för
        (войдите|авторизуйтесь|зарегистрируйтесь),? (чтобы|или)|(этот )?материал доступен
        この記事は(有料|会員)|続きを(読む|お読み|ご覧)|ログインして|登录后(查看|阅读|继续)
        本文为会员|로그인 (후|하)
        """
    ),
    "consent_wall": _any_of(
        r"""
        before you continue( (to|reading) ?.{0,30})?<end>|bevor sie (fortfahren|weiterlesen)<end>
        bevor sie zu .{1,30} weitergehen<end>|avant de continuer( (sur|vers) .{1,30})?<end>
        antes de (continuar|ir)( (a|para) .{1,30})?<end>|prima di continuare( su .{1,30})?<end>
        voordat (je|u) (verdergaat|doorgaat)( naar .{1,30})?<end>
        yahoo (is part of the|ist teil der|fait partie|es parte|fa parte)
        we(,| and)( our)? (\d+ )?.{0,20}(partners|vendors)|we (use|store|set) .{0,40}\bcookies
        we (value|care about|respect) your (privacy|data)|we need your consent
        wir (verwenden|nutzen|setzen) .{0,40}(cookies|technologien)
        wir und (unsere|bis zu) .{0,30}partner|wir (benötigen ihre|brauchen ihre) (zu|ein)
        wir (schätzen|respektieren) ihre privatsphäre|nous et nos .{0,20}partenaires
        nous utilisons .{0,40}cookies|nous respectons votre vie privée
        this (web)?site uses cookies|diese (web)?s(eite|ite) (verwendet|nutzt|benutzt) cookies
        (by (clicking|continuing)|if you click) .{0,60}(accept|agree|cookies)
        (i )?(accept|agree|reject)( all)?( cookies)?( and (continue|close))?<end>
        (please )?accept (our )?cookies( to .{0,40})?<end>
        (alle[ns]?|nur notwendige)( cookies)? (akzeptieren|ablehnen|annehmen)<end>
        (akzeptieren|zustimmen|ablehnen|zustimmen und weiter|akzeptieren und weiter)<end>
        (tout )?(accepter|refuser)<end>|(aceptar|rechazar)( todo)?<end>
        (accetta|rifiuta)( tutto)?<end>
        (manage|cookie|privacy) (options|settings|preferences|policy)<end>
        your privacy( choices)?<end>|einstellungen verwalten<end>
        este sitio (web )?utiliza cookies|questo sito utilizza (i )?cookie
        deze (web)?site gebruikt cookies|mit werbung (und cookies )?weiter
        um .{0,60}(benötigen|brauchen) wir ihre (zustimmung|einwilligung)
        """
    ),
    "javascript_wall": _any_of(
        r"""
        (please |you (need to|must|have to|should) )?(enable|turn on|activate|allow) (your )?(<js>|
            js\b)
        (please |you (need to|must|have to) )(enable|turn on|allow) cookies
        (we're|we are) sorry,? but .{1,60} without <js>
        <js> (is|must be|needs to be|has been|seems to be|appears to be|
            support is) (currently )?(disabled|required|not (enabled|available|supported|activated)|
            enabled|turned (on|off)|off\b)
        (this|the|our) (page|web ?page|site|web ?site|app|application|form|content|feature|
            video) (requires|needs) <js>
        (your|this) browser (does not|doesn't) (support|have) <js>
        to (view|continue|use|see|run|read|access) .{0,60}(enabl|activat|turn on|allow|need|
            requir).{0,20}<js>
        it (looks|seems|appears) (like |that )?(you have |your browser has )?<js>.{0,20}(disabled|
            off|not|blocked)
        <js> (disabled|required|not available)<end>
        (bitte )?(aktivieren sie|aktiviere|schalten sie|erlauben sie) (bitte )?<js>
        <js> (ist|muss|wurde|scheint) (in ihrem browser |in deinem browser )?(deaktiviert|
            aktiviert|ausgeschaltet|nicht (aktiv|verfügbar|eingeschaltet))
        diese (seite|website|anwendung|app|webseite) (benötigt|erfordert|braucht) <js>
        (um|für) .{1,80}<js>.{0,40}(aktivier|benötig|einschalt|erforderlich)
        (veuillez |merci d'|merci de |vous devez )activer (le )?<js>
        (ce site|cette (page|application)) (nécessite|requiert) <js>
        <js> (est|doit être) (désactivé|activé)
        (por favor,? )?(active|activa|habilite|habilita|ative) (el |o )?<js>
        (este sitio|esta página) (requiere|necesita) <js>|es necesari[oa] .{0,20}<js>
        <js> está des\w+|é necessário .{0,20}<js>|<js> è disabilitato
        (per favore,? )?(abilita|attiva|abilitare|attivare) <js>
        (schakel|zet|activeer) <js>|<js> is uitgeschakeld
        (proszę )?(włącz|włączyć) (obsługę )?<js>|<js> jest wyłączon\w
        (пожалуйста,? )?включите (поддержку )?<js>
        (в вашем браузере |у вас )(отключ[её]н|выключен) <js>|<js> (отключ[её]н|выключен)
        для .{1,60}(необходим|нужн|требу|включ).{0,20}<js>
        (lütfen )?(tarayıcınızda )?<js>\S{0,4} (etkinleştir|aç)
        (vänligen |du måste )?(aktivera|aktiver|slå på) <js>
        (この|当|本|お使い|ご利用|ブラウザ).{0,40}<js>.{0,10}(有効|オン|必要)|<js>を有効
        请(启用|开启|打开).{0,8}<js>|您的浏览器.{0,12}<js>|<js>.{0,4}(활성화|사용)
        """
    ),
}

# Small print of such pages, which is neither for nor against.
SMALL_PRINT = _any_of(
    r"""
    ray id|reference (#|id|no)
    (support|incident|request|event|error|client|block|session|cloudfront)[ -](id|code|reference)
    performance (&|and) security by|protected by|powered by|your ip\b|ip (address)?:
    (error|code|id|url|host|time|date)\W{0,3}:? ?[\w.:/-]*$|copyright|©|all rights reserved
    (terms|privacy|imprint|impressum|datenschutz|contact|help|support|home|menu|loading|ok|close|
        back|cancel|continue|weiter|zurück|submit|retry|reload|refresh|learn more|more info\w*|
        click here)\b.{0,20}$
    (go )?(back )?to (the )?(home|start)\s?page|(zur|zurück zur) startseite|retour à l'accueil
    volver al? inicio|back to home|главная|на главную|#?[0-9a-f.:-]{6,}$|https?://|\W*$
    """
)

# What a page of consent settings speaks of.
CONSENT_WORDS = _any_of(
    r"""
    cookie|consent|partner|privacy|personal data|accept all|reject all|zustimm|einwillig
    datenschutz|akzeptieren|ablehnen|personenbezogen|accepter|refuser|données personnelles
    confidentialité|aceptar|rechazar|privacidad|accett|rifiut|aceitar|rejeitar|accepteren|weigeren
    toestemming|zaakceptuj|odrzuć|godkänn|samtyck|tracking|vendors|advertising|werbung|同意
    クッキー
    """
)

# What a form to log in consists of.
LOGIN_WORDS = _any_of(
    r"""
    forg[eo]t(ten)? (your )?password|reset (your )?password|remember me|keep me (logged|signed) in
    e-?mail( ?address|adresse)?|user ?name|password|(log|sign)[ -]?(in|up|on)|register
    create (an )?account|don't have an account|new here|continue with \w+|\bor\b|\bwith\b
    passwort( vergessen)?|benutzername|angemeldet bleiben|anmelden|einloggen|registrieren
    mot de passe( oublié)?|identifiant|se connecter|connexion|s'inscrire|adresse|contraseña
    usuario|olvidaste (tu|su)|iniciar sesión|registrarse|correo electrónico|recuérdame|nome utente
    accedi|registrati|dimenticata|senha|entrar|esqueceu|wachtwoord( vergeten)?|inloggen|hasło
    zaloguj się|login|парол[ья]|забыли|войти|логин|регистрация|lösenord|パスワード|ログイン|密码
    登录
    """
)
