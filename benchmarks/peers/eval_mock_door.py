"""eval-mock: calls of its tools on its world, and its verdict over a finished run of its own first preset."""

from __future__ import annotations

import tempfile
from importlib.metadata import version
from pathlib import Path
from time import perf_counter
from typing import Any

from clock import Case, Given, main

SCENARIO = """
meta: {name: door, schema_version: "1.0", seed: 42, start_time: "2026-07-01T09:00:00Z"}
task: {prompt: "Write to the CFO.", max_steps: 1000000000, max_duration: "1000000h"}
world:
  email:
    inbox:
      - {from: boss@acme.example, subject: "Q3 budget approval", body: "Please confirm the Q3 budget with the CFO."}
  crm:
    contacts:
      - {name: "Casey Fint", email: "cfo@acme.example", tier: "exec"}
      - {name: "Sam Vendor", email: "sam@vendor.example", tier: "external"}
tools: [email, crm]
assertions:
  - {id: nothing, expr: "true"}
"""
READS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("crm.search_contacts", {"query": "Casey"}),
    ("crm.get_contact", {"id": 1}),
    ("email.list_inbox", {}),
)
ACT: tuple[str, dict[str, Any]] = (
    "email.send",
    {"to": "cfo@acme.example", "subject": "Q3 budget", "body": "Confirmed."},
)


def _env() -> Any:
    from eval_mock.integrations.env import EvalMockEnv

    with tempfile.TemporaryDirectory(prefix="leaf-bench-") as folder:
        path = Path(folder) / "door.yaml"
        path.write_text(SCENARIO, "utf-8")
        return EvalMockEnv(str(path))


def _calls(calls: tuple[tuple[str, dict[str, Any]], ...]) -> Case:
    seen: dict[str, Any] = {"turn": 0}

    def fresh() -> None:
        seen["env"] = _env()
        for name, arguments in calls:
            answer = seen["env"].call(name, arguments)
            if "error" in answer:
                raise RuntimeError(f"{name} {arguments}: {answer['error']}")

    def work() -> None:
        name, arguments = calls[seen["turn"] % len(calls)]
        seen["turn"] += 1
        seen["env"].call(name, arguments)

    return Case(work, every=200, fresh=fresh)


def read() -> Case:
    return _calls(READS)


def act() -> Case:
    return _calls((ACT,))


def verify() -> Given:
    from eval_mock import presets
    from eval_mock.integrations.env import EvalMockEnv

    path = Path(presets.__file__).parent / "email-basic.yaml"

    def take() -> float:
        env = EvalMockEnv(str(path))
        for name, arguments in (READS[0], ACT):
            env.call(name, arguments)
        env.finish("The Q3 budget review is confirmed with the CFO.")
        started = perf_counter()
        verdict = env.verdict()
        passed = perf_counter() - started
        if verdict["runs"][0]["status"] != "pass":
            raise RuntimeError(f"its preset was not fulfilled: {verdict['runs'][0]}")
        return passed

    return Given(take)


if __name__ == "__main__":
    main(lambda: version("eval-mock"), {"read": read, "act": act, "verify": verify})
