"""Difficult users, wrapped round a simulated one: one who is terse, one who contradicts themselves."""

from __future__ import annotations

import re
from typing import Any, Protocol

from scenarios.numerals import plain
from scenarios.questions import Question
from scenarios.slots import SlotTable
from scenarios.strike import Dice
from scenarios.task import TaskInstance
from tools_api.messages import AgentMessage, ToolResult, UserMessage

_NO = re.compile(r"no\b", re.IGNORECASE)


class User(Protocol):
    """What an episode needs of its user."""

    told: dict[str, Any]
    questions: list[tuple[str, Question]]

    def open(self) -> UserMessage:
        """Say the request."""

    def understand(self, message: AgentMessage) -> Question:
        """Say what the user takes a message to ask; it changes nothing."""

    def reply(self, message: AgentMessage) -> UserMessage:
        """Answer a message that expects a reply."""

    def interject(self, result: ToolResult) -> UserMessage | None:
        """Say something unasked after a tool's result; mostly nothing."""


class TerseUser:
    """Says one word for each thing asked in a share of replies; what a wrong value should be, only when asked again."""

    def __init__(self, inner: User, instance: TaskInstance, share: float) -> None:
        self._inner = inner
        self._instance = instance
        self._share = share
        self._dice = Dice(instance, "terse_user")
        self.told = inner.told
        self.questions = inner.questions

    def open(self) -> UserMessage:
        """Say the request."""
        return self._inner.open()

    def understand(self, message: AgentMessage) -> Question:
        """Say what the user takes a message to ask."""
        return self._inner.understand(message)

    def interject(self, result: ToolResult) -> UserMessage | None:
        """Say what the user within says."""
        return self._inner.interject(result)

    def reply(self, message: AgentMessage) -> UserMessage:
        """Answer, with the least of words."""
        question = self._inner.understand(message)
        answer = self._inner.reply(message)
        change = self._instance.change
        if self._dice.share() >= self._share or (change is not None and answer.text == change.text):
            return answer
        said = [said_for(self._instance, slot) for slot in question.slots if slot in self._instance.user.knows]
        if said and not question.confirms and all(one in answer.text for one in said):
            return UserMessage(text=", ".join(said))
        if question.closing:
            return UserMessage(text="No.")
        if question.confirms:
            return UserMessage(text="No." if _NO.match(answer.text) else "Yes.")
        return answer


class ContradictoryUser:
    """Tells a thing wrong the first time, in a share of cases, and puts it right with the next word they say.

    Without another question that comes with the next tool's result. `misled` holds the wrong values, by slot.
    """

    def __init__(self, inner: User, instance: TaskInstance, table: SlotTable, share: float) -> None:
        self._inner = inner
        self._instance = instance
        self._table = table
        self._share = share
        self._pending: dict[str, tuple[str, str]] = {}
        self.misled: dict[str, list[Any]] = {}
        self.told = inner.told
        self.questions = inner.questions

    def open(self) -> UserMessage:
        """Say the request."""
        return self._inner.open()

    def understand(self, message: AgentMessage) -> Question:
        """Say what the user takes a message to ask."""
        return self._inner.understand(message)

    def interject(self, result: ToolResult) -> UserMessage | None:
        """Put right what was told wrong, unless the user within has something else to say first."""
        other = self._inner.interject(result)
        if other is not None or not self._pending:
            return other
        return UserMessage(text=self._put_right(""))

    def reply(self, message: AgentMessage) -> UserMessage:
        """Answer; first put right what was told wrong before."""
        before = set(self._inner.told)
        answer = self._inner.reply(message)
        change = self._instance.change
        if change is not None and answer.text == change.text:
            return answer
        right = self._put_right(answer.text)
        text = answer.text
        for slot in [slot for slot in self._inner.told if slot not in before]:
            text = self._twist(slot, text)
        return UserMessage(text=f"{right} {text}" if right else text)

    def _put_right(self, text: str) -> str:
        """Say what was meant, but for what the text says anyhow; afterwards nothing is wrong any more."""
        parts = [
            f"Sorry, I said {wrong}, but it is {right}."
            for wrong, right in self._pending.values()
            if _word(right).search(text) is None
        ]
        self._pending = {}
        return " ".join(parts)

    def _twist(self, slot: str, text: str) -> str:
        dice = Dice(self._instance, f"contradictory_user/{slot}")
        said = said_for(self._instance, slot)
        if dice.share() >= self._share or _word(said).search(text) is None:
            return text
        wrong = another(self._instance.user.knows[slot], self._table[slot].values if slot in self._table else (), dice)
        if wrong is None:
            return text
        self.misled.setdefault(slot, []).append(wrong)
        self._pending[slot] = (plain(wrong), said)
        return _word(said).sub(lambda _: plain(wrong), text, count=1)


def said_for(instance: TaskInstance, slot: str) -> str:
    """Give the user's words for what a slot is."""
    return instance.spoken.get(slot, plain(instance.user.knows[slot]))


def another(value: Any, values: tuple[str, ...], dice: Dice) -> Any:
    """Give a value that might well be confused with this one; None where there is none."""
    others = [one for one in values if one != value]
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value % 3 + 1 if 1 <= value <= 3 else value + max(1, round(value / 5))
    if isinstance(value, float):
        return round(value * 1.2 + 1, 1)
    if value in values and others:
        return others[dice.number(0, len(others) - 1)]
    match = re.fullmatch(r"(.*?)(\d+)", value)
    return f"{match[1]}{int(match[2]) + 1}" if match else None


def _word(text: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w.-]){re.escape(text)}(?![\w-]|\.\d)")
