"""Where connections lead: on loopback, with names that mean what the test says."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Sequence
from ipaddress import ip_network
from pathlib import Path

import pytest
from internet import Internet, Reply, Request, Site
from one_hop import fail, options, send, send_all, send_well

from feedlake.transforms.crawl.addresses import AddressRule
from feedlake.transforms.crawl.connections import ForbiddenAddressError, look_up
from feedlake.transforms.crawl.http_client import (
    HttpClient,
    HttpFailure,
    Response,
)


@pytest.fixture(scope="module")
def internet() -> Iterator[Internet]:
    with Internet() as internet:
        yield internet


@pytest.fixture
def site(internet: Internet) -> Site:
    return internet.add_site()


FORBIDDEN = """
    127.0.0.1 127.0.0.1. 127.1 127.0.1 2130706433 0x7f000001 0x7f.1 0177.0.0.1 017700000001
    127.0.0.0x1 %31%32%37.0.0.1 127%2e0%2e0%2e1 １２７.０.０.１ 127。0。0。1 127．0．0．1 ①②⑦.0.0.1
    [::1] [0:0:0:0:0:0:0:1] [::ffff:127.0.0.1] [::ffff:7f00:1] [::127.0.0.1] [64:ff9b::7f00:1]
    [2002:7f00:1::] [fe80::1] [fe80::1%25lo] [fe80::1%lo] [::1%25lo] [::1%lo] [::] 0.0.0.0 0 0x0
    10.0.0.1 192.168.1.1 169.254.169.254 100.64.0.1 255.255.255.255 224.0.0.1 [ff02::1]
    example.org@127.0.0.1 example.org:80@127.0.0.1 example.org%40x@127.0.0.1 a@b@127.0.0.1
    127.0.0.\u200b1 127.0.0\u00ad.1
""".split()


@pytest.mark.parametrize("host", FORBIDDEN)
def test_forbidden_address_is_never_connected_to(internet, host):
    before = len(internet.connections)

    for url in (f"http://{host}:{internet.port}/", f"http:\\\\{host}:{internet.port}\\"):
        assert fail(internet, url, allow_networks=()) == ("forbidden_address", False)
    assert len(internet.connections) == before
    assert host not in internet.resolved


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "０127.0.0.1"[1:]])
def test_allowed_literal_address_is_connected_to(internet, host):
    assert send_well(internet, f"http://{host}:{internet.port}/robots.txt").status == 404


@pytest.mark.parametrize(
    "url",
    [
        "",
        "news.test",
        "/relative",
        "//news.test/",
        "ftp://news.test/",
        "file:///etc/passwd",
        "gopher://127.0.0.1:70/",
        "javascript:alert(1)",
        "data:text/html,x",
        "http://",
        "http:///",
        "http://?x",
        "http://:80/",
        "http://user:secret@/",
        "http://user:sec/ret@news.test/",
        "http://news.test:0/",
        "http://news.test:65536/",
        "http://news.test:-1/",
        "http://news.test:8o/",
        "http://news.test:80:80/",
        "http://a..b/",
        "http://.../",
        "http://a b.test/",
        "http://a%2fb.test/",
        "http://a%00b.test/",
        "http://[::1/",
        "http://[zz]/",
        "http://1.2.3.4.5/",
        "http://256.1.1.1/",
        f"http://{'a' * 64}.test/",
        f"http://{'a.' * 200}test/",
        "http://%ff/",
    ],
)
def test_what_is_no_web_address_is_refused(internet, url):
    before = len(internet.connections), len(internet.resolved)

    assert fail(internet, url) == ("bad_url", False)
    assert (len(internet.connections), len(internet.resolved)) == before


def test_public_address_in_an_odd_notation_is_no_address(internet):
    assert fail(internet, "http://134744072/") == ("bad_url", False)


@pytest.mark.parametrize(
    "addresses",
    [["127.0.0.1"], ["::1"], ["::ffff:127.0.0.1"], ["10.0.0.1", "127.0.0.1", "fe80::1%lo"]],
)
def test_name_of_forbidden_addresses_is_never_connected_to(internet, addresses):
    internet.names["inside.test"] = addresses
    before = len(internet.connections)

    url = f"http://inside.test:{internet.port}/"
    assert fail(internet, url, allow_networks=()) == ("forbidden_address", False)
    assert len(internet.connections) == before


def test_localhost_is_forbidden_as_the_system_knows_it(internet):
    before = len(internet.connections)

    url = f"http://localhost:{internet.port}/"
    assert fail(internet, url, resolve=look_up, allow_networks=())[0] == "forbidden_address"
    assert len(internet.connections) == before
    assert send_well(internet, url, resolve=look_up).status == 404


def test_only_allowed_addresses_of_a_name_are_tried(internet):
    internet.names["mixed.test"] = ["127.1.0.251", "127.2.0.1", "127.1.0.252"]
    before = len(internet.connections)

    send_well(
        internet,
        f"http://mixed.test:{internet.port}/robots.txt",
        allow_networks=(ip_network("127.2.0.0/16"),),
    )
    assert internet.connections[before:] == ["127.2.0.1"]


def test_second_address_is_tried_when_the_first_refuses(internet):
    found = ["127.1.0.251", "127.1.0.252"]
    with socket.socket() as listener:
        listener.bind((found[1], 0))
        listener.listen()
        port = listener.getsockname()[1]
        thread = threading.Thread(target=_answer_once, args=(listener,))
        thread.start()
        answer = send(internet, f"http://two.test:{port}/", resolve=lambda _: found)
        thread.join()
    assert isinstance(answer, Response)


def _answer_once(listener: socket.socket) -> None:
    with listener.accept()[0] as connection:
        connection.recv(1 << 16)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")


def test_name_that_moves_to_a_forbidden_address_is_refused_from_then_on(internet, site):
    answers = [[site.address], ["127.2.0.9"]]  # 127.1.0.0/16 plays the public internet.
    url = site.add("/", Reply(b"ok", close=True))
    allowed = (ip_network("127.1.0.0/16"),)
    before = len(internet.connections)

    def rebind(name: str) -> list[str]:
        return answers.pop(0)

    assert send_well(internet, url, resolve=rebind, allow_networks=allowed).body == b"ok"
    assert fail(internet, url, resolve=rebind, allow_networks=allowed)[0] == "forbidden_address"
    assert internet.connections[before:] == [site.address]


def test_address_is_judged_again_when_it_is_connected_to(internet, site, monkeypatch):
    judged = []

    def refuse_second(self: AddressRule, ip: str) -> str | None:
        judged.append(ip)
        return f"{ip} is bad" if len(judged) > 1 else None

    monkeypatch.setattr(AddressRule, "refuses", refuse_second)
    before = len(internet.connections)

    assert fail(internet, site.url()) == ("forbidden_address", False)
    assert judged == [site.address] * 2
    assert len(internet.connections) == before


def test_remembered_address_is_judged_for_each_connection(internet, site, monkeypatch):
    url = site.add("/", Reply(b"ok", close=True))
    judged = []
    rule = AddressRule.refuses
    monkeypatch.setattr(AddressRule, "refuses", lambda s, ip: judged.append(ip) or rule(s, ip))
    asked = len(internet.resolved)

    send_all(internet, url, url, url)
    assert len(internet.resolved) == asked + 1
    assert len(judged) == 4


def test_what_a_name_resolves_to_must_be_an_address(internet):
    assert fail(internet, "http://odd.test/", resolve=lambda _: ["localhost"])[0] == (
        "forbidden_address"
    )


def raising(error: Exception) -> Callable[[str], Sequence[str]]:
    def resolve(name: str) -> Sequence[str]:
        raise error

    return resolve


@pytest.mark.parametrize(
    ("error", "is_transient"),
    [
        (socket.gaierror(socket.EAI_NONAME, "Name or service not known"), False),
        (socket.gaierror(socket.EAI_FAIL, "Non-recoverable failure"), False),
        (socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution"), True),
        (OSError("network is down"), True),
    ],
)
def test_failed_look_up_says_whether_it_may_succeed_later(internet, error, is_transient):
    assert fail(internet, "http://no.test/", resolve=raising(error)) == ("dns", is_transient)


def test_name_without_addresses_is_unknown(internet):
    assert fail(internet, "http://no.test/", resolve=lambda _: []) == ("dns", False)


def test_our_own_bug_rises(internet):
    with pytest.raises(ZeroDivisionError):
        send(internet, "http://no.test/", resolve=raising(ZeroDivisionError()))


def test_dead_name_servers_hold_up_nobody_else(internet, site):
    is_over = threading.Event()

    def resolve(name: str) -> Sequence[str]:
        if name.startswith("dead"):
            is_over.wait(30)
            return []
        return internet.resolve(name)

    async def work() -> list[Response | HttpFailure]:
        async with HttpClient(options(in_flight=6, connect_s=1), resolve=resolve) as client:
            dead = [client.send(f"http://dead-{number}.test/") for number in range(5)]
            tasks = [asyncio.create_task(request) for request in dead]
            alive = [await client.send(site.url(f"/{number}")) for number in range(20)]
            assert not any(task.done() for task in tasks)
            return [*alive, *await asyncio.gather(*tasks)]

    answers = asyncio.run(work())
    is_over.set()
    assert [type(answer) for answer in answers] == [Response] * 20 + [HttpFailure] * 5
    assert answers[-1] == HttpFailure(
        "timeout", detail="no connection within 1 s", is_transient=True
    )


def test_refused_connection_is_transient(internet):
    url = f"http://127.0.0.1:{internet.closed_port}/"

    assert send(internet, url) == HttpFailure(
        "connect", detail="Connection refused", is_transient=True
    )


@pytest.mark.parametrize("reply", [Reply(drop=True), Reply(reset=True)])
def test_connection_closed_without_an_answer_is_asked_once(internet, site, reply):
    url = site.add("/", reply)

    assert fail(internet, url) == ("connect", True)
    assert len(site.requests) == 1


def test_request_on_a_stale_connection_is_left_to_the_caller_to_repeat(internet, site):
    seen: list[int] = []

    def drop_kept_alive(request: Request) -> Reply:
        is_kept_alive = request.connection in seen
        seen.append(request.connection)
        return Reply(drop=True) if is_kept_alive else Reply(b"ok")

    url = site.add("/", drop_kept_alive)

    first, second, third = send_all(internet, url, url, url)
    assert (first.status, third.status) == (200, 200)
    assert second == HttpFailure(
        "connect", detail="connection closed without an answer", is_transient=True, is_stale=True
    )
    assert len(set(seen)) == 2
    assert len(seen) == 3


def test_connection_is_kept_alive(internet, site):
    send_all(internet, *(site.add(f"/{number}", Reply(b"ok")) for number in range(5)))

    assert len({request.connection for request in site.requests}) == 1


def test_connection_of_an_unfinished_answer_is_not_used_again(internet, site):
    long = site.add("/long", Reply(b"a" * 300_000, status=404))

    answers = send_all(internet, long, site.add("/next", Reply(b"ok")))
    assert [answer.body for answer in answers] == [b"a" * 65_536, b"ok"]
    assert len({request.connection for request in site.requests}) == 2


def test_many_sockets_are_not_left_open(internet, monkeypatch):
    monkeypatch.setattr("feedlake.transforms.crawl.connections._MAX_OPEN_SOCKETS", 5)
    sites = [internet.add_site() for _ in range(20)]

    send_all(internet, *(site.url("/robots.txt") for site in sites), in_flight=1)
    closed = [site.requests[0].headers.get("connection") == "close" for site in sites]
    assert closed == [False] * 6 + [True] * 14


def test_system_look_up_knows_names_that_no_server_could_know():
    with pytest.raises(socket.gaierror):
        look_up("a" * 70 + ".test")
    assert "127.0.0.1" in look_up("127.0.0.1")


def test_refusal_is_an_error_of_the_connection():
    assert issubclass(ForbiddenAddressError, OSError)


def test_server_without_tls_is_a_tls_failure(internet):
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        thread = threading.Thread(target=_answer_once, args=(listener,))
        thread.start()
        outcome = fail(internet, f"https://127.0.0.1:{listener.getsockname()[1]}/")
        thread.join()

    assert outcome == ("tls", True)


@pytest.fixture
def secure(certificate: Path) -> Iterator[Internet]:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    with Internet(tls=tls) as secure:
        secure.add_site("secure.test").fallback = Reply(b"ok")
        secure.names["other.test"] = secure.names["secure.test"]
        yield secure


def test_certificate_that_nobody_trusts_is_refused(secure):
    answer = send(secure, f"https://secure.test:{secure.port}/")

    assert answer == HttpFailure("tls", detail="self-signed certificate", is_transient=False)
    assert secure.requests == []


def test_plain_http_where_tls_is_asked_for_is_named():
    with Internet() as plain:
        site = plain.add_site("secure.test")
        with socket.create_server((site.address, 0)) as greeter:
            greeter.settimeout(10)
            port = greeter.getsockname()[1]

            def greet():
                with greeter.accept()[0] as connection:
                    connection.sendall(b"HTTP/1.1 400 ")
                    connection.recv(1 << 16)

            thread = threading.Thread(target=greet)
            thread.start()
            answer = send(plain, f"https://secure.test:{port}/")
            thread.join()

    assert isinstance(answer, HttpFailure)
    assert answer.reason == "tls"
    assert answer.detail == "the port doesn't speak TLS (wrong version number)"


def test_certificate_is_for_one_name(secure, certificate, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))

    assert send_well(secure, f"https://secure.test:{secure.port}/").body == b"ok"
    assert fail(secure, f"https://other.test:{secure.port}/") == ("tls", False)
    assert [request.host for request in secure.requests] == ["secure.test"]
