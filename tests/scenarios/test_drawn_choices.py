from __future__ import annotations

from random import Random
from typing import Any

from pydantic import TypeAdapter

from scenarios.parameters import Parameter, draw_parameters


def test_a_choice_may_be_among_values_drawn_before() -> None:
    drawn = TypeAdapter(dict[str, Parameter]).validate_python(
        {
            "worse": {"choice": [1, 2, 3]},
            "better": {"choice": [1, 2, 3], "not": "worse"},
            "first": {"choice": ["{worse}", "{better}"]},
            "second": {"choice": ["{worse}", "{better}"], "not": "first"},
        }
    )

    def blind(tool: str, arguments: Any) -> Any:
        raise AssertionError(f"nothing needs the plant, but {tool} was asked with {arguments}")

    orders = set()
    for seed in range(20):
        values, _ = draw_parameters(drawn, Random(seed), blind)
        assert {values["first"], values["second"]} == {values["worse"], values["better"]}
        assert isinstance(values["first"], int)
        orders.add(values["first"] == values["worse"])
    assert orders == {True, False}
