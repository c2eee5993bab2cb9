"""An episode told as it happens: request, plan, engine states, calls, questions, the last words, the verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from tools_api.messages import Action, Observation, ToolCall, ToolResult, UserMessage

if TYPE_CHECKING:
    from rich.console import Console

    from leaf_agent.story import StoryEvent, Usage
    from scenarios.goals import Verdict

_LABEL = 9
_STYLES = {
    "user": "bold cyan",
    "agent": "bold green",
    "plan": "magenta",
    "call": "yellow",
    "result": "",
    "refused": "red",
    "plant": "bold red",
    "engine": "dim",
    "note": "red",
    "verdict": "bold",
}


class Teller:
    """Hears an episode from both sides, LEAF's own story and what crosses the door, and writes it line by line."""

    def __init__(self, console: Console, *, engine: bool = True, user_is_here: bool = False) -> None:
        """Take the console; `engine` tells the engine's states, `user_is_here` leaves out what the user typed."""
        self._console = console
        self._engine = engine
        self._user_is_here = user_is_here

    def line(self, label: str, text: str) -> None:
        """Write a labelled line; further lines stand under the first."""
        style = _STYLES.get(label, "")
        for number, part in enumerate(text.splitlines() or [""]):
            shown = label if number == 0 else ""
            self._console.print(Text(f"{shown:<{_LABEL}}", style="dim") + Text(part, style=style), soft_wrap=True)

    def inside(self, event: StoryEvent) -> None:
        """Hear what happens inside a LEAF agent."""
        if event.kind == "state":
            if self._engine:
                self.line("engine", event.text)
        else:
            self.line(event.kind, event.text)

    def opened(self, observation: Observation) -> None:
        """Hear the request."""
        self.line("time", observation.time)
        self.observed(observation)

    def acted(self, action: Action) -> None:
        """Hear what the agent does."""
        if isinstance(action, ToolCall):
            given = ", ".join(f"{name}={value!r}" for name, value in action.arguments.items())
            self.line("call", f"{action.name}({given})")
        else:
            self.line("agent", action.text)

    def observed(self, observation: Observation) -> None:
        """Hear what came of it."""
        for event in observation.events:
            if isinstance(event, ToolResult):
                if event.ok:
                    self.line("result", event.message)
                else:
                    self.line("refused", f"{event.code}: {event.message}")
            elif isinstance(event, UserMessage):
                if not self._user_is_here:
                    self.line("user", event.text)
            else:
                self.line("plant", event.text)

    def judged(self, verdict: Verdict) -> None:
        """Tell the verdict with each check and its reason."""
        passed = sum(check.passed for check in verdict.checks)
        graded = f" ({passed} of {len(verdict.checks)} checks passed)" if verdict.checks else ""
        style = {"success": "bold green", "failure": "bold red"}.get(verdict.outcome, "bold")
        self._console.print(Text(f"{'verdict':<{_LABEL}}", style="dim") + Text(verdict.outcome + graded, style=style))
        for check in verdict.checks:
            mark = Text("pass ", style="green") if check.passed else Text("FAIL ", style="bold red")
            body = Text(" " * _LABEL) + mark + Text(f"{check.kind:<10}{check.reason}")
            self._console.print(body, soft_wrap=True)

    def spent(self, usage: Usage) -> None:
        """Tell tokens and milliseconds of each expert that was asked."""
        parts = [
            f"{name} {spent.output_tokens} tokens {spent.milliseconds:.0f} ms"
            for name, spent in usage.experts.items()
            if spent.calls
        ]
        total = f"total {usage.output_tokens} tokens {usage.milliseconds:.0f} ms"
        self.line("spent", "; ".join([*parts, total]))
