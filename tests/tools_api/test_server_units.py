"""The units of OPC UA nodes."""

from __future__ import annotations

from tools_api.servers.opcua_nodes import UNIT_CODES, engineering_unit


def test_units_have_the_codes_of_the_standard() -> None:
    assert engineering_unit("C").UnitId == 4408652, "CEL, as OPC 10000-8 gives it"
    assert engineering_unit("parts/h").UnitId == -1
    assert engineering_unit("parts/h").DisplayName.Text == "parts/h"
    assert all(len(code) in (2, 3) and code == code.upper() for code in UNIT_CODES.values())
