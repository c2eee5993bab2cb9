"""One budget, and room in it for the last message."""

from __future__ import annotations

import pytest

from leaf_agent.fsm.budget import RESOURCES, Budget, Limits


def test_spending_and_what_is_left() -> None:
    budget = Budget(Limits(tool_calls=2))
    budget.spend("tool_calls")
    assert budget.left("tool_calls") == 1
    assert ("tool_calls", 1, 2) in list(budget.used())
    assert budget.complaint("tool_calls") == "it took more than 2 tool calls"


def test_every_resource_has_a_limit_and_a_complaint() -> None:
    budget = Budget()
    for resource in RESOURCES:
        assert budget.left(resource) > 0
        assert str(getattr(budget.limits, resource)) in budget.complaint(resource)


@pytest.mark.parametrize("name", ["plan_steps", "transitions", "model_calls", "tool_calls", "replies", "asks"])
def test_limits_that_leave_no_room_for_the_last_message_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match=f"{name}=-1 is below"):
        Limits(**{name: -1})
