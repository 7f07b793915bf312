"""Which IP addresses may be connected to: the public internet, and what the operator opens."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cached_property
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from urllib.parse import unquote

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

# IANA's special-purpose registries (RFC 6890; read 2026-11) and the multicast blocks. Python's
# `is_global` alone is not the rule: it calls multicast, 64:ff9b::/96 and 6to4 global, and it
# answers differently from one patch release to the next (3.12.3 and 3.12.4).
_CLOSED: tuple[tuple[Network, str], ...] = tuple(
    (ip_network(network), name)
    for network, name in (
        ("0.0.0.0/8", "this host"),
        ("10.0.0.0/8", "a private network"),
        ("100.64.0.0/10", "a provider's shared addresses"),
        ("127.0.0.0/8", "loopback"),
        ("169.254.0.0/16", "link-local, cloud metadata"),
        ("172.16.0.0/12", "a private network"),
        ("192.0.0.0/24", "protocol assignments"),
        ("192.0.2.0/24", "documentation"),
        ("192.88.99.0/24", "6to4 relays"),
        ("192.168.0.0/16", "a private network"),
        ("198.18.0.0/15", "benchmarks"),
        ("198.51.100.0/24", "documentation"),
        ("203.0.113.0/24", "documentation"),
        ("224.0.0.0/4", "multicast"),
        ("240.0.0.0/4", "reserved, broadcast"),
        ("::/128", "this host"),
        ("::1/128", "loopback"),
        ("::/96", "IPv4-compatible"),
        ("::ffff:0:0:0/96", "IPv4-translated"),
        ("64:ff9b::/96", "NAT64"),
        ("64:ff9b:1::/48", "NAT64"),
        ("100::/16", "discarded"),
        ("2001::/32", "Teredo"),
        ("2001::/23", "protocol assignments"),
        ("2001:db8::/32", "documentation"),
        ("3fff::/20", "documentation"),
        ("5f00::/16", "segment routing"),
        ("fc00::/7", "a private network"),
        ("fe80::/10", "link-local"),
        ("fec0::/10", "site-local"),
        ("ff00::/8", "multicast"),
    )
)
_GLOBAL_UNICAST = IPv6Network("2000::/3")  # RFC 4291, section 2.4; all else is unassigned.
_6TO4 = IPv6Network("2002::/16")  # RFC 3056, section 2: the IPv4 address follows the prefix.

_NUMBER = re.compile(r"0x([0-9a-f]*)|(0[0-7]*)|([1-9][0-9]*)")
# Longest part of a host that may be a number: 32 bits in octal have 11 digits; leading zeros
# may stand before them, but no name in DNS is longer than this (RFC 1035, section 2.3.4).
_MAX_HOST_CHARS = 253


@dataclass(frozen=True)
class AddressRule:
    """Which addresses may be connected to.

    Attributes:
        allowed: Networks that are open although they are not public.
    """

    allowed: tuple[Network, ...] = ()

    def refuses(self, ip: str) -> str | None:
        """Returns why the address may not be connected to, or None if it may.

        An address that carries an IPv4 address is judged by that too: IPv4-mapped ones as
        what they carry, those of 6to4 as both.

        Args:
            ip: The address as a socket takes it; a zone behind `%` counts for nothing.
        """
        try:
            address = ip_address(ip.partition("%")[0])
        except ValueError:
            return f"{ip!r} is no IP address"
        name = self._find_closed(address)
        return None if name is None else f"{ip} is not on the public internet ({name})"

    def _find_closed(self, address: Address) -> str | None:
        """Returns what the address is for if it is closed."""
        if self._is_allowed(address):
            return None
        if isinstance(address, IPv6Address):
            if address.ipv4_mapped is not None:
                return self._find_closed(address.ipv4_mapped)
            if address in _6TO4:
                carried = IPv4Address(int(address) >> 80 & 0xFFFF_FFFF)
                return self._find_closed(carried)
        for network, name in _CLOSED:
            if address in network:
                return name
        if isinstance(address, IPv6Address) and address not in _GLOBAL_UNICAST:
            return "unassigned"
        return None if address.is_global else "reserved"

    def _is_allowed(self, address: Address) -> bool:
        return any(address in network for network in self._open)

    @cached_property
    def _open(self) -> tuple[Network, ...]:
        """The allowed networks; those that are written IPv4-mapped also in IPv4."""
        mapped = [
            IPv4Network((network.network_address.ipv4_mapped, network.prefixlen - 96))
            for network in self.allowed
            if isinstance(network, IPv6Network)
            and network.prefixlen >= 96
            and network.network_address.ipv4_mapped is not None
        ]
        return (*self.allowed, *mapped)


def literal_address(host: str) -> Address | None:
    """Returns the IP address that a URL's host is in any notation, or None for a name.

    Besides the usual ones: decimal, hexadecimal and octal numbers and fewer than four of them
    (WHATWG URL, "IPv4 parser", and `inet_aton`), percent-encoded and full-width characters,
    other scripts' dots, final dots, brackets and zones.

    Args:
        host: Host of a URL, with or without the brackets of IPv6.
    """
    plain = unicodedata.normalize("NFKC", unquote(host)).replace("\u3002", ".")
    plain = plain.strip().lower().rstrip(".")
    if not plain or len(plain) > _MAX_HOST_CHARS:
        return None
    if ":" in plain:
        try:
            return IPv6Address(plain.removeprefix("[").partition("]")[0].partition("%")[0])
        except ValueError:
            return None
    return _read_ipv4(plain)


def _read_ipv4(host: str) -> IPv4Address | None:
    """Returns the IPv4 address of up to four numbers, the last of which fills what is left."""
    parts = host.split(".")
    numbers = [number for part in parts if (number := _read_number(part)) is not None]
    if len(numbers) < len(parts) or len(parts) > 4:
        return None
    *firsts, last = numbers
    if any(number > 0xFF for number in firsts) or last >= 1 << 8 * (4 - len(firsts)):
        return None
    value = last
    for place, number in enumerate(firsts):
        value |= number << 8 * (3 - place)
    return IPv4Address(value)


def _read_number(text: str) -> int | None:
    """Returns the number that is written as C does, or None if it is none."""
    match = _NUMBER.fullmatch(text)
    if match is None:
        return None
    if match[1] is not None:
        return int(match[1] or "0", 16)
    return int(match[2], 8) if match[2] else int(match[3])
