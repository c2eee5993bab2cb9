"""The user of an episode: scripted, deterministic, the same for every agent."""

from __future__ import annotations

import re
from random import Random
from typing import Any

from scenarios.numerals import plain
from scenarios.proposals import proposed
from scenarios.questions import Question, QuestionReader, mentioned
from scenarios.slots import SlotTable
from scenarios.task import REPLY, TaskInstance
from tools_api.messages import AgentMessage, ToolResult, UserMessage

NOT_REACHED = ("unknown_tool", "bad_arguments", "missing_argument")
"""Codes of calls that never came to the plant."""
PATIENCE = 3
"""Questions in a row that the user cannot answer before they give up."""

_YES = ("Yes, please.", "Yes.", "Yes, go ahead.", "Correct.", "Yes, do that.")
_NO = ("No.", "No, don't.", "No, please don't do that.")
_ALL = ("No, that is all, thanks.", "That's all, thank you.", "No, thanks.")
_UNKNOWN = ("I don't know.", "I don't know that.", "No idea, sorry.", "I can't tell you that.")
_GIVEN_UP = ("Never mind then, thanks.", "Leave it then, thank you anyway.")
_NOT_THAT = ("No, {answer}.", "No, I mean {answer}.", "No: {answer}.")


class SimulatedUser:
    """Says the request, answers questions from what the user knows, confirms or denies, and gives up politely.

    `told` is what the user has told so far, by slot; `questions` what was asked, in words and as understood.
    The user's words vary with the instance's seed and the turn, never with anything else.
    """

    def __init__(self, instance: TaskInstance, table: SlotTable, reader: QuestionReader) -> None:
        self._instance = instance
        self._table = table
        self._reader = reader
        self._turn = 0
        self._helpless = 0
        self._changed = False
        self.told: dict[str, Any] = {}
        self.questions: list[tuple[str, Question]] = []

    def open(self) -> UserMessage:
        """Say the request."""
        return UserMessage(text=self._instance.request)

    def understand(self, message: AgentMessage) -> Question:
        """Say what the user takes a message to ask; it changes nothing."""
        withheld = [slot for slot in self._instance.withheld if slot not in self.told]
        question = self._reader.read(message.text, self._instance.user.knows, withheld or self._instance.withheld)
        if question.slots or question.closing:
            return question
        torn = tuple(slot for slot in self._instance.user.torn if self._weighs(slot, message.text))
        if torn or not question.confirms:
            return Question(torn) if torn else question
        # "is it line 2?" asks for the line as well as "which line?" does
        weighed = tuple(slot for slot in self._proposed(message.text) if slot in withheld)
        return Question(weighed, confirms=True) if weighed or not question.fact else Question()

    def reply(self, message: AgentMessage) -> UserMessage:
        """Answer a message that expects a reply."""
        question = self.understand(message)
        self.questions.append((message.text, question))
        self._turn += 1
        change = self.change_with_reply()
        if change is not None:
            return change
        if self._helpless >= PATIENCE:
            return UserMessage(text=self._pick("given up", _GIVEN_UP))
        text = self._answer(question, message.text)
        return UserMessage(text=text)

    def interject(self, result: ToolResult) -> UserMessage | None:
        """Change their mind, once, when the time for it has come with a result; the agent is told with that result."""
        return None if result.code in NOT_REACHED else self._change(result.name)

    def change_with_reply(self) -> UserMessage | None:
        """Change their mind instead of a reply, once, when the task says so."""
        return self._change(REPLY)

    def _change(self, moment: str) -> UserMessage | None:
        change = self._instance.change
        if change is None or self._changed or change.after != moment:
            return None
        self._changed = True
        return UserMessage(text=change.text)

    def _weighs(self, slot: str, text: str) -> bool:
        """Whether a message names a value of a slot that the request is torn about: "60 or 80?", "80, right?"."""
        if slot in self.told:
            return False
        value = plain(self._instance.user.knows.get(slot, ""))
        spoken = self._instance.spoken.get(slot, value)
        words = re.findall(r"\d+(?:\.\d+)?|[\w-]+", text.lower())
        named = mentioned(text, self._table[slot]) if slot in self._table else []
        return bool(named) or any(name.lower() in words for name in (value, spoken))

    def _proposed(self, text: str) -> dict[str, bool]:
        user = self._instance.user
        still_open = [slot for slot in self._instance.withheld if slot in user.knows and slot not in self.told]
        return proposed(text, user.knows, self._instance.spoken, self._table, still_open)

    def _answer(self, question: Question, text: str) -> str:
        if question.confirms:
            self._helpless = 0
            return self._confirm(text)
        known = [slot for slot in question.slots if slot in self._instance.user.knows]
        if known:
            self._helpless = 0
            return self._tell(known)
        if question.closing:
            return self._pick("closing", _ALL)
        self._helpless += 1
        return self._pick("unknown", _UNKNOWN)

    def _tell(self, slots: list[str]) -> str:
        parts = []
        for slot in slots:
            value = self._instance.user.knows[slot]
            self.told[slot] = value
            answers = self._table[slot].answers if slot in self._table else ("{value}",)
            said = self._instance.spoken.get(slot, plain(value))
            parts.append(self._pick(slot, answers).replace("{value}", said))
        if len(parts) == 1:
            return parts[0]
        return ", ".join(part.rstrip(".") for part in parts)

    def _confirm(self, text: str) -> str:
        """Say yes or no; a question that names a wrong value is answered with the right one."""
        named = self._proposed(text)
        wrong = [slot for slot, right in named.items() if not right]
        if wrong:
            answer = self._tell(wrong[:1]).rstrip(".").removeprefix("No, ")
            return self._pick("not that", _NOT_THAT).replace("{answer}", answer)
        for slot in named:
            if slot in self._instance.withheld:
                self.told[slot] = self._instance.user.knows[slot]
        return self._pick("confirm", _YES if self._instance.user.confirms else _NO)

    def _pick(self, what: str, choices: tuple[str, ...]) -> str:
        instance = self._instance
        seed = f"{instance.scenario}/{instance.task}/{instance.seed}/user/{what}/{self._turn}"
        return choices[Random(seed).randrange(len(choices))]
