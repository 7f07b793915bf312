"""Names and markers by which pages that are no articles are known.

Written down from what bot filters, consent managers and domain markets send out (2026-11).
"""

from __future__ import annotations

from feedlake.transforms.blocked_pages.blocked_page_words import Reason

# Header fields and what their value begins with on such a page, and on no other: that a site uses
# DataDome, Imperva, Akamai or Sucuri shows on its good pages as well.
HEADERS: tuple[tuple[str, str, Reason, str], ...] = (
    ("cf-mitigated", "challenge", "challenge", "Cloudflare"),
    ("x-amzn-waf-action", "challenge", "challenge", "AWS WAF"),
    ("x-amzn-waf-action", "captcha", "challenge", "AWS WAF"),
    ("x-vercel-mitigated", "challenge", "challenge", "Vercel"),
    ("x-vercel-mitigated", "deny", "blocked", "Vercel"),
    ("x-sucuri-block", "", "blocked", "Sucuri"),
)

# What stands in the tags and scripts of such a page and on no other page of the same site. Not
# here, since articles load them too: Cloudflare's `__CF$cv$params` and `…/scripts/jsd/main.js`,
# `_pxAppId`, `js.datadome.co`, `/_Incapsula_Resource?SWJ…`, `/akam/`, `…awswaf.com/challenge.js`,
# and the scripts of hCaptcha, reCAPTCHA and Turnstile.
MARKERS: tuple[tuple[str, Reason, str], ...] = (
    ("_cf_chl_opt", "challenge", "Cloudflare"),
    ("__cf_chl_captcha_tk__", "challenge", "Cloudflare"),
    ("__cf_chl_jschl_tk__", "challenge", "Cloudflare"),
    ("__cf_chl_managed_tk__", "challenge", "Cloudflare"),
    ("__cf_chl_f_tk", "challenge", "Cloudflare"),
    ("jschl_vc", "challenge", "Cloudflare"),
    ("cf-browser-verification", "challenge", "Cloudflare"),
    ("/orchestrate/chl_page/", "challenge", "Cloudflare"),
    ("cf-error-details", "blocked", "Cloudflare"),
    ("sec-if-cpt-container", "challenge", "Akamai"),
    ("/_sec/cp_challenge/", "challenge", "Akamai"),
    ("/_sec/verify?provider=", "challenge", "Akamai"),
    ('id="px-captcha"', "challenge", "HUMAN"),
    ("id='px-captcha'", "challenge", "HUMAN"),
    ("captcha.px-cdn.net", "challenge", "HUMAN"),
    ("captcha.px-cloud.net", "challenge", "HUMAN"),
    ("captcha.perimeterx.net", "challenge", "HUMAN"),
    ("geo.captcha-delivery.com", "challenge", "DataDome"),
    ("ct.captcha-delivery.com", "challenge", "DataDome"),
    ("/_Incapsula_Resource?SWUDNSAI", "challenge", "Imperva"),
    ("/_Incapsula_Resource?CWUDNSAI", "challenge", "Imperva"),
    ("distil_r_captcha", "challenge", "Imperva"),
    ("window.gokuProps", "challenge", "AWS WAF"),
    ("sucuri_cloudproxy_js", "challenge", "Sucuri"),
    ("cdn.sucuri.net/sucuri-firewall-block", "blocked", "Sucuri"),
    ("/.well-known/ddos-guard/js-challenge", "challenge", "DDoS-Guard"),
    ("check.ddos-guard.net/set/", "challenge", "DDoS-Guard"),
    ('id="anubis_challenge"', "challenge", "Anubis"),
    ("/x/cmd/anubis/api/pass-challenge", "challenge", "Anubis"),
    ("validate.perfdrive.com", "challenge", "Radware"),
    ("window.bobcmn", "challenge", "F5"),
    ("/checkcaptcha?key=", "challenge", "Yandex"),
    ('action="/errors/validateCaptcha"', "challenge", "Amazon"),
    ('class="con-wizard"', "consent_wall", "Yahoo"),
    ("consent.youtube.com/save", "consent_wall", "Google"),
    ("consent.google.com/save", "consent_wall", "Google"),
    ("img.sedoparking.com", "soft_404", "the domain market Sedo"),
    ("js.parkingcrew.net", "soft_404", "the domain market ParkingCrew"),
    ('href="/lander"', "soft_404", "the domain market GoDaddy"),
)

# Where redirects lead: the first part of a host name, or a part of the path without extension.
HOSTS: dict[Reason, frozenset[str]] = {
    "consent_wall": frozenset("consent guce cookie-consent cookieconsent".split()),
    "login_wall": frozenset(
        "account accounts auth idp login logon myaccount oauth passport signin sso".split()
    ),
}
SERVICES: dict[str, Reason] = {
    "captcha-delivery.com": "challenge",
    "perfdrive.com": "challenge",
    "afternic.com": "soft_404",
    "buydomains.com": "soft_404",
    "dan.com": "soft_404",
    "hugedomains.com": "soft_404",
    "sedo.com": "soft_404",
}
PATHS: dict[Reason, frozenset[str]] = {
    "consent_wall": frozenset(
        "collectconsent consent cookie-consent cookie-wall cookie_consent cookieconsent cookiewall "
        "privacy-gate privacywall zustimmung".split()
    ),
    "challenge": frozenset(
        "botcheck captcha challenge human-verification recaptcha showcaptcha sorry "
        "validatecaptcha verify-human".split()
    ),
    "login_wall": frozenset(
        "abo abonnement abonnieren anmelden anmeldung authorize connexion inloggen log-in login "
        "logon oauth oauth2 paywall register registration saml sign-in sign_in signin sso "
        "subscribe subscription wp-login".split()
    ),
}
LOST_PATHS = frozenset(
    "404 404error 404page error error-404 error-page error404 error_page errorpage fehler "
    "not-found not_found notfound page-not-found page404 page_not_found pagenotfound".split()
)
LOST_FOLDERS = frozenset("common content error errors home pages public site static".split())
