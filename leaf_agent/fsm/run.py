"""The control state of one request: where it stands, how it moves, what may still be asked, and how it ends."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from leaf_agent.config import Conditions
from leaf_agent.fsm.asks import Asks
from leaf_agent.fsm.budget import Budget, Limits
from leaf_agent.fsm.history import History, call_text, clip
from leaf_agent.fsm.machine import ENGINE, Signal, State, Transition
from leaf_agent.fsm.needs import Ending, Finished, Need, NeedRequest, NeedUtterance, shortage
from leaf_agent.plan.checks import destination
from leaf_agent.plan.conditions import Outcome
from leaf_agent.plan.language import Jump, Plan, PlanStep


class Run:
    """What an engine knows and the small moves that it is made of; `Engine` says which event makes which move."""

    __slots__ = (
        "_after", "_asks", "_calls", "_conditions", "_consented", "_history", "_rereading", "_retelling", "_taken",
        "_trouble", "budget", "last", "need", "outcomes", "plan", "reply", "state", "trace",
    )  # fmt: skip

    def __init__(self, limits: Limits | None = None, conditions: Conditions = "code") -> None:
        self.state = State.START
        self.need: Need = NeedRequest()
        self.plan: Plan | None = None
        self.budget = Budget(limits or Limits())
        self.trace: list[Transition] = []
        self.last: Outcome | None = None
        self.outcomes: dict[int, Outcome] = {}
        self.reply: str | None = None
        self._conditions = conditions
        self._history = History()
        self._asks = Asks(self.budget.limits.asks)
        self._consented = False  # whether the user agreed to the call at hand
        self._after: Jump | None = None  # where to go once the current tell step is spoken
        self._trouble: str | None = None  # the error that led to the current replan
        self._calls: dict[int, Mapping[str, Any]] = {}  # the newest arguments of each tool step of the plan
        self._taken: dict[int, int | None] = {}  # where each tool step of the plan led to
        self._rereading: tuple[int, ...] = ()  # steps that are called again before `_retelling` is spoken
        self._retelling: PlanStep | None = None

    @property
    def finished(self) -> bool:
        """Whether the run has ended."""
        return isinstance(self.need, Finished)

    @property
    def pc(self) -> int | None:
        """The number of the plan's step at hand; None while there is none."""
        step: PlanStep | None = getattr(self.need, "step", None)
        return None if step is None else step.number

    @property
    def rereading(self) -> bool:
        """Whether the call at hand refreshes a reading before it is told."""
        return self._retelling is not None

    @property
    def log(self) -> list[str]:
        """What happened, in lines for people."""
        return self._history.lines

    @property
    def happened(self) -> str:
        """The calls so far with their outcomes and what the user said, as a Planner reads it."""
        return self._history.happened()

    # -- asking, in Deciding

    def _ask_parameters(self, step: PlanStep, names: tuple[str, ...]) -> None:
        """Ask the user for what the step's tool lacks, unless that has been done often enough. In Deciding."""
        keys = [(step.tool or "", name) for name in dict.fromkeys(names) or ("",)]
        hopeless = [key[1] for key in keys if self._asks.spent(key)]
        if hopeless:
            self._move(Signal.HOPELESS, detail=f"asked often enough: {', '.join(hopeless)}")
            self._give_up(
                f"{step.tool} needs {' and '.join(filter(None, hopeless)) or 'something'}, which I do not know"
            )
            return
        self._asks.count(keys)
        self._move(Signal.PARAMETERS_MISSING, detail=", ".join(names))
        self.need = NeedUtterance("ask", step, tuple(dict.fromkeys(names)), expects_reply=True)

    def _ask_question(self, step: PlanStep) -> None:
        """Ask what an ask step of the plan asks, unless it has got no answer often enough. In Deciding."""
        if self._asks.spent(step):
            self._move(Signal.HOPELESS, detail=f"no answer to step {step.number}")
            self._give_up("I got no answer to my question")
            return
        self._asks.count([step])
        self._move(Signal.DIALOG_STEP, detail=f"step {step.number}: ask")
        self.need = NeedUtterance("step", step, expects_reply=True)

    def _ask_consent(self, step: PlanStep, arguments: Mapping[str, Any]) -> None:
        """Ask whether the step's tool may be called, unless it has got no answer often enough. In Deciding."""
        call = call_text(step.tool or "", arguments)
        if self._asks.spent(call):
            self._move(Signal.HOPELESS, detail=f"no consent to {call}")
            self._give_up(f"you did not agree to {call}")
            return
        self._asks.count([call])
        self._move(Signal.CONSENT_MISSING, detail=call)
        self.need = NeedUtterance("confirm", step, arguments=arguments, expects_reply=True)

    # -- bounds and the end

    def _keep_budget(self) -> None:
        """Give up as soon as what is needed next is no longer in the budget. A final utterance always is."""
        short = shortage(self.budget, self.need)
        if short is not None:
            self._stop(self.budget.complaint(short))

    def _stop(self, reason: str) -> None:
        if isinstance(self.need, NeedUtterance) and self.need.kind == "give_up":
            self._move(Signal.BUDGET_SPENT, "giving up", reason)
            self._finish("gave_up", reason, told=False)
            return
        self._move(Signal.BUDGET_SPENT, "not yet giving up" if self.state is State.INTERACTING else "", reason)
        self._give_up(reason)

    def _give_up(self, reason: str) -> None:
        self._retelling = None
        self.need = NeedUtterance("give_up", reason=reason, final=True)

    def _finish(self, ending: Ending, reason: str, *, told: bool) -> None:
        self.need = Finished(ending, reason, told)

    # -- small parts

    def _move(self, signal: Signal, guard: str = "", detail: str = "") -> None:
        target = ENGINE.target(self.state, signal, guard)
        self.trace.append(Transition(self.state, signal, target, clip(detail)))
        if target is not self.state:  # what stays in a state is bounded by the model calls
            self.budget.spend("transitions")
        self.state = target

    def _place(self, step: PlanStep, jump: Jump) -> int | None:
        return destination(self._plan(), step, jump)

    def _plan(self) -> Plan:
        assert self.plan is not None, "only Planning has no plan"
        return self.plan
