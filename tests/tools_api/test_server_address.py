"""Where a server may listen, and with what token."""

from __future__ import annotations

import pytest

from tools_api.servers.address import Address, AddressError


@pytest.mark.parametrize(
    ("host", "token", "says"),
    [
        ("0.0.0.0", None, "a token must guard it"),
        ("::", None, "a token must guard it"),
        ("plant.example", None, "a token must guard it"),
        ("", None, "is no address"),
        ("127.0.0.1", "short", "at least 16"),
        ("127.0.0.1", "0123456789abcde\n", "printable"),
    ],
)
def test_an_open_address_needs_a_good_token(host: str, token: str | None, says: str) -> None:
    with pytest.raises(AddressError, match=says):
        Address(host, 0, token)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.9", "localhost", "::1"])
def test_an_address_of_this_machine_needs_none(host: str) -> None:
    assert Address(host).admits(None)


def test_a_port_in_use_is_told() -> None:
    opened, address = Address().listen()
    with opened, pytest.raises(AddressError, match="give another port"):
        address.listen()


def test_only_the_token_itself_is_admitted() -> None:
    address = Address("0.0.0.0", 0, "0123456789abcdef")
    assert address.admits("0123456789abcdef")
    assert not any(address.admits(given) for given in (None, "", "0123456789abcde", "0123456789abcdefg", "\udcff"))
