"""One request from beginning to verdict: the plant, the user and the record, in typed messages.

`scenarios.env.TwinEnv` puts the Gymnasium interface round it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from scenarios.catalog import question_reader, slots
from scenarios.evidence import Evidence
from scenarios.goals import CheckResult, Verdict
from scenarios.manners import User
from scenarios.strain import Strain
from scenarios.stress import StressProfile
from scenarios.task import TaskInstance
from scenarios.trajectory import Entry, Malformed, Trajectory
from scenarios.user import SimulatedUser
from scenarios.verifier import verify
from tools_api.catalog import toolbox
from tools_api.door import Door
from tools_api.messages import AgentMessage, Event, Notification, Observation, ToolCall, ToolResult
from tools_api.toolbox import one_line
from twin.clock import iso_time
from twin.journal import JournalEntry

REPLY_S = 30.0
"""Plant time that a question and the user's reply take."""
MESSAGE_S = 5.0
"""Plant time that telling the user something takes; the last word costs none."""

_ANNOUNCED = ("alarm_raised", "alert")


@dataclass(frozen=True, slots=True)
class Budgets:
    """How much an agent may do in one episode; going beyond ends it as a failure."""

    tool_calls: int = 25
    user_replies: int = 6
    messages: int = 20


class EpisodeOverError(RuntimeError):
    """An action after the end; begin a new episode."""


class Episode:
    """An episode under way.

    `wrap` puts middleware or permissions between the agent and the plant, `stress` a profile's faults, network and
    user; the verdict looks past them. `user` makes another user than the scripted one, such as
    `lambda instance: ChatUser(instance, complete)` of `scenarios.chat_user`.
    """

    def __init__(
        self,
        instance: TaskInstance,
        budgets: Budgets | None = None,
        wrap: Callable[[Door], Door] | None = None,
        stress: StressProfile | None = None,
        user: Callable[[TaskInstance], User] | None = None,
    ) -> None:
        self.instance = instance
        self._budgets = budgets or Budgets()
        self._strain = Strain(instance, stress) if stress is not None and stress.stressors else None
        self._twin = instance.plant() if self._strain is None else self._strain.plant()
        self._origin = self._twin.fork()
        self._seen = self._begun = len(self._twin.journal)
        self._box = toolbox(instance.scenario, self._twin)
        self.door: Door = self._box if wrap is None else wrap(self._box)
        table = slots(instance.scenario)
        self._user: User = (
            SimulatedUser(instance, table, question_reader(instance.scenario)) if user is None else user(instance)
        )
        if self._strain is not None:
            self.door, self._user = self._strain.door(self.door), self._strain.user(self._user, table)
        self._entries: list[Entry] = []
        self._tool_calls = self._replies = self._messages = 0
        self.truncated = False
        self.verdict: Verdict | None = None
        self.evidence: Evidence | None = None
        self.observation = self._observe([self._user.open()])

    @property
    def over(self) -> bool:
        """Whether the verdict has been given."""
        return self.verdict is not None

    @property
    def time_s(self) -> float:
        """Plant time in seconds since the epoch."""
        return self._twin.now

    @property
    def trajectory(self) -> Trajectory:
        """The record so far."""
        instance = self.instance
        return Trajectory(
            scenario=instance.scenario,
            task=instance.task,
            split=instance.split,
            seed=instance.seed,
            request=instance.request,
            stress=None if self._strain is None else self._strain.profile,
            entries=tuple(self._entries),
            truncated=self.truncated,
            verdict=self.verdict,
        )

    def changed(self, limit: int | None = None) -> list[tuple[str, float, float]]:
        """Give the plant's variables that differ from the plant to which nobody did anything: name, here, there.

        What differs most, as a share of its own size, comes first; `limit` keeps so many.
        """
        idle = self._origin.fork()
        idle.advance(max(0.0, self._twin.now - idle.now))
        ours, theirs = self._twin.read_all(), idle.read_all()
        apart = [(name, value, theirs[name]) for name, value in ours.items() if value != theirs[name]]
        apart.sort(key=lambda one: -abs(one[1] - one[2]) / max(abs(one[1]), abs(one[2]), 1e-9))
        return apart[:limit]

    def step(self, action: ToolCall | AgentMessage | Malformed, tokens: int | None = None) -> Observation:
        """Do what the agent wants; the observation says what came of it.

        What is no action at all is answered like a call with bad arguments, and counts as one. An action beyond the
        budgets is not done; it ends the episode. `tokens` are those of the agent's thought, if it counts them: under a
        stress profile they may cost plant time. Raises `EpisodeOverError` after the end.
        """
        if self.over:
            raise EpisodeOverError("the episode is over; begin a new one")
        charged = None if self._strain is None else self._strain.tokens(action, tokens)
        if self._strain is not None:
            self._twin.advance(self._strain.thinking_s(charged))
        self._entries.append(Entry(time_s=self._twin.now, item=action, tokens=charged))
        if self._afford(action):
            self.observation = self._observe(self._do(action))
        else:
            self.truncated = True
            self.observation = self._observe([])
        if self.truncated or (isinstance(action, AgentMessage) and action.final):
            self._end()
        return self.observation

    def _afford(self, action: ToolCall | AgentMessage | Malformed) -> bool:
        budgets = self._budgets
        if not isinstance(action, AgentMessage):
            self._tool_calls += 1
            return self._tool_calls <= budgets.tool_calls
        if action.final:
            return True
        self._messages += 1
        self._replies += int(action.expects_reply)
        return self._messages <= budgets.messages and self._replies <= budgets.user_replies

    def _do(self, action: ToolCall | AgentMessage | Malformed) -> list[Event]:
        if isinstance(action, ToolCall):
            result = self.door.call(action)
            if self._strain is not None:
                spec = self.door.specs.get(action.name)
                self._strain.note(action, result, acts=spec is not None and spec.mutates)
            change = self._user.interject(result)
            return [result] if change is None else [result, change]
        if isinstance(action, Malformed):
            return [ToolResult(name="", ok=False, code="bad_arguments", message=action.rule)]
        if action.final:
            return []
        self._twin.advance(REPLY_S if action.expects_reply else MESSAGE_S)
        return [self._user.reply(action)] if action.expects_reply else []

    def _observe(self, events: list[Event]) -> Observation:
        journal = self._twin.journal
        fresh = journal[self._seen :]
        self._seen = len(journal)
        notices = [_notice(entry) for entry in fresh if entry.kind in _ANNOUNCED]
        seen: tuple[Event, ...] = (*events, *notices)
        self._entries.extend(Entry(time_s=self._twin.now, item=event) for event in seen)
        return Observation(time=iso_time(self._twin.now), events=seen)

    def _end(self) -> None:
        evidence = Evidence(
            instance=self.instance,
            entries=self._entries,
            box=self._box,
            origin=self._origin,
            journal=list(self._twin.journal[self._begun :]),
            questions=self._user.questions,
            stress=None if self._strain is None else self._strain.aftermath,
        )
        self.evidence = evidence
        verdict = verify(evidence)
        if self.truncated:
            late = CheckResult(kind="budget", passed=False, reason="the episode went beyond its budgets")
            checks = (*verdict.checks, late)
            score = sum(check.passed for check in checks) / len(checks)
            verdict = Verdict(outcome="failure", score=score, checks=checks)
        self.verdict = verdict


def _notice(entry: JournalEntry) -> Notification:
    """Put an alarm or a fired alert rule into words."""
    told: Mapping[str, Any] = entry.data
    if entry.kind == "alert":
        text = f"alert {entry.subject}: {one_line(told)}"
    else:
        text = f"{told.get('severity', 'an')} alarm {entry.subject}: {told.get('text') or one_line(told)}"
    return Notification(subject=entry.subject, text=text)
