from __future__ import annotations

import inspect
from typing import Any

import pytest

from scenarios.catalog import template, templates
from scenarios.episode import Budgets, Episode
from scenarios.reference import ReferenceAgent
from tools_api.catalog import SCENARIOS, specs
from tools_api.messages import ToolCall, UserMessage
from training.environment import OVER, TwinEnvironment, environment, rows


def play(env: TwinEnvironment, task: str, seed: int) -> float:
    """Play the reference through the environment's methods, beside an episode that tells it what comes back."""
    instance = template(env.scenario, task).instance(seed)
    agent, episode = ReferenceAgent(instance), Episode(instance)
    assert env.reset(task=task, seed=seed) == instance.request
    while not episode.over:
        action = agent.act(episode.observation)
        episode.step(action)
        if isinstance(action, ToolCall):
            getattr(env, action.name)(**action.arguments)
        elif action.expects_reply:
            said = env.ask_user(action.text)
            assert any(isinstance(e, UserMessage) and e.text in said for e in episode.observation.events)
        elif action.final:
            assert env.finish(action.text) == OVER
        else:
            env._do(action)
    assert env._episode is not None
    assert env._episode.trajectory == episode.trajectory
    return env.get_reward()


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_the_reference_earns_the_whole_reward(scenario: str) -> None:
    env = environment(scenario)()
    for task in templates(scenario)[::9]:
        if task.split == "train":
            assert play(env, task.id, 3) == 1.0


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_every_tool_is_a_method_with_a_schema(scenario: str) -> None:
    from transformers.utils import get_json_schema

    env = environment(scenario)()
    for spec in specs(scenario):
        schema = get_json_schema(getattr(env, spec.name))["function"]
        assert schema["name"] == spec.name
        assert schema["description"] == spec.description
        parameters = schema["parameters"]
        assert set(parameters["properties"]) == {parameter.name for parameter in spec.parameters}
        assert set(parameters.get("required", [])) == {p.name for p in spec.parameters if p.required}
        for parameter in spec.parameters:
            described = parameters["properties"][parameter.name]
            assert described["type"] == parameter.type
            assert described.get("enum", []) == list(parameter.choices)
    public = {n for n, _ in inspect.getmembers(type(env), inspect.isfunction) if not n.startswith("_")}
    assert public == {spec.name for spec in specs(scenario)} | {"reset", "get_reward", "ask_user", "finish"}


def test_mistakes_come_back_as_text_and_budgets_end_the_episode() -> None:
    env = environment("production", budgets=Budgets(tool_calls=2))()
    env.reset(task="set_speed", seed=0)
    assert env.set_line_speed(line=9, speed_per_h=50.0).startswith("error not_found")  # type: ignore[attr-defined]
    assert "out_of_range" in env.set_line_speed(line=1, speed_per_h=500.0)  # type: ignore[attr-defined]
    assert env.get_line_status(line=1) == OVER  # type: ignore[attr-defined]
    assert env.get_line_status(line=1) == OVER  # type: ignore[attr-defined]
    assert 0 <= env.get_reward() < 1


def test_a_rollout_without_a_last_word_is_judged_all_the_same() -> None:
    env = environment("production")()
    assert env.get_reward() == 0.0
    env.reset(task="set_speed", seed=0)
    assert 0 <= env.get_reward() < 1
    env.reset(task="set_speed", seed=0)
    assert env._episode is not None
    assert not env._episode.over


def test_seeds_of_other_splits_are_refused() -> None:
    env = environment("production")()
    with pytest.raises(ValueError, match="seed 200000 belongs to test; this environment plays train"):
        env.reset(task="set_speed", seed=200_000)
    with pytest.raises(ValueError, match="columns 'task' and 'seed'"):
        env.reset()


def test_rows_name_tasks_of_the_split_only() -> None:
    made = rows("energy", 80, system="You run the grid.")
    assert len(made) == 80
    heldout = {task.id for task in templates("energy") if task.split == "heldout"}
    assert not heldout & {row["task"] for row in made}
    assert made[0]["prompt"][0] == {"role": "system", "content": "You run the grid."}
    assert made[0]["prompt"][-1] == {"role": "user", "content": ""}


@pytest.mark.slow
@pytest.mark.model
# TRL 1.16 still says gradient_checkpointing where transformers now says activation_checkpointing.
@pytest.mark.filterwarnings("ignore:.*checkpointing.*deprecated:FutureWarning")
def test_grpo_takes_a_real_step_on_it(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """TRL's own trainer on a random model: rollouts meet the plant and the verdict is the reward."""
    import torch
    from datasets import Dataset
    from transformers import AutoTokenizer, LlamaConfig, LlamaForCausalLM
    from trl import GRPOConfig, GRPOTrainer
    from trl.chat_template_utils import qwen3_chat_template

    from leaf_agent.backends.base_model import huggingface_folder

    monkeypatch.setenv("TRL_EXPERIMENTAL_SILENCE", "1")
    tokenizer = AutoTokenizer.from_pretrained(huggingface_folder())
    tokenizer.chat_template = qwen3_chat_template
    torch.manual_seed(0)
    shape = LlamaConfig(
        vocab_size=len(tokenizer), hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=2
    )
    trainer = GRPOTrainer(
        model=LlamaForCausalLM(shape),
        environment_factory=environment("production"),
        train_dataset=Dataset.from_list(rows("production", 4)),
        processing_class=tokenizer,
        args=GRPOConfig(
            output_dir=str(tmp_path),
            per_device_train_batch_size=2,
            num_generations=2,
            max_completion_length=8,
            max_steps=1,
            use_cpu=True,
            bf16=False,
            report_to="none",
            disable_tqdm=True,
            logging_steps=1,
            save_strategy="no",
        ),
    )
    trainer.train()
    logged = [entry for entry in trainer.state.log_history if any(key.startswith("rewards/") for key in entry)]
    assert any(key.startswith("rewards/") for key in logged[0])
    assert 0 <= logged[0]["reward"] <= 1
