"""The user of an episode played by any chat model, through a callable."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from scenarios.catalog import question_reader, slots
from scenarios.manners import said_for
from scenarios.numerals import plain
from scenarios.questions import Question
from scenarios.slots import SlotTable
from scenarios.task import TaskInstance
from scenarios.user import SimulatedUser
from tools_api.messages import AgentMessage, ToolResult, UserMessage

ChatMessage = dict[str, str]
Complete = Callable[[list[ChatMessage]], str]
"""Answers a chat in the usual form: dictionaries with `role` (system, user, assistant) and `content`."""

_BRIEF = (
    "You play a person who works at a plant and has asked an assistant for something. Stay in that part: you are the "
    "person, never the assistant. Answer in one short sentence, as people do on the radio. You know what stands "
    "below and nothing else. Tell a thing only when you are asked for it, and then exactly as it stands; never offer "
    "what was not asked. When you are asked for something else, say that you don't know. When you are asked whether "
    "a value is right, say yes or no, and the right one if it is wrong. {consent} When you are asked whether there is "
    "anything else, say no, thanks."
)
_CONSENT = ("When you are asked for permission, say no.", "When you are asked for permission, say yes.")


class ChatUser:
    """A user played by a chat model: `complete` takes the dialogue so far and gives the user's next words.

    The model is told the request, what the user knows and that it may tell each thing only when asked for it. What a
    question asks for is still read by rules, and what has been told is what the model's words hold, so that checks of
    kind `asked` work as with the scripted user. The opening request and a change of mind are the task's own words.

    **Verdicts then depend on the model**: it may tell too much, too little or something wrong, it need not be
    deterministic, and its fault counts as the agent's. Use it to see how an agent fares with freer talk; compare
    agents with `scenarios.user.SimulatedUser`. What `complete` raises ends the step with that error; an empty answer
    raises `ValueError`.
    """

    def __init__(self, instance: TaskInstance, complete: Complete) -> None:
        self._instance = instance
        self._complete = complete
        self._table: SlotTable = slots(instance.scenario)
        self._script = SimulatedUser(instance, self._table, question_reader(instance.scenario))
        self._dialogue: list[ChatMessage] = []
        self._unasked = [f"You asked: {instance.request}"]
        self.told: dict[str, Any] = self._script.told
        self.questions: list[tuple[str, Question]] = self._script.questions

    def open(self) -> UserMessage:
        """Say the request."""
        return self._script.open()

    def understand(self, message: AgentMessage) -> Question:
        """Say what a message asks, as the rules read it; it changes nothing and asks no model."""
        return self._script.understand(message)

    def reply(self, message: AgentMessage) -> UserMessage:
        """Answer with the model's words. Raises `ValueError` when it says nothing."""
        self._dialogue.append({"role": "user", "content": message.text})
        change = self._script.change_with_reply()
        if change is not None:
            self.questions.append((message.text, self.understand(message)))
            return self._say(change)
        question = self.understand(message)
        text = self._complete([{"role": "system", "content": self._brief()}, *self._dialogue]).strip()
        if not text:
            raise ValueError("the chat model that plays the user said nothing; it must answer every question")
        self.questions.append((message.text, question))
        for slot in self._instance.user.knows:
            if slot in question.slots and self._says(slot, text):
                self.told[slot] = self._instance.user.knows[slot]
        return self._say(UserMessage(text=text))

    def interject(self, result: ToolResult) -> UserMessage | None:
        """Change their mind with a tool's result, in the task's words."""
        change = self._script.interject(result)
        if change is not None:
            # part of the brief, for many chat models want question and answer in turns
            self._unasked.append(f"Later you said of your own accord: {change.text}")
        return change

    def _say(self, message: UserMessage) -> UserMessage:
        self._dialogue.append({"role": "assistant", "content": message.text})
        return message

    def _brief(self) -> str:
        user = self._instance.user
        known = [f"- {self._name(slot)}: {said_for(self._instance, slot)}" for slot in user.knows]
        brief = _BRIEF.format(consent=_CONSENT[user.confirms])
        return "\n".join([brief, "", *self._unasked, "You know:", *(known or ["- nothing more"])])

    def _name(self, slot: str) -> str:
        return self._table[slot].nouns[0] if slot in self._table else slot.replace("_", " ")

    def _says(self, slot: str, text: str) -> bool:
        value = plain(self._instance.user.knows[slot])
        # "yes" to "is it line 2?" tells the line
        ways = (value, said_for(self._instance, slot), "yes", "correct", "right")
        return any(re.search(rf"(?<![\w.-]){re.escape(way)}(?![\w-]|\.\d)", text, re.IGNORECASE) for way in ways)
