"""Which addresses may be connected to, in every notation."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedlake.transforms.crawl.addresses import AddressRule, literal_address

CLOSED = """
    0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.1 100.127.255.255 127.0.0.1 127.255.255.254
    169.254.169.254 172.16.0.1 172.31.255.255 192.0.0.1 192.0.0.8 192.0.0.9 192.0.0.170 192.0.2.1
    192.88.99.1 192.168.0.1 198.18.0.1 198.19.255.255 198.51.100.7 203.0.113.9 224.0.0.1
    233.252.0.1 239.255.255.255 240.0.0.1 255.255.255.255
    :: ::1 ::127.0.0.1 ::8.8.8.8 ::ffff:127.0.0.1 ::ffff:7f00:1 ::ffff:10.0.0.1 ::ffff:0.0.0.0
    ::ffff:169.254.169.254 ::ffff:0:127.0.0.1 ::ffff:0:8.8.8.8 64:ff9b::7f00:1 64:ff9b::10.0.0.1
    64:ff9b::8.8.8.8 64:ff9b:1::1 64:ff9b:1:ffff::a00:1 100::1 100:0:0:1::1 2001::1
    2001:0:4136:e378:8000:63bf:3fff:fdd2 2001:2::1 2001:10::1 2001:20::1 2001:db8::1
    2002:7f00:1:: 2002:a00:1::1 2002:c0a8:101::1 2002:a9fe:a9fe::1 2002:e000:1:: 2002::1
    3fff::1 5f00::1 fc00::1 fd00:ec2::254 fe80::1 fe80::1%eth0 fe80::1%25eth0 febf::1 fec0::1
    feff::1 ff02::1 ff0e::1 4000::1 8000::1 1::1 200::1
""".split()
OPEN = """
    1.1.1.1 8.8.8.8 9.255.255.255 11.0.0.1 100.63.255.255 100.128.0.0 126.255.255.255 128.0.0.1
    169.253.255.255 169.255.0.1 172.15.255.255 172.32.0.1 192.0.1.1 192.167.255.255 192.169.0.1
    198.17.255.255 198.20.0.1 223.255.255.255 93.184.216.34
    2606:2800:220:1:248:1893:25c8:1946 2001:4860:4860::8888 2a00:1450:4001:81b::200e
    ::ffff:8.8.8.8 2002:808:808::1 2001:200::1 2400::1
""".split()


@pytest.mark.parametrize("ip", CLOSED)
def test_address_off_the_public_internet_is_refused(ip):
    reason = AddressRule().refuses(ip)

    assert reason is not None
    assert reason.startswith(f"{ip} is not on the public internet (")


@pytest.mark.parametrize("ip", OPEN)
def test_public_address_is_open(ip):
    assert AddressRule().refuses(ip) is None


@pytest.mark.parametrize(
    "text", ["", "localhost", "127.1", "0x7f000001", "2130706433", "127.0.0.1.", "[::1]", "a%b"]
)
def test_what_is_no_address_is_refused(text):
    assert AddressRule().refuses(text) == f"{text!r} is no IP address"


def test_reason_says_what_the_address_is():
    assert AddressRule().refuses("::ffff:127.0.0.1") == (
        "::ffff:127.0.0.1 is not on the public internet (loopback)"
    )


@pytest.mark.parametrize(
    ("allowed", "ip", "is_open"),
    [
        ("127.0.0.0/8", "127.1.2.3", True),
        ("127.0.0.0/8", "::ffff:127.1.2.3", True),
        ("127.0.0.0/8", "2002:7f00:1::", True),
        ("127.0.0.0/8", "::1", False),
        ("127.0.0.0/8", "10.0.0.1", False),
        ("127.0.0.1", "127.0.0.1", True),
        ("127.0.0.1", "127.0.0.2", False),
        ("::1", "::1", True),
        ("::1", "127.0.0.1", False),
        ("fd00::/8", "fd12::1", True),
        ("64:ff9b::/96", "64:ff9b::808:808", True),
        ("::ffff:10.0.0.0/104", "10.1.2.3", True),
        ("::ffff:10.0.0.0/104", "::ffff:10.1.2.3", True),
        ("::ffff:10.0.0.0/104", "11.1.2.3", True),
        ("::ffff:10.0.0.0/104", "127.0.0.1", False),
        ("::ffff:0:0/96", "127.0.0.1", True),
        ("::ffff:0:0/96", "::ffff:10.1.2.3", True),
        ("::ffff:0:0/96", "2002:7f00:1::", True),
        ("::ffff:0:0/96", "::1", False),
        ("0.0.0.0/0", "127.0.0.1", True),
        ("0.0.0.0/0", "::1", False),
        ("::/0", "fe80::1%eth0", True),
    ],
)
def test_allowed_network_opens_its_addresses_only(allowed, ip, is_open):
    rule = AddressRule((ip_network(allowed),))

    assert (rule.refuses(ip) is None) == is_open


def test_public_addresses_stay_open_beside_allowed_ones():
    assert AddressRule((ip_network("10.0.0.0/8"),)).refuses("8.8.8.8") is None


@given(st.ip_addresses())
def test_rule_is_stricter_than_the_standard_library(address):
    if AddressRule().refuses(str(address)) is None:
        mapped = getattr(address, "ipv4_mapped", None)
        assert (mapped or address).is_global
        assert not address.is_multicast


@given(st.ip_addresses(v=4))
def test_mapped_address_is_judged_as_what_it_carries(address):
    mapped = f"::ffff:{address}"

    assert (AddressRule().refuses(mapped) is None) == (AddressRule().refuses(str(address)) is None)


@given(st.ip_addresses())
def test_everything_opens_when_all_networks_are_allowed(address):
    everything = (ip_network("0.0.0.0/0"), ip_network("::/0"))

    assert AddressRule(everything).refuses(str(address)) is None


LOOPBACK = IPv4Address("127.0.0.1")


@pytest.mark.parametrize(
    "host",
    """
    127.0.0.1 2130706433 0x7f000001 0X7F000001 017700000001 0x7f.0.0.1 0177.0.0.1 0177.0x0.0.01
    127.1 127.0.1 0x7f.1 127.0.0.1. 127.1.. 000000000000177.0.0.1 127.0.0.0x1 127.0x1 0x7f.0x1
    %31%32%37.0.0.1 127%2E0%2E0%2E1 １２７.０.０.１ 127。0。0。1 127．0．0．1 127｡0｡0｡1
    ①②⑦.0.0.1 𝟏𝟐𝟕.0.0.1 ０ｘ７ｆ.1
    """.split(),
)
def test_every_notation_of_an_address_is_recognised(host):
    assert literal_address(host) == LOOPBACK


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("0", IPv4Address("0.0.0.0")),
        ("0x", IPv4Address("0.0.0.0")),
        ("4294967295", IPv4Address("255.255.255.255")),
        ("1.65535", IPv4Address("1.0.255.255")),
        ("1.2.65535", IPv4Address("1.2.255.255")),
        ("::1", IPv6Address("::1")),
        ("[::1]", IPv6Address("::1")),
        ("[fe80::1%25eth0]", IPv6Address("fe80::1")),
        ("[fe80::1%eth0]", IPv6Address("fe80::1")),
        ("[::FFFF:127.0.0.1]", IPv6Address("::ffff:7f00:1")),
    ],
)
def test_address_is_read_by_value(host, address):
    assert literal_address(host) == address


@pytest.mark.parametrize(
    "host",
    [
        *"""
    localhost news.example 1.2.3.4.0 1.2.3.4.5.6 4294967296 256.1.1.1 1.2.3.256 1.2.65536
    127.0.0.09 08 0xg
    -1 +1 1_0 1..2 .1 ... ::g [] : x127.0.0.1 127.0.0.1.example é.example
    """.split(),
        "",
        " ",
        "1" * 5000,
        "%",
        "\udcff",
    ],
)
def test_name_is_no_address(host):
    assert literal_address(host) is None


@given(st.ip_addresses())
def test_written_address_reads_back(address):
    assert literal_address(str(address)) == address
    assert literal_address(f"{address}.") == address or address.version == 6


@given(st.ip_addresses(v=4))
def test_number_is_the_address(address):
    assert literal_address(str(int(address))) == address
    assert literal_address(hex(int(address))) == address
    assert literal_address(f"0{int(address):o}") == address


@given(st.text(max_size=40))
def test_no_host_breaks_the_rule(host):
    address = literal_address(host)

    assert address is None or ip_address(str(address)) == address
