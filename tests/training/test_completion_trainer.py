"""What makes training cheap on a CPU changes nothing that is learned; a run that was broken off can go on."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest

from leaf_agent.backends.base_model import huggingface_folder
from training.config import DataSettings, SftSettings, TrainingConfig
from training.dataset import write
from training.demonstrations import Demonstration

pytestmark = [
    pytest.mark.model,
    pytest.mark.filterwarnings("ignore"),  # deprecations between peft, trl and transformers are theirs to settle
]


def tiny_model(layers: int = 2) -> Any:
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(0)
    return LlamaForCausalLM(
        LlamaConfig(
            vocab_size=49152,
            hidden_size=32,
            intermediate_size=48,
            num_hidden_layers=layers,
            num_attention_heads=4,
            num_key_value_heads=2,
            tie_word_embeddings=True,
        )
    )


def rows() -> list[dict[str, list[int]]]:
    """Prompts of 6 tokens and answers of 3 to 9, so that the batch needs padding."""
    made = []
    for k in range(4):
        tokens = [100 * k + 7 * n + 5 for n in range(9 + 2 * k)]
        made.append({"input_ids": tokens, "labels": [-100] * 6 + tokens[6:]})
    return made


def trainer_of(kind: type, model: Any, folder: Path) -> Any:
    import torch
    from datasets import Dataset
    from peft import LoraConfig
    from transformers import AutoTokenizer
    from trl import SFTConfig

    made = kind(
        model=model,
        args=SFTConfig(
            output_dir=str(folder), bf16=False, gradient_checkpointing=False, use_cpu=True, report_to="none"
        ),
        train_dataset=Dataset.from_list(rows()),
        processing_class=AutoTokenizer.from_pretrained(huggingface_folder()),
        peft_config=LoraConfig(r=4, lora_alpha=8, target_modules="all-linear", task_type="CAUSAL_LM"),
    )
    torch.manual_seed(1)
    for name, weight in made.model.named_parameters():
        if "lora_" in name:
            weight.data.normal_(std=0.05)  # a fresh adapter's B is zero and would hide a wrong gradient of A
    made.model.train()
    return made


def loss_and_gradients(trainer: Any) -> tuple[float, dict[str, Any]]:
    loss = trainer.compute_loss(trainer.model, dict(trainer.data_collator(rows())))
    loss.backward()
    found = {name: w.grad.clone() for name, w in trainer.model.named_parameters() if w.grad is not None}
    trainer.model.zero_grad()
    return loss.item(), found


def test_loss_and_gradients_are_those_of_trl_and_peft(tmp_path: Path) -> None:
    import torch
    from trl import SFTTrainer

    from training.completion_trainer import CompletionTrainer

    model = tiny_model()
    theirs = trainer_of(SFTTrainer, copy.deepcopy(model), tmp_path / "theirs")
    ours = trainer_of(CompletionTrainer, model, tmp_path / "ours")
    expected, gradients = loss_and_gradients(theirs)
    loss, found = loss_and_gradients(ours)
    assert loss == pytest.approx(expected, rel=1e-5)
    assert found.keys() == gradients.keys()
    for name, gradient in gradients.items():
        torch.testing.assert_close(found[name], gradient, rtol=1e-3, atol=1e-6, msg=name)


def test_an_interrupted_run_goes_on_to_the_same_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import torch
    from safetensors.torch import load_file
    from transformers import AutoTokenizer

    import training.sft
    from training.sft import train

    class InterruptionError(Exception):
        pass

    def interrupt(step: int, _steps: int, _loss: float) -> None:
        if step >= 15:
            raise InterruptionError

    tiny = tmp_path / "tiny"
    tiny_model(1).save_pretrained(tiny)
    AutoTokenizer.from_pretrained(huggingface_folder()).save_pretrained(tiny)
    data = tmp_path / "data.jsonl"
    prompt = "<|im_start|>user\nhello {}<|im_end|>\n<|im_start|>assistant\n"
    write(data, [Demonstration("planner", prompt.format(n), f"plan {n % 3}", "t", n, "train") for n in range(80)])
    config = TrainingConfig(
        scenarios=["production"],
        data=DataSettings(episodes=1, plans=0),
        sft={"planner": SftSettings(epochs=1, learning_rate=1e-2, batch_size=4)},
    )
    monkeypatch.setattr(training.sft, "CHECKPOINT_STEPS", 10)
    whole = train("planner", config, data, tmp_path / "whole", model_folder=tiny)
    with pytest.raises(InterruptionError):
        train("planner", config, data, tmp_path / "cut", model_folder=tiny, progress=interrupt)
    steps: list[int] = []
    resumed = train(
        "planner",
        config,
        data,
        tmp_path / "cut",
        model_folder=tiny,
        resume=True,
        progress=lambda step, _steps, _loss: steps.append(step),
    )
    assert steps[0] > 10
    assert resumed.metrics["steps"] == whole.metrics["steps"] == 20
    ours, theirs = (load_file(tmp_path / name / "planner" / "adapter_model.safetensors") for name in ("whole", "cut"))
    for name, weight in ours.items():
        torch.testing.assert_close(theirs[name], weight, msg=name)
